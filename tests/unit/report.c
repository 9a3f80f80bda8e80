/* Reports on paper: what each format makes of ordinary and of hostile cells, and of the times
 * people write. */
#include "shared/store_sample.h"

#include "report/page.h"
#include "report/report.h"
#include "store/schema.h"
#include "store/store_private.h"

#include <sqlite3.h>

static struct buffer printed;

/* Runs the call with a stream in memory and keeps what it wrote in `printed`. */
#define capture_output(out, call)                                       \
	do {                                                            \
		char *text_ = NULL;                                     \
		size_t len_ = 0;                                        \
		FILE *out = open_memstream(&text_, &len_);              \
		assert_non_null(out);                                   \
		call;                                                   \
		fclose(out);                                            \
		buffer_clear(&printed);                                 \
		buffer_add(&printed, span_from(text_, len_));           \
		free(text_);                                            \
	} while (0)

static void
print_report(struct query *query, const struct report_request *request)
{
	capture_output(out, assert_ok(report_print(out, query, request)));
}

/* Changes a database as somebody else may have done. */
static void
change(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void
print_record(FILE *out, enum report_format format, const char *name, const char *cell,
	bool is_number)
{
	struct header header = { 0 };
	struct page page = { .out = out, .header = &header, .basis = "." };
	struct query_record record = { .count = 1, .names = &name, .cells = &cell,
		.numbers = &is_number };

	page_formats[format].begin(&page, &record);
	page_formats[format].row(&page, &record);
	page.rows++;
	page_formats[format].end(&page);
	header_free(&header);
	buffer_free(&page.cells);
	buffer_free(&page.scratch);
}

static void
hostile_cells_stay_in_their_cell(void **state)
{
	static const struct {
		const char *cell;
		bool        is_number;
		const char *csv, *json, *html, *text;
	} cases[] = {
		{ "plain", false, "plain", "\"plain\"", "plain", "plain" },
		{ NULL, false, "", "null", "<span class=\"none\">-</span>", "-" },
		{ "", false, "", "\"\"", "", "" },
		{ "5", true, "5", "5", "5", "5" },
		{ "-5", true, "-5", "-5", "-5", "-5" },
		{ "-5", false, "\"'-5\"", "\"-5\"", "-5", "-5" },
		{ "Inf", true, "Inf", "\"Inf\"", "Inf", "Inf" },
		{ "=1+1", false, "\"'=1+1\"", "\"=1+1\"", "=1+1", "=1+1" },
		{ "@SUM(A1)", false, "\"'@SUM(A1)\"", "\"@SUM(A1)\"", "@SUM(A1)", "@SUM(A1)" },
		{ "+1", false, "\"'+1\"", "\"+1\"", "+1", "+1" },
		{ "\tx", false, "\"'\\x09x\"", "\"\\\\x09x\"", "\\x09x", "\\x09x" },
		{ "\rx", false, "\"'\\x0dx\"", "\"\\\\x0dx\"", "\\x0dx", "\\x0dx" },
		{ "\xef\xbc\x9d" "1", false, "\"'\xef\xbc\x9d" "1\"", "\"\xef\xbc\x9d" "1\"", "\xef\xbc\x9d" "1",
			"\xef\xbc\x9d" "1" },
		{ "a;b", false, "\"a;b\"", "\"a;b\"", "a;b", "a;b" },
		{ "a;=1;-b", false, "\"a;'=1;'-b\"", "\"a;=1;-b\"", "a;=1;-b", "a;=1;-b" },
		{ "a,b", false, "\"a,b\"", "\"a,b\"", "a,b", "a,b" },
		{ "say \"x\"", false, "\"say \"\"x\"\"\"", "\"say \\\"x\\\"\"", "say &quot;x&quot;",
			"say \"x\"" },
		{ "a\nb\r", false, "a\\x0ab\\x0d", "\"a\\\\x0ab\\\\x0d\"", "a\\x0ab\\x0d",
			"a\\x0ab\\x0d" },
		{ "\x1b[2J", false, "\\x1b[2J", "\"\\\\x1b[2J\"", "\\x1b[2J", "\\x1b[2J" },
		{ "\xc2\x9b" "31m", false, "\\xc2\\x9b31m", "\"\\\\xc2\\\\x9b31m\"",
			"\\xc2\\x9b31m", "\\xc2\\x9b31m" },
		{ "\xff", false, "\\xff", "\"\\\\xff\"", "\\xff", "\\xff" },
		{ "m\xc3\xbcller", false, "m\xc3\xbcller", "\"m\xc3\xbcller\"", "m\xc3\xbcller",
			"m\xc3\xbcller" },
		{ "\\x01", false, "\\x01", "\"\\\\x01\"", "\\x01", "\\x01" },
		{ "<b>&'", false, "<b>&'", "\"<b>&'\"", "&lt;b&gt;&amp;&#39;", "<b>&'" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		char expected[256];

		capture_output(out, print_record(out, REPORT_CSV, "c", cases[i].cell,
			cases[i].is_number));
		snprintf(expected, sizeof(expected), "c\r\n%s\r\n", cases[i].csv);
		assert_string_equal(buffer_text(&printed), expected);
		capture_output(out, print_record(out, REPORT_JSON, "c", cases[i].cell,
			cases[i].is_number));
		snprintf(expected, sizeof(expected), "[\n{\"c\": %s}\n]\n", cases[i].json);
		assert_string_equal(buffer_text(&printed), expected);
		capture_output(out, print_record(out, REPORT_HTML, "c", cases[i].cell,
			cases[i].is_number));
		snprintf(expected, sizeof(expected), "<td%s>%s</td>", cases[i].is_number ? " class=\"number\"" : "",
			cases[i].html);
		assert_non_null(strstr(buffer_text(&printed), expected));
		capture_output(out, print_record(out, REPORT_TEXT, "c", cases[i].cell,
			cases[i].is_number));
		snprintf(expected, sizeof(expected), "\nc\n%s\n\n1 row. .\n", cases[i].text);
		assert_string_equal(buffer_text(&printed), expected);
	}
	capture_output(out, report_text(out, "a\x1b\\x\xff"));
	assert_string_equal(buffer_text(&printed), "a\\x1b\\x\\xff");
}

static void
print_table(FILE *out, size_t width)
{
	static const char *const names[] = { "a", "long heading" };
	static const char *const rows[][2] = { { "m\xc3\xbcller", "1" }, { NULL, "2" } };
	static const bool numbers[2] = { false, true };
	struct header header = { 0 };
	struct page page = { .out = out, .header = &header, .basis = "B.", .width = width };
	struct query_record record = { .count = 2, .names = names, .numbers = numbers };

	buffer_add_text(&header.title, "T");
	buffer_add_text(&header.question, "Q?");
	page_formats[REPORT_TEXT].begin(&page, &record);
	for (page.rows = 0; page.rows < 2; page.rows++) {
		record.cells = rows[page.rows];
		page_formats[REPORT_TEXT].row(&page, &record);
	}
	buffer_add_text(&header.limits, "L");
	page_formats[REPORT_TEXT].end(&page);
	header_free(&header);
	buffer_free(&page.cells);
	buffer_free(&page.scratch);
}

static void
text_is_aligned_and_cut(void **state)
{
	char wide[200];

	(void)state;
	capture_output(out, print_table(out, 0));
	assert_string_equal(buffer_text(&printed),
		"T\nQ?\n\na       long heading\nm\xc3\xbcller  1\n-       2\n\n2 rows. B.\nLimits: L\n");
	memset(wide, 'w', sizeof(wide));
	wide[sizeof(wide) - 1] = '\0';
	capture_output(out, print_record(out, REPORT_TEXT, "c", wide, false));
	strcpy(wide + 64, "...\n\n1 row. What ends in \"...\" is longer: --format csv has it whole. .\n");
	assert_non_null(strstr(buffer_text(&printed), wide));
	assert_null(strstr(buffer_text(&printed),
		"wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww"));
}

/* The table is 20 columns wide. */
static void
text_that_is_too_wide_is_told_in_blocks(void **state)
{
	(void)state;
	capture_output(out, print_table(out, 20));
	assert_non_null(strstr(buffer_text(&printed), "\na       long heading\n"));
	capture_output(out, print_table(out, 19));
	assert_string_equal(buffer_text(&printed), "T\nQ?\n\na             m\xc3\xbcller\nlong heading  1\n\n"
		"a             -\nlong heading  2\n\n2 rows. B.\nLimits: L\n");
}

/* The findings of three days, out of order. */
static const char *
make_findings(void)
{
	static const struct {
		size_t rule;
		int    score, day;
	} rows[] = { { 1, 45, 0 }, { 0, 90, 1 }, { 2, 0, 0 }, { 0, 100, 2 } };
	const char *path = sample_path("db");
	struct store *store = sample_store(path);

	for (size_t i = 0; i < TABLE_LENGTH(rows); i++) {
		struct session *session = sample_session((uint8_t)(10 + i));

		session->first.time_ns += rows[i].day * INT64_C(86400000000000);
		session->last.time_ns = session->first.time_ns;
		sample_finding(session, rows[i].rule, rows[i].score);
		sample_write(store, session);
	}
	sample_end(store, 1);
	return path;
}

static void
findings_come_by_severity_and_time(void **state)
{
	static const struct {
		const char *since, *until, *scores;     /* of the rows, in order */
	} cases[] = {
		{ NULL, NULL, "100 90 45 0 " },
		{ "2024-05-02", NULL, "100 90 " },
		{ NULL, "2024-05-02T12:00", "45 0 " },
		{ "2024-05-01", "2024-05-03", "90 45 0 " },
		{ "2024-05-02T12:00:01Z", NULL, "100 " },
		{ "2024-05-02T12:00:00.000000Z", NULL, "100 90 " },
		{ "2024-02-29", "2024-05-02 12:00:01.0", "90 45 0 " },
		{ "0000", "9999-12-31T23:59:59Z", "100 90 45 0 " },
		{ "2025", NULL, "" },
		{ "2024-05", "2024-06", "100 90 45 0 " },
	};
	const char *path = make_findings();
	struct query *query;

	(void)state;
	assert_ok(query_open(path, &query));
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct buffer scores = { 0 };
		struct span rest, line;

		print_report(query, &(struct report_request){
			.name = "findings", .format = REPORT_CSV, .scope.since = cases[i].since,
			.scope.until = cases[i].until });
		rest = buffer_span(&printed);
		for (size_t row = 0; span_take_line(&rest, &line); row++)
			if (row > 0) {
				struct span cell = span_after(line, span_find(line, ",") + 1);

				buffer_add(&scores, span_first(cell, span_find(cell, ",")));
				buffer_add_text(&scores, " ");
			}
		assert_string_equal(buffer_text(&scores), cases[i].scores);
		buffer_free(&scores);
	}
	query_close(&query);
}

static void
what_it_rests_on_is_said(void **state)
{
	const char *path = make_findings();
	struct query *query;

	(void)state;
	assert_ok(query_open(path, &query));
	print_report(query, &(struct report_request){
		.name = "findings", .format = REPORT_TEXT });
	assert_int_equal(strncmp(buffer_text(&printed), "Findings, the most pressing first\n", 34),
		0);
	assert_non_null(strstr(buffer_text(&printed),
		"\n4 rows. Captures read: 1 (damaged or broken off: 0). "
		"Sessions: 4 (seen in part: 0, one side only: 0, "
		"with gaps: 0, while frames were dropped: 0, too little to judge: 0), from 2024-05-01T12:00:00Z to "
		"2024-05-03T12:00:00Z. Nothing inside TLS was seen; \"starttrace report coverage\" tells what else was "
		"not.\nLimits: the 10,000 most pressing of the scope are listed; "));
	print_report(query, &(struct report_request){
		.name = "findings", .format = REPORT_TEXT, .scope.since = "2030" });
	assert_non_null(strstr(buffer_text(&printed),
		"0 rows. Captures read: 1 (damaged or broken off: 0). Sessions begun since 2030: 0. Nothing inside"));
	query_close(&query);
}

/* A program that reads the rows finds their names also where there is none. */
static void
an_empty_answer_keeps_its_form(void **state)
{
	static const struct {
		enum report_format format;
		const char        *begins, *ends;
	} cases[] = {
		{ REPORT_CSV, "severity,score,kind,", "\r\n" },
		{ REPORT_JSON, "[\n]\n", "[\n]\n" },
		{ REPORT_TEXT, "Findings, ", ".\n" },
		{ REPORT_HTML, "<!DOCTYPE html>", "</html>\n" },
	};
	struct query *query;

	(void)state;
	assert_ok(query_open(make_findings(), &query));
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		const char *text;

		print_report(query, &(struct report_request){
			.name = "findings", .format = cases[i].format, .scope.since = "2030" });
		text = buffer_text(&printed);
		assert_memory_equal(text, cases[i].begins, strlen(cases[i].begins));
		assert_string_equal(text + printed.len - strlen(cases[i].ends), cases[i].ends);
		if (cases[i].format == REPORT_CSV)
			assert_true(strchr(text, '\n') == text + printed.len - 1);
	}
	query_close(&query);
}

