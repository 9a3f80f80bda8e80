/* Strings of IMAP and ManageSieve: what announces a literal and what only looks like it, and how arguments are read
 * (RFC 9051, section 4.3; RFC 7888). */
#include "base/table.h"
#include "literal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char       *line;
	enum literal_sign sign;
	uint64_t          size;
	bool              waits;
	const char       *before;
} lines[] = {
	{ "a1 LOGIN {5}", LITERAL_ANNOUNCED, 5, true, "a1 LOGIN " },
	{ "a1 LOGIN {5+}", LITERAL_ANNOUNCED, 5, false, "a1 LOGIN " },
	{ "{0}", LITERAL_ANNOUNCED, 0, true, "" },
	{ "* 1 FETCH (BODY[] {9223372036854775807}", LITERAL_ANNOUNCED, INT64_MAX, true, "* 1 FETCH (BODY[] " },
	{ "* 1 FETCH (BINARY[] ~{3}", LITERAL_ANNOUNCED, 3, true, "* 1 FETCH (BINARY[] ~" },
	{ "a1 LIST \"\" ({3}", LITERAL_ANNOUNCED, 3, true, "a1 LIST \"\" (" },
	{ "a1 SEARCH SUBJECT \"a \\\" b\" {3}", LITERAL_ANNOUNCED, 3, true, "a1 SEARCH SUBJECT \"a \\\" b\" " },
	{ "a1 APPEND x {9223372036854775808}", LITERAL_ABSURD, 0, true, NULL },
	{ "a1 APPEND x {99999999999999999999999+}", LITERAL_ABSURD, 0, false, NULL },
	{ "a1 LOGIN alice pw{5}", LITERAL_NONE, 0, false, NULL },
	{ "a1 LOGIN alice \"pw {5}", LITERAL_NONE, 0, false, NULL },
	{ "a1 LOGIN alice \"pw\\\" {5}", LITERAL_NONE, 0, false, NULL },
	{ "a1 LOGIN {}", LITERAL_NONE, 0, false, NULL },
	{ "a1 LOGIN {+}", LITERAL_NONE, 0, false, NULL },
	{ "a1 LOGIN {5-}", LITERAL_NONE, 0, false, NULL },
	{ "a1 LOGIN {-5}", LITERAL_NONE, 0, false, NULL },
	{ "a1 LOGIN {5} ", LITERAL_NONE, 0, false, NULL },
	{ "a1 LOGIN 5}", LITERAL_NONE, 0, false, NULL },
	{ "}", LITERAL_NONE, 0, false, NULL },
	{ "", LITERAL_NONE, 0, false, NULL },
};

/* In memory of its own, so that a byte too far is noticed. */
static struct span
lend(const char *text, uint8_t **copy_r)
{
	size_t len = strlen(text);

	*copy_r = malloc(len + 1);
	assert_non_null(*copy_r);
	memcpy(*copy_r + 1, text, len);
	return span_from(*copy_r + 1, len);
}

static void
test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(lines); i++) {
		struct literal literal;
		uint8_t *copy;
		enum literal_sign sign = literal_at_end(lend(lines[i].line, &copy), &literal);

		if (sign != lines[i].sign)
			fail_msg("%s: %d", lines[i].line, sign);
		if (sign == LITERAL_ANNOUNCED &&
			(literal.size != lines[i].size || literal.waits != lines[i].waits ||
				!span_equal(literal.before, span_of(lines[i].before))))
			fail_msg("%s: %llu bytes", lines[i].line, (unsigned long long)literal.size);
		free(copy);
	}
}

/* What a line announces does not depend on the pieces that it comes in, however long it is. */
static void
test_tails(void **state)
{
	static const char end[] = "long line that goes on and on and on UID FETCH 1,2,3 {12345+}\r\n";

	(void)state;
	for (size_t step = 1; step <= sizeof(end); step++) {
		struct literal_tail tail = { .len = 0 };
		struct literal literal;

		for (size_t at = 0; at < sizeof(end) - 1; at += step)
			literal_tail_add(&tail, span_first(span_from(end + at, sizeof(end) - 1 - at), step));
		assert_true(tail.len <= sizeof(tail.at));
		assert_int_equal(literal_at_end(literal_tail_line(&tail), &literal), LITERAL_ANNOUNCED);
		assert_int_equal(literal.size, 12345);
		assert_false(literal.waits);
	}
}

static const struct {
	const char   *rest;
	enum argument found;
	const char   *value, *left;
} arguments[] = {
	{ "alice secret", ARGUMENT_STRING, "alice", "secret" },
	{ "  \"alice smith\" \"s\"", ARGUMENT_STRING, "alice smith", "\"s\"" },
	{ "\"a\\\"b\\\\c\"", ARGUMENT_STRING, "a\"b\\c", "" },
	{ "\"\" x", ARGUMENT_STRING, "", "x" },
	{ "\"open", ARGUMENT_BROKEN, "open", "" },
	{ "\"open\\", ARGUMENT_BROKEN, "open\\", "" },
	{ "\"", ARGUMENT_BROKEN, "", "" },
	{ "{5}", ARGUMENT_LITERAL, "", "{5}" },
	{ "{5+}", ARGUMENT_LITERAL, "", "{5+}" },
	{ "{5} x", ARGUMENT_STRING, "{5}", "x" },
	{ "{x} {5}", ARGUMENT_STRING, "{x}", "{5}" },
	{ " \t ", ARGUMENT_NONE, "", "" },
};

static void
test_arguments(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(arguments); i++) {
		struct buffer value = { 0 };
		uint8_t *copy;
		struct span rest = lend(arguments[i].rest, &copy);

		if (argument_take(&rest, &value) != arguments[i].found)
			fail_msg("%s is something else", arguments[i].rest);
		if (!span_equal(buffer_span(&value), span_of(arguments[i].value)))
			fail_msg("%s: %.*s", arguments[i].rest, (int)value.len, (const char *)value.at);
		if (!span_equal(span_trim(rest), span_of(arguments[i].left)))
			fail_msg("%s leaves %.*s", arguments[i].rest, (int)rest.len, (const char *)rest.at);
		buffer_wipe(&value);
		assert_null(value.at);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_tails),
		cmocka_unit_test(test_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
