/* What the server's certificate shows, where it crossed in clear (TLS 1.2 and before, full
 * handshake).  "Now" is when it was captured.  Between relays nothing is authenticated unless a
 * policy says so (RFC 7672, section 1.3): names and trust matter less there.  A trust store is asked
 * where one was given; TLSA records and other sessions are not asked here. */
#include "rules/rules.h"

#include "base/clock.h"
#include "base/table.h"
#include "rules/evidence.h"

enum {
	CLOCK_MARGIN = 5 * 60,
	SOON = 14 * 24 * 3600,
};

static bool
at_chain(const struct session *session, struct finding *finding)
{
	return finding_at(finding, &session->tls->certificates_at);
}

static int64_t
capture_seconds(const struct session *session)
{
	return session->tls->certificates_at.where.last.time_ns / NS_PER_SECOND;
}

/* Validity ------------------------------------------------------------------------------------- */

static long long
days(int64_t seconds)
{
	return (long long)(seconds / (24 * 3600));
}

bool
rule_cert_expired(const struct session *session, struct finding *finding)
{
	const struct certificate *leaf = session_leaf(session);
	int64_t now = capture_seconds(session);

	if (leaf == NULL || leaf->not_after >= now - CLOCK_MARGIN)
		return false;
	finding_by_role(session, finding, SEVERITY_HIGH, SEVERITY_LOW);
	finding_because(session, finding, "expired %lld days before it was captured",
		days(now - leaf->not_after));
	return at_chain(session, finding);
}

bool
rule_cert_not_yet_valid(const struct session *session, struct finding *finding)
{
	const struct certificate *leaf = session_leaf(session);
	int64_t now = capture_seconds(session);

	if (leaf == NULL || leaf->not_before <= now + CLOCK_MARGIN)
		return false;
	finding_by_role(session, finding, SEVERITY_MEDIUM, SEVERITY_LOW);
	finding->confidence = CONFIDENCE_LIKELY;
	finding_because(session, finding,
		"becomes valid %lld days after it was captured; assumed that the capture's clock "
		"is right",
		days(leaf->not_before - now));
	return at_chain(session, finding);
}

bool
rule_cert_expiring_soon(const struct session *session, struct finding *finding)
{
	const struct certificate *leaf = session_leaf(session);
	int64_t now = capture_seconds(session);

	if (leaf == NULL || leaf->not_after < now || leaf->not_after >= now + SOON)
		return false;
	finding_because(session, finding, "expires %lld days after it was captured",
		days(leaf->not_after - now));
	return at_chain(session, finding);
}

/* Baseline requirements of the CA/Browser Forum, section 6.3.2: how long a certificate may last, by when its validity
 * begins. */
static const struct limit {
	int64_t since;                  /* seconds since 1970 */
	int     days;
} limits[] = {
	{ 1868227200, 47 },             /* 2029-03-15 */
	{ 1805068800, 100 },            /* 2027-03-15 */
	{ 1773532800, 200 },            /* 2026-03-15 */
	{ 1598918400, 398 },            /* 2020-09-01 */
	{ 1519862400, 825 },            /* 2018-03-01 */
};

/* They bind the authorities that a trust store holds, and no others. */
bool
rule_cert_lifetime_excessive(const struct session *session, struct finding *finding)
{
	const struct certificate *leaf = session_leaf(session);
	int64_t lifetime;

	if (leaf == NULL || session->tls->chain.trust != TRUST_REACHED)
		return false;
	lifetime = leaf->not_after - leaf->not_before;
	for (size_t i = 0; i < TABLE_LENGTH(limits); i++) {
		if (leaf->not_before < limits[i].since)
			continue;
		if (lifetime <= (int64_t)limits[i].days * 24 * 3600)
			return false;
		finding_because(session, finding, "%lld days; %d were allowed when it was issued",
			days(lifetime), limits[i].days);
		return at_chain(session, finding);
	}
	return false;
}

/* Trust ---------------------------------------------------------------------------------------- */

bool
rule_cert_self_signed(const struct session *session, struct finding *finding)
{
	const struct certificate *leaf = session_leaf(session);

	if (leaf == NULL || !leaf->self_signed)
		return false;
	finding_by_role(session, finding, SEVERITY_MEDIUM, SEVERITY_INFO);
	finding_because(session, finding, "%.*s", WORDS(leaf->subject));
	return at_chain(session, finding);
}

