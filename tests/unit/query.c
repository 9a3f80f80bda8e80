/* The reader: opening what is there and nothing else, parameters, and the questions that the
 * program asks. */
#include "shared/store_sample.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void
make_database(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
only_ours_are_opened(void **state)
{
	static const struct {
		const char *name, *sql, *says;
	} cases[] = {
		{ "absent", NULL, "no such database" },
		{ "folder/absent", NULL, "no such folder" },
		{ "empty", "", "is empty" },
		{ "foreign", "CREATE TABLE x (y)", "belongs to another program" },
		{ "newer", "PRAGMA application_id = 0x53545254; PRAGMA user_version = 99999",
			"newer starttrace" },
		{ "older", "PRAGMA application_id = 0x53545254; CREATE TABLE x (y)",
			"older starttrace" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		const char *path = sample_path(cases[i].name);
		struct query *query;
		struct status status;

		if (cases[i].sql != NULL)
			make_database(path, cases[i].sql);
		status = query_open(path, &query);
		if (status.code != STATUS_STORE || strstr(status.message, cases[i].says) == NULL ||
		    query != NULL)
			fail_msg("%s: %s", cases[i].name, status.message);
	}
	assert_int_equal(access(sample_path("absent"), F_OK), -1);
}

/* A database in a folder that cannot be written to is still read: evidence on a disc. */
static void
sealed_folder_is_read(void **state)
{
	const char *path = sample_path("db");
	struct query *query = NULL;
	struct status status;

	(void)state;
	sample_end(sample_store(path), 1);
	assert_int_equal(chmod(path, 0444), 0);
	assert_int_equal(chmod(sample_folder, 0555), 0);
	if (geteuid() == 0)
		assert_int_equal(seteuid(65534), 0);
	status = query_open(path, &query);
	if (status_is_ok(&status))
		status = query_run(query, "SELECT * FROM v_session", NULL, 0, NULL, NULL);
	query_close(&query);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(sample_folder, 0755), 0);
	assert_ok(status);
}

static void
seal(const char *name)
{
	if (access(sample_path(name), F_OK) == 0)
		assert_int_equal(chmod(sample_path(name), 0444), 0);
}

/* What a killed run committed is still in its log.  Sealed with it, it is read; without the index
 * of the log, which a copy may lack, the log would have to be written to, and the message says what
 * helps. */
static void
sealed_log_is_read_or_explained(void **state)
{
	const char *path = sample_path("db");
	struct query *query = NULL;
	struct status status;

	(void)state;
	if (fork() == 0) {
		struct store *store = sample_store(path);

		sample_write(store, sample_session(10));
		assert_ok(store_commit(store));
		kill(getpid(), SIGKILL);
	}
	wait(NULL);
	seal("db");
	seal("db-wal");
	seal("db-shm");
	assert_int_equal(chmod(sample_folder, 0555), 0);
	for (int i = 0; i < 2; i++) {
		if (geteuid() == 0)
			assert_int_equal(seteuid(65534), 0);
		status = query_open(path, &query);
		query_close(&query);
		if (getuid() == 0)
			assert_int_equal(seteuid(0), 0);
		if (i == 0)
			assert_ok(status);
		else
			assert_non_null(strstr(status.message,
				"copy the database, with the -wal file"));
		assert_int_equal(chmod(sample_folder, 0755), 0);
		unlink(sample_path("db-shm"));
		assert_int_equal(chmod(sample_folder, 0555), 0);
	}
	assert_int_equal(chmod(sample_folder, 0755), 0);
}

/* Half a database: whichever page is missing, it is noticed and said. */
static void
damaged_database_is_said(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	struct query *query = NULL;
	struct status status;
	struct stat file;

	(void)state;
	for (int i = 0; i < 500; i++) {
		struct session *session = sample_session(10);

		sample_hello(session);
		sample_write(store, session);
	}
	sample_end(store, 1);
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(truncate(path, file.st_size / 2), 0);
	status = query_open(path, &query);
	if (status_is_ok(&status))
		status = query_run_file(query, "coverage", NULL, 0, sample_ignore_row, NULL);
	query_close(&query);
	assert_int_equal(status.code, STATUS_STORE);
	assert_non_null(strstr(status.message, "the database is damaged"));
}

static void
nothing_can_be_written(void **state)
{
	const char *path = sample_path("db");
	struct query *query;
	struct status status;

	(void)state;
	sample_end(sample_store(path), 1);
	assert_ok(query_open(path, &query));
	status = query_run(query, "DELETE FROM capture", NULL, 0, NULL, NULL);
	assert_int_equal(status.code, STATUS_STORE);
	status = query_run(query, "SELECT no_such_thing", NULL, 0, NULL, NULL);
	assert_non_null(strstr(status.message, "no_such_thing"));
	query_close(&query);
	assert_answer(path, "SELECT count(*) FROM capture", "1\n");
}

static void
add_types(void *user, const struct query_record *record)
{
	struct buffer *answer = user;

	for (size_t i = 0; i < record->count; i++)
		buffer_printf(answer, "%s=%s%s ", record->names[i],
			record->cells[i] != NULL ? record->cells[i] : "NULL",
				record->numbers[i] ? "#" : "");
	buffer_add_text(answer, "\n");
}

static void
parameters_and_statements(void **state)
{
	static const struct query_parameter parameters[] = {
		{ .name = ":session", .number = 7 },
		{ .name = ":kind", .text = "x' OR '1'='1" },
		{ .name = ":never-asked-for", .text = "y" },
		{ .name = ":network_first", .blob = { (const uint8_t *)"\x01\xAB", 2 } },
	};
	static const struct {
		const char *sql, *answer;
	} cases[] = {
		{ "SELECT :session AS a, :kind AS b, :until AS c",
			"a=7# b=x' OR '1'='1 c=NULL \n" },
		{ "SELECT hex(:network_first) AS a, typeof(:network_first) AS b", "a=01AB b=blob \n" },
		{ "SELECT 1 AS a; -- no more\nSELECT :session + 1 AS b, 1.5 AS c;\n -- end\n",
			"a=1# \nb=8# c=1.5# \n" },
		{ "SELECT 1 AS a WHERE 0", "" },
		{ "-- nothing\n", "" },
		{ "", "" },
	};
	struct query *query;

	(void)state;
	assert_ok(query_open_catalogue(&query));
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct buffer answer = { 0 };

		assert_ok(query_run(query, cases[i].sql, parameters, TABLE_LENGTH(parameters),
			add_types, &answer));
		assert_string_equal(buffer_text(&answer), cases[i].answer);
		buffer_free(&answer);
	}
	query_close(&query);
}

