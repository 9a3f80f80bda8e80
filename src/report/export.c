/* JSON lines out of a database.  Which members a line has, in which order and when, is said by the names of the columns
 * of schema/export/events.sql; here they are only nested and written. */
#include "report/export.h"

#include "base/table.h"
#include "base/text.h"
#include "model/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	MEMBERS_MOST = 96,              /* columns; those of events.sql are fewer */
	DEPTH_MOST = 6,                 /* parts of a path */
	PATH_SIZE = 64,
};

/* What the value of a member is. */
struct form {
	const char *word;
	void      (*write)(struct json *json, const char *name, const char *cell, bool is_number);
	bool        optional;           /* left out where it is NULL */
};

/* A column, taken apart. */
struct member {
	char               path[PATH_SIZE];     /* its dots are NULs */
	const char        *parts[DEPTH_MOST];
	size_t             depth;
	const struct form *form;                /* NULL: a condition */
};

struct exporting {
	FILE         *out;
	struct query *query;
	struct buffer line;
	struct member members[MEMBERS_MOST];
	size_t        member_count;             /* 0 until the first row */
	struct status failed;
};

/* Values ------------------------------------------------------------------------------------------ */

/* A database may come from anywhere: a number is one if it looks like one. */
static bool
is_integer(const char *cell)
{
	const char *digits = cell + (*cell == '-');

	return *digits != '\0' && strspn(digits, "0123456789") == strlen(digits);
}

static void
write_plain(struct json *json, const char *name, const char *cell, bool is_number)
{
	if (is_number && is_integer(cell))
		json_integer(json, name, strtoll(cell, NULL, 10));
	else
		json_text(json, name, span_of(cell));
}

static void
write_bool(struct json *json, const char *name, const char *cell, bool is_number)
{
	(void)is_number;
	json_bool(json, name, strcmp(cell, "0") != 0);
}

static void
write_time(struct json *json, const char *name, const char *cell, bool is_number)
{
	char text[TIME_TEXT_SIZE];

	(void)is_number;
	json_text(json, name, span_of(text_time(strtoll(cell, NULL, 10), text)));
}

static void
write_list(struct json *json, const char *name, const char *cell, bool is_number)
{
	(void)is_number;
	json_open_list(json, name);
	while (*cell != '\0') {
		size_t len = strcspn(cell, ",");

		json_text(json, NULL, span_from(cell, len));
		cell += len + (cell[len] == ',');
	}
	json_close_list(json);
}

static const struct form forms[] = {
	{ "", write_plain, false },
	{ "bool", write_bool, false },
	{ "time", write_time, false },
	{ "optional", write_plain, true },
	{ "list", write_list, true },
};

/* Columns ----------------------------------------------------------------------------------------- */

static void
split_path(struct member *member)
{
	char *at = member->path;

	while (at != NULL && member->depth < DEPTH_MOST) {
		member->parts[member->depth++] = at;
		at = strchr(at, '.');
		if (at != NULL)
			*at++ = '\0';
	}
}

static void
read_column(const char *column, struct member *member_r)
{
	size_t len = strcspn(column, " ");
	const char *word = column + len + (column[len] == ' ');

	*member_r = (struct member){ 0 };
	if (strcmp(column, "if") == 0)
		return;
	memcpy(member_r->path, column, len < PATH_SIZE ? len : PATH_SIZE - 1);
	split_path(member_r);
	member_r->form = &forms[0];
	for (size_t i = 0; i < TABLE_LENGTH(forms); i++)
		if (strcmp(forms[i].word, word) == 0)
			member_r->form = &forms[i];
}

static void
read_columns(struct exporting *exporting, const struct query_record *record)
{
	while (exporting->member_count < record->count && exporting->member_count < MEMBERS_MOST) {
		read_column(record->names[exporting->member_count], &exporting->members[exporting->member_count]);
		exporting->member_count++;
	}
}

/* Lines ------------------------------------------------------------------------------------------- */

