/* Keys, status answers and chains that no server should show, made here: what is found in them, and in nothing
 * else. */
#include "base/buffer.h"
#include "base/table.h"
#include "shared/arena_sample.h"
#include "x509.h"
#include "x509_cache.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A certificate of this key and serial number, signed by `signer`. */
static X509 *
certificate_of(EVP_PKEY *key, EVP_PKEY *signer, long serial)
{
	X509 *x509 = X509_new();
	X509_NAME *name = X509_NAME_new();

	assert_non_null(x509);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"mx.example.org", -1, -1, 0);
	X509_set_version(x509, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x509), serial);
	X509_set_subject_name(x509, name);
	X509_set_issuer_name(x509, name);
	X509_gmtime_adj(X509_getm_notBefore(x509), 0);
	X509_gmtime_adj(X509_getm_notAfter(x509), 86400);
	assert_int_equal(X509_set_pubkey(x509, key), 1);
	assert_true(X509_sign(x509, signer, EVP_sha256()) > 0);
	X509_NAME_free(name);
	return x509;
}

static struct certificate
read_certificate(X509 *x509)
{
	unsigned char *der = NULL;
	int len = i2d_X509(x509, &der);
	struct certificate facts;

	assert_true(len > 0);
	x509_read(arena, span_from(der, (size_t)len), &facts);
	OPENSSL_free(der);
	assert_false(facts.unreadable);
	return facts;
}

/* Keys ------------------------------------------------------------------------------------------- */

/* k * M + (65537^a mod M), M being the product of the primes up to 167, of about `bits` bits; `off` is added. */
static BIGNUM *
marked_factor(int bits, unsigned exponent, unsigned off, BN_CTX *work)
{
	BIGNUM *product = BN_new(), *factor = BN_new(), *power = BN_new(), *base = BN_new();

	BN_one(product);
	for (unsigned n = 2; n <= 167; n++) {
		bool prime = true;

		for (unsigned d = 2; d * d <= n; d++)
			prime = prime && n % d != 0;
		if (prime)
			BN_mul_word(product, n);
	}
	BN_set_word(base, 65537);
	BN_set_word(power, exponent);
	BN_mod_exp(power, base, power, product, work);
	BN_lshift(factor, BN_value_one(), bits - BN_num_bits(product));
	BN_add_word(factor, exponent);
	BN_mul(factor, factor, product, work);
	BN_add(factor, factor, power);
	BN_add_word(factor, off);
	BN_free(product);
	BN_free(power);
	BN_free(base);
	return factor;
}

static EVP_PKEY *
public_key(const BIGNUM *modulus)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *exponent = BN_new();
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params;

	BN_set_word(exponent, 65537);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent);
	params = OSSL_PARAM_BLD_to_param(build);
	assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
	assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(context);
	BN_free(exponent);
	return key;
}

/* The mark is in the modulus, whatever its size; one that is off by little has it no more. */
static void
factorable_keys(void **unused)
{
	static const struct {
		int      bits;
		unsigned off;
		bool     weak;
	} cases[] = {
		{ 512, 0, true }, { 1024, 0, true }, { 2048, 0, true },
		{ 1024, 2, false }, { 2048, 30030, false },
	};
	EVP_PKEY *signer = EVP_EC_gen("P-256");
	BN_CTX *work = BN_CTX_new();

	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		BIGNUM *p = marked_factor(cases[i].bits, 5, 0, work);
		BIGNUM *q = marked_factor(cases[i].bits, 11, cases[i].off, work);
		BIGNUM *modulus = BN_new();
		struct certificate facts;
		EVP_PKEY *key;
		X509 *x509;

		BN_mul(modulus, p, q, work);
		key = public_key(modulus);
		x509 = certificate_of(key, signer, 1);
		facts = read_certificate(x509);
		assert_string_equal(facts.key_type, "RSA");
		if ((facts.known_weak != NULL) != cases[i].weak)
			fail_msg("case %zu", i);
		X509_free(x509);
		EVP_PKEY_free(key);
		BN_free(p);
		BN_free(q);
		BN_free(modulus);
	}
	BN_CTX_free(work);
	EVP_PKEY_free(signer);
}

