/* Handshake messages: put together from records, told as events.
 *
 * A message that lies whole in its record is read where it lies; only one that is split is copied,
 * into a room that grows with what really came, whatever length it claims. */
#include "base/cursor.h"
#include "base/text.h"
#include "tls_exchange.h"
#include "tls_hello.h"
#include "tls_names.h"
#include "tls_state.h"
#include "x509_cache.h"

#include <string.h>

enum {
	FIRST_ROOM = 2048,
	TOLD_MOST = 64,                 /* messages of one side that are told */
	TICKET_NAME = 16,               /* RFC 5077, section 4: a ticket begins with the name of its key */
	TICKET_LEAST = 64,              /* ... which an IV, a length, and a MAC follow */
	STATUS_OCSP = 1,
};

/* Telling -------------------------------------------------------------------------------------- */

static void
note_name(struct dialogue *d, enum side side, enum note_kind kind, uint8_t type)
{
	const char *name = tls_handshake_name(type);

	dialogue_note(d, side, kind, span_of(name != NULL ? name : "handshake message"));
}

/* A message of which nothing but its type is told. */
static void
tell_type(struct dialogue *d, enum side side, uint8_t type)
{
	const char *name = tls_handshake_name(type);

	dialogue_event(d, side, EVENT_TLS_HANDSHAKE, type,
		span_of(name != NULL ? name : "unknown message"));
}

/* Facts could not be read: because the message is damaged, or because memory is spent. */
static void
tell_unread(struct dialogue *d, enum side side, uint8_t type, bool damaged)
{
	note_name(d, side, damaged ? NOTE_MALFORMED : NOTE_TRUNCATED, type);
	tell_type(d, side, type);
}

/* Tells an event with facts, and frees the text. */
static void
tell_facts(struct dialogue *d, struct event *event, struct buffer *text, bool damaged)
{
	event->text = buffer_span(text);
	dialogue_tell(d, event);
	buffer_free(text);
	if (damaged)
		dialogue_note(d, event->side, NOTE_MALFORMED, span_of(event_word(event->kind)));
}

static void
add_version(struct buffer *text, uint16_t version)
{
	const char *word = tls_version_word(version);

	if (word != NULL)
		buffer_add_text(text, word);
	else
		buffer_printf(text, "version %04x", version);
}

static void
add_group(struct buffer *text, uint16_t group)
{
	const char *name = tls_group_name(group);

	if (name != NULL)
		buffer_add_text(text, name);
	else
		buffer_printf(text, "group %u", group);
}

/* Hellos --------------------------------------------------------------------------------------- */

static void
client_hello_seen(struct dialogue *d, enum side side, struct span body)
{
	struct tls *t = dialogue_state(d);
	struct buffer text = { 0 };
	bool damaged;
	struct tls_client_hello *hello = tls_client_hello_read(dialogue_arena(d), dialogue_hellos(d), body, &damaged);

	t->client_hellos++;
	if (hello == NULL) {
		tell_unread(d, side, HANDSHAKE_CLIENT_HELLO, damaged);
		return;
	}
	t->early_data = (hello->extras & TLS_HAS_EARLY_DATA) != 0;
	add_version(&text, hello->highest_version);
	buffer_add_text(&text, " offered, ");
	if (hello->sni.len > 0) {
		buffer_add_text(&text, "SNI ");
		buffer_add(&text, hello->sni);
	} else {
		buffer_add_text(&text, "no SNI");
	}
	buffer_add_text(&text, ", ");
	buffer_add_number(&text, hello->cipher_count);
	buffer_add_text(&text, " suites");
	tell_facts(d, &(struct event){
		.kind = EVENT_TLS_CLIENT_HELLO, .side = side, .facts.client_hello = hello,
	}, &text, damaged);
}

/* What the client sent before it knew the version was early data at best, and a ChangeCipherSpec of
 * its turns out to be one for the eyes of middleboxes (RFC 8446, section D.4). */
