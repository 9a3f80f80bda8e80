/* Engines side by side: the same sessions however many engines there are, each handed to the sink once, on the thread
 * of its engine. */
#include "engine/pipeline.h"
#include "shared/traffic.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum {
	CONNECTIONS = 600,
};

/* What the sink has seen. */
struct harvest {
	pthread_mutex_t lock;
	pthread_t       feeder;
	unsigned        strangers;      /* calls on another thread than the feeder's */
	char          **lines;
	size_t          count;
	uint32_t        numbers;        /* bits: engines that numbered a session */
	uint64_t        lost;           /* summed over sessions */
	unsigned        delay;          /* makes a slow sink of it */
};

static void
take_session(void *user, struct session *session)
{
	struct harvest *harvest = user;
	char line[160], address[ADDRESS_TEXT_SIZE];

	for (volatile unsigned i = 0; i < harvest->delay; i++)
		;
	snprintf(line, sizeof(line), "%s:%u %s %s %u %u %u %llu %llu %llu",
		address_text(&session->client.address, address), session->client.port,
		verdict_word(session->verdict), session->closed_by, session->lines, session->messages,
		session->secrets, (unsigned long long)session->bytes[CLIENT],
		(unsigned long long)session->first.frame, (unsigned long long)session->last.frame);
	pthread_mutex_lock(&harvest->lock);
	harvest->strangers += !pthread_equal(harvest->feeder, pthread_self());
	harvest->numbers |= 1U << (session->serial >> 48 & 31);
	harvest->lost += session->lost;
	if (harvest->count < CONNECTIONS)
		harvest->lines[harvest->count++] = strdup(line);
	pthread_mutex_unlock(&harvest->lock);
	session_free(&session);
}

static void
harvest_open(struct harvest *harvest)
{
	memset(harvest, 0, sizeof(*harvest));
	pthread_mutex_init(&harvest->lock, NULL);
	harvest->feeder = pthread_self();
	harvest->lines = calloc(CONNECTIONS, sizeof(*harvest->lines));
	assert_non_null(harvest->lines);
}

static void
harvest_close(struct harvest *harvest)
{
	for (size_t i = 0; i < harvest->count; i++)
		free(harvest->lines[i]);
	free(harvest->lines);
	pthread_mutex_destroy(&harvest->lock);
}

static size_t
harvest_count(struct harvest *harvest)
{
	size_t count;

	pthread_mutex_lock(&harvest->lock);
	count = harvest->count;
	pthread_mutex_unlock(&harvest->lock);
	return count;
}

static int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static struct engine_config
config(void)
{
	struct engine_config c = engine_config_default();

	c.flows.flows = 4096;
	c.second_opinion = false;
	return c;
}

/* Everything through `engines` engines; the lines come back in order. */
static void
run(const struct traffic *t, size_t engines, struct harvest *harvest, struct engine_counters *counters_r)
{
	const struct engine_config c = config();
	const struct sink sink = { .session = take_session, .user = harvest };
	struct budget budget = { .limit = (size_t)1 << 30 };
	struct pipeline *pipeline = pipeline_new(&c, engines, &budget, &sink);

	assert_non_null(pipeline);
	for (size_t i = 0; i < t->count; i++) {
		struct frame frame = traffic_at(t, i);

		pipeline_frame(pipeline, &frame);
	}
	pipeline_settle(pipeline);
	*counters_r = pipeline_counters(pipeline);
	pipeline_finish(&pipeline);
	assert_null(pipeline);
	assert_int_equal(budget.used, 0);
	qsort(harvest->lines, harvest->count, sizeof(*harvest->lines), compare_lines);
}

#define GREET "O|S:220 mx.example.org ESMTP\r\n|C:EHLO a.example\r\n|S:250-mx\r\n250 STARTTLS\r\n|"
#define MAIL  "C:MAIL FROM:<a@b.example>\r\n|S:250 ok\r\n|C:RCPT TO:<c@d.example>\r\n|S:250 ok\r\n|" \
	"C:DATA\r\n|S:354 go\r\n|C:Subject: x\r\n\r\nhello\r\n.\r\n|S:250 queued\r\n|"

static const char *const mixed[] = {
	GREET MAIL "F",
	GREET "C:AUTH PLAIN AGEAYg==\r\n|S:535 no\r\n|f",
	GREET "C:STARTTLS\r\n|S:454 later\r\n|" MAIL "R",
	"O|C:GET / HTTP/1.1\r\n\r\n|S:HTTP/1.1 200 OK\r\n\r\n|F",
	GREET,
};

