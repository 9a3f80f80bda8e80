/* What a run tells at its end, out of its database. */
#include "cli/summary.h"

#include "cli/options.h"
#include "cli/record.h"

#include "base/table.h"
#include "base/text.h"
#include "store/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct summing {
	const char *database;
	const char *part;       /* that was headed last, or NULL */
};

/* Prints the heading of a part when its first row comes. */
static void
heading(const char **part, const char *now)
{
	static const struct {
		const char *part, *title;
	} titles[] = {
		{ "verdict", "How they were protected" },
		{ "exposed", "What crossed in clear" },
		{ "severity", "Findings" },
		{ "pressing", "Most pressing" },
		{ "tampering", "Signs of tampering: suspected from 30 points on, likely from 60 on, or proven by one" },
	};

	for (size_t i = 0; i < TABLE_LENGTH(titles); i++)
		if (strcmp(titles[i].part, now) == 0 && (*part == NULL || strcmp(*part, now) != 0)) {
			printf("\n%s\n", titles[i].title);
			*part = titles[i].part;
		}
}

/* What a person may run next. */
static void
print_show(const char *database, const char *session, int length)
{
	printf("          starttrace show");
	print_database_option(database);
	printf(" %.*s\n", length, session);
}

static void
print_pressing(const char *database, const struct query_record *record)
{
	const char *sessions = query_cell(record, "sessions");
	int first = (int)strcspn(sessions, " ");

	printf("  %6s  ", query_cell(record, "count"));
	record_print(query_cell(record, "title"));
	printf("\n          starttrace explain %s\n", query_cell(record, "word"));
	if (first > 0)
		print_show(database, sessions, first);
}

/* Why a session is suspected, in one line. */
static void
print_tampering(const char *database, const struct query_record *record)
{
	const char *session = query_cell(record, "sessions");

	printf("  %6s  %s: %s\n", query_cell(record, "count"), query_cell(record, "word"), query_cell(record, "title"));
	print_show(database, session, (int)strlen(session));
}

static void
print_row(void *user, const struct query_record *record)
{
	static const struct {
		const char *word, *says;
	} exposed[] = {
		{ "credential", "sessions with a password or token" },
		{ "content", "sessions with whole messages" },
	};
	struct summing *summing = user;
	const char *part = query_cell(record, "part"), *word = query_cell(record, "word");
	const char *says = query_cell(record, "title");

	/* a heading with nothing below it would look like something that is missing */
	if (strcmp(part, "exposed") == 0 && strcmp(query_cell(record, "count"), "0") == 0)
		return;
	heading(&summing->part, part);
	for (size_t i = 0; strcmp(part, "exposed") == 0 && i < TABLE_LENGTH(exposed); i++)
		if (strcmp(word, exposed[i].word) == 0)
			says = exposed[i].says;
	if (strcmp(part, "sessions") == 0)
		printf("%s sessions judged.\n", query_cell(record, "count"));
	else if (strcmp(part, "pressing") == 0)
		print_pressing(summing->database, record);
	else if (strcmp(part, "tampering") == 0)
		print_tampering(summing->database, record);
	else if (strcmp(part, "severity") == 0)
		printf("  %6s  %s%s%s\n", query_cell(record, "count"), word, *says != '\0' ? ", " : "", says);
	else if (strcmp(part, "exposed") != 0)
		printf("  %6s  %-22s %s\n", query_cell(record, "count"), word, says);
	else
		printf("  %6s  %s\n", query_cell(record, "count"), says);
}

struct status
summary_print(const char *database)
{
	struct summing summing = { .database = database };
	struct query *query = NULL;
	struct status status = query_open(database, &query);

	if (status_is_ok(&status))
		status = query_run_file(query, "summary", NULL, 0, print_row, &summing);
	query_close(&query);
	return status;
}

static void
print_object(void *user, const struct query_record *record)
{
	struct buffer line = { 0 };

	(void)user;
	for (size_t i = 0; i < record->count; i++) {
		buffer_add_text(&line, i == 0 ? "{" : ",");
		text_json(&line, span_of(record->names[i]));
		buffer_add_text(&line, ":");
		if (record->cells[i] == NULL)
			buffer_add_text(&line, "null");
		else if (record->numbers[i])
			buffer_add_text(&line, record->cells[i]);
		else
			text_json(&line, span_of(record->cells[i]));
	}
	printf("%s}\n", buffer_text(&line));
	buffer_free(&line);
}

struct status
summary_print_json(const char *database)
{
	struct query *query = NULL;
	struct status status = query_open(database, &query);

	if (status_is_ok(&status))
		status = query_run_file(query, "run", NULL, 0, print_object, NULL);
	query_close(&query);
	return status;
}

static void
take_count(void *user, const struct query_record *record)
{
	bool *met = user;

	*met = record->count == 1 && record->cells[0] != NULL && strcmp(record->cells[0], "0") != 0;
}

struct status
summary_gate(const char *database, enum severity severity, bool *met_r)
{
	const struct query_parameter parameter = { .name = ":severity", .text = severity_word(severity) };
	struct query *query = NULL;
	struct status status = query_open(database, &query);

	*met_r = false;
	if (status_is_ok(&status))
		status = query_run_file(query, "gate", &parameter, 1, take_count, met_r);
	query_close(&query);
	return status;
}
