/* The whole way from frames to judged sessions, on captures made in memory. */
#include "engine/engine.h"
#include "model/rule.h"
#include "model/verdict.h"
#include "shared/traffic.h"

#include <malloc.h>

/* What a sink has been handed. */
struct harvest {
	struct buffer lines;            /* one for each session, in the order in which they came */
	size_t        count;
};

/* What does not depend on how the bytes were cut. */
static void
take_session(void *user, struct session *session)
{
	struct harvest *harvest = user;
	char address[ADDRESS_TEXT_SIZE];

	buffer_printf(&harvest->lines, "%s %s:%u>%u %s %s.%s", session->protocol,
		address_text(&session->client.address, address), session->client.port, session->server.port,
		verdict_word(session->verdict), session->closed_by,
		session->closed_first == CLIENT ? "client" : "server");
	buffer_printf(&harvest->lines, "%s%s%s secrets %u messages %u lines %u bytes %llu/%llu",
		session->open ? " open" : "", session->gap ? " gap" : "", session->midstream ? " midstream" : "",
		session->secrets, session->messages, session->lines,
		(unsigned long long)session->bytes[CLIENT], (unsigned long long)session->bytes[SERVER]);
	buffer_printf(&harvest->lines, " isn %u/%u", session->initial_sequence[CLIENT],
		session->initial_sequence[SERVER]);
	if (session->closed.seen)
		buffer_printf(&harvest->lines, " %.*s %llu before the last", (int)session->closed.text.len,
			(const char *)session->closed.text.at,
			(unsigned long long)(session->last.frame - session->closed.where.last.frame));
	for (const struct note *note = session->notes; note != NULL; note = note->next)
		buffer_printf(&harvest->lines, " %s", note_word(note->kind));
	buffer_add_text(&harvest->lines, "\n");
	harvest->count++;
	session_free(&session);
}

static struct engine *
engine_open(struct budget *budget, struct harvest *harvest, bool opinion)
{
	const struct sink sink = { .session = take_session, .user = harvest };
	struct engine_config config = engine_config_default();

	config.flows.flows = 4096;
	config.second_opinion = opinion;
	return engine_new(&config, budget, &sink);
}

static void
feed(struct engine *engine, const struct traffic *t, size_t first, size_t count)
{
	for (size_t i = first; i < first + count && i < t->count; i++) {
		struct frame frame = traffic_at(t, i);

		engine_frame(engine, &frame);
	}
}

/* All frames through an engine of their own; nothing is left of the budget. */
static struct harvest
run(const struct traffic *t, struct engine_counters *counters_r)
{
	struct budget budget = { .limit = 256 << 20 };
	struct harvest harvest = { .count = 0 };
	struct engine *engine = engine_open(&budget, &harvest, false);

	assert_non_null(engine);
	feed(engine, t, 0, t->count);
	engine_drain(engine, INT64_MIN);
	if (counters_r != NULL)
		*counters_r = engine_counters(engine);
	engine_free(&engine);
	assert_null(engine);
	assert_int_equal(budget.used, 0);
	return harvest;
}

#define GREET "O|S:220 mx.example.org ESMTP\r\n|C:EHLO a.example\r\n|S:250-mx\r\n250 STARTTLS\r\n|"
#define MAIL  "C:MAIL FROM:<a@b.example>\r\n|S:250 ok\r\n|C:RCPT TO:<c@d.example>\r\n|S:250 ok\r\n|" \
	"C:DATA\r\n|S:354 go\r\n|C:Subject: x\r\n\r\nhello\r\n.\r\n|S:250 queued\r\n|"
#define HELLO "\x16\3\1\0\x2D\1\0\0\x29\3\3ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF\0\0\2\xC0\x2F\1\0"
#define QUIT  "C:QUIT\r\n|S:221 bye\r\n|"

