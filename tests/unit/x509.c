/* Certificates as facts: what is in them, and that nothing else comes out of bytes that are
 * none. */
#include "base/table.h"
#include "base/text.h"
#include "shared/arena_sample.h"
#include "shared/x509_samples.h"
#include "x509.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint8_t
digit(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static struct span
bytes_of(const char *hex)
{
	size_t len = strlen(hex) / 2;
	uint8_t *bytes = arena_alloc(arena, len + 1);

	assert_non_null(bytes);
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
	return span_from(bytes, len);
}

static const char *
text_of(struct span s)
{
	char *text = arena_alloc(arena, s.len + 1);

	assert_non_null(text);
	if (s.len > 0)
		memcpy(text, s.at, s.len);
	return text;
}

/* The first eight bytes in hex. */
static const char *
digest_of(const uint8_t digest[SHA256_SIZE])
{
	struct buffer hex = { 0 };
	const char *text;

	text_hex(&hex, span_from(digest, 8));
	text = text_of(buffer_span(&hex));
	buffer_free(&hex);
	return text;
}

enum flag {
	MD5 = 1,
	SHA1 = 2,
	SELF = 4,
	CA = 8,
	USAGE = 16,
	FOR_SERVER = 32,
	STAPLE = 64,
	NAMES = 128,
};

/* Values as the openssl command shows them. */
static const struct {
	const char *name, *der;
	const char *subject, *issuer, *common_name, *serial;
	int64_t not_before, not_after;
	const char *key_type;
	uint32_t key_bits, exponent;
	const char *signature;
	unsigned flags;
	const char *names, *sha256, *spki;
} samples[] = {
	{ "leaf", ec_der, "CN=mx.example.org", "CN=Example Root,O=Example", "mx.example.org",
		"1234", 1795243611, 1826779611, "EC", 256, 0, "ecdsa-with-SHA256",
		USAGE | FOR_SERVER | STAPLE | NAMES,
		"mx.example.org,*.mail.example.org,192.0.2.25,2001:db8::25", "bb932945df7a45f0",
		"9edd40f127c734f6" },
	{ "root", ca_der, "CN=Example Root,O=Example", "CN=Example Root,O=Example", "Example Root",
		"27be61f56c22d8096f02e2cfba1cf64d1a4793d6", 1795243611, 2110603611, "EC", 256, 0,
		"ecdsa-with-SHA256", SELF | CA, "", "46fb0686949e62c9", "2ec75192ca40bcac" },
	{ "SHA-1", rsa_der, "CN=old.example.org", "CN=old.example.org", "old.example.org",
		"4ad56afff627cdf51b4368d674fe0b957ef756b0", 1795243611, 1797835611, "RSA", 1024,
		65537, "sha1WithRSAEncryption", SHA1 | SELF | CA, "", "27f70c2938acecfb",
		"1d394f6f37bd3799" },
	{ "MD5", md5_der, "CN=ma\\xe2\\x80\\xaeil,O=M\xc3\xbcller\\, S\xc3\xb6hne,C=DE",
		"CN=ma\\xe2\\x80\\xaeil,O=M\xc3\xbcller\\, S\xc3\xb6hne,C=DE",
		"ma\\xe2\\x80\\xaeil", "-ff", 1795244502, 2110604502, "RSA", 1024, 65537,
		"md5WithRSAEncryption", MD5 | SELF | CA, "", "7fe60e822fc7c527",
		"bc66bceb95d996bf" },
	{ "exponent 3", e3_der, "CN=e3", "CN=e3", "e3", "22799180f0fde69144e0dfe93b0f6dc8b25d10f8",
		1795244472, 2110604472, "RSA", 512, 3, "sha256WithRSAEncryption", SELF | CA, "",
		"cba2fb7b5febb19e", "f42ed169b2685aaf" },
	{ "Ed25519", ed_der, "CN=ed", "CN=ed", "ed", "129603fb0655ddea76c7526f5d1a3f019138a3ed",
		1795244472, 2110604472, "Ed25519", 256, 0, "ED25519", SELF, "", "2c0430cd9f0ceab9",
		"dbcfe0fecb170a66" },
	{ "RSA-PSS", pss_der, "CN=pss", "CN=pss", "pss", "7974be9d72a8079ea9ca33c34b52f6b86b3576e3",
		1795244472, 2110604472, "RSA", 1024, 65537, "rsassaPss", SHA1 | SELF | CA, "",
		"31918b2e6e995ff7", "fe675e0aab44f9c5" },
	{ "DSA", dsa_der, "CN=dsa", "CN=dsa", "dsa", "5c0e9774d50d432ee37f4d971f09c964e874ed27",
		1795244502, 2110604502, "DSA", 1024, 0, "dsaWithSHA1", SHA1 | SELF | CA, "",
		"8c81c2a8c3e0ba35", "1c6119aa1eb81af3" },
	{ "odd names", odd_der, "O=Nobody", "O=Nobody", "",
		"5903d9713baacb6569fe58aba7a48460deb0e874", 1795244472, 2110604472, "EC", 256, 0,
		"ecdsa-with-SHA256", SELF | USAGE | NAMES, "good?evil.,a?b.c,192.0.2.1",
		"3cc7b7d9bd9760b5", "08aa3dd06694cf07" },
	{ "explicit curve", p224_der, "CN=p224", "CN=p224", "p224",
		"7f5ddb383941dabd74f9313c0c7b29c25d1e4e75", 1795244472, 2110604472, "EC", 224, 0,
		"ecdsa-with-SHA256", SELF | CA, "", "c010442dc6ae3554", "1f376b3151d721d1" },
};

static unsigned
flags_of(const struct certificate *c)
{
	return (c->signed_md5 ? MD5 : 0U) | (c->signed_sha1 ? SHA1 : 0U) |
	       (c->self_signed ? SELF : 0U) | (c->is_ca ? CA : 0U) | (c->has_usage ? USAGE : 0U) |
	       (c->for_server ? FOR_SERVER : 0U) | (c->must_staple ? STAPLE : 0U) |
	       (c->has_names ? NAMES : 0U);
}

static void
facts(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(samples); i++) {
		struct certificate c;

		print_message("%s\n", samples[i].name);
		x509_read(arena, bytes_of(samples[i].der), &c);
		assert_false(c.unreadable);
		assert_string_equal(text_of(c.subject), samples[i].subject);
		assert_string_equal(text_of(c.issuer), samples[i].issuer);
		assert_string_equal(text_of(c.common_name), samples[i].common_name);
		assert_string_equal(text_of(c.serial), samples[i].serial);
		assert_int_equal(c.not_before, samples[i].not_before);
		assert_int_equal(c.not_after, samples[i].not_after);
		assert_string_equal(c.key_type, samples[i].key_type);
		assert_int_equal(c.key_bits, samples[i].key_bits);
		assert_int_equal(c.rsa_exponent, samples[i].exponent);
		assert_string_equal(text_of(c.signature_algorithm), samples[i].signature);
		assert_int_equal(flags_of(&c), samples[i].flags);
		assert_string_equal(text_of(c.names), samples[i].names);
		assert_string_equal(digest_of(c.sha256), samples[i].sha256);
		assert_string_equal(digest_of(c.spki_sha256), samples[i].spki);
	}
}

