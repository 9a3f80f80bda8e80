/* Hello messages: facts and fingerprints, lists of every shape, and every prefix of a hello. */
#include "base/table.h"
#include "base/text.h"
#include "shared/arena_sample.h"
#include "tls_exchange.h"
#include "tls_hello.h"
#include "tls_hello_cache.h"
#include "tls_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint8_t
digit(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* Blanks between the digits are for the reader. */
static void
add_bytes(struct buffer *out, const char *hex)
{
	for (; *hex != '\0'; hex++) {
		uint8_t byte;

		if (*hex == ' ')
			continue;
		byte = (uint8_t)(digit(hex[0]) << 4 | digit(hex[1]));
		buffer_add(out, span_from(&byte, 1));
		hex++;
	}
}

static void
add_number(struct buffer *out, size_t number)
{
	const uint8_t bytes[] = { (uint8_t)(number >> 8), (uint8_t)number };

	buffer_add(out, span_from(bytes, sizeof(bytes)));
}

static void
add_block(struct buffer *out, struct buffer *block)
{
	add_number(out, block->len);
	buffer_add(out, buffer_span(block));
	buffer_free(block);
}

/* A ClientHello, from its version on.  `extensions` is NULL for a hello that ends behind the
 * compression methods. */
static struct buffer
client_hello(const char *version, const char *ciphers, const char *extensions)
{
	struct buffer hello = { 0 }, list = { 0 }, block = { 0 };

	add_bytes(&hello, version);
	for (int i = 0; i < 32; i++)
		add_bytes(&hello, "41");
	add_bytes(&hello, "00");
	add_bytes(&list, ciphers);
	add_block(&hello, &list);
	add_bytes(&hello, "0100");
	if (extensions == NULL)
		return hello;
	add_bytes(&block, extensions);
	add_block(&hello, &block);
	return hello;
}

static void
assert_span(struct span s, const char *expected)
{
	char text[512];

	assert_true(s.len < sizeof(text));
	memcpy(text, s.len > 0 ? s.at : (const uint8_t *)"", s.len);
	text[s.len] = '\0';
	assert_string_equal(text, expected);
}

/* The cache that reads them, or NULL. */
static struct tls_hello_cache *cache;

static int
open_cache(void **unused)
{
	cache = tls_hello_cache_new(&budget);
	return cache == NULL || open_arena(unused) != 0;
}

static int
close_cache(void **unused)
{
	tls_hello_cache_free(&cache);
	return close_arena(unused);
}

/* Twice, so that a cache knows the second one. */
static struct tls_client_hello *
read_client(struct span body, bool *damaged_r)
{
	tls_client_hello_read(arena, cache, body, damaged_r);
	return tls_client_hello_read(arena, cache, body, damaged_r);
}

/* What hellos say ------------------------------------------------------------------------------ */

#define SNI_AND_ALPN                                                                               \
	"0000 0013 0011 00 000e 6d782e6578616d706c652e6f7267  0010 0007 0005 04 736d7470 "

static const struct {
	const char *name, *version, *ciphers, *extensions;
	bool damaged;
	uint16_t highest;
	uint32_t extras;
	uint32_t count;
	bool strong;
	const char *listed, *sni, *alpn, *extension_list;
} clients[] = {
	{ "bare", "0301", "002f 000a", NULL, false, TLS_1_0, 0, 2, false, "002f,000a", "", "", "" },
	{ "no extensions but their length", "0303", "c02f", "", false, TLS_1_2, TLS_HAS_EXTENSIONS,
		1, true, "c02f", "", "", "" },
	{ "name and protocol", "0303", "c02f", SNI_AND_ALPN, false, TLS_1_2,
		TLS_HAS_EXTENSIONS | TLS_HAS_SNI | TLS_HAS_ALPN, 1, true, "c02f", "mx.example.org",
		"smtp", "0,16" },
	{ "signals", "0301", "0005 00ff 5600", NULL, false, TLS_1_0,
		TLS_HAS_RENEGOTIATION | TLS_HAS_FALLBACK_SCSV, 3, false, "0005,00ff,5600", "", "",
		"" },
	{ "GREASE everywhere", "0303", "2a2a 1301 9a9a",
		"1a1a0000 002b 0007 06 fafa 0304 0303 0a0a000100", false, TLS_1_3,
		TLS_HAS_EXTENSIONS | TLS_HAS_SUPPORTED_VERSIONS, 1, true, "1301", "", "", "43" },
	{ "only unknown versions", "0303", "c02f", "002b 0003 02 7777", false, TLS_1_2,
		TLS_HAS_EXTENSIONS | TLS_HAS_SUPPORTED_VERSIONS, 1, true, "c02f", "", "", "43" },
	{ "a draft of 1.3", "0303", "1301", "002b 0003 02 7f1c", false, TLS_1_3,
		TLS_HAS_EXTENSIONS | TLS_HAS_SUPPORTED_VERSIONS, 1, true, "1301", "", "", "43" },
	{ "flags", "0303", "c02f",
		"00040001 01 00050005 0100000000 000f0001 01 00160000 00170000 00230000 ff010001 "
		"00 002a0000 fe0d0001 00",
		false, TLS_1_2,
		TLS_HAS_EXTENSIONS | TLS_HAS_TRUNCATED_HMAC | TLS_HAS_STATUS_REQUEST |
			TLS_HAS_HEARTBEAT | TLS_HAS_ENCRYPT_THEN_MAC | TLS_HAS_EMS |
			TLS_HAS_RENEGOTIATION | TLS_HAS_EARLY_DATA | TLS_HAS_ECH,
		1, true, "c02f", "", "", "4,5,15,22,23,35,65281,42,65037" },
	{ "a ticket", "0303", "c02f", "0023 0004 01020304", false, TLS_1_2,
		TLS_HAS_EXTENSIONS | TLS_HAS_TICKET, 1, true, "c02f", "", "", "35" },
	{ "an address for a name", "0303", "c02f", "0000 000f 000d 00 000a 3139322e302e322e3235",
		false, TLS_1_2, TLS_HAS_EXTENSIONS | TLS_HAS_SNI | TLS_SNI_IS_ADDRESS, 1, true,
		"c02f", "192.0.2.25", "", "0" },
	{ "a name that is not printable", "0303", "c02f", "0000 0008 0006 00 0003 610062", false,
		TLS_1_2, TLS_HAS_EXTENSIONS | TLS_HAS_SNI, 1, true, "c02f", "a\\x00b", "", "0" },
	{ "odd cipher length", "0303", "c02f 00", SNI_AND_ALPN, true, TLS_1_2,
		TLS_HAS_EXTENSIONS | TLS_HAS_SNI | TLS_HAS_ALPN, 1, true, "c02f", "mx.example.org",
		"smtp", "0,16" },
	{ "extension longer than the block", "0303", "c02f", "0017 0000 0000 00ff 00", true,
		TLS_1_2, TLS_HAS_EXTENSIONS | TLS_HAS_EMS, 1, true, "c02f", "", "", "23" },
	{ "name longer than its list", "0303", "c02f", "0000 0006 0004 00 0009 61 0017 0000", true,
		TLS_1_2, TLS_HAS_EXTENSIONS | TLS_HAS_SNI | TLS_HAS_EMS, 1, true, "c02f", "", "",
		"0,23" },
	{ "protocol longer than its list", "0303", "c02f", "0010 0004 0002 09 61", true, TLS_1_2,
		TLS_HAS_EXTENSIONS | TLS_HAS_ALPN, 1, true, "c02f", "", "", "16" },
	{ "no cipher at all", "0303", "", "", false, TLS_1_2, TLS_HAS_EXTENSIONS, 0, false, "", "",
		"", "" },
};

static void
client_facts(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(clients); i++) {
		struct buffer wire =
			client_hello(clients[i].version, clients[i].ciphers, clients[i].extensions);
		bool damaged;
		struct tls_client_hello *hello =
			read_client(buffer_span(&wire), &damaged);

		print_message("%s\n", clients[i].name);
		assert_non_null(hello);
		assert_int_equal(damaged, clients[i].damaged);
		assert_int_equal(hello->highest_version, clients[i].highest);
		assert_int_equal(hello->extras, clients[i].extras);
		assert_int_equal(hello->cipher_count, clients[i].count);
		assert_int_equal(hello->offers_strong, clients[i].strong);
		assert_int_equal(hello->random.len, 32);
		assert_span(hello->ciphers, clients[i].listed);
		assert_span(hello->sni, clients[i].sni);
		assert_span(hello->alpn, clients[i].alpn);
		assert_span(hello->extensions, clients[i].extension_list);
		buffer_free(&wire);
	}
}

