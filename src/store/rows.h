/* Puts the rows of rowsets into the database: one prepared statement a table.  For this room only. */
#ifndef STARTTRACE_STORE_ROWS_H
#define STARTTRACE_STORE_ROWS_H

#include "store/rowset.h"

#include <stdint.h>

struct sqlite3;
struct rows;

/* Results are SQLite's.  NULL in *rows_r after a failure. */
int  rows_new(struct sqlite3 *db, struct rows **rows_r);
void rows_free(struct rows **rows);

/* Adds the session, begun in the capture of this row, and all that belongs to it, and counts it.  *session_id: its
 * id, or 0 for the next one, which is then told. */
int rows_add(struct rows *rows, int64_t capture_id, const struct rowset *rowset, int64_t *session_id);

/* The row id of a kind of finding, of a row that is made when it is not there.  The word is a constant. */
int rows_kind(struct rows *rows, const char *word, int64_t *row_r);

/* Writes what waits of tallies (tallies.h): before anything else changes sessions, and before a commit. */
int rows_flush(struct rows *rows);
int rows_settle(struct rows *rows);

/* Rows were deleted, or never committed: forgets which shared ones are there. */
void rows_forget(struct rows *rows);

#endif
