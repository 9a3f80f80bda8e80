/* The writer: what a session, its findings and its captures become in the views. */
#include "shared/store_sample.h"

#include "model/session_private.h"

/* The contract of the views -------------------------------------------------------------------- */

static void
views_have_their_columns(void **state)
{
	static const struct {
		const char *view, *columns;
	} cases[] = {
		{ "v_session", "session_id,capture,vantage,protocol,client_ip,client_port,"
			"server_ip,server_port,started_at,ended_at,verdict,exposed,tls_grade,"
			"severity,complete,server_banner,client_name,capabilities,"
			"starttls_offered,starttls_requested,starttls_reply,tls_started,"
			"tls_established,tls_version,tls_cipher,tls_sni,tls_alpn,tls_ja3,"
			"tls_ja3s,tls_ja4,certificate_sha256,messages_in_clear,"
			"credentials_in_clear,bytes_client,bytes_server,first_frame,last_frame\n" },
		{ "v_finding", "finding_id,session_id,kind,title,severity,confidence,score,at,"
			"frame,direction,stream_offset,evidence,reasons,capture,vantage,protocol,"
			"client_ip,client_port,server_ip,server_port,wireshark_filter\n" },
		{ "v_finding_link", "finding_id,session_id\n" },
		{ "v_signal", "session_id,signal,group,points,decisive,origin,direction,frame,"
			"stream_offset,evidence,words\n" },
		{ "v_credential", "session_id,mechanism,username,outcome,in_clear,frame,"
			"secret_fingerprint\n" },
		{ "v_certificate", "session_id,position,certificate_sha256,subject,issuer,"
			"not_before,not_after,key_type,key_bits,signature_algorithm,self_signed,"
			"names\n" },
		{ "v_dialogue", "session_id,line,at,frame,direction,kind,text,"
			"capture\n" },
		{ "v_note", "session_id,kind,direction,count,frame,quote\n" },
		{ "v_capture_minute", "capture,vantage,minute,frames,bytes,kernel_drops,"
			"interface_drops\n" },
	};
	const char *path = sample_path("db");

	(void)state;
	sample_end(sample_store(path), 1);
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		char sql[128];

		snprintf(sql, sizeof(sql), "SELECT group_concat(name) FROM pragma_table_info('%s')",
			cases[i].view);
		assert_answer(path, sql, cases[i].columns);
	}
}

static void
ordered_words_are_the_models(void **state)
{
	const char *path = sample_path("db");
	char expected[256] = "";

	(void)state;
	for (int i = SEVERITY_INFO; i <= SEVERITY_CRITICAL; i++)
		snprintf(expected + strlen(expected), 32, "%d|%s\n", i,
			severity_word((enum severity)i));
	for (int i = CONFIDENCE_POSSIBLE; i <= CONFIDENCE_PROVEN; i++)
		snprintf(expected + strlen(expected), 32, "%d|%s\n", i,
			confidence_word((enum confidence)i));
	sample_end(sample_store(path), 1);
	assert_answer(path, "SELECT * FROM severity; SELECT * FROM confidence", expected);
}

/* One session ---------------------------------------------------------------------------------- */

static const struct cipher_suite sample_suite = {
	.id = 0xC02F, .name = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", .traits = CIPHER_AEAD,
};

