/* One database into another.  The other one is attached for reading alone; what decides about its rows is SQL
 * (schema/merge.sql).
 *
 * It may come from anybody.  SQLite finds damage as it reads; views and triggers are off, the tables that are read must
 * be plain ones with our columns, so that nothing of it is computed, and its rows go into tables whose constraints are
 * ours.  What contradicts them refuses the whole source. */
#include "store/merge.h"

#include "base/buffer.h"
#include "base/table.h"
#include "store/database.h"
#include "store/migrate.h"
#include "store/query.h"
#include "store/rows.h"
#include "store/schema.h"
#include "store/store_private.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Tables that are read -------------------------------------------------------------------------- */

#define TABLES_READ                                                                                             \
	"WITH known (name) AS (VALUES ('setting'), ('run'), ('policy'), ('capture'), ('capture_minute'),"      \
	" ('session'), ('dialogue'), ('kind'), ('finding'), ('credential'), ('certificate'),"                   \
	" ('session_certificate'), ('footprint'), ('signal'), ('hindsight_session'), ('hindsight_finding'),"    \
	" ('unjudged'), ('finding_link'), ('acceptance'), ('acceptance_change'))"

/* Asked first: whoever asks for the columns of a virtual table starts it. */
static const char count_odd_tables[] =
	TABLES_READ
	" SELECT count(*) FROM known"
	" WHERE (SELECT count(*) FROM source.sqlite_schema AS s WHERE s.name = known.name COLLATE NOCASE) <> 1"
	" OR NOT EXISTS (SELECT 1 FROM source.sqlite_schema AS s WHERE s.name = known.name"
	"  AND s.type = 'table' AND s.rootpage > 0 AND s.sql LIKE 'CREATE TABLE %')";

#define COLUMNS(schema) \
	"SELECT name, type, \"notnull\", pk, hidden FROM pragma_table_xinfo(known.name, '" schema "')"
#define KIND_OF_TABLE(schema) \
	"(SELECT type || wr || strict FROM pragma_table_list(known.name) WHERE schema = '" schema "')"
static const char count_other_tables[] =
	TABLES_READ
	" SELECT count(*) FROM known"
	" WHERE EXISTS (" COLUMNS("main") " EXCEPT " COLUMNS("source") ")"
	" OR EXISTS (" COLUMNS("source") " EXCEPT " COLUMNS("main") ")"
	" OR " KIND_OF_TABLE("main") " IS NOT " KIND_OF_TABLE("source");
#undef COLUMNS
#undef KIND_OF_TABLE

static struct status
check_tables(struct sqlite3 *db, const char *path)
{
	int64_t odd = 0;
	struct status status = database_number(db, path, count_odd_tables, &odd);

	if (status_is_ok(&status) && odd == 0)
		status = database_number(db, path, count_other_tables, &odd);
	if (status_is_ok(&status) && odd > 0)
		return status_of(STATUS_STORE, "%s: its tables are not those that starttrace makes; "
			"another program has changed this database", path);
	return status;
}

/* Attaching ------------------------------------------------------------------------------------- */

static struct status
check_other(const struct store *store, const char *path)
{
	struct stat own, other;

	if (stat(sqlite3_db_filename(store->db, "main"), &own) == 0 && stat(path, &other) == 0 &&
	    own.st_dev == other.st_dev && own.st_ino == other.st_ino)
		return status_of(STATUS_STORE, "%s: this is the database that is merged into", path);
	return status_ok();
}

/* By itself first: that tells in better words what is wrong with it. */
static struct status
check_source(const struct store *store, const char *path)
{
	struct sqlite3 *db = NULL;
	struct status status = check_other(store, path);

	if (status_is_ok(&status))
		status = database_open(path, DATABASE_READ, &db);
	if (status_is_ok(&status))
		status = migrate_check(db, path, schema_files);
	sqlite3_close(db);
	return status;
}

/* RFC 3986, section 2: whatever is not surely unreserved is written as its octets. */
static bool
write_uri(struct buffer *out, const char *path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
	char *whole = realpath(path, NULL);

	if (whole == NULL)
		return false;
	buffer_add_text(out, "file://");
	for (const char *at = whole; *at != '\0'; at++)
		buffer_printf(out, strchr(plain, *at) != NULL ? "%c" : "%%%02X", (unsigned char)*at);
	buffer_add_text(out, "?mode=ro");
	free(whole);
	return !out->failed;
}

static void
trust(struct sqlite3 *db, int how_much)
{
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, how_much, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, how_much, NULL);
	sqlite3_exec(db, how_much ? "PRAGMA cell_size_check = OFF" : "PRAGMA cell_size_check = ON", NULL, NULL, NULL);
}

static struct status
attach(struct sqlite3 *db, const char *path)
{
	struct buffer uri = { 0 };
	sqlite3_stmt *statement = NULL;
	struct status status = status_ok();
	int result;

	if (!write_uri(&uri, path))
		status = status_of(STATUS_STORE, "%s: %s", path, strerror(errno));
	else {
		result = sqlite3_prepare_v2(db, "ATTACH ? AS source", -1, &statement, NULL);
		if (result == SQLITE_OK)
			result = sqlite3_bind_text(statement, 1, buffer_text(&uri), -1, SQLITE_STATIC);
		if (result == SQLITE_OK)
			result = sqlite3_step(statement);
		if (result != SQLITE_DONE)
			status = database_trouble(db, path, result);
		sqlite3_finalize(statement);
	}
	buffer_free(&uri);
	return status;
}

