/* The writer: runs, captures and sessions, in transactions of many sessions.
 *
 * While a run writes, the journal is a write-ahead log: a report can be read at any time without holding up
 * the capture, and a killed process loses at most the open batch.  At rest it is none: the database is one plain
 * file, which can be hashed, copied and read from a folder without write permission, as evidence must.  Where
 * a log is not to be had (a network file system, a reader at the moment of opening) the rollback journal
 * serves as well, only less side by side.
 *
 * NORMAL synchronisation loses no integrity in either mode; a power failure may take the last batches, which the
 * same command reads again. */
#include "store/store.h"

#include "base/text.h"
#include "store/database.h"
#include "store/lock.h"
#include "store/migrate.h"
#include "store/rows.h"
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

struct store {
	char         *path;
	sqlite3      *db;
	struct lock  *lock;
	struct rows  *rows;
	int64_t       run_id;           /* 0: no run has begun */
	int64_t      *captures;         /* row ids by index in the run */
	size_t        capture_count;
	bool          in_batch;
	size_t        batch_sessions;
	time_t        batch_began;
	struct status failed;           /* the first failure; nothing is written after it */
};

struct sqlite3 *
store_connection(struct store *store)
{
	return store->db;
}

/* Trouble --------------------------------------------------------------------------------------------- */

/* What is pending when a write fails is given up: it is read again with its capture. */
static struct status
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

static struct status
store_check(struct store *store, int result)
{
	if (result == SQLITE_OK)
		return store->failed;
	return store_fail(store, database_trouble(store->db, store->path, result));
}

static struct status
store_execute(struct store *store, const char *sql)
{
	if (!status_is_ok(&store->failed))
		return store->failed;
	return store_check(store, sqlite3_exec(store->db, sql, NULL, NULL, NULL));
}

/* Batches --------------------------------------------------------------------------------------------- */

static time_t
seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static struct status
batch_begin(struct store *store)
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
store_commit(struct store *store)
{
	struct status status = store->failed;

	if (!store->in_batch || !status_is_ok(&status))
		return status;
	status = store_execute(store, "COMMIT");
	store->in_batch = false;
	return status;
}

/* Prepares a statement inside the batch; NULL when that, or an earlier call, failed.  Binding to NULL does
 * nothing, and store_step tells of the failure. */
static sqlite3_stmt *
store_prepare(struct store *store, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	struct status status = batch_begin(store);

	if (status_is_ok(&status))
		store_check(store, sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL));
	return statement;
}

static struct status
store_step(struct store *store, sqlite3_stmt *statement)
{
	int result = statement != NULL ? sqlite3_step(statement) : SQLITE_DONE;

	sqlite3_finalize(statement);
	return store_check(store, result == SQLITE_DONE || result == SQLITE_ROW ? SQLITE_OK : result);
}

/* Opening and closing --------------------------------------------------------------------------------- */

