/* What a report rests on, in sentences: which captures, how many sessions, and what they could not show.  For this room
 * only. */
#ifndef STARTTRACE_REPORT_COVERAGE_H
#define STARTTRACE_REPORT_COVERAGE_H

#include "base/buffer.h"
#include "report/scope.h"

/* Adds the sentences to `basis`: about the sessions of this scope, which `parameters` hold as every report has them.
 * On failure `basis` is as it was. */
struct status coverage_add(struct buffer *basis, struct query *query, const struct scope *scope,
	const struct query_parameter *parameters, size_t count);

#endif