static void
traits_and_names(void **unused)
{
	struct buffer wire = client_hello("0303", "c030 0005 00ff",
		"000a 0008 0006 3a3a 001d 1234  000b 0002 01 00  000d 0008 0006 0403 0804 5555");
	bool damaged;
	struct tls_client_hello *hello = read_client(buffer_span(&wire), &damaged);

	(void)unused;
	assert_non_null(hello);
	assert_false(damaged);
	assert_int_equal(hello->cipher_traits,
		CIPHER_AEAD | CIPHER_FORWARD_SECRECY | CIPHER_ECDHE | CIPHER_RC4 | CIPHER_SHA1);
	assert_span(hello->groups, "x25519,4660");
	assert_span(
		hello->signature_algorithms, "ecdsa_secp256r1_sha256,rsa_pss_rsae_sha256,21845");
	buffer_free(&wire);
}

static void
compression(void **unused)
{
	struct buffer wire = client_hello("0303", "c02f", NULL);
	bool damaged;

	(void)unused;
	wire.at[wire.len - 1] = 1;
	assert_true(read_client(buffer_span(&wire), &damaged)->extras &
		    TLS_HAS_COMPRESSION);
	buffer_free(&wire);
}

/* A hello that is cut is never read beyond its end, and never called whole. */
static void
every_prefix(void **unused)
{
	struct buffer wire = client_hello("0303", "c02f 1301",
		SNI_AND_ALPN
		"000a 0004 0002 001d  000d 0004 0002 0403  002b 0003 02 0304  0033 0002 0000");

	(void)unused;
	for (size_t len = 0; len < wire.len; len++) {
		uint8_t *exact = malloc(len + 1);
		bool damaged = false;
		struct tls_client_hello *hello;

		memcpy(exact, wire.at, len);
		hello = read_client(span_from(exact, len), &damaged);
		/* a hello may lawfully end behind the compression methods */
		assert_true(damaged || (hello != NULL && hello->extensions.len == 0));
		tls_server_hello_read(arena, span_from(exact, len), &damaged);
		free(exact);
	}
	buffer_free(&wire);
}

