/* What the files of the page about everything share. */
#ifndef STARTTRACE_REPORT_OVERVIEW_PRIVATE_H
#define STARTTRACE_REPORT_OVERVIEW_PRIVATE_H

#include "report/figures.h"
#include "report/html_table.h"
#include "report/overview.h"

struct overview {
	struct html                  *html;
	struct query                 *query;
	const struct overview_request *request;
	struct figures               *figures;
	struct html_links             links;
};

/* The kinds, the findings that are shown in full, and the sessions of these.  Leaves fewer findings among the chosen
 * ones of the figures where they would take too much room. */
struct status overview_findings(struct overview *overview);

/* Each report but those that have a section of their own. */
struct status overview_reports(struct overview *overview);

/* One report by its name, nothing where there is none. */
struct status overview_report(struct overview *overview, const char *name);

/* The command that prints the report alone and whole, of the same sessions. */
void overview_command(struct overview *overview, const char *name);

/* What was read. */
struct status overview_captures(struct overview *overview);

#endif