/* Another program has taken away what the report asks. */
static void
what_fails_prints_nothing(void **state)
{
	const char *path = make_findings();
	struct query *query;

	(void)state;
	change(path, "DROP TABLE finding_kind");
	assert_ok(query_open(path, &query));
	for (size_t i = 0; i < page_format_count; i++) {
		const struct report_request request = { .name = "findings", .format = (enum report_format)i };
		struct status status;

		capture_output(out, status = report_print(out, query, &request));
		assert_int_equal(status.code, STATUS_STORE);
		assert_int_equal(printed.len, 0);
	}
	query_close(&query);
}

/* What was lost, what somebody answers for, and in which scope. */
static void
scope_and_losses_are_said(void **state)
{
	static const char lose[] =
		"UPDATE session SET missing = 6, lost = 2 WHERE id = 1;"
		"UPDATE session SET missing = 4, verdict = 'unknown-partial' WHERE id = 2;"
		"INSERT INTO capture_minute SELECT id, 1714564800000000000, 100, 9000, 5, 2 FROM capture;"
		"INSERT INTO acceptance (kind, accepted_by, reason, accepted, until, recorded_by) "
		"SELECT word, 'a', 'b', 0, 99999999999, 'c' FROM kind JOIN finding ON kind_id = kind.id"
		" WHERE finding.id = 2001;"
		"DELETE FROM tally; UPDATE session SET tally_id = NULL;";
	const char *path = make_findings();
	struct network network = { .bits = 96 };
	struct store *store;
	struct query *query;

	(void)state;
	assert_true(address_from_text("0.0.0.0", &network.address));
	change(path, lose);
	/* the writer counts what is in no tally, with whatever it commits */
	assert_ok(store_open(path, &store));
	assert_ok(store_batch(store));
	assert_ok(store_close(&store));
	assert_ok(query_open(path, &query));
	print_report(query, &(struct report_request){ .name = "findings", .scope.network = &network,
		.scope.until = "2024-05-02T13" });
	assert_non_null(strstr(buffer_text(&printed), "Sessions with an end in 0.0.0.0/0 begun before 2024-05-02T13: 3 "
		"(seen in part: 2, one side only: 1, with gaps: 2, while frames were dropped: 1, "
		"too little to judge: 1), "));
	assert_non_null(strstr(buffer_text(&printed), " Frames dropped: 7. Findings accepted and counted apart: 1. "));
	print_report(query,
		&(struct report_request){ .name = "findings", .scope.vantage = "inside", .scope.since = "2030" });
	assert_non_null(strstr(buffer_text(&printed), "Sessions of vantage inside begun since 2030: 0. Nothing"));
	print_report(query, &(struct report_request){ .name = "controls", .scope.framework = "PCI" });
	assert_non_null(strstr(buffer_text(&printed), " Clauses of PCI alone. "));
	query_close(&query);
}