/* A signature that does not verify makes no certificate self-signed, whatever its names say. */
static void
forged(void **unused)
{
	struct span der = bytes_of(rsa_der);
	struct certificate c;

	(void)unused;
	((uint8_t *)der.at)[der.len - 1] ^= 1;
	x509_read(arena, der, &c);
	assert_false(c.unreadable);
	assert_false(c.self_signed);
}

static void
assert_unreadable(struct span der)
{
	struct certificate c;

	x509_read(arena, der, &c);
	assert_true(c.unreadable);
	assert_int_equal(c.subject.len, 0);
	assert_int_equal(c.not_before, 0);
}

static void
no_certificate(void **unused)
{
	struct span der = bytes_of(ec_der), behind = bytes_of(ec_der);
	struct buffer large = { 0 };
	struct certificate c;

	(void)unused;
	assert_unreadable(span_of("not a certificate"));
	assert_unreadable((struct span){ 0 });
	assert_unreadable(bytes_of(bad_time_der));
	assert_unreadable(span_from(behind.at, behind.len + 1)); /* a byte behind its end */
	for (size_t len = 0; len < der.len; len++)
		assert_unreadable(span_first(der, len));
	x509_read(arena, span_of("abc"), &c);
	assert_string_equal(digest_of(c.sha256), "ba7816bf8f01cfea");
	for (size_t i = 0; i <= X509_SIZE_MOST; i++)
		buffer_add_text(&large, "0");
	assert_unreadable(buffer_span(&large));
	buffer_free(&large);
}

