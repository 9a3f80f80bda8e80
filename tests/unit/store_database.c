/* The database as a file: at rest, refused, without room, and brought up to date. */
#include "shared/store_sample.h"

#include "store/database.h"
#include "store/migrate.h"
#include "store/store_private.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

/* At rest and in use --------------------------------------------------------------------------- */

/* The database at rest is one plain file: no log, no lock, and its header says so. */
static void
plain_file_at_rest(void **state)
{
	static const char *const gone[] = { "db-wal", "db-shm", "db-lock", "db-journal" };
	unsigned char versions[2] = { 0 };
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	int file;

	(void)state;
	sample_write(store, sample_session(10));
	sample_end(store, 1);
	file = open(sample_path("db"), O_RDONLY);
	assert_true(file >= 0);
	assert_int_equal(pread(file, versions, 2, 18), 2);
	close(file);
	assert_int_equal(versions[0], 1);       /* 2 would mean a log (file format, section 1.3) */
	assert_int_equal(versions[1], 1);
	for (size_t i = 0; i < TABLE_LENGTH(gone); i++)
		assert_int_equal(access(sample_path(gone[i]), F_OK), -1);
}

static void
reader_sees_committed_rows(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);

	(void)state;
	sample_write(store, sample_session(10));
	assert_answer(path, "SELECT count(*) FROM v_session", "0\n");
	assert_ok(store_commit(store));
	assert_answer(path, "SELECT count(*) FROM v_session", "1\n");
	sample_end(store, 1);
}

/* What can be wrong with a database ------------------------------------------------------------ */

static void
make_file(const char *name, const char *text, size_t len)
{
	FILE *file = fopen(sample_path(name), "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void
make_database(const char *name, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(sample_path(name), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
wrong_databases_are_refused(void **state)
{
	static const struct {
		const char *name, *says;
	} cases[] = {
		{ "text", "no SQLite database" },
		{ "short", "no SQLite database" },
		{ "foreign", "belongs to another program" },
		{ "other", "belongs to another program" },
		{ "newer", "newer starttrace (schema 1000000" },
		{ "folder", "this is a folder" },
		{ "absent/db", "no such folder" },
		{ "text/db", "no such folder" },
	};
	char text[4096];

	(void)state;
	memset(text, 'x', sizeof(text));
	make_file("text", text, sizeof(text));
	make_file("short", "hello", 5);
	make_database("foreign", "CREATE TABLE mine (x); INSERT INTO mine VALUES (1)");
	make_database("other", "PRAGMA application_id = 7");
	make_database("newer", "PRAGMA application_id = 0x53545254; PRAGMA user_version = 1000000");
	assert_int_equal(mkdir(sample_path("folder"), 0755), 0);
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct store *store;
		struct status status = store_open(sample_path(cases[i].name), &store);

		if (status.code != STATUS_STORE || strstr(status.message, cases[i].says) == NULL ||
		    strstr(status.message, sample_path(cases[i].name)) == NULL || store != NULL)
			fail_msg("%s: %s", cases[i].name, status.message);
	}
	assert_int_equal(access(sample_path("text-lock"), F_OK), -1);
}

/* SQLite gives these names a meaning of their own; here they are files. */
static void
names_are_only_names(void **state)
{
	static const char *const names[] = { ":memory:", "file:x?mode=memory", "-d" };
	char before[512];

	(void)state;
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(sample_folder), 0);
	for (size_t i = 0; i < TABLE_LENGTH(names); i++) {
		sample_end(sample_store(names[i]), 1);
		assert_int_equal(access(sample_path(names[i]), F_OK), 0);
	}
	assert_int_equal(chdir(before), 0);
}

static void
second_writer_is_refused(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path), *second;
	struct status status;

	(void)state;
	assert_int_equal(symlink("db", sample_path("link")), 0);
	status = store_open(sample_path("link"), &second);
	assert_null(second);
	assert_non_null(strstr(status.message, "another run is writing"));
	sample_end(store, 1);
	assert_ok(store_open(sample_path("db"), &store));
	assert_ok(store_close(&store));
}

static void
other_writer_is_named(void **state)
{
	const char *path = sample_path("db");
	struct store *store;
	struct status status;
	sqlite3 *other;

	(void)state;
	assert_ok(store_open(path, &store));
	sqlite3_busy_timeout(store->db, 10);
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	status = store_begin(store, "0.1");
	assert_int_equal(status.code, STATUS_STORE);
	assert_non_null(strstr(status.message, "another program is using"));
	sqlite3_close(other);
	status = store_close(&store);
	assert_int_equal(status.code, STATUS_STORE);    /* once failed, it stays failed */
}

/* Root may write everywhere: it steps down for this one. */
static void
read_only_is_said(void **state)
{
	const char *path = sample_path("db");
	struct status status;
	struct store *store;

	(void)state;
	sample_end(sample_store(path), 1);
	assert_int_equal(chmod(path, 0444), 0);
	assert_int_equal(chmod(sample_folder, 0555), 0);
	if (geteuid() == 0)
		assert_int_equal(seteuid(65534), 0);
	status = store_open(path, &store);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(sample_folder, 0755), 0);
	assert_int_equal(status.code, STATUS_STORE);
	assert_null(store);
	assert_non_null(strstr(status.message, "no permission to write"));
}

