/* Two streams and who reads them: with a tiny dissector of this test's own, whose units are easy to
 * count, and with SMTP and real handshakes.  Every story is told in whole turns, byte by byte and cut
 * at random, and must come out the same, with each unit in the frames that brought it. */
#include "base/digest.h"
#include "base/table.h"
#include "base/text.h"
#include "engine/dialogue.h"
#include "shared/tls_flights.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

extern const struct dissector smtp_dissector, tls_dissector;

enum {
	STREAM_MOST = 200 * 1024,
	LONG_UNIT = 30000,
};

/* What one telling of a story needs. */
struct stage {
	struct budget    budget;
	struct session  *session;
	struct dialogue *dialogue;
	struct dialogue_common common;
	uint64_t         frame;
	uint64_t         offset[2];
	uint64_t         frames[2][STREAM_MOST];        /* which one brought each byte; 0 for none */
	struct buffer    log;
	unsigned         calls;         /* of the tiny dissector's step */
	bool             inexact;       /* so many frames wait that some are forgotten */
};

/* A dissector's functions get no pointer of the test's. */
static struct stage stage;

/* The tiny dissector ------------------------------------------------------------------------------ */

struct tiny {
	bool asked;             /* for TLS, and not answered yet */
};

static char
letter(enum side side)
{
	return side == CLIENT ? 'C' : 'S';
}

/* Where the unit stands must be true, however it came. */
static void
check_where(struct dialogue *d, enum side side, uint64_t length)
{
	struct where where = dialogue_where(d, side);
	const uint64_t *frames = stage.frames[side];
	uint64_t last = 0;

	if (stage.inexact)
		return;
	assert_int_equal(where.length, length);
	assert_true(where.offset + length <= STREAM_MOST);
	for (uint64_t i = where.offset; i < where.offset + length; i++)
		last = frames[i] > last ? frames[i] : last;
	if (where.first.frame != frames[where.offset])
		fail_msg("%c: %llu bytes at %llu begin in frame %llu, told to begin in %llu", letter(side),
			(unsigned long long)length, (unsigned long long)where.offset,
			(unsigned long long)frames[where.offset], (unsigned long long)where.first.frame);
	if (where.last.frame != last)
		fail_msg("%c: %llu bytes at %llu are complete with frame %llu, told to be with %llu", letter(side),
			(unsigned long long)length, (unsigned long long)where.offset, (unsigned long long)last,
			(unsigned long long)where.last.frame);
}

static void
record(struct dialogue *d, enum side side, struct span unit, uint64_t length)
{
	struct where where = dialogue_where(d, side);

	check_where(d, side, length);
	buffer_printf(&stage.log, "%c@%llu %.*s; ", letter(side), (unsigned long long)where.offset,
		(int)span_first(unit, 12).len, (const char *)unit.at);
	dialogue_event(d, side, side == CLIENT ? EVENT_COMMAND : EVENT_ANSWER, 0, unit);
}

/* '[' up to ']', of any length. */
static enum step
bracket_step(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	const uint8_t *end = memchr(in.at, ']', in.len);

	if (end == NULL)
		return STEP_MORE;
	*used_r = (uint64_t)(end - in.at) + 1;
	dialogue_unit(d, side, *used_r);
	record(d, side, span_of("bracket"), *used_r);
	return STEP_TAKEN;
}

/* '#' and LONG_UNIT bytes more, asked for by their length. */
static enum step
counted_step(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	*used_r = LONG_UNIT + 1;
	if (in.len < *used_r)
		return STEP_MORE;
	dialogue_unit(d, side, *used_r);
	record(d, side, span_of("counted"), *used_r);
	return STEP_TAKEN;
}

static enum step
tiny_client(struct tiny *tiny, struct dialogue *d, struct span line, uint64_t *used_r)
{
	struct span rest = line, word;

	span_take_word(&rest, &word);
	tiny->asked |= span_is(word, "TLS");
	if (span_is(word, "SKIP")) {
		uint64_t count = 0;

		assert_true(span_number(rest, &count));
		*used_r += count;
	}
	if (span_is(word, "NAME"))
		buffer_printf(&stage.log, "name %.*s; ", (int)dialogue_account(d, rest).len,
			(const char *)dialogue_account(d, rest).at);
	if (span_is(word, "SECRET"))
		buffer_printf(&stage.log, "secret %.*s; ", (int)dialogue_fingerprint(d, rest).len,
			(const char *)dialogue_fingerprint(d, rest).at);
	if (dialogue_was_held(d))
		buffer_add_text(&stage.log, "(was held) ");
	if (span_is(word, "SETTLE"))
		return STEP_SETTLED;
	return span_is(word, "TLS") || span_is(word, "HOLD") ? STEP_HOLD : STEP_TAKEN;
}

