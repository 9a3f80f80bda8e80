/* The auditors' reports.  A report is a file of schema/reports/, whose leading comment says its
 * title and the question it answers; what the answer rests on stands under each. */
#include "report/report.h"

#include "base/text.h"
#include "report/coverage.h"
#include "report/header.h"
#include "report/overview.h"
#include "report/page.h"

#include <errno.h>
#include <string.h>

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

static void
list_names(struct buffer *names)
{
	for (const struct schema_file *file = NULL; (file = header_next(file)) != NULL;)
		buffer_printf(names, "%s%s", names->len > 0 ? ", " : "", header_name(file));
}

void
report_list(FILE *out)
{
	struct header header;

	for (const struct schema_file *file = NULL; (file = header_next(file)) != NULL;) {
		header_read(file->sql, &header);
		fprintf(out, "%-20s %s\n", header_name(file), buffer_text(&header.title));
		header_free(&header);
	}
}

static const char *
report_sql(const char *name)
{
	for (const struct schema_file *file = NULL; (file = header_next(file)) != NULL;)
		if (strcmp(header_name(file), name) == 0)
			return file->sql;
	return NULL;
}

/* The report ----------------------------------------------------------------------------------- */

struct printing {
	struct page               page;
	const struct page_format *format;
};

static void
print_begin(void *user, const struct query_record *columns)
{
	struct printing *printing = user;

	printing->format->begin(&printing->page, columns);
}

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
	struct status status = query_columns(query, sql, print_begin, printing);

	if (status_is_ok(&status))
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

/* Whoever names a standard must not take what is said of all for what is said of it. */
static struct status
check_framework(const struct report_request *request, const char *sql)
{
	bool is_page = request->name == NULL && request->format == REPORT_HTML;

	if (request->scope.framework == NULL || is_page || strstr(sql, ":framework") != NULL)
		return status_ok();
	return status_of(STATUS_USAGE, "--framework: report \"%s\" is not about clauses; report \"controls\" is",
		request->name != NULL ? request->name : "findings");
}

/* One question with what its header says of it. */
static struct status
print_question(FILE *out, struct query *query, const char *sql, const struct report_request *request,
	const struct scope_parameters *asked, const char *basis)
{
	struct header header;
	struct printing printing = {
		.page = { .out = out, .header = &header, .basis = basis, .width = request->width },
		.format = &page_formats[request->format],
	};
	struct status status;

	header_read(sql, &header);
	status = print(&printing, query, sql, asked->list, asked->count);
	if (request->most_r != NULL)
		*request->most_r = printing.page.rows >= header.most ? header.most : 0;
	buffer_free(&printing.page.cells);
	buffer_free(&printing.page.scratch);
	html_free(&printing.page.html);
	header_free(&header);
	return status;
}

struct status
report_print(FILE *out, struct query *query, const struct report_request *request)
{
	const char *name = request->name != NULL ? request->name : "findings", *sql = report_sql(name);
	struct scope_parameters asked;
	struct buffer basis = { 0 };
	struct status status = sql != NULL ? check_framework(request, sql) : no_such_report(name);

	if (status_is_ok(&status))
		status = scope_read(&request->scope, query, &asked);
	if (!status_is_ok(&status))
		return status;
	status = coverage_add(&basis, query, &request->scope, asked.list, asked.count);
	if (status_is_ok(&status) && request->name == NULL && request->format == REPORT_HTML)
		status = overview_print(out, query, &(struct overview_request){
			.parameters = asked.list, .count = asked.count, .basis = buffer_text(&basis),
			.scope = &request->scope });
	else if (status_is_ok(&status))
		status = print_question(out, query, sql, request, &asked, buffer_text(&basis));
	buffer_free(&basis);
	return status;
}

struct status
report_print_answer(FILE *out, struct query *query, const struct report_request *request)
{
	static const struct scope_parameters all = { .count = 0 };
	const char *sql = query_file(request->name);

	if (sql == NULL)
		return status_of(STATUS_USAGE, "there is no question named \"%s\"", request->name);
	return print_question(out, query, sql, request, &all, "");
}