static void
long_lists(void **unused)
{
	struct buffer ciphers = { 0 }, wire;
	bool damaged;
	struct tls_client_hello *hello;

	(void)unused;
	for (int i = 0; i < 30000; i++)
		buffer_add_text(&ciphers, "c02f");
	wire = client_hello("0303", buffer_text(&ciphers), NULL);
	hello = read_client(buffer_span(&wire), &damaged);
	assert_non_null(hello);
	assert_int_equal(hello->cipher_count, 30000);
	assert_true(hello->ciphers.len < 2000);
	assert_true(span_starts(hello->ja4, "t12i9900"));
	buffer_free(&ciphers);
	buffer_free(&wire);
}

/* Fingerprints --------------------------------------------------------------------------------- */

#define EXAMPLE_EXTENSIONS                                                                         \
	"0a0a0000 001b 0003 02 0002 0000 0013 0011 00 000e 6d782e6578616d706c652e6f7267 0033 "     \
	"0002 0000 "                                                                               \
	"0010 000e 000c 02 6832 08 687474702f312e31 4469 0002 0000 0017 0000 002d 0002 0101 "      \
	"000d 0012 0010 0403 0804 0401 0503 0805 0501 0806 0601 0005 0005 0100000000 0023 0000 "   \
	"0012 0000 "                                                                               \
	"002b 0007 06 1a1a 0304 0303 ff01 0001 00 000b 0002 01 00 000a 000a 0008 3a3a 001d 0017 "  \
	"0018 "                                                                                    \
	"fafa 0001 00 0015 0001 00"

