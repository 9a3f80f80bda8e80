/* What somebody answers for: what it covers, when it ends, and that every change of it is written down. */
#include "shared/store_sample.h"

#include "store/acceptance.h"
#include "store/store_private.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <time.h>

#define LATER INT64_C(32503680000)      /* the year 3000 */

static const struct acceptance_word word = { .by = "J. Doe", .reason = "a printer", .recorded_by = "root" };

/* Two sessions of two clients with server 192.0.2.20, with three findings each. */
static const char *
make_database(void)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);

	for (uint8_t client = 9; client < 11; client++) {
		struct session *session = sample_session(client);

		session->server.port = client == 9 ? 25 : 587;
		for (size_t rule = 0; rule < 3; rule++)
			sample_finding(session, rule, 50);
		sample_write(store, session);
	}
	sample_end(store, 1);
	return path;
}

/* As another program would. */
static int
change(const char *path, const char *sql)
{
	sqlite3 *db;
	int result;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	result = sqlite3_exec(db, sql, NULL, NULL, NULL);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return result;
}

static struct acceptance
acceptance_of(const char *kind)
{
	return (struct acceptance){ .kind = kind, .until = LATER, .word = word };
}

static struct acceptance_effect
accepted(const char *path, const struct acceptance *acceptance)
{
	struct acceptance_effect effect;

	assert_ok(acceptance_add(path, acceptance, &effect));
	return effect;
}

static void
refused(const char *path, const struct acceptance *acceptance, enum status_code code, const char *says)
{
	struct acceptance_effect effect;
	struct status status = acceptance_add(path, acceptance, &effect);

	if (status.code != code || strstr(status.message, says) == NULL)
		fail_msg("%s: \"%s\", wanted \"%s\"", acceptance->kind, status.message, says);
}

static void
covers_what_it_names(void **state)
{
	static const struct network one = { .address = { { [10] = 0xFF, [11] = 0xFF, [12] = 192, [13] = 0, [14] = 2,
		[15] = 10 } }, .bits = 128 };
	static const struct network all = { .address = { { [10] = 0xFF, [11] = 0xFF, [12] = 192, [13] = 0, [14] = 2 } },
		.bits = 120 };
	static const struct network none = { .address = { { 0x20, 0x01, 0x0D, 0xB8 } }, .bits = 32 };
	const struct address server = sample_address(20), client = sample_address(9);
	const struct {
		const char           *kind;
		const struct network *network;
		const struct address *server;
		uint16_t              port;
		uint64_t              findings, sessions;
	} cases[] = {
		{ "cred-plaintext-accepted", NULL, NULL, 0, 2, 2 },
		{ "cred-*", NULL, NULL, 0, 2, 2 },
		{ "cred-*", &one, NULL, 0, 1, 1 },
		{ "cred-*", &all, NULL, 0, 2, 2 },
		{ "cred-*", &none, NULL, 0, 0, 0 },
		{ "cred-*", NULL, &server, 0, 2, 2 },
		{ "cred-*", NULL, &client, 0, 0, 0 },
		{ "cred-*", NULL, NULL, 587, 1, 1 },
		{ "cred-*", NULL, &server, 25, 1, 1 },
		{ "cred-*", &one, &server, 25, 0, 0 },
		{ "cred-bearer*", NULL, NULL, 0, 0, 0 },
		{ "*", &one, NULL, 0, 3, 1 },
	};
	const char *path = make_database();

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct acceptance acceptance = acceptance_of(cases[i].kind);
		struct acceptance_effect effect;

		acceptance.network = cases[i].network;
		acceptance.network_text = "a network";
		acceptance.server = cases[i].server;
		acceptance.port = cases[i].port;
		acceptance.service_text = cases[i].server != NULL || cases[i].port != 0 ? "a service" : NULL;
		effect = accepted(path, &acceptance);
		if (effect.findings != cases[i].findings || effect.sessions != cases[i].sessions ||
		    effect.number != (int64_t)i + 1)
			fail_msg("case %zu: number %d, %d findings of %d sessions", i, (int)effect.number,
				(int)effect.findings, (int)effect.sessions);
	}
	assert_answer(path, "SELECT network, service, accepted_by, reason, until, recorded_by, state FROM v_acceptance"
		" WHERE acceptance_id IN (1, 9)",
		"NULL|NULL|J. Doe|a printer|3000-01-01T00:00:00.000000Z|root|in force\n"
		"NULL|a service|J. Doe|a printer|3000-01-01T00:00:00.000000Z|root|in force\n");
}

