/* What a run tells at its end, out of its database. */
#ifndef STARTTRACE_CLI_SUMMARY_H
#define STARTTRACE_CLI_SUMMARY_H

#include "base/status.h"
#include "model/words.h"

/* Prints what a person can act on: verdicts, findings by severity, what presses most. */
struct status summary_print(const char *database);

/* Prints the run's sessions and findings, one JSON object a line. */
struct status summary_print_json(const char *database);

/* Whether the run has a finding of at least this severity that is more than possible. */
struct status summary_gate(const char *database, enum severity severity, bool *met_r);

#endif