static void
ordinary_keys(void **unused)
{
	EVP_PKEY *keys[] = { EVP_RSA_gen(1024), EVP_RSA_gen(2048), EVP_EC_gen("P-256") };

	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(keys); i++) {
		X509 *x509 = certificate_of(keys[i], keys[i], 1);
		struct certificate facts = read_certificate(x509);

		assert_null(facts.known_weak);
		X509_free(x509);
		EVP_PKEY_free(keys[i]);
	}
}

/* Status ----------------------------------------------------------------------------------------- */

static void
add_entry(OCSP_BASICRESP *basic, X509 *about, X509 *issuer, bool revoked)
{
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), about, issuer);
	ASN1_TIME *now = X509_gmtime_adj(NULL, 0), *then = ASN1_TIME_set(NULL, 1700000000);

	assert_non_null(OCSP_basic_add1_status(basic, id,
		revoked ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD, OCSP_REVOKED_STATUS_KEYCOMPROMISE,
		revoked ? then : NULL, now, NULL));
	OCSP_CERTID_free(id);
	ASN1_TIME_free(now);
	ASN1_TIME_free(then);
}

/* An answer about these certificates; a letter each: g good, r revoked. */
static struct span
answer(X509 *const *about, const char *letters, EVP_PKEY *key)
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	unsigned char *der = NULL;
	OCSP_RESPONSE *response;
	struct span kept;
	int len;

	for (size_t i = 0; letters[i] != '\0'; i++)
		add_entry(basic, about[i], about[0], letters[i] == 'r');
	assert_int_equal(OCSP_basic_sign(basic, about[0], key, EVP_sha256(), NULL, 0), 1);
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	len = i2d_OCSP_RESPONSE(response, &der);
	assert_true(len > 0);
	kept = arena_copy(arena, span_from(der, (size_t)len));
	OPENSSL_free(der);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	return kept;
}

static void
stapled_answers(void **unused)
{
	static const struct {
		const char *letters;
		bool        revoked;
		size_t      about;              /* which of the certificates */
	} cases[] = { { "g", false, 0 }, { "r", true, 0 }, { "gr", true, 1 }, { "gg", false, 0 }, { "rr", true, 0 } };
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *about[] = { certificate_of(key, key, 0x1001), certificate_of(key, key, 0x1002) };

	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct span der = answer(about, cases[i].letters, key);
		struct certificate facts = read_certificate(about[cases[i].about]);
		struct certificate_status status;

		assert_true(x509_read_status(arena, der, &status));
		assert_int_equal(status.revoked, cases[i].revoked);
		assert_true(span_equal(status.serial, facts.serial));
		assert_int_equal(status.revoked_at, cases[i].revoked ? 1700000000 : 0);
		if (cases[i].revoked)
			assert_string_equal(status.reason, "keyCompromise");
		else
			assert_null(status.reason);
		for (size_t len = 0; len < der.len; len++)      /* cut anywhere, it is none */
			assert_false(x509_read_status(arena, span_first(der, len), &status));
	}
	X509_free(about[0]);
	X509_free(about[1]);
	EVP_PKEY_free(key);
}

/* "Try later" is no answer about a certificate. */
static void
unsuccessful_answer(void **unused)
{
	OCSP_RESPONSE *response = OCSP_response_create(OCSP_RESPONSE_STATUS_TRYLATER, NULL);
	struct certificate_status status;
	unsigned char *der = NULL;
	int len = i2d_OCSP_RESPONSE(response, &der);

	(void)unused;
	assert_true(len > 0);
	assert_false(x509_read_status(arena, span_from(der, (size_t)len), &status));
	assert_false(status.revoked);
	OPENSSL_free(der);
	OCSP_RESPONSE_free(response);
}

/* Trust ------------------------------------------------------------------------------------------ */

/* Who signs whom: each certificate's issuer stands before it, or is itself. */
enum who { ROOT, MIDDLE, LEAF, OTHER_ROOT, LONE, FORGED, WHO };

static const struct {
	const char *name;
	enum who    issuer, signer;
	bool        ca;
	long        until;              /* days from now */
} people[WHO] = {
	[ROOT] = { "Root", ROOT, ROOT, true, 900 },
	[MIDDLE] = { "Middle", ROOT, ROOT, true, 300 },
	[LEAF] = { "mx.example.org", MIDDLE, MIDDLE, false, 90 },
	[OTHER_ROOT] = { "Other Root", OTHER_ROOT, OTHER_ROOT, true, 900 },
	[LONE] = { "lone.example.org", LONE, LONE, false, 90 },
	[FORGED] = { "forged.example.org", ROOT, OTHER_ROOT, false, 90 },       /* one's name, another's key */
};

