/* The page about everything: it says what is there, it keeps whatever a database holds in its place, and it stays
 * small. */
#include "shared/store_sample.h"

#include "base/digest.h"
#include "report/figures.h"
#include "report/html.h"
#include "report/ladder.h"
#include "report/overview.h"
#include "report/report.h"

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
assert_says(const char *text)
{
	if (strstr(buffer_text(&printed), text) == NULL)
		fail_msg("the page does not say: %s", text);
}

static void
assert_never_says(const char *text)
{
	const char *found = strstr(buffer_text(&printed), text);

	if (found != NULL)
		fail_msg("the page says: %.200s", found);
}

static void
print_page(const char *path, const struct report_request *asked)
{
	struct report_request request = *asked;
	struct query *query;

	request.format = REPORT_HTML;
	assert_ok(query_open(path, &query));
	capture_output(out, assert_ok(report_print(out, query, &request)));
	query_close(&query);
}

static void
change(const char *path, const char *sql)
{
	sqlite3 *db;
	char *message = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, sql, NULL, NULL, &message);
	if (message != NULL)
		fail_msg("%s: %s", sql, message);
	sqlite3_close(db);
}

/* Every link leads somewhere, and no id is given twice. */
static void
assert_links_lead_somewhere(void)
{
	const char *at = buffer_text(&printed);
	size_t links = 0;

	while ((at = strstr(at, "href=\"#")) != NULL) {
		struct buffer id = { 0 };
		const char *found, *name = at + strlen("href=\"#");

		buffer_printf(&id, " id=\"%.*s\"", (int)strcspn(name, "\""), name);
		found = strstr(buffer_text(&printed), buffer_text(&id));
		if (found == NULL)
			fail_msg("a link leads nowhere: %s", buffer_text(&id));
		if (strstr(found + 1, buffer_text(&id)) != NULL)
			fail_msg("an id is given twice: %s", buffer_text(&id));
		buffer_free(&id);
		at = name;
		links++;
	}
	assert_true(links > 6);
}

/* Writing markup ------------------------------------------------------------------------------- */

