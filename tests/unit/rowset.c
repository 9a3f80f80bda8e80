/* Sessions as rows that wait: they outlive the session, can be given again after a failure, and take the place of what
 * was stored before the session had ended. */
#include "shared/store_sample.h"

#include "model/session_private.h"
#include "store/store_private.h"

#include <sqlite3.h>

/* One with something in every table. */
static struct session *
rich_session(uint8_t client)
{
	static const struct certificate certificates[] = {
		{ .sha256 = { 0xAB }, .subject = { (const uint8_t *)"CN=mx", 5 }, .key_type = "RSA", .key_bits = 2048 },
		{ .position = 1, .sha256 = { 0xCD }, .unreadable = true },
	};
	static const struct signal signals[] = {
		{ .name = { (const uint8_t *)"S1", 2 }, .group = SIGNAL_TEXT, .points = 3 },
		{ .name = { (const uint8_t *)"S2", 2 }, .group = SIGNAL_WIRE, .points = 4 },
	};
	struct session *session = sample_session(client);
	struct footprint *footprint = arena_alloc(session->arena, sizeof(*footprint));

	assert_non_null(footprint);
	sample_hello(session);
	sample_login(session, AUTH_ACCEPTED);
	sample_evidence(sample_finding(session, 0, 100), "AUTH PLAIN <redacted>", 7);
	sample_finding(session, 1, 45);
	session_tls(session)->chain = (struct certificate_chain){ .certificates = certificates, .count = 2, .sent = 2 };
	session->signals = signals;
	session->signal_count = TABLE_LENGTH(signals);
	footprint->verdict = footprint->verdict_suspected = footprint->verdict_proven = session->verdict;
	session->footprint = footprint;
	return session;
}

static struct rowset *
rowset_of(struct session *session)
{
	struct rowset *rowset = rowset_new(session);

	assert_non_null(rowset);
	session_free(&session);
	return rowset;
}

static const char all_tables[] =
	"SELECT client_ip, verdict FROM v_session ORDER BY session_id;"
	"SELECT finding_id, kind, score, evidence FROM v_finding ORDER BY finding_id;"
	"SELECT session_id, username FROM v_credential ORDER BY 1;"
	"SELECT session_id, position, substr(certificate_sha256, 1, 2), subject FROM v_certificate ORDER BY 1, 2;"
	"SELECT session_id, signal, points FROM v_signal ORDER BY 1, 2;"
	"SELECT session_id, count(*) FROM v_dialogue GROUP BY 1;"
	"SELECT count(*) FROM footprint";

static const char rich_rows[] =
	"192.0.2.10|plaintext-declined\n"
	"1001|cred-plaintext-accepted|100|AUTH PLAIN <redacted>\n1002|starttls-not-used|45|NULL\n"
	"1|alice\n"
	"1|0|ab|CN=mx\n1|1|cd|NULL\n"
	"1|S1|3\n1|S2|4\n"
	"1|4\n"
	"1\n";

/* Nothing in a rowset points into the session. */
static void
outlives_its_session(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	struct rowset *rowset = rowset_of(rich_session(10));

	(void)state;
	assert_ok(store_rowset(store, rowset));
	rowset_free(&rowset);
	assert_null(rowset);
	rowset_free(&rowset);
	sample_end(store, 1);
	assert_answer(path, all_tables, rich_rows);
}

/* What is told of its memory is what it takes. */
static void
tells_its_size(void **state)
{
	static const char line[] =
		"250-A LINE THAT IS AS LONG AS OTHER LINES OF A SERVER ARE, AND SAYS AS LITTLE AS THEY DO";
	struct session *little = sample_session(10), *more = sample_session(10);
	struct rowset *small = rowset_of(little), *large;

	(void)state;
	for (uint64_t i = 0; i < 100; i++)
		sample_tell(more, SERVER, EVENT_ANSWER, 250, line, i + 1);
	large = rowset_of(more);
	assert_in_range(rowset_size(small), 300, 2000);
	assert_in_range(rowset_size(large), rowset_size(small) + 100 * sizeof(line),
		rowset_size(small) + 200 * sizeof(line));
	rowset_free(&small);
	rowset_free(&large);
}

/* Kinds and certificates that were rolled back are not taken for there. */
static void
can_be_given_again(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	struct rowset *rowset = rowset_of(rich_session(10));

	(void)state;
	assert_ok(store_commit(store));
	for (int i = 0; i < 3; i++) {
		assert_ok(store_rowset(store, rowset));
		assert_true(store_is_pending(store));
		store_fail(store, status_of(STATUS_STORE, "the disk is full"));
		assert_int_equal(store_rowset(store, rowset).code, STATUS_STORE);
		assert_ok(store_recover(store));
		assert_false(store_is_pending(store));
	}
	assert_ok(store_rowset(store, rowset));
	rowset_free(&rowset);
	sample_end(store, 1);
	assert_answer(path, all_tables, rich_rows);
	assert_answer(path, "SELECT count(*) FROM certificate; SELECT count(*) FROM kind", "2\n2\n");
}

/* Sessions that are stored before they end ---------------------------------------------------------- */

static struct rowset *
snapshot_of(uint64_t serial, uint8_t client)
{
	struct session *session = rich_session(client);

	session->serial = serial;
	session->ongoing = true;
	sample_finding(session, 2, 1);
	return rowset_of(session);
}