/* JA4 of the second row is the example of its specification.  The rest was computed from the
 * definitions with md5sum and sha256sum, and with another implementation where there is one. */
static const struct {
	const char *name, *version, *ciphers, *extensions, *ja3, *ja4;
} prints[] = {
	{ "bare", "0301", "002f 000a 00ff", NULL, "be916dc5c9cf4f014e08679eef877062",
		"t10i030000_2e40d5c6b5eb_000000000000" },
	{ "example", "0303",
		"2a2a 1301 1302 1303 c02b c02f c02c c030 cca9 cca8 c013 c014 009c 009d 002f 0035",
		EXAMPLE_EXTENSIONS, "c000e2caf3a25423f9de6c8a4b12a975",
		"t13d1516h2_8daaf6152771_e5627efa2ab1" },
	{ "nothing", "0303", "", "", "bddda940f9963577c41d7c28b1a5f65f",
		"t12i000000_000000000000_000000000000" },
	{ "only GREASE", "0303", "0a0a", "1a1a0000", "bddda940f9963577c41d7c28b1a5f65f",
		"t12i000000_000000000000_000000000000" },
	{ "name and protocol only", "0303", "c02f", SNI_AND_ALPN,
		"c0d5fef2fe90cff012acce3a48f7eb6e", "t12d0102sp_f06271c2b022_000000000000" },
	{ "protocol of one letter", "0303", "c02f", "0010 0004 0002 01 68",
		"38aeeaa970bcdc0ef4899099378813fe", "t12i0101hh_f06271c2b022_000000000000" },
	{ "protocol that is no text", "0303", "c02f", "0010 0007 0005 04 30abcd31",
		"38aeeaa970bcdc0ef4899099378813fe", "t12i010101_f06271c2b022_000000000000" },
	{ "protocol that begins so", "0303", "c02f", "0010 0004 0002 01 ab",
		"38aeeaa970bcdc0ef4899099378813fe", "t12i0101ab_f06271c2b022_000000000000" },
	{ "protocol that ends so", "0303", "c02f", "0010 0005 0003 02 30ab",
		"38aeeaa970bcdc0ef4899099378813fe", "t12i01013b_f06271c2b022_000000000000" },
	{ "SSLv3", "0300", "0005", NULL, "12e939a2a782d59885d7e40e6323f611",
		"ts3i010000_1ed8eb363bcd_000000000000" },
};

static void
client_fingerprints(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(prints); i++) {
		struct buffer wire =
			client_hello(prints[i].version, prints[i].ciphers, prints[i].extensions);
		bool damaged;
		struct tls_client_hello *hello =
			read_client(buffer_span(&wire), &damaged);

		print_message("%s\n", prints[i].name);
		assert_non_null(hello);
		assert_span(hello->ja3, prints[i].ja3);
		assert_span(hello->ja4, prints[i].ja4);
		buffer_free(&wire);
	}
}

