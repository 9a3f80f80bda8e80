/* Old sessions go, with all that belongs to them and nothing else, and the file grows no more. */
#include "shared/store_sample.h"

#include "store/database.h"
#include "store/store_private.h"

#include <sqlite3.h>

static const int64_t SECOND = 1000000000;

static struct store *
open_live(const char *path)
{
	static const struct store_capture capture = { .path = "eth1", .vantage = "mirror", .live = true };
	struct store *store;

	assert_ok(store_open(path, &store));
	assert_ok(store_begin(store, "0.1"));
	assert_ok(store_capture(store, 0, &capture));
	return store;
}

static void
close_live(struct store *store)
{
	static const struct store_result result = { .frames = 1, .first_ns = SAMPLE_START, .last_ns = SAMPLE_START,
		.damage = "" };

	assert_ok(store_capture_read(store, 0, &result));
	assert_ok(store_finish(store));
	assert_ok(store_close(&store));
}

static void
change(struct store *store, const char *sql)
{
	char *message = NULL;

	sqlite3_exec(store->db, sql, NULL, NULL, &message);
	if (message != NULL)
		fail_msg("%s: %s", sql, message);
}

/* A session that lasts a second, and leaves a row in every table.  Of the two certificates it shows, the second is
 * shown by all. */
static void
write_full(struct store *store, uint8_t number)
{
	const struct certificate shown[] = {
		{ .sha256 = { number, 1 }, .subject = span_of("CN=mx"), .key_type = "RSA" },
		{ .position = 1, .sha256 = { 0, 2 }, .subject = span_of("CN=ca"), .key_type = "RSA" },
	};
	const struct certificate_chain chain = { .certificates = shown, .count = 2, .sent = 2 };
	const struct event certificates = { .kind = EVENT_TLS_CERTIFICATES, .side = SERVER,
		.where = sample_where(9, 90), .facts.chain = &chain };
	static const struct signal signal = { .name = { (const uint8_t *)"S1", 2 }, .points = 20 };
	struct session *session = sample_session(number);
	struct footprint *footprint = arena_alloc(session->arena, sizeof(*footprint));

	*footprint = (struct footprint){ .flags = FOOT_WHOLE };
	session->footprint = footprint;
	session->first.time_ns += number * SECOND;
	session->last.time_ns = session->first.time_ns + SECOND / 2;
	sample_hello(session);
	sample_login(session, AUTH_ACCEPTED);
	session_event(session, &certificates);
	session->signals = &signal;
	session->signal_count = 1;
	sample_evidence(sample_finding(session, 1, 18), "MAIL FROM:<@example.org>", 9);
	sample_write(store, session);
}

/* What history and comparisons say of session 1 to `count`, each resting on the one before. */
static void
say_something(struct store *store, int count)
{
	char sql[512];

	for (int id = 1; id <= count; id++) {
		snprintf(sql, sizeof(sql),
			"INSERT INTO finding SELECT id + 499, kind_id, severity, confidence, score, count,"
			" NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM finding WHERE id = %d001;"
			"INSERT INTO hindsight_session VALUES (%d, NULL, 1, 0);"
			"INSERT INTO hindsight_finding VALUES (%d001, 2, 2, 10, NULL);"
			"INSERT INTO finding_link VALUES (%d001, %d, 1), (%d001, %d, 1)", id, id, id, id,
			id, id, id - 1);
		change(store, sql);
	}
}

static size_t
prune(struct store *store, int64_t before_ns, size_t most)
{
	size_t gone = 99;

	assert_ok(store_prune(store, before_ns, most, &gone));
	return gone;
}

static const char ids_of_all[] =
	"SELECT group_concat(id) FROM session; SELECT group_concat(session_id) FROM dialogue;"
	"SELECT group_concat(id) FROM finding; SELECT group_concat(id) FROM signal;"
	"SELECT group_concat(session_id) FROM credential; SELECT group_concat(session_id) FROM footprint;"
	"SELECT group_concat(session_id) FROM (SELECT session_id FROM session_certificate ORDER BY 1);"
	"SELECT group_concat(hex(substr(sha256, 1, 2))) FROM certificate;"
	"SELECT group_concat(session_id) FROM hindsight_session;"
	"SELECT group_concat(finding_id) FROM hindsight_finding;"
	"SELECT group_concat(finding_id || '-' || session_id) FROM finding_link; PRAGMA foreign_key_check";