static void
check_same(const struct harvest *a, const struct harvest *b, size_t engines)
{
	if (a->count != b->count)
		fail_msg("%zu sessions with one engine, %zu with %zu", a->count, b->count, engines);
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->lines[i], b->lines[i]) != 0)
			fail_msg("with %zu engines: %s, not %s", engines, b->lines[i], a->lines[i]);
}

static void
test_number_of_engines(void **state)
{
	static const size_t engines[] = { 0, 1, 2, 3, 4, 16, 1000 };
	struct harvest one;
	struct engine_counters counters, first;
	struct traffic t;

	(void)state;
	traffic_open(&t);
	traffic_tell(&t, mixed, TABLE_LENGTH(mixed), CONNECTIONS, 40);
	harvest_open(&one);
	run(&t, 1, &one, &first);
	assert_int_equal(one.count, CONNECTIONS / 5 * 4);
	for (size_t i = 0; i < TABLE_LENGTH(engines); i++) {
		struct harvest many;

		harvest_open(&many);
		many.delay = i % 2 == 0 ? 20000 : 0;
		run(&t, engines[i], &many, &counters);
		check_same(&one, &many, engines[i]);
		if (engines[i] == 1)
			assert_int_equal(many.strangers, 0);
		else if (engines[i] > 1)
			assert_int_equal(many.strangers, many.count);
		assert_int_equal(counters.frames, t.count);
		assert_int_equal(counters.segments, first.segments);
		assert_int_equal(counters.flows, first.flows);
		assert_int_equal(counters.foreign, first.foreign);
		assert_int_equal(counters.sessions, first.sessions);
		harvest_close(&many);
	}
	harvest_close(&one);
	traffic_close(&t);
}

/* Who fell silent long before the capture ended has ended then, whichever engine saw the last frame. */
static void
test_idle_at_the_end(void **state)
{
	static const char *const silent[] = { GREET }, *const late[] = { "O|" };
	struct harvest one;
	struct engine_counters counters;
	struct traffic t;

	(void)state;
	traffic_open(&t);
	traffic_tell(&t, silent, 1, 40, 1460);
	t.now_ns += INT64_C(3000) * 1000000000;
	traffic_tell(&t, late, 1, 1, 1460);
	harvest_open(&one);
	run(&t, 1, &one, &counters);
	assert_int_equal(one.count, 40);
	for (size_t i = 0; i < one.count; i++)
		assert_non_null(strstr(one.lines[i], " idle "));
	for (size_t engines = 2; engines <= 8; engines++) {
		struct harvest many;

		harvest_open(&many);
		run(&t, engines, &many, &counters);
		check_same(&one, &many, engines);
		harvest_close(&many);
	}
	harvest_close(&one);
	traffic_close(&t);
}

/* A pipeline with a sink of its own, fed with some traffic. */
struct line {
	struct traffic   traffic;
	struct harvest   harvest;
	struct budget    budget;
	struct pipeline *pipeline;
};

static void
line_open(struct line *line, size_t engines, const char *const *scripts, size_t count, size_t connections)
{
	const struct engine_config c = config();

	memset(line, 0, sizeof(*line));
	line->budget.limit = (size_t)1 << 30;
	traffic_open(&line->traffic);
	traffic_tell(&line->traffic, scripts, count, connections, 1460);
	harvest_open(&line->harvest);
	line->pipeline = pipeline_new(&c, engines, &line->budget,
		&(struct sink){ .session = take_session, .user = &line->harvest });
	assert_non_null(line->pipeline);
}

static void
line_feed(struct line *line, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		struct frame frame = traffic_at(&line->traffic, i);

		pipeline_frame(line->pipeline, &frame);
	}
}

static void
line_close(struct line *line)
{
	pipeline_finish(&line->pipeline);
	assert_int_equal(line->budget.used, 0);
	harvest_close(&line->harvest);
	traffic_close(&line->traffic);
}

/* Sessions of different engines never share a serial. */
static void
test_engines_are_numbered(void **state)
{
	struct line line;

	(void)state;
	line_open(&line, 4, mixed, 1, 200);
	line_feed(&line, 0, line.traffic.count);
	pipeline_finish(&line.pipeline);
	assert_int_equal(line.harvest.count, 200);
	assert_int_equal(line.harvest.numbers, 0xF);
	line_close(&line);
}

