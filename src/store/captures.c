/* Runs and captures: which were read before, what a killed run left, what is to be forgotten. */
#include "base/clock.h"
#include "store/rows.h"
#include "store/store_private.h"
#include "store/tallies.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	HOST_SIZE = 256,
};

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
	statement = store_prepare(store,
		"SELECT 1 FROM capture WHERE complete AND size = ? AND vantage = ?");
	sqlite3_bind_int64(statement, 1, (int64_t)capture->size);
	sqlite3_bind_text(statement, 2, capture->vantage, -1, SQLITE_STATIC);
	return gives_a_row(statement);
}

/* One that this run has read to its end counts: the same file may be named twice in one call. */
bool
store_knows(struct store *store, const uint8_t sha256[SHA256_SIZE], const char *vantage)
{
	sqlite3_stmt *statement = store_prepare(store,
		"SELECT 1 FROM capture WHERE sha256 = ? AND vantage = ?"
		" AND (complete OR run_id = ?)");

	sqlite3_bind_blob(statement, 1, sha256, SHA256_SIZE, SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, vantage, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 3, store->run_id);
	return gives_a_row(statement);
}

/* What was seen live cannot be read again: it is all there will be, also of a session that went on; 16 says that its
 * end is missing.  A run of which there is only a copy may go on elsewhere. */
#define OF_OUR_OWN " (SELECT capture.id FROM capture JOIN run ON run.id = capture.run_id WHERE NOT run.merged)"
static const char end_live_runs[] =
	TALLIES_UNSETTLE("SELECT id FROM session WHERE ongoing") ";"
	"UPDATE session SET ongoing = 0, missing = missing | 16 WHERE ongoing AND capture_id IN" OF_OUR_OWN ";"
	"UPDATE capture SET complete = 1, damaged = 'the run was killed'"
	" WHERE live AND NOT complete AND id IN" OF_OUR_OWN ";";
#undef OF_OUR_OWN

/* Puts captures on the list of those to be forgotten: of two with the same bytes under the same vantage only the
 * first is kept.  What a killed run left has no digest yet. */
static const char doom_twins[] =
	"INSERT INTO doomed SELECT id FROM capture WHERE NOT complete AND EXISTS"
	" (SELECT 1 FROM capture AS twin WHERE twin.id < capture.id"
	"  AND twin.sha256 = capture.sha256 AND twin.vantage = capture.vantage"
	"  AND (twin.complete OR twin.run_id = capture.run_id));";

/* Sessions go with their capture, and most of what belongs to them with the sessions; a killed run with its last
 * capture.  What is numbered after its session is found by its id; certificates are shared, and go when nobody shows
 * them any more. */
#define OF_DOOMED_SESSIONS(id)                                                                       \
	" WHERE " id " >= 1000 * (SELECT min(id) FROM session WHERE capture_id IN doomed)"           \
	" AND " id " / 1000 IN (SELECT id FROM session WHERE capture_id IN doomed)"
static const char forget_doomed[] =
	"DELETE FROM finding" OF_DOOMED_SESSIONS("id") ";"
	"DELETE FROM signal" OF_DOOMED_SESSIONS("id") ";"
	"DELETE FROM hindsight_finding" OF_DOOMED_SESSIONS("finding_id") ";"
	"DELETE FROM finding_link" OF_DOOMED_SESSIONS("finding_id")
	" OR session_id IN (SELECT id FROM session WHERE capture_id IN doomed);"
	"DELETE FROM capture WHERE id IN doomed;"
	"DELETE FROM doomed;"
	"DELETE FROM run WHERE finished IS NULL AND id < (SELECT max(id) FROM run)"
	" AND id NOT IN (SELECT run_id FROM capture);"
	"DELETE FROM certificate WHERE NOT EXISTS"
	" (SELECT 1 FROM session_certificate WHERE certificate_id = certificate.id);"
	TALLIES_TIDY;
#undef OF_DOOMED_SESSIONS

static struct status
store_forget(struct store *store, const char *doom)
{
	struct status status = store_batch(store);

	int before = sqlite3_total_changes(store->db);

	if (status_is_ok(&status))
		status = store_execute(store, doom);
	if (status_is_ok(&status))
		status = store_execute(store, forget_doomed);
	store->changed |= sqlite3_total_changes(store->db) != before;
	rows_forget(store->rows);
	return status;
}

struct status
store_begin(struct store *store, const char *tool_version)
{
	struct status status = store_batch(store);
	sqlite3_stmt *statement;
	char host[HOST_SIZE] = "";

	assert(store->run_id == 0);
	if (status_is_ok(&status))
		status = store_execute(store, end_live_runs);
	statement = store_prepare(store, "INSERT INTO run (tool_version, started, host, name, policy_sha256)"
		" VALUES (?, ?, ?, lower(hex(randomblob(8))), (SELECT policy_sha256" OF_LAST_RUN "))");
	if (gethostname(host, sizeof(host) - 1) != 0)
		host[0] = '\0';
	sqlite3_bind_text(statement, 1, tool_version, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 2, clock_now(CLOCK_REALTIME));
	sqlite3_bind_text(statement, 3, host, -1, SQLITE_TRANSIENT);
	status = store_step(store, statement);
	store->run_id = sqlite3_last_insert_rowid(store->db);
	store->changed = store->settled = false;
	return status_is_ok(&status) ? store_commit(store) : status;
}

