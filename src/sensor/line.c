/* JSON lines: what happens, one object a line.  What is not known is null; what does not apply is left out. */
#include "sensor/line.h"

#include "base/table.h"
#include "base/text.h"
#include "model/json.h"
#include "sensor/line_tally.h"
#include "wire/community.h"

/* Numbers for event.severity, of which ECS says only that more is worse: those that Elastic's own rules use. */
static const unsigned severities[] = {
	[SEVERITY_INFO] = 1,
	[SEVERITY_LOW] = 21,
	[SEVERITY_MEDIUM] = 47,
	[SEVERITY_HIGH] = 73,
	[SEVERITY_CRITICAL] = 99,
};

struct line_event {
	int64_t     at_ns;
	const char *kind, *action;
	const enum severity *severity;  /* NULL: none */
};

static void
add_time(struct json *json, const char *name, int64_t time_ns)
{
	char text[TIME_TEXT_SIZE];

	json_text(json, name, span_of(text_time(time_ns, text)));
}

static void
add_words(struct json *json, const char *name, const char *words)
{
	json_text(json, name, span_of(words));
}

static void
begin_line(struct json *json, const struct line_event *event)
{
	json_open(json, NULL);
	add_time(json, "@timestamp", event->at_ns);
	json_open(json, "event");
	add_words(json, "kind", event->kind);
	add_words(json, "action", event->action);
	add_words(json, "dataset", "starttrace");
	if (event->severity != NULL)
		json_number(json, "severity", severities[*event->severity]);
	json_close(json);
}

static void
end_line(struct json *json)
{
	json_close(json);
	buffer_add_text(json->out, "\n");
}

/* `parties` is NULL in a line about the sensor itself. */
static void
add_observer(struct json *json, const struct outlet_origin *origin, const struct parties *parties)
{
	struct span vantage = parties != NULL ? parties->vantage : span_of(origin->vantage);

	json_open(json, "observer");
	add_words(json, "vendor", "starttrace");
	add_words(json, "product", "starttrace");
	if (origin->version != NULL)
		add_words(json, "version", origin->version);
	json_text_or_null(json, "name", span_of(origin->sensor));
	json_text_or_null(json, "vantage", vantage);
	if (parties != NULL && parties->interface.len > 0) {
		json_open(json, "ingress");
		json_open(json, "interface");
		json_text(json, "name", parties->interface);
		json_close(json);
		json_close(json);
	}
	json_close(json);
}

static void
add_end(struct json *json, const char *name, const struct endpoint *end, const uint64_t *bytes)
{
	char address[ADDRESS_TEXT_SIZE];

	json_open(json, name);
	add_words(json, "ip", address_text(&end->address, address));
	json_number(json, "port", end->port);
	if (bytes != NULL)
		json_number(json, "bytes", *bytes);
	json_close(json);
}

/* ECS writes tags as text; the outer one first. */
static void
add_vlan(struct json *json, const char *name, uint32_t tag)
{
	struct buffer text = { 0 };

	buffer_add_number(&text, tag);
	json_open(json, name);
	json_text(json, "id", buffer_span(&text));
	json_close(json);
	buffer_free(&text);
}

static void
add_network(struct json *json, const struct parties *parties)
{
	uint32_t outer = parties->vlan >> 16, inner = parties->vlan & 0xFFFF;
	char community[COMMUNITY_ID_SIZE];

	json_open(json, "network");
	add_words(json, "transport", "tcp");
	json_text(json, "protocol", parties->protocol);
	add_words(json, "community_id", community_id(&parties->client, &parties->server, community));
	if (parties->vlan != 0)
		add_vlan(json, "vlan", outer != 0 ? outer : inner);
	if (outer != 0) {
		json_open(json, "inner");
		add_vlan(json, "vlan", inner);
		json_close(json);
	}
	json_close(json);
}

/* Who and where; `session` is NULL where only the parties are known. */
static void
add_parties(struct json *json, const struct outlet_origin *origin, const struct parties *parties,
	const struct session *session)
{
	add_observer(json, origin, parties);
	add_end(json, "source", &parties->client, session != NULL ? &session->bytes[CLIENT] : NULL);
	add_end(json, "destination", &parties->server, session != NULL ? &session->bytes[SERVER] : NULL);
	add_network(json, parties);
}