static void
critical_kinds_are_counted(void **state)
{
	const char *path = make_database();
	struct acceptance acceptance = acceptance_of("cred-plaintext-*");
	struct acceptance_effect effect = accepted(path, &acceptance);

	(void)state;
	assert_in_range(effect.kinds, 2, 20);
	assert_in_range(effect.critical, 1, effect.kinds - 1);
	acceptance = acceptance_of("tls-ech");
	effect = accepted(path, &acceptance);
	assert_int_equal(effect.kinds, 1);
	assert_int_equal(effect.critical, 0);
}

static void
nonsense_is_refused(void **state)
{
	static const char *const kinds[] = { "", "nonsense", "cred", "nonsense-*", "cred-*x", "%", "**" };
	const char *path = make_database();
	struct acceptance acceptance;
	char reason[4096];

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(kinds); i++) {
		acceptance = acceptance_of(kinds[i]);
		refused(path, &acceptance, STATUS_USAGE, "no kind of finding");
	}
	acceptance = acceptance_of("*");
	refused(path, &acceptance, STATUS_USAGE, "limit it to a network");
	acceptance = acceptance_of("cred-*");
	acceptance.until = (int64_t)time(NULL) - 1;
	refused(path, &acceptance, STATUS_USAGE, "over already");
	acceptance = acceptance_of("cred-*");
	acceptance.word.by = " ";
	refused(path, &acceptance, STATUS_USAGE, "who accepts is empty");
	acceptance.word = word;
	acceptance.word.reason = "";
	refused(path, &acceptance, STATUS_USAGE, "the reason is empty");
	memset(reason, 'x', sizeof(reason) - 1);
	reason[sizeof(reason) - 1] = '\0';
	acceptance.word.reason = reason;
	refused(path, &acceptance, STATUS_USAGE, "longer than");
	assert_answer(path, "SELECT count(*) FROM acceptance; SELECT count(*) FROM acceptance_change", "0\n0\n");
}

static void
texts_are_made_printable(void **state)
{
	const char *path = make_database();
	struct acceptance acceptance = acceptance_of("cred-*");

	(void)state;
	acceptance.word = (struct acceptance_word){ .by = " m\xc3\xbcller ", .reason = "C:\\mail\x1b[2J\xff\n",
		.recorded_by = "root" };
	accepted(path, &acceptance);
	acceptance.word.reason = "C:\\mail";
	accepted(path, &acceptance);
	assert_answer(path, "SELECT accepted_by, reason FROM acceptance",
		"m\xc3\xbcller|C:\\mail\\x1b[2J\\xff\\x0a\nm\xc3\xbcller|C:\\mail\n");
}

/* The rows of a file of schema/, cells joined by '|'; those of `part` alone, or all of them for NULL. */
static void
assert_rows(const char *path, const char *file, const char *part, const char *expected)
{
	const struct query_parameter severity = { .name = ":severity", .text = "critical" };
	struct buffer answer = { 0 }, chosen = { 0 };
	struct span rest, line;
	struct query *query;

	assert_ok(query_open(path, &query));
	assert_ok(query_run_file(query, file, &severity, 1, sample_add_row, &answer));
	query_close(&query);
	for (rest = buffer_span(&answer); span_take_line(&rest, &line);)
		if (part == NULL || span_starts(line, part))
			buffer_printf(&chosen, "%.*s\n", (int)line.len, (const char *)line.at);
	assert_string_equal(buffer_text(&chosen), expected);
	buffer_free(&answer);
	buffer_free(&chosen);
}

