/* Bytes that grow, and the words for trouble with the outside world. */
#include "base/buffer.h"
#include "base/status.h"
#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
test_adding(void **state)
{
	static const struct {
		uint64_t    number;
		const char *wanted;
	} cases[] = {
		{ 0, "ab-0.end" },
		{ 7, "ab-7.end" },
		{ 10, "ab-10.end" },
		{ 1234567890, "ab-1234567890.end" },
		{ UINT64_MAX, "ab-18446744073709551615.end" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct buffer buffer = { 0 };

		buffer_add(&buffer, span_of("ab"));
		buffer_add_text(&buffer, "-");
		buffer_add_number(&buffer, cases[i].number);
		buffer_add(&buffer, (struct span){ 0 });
		buffer_add_text(&buffer, NULL);
		buffer_printf(&buffer, "%s", "");
		buffer_printf(&buffer, ".%s", "end");
		assert_false(buffer.failed);
		assert_string_equal(buffer_text(&buffer), cases[i].wanted);
		assert_int_equal(buffer_span(&buffer).len, strlen(cases[i].wanted));
		buffer_free(&buffer);
		assert_null(buffer.at);
		assert_int_equal(buffer.len + buffer.room, 0);
	}
}

/* NULs are bytes like others. */
static void
test_bytes_are_no_text(void **state)
{
	struct buffer buffer = { 0 };

	(void)state;
	buffer_add(&buffer, span_from("a\0b", 3));
	buffer_add(&buffer, span_from("\0", 1));
	assert_int_equal(buffer_span(&buffer).len, 4);
	assert_memory_equal(buffer_span(&buffer).at, "a\0b\0", 4);
	buffer_free(&buffer);
}

static void
test_growing(void **state)
{
	struct buffer buffer = { 0 };

	(void)state;
	for (unsigned i = 0; i < 20000; i++)
		buffer_printf(&buffer, "%05u", i);
	assert_int_equal(buffer.len, 100000);
	for (unsigned i = 0; i < 20000; i += 777) {
		char wanted[6];

		snprintf(wanted, sizeof(wanted), "%05u", i);
		assert_memory_equal(buffer.at + 5 * i, wanted, 5);
	}
	buffer_free(&buffer);
}

static void
test_dropping(void **state)
{
	static const struct {
		size_t      count;
		const char *left;
	} cases[] = { { 0, "abcdef" }, { 1, "bcdef" }, { 5, "f" }, { 6, "" }, { 7, "" },
		{ SIZE_MAX, "" } };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct buffer buffer = { 0 };

		buffer_drop(&buffer, cases[i].count);
		assert_int_equal(buffer.len, 0);
		buffer_add_text(&buffer, "abcdef");
		buffer_drop(&buffer, cases[i].count);
		assert_string_equal(buffer_text(&buffer), cases[i].left);
		buffer_add_text(&buffer, "gh");
		assert_int_equal(buffer.len, strlen(cases[i].left) + 2);
		buffer_free(&buffer);
	}
}

static void
test_clearing_keeps_the_room(void **state)
{
	struct buffer buffer = { 0 };
	size_t room;

	(void)state;
	assert_string_equal(buffer_text(&buffer), "");
	buffer_add_text(&buffer, "some text");
	room = buffer.room;
	buffer_clear(&buffer);
	assert_int_equal(buffer.len, 0);
	assert_int_equal(buffer.room, room);
	assert_string_equal(buffer_text(&buffer), "");
	buffer_free(&buffer);
	buffer_free(&buffer);
}

/* The first refusal stays: what comes later is not added, even where it would fit. */
static void
test_failure_is_sticky(void **state)
{
	struct buffer buffer = { 0 };
	volatile size_t absurd = SIZE_MAX / 2;

	(void)state;
	buffer_add_text(&buffer, "kept");
	buffer_add(&buffer, span_from("x", absurd));
	assert_true(buffer.failed);
	buffer_add_text(&buffer, "no");
	buffer_add_number(&buffer, 1);
	buffer_printf(&buffer, "%d", 1);
	assert_true(buffer.failed);
	assert_int_equal(buffer.len, 4);
	assert_string_equal(buffer_text(&buffer), "");
	buffer_clear(&buffer);
	buffer_add_text(&buffer, "again");
	assert_false(buffer.failed);
	assert_string_equal(buffer_text(&buffer), "again");
	buffer_free(&buffer);
}

static void
test_status(void **state)
{
	struct status ok = status_ok(), bad = status_of(STATUS_INPUT, "%s: line %d", "a\nb\x1b[1m\x7f", 3);
	struct status long_one;
	char name[1000];

	(void)state;
	assert_true(status_is_ok(&ok));
	assert_string_equal(ok.message, "");
	assert_false(status_is_ok(&bad));
	assert_int_equal(bad.code, STATUS_INPUT);
	assert_string_equal(bad.message, "a?b?[1m?: line 3");
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	long_one = status_of(STATUS_STORE, "%s", name);
	assert_int_equal(long_one.code, STATUS_STORE);
	assert_int_equal(strlen(long_one.message), sizeof(long_one.message) - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_adding),
		cmocka_unit_test(test_bytes_are_no_text),
		cmocka_unit_test(test_growing),
		cmocka_unit_test(test_dropping),
		cmocka_unit_test(test_clearing_keeps_the_room),
		cmocka_unit_test(test_failure_is_sticky),
		cmocka_unit_test(test_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