static void
add_tls_client(struct json *json, const struct tls_client_hello *hello)
{
	json_open(json, "client");
	json_text_or_null(json, "server_name", hello->sni);
	json_text_or_null(json, "ja3", hello->ja3);
	json_text_or_null(json, "ja4", hello->ja4);
	json_close(json);
}

static void
add_tls_server(struct json *json, const struct session *session)
{
	const struct tls_state *tls = session->tls;
	struct buffer hex = { 0 };

	json_open(json, "server");
	json_text_or_null(json, "ja3s", tls->server_hello != NULL ? tls->server_hello->ja3s : (struct span){ 0 });
	json_open(json, "hash");
	if (tls->chain.count > 0)
		text_hex(&hex, span_from(tls->chain.certificates[0].sha256, SHA256_SIZE));
	json_text_or_null(json, "sha256", buffer_span(&hex));
	json_close(json);
	json_close(json);
	buffer_free(&hex);
}

static void
add_tls(struct json *json, const struct session *session)
{
	static const struct tls_client_hello no_client_hello;
	const struct tls_state *tls = session->tls;
	char unnamed[CIPHER_TEXT_SIZE];

	json_open(json, "tls");
	json_known(json, "started", session_tls_started(session));
	json_known(json, "established", session_tls_established(session));
	if (tls->started.seen) {
		json_bool(json, "implicit", tls->implicit);
		json_known(json, "resumed", tls->resumed);
		json_text_or_null(json, "version",
			span_of(tls->server_hello != NULL ? tls_version_word(tls->server_hello->version) : NULL));
		json_text_or_null(json, "cipher", span_of(session_cipher(session, unnamed)));
		json_text_or_null(json, "next_protocol", session_next_protocol(session));
		add_tls_client(json, tls->client_hello != NULL ? tls->client_hello : &no_client_hello);
		add_tls_server(json, session);
	}
	json_close(json);
}

/* A quote that was seen is a fact even where it is empty. */
static void
add_quote(struct json *json, const char *name, const struct quote *quote)
{
	if (quote->seen)
		json_text(json, name, quote->text);
	else
		json_null(json, name);
}

static void
begin_session(struct json *json, const struct parties *parties)
{
	json_open(json, "session");
	add_words(json, "id", parties->identity);
	add_time(json, "started", parties->started_ns);
}

static void
add_count(struct json *json, const struct session *session, const char *name, uint32_t count)
{
	if (session_count_is_known(session, count))
		json_number(json, name, count);
	else
		json_null(json, name);
}

static void
add_clear(struct json *json, const struct session *session)
{
	add_count(json, session, "messages_in_clear", session->messages);
	add_count(json, session, "credentials_in_clear", session->secrets);
}

static void
add_starttls(struct json *json, const struct session *session)
{
	char number[REPLY_TEXT_SIZE];

	json_open(json, "starttls");
	json_known(json, "offered", session_offer(session));
	json_known(json, "requested", session_tls_requested(session));
	json_text_or_null(json, "reply", session_starttls_reply(session, number));
	json_close(json);
}

static void
add_judgement(struct json *json, const struct session *session)
{
	struct buffer complete = { 0 };

	add_words(json, "verdict", verdict_word(session->verdict));
	json_text_or_null(json, "severity",
		span_of(session->has_findings ? severity_word(session->severity) : NULL));
	session_complete(&complete, session);
	json_text(json, "complete", buffer_span(&complete));
	buffer_free(&complete);
	json_text_or_null(json, "tls_grade", span_from(&session->tls_grade, session->tls_grade != 0));
	json_number(json, "exposed", session->exposed);
}

static void
add_session(struct json *json, const struct parties *parties, const struct session *session)
{
	begin_session(json, parties);
	if (session->ongoing)
		json_null(json, "ended");
	else
		add_time(json, "ended", session->last.time_ns);
	json_bool(json, "ongoing", session->ongoing);
	add_judgement(json, session);
	add_starttls(json, session);
	add_quote(json, "server_banner", &session->greeting);
	add_quote(json, "client_name", &session->client_name);
	add_clear(json, session);
	json_number(json, "first_frame", session->first.frame);
	json_number(json, "last_frame", session->last.frame);
	json_close(json);
}