/* Sessions of one service, with a finding each. */
static const char *
make_days(const char *name, const char *rules_by_day[], size_t days)
{
	const char *path = sample_path(name);
	struct store *store = sample_store(path);

	for (size_t day = 0; day < days; day++)
		for (const char *rule = rules_by_day[day]; *rule != '\0'; rule++) {
			struct session *session = sample_session(10);

			session->first.time_ns += (int64_t)day * INT64_C(86400000000000);
			session->last.time_ns = session->first.time_ns;
			sample_finding(session, (size_t)(*rule - '0'), 50);
			sample_write(store, session);
		}
	sample_end(store, 1);
	return path;
}

/* Shares count, and not numbers: one of two is fewer than two of three. */
static void
changes_are_told(void **state)
{
	static const struct {
		const char *days[3];
		const char *since;
		const char *says[3];
	} cases[] = {
		{ { "", "1", "00" }, "2024-05-03", { "new,192.0.2.20,25,smtp,cred-plaintext-accepted,",
			"gone,192.0.2.20,25,smtp,starttls-not-used,", ",0,2,1,2," } },
		{ { "", "001", "01" }, "2024-05-03", { "more,192.0.2.20,25,smtp,starttls-not-used,",
			"fewer,192.0.2.20,25,smtp,cred-plaintext-accepted,", ",2,1,3,2," } },
		{ { "1", "", "0" }, NULL, { "new,", "gone,", ",2024-05-01T12:00:00Z,2024-05-02T12:00:00Z," } },
		{ { "", "", "2" }, "2024-05-03",
		  { "\"new service\",192.0.2.20,25,smtp,,", ",\"nothing found\",,0,0,0,1,", "" } },
		{ { "", "01", "0011" }, "2024-05-03", { "", "", "" } },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		char name[] = "changes0";
		struct query *query;

		name[7] = (char)('0' + i);
		assert_ok(query_open(make_days(name, (const char **)cases[i].days, 3), &query));
		print_report(query, &(struct report_request){ .name = "changes", .format = REPORT_CSV,
			.scope.since = cases[i].since, .scope.until = cases[i].since != NULL ? "2024-05-04" : NULL });
		for (size_t j = 0; j < TABLE_LENGTH(cases[i].says); j++)
			if (strstr(buffer_text(&printed), cases[i].says[j]) == NULL)
				fail_msg("case %zu lacks %s: %s", i, cases[i].says[j], buffer_text(&printed));
		query_close(&query);
	}
	/* the last one: nothing changed */
	assert_true(strchr(buffer_text(&printed), '\n') == buffer_text(&printed) + printed.len - 1);
}

