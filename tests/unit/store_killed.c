/* A run that is killed: what was committed stays, is told of, and is completed by the same command. */
#include "shared/store_sample.h"

#include <signal.h>
#include <sys/wait.h>

static void
kill_a_run(const char *path, const struct store_capture *capture, int sessions)
{
	pid_t child = fork();
	int ended;

	assert_true(child >= 0);
	if (child == 0) {
		struct store *store;
		struct status status = store_open(path, &store);

		if (status_is_ok(&status))
			status = store_begin(store, "0.1");
		if (status_is_ok(&status))
			status = store_capture(store, 0, capture);
		for (int i = 0; i < sessions && status_is_ok(&status); i++) {
			struct session *session = sample_session(10);

			sample_hello(session);
			sample_finding(session, 0, 90);
			status = sample_store_session(store, session);
			session_free(&session);
		}
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, &ended, 0), child);
	assert_true(WIFSIGNALED(ended));
}

static void
killed_run_is_completed(void **state)
{
	static const struct store_capture capture = { .path = "a.pcap", .vantage = "inside",
		.size = 1000 };
	const char *path = sample_path("db");
	struct store *store;

	(void)state;
	sample_end(sample_store(path), 9);      /* an earlier, finished one stays */
	kill_a_run(path, &capture, 1500);
	assert_answer(path, "SELECT count(*) >= 1000 FROM v_session", "1\n");
	assert_answer(path, "PRAGMA integrity_check", "ok\n");
	store = sample_store(path);
	sample_write(store, sample_session(10));
	sample_end(store, 1);
	assert_answer(path, "SELECT count(*) FROM v_session; SELECT count(*) FROM v_finding; "
		"SELECT count(*) FROM capture; SELECT count(*) FROM run; PRAGMA foreign_key_check",
		"1\n0\n2\n2\n");
}

/* What was committed stays, and is told of, until its own file is read again: path, size and vantage. */
static void
killed_run_stays_until_read_again(void **state)
{
	static const struct store_capture killed = { .path = "k.pcap", .vantage = "inside",
		.size = 5000 };
	static const struct {
		struct store_capture reads;
		uint64_t             left;
	} cases[] = {
		{ { .path = "other.pcap", .vantage = "inside", .size = 5000 }, 1000 },
		{ { .path = "k.pcap", .vantage = "inside", .size = 5001 }, 1000 },
		{ { .path = "k.pcap", .vantage = "outside", .size = 5000 }, 1000 },
		{ { .path = "-", .vantage = "inside" }, 1000 },
		{ { .path = "k.pcap", .vantage = "inside", .size = 5000 }, 0 },
	};
	const char *path = sample_path("db");

	(void)state;
	kill_a_run(path, &killed, 1500);
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct store_unfinished left;
		struct store *store;

		assert_ok(store_open(path, &store));
		assert_ok(store_begin(store, "0.1"));
		assert_ok(store_capture(store, 0, &cases[i].reads));
		assert_ok(store_unfinished(store, &left));
		if (left.sessions != cases[i].left || left.captures != (cases[i].left > 0))
			fail_msg("case %zu: %llu sessions of %llu captures are left", i,
				(unsigned long long)left.sessions,
				(unsigned long long)left.captures);
		sample_end(store, (uint8_t)(i + 1));
	}
	assert_answer(path, "SELECT count(*) FROM v_session; SELECT count(*) FROM capture WHERE NOT "
		"complete; SELECT count(*) FROM run; PRAGMA foreign_key_check", "0\n0\n5\n");
}

/* Until then its capture is one that was not read to its end, and never known. */
static void
killed_run_is_shown_as_such(void **state)
{
	static const struct store_capture killed = { .path = "k.pcap", .vantage = "inside",
		.size = 5000 };
	const char *path = sample_path("db");
	struct store *store;

	(void)state;
	kill_a_run(path, &killed, 1000);
	sample_end(sample_store(path), 1);
	assert_ok(store_open(path, &store));
	assert_false(store_may_know(store, &killed));
	assert_ok(store_close(&store));
	assert_answer(path, "SELECT count(*), capture FROM v_session; SELECT path, complete FROM "
		"capture", "1000|k.pcap\nk.pcap|0\na.pcap|1\n");
}

static void
killed_live_run_stays(void **state)
{
	static const struct store_capture live = { .path = "eth1", .vantage = "inside",
		.live = true };
	const char *path = sample_path("db");

	(void)state;
	kill_a_run(path, &live, 1000);
	sample_end(sample_store(path), 1);
	assert_answer(path, "SELECT count(*) FROM v_session; SELECT path, damaged FROM capture",
		"1000\neth1|the run was killed\na.pcap|NULL\n");
}

#define each(test) cmocka_unit_test_setup_teardown(test, sample_setup, sample_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		each(killed_run_is_completed),
		each(killed_run_stays_until_read_again),
		each(killed_run_is_shown_as_such),
		each(killed_live_run_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