static enum step
tiny_server(struct tiny *tiny, struct dialogue *d, struct span line)
{
	bool asked = tiny->asked;

	if (span_is(line, "held"))
		buffer_printf(&stage.log, "(%zu held) ", dialogue_held(d, CLIENT));
	if (!span_is(line, "ok") && !span_is(line, "no"))
		return STEP_TAKEN;
	tiny->asked = false;
	if (asked && span_is(line, "ok"))
		return STEP_UPGRADE;
	dialogue_release(d, CLIENT);
	return STEP_TAKEN;
}

static enum step
tiny_step(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	struct tiny *tiny = dialogue_state(d);
	struct span rest = in, line;

	stage.calls++;
	assert_true(in.len > 0);
	assert_int_equal(*used_r, 0);
	if (in.at[0] == 0x16)
		return STEP_NOT_MINE;
	if (in.at[0] == '[')
		return bracket_step(d, side, in, used_r);
	if (in.at[0] == '#')
		return counted_step(d, side, in, used_r);
	if (!span_take_line(&rest, &line))
		return STEP_MORE;
	*used_r = in.len - rest.len;
	dialogue_unit(d, side, *used_r);
	record(d, side, line, *used_r);
	return side == CLIENT ? tiny_client(tiny, d, line, used_r) : tiny_server(tiny, d, line);
}

static void
tiny_gap(struct dialogue *d, enum side side, uint64_t lost)
{
	assert_non_null(dialogue_state(d));
	buffer_printf(&stage.log, "%c gap %llu; ", letter(side), (unsigned long long)lost);
}

static void
tiny_end(struct dialogue *d, enum side side, struct span rest, enum ending ending)
{
	assert_non_null(dialogue_state(d));
	assert_int_equal(ending, ENDING_FIN);
	buffer_printf(&stage.log, "%c end %.*s; ", letter(side), (int)span_first(rest, 12).len,
		rest.len > 0 ? (const char *)rest.at : "");
}

static const struct dissector tiny_dissector = {
	.name = "tiny",
	.state_size = sizeof(struct tiny),
	.step = tiny_step,
	.gap = tiny_gap,
	.end = tiny_end,
};

/* Telling a story --------------------------------------------------------------------------------- */

static void
open_stage(const struct dissector *dissector, bool from_start)
{
	struct privacy privacy = stage.common.privacy;

	memset(&stage, 0, sizeof(stage));
	stage.common.privacy = privacy;
	stage.budget.limit = 64 << 20;
	stage.session = session_new(&stage.budget);
	assert_non_null(stage.session);
	stage.session->protocol = dissector->name;
	stage.dialogue = dialogue_new(dissector, stage.session, &stage.common, from_start);
	assert_non_null(stage.dialogue);
}

static void
close_stage(void)
{
	dialogue_free(&stage.dialogue);
	assert_null(stage.dialogue);
	session_free(&stage.session);
	assert_int_equal(stage.budget.used, 0);
	buffer_free(&stage.log);
}

static struct moment
next_frame(void)
{
	stage.frame++;
	return (struct moment){ .time_ns = (int64_t)stage.frame * 1000000, .frame = stage.frame };
}

static void
feed(enum side side, struct span bytes)
{
	struct moment at = next_frame();
	uint8_t *copy = malloc(bytes.len);

	assert_non_null(copy);
	memcpy(copy, bytes.at, bytes.len);
	assert_true(stage.offset[side] + bytes.len <= STREAM_MOST);
	for (size_t i = 0; i < bytes.len; i++)
		stage.frames[side][stage.offset[side] + i] = at.frame;
	dialogue_feed(stage.dialogue, side, stage.offset[side], span_from(copy, bytes.len), &at);
	stage.offset[side] += bytes.len;
	memset(copy, 0xDD, bytes.len);
	free(copy);
}

static void
lose(enum side side, uint64_t lost)
{
	struct moment at = next_frame();

	dialogue_gap(stage.dialogue, side, stage.offset[side], lost, &at);
	stage.offset[side] += lost;
}

