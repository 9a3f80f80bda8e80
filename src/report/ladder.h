/* One session drawn as a ladder: two lanes, time going down, an arrow for what each packet said, TLS as a block, and a
 * mark where a finding struck.  Underneath it is a table, so that it can be read aloud, searched and printed.  For this
 * room only. */
#ifndef STARTTRACE_REPORT_LADDER_H
#define STARTTRACE_REPORT_LADDER_H

#include "report/figures.h"
#include "report/html.h"

enum {
	LADDER_LINES = 80,      /* of one session; the rest is counted */
	LADDER_MARKS = 40,      /* likewise */
};

/* Prints the session, nothing where there is none of that number.  Marks of findings that the figures show are links to
 * them. */
struct status ladder_print(struct html *html, struct query *query, int64_t session, const struct figures *figures);

#endif
