/* Sums that wait, by tally, and sessions that are counted anew: what those are to be counted as is asked of the view
 * session_pattern. */
#include "store/tallies.h"

#include "base/table.h"
#include "store/database.h"
#include "store/pattern_row.h"
#include "store/remembered.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum {
	WAITING_MOST = 1024,
	WAITING_PLACES = 4 * WAITING_MOST,      /* a power of two */
};

/* Those from UNCOUNTED on are for sessions that are counted anew. */
enum statement {
	COUNT,
	COUNT_ANEW,
	UNCOUNTED,
	UNSETTLED,
	SETTLED,
	CHANGED,
	SAID,
	FIND_PATTERN,
	MAKE_PATTERN,
	MAKE_FINDINGS,
	FIND_TALLY,
	MAKE_TALLY,
	MOVE,
	STATEMENTS
};

struct waiting {
	int64_t tally_id;
	int64_t sums[TALLY_SUMS];
	int64_t first_ns, first_session, last_ns, last_session;
	bool    has_left;               /* a session: the first and last one are found anew */
};

struct tallies {
	sqlite3           *db;
	struct remembered *remembered;  /* which tally what has changed makes of another one */
	sqlite3_stmt      *statements[STATEMENTS];
	size_t             waiting_count;
	struct waiting     waiting[WAITING_MOST];
	uint16_t           places[WAITING_PLACES];      /* by tally_id: where it waits, plus one */
};

/* Statements -------------------------------------------------------------------------------------- */

#define ADD_SUMS \
	"UPDATE tally SET sessions = sessions + ?2, bytes = bytes + ?3, mails = mails + ?4," \
	" recipients = recipients + ?5, messages = messages + ?6, secrets = secrets + ?7,"

static const char *const texts[STATEMENTS] = {
	[COUNT] = ADD_SUMS
		" first_session = iif(coalesce((?8, ?9) >= (first_ns, first_session), false), first_session, ?9),"
		" first_ns = min(coalesce(first_ns, ?8), ?8),"
		" last_session = iif(coalesce((?10, ?11) <= (last_ns, last_session), false), last_session, ?11),"
		" last_ns = max(coalesce(last_ns, ?10), ?10) WHERE id = ?1",
	[COUNT_ANEW] = ADD_SUMS
		" (first_ns, first_session) = (SELECT s.started_ns, s.id FROM session AS s"
		"  WHERE s.tally_id = ?1 ORDER BY s.started_ns, s.id LIMIT 1),"
		" (last_ns, last_session) = (SELECT s.started_ns, s.id FROM session AS s"
		"  WHERE s.tally_id = ?1 ORDER BY s.started_ns DESC, s.id DESC LIMIT 1) WHERE id = ?1",
	[UNCOUNTED] = "INSERT OR IGNORE INTO temp.unsettled SELECT id FROM session WHERE tally_id IS NULL",
	[UNSETTLED] = "SELECT session_id FROM temp.unsettled",
	[SETTLED] = "DELETE FROM temp.unsettled",
	/* where it is counted and with what, and all that can change of it */
	[CHANGED] = "SELECT s.tally_id, s.started_ns, 1, min(s.bytes_client, 1 << 40) + min(s.bytes_server, 1 << 40),"
		" min(s.mails, 1 << 40), min(s.recipients, 1 << 40), min(coalesce(s.messages, 0), 1 << 40),"
		" min(coalesce(s.secrets, 0), 1 << 40),"
		" s.missing, coalesce(h.severity, s.severity, -1), coalesce(h.verdict, s.verdict),"
		" (SELECT group_concat(((f.kind_id * 8 + coalesce(j.severity, f.severity)) * 4"
		"   + coalesce(j.confidence, f.confidence)) * 128 + coalesce(j.score, f.score))"
		"  FROM finding AS f LEFT JOIN hindsight_finding AS j ON j.finding_id = f.id"
		"  WHERE f.id BETWEEN s.id * 1000 AND s.id * 1000 + 999)"
		" FROM session AS s LEFT JOIN hindsight_session AS h ON h.session_id = s.id WHERE s.id = ?",
	[SAID] = "SELECT " PATTERN_ROW_KEY ", findings, client_octets, month, accounts, client_ip"
		" FROM temp.session_pattern WHERE session_id = ?",
	[FIND_PATTERN] = "SELECT id FROM pattern WHERE key = ?",
	[MAKE_PATTERN] = "INSERT INTO pattern (key, " PATTERN_ROW_COLUMNS ")"
		" SELECT " PATTERN_ROW_KEY ", " PATTERN_ROW_COLUMNS
		" FROM temp.session_pattern WHERE session_id = ?",
	[MAKE_FINDINGS] =
		"INSERT OR IGNORE INTO pattern_finding (pattern_id, kind_id, severity, confidence, score, findings)"
		" SELECT ?1, value / 4096, value / 512 % 8, value / 128 % 4, value % 128, count(*)"
		" FROM json_each('[' || ?2 || ']') GROUP BY value",
	[FIND_TALLY] = tally_row_find,
	[MAKE_TALLY] = tally_row_insert,
	[MOVE] = "UPDATE session SET tally_id = ?2 WHERE id = ?1",
};

