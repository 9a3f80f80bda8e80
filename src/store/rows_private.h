/* What the two files of rows share: rows.c puts the rows of a rowset into the database, rows_tally.c those of what it
 * is counted as.  For them only. */
#ifndef STARTTRACE_STORE_ROWS_PRIVATE_H
#define STARTTRACE_STORE_ROWS_PRIVATE_H

#include "store/rows.h"
#include "store/rowset_private.h"
#include "store/shared_rows.h"

struct sqlite3_stmt;

enum asking {
	ASK_VANTAGE,
	ASK_PATTERN,
	ASK_TALLY,
	ASKINGS
};

struct rows {
	struct sqlite3      *db;
	struct sqlite3_stmt *inserts[TABLES];
	struct sqlite3_stmt *askings[ASKINGS];
	struct shared_rows  *shared;
	struct remembered   *remembered;
	struct tallies      *tallies;
	int64_t              vantage_of;        /* the row of a capture, 0: none */
	struct buffer        vantage, findings;
};

/* A rowset on its way into the database. */
struct replay {
	struct rows   *rows;
	const uint8_t *at;              /* the next value */
	int64_t        capture_id;
	int64_t        session_id;      /* 0 until it is known, as the next ones */
	int64_t        certificate_id;
	int64_t        pattern_id;
	int64_t        tally_id;
};

static inline void
replay_take(struct replay *replay, void *out, size_t len)
{
	memcpy(out, replay->at, len);
	replay->at += len;
}

/* Results are SQLite's. */

/* Binds the values up to `end` to the statement's parameters, in their order. */
int replay_bind(struct replay *replay, struct sqlite3_stmt *statement, const uint8_t *end);

/* Steps to the end of a statement that was bound with this result.  Where it gives no number, *number_r stays. */
int rows_run(struct sqlite3_stmt *statement, int result, int64_t *number_r);

/* Inserts the row of these values. */
int replay_row(struct replay *replay, enum table table, const uint8_t *end);

/* Finds the row of the certificate of these values, or inserts it. */
int replay_certificate(struct replay *replay, const uint8_t *end);

/* Finds the tally of the rowset, of which these are the values, or inserts it and its pattern. */
int replay_tally(struct replay *replay, const struct rowset *rowset, const uint8_t *end);

#endif
