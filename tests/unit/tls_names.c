/* The tables of names: sorted, complete where it counts, and traits that agree with every name. */
#include "base/table.h"
#include "tls_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void
sorted_and_found(void **unused)
{
	size_t count;
	const struct cipher_suite *suites = tls_ciphers(&count);

	(void)unused;
	assert_true(count > 350);
	for (size_t i = 0; i < count; i++) {
		assert_true(i == 0 || suites[i - 1].id < suites[i].id);
		assert_ptr_equal(tls_cipher_find(suites[i].id), &suites[i]);
		assert_false(tls_is_grease(suites[i].id));
	}
	assert_null(tls_cipher_find(0x00FE));
	assert_null(tls_cipher_find(0xFFFF));
}

/* What a name says, found in it word by word; `_` stands for both its ends too. */
static const struct {
	const char *word;
	uint32_t traits;
} words[] = {
	{ "_NULL_", CIPHER_NULL },
	{ "_anon_", CIPHER_ANON | CIPHER_FORWARD_SECRECY },
	{ "_DH_anon_", CIPHER_DHE },
	{ "_ECDH_anon_", CIPHER_ECDHE },
	{ "_EXPORT_", CIPHER_EXPORT },
	{ "_EXPORT1024_", CIPHER_EXPORT },
	{ "_40_", CIPHER_EXPORT },
	{ "_56_", CIPHER_EXPORT },
	{ "_RC4_", CIPHER_RC4 },
	{ "_DES_", CIPHER_DES },
	{ "_DES40_", CIPHER_DES | CIPHER_EXPORT },
	{ "_3DES_", CIPHER_3DES },
	{ "_RC2_", CIPHER_RC2_IDEA_SEED },
	{ "_IDEA_", CIPHER_RC2_IDEA_SEED },
	{ "_SEED_", CIPHER_RC2_IDEA_SEED },
	{ "_CBC_", CIPHER_CBC },
	{ "_GCM_", CIPHER_AEAD },
	{ "_CCM_", CIPHER_AEAD },
	{ "_MGM_", CIPHER_AEAD | CIPHER_FORWARD_SECRECY },
	{ "_POLY1305_", CIPHER_AEAD },
	{ "_AEGIS_", CIPHER_AEAD },
	{ "_DHE_", CIPHER_DHE | CIPHER_FORWARD_SECRECY },
	{ "_ECDHE_", CIPHER_ECDHE | CIPHER_FORWARD_SECRECY },
	{ "_SRP_", CIPHER_FORWARD_SECRECY },
	{ "_ECCPWD_", CIPHER_FORWARD_SECRECY },
};

static bool
ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static uint32_t
traits_of(const char *name)
{
	char padded[128] = "_";
	uint32_t traits = 0;

	strcat(padded, name);
	strcat(padded, "_");
	for (size_t i = 0; i < TABLE_LENGTH(words); i++)
		if (strstr(padded, words[i].word) != NULL)
			traits |= words[i].traits;
	/* a MAC, not a hash of the handshake */
	if (ends_with(name, "_SHA"))
		traits |= CIPHER_SHA1;
	if (ends_with(name, "_MD5"))
		traits |= CIPHER_MD5;
	if (ends_with(name, "_SCSV"))
		return 0;
	if (strstr(name, "_WITH_") == NULL)
		traits |= CIPHER_FORWARD_SECRECY; /* TLS 1.3 */
	if (strcmp(name, "TLS_SHA256_SHA256") == 0 || strcmp(name, "TLS_SHA384_SHA384") == 0)
		traits |= CIPHER_NULL;
	if (strcmp(name, "TLS_NULL_WITH_NULL_NULL") == 0)
		traits |= CIPHER_ANON;
	return traits;
}

static void
traits_agree(void **unused)
{
	size_t count;
	const struct cipher_suite *suites = tls_ciphers(&count);

	(void)unused;
	for (size_t i = 0; i < count; i++)
		if (suites[i].traits != traits_of(suites[i].name))
			fail_msg("%s: %x, not %x", suites[i].name, suites[i].traits,
				traits_of(suites[i].name));
}

