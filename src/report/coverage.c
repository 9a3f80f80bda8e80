/* The sentences under each report.  They say in what scope it was asked, and count what the captures could not see: an
 * empty answer must not read as "all is well". */
#include "report/coverage.h"

#include "base/table.h"
#include "report/page.h"

#include <string.h>

struct telling {
	struct buffer      *basis;
	const struct scope *scope;
};

static void
add_scope(struct buffer *basis, const struct scope *scope)
{
	if (scope->vantage != NULL) {
		buffer_add_text(basis, " of vantage ");
		page_clean(basis, *scope->vantage != '\0' ? scope->vantage : "\"\"");
	}
	if (scope->network != NULL) {
		buffer_add_text(basis, " with an end in ");
		scope_add_network(basis, scope->network);
	}
	if (scope->since != NULL)
		buffer_printf(basis, " begun since %s", scope->since);
	if (scope->until != NULL)
		buffer_printf(basis, " %s before %s", scope->since != NULL ? "and" : "begun", scope->until);
}

/* The words, and behind them the cell, where it holds anything but nothing. */
static void
add_where_some(struct buffer *basis, const struct query_record *record, const char *words, const char *column)
{
	const char *cell = query_cell(record, column);

	if (*cell != '\0' && strcmp(cell, "0") != 0)
		buffer_printf(basis, " %s %s.", words, cell);
}

/* Of the sessions: in how many of them something is missing, and when they were. */
static void
add_sessions(struct buffer *basis, const struct query_record *record)
{
	static const struct {
		const char *words, *column;
	} counts[] = {
		{ "seen in part", "partial" },
		{ "one side only", "one_sided" },
		{ "with gaps", "with_gaps" },
		{ "while frames were dropped", "with_drops" },
		{ "too little to judge", "undecided" },
	};
	const char *first = query_cell(record, "first"), *last = query_cell(record, "last");

	buffer_printf(basis, ": %s", query_cell(record, "sessions"));
	for (size_t i = 0; *first != '\0' && i < TABLE_LENGTH(counts); i++)
		buffer_printf(basis, "%s%s: %s", i == 0 ? " (" : ", ", counts[i].words,
			query_cell(record, counts[i].column));
	if (*first != '\0')
		buffer_printf(basis, "), from %s to %s", first, last);
	buffer_add_text(basis, ".");
}

static void
add_sentences(void *user, const struct query_record *record)
{
	struct telling *telling = user;
	struct buffer *basis = telling->basis;

	buffer_printf(basis, "Captures read: %s (damaged or broken off: %s). Sessions", query_cell(record, "captures"),
		query_cell(record, "damaged"));
	add_scope(basis, telling->scope);
	add_sessions(basis, record);
	if (telling->scope->framework != NULL) {
		buffer_add_text(basis, " Clauses of ");
		page_clean(basis, telling->scope->framework);
		buffer_add_text(basis, " alone.");
	}
	add_where_some(basis, record, "Frames dropped:", "drops");
	add_where_some(basis, record, "Findings accepted and counted apart:", "accepted");
	add_where_some(basis, record, "Policy in force: SHA-256", "policy");
	buffer_add_text(basis, " Nothing inside TLS was seen; \"starttrace report coverage\" tells what else was not.");
}

struct status
coverage_add(struct buffer *basis, struct query *query, const struct scope *scope,
	const struct query_parameter *parameters, size_t count)
{
	struct telling telling = { .basis = basis, .scope = scope };

	return query_run_file(query, "coverage", parameters, count, add_sentences, &telling);
}