static void
take_names(void *user, const struct query_record *columns)
{
	for (size_t i = 0; i < columns->count; i++)
		buffer_printf(user, "%s%s ", columns->names[i], columns->cells[i] == NULL ? "" : "!");
}

static void
columns_are_known_without_a_row(void **state)
{
	struct buffer names = { 0 };
	struct query *query;
	struct status status;

	(void)state;
	assert_ok(query_open_catalogue(&query));
	assert_ok(query_columns(query, "SELECT 1 AS a, :since AS \"b c\" WHERE 0; SELECT 2 AS d", take_names, &names));
	assert_string_equal(buffer_text(&names), "a b c ");
	assert_ok(query_columns(query, "-- nothing\n", take_names, &names));
	assert_string_equal(buffer_text(&names), "a b c ");
	status = query_columns(query, "SELECT no_such_thing", take_names, &names);
	assert_int_equal(status.code, STATUS_STORE);
	buffer_free(&names);
	query_close(&query);
}

static void
ask(const char *path, const char *file, const struct query_parameter *parameter,
	struct buffer *answer)
{
	struct query *query;

	buffer_clear(answer);
	assert_ok(path != NULL ? query_open(path, &query) : query_open_catalogue(&query));
	assert_ok(query_run_file(query, file, parameter, parameter != NULL, sample_add_row,
		answer));
	query_close(&query);
}

