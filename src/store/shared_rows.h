/* Rows that many sessions share and that exist once: kinds of findings, and certificates.  For this
 * room only. */
#ifndef STARTTRACE_STORE_SHARED_ROWS_H
#define STARTTRACE_STORE_SHARED_ROWS_H

#include "model/rule.h"

#include <stdint.h>

struct sqlite3;
struct shared_rows;

/* Results are SQLite's.  NULL in *shared_r after a failure. */
int  shared_rows_new(struct sqlite3 *db, struct shared_rows **shared_r);
void shared_rows_free(struct shared_rows **shared);

/* The row ids, of rows that are made when they are not there.  The word of a kind is a constant: it is known again by
 * where it stands. */
int shared_kind(struct shared_rows *shared, const char *word, int64_t *row_r);
int shared_certificate(struct shared_rows *shared, const struct certificate *certificate,
	int64_t *row_r);

/* Certificates were deleted: forgets which ones are there. */
void shared_rows_forget(struct shared_rows *shared);

#endif