/* What somebody answers for is counted apart at the end of a run, and does not trip its gate. */
static void
counted_apart_while_it_lasts(void **state)
{
	static const char all[] = "severity|critical|2|NULL|NULL\nseverity|medium|2|NULL|NULL\n"
		"severity|info|2|NULL|NULL\n";
	const char *path = make_database();
	struct acceptance acceptance = acceptance_of("cred-*");

	(void)state;
	assert_rows(path, "gate", NULL, "2\n");
	assert_rows(path, "summary", "severity", all);
	acceptance.service_text = "587";
	acceptance.port = 587;
	accepted(path, &acceptance);
	accepted(path, &acceptance);
	assert_rows(path, "gate", NULL, "1\n");
	assert_rows(path, "summary", "severity", "severity|critical|1|NULL|NULL\nseverity|medium|2|NULL|NULL\n"
		"severity|info|2|NULL|NULL\nseverity|critical|1|accepted|NULL\n");
	assert_rows(path, "summary", "pressing|cred",
		"pressing|cred-plaintext-accepted|1|Password sent in clear and accepted|1\n");
	acceptance.port = 25;
	accepted(path, &acceptance);
	assert_rows(path, "gate", NULL, "0\n");
	assert_rows(path, "summary", "pressing|cred", "");
	assert_int_equal(change(path, "UPDATE acceptance SET until = unixepoch()"), SQLITE_OK);
	assert_rows(path, "gate", NULL, "2\n");
	assert_rows(path, "summary", "severity", all);
}

/* When it ends, the findings count again. */
static void
ends_with_its_time(void **state)
{
	const char *path = make_database();
	struct acceptance acceptance = acceptance_of("cred-*");
	struct acceptance_effect effect;
	struct status status;

	(void)state;
	accepted(path, &acceptance);
	assert_answer(path, "SELECT count(*) FROM v_accepted", "2\n");
	assert_int_equal(change(path, "UPDATE acceptance SET until = unixepoch() - 1"), SQLITE_OK);
	assert_answer(path, "SELECT count(*) FROM v_accepted; SELECT state FROM v_acceptance", "0\nexpired\n");
	status = acceptance_revoke(path, 1, &word, &effect);
	assert_int_equal(status.code, STATUS_USAGE);
	assert_non_null(strstr(status.message, "it ended on"));
}

static void
can_be_revoked_once(void **state)
{
	const char *path = make_database();
	struct acceptance acceptance = acceptance_of("cred-*");
	struct acceptance_effect effect;
	struct status status;

	(void)state;
	accepted(path, &acceptance);
	assert_ok(acceptance_revoke(path, 1, &(struct acceptance_word){ "A. N. Other", "mended", "alice" }, &effect));
	assert_int_equal(effect.findings, 2);
	assert_answer(path, "SELECT count(*) FROM v_accepted;"
		"SELECT state, revoked_by, revoked_reason, revoked_recorded_by, accepted_by FROM v_acceptance",
		"0\nrevoked|A. N. Other|mended|alice|J. Doe\n");
	status = acceptance_revoke(path, 1, &word, &effect);
	assert_int_equal(status.code, STATUS_USAGE);
	assert_non_null(strstr(status.message, "not in force: revoked on"));
	status = acceptance_revoke(path, 2, &word, &effect);
	assert_int_equal(status.code, STATUS_USAGE);
	assert_non_null(strstr(status.message, "no acceptance 2"));
	status = acceptance_revoke(path, 1, &(struct acceptance_word){ "x", "", "y" }, &effect);
	assert_non_null(strstr(status.message, "the reason is empty"));
	assert_answer(path, "SELECT action, acceptance_id FROM acceptance_change", "accepted|1\nrevoked|1\n");
}

