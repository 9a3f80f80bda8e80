/* What the two hellos and the key exchange agreed on (RFC 9325).  Between relays weak TLS is one
 * step less severe than where users log in: the alternative there is plain text. */
#include "rules/rules.h"

#include "base/table.h"
#include "rules/evidence.h"

/* Versions ------------------------------------------------------------------------------------- */

static const struct tls_server_hello *
negotiated(const struct session *session)
{
	return session->tls->server_hello;
}

static bool
version_is(const struct session *session, struct finding *finding, uint16_t version)
{
	if (negotiated(session) == NULL || negotiated(session)->version != version)
		return false;
	finding_lower_for_relay(session, finding, finding->severity);
	return finding_at(finding, &session->tls->server_hello_at);
}

/* A hello in the old form is the client's only: hygiene, as long as nobody answers in kind. */
bool
rule_tls_version_ssl2(const struct session *session, struct finding *finding)
{
	const struct tls_client_hello *hello = session->tls->client_hello;

	if (version_is(session, finding, TLS_SSL2))
		return true;
	if (session->ongoing || hello == NULL || !(hello->extras & TLS_IS_SSL2))
		return false;
	finding->severity = SEVERITY_LOW;
	finding_because(
		session, finding, "the client's hello has the form of SSL 2; nobody chose it");
	return finding_at(finding, &session->tls->client_hello_at);
}

bool
rule_tls_version_ssl3(const struct session *session, struct finding *finding)
{
	return version_is(session, finding, TLS_SSL3);
}

bool
rule_tls_version_1_0(const struct session *session, struct finding *finding)
{
	return version_is(session, finding, TLS_1_0);
}

bool
rule_tls_version_1_1(const struct session *session, struct finding *finding)
{
	return version_is(session, finding, TLS_1_1);
}

bool
rule_tls_client_max_old(const struct session *session, struct finding *finding)
{
	const struct tls_client_hello *hello = session->tls->client_hello;

	if (hello == NULL || hello->highest_version == 0 || hello->highest_version >= TLS_1_2)
		return false;
	finding_lower_for_relay(session, finding, SEVERITY_MEDIUM);
	return finding_at(finding, &session->tls->client_hello_at);
}

/* RFC 8446, section 4.1.3: a server marks its random when it has to go lower than it can, so a
 * client that can go higher must stop. */
static bool
sentinel_contradicts(const struct session *session)
{
	const struct tls_client_hello *client = session->tls->client_hello;
	const struct tls_server_hello *server = session->tls->server_hello;

	if (client->highest_version >= TLS_1_3)
		return server->version <= TLS_1_2;
	return client->highest_version == TLS_1_2 && server->version <= TLS_1_1 &&
	       (server->extras & TLS_SENTINEL_11) != 0;
}

static bool
has_sentinel(const struct session *session)
{
	return session->tls->client_hello != NULL && session->tls->server_hello != NULL &&
	       (session->tls->server_hello->extras & (TLS_SENTINEL_12 | TLS_SENTINEL_11)) != 0;
}

bool
rule_tls_downgrade_sentinel(const struct session *session, struct finding *finding)
{
	if (!has_sentinel(session) || !sentinel_contradicts(session))
		return false;
	if (session->tls->established != YES)
		finding->severity = SEVERITY_MEDIUM;
	finding_because(session, finding,
		"the client offers more than was chosen, and the server's "
		"random says that it can do more; a proxy that copies the random looks the same");
	return finding_at(finding, &session->tls->server_hello_at);
}

bool
rule_tls_sentinel_expected(const struct session *session, struct finding *finding)
{
	if (!has_sentinel(session) || sentinel_contradicts(session) ||
	    session->tls->server_hello->version >= TLS_1_3)
		return false;
	return finding_at(finding, &session->tls->server_hello_at);
}

static const struct alert *
find_server_alert(const struct session *session, uint32_t description)
{
	const struct alert *alert = session->tls->alerts;

	while (alert != NULL && (alert->encrypted_after || alert->quote.side != SERVER ||
	                                (alert->quote.code & 0xFF) != description))
		alert = alert->next;
	return alert;
}

bool
rule_tls_fallback_scsv(const struct session *session, struct finding *finding)
{
	const struct tls_client_hello *hello = session->tls->client_hello;
	const struct alert *refused;

	if (hello == NULL || !(hello->extras & TLS_HAS_FALLBACK_SCSV))
		return false;
	refused = find_server_alert(session, 86);
	if (refused == NULL && session->ongoing)
		return false;
	if (refused == NULL)
		return finding_at(finding, &session->tls->client_hello_at);
	finding->severity = SEVERITY_MEDIUM;
	finding_because(session, finding, "the server can do better than the client offers now");
	return finding_at(finding, &refused->quote);
}

/* Ciphers -------------------------------------------------------------------------------------- */