static bool
path_has_lapsed(const struct session *session)
{
	const struct certificate_chain *chain = &session->tls->chain;
	int64_t now = capture_seconds(session);

	return chain->trust == TRUST_REACHED &&
	       (now + CLOCK_MARGIN < chain->path_from || now - CLOCK_MARGIN > chain->path_until);
}

/* A leaf that signs itself needs no chain. */
bool
rule_cert_chain_incomplete(const struct session *session, struct finding *finding)
{
	const struct certificate *leaf = session_leaf(session);
	const struct certificate_chain *chain = &session->tls->chain;
	bool lapsed = path_has_lapsed(session);

	if (leaf == NULL || leaf->self_signed || (chain->trust != TRUST_INCOMPLETE && !lapsed))
		return false;
	finding_by_role(session, finding, SEVERITY_MEDIUM, SEVERITY_LOW);
	finding->confidence = CONFIDENCE_LIKELY;
	finding_because(session, finding, "with %u certificates sent: %s; assumed that the clients trust what the "
		"trust store holds", (unsigned)chain->sent,
		lapsed ? "an issuer on the way to the trust store did not hold good when it was captured"
		       : chain->trust_words != NULL ? chain->trust_words : "no path");
	return at_chain(session, finding);
}

/* A leaf that signs itself has no root, and is told of apart. */
bool
rule_cert_untrusted_root(const struct session *session, struct finding *finding)
{
	const struct certificate *leaf = session_leaf(session);
	const struct certificate_chain *chain = &session->tls->chain;

	if (leaf == NULL || leaf->self_signed || chain->trust != TRUST_OUTSIDE)
		return false;
	finding_by_role(session, finding, SEVERITY_MEDIUM, SEVERITY_INFO);
	finding->confidence = CONFIDENCE_LIKELY;
	finding_because(session, finding, "issued by \"%.*s\"; assumed that the clients trust what the trust "
		"store holds", WORDS(chain->certificates[chain->count - 1].issuer));
	return at_chain(session, finding);
}

/* RFC 5246, section 7.4.2: each certificate certifies the one before it. */
bool
rule_cert_chain_disordered(const struct session *session, struct finding *finding)
{
	const struct certificate_chain *chain = &session->tls->chain;

	for (size_t i = 1; i < chain->count; i++) {
		const struct certificate *certificate = &chain->certificates[i];

		if (certificate->unreadable || chain->certificates[i - 1].unreadable ||
		    certificate->certifies_previous)
			continue;
		finding_because(session, finding,
			"certificate %u, \"%.*s\", is not the issuer of the "
			"one before it",
			(unsigned)i, WORDS(certificate->subject));
		return at_chain(session, finding);
	}
	return false;
}

bool
rule_cert_no_serverauth_eku(const struct session *session, struct finding *finding)
{
	const struct certificate *leaf = session_leaf(session);

	return leaf != NULL && leaf->has_usage && !leaf->for_server && at_chain(session, finding);
}

bool
rule_cert_is_ca(const struct session *session, struct finding *finding)
{
	const struct certificate *leaf = session_leaf(session);

	return leaf != NULL && leaf->is_ca && at_chain(session, finding);
}

/* Subjects that software and appliances put into the certificate they make for themselves. */
bool
rule_cert_default_vendor(const struct session *session, struct finding *finding)
{
	static const char *const defaults[] = { "CN=localhost.localdomain", "CN=imap.example.com",
		"Automatically-generated ESMTP SSL key", "Automatically-generated IMAP SSL key",
		"Automatically-generated POP3 SSL key", "CN=Parallels Panel", "CN=Plesk",
		"Zimbra Collaboration Server", "Cisco Appliance Demo Certificate",
		"sales@barracuda.com", "CN=synology.com", "CN=QNAP NAS", "CN=FortiMail",
		"SophosApplianceCertificate", "Internet Widgits Pty Ltd" };
	const struct certificate *leaf = session_leaf(session);

	for (size_t i = 0; leaf != NULL && i < TABLE_LENGTH(defaults); i++)
		if (span_has(leaf->subject, defaults[i])) {
			finding->confidence = CONFIDENCE_LIKELY;
			finding_because(session, finding,
				"\"%.*s\"; assumed that nobody chose such a "
				"name on purpose",
				WORDS(leaf->subject));
			return at_chain(session, finding);
		}
	return false;
}

/* Names ---------------------------------------------------------------------------------------- */