/* What one connection gives: a part of its session's line, or NULL where there must be none. */
static const struct {
	const char *story;
	uint16_t    port;
	const char *wanted[3], *lacks;
} stories[] = {
	{ GREET QUIT "F", 25, { "smtp 10.0.0.1:1025>25 aborted-declined fin.client", "bytes 22/57",
	  "isn 268435457/4294967280 FIN from client 2 before the last" }, "open" },
	{ GREET MAIL QUIT "f", 10025, { ">10025 plaintext-declined fin.server", "messages 1" }, NULL },
	{ GREET "C:AUTH PLAIN AGEAYg==\r\n|S:235 ok\r\n|r", 587,
	  { "rst.server", "secrets 1", "RST from server 0 before the last" }, NULL },
	{ GREET QUIT, 25, { "end of capture.client open" }, "before the last" },
	{ GREET "R", 25, { "rst.client" }, "open" },
	{ "O|C:EHLO a\r\n|S:220 mx ESMTP\r\n|S:250 mx\r\n|F", 25, { "smtp", "early-talker" }, NULL },
	{ "S:220 mx.example.org ESMTP\r\n|C:EHLO a\r\n|S:250 mx\r\n|" QUIT "F", 10025,
	  { "smtp 10.0.0.1:1025>10025", "midstream", "isn 0/0" }, NULL },
	{ "C:MAIL FROM:<a@b.example>\r\n|S:250 ok\r\n|" QUIT "F", 25, { "smtp", "midstream" }, NULL },
	{ "O|C:PROXY UNKNOWN\r\n|S:220 mx ESMTP\r\n|C:EHLO a\r\n|S:250 mx\r\n|F", 25,
	  { "smtp", "preamble" }, "malformed" },
	{ "O|C:\5\1\2|F", 25, { NULL }, NULL },
	{ "O|C:CONNECT mx:25 HTTP/1.1\r\n\r\n|S:HTTP/1.1 200 OK\r\n\r\n|S:220 mx ESMTP\r\n|C:EHLO a\r\n|"
	  "S:250 mx\r\n|F", 3128, { "smtp", "preamble" }, "http-request" },
	{ "O|C:GET / HTTP/1.1\r\n\r\n|S:HTTP/1.1 200 OK\r\n\r\n|F", 80, { NULL }, NULL },
	{ "O|S:SSH-2.0-x\r\n|C:SSH-2.0-y\r\n|F", 25, { NULL }, NULL },
	{ "O|F", 25, { NULL }, NULL },
	{ "O|S:220 mx ESMTP\r\n|F", 25, { "smtp", "no-dialogue" }, NULL },
	{ "O|W|W|F", 25, { "smtp 10.0.0.1:1025>25 no-dialogue" }, NULL },
	{ "O|W|W|F", 80, { NULL }, NULL },
	{ "O|F", 465, { NULL }, NULL },
	{ "O|W|W|F", 465, { "smtp 10.0.0.1:1025>465 no-dialogue" }, NULL },
	{ "O|W|W|F", 993, { "imap 10.0.0.1:1025>993 no-dialogue" }, NULL },
};

static void
test_stories(void **state)
{
	static const size_t pieces[] = { 1460, 1, 7 };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(stories); i++) {
		struct buffer first = { 0 };

		for (size_t p = 0; p < TABLE_LENGTH(pieces); p++) {
			struct connection c = { .number = 1, .server_port = stories[i].port };
			struct traffic t;
			struct harvest h;
			struct span turn;
			const char *line;

			traffic_open(&t);
			for (size_t k = 0; story_turn(stories[i].story, k, &turn); k++)
				traffic_turn(&t, &c, turn, pieces[p]);
			h = run(&t, NULL);
			line = buffer_text(&h.lines);
			if (h.count != (stories[i].wanted[0] != NULL))
				fail_msg("%s: %zu sessions", stories[i].story, h.count);
			for (size_t k = 0; k < 3 && stories[i].wanted[k] != NULL; k++)
				if (strstr(line, stories[i].wanted[k]) == NULL)
					fail_msg("%s by %zu: no \"%s\" in %s", stories[i].story, pieces[p],
						stories[i].wanted[k], line);
			if (stories[i].lacks != NULL && strstr(line, stories[i].lacks) != NULL)
				fail_msg("%s: %s", stories[i].story, line);
			if (p == 0)
				buffer_add(&first, buffer_span(&h.lines));
			else if (strcmp(buffer_text(&first), line) != 0)
				fail_msg("%s by %zu: %s not %s", stories[i].story, pieces[p], line,
					buffer_text(&first));
			buffer_free(&h.lines);
			traffic_close(&t);
		}
		buffer_free(&first);
	}
}

/* Many connections at a time ---------------------------------------------------------------------- */

static const char *const mixed[] = {
	GREET MAIL QUIT "F",
	GREET "C:AUTH PLAIN AGEAYg==\r\n|S:535 no\r\n|" QUIT "f",
	GREET "C:STARTTLS\r\n|S:454 later\r\n|" MAIL "R",
	"O|C:GET / HTTP/1.1\r\n\r\n|S:HTTP/1.1 200 OK\r\n\r\n|F",
	GREET "C:STARTTLS\r\n|S:220 go\r\n|C:" "MAIL FROM:<a@b.example>\r\n|S:250 ok\r\n|F",
	GREET QUIT,
};

/* Two engines side by side, fed in turns of different lengths, see what one alone sees. */
static void
test_side_by_side(void **state)
{
	struct budget budget = { .limit = 256 << 20 };
	struct harvest alone, a = { .count = 0 }, b = { .count = 0 };
	struct engine *first, *second;
	struct traffic t;

	(void)state;
	traffic_open(&t);
	traffic_tell(&t, mixed, TABLE_LENGTH(mixed), 60, 100);
	alone = run(&t, NULL);
	assert_int_equal(alone.count, 50);
	first = engine_open(&budget, &a, false);
	second = engine_open(&budget, &b, true);
	assert_non_null(first);
	assert_non_null(second);
	for (size_t i = 0; i < t.count; i += 7) {
		feed(first, &t, i, 7);
		if (i >= 21)
			feed(second, &t, i - 21, 7);
	}
	feed(second, &t, (t.count - 1) / 7 * 7 - 14, 21);
	engine_drain(first, INT64_MIN);
	engine_drain(second, INT64_MIN);
	engine_free(&second);
	engine_free(&first);
	assert_string_equal(buffer_text(&a.lines), buffer_text(&alone.lines));
	assert_int_equal(b.count, alone.count);
	assert_string_equal(buffer_text(&b.lines), buffer_text(&alone.lines));
	assert_int_equal(budget.used, 0);
	buffer_free(&a.lines);
	buffer_free(&b.lines);
	buffer_free(&alone.lines);
	traffic_close(&t);
}

