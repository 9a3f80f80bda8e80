/* Why a handshake failed.  Alerts can be read until keys are active; where there is none, who closed after what has to
 * do.  The cause normally lies with the end that did not complain. */
#include "rules/rules.h"

#include "base/clock.h"
#include "base/table.h"
#include "rules/evidence.h"

#include <string.h>

enum {
	ALERT_FATAL = 2,
	TIMEOUT_MS = 10 * 1000,
	IDLE_MS = 30 * 1000,
};

static bool
has_failed(const struct session *session)
{
	return session->tls->client_hello != NULL && session->tls->established != YES &&
	       session->verdict != VERDICT_MODE_MISMATCH && !session->one_sided;
}

static bool
has_ended(const struct session *session)
{
	return !session->open || milliseconds_between(&session->tls->client_hello_at.where.last,
					 &session->last) >= IDLE_MS;
}

static bool
is_complete(const struct session *session)
{
	return session_shows_all(session, UINT32_MAX);
}

/* The client began, and its hello never came to an end, or is none that can be read. */
static bool
hello_is_missing(const struct session *session)
{
	const struct tls_state *tls = session->tls;

	if (session->verdict != VERDICT_HANDSHAKE_FAILED || tls->client_hello != NULL)
		return false;
	return tls->hello_cut.seen ||
	       (tls->started.seen && tls->started.side == CLIENT && !tls->encrypted[CLIENT].seen);
}

static bool
tell_missing_hello(const struct session *session, struct finding *finding)
{
	const struct tls_state *tls = session->tls;

	finding_lower_for_relay(session, finding, SEVERITY_MEDIUM);
	finding_because(session, finding, "%s", tls->hello_cut.seen ? "the connection ended inside the client's hello"
	                                                            : "the client's hello cannot be read");
	return finding_at(finding, tls->hello_cut.seen ? &tls->hello_cut : &tls->started);
}

bool
rule_tls_handshake_failed(const struct session *session, struct finding *finding)
{
	if (hello_is_missing(session))
		return tell_missing_hello(session, finding);
	if (!has_failed(session) || !has_ended(session))
		return false;
	finding_lower_for_relay(session, finding, SEVERITY_MEDIUM);
	if (!is_complete(session)) {
		finding->confidence = CONFIDENCE_POSSIBLE;
		finding_because(session, finding,
			"bytes are missing, and its completion may be among them");
	}
	return finding_at(finding, session->tls->server_hello_at.seen
		? &session->tls->server_hello_at
		: &session->tls->client_hello_at);
}

/* What an alert means, by who sent it. --------------------------------------------------------- */

static const struct alert_meaning {
	uint8_t     description;
	bool        warning_counts;
	const char *kind;
	const char *name;
	const char *from[2];
} meanings[] = {
	{ 10, false, "diag-tls-hs-garbage", "unexpected_message",
		{ "the server sent what is not TLS", "the client sent what is not TLS" } },
	{ 22, false, "diag-tls-hs-garbage", "record_overflow",
		{ "the server sent what is not TLS", "the client sent what is not TLS" } },
	{ 50, false, "diag-tls-hs-garbage", "decode_error",
		{ "the server sent what is not TLS", "the client sent what is not TLS" } },
	{ 20, false, "diag-tls-hs-crypto", "bad_record_mac",
		{ "keys differ, or bytes were changed", "keys differ, or bytes were changed" } },
	{ 21, false, "diag-tls-hs-crypto", "decryption_failed",
		{ "keys differ, or bytes were changed", "keys differ, or bytes were changed" } },
	{ 51, false, "diag-tls-hs-crypto", "decrypt_error",
		{ "the server's signature or key does not fit",
			"the client's signature or key does not fit" } },
	{ 40, false, "diag-tls-hs-no-overlap", "handshake_failure",
		{ "the client finds nothing acceptable in what the server chose",
			"no cipher, group or signature in common, or no client certificate" } },
	{ 115, false, "diag-tls-hs-crypto", "unknown_psk_identity",
		{ "the server does not know the client's shared key",
			"the server does not know the client's shared key" } },
	{ 120, false, "diag-tls-hs-no-overlap", "no_application_protocol",
		{ "no protocol in common of those named in ALPN", "no protocol in common of those named in ALPN" } },
	{ 42, false, "diag-cert-rejected", "bad_certificate", { NULL, NULL } },
	{ 43, false, "diag-cert-rejected", "unsupported_certificate", { NULL, NULL } },
	{ 44, false, "diag-cert-rejected", "certificate_revoked", { NULL, NULL } },
	{ 45, false, "diag-cert-rejected", "certificate_expired", { NULL, NULL } },
	{ 46, false, "diag-cert-rejected", "certificate_unknown", { NULL, NULL } },
	{ 48, false, "diag-cert-rejected", "unknown_ca", { NULL, NULL } },
	{ 47, false, "diag-tls-hs-illegal", "illegal_parameter",
		{ "the server's choice is illegal, or marked as downgraded",
			"the client's hello is malformed" } },
	{ 70, false, "diag-tls-hs-version", "protocol_version",
		{ "the server is too old for the client",
			"the client is too old for the server" } },
	{ 71, false, "diag-tls-hs-weak", "insufficient_security",
		{ "the server is too weak for the client",
			"the client is too weak for the server" } },
	{ 80, false, "diag-tls-hs-internal", "internal_error",
		{ "the client fails in itself",
			"the server is misconfigured: often no certificate or key" } },
	{ 0, true, "diag-tls-hs-canceled", "close_notify",
		{ "the user or the program declined", "the server gave up" } },
	{ 90, true, "diag-tls-hs-canceled", "user_canceled",
		{ "the user or the program declined", "the server gave up" } },
	{ 109, false, "diag-tls-hs-extension", "missing_extension",
		{ "the server's hello is incomplete", "the client's hello is incomplete" } },
	{ 110, false, "diag-tls-hs-extension", "unsupported_extension",
		{ "the server sent an extension that was not offered",
			"the client sent an extension that must not be there" } },
};

