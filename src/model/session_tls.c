/* What a session remembers of TLS: hellos, certificates, alerts, and whether the handshake completed. */
#include "model/session_private.h"

#include <string.h>

enum {
	ALERTS_MOST = 16,
};

const struct tls_state tls_unseen = { .established = UNKNOWN };

struct tls_state *
session_tls(struct session *session)
{
	struct tls_state *tls;

	if (session->tls != &tls_unseen)
		return (struct tls_state *)session->tls;        /* nobody else has it */
	tls = session_keep(session, sizeof(*tls));
	if (tls != NULL)
		session->tls = tls;
	return tls;
}

static void *
keep_copy(struct session *session, const void *from, size_t size)
{
	void *copy = from != NULL ? session_keep(session, size) : NULL;

	if (copy != NULL)
		memcpy(copy, from, size);
	return copy;
}

static void
take_server_hello(struct session *session, struct tls_state *tls, const struct event *event)
{
	const struct tls_server_hello *hello = event->facts.server_hello;

	if (tls->server_hello != NULL || hello == NULL)
		return;
	tls->server_hello = keep_copy(session, hello, sizeof(*hello));
	tls->server_hello_at = session_quote(session, event);
	if (hello->version == TLS_1_3)  /* pre_shared_key is extension 41 */
		tls->resumed = span_has_item(hello->extensions, "41") ? YES : NO;
}

static void
take_certificates(struct session *session, struct tls_state *tls, const struct event *event)
{
	const struct certificate_chain *chain = event->facts.chain;

	if (chain == NULL)
		return;
	if (event->side == CLIENT) {
		tls->client_certificates = (uint32_t)chain->sent;
		session_keep_first(session, &tls->client_certificates_at, event);
		return;
	}
	if (tls->certificates_at.seen)
		return;
	tls->chain = *chain;
	tls->certificates_at = session_quote(session, event);
	tls->resumed = NO;
}

static void
take_alert(struct session *session, struct tls_state *tls, const struct event *event)
{
	struct alert **tail = &tls->alerts;
	struct alert *alert;
	size_t count = 0;

	for (; *tail != NULL; tail = &(*tail)->next)
		count++;
	alert = count < ALERTS_MOST ? session_keep(session, sizeof(*alert)) : NULL;
	if (alert == NULL)
		return;
	alert->quote = session_quote(session, event);
	alert->encrypted_after = (event->code & 0xFF) == 0xFF;
	*tail = alert;
}

/* An abbreviated handshake (RFC 5246, section 7.3): the server changes ciphers without a certificate. */
static void
take_cipher_changed(struct session *session, struct tls_state *tls, const struct event *event)
{
	tls->cipher_changed[event->side] = true;
	if (event->side == SERVER && tls->resumed == UNKNOWN && tls->server_hello != NULL &&
	    tls->server_hello->version < TLS_1_3 && !tls->certificates_at.seen &&
	    tls->key_exchange == NULL && !session->gap_at.seen)
		tls->resumed = YES;
}

static void
take_established(struct session *session, struct tls_state *tls, const struct event *event)
{
	tls->established = YES;
	tls->established_confidence = (enum confidence)event->code;
	tls->established_at = session_quote(session, event);
}

/* Messages that need few words; types as in RFC 5246, section 7.4, and RFC 6066.  A session that is taken up again has
 * no ServerHelloDone, one under a shared key or without a certificate has. */
static void
take_server_message(struct session *session, struct tls_state *tls, const struct event *event)
{
	enum { CERTIFICATE_REQUEST = 13, SERVER_HELLO_DONE = 14, CERTIFICATE_STATUS = 22 };

	if (event->code == SERVER_HELLO_DONE)
		tls->resumed = NO;
	tls->client_certificate_requested |= event->code == CERTIFICATE_REQUEST;
	if (event->code != CERTIFICATE_STATUS || tls->certificate_status)
		return;
	tls->certificate_status = true;
	tls->status = keep_copy(session, event->facts.status, sizeof(*tls->status));
	tls->certificate_status_at = session_quote(session, event);
}

static void
take_encrypted(struct session *session, struct tls_state *tls, const struct event *event)
{
	enum { APPLICATION_DATA = 23 };

	session_keep_first(session, &tls->encrypted[event->side], event);
	if (event->code == APPLICATION_DATA)
		session_keep_first(session, &tls->application[event->side], event);
}

void
session_take_tls(struct session *session, const struct event *event)
{
	struct tls_state *tls = session_tls(session);

	if (tls == NULL)
		return;
	if (!tls->started.seen) {
		tls->started = session_quote(session, event);
		tls->implicit = !session->greeting.seen && !session->first_command.seen &&
		                session->upgrades == NULL;
	}
	switch (event->kind) {
	case EVENT_TLS_CLIENT_HELLO:
		if (tls->client_hello == NULL) {
			tls->client_hello = keep_copy(session, event->facts.client_hello,
				sizeof(*tls->client_hello));
			tls->client_hello_at = session_quote(session, event);
		}
		break;
	case EVENT_TLS_SERVER_HELLO: take_server_hello(session, tls, event); break;
	case EVENT_TLS_RETRY:
		if (tls->retry == NULL)
			tls->retry = keep_copy(session, event->facts.server_hello, sizeof(*tls->retry));
		break;
	case EVENT_TLS_CERTIFICATES: take_certificates(session, tls, event); break;
	case EVENT_TLS_KEY_EXCHANGE:
		if (tls->key_exchange == NULL) {
			tls->key_exchange = keep_copy(session, event->facts.key_exchange,
				sizeof(*tls->key_exchange));
			tls->key_exchange_at = session_quote(session, event);
		}
		break;
	case EVENT_TLS_HANDSHAKE:
		if (event->side == SERVER)
			take_server_message(session, tls, event);
		break;
	case EVENT_TLS_TICKET:
		if (tls->ticket_name.len == 0)
			tls->ticket_name = arena_copy(session->arena, event->text);
		break;
	case EVENT_TLS_CIPHER_CHANGED: take_cipher_changed(session, tls, event); break;
	case EVENT_TLS_ENCRYPTED: take_encrypted(session, tls, event); break;
	case EVENT_TLS_ALERT: take_alert(session, tls, event); break;
	case EVENT_TLS_ESTABLISHED: take_established(session, tls, event); break;
	case EVENT_TLS_RENEGOTIATION: session_keep_first(session, &tls->renegotiation, event); break;
	case EVENT_TLS_HEARTBEAT_PROBE: session_keep_first(session, &tls->heartbeat_probe, event); break;
	case EVENT_TLS_HELLO_CUT: session_keep_first(session, &tls->hello_cut, event); break;
	case EVENT_TLS_GARBAGE: session_keep_first(session, &tls->garbage, event); break;
	default: break;
	}
}

/* An alert of level 2 that was readable, so before keys were active. */
bool
session_has_fatal_alert(const struct session *session)
{
	for (const struct alert *alert = session->tls->alerts; alert != NULL; alert = alert->next)
		if (alert->quote.code >> 8 == 2 && !alert->encrypted_after)
			return true;
	return false;
}