static EVP_PKEY *keys[WHO];
static X509 *certificates[WHO];

static X509_NAME *
name_of(const char *common)
{
	X509_NAME *name = X509_NAME_new();

	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)common, -1, -1, 0);
	return name;
}

static X509 *
make(enum who who)
{
	X509 *x509 = X509_new();
	X509_NAME *subject = name_of(people[who].name), *issuer = name_of(people[people[who].issuer].name);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints,
		people[who].ca ? "critical,CA:TRUE" : "CA:FALSE");

	X509_set_version(x509, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x509), (long)who + 1);
	X509_set_subject_name(x509, subject);
	X509_set_issuer_name(x509, issuer);
	X509_gmtime_adj(X509_getm_notBefore(x509), -86400);
	X509_gmtime_adj(X509_getm_notAfter(x509), people[who].until * 86400);
	X509_set_pubkey(x509, keys[who]);
	X509_add_ext(x509, extension, -1);
	assert_true(X509_sign(x509, keys[people[who].signer], EVP_sha256()) > 0);
	X509_EXTENSION_free(extension);
	X509_NAME_free(subject);
	X509_NAME_free(issuer);
	return x509;
}

static int
make_people(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < WHO; i++)
		keys[i] = EVP_EC_gen("P-256");
	for (size_t i = 0; i < WHO; i++)
		certificates[i] = make((enum who)i);
	return 0;
}

static int
free_people(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < WHO; i++) {
		X509_free(certificates[i]);
		EVP_PKEY_free(keys[i]);
	}
	return 0;
}

static void
write_pem(const char *path, const enum who *who, size_t count)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(PEM_write_X509(file, certificates[who[i]]), 1);
	assert_int_equal(fclose(file), 0);
}

/* A certificate_list of these. */
static struct span
list_of(const enum who *who, size_t count)
{
	struct buffer list = { 0 };
	struct span kept;

	for (size_t i = 0; i < count; i++) {
		unsigned char *der = NULL;
		int len = i2d_X509(certificates[who[i]], &der);
		const uint8_t head[] = { 0, (uint8_t)(len >> 8), (uint8_t)len };

		buffer_add(&list, span_from(head, sizeof(head)));
		buffer_add(&list, span_from(der, (size_t)len));
		OPENSSL_free(der);
	}
	kept = arena_copy(arena, buffer_span(&list));
	buffer_free(&list);
	return kept;
}

static const struct {
	enum who   sent[3];
	size_t     count;
	enum trust trust;
} chains[] = {
	{ { LEAF, MIDDLE }, 2, TRUST_REACHED },
	{ { LEAF, MIDDLE, ROOT }, 3, TRUST_REACHED },
	{ { LEAF, ROOT, MIDDLE }, 3, TRUST_REACHED },           /* out of order is another matter */
	{ { LEAF }, 1, TRUST_INCOMPLETE },
	{ { LEAF, ROOT }, 2, TRUST_INCOMPLETE },
	{ { LEAF, OTHER_ROOT }, 2, TRUST_INCOMPLETE },
	{ { FORGED, ROOT }, 2, TRUST_INCOMPLETE },
	{ { LONE }, 1, TRUST_OUTSIDE },
};

static void
judge_chains(const struct x509_trust *trust)
{
	struct x509_cache *cache = x509_cache_new(&budget);

	x509_cache_trust(cache, trust);
	for (size_t i = 0; i < TABLE_LENGTH(chains); i++) {
		struct span list = list_of(chains[i].sent, chains[i].count);
		struct certificate_chain chain, again;

		assert_true(x509_cache_read_chain(cache, arena, list, &chain));
		x509_cache_read_chain(cache, arena, list, &again);
		if (chain.trust != chains[i].trust || again.trust != chain.trust)
			fail_msg("chain %zu: %d (%s)", i, chain.trust,
				chain.trust_words != NULL ? chain.trust_words : "");
		assert_true((chain.trust_words == NULL) == (chain.trust == TRUST_REACHED));
	}
	x509_cache_free(&cache);
}