static void
show_places_findings_at_their_lines(void **state)
{
	static const char *const parts[] = {
		"session|1|a.pcap|",
		"line|1|2024-05-01T12:00:00.004000Z|4|server|answer|220 mx.example.net ESMTP "
		"\"ready\"|NULL\n",
		"line|3|2024-05-01T12:00:00.006000Z|6|server|capability|PIPELINING|NULL\n",
		"line|4|2024-05-01T12:00:00.006000Z|6|server|capability|STARTTLS|medium "
		"starttls-not-used\n",
		"line|5|2024-05-01T12:00:00.007000Z|7|client|command|AUTH|critical "
		"cred-plaintext-accepted\n",
		"left-out|3\n",
		"note|bare-lf|client|1|7|x\n",
		"credential|PLAIN|alice|accepted|1|7|0badc0de\n",
		"finding|1002|critical|proven|100|cred-plaintext-accepted|",
	};
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	struct session *session = sample_session(10);
	struct where where = sample_where(7, 70);
	struct finding *finding;
	struct buffer answer = { 0 };

	(void)state;
	sample_hello(session);
	sample_tell(session, CLIENT, EVENT_COMMAND, 0, "AUTH", 7);
	sample_login(session, AUTH_ACCEPTED);
	session_note(session, NOTE_BARE_LF, CLIENT, &where, span_of("x"));
	session->lines_left_out = 3;
	finding = sample_finding(session, 1, 45);
	sample_evidence(finding, "STARTTLS", 6);
	finding->evidence.side = SERVER;
	sample_evidence(sample_finding(session, 0, 100), "other words in that frame", 7);
	sample_write(store, session);
	sample_write(store, sample_session(11));
	sample_end(store, 1);
	ask(path, "show", &(struct query_parameter){ .name = ":session", .number = 1 }, &answer);
	for (size_t i = 0; i < TABLE_LENGTH(parts); i++)
		if (strstr(buffer_text(&answer), parts[i]) == NULL)
			fail_msg("no \"%s\" in\n%s", parts[i], buffer_text(&answer));
	ask(path, "show", &(struct query_parameter){ .name = ":session", .number = 9 }, &answer);
	assert_int_equal(answer.len, 0);
	buffer_free(&answer);
}

/* Each capture numbers its frames anew: the mark stands at the line of the finding's own capture. */
static void
show_tells_captures_apart(void **state)
{
	static const struct store_capture second = { .path = "b.pcap", .vantage = "inside" };
	static const char *const parts[] = {
		"line|1|2024-05-01T12:00:00.007000Z|7|client|command|NOOP|NULL\n",
		"line|2|2024-05-01T12:00:00.007000Z|7|client|command|NOOP|critical "
		"cred-plaintext-accepted\n",
	};
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	struct session *session = sample_session(10);
	struct event event = { .kind = EVENT_COMMAND, .side = CLIENT, .text = span_of("NOOP"),
		.where = sample_where(7, 70) };
	struct finding *finding;
	struct buffer answer = { 0 };

	(void)state;
	assert_ok(store_capture(store, 1, &second));
	session_event(session, &event);
	event.where.first.capture = event.where.last.capture = 1;
	session_event(session, &event);
	finding = sample_finding(session, 0, 100);
	sample_evidence(finding, "NOOP", 7);
	finding->evidence.where = event.where;
	sample_write(store, session);
	sample_end(store, 1);
	ask(path, "show", &(struct query_parameter){ .name = ":session", .number = 1 }, &answer);
	for (size_t i = 0; i < TABLE_LENGTH(parts); i++)
		if (strstr(buffer_text(&answer), parts[i]) == NULL)
			fail_msg("no \"%s\" in\n%s", parts[i], buffer_text(&answer));
	assert_answer(path, "SELECT line, capture FROM v_dialogue", "1|a.pcap\n2|b.pcap\n");
	buffer_free(&answer);
}

static void
explain_needs_no_database(void **state)
{
	struct buffer answer = { 0 };

	(void)state;
	ask(NULL, "kinds", NULL, &answer);
	assert_true(answer.len > 0);
	ask(NULL, "explain", &(struct query_parameter){ .name = ":kind",
		.text = "cred-plaintext-accepted" },
		&answer);
	assert_int_equal(strncmp(buffer_text(&answer), "finding|cred-plaintext-accepted|", 32), 0);
	assert_non_null(strstr(buffer_text(&answer), "\nremedy|"));
	assert_non_null(strstr(buffer_text(&answer), "\nclause|"));
	assert_non_null(strstr(buffer_text(&answer), "\ncontrol|"));
	assert_null(strstr(buffer_text(&answer), "\nremedy|none|"));
	ask(NULL, "explain", &(struct query_parameter){ .name = ":kind", .text = "tls-ech" }, &answer);
	assert_non_null(strstr(buffer_text(&answer), "\nremedy|none|"));
	/* The control names T1557 with a note: it is not told twice. */
	ask(NULL, "explain", &(struct query_parameter){ .name = ":kind", .text = "downgrade-reset-at-tls" }, &answer);
	assert_null(strstr(buffer_text(&answer), "\nclause|MITRE ATT&CK T1557|"));
	assert_non_null(strstr(buffer_text(&answer), "\ncontrol|MITRE ATT&CK T1557|"));
	ask(NULL, "explain", &(struct query_parameter){ .name = ":kind", .text = "protected-late" },
		&answer);
	assert_int_equal(strncmp(buffer_text(&answer), "verdict|protected-late|", 23), 0);
	ask(NULL, "explain", &(struct query_parameter){ .name = ":kind",
		.text = "nothing-like-it" }, &answer);
	assert_int_equal(answer.len, 0);
	buffer_free(&answer);
}

