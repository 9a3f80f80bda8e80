/* Sessions and findings of a database as JSON lines, in the shape in which a sensor tells them (JSON LINES in the
 * manual page), for whoever collects events. */
#ifndef STARTTRACE_REPORT_EXPORT_H
#define STARTTRACE_REPORT_EXPORT_H

#include "base/span.h"
#include "report/scope.h"

#include <stdio.h>

enum export_events {
	EXPORT_ALL,
	EXPORT_SESSIONS,
	EXPORT_FINDINGS,
};

/* False, leaving *events_r alone, for a word that is none: "all", "sessions", "findings". */
bool export_events_from_word(struct span word, enum export_events *events_r);

/* Writes a line an event, by time, the findings of a session before the session.  Holds one line at a time, whatever
 * the database holds; its keys are sorted on disk where they are many.  Stops at the first line that cannot be
 * written. */
struct status export_print(FILE *out, struct query *query, const struct scope *scope, enum export_events events);

#endif
