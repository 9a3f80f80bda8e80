/* starttrace explain: what a finding means, which clauses it touches, how to fix it. */
#include "cli/options.h"
#include "cli/record.h"

#include <stdio.h>
#include <string.h>

static void
print_kind(const struct query_record *record)
{
	printf("%s\n", record_cell(record, "id"));
	record_print_wrapped("title", record_cell(record, "title"));
	record_print_wrapped("severity", record_cell(record, "severity"));
	record_print_wrapped("meaning", record_cell(record, "sentence"));
	record_print_wrapped("when", record_cell(record, "trigger"));
	record_print_wrapped("how sure", record_cell(record, "confidence"));
	record_print_wrapped("remedy", record_cell(record, "fix"));
}

struct explained {
	bool found;
	bool unsure;            /* a clause was marked */
};

/* Whose clause it is stands before it; what was not checked against the source is marked. */
static void
print_clause(struct explained *explained, const struct query_record *record, const char *label,
	const char *source)
{
	char text[1024];
	const char *note = record_cell(record, "note");
	bool unsure = strcmp(record_cell(record, "certain"), "0") == 0;

	snprintf(text, sizeof(text), "%s %s%s%s%s", record_cell(record, source),
		record_cell(record, "clause"), unsure ? " *" : "", *note != '\0' ? ": " : "", note);
	record_print_wrapped(label, text);
	explained->unsure |= unsure;
}

static void
print_row(void *user, const struct query_record *record)
{
	const char *part = record_cell(record, "part");
	struct explained *explained = user;

	if (strcmp(part, "finding") == 0) {
		print_kind(record);
		explained->found = true;
	} else if (strcmp(part, "verdict") == 0) {
		printf("%s\n", record_cell(record, "word"));
		record_print_wrapped("verdict", record_cell(record, "sentence"));
		explained->found = true;
	} else if (strcmp(part, "remedy") == 0) {
		record_print_wrapped(record_cell(record, "product"), record_cell(record, "setting"));
	} else if (strcmp(part, "clause") == 0) {
		print_clause(explained, record, "clause", "source");
	} else if (explained->found) {
		print_clause(explained, record, "control", "framework");
	}
}

static void
print_id(void *user, const struct query_record *record)
{
	(void)user;
	printf("%-9s %-44s ", record_cell(record, "severity"), record_cell(record, "id"));
	record_print(record_cell(record, "title"));
	printf("\n");
}

int
command_explain(int argc, char **argv)
{
	struct options options;
	struct query *query = NULL;
	struct status status = options_read(argc, argv, "", &options);
	struct explained explained = { 0 };

	if (status_is_ok(&status) && options.operand_count > 1)
		status = status_of(STATUS_USAGE, "usage: starttrace explain FINDING");
	if (status_is_ok(&status))
		status = query_open_catalogue(&query);
	if (status_is_ok(&status) && options.operand_count == 0) {
		printf("usage: starttrace explain FINDING, which is one of\n");
		status = query_run_file(query, "kinds", NULL, 0, print_id, NULL);
	} else if (status_is_ok(&status)) {
		const struct query_parameter kind = { ":kind", options.operands[0], 0 };

		status = query_run_file(query, "explain", &kind, 1, print_row, &explained);
		if (status_is_ok(&status) && !explained.found)
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
