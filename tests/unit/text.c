/* Bytes from the wire made safe to print, JSON strings, times. */
#include "base/text.h"
#include "base/status.h"
#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
test_quote(void **state)
{
	static const struct {
		const char *in;
		size_t      most;
		const char *out;
	} cases[] = {
		{ "", 10, "" },
		{ "250 ok", 10, "250 ok" },
		/* a backslash that cannot be taken for an escape, and those that could */
		{ "a\\b", 10, "a\\b" },
		{ "DOMAIN\\user", 20, "DOMAIN\\user" },
		{ "\\xavier", 20, "\\xavier" },
		{ "\\x4", 20, "\\x4" },
		{ "\\", 10, "\\" },
		{ "\\x41", 10, "\\\\x41" },
		{ "\\xAF", 10, "\\\\xAF" },
		{ "\\\\b", 10, "\\\\\\b" },
		{ "\\\n", 10, "\\\\\\x0a" },
		{ "\\\xc3\xbc", 10, "\\\xc3\xbc" },
		{ "\r\n\t\x1b[31m", 20, "\\x0d\\x0a\\x09\\x1b[31m" },
		{ "\x7f", 10, "\\x7f" },
		{ "abcdef", 3, "abc..." },
		{ "abcdef", 6, "abcdef" },
		{ "abcdef", 0, "..." },
		/* good UTF-8 of every length */
		{ "gr\xc3\xbc\xc3\x9f", 20, "gr\xc3\xbc\xc3\x9f" },
		{ "\xe2\x82\xac", 20, "\xe2\x82\xac" },
		{ "\xf0\x9f\x93\xa7", 20, "\xf0\x9f\x93\xa7" },
		{ "\xf4\x8f\xbf\xbf", 20, "\xf4\x8f\xbf\xbf" },
		/* cut inside a character */
		{ "a\xe2\x82\xac", 3, "a\\xe2\\x82..." },
		/* stray, missing and wrong continuation bytes */
		{ "\x80", 20, "\\x80" },
		{ "\xc3", 20, "\\xc3" },
		{ "\xc3(", 20, "\\xc3(" },
		{ "\xe2\x82", 20, "\\xe2\\x82" },
		{ "\xe2(\xac", 20, "\\xe2(\\xac" },
		{ "\xf0\x9f\x93", 20, "\\xf0\\x9f\\x93" },
		{ "\xc3\xbc\xbc", 20, "\xc3\xbc\\xbc" },
		/* overlong forms of '/', NUL and others */
		{ "\xc0\xaf", 20, "\\xc0\\xaf" },
		{ "\xc1\xbf", 20, "\\xc1\\xbf" },
		{ "\xc0\x80", 20, "\\xc0\\x80" },
		{ "\xe0\x80\xaf", 20, "\\xe0\\x80\\xaf" },
		{ "\xe0\x9f\xbf", 20, "\\xe0\\x9f\\xbf" },
		{ "\xf0\x8f\xbf\xbf", 20, "\\xf0\\x8f\\xbf\\xbf" },
		/* surrogates, beyond U+10FFFF, bytes that UTF-8 never has */
		{ "\xed\xa0\x80", 20, "\\xed\\xa0\\x80" },
		{ "\xed\xbf\xbf", 20, "\\xed\\xbf\\xbf" },
		{ "\xf4\x90\x80\x80", 20, "\\xf4\\x90\\x80\\x80" },
		{ "\xf8\x88\x80\x80\x80", 20, "\\xf8\\x88\\x80\\x80\\x80" },
		{ "\xfe\xff", 20, "\\xfe\\xff" },
		/* C1 controls: U+009B is CSI */
		{ "\xc2\x9b", 20, "\\xc2\\x9b" },
		{ "\xc2\xa0", 20, "\xc2\xa0" },
		/* characters that turn or hide the text around them */
		{ "\xe2\x80\xae", 20, "\\xe2\\x80\\xae" },
		{ "\xe2\x80\x8b", 20, "\\xe2\\x80\\x8b" },
		{ "\xe2\x81\xa6", 20, "\\xe2\\x81\\xa6" },
		{ "\xc2\xad", 20, "\\xc2\\xad" },                /* soft hyphen */
		{ "\xd8\x9c", 20, "\\xd8\\x9c" },                /* Arabic letter mark */
		{ "\xe3\x85\xa4", 20, "\\xe3\\x85\\xa4" },       /* Hangul filler */
		{ "\xef\xbf\xb9", 20, "\\xef\\xbf\\xb9" },       /* annotation */
		{ "\xef\xbf\xbf", 20, "\\xef\\xbf\\xbf" },       /* no character */
		{ "\xf3\xa0\x81\x81", 20, "\\xf3\\xa0\\x81\\x81" },        /* tag */
		{ "\xd8\x9b\xef\xbf\xbd", 20, "\xd8\x9b\xef\xbf\xbd" },     /* their neighbours are seen */
		{ "\xef\xbb\xbf", 20, "\\xef\\xbb\\xbf" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct buffer out = { 0 };

		text_quote(&out, span_of(cases[i].in), cases[i].most);
		assert_string_equal(buffer_text(&out), cases[i].out);
		buffer_free(&out);
	}
}

/* Whatever two bytes come, the result has no control character and quotes to itself but for
 * backslashes. */
static void
test_quote_every_pair(void **state)
{
	(void)state;
	for (unsigned pair = 0; pair <= 0xFFFF; pair++) {
		const uint8_t wire[] = { (uint8_t)(pair >> 8), (uint8_t)pair };
		struct buffer out = { 0 };

		text_quote(&out, span_from(wire, sizeof(wire)), sizeof(wire));
		assert_false(out.failed);
		for (size_t i = 0; i < out.len; i++)
			assert_true(out.at[i] >= 0x20 && out.at[i] != 0x7F);
		if (wire[0] >= 0x80)
			assert_true(out.at[0] == '\\' || wire[0] >= 0xC2);
		buffer_free(&out);
	}
}

static void
test_quote_nul(void **state)
{
	struct buffer out = { 0 };

	(void)state;
	text_quote(&out, span_from("a\0b", 3), 3);
	assert_string_equal(buffer_text(&out), "a\\x00b");
	buffer_free(&out);
}

static void
test_json(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "", "\"\"" },
		{ "plain", "\"plain\"" },
		{ "say \"hi\"", "\"say \\\"hi\\\"\"" },
		{ "\\x0d", "\"\\\\x0d\"" },
		{ "a\nb\x01", "\"a\\u000ab\\u0001\"" },
		{ "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\"" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct buffer out = { 0 };

		text_json(&out, span_of(cases[i].in));
		assert_string_equal(buffer_text(&out), cases[i].out);
		buffer_free(&out);
	}
}