static bool
cipher_has(const struct session *session, uint32_t traits)
{
	return negotiated(session) != NULL && negotiated(session)->cipher != NULL &&
	       (negotiated(session)->cipher->traits & traits) != 0;
}

static bool
cipher_is(const struct session *session, struct finding *finding, uint32_t traits)
{
	if (!cipher_has(session, traits))
		return false;
	finding_lower_for_relay(session, finding, finding->severity);
	finding_because(session, finding, "%s was chosen", negotiated(session)->cipher->name);
	return finding_at(finding, &session->tls->server_hello_at);
}

bool
rule_tls_cipher_null(const struct session *session, struct finding *finding)
{
	return cipher_is(session, finding, CIPHER_NULL);
}

/* RFC 7672, section 8.2: between relays that check no certificates nothing is lost. */
bool
rule_tls_cipher_anon(const struct session *session, struct finding *finding)
{
	return cipher_is(session, finding, CIPHER_ANON) &&
	       finding_by_role(session, finding, SEVERITY_CRITICAL, SEVERITY_INFO);
}

bool
rule_tls_cipher_export(const struct session *session, struct finding *finding)
{
	return cipher_is(session, finding, CIPHER_EXPORT);
}

bool
rule_tls_cipher_rc4(const struct session *session, struct finding *finding)
{
	return cipher_is(session, finding, CIPHER_RC4);
}

bool
rule_tls_cipher_des(const struct session *session, struct finding *finding)
{
	return cipher_is(session, finding, CIPHER_DES);
}

bool
rule_tls_cipher_3des(const struct session *session, struct finding *finding)
{
	return cipher_is(session, finding, CIPHER_3DES);
}

bool
rule_tls_cipher_rc2_idea_seed(const struct session *session, struct finding *finding)
{
	return cipher_is(session, finding, CIPHER_RC2_IDEA_SEED);
}

bool
rule_tls_cipher_no_forward_secrecy(const struct session *session, struct finding *finding)
{
	const struct tls_server_hello *hello = negotiated(session);

	if (hello == NULL || hello->cipher == NULL || hello->version >= TLS_1_3 ||
	    cipher_has(session, CIPHER_FORWARD_SECRECY))
		return false;
	finding_lower_for_relay(session, finding, SEVERITY_MEDIUM);
	finding_because(session, finding, "%s was chosen", hello->cipher->name);
	return finding_at(finding, &session->tls->server_hello_at);
}

bool
rule_tls_cipher_cbc_sha1(const struct session *session, struct finding *finding)
{
	if (!cipher_is(session, finding, CIPHER_CBC))
		return false;
	if (negotiated(session)->extras & TLS_HAS_ENCRYPT_THEN_MAC)
		finding_because(session, finding, "%s was chosen, with encrypt-then-MAC",
			negotiated(session)->cipher->name);
	return true;
}

/* Anonymous suites are normal for relays that check no certificates. */
bool
rule_tls_cipher_weak_offered(const struct session *session, struct finding *finding)
{
	static const struct {
		uint32_t    trait;
		const char *word;
	} weak[] = {
		{ CIPHER_NULL, " NULL" },
		{ CIPHER_EXPORT, " export" },
		{ CIPHER_RC4, " RC4" },
		{ CIPHER_DES, " DES" },
		{ CIPHER_ANON, " anonymous" },
	};
	const struct tls_client_hello *hello = session->tls->client_hello;
	const char *words[TABLE_LENGTH(weak)];
	bool any = false;

	for (size_t i = 0; hello != NULL && i < TABLE_LENGTH(weak); i++) {
		words[i] = hello->cipher_traits & weak[i].trait ? weak[i].word : "";
		any |= (hello->cipher_traits & weak[i].trait) != 0;
	}
	if (!any)
		return false;
	finding_lower_for_relay(session, finding, SEVERITY_LOW);
	finding_because(session, finding, "on offer:%s%s%s%s%s", words[0], words[1], words[2],
		words[3], words[4]);
	return finding_at(finding, &session->tls->client_hello_at);
}

/* Key exchange --------------------------------------------------------------------------------- */

bool
rule_tls_dh_group_small(const struct session *session, struct finding *finding)
{
	const struct tls_key_exchange *exchange = session->tls->key_exchange;

	if (exchange == NULL || !exchange->finite_field || exchange->prime_bits >= 2048)
		return false;
	finding_lower_for_relay(session, finding,
		exchange->prime_bits < 1024 ? SEVERITY_CRITICAL : SEVERITY_HIGH);
	finding_because(session, finding, "the prime has %u bits", (unsigned)exchange->prime_bits);
	return finding_at(finding, &session->tls->key_exchange_at);
}