bool
rule_cert_name_mismatch_sni(const struct session *session, struct finding *finding)
{
	const struct certificate *leaf = session_leaf(session);
	const struct tls_client_hello *hello = session->tls->client_hello;

	if (leaf == NULL || hello == NULL || hello->sni.len == 0 ||
		(hello->extras & (TLS_SNI_IS_ADDRESS | TLS_HAS_ECH)) ||
		certificate_covers(leaf, hello->sni))
		return false;
	finding_by_role(session, finding, SEVERITY_HIGH, SEVERITY_LOW);
	finding_because(session, finding, "the client asked for %.*s, the certificate is for %.*s",
		WORDS(hello->sni), WORDS(leaf->has_names ? leaf->names : leaf->common_name));
	return at_chain(session, finding);
}

static bool
is_host_name(struct span name)
{
	bool letter = false, dot = false;

	for (size_t i = 0; i < name.len; i++) {
		uint8_t byte = name.at[i] | 0x20;

		if (byte >= 'a' && byte <= 'z')
			letter = true;
		else if (name.at[i] == '.' && i > 0)
			dot = true;
		else if ((name.at[i] < '0' || name.at[i] > '9') && name.at[i] != '-')
			return false;
	}
	return letter && dot;
}

/* RFC 5321, section 4.2: the greeting begins with the server's name, which need not be the one it
 * is reached by (RFC 7817, section 3). */
bool
rule_cert_name_mismatch_banner(const struct session *session, struct finding *finding)
{
	const struct certificate *leaf = session_leaf(session);
	struct span rest = session->greeting.text, name;

	if (leaf == NULL || !span_take_word(&rest, &name) || !is_host_name(name) ||
	    certificate_covers(leaf, name))
		return false;
	finding_by_role(session, finding, SEVERITY_INFO, SEVERITY_LOW);
	finding->confidence = CONFIDENCE_POSSIBLE;
	finding_because(session, finding,
		"the server calls itself %.*s, the certificate is for %.*s", WORDS(name),
		WORDS(leaf->has_names ? leaf->names : leaf->common_name));
	return at_chain(session, finding);
}

bool
rule_cert_cn_only(const struct session *session, struct finding *finding)
{
	const struct certificate *leaf = session_leaf(session);

	return leaf != NULL && !leaf->has_names && at_chain(session, finding);
}

bool
rule_cert_wildcard_broad(const struct session *session, struct finding *finding)
{
	const struct certificate *leaf = session_leaf(session);

	if (leaf == NULL || !span_has(leaf->names, "*."))
		return false;
	finding_because(session, finding, "valid for %.*s", WORDS(leaf->names));
	return at_chain(session, finding);
}

/* Strength ------------------------------------------------------------------------------------- */

static bool
is_usable(const struct certificate *certificate, const char *key_type)
{
	return !certificate->unreadable && certificate->key_type != NULL &&
	       span_is(span_of(certificate->key_type), key_type);
}

/* The one with the shortest key of this type.  A root that came along is not what is trusted. */
static const struct certificate *
weakest(const struct session *session, const char *key_type)
{
	const struct certificate_chain *chain = &session->tls->chain;
	const struct certificate *found = NULL;

	for (size_t i = 0; i < chain->count; i++) {
		const struct certificate *certificate = &chain->certificates[i];

		if (!is_usable(certificate, key_type) || (i > 0 && certificate->self_signed))
			continue;
		if (found == NULL || certificate->key_bits < found->key_bits)
			found = certificate;
	}
	return found;
}

bool
rule_cert_rsa_small(const struct session *session, struct finding *finding)
{
	const struct certificate *certificate = weakest(session, "RSA");

	if (certificate == NULL || certificate->key_bits >= 2048)
		return false;
	finding_lower_for_relay(session, finding,
		certificate->key_bits < 1024 ? SEVERITY_CRITICAL : SEVERITY_HIGH);
	finding_because(session, finding, "RSA with %u bits in certificate %u",
		(unsigned)certificate->key_bits, (unsigned)certificate->position);
	return at_chain(session, finding);
}

bool
rule_cert_ec_small(const struct session *session, struct finding *finding)
{
	const struct certificate *certificate = weakest(session, "EC");

	if (certificate == NULL || certificate->key_bits >= 256)
		return false;
	if (certificate->key_bits >= 224)
		finding->severity = SEVERITY_MEDIUM;
	finding_because(session, finding, "a curve of %u bits in certificate %u",
		(unsigned)certificate->key_bits, (unsigned)certificate->position);
	return at_chain(session, finding);
}

