/* Filling in a row from left to right, of a prepared INSERT or of a rowset: the order of the calls is
 * the order of its columns.  The first failure stays, and row_insert tells it.  Text is borrowed until
 * then.  For this room only. */
#ifndef STARTTRACE_STORE_BIND_H
#define STARTTRACE_STORE_BIND_H

#include "base/span.h"
#include "model/session.h"
#include "store/rowset_private.h"

struct sqlite3_stmt;

struct row {
	struct sqlite3_stmt *statement;
	struct buffer       *out;       /* of a rowset; NULL where there is a statement */
	size_t               start;     /* of this row in `out` */
	int                  column;
	int                  result;
};

/* A row of the table that the statement inserts into. */
struct row row_of(struct sqlite3_stmt *statement);

/* One that is added to a rowset. */
struct row row_into(struct buffer *out, enum table table);

/* The next column. */
void row_null(struct row *row);
void row_integer(struct row *row, int64_t number);
void row_count(struct row *row, uint64_t number);       /* above INT64_MAX it stays there */
void row_known(struct row *row, enum known known);      /* 0, 1 or NULL */
void row_span(struct row *row, struct span text);       /* NULL when empty */
void row_text(struct row *row, const char *text);       /* NULL for NULL */
void row_blob(struct row *row, const void *at, size_t len);
void row_quote(struct row *row, const struct quote *quote);     /* its text, or NULL when unseen */

/* The eight columns capture to evidence of findings and signals; all NULL when unseen.  `capture` is that in which the
 * session began: it is not told again. */
void row_evidence(struct row *row, const struct quote *evidence, uint32_t capture);

/* What only the database knows, in a rowset: a value that nothing belongs to. */
void row_symbol(struct row *row, enum value symbol);
void row_number(struct row *row, int64_t number);       /* VALUE_NUMBER */
void row_kind(struct row *row, const char *word);       /* VALUE_KIND */

/* Inserts the row, or ends it; SQLite's result. */
int row_insert(struct row *row);

#endif