/* Primes that so many servers share that breaking one pays (CVE-2015-4000). */
static const struct {
	const char *sha256;
	const char *name;
} common_primes[] = {
	{ "b52ba6a3026520a6c49d37e4587601801bee500123b3259b6bf03e7cecc3e63d",
		"Oakley group 1 (RFC 2409)" },
	{ "3f35a3f5f6c4376a744acad409bb22f8d897f949d2311d885adaa890981b67a0",
		"Oakley group 2 (RFC 2409)" },
	{ "44c55cfee5c075927cf682da5b681bdecbd5c3eb0784c14f5dce7610f0ef133d",
		"the 1024-bit group of RFC 5114" },
};

bool
rule_tls_dh_group_common(const struct session *session, struct finding *finding)
{
	const struct tls_key_exchange *exchange = session->tls->key_exchange;

	for (size_t i = 0; exchange != NULL && i < TABLE_LENGTH(common_primes); i++) {
		if (!exchange->finite_field ||
		    !span_is(exchange->prime_sha256, common_primes[i].sha256))
			continue;
		finding_lower_for_relay(session, finding, SEVERITY_HIGH);
		finding_because(session, finding, "the prime is that of %s", common_primes[i].name);
		return finding_at(finding, &session->tls->key_exchange_at);
	}
	return false;
}

/* Curves below 224 bits, by their number in IANA's registry. */
static bool
curve_is_weak(uint16_t group)
{
	return (group >= 1 && group <= 5) || (group >= 15 && group <= 19);
}

bool
rule_tls_ec_curve_weak(const struct session *session, struct finding *finding)
{
	const struct tls_key_exchange *exchange = session->tls->key_exchange;

	if (exchange == NULL || exchange->finite_field ||
	    (!exchange->explicit_curve && !curve_is_weak(exchange->group)))
		return false;
	finding_lower_for_relay(session, finding, SEVERITY_HIGH);
	if (exchange->explicit_curve)
		finding_because(
			session, finding, "the curve is spelt out (RFC 8422, section 5.1.1)");
	else
		finding_because(session, finding, "named group %u", (unsigned)exchange->group);
	return finding_at(finding, &session->tls->key_exchange_at);
}

bool
rule_tls_group_pq_hybrid(const struct session *session, struct finding *finding)
{
	static const struct {
		uint16_t    group;
		const char *name;
	} hybrids[] = {
		{ 0x11EB, "SecP256r1MLKEM768" },
		{ 0x11EC, "X25519MLKEM768" },
		{ 0x11ED, "SecP384r1MLKEM1024" },
		{ 0x6399, "X25519Kyber768Draft00" },
		{ 0x639A, "SecP256r1Kyber768Draft00" },
	};

	for (size_t i = 0; negotiated(session) != NULL && i < TABLE_LENGTH(hybrids); i++)
		if (negotiated(session)->group == hybrids[i].group) {
			finding_because(session, finding, "%s", hybrids[i].name);
			return finding_at(finding, &session->tls->server_hello_at);
		}
	return false;
}

/* In TLS 1.2 the scheme's first byte is the hash: 1 is MD5, 2 is SHA-1. */
bool
rule_tls_sig_sha1_md5(const struct session *session, struct finding *finding)
{
	const struct tls_key_exchange *exchange = session->tls->key_exchange;
	unsigned hash = exchange != NULL ? exchange->signature_scheme >> 8 : 0;

	if (hash != 1 && hash != 2)
		return false;
	finding_lower_for_relay(session, finding, SEVERITY_MEDIUM);
	finding_because(session, finding, "%s signs the key exchange", hash == 1 ? "MD5" : "SHA-1");
	return finding_at(finding, &session->tls->key_exchange_at);
}

/* SSL 2 and 3 have no extensions, and TLS 1.3 needs neither of these. */
static bool
both_hellos_matter(const struct session *session)
{
	return session->tls->client_hello != NULL && negotiated(session) != NULL &&
	       negotiated(session)->version >= TLS_SSL3 && negotiated(session)->version <= TLS_1_2;
}

static const char *
missing_side(const struct session *session, enum tls_extra extra)
{
	return session->tls->client_hello->extras & extra ? "the server" : "the client";
}

bool
rule_tls_no_ems(const struct session *session, struct finding *finding)
{
	if (!both_hellos_matter(session) || (negotiated(session)->extras & TLS_HAS_EMS))
		return false;
	finding_lower_for_relay(session, finding,
		session->tls->client_certificates > 0 ? SEVERITY_MEDIUM : SEVERITY_LOW);
	finding_because(session, finding, "%s lacks it", missing_side(session, TLS_HAS_EMS));
	return finding_at(finding, &session->tls->server_hello_at);
}

bool
rule_tls_no_secure_renegotiation(const struct session *session, struct finding *finding)
{
	if (!both_hellos_matter(session) || (negotiated(session)->extras & TLS_HAS_RENEGOTIATION))
		return false;
	finding_lower_for_relay(session, finding, SEVERITY_MEDIUM);
	finding_because(
		session, finding, "%s lacks it", missing_side(session, TLS_HAS_RENEGOTIATION));
	return finding_at(finding, &session->tls->server_hello_at);
}