void
line_session(struct buffer *out, const struct outlet_origin *origin, const struct session *session)
{
	struct parties parties = parties_of_session(origin, session);
	struct json json = { .out = out };

	begin_line(&json, &(struct line_event){
		.at_ns = session->last.time_ns,
		.kind = "event",
		.action = session->ongoing ? "session-ongoing" : "session",
		.severity = session->has_findings ? &session->severity : NULL,
	});
	add_parties(&json, origin, &parties, session);
	add_tls(&json, session);
	add_session(&json, &parties, session);
	end_line(&json);
}

/* What may still change until the session ends (verdict, grade, what was asked) is not said here. */
static void
add_session_so_far(struct json *json, const struct notice *notice)
{
	const struct session *session = notice->session;

	begin_session(json, &notice->parties);
	if (session != NULL) {
		add_quote(json, "server_banner", &session->greeting);
		add_quote(json, "client_name", &session->client_name);
		json_number(json, "first_frame", session->first.frame);
	}
	json_close(json);
}

static void
add_evidence(struct json *json, const struct quote *evidence)
{
	static const char *const directions[] = { [CLIENT] = "client", [SERVER] = "server" };
	static const char *const names[] = { "frame", "first_frame", "direction", "stream_offset" };

	if (!evidence->seen) {
		for (size_t i = 0; i < TABLE_LENGTH(names); i++)
			json_null(json, names[i]);
	} else {
		json_number(json, "frame", evidence->where.last.frame);
		json_number(json, "first_frame", evidence->where.first.frame);
		add_words(json, "direction", directions[evidence->side]);
		json_number(json, "stream_offset", evidence->where.offset);
	}
	add_quote(json, "evidence", evidence);
}

static void
add_links(struct json *json, struct span rest)
{
	struct span link;

	if (rest.len == 0)
		return;
	json_open_list(json, "rests_on");
	while (span_take_item(&rest, &link))
		json_text(json, NULL, link);
	json_close_list(json);
}

static void
add_finding(struct json *json, const struct notice *notice)
{
	struct buffer filter = { 0 };

	json_open(json, "finding");
	add_words(json, "kind", notice->kind);
	add_words(json, "title", notice->title);
	add_words(json, "severity", severity_word(notice->severity));
	add_words(json, "confidence", confidence_word(notice->confidence));
	json_integer(json, "score", notice->score);
	json_number(json, "count", notice->count);
	add_evidence(json, &notice->evidence);
	json_text_or_null(json, "reasons", notice->reasons);
	add_links(json, notice->rests_on);
	notice_filter(&filter, notice);
	json_text(json, "wireshark_filter", buffer_span(&filter));
	buffer_free(&filter);
	json_close(json);
}

void
line_finding(struct buffer *out, const struct outlet_origin *origin, const struct notice *notice)
{
	struct json json = { .out = out };

	begin_line(&json, &(struct line_event){
		.at_ns = notice->at_ns,
		.kind = "alert",
		.action = notice->telling == TELLING_CHANGED ? "finding-changed" : "finding",
		.severity = &notice->severity,
	});
	add_parties(&json, origin, &notice->parties, notice->session);
	if (notice->session != NULL && notice->session->tls->started.seen)
		add_tls(&json, notice->session);
	add_session_so_far(&json, notice);
	add_finding(&json, notice);
	end_line(&json);
}

void
line_say(struct buffer *out, const struct outlet_origin *origin, int64_t now_ns, const char *action, struct span words)
{
	struct json json = { .out = out };

	begin_line(&json, &(struct line_event){ .at_ns = now_ns, .kind = "state", .action = action });
	json_text(&json, "message", words);
	add_observer(&json, origin, NULL);
	end_line(&json);
}

void
line_drops(struct buffer *out, const struct outlet_origin *origin, int64_t now_ns, struct span outlet, uint64_t dropped)
{
	struct json json = { .out = out };

	begin_line(&json, &(struct line_event){ .at_ns = now_ns, .kind = "state", .action = "drops" });
	json_text(&json, "message", span_of("lines were dropped: this outlet was too slow, or did not work"));
	add_observer(&json, origin, NULL);
	json_open(&json, "outlet");
	json_text(&json, "name", outlet);
	json_number(&json, "dropped", dropped);
	json_close(&json);
	end_line(&json);
}

void
line_tally(struct buffer *out, const struct outlet_origin *origin, const struct tally *tally)
{
	struct json json = { .out = out };

	begin_line(&json, &(struct line_event){ .at_ns = tally->now_ns, .kind = "metric", .action = "tally" });
	add_observer(&json, origin, NULL);
	line_add_tally(&json, tally);
	end_line(&json);
}
