/* The row of a footprint, both ways: one table of columns serves writing and reading.  For this room only. */
#ifndef STARTTRACE_STORE_FOOTPRINT_ROW_H
#define STARTTRACE_STORE_FOOTPRINT_ROW_H

#include "base/buffer.h"
#include "model/session.h"

struct sqlite3_stmt;

/* The statement that adds one, written into `sql`. */
const char *footprint_row_insert(struct buffer *sql);

/* Adds the row to those of a rowset; SQLite's result.  `scratch` is anything's. */
int footprint_row_add(struct buffer *rows, const struct session *session, struct buffer *scratch);

/* Adds the names of its columns but for session_id, each behind a comma and `prefix`. */
void footprint_row_columns(struct buffer *sql, const char *prefix);

/* Fills in what the table keeps of a footprint from the columns that begin at `column`, given when and in which capture
 * the session began.  Texts are borrowed from the statement, and those of places from `texts`. */
void footprint_row_read(struct sqlite3_stmt *row, int column, uint32_t capture, struct buffer *texts,
	struct footprint *footprint);

#endif
