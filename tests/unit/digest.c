/* Digests against published vectors, and base64 (RFC 4648). */
#include "base/digest.h"
#include "base/table.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
assert_hex(const uint8_t *bytes, size_t len, const char *wanted)
{
	struct buffer hex = { 0 };

	text_hex(&hex, span_from(bytes, len));
	assert_string_equal(buffer_text(&hex), wanted);
	buffer_free(&hex);
}

/* FIPS 180-2, appendix B; RFC 1321, appendix A.5. */
static void
test_vectors(void **state)
{
	static const struct {
		const char *in, *sha256, *md5, *sha1;
	} cases[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		  "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		  "900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
		  "8215ef0796a20bcaaae116d3876c664a", "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		uint8_t sha256[SHA256_SIZE], md5[MD5_SIZE], sha1[SHA1_SIZE];

		digest_sha256(span_of(cases[i].in), sha256);
		assert_hex(sha256, sizeof(sha256), cases[i].sha256);
		digest_md5(span_of(cases[i].in), md5);
		assert_hex(md5, sizeof(md5), cases[i].md5);
		digest_sha1(span_of(cases[i].in), sha1);
		assert_hex(sha1, sizeof(sha1), cases[i].sha1);
	}
}

/* RFC 4231, test cases 1, 2 and 6. */
static void
test_hmac(void **state)
{
	uint8_t key[131], out[SHA256_SIZE];

	(void)state;
	memset(key, 0x0b, 20);
	digest_hmac_sha256(span_from(key, 20), span_of("Hi There"), out);
	assert_hex(out, sizeof(out),
		"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	digest_hmac_sha256(span_of("Jefe"), span_of("what do ya want for nothing?"), out);
	assert_hex(out, sizeof(out),
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	digest_hmac_sha256(span_from(key, sizeof(key)),
		span_of("Test Using Larger Than Block-Size Key - Hash Key First"), out);
	assert_hex(out, sizeof(out),
		"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void
test_pieces(void **state)
{
	const char *text = "the same bytes, however they come";
	uint8_t whole[SHA256_SIZE], pieces[SHA256_SIZE];
	struct span rest = span_of(text);
	struct digest *digest = digest_new();

	(void)state;
	digest_sha256(span_of(text), whole);
	for (size_t size = 1; rest.len > 0; size++) {
		digest_add(digest, span_first(rest, size));
		rest = span_after(rest, size);
	}
	digest_finish(digest, pieces);
	assert_memory_equal(pieces, whole, sizeof(whole));
	digest_free(&digest);
	assert_null(digest);
	digest_free(&digest);
}

static void
test_base64(void **state)
{
	static const struct {
		const char *in;
		bool        good;
		const char *out;
	} cases[] = {
		{ "", true, "" },
		{ "Zg==", true, "f" },
		{ "Zm8=", true, "fo" },
		{ "Zm9v", true, "foo" },
		{ "Zm9vYmFy", true, "foobar" },
		{ "Zg", true, "f" },
		{ "Zm8", true, "fo" },
		{ "+/+/", true, "\xfb\xff\xbf" },
		{ "Z", false, "" },
		{ "Zm9vY", false, "" },
		{ "Zg=", false, "" },
		{ "Zm9v=", false, "" },
		{ "Zm9v==", false, "" },
		{ "====", false, "" },
		{ "=", false, "" },
		{ "Z===", false, "" },
		{ "Zg==Zg==", false, "" },
		{ "Zm9vZ=9v", false, "" },
		{ "Zm9-", false, "" },
		{ "Zm9_", false, "" },
		{ "Zm 9", false, "" },
		{ " Zm9v", false, "" },
		{ "Zm9v\n", false, "" },
		{ "Zm9vZm\n=", false, "" },
		{ "Zm9\xff", false, "" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct buffer out = { 0 };

		buffer_add_text(&out, ">");
		if (base64_decode(span_of(cases[i].in), &out) != cases[i].good)
			fail_msg("base64 of \"%s\"", cases[i].in);
		assert_int_equal(out.len, 1 + strlen(cases[i].out));
		assert_string_equal(buffer_text(&out) + 1, cases[i].out);
		buffer_free(&out);
	}
}

/* PLAIN logins hold NULs, and they may be written with and without padding. */
static void
test_base64_nul(void **state)
{
	struct buffer out = { 0 };

	(void)state;
	assert_true(base64_decode(span_of("AGEAYg=="), &out));
	assert_int_equal(out.len, 4);
	assert_memory_equal(out.at, "\0a\0b", 4);
	assert_true(base64_decode(span_from("AA\0A", 2), &out));
	assert_false(base64_decode(span_from("AA\0A", 4), &out));
	assert_int_equal(out.len, 5);
	buffer_free(&out);
}

/* RFC 4648, section 10; and all that is encoded can be decoded. */
static void
test_base64_encode(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" }, { "\xfb\xff\xbf", "+/+/" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct buffer text = { 0 }, back = { 0 };

		base64_encode(span_of(cases[i][0]), &text);
		assert_string_equal(buffer_text(&text), cases[i][1]);
		assert_true(base64_decode(buffer_span(&text), &back));
		assert_string_equal(buffer_text(&back), cases[i][0]);
		buffer_free(&text);
		buffer_free(&back);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_base64_nul),
		cmocka_unit_test(test_base64_encode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
