/* Deletes old sessions while others come: a few at a time, so that nobody waits for long.  The room that they leave in
 * the file is filled again by those to come. */
#include "base/table.h"
#include "store/judged.h"
#include "store/rows.h"
#include "store/store_private.h"
#include "store/tallies.h"

#include <sqlite3.h>

static const char prepare[] =
	"CREATE TEMP TABLE IF NOT EXISTS leaving (session_id INTEGER PRIMARY KEY);"
	"CREATE TEMP TABLE IF NOT EXISTS leaving_certificate (certificate_id INTEGER PRIMARY KEY);";

/* One that still goes on ends later than its row says. */
static const char choose[] =
	"INSERT INTO leaving SELECT id FROM session WHERE ended_ns < ? AND NOT ongoing ORDER BY ended_ns LIMIT ?";

/* What is numbered after its session is found by its id; the rest goes with the session.  Certificates are shared, and
 * go when nobody shows them any more. */
#define OF_LEAVING(table, id)                                                                                   \
	"DELETE FROM " table " WHERE " id " IN (SELECT x." id " FROM leaving CROSS JOIN " table " AS x"         \
	" ON x." id " BETWEEN leaving.session_id * 1000 AND leaving.session_id * 1000 + 999);"
static const char delete_leaving[] =
	OF_LEAVING("finding", "id")
	OF_LEAVING("signal", "id")
	OF_LEAVING("hindsight_finding", "finding_id")
	OF_LEAVING("finding_link", "finding_id")
	"DELETE FROM finding_link WHERE session_id IN leaving;"
	"INSERT OR IGNORE INTO leaving_certificate SELECT certificate_id FROM leaving"
	" CROSS JOIN session_certificate USING (session_id);"
	"DELETE FROM temp.fresh WHERE session_id IN leaving;"
	"DELETE FROM session WHERE id IN leaving;"
	"DELETE FROM certificate WHERE id IN leaving_certificate AND NOT EXISTS"
	" (SELECT 1 FROM session_certificate WHERE certificate_id = certificate.id);"
	"DELETE FROM leaving_certificate;"
	"DELETE FROM leaving;";
#undef OF_LEAVING

/* Captures of earlier runs into which no session reaches, and runs without captures. */
static const char delete_captures[] =
	"DELETE FROM capture WHERE complete AND run_id < (SELECT max(id) FROM run)"
	" AND coalesce(last_ns, (SELECT coalesce(finished, started) FROM run WHERE run.id = capture.run_id)) < ?"
	" AND NOT EXISTS (SELECT 1 FROM session WHERE capture_id = capture.id)"
	" AND NOT EXISTS (SELECT 1 FROM capture AS earlier CROSS JOIN session ON session.capture_id = earlier.id"
	"  WHERE earlier.run_id = capture.run_id AND earlier.number < capture.number"
	"  AND session.last_capture >= capture.number)";
static const char delete_runs[] =
	"DELETE FROM run WHERE id < (SELECT max(id) FROM run) AND coalesce(finished, started) < ?"
	" AND NOT EXISTS (SELECT 1 FROM capture WHERE capture.run_id = run.id)";

/* A minute is over when the next one begins. */
static const char delete_minutes[] =
	"DELETE FROM capture_minute WHERE capture_id IN (SELECT id FROM capture) AND minute_ns <= ? - 60000000000";

static struct status
delete_before(struct store *store, const char *sql, int64_t before_ns)
{
	sqlite3_stmt *statement = store_prepare(store, sql);

	sqlite3_bind_int64(statement, 1, before_ns);
	return store_step(store, statement);
}

/* Whom no session needs any more, once there is none left to delete. */
static struct status
delete_rest(struct store *store, int64_t before_ns)
{
	static const char *const texts[] = { delete_minutes, delete_captures, delete_runs };
	struct status status = status_ok();

	for (size_t i = 0; i < TABLE_LENGTH(texts) && status_is_ok(&status); i++)
		status = delete_before(store, texts[i], before_ns);
	rows_forget(store->rows);
	return status_is_ok(&status) ? store_execute(store, TALLIES_TIDY) : status;
}

static struct status
choose_leaving(struct store *store, int64_t before_ns, size_t most, size_t *count_r)
{
	struct status status = store_execute(store, prepare);
	sqlite3_stmt *statement = store_prepare(store, choose);

	sqlite3_bind_int64(statement, 1, before_ns);
	sqlite3_bind_int64(statement, 2, most <= INT64_MAX ? (int64_t)most : INT64_MAX);
	status = store_step(store, statement);
	*count_r = status_is_ok(&status) ? (size_t)sqlite3_changes(store->db) : 0;
	return status;
}

struct status
store_prune(struct store *store, int64_t before_ns, size_t most, size_t *gone_r)
{
	struct status status = judged_prepare(store);
	size_t count = 0;

	*gone_r = 0;
	if (status_is_ok(&status))
		status = choose_leaving(store, before_ns, most, &count);
	if (status_is_ok(&status) && count > 0) {
		status = judged_keep(store);
		if (status_is_ok(&status))
			status = store_execute(store, delete_leaving);
		rows_forget(store->rows);
		store->changed = true;
	}
	if (status_is_ok(&status) && count < most)
		status = delete_rest(store, before_ns);
	if (status_is_ok(&status))
		*gone_r = count;
	return status;
}
