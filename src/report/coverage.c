/* The sentences under each report.  They say in what scope it was asked, and count what the captures could not see: an
 * empty answer must not read as "all is well". */
#include "report/coverage.h"

#include "report/page.h"

#include <string.h>

/* Columns of schema/coverage.sql. */
enum column {
	CAPTURES,
	DAMAGED,
	SESSIONS,
	PARTIAL,
	ONE_SIDED,
	WITH_GAPS,
	WITH_DROPS,
	UNDECIDED,
	FIRST,
	LAST,
	ACCEPTED,
	DROPS,
	POLICY,
	COLUMNS
};

enum { V4_BITS_BEFORE = 96 };   /* of the mapped form */

struct telling {
	struct buffer               *basis;
	const struct report_request *request;
};

static void
add_network(struct buffer *basis, const struct network *network)
{
	char text[ADDRESS_TEXT_SIZE];
	bool is_v4 = address_is_v4(&network->address) && network->bits >= V4_BITS_BEFORE;

	buffer_printf(basis, " with an end in %s/%u", address_text(&network->address, text),
		is_v4 ? network->bits - V4_BITS_BEFORE : network->bits);
}

static void
add_scope(struct buffer *basis, const struct report_request *request)
{
	if (request->vantage != NULL) {
		buffer_add_text(basis, " of vantage ");
		page_clean(basis, request->vantage);
	}
	if (request->network != NULL)
		add_network(basis, request->network);
	if (request->since != NULL)
		buffer_printf(basis, " begun since %s", request->since);
	if (request->until != NULL)
		buffer_printf(basis, " %s before %s", request->since != NULL ? "and" : "begun", request->until);
}

static bool
is_some(const char *cell)
{
	return cell != NULL && *cell != '\0' && strcmp(cell, "0") != 0;
}

static void
add_sentences(void *user, const struct query_record *record)
{
	struct telling *telling = user;
	struct buffer *basis = telling->basis;
	const char *const *cells = record->cells;

	if (record->count != COLUMNS)
		return;
	buffer_printf(basis, "Captures read: %s (damaged or broken off: %s). Sessions", cells[CAPTURES],
		cells[DAMAGED]);
	add_scope(basis, telling->request);
	buffer_printf(basis, ": %s", cells[SESSIONS]);
	if (cells[FIRST] != NULL && cells[LAST] != NULL)
		buffer_printf(basis, " (seen in part: %s, one side only: %s, with gaps: %s, while frames were dropped: "
			"%s, too little to judge: %s), from %s to %s", cells[PARTIAL], cells[ONE_SIDED],
			cells[WITH_GAPS], cells[WITH_DROPS], cells[UNDECIDED], cells[FIRST], cells[LAST]);
	buffer_add_text(basis, ".");
	if (is_some(cells[DROPS]))
		buffer_printf(basis, " Frames dropped: %s.", cells[DROPS]);
	if (is_some(cells[ACCEPTED]))
		buffer_printf(basis, " Findings accepted and counted apart: %s.", cells[ACCEPTED]);
	if (is_some(cells[POLICY]))
		buffer_printf(basis, " Policy in force: SHA-256 %s.", cells[POLICY]);
	buffer_add_text(basis, " Nothing inside TLS was seen; \"starttrace report coverage\" tells what else was not.");
}

struct status
coverage_add(struct buffer *basis, struct query *query, const struct report_request *request,
	const struct query_parameter *parameters, size_t count)
{
	struct telling telling = { .basis = basis, .request = request };

	return query_run_file(query, "coverage", parameters, count, add_sentences, &telling);
}