/* The signature of a root, or of a leaf that signs itself, protects nothing. */
static bool
signed_weakly(const struct session *session, struct finding *finding, bool md5)
{
	const struct certificate_chain *chain = &session->tls->chain;

	for (size_t i = 0; i < chain->count; i++) {
		const struct certificate *certificate = &chain->certificates[i];

		if (certificate->unreadable || certificate->self_signed ||
		    !(md5 ? certificate->signed_md5 : certificate->signed_sha1))
			continue;
		finding_because(session, finding, "certificate %u is signed with %.*s", (unsigned)i,
			WORDS(certificate->signature_algorithm));
		return at_chain(session, finding);
	}
	return false;
}

bool
rule_cert_sig_md5(const struct session *session, struct finding *finding)
{
	return signed_weakly(session, finding, true);
}

bool
rule_cert_sig_sha1(const struct session *session, struct finding *finding)
{
	return signed_weakly(session, finding, false) &&
	       finding_by_role(session, finding, SEVERITY_MEDIUM, SEVERITY_LOW);
}

bool
rule_cert_rsa_exponent_small(const struct session *session, struct finding *finding)
{
	const struct certificate_chain *chain = &session->tls->chain;

	for (size_t i = 0; i < chain->count; i++) {
		uint32_t exponent = chain->certificates[i].rsa_exponent;

		if (!is_usable(&chain->certificates[i], "RSA") || exponent == 0 ||
		    (exponent >= 65537 && exponent % 2 == 1))
			continue;
		finding_because(session, finding, "exponent %u in certificate %u",
			(unsigned)exponent, (unsigned)i);
		return at_chain(session, finding);
	}
	return false;
}

/* The test needs the key alone; keys that leaked are told by lists, which are not carried here. */
bool
rule_cert_weak_key_known(const struct session *session, struct finding *finding)
{
	const struct certificate_chain *chain = &session->tls->chain;

	for (size_t i = 0; i < chain->count; i++) {
		const struct certificate *certificate = &chain->certificates[i];

		if (certificate->unreadable || certificate->known_weak == NULL ||
		    (i > 0 && certificate->self_signed))
			continue;
		finding_because(session, finding, "the key in certificate %u: %s", (unsigned)i,
			certificate->known_weak);
		return at_chain(session, finding);
	}
	return false;
}

/* Status --------------------------------------------------------------------------------------- */

/* The answer is about the server's own certificate; what it says of others is theirs. */
bool
rule_cert_revoked_stapled(const struct session *session, struct finding *finding)
{
	const struct certificate *leaf = session_leaf(session);
	const struct certificate_status *status = session->tls->status;

	if (leaf == NULL || status == NULL || !status->revoked || !span_equal(status->serial, leaf->serial))
		return false;
	finding_because(session, finding, "revoked %lld days before it was captured%s%s",
		days(capture_seconds(session) - status->revoked_at), status->reason != NULL ? ": " : "",
		status->reason != NULL ? status->reason : "");
	return finding_at(finding, &session->tls->certificate_status_at);
}

/* RFC 7633, section 4: promised by the certificate, asked for by the client, and not sent. */
bool
rule_cert_must_staple_missing(const struct session *session, struct finding *finding)
{
	const struct certificate *leaf = session_leaf(session);
	const struct quote *finished = &session->tls->encrypted[SERVER];

	if (leaf == NULL || !leaf->must_staple || session->tls->certificate_status ||
	    session->tls->client_hello == NULL ||
	    !(session->tls->client_hello->extras & TLS_HAS_STATUS_REQUEST) || !finished->seen ||
	    !session_shows_all(session, finished->where.order))
		return false;
	return at_chain(session, finding);
}

bool
rule_cert_hidden(const struct session *session, struct finding *finding)
{
	const struct tls_state *tls = session->tls;

	if (tls->server_hello == NULL || tls->established != YES || tls->chain.count > 0)
		return false;
	if (tls->server_hello->version < TLS_1_3 && tls->resumed != YES)
		return false;
	finding_because(session, finding, "%s", tls->server_hello->version >= TLS_1_3
		? "TLS 1.3 encrypts certificates"
		: "an earlier session was resumed");
	return finding_at(finding, &tls->server_hello_at);
}
