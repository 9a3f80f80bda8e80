/* JSON lines out of a database, read back by SQLite: what is asked for, in which order, and that nothing in a database
 * can break a line.  That the lines are those of a sensor is proved by tests/export. */
#include "shared/store_sample.h"

#include "base/clock.h"
#include "base/text.h"
#include "cli/policy_words.h"
#include "model/identity.h"
#include "report/export.h"

#include <sqlite3.h>

enum {
	LINES_MOST = 16,
};

static struct {
	char       *text;
	size_t      len;
	struct span lines[LINES_MOST];
	size_t      count;
} written;

static void
split_lines(void)
{
	struct span rest = span_from(written.text, written.len), line;

	for (written.count = 0; span_take_line(&rest, &line); written.count++) {
		assert_true(written.count < LINES_MOST);
		written.lines[written.count] = line;
	}
	assert_int_equal(rest.len, 0);
}

static void
export_scope(const char *path, const struct scope *scope, enum export_events events)
{
	FILE *out;
	struct query *query;

	free(written.text);
	out = open_memstream(&written.text, &written.len);
	assert_non_null(out);
	assert_ok(query_open(path, &query));
	assert_ok(export_print(out, query, scope, events));
	query_close(&query);
	fclose(out);
	split_lines();
}

static void
export_all(const char *path)
{
	export_scope(path, &(struct scope){ 0 }, EXPORT_ALL);
}

