/* Live: which stored sessions still go on, and which have ended since history last asked.  Both are temporary tables,
 * so that they follow the transaction in which rows come and go:
 *
 *   ongoing (serial, session_id)    session.serial of this run, and its row
 *   fresh (session_id)              the finished ones that were stored; whoever judges them empties it
 *
 * For this room only. */
#ifndef STARTTRACE_STORE_ONGOING_H
#define STARTTRACE_STORE_ONGOING_H

#include <stdint.h>

struct sqlite3;
struct ongoing;

/* Makes the tables. */
extern const char ongoing_tables[];

/* Results are SQLite's.  NULL in *ongoing_r after a failure. */
int  ongoing_new(struct sqlite3 *db, struct ongoing **ongoing_r);
void ongoing_free(struct ongoing **ongoing);

/* The row of the session that was stored under this serial; 0 in *session_id_r when none was. */
int ongoing_find(struct ongoing *ongoing, uint64_t serial, int64_t *session_id_r);

/* A session that goes on was stored. */
int ongoing_add(struct ongoing *ongoing, uint64_t serial, int64_t session_id);

/* It has ended. */
int ongoing_end(struct ongoing *ongoing, uint64_t serial);

/* A finished session was stored. */
int ongoing_fresh(struct ongoing *ongoing, int64_t session_id);

/* Deletes a session with all that belongs to it, so that its id is free.  What other sessions' findings say of it
 * stays. */
int ongoing_clear(struct ongoing *ongoing, int64_t session_id);

#endif