/* The columns of CHANGED and SAID. */
enum changed {
	CHANGED_TALLY,
	CHANGED_STARTED,
	CHANGED_SUMS,
	CHANGED_MISSING = CHANGED_SUMS + TALLY_SUMS,
	CHANGED_SEVERITY,
	CHANGED_VERDICT,
	CHANGED_FINDINGS,
};
enum said { SAID_KEY, SAID_FINDINGS, SAID_CLIENT, SAID_MONTH, SAID_ACCOUNTS, SAID_CLIENT_IP };

/* Runs a statement that gives no rows. */
static int
run(sqlite3_stmt *statement)
{
	int result = sqlite3_step(statement);

	sqlite3_reset(statement);
	return result == SQLITE_DONE ? SQLITE_OK : result;
}

/* Sums that wait ---------------------------------------------------------------------------------- */

static int
write_waiting(struct tallies *tallies, const struct waiting *waiting)
{
	sqlite3_stmt *count = tallies->statements[waiting->has_left ? COUNT_ANEW : COUNT];

	sqlite3_bind_int64(count, 1, waiting->tally_id);
	for (int i = 0; i < TALLY_SUMS; i++)
		sqlite3_bind_int64(count, 2 + i, waiting->sums[i]);
	if (!waiting->has_left) {
		sqlite3_bind_int64(count, 8, waiting->first_ns);
		sqlite3_bind_int64(count, 9, waiting->first_session);
		sqlite3_bind_int64(count, 10, waiting->last_ns);
		sqlite3_bind_int64(count, 11, waiting->last_session);
	}
	return run(count);
}

void
tallies_drop(struct tallies *tallies)
{
	if (tallies->waiting_count > 0)
		memset(tallies->places, 0, sizeof(tallies->places));
	tallies->waiting_count = 0;
}

int
tallies_flush(struct tallies *tallies)
{
	int result = SQLITE_OK;

	for (size_t i = 0; i < tallies->waiting_count && result == SQLITE_OK; i++)
		result = write_waiting(tallies, &tallies->waiting[i]);
	tallies_drop(tallies);
	return result;
}

/* Where the sums of a tally wait; there is room for one more. */
static struct waiting *
find_waiting(struct tallies *tallies, int64_t tally_id)
{
	size_t place = (size_t)tally_id % WAITING_PLACES;
	struct waiting *waiting;

	while (tallies->places[place] != 0) {
		waiting = &tallies->waiting[tallies->places[place] - 1];
		if (waiting->tally_id == tally_id)
			return waiting;
		place = (place + 1) % WAITING_PLACES;
	}
	waiting = &tallies->waiting[tallies->waiting_count++];
	tallies->places[place] = (uint16_t)tallies->waiting_count;
	*waiting = (struct waiting){ .tally_id = tally_id, .first_ns = INT64_MAX, .last_ns = INT64_MIN };
	return waiting;
}

static int
make_waiting(struct tallies *tallies, int64_t tally_id, struct waiting **waiting_r)
{
	int result = tallies->waiting_count < WAITING_MOST ? SQLITE_OK : tallies_flush(tallies);

	if (result == SQLITE_OK)
		*waiting_r = find_waiting(tallies, tally_id);
	return result;
}

static bool
is_before(int64_t one_ns, int64_t one, int64_t other_ns, int64_t other)
{
	return one_ns < other_ns || (one_ns == other_ns && one < other);
}