/* Each client asks the server that is its neighbour: such pairs differ, however alike the difference within each. */
static void
test_neighbours_are_shared_out(void **state)
{
	struct line line;
	size_t at = 0;

	(void)state;
	line_open(&line, 4, mixed, 1, 200);
	for (size_t i = 0; i < line.traffic.count; at = line.traffic.ends[i++]) {
		uint8_t *source = line.traffic.bytes.at + at + 26, *target = source + 4;
		bool from_client = source[0] == 10;

		memcpy(from_client ? target : source, from_client ? source : target, 4);
		(from_client ? target : source)[1] ^= 1;
	}
	line_feed(&line, 0, line.traffic.count);
	pipeline_finish(&line.pipeline);
	assert_int_equal(line.harvest.count, 200);
	assert_int_equal(line.harvest.numbers, 0xF);
	line_close(&line);
}

/* Frames that wait for a batch to fill go with a tick. */
static void
test_tick_hands_on(void **state)
{
	(void)state;
	for (size_t engines = 1; engines <= 4; engines++) {
		struct line line;

		line_open(&line, engines, mixed, 1, 8);
		line_feed(&line, 0, line.traffic.count);
		pipeline_tick(line.pipeline, line.traffic.now_ns);
		for (int i = 0; i < 5000 && harvest_count(&line.harvest) < 8; i++)
			usleep(1000);
		assert_int_equal(harvest_count(&line.harvest), 8);
		line_close(&line);
	}
}

/* Time that passes without a frame reaches every engine, behind the frames before it. */
static void
test_tick_ends_what_is_idle(void **state)
{
	static const char *const silent[] = { GREET };

	(void)state;
	for (size_t engines = 1; engines <= 4; engines++) {
		struct line line;

		line_open(&line, engines, silent, 1, 40);
		line_feed(&line, 0, line.traffic.count);
		pipeline_tick(line.pipeline, line.traffic.now_ns + NS_PER_SECOND);
		pipeline_settle(line.pipeline);
		assert_int_equal(harvest_count(&line.harvest), 0);
		pipeline_tick(line.pipeline, line.traffic.now_ns + NS_PER_HOUR);
		pipeline_settle(line.pipeline);
		assert_int_equal(harvest_count(&line.harvest), 40);
		for (size_t i = 0; i < 40; i++)
			assert_non_null(strstr(line.harvest.lines[i], " idle "));
		line_close(&line);
	}
}

/* A step of the clock is no silence, neither before the next tick nor at the end. */
static void
test_clock_step_is_no_silence(void **state)
{
	static const char *const silent[] = { GREET };

	(void)state;
	for (size_t engines = 1; engines <= 4; engines++) {
		struct line line;

		line_open(&line, engines, silent, 1, 40);
		line_feed(&line, 0, line.traffic.count);
		pipeline_clock_step(line.pipeline, NS_PER_DAY);
		pipeline_tick(line.pipeline, line.traffic.now_ns + NS_PER_DAY + NS_PER_SECOND);
		pipeline_clock_step(line.pipeline, -NS_PER_DAY);
		pipeline_finish(&line.pipeline);
		assert_int_equal(line.harvest.count, 40);
		for (size_t i = 0; i < 40; i++)
			assert_null(strstr(line.harvest.lines[i], " idle "));
		line_close(&line);
	}
}

/* A loss is known to whatever engine has sessions that it struck. */
static void
test_loss_reaches_all(void **state)
{
	static const char *const silent[] = { GREET };

	(void)state;
	for (size_t engines = 1; engines <= 4; engines++) {
		struct line line;
		struct loss loss = { .lost = 7, .seen = 100 };

		line_open(&line, engines, silent, 1, 40);
		line_feed(&line, 0, line.traffic.count);
		loss.from_ns = line.traffic.times[0];
		loss.to_ns = line.traffic.now_ns;
		pipeline_loss(line.pipeline, &loss);
		pipeline_finish(&line.pipeline);
		assert_int_equal(line.harvest.count, 40);
		assert_int_equal(line.harvest.lost, 7 * 40);
		line_close(&line);
	}
}

struct asking {
	struct line *line;
	atomic_bool  over;
};

