/* Keeps the tallies (schema/tables.sql, "What is alike") right: what is added to them waits in memory and is written
 * once for many sessions.  For this room only. */
#ifndef STARTTRACE_STORE_TALLIES_H
#define STARTTRACE_STORE_TALLIES_H

#include "base/status.h"
#include "store/schema.h"

#include <stdint.h>

struct remembered;
struct sqlite3;
struct tallies;

enum tally_sum {
	TALLY_SESSIONS,
	TALLY_BYTES,
	TALLY_MAILS,
	TALLY_RECIPIENTS,
	TALLY_MESSAGES,
	TALLY_SECRETS,
	TALLY_SUMS
};

/* What one session adds. */
struct tally_share {
	int64_t session_id, started_ns;
	int64_t sums[TALLY_SUMS];
};

/* Prepares a connection whose schema is up to date: from here on a session that is deleted leaves its tally, and one
 * of which history says something else is counted anew (schema/tallies.sql).  Does nothing where the files have no
 * tallies. */
struct status tallies_prepare(struct sqlite3 *db, const char *path, const struct schema_file *files);

/* On a connection that is prepared, with memory that is the caller's and outlives them.  Results are SQLite's; NULL in
 * *tallies_r after a failure. */
int  tallies_new(struct sqlite3 *db, struct remembered *remembered, struct tallies **tallies_r);
void tallies_free(struct tallies **tallies);

/* Counts a session whose row has this tally_id. */
int tallies_add(struct tallies *tallies, int64_t tally_id, const struct tally_share *share);

/* Writes what waits: to be called before anything else that changes sessions. */
int tallies_flush(struct tallies *tallies);

/* Flushes, and counts the sessions that have no tally, or of which something else is said by now, in that of their
 * pattern: to be called before what was written of them is committed. */
int tallies_settle(struct tallies *tallies);

/* What waits was rolled back. */
void tallies_drop(struct tallies *tallies);

/* SQL: what is said of the sessions of these ids has changed. */
#define TALLIES_UNSETTLE(ids) "INSERT OR IGNORE INTO temp.unsettled SELECT id FROM session WHERE id IN (" ids ")"

/* SQL: deletes the tallies and patterns that no session has any more. */
#define TALLIES_TIDY \
	"DELETE FROM tally WHERE sessions = 0 AND NOT EXISTS (SELECT 1 FROM session WHERE tally_id = tally.id);" \
	"DELETE FROM pattern WHERE NOT EXISTS (SELECT 1 FROM tally WHERE pattern_id = pattern.id);" \
	"DELETE FROM pattern_finding WHERE pattern_id NOT IN (SELECT id FROM pattern);"

#endif