int
tallies_add(struct tallies *tallies, int64_t tally_id, const struct tally_share *share)
{
	struct waiting *waiting;
	int result = make_waiting(tallies, tally_id, &waiting);

	if (result != SQLITE_OK)
		return result;
	for (int i = 0; i < TALLY_SUMS; i++)
		waiting->sums[i] += share->sums[i];
	if (waiting->first_session == 0 || is_before(share->started_ns, share->session_id, waiting->first_ns,
	    waiting->first_session)) {
		waiting->first_ns = share->started_ns;
		waiting->first_session = share->session_id;
	}
	if (waiting->last_session == 0 || is_before(waiting->last_ns, waiting->last_session, share->started_ns,
	    share->session_id)) {
		waiting->last_ns = share->started_ns;
		waiting->last_session = share->session_id;
	}
	return SQLITE_OK;
}

static int
take_off(struct tallies *tallies, int64_t tally_id, const struct tally_share *share)
{
	struct waiting *waiting;
	int result = make_waiting(tallies, tally_id, &waiting);

	if (result != SQLITE_OK)
		return result;
	for (int i = 0; i < TALLY_SUMS; i++)
		waiting->sums[i] -= share->sums[i];
	waiting->has_left = true;
	return SQLITE_OK;
}

/* Sessions that are counted anew ------------------------------------------------------------------ */

/* The id that a statement finds by values that are bound; 0 when there is none. */
static int
find(sqlite3_stmt *statement, int64_t *id_r)
{
	int result = sqlite3_step(statement);

	*id_r = result == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
	sqlite3_reset(statement);
	return result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : result;
}

static int
settle_pattern(struct tallies *tallies, int64_t session_id, int64_t *pattern_r)
{
	sqlite3_stmt *said = tallies->statements[SAID], *findings = tallies->statements[MAKE_FINDINGS];
	sqlite3_stmt *pattern = tallies->statements[FIND_PATTERN], *make = tallies->statements[MAKE_PATTERN];
	int result;

	sqlite3_bind_value(pattern, 1, sqlite3_column_value(said, SAID_KEY));
	result = find(pattern, pattern_r);
	if (result != SQLITE_OK || *pattern_r != 0)
		return result;
	sqlite3_bind_int64(make, 1, session_id);
	result = run(make);
	*pattern_r = sqlite3_last_insert_rowid(tallies->db);
	sqlite3_bind_int64(findings, 1, *pattern_r);
	sqlite3_bind_value(findings, 2, sqlite3_column_value(said, SAID_FINDINGS));
	return result == SQLITE_OK ? run(findings) : result;
}

static int
settle_tally(struct tallies *tallies, int64_t pattern_id, int64_t *tally_r)
{
	sqlite3_stmt *said = tallies->statements[SAID];
	sqlite3_stmt *const both[] = { tallies->statements[FIND_TALLY], tallies->statements[MAKE_TALLY] };
	int result;

	for (size_t i = 0; i < TABLE_LENGTH(both); i++) {
		sqlite3_bind_int64(both[i], 1, pattern_id);
		for (int column = SAID_CLIENT; column <= SAID_CLIENT_IP; column++)
			sqlite3_bind_value(both[i], 2 + column - SAID_CLIENT, sqlite3_column_value(said, column));
	}
	result = find(both[0], tally_r);
	if (result != SQLITE_OK || *tally_r != 0)
		return result;
	result = run(both[1]);
	*tally_r = sqlite3_last_insert_rowid(tallies->db);
	return result;
}

/* What the view says of the session. */
static int
ask_tally(struct tallies *tallies, int64_t session_id, int64_t *tally_r)
{
	sqlite3_stmt *said = tallies->statements[SAID];
	int64_t pattern_id = 0;
	int result;

	sqlite3_bind_int64(said, 1, session_id);
	result = sqlite3_step(said);
	if (result == SQLITE_ROW)
		result = settle_pattern(tallies, session_id, &pattern_id);
	if (result == SQLITE_OK)
		result = settle_tally(tallies, pattern_id, tally_r);
	sqlite3_reset(said);
	return result == SQLITE_DONE ? SQLITE_CORRUPT : result;
}

static struct span
text_of(sqlite3_stmt *row, int column)
{
	const void *at = sqlite3_column_text(row, column);

	return span_from(at, at != NULL ? (size_t)sqlite3_column_bytes(row, column) : 0);
}