static struct rowset *
ended(uint64_t serial, uint8_t client)
{
	struct session *session = rich_session(client);

	session->serial = serial;
	session->shown = true;
	return rowset_of(session);
}

static void
give(struct store *store, struct rowset *rowset)
{
	assert_ok(store_rowset(store, rowset));
	rowset_free(&rowset);
}

static void
execute(struct store *store, const char *sql)
{
	char *message = NULL;

	if (sqlite3_exec(store->db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", sql, message);
}

static int64_t
number(struct store *store, const char *sql)
{
	sqlite3_stmt *statement;
	int64_t answer;

	assert_int_equal(sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	answer = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return answer;
}

/* The same id, and nothing of what the snapshot said; what others say of it stays. */
static void
ended_session_takes_its_place(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);

	(void)state;
	give(store, snapshot_of(7, 10));
	give(store, snapshot_of(8, 11));
	execute(store, "INSERT INTO finding_link VALUES (1001, 2, 1), (2001, 1, 1);"
		"INSERT INTO hindsight_session VALUES (1, 'tls-broken', 4, 9);"
		"INSERT INTO hindsight_finding VALUES (1001, 4, 2, 99, 'x')");
	give(store, ended(7, 12));
	sample_end(store, 1);
	assert_answer(path, "SELECT session_id, client_ip FROM v_session ORDER BY 1",
		"1|192.0.2.12\n2|192.0.2.11\n");
	assert_answer(path, "SELECT id FROM finding ORDER BY 1; SELECT id FROM signal ORDER BY 1",
		"1001\n1002\n2001\n2002\n2003\n1001\n1002\n2001\n2002\n");
	assert_answer(path, "SELECT session_id, count(*) FROM credential GROUP BY 1;"
		"SELECT session_id, count(*) FROM session_certificate GROUP BY 1;"
		"SELECT session_id FROM dialogue; SELECT session_id FROM footprint",
		"1|1\n2|1\n1|2\n2|2\n1\n2\n1\n2\n");
	assert_answer(path, "SELECT finding_id, session_id FROM finding_link;"
		"SELECT count(*) FROM hindsight_session; SELECT count(*) FROM hindsight_finding", "2001|1\n0\n0\n");
}

/* One whose snapshot did not come to the database is as good as any other. */
static void
unseen_snapshot_is_no_matter(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);

	(void)state;
	give(store, snapshot_of(1, 10));
	give(store, ended(2, 11));
	sample_end(store, 1);
	assert_answer(path, "SELECT session_id, client_ip FROM v_session ORDER BY 1", "1|192.0.2.10\n2|192.0.2.11\n");
}

/* What is remembered of a snapshot goes with its rows when the disk fails. */
static void
rollback_takes_the_snapshot_along(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	struct rowset *snapshot = snapshot_of(7, 10), *end = ended(7, 11);

	(void)state;
	give(store, snapshot_of(3, 12));
	assert_ok(store_commit(store));
	assert_ok(store_rowset(store, snapshot));
	assert_ok(store_recover(store));
	assert_int_equal(number(store, "SELECT count(*) FROM temp.ongoing"), 1);
	assert_ok(store_rowset(store, end));    /* the snapshot was lost for good */
	assert_ok(store_recover(store));
	assert_ok(store_rowset(store, snapshot));
	assert_ok(store_commit(store));
	assert_ok(store_rowset(store, end));
	assert_ok(store_recover(store));
	assert_int_equal(number(store, "SELECT count(*) FROM temp.ongoing"), 2);
	assert_ok(store_rowset(store, end));
	assert_int_equal(number(store, "SELECT count(*) FROM temp.ongoing"), 1);
	rowset_free(&snapshot);
	rowset_free(&end);
	sample_end(store, 1);
	assert_answer(path, "SELECT client_ip FROM v_session ORDER BY session_id", "192.0.2.12\n192.0.2.11\n");
}

/* Live, history is told of finished sessions, each once, and of none that go on. */
static void
finished_sessions_are_fresh(void **state)
{
	static const char question[] = "SELECT count(*) * 100 + coalesce(sum(session_id), 0) FROM temp.fresh";
	struct store *store = sample_store(sample_path("db"));

	(void)state;
	give(store, rowset_of(rich_session(10)));
	assert_int_equal(number(store, question), 0);   /* reading files, nobody asks */
	store_live(store);
	give(store, snapshot_of(7, 11));
	assert_int_equal(number(store, question), 0);
	give(store, rowset_of(rich_session(12)));
	give(store, ended(7, 11));
	assert_int_equal(number(store, question), 205);
	assert_ok(store_commit(store));
	give(store, rowset_of(rich_session(13)));
	assert_int_equal(number(store, question), 309);
	assert_ok(store_recover(store));
	assert_int_equal(number(store, question), 205);
	sample_end(store, 1);
}

#define each(test) cmocka_unit_test_setup_teardown(test, sample_setup, sample_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		each(outlives_its_session),
		each(tells_its_size),
		each(can_be_given_again),
		each(ended_session_takes_its_place),
		each(unseen_snapshot_is_no_matter),
		each(rollback_takes_the_snapshot_along),
		each(finished_sessions_are_fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