static void *
ask_counters(void *user)
{
	struct asking *asking = user;
	uint64_t frames = 0;

	while (!asking->over) {
		uint64_t now = pipeline_counters(asking->line->pipeline).frames;

		assert_true(now >= frames && now <= asking->line->traffic.count);
		frames = now;
	}
	return NULL;
}

/* Anybody may ask for the counters at any time. */
static void
test_counters_while_running(void **state)
{
	(void)state;
	for (size_t engines = 1; engines <= 3; engines++) {
		struct line line;
		struct asking asking = { .line = &line };
		pthread_t thread;

		line_open(&line, engines, mixed, TABLE_LENGTH(mixed), 300);
		assert_int_equal(pthread_create(&thread, NULL, ask_counters, &asking), 0);
		line_feed(&line, 0, line.traffic.count);
		pipeline_settle(line.pipeline);
		asking.over = true;
		pthread_join(thread, NULL);
		assert_int_equal(pipeline_counters(line.pipeline).frames, line.traffic.count);
		line_close(&line);
	}
}

/* Settling in between loses nothing and counts exactly. */
static void
test_settle(void **state)
{
	const struct engine_config c = config();
	struct traffic t;

	(void)state;
	traffic_open(&t);
	traffic_tell(&t, mixed, TABLE_LENGTH(mixed), 30, 1460);
	for (size_t engines = 1; engines <= 4; engines++) {
		struct harvest harvest;
		struct budget budget = { .limit = 256 << 20 };
		struct sink sink = { .session = take_session, .user = &harvest };
		struct pipeline *pipeline;

		harvest_open(&harvest);
		pipeline = pipeline_new(&c, engines, &budget, &sink);
		assert_non_null(pipeline);
		for (size_t i = 0; i < t.count; i++) {
			struct frame frame = traffic_at(&t, i);

			pipeline_frame(pipeline, &frame);
			if (i % 37 != 0)
				continue;
			pipeline_settle(pipeline);
			assert_int_equal(pipeline_counters(pipeline).frames, i + 1);
		}
		pipeline_finish(&pipeline);
		pipeline_finish(&pipeline);
		assert_int_equal(harvest.count, 24);
		assert_int_equal(budget.used, 0);
		harvest_close(&harvest);
	}
	traffic_close(&t);
}

/* Nothing, and next to nothing. */
static void
test_empty(void **state)
{
	const struct engine_config c = config();

	(void)state;
	for (size_t engines = 0; engines <= 3; engines++) {
		struct harvest harvest;
		struct budget budget = { .limit = 256 << 20 };
		struct sink sink = { .session = take_session, .user = &harvest };
		struct frame empty = { .link_type = ETHERNET };
		struct pipeline *pipeline;

		harvest_open(&harvest);
		pipeline = pipeline_new(&c, engines, &budget, &sink);
		assert_non_null(pipeline);
		pipeline_settle(pipeline);
		pipeline_frame(pipeline, &empty);
		pipeline_settle(pipeline);
		assert_int_equal(pipeline_counters(pipeline).frames, 1);
		pipeline_finish(&pipeline);
		assert_int_equal(harvest.count, 0);
		assert_int_equal(budget.used, 0);
		harvest_close(&harvest);
	}
}

/* A frame larger than what is handed over at a time is still a frame. */
static void
test_huge_frame(void **state)
{
	const struct engine_config c = config();
	size_t size = 300 * 1024;
	uint8_t *bytes = calloc(1, size);

	(void)state;
	assert_non_null(bytes);
	bytes[12] = 0x08;
	bytes[13] = 0x06;
	for (size_t engines = 1; engines <= 2; engines++) {
		struct harvest harvest;
		struct budget budget = { .limit = 256 << 20 };
		struct sink sink = { .session = take_session, .user = &harvest };
		struct frame frame = { .link_type = ETHERNET, .wire_len = (uint32_t)size,
			.bytes = span_from(bytes, size) };
		struct pipeline *pipeline;

		harvest_open(&harvest);
		pipeline = pipeline_new(&c, engines, &budget, &sink);
		assert_non_null(pipeline);
		pipeline_frame(pipeline, &frame);
		pipeline_settle(pipeline);
		assert_int_equal(pipeline_counters(pipeline).frames, 1);
		pipeline_finish(&pipeline);
		assert_int_equal(budget.used, 0);
		harvest_close(&harvest);
	}
	free(bytes);
}