/* How the turns are cut. */
enum cut {
	CUT_TURNS,
	CUT_BYTES,
	CUT_RANDOM,     /* and more of them: each is another seed */
	CUTS = 12,
};

static void
feed_cut(enum side side, struct span bytes, unsigned cut)
{
	static uint32_t seed;

	while (bytes.len > 0) {
		size_t piece = cut == CUT_TURNS ? bytes.len : cut == CUT_BYTES ? 1 : 0;

		if (piece == 0) {
			seed = seed * 1664525 + 1013904223 + cut;
			piece = 1 + (seed >> 16) % (bytes.len > 64 ? bytes.len : 20);
		}
		feed(side, span_first(bytes, piece));
		bytes = span_after(bytes, piece);
	}
}

static struct buffer
bytes_of(const char *hex)
{
	struct buffer bytes = { 0 };

	for (; hex[0] != '\0'; hex += 2) {
		char pair[3] = { hex[0], hex[1], '\0' };
		uint8_t byte = (uint8_t)strtoul(pair, NULL, 16);

		buffer_add(&bytes, span_from(&byte, 1));
	}
	return bytes;
}

static void
feed_flight(const struct flight *flight, unsigned cut)
{
	for (; flight->hex != NULL; flight++) {
		struct buffer bytes = bytes_of(flight->hex);

		feed_cut(flight->side, buffer_span(&bytes), cut);
		buffer_free(&bytes);
	}
}

/* Turns with a bar between them: "C:bytes", "S?7" for seven bytes that are missing, "T" for a whole
 * handshake and what follows it, "." for the end. */
static void
tell_turn(struct span turn, unsigned cut)
{
	enum side side = turn.at[0] == 'S' ? SERVER : CLIENT;
	uint64_t lost = 0;
	struct moment at;

	if (turn.at[0] == 'T') {
		feed_flight(tls12, cut);
	} else if (turn.at[0] == '.') {
		at = next_frame();
		dialogue_end(stage.dialogue, ENDING_FIN, &at);
	} else if (turn.at[1] == '?') {
		assert_true(span_number(span_after(turn, 2), &lost));
		lose(side, lost);
	} else {
		feed_cut(side, span_after(turn, 2), cut);
	}
}

static void
tell(const char *story, unsigned cut)
{
	while (*story != '\0') {
		size_t len = strcspn(story, "|");

		tell_turn(span_from(story, len), cut);
		story += len + (story[len] == '|');
	}
}

/* What the session holds: each line's side, kind and text, then notes with their place, then TLS. */
static struct buffer
sum_up(void)
{
	struct buffer out = { 0 };
	const char *at = buffer_text(&stage.session->transcript);

	for (; *at != '\0'; at++) {             /* without times and frames */
		if (at[0] == '[' && (at[1] == '-' || (at[1] >= '0' && at[1] <= '9')))
			at = strchr(strchr(at, ',') + 1, ',');
		buffer_add(&out, span_from(at, 1));
	}
	for (const struct note *n = stage.session->notes; n != NULL; n = n->next) {
		buffer_printf(&out, "\n%s %c", note_word(n->kind), letter(n->quote.side));
		if (n->kind != NOTE_FALSE_END)  /* a body is taken in the pieces in which it comes */
			buffer_printf(&out, "@%llu+%llu", (unsigned long long)n->quote.where.offset,
				(unsigned long long)n->quote.where.length);
		buffer_printf(&out, " %u \"%.*s\"", n->count, (int)n->quote.text.len,
			n->quote.text.len > 0 ? (const char *)n->quote.text.at : "");
	}
	buffer_printf(&out, "\nestablished %d, %u secrets, %u messages\n", stage.session->tls->established,
		stage.session->secrets, stage.session->messages);
	return out;
}

/* Tells the story in every cutting; the session must come out as from whole turns. */
static struct buffer
tell_all(const struct dissector *dissector, const char *story, const char *log)
{
	struct buffer whole = { 0 }, sum;

	for (unsigned cut = 0; cut < CUTS; cut++) {
		open_stage(dissector, true);
		tell(story, cut);
		if (log != NULL && strcmp(buffer_text(&stage.log), log) != 0)
			fail_msg("%.60s, cut %u:\n%s\nnot\n%s", story, cut, buffer_text(&stage.log), log);
		sum = sum_up();
		if (cut > 0 && strcmp(buffer_text(&sum), buffer_text(&whole)) != 0)
			fail_msg("%.60s, cut %u:\n%s\nnot\n%s", story, cut, buffer_text(&sum),
				buffer_text(&whole));
		buffer_clear(&whole);
		buffer_add(&whole, buffer_span(&sum));
		buffer_free(&sum);
		close_stage();
	}
	return whole;
}