/* Hellos that differ in one part each: with each of them known, every other one reads as it does alone. */
static void
hellos_side_by_side(void **unused)
{
	static const struct {
		const char *version, *ciphers, *extensions;
	} hellos[] = {
		{ "0303", "c02f", NULL },
		{ "0303", "c02f", "" },
		{ "0303", "c030", "" },
		{ "0302", "c02f", "" },
		{ "0303", "c02f 1301", "" },
		{ "0303", "c02f 1301", "002b 0003 02 0304" },
		{ "0303", "c02f 1301", "002b 0003 02 0303" },
		{ "0303", "c02f", "0017 0000" },
		{ "0303", "c02f", "0016 0000" },
		{ "0303", "c02f", "000a 0004 0002 001d" },
		{ "0303", "c02f", "000a 0004 0002 0017" },
		{ "0303", "c02f", "000b 0002 01 00" },
		{ "0303", "c02f", "000b 0002 01 01" },
		{ "0303", "c02f", "000d 0004 0002 0403" },
		{ "0303", "c02f", "000d 0004 0002 0804" },
		{ "0303", "c02f", "0010 0004 0002 01 61" },
		{ "0303", "c02f", "0010 0006 0004 01 61 01 62" },
		{ "0303", "c02f", "0000 0006 0004 00 0001 61" },
		{ "0303", "c02f", "0000 0006 0004 00 0001 62" },
	};

	(void)unused;
	for (size_t round = 0; round < 2; round++)
		for (size_t i = 0; i < TABLE_LENGTH(hellos); i++) {
			struct buffer wire = client_hello(hellos[i].version, hellos[i].ciphers, hellos[i].extensions);
			struct span body = buffer_span(&wire);
			bool damaged;
			struct tls_client_hello *alone = tls_client_hello_read(arena, NULL, body, &damaged);
			struct tls_client_hello *hello = tls_client_hello_read(arena, cache, body, &damaged);
			const struct span *const spans[][2] = {
				{ &hello->ciphers, &alone->ciphers }, { &hello->sni, &alone->sni },
				{ &hello->alpn, &alone->alpn }, { &hello->groups, &alone->groups },
				{ &hello->signature_algorithms, &alone->signature_algorithms },
				{ &hello->extensions, &alone->extensions }, { &hello->ja3, &alone->ja3 },
				{ &hello->ja4, &alone->ja4 },
			};

			print_message("%zu\n", i);
			assert_int_equal(hello->extras, alone->extras);
			assert_int_equal(hello->highest_version, alone->highest_version);
			assert_int_equal(hello->cipher_count, alone->cipher_count);
			for (size_t j = 0; j < TABLE_LENGTH(spans); j++)
				assert_true(span_equal(*spans[j][0], *spans[j][1]));
			buffer_free(&wire);
		}
}

/* What a session keeps outlives the cache, and one without memory still reads. */
static void
hello_outlives_cache(void **unused)
{
	struct budget none = { .limit = 0 };
	struct tls_hello_cache *own[] = { tls_hello_cache_new(&budget), tls_hello_cache_new(&none) };
	struct buffer wire = client_hello("0303", "c02f", SNI_AND_ALPN);

	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(own); i++) {
		struct tls_client_hello *hello = NULL;
		bool damaged;

		for (int again = 0; again < 2; again++)
			hello = tls_client_hello_read(arena, own[i], buffer_span(&wire), &damaged);
		tls_hello_cache_free(&own[i]);
		assert_null(own[i]);
		assert_span(hello->ciphers, "c02f");
		assert_span(hello->alpn, "smtp");
		assert_int_equal(hello->ja4.len, 36);
	}
	buffer_free(&wire);
}

/* A hundred ciphers and a hundred extensions count as 99. */
static void
large_counts(void **unused)
{
	struct buffer ciphers = { 0 }, extensions = { 0 }, wire;
	bool damaged;
	struct tls_client_hello *hello;

	(void)unused;
	for (int i = 0; i < 100; i++) {
		buffer_add_text(&ciphers, "c02f");
		buffer_printf(&extensions, "30%02x0000", i);
	}
	wire = client_hello("0303", buffer_text(&ciphers), buffer_text(&extensions));
	hello = read_client(buffer_span(&wire), &damaged);
	assert_non_null(hello);
	assert_true(span_starts(hello->ja4, "t12i999900_"));
	buffer_free(&ciphers);
	buffer_free(&extensions);
	buffer_free(&wire);
}

/* A hello whose lists have so many numbers, each other from the one before by this much. */
static struct span
fingerprint_of(int count, int first, int step)
{
	struct buffer ciphers = { 0 }, extensions = { 0 }, wire;
	bool damaged;
	struct tls_client_hello *hello;

	for (int i = 0; i < count; i++) {
		buffer_printf(&ciphers, "%04x", (unsigned)(first + i * step));
		buffer_printf(&extensions, "%04x0000", (unsigned)(first + i * step));
	}
	wire = client_hello("0303", buffer_text(&ciphers), buffer_text(&extensions));
	hello = read_client(buffer_span(&wire), &damaged);
	assert_non_null(hello);
	buffer_free(&ciphers);
	buffer_free(&extensions);
	buffer_free(&wire);
	return hello->ja4;
}