static void
test_counters(void **state)
{
	static const uint8_t arp[42] = { [12] = 0x08, [13] = 0x06 };
	static const uint8_t udp[42] = { [12] = 0x08, [14] = 0x45, [17] = 28, [22] = 64, [23] = 17 };
	struct engine_counters counters;
	struct harvest h;
	struct traffic t;

	(void)state;
	traffic_open(&t);
	traffic_tell(&t, mixed, TABLE_LENGTH(mixed), 12, 1460);
	traffic_frame(&t, arp, sizeof(arp));
	traffic_frame(&t, udp, sizeof(udp));
	traffic_frame(&t, arp, 9);
	traffic_frame(&t, udp, 20);
	h = run(&t, &counters);
	assert_int_equal(counters.frames, t.count);
	assert_int_equal(counters.segments, t.count - 4);
	assert_int_equal(counters.other, 2);
	assert_int_equal(counters.malformed, 2);
	assert_int_equal(counters.unknown, 0);
	assert_int_equal(counters.flows, 12);
	assert_int_equal(counters.sessions, 10);
	assert_int_equal(counters.foreign, 2);
	assert_int_equal(counters.evicted + counters.refused, 0);
	assert_int_equal(h.count, 10);
	buffer_free(&h.lines);
	traffic_close(&t);
}

/* Sessions whose connections are over are handed out at once, the others by the drain. */
static void
test_sessions_come_when_they_end(void **state)
{
	static const char *const ends[] = { GREET QUIT "F", GREET QUIT };
	struct budget budget = { .limit = 64 << 20 };
	struct harvest h = { .count = 0 };
	struct engine *engine = engine_open(&budget, &h, false);
	struct traffic t;

	(void)state;
	traffic_open(&t);
	traffic_tell(&t, ends, 2, 2, 1460);
	feed(engine, &t, 0, t.count);
	assert_int_equal(h.count, 1);
	engine_drain(engine, INT64_MIN);
	assert_int_equal(h.count, 2);
	engine_drain(engine, INT64_MIN);
	engine_free(&engine);
	assert_int_equal(h.count, 2);
	assert_int_equal(budget.used, 0);
	buffer_free(&h.lines);
	traffic_close(&t);
}

/* A frame is missing, each in its turn: the session is there, and proves no less certain things to be certain. */
static void
test_lost_frames(void **state)
{
	struct traffic t;
	const char *const story[] = { GREET "C:STARTTLS\r\n|S:220 go\r\n|C:" HELLO "|" "S:\x15\3\1\0\2\2\x28|F" };

	(void)state;
	traffic_open(&t);
	traffic_tell(&t, story, 1, 1, 1460);
	for (size_t lost = 0; lost < t.count; lost++) {
		struct budget budget = { .limit = 64 << 20 };
		struct harvest h = { .count = 0 };
		struct engine *engine = engine_open(&budget, &h, false);

		feed(engine, &t, 0, lost);
		feed(engine, &t, lost + 1, t.count);
		engine_drain(engine, INT64_MIN);
		engine_free(&engine);
		assert_int_equal(h.count, 1);
		assert_null(strstr(buffer_text(&h.lines), "protected"));
		assert_int_equal(budget.used, 0);
		buffer_free(&h.lines);
	}
	traffic_close(&t);
}

/* The snaplen cut every frame: nothing is read beyond what is there. */
static void
test_cut_frames(void **state)
{
	struct traffic t;

	(void)state;
	traffic_open(&t);
	traffic_tell(&t, mixed, TABLE_LENGTH(mixed), 6, 1460);
	for (size_t snaplen = 0; snaplen < 110; snaplen++) {
		struct budget budget = { .limit = 64 << 20 };
		struct harvest h = { .count = 0 };
		struct engine *engine = engine_open(&budget, &h, snaplen % 8 == 0);

		for (size_t i = 0; i < t.count; i++) {
			struct frame frame = traffic_at(&t, i);
			uint8_t *exact = malloc(snaplen + 1);

			assert_non_null(exact);
			frame.bytes = span_first(frame.bytes, snaplen);
			memcpy(exact, frame.bytes.at, frame.bytes.len);
			frame.bytes.at = exact;
			engine_frame(engine, &frame);
			free(exact);
		}
		engine_drain(engine, INT64_MIN);
		engine_free(&engine);
		assert_int_equal(budget.used, 0);
		buffer_free(&h.lines);
	}
	traffic_close(&t);
}