/* Too little memory for the engines: NULL, or fewer sessions, and nothing kept. */
static void
test_no_memory(void **state)
{
	const struct engine_config c = config();
	struct traffic t;

	(void)state;
	traffic_open(&t);
	traffic_tell(&t, mixed, TABLE_LENGTH(mixed), 30, 1460);
	for (size_t limit = 256; limit < 4 << 20; limit *= 2) {
		struct harvest harvest;
		struct budget budget = { .limit = limit };
		struct sink sink = { .session = take_session, .user = &harvest };
		struct pipeline *pipeline;

		harvest_open(&harvest);
		pipeline = pipeline_new(&c, 3, &budget, &sink);
		for (size_t i = 0; pipeline != NULL && i < t.count; i++) {
			struct frame frame = traffic_at(&t, i);

			pipeline_frame(pipeline, &frame);
		}
		pipeline_finish(&pipeline);
		assert_int_equal(budget.used, 0);
		harvest_close(&harvest);
	}
	traffic_close(&t);
}

/* All ports of one host to all ports of another: half-open flows, all in one lane. */
static void
flood(struct pipeline *pipeline, const struct frame *syn, unsigned count)
{
	uint8_t bytes[HEADERS];
	struct frame frame = *syn;

	assert_int_equal(syn->bytes.len, HEADERS);
	memcpy(bytes, syn->bytes.at, HEADERS);
	memcpy(bytes + 26, "\xC6\x12\0\1\xC6\x12\0\2", 8);
	frame.bytes = span_from(bytes, HEADERS);
	for (unsigned i = 0; i < count; i++) {
		put16(bytes + 34, i & 0xFFFF);
		put16(bytes + 36, 1 + (i >> 16));
		pipeline_frame(pipeline, &frame);
	}
	pipeline_settle(pipeline);
}

/* Sessions in the other lanes, some of them from before it and some begun since, do not make way for a flood. */
static void
test_flood_in_one_lane(void **state)
{
	enum { LANES = 4, MEMORY = LANES * (2 << 20), GREETED = 600, SYNS = 100000 };
	static const char *const early_and_late[] = { GREET MAIL "F", "C:|C:|C:|C:|C:|" GREET MAIL "F" };
	struct harvest harvests[2];
	struct engine_config c = config();
	struct traffic t;

	(void)state;
	c.flows.flows = 1 << 20;
	traffic_open(&t);
	traffic_tell(&t, early_and_late, 2, 200, 1460);
	for (size_t flooded = 0; flooded < 2; flooded++) {
		struct harvest *harvest = &harvests[flooded];
		struct budget budget = { .limit = MEMORY };
		struct sink sink = { .session = take_session, .user = harvest };
		struct pipeline *pipeline;
		struct frame frame;

		harvest_open(harvest);
		pipeline = pipeline_new(&c, LANES, &budget, &sink);
		assert_non_null(pipeline);
		for (size_t i = 0; i < t.count; i++) {
			frame = traffic_at(&t, i == GREETED ? 0 : i);
			if (i == GREETED && flooded)
				flood(pipeline, &frame, SYNS);
			frame = traffic_at(&t, i);
			pipeline_frame(pipeline, &frame);
		}
		pipeline_settle(pipeline);
		assert_int_equal(pipeline_counters(pipeline).evicted > 0, flooded);
		pipeline_finish(&pipeline);
		assert_int_equal(budget.used, 0);
		qsort(harvest->lines, harvest->count, sizeof(*harvest->lines), compare_lines);
	}
	assert_int_equal(harvests[0].count, 200);
	assert_int_equal(harvests[1].count, 200);
	for (size_t i = 0; i < 200; i++)
		assert_string_equal(harvests[0].lines[i], harvests[1].lines[i]);
	harvest_close(&harvests[0]);
	harvest_close(&harvests[1]);
	traffic_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_number_of_engines),
		cmocka_unit_test(test_idle_at_the_end),
		cmocka_unit_test(test_engines_are_numbered),
		cmocka_unit_test(test_neighbours_are_shared_out),
		cmocka_unit_test(test_tick_hands_on),
		cmocka_unit_test(test_tick_ends_what_is_idle),
		cmocka_unit_test(test_clock_step_is_no_silence),
		cmocka_unit_test(test_loss_reaches_all),
		cmocka_unit_test(test_counters_while_running),
		cmocka_unit_test(test_settle),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_huge_frame),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_flood_in_one_lane),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
