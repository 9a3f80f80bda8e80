/* The row of a session itself.  What the capture does not show becomes NULL here and nowhere else:
 * the functions below say when an absence is a fact. */
#include "store/session_row.h"

#include "store/bind.h"

#include <sqlite3.h>
#include <stdio.h>

/* What column session.missing is made of. */
enum missing {
	MISSING_START = 1,
	MISSING_SIDE = 2,
	MISSING_BYTES = 4,
	MISSING_TAIL = 8,
	MISSING_END = 16,
};

const char session_row_insert[] =
	"INSERT INTO session (id, capture_id, last_capture, protocol, client_ip, client_port, "
	"server_ip, server_port, vlan, started_ns, ended_ns, first_frame, last_frame, frames, "
	"bytes_client, bytes_server, missing, closed_by, verdict, exposed, tls_grade, severity, "
	"server_banner, client_name, capabilities, starttls_offered, starttls_requested, "
	"starttls_reply, tls_started, tls_implicit, tls_established, tls_resumed, tls_version, "
	"tls_cipher, tls_cipher_traits, tls_sni, tls_alpn, tls_ja3, tls_ja3s, tls_ja4, mails, "
	"recipients, messages, secrets, opinion, opinion_risks, interface, lost, lost_of, ongoing) "
	"VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
	"?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

static unsigned
missing_parts(const struct session *session)
{
	return (session->midstream ? MISSING_START : 0U) |
	       (session->one_sided ? MISSING_SIDE : 0U) |
	       (session->gap ? MISSING_BYTES : 0U) |
	       (session->truncated ? MISSING_TAIL : 0U) |
	       (session->open ? MISSING_END : 0U);
}

/* All that this side sent until now is there, from the start of the connection. */
static bool
side_is_whole(const struct session *session, enum side side)
{
	return !session->midstream && !session->truncated && session->gap_bytes[side] == 0 &&
	       !(session->one_sided && session->bytes[side] == 0);
}

/* A client that never asked is known only when all it said is; under TLS from the first byte there
 * is no asking. */
/* Whether what the client sent in clear can be counted: not if its side is missing, or the capture begins inside TLS. */
static bool
client_was_seen(const struct session *session)
{
	bool inside_tls = session->midstream && session->tls.started.seen && !session->first_command.seen;

	return !inside_tls && (session->bytes[CLIENT] > 0 || !session->one_sided);
}

static enum known
tls_was_requested(const struct session *session)
{
	if (session->upgrades != NULL)
		return YES;
	if (side_is_whole(session, CLIENT) || (session->tls.started.seen && session->tls.implicit && !session->midstream))
		return NO;
	return UNKNOWN;
}

static enum known
tls_was_started(const struct session *session)
{
	if (session->tls.started.seen)
		return YES;
	return side_is_whole(session, CLIENT) && side_is_whole(session, SERVER) ? NO : UNKNOWN;
}

static enum known
tls_was_established(const struct session *session)
{
	if (session->tls.established == UNKNOWN && tls_was_started(session) == NO)
		return NO;
	return session->tls.established;
}

/* The answer's code, or its first word where the protocol has none. */
static void
bind_starttls_reply(struct row *row, const struct session *session)
{
	const struct upgrade *upgrade = session_upgrade(session);
	struct span rest, word = { 0 };

	if (upgrade == NULL || !upgrade->answer.seen) {
		row_null(row);
		return;
	}
	rest = upgrade->answer.text;
	span_take_word(&rest, &word);
	if (upgrade->answer.code > 0)
		row_integer(row, upgrade->answer.code);
	else
		row_span(row, word);
}

static void
bind_capabilities(struct row *row, const struct session *session, struct buffer *scratch)
{
	buffer_clear(scratch);
	for (const struct capability *c = session->capabilities.first; c != NULL; c = c->next) {
		if (scratch->len > 0)
			buffer_add_text(scratch, ", ");
		buffer_add(scratch, c->quote.text);
	}
	row_span(row, buffer_span(scratch));
}

