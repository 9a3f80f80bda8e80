/* The auditors' reports.  A report is a file of schema/reports/, whose leading comment says its
 * title and the question it answers; what the answer rests on stands under each. */
#include "report/report.h"

#include "base/text.h"
#include "report/coverage.h"
#include "report/page.h"
#include "store/schema.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum {
	TIME_SIZE = sizeof("2024-05-01T12:00:00.000000Z"),
	PARAMETERS = 6,
};

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

/* Times as people write them ------------------------------------------------------------------- */

/* Fills in what a shortened time leaves out, so that it compares as text with the times of the
 * views. */
static bool
complete_time(const char *given, char out[TIME_SIZE])
{
	static const char beginning[] = "0000-01-01T00:00:00.000000Z";
	static const size_t whole_parts[] = { 4, 7, 10, 13, 16, 19 };
	size_t len = strlen(given), parts = 0;

	memcpy(out, beginning, sizeof(beginning));
	if (len > 0 && len < sizeof(beginning) && toupper((unsigned char)given[len - 1]) == 'Z')
		len--;
	if (len >= sizeof(beginning) - 1)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool is_digit = isdigit((unsigned char)beginning[i]) != 0;
		bool is_t = beginning[i] == 'T' && (given[i] == 't' || given[i] == ' ');

		if (is_digit && !isdigit((unsigned char)given[i]))
			return false;
		if (!is_digit && !is_t && given[i] != beginning[i])
			return false;
		out[i] = is_digit ? given[i] : beginning[i];
	}
	for (size_t i = 0; i < sizeof(whole_parts) / sizeof(whole_parts[0]); i++)
		parts += len == whole_parts[i];
	return parts > 0 || len > 20;
}

/* Each part of a completed time is one that a calendar and a clock have. */
static bool
time_exists(const char *time)
{
	static const struct {
		size_t at;
		int    least, most;
	} parts[] = { { 5, 1, 12 }, { 8, 1, 31 }, { 11, 0, 23 }, { 14, 0, 59 }, { 17, 0, 60 } };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		int value = (time[parts[i].at] - '0') * 10 + time[parts[i].at + 1] - '0';

		if (value < parts[i].least || value > parts[i].most)
			return false;
	}
	return true;
}

static struct status
read_time(const char *option, const char *given, char out[TIME_SIZE])
{
	if (given == NULL || (complete_time(given, out) && time_exists(out)))
		return status_ok();
	return status_of(STATUS_USAGE,
		"%s: \"%s\" is no time; write it like 2024-05-01 or 2024-05-01T12:30:00 (UTC)",
		option, given);
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

/* What was asked for, as the parameters of every report have it. */
struct asked {
	char           since[TIME_SIZE], until[TIME_SIZE];
	struct address network_first, network_last;
};

static struct status
read_request(const struct report_request *request, struct asked *asked_r)
{
	struct status status = read_time("--since", request->since, asked_r->since);

	if (status_is_ok(&status))
		status = read_time("--until", request->until, asked_r->until);
	if (request->network != NULL)
		network_range(request->network, &asked_r->network_first, &asked_r->network_last);
	return status;
}

/* What is not asked for is left out, and thereby NULL. */
static size_t
parameters_of(const struct report_request *request, const struct asked *asked,
	struct query_parameter parameters_r[PARAMETERS])
{
	size_t count = 0;

	if (request->since != NULL)
		parameters_r[count++] = (struct query_parameter){ .name = ":since", .text = asked->since };
	if (request->until != NULL)
		parameters_r[count++] = (struct query_parameter){ .name = ":until", .text = asked->until };
	if (request->vantage != NULL)
		parameters_r[count++] = (struct query_parameter){ .name = ":vantage", .text = request->vantage };
	if (request->framework != NULL)
		parameters_r[count++] = (struct query_parameter){ .name = ":framework", .text = request->framework };
	if (request->network != NULL) {
		parameters_r[count++] = (struct query_parameter){ .name = ":network_first",
			.blob = span_from(asked->network_first.octets, sizeof(asked->network_first.octets)) };
		parameters_r[count++] = (struct query_parameter){ .name = ":network_last",
			.blob = span_from(asked->network_last.octets, sizeof(asked->network_last.octets)) };
	}
	return count;
}

struct status
report_print(FILE *out, struct query *query, const struct report_request *request)
{
	struct asked asked;
	struct query_parameter parameters[PARAMETERS];
	struct buffer title = { 0 }, question = { 0 }, basis = { 0 };
	struct printing printing = { .page.out = out, .format = &page_formats[request->format] };
	const char *sql = report_sql(request->name);
	size_t count;
	struct status status = read_request(request, &asked);

	if (status_is_ok(&status) && sql == NULL)
		status = no_such_report(request->name);
	if (!status_is_ok(&status))
		return status;
	count = parameters_of(request, &asked, parameters);
	header_value(sql, "title", &title);
	header_value(sql, "question", &question);
	status = coverage_add(&basis, query, request, parameters, count);
	printing.page.title = buffer_text(&title);
	printing.page.question = buffer_text(&question);
	printing.page.basis = buffer_text(&basis);
	if (status_is_ok(&status))
		status = print(&printing, query, sql, parameters, count);
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