/* Units, holds, gaps ------------------------------------------------------------------------------ */

static const struct {
	const char *story, *log, *session;      /* `session`: what its summary must say, or NULL */
} stories[] = {
	{ "C:one\n|S:1\n|C:two\nthree\n|S:2\n", "C@0 one; S@0 1; C@4 two; C@8 three; S@2 2; ", NULL },
	{ "C:one\n|S:1\n2\n|C:two|C: words\n", "C@0 one; S@0 1; S@2 2; C@4 two words; ", NULL },

	{ "S:hi\n|C:HOLD\nnext\nmore\n|S:no\n", "S@0 hi; C@0 HOLD; S@3 no; C@5 next; C@10 more; ", NULL },
	{ "S:hi\n|C:HOLD\nnext\n|S:held\n|S:no\n",
	  "S@0 hi; C@0 HOLD; S@3 held; (5 held) S@8 no; C@5 next; ", NULL },
	{ "S:hi\n|C:HOLD\n|S:no\n|C:HOLD\n|S:no\n|C:x\n",
	  "S@0 hi; C@0 HOLD; S@3 no; C@5 HOLD; S@6 no; C@10 x; ", NULL },
	{ "S:hi\n|C:HOLD\nHOLD\nx\n|S:no\nno\n", "S@0 hi; C@0 HOLD; S@3 no; C@5 HOLD; S@6 no; C@10 x; ", NULL },
	{ "S:hi\n|C:HOLD\nfirst line that came early\nsecond line that came early\n|S:no\n",
	  "S@0 hi; C@0 HOLD; S@3 no; C@5 first line t; C@32 second line ; ", NULL },
	{ "S:hi\n|C:HOLD\nhalf|S:no\n|C: of it\n", "S@0 hi; C@0 HOLD; S@3 no; C@5 half of it; ", NULL },

	{ "S:hi\n|C:TLS\n|S:ok\n|T|.", "S@0 hi; C@0 TLS; S@3 ok; ", "\"C\",\"upgrade\"" },
	{ "S:hi\n|C:TLS\n|S:no\n|C:x\n", "S@0 hi; C@0 TLS; S@3 no; C@4 x; ", NULL },
	{ "S:hi\n|C:TLS\nEVIL\n|S:ok\n|T|.", "S@0 hi; C@0 TLS; S@3 ok; C@4 EVIL; (was held) ",
	  "plaintext-before-tls C@4+5 1 \"EVIL\"" },
	{ "S:hi\n|C:TLS\nEVIL\nWORSE\n|S:ok\n|T|.",
	  "S@0 hi; C@0 TLS; S@3 ok; C@4 EVIL; (was held) C@9 WORSE; (was held) ",
	  "plaintext-before-tls C@4+11 2 \"EVIL\"" },
	{ "S:hi\n|C:TLS\n|S:ok\n|C:LATE\n|S:sure\n|C:x\n",
	  "S@0 hi; C@0 TLS; S@3 ok; C@4 LATE; S@6 sure; C@9 x; ", "plaintext-after-agree C@4+5 3 \"LATE\"" },
	{ "S:hi\n|C:TLS\n|S:ok\nextra\n|T|.", "S@0 hi; C@0 TLS; S@3 ok; S@6 extra; ",
	  "plaintext-after-agree S@6+6 1 \"extra\"" },
	{ "S:hi\n|C:TLS\n|S:ok\n|C:no line end|T|.", "S@0 hi; C@0 TLS; S@3 ok; ", "plaintext-after-agree C@4+11 1" },
	{ "S:hi\n|C:TLS\nEVI|S:ok\n|T|.", "S@0 hi; C@0 TLS; S@3 ok; ", "plaintext-before-tls C@4+3 1" },
	{ "S:hi\n|C:one\n|S:1\n|T|.", "S@0 hi; C@0 one; S@3 1; ", "tls-on-plain-port C@4" },
	{ "S:hi\n|C?9|C:one\n|S:1\n|T|.", "S@0 hi; C gap 9; C@9 one; S@3 1; ", "upgrade-unseen C@13" },

	{ "S:hi\n|C:on|C?5|C:two\n", "S@0 hi; C gap 5; C@7 two; ", "\"5 bytes not captured\"" },
	{ "S:hi\n|C:TLS\nnext\n|S?3|T|.", "S@0 hi; C@0 TLS; S gap 3; C@4 next; ", "upgrade-unseen C@9" },
	{ "S:hi\n|C:HOLD\nnext\n|S?3|S:2\n", "S@0 hi; C@0 HOLD; S gap 3; C@5 next; S@6 2; ", NULL },
	{ "S:hi\n|C:HOLD\nab|C?3|C:c\n|S:no\n", "S@0 hi; C@0 HOLD; S gap 0; C gap 3; C@10 c; S@3 no; ", NULL },
	{ "S?7|C:one\n|S:1\n", "S gap 7; C@0 one; S@7 1; ", NULL },

	{ "S:hi\n|C:SKIP 5\nabcdetail\n", "S@0 hi; C@0 SKIP 5; C@12 tail; ", NULL },
	{ "S:hi\n|C:SKIP 9\nabc|C?4|C:detail\n", "S@0 hi; C@0 SKIP 9; C@16 tail; ", "\"4 bytes not captured\"" },
	{ "S:hi\n|C:SKIP 5\nabc|C?4|C:tail\n", "S@0 hi; C@0 SKIP 5; C gap 2; C@14 tail; ", NULL },
	{ "S:hi\n|C:SKIP 0\ntail\n", "S@0 hi; C@0 SKIP 0; C@7 tail; ", NULL },

	{ "C:HOLD\nnext\n|.", "C@0 HOLD; S gap 0; C@5 next; C end ; S end ; ", NULL },
	{ "S:hi\n|C:one\ntw|.", "S@0 hi; C@0 one; C end tw; S end ; ", NULL },
	{ "S:hi\nthe|C:one\n|.", "S@0 hi; C@0 one; C end ; S end the; ", NULL },
	{ "S:hi\n|C:HOLD\nnext\n|.", "S@0 hi; C@0 HOLD; S gap 0; C@5 next; C end ; S end ; ", NULL },
	{ "S:hi\n|.|C:one\n|S?5|.", "S@0 hi; C end ; S end ; ", NULL },
	{ "S:hi\n|C:SETTLE\nmore\n|S:1\n|C?5|.", "S@0 hi; C@0 SETTLE; ", NULL },
};

