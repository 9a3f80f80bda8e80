/* JSON lines, read back by SQLite: each kind of line says what the manual page promises, and nothing that was sent can
 * break one. */
#include "model/json.h"
#include "model/session_private.h"
#include "sensor/line.h"
#include "shared/build_session.h"

#include <sqlite3.h>

#define EVENT_AT INT64_C(1714564800123456000)

static char *const interfaces[] = { "eth1", "eth2" };

static const char *
title(void *user, const char *kind)
{
	(void)user;
	return strcmp(kind, "cred-plaintext-accepted") == 0 ? "A password was accepted in clear" : "";
}

static const struct outlet_origin origin = {
	.version = "0.1",
	.sensor = "probe",
	.vantage = "inside",
	.interfaces = interfaces,
	.interface_count = 1,
	.title = title,
};

static const struct rule rule = { .id = "cred-plaintext-accepted", .severity = SEVERITY_CRITICAL };

/* What stands at this path of the line: "(null)" for null, "(absent)" for nothing. */
static char *
read_back(struct buffer *line, const char *path)
{
	static const char ask[] = "SELECT CASE WHEN NOT json_valid(?1) THEN '(bad)' "
				  "WHEN json_type(?1, ?2) IS NULL THEN '(absent)' "
				  "WHEN json_type(?1, ?2) = 'null' THEN '(null)' ELSE json_extract(?1, ?2) END";
	static char text[1 << 16];
	sqlite3_stmt *statement;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, ask, -1, &statement, NULL), SQLITE_OK);
	sqlite3_bind_text(statement, 1, (const char *)line->at, (int)line->len, SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, path, -1, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	snprintf(text, sizeof(text), "%s", (const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return text;
}

struct expected {
	const char *path, *value;
};

static void
check(struct buffer *line, const struct expected *expected, size_t count)
{
	assert_false(line->failed);
	assert_true(line->len > 0 && line->len <= LINE_MOST);
	assert_int_equal(line->at[line->len - 1], '\n');
	assert_ptr_equal(memchr(line->at, '\n', line->len), line->at + line->len - 1);
	for (size_t i = 0; i < count; i++) {
		const char *value = read_back(line, expected[i].path);

		if (strcmp(value, expected[i].value) != 0)
			fail_msg("%s is %s, not %s, in %s", expected[i].path, value, expected[i].value,
				buffer_text(line));
	}
}

#define CHECK(line, ...) \
	check(line, (const struct expected[]){ __VA_ARGS__ }, \
		sizeof((const struct expected[]){ __VA_ARGS__ }) / sizeof(struct expected))

static struct finding
finding_of(struct quote evidence)
{
	return (struct finding){
		.rule = &rule,
		.severity = SEVERITY_CRITICAL,
		.confidence = CONFIDENCE_LIKELY,
		.score = 87,
		.evidence = evidence,
		.count = 2,
	};
}

static struct quote
quote_of(const char *text)
{
	return (struct quote){
		.seen = true,
		.side = SERVER,
		.text = span_of(text),
		.where = { .first = { .frame = 4 }, .last = { .time_ns = EVENT_AT, .frame = 6 }, .offset = 42 },
	};
}

static void
write_finding(struct buffer *out, const struct session *session, const struct finding *finding, enum telling telling)
{
	struct notice notice = notice_of_finding(&origin, session, finding, telling);

	line_finding(out, &origin, &notice);
}

static void
test_finding(void **state)
{
	struct finding finding = finding_of(quote_of("235 2.7.0 \"ok\" \\x0d"));
	struct buffer line = { 0 };
	struct build b;

	(void)state;
	build_begin(&b);
	build_play(&b, "greet; ehlo STARTTLS");
	b.session->vlan = 7u << 16 | 9;
	write_finding(&line, b.session, &finding, TELLING_NEW);
	CHECK(&line, { "$.@timestamp", "2024-05-01T12:00:00.123456Z" }, { "$.event.kind", "alert" },
		{ "$.event.action", "finding" }, { "$.event.dataset", "starttrace" }, { "$.event.severity", "99" },
		{ "$.observer.product", "starttrace" }, { "$.observer.version", "0.1" }, { "$.observer.name", "probe" },
		{ "$.observer.vantage", "inside" }, { "$.observer.ingress.interface.name", "eth1" },
		{ "$.source.ip", "192.0.2.10" }, { "$.source.port", "40001" }, { "$.destination.ip", "192.0.2.20" },
		{ "$.destination.port", "25" }, { "$.network.transport", "tcp" }, { "$.network.protocol", "smtp" },
		{ "$.network.vlan.id", "7" }, { "$.network.inner.vlan.id", "9" }, { "$.tls", "(absent)" },
		{ "$.session.server_banner", "mx.example.org ESMTP" },
		{ "$.session.client_name", "client.example.net" },
		{ "$.session.verdict", "(absent)" }, { "$.finding.kind", "cred-plaintext-accepted" },
		{ "$.finding.title", "A password was accepted in clear" }, { "$.finding.severity", "critical" },
		{ "$.finding.confidence", "likely" }, { "$.finding.score", "87" }, { "$.finding.count", "2" },
		{ "$.finding.frame", "6" }, { "$.finding.first_frame", "4" }, { "$.finding.direction", "server" },
		{ "$.finding.stream_offset", "42" }, { "$.finding.evidence", "235 2.7.0 \"ok\" \\x0d" },
		{ "$.finding.reasons", "(null)" }, { "$.finding.rests_on", "(absent)" },
		{ "$.finding.wireshark_filter", "frame.number >= 4 && frame.number <= 6 && ip.addr == 192.0.2.10 && "
			"ip.addr == 192.0.2.20 && tcp.port == 40001 && tcp.port == 25" });
	assert_int_equal(strlen(read_back(&line, "$.session.id")), 16);
	assert_memory_equal(read_back(&line, "$.network.community_id"), "1:", 2);
	buffer_free(&line);
	build_end(&b);
}

/* What never came has no frame; the line is of the session's end. */
static void
test_finding_of_absence(void **state)
{
	struct finding finding = finding_of((struct quote){ 0 });
	struct buffer line = { 0 };
	struct build b;

	(void)state;
	build_begin(&b);
	b.session->last.time_ns = EVENT_AT;
	finding.reasons = span_of("nothing was asked");
	write_finding(&line, b.session, &finding, TELLING_CHANGED);
	CHECK(&line, { "$.@timestamp", "2024-05-01T12:00:00.123456Z" }, { "$.event.action", "finding-changed" },
		{ "$.session.server_banner", "(null)" }, { "$.finding.frame", "(null)" },
		{ "$.finding.direction", "(null)" },
		{ "$.finding.stream_offset", "(null)" }, { "$.finding.evidence", "(null)" },
		{ "$.finding.reasons", "nothing was asked" },
		{ "$.finding.wireshark_filter",
			"ip.addr == 192.0.2.10 && ip.addr == 192.0.2.20 && tcp.port == 40001 && tcp.port == 25" });
	buffer_free(&line);
	build_end(&b);
}

static void
test_filter(void **state)
{
	struct notice notice = { .evidence = quote_of("x") };
	struct buffer filter = { 0 };

	(void)state;
	assert_true(address_from_text("2001:db8::1", &notice.parties.client.address));
	assert_true(address_from_text("2001:db8::2", &notice.parties.server.address));
	notice.evidence.where.first.frame = 7;          /* of a retransmission: later than the last */
	notice_filter(&filter, &notice);
	assert_string_equal(buffer_text(&filter), "frame.number == 6 && ipv6.addr == 2001:db8::1 && "
						  "ipv6.addr == 2001:db8::2 && tcp.port == 0 && tcp.port == 0");
	buffer_free(&filter);
}

/* What history says, of a finding of its own and of one that became surer. */
static void
test_word(void **state)
{
	struct footprint footprint = { .started_ns = EVENT_AT, .ended_ns = EVENT_AT + 1000, .protocol = span_of("smtp"),
		.vantage = span_of("eth2") };
	struct past_finding finding = { .kind = "unheard-of", .severity = SEVERITY_HIGH,
		.confidence = CONFIDENCE_PROVEN,
		.score = 71, .count = 1, .evidence = quote_of("250 HELP"), .reasons = span_of("29 of 30 days") };
	struct hindsight_word word = { .finding = &finding, .rests_on = span_of("0123456789abcdef,fedcba9876543210") };
	struct outlet_origin two = origin;
	struct buffer line = { 0 };
	struct notice notice;

	(void)state;
	two.interface_count = 2;
	two.vantage = "";
	notice = notice_of_word(&two, &footprint, &word);
	line_finding(&line, &two, &notice);
	CHECK(&line, { "$.@timestamp", "2024-05-01T12:00:00.123456Z" }, { "$.event.severity", "73" },
		{ "$.event.action", "finding" },
		{ "$.observer.ingress.interface.name", "eth2" }, { "$.source.bytes", "(absent)" },
		{ "$.finding.title", "unheard-of" }, { "$.finding.score", "71" },
		{ "$.finding.evidence", "250 HELP" }, { "$.finding.reasons", "29 of 30 days" },
		{ "$.finding.rests_on", "[\"0123456789abcdef\",\"fedcba9876543210\"]" });
	buffer_clear(&line);
	finding.evidence.seen = false;
	word = (struct hindsight_word){ .finding = &finding, .changed = true };
	notice = notice_of_word(&two, &footprint, &word);
	line_finding(&line, &two, &notice);
	CHECK(&line, { "$.@timestamp", "2024-05-01T12:00:00.123457Z" }, { "$.event.action", "finding-changed" },
		{ "$.finding.evidence", "(null)" }, { "$.finding.rests_on", "(absent)" });
	buffer_free(&line);
}

/* A file says what its interfaces were called; the name of a place is none. */
static void
test_interface_of_a_file(void **state)
{
	struct footprint footprint = { .vantage = span_of("inside") };
	const struct hindsight_word word = { .finding = &(struct past_finding){ .kind = "x" } };
	struct outlet_origin file = origin;
	struct build b;

	(void)state;
	build_begin(&b);
	file.interface_count = 0;
	b.session->interface = span_of("any0");
	assert_true(span_is(parties_of_session(&file, b.session).interface, "any0"));
	assert_int_equal(notice_of_word(&file, &footprint, &word).parties.interface.len, 0);
	file.vantage = "";
	assert_true(span_is(notice_of_word(&file, &footprint, &word).parties.interface, "inside"));
	build_end(&b);
}

/* History knows a session from the database: both lines name it alike. */
static void
test_same_identity(void **state)
{
	const struct hindsight_word word = { .finding = &(struct past_finding){ .kind = "x" } };
	struct footprint footprint = { 0 };
	struct parties parties;
	struct build b;

	(void)state;
	build_begin(&b);
	b.session->vlan = 5;
	parties = parties_of_session(&origin, b.session);
	footprint.client = b.session->client;
	footprint.server = b.session->server;
	footprint.vlan = 5;
	footprint.vantage = span_of("inside");
	footprint.started_ns = b.session->first.time_ns;
	assert_string_equal(notice_of_word(&origin, &footprint, &word).parties.identity, parties.identity);
	build_end(&b);
}

static void
test_session(void **state)
{
	struct tls_server_hello server = { .version = TLS_1_2, .cipher_id = 0x1234, .ja3s = span_of("abc") };
	struct buffer line = { 0 };
	struct build b;

	(void)state;
	build_begin(&b);
	build_play(&b, "greet; ehlo STARTTLS; ask; agree; tls");
	session_tls(b.session)->server_hello = &server;
	b.session->verdict = VERDICT_PROTECTED_STARTTLS;
	b.session->tls_grade = 'B';
	b.session->exposed = EXPOSED_IDENTITY | EXPOSED_SOFTWARE;
	b.session->has_findings = true;
	b.session->severity = SEVERITY_LOW;
	b.session->last = (struct moment){ .time_ns = EVENT_AT, .frame = 30 };
	line_session(&line, &origin, b.session);
	CHECK(&line, { "$.@timestamp", "2024-05-01T12:00:00.123456Z" }, { "$.event.kind", "event" },
		{ "$.event.action", "session" }, { "$.event.severity", "21" },
		{ "$.session.started", "2023-11-14T22:13:20.000000Z" },
		{ "$.session.ended", "2024-05-01T12:00:00.123456Z" },
		{ "$.session.ongoing", "0" }, { "$.session.verdict", "protected-starttls" },
		{ "$.session.severity", "low" },
		{ "$.session.complete", "full" }, { "$.session.tls_grade", "B" }, { "$.session.exposed", "3" },
		{ "$.session.starttls.offered", "1" }, { "$.session.starttls.requested", "1" },
		{ "$.session.starttls.reply", "220" }, { "$.session.messages_in_clear", "0" },
		{ "$.session.credentials_in_clear", "0" }, { "$.session.last_frame", "30" }, { "$.tls.started", "1" },
		{ "$.tls.established", "1" }, { "$.tls.implicit", "0" }, { "$.tls.version", "TLSv1.2" },
		{ "$.tls.cipher", "0x1234" }, { "$.tls.server.ja3s", "abc" }, { "$.tls.server.hash.sha256", "(null)" },
		{ "$.finding", "(absent)" });
	buffer_free(&line);
	build_end(&b);
}

static void
test_session_unknown(void **state)
{
	struct buffer line = { 0 };
	struct build b;

	(void)state;
	build_begin(&b);
	b.session->ongoing = b.session->one_sided = b.session->midstream = b.session->open = true;
	line_session(&line, &origin, b.session);
	CHECK(&line, { "$.event.action", "session-ongoing" }, { "$.event.severity", "(absent)" },
		{ "$.session.ended", "(null)" }, { "$.session.ongoing", "1" }, { "$.session.severity", "(null)" },
		{ "$.session.complete", "midstream,one-sided,open" }, { "$.session.tls_grade", "(null)" },
		{ "$.session.starttls.offered", "(null)" }, { "$.session.starttls.requested", "(null)" },
		{ "$.session.starttls.reply", "(null)" }, { "$.session.messages_in_clear", "(null)" },
		{ "$.session.credentials_in_clear", "(null)" }, { "$.session.server_banner", "(null)" },
		{ "$.tls.started", "(null)" }, { "$.tls.established", "(null)" }, { "$.tls.version", "(absent)" });
	buffer_free(&line);
	build_end(&b);
}

static void
test_about_itself(void **state)
{
	static const struct outlet_origin bare = { 0 };
	struct buffer line = { 0 };

	(void)state;
	line_say(&line, &origin, EVENT_AT, "trouble", span_of("eth1 is down\n"));
	CHECK(&line, { "$.@timestamp", "2024-05-01T12:00:00.123456Z" }, { "$.event.kind", "state" },
		{ "$.event.action", "trouble" }, { "$.message", "eth1 is down\\x0a" }, { "$.observer.name", "probe" },
		{ "$.source", "(absent)" });
	buffer_clear(&line);
	line_drops(&line, &bare, EVENT_AT, span_of("json /x"), 41);
	CHECK(&line, { "$.event.action", "drops" }, { "$.outlet.name", "json /x" }, { "$.outlet.dropped", "41" },
		{ "$.observer.name", "(null)" }, { "$.observer.version", "(absent)" });
	buffer_free(&line);
}

static void
test_tally(void **state)
{
	static struct tally tally = {
		.started_ns = EVENT_AT - 1000,
		.now_ns = EVENT_AT,
		.interfaces = { { .name = "eth1", .counters = { .frames = 10, .kernel_drops = 2 } } },
		.interface_count = 1,
		.engine = { .frames = 8, .refused = 1 },
		.writer = { .stored = 3, .failing = true },
		.outlets = { { .name = "terminal", .sent = 5, .dropped = 6, .working = true } },
		.outlet_count = 1,
		.sessions = { [VERDICT_NO_DIALOGUE] = 4 },
		.findings = { [SEVERITY_HIGH] = 9 },
		.memory_used = 11,
		.memory_limit = 12,
	};
	struct buffer line = { 0 };

	(void)state;
	line_tally(&line, &origin, &tally);
	CHECK(&line, { "$.event.kind", "metric" }, { "$.event.action", "tally" },
		{ "$.@timestamp", "2024-05-01T12:00:00.123456Z" }, { "$.tally.started", "2024-05-01T12:00:00.123455Z" },
		{ "$.tally.interfaces[0].name", "eth1" }, { "$.tally.interfaces[0].kernel_drops", "2" },
		{ "$.tally.engine.frames", "8" }, { "$.tally.engine.refused", "1" }, { "$.tally.database.stored", "3" },
		{ "$.tally.database.failing", "1" }, { "$.tally.verdicts.no-dialogue", "4" },
		{ "$.tally.verdicts.unknown-partial", "(absent)" }, { "$.tally.findings.high", "9" },
		{ "$.tally.outlets[0].dropped", "6" }, { "$.tally.memory.limit", "12" });
	buffer_free(&line);
}

/* Whatever stands in every text of a session. */
static void
check_hostile(struct span text)
{
	struct tls_client_hello client = { .sni = text, .alpn = text, .ja3 = text, .ja4 = text };
	struct tls_server_hello server = { .ja3s = text, .alpn = text };
	struct finding finding = finding_of((struct quote){ .seen = true, .text = text });
	struct outlet_origin hostile = origin;
	struct buffer line = { 0 };
	struct build b;
	struct notice notice;

	build_begin(&b);
	build_play(&b, "greet; ehlo STARTTLS; ask; agree; tls");
	b.session->greeting.text = b.session->client_name.text = b.session->interface = text;
	b.session->last_upgrade->answer.text = text;
	b.session->last_upgrade->answer.code = 0;
	session_tls(b.session)->client_hello = &client;
	session_tls(b.session)->server_hello = &server;
	hostile.vantage = NULL;
	line_session(&line, &hostile, b.session);
	check(&line, &(struct expected){ "$.event.action", "session" }, 1);
	buffer_clear(&line);
	finding.reasons = text;
	notice = notice_of_finding(&hostile, b.session, &finding, TELLING_NEW);
	line_finding(&line, &hostile, &notice);
	check(&line, &(struct expected){ "$.event.action", "finding" }, 1);
	buffer_clear(&line);
	notice_write(&line, &notice);
	for (size_t i = 0; i < line.len; i++)
		assert_true(line.at[i] >= 0x20 && line.at[i] != 0x7F);
	buffer_free(&line);
	build_end(&b);
}

static void
test_hostile(void **state)
{
	static const char breakout[] = "\"},\"event\":{\"kind\":\"\0\r\n\x1b[2J\xff\xc3";
	static uint8_t many[1 << 20];
	static const uint8_t fills[] = { 'a', '"', '\\', '\0', '\n', 0x1b, 0x7f, 0x80, 0xc3, 0xff };

	(void)state;
	check_hostile(span_from(breakout, sizeof(breakout)));
	for (size_t i = 0; i < sizeof(fills); i++) {
		memset(many, fills[i], sizeof(many));
		check_hostile(span_from(many, sizeof(many)));
	}
}

static void
test_cut_is_marked(void **state)
{
	static char long_text[3 * JSON_TEXT_MOST];
	struct buffer line = { 0 };
	const char *read;

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	line_say(&line, &origin, EVENT_AT, "trouble", span_of(long_text));
	read = read_back(&line, "$.message");
	assert_int_equal(strlen(read), JSON_TEXT_MOST + 3);
	assert_string_equal(read + JSON_TEXT_MOST, "...");
	buffer_free(&line);
}

static void
test_notice(void **state)
{
	struct finding finding = finding_of(quote_of("235 ok"));
	struct buffer text = { 0 };
	struct notice notice;
	struct build b;

	(void)state;
	build_begin(&b);
	notice = notice_of_finding(&origin, b.session, &finding, TELLING_NEW);
	notice_write(&text, &notice);
	assert_string_equal(buffer_text(&text),
		"192.0.2.10 -> 192.0.2.20:25 smtp  A password was accepted in clear (likely, 2 times): 235 ok");
	buffer_clear(&text);
	assert_true(address_from_text("2001:db8::2", &notice.parties.server.address));
	notice.telling = TELLING_CHANGED;
	notice.count = 1;
	notice.evidence.seen = false;
	notice.reasons = span_of("no frame shows it");
	notice_write(&text, &notice);
	assert_string_equal(buffer_text(&text), "192.0.2.10 -> [2001:db8::2]:25 smtp  A password was accepted in clear "
						"(now likely): no frame shows it");
	buffer_free(&text);
	build_end(&b);
}

/* The section of the manual page; NULL where the test is run elsewhere. */
static const char *
manual_section(void)
{
	static char page[1 << 17];
	FILE *file = fopen("src/cli/starttrace.1", "r");
	char *begin, *end;

	if (file == NULL)
		return NULL;
	page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
	fclose(file);
	begin = strstr(page, "\n.SH JSON LINES\n");
	assert_non_null(begin);
	end = strstr(begin + 4, "\n.SH ");
	assert_non_null(end);
	*end = '\0';
	return begin;
}

static void
check_documented(const char *section, struct buffer *line)
{
	static const char ask[] = "SELECT DISTINCT key FROM json_tree(?1) WHERE typeof(key) = 'text'"
				  " AND path NOT IN ('$.tally.verdicts', '$.tally.findings')";
	sqlite3_stmt *statement;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, ask, -1, &statement, NULL), SQLITE_OK);
	sqlite3_bind_text(statement, 1, (const char *)line->at, (int)line->len, SQLITE_STATIC);
	while (sqlite3_step(statement) == SQLITE_ROW)
		if (strstr(section, (const char *)sqlite3_column_text(statement, 0)) == NULL)
			fail_msg("%s is not in the manual page", (const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	sqlite3_close(db);
	buffer_clear(line);
}

static void
test_documented(void **state)
{
	static const struct tally tally = { .interface_count = 1, .outlet_count = 1 };
	struct finding finding = finding_of(quote_of("x"));
	const char *section = manual_section();
	struct buffer line = { 0 };
	struct build b;

	(void)state;
	if (section == NULL)
		skip();
	build_begin(&b);
	build_play(&b, "greet; ehlo STARTTLS; ask; agree; tls");
	b.session->vlan = 7u << 16 | 9;
	line_session(&line, &origin, b.session);
	check_documented(section, &line);
	write_finding(&line, b.session, &finding, TELLING_NEW);
	check_documented(section, &line);
	line_tally(&line, &origin, &tally);
	check_documented(section, &line);
	line_drops(&line, &origin, EVENT_AT, span_of("x"), 1);
	check_documented(section, &line);
	buffer_free(&line);
	build_end(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finding),
		cmocka_unit_test(test_finding_of_absence),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_word),
		cmocka_unit_test(test_interface_of_a_file),
		cmocka_unit_test(test_same_identity),
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_session_unknown),
		cmocka_unit_test(test_about_itself),
		cmocka_unit_test(test_tally),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_cut_is_marked),
		cmocka_unit_test(test_notice),
		cmocka_unit_test(test_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
