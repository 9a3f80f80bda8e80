/* The auditors' reports: one question each, asked by a file of schema/reports/, printed for a
 * person or for another program. */
#ifndef STARTTRACE_STORE_REPORT_H
#define STARTTRACE_STORE_REPORT_H

#include "base/span.h"
#include "store/query.h"

#include <stdio.h>

enum report_format {
	REPORT_TEXT,            /* aligned, with title, question and what the answer rests on */
	REPORT_CSV,             /* RFC 4180, safe to open in a spreadsheet */
	REPORT_JSON,            /* an array of objects */
	REPORT_HTML,            /* one page that needs nothing else */
};

/* False, leaving *format_r alone, for a word that is none: "text", "csv", "json", "html". */
bool report_format_from_word(struct span word, enum report_format *format_r);

/* Prints the report of that name.  `since` (inclusive) and `until` (exclusive) are NULL or UTC
 * times as people write them: 2024, 2024-05, 2024-05-01, 2024-05-01T12:30, 2024-05-01T12:30:15.5Z;
 * a short one means its beginning.  A name or time that is none is a usage error, whose message
 * lists the names that are. */
struct status report_print(FILE *out, struct query *query, const char *name,
	enum report_format format, const char *since, const char *until);

/* The names and titles of all reports, one to a line. */
void report_list(FILE *out);

/* Writes one cell for a person: no control character, no invalid UTF-8, whatever the database
 * holds. */
void report_text(FILE *out, const char *cell);

#endif