/* That nothing was found is said of each clause, but only where something was looked at. */
static void
clauses_without_findings_are_said(void **state)
{
	const char *days[] = { "2" };
	const char *path = make_days("clauses", days, 1);
	static const char row[] = "\r\n\"PCI DSS 4.0.1\",4.2.1,";
	struct query *query;

	(void)state;
	assert_ok(query_open(path, &query));
	print_report(query,
		&(struct report_request){ .name = "controls", .format = REPORT_CSV, .scope.framework = "pci dss" });
	assert_non_null(strstr(buffer_text(&printed), row));
	assert_non_null(strstr(buffer_text(&printed),
		",\"compared with the text\",family,,\"nothing found\",,,0,0,0,0,1,"));
	assert_null(strstr(buffer_text(&printed), "HIPAA"));
	print_report(query,
		&(struct report_request){ .name = "controls", .format = REPORT_CSV, .scope.since = "2030" });
	assert_null(strstr(buffer_text(&printed), row));
	query_close(&query);
}

static void
wrong_words_are_refused(void **state)
{
	static const struct {
		struct report_request request;
		const char           *says;
	} cases[] = {
		{ { .name = "nonsense" }, "there are: " },
		{ { .name = "../tables" }, "no report" },
		{ { .scope.since = "yesterday" }, "--since: \"yesterday\" is no time" },
		{ { .scope.since = "" }, "--since" },
		{ { .scope.since = "2024-13" }, "--since" },
		{ { .scope.since = "2024-00-01" }, "--since" },
		{ { .scope.since = "2024-05-32" }, "--since" },
		{ { .scope.since = "2024-04-31" }, "--since: \"2024-04-31\" is no time" },
		{ { .scope.since = "2023-02-29" }, "--since" },
		{ { .scope.since = "1900-02-29" }, "--since" },
		{ { .scope.since = "202" }, "--since" },
		{ { .scope.since = "2024-05-01T" }, "--since" },
		{ { .scope.since = "2024-05-01T25:00" }, "--since" },
		{ { .scope.since = "2024-05-01T12:00:60" }, "--since" },
		{ { .scope.since = "2024-05-01T12:00:00." }, "--since" },
		{ { .scope.since = "2024-05-01T12:00:00.9Z" },
		  "has a part of a second; name a whole one: 2024-05-01T12:00:00" },
		{ { .scope.until = "2024-05-01T12:00:00.000001Z" },
		  "--until: \"2024-05-01T12:00:00.000001Z\" has a part" },
		{ { .scope.since = "2024-05-01T12:00:00.0000001Z" }, "--since" },
		{ { .scope.since = "2024-05-01T12:00:00+02:00" }, "--since" },
		{ { .scope.until = "1' OR '1" }, "--until" },
		{ { .scope.since = "2024-06", .scope.until = "2024-05" },
		  "no time lies between --since 2024-06 and --until 2024-05" },
		{ { .scope.since = "2024-05", .scope.until = "2024-05-01T00:00" }, "no time lies between" },
		{ { .scope.vantage = "insde" }, "--vantage: there is no \"insde\"; there are: eth1, inside" },
		{ { .name = "controls", .scope.framework = "PIC" },
		  "--framework: there is no \"PIC\"; there are: BSI TR-" },
		{ { .name = "passwords", .scope.framework = "PCI" }, "report \"passwords\" is not about clauses" },
		{ { .scope.framework = "PCI" }, "report \"findings\" is not about clauses" },
	};
	const char *path = make_findings();
	struct query *query;

	(void)state;
	change(path, "UPDATE session SET interface = 'eth1' WHERE id = 1");
	assert_ok(query_open(path, &query));
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct status status;

		capture_output(out, status = report_print(out, query, &cases[i].request));
		if (status.code != STATUS_USAGE || strstr(status.message, cases[i].says) == NULL || printed.len > 0)
			fail_msg("case %zu: %s", i, status.message);
	}
	query_close(&query);
}

