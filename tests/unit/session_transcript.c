/* The transcript of a session: JSON, bounded, with times and frames that hold where clocks step and captures follow. */
#include "model/session_private.h"
#include "shared/build_session.h"
#include "shared/check_transcript.h"

static const struct {
	const char *text, *wanted;
} texts[] = {
	{ "250 ok", "[[1000,1,\"S\",\"answer\",\"250 ok\"]" },
	{ "", "[[1000,1,\"S\",\"answer\",\"\"]" },
	{ "say \"hi\" \\\\x00", "[[1000,1,\"S\",\"answer\",\"say \\\"hi\\\" \\\\\\\\x00\"]" },
	{ "[{\"a\":1}],", "[[1000,1,\"S\",\"answer\",\"[{\\\"a\\\":1}],\"]" },
	{ "\xC3\xA9t\xC3\xA9", "[[1000,1,\"S\",\"answer\",\"\xC3\xA9t\xC3\xA9\"]" },
};

static void
test_transcript(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(texts); i++) {
		struct build b;

		build_begin(&b);
		assert_int_equal(check_transcript(b.session), 0);
		build_tell(&b, SERVER, EVENT_ANSWER, 250, texts[i].text);
		assert_string_equal(buffer_text(&b.session->transcript), texts[i].wanted);
		build_tell(&b, CLIENT, EVENT_COMMAND, 0, texts[i].text);
		build_fact(&b, CLIENT, EVENT_APPLICATION, 0, texts[i].text);    /* not a line of its own */
		assert_int_equal(check_transcript(b.session), 2);
		build_end(&b);
	}
}

/* Clocks step: a frame may be older than the first one. */
static void
test_transcript_before_its_time(void **state)
{
	static const struct {
		int64_t     first, at;
		const char *wanted;
	} cases[] = {
		{ 5000000, 7000999, "[[2000,7,\"C\",\"command\",\"x\"]" },
		{ 5000000, 5000000, "[[0,7,\"C\",\"command\",\"x\"]" },
		{ 5000000, 3000000, "[[-2000,7,\"C\",\"command\",\"x\"]" },
		{ 0, INT64_MAX, "[[9223372036854775,7,\"C\",\"command\",\"x\"]" },
		{ 0, INT64_MIN, "[[-9223372036854775,7,\"C\",\"command\",\"x\"]" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct build b;
		struct event event = { .kind = EVENT_COMMAND, .side = CLIENT, .text = span_of("x") };

		build_begin(&b);
		b.session->first.time_ns = cases[i].first;
		event.where.last = (struct moment){ .time_ns = cases[i].at, .frame = 7 };
		session_event(b.session, &event);
		assert_string_equal(buffer_text(&b.session->transcript), cases[i].wanted);
		build_end(&b);
	}
}

/* Frames are numbered anew in each capture: the line tells which one, where it is not the session's first. */
static void
test_transcript_over_captures(void **state)
{
	struct build b;
	struct event event = { .kind = EVENT_COMMAND, .side = CLIENT, .text = span_of("x") };

	(void)state;
	build_begin(&b);
	b.session->first = (struct moment){ .frame = 7, .capture = 2 };
	for (uint32_t capture = 2; capture < 4; capture++) {
		event.where.last = (struct moment){ .frame = 7, .capture = capture };
		session_event(b.session, &event);
	}
	assert_string_equal(buffer_text(&b.session->transcript),
		"[[0,7,\"C\",\"command\",\"x\"],[0,7,\"C\",\"command\",\"x\",3]");
	assert_int_equal(check_transcript(b.session), 2);
	build_end(&b);
}

/* Endless dialogues: a bounded transcript that stays whole, and a word about what was left out. */
static void
test_transcript_is_bounded(void **state)
{
	static const struct {
		const char *name;
		size_t      length, times;
	} cases[] = { { "many lines", 4, 20000 }, { "long lines", 512, 20000 }, { "quoted twice", 512, 5000 } };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct build b;
		char text[513] = "";

		build_begin(&b);
		memset(text, i == 2 ? '"' : 'a', cases[i].length);
		for (size_t k = 0; k < cases[i].times; k++)
			build_tell(&b, CLIENT, EVENT_COMMAND, 0, text);
		if (b.session->transcript.len > 520 * 1024 || b.session->lines > 4000)
			fail_msg("%s: %u lines, %zu bytes", cases[i].name, b.session->lines,
				b.session->transcript.len);
		assert_int_equal(b.session->lines + b.session->lines_left_out, cases[i].times);
		assert_true(b.session->truncated);
		assert_int_equal(b.session->commands, cases[i].times);
		check_transcript(b.session);
		build_end(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transcript),
		cmocka_unit_test(test_transcript_before_its_time),
		cmocka_unit_test(test_transcript_over_captures),
		cmocka_unit_test(test_transcript_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
