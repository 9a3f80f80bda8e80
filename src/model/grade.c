/* How good the negotiated TLS is.  Only what protects the bytes counts: who the server is, whether
 * TLS came too late or was tampered with is told by verdicts and findings. */
#include "base/table.h"
#include "model/session.h"

enum grade_need {
	NEEDS_ACCESS = 1,      /* an anonymous server is tolerated between relays (RFC 7672, 8.2) */
	NEEDS_SMALL_GROUP = 2, /* Diffie-Hellman below 1024 bits */
	NEEDS_OLD_GROUP = 4,   /* ... below 2048 bits */
	NEEDS_OLD_SIGNATURE = 8, /* MD5 or SHA-1 signs the key exchange (RFC 9155) */
	NEEDS_COMPRESSION = 16,
};

enum {
	ANY_VERSION = UINT16_MAX,
};

/* The first row that holds gives the grade: version at most this, all of these traits,
 * and the needs. */
static const struct {
	char     grade;
	uint16_t up_to;
	uint32_t with;
	unsigned needs;
} grades[] = {
	{ 'F', TLS_SSL3,    0, 0 },
	{ 'F', ANY_VERSION, CIPHER_NULL, 0 },
	{ 'F', ANY_VERSION, CIPHER_EXPORT, 0 },
	{ 'F', ANY_VERSION, CIPHER_RC4, 0 },
	{ 'F', ANY_VERSION, CIPHER_DES, 0 },
	{ 'F', ANY_VERSION, CIPHER_ANON, NEEDS_ACCESS },
	{ 'F', ANY_VERSION, 0, NEEDS_SMALL_GROUP },
	{ 'C', TLS_1_1,     0, 0 },
	{ 'C', ANY_VERSION, CIPHER_3DES, 0 },
	{ 'C', ANY_VERSION, CIPHER_RC2_IDEA_SEED, 0 },
	{ 'C', ANY_VERSION, CIPHER_MD5, 0 },
	{ 'C', ANY_VERSION, 0, NEEDS_OLD_GROUP },
	{ 'C', ANY_VERSION, 0, NEEDS_OLD_SIGNATURE },
	{ 'C', ANY_VERSION, 0, NEEDS_COMPRESSION },
	{ 'B', ANY_VERSION, CIPHER_ANON, 0 },
	{ 'A', ANY_VERSION, CIPHER_AEAD | CIPHER_FORWARD_SECRECY, 0 },
	{ 'B', ANY_VERSION, 0, 0 },
};

static bool
group_below(const struct session *session, uint32_t bits)
{
	const struct tls_key_exchange *exchange = session->tls->key_exchange;

	return exchange != NULL && exchange->finite_field && exchange->prime_bits < bits;
}

static bool
signed_with_old_hash(const struct session *session)
{
	const struct tls_key_exchange *exchange = session->tls->key_exchange;
	unsigned hash = exchange != NULL ? exchange->signature_scheme >> 8 : 0;

	return hash == 1 || hash == 2;  /* md5, sha1 (RFC 5246, section 7.4.1.4.1) */
}

static bool
needs_are_met(const struct session *session, unsigned needs)
{
	if ((needs & NEEDS_ACCESS) && !session_is_access(session))
		return false;
	if ((needs & NEEDS_SMALL_GROUP) && !group_below(session, 1024))
		return false;
	if ((needs & NEEDS_OLD_GROUP) && !group_below(session, 2048))
		return false;
	if ((needs & NEEDS_OLD_SIGNATURE) && !signed_with_old_hash(session))
		return false;
	return !(needs & NEEDS_COMPRESSION) ||
	       (session->tls->server_hello->extras & TLS_HAS_COMPRESSION) != 0;
}

char
session_tls_grade(const struct session *session)
{
	const struct tls_server_hello *hello = session->tls->server_hello;

	if (hello == NULL || hello->version == 0 || session->tls->established != YES)
		return 0;
	if (hello->cipher == NULL && hello->version > TLS_1_1)
		return 0;               /* a suite that nobody registered tells nothing */
	for (size_t i = 0; i < TABLE_LENGTH(grades); i++) {
		uint32_t traits = hello->cipher != NULL ? hello->cipher->traits : 0;

		if (hello->version <= grades[i].up_to &&
		    (traits & grades[i].with) == grades[i].with &&
		    needs_are_met(session, grades[i].needs))
			return grades[i].grade;
	}
	return 0;
}