/* A vantage that has a name only by its interface, and one where no session was seen; a standard on the whole page. */
static void
names_that_are_known_are_taken(void **state)
{
	static const struct report_request requests[] = {
		{ .scope.vantage = "eth1" },
		{ .scope.vantage = "quiet" },
		{ .name = "controls", .scope.framework = "pci dss" },
		{ .name = "controls", .scope.framework = "rfc 3207" },
		{ .format = REPORT_HTML, .scope.framework = "HIPAA" },
	};
	const char *path = make_findings();
	struct query *query;

	(void)state;
	change(path, "UPDATE session SET interface = 'eth1' WHERE id = 1;"
		"INSERT INTO capture (run_id, number, path, vantage, live, size, link_type, snaplen)"
		" VALUES (1, 9, 'quiet.pcap', 'quiet', 0, 0, 1, 0)");
	assert_ok(query_open(path, &query));
	for (size_t i = 0; i < TABLE_LENGTH(requests); i++) {
		print_report(query, &requests[i]);
		assert_true(printed.len > 0);
	}
	query_close(&query);
}

static void
formats_have_words(void **state)
{
	static const char *const words[] = { "text", "csv", "json", "html" };
	enum report_format format = REPORT_JSON;

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(words); i++) {
		assert_true(report_format_from_word(span_of(words[i]), &format));
		assert_int_equal(format, i);
	}
	assert_false(report_format_from_word(span_of("xml"), &format));
	assert_int_equal(format, REPORT_HTML);
}

