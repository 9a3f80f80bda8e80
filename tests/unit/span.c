/* Borrowed bytes: words, lines, comparison, numbers. */
#include "base/span.h"
#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(text) { (const uint8_t *)(text), sizeof(text) - 1 }

static void
assert_span(struct span got, const char *wanted)
{
	assert_int_equal(got.len, strlen(wanted));
	if (got.len > 0)
		assert_memory_equal(got.at, wanted, got.len);
}

static void
test_lines(void **state)
{
	static const struct {
		const char *in;
		bool        complete;
		const char *line, *rest;
	} cases[] = {
		{ "", false, "", "" },
		{ "EHLO", false, "", "EHLO" },
		{ "EHLO\r", false, "", "EHLO\r" },
		{ "EHLO\r\n", true, "EHLO", "" },
		{ "EHLO\n", true, "EHLO", "" },
		{ "\r\nx", true, "", "x" },
		{ "\nx", true, "", "x" },
		{ "a\rb\r\nc\r\n", true, "a\rb", "c\r\n" },
		{ "a\r\r\nb", true, "a\r", "b" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct span rest = span_of(cases[i].in), line = { 0 };

		assert_int_equal(span_take_line(&rest, &line), cases[i].complete);
		assert_span(line, cases[i].line);
		assert_span(rest, cases[i].rest);
	}
}

/* A NUL is a byte like any other. */
static void
test_line_with_nul(void **state)
{
	struct span rest = BYTES("a\0b\r\nc"), line;

	(void)state;
	assert_true(span_take_line(&rest, &line));
	assert_int_equal(line.len, 3);
	assert_memory_equal(line.at, "a\0b", 3);
	assert_span(rest, "c");
}

static void
test_words(void **state)
{
	static const struct {
		const char *in;
		bool        found;
		const char *word, *rest;
	} cases[] = {
		{ "", false, "", "" },
		{ " \t ", false, "", "" },
		{ "MAIL", true, "MAIL", "" },
		{ "  MAIL \t FROM:<> ", true, "MAIL", "FROM:<>" },
		{ "a\tb c", true, "a", "b c" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct span rest = span_of(cases[i].in), word;

		assert_int_equal(span_take_word(&rest, &word), cases[i].found);
		assert_span(word, cases[i].word);
		assert_span(rest, cases[i].rest);
	}
}

/* Each call: what it gives, and what is left. */
static void
test_items(void **state)
{
	static const struct {
		const char *in;
		bool        found;
		const char *item, *rest;
	} cases[] = {
		{ "", false, "", "" },
		{ "h2", true, "h2", "" },
		{ "h2,imap", true, "h2", "imap" },
		{ " a b , c", true, " a b ", " c" },
		{ ",x", true, "", "x" },
		{ "x,", true, "x", "" },
		{ ",,", true, "", "," },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct span rest = span_of(cases[i].in), item;

		assert_int_equal(span_take_item(&rest, &item), cases[i].found);
		assert_span(item, cases[i].item);
		assert_span(rest, cases[i].rest);
	}
}

static void
test_parts(void **state)
{
	struct span s = span_of("abcdef");

	(void)state;
	assert_span(span_first(s, 2), "ab");
	assert_span(span_first(s, 99), "abcdef");
	assert_span(span_after(s, 2), "cdef");
	assert_span(span_after(s, 0), "abcdef");
	assert_span(span_after(s, 6), "");
	assert_span(span_after(s, SIZE_MAX), "");
	assert_span(span_trim(span_of(" \t a b\t ")), "a b");
	assert_span(span_trim(span_of("\t ")), "");
	assert_span(span_of(NULL), "");
}

static void
test_comparing(void **state)
{
	static const struct {
		const char *s, *word;
		bool        is, starts;
		size_t      find;
	} cases[] = {
		{ "starttls", "STARTTLS", true, true, 0 },
		{ "StartTLS now", "STARTTLS", false, true, 0 },
		{ "STARTTL", "STARTTLS", false, false, 7 },
		{ "250-starttls", "STARTTLS", false, false, 4 },
		{ "", "", true, true, 0 },
		{ "", "x", false, false, 0 },
		{ "aab", "ab", false, false, 1 },
		/* differ by the case bit, but are no letters */
		{ "[", "{", false, false, 1 },
		{ "@", "`", false, false, 1 },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct span s = span_of(cases[i].s);

		assert_int_equal(span_is(s, cases[i].word), cases[i].is);
		assert_int_equal(span_starts(s, cases[i].word), cases[i].starts);
		assert_int_equal(span_find(s, cases[i].word), cases[i].find);
		assert_int_equal(span_has(s, cases[i].word), cases[i].find < s.len);
	}
	assert_true(span_lists(span_of("PIPELINING Size\tSTARTTLS"), span_of("size")));
	assert_false(span_lists(span_of("PIPELINING SIZE"), span_of("PIPE")));
	assert_false(span_lists(span_of(""), span_of("SIZE")));
	assert_true(span_is_any(span_of("ehlo"), (const char *const[]){ "HELO", "EHLO" }, 2));
	assert_false(span_is_any(span_of("EHLO"), (const char *const[]){ "HELO", "EHLO" }, 1));
	assert_false(span_is_any(span_of("EHL"), (const char *const[]){ "HELO", "EHLO" }, 2));
	assert_true(span_has_item(span_of("5,13172,41"), "41"));
	assert_true(span_has_item(span_of("5,H2"), "h2"));
	assert_false(span_has_item(span_of("5,13172,412"), "41"));
	assert_false(span_has_item(span_of("5 41"), "41"));
	assert_false(span_has_item(span_of(""), "41"));
	assert_true(span_contains(span_of("Example CA, Inspection"), span_of("inspect")));
	assert_false(span_contains(span_of("Example"), span_of("Example CA")));
	assert_true(span_contains(span_of(""), span_of("")));
	assert_true(span_same(span_of("Auth"), span_of("aUTH")));
	assert_false(span_equal(span_of("Auth"), span_of("aUTH")));
	assert_true(span_equal(span_of("Auth"), span_of("Auth")));
	assert_true(span_equal((struct span){ 0 }, span_of("")));
}

static void
test_numbers(void **state)
{
	static const struct {
		const char *in;
		bool        good;
		uint64_t    number;
	} cases[] = {
		{ "0", true, 0 },
		{ "00012", true, 12 },
		{ "18446744073709551615", true, UINT64_MAX },
		{ "18446744073709551616", false, 0 },
		{ "99999999999999999999", false, 0 },
		{ "184467440737095516150", false, 0 },
		{ "", false, 0 },
		{ "-1", false, 0 },
		{ "+1", false, 0 },
		{ " 1", false, 0 },
		{ "1 ", false, 0 },
		{ "0x10", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		uint64_t number = 77;

		assert_int_equal(span_number(span_of(cases[i].in), &number), cases[i].good);
		assert_int_equal(number, cases[i].good ? cases[i].number : 77);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_line_with_nul),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_items),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_comparing),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