static void
arguments_are_text_and_nothing_else(void **state)
{
	static const struct {
		const char *text, *html;
	} cases[] = {
		{ "plain", "plain" },
		{ NULL, "" },
		{ "", "" },
		{ "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;" },
		{ "\" onload=\"x", "&quot; onload=&quot;x" },
		{ "' onload='x", "&#39; onload=&#39;x" },
		{ "&lt;", "&amp;lt;" },
		{ "</style>%s%n", "&lt;/style&gt;%s%n" },
		{ "a\x1b[2J\r\n\x7f", "a\\x1b[2J\\x0d\\x0a\\x7f" },
		{ "\xe2\x80\xae" "gpj", "\\xe2\\x80\\xaegpj" },
		{ "\xff\xfe", "\\xff\\xfe" },
		{ "m\xc3\xbcller", "m\xc3\xbcller" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct html html = { 0 };
		char expected[256];

		capture_output(out, (html.out = out, html_print(&html, "<a title=\"%s\">%s</a>", cases[i].text,
			cases[i].text)));
		snprintf(expected, sizeof(expected), "<a title=\"%s\">%s</a>", cases[i].html, cases[i].html);
		assert_string_equal(buffer_text(&printed), expected);
		assert_int_equal(html.bytes, strlen(expected));
		html_free(&html);
	}
}

static void
numbers_and_lengths_are_kept(void **state)
{
	struct html html = { .most = 5 };

	(void)state;
	capture_output(out, (html.out = out, html_print(&html, "%zu %d %lld 100%%", (size_t)7, -1, -5000000000LL)));
	assert_string_equal(buffer_text(&printed), "7 -1 -5000000000 100%");
	capture_output(out, (html.out = out, html_print(&html, "%s", "abcdef")));
	assert_string_equal(buffer_text(&printed), "abcde...");
	capture_output(out, (html.out = out, html_print(&html, "%s", "abcd\xc3\xbc")));
	assert_string_equal(buffer_text(&printed), "abcd...");
	html.most = 0;
	html_free(&html);
}

/* The page ------------------------------------------------------------------------------------- */

/* A login in clear after an offer, which strikes at the line of frame 7, and something about the session as a whole. */
static struct session *
unsafe_session(uint8_t client, const char *evidence)
{
	struct session *session = sample_session(client);

	sample_hello(session);
	sample_tell(session, CLIENT, EVENT_COMMAND, 0, evidence, 7);
	sample_tell(session, SERVER, EVENT_ANSWER, 235, "235 welcome", 8);
	sample_tell(session, CLIENT, EVENT_UPGRADE, 0, "TLS from here on", 9);
	sample_tell(session, CLIENT, EVENT_TLS_CLIENT_HELLO, 0, "TLSv1.0 offered", 9);
	sample_tell(session, SERVER, EVENT_GAP, 0, "1448 bytes", 10);
	sample_tell(session, SERVER, EVENT_ANSWER, 221, "221 bye", 11);
	session->verdict = VERDICT_DOWNGRADED_PROVEN;
	sample_evidence(sample_finding(session, 0, 90), evidence, 7);
	sample_finding(session, 1, 45);
	return session;
}

static void
a_downgrade_is_told_and_drawn(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);

	(void)state;
	sample_write(store, unsafe_session(10, "AUTH PLAIN <redacted>"));
	sample_end(store, 1);
	print_page(path, &(struct report_request){ 0 });
	assert_links_lead_somewhere();
	assert_says("<span class=\"count\">1</span> <span class=\"what\">downgraded");
	assert_says("<tr><th scope=\"row\">downgraded-proven</th><td class=\"number\">1</td><td class=\"number\">100 "
		"%</td>");
	assert_says("<p>In 0 sessions a password or token crossed the network readable, and in 0 a whole message. "
		"1 finding "
		"is critical or high.</p>");
	assert_says("<section class=\"kind\" id=\"kind-cred-plaintext-accepted\"");
	assert_says("<article class=\"finding\" id=\"finding-1001\"");
	assert_says("<code class=\"wireshark\">frame.number == 7 &amp;&amp; ip.addr == 192.0.2.10");
	assert_says("<article class=\"session\" id=\"session-1\"");
	assert_says("<tr class=\"said from-client\"><td class=\"when\"><time "
		"datetime=\"2024-05-01T12:00:00.005000Z\">5.000 ms"
		"</time></td><td class=\"frame\">5</td>");
	assert_says("<span class=\"hidden\">client to server: </span><mark class=\"line\"><code>AUTH PLAIN "
		"&lt;redacted&gt;"
		"</code></mark></div></td><td class=\"struck\"><ul class=\"marks\"><li><span class=\"severity "
		"critical\">critical"
		"</span> <a href=\"#finding-1001\">");
	assert_says("<span class=\"line\"><code>PIPELINING</code></span><span "
		"class=\"line\"><code>STARTTLS</code></span>");
	assert_says("<tbody class=\"tls\">");
	assert_says("<span class=\"line\"><b>tls-client-hello</b> <code>TLSv1.0 offered</code></span>");
	assert_says("<tr class=\"wire from-server\">");
	assert_says("About the session as a whole:</p>\n<ul class=\"marks\"><li><span class=\"severity "
		"medium\">medium</span> "
		"<a href=\"#finding-1002\">");
	assert_says("<section class=\"report\" id=\"report-findings\"");
	assert_says("<td>a.pcap</td><td>inside</td>");
	assert_says("AUTH PLAIN &lt;redacted&gt;</td>");
	assert_says("<a href=\"#session-1\">1</a>");
}

/* The text between two marks of the page. */
static struct span
between(const char *before, const char *after)
{
	const char *begin = strstr(buffer_text(&printed), before), *end;

	assert_non_null(begin);
	begin += strlen(before);
	end = strstr(begin, after);
	assert_non_null(end);
	return span_from(begin, (size_t)(end - begin));
}

static void
assert_allowed(const char *directive, struct span text)
{
	uint8_t digest[SHA256_SIZE];
	struct buffer source = { 0 };

	assert_true(text.len > 100);
	digest_sha256(text, digest);
	buffer_printf(&source, "%s 'sha256-", directive);
	base64_encode(span_from(digest, sizeof(digest)), &source);
	buffer_add_text(&source, "';");
	assert_says(buffer_text(&source));
	buffer_free(&source);
}

static void
the_policy_allows_what_is_printed_alone(void **state)
{
	const char *path = sample_path("db");
	static const char *const names[] = { NULL, "findings" };

	(void)state;
	sample_end(sample_store(path), 1);
	for (size_t i = 0; i < TABLE_LENGTH(names); i++) {
		print_page(path, &(struct report_request){ .name = names[i] });
		assert_says("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
			"'sha256-");
		assert_allowed("style-src", between("<style>", "</style>"));
		assert_allowed("script-src", between("<script>", "</script>"));
		assert_never_says(" style=");
		assert_never_says("unsafe-");
		assert_never_says("http:");
		assert_never_says("https:");
		assert_never_says(" onclick=");
	}
}

