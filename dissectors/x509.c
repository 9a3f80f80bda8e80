/* Certificates as facts, read with libcrypto.  Every call leaves its error queue empty: what a hostile certificate
 * trips over must not surface in an unrelated call. */
#include "x509.h"

#include "x509_parts.h"

#include "base/cursor.h"
#include "base/text.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <time.h>

enum {
	NAME_MOST = 1024,               /* bytes of a distinguished name that are kept */
	SERIAL_MOST = 64,
	FEATURE_STATUS_REQUEST = 5,     /* RFC 7633, section 6, and RFC 6066, section 8 */
};

/* RFC 2253 escapes what is special in a name with a backslash, so backslashes stay as they are;
 * everything between them is quoted, for it may hold characters that turn a terminal round. */
static void
quote_between_backslashes(struct buffer *out, struct span text)
{
	while (text.len > 0) {
		const uint8_t *backslash = memchr(text.at, '\\', text.len);
		size_t len = backslash != NULL ? (size_t)(backslash - text.at) : text.len;

		text_quote(out, span_first(text, len), len);
		if (backslash != NULL)
			buffer_add_text(out, "\\");
		text = span_after(text, len + 1);
	}
}

/* Readable letters where the name converts to UTF-8, else its bytes escaped. */
static struct span
name_text(struct arena *arena, const X509_NAME *name)
{
	const unsigned long readable = XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
	const unsigned long raw = XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_UTF8_CONVERT;
	struct buffer text = { 0 };
	BIO *out = BIO_new(BIO_s_mem());
	char *at = NULL;
	long len;

	if (out == NULL)
		return (struct span){ 0 };
	if (X509_NAME_print_ex(out, name, 0, readable) < 0) {
		(void)BIO_reset(out);
		X509_NAME_print_ex(out, name, 0, raw);
	}
	len = BIO_get_mem_data(out, &at);
	if (len > 0)
		quote_between_backslashes(&text, span_first(span_from(at, (size_t)len), NAME_MOST));
	if (len > NAME_MOST)
		buffer_add_text(&text, "...");
	BIO_free(out);
	return arena_keep(arena, &text);
}

/* The last one is the most specific (RFC 5280, section 4.1.2.4 orders from the root down). */
static struct span
common_name(struct arena *arena, const X509_NAME *name)
{
	struct buffer text = { 0 };
	unsigned char *utf8 = NULL;
	int at = -1, next, len;

	while ((next = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0)
		at = next;
	if (at < 0)
		return (struct span){ 0 };
	len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	if (len > 0)
		text_quote(&text, span_from(utf8, (size_t)len), NAME_MOST);
	OPENSSL_free(utf8);
	return arena_keep(arena, &text);
}

struct span
x509_serial(struct arena *arena, const ASN1_INTEGER *serial)
{
	struct buffer text = { 0 };
	int len = ASN1_STRING_length(serial);

	if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER)
		buffer_add_text(&text, "-");
	if (len > 0)
		text_hex(&text, span_first(span_from(ASN1_STRING_get0_data(serial), (size_t)len),
			SERIAL_MOST));
	return arena_keep(arena, &text);
}

bool
x509_seconds(const ASN1_TIME *when, int64_t *seconds_r)
{
	struct tm tm;

	if (when == NULL || ASN1_TIME_to_tm(when, &tm) != 1)
		return false;
	*seconds_r = timegm(&tm);
	return true;
}

/* The key -------------------------------------------------------------------------------------- */

static uint32_t
rsa_exponent(const EVP_PKEY *key)
{
	BIGNUM *exponent = NULL;
	BN_ULONG word = 0;

	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1)
		word = BN_get_word(exponent);
	BN_free(exponent);
	return word < UINT32_MAX ? (uint32_t)word : UINT32_MAX;
}

/* Primes made as k * M + (65537^a mod M), M being the product of the first primes, leave a mark that anyone can see in
 * their product: modulo each of those primes it is a power of 65537 (CVE-2017-15361).  M of the smallest keys goes as
 * far as 167.  Of other keys one in a hundred million has that mark by chance. */
static bool
is_power_modulo(unsigned prime, BN_ULONG remainder)
{
	unsigned power = 1;

	do {
		if (power == remainder)
			return true;
		power = power * (65537 % prime) % prime;
	} while (power != 1);
	return false;
}

static bool
has_roca_mark(const BIGNUM *modulus)
{
	static const uint8_t primes[] = { 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73,
		79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167 };

	for (size_t i = 0; i < sizeof(primes); i++)
		if (!is_power_modulo(primes[i], BN_mod_word(modulus, primes[i])))
			return false;
	return true;
}

static const char *
known_weakness(const EVP_PKEY *key)
{
	BIGNUM *modulus = NULL;
	const char *weakness = NULL;

	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus) == 1 && has_roca_mark(modulus))
		weakness = "its modulus has the mark of keys that can be factored (ROCA, CVE-2017-15361)";
	BN_free(modulus);
	return weakness;
}