/* However little memory there is: no crash, nothing kept, and every flow that was not followed is counted. */
static void
test_no_memory(void **state)
{
	struct traffic t;
	bool refused = false;

	(void)state;
	traffic_open(&t);
	traffic_tell(&t, mixed, TABLE_LENGTH(mixed), 48, 200);
	for (size_t limit = 1 << 10; limit <= 16 << 20; limit += limit / 2) {
		struct budget budget = { .limit = limit };
		struct harvest h = { .count = 0 };
		struct engine *engine = engine_open(&budget, &h, false);
		struct engine_counters counters;

		if (engine == NULL) {
			assert_int_equal(budget.used, 0);
			continue;
		}
		feed(engine, &t, 0, t.count);
		engine_drain(engine, INT64_MIN);
		counters = engine_counters(engine);
		assert_true(budget.used <= limit);
		assert_int_equal(counters.sessions, h.count);
		refused |= counters.refused > 0;
		if (h.count < 40 && counters.refused + counters.evicted == 0 &&
		    strstr(buffer_text(&h.lines), "truncated") == NULL)
			fail_msg("%zu bytes: %zu sessions, and not a word", limit, h.count);
		engine_free(&engine);
		assert_int_equal(budget.used, 0);
		buffer_free(&h.lines);
	}
	assert_true(refused);
	traffic_close(&t);
}

static const struct {
	size_t clients, bytes, limit;   /* of each client; of the budget */
	bool   all;             /* are followed */
} waits[] = {
	{ 10, 60000, 64 << 20, true },
	{ 100, 60000, 4 << 20, true },
	{ 200, 3000, 8 << 20, true },
	{ 400, 60000, 2 << 20, false },
};

static size_t
heap_used(void)
{
	return mallinfo2().uordblks;
}

/* What clients sent that wait for the server's answer is paid for like everything else. */
static void
test_who_waits_pays(void **state)
{
	static const char greet[] = "S:220 mx ESMTP\r\n|C:EHLO a\r\n|S:250-mx\r\n250 AUTH LOGIN\r\n|C:AUTH LOGIN\r\n";
	static uint8_t line[64 * 1024];

	(void)state;
	memset(line, 'a', sizeof(line));
	for (size_t i = 0; i < TABLE_LENGTH(waits); i++) {
		struct budget budget = { .limit = waits[i].limit };
		struct harvest h = { .count = 0 };
		size_t before = heap_used(), most = 0, modules;
		struct engine *engine = engine_open(&budget, &h, false);

		assert_non_null(engine);
		modules = heap_used() - before - budget.used;
		for (size_t client = 0; client < waits[i].clients; client++) {
			struct connection c = { .number = (unsigned)client + 1, .server_port = 25 };
			struct span turn;
			struct traffic t;

			traffic_open(&t);
			traffic_connect(&t, &c);
			for (size_t k = 0; story_turn(greet, k, &turn); k++)
				traffic_turn(&t, &c, turn, 1400);
			traffic_say(&t, &c, CLIENT, span_from(line, waits[i].bytes), 1400);
			feed(engine, &t, 0, t.count);
			traffic_close(&t);
			assert_true(budget.used <= budget.limit);
			if (heap_used() > before && heap_used() - before > most)
				most = heap_used() - before;
		}
		engine_drain(engine, INT64_MIN);
		if (most > modules + waits[i].limit / 2 * 3)
			fail_msg("case %zu: %zu bytes of a budget of %zu", i, most, waits[i].limit);
		if (waits[i].all && h.count != waits[i].clients)
			fail_msg("case %zu: only %zu sessions", i, h.count);
		engine_free(&engine);
		assert_int_equal(budget.used, 0);
		buffer_free(&h.lines);
	}
}

/* Shapes and what comes after an RST. ----------------------------------------------------------- */

/* The shapes of the last session, as text: side, "S" SYN, "R" RST and length, "!" for nothing new, "~" after the
 * end, "?" for an RST that nobody obeys. */
static void
take_shapes(void *user, struct session *session)
{
	struct harvest *harvest = user;

	for (const struct shape *s = session->shapes; s != NULL; s = s->next)
		buffer_printf(&harvest->lines, "%s%s%s%u%s%s%s ", s->side == CLIENT ? "c" : "s",
			s->flags & TCP_SYN ? "S" : "", s->flags & TCP_RST ? "R" : "", (unsigned)s->length,
			s->again ? "!" : "", s->after_reset ? "~" : "", s->odd ? "?" : "");
	buffer_printf(&harvest->lines, "resets %u after %u/%u closed %s.%s", (unsigned)session->resets,
		(unsigned)session->after_reset[CLIENT], (unsigned)session->after_reset[SERVER],
		session->closed_by, session->closed_first == CLIENT ? "client" : "server");
	harvest->count++;
	session_free(&session);
}