static void
an_empty_database_is_said_to_be_empty(void **state)
{
	const char *path = sample_path("db");
	static const char *const sections[] = { "summary", "verdicts", "findings", "sessions", "reports", "accepted",
		"manifest" };

	(void)state;
	sample_end(sample_store(path), 1);
	print_page(path, &(struct report_request){ 0 });
	assert_links_lead_somewhere();
	assert_says("an empty report is no proof that all is well");
	assert_says("There is no session to judge.");
	for (size_t i = 0; i < TABLE_LENGTH(sections); i++) {
		char id[64];

		snprintf(id, sizeof(id), "<section id=\"%s\"", sections[i]);
		assert_says(id);
	}
}

/* Not only what the wire says: the database may be somebody else's. */
static void
hostile_text_stays_text(void **state)
{
	static const char attack[] = "</code></td><script>alert(1)</script><img src=x onerror=alert(2)>\"' onload=\"x";
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	struct session *session = unsafe_session(10, attack);

	(void)state;
	sample_tell(session, SERVER, EVENT_ANSWER, 220, attack, 12);
	sample_tell(session, CLIENT, EVENT_CLOSE, 0, attack, 13);
	sample_write(store, session);
	sample_end(store, 1);
	change(path, "UPDATE capture SET path = '<script>p</script>', vantage = '\"><script>v</script>';"
		"UPDATE finding SET reasons = '<script>r</script>';"
		"UPDATE kind SET word = '\"><script>k</script>' WHERE word = 'starttls-not-used';"
		"UPDATE finding_kind SET title = '<script>t</script>', fix = '<script>f</script>';"
		"UPDATE finding_remedy SET setting = '<script>s</script>';"
		"UPDATE verdict_kind SET sentence = '<script>m</script>';"
		"UPDATE session SET client_ip = '<script>c</script>', protocol = '<script>i</script>';"
		"UPDATE severity SET word = '\"><script>w</script>' WHERE rank = 2;");
	print_page(path, &(struct report_request){ 0 });
	assert_says("&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(2)&gt;&quot;&#39; "
		"onload=&quot;x");
	assert_says("&lt;script&gt;p&lt;/script&gt;");
	assert_says("&lt;script&gt;k&lt;/script&gt;");
	assert_never_says("<script>alert");
	assert_never_says("<img");
	for (const char *at = buffer_text(&printed); (at = strstr(at, "<script>")) != NULL; at++)
		assert_memory_equal(at, "<script>/* What a page", 22);
}

/* What is not shown is counted -------------------------------------------------------------------- */

static void
findings_beyond_the_limit_are_counted(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	size_t shown = 0;

	(void)state;
	for (size_t i = 0; i < 60; i++) {
		struct session *session = sample_session((uint8_t)(10 + i));

		sample_evidence(sample_finding(session, 0, (int)i), "AUTH", 7);
		if (i < 2)
			sample_finding(session, 1, 45);
		sample_write(store, session);
	}
	sample_end(store, 1);
	print_page(path, &(struct report_request){ 0 });
	assert_links_lead_somewhere();
	for (const char *at = buffer_text(&printed); (at = strstr(at, "<article class=\"finding\"")) != NULL; at++)
		shown++;
	assert_int_equal(shown, FIGURES_CHOSEN_A_KIND + 2);
	assert_says("id=\"finding-60001\"");            /* the worst */
	assert_says("id=\"finding-55001\"");
	assert_never_says("id=\"finding-54001\"");
	assert_says("<p class=\"more\">54 more: "
		"<code>SELECT * FROM v_finding WHERE kind = 'cred-plaintext-accepted'</code>"
		"</p>\n</section>");
	assert_says("<p class=\"more\">12 more: <code>starttrace report findings</code>; "
		"the view <code>v_finding</code> has "
		"all</p>\n");
}

static void
what_was_accepted_stands_apart(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);

	(void)state;
	sample_write(store, unsafe_session(10, "AUTH PLAIN <redacted>"));
	sample_end(store, 1);
	change(path, "INSERT INTO acceptance (kind, accepted_by, reason, accepted, until, recorded_by) "
		"VALUES ('cred-*', 'Ada', 'a test', 0, unixepoch() + 1000, 'root')");
	print_page(path, &(struct report_request){ 0 });
	assert_links_lead_somewhere();
	assert_never_says("id=\"finding-1001\"");
	assert_says("id=\"finding-1002\"");
	assert_says("<th scope=\"row\"><span class=\"severity critical\">critical</span></th><td "
		"class=\"number\">0</td>"
		"<td class=\"number\">1</td>");
	assert_says("For 1 finding somebody answers");
	assert_never_says("href=\"#kind-cred-plaintext-accepted\"");
}

