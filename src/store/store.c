/* The writer: runs, captures and sessions, in transactions of many sessions.
 *
 * While a run writes, the journal is a write-ahead log: a report can be read at any time without
 * holding up the capture, and a killed process loses at most the open batch.  At rest it is none:
 * the database is one plain file, which can be hashed, copied and read from a folder without write
 * permission, as evidence must.  Where a log is not to be had (a network file system, a reader at
 * the moment of opening) the rollback journal serves as well, only less side by side.
 *
 * NORMAL synchronisation loses no integrity in either mode; a power failure may take the last
 * batches, which the same command reads again. */
#include "store/store.h"

#include "store/database.h"
#include "store/lock.h"
#include "store/migrate.h"
#include "store/ongoing.h"
#include "store/rows.h"
#include "store/rowset_private.h"
#include "store/schema.h"
#include "store/store_private.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	BATCH_SESSIONS = 1000,
	BATCH_SECONDS = 2,              /* live: how old a row may get before others see it */
};

/* Trouble -------------------------------------------------------------------------------------- */

struct status
store_fail(struct store *store, struct status status)
{
	if (status_is_ok(&status) || !status_is_ok(&store->failed))
		return status_is_ok(&store->failed) ? status : store->failed;
	store->failed = status;
	if (sqlite3_get_autocommit(store->db) == 0)
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	store->in_batch = false;
	return status;
}

struct status
store_check(struct store *store, int result)
{
	if (result == SQLITE_OK)
		return store->failed;
	return store_fail(store, database_trouble(store->db, store->path, result));
}

struct status
store_execute(struct store *store, const char *sql)
{
	if (!status_is_ok(&store->failed))
		return store->failed;
	return store_check(store, sqlite3_exec(store->db, sql, NULL, NULL, NULL));
}

/* Batches -------------------------------------------------------------------------------------- */

static time_t
seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static struct status
begin(struct store *store)
{
	struct status status = store->failed;

	if (store->in_batch || !status_is_ok(&status))
		return status;
	status = store_execute(store, "BEGIN IMMEDIATE");
	store->in_batch = status_is_ok(&status);
	store->batch_sessions = 0;
	store->batch_began = seconds_now();
	return status;
}

struct status
store_batch(struct store *store)
{
	struct status status = begin(store);

	return status_is_ok(&status) ? store_check(store, rows_flush(store->rows)) : status;
}

struct status
store_commit(struct store *store)
{
	struct status status = store->failed;

	if (!store->in_batch || !status_is_ok(&status))
		return status;
	status = store_check(store, rows_settle(store->rows));
	if (status_is_ok(&status))
		status = store_execute(store, "COMMIT");
	store->in_batch = false;
	return status;
}

bool
store_is_pending(const struct store *store)
{
	return store->in_batch;
}

struct status
store_recover(struct store *store)
{
	if (sqlite3_get_autocommit(store->db) == 0)
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	store->in_batch = false;
	store->failed = status_ok();
	rows_forget(store->rows);
	return store->failed;
}

sqlite3_stmt *
store_prepare(struct store *store, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	struct status status = store_batch(store);

	if (status_is_ok(&status))
		store_check(store, sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL));
	return statement;
}

struct status
store_step(struct store *store, sqlite3_stmt *statement)
{
	int result = statement != NULL ? sqlite3_step(statement) : SQLITE_DONE;

	sqlite3_finalize(statement);
	if (result == SQLITE_DONE || result == SQLITE_ROW)
		result = SQLITE_OK;
	return store_check(store, result);
}

/* Opening and closing -------------------------------------------------------------------------- */

static void
store_free(struct store **store)
{
	rows_free(&(*store)->rows);
	ongoing_free(&(*store)->ongoing);
	sqlite3_close((*store)->db);
	lock_give(&(*store)->lock);
	free((*store)->captures);
	free((*store)->path);
	free(*store);
	*store = NULL;
}

