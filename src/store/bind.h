/* Filling in a prepared INSERT from left to right: the order of the calls is the order of its
 * columns.  The first failure stays, and row_insert tells it.  Text is borrowed until then.  For
 * this room only. */
#ifndef STARTTRACE_STORE_BIND_H
#define STARTTRACE_STORE_BIND_H

#include "base/span.h"
#include "model/session.h"

struct sqlite3_stmt;

struct row {
	struct sqlite3_stmt *statement;
	int                  column;
	int                  result;
};

struct row row_of(struct sqlite3_stmt *statement);

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

/* Inserts the row; SQLite's result. */
int row_insert(struct row *row);

#endif