static void
all_that_belongs_to_them_goes(void **state)
{
	const char *path = sample_path("db");
	struct store *store = open_live(path);

	(void)state;
	for (uint8_t number = 1; number <= 4; number++)
		write_full(store, number);
	say_something(store, 4);
	assert_int_equal(prune(store, SAMPLE_START + 3 * SECOND, 100), 2);
	close_live(store);
	assert_answer(path, ids_of_all,
		"3,4\n3,4\n3001,3500,4001,4500\n3001,4001\n3,4\n3,4\n3,3,4,4\n0002,0301,0401\n3,4\n3001,4001\n"
		"3001-3,4001-3,4001-4\n");
}

static void
oldest_go_first_and_not_all_at_once(void **state)
{
	const char *path = sample_path("db");
	struct store *store = open_live(path);

	(void)state;
	for (uint8_t number = 10; number > 0; number--)
		write_full(store, number);
	assert_int_equal(prune(store, SAMPLE_START + 8 * SECOND, 0), 0);
	assert_int_equal(prune(store, SAMPLE_START + 8 * SECOND, 3), 3);
	assert_ok(store_commit(store));
	assert_answer(path, "SELECT group_concat(client_ip) FROM v_session",
		"192.0.2.10,192.0.2.9,192.0.2.8,192.0.2.7,192.0.2.6,192.0.2.5,192.0.2.4\n");
	assert_int_equal(prune(store, SAMPLE_START + 8 * SECOND, 3), 3);
	assert_int_equal(prune(store, SAMPLE_START + 8 * SECOND, 3), 1);
	assert_int_equal(prune(store, SAMPLE_START + 8 * SECOND, 3), 0);
	close_live(store);
	assert_answer(path, "SELECT id FROM session ORDER BY id", "1\n2\n3\n");
}

/* Its row tells how far it had come when it was shown, not how far it is. */
static void
ongoing_sessions_stay(void **state)
{
	const char *path = sample_path("db");
	struct store *store = open_live(path);
	struct session *session = sample_session(10);

	(void)state;
	session->ongoing = true;
	sample_write(store, session);
	sample_write(store, sample_session(11));
	assert_int_equal(prune(store, INT64_MAX, 100), 1);
	close_live(store);
	assert_answer(path, "SELECT client_ip FROM v_session", "192.0.2.10\n");
}

/* A number that was told to somebody stays that session's. */
static void
numbers_are_not_given_again(void **state)
{
	const char *path = sample_path("db");
	struct store *store = open_live(path);

	(void)state;
	write_full(store, 1);
	write_full(store, 2);
	assert_int_equal(prune(store, INT64_MAX, 100), 2);
	write_full(store, 3);
	close_live(store);
	assert_answer(path, "SELECT id FROM session; SELECT id FROM finding", "3\n3001\n");
}

/* A certificate that went with its sessions is written again when it is shown again. */
static void
certificates_come_back(void **state)
{
	const char *path = sample_path("db");
	struct store *store = open_live(path);

	(void)state;
	write_full(store, 1);
	assert_int_equal(prune(store, INT64_MAX, 100), 1);
	write_full(store, 1);
	close_live(store);
	assert_answer(path, "SELECT count(*) FROM v_certificate", "2\n");
}

static void
captures_minutes_and_runs_go(void **state)
{
	const struct store_minute minutes[] = {
		{ SAMPLE_START - 60 * SECOND, 1, 60, 0, 0 },
		{ SAMPLE_START, 1, 60, 0, 0 },
	};
	const char *path = sample_path("db");
	struct store *store;

	(void)state;
	for (uint8_t run = 0; run < 3; run++) {
		store = open_live(path);
		assert_ok(store_minute(store, 0, &minutes[0]));
		assert_ok(store_minute(store, 0, &minutes[1]));
		if (run > 0)
			write_full(store, run);
		close_live(store);
	}
	store = open_live(path);
	assert_ok(store_minute(store, 0, &minutes[1]));
	change(store, "UPDATE run SET started = 1, finished = 2");
	assert_int_equal(prune(store, SAMPLE_START, 100), 0);
	assert_ok(store_commit(store));
	assert_answer(path, "SELECT capture_id, minute_ns FROM capture_minute; SELECT group_concat(id) FROM capture",
		"1|1714564800000000000\n2|1714564800000000000\n3|1714564800000000000\n4|1714564800000000000\n"
		"1,2,3,4\n");
	assert_int_equal(prune(store, SAMPLE_START + 2 * SECOND, 100), 1);
	assert_ok(store_commit(store));
	assert_answer(path, "SELECT group_concat(id) FROM capture; SELECT group_concat(id) FROM run;"
		"SELECT group_concat(capture_id) FROM capture_minute", "3,4\n3,4\n3,4\n");
	assert_int_equal(prune(store, INT64_MAX, 100), 1);
	close_live(store);
	assert_answer(path, "SELECT group_concat(id) FROM capture; SELECT group_concat(id) FROM run;"
		"SELECT count(*) FROM capture_minute", "4\n4\n0\n");
}