static const struct alert_meaning *
meaning_of(const struct alert *alert, const char *kind)
{
	uint32_t level = alert->quote.code >> 8, description = alert->quote.code & 0xFF;

	if (alert->encrypted_after)
		return NULL;
	for (size_t i = 0; i < TABLE_LENGTH(meanings); i++)
		if (meanings[i].description == description && strcmp(meanings[i].kind, kind) == 0 &&
		    (level == ALERT_FATAL || meanings[i].warning_counts))
			return &meanings[i];
	return NULL;
}

static bool
alert_says(const struct session *session, struct finding *finding, const char *kind)
{
	if (!has_failed(session))
		return false;
	for (const struct alert *alert = session->tls->alerts; alert != NULL; alert = alert->next) {
		const struct alert_meaning *meaning = meaning_of(alert, kind);

		if (meaning == NULL)
			continue;
		finding_because(session, finding, "%s from the %s: %s", meaning->name,
			alert->quote.side == CLIENT ? "client" : "server",
			meaning->from[alert->quote.side]);
		return finding_at(finding, &alert->quote);
	}
	return false;
}

bool
rule_diag_tls_hs_garbage(const struct session *session, struct finding *finding)
{
	return alert_says(session, finding, "diag-tls-hs-garbage");
}

bool
rule_diag_tls_hs_crypto(const struct session *session, struct finding *finding)
{
	return alert_says(session, finding, "diag-tls-hs-crypto");
}

bool
rule_diag_tls_hs_no_overlap(const struct session *session, struct finding *finding)
{
	return alert_says(session, finding, "diag-tls-hs-no-overlap");
}

bool
rule_diag_tls_hs_illegal(const struct session *session, struct finding *finding)
{
	return alert_says(session, finding, "diag-tls-hs-illegal");
}

bool
rule_diag_tls_hs_version(const struct session *session, struct finding *finding)
{
	return alert_says(session, finding, "diag-tls-hs-version");
}

bool
rule_diag_tls_hs_weak(const struct session *session, struct finding *finding)
{
	return alert_says(session, finding, "diag-tls-hs-weak");
}

bool
rule_diag_tls_hs_internal(const struct session *session, struct finding *finding)
{
	return alert_says(session, finding, "diag-tls-hs-internal");
}

bool
rule_diag_tls_hs_canceled(const struct session *session, struct finding *finding)
{
	return alert_says(session, finding, "diag-tls-hs-canceled");
}

bool
rule_diag_tls_hs_extension(const struct session *session, struct finding *finding)
{
	return alert_says(session, finding, "diag-tls-hs-extension");
}

/* Certificates that were not accepted ---------------------------------------------------------- */

static const struct alert *
find_rejection(const struct session *session, enum side from, const char **name_r)
{
	for (const struct alert *alert = session->tls->alerts; alert != NULL; alert = alert->next) {
		const struct alert_meaning *meaning = meaning_of(alert, "diag-cert-rejected");

		if (meaning == NULL || alert->quote.side != from)
			continue;
		*name_r = meaning->name;
		return alert;
	}
	return NULL;
}

