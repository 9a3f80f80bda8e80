/* The row of a session itself.  What the capture does not show is NULL: model/session.h says when an absence is a
 * fact. */
#include "store/session_row.h"

#include "store/bind.h"

#include <sqlite3.h>

const char session_row_insert[] =
	"INSERT INTO session (id, capture_id, last_capture, protocol, client_ip, client_port, "
	"server_ip, server_port, vlan, started_ns, ended_ns, first_frame, last_frame, frames, "
	"bytes_client, bytes_server, missing, closed_by, verdict, exposed, tls_grade, severity, "
	"server_banner, client_name, capabilities, starttls_offered, starttls_requested, "
	"starttls_reply, tls_started, tls_implicit, tls_established, tls_resumed, tls_version, "
	"tls_cipher, tls_cipher_traits, tls_sni, tls_alpn, tls_ja3, tls_ja3s, tls_ja4, mails, "
	"recipients, messages, secrets, opinion, opinion_risks, interface, lost, lost_of, ongoing, "
	"client_octets, server_octets, other_vlan, tally_id) "
	"VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
	"?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

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
	row_integer(row, session_lacks(session));
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
bind_dialogue(struct row *row, const struct session *session, struct buffer *scratch, char number[REPLY_TEXT_SIZE])
{
	row_quote(row, &session->greeting);
	row_quote(row, &session->client_name);
	bind_capabilities(row, session, scratch);
	row_known(row, session_offer(session));
	row_known(row, session_tls_requested(session));
	row_span(row, session_starttls_reply(session, number));
}

static void
bind_tls(struct row *row, const struct session *session, char unnamed[CIPHER_TEXT_SIZE])
{
	static const struct tls_client_hello no_client_hello;
	static const struct tls_server_hello no_server_hello;
	const struct tls_state *tls = session->tls;
	const struct tls_client_hello *client = tls->client_hello;
	const struct tls_server_hello *server = tls->server_hello;

	if (client == NULL)
		client = &no_client_hello;
	if (server == NULL)
		server = &no_server_hello;
	row_known(row, session_tls_started(session));
	row_known(row, !tls->started.seen ? UNKNOWN : tls->implicit ? YES : NO);
	row_known(row, session_tls_established(session));
	row_known(row, tls->resumed);
	row_text(row, tls->server_hello != NULL ? tls_version_word(server->version) : NULL);
	row_text(row, session_cipher(session, unnamed));
	if (server->cipher != NULL)
		row_integer(row, server->cipher->traits);
	else
		row_null(row);
	row_span(row, client->sni);
	row_span(row, session_next_protocol(session));
	row_span(row, client->ja3);
	row_span(row, server->ja3s);
	row_span(row, client->ja4);
}

static void
add_count(struct row *row, const struct session *session, uint32_t count)
{
	if (session_count_is_known(session, count))
		row_integer(row, count);
	else
		row_null(row);
}

int
session_row_add(struct buffer *rows, const struct session *session, struct buffer *scratch)
{
	struct row row = row_into(rows, TABLE_SESSION);
	char address[2][ADDRESS_TEXT_SIZE], number[REPLY_TEXT_SIZE], unnamed[CIPHER_TEXT_SIZE];

	row_symbol(&row, VALUE_SESSION);
	row_symbol(&row, VALUE_CAPTURE);
	bind_flow(&row, session, address);
	bind_judgement(&row, session);
	bind_dialogue(&row, session, scratch, number);
	bind_tls(&row, session, unnamed);
	row_integer(&row, session->mails);
	row_integer(&row, session->recipients);
	add_count(&row, session, session->messages);
	add_count(&row, session, session->secrets);
	row_span(&row, session->opinion.protocol);
	row_span(&row, session->opinion.risks);
	row_span(&row, session->interface);
	row_count(&row, session->lost);
	row_count(&row, session->lost_of);
	row_integer(&row, session->ongoing);
	row_blob(&row, session->client.address.octets, sizeof(session->client.address.octets));
	row_blob(&row, session->server.address.octets, sizeof(session->server.address.octets));
	if (session->other_vlan != session->vlan)
		row_integer(&row, session->other_vlan);
	else
		row_null(&row);
	row_symbol(&row, VALUE_TALLY);
	return scratch->failed ? SQLITE_NOMEM : row_insert(&row);
}