static void
start_tls(struct session *session)
{
	static const struct tls_client_hello client = { .sni = { (const uint8_t *)"mx.example.net",
		14 },
		.alpn = { (const uint8_t *)"smtp", 4 }, .ja3 = { (const uint8_t *)"j3", 2 },
		.ja4 = { (const uint8_t *)"j4", 2 } };
	static const struct tls_server_hello server = { .version = TLS_1_2, .cipher_id = 0xC02F,
		.cipher = &sample_suite, .ja3s = { (const uint8_t *)"j3s", 3 } };
	static const struct certificate certificates[] = {
		{ .sha256 = { 0xAB }, .subject = { (const uint8_t *)"CN=mx", 5 }, .not_before = 0,
			.not_after = 86400, .key_type = "RSA", .key_bits = 2048,
				.self_signed = true },
		{ .position = 1, .sha256 = { 0xCD }, .unreadable = true },
	};
	static const struct certificate_chain chain = { .certificates = certificates, .count = 2,
		.sent = 2 };
	struct event event = { .side = CLIENT, .where = sample_where(9, 90) };

	sample_tell(session, CLIENT, EVENT_TLS_ASKED, 0, "STARTTLS", 7);
	sample_tell(session, SERVER, EVENT_TLS_AGREED, 220, "2.0.0 Ready", 8);
	event.kind = EVENT_TLS_CLIENT_HELLO;
	event.facts.client_hello = &client;
	session_event(session, &event);
	event.kind = EVENT_TLS_SERVER_HELLO;
	event.side = SERVER;
	event.facts.server_hello = &server;
	session_event(session, &event);
	event.kind = EVENT_TLS_CERTIFICATES;
	event.facts.chain = &chain;
	session_event(session, &event);
	event.kind = EVENT_TLS_ESTABLISHED;
	event.code = CONFIDENCE_PROVEN;
	session_event(session, &event);
	session->verdict = VERDICT_PROTECTED_STARTTLS;
	session->tls_grade = 'A';
}

static void
session_under_tls(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	struct session *session = sample_session(10);

	(void)state;
	sample_hello(session);
	start_tls(session);
	sample_write(store, session);
	session = sample_session(11);   /* the same certificates again */
	start_tls(session);
	sample_write(store, session);
	sample_end(store, 1);
	assert_answer(path, "SELECT * FROM v_session WHERE session_id = 1",
		"1|a.pcap|inside|smtp|192.0.2.10|40001|192.0.2.20|25|2024-05-01T12:00:00.000000Z|"
		"2024-05-01T12:00:00.000250Z|protected-starttls|3|A|NULL|full|mx.example.net "
		"ESMTP \"ready\"|"
		"client.example.org|PIPELINING, STARTTLS|1|1|220|1|1|TLSv1.2|"
		"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256|mx.example.net|smtp|j3|j3s|j4|"
		"ab00000000000000000000000000000000000000000000000000000000000000|0|0|111|222|1|"
		"20\n");
	assert_answer(path, "SELECT session_id, position, substr(certificate_sha256, 1, 4), "
		"subject, not_before, "
		"not_after, key_type, key_bits, self_signed FROM v_certificate ORDER BY 1, 2",
		"1|0|ab00|CN=mx|1970-01-01T00:00:00.000000Z|1970-01-02T00:00:00.000000Z|RSA|2048|"
		"1\n"
		"1|1|cd00|NULL|NULL|NULL|NULL|NULL|NULL\n"
		"2|0|ab00|CN=mx|1970-01-01T00:00:00.000000Z|1970-01-02T00:00:00.000000Z|RSA|2048|"
		"1\n"
		"2|1|cd00|NULL|NULL|NULL|NULL|NULL|NULL\n");
	assert_answer(path, "SELECT count(*) FROM certificate", "2\n");
}

static void
dialogue_and_notes_unfold(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	struct session *session = sample_session(10);
	struct where where = sample_where(5, 50);

	(void)state;
	sample_hello(session);
	session_note(session, NOTE_BARE_LF, CLIENT, &where, span_of("EHLO \"x\" \\x01"));
	session_note(session, NOTE_BARE_LF, CLIENT, &where, span_of("again"));
	session_note(session, NOTE_BAD_SIZE, SERVER, &where, span_of(""));
	sample_write(store, session);
	sample_write(store, sample_session(11));        /* says nothing */
	sample_end(store, 1);
	assert_answer(path, "SELECT line, at, frame, direction, kind, text FROM v_dialogue WHERE "
		"session_id = 1",
		"1|2024-05-01T12:00:00.004000Z|4|server|answer|220 mx.example.net ESMTP \"ready\"\n"
		"2|2024-05-01T12:00:00.005000Z|5|client|command|EHLO client.example.org\n"
		"3|2024-05-01T12:00:00.006000Z|6|server|capability|PIPELINING\n"
		"4|2024-05-01T12:00:00.006000Z|6|server|capability|STARTTLS\n");
	assert_answer(path, "SELECT * FROM v_note",
		"1|bare-lf|client|2|5|EHLO \"x\" \\x01\n1|bad-size|server|1|5|\n");
	assert_answer(path, "SELECT count(*) FROM v_dialogue", "4\n");
}