/* Leaves the objects that the member before was in, and enters those of this one. */
static void
move(struct json *json, const struct member *before, const struct member *member)
{
	size_t common = 0;

	while (common + 1 < before->depth && common + 1 < member->depth &&
	       strcmp(before->parts[common], member->parts[common]) == 0)
		common++;
	for (size_t i = before->depth; i > common + 1; i--)
		json_close(json);
	for (size_t i = common; i + 1 < member->depth; i++)
		json_open(json, member->parts[i]);
}

static void
write_line(struct exporting *exporting, const struct query_record *record)
{
	static const struct member outermost = { .depth = 1 };
	struct json json = { .out = &exporting->line };
	const struct member *before = &outermost;
	bool is_there = true;

	json_open(&json, NULL);
	for (size_t i = 0; i < exporting->member_count; i++) {
		const struct member *member = &exporting->members[i];
		const char *cell = record->cells[i];

		if (member->form == NULL)
			is_there = cell != NULL && strcmp(cell, "0") != 0;
		if (member->form == NULL || !is_there || (cell == NULL && member->form->optional))
			continue;
		move(&json, before, member);
		before = member;
		if (cell == NULL)
			json_null(&json, member->parts[member->depth - 1]);
		else
			member->form->write(&json, member->parts[member->depth - 1], cell, record->numbers[i]);
	}
	move(&json, before, &outermost);
	json_close(&json);
	buffer_add_text(&exporting->line, "\n");
}

static void
take_row(void *user, const struct query_record *record)
{
	struct exporting *exporting = user;
	struct buffer *line = &exporting->line;

	if (exporting->member_count == 0)
		read_columns(exporting, record);
	buffer_clear(line);
	write_line(exporting, record);
	if (line->failed)
		exporting->failed = status_of(STATUS_NO_MEMORY, "out of memory");
	else if (fwrite(line->at, 1, line->len, exporting->out) != line->len)
		exporting->failed = status_of(STATUS_STORE, "cannot write the lines: %s", strerror(errno));
	if (!status_is_ok(&exporting->failed))
		query_stop(exporting->query);
}

/* The export -------------------------------------------------------------------------------------- */

static const char *const event_words[] = {
	[EXPORT_ALL] = "all",
	[EXPORT_SESSIONS] = "sessions",
	[EXPORT_FINDINGS] = "findings",
};

bool
export_events_from_word(struct span word, enum export_events *events_r)
{
	for (size_t i = 0; i < TABLE_LENGTH(event_words); i++)
		if (span_is(word, event_words[i])) {
			*events_r = (enum export_events)i;
			return true;
		}
	return false;
}

static struct status
print(struct exporting *exporting, struct scope_parameters *asked, enum export_events events)
{
	struct query_parameter parameters[SCOPE_PARAMETERS + 1];
	size_t count = asked->count;
	struct status status;

	memcpy(parameters, asked->list, count * sizeof(*parameters));
	if (events != EXPORT_ALL)
		parameters[count++] = (struct query_parameter){ .name = ":events", .text = event_words[events] };
	status = query_run_file(exporting->query, "export/events", parameters, count, take_row, exporting);
	if (status_is_ok(&status))
		status = exporting->failed;
	if (status_is_ok(&status) && (fflush(exporting->out) != 0 || ferror(exporting->out)))
		status = status_of(STATUS_STORE, "cannot write the lines: %s", strerror(errno));
	return status;
}

struct status
export_print(FILE *out, struct query *query, const struct scope *scope, enum export_events events)
{
	struct exporting *exporting = calloc(1, sizeof(*exporting));
	struct scope_parameters asked;
	struct status status;

	if (exporting == NULL)
		return status_of(STATUS_NO_MEMORY, "out of memory");
	*exporting = (struct exporting){ .out = out, .query = query, .failed = status_ok() };
	status = scope_read(scope, query, &asked);
	if (status_is_ok(&status))
		status = print(exporting, &asked, events);
	buffer_free(&exporting->line);
	free(exporting);
	return status;
}