/* JA4 sorts, however long the lists are. */
static void
order_does_not_matter(void **unused)
{
	static const int counts[] = { 2, 63, 64, 65, 66, 500 };

	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(counts); i++) {
		int count = counts[i], last = 0x3000 + 2 * (count - 1);
		struct span rising = fingerprint_of(count, 0x3000, 2), falling = fingerprint_of(count, last, -2);

		print_message("%d\n", count);
		assert_true(span_equal(rising, falling));
		assert_false(span_equal(rising, fingerprint_of(count, 0x3002, 2)));
	}
}

/* ServerHello ---------------------------------------------------------------------------------- */

#define RANDOM_24 "000102030405060708090a0b0c0d0e0f1011121314151617"
#define RETRY     "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"

static const struct {
	const char *name, *hex;
	bool damaged;
	uint16_t version, cipher, group;
	uint32_t extras;
	bool retry;
	const char *alpn, *extensions, *ja3s;
} servers[] = {
	{ "TLS 1.0, bare", "0301" RANDOM_24 "18191a1b1c1d1e1f 00 002f 00", false, TLS_1_0, 0x002F,
		0, 0, false, "", "", "18e962e106761869a61045bed0e81c2c" },
	{ "TLS 1.3",
		"0303" RANDOM_24 "18191a1b1c1d1e1f 00 1302 00 000c 002b 0002 0304 0033 0002 001d",
		false, TLS_1_3, 0x1302, 29, TLS_HAS_EXTENSIONS | TLS_HAS_SUPPORTED_VERSIONS, false,
		"", "43,51", "15af977ce25de452b96affa2addb1036" },
	{ "HelloRetryRequest", "0303" RETRY "00 1301 00 000c 002b 0002 0304 0033 0002 0018", false,
		TLS_1_3, 0x1301, 24, TLS_HAS_EXTENSIONS | TLS_HAS_SUPPORTED_VERSIONS, true, "",
		"43,51", "f4febc55ea12b31ae17cfb7e614afda8" },
	{ "downgraded to 1.2", "0303" RANDOM_24 "444f574e47524401 00 c02f 00", false, TLS_1_2,
		0xC02F, 0, TLS_SENTINEL_12, false, "", "", "174e7e4992a63f6d419626d97363adb8" },
	{ "downgraded further", "0302" RANDOM_24 "444f574e47524400 00 c013 00", false, TLS_1_1,
		0xC013, 0, TLS_SENTINEL_11, false, "", "", "ab80c78010bcd9484a67e8ed99cc1baa" },
	{ "nearly a sentinel", "0303" RANDOM_24 "444f574e47524402 00 c02f 00", false, TLS_1_2,
		0xC02F, 0, 0, false, "", "", "174e7e4992a63f6d419626d97363adb8" },
	{ "compression, a protocol",
		"0303" RANDOM_24 "18191a1b1c1d1e1f 00 c02f 01 000b 0010 0007 0005 04 736d7470",
		false, TLS_1_2, 0xC02F, 0, TLS_HAS_COMPRESSION | TLS_HAS_EXTENSIONS | TLS_HAS_ALPN,
		false, "smtp", "16", "896415616b22361262d7a961b6325cfd" },
	{ "unknown suite", "0303" RANDOM_24 "18191a1b1c1d1e1f 00 eeee 00", false, TLS_1_2, 0xEEEE,
		0, 0, false, "", "", "e89275abb9b6fb4f7db8c63eab58e0bd" },
	{ "key share that breaks off",
		"0303" RANDOM_24 "18191a1b1c1d1e1f 00 1302 00 0009 0033 0005 001d 0020 00", true,
		TLS_1_2, 0x1302, 29, TLS_HAS_EXTENSIONS, false, "", "51",
		"571a2a4a7055ea71ed4837caf1c0d445" },
};