static void
agree(struct tls *t, const struct tls_server_hello *hello)
{
	struct tls_side *client = &t->sides[CLIENT];

	t->version = hello->version;
	if (tls_is_13(t)) {
		client->changed = t->sides[SERVER].changed = client->finished_size = false;
		client->records = client->longest = 0;
	}
	if (t->retry && !t->server_hello)
		return;
	t->cipher = hello->cipher;
	t->secure_renegotiation = (hello->extras & TLS_HAS_RENEGOTIATION) != 0;
	t->raw_keys[CLIENT] = (hello->extras & TLS_RAW_CLIENT_KEY) != 0;
	t->raw_keys[SERVER] = (hello->extras & TLS_RAW_SERVER_KEY) != 0;
	t->next_protocol = span_has_item(hello->extensions, "13172");
}

static void
tell_server_hello(struct dialogue *d, enum side side, const struct tls_server_hello *hello,
	bool damaged)
{
	struct tls *t = dialogue_state(d);
	bool retry = !t->server_hello;
	struct buffer text = { 0 };

	add_version(&text, hello->version);
	if (hello->cipher != NULL) {
		buffer_add_text(&text, " ");
		buffer_add_text(&text, hello->cipher->name);
	} else {
		buffer_printf(&text, " suite %04x", hello->cipher_id);
	}
	if (hello->group != 0) {
		buffer_add_text(&text, retry ? ", asks for " : ", ");
		add_group(&text, hello->group);
	}
	tell_facts(d, &(struct event){
		.kind = retry ? EVENT_TLS_RETRY : EVENT_TLS_SERVER_HELLO,
		.side = side,
		.facts.server_hello = hello,
	}, &text, damaged);
}

static void
server_hello_seen(struct dialogue *d, enum side side, struct span body)
{
	struct tls *t = dialogue_state(d);
	bool damaged;
	struct tls_server_hello *hello = tls_server_hello_read(dialogue_arena(d), body, &damaged);

	if (hello == NULL) {
		tell_unread(d, side, HANDSHAKE_SERVER_HELLO, damaged);
		return;
	}
	if (tls_server_hello_is_retry(hello)) {
		if (t->retry) {         /* a second one is against RFC 8446, section 4.1.4 */
			tell_unread(d, side, HANDSHAKE_SERVER_HELLO, true);
			return;
		}
		t->retry = true;
	} else {
		t->server_hello = true;
	}
	agree(t, hello);
	tell_server_hello(d, side, hello, damaged);
}

/* Certificates and key exchange ---------------------------------------------------------------- */

/* RFC 7250, section 3: a key alone, so that nothing can be said of a certificate. */
static void
raw_key_seen(struct dialogue *d, enum side side, struct span body)
{
	struct cursor message = cursor_of(body);

	cursor_block(&message, 3);
	dialogue_event(d, side, EVENT_TLS_HANDSHAKE, HANDSHAKE_CERTIFICATE, span_of("a bare key, no certificate"));
	if (message.failed || message.left > 0)
		note_name(d, side, NOTE_MALFORMED, HANDSHAKE_CERTIFICATE);
}

static void
certificate_seen(struct dialogue *d, enum side side, struct span body)
{
	struct tls *t = dialogue_state(d);
	struct certificate_chain *chain = arena_alloc(dialogue_arena(d), sizeof(*chain));
	struct cursor message = cursor_of(body), list = cursor_block(&message, 3);
	struct buffer text = { 0 };
	bool damaged = message.failed || message.left > 0;

	t->sides[side].certificates = true;
	if (chain == NULL || message.failed) {
		tell_unread(d, side, HANDSHAKE_CERTIFICATE, message.failed);
		return;
	}
	damaged |= !x509_cache_read_chain(dialogue_certificates(d), dialogue_arena(d),
		cursor_rest(&list), chain);
	if (chain->sent == 0)
		buffer_add_text(&text, "no");
	else
		buffer_add_number(&text, chain->sent);
	buffer_add_text(&text, chain->sent > 1 ? " certificates" : " certificate");
	if (chain->count > 0 && chain->certificates[0].common_name.len > 0) {
		buffer_add_text(&text, ", CN=");
		buffer_add(&text, chain->certificates[0].common_name);
	}
	if (chain->count < chain->sent)
		note_name(d, side, NOTE_TRUNCATED, HANDSHAKE_CERTIFICATE);
	tell_facts(d, &(struct event){
		.kind = EVENT_TLS_CERTIFICATES, .side = side, .facts.chain = chain,
	}, &text, damaged);
}