static const char *
key_type(int id)
{
	switch (id) {
	case EVP_PKEY_RSA: return "RSA";
	case EVP_PKEY_RSA_PSS: return "RSA-PSS";
	case EVP_PKEY_EC: return "EC";
	case EVP_PKEY_ED25519: return "Ed25519";
	case EVP_PKEY_ED448: return "Ed448";
	case EVP_PKEY_DSA: return "DSA";
	case EVP_PKEY_DH:
	case EVP_PKEY_DHX: return "DH";
	default: return "unknown";
	}
}

/* A key that libcrypto cannot use still has an algorithm with a name. */
static const char *
unusable_key_type(const X509 *x509)
{
	ASN1_OBJECT *algorithm = NULL;
	int nid = NID_undef;

	if (X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, X509_get_X509_PUBKEY(x509)) == 1)
		nid = OBJ_obj2nid(algorithm);
	return nid != NID_undef ? OBJ_nid2sn(nid) : "unknown";
}

static void
read_key(X509 *x509, struct certificate *certificate)
{
	EVP_PKEY *key = X509_get0_pubkey(x509);
	unsigned char *spki = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &spki), bits;

	if (len > 0)
		digest_sha256(span_from(spki, (size_t)len), certificate->spki_sha256);
	OPENSSL_free(spki);
	if (key == NULL) {
		certificate->key_type = unusable_key_type(x509);
		return;
	}
	certificate->key_type = key_type(EVP_PKEY_get_base_id(key));
	bits = EVP_PKEY_get_bits(key);
	certificate->key_bits = bits > 0 ? (uint32_t)bits : 0;
	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA && EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA_PSS)
		return;
	certificate->rsa_exponent = rsa_exponent(key);
	certificate->known_weak = known_weakness(key);
}

/* The signature -------------------------------------------------------------------------------- */

static struct span
algorithm_text(struct arena *arena, const X509 *x509)
{
	const X509_ALGOR *algorithm;
	const ASN1_OBJECT *object;
	char text[128];
	int len;

	X509_get0_signature(NULL, &algorithm, x509);
	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	len = OBJ_obj2txt(text, sizeof(text), object, 0);
	if (len <= 0)
		return (struct span){ 0 };
	return arena_copy(arena, span_of(text));
}

static void
read_signature(struct arena *arena, X509 *x509, struct certificate *certificate)
{
	int digest = NID_undef;

	certificate->signature_algorithm = algorithm_text(arena, x509);
	/* covers RSA-PSS too, whose digest stands in its parameters */
	if (X509_get_signature_info(x509, &digest, NULL, NULL, NULL) != 1 &&
	    OBJ_find_sigid_algs(X509_get_signature_nid(x509), &digest, NULL) != 1)
		digest = NID_undef;
	certificate->signed_md5 = digest == NID_md5 || digest == NID_md2 || digest == NID_md4;
	certificate->signed_sha1 = digest == NID_sha1 || digest == NID_sha;
}

static bool
is_self_signed(X509 *x509, const struct certificate *certificate)
{
	EVP_PKEY *key = X509_get0_pubkey(x509);

	return key != NULL && certificate->key_bits <= VERIFY_BITS_MOST &&
	       X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) == 0 &&
	       X509_verify(x509, key) == 1;
}

/* Extensions ----------------------------------------------------------------------------------- */

/* A name may hold any byte.  What no host name has becomes '?', so that
 * "good.example\0.evil.example" and a comma inside a name match nothing. */
static void
add_dns_name(struct buffer *out, struct span name)
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.at[i];
		bool plain = c > ' ' && c < 0x7F && c != ',' && c != '\\';

		buffer_add(out, plain ? span_from(&name.at[i], 1) : span_of("?"));
	}
}

static void
add_address(struct buffer *out, struct span octets)
{
	char text[INET6_ADDRSTRLEN];
	int family = octets.len == 4 ? AF_INET : AF_INET6;

	if (octets.len != 4 && octets.len != 16)
		buffer_add_text(out, "?");
	else if (inet_ntop(family, octets.at, text, sizeof(text)) != NULL)
		buffer_add_text(out, text);
}

static void
add_name(struct buffer *out, const GENERAL_NAME *name)
{
	const ASN1_STRING *string;
	struct span bytes;
	int type, len;

	string = GENERAL_NAME_get0_value(name, &type);
	if (type != GEN_DNS && type != GEN_IPADD)
		return;
	len = ASN1_STRING_length(string);
	bytes = span_from(ASN1_STRING_get0_data(string), len > 0 ? (size_t)len : 0);
	if (out->len > 0)
		buffer_add_text(out, ",");
	if (type == GEN_DNS)
		add_dns_name(out, bytes);
	else
		add_address(out, bytes);
}

static void
read_names(struct arena *arena, const X509 *x509, struct certificate *certificate)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
	struct buffer text = { 0 };

	certificate->has_names = X509_get_ext_by_NID(x509, NID_subject_alt_name, -1) >= 0;
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		add_name(&text, sk_GENERAL_NAME_value(names, i));
	GENERAL_NAMES_free(names);
	certificate->names = arena_keep(arena, &text);
}

