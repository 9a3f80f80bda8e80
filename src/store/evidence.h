/* Reading back what row_evidence (bind.h) has written.  For this room only. */
#ifndef STARTTRACE_STORE_EVIDENCE_H
#define STARTTRACE_STORE_EVIDENCE_H

#include "base/buffer.h"
#include "model/quote.h"

struct sqlite3_stmt;

/* The columns of row_evidence, in its order. */
#define EVIDENCE_COLUMNS "capture, first_frame, frame, at_ns, side, stream_offset, stream_length, evidence"

/* Adds a text to `texts`, whose bytes move while it grows: what is returned tells the length alone. */
struct span evidence_keep(struct sqlite3_stmt *row, int column, struct buffer *texts);

/* From the first of these columns on; `capture` is the one in which the session began.  Its text is kept as
 * evidence_keep keeps it. */
struct quote evidence_read(struct sqlite3_stmt *row, int column, uint32_t capture, struct buffer *texts);

#endif
