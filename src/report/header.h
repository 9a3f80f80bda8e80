/* The files of schema/reports/, and what the comment at the head of each says of it.  For this room only. */
#ifndef STARTTRACE_REPORT_HEADER_H
#define STARTTRACE_REPORT_HEADER_H

#include "base/buffer.h"
#include "report/html.h"
#include "store/schema.h"

/* What a report says of itself; "" where it says nothing. */
struct header {
	struct buffer title, question, columns, clauses, limits;
	size_t        most;             /* rows that it lists, whatever there is; 0: all */
};

/* Reads the leading comment of a file of SQL.  Without memory its buffers have failed, and read as "". */
void header_read(const char *sql, struct header *header_r);
void header_free(struct header *header);

/* Whether it says anything beyond title and question. */
bool header_has_remarks(struct header *header);

/* Prints what helps to read the answer, as the items of a list of terms; nothing for what it is silent of. */
void header_remarks(struct header *header, struct html *html);

/* The next report behind `file`, or the first behind NULL; NULL behind the last. */
const struct schema_file *header_next(const struct schema_file *file);

/* The name under which people ask for it. */
const char *header_name(const struct schema_file *file);

#endif