static void
known_suites(void **unused)
{
	static const struct {
		uint16_t id;
		const char *name;
		bool strong;
	} cases[] = {
		{ 0x0000, "TLS_NULL_WITH_NULL_NULL", false },
		{ 0x0005, "TLS_RSA_WITH_RC4_128_SHA", false },
		{ 0x000A, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", false },
		{ 0x0017, "TLS_DH_anon_EXPORT_WITH_RC4_40_MD5", false },
		{ 0x002F, "TLS_RSA_WITH_AES_128_CBC_SHA", false },
		{ 0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", false },
		{ 0x009F, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", false },
		{ 0x00A6, "TLS_DH_anon_WITH_AES_128_GCM_SHA256", false },
		{ 0x00FF, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV", false },
		{ 0x1301, "TLS_AES_128_GCM_SHA256", true },
		{ 0x1305, "TLS_AES_128_CCM_8_SHA256", true },
		{ 0x5600, "TLS_FALLBACK_SCSV", false },
		{ 0xC013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", false },
		{ 0xC030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", true },
		{ 0xC0AA, "TLS_PSK_DHE_WITH_AES_128_CCM_8", false },
		{ 0xC0B4, "TLS_SHA256_SHA256", false },
		{ 0xCCA8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", true },
		{ 0xD005, "TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256", true },
	};

	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		const struct cipher_suite *suite = tls_cipher_find(cases[i].id);

		assert_non_null(suite);
		assert_string_equal(suite->name, cases[i].name);
		assert_int_equal(tls_cipher_is_strong(suite), cases[i].strong);
	}
}

static void
other_names(void **unused)
{
	(void)unused;
	assert_string_equal(tls_group_name(23), "secp256r1");
	assert_string_equal(tls_group_name(29), "x25519");
	assert_string_equal(tls_group_name(0x11EC), "X25519MLKEM768");
	assert_null(tls_group_name(0));
	assert_string_equal(tls_scheme_name(0x0201), "rsa_pkcs1_sha1");
	assert_string_equal(tls_scheme_name(0x0804), "rsa_pss_rsae_sha256");
	assert_null(tls_scheme_name(0));
	assert_string_equal(tls_alert_name(0), "close_notify");
	assert_string_equal(tls_alert_name(86), "inappropriate_fallback");
	assert_null(tls_alert_name(TLS_ALERT_UNREADABLE));
	assert_string_equal(tls_handshake_name(14), "ServerHelloDone");
	assert_null(tls_handshake_name(99));
}

/* The sixteen values of RFC 8701, section 2, and no other. */
static void
grease(void **unused)
{
	unsigned count = 0;

	(void)unused;
	for (uint32_t value = 0; value <= UINT16_MAX; value++)
		count += tls_is_grease((uint16_t)value);
	assert_int_equal(count, 16);
	assert_true(tls_is_grease(0x0A0A));
	assert_true(tls_is_grease(0xFAFA));
	assert_false(tls_is_grease(0x1A0A));
}

static void
ssl2_kinds(void **unused)
{
	(void)unused;
	assert_int_equal(tls_ssl2_cipher_traits(0x010080), CIPHER_RC4 | CIPHER_MD5);
	assert_int_equal(tls_ssl2_cipher_traits(0x040080),
		CIPHER_RC2_IDEA_SEED | CIPHER_CBC | CIPHER_EXPORT | CIPHER_MD5);
	assert_int_equal(tls_ssl2_cipher_traits(0x060040), CIPHER_DES | CIPHER_CBC | CIPHER_MD5);
	assert_int_equal(tls_ssl2_cipher_traits(0x0700C0), CIPHER_3DES | CIPHER_CBC | CIPHER_MD5);
	assert_int_equal(tls_ssl2_cipher_traits(0x990000), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorted_and_found),
		cmocka_unit_test(traits_agree),
		cmocka_unit_test(known_suites),
		cmocka_unit_test(other_names),
		cmocka_unit_test(grease),
		cmocka_unit_test(ssl2_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