static void
key_exchange_seen(struct dialogue *d, enum side side, struct span body)
{
	struct tls *t = dialogue_state(d);
	struct tls_key_exchange *exchange;
	struct buffer text = { 0 };
	const char *scheme;
	bool damaged;

	exchange = tls_key_exchange_read(dialogue_arena(d), t->cipher, t->version, body, &damaged);
	if (exchange == NULL) {
		if (damaged)
			note_name(d, side, NOTE_MALFORMED, HANDSHAKE_SERVER_KEY_EXCHANGE);
		tell_type(d, side, HANDSHAKE_SERVER_KEY_EXCHANGE);
		return;
	}
	t->key_exchange = true;
	if (exchange->finite_field) {
		buffer_printf(&text, "DHE %u bits", exchange->prime_bits);
	} else {
		buffer_add_text(&text, "ECDHE ");
		if (exchange->explicit_curve)
			buffer_add_text(&text, "explicit curve");
		else
			add_group(&text, exchange->group);
	}
	scheme = tls_scheme_name(exchange->signature_scheme);
	if (scheme != NULL) {
		buffer_add_text(&text, ", ");
		buffer_add_text(&text, scheme);
	}
	tell_facts(d, &(struct event){
		.kind = EVENT_TLS_KEY_EXCHANGE, .side = side, .facts.key_exchange = exchange,
	}, &text, false);
}

/* Tickets and status --------------------------------------------------------------------------- */

static void
tell_named(struct dialogue *d, enum side side, uint8_t type, struct event event, bool damaged)
{
	const char *name = tls_handshake_name(type);

	event.kind = EVENT_TLS_HANDSHAKE;
	event.side = side;
	event.code = type;
	event.text = span_of(name != NULL ? name : "handshake message");
	dialogue_tell(d, &event);
	if (damaged)
		note_name(d, side, NOTE_MALFORMED, type);
}

/* Only the key's name is kept: with the ticket itself a session can be resumed. */
static void
ticket_seen(struct dialogue *d, enum side side, struct span body)
{
	struct tls *t = dialogue_state(d);
	struct cursor message = cursor_of(body), ticket;
	struct buffer name = { 0 };

	t->ticket = true;
	cursor_take(&message, 4);       /* how long it lasts */
	ticket = cursor_block(&message, 2);
	tell_named(d, side, HANDSHAKE_NEW_SESSION_TICKET, (struct event){ 0 },
		message.failed || message.left > 0);
	if (ticket.failed || ticket.left < TICKET_LEAST)
		return;
	text_hex(&name, cursor_take(&ticket, TICKET_NAME));
	dialogue_event(d, side, EVENT_TLS_TICKET, 0, buffer_span(&name));
	buffer_free(&name);
}

/* RFC 6066, section 8. */
static void
status_seen(struct dialogue *d, enum side side, struct span body)
{
	struct cursor message = cursor_of(body);
	struct certificate_status *status = arena_alloc(dialogue_arena(d), sizeof(*status));
	bool is_ocsp = cursor_be(&message, 1) == STATUS_OCSP, damaged;
	struct cursor answer = cursor_block(&message, 3);

	damaged = is_ocsp && (message.failed || message.left > 0);
	if (status != NULL && (!is_ocsp || message.failed ||
				      !x509_read_status(dialogue_arena(d), cursor_rest(&answer), status)))
		status = NULL;
	tell_named(d, side, HANDSHAKE_CERTIFICATE_STATUS, (struct event){ .facts.status = status }, damaged);
}

/* Messages ------------------------------------------------------------------------------------- */

/* Whether facts are wanted of this message: each is read once, a ClientHello again after a
 * retry. */
static bool
is_wanted(const struct tls *t, enum side side, uint8_t type)
{
	switch (type) {
	case HANDSHAKE_CLIENT_HELLO: return side == CLIENT && t->client_hellos < (t->retry ? 2 : 1);
	case HANDSHAKE_SERVER_HELLO: return side == SERVER && !t->server_hello;
	case HANDSHAKE_CERTIFICATE: return !tls_is_13(t) && !t->sides[side].certificates;
	case HANDSHAKE_SERVER_KEY_EXCHANGE:
		return side == SERVER && t->cipher != NULL && !tls_is_13(t) && !t->key_exchange;
	case HANDSHAKE_NEW_SESSION_TICKET: return side == SERVER && t->server_hello && !tls_is_13(t) && !t->ticket;
	case HANDSHAKE_CERTIFICATE_STATUS: return side == SERVER && t->server_hello && !tls_is_13(t);
	default: return false;
	}
}

