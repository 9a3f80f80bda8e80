/* Rows that many sessions share and that exist once: kinds of findings, and certificates.  For this
 * room only. */
#ifndef STARTTRACE_STORE_SHARED_ROWS_H
#define STARTTRACE_STORE_SHARED_ROWS_H

#include "base/digest.h"

#include <stdbool.h>
#include <stdint.h>

struct sqlite3;
struct shared_rows;

/* Results are SQLite's.  NULL in *shared_r after a failure. */
int  shared_rows_new(struct sqlite3 *db, struct shared_rows **shared_r);
void shared_rows_free(struct shared_rows **shared);

/* The row id of a kind, of a row that is made when it is not there.  The word is a constant: it is known again by where
 * it stands. */
int shared_kind(struct shared_rows *shared, const char *word, int64_t *row_r);

/* The row id of a certificate that was found before; false, leaving *row_r alone, for another. */
bool shared_certificate_remembered(struct shared_rows *shared, const uint8_t sha256[SHA256_SIZE], int64_t *row_r);

/* That of one that is in the database, to be remembered. */
int shared_certificate_find(struct shared_rows *shared, const uint8_t sha256[SHA256_SIZE], int64_t *row_r);

/* Rows were deleted, or never committed: forgets which ones are there. */
void shared_rows_forget(struct shared_rows *shared);

#endif
