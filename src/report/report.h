/* The auditors' reports: one question each, asked by a file of schema/reports/, printed for a
 * person or for another program. */
#ifndef STARTTRACE_REPORT_REPORT_H
#define STARTTRACE_REPORT_REPORT_H

#include "base/span.h"
#include "report/scope.h"

#include <stdio.h>

enum report_format {
	REPORT_TEXT,            /* aligned, with title, question and what the answer rests on */
	REPORT_CSV,             /* RFC 4180, safe to open in a spreadsheet */
	REPORT_JSON,            /* an array of objects */
	REPORT_HTML,            /* one page that needs nothing else */
};

/* False, leaving *format_r alone, for a word that is none: "text", "csv", "json", "html". */
bool report_format_from_word(struct span word, enum report_format *format_r);

struct report_request {
	const char        *name;        /* NULL: the findings; as HTML, the page about everything */
	enum report_format format;
	size_t             width;       /* columns of the terminal that a text goes to: where a table is wider,
	                                 * a row is a block, a line each cell; 0: however wide */
	struct scope       scope;
	size_t            *most_r;      /* or NULL: the rows that are listed at most, where that many are; else 0 */
};

/* Prints the report of that name, in the scope that is asked for, as scope_read takes it.  A name that is none is a
 * usage error, whose message lists the names that are; so is a framework for a report that knows of none. */
struct status report_print(FILE *out, struct query *query, const struct report_request *request);

/* Prints the answer to a question of schema/ that is no report and knows no scope: its name is as for
 * query_run_file. */
struct status report_print_answer(FILE *out, struct query *query, const struct report_request *request);

/* The names and titles of all reports, one to a line. */
void report_list(FILE *out);

/* Writes one cell for a person: no control character, no invalid UTF-8, whatever the database
 * holds. */
void report_text(FILE *out, const char *cell);

#endif