static void
take_message(struct dialogue *d, enum side side, uint8_t type, struct span body)
{
	struct tls *t = dialogue_state(d);
	struct tls_side *half = &t->sides[side];

	if (half->told == TOLD_MOST) {
		note_name(d, side, NOTE_TRUNCATED, type);
		half->told++;
	}
	if (half->told > TOLD_MOST)
		return;
	half->told++;
	if (!is_wanted(t, side, type)) {
		tell_type(d, side, type);
		return;
	}
	switch (type) {
	case HANDSHAKE_CLIENT_HELLO: client_hello_seen(d, side, body); break;
	case HANDSHAKE_SERVER_HELLO: server_hello_seen(d, side, body); break;
	case HANDSHAKE_CERTIFICATE:
		if (t->raw_keys[side])
			raw_key_seen(d, side, body);
		else
			certificate_seen(d, side, body);
		break;
	case HANDSHAKE_SERVER_KEY_EXCHANGE: key_exchange_seen(d, side, body); break;
	case HANDSHAKE_NEW_SESSION_TICKET: ticket_seen(d, side, body); break;
	case HANDSHAKE_CERTIFICATE_STATUS: status_seen(d, side, body); break;
	}
}

static size_t
message_length(const uint8_t header[MESSAGE_HEADER])
{
	return (size_t)header[1] << 16 | (size_t)header[2] << 8 | header[3];
}

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t
tls_handshake_want(const struct message_part *part, struct span in, size_t left)
{
	if (part->header_len == MESSAGE_HEADER)
		return smaller(message_length(part->header) - part->len, left);
	if (part->header_len > 0 || left < MESSAGE_HEADER)
		return smaller(MESSAGE_HEADER - part->header_len, left);
	if (in.len < MESSAGE_HEADER)
		return 0;
	return smaller(MESSAGE_HEADER + message_length(in.at), left);
}

/* Room for `more` bytes of the message; false when it is not to be had. */
static bool
make_room(struct message_part *part, struct arena *arena, size_t more)
{
	size_t room = part->room > 0 ? part->room : FIRST_ROOM;
	uint8_t *at;

	if (part->len + more <= part->room)
		return true;
	while (room < part->len + more)
		room *= 2;
	at = arena_alloc(arena, room);
	if (at == NULL)
		return false;
	if (part->len > 0)
		memcpy(at, part->at, part->len);
	part->at = at;
	part->room = room;
	return true;
}

static void
add_body(struct dialogue *d, struct message_part *part, struct span piece)
{
	if (piece.len == 0)
		return;
	if (message_length(part->header) > MESSAGE_MOST ||
	    (!part->passed_over && !make_room(part, dialogue_arena(d), piece.len)))
		part->passed_over = true;
	if (!part->passed_over)
		memcpy(part->at + part->len, piece.at, piece.len);
	part->len += piece.len;
}

static void
add_piece(struct dialogue *d, struct message_part *part, struct span piece)
{
	struct span header = span_first(piece, MESSAGE_HEADER - part->header_len);

	if (header.len > 0)
		memcpy(part->header + part->header_len, header.at, header.len);
	part->header_len += header.len;
	add_body(d, part, span_after(piece, header.len));
}

void
tls_handshake_take(struct dialogue *d, enum side side, struct span piece)
{
	struct tls *t = dialogue_state(d);
	struct message_part *part = &t->sides[side].part;
	uint8_t type;

	if (part->header_len == 0 && piece.len >= MESSAGE_HEADER &&
	    piece.len == MESSAGE_HEADER + message_length(piece.at)) {
		take_message(d, side, piece.at[0], span_after(piece, MESSAGE_HEADER));
		return;
	}
	add_piece(d, part, piece);
	if (part->header_len < MESSAGE_HEADER || part->len < message_length(part->header))
		return;
	type = part->header[0];
	if (part->passed_over)
		tell_unread(d, side, type, false);
	else
		take_message(d, side, type, span_from(part->at, part->len));
	part->header_len = part->len = 0;
	part->passed_over = false;
}
