/* Sessions and findings, made by hand. */
#include "store_sample.h"

struct budget sample_budget = { .limit = (size_t)1 << 30 };

static const struct rule sample_rules[] = {
	{ .id = "cred-plaintext-accepted", .severity = SEVERITY_CRITICAL },
	{ .id = "starttls-not-used", .severity = SEVERITY_MEDIUM },
	{ .id = "sample-of-no-catalogue", .severity = SEVERITY_INFO },
};

struct where
sample_where(uint64_t frame, uint64_t offset)
{
	struct moment at = { .time_ns = SAMPLE_START + (int64_t)frame * 1000000, .frame = frame };

	return (struct where){ .first = at, .last = at, .offset = offset, .length = 10 };
}

void
sample_tell(struct session *session, enum side side, enum event_kind kind, uint32_t code,
	const char *text, uint64_t frame)
{
	struct event event = { .kind = kind, .side = side, .code = code, .text = span_of(text),
		.where = sample_where(frame, frame * 10) };

	session_event(session, &event);
}

struct address
sample_address(uint8_t last)
{
	return (struct address){ { [10] = 0xFF, [11] = 0xFF, [12] = 192, [13] = 0, [14] = 2,
		[15] = last } };
}

struct session *
sample_session(uint8_t client)
{
	struct session *session = session_new(&sample_budget);

	assert_non_null(session);
	session->protocol = "smtp";
	session->client = (struct endpoint){ .address = sample_address(client), .port = 40001 };
	session->server = (struct endpoint){ .address = sample_address(20), .port = 25 };
	session->first = (struct moment){ .time_ns = SAMPLE_START, .frame = 1 };
	session->last = (struct moment){ .time_ns = SAMPLE_START + 250000, .frame = 20 };
	session->frames = 20;
	session->bytes[CLIENT] = 111;
	session->bytes[SERVER] = 222;
	session->closed_by = "fin";
	session->verdict = VERDICT_PLAINTEXT_DECLINED;
	return session;
}

void
sample_hello(struct session *session)
{
	sample_tell(session, SERVER, EVENT_ANSWER, 220, "220 mx.example.net ESMTP \"ready\"", 4);
	sample_tell(session, SERVER, EVENT_GREETING, 220, "mx.example.net ESMTP \"ready\"", 4);
	sample_tell(session, CLIENT, EVENT_COMMAND, 0, "EHLO client.example.org", 5);
	sample_tell(session, CLIENT, EVENT_CLIENT_NAME, DIALECT_EXTENDED, "client.example.org", 5);
	sample_tell(session, SERVER, EVENT_CAPABILITIES_BEGIN, 0, "", 6);
	sample_tell(session, SERVER, EVENT_CAPABILITY, 250, "PIPELINING", 6);
	sample_tell(session, SERVER, EVENT_CAPABILITY, 250, "STARTTLS", 6);
	sample_tell(session, SERVER, EVENT_TLS_OFFERED, 0, "", 6);
	sample_tell(session, SERVER, EVENT_CAPABILITIES_END, 0, "", 6);
}

void
sample_login(struct session *session, enum auth_outcome outcome)
{
	struct auth_facts facts = { .mechanism = span_of("PLAIN"), .kind = AUTH_CLASS_PASSWORD,
		.username = span_of("alice"), .fingerprint = span_of("0badc0de"),
			.outcome = outcome };
	struct event event = { .side = CLIENT, .text = span_of("AUTH PLAIN <redacted>"),
		.where = sample_where(7, 70), .facts.auth = &facts };

	event.kind = EVENT_AUTH;
	session_event(session, &event);
	event.kind = EVENT_AUTH_SECRET;
	session_event(session, &event);
	session->last_auth->facts.outcome = outcome;
}

struct finding *
sample_finding(struct session *session, size_t rule, int score)
{
	struct finding *finding = arena_alloc(session->arena, sizeof(*finding)), **tail;

	assert_non_null(finding);
	*finding = (struct finding){ .rule = &sample_rules[rule], .score = score, .count = 1,
		.severity = sample_rules[rule].severity, .confidence = CONFIDENCE_PROVEN,
		.reasons = span_of("both sides were seen from the start") };
	for (tail = &session->findings; *tail != NULL;)
		tail = &(*tail)->next;
	*tail = finding;
	if (!session->has_findings || finding->severity > session->severity)
		session->severity = finding->severity;
	session->has_findings = true;
	return finding;
}

void
sample_evidence(struct finding *finding, const char *text, uint64_t frame)
{
	finding->evidence = (struct quote){ .seen = true, .side = CLIENT, .text = span_of(text),
		.where = sample_where(frame, frame * 10) };
}

struct store *
sample_store(const char *path)
{
	static const struct store_capture capture = { .path = "a.pcap", .vantage = "inside",
		.size = 1000,
		.link_type = 1, .snaplen = 262144 };
	struct store *store;

	assert_ok(store_open(path, &store));
	assert_ok(store_begin(store, "0.1"));
	assert_ok(store_capture(store, 0, &capture));
	return store;
}

void
sample_end(struct store *store, uint8_t digest)
{
	struct store_result result = { .sha256 = { digest }, .frames = 20, .bytes = 2000,
		.first_ns = SAMPLE_START, .last_ns = SAMPLE_START + 5, .damage = "" };

	assert_ok(store_capture_read(store, 0, &result));
	assert_ok(store_finish(store));
	assert_ok(store_close(&store));
}

struct status
sample_store_session(struct store *store, const struct session *session)
{
	struct rowset *rowset = rowset_new(session);
	struct status status;

	assert_non_null(rowset);
	status = store_rowset(store, rowset);
	rowset_free(&rowset);
	return status;
}

void
sample_write(struct store *store, struct session *session)
{
	assert_ok(sample_store_session(store, session));
	session_free(&session);
}

void
sample_add_row(void *user, const struct query_record *record)
{
	struct buffer *answer = user;

	for (size_t i = 0; i < record->count; i++)
		buffer_printf(answer, "%s%s", i > 0 ? "|" : "",
			record->cells[i] != NULL ? record->cells[i] : "NULL");
	buffer_add_text(answer, "\n");
}

void
sample_ignore_row(void *user, const struct query_record *record)
{
	(void)user;
	(void)record;
}

void
assert_answer(const char *path, const char *sql, const char *expected)
{
	struct buffer answer = { 0 };
	struct query *query;

	assert_ok(query_open(path, &query));
	assert_ok(query_run(query, sql, NULL, 0, sample_add_row, &answer));
	query_close(&query);
	if (strcmp(buffer_text(&answer), expected) != 0)
		fail_msg("%s\n  gives:    %s  expected: %s", sql, buffer_text(&answer), expected);
	buffer_free(&answer);
}