/* Sessions that were alike are alike when they are the same in all that can change. */
static int
find_tally(struct tallies *tallies, int64_t session_id, int64_t *tally_r)
{
	sqlite3_stmt *changed = tallies->statements[CHANGED];
	const int64_t numbers[] = { sqlite3_column_int64(changed, CHANGED_TALLY),
		sqlite3_column_int64(changed, CHANGED_MISSING), sqlite3_column_int64(changed, CHANGED_SEVERITY) };
	uint64_t name = remembered_name(tallies->remembered, span_from(numbers, sizeof(numbers)), 0);
	int result;

	if (numbers[0] == 0)
		return ask_tally(tallies, session_id, tally_r);
	name = remembered_name(tallies->remembered, text_of(changed, CHANGED_VERDICT), name);
	name = remembered_name(tallies->remembered, text_of(changed, CHANGED_FINDINGS), name);
	*tally_r = remembered_row(tallies->remembered, name);
	if (*tally_r != 0)
		return SQLITE_OK;
	result = ask_tally(tallies, session_id, tally_r);
	if (result == SQLITE_OK)
		remembered_keep(tallies->remembered, name, *tally_r);
	return result;
}

/* From the tally that it is counted in, if any, to another one. */
static int
move(struct tallies *tallies, int64_t counted_in, int64_t tally_id, const struct tally_share *share)
{
	sqlite3_stmt *move = tallies->statements[MOVE];
	int result;

	if (counted_in == tally_id)
		return SQLITE_OK;
	sqlite3_bind_int64(move, 1, share->session_id);
	sqlite3_bind_int64(move, 2, tally_id);
	result = run(move);
	if (result == SQLITE_OK && counted_in != 0)
		result = take_off(tallies, counted_in, share);
	return result == SQLITE_OK ? tallies_add(tallies, tally_id, share) : result;
}

/* One that was deleted meanwhile is not there any more. */
static int
settle_session(struct tallies *tallies, int64_t session_id)
{
	sqlite3_stmt *changed = tallies->statements[CHANGED];
	struct tally_share share = { .session_id = session_id };
	int64_t counted_in, tally_id = 0;
	int result;

	sqlite3_bind_int64(changed, 1, session_id);
	result = sqlite3_step(changed);
	if (result != SQLITE_ROW) {
		sqlite3_reset(changed);
		return result == SQLITE_DONE ? SQLITE_OK : result;
	}
	counted_in = sqlite3_column_int64(changed, CHANGED_TALLY);
	share.started_ns = sqlite3_column_int64(changed, CHANGED_STARTED);
	for (int i = 0; i < TALLY_SUMS; i++)
		share.sums[i] = sqlite3_column_int64(changed, CHANGED_SUMS + i);
	result = find_tally(tallies, session_id, &tally_id);
	sqlite3_reset(changed);
	return result == SQLITE_OK ? move(tallies, counted_in, tally_id, &share) : result;
}

int
tallies_settle(struct tallies *tallies)
{
	sqlite3_stmt *unsettled = tallies->statements[UNSETTLED];
	int result = tallies_flush(tallies), step = SQLITE_DONE;

	if (result == SQLITE_OK)
		result = run(tallies->statements[UNCOUNTED]);
	while (result == SQLITE_OK && (step = sqlite3_step(unsettled)) == SQLITE_ROW)
		result = settle_session(tallies, sqlite3_column_int64(unsettled, 0));
	sqlite3_reset(unsettled);
	if (result == SQLITE_OK && step != SQLITE_DONE)
		result = step;
	if (result == SQLITE_OK)
		result = run(tallies->statements[SETTLED]);
	return result == SQLITE_OK ? tallies_flush(tallies) : result;
}

/* Opening and closing ------------------------------------------------------------------------------ */

struct status
tallies_prepare(struct sqlite3 *db, const char *path, const struct schema_file *files)
{
	for (; files->name != NULL; files++)
		if (strcmp(files->name, "tallies") == 0)
			return database_run(db, path, files->sql);
	return status_ok();
}

int
tallies_new(struct sqlite3 *db, struct remembered *remembered, struct tallies **tallies_r)
{
	struct tallies *tallies = calloc(1, sizeof(*tallies));
	int result = tallies != NULL ? SQLITE_OK : SQLITE_NOMEM;

	if (tallies != NULL)
		*tallies = (struct tallies){ .db = db, .remembered = remembered };
	for (size_t i = 0; i < STATEMENTS && result == SQLITE_OK; i++)
		result = sqlite3_prepare_v3(db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &tallies->statements[i], NULL);
	if (result != SQLITE_OK)
		tallies_free(&tallies);
	*tallies_r = tallies;
	return result;
}

void
tallies_free(struct tallies **tallies)
{
	if (*tallies == NULL)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize((*tallies)->statements[i]);
	free(*tallies);
	*tallies = NULL;
}