/* A file, and a folder in which something else lies too. */
static void
paths_to_a_store(void **unused)
{
	static const enum who trusted[] = { ROOT };
	char folder[] = "/tmp/x509_made.XXXXXX", file[64], other[64];
	struct x509_trust *trust;
	struct status status;
	FILE *text;

	(void)unused;
	assert_non_null(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/root.pem", folder);
	snprintf(other, sizeof(other), "%s/README", folder);
	write_pem(file, trusted, 1);
	status = x509_trust_open(file, &trust);
	assert_true(status_is_ok(&status));
	judge_chains(trust);
	x509_trust_free(&trust);
	assert_null(trust);
	text = fopen(other, "w");
	fputs("not a certificate\n", text);
	fclose(text);
	status = x509_trust_open(folder, &trust);
	assert_true(status_is_ok(&status));
	judge_chains(trust);
	x509_trust_free(&trust);
	status = x509_trust_open(other, &trust);
	assert_false(status_is_ok(&status));
	assert_null(trust);
	unlink(file);
	unlink(other);
	status = x509_trust_open(folder, &trust);       /* empty by now */
	assert_false(status_is_ok(&status));
	rmdir(folder);
	status = x509_trust_open(folder, &trust);
	assert_false(status_is_ok(&status));
}

/* The issuers' validity is told: the shortest counts.  An authority that the store lacks is outside; one in the
 * middle that the store holds is as good as a root. */
static void
other_stores(void **unused)
{
	static const enum who sent[] = { LEAF, MIDDLE }, roots[][1] = { { ROOT }, { OTHER_ROOT }, { MIDDLE } };
	static const enum trust expected[] = { TRUST_REACHED, TRUST_OUTSIDE, TRUST_REACHED };
	char file[] = "/tmp/x509_made.XXXXXX";
	int descriptor = mkstemp(file);

	(void)unused;
	assert_true(descriptor >= 0);
	close(descriptor);
	for (size_t i = 0; i < TABLE_LENGTH(roots); i++) {
		struct certificate_chain chain;
		struct x509_trust *trust;
		struct status status;
		struct certificate middle = read_certificate(certificates[MIDDLE]);

		write_pem(file, roots[i], 1);
		status = x509_trust_open(file, &trust);
		assert_true(status_is_ok(&status));
		x509_read_chain(arena, list_of(sent, 2), &chain);
		assert_int_equal(chain.trust, TRUST_UNASKED);
		x509_trust_judge(NULL, list_of(sent, 2), &chain);
		assert_int_equal(chain.trust, TRUST_UNASKED);
		x509_trust_judge(trust, list_of(sent, 2), &chain);
		assert_int_equal(chain.trust, expected[i]);
		if (chain.trust == TRUST_REACHED)
			assert_int_equal(chain.path_until, middle.not_after);
		x509_trust_free(&trust);
	}
	unlink(file);
}

/* Bytes that are no certificates have no path, and are no reason to stop. */
static void
no_certificates(void **unused)
{
	static const enum who trusted[] = { ROOT };
	static const uint8_t bad[] = { 0, 0, 3, 'a', 'b', 'c' };
	char file[] = "/tmp/x509_made.XXXXXX";
	int descriptor = mkstemp(file);
	struct certificate_chain chain;
	struct x509_trust *trust;
	struct status status;

	(void)unused;
	assert_true(descriptor >= 0);
	close(descriptor);
	write_pem(file, trusted, 1);
	status = x509_trust_open(file, &trust);
	assert_true(status_is_ok(&status));
	for (size_t len = 0; len <= sizeof(bad); len++) {
		x509_read_chain(arena, span_from(bad, len), &chain);
		x509_trust_judge(trust, span_from(bad, len), &chain);
		assert_int_equal(chain.trust, TRUST_UNASKED);
	}
	x509_trust_free(&trust);
	unlink(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(factorable_keys),
		cmocka_unit_test(ordinary_keys),
		cmocka_unit_test(stapled_answers),
		cmocka_unit_test(unsuccessful_answer),
		cmocka_unit_test_setup_teardown(paths_to_a_store, make_people, free_people),
		cmocka_unit_test_setup_teardown(other_stores, make_people, free_people),
		cmocka_unit_test_setup_teardown(no_certificates, make_people, free_people),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
