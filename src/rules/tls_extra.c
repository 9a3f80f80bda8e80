/* What the hellos say besides versions and ciphers: extensions, names, certificates of the client,
 * and a box in between that ends TLS. */
#include "rules/rules.h"

#include "base/table.h"
#include "rules/evidence.h"

static bool
client_says(const struct session *session, enum tls_extra extra)
{
	return session->tls->client_hello != NULL &&
	       (session->tls->client_hello->extras & extra) != 0;
}

static bool
server_says(const struct session *session, enum tls_extra extra)
{
	return session->tls->server_hello != NULL &&
	       (session->tls->server_hello->extras & extra) != 0;
}

/* Harmless by itself since RFC 5746; without it the other end's prefix can be injected. */
bool
rule_tls_renegotiation_observed(const struct session *session, struct finding *finding)
{
	if (!session->tls->renegotiation.seen)
		return false;
	if (session->tls->server_hello != NULL && !server_says(session, TLS_HAS_RENEGOTIATION)) {
		finding->severity = SEVERITY_MEDIUM;
		finding->confidence = CONFIDENCE_LIKELY;
		finding_because(session, finding, "neither end is bound to secure renegotiation; "
			"assumed that the second handshake was completed");
	}
	return finding_at(finding, &session->tls->renegotiation);
}

bool
rule_tls_compression(const struct session *session, struct finding *finding)
{
	if (server_says(session, TLS_HAS_COMPRESSION)) {
		finding_lower_for_relay(session, finding, SEVERITY_HIGH);
		return finding_at(finding, &session->tls->server_hello_at);
	}
	if (session->ongoing || !client_says(session, TLS_HAS_COMPRESSION))
		return false;
	finding->severity = SEVERITY_LOW;
	finding_because(session, finding, "only the client offers it");
	return finding_at(finding, &session->tls->client_hello_at);
}

/* A probe whose length lies is CVE-2014-0160, whatever became of it. */
bool
rule_tls_heartbeat(const struct session *session, struct finding *finding)
{
	if (session->tls->heartbeat_probe.seen) {
		finding->severity = SEVERITY_CRITICAL;
		finding_because(
			session, finding, "a heartbeat asks for more bytes than it brought");
		return finding_at(finding, &session->tls->heartbeat_probe);
	}
	if (session->ongoing)
		return false;
	if (server_says(session, TLS_HAS_HEARTBEAT))
		return finding_at(finding, &session->tls->server_hello_at);
	if (!client_says(session, TLS_HAS_HEARTBEAT))
		return false;
	finding->severity = SEVERITY_INFO;
	finding_because(session, finding, "only the client offers it");
	return finding_at(finding, &session->tls->client_hello_at);
}

bool
rule_tls_truncated_hmac(const struct session *session, struct finding *finding)
{
	return server_says(session, TLS_HAS_TRUNCATED_HMAC) &&
	       finding_at(finding, &session->tls->server_hello_at);
}

/* The old form of a hello cannot carry a name. */
bool
rule_tls_no_sni(const struct session *session, struct finding *finding)
{
	if (session->tls->client_hello == NULL || client_says(session, TLS_HAS_SNI) ||
	    client_says(session, TLS_IS_SSL2) || client_says(session, TLS_HAS_ECH))
		return false;
	finding_by_role(session, finding, SEVERITY_LOW, SEVERITY_INFO);
	return finding_at(finding, &session->tls->client_hello_at);
}

bool
rule_tls_sni_ip_literal(const struct session *session, struct finding *finding)
{
	if (!client_says(session, TLS_SNI_IS_ADDRESS))
		return false;
	finding_because(session, finding, "%.*s is no host name",
		WORDS(session->tls->client_hello->sni));
	return finding_at(finding, &session->tls->client_hello_at);
}

/* RFC 6066, section 3: as a warning the handshake goes on. */
bool
rule_tls_sni_unrecognised(const struct session *session, struct finding *finding)
{
	const struct alert *alert = session->tls->alerts;
	struct span name = { 0 };

	while (alert != NULL && (alert->encrypted_after || alert->quote.side != SERVER ||
	                                (alert->quote.code & 0xFF) != 112))
		alert = alert->next;
	if (alert == NULL)
		return false;
	if (session->tls->client_hello != NULL)
		name = session->tls->client_hello->sni;
	if (alert->quote.code >> 8 == 2)
		finding->severity = SEVERITY_MEDIUM;
	finding_because(session, finding, "the client asked for \"%.*s\"", WORDS(name));
	return finding_at(finding, &alert->quote);
}

bool
rule_tls_no_alpn(const struct session *session, struct finding *finding)
{
	return session->tls->client_hello != NULL && session_is_access(session) &&
	       !client_says(session, TLS_HAS_ALPN) &&
	       finding_at(finding, &session->tls->client_hello_at);
}

bool
rule_tls_ech(const struct session *session, struct finding *finding)
{
	return client_says(session, TLS_HAS_ECH) &&
	       finding_at(finding, &session->tls->client_hello_at);
}

bool
rule_tls_0rtt_offered(const struct session *session, struct finding *finding)
{
	return client_says(session, TLS_HAS_EARLY_DATA) &&
	       finding_at(finding, &session->tls->client_hello_at);
}

bool
rule_tls_client_cert_requested(const struct session *session, struct finding *finding)
{
	if (!session->tls->client_certificate_requested)
		return false;
	if (session_is_access(session) && session->tls->client_certificates == 0) {
		finding->severity = SEVERITY_LOW;
		finding_because(session, finding, "the client has none");
	}
	return finding_at(finding, &session->tls->server_hello_at);
}

bool
rule_tls_client_cert_sent(const struct session *session, struct finding *finding)
{
	if (session->tls->client_certificates == 0)
		return false;
	finding_by_role(session, finding, SEVERITY_INFO, SEVERITY_LOW);
	return finding_at(finding, &session->tls->client_certificates_at);
}

/* Issuers that products which open TLS on its way give themselves by default; where the user lists one, it is there on
 * purpose. */
bool
rule_tls_interception_suspected(const struct session *session, struct finding *finding)
{
	static const char *const products[] = { "FortiGate CA", "Fortinet_CA_SSL",
		"Fortinet Untrusted CA", "Zscaler", "Blue Coat", "Cisco Umbrella", "mitmproxy",
		"PortSwigger CA", "Mail Shield Root", "Web/Mail Shield",
		"Kaspersky Anti-Virus Personal", "ESET SSL Filter CA", "Bitdefender Personal CA",
		"Netskope", "WatchGuard Proxy", "Sophos SSL CA", "Untangle" };
	const struct certificate *leaf = session_leaf(session);

	if (leaf != NULL && policy_expects_issuer(session->policy, leaf->issuer)) {
		finding->severity = SEVERITY_INFO;
		finding_because(session, finding, "the policy lists this issuer: \"%.*s\"",
			WORDS(leaf->issuer));
		return finding_at(finding, &session->tls->certificates_at);
	}
	for (size_t i = 0; leaf != NULL && i < TABLE_LENGTH(products); i++)
		if (span_has(leaf->issuer, products[i])) {
			finding->confidence = CONFIDENCE_LIKELY;
			finding_because(session, finding,
				"issued by \"%.*s\"; assumed that the issuer is what its name says",
				WORDS(leaf->issuer));
			return finding_at(finding, &session->tls->certificates_at);
		}
	return false;
}