static struct status
store_prepare_database(struct store *store)
{
	/* a batch fits the cache, so that its pages are written once; the disk is waited for once in
	 * 16 MiB */
	static const char settings[] = "PRAGMA cache_size = -32768; PRAGMA synchronous = NORMAL;"
	                               "PRAGMA wal_autocheckpoint = 4096;"
	                               "PRAGMA temp_store = MEMORY;"
	                               "CREATE TEMP TABLE doomed (capture_id INTEGER PRIMARY KEY);";
	struct status status = database_run(store->db, store->path, settings);

	if (status_is_ok(&status))
		status = database_run(store->db, store->path, ongoing_tables);
	/* stays as it is where that cannot be */
	sqlite3_exec(store->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
	if (status_is_ok(&status))
		status = migrate(store->db, store->path, schema_files);
	if (status_is_ok(&status)) {
		int result = rows_new(store->db, &store->rows);

		if (result == SQLITE_OK)
			result = ongoing_new(store->db, &store->ongoing);
		if (result != SQLITE_OK)
			status = database_trouble(store->db, store->path, result);
	}
	return status;
}

struct status
store_open(const char *path, struct store **store_r)
{
	struct store *store = calloc(1, sizeof(*store));
	struct status status;

	*store_r = NULL;
	if (store == NULL || (store->path = strdup(path)) == NULL) {
		free(store);
		return status_of(STATUS_NO_MEMORY, "%s: out of memory", path);
	}
	status = database_open(path, DATABASE_WRITE, &store->db);
	if (status_is_ok(&status))
		status = lock_take(sqlite3_db_filename(store->db, "main"), &store->lock);
	if (status_is_ok(&status))
		status = store_prepare_database(store);
	if (status_is_ok(&status))
		*store_r = store;
	else
		store_free(&store);
	return status;
}

struct status
store_close(struct store **store)
{
	struct status status;

	if (*store == NULL)
		return status_ok();
	status = store_commit(*store);
	rows_free(&(*store)->rows);     /* its statements would keep the journal from changing */
	ongoing_free(&(*store)->ongoing);
	database_rest((*store)->db);
	store_free(store);
	return status;
}

struct status
store_give_up(struct store **store)
{
	if (*store != NULL && (*store)->in_batch) {
		sqlite3_exec((*store)->db, "ROLLBACK", NULL, NULL, NULL);
		(*store)->in_batch = false;
	}
	return store_close(store);
}

/* Sessions ------------------------------------------------------------------------------------- */

void
store_live(struct store *store)
{
	store->live = true;
}

/* Makes room for a session that was stored before it had ended, under the same id; 0 in *session_id_r for one that was
 * not. */
static int
replace(struct store *store, const struct rowset *rowset, int64_t *session_id_r)
{
	int result = SQLITE_OK;

	*session_id_r = 0;
	if (rowset->shown || rowset->ongoing)
		result = ongoing_find(store->ongoing, rowset->serial, session_id_r);
	if (result == SQLITE_OK && *session_id_r != 0)
		result = rows_flush(store->rows);
	if (result == SQLITE_OK && *session_id_r != 0)
		result = ongoing_clear(store->ongoing, *session_id_r);
	return result;
}

/* Remembers what is to be known of it later. */
static int
remember(struct store *store, const struct rowset *rowset, int64_t session_id)
{
	int result = SQLITE_OK;

	if (rowset->ongoing)
		return ongoing_add(store->ongoing, rowset->serial, session_id);
	if (rowset->shown)
		result = ongoing_end(store->ongoing, rowset->serial);
	if (store->live && result == SQLITE_OK)
		result = ongoing_fresh(store->ongoing, session_id);
	return result;
}

struct status
store_rowset(struct store *store, const struct rowset *rowset)
{
	struct status status = begin(store);
	int64_t capture, session_id;
	int result;

	if (!status_is_ok(&status))
		return status;
	capture = store_capture_row(store, rowset->capture);
	result = replace(store, rowset, &session_id);
	if (result == SQLITE_OK)
		result = rows_add(store->rows, capture, rowset, &session_id);
	if (result == SQLITE_OK)
		result = remember(store, rowset, session_id);
	status = store_check(store, result);
	store->batch_sessions++;
	store->changed = true;
	if (status_is_ok(&status) && (store->batch_sessions >= BATCH_SESSIONS ||
	    seconds_now() - store->batch_began >= BATCH_SECONDS))
		status = store_commit(store);
	return status;
}