static void
bind_flow(struct row *row, const struct session *session, char address[2][ADDRESS_TEXT_SIZE])
{
	row_integer(row, session->last.capture);
	row_text(row, session->protocol);
	row_text(row, address_text(&session->client.address, address[CLIENT]));
	row_integer(row, session->client.port);
	row_text(row, address_text(&session->server.address, address[SERVER]));
	row_integer(row, session->server.port);
	row_integer(row, session->vlan);
	row_integer(row, session->first.time_ns);
	row_integer(row, session->last.time_ns);
	row_count(row, session->first.frame);
	row_count(row, session->last.frame);
	row_count(row, session->frames);
	row_count(row, session->bytes[CLIENT]);
	row_count(row, session->bytes[SERVER]);
	row_integer(row, missing_parts(session));
	row_text(row, session->closed_by);
}

static void
bind_judgement(struct row *row, const struct session *session)
{
	row_text(row, verdict_word(session->verdict));
	row_integer(row, session->exposed);
	row_span(row, span_from(&session->tls_grade, session->tls_grade != 0));
	if (session->has_findings)
		row_integer(row, session->severity);
	else
		row_null(row);
}

static void
bind_dialogue(struct row *row, const struct session *session, struct buffer *scratch)
{
	row_quote(row, &session->greeting);
	row_quote(row, &session->client_name);
	bind_capabilities(row, session, scratch);
	row_known(row, session_offer(session));
	row_known(row, tls_was_requested(session));
	bind_starttls_reply(row, session);
}

static void
bind_cipher(struct row *row, const struct tls_server_hello *hello, char unnamed[sizeof("0x0000")])
{
	if (hello == NULL) {
		row_null(row);
		row_null(row);
	} else if (hello->cipher == NULL) {
		snprintf(unnamed, sizeof("0x0000"), "0x%04x", hello->cipher_id);
		row_text(row, unnamed);
		row_null(row);
	} else {
		row_text(row, hello->cipher->name);
		row_integer(row, hello->cipher->traits);
	}
}

/* Only what the server chose is negotiated.  The protocol of TLS 1.3's choice is encrypted: then
 * the client's offer is all there is to show. */
static void
bind_tls(struct row *row, const struct session *session, char unnamed[sizeof("0x0000")])
{
	static const struct tls_client_hello no_client_hello;
	static const struct tls_server_hello no_server_hello;
	const struct tls_state *tls = &session->tls;
	const struct tls_client_hello *client = tls->client_hello;
	const struct tls_server_hello *server = tls->server_hello;

	if (client == NULL)
		client = &no_client_hello;
	if (server == NULL)
		server = &no_server_hello;
	row_known(row, tls_was_started(session));
	row_known(row, !tls->started.seen ? UNKNOWN : tls->implicit ? YES : NO);
	row_known(row, tls_was_established(session));
	row_known(row, tls->resumed);
	row_text(row, tls->server_hello != NULL ? tls_version_word(server->version) : NULL);
	bind_cipher(row, tls->server_hello, unnamed);
	row_span(row, client->sni);
	row_span(row, server->alpn.len > 0 ? server->alpn : client->alpn);
	row_span(row, client->ja3);
	row_span(row, server->ja3s);
	row_span(row, client->ja4);
}

int
session_row_add(struct buffer *rows, const struct session *session, struct buffer *scratch)
{
	struct row row = row_into(rows, TABLE_SESSION);
	char address[2][ADDRESS_TEXT_SIZE], unnamed[sizeof("0x0000")];

	row_symbol(&row, VALUE_SESSION);
	row_symbol(&row, VALUE_CAPTURE);
	bind_flow(&row, session, address);
	bind_judgement(&row, session);
	bind_dialogue(&row, session, scratch);
	bind_tls(&row, session, unnamed);
	row_integer(&row, session->mails);
	row_integer(&row, session->recipients);
	if (client_was_seen(session)) {
		row_integer(&row, session->messages);
		row_integer(&row, session->secrets);
	} else {
		row_null(&row);
		row_null(&row);
	}
	row_span(&row, session->opinion.protocol);
	row_span(&row, session->opinion.risks);
	row_span(&row, session->interface);
	row_count(&row, session->lost);
	row_count(&row, session->lost_of);
	row_integer(&row, session->ongoing);
	return scratch->failed ? SQLITE_NOMEM : row_insert(&row);
}
