/* The page about everything a database holds, for an auditor to hand in: one file of HTML that opens anywhere, offline.
 *
 * Other programs and people's links go by these ids and classes, which stay:
 *   #summary, #verdicts, #findings, #sessions, #reports, #accepted, #manifest: the sections, in this order
 *   #kind-WORD           a kind of finding, with what it means, how to end it and which clauses it touches (class kind)
 *   #finding-ID          a finding that is shown in full (class finding), in its kind; v_finding.finding_id
 *   #session-ID          the session of such a finding, with its ladder (class session, table.ladder);
 *                        v_session.session_id
 *   #report-NAME         a file of schema/reports/ (class report)
 *   input#filter         narrows the findings; #filter-severity is the least severity, #filter-count says how many
 *                        are left
 *   .severity            a severity in words, with its word as another class; .wireshark a filter for Wireshark
 *   button.copy          puts the filter before it on the clipboard; made by the script, as all that needs one
 *
 * For this room only. */
#ifndef STARTTRACE_REPORT_OVERVIEW_H
#define STARTTRACE_REPORT_OVERVIEW_H

#include "report/scope.h"
#include "store/query.h"

#include <stdio.h>

/* How much the page holds at most; what is left out is counted, and how to see it is said. */
enum {
	OVERVIEW_PAGE_BYTES = 5000000,          /* of the whole page: the sum of what follows, and room for the rest */
	OVERVIEW_FINDINGS_BYTES = 2200000,      /* kinds, findings and the sessions of these */
	OVERVIEW_REPORTS_BYTES = 1800000,       /* all reports together */
	OVERVIEW_CAPTURES_BYTES = 300000,
	OVERVIEW_ROWS = 50,                     /* of one report */
	OVERVIEW_CAPTURES = 200,
	OVERVIEW_CELL = 300,                    /* bytes of one cell of a table */
	OVERVIEW_WORDS = 1000,                  /* of a text of the catalogue: none of ours is as long */
	OVERVIEW_FIRST = 5,                     /* what to do first */
};

struct overview_request {
	const struct query_parameter *parameters;       /* of every report: what is asked for */
	size_t                        count;
	const char                   *basis;            /* what the answers rest on, a sentence */
	const struct scope           *scope;            /* what is asked for, in the user's words */
};

/* Prints the page.  Every session and finding is read a fixed number of times, however many of them are shown. */
struct status overview_print(FILE *out, struct query *query, const struct overview_request *request);

#endif