static void
test_stories(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(stories); i++) {
		struct buffer sum = tell_all(&tiny_dissector, stories[i].story, stories[i].log);

		if (stories[i].session != NULL && strstr(buffer_text(&sum), stories[i].session) == NULL)
			fail_msg("%s: no %s in\n%s", stories[i].story, stories[i].session, buffer_text(&sum));
		buffer_free(&sum);
	}
}

/* A clean upgrade leaves nothing to note, and the handshake is read to its end. */
static void
test_clean_upgrade(void **state)
{
	struct buffer sum = tell_all(&tiny_dissector, "S:hi\n|C:TLS\n|S:ok\n|T|.", NULL);

	(void)state;
	assert_non_null(strstr(buffer_text(&sum), "\"S\",\"upgrade\""));
	assert_non_null(strstr(buffer_text(&sum), "established 2, 0 secrets"));
	assert_null(strstr(buffer_text(&sum), "plaintext"));
	assert_null(strstr(buffer_text(&sum), "upgrade-un"));
	buffer_free(&sum);
}

static void
test_settled(void **state)
{
	(void)state;
	open_stage(&tiny_dissector, true);
	tell("S:hi\n|C:one\n", CUT_TURNS);
	assert_false(dialogue_is_settled(stage.dialogue));
	tell("C:SETTLE\n", CUT_TURNS);
	assert_true(dialogue_is_settled(stage.dialogue));
	stage.calls = 0;
	tell("C:more\n|S:more\n|.", CUT_BYTES);
	assert_int_equal(stage.calls, 0);
	close_stage();
}

/* Long units -------------------------------------------------------------------------------------- */

static struct buffer
long_turn(const char *before, char filler, size_t count, const char *behind)
{
	struct buffer turn = { 0 };

	buffer_add_text(&turn, before);
	for (size_t i = 0; i < count; i++)
		buffer_add(&turn, span_from(&filler, 1));
	buffer_add_text(&turn, behind);
	return turn;
}