static void
only_the_asked_sessions_are_told(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	struct network network = { .address = sample_address(11), .bits = 128 };

	(void)state;
	sample_write(store, unsafe_session(10, "AUTH PLAIN <redacted>"));
	sample_write(store, unsafe_session(11, "AUTH PLAIN <redacted>"));
	sample_end(store, 1);
	print_page(path, &(struct report_request){ .scope.network = &network });
	assert_never_says("id=\"session-1\"");
	assert_says("id=\"session-2\"");
	print_page(path, &(struct report_request){ .scope.since = "2030" });
	assert_says("There is no session to judge.");
	assert_never_says("id=\"session-2\"");
	change(path, "UPDATE session SET interface = 'eth1' WHERE id = 2; UPDATE capture SET vantage = ''");
	print_page(path, &(struct report_request){ .scope.vantage = "eth1" });
	assert_never_says("id=\"session-1\"");
	assert_says("id=\"session-2\"");
}

static void
what_a_finding_rests_on_is_said(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);

	(void)state;
	for (uint8_t client = 10; client < 13; client++)
		sample_write(store, unsafe_session(client, "AUTH PLAIN <redacted>"));
	sample_end(store, 1);
	change(path, "INSERT INTO finding_link VALUES (1001, 2, 1), (2001, 1, 1), (2001, 3, 1)");
	print_page(path, &(struct report_request){ 0 });
	assert_says("Rests on</span> what 1 other session showed: 2</p>");
	assert_says("Rests on</span> what 2 other sessions showed, among them 1 3</p>");
}

/* Sessions over several days give a drawing, one with the columns where the days are. */
static void
days_are_drawn_where_there_are_several(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);

	(void)state;
	for (int day = 0; day < 10; day += 3) {
		struct session *session = sample_session(10);

		session->first.time_ns += day * INT64_C(86400000000000);
		session->last.time_ns = session->first.time_ns;
		sample_finding(session, 0, 90);
		sample_write(store, session);
	}
	sample_end(store, 1);
	print_page(path, &(struct report_request){ 0 });
	assert_says("<rect class=\"critical\" x=\"0\"");
	assert_says("<rect class=\"critical\" x=\"216\"");      /* 3 of 10 days of 720 */
	assert_says("<title>2024-05-10: 1 critical</title>");
	print_page(path, &(struct report_request){ .scope.until = "2024-05-02" });
	assert_never_says("<svg class=\"periods\"");
}

/* As much as there can be of everything, all of it in need of escaping. */
static void
the_page_stays_small(void **state)
{
	enum { SESSIONS = 250, LINES = 200, LENGTH = 500 };
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	char evil[LENGTH + 1];

	(void)state;
	memset(evil, '"', LENGTH);
	evil[LENGTH] = '\0';
	for (size_t i = 0; i < SESSIONS; i++) {
		struct session *session = unsafe_session((uint8_t)i, evil);

		for (uint64_t line = 0; line < LINES; line++)
			sample_tell(session, line % 2 == 0 ? CLIENT : SERVER, EVENT_COMMAND, 0, evil, 20 + line);
		sample_write(store, session);
	}
	sample_end(store, 1);
	/* as many kinds as there are sessions, so that every session is to be shown */
	change(path, "INSERT INTO kind (word) SELECT 'kind-' || id FROM session;"
		"UPDATE finding SET kind_id = (SELECT kind.id FROM kind WHERE kind.word = 'kind-' || (finding.id / "
		"1000)),"
		" severity = 3, evidence = replace(hex(zeroblob(400)), '0', '\"'),"
		" reasons = replace(hex(zeroblob(400)), '0', '<');"
		"UPDATE session SET protocol = replace(hex(zeroblob(400)), '0', '&');"
		"INSERT INTO capture SELECT id + 100, 1, id + 100, replace(hex(zeroblob(400)), '0', '\"'), '', 0, 0, "
		"0, 0, 0,"
		" NULL, NULL, NULL, NULL, NULL, replace(hex(zeroblob(400)), '0', '\"'), NULL, NULL, NULL FROM session");
	print_page(path, &(struct report_request){ 0 });
	assert_links_lead_somewhere();
	assert_true(printed.len < OVERVIEW_PAGE_BYTES);
	assert_says("More lines: <code>starttrace show ");
	assert_says("id=\"finding-1001\"");
	assert_says("more: <code>starttrace report manifest</code>");
}

#define each(test) cmocka_unit_test_setup_teardown(test, sample_setup, sample_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		each(arguments_are_text_and_nothing_else),
		each(numbers_and_lengths_are_kept),
		each(a_downgrade_is_told_and_drawn),
		each(the_policy_allows_what_is_printed_alone),
		each(an_empty_database_is_said_to_be_empty),
		each(hostile_text_stays_text),
		each(findings_beyond_the_limit_are_counted),
		each(what_was_accepted_stands_apart),
		each(only_the_asked_sessions_are_told),
		each(what_a_finding_rests_on_is_said),
		each(days_are_drawn_where_there_are_several),
		each(the_page_stays_small),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	buffer_free(&printed);
	return failed;
}