static void
store_free(struct store **store)
{
	rows_free(&(*store)->rows);
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
	/* a batch fits the cache, so that its pages are written once; a failing change of journal is harmless */
	static const char settings[] = "PRAGMA cache_size = -32768; PRAGMA synchronous = NORMAL;"
	                               "PRAGMA temp_store = MEMORY;"
	                               "CREATE TEMP TABLE doomed (capture_id INTEGER PRIMARY KEY);";
	struct status status = database_run(store->db, store->path, settings);

	sqlite3_exec(store->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
	if (status_is_ok(&status))
		status = migrate(store->db, store->path, schema_files);
	if (status_is_ok(&status)) {
		int result = rows_new(store->db, &store->rows);

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
	sqlite3_exec((*store)->db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
	store_free(store);
	return status;
}

/* Captures -------------------------------------------------------------------------------------------- */

static bool
gives_a_row(sqlite3_stmt *statement)
{
	bool has = statement != NULL && sqlite3_step(statement) == SQLITE_ROW;

	sqlite3_finalize(statement);
	return has;
}

bool
store_may_know(struct store *store, const struct store_capture *capture)
{
	sqlite3_stmt *statement;

	if (capture->size == 0)
		return false;
	statement = store_prepare(store, "SELECT 1 FROM capture WHERE complete AND size = ? AND vantage = ?");
	sqlite3_bind_int64(statement, 1, (int64_t)capture->size);
	sqlite3_bind_text(statement, 2, capture->vantage, -1, SQLITE_STATIC);
	return gives_a_row(statement);
}

/* One that this run has read to its end counts: the same file may be named twice in one call. */
bool
store_knows(struct store *store, const uint8_t sha256[SHA256_SIZE], const char *vantage)
{
	sqlite3_stmt *statement = store_prepare(store,
		"SELECT 1 FROM capture WHERE sha256 = ? AND vantage = ? AND (complete OR run_id = ?)");

	sqlite3_bind_blob(statement, 1, sha256, SHA256_SIZE, SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, vantage, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 3, store->run_id);
	return gives_a_row(statement);
}

static int64_t
nanoseconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Puts captures on the list of those to be forgotten. */
static const char doom_unfinished[] =
	"UPDATE capture SET complete = 1, damaged = 'the run was killed' WHERE live AND NOT complete;"
	"INSERT INTO doomed SELECT id FROM capture WHERE NOT complete;";

/* Of two captures with the same bytes under the same vantage only the first is kept. */
static const char doom_twins[] =
	"INSERT INTO doomed SELECT id FROM capture WHERE NOT complete AND EXISTS"
	" (SELECT 1 FROM capture AS twin WHERE twin.sha256 = capture.sha256 AND twin.id < capture.id"
	"  AND twin.vantage = capture.vantage AND (twin.complete OR twin.run_id = capture.run_id));";

/* Sessions go with their capture, and most of what belongs to them with the sessions.  Findings are found by
 * their id; certificates are shared, and go when nobody shows them any more. */
static const char forget_doomed[] =
	"DELETE FROM finding WHERE id >= 1000 * (SELECT min(id) FROM session WHERE capture_id IN doomed)"
	" AND id / 1000 IN (SELECT id FROM session WHERE capture_id IN doomed);"
	"DELETE FROM capture WHERE id IN doomed;"
	"DELETE FROM doomed;"
	"DELETE FROM certificate WHERE NOT EXISTS"
	" (SELECT 1 FROM session_certificate WHERE certificate_id = certificate.id);";

static struct status
store_forget(struct store *store, const char *doom)
{
	struct status status = batch_begin(store);

	if (status_is_ok(&status))
		status = store_execute(store, doom);
	if (status_is_ok(&status))
		status = store_execute(store, forget_doomed);
	rows_forget(store->rows);
	return status;
}

struct status
store_begin(struct store *store, const char *tool_version)
{
	static const char forget_runs[] =
		"UPDATE run SET finished = started WHERE finished IS NULL"
		" AND id IN (SELECT run_id FROM capture);"
		"DELETE FROM run WHERE finished IS NULL;";
	struct status status = store_forget(store, doom_unfinished);
	sqlite3_stmt *statement;

	assert(store->run_id == 0);
	if (status_is_ok(&status))
		status = store_execute(store, forget_runs);
	statement = store_prepare(store, "INSERT INTO run (tool_version, started) VALUES (?, ?)");
	sqlite3_bind_text(statement, 1, tool_version, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 2, nanoseconds_now());
	status = store_step(store, statement);
	store->run_id = sqlite3_last_insert_rowid(store->db);
	return status_is_ok(&status) ? store_commit(store) : status;
}

static bool
remember_capture(struct store *store, uint32_t index, int64_t row)
{
	size_t count = (size_t)index + 1;
	int64_t *captures;

	if (count > store->capture_count) {
		captures = realloc(store->captures, count * sizeof(*captures));
		if (captures == NULL)
			return false;
		memset(captures + store->capture_count, 0,
			(count - store->capture_count) * sizeof(*captures));
		store->captures = captures;
		store->capture_count = count;
	}
	store->captures[index] = row;
	return true;
}

struct status
store_capture(struct store *store, uint32_t index, const struct store_capture *capture)
{
	sqlite3_stmt *statement = store_prepare(store,
		"INSERT INTO capture (run_id, number, path, vantage, live, size, link_type, snaplen) "
		"VALUES (?,?,?,?,?,?,?,?)");
	struct status status;

	sqlite3_bind_int64(statement, 1, store->run_id);
	sqlite3_bind_int64(statement, 2, index);
	sqlite3_bind_text(statement, 3, capture->path, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 4, capture->vantage, -1, SQLITE_STATIC);
	sqlite3_bind_int(statement, 5, capture->live);
	sqlite3_bind_int64(statement, 6, (int64_t)capture->size);
	sqlite3_bind_int(statement, 7, capture->link_type);
	sqlite3_bind_int64(statement, 8, capture->snaplen);
	status = store_step(store, statement);
	if (status_is_ok(&status) &&
	    !remember_capture(store, index, sqlite3_last_insert_rowid(store->db)))
		return store_check(store, SQLITE_NOMEM);
	return status;
}

static int64_t
capture_row(const struct store *store, uint32_t index)
{
	assert(index < store->capture_count && store->captures[index] != 0);
	return store->captures[index];
}

static void
bind_sha256(sqlite3_stmt *statement, int column, const uint8_t sha256[SHA256_SIZE])
{
	static const uint8_t none[SHA256_SIZE];

	if (memcmp(sha256, none, SHA256_SIZE) != 0)
		sqlite3_bind_blob(statement, column, sha256, SHA256_SIZE, SQLITE_STATIC);
}

struct status
store_capture_read(struct store *store, uint32_t index, const struct store_result *result)
{
	sqlite3_stmt *statement = store_prepare(store,
		"UPDATE capture SET sha256 = ?, frames = ?, bytes = ?, first_ns = ?, last_ns = ?, "
		"damaged = nullif(?, ''), frames_other = ?, frames_unknown = ?, frames_malformed = ? "
		"WHERE id = ?");

	bind_sha256(statement, 1, result->sha256);
	sqlite3_bind_int64(statement, 2, (int64_t)result->frames);
	sqlite3_bind_int64(statement, 3, (int64_t)result->bytes);
	if (result->frames > 0) {
		sqlite3_bind_int64(statement, 4, result->first_ns);
		sqlite3_bind_int64(statement, 5, result->last_ns);
	}
	sqlite3_bind_text(statement, 6, result->damage, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 7, (int64_t)result->frames_other);
	sqlite3_bind_int64(statement, 8, (int64_t)result->frames_unknown);
	sqlite3_bind_int64(statement, 9, (int64_t)result->frames_malformed);
	sqlite3_bind_int64(statement, 10, capture_row(store, index));
	return store_step(store, statement);
}

struct status
store_capture_forget(struct store *store, uint32_t index)
{
	sqlite3_stmt *statement = store_prepare(store, "INSERT INTO doomed VALUES (?)");
	struct status status;

	sqlite3_bind_int64(statement, 1, capture_row(store, index));
	status = store_step(store, statement);
	return status_is_ok(&status) ? store_forget(store, "") : status;
}

/* Sessions -------------------------------------------------------------------------------------------- */

struct status
store_session(struct store *store, const struct session *session)
{
	struct status status = batch_begin(store);

	if (!status_is_ok(&status))
		return status;
	status = store_check(store, rows_add(store->rows, capture_row(store, session->first.capture), session));
	store->batch_sessions++;
	if (status_is_ok(&status) && (store->batch_sessions >= BATCH_SESSIONS ||
	    seconds_now() - store->batch_began >= BATCH_SECONDS))
		status = store_commit(store);
	return status;
}

struct status
store_finish(struct store *store)
{
	struct status status = store_forget(store, doom_twins);
	sqlite3_stmt *statement;

	if (status_is_ok(&status))
		status = store_execute(store, "UPDATE capture SET complete = 1 WHERE NOT complete");
	statement = store_prepare(store, "UPDATE run SET finished = ? WHERE id = ?");
	sqlite3_bind_int64(statement, 1, nanoseconds_now());
	sqlite3_bind_int64(statement, 2, store->run_id);
	status = store_step(store, statement);
	store->run_id = 0;
	store->capture_count = 0;
	return status_is_ok(&status) ? store_commit(store) : status;
}