/* A unit too long to be kept is passed over like a gap, at the same place however it came. */
static void
test_overflow(void **state)
{
	static const struct {
		size_t length;
		bool   fits;
	} cases[] = { { 1000, true }, { 60000, true }, { 65535, true }, { 65536, false }, { 70000, false },
		{ 140000, false } };
	static const size_t pieces[] = { 1, 777, 1460, 40000, 65000 };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++)
		for (size_t k = 0; k < TABLE_LENGTH(pieces); k++) {
			struct buffer turn = long_turn("[", 'a', cases[i].length - 1, "]\nnext\n");
			struct span rest = buffer_span(&turn);
			const char *log;

			open_stage(&tiny_dissector, true);
			feed(SERVER, span_of("hi\n"));
			for (; rest.len > 0; rest = span_after(rest, pieces[k]))
				feed(CLIENT, span_first(rest, pieces[k]));
			log = buffer_text(&stage.log);
			if ((strstr(log, "bracket") != NULL) != cases[i].fits)
				fail_msg("%zu by %zu: %s", cases[i].length, pieces[k], log);
			if (cases[i].fits != (strstr(log, "C gap ") == NULL))
				fail_msg("%zu by %zu: %s", cases[i].length, pieces[k], log);
			if (!cases[i].fits && strstr(log, "C gap 65536; ") == NULL)
				fail_msg("%zu by %zu: %s", cases[i].length, pieces[k], log);
			if (strstr(log, "next; ") == NULL)
				fail_msg("%zu by %zu: %s", cases[i].length, pieces[k], log);
			assert_int_equal(session_find_note(stage.session, NOTE_TRUNCATED) != NULL, !cases[i].fits);
			close_stage();
			buffer_free(&turn);
		}
}

/* A unit that tells its length is called for once, not with every packet. */
static void
test_awaited_length(void **state)
{
	struct buffer turn = long_turn("#", 'a', LONG_UNIT, "next\n");

	(void)state;
	open_stage(&tiny_dissector, true);
	feed(SERVER, span_of("hi\n"));
	stage.calls = 0;
	feed_cut(CLIENT, buffer_span(&turn), CUT_BYTES);
	assert_in_range(stage.calls, 2, 20);
	assert_string_equal(buffer_text(&stage.log), "S@0 hi; C@0 counted; C@30001 next; ");
	close_stage();
	buffer_free(&turn);
}

/* Who waits for ever gets no memory for ever: the hold is lifted. */
static void
test_held_too_much(void **state)
{
	(void)state;
	open_stage(&tiny_dissector, true);
	stage.inexact = true;
	tell("S:hi\n|C:HOLD\n", CUT_TURNS);
	for (unsigned i = 0; i < 20000; i++)
		feed(CLIENT, span_of("line\n"));
	assert_true(span_has(buffer_span(&stage.log), "C@0 HOLD; S gap 0; C@5 line; "));
	assert_true(span_has(buffer_span(&stage.log), "C@100000 line; "));
	close_stage();
}

/* A line's beginning was overtaken by its end: what came last completed it. */
static void
test_overtaken(void **state)
{
	(void)state;
	open_stage(&tiny_dissector, true);
	tell("S:hi\n", CUT_TURNS);
	stage.frame = 16;
	feed(CLIENT, span_of("li"));
	stage.frame = 7;
	feed(CLIENT, span_of("ne\nnext\n"));
	assert_string_equal(buffer_text(&stage.log), "S@0 hi; C@0 line; C@5 next; ");
	close_stage();
}

/* Conflicts, privacy, memory ---------------------------------------------------------------------- */

static void
test_conflict(void **state)
{
	struct moment at = { .time_ns = 5, .frame = 9 };

	(void)state;
	open_stage(&tiny_dissector, true);
	dialogue_conflict(stage.dialogue, CLIENT, 40, span_of("hunter77"), span_of("hunter78"), &at);
	dialogue_conflict(stage.dialogue, SERVER, 50, span_of("250-STARTTLS"), span_of("250-XXXXXXXX"), &at);
	assert_int_equal(stage.session->conflict_count, 2);
	assert_int_equal(stage.session->conflicts->quote.where.offset, 40);
	assert_int_equal(stage.session->conflicts->quote.where.length, 8);
	assert_int_equal(stage.session->conflicts->quote.where.first.frame, 9);
	assert_int_equal(stage.session->conflicts->next->quote.where.offset, 50);
	assert_false(span_has(buffer_span(&stage.session->transcript), "hunter"));
	assert_true(span_has(buffer_span(&stage.session->transcript), "250-STARTTLS"));
	assert_true(span_has(buffer_span(&stage.session->transcript), "250-XXXXXXXX"));
	close_stage();
}