static void
server_facts(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(servers); i++) {
		struct buffer wire = { 0 };
		struct tls_server_hello *hello;
		bool damaged;

		print_message("%s\n", servers[i].name);
		add_bytes(&wire, servers[i].hex);
		hello = tls_server_hello_read(arena, buffer_span(&wire), &damaged);
		assert_non_null(hello);
		assert_int_equal(damaged, servers[i].damaged);
		assert_int_equal(hello->version, servers[i].version);
		assert_int_equal(hello->cipher_id, servers[i].cipher);
		assert_ptr_equal(hello->cipher, tls_cipher_find(servers[i].cipher));
		assert_int_equal(hello->group, servers[i].group);
		assert_int_equal(hello->extras, servers[i].extras);
		assert_int_equal(tls_server_hello_is_retry(hello), servers[i].retry);
		assert_span(hello->alpn, servers[i].alpn);
		assert_span(hello->extensions, servers[i].extensions);
		assert_span(hello->ja3s, servers[i].ja3s);
		buffer_free(&wire);
	}
}

/* SSLv2 ---------------------------------------------------------------------------------------- */

static void
ssl2_hellos(void **unused)
{
	struct buffer wire = { 0 };
	struct tls_client_hello *hello;
	struct tls_server_hello *answer;
	struct span certificate;
	bool damaged;

	(void)unused;
	add_bytes(&wire,
		"01 0301 0009 0000 0010 00002f 010080 0000ff 000102030405060708090a0b0c0d0e0f");
	hello = tls_ssl2_client_hello_read(arena, buffer_span(&wire), &damaged);
	assert_non_null(hello);
	assert_false(damaged);
	assert_int_equal(hello->highest_version, TLS_1_0);
	assert_int_equal(hello->extras, TLS_IS_SSL2 | TLS_HAS_RENEGOTIATION);
	assert_int_equal(hello->cipher_traits, CIPHER_CBC | CIPHER_SHA1 | CIPHER_RC4 | CIPHER_MD5);
	assert_span(hello->ciphers, "002f,010080,00ff");
	assert_int_equal(hello->random.len, 32);
	assert_int_equal(hello->random.at[15], 0);
	assert_int_equal(hello->random.at[31], 0x0F);
	for (size_t len = 0; len < wire.len; len++) {
		assert_null(tls_ssl2_client_hello_read(arena, span_from(wire.at, len), &damaged));
		assert_true(damaged);
	}
	buffer_clear(&wire);
	add_bytes(&wire,
		"04 00 01 0002 0003 0003 0010 aabbcc 010080 000102030405060708090a0b0c0d0e0f");
	answer = tls_ssl2_server_hello_read(arena, buffer_span(&wire), &certificate, &damaged);
	assert_non_null(answer);
	assert_int_equal(answer->version, TLS_SSL2);
	assert_int_equal(certificate.len, 3);
	for (size_t len = 0; len < wire.len; len++)
		assert_null(tls_ssl2_server_hello_read(
			arena, span_from(wire.at, len), &certificate, &damaged));
	buffer_free(&wire);
}

/* ServerKeyExchange ---------------------------------------------------------------------------- */