/* A session may point into a later capture of its run than the one in which it began. */
static void
captures_that_sessions_reach_stay(void **state)
{
	const char *path = sample_path("db");
	struct store *store;
	struct session *session = sample_session(10);

	(void)state;
	assert_ok(store_open(path, &store));
	assert_ok(store_begin(store, "0.1"));
	for (uint32_t i = 0; i < 4; i++) {
		static const char *const paths[] = { "a.pcap", "b.pcap", "c.pcap", "d.pcap" };
		const struct store_capture capture = { .path = paths[i], .vantage = "inside", .size = 1000 };
		const struct store_result result = { .sha256 = { (uint8_t)(i + 1) }, .frames = 1,
			.last_ns = SAMPLE_START,
			.damage = "" };

		assert_ok(store_capture(store, i, &capture));
		assert_ok(store_capture_read(store, i, &result));
	}
	session->first.capture = 1;
	session->last.capture = 2;
	session->last.time_ns = SAMPLE_START + 1000 * SECOND;
	sample_write(store, session);
	assert_ok(store_finish(store));
	assert_ok(store_close(&store));
	store = open_live(path);
	assert_int_equal(prune(store, SAMPLE_START + 100 * SECOND, 100), 0);
	close_live(store);
	assert_answer(path, "SELECT path FROM capture ORDER BY id", "b.pcap\nc.pcap\neth1\n");
}

static int64_t
pages(struct store *store, const char *path)
{
	int64_t count = 0;

	assert_ok(store_commit(store));
	assert_ok(database_number(store->db, path, "PRAGMA page_count", &count));
	return count;
}

/* As much goes as comes: after some rounds, when rows of every length have found a page, the file stays as it is. */
static void
file_grows_no_more(void **state)
{
	enum { SESSIONS = 200, ROUNDS = 60 };
	const char *path = sample_path("db");
	struct store *store = open_live(path);
	int64_t before = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < SESSIONS; i++)
			write_full(store, (uint8_t)i);
		if (round > 0)
			assert_int_equal(prune(store, INT64_MAX, SESSIONS), SESSIONS);
		if (round == ROUNDS / 2)
			before = pages(store, path);
	}
	assert_in_range(pages(store, path), 1, before + before / 20);
	close_live(store);
	assert_answer(path, "PRAGMA integrity_check; SELECT count(*) FROM session", "ok\n200\n");
}

/* Sessions are found by their end, and what hangs on them by their ids, however many there are. */
static void
nothing_is_searched_through(void **state)
{
	static const char *const questions[] = {
		"SELECT id FROM session WHERE ended_ns < 5 AND NOT ongoing ORDER BY ended_ns LIMIT 5",
		"DELETE FROM finding_link WHERE session_id = 5",
		"DELETE FROM session WHERE id = 5",
		"SELECT 1 FROM session_certificate WHERE certificate_id = 5",
		"UPDATE session SET ongoing = 0 WHERE ongoing",
	};
	const char *path = sample_path("db");
	struct store *store = open_live(path);

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(questions); i++) {
		char sql[256];
		sqlite3_stmt *plan;

		snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", questions[i]);
		assert_int_equal(sqlite3_prepare_v2(store->db, sql, -1, &plan, NULL), SQLITE_OK);
		while (sqlite3_step(plan) == SQLITE_ROW) {
			const char *step = (const char *)sqlite3_column_text(plan, 3);

			if (strncmp(step, "SEARCH", 6) != 0 && strstr(step, "session_ongoing") == NULL)
				fail_msg("%s: %s", questions[i], step);
		}
		sqlite3_finalize(plan);
	}
	close_live(store);
}

#define each(test) cmocka_unit_test_setup_teardown(test, sample_setup, sample_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		each(all_that_belongs_to_them_goes),
		each(oldest_go_first_and_not_all_at_once),
		each(ongoing_sessions_stay),
		each(numbers_are_not_given_again),
		each(certificates_come_back),
		each(captures_minutes_and_runs_go),
		each(captures_that_sessions_reach_stay),
		each(file_grows_no_more),
		each(nothing_is_searched_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