/* One source ------------------------------------------------------------------------------------ */

/* The disk and the memory are ours; whatever else goes wrong while a source is read is put down to the source. */
static bool
is_our_trouble(struct sqlite3 *db, int result)
{
	int cause = sqlite3_system_errno(db);

	return (result & 0xFF) == SQLITE_FULL || (result & 0xFF) == SQLITE_NOMEM ||
	       ((result & 0xFF) == SQLITE_IOERR && (cause == ENOSPC || cause == EDQUOT));
}

static struct status
trouble_of_source(struct sqlite3 *db, const char *path, int result)
{
	if ((result & 0xFF) == SQLITE_CONSTRAINT || (result & 0xFF) == SQLITE_ERROR)
		return status_of(STATUS_STORE, "%s: its rows contradict each other, as none that starttrace "
			"writes do (%s)", path, sqlite3_errmsg(db));
	return database_trouble(db, path, result);
}

/* Inside of the transaction: all is read from one state of the source. */
static struct status
take_rows(struct store *store, const char *path, struct status *refused_r)
{
	int result;

	*refused_r = check_tables(store->db, path);
	if (!status_is_ok(refused_r))
		return status_ok();
	result = sqlite3_exec(store->db, query_file("merge"), NULL, NULL, NULL);
	if (result == SQLITE_OK)
		return status_ok();
	if (is_our_trouble(store->db, result))
		return store_check(store, result);
	*refused_r = trouble_of_source(store->db, path, result);
	return status_ok();
}

static struct status
count_rows(struct store *store, struct merge_result *result)
{
	const struct {
		const char *sql;
		uint64_t   *count;
	} counts[] = {
		{ "SELECT count(*) FROM temp.merge_capture WHERE take AND coalesce(same, twin) IS NULL",
			&result->captures },
		{ "SELECT count(*) FROM temp.merge_capture WHERE NOT take OR coalesce(same, twin) IS NOT NULL",
			&result->captures_known },
		{ "SELECT count(*) FROM temp.merge_capture WHERE NOT complete AND id IS NOT NULL",
			&result->captures_open },
		{ "SELECT count(*) FROM temp.merge_session WHERE take AND NOT had", &result->sessions },
		{ "SELECT count(*) FROM temp.merge_session WHERE take AND had", &result->sessions_further },
		{ "SELECT count(*) FROM temp.merge_session WHERE NOT take", &result->sessions_known },
		{ "SELECT count(*) FROM main.acceptance WHERE revoked IS NULL AND until > unixepoch()"
		  " AND id IN (SELECT id FROM temp.merge_acceptance WHERE later)", &result->acceptances },
	};
	struct status status = status_ok();

	for (size_t i = 0; i < TABLE_LENGTH(counts) && status_is_ok(&status); i++) {
		int64_t count = 0;

		status = database_number(store->db, store->path, counts[i].sql, &count);
		*counts[i].count = (uint64_t)count;
	}
	return status;
}

static struct status
take_attached(struct store *store, const char *path, struct merge_result *result)
{
	struct status status = store_batch(store);

	if (status_is_ok(&status))
		status = take_rows(store, path, &result->refused);
	if (!status_is_ok(&status))
		return status;
	if (!status_is_ok(&result->refused))
		return store_recover(store);
	status = count_rows(store, result);
	return status_is_ok(&status) ? store_commit(store) : store_fail(store, status);
}

struct status
merge_source(struct store *store, const char *path, struct merge_result *result_r)
{
	struct status status = store_commit(store);

	*result_r = (struct merge_result){ .refused = status_ok() };
	if (!status_is_ok(&status))
		return status;
	result_r->refused = check_source(store, path);
	if (!status_is_ok(&result_r->refused))
		return status;
	trust(store->db, 0);
	result_r->refused = attach(store->db, path);
	if (status_is_ok(&result_r->refused)) {
		status = take_attached(store, path, result_r);
		sqlite3_exec(store->db, "DETACH source", NULL, NULL, NULL);
	}
	trust(store->db, 1);
	rows_forget(store->rows);
	return status;
}

/* All sources ----------------------------------------------------------------------------------- */

struct status
merge_is_to_judge(struct store *store, bool *is_r)
{
	int64_t count = 0;
	struct status status = database_number(store->db, store->path,
		"SELECT count(*) FROM setting WHERE name = 'to_judge'", &count);

	*is_r = count > 0;
	return status;
}

struct status
merge_is_judged(struct store *store)
{
	struct status status = store_batch(store);

	if (status_is_ok(&status))
		status = store_execute(store, "DELETE FROM setting WHERE name = 'to_judge'");
	return status_is_ok(&status) ? store_commit(store) : status;
}

struct status
merge_policies(struct store *store, uint64_t *count_r)
{
	int64_t count = 0;
	struct status status = database_number(store->db, store->path,
		"SELECT count(DISTINCT policy_sha256) FROM run", &count);

	*count_r = (uint64_t)count;
	return status;
}