static bool
client_left_first(const struct session *session)
{
	return !session->open && session->closed_first == CLIENT && session->closed_by != NULL &&
	       (strcmp(session->closed_by, "fin") == 0 || strcmp(session->closed_by, "rst") == 0);
}

/* No readable alert: the client saw the certificate and left.  In TLS 1.3 its alert is encrypted,
 * and as long as a farewell. */
static bool
left_without_a_word(const struct session *session, struct finding *finding)
{
	const struct tls_state *tls = session->tls;

	if (tls->server_hello == NULL || !client_left_first(session) || !is_complete(session))
		return false;
	for (const struct alert *alert = tls->alerts; alert != NULL; alert = alert->next)
		if (!alert->encrypted_after)
			return false;
	if (tls->server_hello->version >= TLS_1_3) {
		if (!tls->encrypted[SERVER].seen || !tls->encrypted[CLIENT].seen)
			return false;
		finding->confidence = CONFIDENCE_POSSIBLE;
		finding_because(session, finding,
			"the client's only encrypted record has the size of an "
			"alert; a farewell has the same");
		return finding_at(finding, &tls->encrypted[CLIENT]);
	}
	if (!tls->certificates_at.seen || tls->cipher_changed[CLIENT])
		return false;
	finding->confidence = CONFIDENCE_LIKELY;
	finding_because(session, finding, "the client left right after the certificate without an "
		"alert; assumed that the certificate is why");
	return finding_at(finding, &tls->certificates_at);
}

bool
rule_diag_cert_rejected_by_client(const struct session *session, struct finding *finding)
{
	const char *name = NULL;
	const struct alert *alert;

	if (!has_failed(session))
		return false;
	alert = find_rejection(session, CLIENT, &name);
	if (alert == NULL)
		return left_without_a_word(session, finding);
	finding_because(session, finding, "%s: the client does not accept the server's certificate",
		name);
	return finding_at(finding, &alert->quote);
}

bool
rule_diag_cert_rejected_by_server(const struct session *session, struct finding *finding)
{
	const char *name = NULL;
	const struct alert *alert =
		has_failed(session) ? find_rejection(session, SERVER, &name) : NULL;

	if (alert == NULL)
		return false;
	finding_because(session, finding, "%s: the server does not accept the client's certificate",
		name);
	return finding_at(finding, &alert->quote);
}

/* What a client finds bad about a certificate whatever the time is. */
static bool
has_other_fault(const struct session *session, const struct certificate *leaf)
{
	const struct tls_client_hello *hello = session->tls->client_hello;

	return leaf->self_signed || (hello->sni.len > 0 && !certificate_covers(leaf, hello->sni));
}

/* "Expired" or "bad" about a certificate that was valid when it was captured. */
bool
rule_diag_clock_skew(const struct session *session, struct finding *finding)
{
	const struct certificate *leaf = session_leaf(session);
	int64_t now = session->tls->certificates_at.where.last.time_ns / NS_PER_SECOND;

	if (leaf == NULL || !has_failed(session) || now < leaf->not_before || now > leaf->not_after)
		return false;
	for (const struct alert *alert = session->tls->alerts; alert != NULL; alert = alert->next) {
		uint32_t description = alert->quote.code & 0xFF;

		if (alert->encrypted_after || alert->quote.side != CLIENT ||
		    (description != 42 && description != 45) ||
		    (description == 42 && has_other_fault(session, leaf)))
			continue;
		finding->confidence = description == 45 ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
		finding_because(session, finding,
			"the certificate was valid at capture time; assumed that the capture's "
			"clock is right");
		return finding_at(finding, &alert->quote);
	}
	return false;
}

static bool
server_answered(const struct session *session)
{
	const struct upgrade *upgrade = session_upgrade(session);

	for (const struct alert *alert = session->tls->alerts; alert != NULL; alert = alert->next)
		if (alert->quote.side == SERVER)
			return true;
	return session->tls->server_hello != NULL || session->tls->retry != NULL ||
	       session->tls->encrypted[SERVER].seen ||
	       (session->tls->garbage.seen && session->tls->garbage.side == SERVER) ||
	       (upgrade != NULL && upgrade->server_plain.seen);
}

bool
rule_diag_tls_timeout_server_silent(const struct session *session, struct finding *finding)
{
	const struct quote *hello = &session->tls->client_hello_at;

	if (!has_failed(session) || server_answered(session) || !is_complete(session) ||
	    milliseconds_between(&hello->where.last, &session->last) < TIMEOUT_MS)
		return false;
	finding_because(session, finding, "no answer to the ClientHello for %lld seconds",
		(long long)milliseconds_between(&hello->where.last, &session->last) / 1000);
	return finding_at(finding, hello);
}