static const struct {
	const char *story;
	uint32_t    ahead;              /* of the stream, for the RSTs behind the first */
	const char *shapes;
} endings[] = {
	{ "O|S:220 mx ESMTP\r\n|C:EHLO a\r\n|S:250 mx\r\n|F", 0,
	  "cS0 sS0 s14 c8 s8 c0 s0 c0 resets 0 after 0/0 closed fin.client" },
	{ "O|S:220 mx ESMTP\r\n|C:EHLO a\r\n|r", 0,
	  "cS0 sS0 s14 c8 sR0 resets 1 after 0/0 closed rst.server" },
	/* the same RST twice is one */
	{ "O|S:220 mx ESMTP\r\n|C:EHLO a\r\n|r|r", 0,
	  "cS0 sS0 s14 c8 sR0 sR0!~ resets 1 after 0/0 closed rst.server" },
	{ "O|S:220 mx ESMTP\r\n|C:EHLO a\r\n|r|r|r", 1460,
	  "cS0 sS0 s14 c8 sR0 sR0~ sR0~ resets 3 after 0/0 closed rst.server" },
	/* the end that is said to be gone speaks on, and the other one too */
	{ "O|S:220 mx ESMTP\r\n|C:EHLO a\r\n|r|S:250 mx\r\n|C:QUIT\r\n", 0,
	  "cS0 sS0 s14 c8 sR0 s8~ c6~ resets 1 after 1/1 closed rst.server" },
	/* a minute later it is another matter */
	{ "O|S:220 mx ESMTP\r\n|C:EHLO a\r\n|r|W|S:250 mx\r\n", 0,
	  "cS0 sS0 s14 c8 sR0 resets 1 after 0/0 closed rst.server" },
};

static void
test_what_trails_behind(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(endings); i++) {
		struct budget budget = { .limit = 64 << 20 };
		struct harvest h = { .count = 0 };
		const struct sink sink = { .session = take_shapes, .user = &h };
		struct engine_config config = engine_config_default();
		struct connection c = { .number = 1, .server_port = 25 };
		struct engine *engine;
		struct span turn;
		struct traffic t;

		config.second_opinion = false;
		engine = engine_new(&config, &budget, &sink);
		traffic_open(&t);
		for (size_t k = 0; story_turn(endings[i].story, k, &turn); k++) {
			traffic_turn(&t, &c, turn, 1400);
			c.next[SERVER] += *turn.at == 'r' ? endings[i].ahead : 0;
		}
		feed(engine, &t, 0, t.count);
		engine_drain(engine, INT64_MIN);
		engine_free(&engine);
		assert_int_equal(h.count, 1);
		/* the ACK of the handshake comes before anybody knows what the flow is */
		if (strcmp(buffer_text(&h.lines), endings[i].shapes) != 0)
			fail_msg("case %zu: %s", i, buffer_text(&h.lines));
		buffer_free(&h.lines);
		traffic_close(&t);
		assert_int_equal(budget.used, 0);
	}
}

/* However long the session, its shapes are bounded, and that of its RST is kept. */
static void
test_shapes_are_bounded(void **state)
{
	struct budget budget = { .limit = 64 << 20 };
	struct harvest h = { .count = 0 };
	const struct sink sink = { .session = take_shapes, .user = &h };
	struct engine_config config = engine_config_default();
	struct connection c = { .number = 1, .server_port = 25 };
	struct engine *engine;
	struct traffic t;

	(void)state;
	config.second_opinion = false;
	engine = engine_new(&config, &budget, &sink);
	traffic_open(&t);
	traffic_connect(&t, &c);
	traffic_say(&t, &c, SERVER, span_of("220 mx ESMTP\r\n"), 1400);
	for (int i = 0; i < 200; i++)
		traffic_say(&t, &c, CLIENT, span_of("NOOP\r\n"), 1400);
	for (int i = 0; i < 100; i++, c.next[CLIENT] += 10)
		traffic_segment(&t, &c, CLIENT, TCP_RST | TCP_ACK, (struct span){ 0 });
	feed(engine, &t, 0, t.count);
	engine_drain(engine, INT64_MIN);
	engine_free(&engine);
	assert_non_null(strstr(buffer_text(&h.lines), "c6 cR0 cR0~ "));
	assert_non_null(strstr(buffer_text(&h.lines), "resets 100 "));
	assert_true(h.lines.len < 2000);
	buffer_free(&h.lines);
	traffic_close(&t);
}

/* An engine may be thrown away in the middle. */
static void
test_free_without_drain(void **state)
{
	struct budget budget = { .limit = 64 << 20 };
	struct harvest h = { .count = 0 };
	struct traffic t;

	(void)state;
	traffic_open(&t);
	traffic_tell(&t, mixed, TABLE_LENGTH(mixed), 6, 50);
	for (size_t frames = 0; frames <= t.count; frames += 5) {
		struct engine *engine = engine_open(&budget, &h, frames % 2 == 0);

		feed(engine, &t, 0, frames);
		engine_free(&engine);
		engine_free(&engine);
		assert_int_equal(budget.used, 0);
	}
	buffer_free(&h.lines);
	traffic_close(&t);
}

/* Floods ------------------------------------------------------------------------------------------ */

enum {
	REAL = 20,                      /* sessions among a flood */
	FLOOD_FIRST = 1000,             /* number of the first connection of a flood */
};

