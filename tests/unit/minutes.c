/* Live captures: what their minutes came to, and what a killed run leaves of them. */
#include "shared/store_sample.h"

#include <signal.h>
#include <sys/wait.h>

static const struct store_capture interfaces[] = {
	{ .path = "eth1", .vantage = "mirror", .live = true, .link_type = 1, .snaplen = 65535 },
	{ .path = "eth2", .vantage = "mirror", .live = true, .link_type = 1, .snaplen = 65535 },
};

static struct store *
open_live(const char *path)
{
	struct store *store;

	assert_ok(store_open(path, &store));
	assert_ok(store_begin(store, "0.1"));
	for (uint32_t i = 0; i < TABLE_LENGTH(interfaces); i++)
		assert_ok(store_capture(store, i, &interfaces[i]));
	return store;
}

static void
end_live(struct store *store)
{
	assert_ok(store_finish(store));
	assert_ok(store_close(&store));
}

static void
minutes_add_up(void **state)
{
	static const struct {
		uint32_t            index;
		struct store_minute minute;
	} told[] = {
		{ 0, { SAMPLE_START, 10, 1000, 1, 0 } },
		{ 0, { SAMPLE_START, 5, 700, 2, 3 } },
		{ 0, { SAMPLE_START + 60 * INT64_C(1000000000), 1, 60, 0, 0 } },
		{ 1, { SAMPLE_START, 7, 800, 0, 4 } },
	};
	const char *path = sample_path("db");
	struct store *store = open_live(path);

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(told); i++)
		assert_ok(store_minute(store, told[i].index, &told[i].minute));
	end_live(store);
	assert_answer(path, "SELECT * FROM v_capture_minute ORDER BY capture, minute",
		"eth1|mirror|2024-05-01T12:00:00.000000Z|15|1700|3|3\n"
		"eth1|mirror|2024-05-01T12:01:00.000000Z|1|60|0|0\n"
		"eth2|mirror|2024-05-01T12:00:00.000000Z|7|800|0|4\n");
}

static void
minutes_go_with_their_capture(void **state)
{
	static const struct store_minute minute = { SAMPLE_START, 1, 60, 0, 0 };
	const char *path = sample_path("db");
	struct store *store = open_live(path);

	(void)state;
	assert_ok(store_minute(store, 0, &minute));
	assert_ok(store_minute(store, 1, &minute));
	assert_ok(store_capture_forget(store, 0));
	end_live(store);
	assert_answer(path, "SELECT capture FROM v_capture_minute", "eth2\n");
}

/* Frames that were dropped while a session lasted stand beside it. */
static void
losses_are_kept_with_the_session(void **state)
{
	const char *path = sample_path("db");
	struct store *store = open_live(path);
	struct session *session = sample_session(10);

	(void)state;
	session->lost = 3;
	session->lost_of = 400;
	sample_write(store, session);
	end_live(store);
	assert_answer(path, "SELECT lost, lost_of, ongoing FROM session", "3|400|0\n");
}

/* What a killed run saw last of a session is all there will be of it. */
static void
killed_run_leaves_sessions_open(void **state)
{
	const char *path = sample_path("db");
	pid_t child = fork();
	int ended;

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		struct store *store = open_live(path);
		struct session *session = sample_session(10);

		session->ongoing = true;
		sample_write(store, session);
		sample_write(store, sample_session(11));
		assert_ok(store_commit(store));
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, &ended, 0), child);
	assert_true(WIFSIGNALED(ended));
	assert_answer(path, "SELECT ongoing FROM session", "1\n0\n");
	end_live(open_live(path));
	assert_answer(path, "SELECT s.ongoing, v.complete FROM session AS s JOIN v_session AS v ON v.session_id = s.id",
		"0|open\n0|full\n");
}

#define each(test) cmocka_unit_test_setup_teardown(test, sample_setup, sample_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		each(minutes_add_up),
		each(minutes_go_with_their_capture),
		each(losses_are_kept_with_the_session),
		each(killed_run_leaves_sessions_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