/* Any byte changed: the reader may find facts or none, but it never leaves the bytes. */
static void
damaged(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(samples); i++) {
		struct span der = bytes_of(samples[i].der);
		uint8_t *exact = malloc(der.len);

		for (size_t at = 0; at < der.len; at++) {
			struct arena *own = arena_new(&budget);
			struct certificate c;

			memcpy(exact, der.at, der.len);
			exact[at] ^= (uint8_t)(1U << at % 8);
			x509_read(own, span_from(exact, der.len), &c);
			assert_true(c.unreadable || c.key_type != NULL);
			arena_free(&own);
		}
		free(exact);
	}
}

/* Chains --------------------------------------------------------------------------------------- */

static void
add_certificate(struct buffer *list, const char *hex)
{
	struct span der = bytes_of(hex);
	const uint8_t length[] = { 0, (uint8_t)(der.len >> 8), (uint8_t)der.len };

	buffer_add(list, span_from(length, sizeof(length)));
	buffer_add(list, der);
}

static void
ordered_chain(void **unused)
{
	struct buffer list = { 0 };
	struct certificate_chain chain;

	(void)unused;
	add_certificate(&list, ec_der);
	add_certificate(&list, ca_der);
	assert_true(x509_read_chain(arena, buffer_span(&list), &chain));
	assert_int_equal(chain.count, 2);
	assert_int_equal(chain.sent, 2);
	assert_int_equal(chain.certificates[1].position, 1);
	assert_false(chain.certificates[0].certifies_previous);
	assert_true(chain.certificates[1].certifies_previous);
	buffer_free(&list);
}

static void
disordered_chain(void **unused)
{
	struct buffer list = { 0 };
	struct certificate_chain chain;

	(void)unused;
	add_certificate(&list, ec_der);
	add_certificate(&list, rsa_der);
	add_certificate(&list, bad_time_der);
	add_certificate(&list, ca_der);
	assert_false(x509_read_chain(arena, buffer_span(&list), &chain));
	assert_int_equal(chain.count, 4);
	assert_false(chain.certificates[1].certifies_previous);
	assert_true(chain.certificates[2].unreadable);
	assert_false(chain.certificates[3].certifies_previous);
	buffer_free(&list);
}

static void
broken_list(void **unused)
{
	struct buffer list = { 0 };
	struct certificate_chain chain;

	(void)unused;
	assert_true(x509_read_chain(arena, (struct span){ 0 }, &chain));
	assert_int_equal(chain.sent, 0);
	add_certificate(&list, ec_der);
	buffer_add(&list, span_from("\x00\x01\x00\x30", 4));
	assert_false(x509_read_chain(arena, buffer_span(&list), &chain));
	assert_int_equal(chain.count, 1);
	assert_false(chain.certificates[0].unreadable);
	buffer_free(&list);
}

static void
endless_chain(void **unused)
{
	struct budget small = { .limit = 12000 };
	struct arena *own = arena_new(&small);
	struct buffer list = { 0 };
	struct certificate_chain chain;

	(void)unused;
	for (int i = 0; i < 40; i++)
		add_certificate(&list, ed_der);
	assert_true(x509_read_chain(arena, buffer_span(&list), &chain));
	assert_int_equal(chain.count, X509_CHAIN_MOST);
	assert_int_equal(chain.sent, 40);
	assert_non_null(own);
	x509_read_chain(own, buffer_span(&list), &chain);
	assert_true(chain.count < chain.sent);
	arena_free(&own);
	buffer_free(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts),
		cmocka_unit_test(forged),
		cmocka_unit_test(no_certificate),
		cmocka_unit_test(damaged),
		cmocka_unit_test(ordered_chain),
		cmocka_unit_test(disordered_chain),
		cmocka_unit_test(broken_list),
		cmocka_unit_test(endless_chain),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