/* What a flood's connections do, and from how many hosts they come; how long the real sessions wait after each turn. */
static const struct {
	const char *name, *story;
	unsigned    hosts, each;        /* connections between two turns of the real sessions */
	bool        slow;
	size_t      limit;
} floods[] = {
	{ "SYN", "Y", 60000, 1000, false, 4 << 20 },
	{ "SYN, slowly answered", "Y", 60000, 100, true, 4 << 20 },
	{ "greeted, many hosts", "O|S:220 mx ESMTP\r\n", 60000, 100, false, 8 << 20 },
	{ "greeted, few hosts", "O|S:220 mx ESMTP\r\n", 3, 100, true, 8 << 20 },
	{ "named, few hosts", "O|S:220 mx ESMTP\r\n|C:EHLO a\r\n|S:250 mx\r\n", 3, 100, true, 8 << 20 },
	{ "unknown protocol", "O|C:\r\n", 60000, 200, false, 4 << 20 },
};

static void
flood(struct engine *engine, struct traffic *t, size_t which, unsigned *number)
{
	for (unsigned i = 0; i < floods[which].each; i++, ++*number) {
		struct connection c = { .server_port = 25 };
		struct span turn;

		/* the host is the lower half, the port goes on */
		c.number = (*number / floods[which].hosts) << 16 | (FLOOD_FIRST + *number % floods[which].hosts);
		for (size_t k = 0; story_turn(floods[which].story, k, &turn); k++)
			if (turn.at[0] == 'Y')
				traffic_segment(t, &c, CLIENT, TCP_SYN, (struct span){ 0 });
			else
				traffic_turn(t, &c, turn, 1400);
	}
	feed(engine, t, 0, t->count);
	t->count = 0;
	buffer_clear(&t->bytes);
}