/* What the capture does not show is NULL. */
static void
unseen_is_null(void **state)
{
	static const struct {
		const char *name;
		bool        midstream, one_sided, truncated, open, asked, implicit;
		uint64_t    gap_client, gap_server;
		const char *row;        /* complete, requested, started, established */
	} cases[] = {
		{ .name = "all seen", .row = "full|0|0|0" },
		{ .name = "midstream", .midstream = true, .row = "midstream|NULL|NULL|NULL" },
		{ .name = "server lost", .gap_server = 5, .row = "gap|0|NULL|NULL" },
		{ .name = "client lost", .gap_client = 5, .row = "gap|NULL|NULL|NULL" },
		{ .name = "cut", .truncated = true, .row = "truncated|NULL|NULL|NULL" },
		{ .name = "no client", .one_sided = true, .row = "one-sided|NULL|NULL|NULL" },
		{ .name = "open", .open = true, .row = "open|0|0|0" },
		{ .name = "asked, lost", .asked = true, .gap_client = 1, .row = "gap|1|NULL|NULL" },
		{ .name = "implicit, lost", .implicit = true, .gap_client = 1,
			.row = "gap|0|1|NULL" },
		{ .name = "all at once", .midstream = true, .one_sided = true, .truncated = true,
			.open = true,
			.gap_client = 1, .row = "midstream,one-sided,gap,truncated,open|NULL|NULL|"
				"NULL" },
	};
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	struct buffer expected = { 0 };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct session *session = sample_session(10);

		session->midstream = cases[i].midstream;
		session->one_sided = cases[i].one_sided;
		session->truncated = cases[i].truncated;
		session->open = cases[i].open;
		session->gap_bytes[CLIENT] = cases[i].gap_client;
		session->gap_bytes[SERVER] = cases[i].gap_server;
		session->gap = cases[i].gap_client + cases[i].gap_server > 0;
		session->bytes[CLIENT] = cases[i].one_sided ? 0 : 111;
		if (cases[i].asked)
			sample_tell(session, CLIENT, EVENT_TLS_ASKED, 0, "STARTTLS", 7);
		if (cases[i].implicit)
			session_tls(session)->started.seen = session_tls(session)->implicit = true;
		sample_write(store, session);
		buffer_printf(&expected, "%s\n", cases[i].row);
	}
	sample_end(store, 1);
	assert_answer(path, "SELECT complete, starttls_requested, tls_started, tls_established "
		"FROM v_session",
		buffer_text(&expected));
	assert_answer(path, "SELECT DISTINCT starttls_offered, starttls_reply, tls_version, "
		"tls_cipher, tls_alpn, "
		"server_banner, capabilities, tls_grade, severity, certificate_sha256 FROM "
		"v_session",
		"NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL\n");
	buffer_free(&expected);
}