static void
test_hex(void **state)
{
	struct buffer out = { 0 };

	(void)state;
	text_hex(&out, span_from("\x00\x0f\xa5\xff", 4));
	assert_string_equal(buffer_text(&out), "000fa5ff");
	buffer_free(&out);
}

static void
test_is_printable(void **state)
{
	static const struct {
		const char *text;
		bool        printable;
	} cases[] = {
		{ "", true }, { "250 ok \\x0d", true }, { "gr\xc3\xbc\xc3\x9f \xf0\x9f\x93\xa7", true },
		{ "a\tb", false }, { "\x1b[2J", false }, { "\x7f", false }, { "\xc2\x9b", false }, { "a\xc3", false },
		{ "\xff", false }, { "\xe2\x80\xae", false },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++)
		if (text_is_printable(span_of(cases[i].text)) != cases[i].printable)
			fail_msg("case %zu", i);
}

static void
test_first(void **state)
{
	static const struct {
		const char *text;
		size_t      most, len;
	} cases[] = {
		{ "", 3, 0 }, { "abc", 3, 3 }, { "abcd", 3, 3 }, { "abc", 0, 0 },
		{ "a\xe2\x82\xac", 4, 4 }, { "a\xe2\x82\xac", 3, 1 }, { "a\xe2\x82\xac", 2, 1 },
		{ "\xe2\x82\xac", 2, 0 },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++)
		assert_int_equal(text_first(span_of(cases[i].text), cases[i].most).len, cases[i].len);
}

static void
test_time(void **state)
{
	static const struct {
		int64_t     time_ns;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000000Z" },
		{ 1714564800123456789, "2024-05-01T12:00:00.123456Z" },
		{ -1, "1969-12-31T23:59:59.999999Z" },
		{ -1000000000, "1969-12-31T23:59:59.000000Z" },
		{ INT64_MAX, "2262-04-11T23:47:16.854775Z" },
		{ INT64_MIN, "1677-09-21T00:12:43.145224Z" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		char text[TIME_TEXT_SIZE];

		assert_string_equal(text_time(cases[i].time_ns, text), cases[i].text);
	}
}

/* Messages carry file names and libpcap's words: they stay one line and within their room. */
static void
test_status_message(void **state)
{
	char name[1000];
	struct status status = status_of(STATUS_INPUT, "a\nb%s", "\x1b[31m\x7f");

	(void)state;
	assert_string_equal(status.message, "a?b?[31m?");
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	status = status_of(STATUS_INPUT, "%s", name);
	assert_int_equal(strlen(status.message), sizeof(status.message) - 1);
	assert_false(status_is_ok(&status));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quote),
		cmocka_unit_test(test_quote_every_pair),
		cmocka_unit_test(test_quote_nul),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_is_printable),
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_status_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