static void
change(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* What stands at this path of a line: "(null)" for null, "(absent)" for nothing, "(bad)" where the line is no JSON. */
static const char *
value(size_t line, const char *path)
{
	static const char ask[] = "SELECT CASE WHEN NOT json_valid(?1) THEN '(bad)' "
				  "WHEN json_type(?1, ?2) IS NULL THEN '(absent)' "
				  "WHEN json_type(?1, ?2) = 'null' THEN '(null)' ELSE json_extract(?1, ?2) END";
	static char text[1 << 13];
	sqlite3_stmt *statement;
	sqlite3 *db;

	assert_true(line < written.count);
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, ask, -1, &statement, NULL), SQLITE_OK);
	sqlite3_bind_text(statement, 1, (const char *)written.lines[line].at,
		(int)written.lines[line].len, SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, path, -1, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	snprintf(text, sizeof(text), "%s", (const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return text;
}

#define assert_value(line, path, expected) assert_string_equal(value(line, path), expected)

/* Two sessions side by side: the one that ends first began last.  The second finding of each has no frame. */
static void
make_sample(const char *path)
{
	struct store *store = sample_store(path);

	for (uint8_t i = 0; i < 2; i++) {
		struct session *session = sample_session((uint8_t)(10 + i));

		session->first.time_ns += i * NS_PER_SECOND;
		session->last.time_ns += (10 - i * 5) * NS_PER_SECOND;
		sample_hello(session);
		sample_evidence(sample_finding(session, 0, 90), "AUTH PLAIN <redacted>", 7);
		sample_finding(session, 1, 40);
		sample_write(store, session);
	}
	sample_end(store, 1);
}

static void
events_come_in_order(void **state)
{
	static const char *const order[] = { "cred-plaintext-accepted 10", "cred-plaintext-accepted 11",
		"starttls-not-used 11", "(absent) 11", "starttls-not-used 10", "(absent) 10" };
	const char *path = sample_path("db");

	(void)state;
	make_sample(path);
	export_all(path);
	assert_int_equal(written.count, TABLE_LENGTH(order));
	for (size_t i = 0; i < TABLE_LENGTH(order); i++) {
		char said[64];
		size_t len = (size_t)snprintf(said, sizeof(said), "%s ", value(i, "$.finding.kind"));

		snprintf(said + len, sizeof(said) - len, "%s", value(i, "$.source.ip") + strlen("192.0.2."));
		assert_string_equal(said, order[i]);
	}
}

static void
scope_limits(void **state)
{
	struct network network;
	const struct {
		struct scope       scope;
		enum export_events events;
		size_t             lines;
	} cases[] = {
		{ { 0 }, EXPORT_ALL, 6 },
		{ { 0 }, EXPORT_SESSIONS, 2 },
		{ { 0 }, EXPORT_FINDINGS, 4 },
		{ { .since = "2024-05-01T12:00:01" }, EXPORT_ALL, 3 },
		{ { .until = "2024-05-01T12:00:01" }, EXPORT_FINDINGS, 2 },
		{ { .since = "2024-05-02" }, EXPORT_ALL, 0 },
		{ { .vantage = "inside" }, EXPORT_ALL, 6 },
		{ { .network = &network }, EXPORT_ALL, 3 },
	};
	const char *path = sample_path("db");

	(void)state;
	assert_null(policy_read_network("192.0.2.11", &network));
	make_sample(path);
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		export_scope(path, &cases[i].scope, cases[i].events);
		if (written.count != cases[i].lines)
			fail_msg("case %zu gives %zu lines", i, written.count);
	}
}

static void
times_and_events_have_words(void **state)
{
	enum export_events events = EXPORT_ALL;
	struct query *query;
	struct status status;
	const char *path = sample_path("db");

	(void)state;
	assert_true(export_events_from_word(span_of("findings"), &events));
	assert_int_equal(events, EXPORT_FINDINGS);
	assert_false(export_events_from_word(span_of("tallies"), &events));
	make_sample(path);
	assert_ok(query_open(path, &query));
	status = export_print(stdout, query, &(struct scope){ .until = "soon" }, EXPORT_ALL);
	assert_int_equal(status.code, STATUS_USAGE);
	assert_non_null(strstr(status.message, "--until"));
	status = export_print(stdout, query, &(struct scope){ .vantage = "outside" }, EXPORT_ALL);
	assert_int_equal(status.code, STATUS_USAGE);
	assert_non_null(strstr(status.message, "--vantage: there is no \"outside\"; there are: inside"));
	query_close(&query);
}

static void
members_apply_or_are_left_out(void **state)
{
	const char *path = sample_path("db");
	char other[IDENTITY_TEXT_SIZE + sizeof("[\"\"]")];

	(void)state;
	make_sample(path);
	change(path, "UPDATE session SET vlan = 7 << 16 | 9, ongoing = 1, tls_started = 0 WHERE id = 1;"
		"UPDATE session SET vlan = 9, tls_started = NULL, severity = NULL WHERE id = 2;"
		"INSERT INTO finding_link VALUES (1002, 2, 1), (1002, 77, 1)");
	export_all(path);
	assert_value(5, "$.network.vlan.id", "7");
	assert_value(5, "$.network.inner.vlan.id", "9");
	assert_value(5, "$.event.action", "session-ongoing");
	assert_value(5, "$.session.ended", "(null)");
	assert_value(5, "$.session.ongoing", "1");
	assert_value(5, "$.tls.started", "0");
	assert_value(5, "$.tls.version", "(absent)");
	assert_value(5, "$.session.capture", "a.pcap");
	assert_value(5, "$.observer.vantage", "inside");
	assert_value(5, "$.observer.ingress", "(absent)");
	assert_value(3, "$.network.vlan.id", "9");
	assert_value(3, "$.network.inner", "(absent)");
	assert_value(3, "$.tls.started", "(null)");
	assert_value(3, "$.event.severity", "(absent)");
	assert_value(3, "$.session.severity", "(null)");
	assert_value(4, "$.tls", "(absent)");
	assert_value(4, "$.finding.frame", "(null)");
	assert_value(0, "$.finding.rests_on", "(absent)");
	snprintf(other, sizeof(other), "[\"%s\"]", value(3, "$.session.id"));
	assert_value(4, "$.finding.rests_on", other);
}

/* What an interface saw is of no file. */
static void
live_captures_are_interfaces(void **state)
{
	const char *path = sample_path("db");

	(void)state;
	make_sample(path);
	change(path, "UPDATE capture SET live = 1, path = 'eth1', vantage = ''; UPDATE finding SET capture = 0");
	export_all(path);
	assert_value(5, "$.observer.ingress.interface.name", "eth1");
	assert_value(5, "$.observer.vantage", "(null)");
	assert_value(5, "$.session.capture", "(absent)");
	assert_value(4, "$.finding.capture", "(absent)");
}

/* A database from anywhere: whatever is done to it, each event is one line of JSON, printable and in one piece. */
static void
hostile_databases_break_no_line(void **state)
{
#define BREAKOUT "CAST(x'227d2c220a0d1b5b324affc3e280ae5c00' AS TEXT)"
#define LOOSE    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '');" \
		 "PRAGMA writable_schema = RESET;"
	static const char *const changes[] = {
		"UPDATE session SET started_ns = 9223372036854775806, ended_ns = -9223372036854775807 - 1",
		"UPDATE session SET client_ip = '', server_ip = 'nowhere', client_port = -1, server_port = 1 << 40",
		"UPDATE session SET server_banner = " BREAKOUT ", client_name = " BREAKOUT ", protocol = " BREAKOUT,
		"UPDATE session SET tls_started = 7, tls_sni = " BREAKOUT ", tls_ja3 = " BREAKOUT
			", tls_version = " BREAKOUT,
		"UPDATE session SET severity = 99, verdict = " BREAKOUT ", vlan = -1, missing = -1, bytes_client = -1",
		"UPDATE finding SET kind_id = 999, severity = 99, confidence = -3, side = 9, score = -5, count = -1",
		"UPDATE finding SET evidence = " BREAKOUT ", reasons = " BREAKOUT ", frame = -1, at_ns = -1",
		"UPDATE finding SET id = 1999 WHERE id = 1002",
		"UPDATE run SET tool_version = " BREAKOUT ", host = " BREAKOUT,
		"UPDATE capture SET path = " BREAKOUT ", vantage = " BREAKOUT ", live = 1",
		"UPDATE kind SET word = id || " BREAKOUT "; UPDATE finding_kind SET title = " BREAKOUT,
		"UPDATE severity SET word = " BREAKOUT " WHERE rank = 4",
		"UPDATE session SET server_banner = CAST(zeroblob(1 << 20) AS TEXT),"
			" client_name = printf('%.*c', 1 << 20, '\"')",
		LOOSE "UPDATE session SET client_port = 1e999, ended_ns = 'then', bytes_server = x'00ff',"
			" exposed = -1e-7,"
		" first_frame = '1}', server_banner = 7, tls_started = 'x'",
	};
	const char *last = "$.session.first_frame";

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(changes); i++) {
		char name[16];
		const char *path = sample_path((snprintf(name, sizeof(name), "db%zu", i), name));

		make_sample(path);
		change(path, changes[i]);
		export_all(path);
		if (written.count < 4 || written.count > 7)
			fail_msg("%s: %zu lines", changes[i], written.count);
		for (size_t line = 0; line < written.count; line++)
			if (!text_is_printable(written.lines[line]) || strcmp(value(line, last), "(bad)") == 0 ||
			    strcmp(value(line, last), "(absent)") == 0)
				fail_msg("%s: %.*s", changes[i], (int)written.lines[line].len,
					(const char *)written.lines[line].at);
	}
}