/* Counts this run, not the one before. */
static void
summary_tells_of_the_newest_run(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	struct buffer answer = { 0 };
	struct session *session;

	(void)state;
	sample_write(store, sample_session(9));
	sample_end(store, 1);
	store = sample_store(path);
	for (int i = 0; i < 5; i++) {
		session = sample_session(10);
		if (i == 4)
			session->verdict = VERDICT_PROTECTED_STARTTLS;
		if (i < 2)
			sample_login(session, AUTH_ACCEPTED);
		session->messages = i == 0;
		sample_finding(session, 0, i == 3 ? 100 : 90);
		sample_finding(session, 1, 45);
		sample_finding(session, 2, 0);
		sample_write(store, session);
	}
	sample_end(store, 2);
	ask(path, "summary", NULL, &answer);
	assert_answer(path, "SELECT count(*) FROM v_session", "6\n");
	assert_non_null(strstr(buffer_text(&answer), "sessions|NULL|5|NULL|NULL\nverdict|"
		"plaintext-declined|4|"));
	assert_non_null(strstr(buffer_text(&answer), "exposed|credential|2|NULL|NULL\nexposed|"
		"content|1|NULL|NULL\n"
		"severity|critical|5|NULL|NULL\nseverity|medium|5|NULL|NULL\nseverity|info|5|NULL|"
		"NULL\n"
		"pressing|cred-plaintext-accepted|5|"));
	assert_non_null(strstr(buffer_text(&answer), "|5 2 3\n"));
	assert_non_null(strstr(buffer_text(&answer), "pressing|starttls-not-used|5|"));
	assert_null(strstr(buffer_text(&answer), "pressing|sample-of-no-catalogue"));
	buffer_free(&answer);
}

static void
unknown_file_is_said(void **state)
{
	struct query *query;
	struct status status;

	(void)state;
	assert_ok(query_open_catalogue(&query));
	status = query_run_file(query, "nonsense", NULL, 0, sample_add_row, NULL);
	assert_int_equal(status.code, STATUS_USAGE);
	assert_null(query_file("nonsense"));
	assert_non_null(query_file("show"));
	query_close(&query);
}

#define each(test) cmocka_unit_test_setup_teardown(test, sample_setup, sample_teardown)

static void
take_one(void *user, const struct query_record *record)
{
	struct query **query = user;

	assert_string_equal(record->cells[0], "1");
	query_stop(*query);
}

/* Neither the rest of the rows comes nor the next statement; the next question is answered. */
static void
answer_ends_where_enough_is_had(void **state)
{
	const char *path = sample_path("db");
	struct query *query;

	(void)state;
	sample_end(sample_store(path), 1);
	assert_ok(query_open(path, &query));
	for (int i = 0; i < 2; i++)
		assert_ok(query_run(query, "VALUES (1), (2); SELECT 3", NULL, 0, take_one, &query));
	query_close(&query);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		each(columns_are_known_without_a_row),
		each(only_ours_are_opened),
		each(sealed_folder_is_read),
		each(sealed_log_is_read_or_explained),
		each(damaged_database_is_said),
		each(nothing_can_be_written),
		each(parameters_and_statements),
		each(show_places_findings_at_their_lines),
		each(show_tells_captures_apart),
		each(explain_needs_no_database),
		each(summary_tells_of_the_newest_run),
		each(unknown_file_is_said),
		each(answer_ends_where_enough_is_had),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