/* By whatever program, and for good. */
static void
each_change_is_written_down(void **state)
{
	static const char *const forbidden[] = {
		"UPDATE acceptance_change SET at = 0",
		"UPDATE acceptance_change SET id = 99 WHERE id = 1",
		"DELETE FROM acceptance_change",
		"REPLACE INTO acceptance_change (id, at, acceptance_id, action) VALUES (1, 0, 1, 'accepted')",
	};
	const char *path = make_database();
	struct acceptance acceptance = acceptance_of("cred-*");

	(void)state;
	accepted(path, &acceptance);
	assert_int_equal(change(path, "UPDATE acceptance SET server_port = 25"), SQLITE_OK);
	assert_int_equal(change(path, "UPDATE acceptance SET network_first = x'20' WHERE id = 1"), SQLITE_OK);
	assert_int_equal(change(path, "REPLACE INTO acceptance SELECT * FROM acceptance"), SQLITE_OK);
	assert_int_equal(change(path, "DELETE FROM acceptance"), SQLITE_OK);
	assert_answer(path, "SELECT action, acceptance_id, at BETWEEN unixepoch() - 60 AND unixepoch(),"
		" was ->> 'server_port', became ->> 'server_port', became ->> 'network_first' FROM acceptance_change",
		"accepted|1|1|NULL|NULL|\nchanged|1|1|NULL|25|\nchanged|1|1|25|25|20\naccepted|1|1|NULL|25|20\n"
		"deleted|1|1|25|NULL|NULL\n");
	for (size_t i = 0; i < TABLE_LENGTH(forbidden); i++)
		if (change(path, forbidden[i]) != SQLITE_CONSTRAINT)
			fail_msg("%s: went through", forbidden[i]);
	accepted(path, &acceptance);
	assert_answer(path, "SELECT max(id) FROM acceptance; SELECT count(*) FROM acceptance_change", "2\n6\n");
}

/* Every column of an acceptance is in what is written down. */
static void
nothing_is_left_out_of_it(void **state)
{
	const char *path = make_database();
	struct acceptance acceptance = acceptance_of("cred-*");

	(void)state;
	accepted(path, &acceptance);
	assert_answer(path, "SELECT c.name FROM pragma_table_info('acceptance') AS c, acceptance_change AS a"
		" WHERE c.name NOT IN (SELECT key FROM json_each(a.became))", "");
}

/* Triggers of a database from somebody else would run in our name. */
static void
foreign_triggers_do_not_run(void **state)
{
	static const char *const changes[] = {
		"CREATE TRIGGER extra AFTER INSERT ON acceptance BEGIN DELETE FROM session; END",
		"DROP TRIGGER acceptance_changed",
		("DROP TRIGGER acceptance_accepted; CREATE TRIGGER acceptance_accepted AFTER INSERT ON acceptance"
			" BEGIN SELECT 1; END"),
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(changes); i++) {
		const char *path = make_database();
		struct acceptance acceptance = acceptance_of("cred-*");

		assert_int_equal(change(path, changes[i]), SQLITE_OK);
		refused(path, &acceptance, STATUS_STORE, "another program has changed");
		assert_answer(path, "SELECT count(*) > 0 FROM session; SELECT count(*) FROM acceptance", "1\n0\n");
		assert_int_equal(unlink(path), 0);
	}
}

static void
only_our_databases_are_written_to(void **state)
{
	static const struct {
		const char *name, *sql, *says;
	} cases[] = {
		{ "absent", NULL, "no such database" },
		{ "empty", "", "is empty" },
		{ "foreign", "CREATE TABLE x (y)", "belongs to another program" },
		{ "newer", "PRAGMA application_id = 0x53545254; PRAGMA user_version = 99999", "newer starttrace" },
		{ "older", "PRAGMA application_id = 0x53545254; CREATE TABLE x (y)", "older starttrace" },
	};
	const struct acceptance acceptance = acceptance_of("cred-*");

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		const char *path = sample_path(cases[i].name);

		if (cases[i].sql != NULL)
			assert_int_equal(change(path, cases[i].sql), SQLITE_OK);
		refused(path, &acceptance, STATUS_STORE, cases[i].says);
	}
	assert_int_equal(access(sample_path("absent"), F_OK), -1);
}