static void
full_disk_keeps_what_was_committed(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	struct status status = status_ok(), last;
	int64_t pages = 0, written = 0;
	char sql[64];

	(void)state;
	assert_ok(database_number(store->db, path, "PRAGMA page_count", &pages));
	snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %lld", (long long)pages + 300);
	assert_int_equal(sqlite3_exec(store->db, sql, NULL, NULL, NULL), SQLITE_OK);
	while (status_is_ok(&status) && written < 100000) {
		struct session *session = sample_session(10);

		sample_hello(session);
		status = sample_store_session(store, session);
		session_free(&session);
		written++;
	}
	assert_int_equal(status.code, STATUS_STORE);
	assert_non_null(strstr(status.message, "disk is full"));
	assert_null(strchr(status.message, '\n'));
	last = store_close(&store);
	assert_string_equal(last.message, status.message);
	assert_true(written > 1000);
	assert_answer(path, "PRAGMA integrity_check; SELECT count(*) % 1000, count(*) > 0 FROM "
		"v_session",
		"ok\n0|1\n");
}

/* Versions ------------------------------------------------------------------------------------- */

#define OLD_TABLES                                                                              \
	"CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);"                    \
	"CREATE TABLE finding_kind (id TEXT PRIMARY KEY); CREATE TABLE finding_clause (kind);"  \
	"CREATE TABLE finding_remedy (kind); CREATE TABLE control_map (prefix);"                \
	"CREATE TABLE verdict_kind (word); CREATE TABLE parent (id INTEGER PRIMARY KEY);"       \
	"CREATE TABLE child (parent_id REFERENCES parent (id));"

static const struct schema_file old_files[] = {
	{ "catalogue", "INSERT INTO finding_kind VALUES ('one');" },
	{ "tables", OLD_TABLES "INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1);" },
	{ "views", "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT id FROM parent;" },
	{ NULL, NULL },
};

static const struct schema_file new_files[] = {
	{ "catalogue", "INSERT INTO finding_kind VALUES ('one'), ('two');" },
	{ "migrations/0002-colour", "ALTER TABLE parent ADD COLUMN colour TEXT;" },
	{ "migrations/0003-rebuild", "CREATE TABLE next (id INTEGER PRIMARY KEY, colour TEXT, "
		"size INTEGER);"
		"INSERT INTO next SELECT id, 'green', 5 FROM parent; DROP TABLE parent;"
		"ALTER TABLE next RENAME TO parent;" },
	{ "tables", "the newest tables; an older database never sees them" },
	{ "views", "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT colour, size FROM parent;" },
	{ NULL, NULL },
};