static const char *
hmac_hex(const char *key, const char *text, char out[2 * SHA256_SIZE + 1])
{
	uint8_t digest[SHA256_SIZE];
	struct buffer hex = { 0 };

	digest_hmac_sha256(span_of(key), span_of(text), digest);
	text_hex(&hex, span_from(digest, sizeof(digest)));
	strcpy(out, buffer_text(&hex));
	buffer_free(&hex);
	return out;
}

static void
test_privacy(void **state)
{
	static const struct {
		enum account_mode accounts;
		const char       *key;
		bool              plain, digest, fingerprint;
	} cases[] = {
		{ ACCOUNTS_FULL, "", true, false, false },
		{ ACCOUNTS_FULL, "key", true, false, true },
		{ ACCOUNTS_HMAC, "key", false, true, true },
		{ ACCOUNTS_HMAC, "", false, false, false },
		{ ACCOUNTS_NONE, "key", false, false, true },
		{ ACCOUNTS_NONE, "", false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		char name[80], secret[80], wanted[256];

		stage.common.privacy = (struct privacy){ cases[i].accounts, span_of(cases[i].key) };
		open_stage(&tiny_dissector, true);
		tell("S:hi\n|C:NAME alice\nSECRET hunter77\nSECRET\n", CUT_BYTES);
		snprintf(wanted, sizeof(wanted), "S@0 hi; C@0 NAME alice; name %s; C@11 SECRET hunte; secret %s; "
			"C@27 SECRET; secret ; ",
			cases[i].plain    ? "alice"
			: cases[i].digest ? hmac_hex(cases[i].key, "alice", name)
			                  : "",
			cases[i].fingerprint ? hmac_hex(cases[i].key, "hunter77", secret) : "");
		assert_string_equal(buffer_text(&stage.log), wanted);
		close_stage();
	}
	stage.common.privacy = (struct privacy){ 0 };
}

/* What is kept of a name is printable and bounded. */
static void
test_account_is_printable(void **state)
{
	(void)state;
	open_stage(&tiny_dissector, true);
	tell("S:hi\n|C:NAME a\x1b[1m\xFF\n", CUT_TURNS);
	assert_true(span_has(buffer_span(&stage.log), "name a\\x1b[1m\\xff; "));
	close_stage();
}

/* At whatever byte the budget ends, nothing crashes and all of it comes back. */
static void
test_no_memory(void **state)
{
	(void)state;
	for (size_t limit = 4096; limit < 60000; limit += 1024) {
		struct session *session;

		memset(&stage, 0, sizeof(stage));
		stage.budget.limit = limit;
		session = stage.session = session_new(&stage.budget);
		if (session == NULL)
			continue;
		stage.dialogue = dialogue_new(&smtp_dissector, session, &stage.common, true);
		if (stage.dialogue != NULL)
			tell("S:220 mx ESMTP\r\n|C:EHLO a\r\n|S:250-mx\r\n250 STARTTLS\r\n|C:STARTTLS\r\n|"
			     "S:220 go\r\n|T|.", CUT_RANDOM);
		close_stage();
	}
}

/* SMTP -------------------------------------------------------------------------------------------- */

#define GREET "S:220 mx.example.org ESMTP\r\n|C:EHLO client.example\r\n|"
#define LIST  "S:250-mx.example.org\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n|"
#define QUIT  "C:QUIT\r\n|S:221 bye\r\n|."

static const struct {
	const char *story, *holds[4], *lacks;
} mail_stories[] = {
	{ GREET LIST QUIT, { "\"capability\",\"STARTTLS\"", "221 bye" }, "note" },
	{ GREET LIST "C:STARTTLS\r\n|S:220 go\r\n|T|.", { "established 2", "\"C\",\"upgrade\"" }, "plaintext" },
	{ GREET LIST "C:STARTTLS\r\nNOOP\r\n|S:220 go\r\n|T|.",
	  { "plaintext-before-tls C@31+6 1 \"NOOP\"", "established 2" }, "after-agree" },
	{ GREET LIST "C:STARTTLS\r\n|S:454 later\r\n|C:AUTH PLAIN AGFsaWNlAGh1bnRlcjc3\r\n|S:235 ok\r\n|" QUIT,
	  { "AUTH PLAIN <redacted>", "1 secrets" }, "AGFsaWNl" },
	{ GREET LIST "C:AUTH LOGIN\r\n|S:334 VXNlcm5hbWU6\r\n|C:YWxpY2U=\r\n|S:334 UGFzc3dvcmQ6\r\n|"
	  "C:aHVudGVyNzc=\r\n|S:535 no hunter77 here\r\n|" QUIT,
	  { "1 secrets", "535 no ..." }, "hunter77" },
	{ GREET LIST "C:MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n|S:250 ok\r\n250 ok\r\n354 go\r\n|"
	  "C:Subject: x\r\n\r\nAUTH PLAIN AGFsaWNlAGh1bnRlcjc3\r\n..\r\n.\r\nQUIT\r\n|S:250 queued\r\n221 bye\r\n|.",
	  { "message body, 51 bytes", "0 secrets, 1 messages" }, "AGFsaWNl" },
	{ GREET LIST "C:MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nBDAT 7\r\nhello\r\nBDAT 5 LAST\r\nQUIT\n"
	  "QUIT\r\n|S:250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n221 bye\r\n|.",
	  { "message body, 12 bytes", "1 messages", "221 bye" }, "unexpected" },
	{ GREET LIST "C:MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n|S:250 ok\r\n250 ok\r\n354 go\r\n|"
	  "C:x\n.\nMAIL FROM:<eve@b.example>\r\n.\r\n|S:250 queued\r\n|" QUIT, { "false-end", "1 messages" }, "eve" },
	{ GREET "S?40|C:STARTTLS\r\n|S:220 go\r\n|T|.", { "established 2", "40 bytes not captured" }, "plaintext" },
	{ GREET LIST "C:STARTTLS\r\n|S?8|T|.", { "upgrade-unseen", "8 bytes not captured" }, "plaintext" },
};

static void
test_mail_stories(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(mail_stories); i++) {
		struct buffer sum = tell_all(&smtp_dissector, mail_stories[i].story, NULL);

		for (size_t k = 0; k < 4 && mail_stories[i].holds[k] != NULL; k++)
			if (strstr(buffer_text(&sum), mail_stories[i].holds[k]) == NULL)
				fail_msg("%zu: no %s in\n%s", i, mail_stories[i].holds[k], buffer_text(&sum));
		if (strstr(buffer_text(&sum), mail_stories[i].lacks) != NULL)
			fail_msg("%zu: %s is in\n%s", i, mail_stories[i].lacks, buffer_text(&sum));
		buffer_free(&sum);
	}
}