static void
reply_is_code_or_word(void **state)
{
	static const struct {
		enum event_kind kind;
		uint32_t        code;
		const char     *text, *row;
	} cases[] = {
		{ EVENT_TLS_AGREED, 220, "Ready", "220\n" },
		{ EVENT_TLS_REFUSED, 454, "not now", "454\n" },
		{ EVENT_TLS_AGREED, 0, "OK begin TLS", "OK\n" },
		{ EVENT_TLS_REFUSED, 0, "-ERR", "-ERR\n" },
		{ EVENT_TLS_REFUSED, 0, "", "NULL\n" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		char name[16];
		const char *path;
		struct store *store;
		struct session *session = sample_session(10);

		snprintf(name, sizeof(name), "db%zu", i);
		path = sample_path(name);
		store = sample_store(path);
		sample_tell(session, CLIENT, EVENT_TLS_ASKED, 0, "STARTTLS", 7);
		sample_tell(session, SERVER, cases[i].kind, cases[i].code, cases[i].text, 8);
		sample_write(store, session);
		sample_end(store, 1);
		assert_answer(path, "SELECT starttls_reply FROM v_session", cases[i].row);
	}
}

/* A suite without a name keeps its number; a time before 1970 is still one; numbers stay whole. */
static void
odd_values_survive(void **state)
{
	static const struct tls_server_hello hello = { .version = 0x7F1C, .cipher_id = 0x1a2b };
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	struct session *session = sample_session(10);
	struct event event = { .kind = EVENT_TLS_SERVER_HELLO, .side = SERVER,
		.facts.server_hello = &hello };

	(void)state;
	session_event(session, &event);
	session->first.time_ns = -1500000000;
	session->last.time_ns = INT64_MAX;
	session->bytes[CLIENT] = UINT64_MAX;
	session->client.address = (struct address){ { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } };
	sample_write(store, session);
	sample_end(store, 1);
	assert_answer(path, "SELECT started_at, ended_at, bytes_client, client_ip, tls_version, "
		"tls_cipher "
		"FROM v_session", "1969-12-31T23:59:58.500000Z|2262-04-11T23:47:16.854775Z|"
		"9223372036854775807|2001:db8::1|NULL|0x1a2b\n");
}

/* Findings and credentials --------------------------------------------------------------------- */

static void
findings_point_into_the_capture(void **state)
{
	static const struct store_capture second = { .path = "b.pcap", .vantage = "inside" };
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	struct session *session = sample_session(10);
	struct finding *finding;

	(void)state;
	assert_ok(store_capture(store, 1, &second));
	sample_evidence(sample_finding(session, 0, 100), "AUTH PLAIN <redacted>", 7);
	sample_finding(session, 1, 45);
	finding = sample_finding(session, 2, 0);
	sample_evidence(finding, "in two frames", 9);
	finding->evidence.where.first.frame = 8;
	finding->evidence.where.last.capture = 1;
	finding->evidence.side = SERVER;
	sample_write(store, session);
	session = sample_session(11);
	session->client.address = session->server.address = (struct address){ { [15] = 1 } };
	sample_finding(session, 1, 20);
	sample_write(store, session);
	sample_end(store, 1);
	assert_answer(path, "SELECT kind, severity, confidence, score, at, frame, direction, "
		"stream_offset, evidence, "
		"capture, wireshark_filter FROM v_finding ORDER BY finding_id",
		"cred-plaintext-accepted|critical|proven|100|2024-05-01T12:00:00.007000Z|7|client|"
		"70|"
		"AUTH PLAIN <redacted>|a.pcap|frame.number == 7 && ip.addr == 192.0.2.10 && "
		"ip.addr == 192.0.2.20 && tcp.port == 40001 && tcp.port == 25\n"
		"starttls-not-used|medium|proven|45|2024-05-01T12:00:00.000000Z|NULL|NULL|NULL|"
		"NULL|a.pcap|"
		"ip.addr == 192.0.2.10 && ip.addr == 192.0.2.20 && tcp.port == 40001 && tcp.port "
		"== 25\n"
		"sample-of-no-catalogue|info|proven|0|2024-05-01T12:00:00.009000Z|9|server|90|in "
		"two frames|"
		"b.pcap|frame.number >= 8 && frame.number <= 9 && ip.addr == 192.0.2.10 && "
		"ip.addr == 192.0.2.20 && tcp.port == 40001 && tcp.port == 25\n"
		"starttls-not-used|medium|proven|20|2024-05-01T12:00:00.000000Z|NULL|NULL|NULL|"
		"NULL|a.pcap|"
		"ipv6.addr == ::1 && ipv6.addr == ::1 && tcp.port == 40001 && tcp.port == 25\n");
	assert_answer(path, "SELECT severity FROM v_session", "critical\nmedium\n");
	assert_answer(path, "SELECT title FROM v_finding WHERE kind = 'sample-of-no-catalogue'",
		"sample-of-no-catalogue\n");
	assert_answer(path, "SELECT count(*) FROM kind", "3\n");
}

/* An interface of the capture is a place of its own, unless the user named the place. */
static void
interface_is_the_vantage(void **state)
{
	static const struct {
		const char *vantage, *interface, *shown;
	} cases[] = {
		{ "", "", "|\n" },
		{ "", "eth1", "eth1|eth1\n" },
		{ "inside", "eth1", "inside|inside\n" },
		{ "inside", "", "inside|inside\n" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		const struct store_capture capture = { .path = "b.pcap", .vantage = cases[i].vantage };
		const char *path = sample_path((const char *[]){ "0", "1", "2", "3" }[i]);
		struct session *session = sample_session(10);
		struct store *store;

		assert_ok(store_open(path, &store));
		assert_ok(store_begin(store, "0.1"));
		assert_ok(store_capture(store, 0, &capture));
		session->interface = span_of(cases[i].interface);
		sample_finding(session, 0, 90);
		sample_write(store, session);
		sample_end(store, 1);
		assert_answer(path, "SELECT s.vantage, f.vantage FROM v_session AS s JOIN v_finding AS f"
			" USING (session_id)", cases[i].shown);
	}
}

static void
credentials_have_outcomes(void **state)
{
	static const struct {
		enum auth_outcome outcome;
		const char       *word;
	} cases[] = {
		{ AUTH_ACCEPTED, "accepted" },
		{ AUTH_REJECTED, "rejected" },
		{ AUTH_REFUSED_TLS, "refused-tls" },
		{ AUTH_ABORTED, "aborted" },
		{ AUTH_OUTCOME_UNKNOWN, "unknown" },
	};
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	struct buffer expected = { 0 };
	struct auth_facts anonymous = { .mechanism = span_of("LOGIN") };
	struct event event = { .kind = EVENT_AUTH, .facts.auth = &anonymous };
	struct session *session;

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		session = sample_session(10);
		sample_login(session, cases[i].outcome);
		sample_write(store, session);
		buffer_printf(&expected, "%zu|PLAIN|alice|%s|1|7|0badc0de\n", i + 1, cases[i].word);
	}
	session = sample_session(10);   /* neither a name nor a secret: no row */
	session_event(session, &event);
	sample_write(store, session);
	sample_end(store, 1);
	assert_answer(path, "SELECT * FROM v_credential", buffer_text(&expected));
	assert_answer(path, "SELECT sum(credentials_in_clear) FROM v_session", "5\n");
	buffer_free(&expected);
}

/* Captures and runs ---------------------------------------------------------------------------- */

static void
captures_are_known_again(void **state)
{
	static const uint8_t digest[SHA256_SIZE] = { 1 }, other[SHA256_SIZE] = { 2 };
	static const struct store_capture same = { .path = "c.pcap", .vantage = "inside",
		.size = 1000 };
	static const struct store_capture elsewhere = { .path = "c.pcap", .vantage = "outside",
		.size = 1000 };
	static const struct store_capture piped = { .path = "-", .vantage = "inside", .size = 0 };
	const char *path = sample_path("db");
	struct store *store = sample_store(path);

	(void)state;
	assert_false(store_may_know(store, &same));
	assert_false(store_knows(store, digest, "inside"));
	sample_write(store, sample_session(10));
	sample_end(store, 1);
	assert_ok(store_open(path, &store));
	assert_true(store_may_know(store, &same));
	assert_false(store_may_know(store, &elsewhere));
	assert_false(store_may_know(store, &piped));
	assert_true(store_knows(store, digest, "inside"));
	assert_false(store_knows(store, digest, "outside"));
	assert_false(store_knows(store, other, "inside"));
	assert_ok(store_close(&store));
	assert_answer(path, "SELECT path, vantage, complete, frames, bytes, damaged FROM capture",
		"a.pcap|inside|1|20|2000|NULL\n");
}

static void
read_capture(struct store *store, uint32_t index, uint8_t digest, const char *damage)
{
	struct store_result result = { .sha256 = { digest }, .frames = 1, .damage = damage };

	assert_ok(store_capture_read(store, index, &result));
}

/* The second of two captures with the same bytes is forgotten, sessions, certificates and all. */
static void
captures_are_forgotten(void **state)
{
	static const uint8_t digest[SHA256_SIZE] = { 7 };
	static const struct store_capture again = { .path = "b.pcap", .vantage = "inside",
		.size = 1000 };
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	struct session *session;

	(void)state;
	sample_write(store, sample_session(10));
	read_capture(store, 0, 7, "cut short");
	for (uint32_t index = 1; index < 3; index++) {
		assert_ok(store_capture(store, index, &again));
		session = sample_session(11);
		sample_hello(session);
		start_tls(session);
		sample_login(session, AUTH_ACCEPTED);
		sample_finding(session, 0, 100);
		session->first.capture = session->last.capture = index;
		sample_write(store, session);
	}
	assert_true(store_knows(store, digest, "inside"));
	assert_ok(store_capture_forget(store, 1));      /* told to */
	read_capture(store, 2, 7, "");                  /* found at the end */
	assert_ok(store_finish(store));
	assert_ok(store_close(&store));
	assert_answer(path, "SELECT path, damaged, complete FROM capture; SELECT count(*) FROM "
		"session; "
		"SELECT count(*) FROM finding; SELECT count(*) FROM dialogue; SELECT count(*) "
		"FROM credential; "
		"SELECT count(*) FROM session_certificate",
		"a.pcap|cut short|1\n1\n0\n1\n0\n0\n");
}

/* A file whose digest could not be made is not known again: what was read of it is replaced when it is read anew. */
static void
captures_without_a_digest_are_read_anew(void **state)
{
	static const struct store_result nothing = { .frames = 1, .damage = "" };
	const char *path = sample_path("db");
	struct store_unfinished left;
	struct store *store;

	(void)state;
	for (int run = 0; run < 2; run++) {
		store = sample_store(path);
		sample_write(store, sample_session(10));
		assert_ok(store_capture_read(store, 0, &nothing));
		assert_ok(store_finish(store));
		assert_ok(store_unfinished(store, &left));
		assert_int_equal(left.sessions, 1);
		assert_ok(store_close(&store));
	}
	assert_answer(path, "SELECT count(*), sum(complete) FROM capture; SELECT count(*) FROM session", "1|0\n1\n");
}

/* Two interfaces have no digest: neither is the other's twin. */
static void
live_captures_are_no_twins(void **state)
{
	static const struct store_capture live = { .path = "eth1", .vantage = "inside",
		.live = true };
	const char *path = sample_path("db");
	struct store *store;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_ok(store_open(path, &store));
		assert_ok(store_begin(store, "0.1"));
		assert_ok(store_capture(store, 0, &live));
		sample_write(store, sample_session(10));
		sample_end(store, 0);
	}
	assert_answer(path, "SELECT count(*) FROM v_session", "2\n");
}

#define each(test) cmocka_unit_test_setup_teardown(test, sample_setup, sample_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		each(views_have_their_columns),
		each(ordered_words_are_the_models),
		each(session_under_tls),
		each(dialogue_and_notes_unfold),
		each(unseen_is_null),
		each(reply_is_code_or_word),
		each(odd_values_survive),
		each(findings_point_into_the_capture),
		each(interface_is_the_vantage),
		each(credentials_have_outcomes),
		each(captures_are_known_again),
		each(captures_are_forgotten),
		each(captures_without_a_digest_are_read_anew),
		each(live_captures_are_no_twins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