static void
disk_full_is_told_at_once(void **state)
{
	const char *path = sample_path("db");
	FILE *full = fopen("/dev/full", "w");
	struct query *query;
	struct status status;

	(void)state;
	if (full == NULL)
		skip();
	make_sample(path);
	assert_ok(query_open(path, &query));
	for (int mode = _IONBF; mode >= 0; mode -= _IONBF) {
		setvbuf(full, NULL, mode, 1 << 16);
		status = export_print(full, query, &(struct scope){ 0 }, EXPORT_ALL);
		assert_int_equal(status.code, STATUS_STORE);
		assert_non_null(strstr(status.message, "No space"));
	}
	query_close(&query);
	fclose(full);
}

/* What a database brings with it runs nothing of ours. */
static void
views_cannot_call_our_functions(void **state)
{
	const char *path = sample_path("db");
	struct query *query;
	struct status status;

	(void)state;
	make_sample(path);
	change(path, "CREATE VIEW v_own AS SELECT community_id('192.0.2.1', 1, '192.0.2.2', 2) AS id");
	assert_ok(query_open(path, &query));
	assert_ok(query_run(query, "SELECT community_id('192.0.2.1', 1, '192.0.2.2', 2)", NULL, 0,
		sample_ignore_row, NULL));
	status = query_run(query, "SELECT * FROM v_own", NULL, 0, sample_ignore_row, NULL);
	assert_int_equal(status.code, STATUS_STORE);
	query_close(&query);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(events_come_in_order, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(scope_limits, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(times_and_events_have_words, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(members_apply_or_are_left_out, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(live_captures_are_interfaces, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(hostile_databases_break_no_line, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(disk_full_is_told_at_once, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(views_cannot_call_our_functions, sample_setup, sample_teardown),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(written.text);
	return failed;
}
