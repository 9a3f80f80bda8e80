/* starttrace explain: what a finding means, which clauses it touches, how to fix it. */
#include "cli/options.h"
#include "cli/record.h"
#include "cli/usage.h"

#include "base/table.h"
#include "store/query.h"

#include <stdio.h>
#include <string.h>

static void
print_kind(const struct query_record *record)
{
	printf("%s: ", query_cell(record, "id"));
	record_print(query_cell(record, "title"));
	printf("\n\n");
	record_print_wrapped("severity", query_cell(record, "severity"));
	record_print_wrapped("meaning", query_cell(record, "sentence"));
	record_print_wrapped("when", query_cell(record, "trigger"));
	record_print_wrapped("how sure", query_cell(record, "confidence"));
	record_print_wrapped("remedy", query_cell(record, "fix"));
}

static void
print_verdict(const struct query_record *record)
{
	printf("%s: a verdict\n\n", query_cell(record, "word"));
	record_print_wrapped("meaning", query_cell(record, "sentence"));
}

static void
print_remedy(const struct query_record *record)
{
	record_print_wrapped(query_cell(record, "product"), query_cell(record, "setting"));
}

/* What was not checked against the source is marked. */
static void
print_clause(const struct query_record *record)
{
	char text[1024];
	const char *note = query_cell(record, "note");
	bool unsure = strcmp(query_cell(record, "certain"), "0") == 0;

	snprintf(text, sizeof(text), "%s%s%s%s", query_cell(record, "clause"), unsure ? " *" : "",
		*note != '\0' ? ": " : "", note);
	record_print_wrapped("          -", text);
}

static const struct part {
	const char *word, *title;
	void (*print)(const struct query_record *record);
} parts[] = {
	{ "finding", NULL,                              print_kind },
	{ "verdict", NULL,                              print_verdict },
	{ "remedy",  "Where to set it",                 print_remedy },
	{ "clause",  "What it goes against or rests on", print_clause },
	{ "control", "Controls that it touches",        print_clause },
};

struct explained {
	const struct part *part;        /* the one of the row before; NULL: nothing was found yet */
	bool unsure;                    /* a clause was marked */
};

/* The rows of one part come together.  Controls go by the beginning of the word, so they come even for one that means
 * nothing. */
static void
print_row(void *user, const struct query_record *record)
{
	struct explained *explained = user;
	const char *word = query_cell(record, "part");

	for (size_t i = 0; i < TABLE_LENGTH(parts); i++) {
		if (strcmp(parts[i].word, word) != 0)
			continue;
		if (explained->part == NULL && parts[i].title != NULL)
			return;
		if (explained->part != &parts[i] && parts[i].title != NULL)
			printf("\n%s\n", parts[i].title);
		explained->part = &parts[i];
		parts[i].print(record);
	}
	explained->unsure |= strcmp(query_cell(record, "certain"), "0") == 0;
}

static void
print_id(void *user, const struct query_record *record)
{
	(void)user;
	printf("%-9s %-44s ", query_cell(record, "severity"), query_cell(record, "id"));
	record_print(query_cell(record, "title"));
	printf("\n");
}

int
command_explain(int argc, char **argv)
{
	struct options options;
	struct query *query = NULL;
	struct status status = options_read(argc, argv, FOR_EXPLAIN, &options);
	struct explained explained = { 0 };

	if (status_is_ok(&status) && options.help) {
		printf(USAGE(USAGE_EXPLAIN) "; without one, all are listed\n");
		return EXIT_DONE;
	}
	if (status_is_ok(&status) && options.operand_count > 1)
		status = status_of(STATUS_USAGE, USAGE(USAGE_EXPLAIN));
	if (status_is_ok(&status))
		status = query_open_catalogue(&query);
	if (status_is_ok(&status) && options.operand_count == 0) {
		status = query_run_file(query, "kinds", NULL, 0, print_id, NULL);
	} else if (status_is_ok(&status)) {
		const struct query_parameter kind = { .name = ":kind", .text = options.operands[0] };

		status = query_run_file(query, "explain", &kind, 1, print_row, &explained);
		if (status_is_ok(&status) && explained.part == NULL)
			status = status_of(STATUS_USAGE, "no finding or verdict is called \"%s\"; "
				"\"starttrace explain\" lists them", options.operands[0]);
		if (explained.unsure)
			printf("\n* from working knowledge: verify the clause before quoting it\n");
	}
	query_close(&query);
	if (status_is_ok(&status))
		return EXIT_DONE;
	complain(&status);
	return status.code == STATUS_USAGE ? EXIT_USAGE : EXIT_INPUT;
}