static void
read_usage(const X509 *x509, struct certificate *certificate)
{
	EXTENDED_KEY_USAGE *usage = X509_get_ext_d2i(x509, NID_ext_key_usage, NULL, NULL);

	certificate->has_usage = usage != NULL;
	for (int i = 0; i < sk_ASN1_OBJECT_num(usage); i++) {
		int nid = OBJ_obj2nid(sk_ASN1_OBJECT_value(usage, i));

		if (nid == NID_server_auth || nid == NID_anyExtendedKeyUsage)
			certificate->for_server = true;
	}
	EXTENDED_KEY_USAGE_free(usage);
}

static bool
is_ca(const X509 *x509)
{
	BASIC_CONSTRAINTS *constraints = X509_get_ext_d2i(x509, NID_basic_constraints, NULL, NULL);
	bool ca = constraints != NULL && constraints->ca != 0;

	BASIC_CONSTRAINTS_free(constraints);
	return ca;
}

static bool
must_staple(const X509 *x509)
{
	TLS_FEATURE *features = X509_get_ext_d2i(x509, NID_tlsfeature, NULL, NULL);
	bool found = false;

	for (int i = 0; i < sk_ASN1_INTEGER_num(features); i++)
		if (ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) == FEATURE_STATUS_REQUEST)
			found = true;
	TLS_FEATURE_free(features);
	return found;
}

/* One certificate, and a chain ----------------------------------------------------------------- */

X509 *
x509_parse(struct span der)
{
	const unsigned char *at = der.at;
	X509 *x509;

	if (der.len == 0 || der.len > X509_SIZE_MOST)
		return NULL;
	x509 = d2i_X509(NULL, &at, (long)der.len);
	if (x509 != NULL && at != der.at + der.len) {
		X509_free(x509);
		return NULL;
	}
	return x509;
}

/* A certificate whose validity is no time at all is not taken for one. */
static void
describe(struct arena *arena, X509 *x509, struct certificate *certificate)
{
	if (!x509_seconds(X509_get0_notBefore(x509), &certificate->not_before) ||
	    !x509_seconds(X509_get0_notAfter(x509), &certificate->not_after)) {
		certificate->not_before = 0;
		certificate->unreadable = true;
		return;
	}
	certificate->subject = name_text(arena, X509_get_subject_name(x509));
	certificate->issuer = name_text(arena, X509_get_issuer_name(x509));
	certificate->common_name = common_name(arena, X509_get_subject_name(x509));
	certificate->serial = x509_serial(arena, X509_get0_serialNumber(x509));
	read_key(x509, certificate);
	read_signature(arena, x509, certificate);
	certificate->self_signed = is_self_signed(x509, certificate);
	certificate->is_ca = is_ca(x509);
	read_usage(x509, certificate);
	certificate->must_staple = must_staple(x509);
	read_names(arena, x509, certificate);
}

/* libcrypto tells a name that cannot be read from one for which there was no memory by errno alone. */
void
x509_read(struct arena *arena, struct span der, struct certificate *certificate_r)
{
	X509 *x509;

	*certificate_r = (struct certificate){ 0 };
	digest_sha256(der, certificate_r->sha256);
	errno = 0;
	x509 = x509_parse(der);
	certificate_r->unreadable = x509 == NULL;
	if (x509 != NULL)
		describe(arena, x509, certificate_r);
	if (errno == ENOMEM)
		arena_lose(arena);
	X509_free(x509);
	ERR_clear_error();
}

/* Names are compared as RFC 5280, section 7.1 does it, as far as letters go. */
static bool
certifies(const struct certificate *issuer, const struct certificate *subject)
{
	return issuer->subject.len > 0 && span_same(issuer->subject, subject->issuer);
}

/* How many certificates the list says it has; false where it breaks off. */
static bool
count_list(struct span list, size_t *count_r)
{
	struct cursor rest = cursor_of(list);

	*count_r = 0;
	while (rest.left > 0) {
		cursor_block(&rest, 3);
		if (rest.failed)
			return false;
		++*count_r;
	}
	return true;
}

bool
x509_read_chain(struct arena *arena, struct span list, struct certificate_chain *chain_r)
{
	struct certificate *certificates = NULL;
	struct cursor rest = cursor_of(list);
	size_t sent, count;
	bool good = count_list(list, &sent);

	count = sent < X509_CHAIN_MOST ? sent : X509_CHAIN_MOST;
	if (count > 0)
		certificates = arena_alloc(arena, count * sizeof(*certificates));
	if (certificates == NULL)
		count = 0;
	for (size_t i = 0; i < count; i++) {
		struct cursor der = cursor_block(&rest, 3);

		x509_read(arena, cursor_rest(&der), &certificates[i]);
		if (arena_spent(arena)) {
			count = i;      /* a certificate without its names would be said to fit none */
			break;
		}
		certificates[i].position = (uint32_t)i;
		certificates[i].certifies_previous =
			i > 0 && certifies(&certificates[i], &certificates[i - 1]);
		good = good && !certificates[i].unreadable;
	}
	*chain_r = (struct certificate_chain){
		.certificates = certificates,
		.count = count,
		.sent = sent,
	};
	return good;
}