static const struct {
	const char *name;
	uint16_t cipher, version;
	const char *hex;
	bool read, damaged;
	bool finite_field, explicit_curve;
	uint32_t bits;
	uint16_t group, scheme;
} exchanges[] = {
	{ "DHE", 0x0033, TLS_1_0, "0003 00ff01 0001 02 0002 1234", true, false, true, false, 16, 0,
		0 },
	{ "DHE in 1.2", 0x0033, TLS_1_2, "0002 7fff 0001 02 0002 1234 0401 0000", true, false, true,
		false, 15, 0, 0x0401 },
	{ "DHE, anonymous", 0x0034, TLS_1_2, "0002 8001 0001 02 0002 1234", true, false, true,
		false, 16, 0, 0 },
	{ "DHE, pre-shared", 0x00B2, TLS_1_2, "0002 6869 0002 8001 0001 02 0002 1234", true, false,
		true, false, 16, 0, 0 },
	{ "ECDHE", 0xC02F, TLS_1_2, "03 001d 02 aabb 0804 0000", true, false, false, false, 0, 29,
		0x0804 },
	{ "ECDHE in 1.1", 0xC013, TLS_1_1, "03 0017 02 aabb", true, false, false, false, 0, 23, 0 },
	{ "ECDHE, explicit prime", 0xC013, TLS_1_0, "01 01aa 01bb 01cc 01dd 01ee 01ff 02 aabb",
		true, false, false, true, 0, 0, 0 },
	{ "ECDHE, explicit trinomial", 0xC013, TLS_1_0,
		"02 00a3 01 01aa 01bb 01cc 01dd 01ee 01ff 02 aabb", true, false, false, true, 0, 0,
		0 },
	{ "ECDHE, explicit pentanomial", 0xC013, TLS_1_0,
		"02 00a3 02 01aa 01ab 01ac 01bb 01cc 01dd 01ee 01ff 02 aabb", true, false, false,
		true, 0, 0, 0 },
	{ "ECDHE, unknown kind of curve", 0xC013, TLS_1_0, "09 0017 02 aabb", false, true, false,
		false, 0, 0, 0 },
	{ "RSA has none", 0x002F, TLS_1_0, "0003 00ff01 0001 02 0002 1234", false, false, false,
		false, 0, 0, 0 },
	{ "prime of nothing", 0x0033, TLS_1_0, "0002 0000 0001 02 0002 1234", true, false, true,
		false, 0, 0, 0 },
	{ "breaks off", 0x0033, TLS_1_0, "0003 00ff01 0001 02 0002 12", false, true, false, false,
		0, 0, 0 },
};

static void
key_exchanges(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(exchanges); i++) {
		struct buffer wire = { 0 };
		struct tls_key_exchange *exchange;
		bool damaged;

		print_message("%s\n", exchanges[i].name);
		add_bytes(&wire, exchanges[i].hex);
		exchange = tls_key_exchange_read(arena, tls_cipher_find(exchanges[i].cipher),
			exchanges[i].version, buffer_span(&wire), &damaged);
		buffer_free(&wire);
		assert_int_equal(damaged, exchanges[i].damaged);
		assert_int_equal(exchange != NULL, exchanges[i].read);
		if (exchange == NULL)
			continue;
		assert_int_equal(exchange->finite_field, exchanges[i].finite_field);
		assert_int_equal(exchange->explicit_curve, exchanges[i].explicit_curve);
		assert_int_equal(exchange->prime_bits, exchanges[i].bits);
		assert_int_equal(exchange->group, exchanges[i].group);
		assert_int_equal(exchange->signature_scheme, exchanges[i].scheme);
		assert_int_equal(exchange->public_sha256.len, 64);
	}
}

/* The digests that lists of known primes and of repeated keys go by. */
static void
exchange_digests(void **unused)
{
	struct buffer wire = { 0 };
	struct tls_key_exchange *exchange;
	bool damaged;

	(void)unused;
	add_bytes(&wire, "0003 00ff01 0001 02 0002 1234");
	exchange = tls_key_exchange_read(
		arena, tls_cipher_find(0x0033), TLS_1_0, buffer_span(&wire), &damaged);
	assert_non_null(exchange);
	assert_span(exchange->prime_sha256,
		"437cb43a30226e639b33d84533cfc3ddd970a40055b9c8c0bf7e3795cf184eb6");
	assert_span(exchange->public_sha256,
		"3a103a4e5729ad68c02a678ae39accfbc0ae208096437401b7ceab63cca0622f");
	buffer_free(&wire);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(server_facts),
		cmocka_unit_test(ssl2_hellos),
		cmocka_unit_test(key_exchanges),
		cmocka_unit_test(exchange_digests),
		cmocka_unit_test(hello_outlives_cache),
	};
	const struct CMUnitTest of_clients[] = {
		cmocka_unit_test(client_facts),
		cmocka_unit_test(traits_and_names),
		cmocka_unit_test(compression),
		cmocka_unit_test(every_prefix),
		cmocka_unit_test(long_lists),
		cmocka_unit_test(client_fingerprints),
		cmocka_unit_test(hellos_side_by_side),
		cmocka_unit_test(large_counts),
		cmocka_unit_test(order_does_not_matter),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena) +
	       cmocka_run_group_tests(of_clients, open_arena, close_arena) +
	       cmocka_run_group_tests(of_clients, open_cache, close_cache);
}