/* Every report there is: says what it is, runs on an empty and on a filled database, in every
 * format. */
static void
every_report_runs(void **state)
{
	const char *path = make_findings();
	struct query *queries[2];
	size_t count = 0;

	(void)state;
	assert_ok(query_open_catalogue(&queries[0]));
	assert_ok(query_open(path, &queries[1]));
	for (const struct schema_file *file = schema_files; file->name != NULL; file++) {
		if (strncmp(file->name, "reports/", 8) != 0)
			continue;
		count++;
		assert_non_null(strstr(file->sql, "-- title: "));
		assert_non_null(strstr(file->sql, "-- question: "));
		for (size_t i = 0; i < 2 * page_format_count; i++)
			print_report(queries[i % 2], &(struct report_request){
				.name = file->name + 8, .format = (enum report_format)(i / 2),
				.scope.since = "2024", .scope.until = "2030" });
	}
	assert_true(count > 0);
	capture_output(out, report_list(out));
	assert_non_null(strstr(buffer_text(&printed), "findings             Findings, the most "
		"pressing first\n"));
	query_close(&queries[0]);
	query_close(&queries[1]);
}

#define each(test) cmocka_unit_test_setup_teardown(test, sample_setup, sample_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		each(hostile_cells_stay_in_their_cell),
		each(text_is_aligned_and_cut),
		each(text_that_is_too_wide_is_told_in_blocks),
		each(an_empty_answer_keeps_its_form),
		each(what_fails_prints_nothing),
		each(findings_come_by_severity_and_time),
		each(what_it_rests_on_is_said),
		each(scope_and_losses_are_said),
		each(changes_are_told),
		each(clauses_without_findings_are_said),
		each(wrong_words_are_refused),
		each(names_that_are_known_are_taken),
		each(formats_have_words),
		each(every_report_runs),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	buffer_free(&printed);
	return failed;
}