/* What a run that did not come to its end left of this very file is replaced. */
static struct status
forget_unfinished(struct store *store, const struct store_capture *capture)
{
	sqlite3_stmt *statement;
	struct status status;

	if (capture->live || capture->size == 0)
		return store_batch(store);
	statement = store_prepare(store, "INSERT INTO doomed SELECT id FROM capture"
		" WHERE NOT complete AND NOT live AND run_id <> ? AND path = ? AND size = ?"
		" AND vantage = ?");
	sqlite3_bind_int64(statement, 1, store->run_id);
	sqlite3_bind_text(statement, 2, capture->path, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 3, (int64_t)capture->size);
	sqlite3_bind_text(statement, 4, capture->vantage, -1, SQLITE_STATIC);
	status = store_step(store, statement);
	if (!status_is_ok(&status) || sqlite3_changes(store->db) == 0)
		return status;
	return store_forget(store, "");
}

struct status
store_unfinished(struct store *store, struct store_unfinished *left_r)
{
	sqlite3_stmt *statement = store_prepare(store,
		"SELECT count(*), coalesce(sum((SELECT count(*) FROM session WHERE capture_id ="
		" capture.id)), 0) FROM capture WHERE NOT complete AND NOT live AND run_id <> ?");

	*left_r = (struct store_unfinished){ 0 };
	sqlite3_bind_int64(statement, 1, store->run_id);
	if (statement != NULL && sqlite3_step(statement) == SQLITE_ROW) {
		left_r->captures = (uint64_t)sqlite3_column_int64(statement, 0);
		left_r->sessions = (uint64_t)sqlite3_column_int64(statement, 1);
	}
	return store_check(store, sqlite3_finalize(statement));
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
	struct status status = forget_unfinished(store, capture);
	sqlite3_stmt *statement = store_prepare(store,
		"INSERT INTO capture (run_id, number, path, vantage, live, size, link_type, "
		"snaplen) VALUES (?,?,?,?,?,?,?,?)");

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

int64_t
store_capture_row(const struct store *store, uint32_t index)
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
		"damaged = nullif(?, ''), frames_other = ?, frames_unknown = ?, "
		"frames_malformed = ? WHERE id = ?");

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
	sqlite3_bind_int64(statement, 10, store_capture_row(store, index));
	return store_step(store, statement);
}

struct status
store_minute(struct store *store, uint32_t index, const struct store_minute *minute)
{
	sqlite3_stmt *statement = store_prepare(store,
		"INSERT INTO capture_minute (capture_id, minute_ns, frames, bytes, kernel_drops, interface_drops)"
		" VALUES (?,?,?,?,?,?) ON CONFLICT (capture_id, minute_ns) DO UPDATE SET"
		" frames = frames + excluded.frames, bytes = bytes + excluded.bytes,"
		" kernel_drops = kernel_drops + excluded.kernel_drops,"
		" interface_drops = interface_drops + excluded.interface_drops");

	sqlite3_bind_int64(statement, 1, store_capture_row(store, index));
	sqlite3_bind_int64(statement, 2, minute->minute_ns);
	sqlite3_bind_int64(statement, 3, (int64_t)minute->frames);
	sqlite3_bind_int64(statement, 4, (int64_t)minute->bytes);
	sqlite3_bind_int64(statement, 5, (int64_t)minute->kernel_drops);
	sqlite3_bind_int64(statement, 6, (int64_t)minute->interface_drops);
	return store_step(store, statement);
}

struct status
store_capture_forget(struct store *store, uint32_t index)
{
	sqlite3_stmt *statement = store_prepare(store, "INSERT INTO doomed VALUES (?)");
	struct status status;

	sqlite3_bind_int64(statement, 1, store_capture_row(store, index));
	status = store_step(store, statement);
	return status_is_ok(&status) ? store_forget(store, "") : status;
}

struct status
store_settle(struct store *store)
{
	struct status status = store_forget(store, doom_twins);

	store->settled = status_is_ok(&status);
	return status;
}

bool
store_has_changed(const struct store *store)
{
	return store->changed;
}

struct status
store_finish(struct store *store)
{
	struct status status = store->settled ? store_batch(store) : store_settle(store);
	sqlite3_stmt *statement;

	if (status_is_ok(&status))
		status = store_execute(store, "UPDATE capture SET complete = 1"
			" WHERE run_id = (SELECT max(id) FROM run) AND (live OR sha256 IS NOT NULL)");
	statement = store_prepare(store, "UPDATE run SET finished = ? WHERE id = ?");
	sqlite3_bind_int64(statement, 1, clock_now(CLOCK_REALTIME));
	sqlite3_bind_int64(statement, 2, store->run_id);
	status = store_step(store, statement);
	store->run_id = 0;
	store->capture_count = 0;
	return status_is_ok(&status) ? store_commit(store) : status;
}