static void
check_real(size_t which, struct harvest *h)
{
	size_t whole = 0;
	char *lines = strdup(buffer_text(&h->lines));

	for (char *line = strtok(lines, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		if (strstr(line, "messages 1 ") == NULL)
			continue;
		if (strstr(line, "plaintext-declined fin.client") == NULL || strstr(line, "midstream") != NULL ||
		    strstr(line, "truncated") != NULL || strstr(line, "gap") != NULL)
			fail_msg("%s: %s", floods[which].name, line);
		whole++;
	}
	free(lines);
	if (whole != REAL)
		fail_msg("%s: %zu sessions of %d are whole", floods[which].name, whole, REAL);
}

/* Whatever floods the link, the real sessions among it are followed from beginning to end. */
static void
test_floods(void **state)
{
	static const char story[] = GREET MAIL QUIT "F";

	(void)state;
	for (size_t which = 0; which < TABLE_LENGTH(floods); which++) {
		struct budget budget = { .limit = floods[which].limit };
		struct harvest h = { .count = 0 };
		const struct sink sink = { .session = take_session, .user = &h };
		struct engine_config config = engine_config_default();
		struct connection real[REAL];
		unsigned number = 0;
		struct engine *engine;
		struct span turn;
		struct traffic t;

		config.second_opinion = false;
		engine = engine_new(&config, &budget, &sink);
		assert_non_null(engine);
		traffic_open(&t);
		for (unsigned i = 0; i < REAL; i++)
			real[i] = (struct connection){ .number = i + 1, .server_port = 25 };
		for (size_t k = 0; story_turn(story, k, &turn); k++) {
			for (unsigned i = 0; i < REAL; i++) {
				traffic_turn(&t, &real[i], turn, 1400);
				if (i % 5 == 0)
					flood(engine, &t, which, &number);
			}
			t.now_ns += floods[which].slow ? INT64_C(20) * 1000000000 : 0;
		}
		flood(engine, &t, which, &number);
		assert_true(budget.used <= budget.limit);
		check_real(which, &h);
		engine_drain(engine, INT64_MIN);
		engine_free(&engine);
		assert_int_equal(budget.used, 0);
		buffer_free(&h.lines);
		traffic_close(&t);
	}
}

/* Live work --------------------------------------------------------------------------------------- */

/* What a live engine tells, a line each; findings only those of kinds that begin with `kinds`. */
struct news {
	struct engine *engine;
	size_t         frame;           /* the latest one fed, from 1 */
	const char    *kinds;
	struct buffer  lines;
	size_t         sessions;
};

static void
hear_session(void *user, struct session *session)
{
	struct news *news = user;

	news->sessions++;
	buffer_printf(&news->lines, "%zu session %u %s lost %llu of %llu\n", news->frame,
		(unsigned)(session->serial & 0xFFFF), session->closed_by, (unsigned long long)session->lost,
		(unsigned long long)session->lost_of);
	session_free(&session);
}

static void
hear_snapshot(void *user, const struct session *session)
{
	struct news *news = user;

	buffer_printf(&news->lines, "%zu shown %u %s%s%s\n", news->frame, (unsigned)(session->serial & 0xFFFF),
		verdict_word(session->verdict), session->open ? " open" : "", session->ongoing ? " ongoing" : "");
}

static void
hear_finding(void *user, const struct session *session, const struct finding *finding, enum telling telling)
{
	struct news *news = user;

	if (strncmp(finding->rule->id, news->kinds, strlen(news->kinds)) == 0)
		buffer_printf(&news->lines, "%zu %s %s %s %s\n", news->frame,
			telling == TELLING_NEW ? "new" : "changed", finding->rule->id, severity_word(finding->severity),
			session->ongoing ? "early" : "late");
}

static struct engine *
live_engine(struct budget *budget, struct news *news, const char *kinds)
{
	const struct sink sink = { .session = hear_session, .snapshot = hear_snapshot, .finding = hear_finding,
		.user = news };
	struct engine_config config = engine_config_default();

	config.flows.flows = 1 << 16;
	config.second_opinion = false;
	config.live = true;
	config.number = 3;
	*news = (struct news){ .kinds = kinds };
	news->engine = engine_new(&config, budget, &sink);
	assert_non_null(news->engine);
	return news->engine;
}

static void
live_feed(struct news *news, const struct traffic *t, size_t first, size_t count)
{
	for (size_t i = first; i < first + count && i < t->count; i++) {
		struct frame frame = traffic_at(t, i);

		news->frame = i + 1;
		engine_frame(news->engine, &frame);
	}
}

/* Frames: 1 to 3 connect, 4 greets, 5 and 6 name and list, 7 the password, 8 its answer, 9 to 11 FIN. */
static void
test_findings_come_at_once(void **state)
{
	static const char *const story[] = { GREET "C:AUTH PLAIN AGEAYg==\r\n|S:235 ok\r\n|F" };
	struct budget budget = { .limit = 64 << 20 };
	struct news news;
	struct traffic t;

	(void)state;
	traffic_open(&t);
	traffic_tell(&t, story, 1, 1, 1460);
	live_engine(&budget, &news, "cred-");
	live_feed(&news, &t, 0, t.count);
	assert_string_equal(buffer_text(&news.lines), "7 new cred-before-available-tls critical early\n"
		"8 new cred-plaintext-accepted critical early\n"
		"11 session 1 fin lost 0 of 0\n");
	engine_free(&news.engine);
	assert_int_equal(budget.used, 0);
	buffer_free(&news.lines);
	traffic_close(&t);
}

/* A message that crosses is told when it begins, and again, once, when its end makes it certain. */
static void
test_what_grows_is_told_again(void **state)
{
	static const char *const story[] = { GREET "C:MAIL FROM:<a@b.example>\r\n|S:250 ok\r\n|C:DATA\r\n|S:354 go\r\n|"
		"C:Subject: x\r\n|C:\r\n.\r\n|S:250 queued\r\n|F" };
	struct budget budget = { .limit = 64 << 20 };
	struct news news;
	struct traffic t;

	(void)state;
	traffic_open(&t);
	traffic_tell(&t, story, 1, 1, 1460);
	live_engine(&budget, &news, "data-plaintext");
	live_feed(&news, &t, 0, t.count);
	assert_string_equal(buffer_text(&news.lines), "11 new data-plaintext-content high early\n"
		"16 changed data-plaintext-content high late\n"
		"16 session 1 fin lost 0 of 0\n");
	engine_free(&news.engine);
	buffer_free(&news.lines);
	traffic_close(&t);
}

/* A session that lasts is shown when it is a minute old, by a frame of whatever flow or by time alone, and once. */
static void
test_sessions_that_last_are_shown(void **state)
{
	static const char *const story[] = { GREET };
	const int64_t second = INT64_C(1000000000);
	struct budget budget = { .limit = 64 << 20 };
	struct news news;
	struct traffic t;

	(void)state;
	traffic_open(&t);
	traffic_tell(&t, story, 1, 2, 1460);
	live_engine(&budget, &news, "none");
	live_feed(&news, &t, 0, t.count);
	engine_tick(news.engine, t.times[6] + 59 * second);
	assert_string_equal(buffer_text(&news.lines), "");
	engine_tick(news.engine, t.times[t.count - 1] + 60 * second);
	engine_tick(news.engine, t.times[t.count - 1] + 61 * second);
	assert_string_equal(buffer_text(&news.lines), "12 shown 1 unknown-partial open ongoing\n"
		"12 shown 2 unknown-partial open ongoing\n");
	buffer_clear(&news.lines);
	engine_tick(news.engine, t.times[t.count - 1] + 899 * second);
	assert_string_equal(buffer_text(&news.lines), "");
	engine_tick(news.engine, t.times[t.count - 1] + 901 * second);
	assert_string_equal(buffer_text(&news.lines), "12 session 1 idle lost 0 of 0\n12 session 2 idle lost 0 of 0\n");
	engine_free(&news.engine);
	assert_int_equal(budget.used, 0);
	buffer_free(&news.lines);
	traffic_close(&t);
}

/* Those sessions know of a loss that were there meanwhile. */
static void
test_loss_reaches_its_sessions(void **state)
{
	static const char *const lasting[] = { GREET QUIT "F", GREET QUIT "W|C:NOOP\r\n" };
	struct budget budget = { .limit = 64 << 20 };
	struct news news;
	struct traffic t;

	(void)state;
	traffic_open(&t);
	traffic_tell(&t, lasting, 2, 2, 1460);
	live_engine(&budget, &news, "capture-drops");
	live_feed(&news, &t, 0, t.count - 1);
	engine_loss(news.engine, &(struct loss){ 0, t.now_ns - 1000, t.now_ns, 5, 95 });
	engine_loss(news.engine, &(struct loss){ 1, t.now_ns - 1000, t.now_ns, 7, 3 });
	engine_loss(news.engine, &(struct loss){ 0, t.now_ns, t.now_ns, 0, 50 });
	live_feed(&news, &t, t.count - 1, 1);
	engine_drain(news.engine, t.now_ns);
	assert_string_equal(buffer_text(&news.lines), "19 session 1 fin lost 0 of 0\n"
		"20 shown 2 unknown-partial open ongoing\n20 new capture-drops info late\n"
		"20 session 2 end of capture lost 5 of 100\n");
	engine_free(&news.engine);
	buffer_free(&news.lines);
	traffic_close(&t);
}

/* However often frames are lost, a session that was there all the while knows how many there were. */
static void
test_losses_are_bounded(void **state)
{
	static const char *const story[] = { GREET "W|W|W|W|C:NOOP\r\n" };
	struct budget budget = { .limit = 64 << 20 };
	struct news news;
	struct traffic t;

	(void)state;
	traffic_open(&t);
	traffic_tell(&t, story, 1, 1, 1460);
	live_engine(&budget, &news, "none");
	live_feed(&news, &t, 0, t.count - 1);
	for (int i = 0; i < 200; i++)
		engine_loss(news.engine, &(struct loss){ 0, t.times[1] + i * INT64_C(1000000000),
			t.times[1] + (i + 1) * INT64_C(1000000000), 1, 9 });
	live_feed(&news, &t, t.count - 1, 1);
	engine_drain(news.engine, t.now_ns);
	assert_non_null(strstr(buffer_text(&news.lines), "lost 200 of 2000\n"));
	engine_free(&news.engine);
	buffer_free(&news.lines);
	traffic_close(&t);
}

/* The clock is set while a segment is awaited: it is awaited as long as ever, and the session is a minute old when a
 * minute is over. */
static void
test_clock_steps(void **state)
{
	static const int64_t steps[] = { 3600, -3600 };
	const int64_t second = INT64_C(1000000000);

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(steps); i++) {
		struct budget budget = { .limit = 64 << 20 };
		struct connection c = { .number = 1, .server_port = 25 };
		size_t late, swapped;
		struct news news;
		struct traffic t;
		struct frame frame;

		traffic_open(&t);
		traffic_connect(&t, &c);
		traffic_say(&t, &c, SERVER, span_of("220 mx ESMTP\r\n"), 1400);
		late = t.count;
		traffic_say(&t, &c, CLIENT, span_of("EHLO a.example\r\n"), 1400);
		traffic_say(&t, &c, CLIENT, span_of("MAIL FROM:<a@b.example>\r\n"), 1400);
		traffic_say(&t, &c, CLIENT, span_of("QUIT\r\n"), 1400);
		swapped = t.count;
		t.now_ns += steps[i] * second;
		traffic_segment(&t, &c, CLIENT, TCP_ACK, (struct span){ 0 });
		live_engine(&budget, &news, "capture-");
		live_feed(&news, &t, 0, late);
		live_feed(&news, &t, late + 1, swapped - late - 1);
		engine_clock_step(news.engine, steps[i] * second);
		live_feed(&news, &t, swapped, 1);
		assert_string_equal(buffer_text(&news.lines), "");
		frame = traffic_at(&t, late);
		frame.at = (struct moment){ t.now_ns + second, t.count + 1, 0 };
		engine_frame(news.engine, &frame);
		engine_tick(news.engine, t.now_ns + 58 * second);
		assert_string_equal(buffer_text(&news.lines), "");
		engine_tick(news.engine, t.now_ns + 61 * second);
		assert_string_equal(buffer_text(&news.lines), "8 shown 1 plaintext-not-asked open ongoing\n");
		buffer_clear(&news.lines);
		engine_drain(news.engine, t.now_ns + 61 * second);
		assert_null(strstr(buffer_text(&news.lines), "capture-gap"));
		assert_non_null(strstr(buffer_text(&news.lines), "session 1 end of capture"));
		engine_free(&news.engine);
		buffer_free(&news.lines);
		traffic_close(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stories),
		cmocka_unit_test(test_side_by_side),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_sessions_come_when_they_end),
		cmocka_unit_test(test_lost_frames),
		cmocka_unit_test(test_cut_frames),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_who_waits_pays),
		cmocka_unit_test(test_what_trails_behind),
		cmocka_unit_test(test_shapes_are_bounded),
		cmocka_unit_test(test_free_without_drain),
		cmocka_unit_test(test_findings_come_at_once),
		cmocka_unit_test(test_what_grows_is_told_again),
		cmocka_unit_test(test_sessions_that_last_are_shown),
		cmocka_unit_test(test_loss_reaches_its_sessions),
		cmocka_unit_test(test_losses_are_bounded),
		cmocka_unit_test(test_floods),
		cmocka_unit_test(test_clock_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
