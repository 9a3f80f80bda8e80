/* The reports of schema/reports/ as sections of the page about everything, the longest cut and counted. */
#include "report/header.h"
#include "report/overview_private.h"

#include <ctype.h>

/* A table that may be cut. */
struct cut_table {
	struct overview *overview;
	const char      *caption;
	size_t           bytes;         /* it may take, */
	size_t           rows;          /* and so many rows */
	size_t           begun_at;      /* bytes of the page before it */
	size_t           printed;
	bool             is_cut;
	uint64_t         seen;          /* rows, shown or not */
	uint64_t         known;         /* how many there are; 0: to be counted */
};

/* Reports that stand in a section about their subject. */
static bool
has_a_home(const char *name)
{
	return strcmp(name, "accepted") == 0 || strcmp(name, "manifest") == 0;
}

static void
take_row(void *user, const struct query_record *record)
{
	struct cut_table *table = user;
	struct html *html = table->overview->html;

	table->seen++;
	if (table->is_cut)
		return;
	if (table->printed == 0)
		html_table_begin(html, table->caption, record);
	table->is_cut = table->printed == table->rows || html->bytes - table->begun_at > table->bytes;
	if (table->is_cut)
		return;
	html_table_row(html, record, &table->overview->links);
	table->printed++;
}

/* The same question, asked for no more rows than are shown and one. */
static void
limit_rows(struct buffer *question, const char *sql, size_t rows)
{
	size_t len = strlen(sql);

	while (len > 0 && (isspace((unsigned char)sql[len - 1]) || sql[len - 1] == ';'))
		len--;
	buffer_add_text(question, "SELECT * FROM (\n");
	buffer_add(question, span_from(sql, len));
	buffer_printf(question, "\n) LIMIT %zu", rows + 1);
}

/* Prints the first rows, and counts the others where their number is not known: to ask for it would be as dear as to
 * look at them. */
static struct status
print_rows(struct cut_table *table, const char *sql)
{
	struct overview *overview = table->overview;
	const struct overview_request *request = overview->request;
	struct buffer question = { 0 };
	struct status status;

	if (table->known > 0)
		limit_rows(&question, sql, table->rows);
	if (question.failed)
		return status_of(STATUS_NO_MEMORY, "out of memory");
	table->begun_at = overview->html->bytes;
	overview->html->most = OVERVIEW_CELL;
	status = query_run(overview->query, table->known > 0 ? buffer_text(&question) : sql, request->parameters,
		request->count, take_row, table);
	overview->html->most = 0;
	if (table->printed > 0)
		html_table_end(overview->html);
	if (table->known > table->seen)
		table->seen = table->known;
	buffer_free(&question);
	return status;
}

static size_t
report_count(void)
{
	size_t count = 0;

	for (const struct schema_file *file = NULL; (file = header_next(file)) != NULL;)
		count++;
	return count;
}

/* One row a finding: how many there are is known, and there may be millions to count. */
static uint64_t
known_rows(const struct figures *figures, const char *name)
{
	uint64_t findings = 0;

	for (size_t i = 0; i < FIGURES_SEVERITIES; i++)
		findings += figures->severities[i].findings + figures->severities[i].accepted;
	return strcmp(name, "findings") == 0 ? findings : 0;
}

static void
print_remarks(struct html *html, struct header *header)
{
	if (!header_has_remarks(header))
		return;
	html_print(html, "<details class=\"remarks\"><summary>How to read it<span class=\"hidden\">: "
		"%s</span></summary>\n"
		"<dl>\n", buffer_text(&header->title));
	header_remarks(header, html);
	html_print(html, "</dl>\n</details>\n");
}

void
overview_command(struct overview *overview, const char *name)
{
	struct buffer options = { 0 };

	scope_add_options(&options, overview->request->scope, strcmp(name, "controls") == 0);
	html_print(overview->html, "<code>starttrace report %s%s</code>", name, buffer_text(&options));
	buffer_free(&options);
}

static struct status
print_report(struct overview *overview, const struct schema_file *file)
{
	const char *name = header_name(file);
	struct header header;
	struct cut_table table = { .overview = overview, .bytes = OVERVIEW_REPORTS_BYTES / report_count(),
		.rows = OVERVIEW_ROWS, .known = known_rows(overview->figures, name) };
	struct html *html = overview->html;
	struct status status;

	header_read(file->sql, &header);
	table.caption = buffer_text(&header.title);
	html_print(html, "<section class=\"report\" id=\"report-%s\" aria-labelledby=\"report-%s-title\">\n"
		"<h3 id=\"report-%s-title\">%s</h3>\n<p class=\"question\">%s</p>\n", name, name, name,
		buffer_text(&header.title), buffer_text(&header.question));
	status = print_rows(&table, file->sql);
	if (table.is_cut)
		html_print(html, "<p class=\"more\">%lld more: ", (long long)(table.seen - table.printed));
	else
		html_print(html, "<p class=\"more\">%zu %s: ", table.printed, table.printed == 1 ? "row" : "rows");
	overview_command(overview, name);
	/* what has a row a finding is itself limited: its header says to how many */
	html_print(html, table.is_cut && table.known > 0
		? "; the view <code>v_finding</code> has all</p>\n" : "</p>\n");
	print_remarks(html, &header);
	html_print(html, "</section>\n");
	header_free(&header);
	return status;
}

struct status
overview_reports(struct overview *overview)
{
	struct status status = status_ok();

	html_print(overview->html, "<ul class=\"list\">\n");
	for (const struct schema_file *file = NULL; (file = header_next(file)) != NULL;) {
		struct header header;

		header_read(file->sql, &header);
		html_print(overview->html, "<li><a href=\"#report-%s\">%s</a></li>\n", header_name(file),
			buffer_text(&header.title));
		header_free(&header);
	}
	html_print(overview->html, "</ul>\n");
	for (const struct schema_file *file = NULL; (file = header_next(file)) != NULL && status_is_ok(&status);)
		if (!has_a_home(header_name(file)))
			status = print_report(overview, file);
	return status;
}

struct status
overview_report(struct overview *overview, const char *name)
{
	for (const struct schema_file *file = NULL; (file = header_next(file)) != NULL;)
		if (strcmp(header_name(file), name) == 0)
			return print_report(overview, file);
	return status_ok();
}

struct status
overview_captures(struct overview *overview)
{
	struct cut_table table = { .overview = overview, .caption = "Captures, in the order of time",
		.bytes = OVERVIEW_CAPTURES_BYTES, .rows = OVERVIEW_CAPTURES };
	struct status status = print_rows(&table, query_file("captures"));

	if (table.is_cut) {
		html_print(overview->html, "<p class=\"more\">%lld more: ", (long long)(table.seen - table.printed));
		overview_command(overview, "manifest");
		html_print(overview->html, "</p>\n");
	}
	return status;
}
