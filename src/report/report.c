/* The auditors' reports.  A report is a file of schema/reports/, whose leading comment says its
 * title and the question it answers; what the answer rests on stands under each. */
#include "report/report.h"

#include "base/text.h"
#include "report/coverage.h"
#include "report/page.h"
#include "report/scope.h"
#include "store/schema.h"

#include <errno.h>
#include <string.h>

static const char folder[] = "reports/";

bool
report_format_from_word(struct span word, enum report_format *format_r)
{
	for (size_t i = 0; i < page_format_count; i++)
		if (span_is(word, page_formats[i].word)) {
			*format_r = (enum report_format)i;
			return true;
		}
	return false;
}

void
report_text(FILE *out, const char *cell)
{
	struct buffer clean = { 0 };

	page_clean(&clean, cell);
	fputs(buffer_text(&clean), out);
	buffer_free(&clean);
}

/* What is known of the report itself ----------------------------------------------------------- */

/* Adds what stands behind "-- KEY: " in the leading comment, with the lines that continue it. */
static void
header_value(const char *sql, const char *key, struct buffer *value)
{
	struct span rest = span_of(sql), line;
	bool is_in = false;

	while (span_take_line(&rest, &line) && span_starts(line, "--")) {
		struct span text = span_trim(span_after(line, 2));
		bool continues = span_starts(line, "--   ");

		if (!continues)
			is_in = span_starts(text, key) &&
			        span_starts(span_after(text, strlen(key)), ":");
		if (!is_in)
			continue;
		buffer_add_text(value, continues ? " " : "");
		buffer_add(value, continues ? text : span_trim(span_after(text, strlen(key) + 1)));
	}
}

static void
list_names(struct buffer *names)
{
	for (const struct schema_file *file = schema_files; file->name != NULL; file++)
		if (strncmp(file->name, folder, strlen(folder)) == 0)
			buffer_printf(names, "%s%s", names->len > 0 ? ", " : "",
				file->name + strlen(folder));
}

void
report_list(FILE *out)
{
	struct buffer title = { 0 };

	for (const struct schema_file *file = schema_files; file->name != NULL; file++) {
		if (strncmp(file->name, folder, strlen(folder)) != 0)
			continue;
		buffer_clear(&title);
		header_value(file->sql, "title", &title);
		fprintf(out, "%-20s %s\n", file->name + strlen(folder), buffer_text(&title));
	}
	buffer_free(&title);
}

static const char *
report_sql(const char *name)
{
	for (const struct schema_file *file = schema_files; file->name != NULL; file++)
		if (strncmp(file->name, folder, strlen(folder)) == 0 &&
		    strcmp(file->name + strlen(folder), name) == 0)
			return file->sql;
	return NULL;
}

/* The report ----------------------------------------------------------------------------------- */

struct printing {
	struct page               page;
	const struct page_format *format;
};

static void
print_row(void *user, const struct query_record *record)
{
	struct printing *printing = user;

	printing->format->row(&printing->page, record);
	printing->page.rows++;
}

static struct status
print(struct printing *printing, struct query *query, const char *sql,
	const struct query_parameter *parameters, size_t count)
{
	struct status status;

	printing->format->begin(&printing->page);
	status = query_run(query, sql, parameters, count, print_row, printing);
	if (!status_is_ok(&status))
		return status;
	if (printing->page.cells.failed || printing->page.scratch.failed)
		return status_of(STATUS_NO_MEMORY,
			"out of memory: narrow the report with --since and --until");
	printing->format->end(&printing->page);
	if (fflush(printing->page.out) != 0 || ferror(printing->page.out))
		return status_of(STATUS_STORE, "cannot write the report: %s", strerror(errno));
	return status;
}

static struct status
no_such_report(const char *name)
{
	struct buffer names = { 0 };
	struct status status;

	list_names(&names);
	status = status_of(STATUS_USAGE, "there is no report \"%s\"; there are: %s", name,
		buffer_text(&names));
	buffer_free(&names);
	return status;
}

static struct scope
scope_of(const struct report_request *request)
{
	return (struct scope){
		.since = request->since,
		.until = request->until,
		.vantage = request->vantage,
		.network = request->network,
		.framework = request->framework,
	};
}

struct status
report_print(FILE *out, struct query *query, const struct report_request *request)
{
	const struct scope scope = scope_of(request);
	struct scope_parameters asked;
	struct buffer title = { 0 }, question = { 0 }, basis = { 0 };
	struct printing printing = { .page.out = out, .format = &page_formats[request->format] };
	const char *sql = report_sql(request->name);
	struct status status = scope_read(&scope, &asked);

	if (status_is_ok(&status) && sql == NULL)
		status = no_such_report(request->name);
	if (!status_is_ok(&status))
		return status;
	header_value(sql, "title", &title);
	header_value(sql, "question", &question);
	status = coverage_add(&basis, query, request, asked.list, asked.count);
	printing.page.title = buffer_text(&title);
	printing.page.question = buffer_text(&question);
	printing.page.basis = buffer_text(&basis);
	if (status_is_ok(&status))
		status = print(&printing, query, sql, asked.list, asked.count);
	buffer_free(&printing.page.cells);
	buffer_free(&printing.page.scratch);
	buffer_free(&title);
	buffer_free(&question);
	buffer_free(&basis);
	return status;
}

struct status
report_print_answer(FILE *out, struct query *query, const char *name, enum report_format format)
{
	struct buffer title = { 0 }, question = { 0 }, limits = { 0 };
	struct printing printing = { .page.out = out, .format = &page_formats[format] };
	const char *sql = query_file(name);
	struct status status;

	if (sql == NULL)
		return status_of(STATUS_USAGE, "there is no question named \"%s\"", name);
	header_value(sql, "title", &title);
	header_value(sql, "question", &question);
	header_value(sql, "limits", &limits);
	printing.page.title = buffer_text(&title);
	printing.page.question = buffer_text(&question);
	printing.page.basis = buffer_text(&limits);
	status = print(&printing, query, sql, NULL, 0);
	buffer_free(&printing.page.cells);
	buffer_free(&printing.page.scratch);
	buffer_free(&title);
	buffer_free(&question);
	buffer_free(&limits);
	return status;
}