/* They are about kinds and ends, not about single findings, whose numbers may be others after another reading. */
static void
outlive_what_they_cover(void **state)
{
	const char *path = make_database();
	struct acceptance acceptance = acceptance_of("cred-*");
	struct store *store;
	size_t gone = 0;

	(void)state;
	accepted(path, &acceptance);
	store = sample_store(path);
	assert_ok(store_prune(store, INT64_MAX, 100, &gone));
	assert_int_equal(gone, 2);
	sample_end(store, 2);
	assert_answer(path, "SELECT count(*) FROM v_accepted; SELECT state FROM v_acceptance", "0\nin force\n");
	store = sample_store(path);
	for (uint8_t client = 9; client < 11; client++) {
		struct session *session = sample_session(client);

		sample_finding(session, 0, 50);
		sample_write(store, session);
	}
	sample_end(store, 3);
	assert_answer(path, "SELECT finding_id, acceptance_id FROM v_accepted ORDER BY 1;"
		"SELECT count(*) FROM acceptance_change",
		"3001|1\n4001|1\n1\n");
}

/* Accepts as soon as somebody writes into the pipe: a process of its own, which shares nothing with this one. */
static pid_t
accept_when_told(const char *path, int pipe_r[2])
{
	const struct acceptance acceptance = acceptance_of("cred-*");
	struct acceptance_effect effect;
	struct status status;
	pid_t other;
	char told;

	assert_int_equal(pipe(pipe_r), 0);
	other = fork();
	if (other != 0)
		return other;
	if (read(pipe_r[0], &told, 1) != 1)
		_exit(2);
	status = acceptance_add(path, &acceptance, &effect);
	_exit(status_is_ok(&status) ? 0 : 1);
}

/* A run that is in the middle of its work is waited for, and has its one plain file at its end. */
static void
works_beside_a_run(void **state)
{
	const char *path = sample_path("db");
	int ends[2], status;
	pid_t other = accept_when_told(path, ends);
	struct store *store = sample_store(path);

	(void)state;
	sample_write(store, sample_session(9));
	assert_int_equal(write(ends[1], "", 1), 1);
	usleep(300000);
	assert_int_equal(waitpid(other, &status, WNOHANG), 0);
	assert_ok(store_commit(store));
	assert_int_equal(waitpid(other, &status, 0), other);
	assert_int_equal(status, 0);
	sample_write(store, sample_session(10));
	sample_end(store, 1);
	assert_answer(path, "SELECT count(*) FROM session; SELECT count(*) FROM acceptance; PRAGMA journal_mode",
		"2\n1\ndelete\n");
	close(ends[0]);
	close(ends[1]);
}

/* It waits for five seconds of a quiet machine at most, and says what to do. */
static void
does_not_wait_for_ever(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	struct acceptance acceptance = acceptance_of("cred-*");
	const time_t began = time(NULL);

	(void)state;
	sample_write(store, sample_session(9));
	refused(path, &acceptance, STATUS_STORE, "another program is using this database; try again");
	assert_in_range(time(NULL) - began, 3, 60);
	sample_end(store, 1);
}

/* What was open when a run ended is put away by whoever closes last. */
static void
leaves_one_plain_file(void **state)
{
	const char *path = make_database();
	struct acceptance acceptance = acceptance_of("cred-*");

	(void)state;
	assert_int_equal(change(path, "PRAGMA journal_mode = WAL"), SQLITE_OK);
	accepted(path, &acceptance);
	assert_answer(path, "PRAGMA journal_mode", "delete\n");
}

#define each(test) cmocka_unit_test_setup_teardown(test, sample_setup, sample_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		each(covers_what_it_names),
		each(critical_kinds_are_counted),
		each(nonsense_is_refused),
		each(texts_are_made_printable),
		each(counted_apart_while_it_lasts),
		each(ends_with_its_time),
		each(can_be_revoked_once),
		each(each_change_is_written_down),
		each(nothing_is_left_out_of_it),
		each(foreign_triggers_do_not_run),
		each(only_our_databases_are_written_to),
		each(outlive_what_they_cover),
		each(works_beside_a_run),
		each(does_not_wait_for_ever),
		each(leaves_one_plain_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