static const struct schema_file broken_files[] = {
	{ "migrations/0002-colour", "ALTER TABLE parent ADD COLUMN colour TEXT;" },
	{ "migrations/0003-wrong", "UPDATE parent SET no_such_column = 1;" },
	{ NULL, NULL },
};

static const struct schema_file orphan_files[] = {
	{ "migrations/0002-orphan", "DELETE FROM parent;" },
	{ "views", "" },
	{ NULL, NULL },
};

static int
add_cell(void *user, int count, char **cells, char **names)
{
	struct buffer *answer = user;

	(void)names;
	for (int i = 0; i < count; i++)
		buffer_printf(answer, "%s;", cells[i] != NULL ? cells[i] : "NULL");
	return 0;
}

static void
assert_state(sqlite3 *db, const char *sql, const char *expected)
{
	struct buffer answer = { 0 };

	assert_int_equal(sqlite3_exec(db, sql, add_cell, &answer, NULL), SQLITE_OK);
	assert_string_equal(buffer_text(&answer), expected);
	buffer_free(&answer);
}

static void
older_database_is_brought_up_to_date(void **state)
{
	struct status status;
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_ok(migrate(db, "old", old_files));
	assert_state(db, "PRAGMA user_version; PRAGMA application_id; SELECT * FROM v; "
		"SELECT id FROM finding_kind", "1;1398035028;1;one;");

	status = migrate(db, "old", broken_files);
	assert_non_null(strstr(status.message, "no_such_column"));
	assert_state(db, "PRAGMA user_version; SELECT count(*) FROM pragma_table_info('parent')",
		"1;1;");
	status = migrate(db, "old", orphan_files);
	assert_non_null(strstr(status.message, "rows that are not there"));
	assert_state(db, "PRAGMA user_version; SELECT * FROM v", "1;1;");

	assert_int_equal(migrate_newest(new_files), 3);
	assert_ok(migrate(db, "old", new_files));
	assert_state(db, "PRAGMA user_version; SELECT * FROM v; SELECT id FROM finding_kind ORDER "
		"BY id; "
		"SELECT parent_id FROM child; PRAGMA foreign_keys", "3;green;5;one;two;1;1;");
	assert_ok(migrate(db, "old", new_files));       /* again changes nothing */
	assert_state(db, "PRAGMA user_version; SELECT * FROM v", "3;green;5;");
	status = migrate(db, "old", old_files);
	assert_non_null(strstr(status.message, "newer starttrace (schema 3, this one knows 1)"));
	sqlite3_close(db);
}

/* The real schema: complete, without dangling references, and the same after a second opening. */
static void
schema_is_sound(void **state)
{
	const char *path = sample_path("db");
	struct store *store;

	(void)state;
	sample_end(sample_store(path), 1);
	assert_answer(path, "PRAGMA foreign_key_check; SELECT count(*) > 0 FROM finding_kind; "
		"SELECT count(*) > 0 FROM verdict_kind", "1\n1\n");
	make_database("db", "DELETE FROM setting; DELETE FROM verdict_kind; DROP VIEW v_session");
	assert_ok(store_open(path, &store));
	assert_ok(store_close(&store));
	assert_answer(sample_path("db"), "SELECT count(*) > 0 FROM verdict_kind; SELECT count(*) "
		"FROM v_session",
		"1\n0\n");
}

#define each(test) cmocka_unit_test_setup_teardown(test, sample_setup, sample_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		each(plain_file_at_rest),
		each(reader_sees_committed_rows),
		each(wrong_databases_are_refused),
		each(names_are_only_names),
		each(second_writer_is_refused),
		each(other_writer_is_named),
		each(read_only_is_said),
		each(full_disk_keeps_what_was_committed),
		each(older_database_is_brought_up_to_date),
		each(schema_is_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