/* Each line of the transcript names the frame that completed it. */
static void
test_frames_of_lines(void **state)
{
	static const char *const lines[] = { "220 mx.example.org ESMTP\r\n", "250-mx.example.org\r\n", "250 SIZE\r\n" };

	(void)state;
	for (size_t piece = 1; piece < 30; piece++) {
		struct buffer said = { 0 };
		const char *at;
		size_t end = 0;

		open_stage(&smtp_dissector, true);
		for (size_t i = 0; i < TABLE_LENGTH(lines); i++)
			buffer_add_text(&said, lines[i]);
		for (struct span rest = buffer_span(&said); rest.len > 0; rest = span_after(rest, piece))
			feed(SERVER, span_first(rest, piece));
		at = buffer_text(&stage.session->transcript) + 1;
		for (size_t i = 0; i < TABLE_LENGTH(lines); i++) {
			unsigned long long frame = 0;

			end += strlen(lines[i]);
			assert_int_equal(sscanf(at, "[%*d,%llu,", &frame), 1);
			assert_int_equal(frame, (end - 1) / piece + 1);
			at = strchr(at, ']') + 2;
		}
		buffer_free(&said);
		close_stage();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stories),
		cmocka_unit_test(test_clean_upgrade),
		cmocka_unit_test(test_settled),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_awaited_length),
		cmocka_unit_test(test_held_too_much),
		cmocka_unit_test(test_overtaken),
		cmocka_unit_test(test_conflict),
		cmocka_unit_test(test_privacy),
		cmocka_unit_test(test_account_is_printable),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_mail_stories),
		cmocka_unit_test(test_frames_of_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
