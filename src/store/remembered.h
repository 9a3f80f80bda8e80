/* Which rows of patterns and tallies were met before, so that most sessions ask the database for neither.  For this
 * room only. */
#ifndef STARTTRACE_STORE_REMEMBERED_H
#define STARTTRACE_STORE_REMEMBERED_H

#include "base/span.h"

struct remembered;

/* NULL when out of memory. */
struct remembered *remembered_new(void);
void               remembered_free(struct remembered **remembered);

/* What a row is remembered by: the bytes that tell it, and the name of a row that it belongs to, or 0. */
uint64_t remembered_name(const struct remembered *remembered, struct span told, uint64_t belongs);

/* The id of the row of that name; 0 when it is not remembered. */
int64_t remembered_row(const struct remembered *remembered, uint64_t name);
void    remembered_keep(struct remembered *remembered, uint64_t name, int64_t row);

/* Rows were deleted, or never committed: forgets which ones are there. */
void remembered_forget(struct remembered *remembered);

#endif
