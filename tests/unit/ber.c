/* link: dissectors */
/* BER as LDAP allows it: headers cut at every byte, lengths that lie, numbers that are none. */
#include "ber.h"

#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Bytes in memory of their own, so that what reads beyond them is noticed. */
struct bytes {
	uint8_t    *at;
	struct span span;
};

static struct bytes
bytes_of(const char *text, size_t len)
{
	struct bytes bytes = { .at = malloc(len + 1) };

	assert_non_null(bytes.at);
	memcpy(bytes.at + 1, text, len);
	bytes.span = span_from(bytes.at + 1, len);
	return bytes;
}

#define T(text) text, sizeof(text) - 1

static void
test_headers(void **state)
{
	static const struct {
		const char   *text;
		size_t        len;
		enum ber_read read;
		unsigned      size;
		uint32_t      length;
	} cases[] = {
		{ T("0\0"), BER_WHOLE, 2, 0 },
		{ T("0\x7F"), BER_WHOLE, 2, 127 },
		{ T("0\x81\x80"), BER_WHOLE, 3, 128 },
		{ T("0\x82\1\0"), BER_WHOLE, 4, 256 },
		{ T("0\x84\0\0\0\1"), BER_WHOLE, 6, 1 },
		{ T("0\x84\xFF\xFF\xFF\xFF"), BER_WHOLE, 6, UINT32_MAX },
		{ T("0\x80"), BER_BAD, 0, 0 },
		{ T("0\x85\0\0\0\0\1"), BER_BAD, 0, 0 },
		{ T("0\xFF"), BER_BAD, 0, 0 },
		{ T("\x1F\1"), BER_BAD, 0, 0 },
		{ T("\xBF\x21\0"), BER_BAD, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++)
		for (size_t len = 0; len <= cases[i].len; len++) {
			struct bytes bytes = bytes_of(cases[i].text, len);
			struct ber_header header = { 0 };
			enum ber_read read = ber_read_header(bytes.span, &header);

			free(bytes.at);
			if (len == cases[i].len && read != cases[i].read)
				fail_msg("case %zu: %d", i, read);
			if (len < cases[i].len && read != BER_SHORT && read != cases[i].read)
				fail_msg("case %zu at %zu: %d", i, len, read);
			if (len < cases[i].len && read == BER_WHOLE)
				fail_msg("case %zu at %zu is whole", i, len);
			if (len == cases[i].len && read == BER_WHOLE &&
			    (header.size != cases[i].size || header.length != cases[i].length))
				fail_msg("case %zu: %u, %u", i, header.size, (unsigned)header.length);
		}
}

static void
test_numbers(void **state)
{
	static const struct {
		const char *text;
		size_t      len;
		bool        fails;
		uint32_t    number;
	} cases[] = {
		{ T("\2\1\0"), false, 0 },
		{ T("\2\1\x7F"), false, 127 },
		{ T("\2\2\0\x80"), false, 128 },
		{ T("\2\4\x7F\xFF\xFF\xFF"), false, INT32_MAX },
		{ T("\2\1\x80"), true, 0 },
		{ T("\2\0"), true, 0 },
		{ T("\2\5\0\0\0\0\1"), true, 0 },
		{ T("\2\2\1"), true, 0 },
		{ T("\n\1\1"), true, 0 },
		{ T(""), true, 0 },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct bytes bytes = bytes_of(cases[i].text, cases[i].len);
		struct cursor c = cursor_of(bytes.span);
		uint32_t number = ber_number(&c, BER_INTEGER);

		if (c.failed != cases[i].fails || number != cases[i].number)
			fail_msg("case %zu: %u%s", i, (unsigned)number, c.failed ? ", failed" : "");
		free(bytes.at);
	}
}

/* An optional element that is not there costs nothing; one that is not all there fails. */
static void
test_elements(void **state)
{
	struct bytes bytes = bytes_of(T("\4\2ab\x80\1c\4\5de"));
	struct cursor c = cursor_of(bytes.span);
	struct span value = { 0 };
	uint8_t tag;

	(void)state;
	assert_false(ber_take_optional(&c, BER_CONTEXT, &value));
	assert_false(c.failed);
	assert_true(span_is(ber_take(&c, BER_OCTETS), "ab"));
	assert_true(ber_next(&c, &tag, &value));
	assert_int_equal(tag, 0x80);
	assert_true(span_is(value, "c"));
	assert_false(ber_next(&c, &tag, &value));
	assert_true(c.failed);
	assert_false(ber_take_optional(&c, BER_OCTETS, &value));
	free(bytes.at);
}

static void
test_wrong_tag_fails_for_good(void **state)
{
	struct bytes bytes = bytes_of(T("\4\1a\4\1b"));
	struct cursor c = cursor_of(bytes.span);

	(void)state;
	assert_int_equal(ber_take(&c, BER_INTEGER).len, 0);
	assert_true(c.failed);
	assert_int_equal(ber_take(&c, BER_OCTETS).len, 0);
	free(bytes.at);
}

/* What is there of contents that are cut can be read, and that they are cut is not forgotten. */
static void
test_open(void **state)
{
	struct bytes bytes = bytes_of(T("0\3\4\1a0\x7F\4\1b\4\5c"));
	struct cursor c = cursor_of(bytes.span), inside = ber_open(&c, BER_SEQUENCE);

	(void)state;
	assert_true(span_is(ber_take(&inside, BER_OCTETS), "a"));
	assert_int_equal(inside.left, 0);
	assert_false(c.failed);
	inside = ber_open(&c, BER_SEQUENCE);
	assert_true(c.failed);
	assert_true(span_is(ber_take(&inside, BER_OCTETS), "b"));
	assert_false(inside.failed);
	assert_int_equal(ber_take(&inside, BER_OCTETS).len, 0);
	assert_true(inside.failed);
	inside = ber_open(&c, BER_SEQUENCE);
	assert_true(inside.failed);
	free(bytes.at);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_elements),
		cmocka_unit_test(test_wrong_tag_fails_for_good),
		cmocka_unit_test(test_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
