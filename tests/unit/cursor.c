/* Binary fields: both byte orders, short input, nested lengths. */
#include "base/cursor.h"
#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const uint8_t bytes[] = { 0x01, 0x02, 0x03, 0x84, 0x05, 0x06 };

static struct cursor
over(size_t len)
{
	return cursor_of(span_from(bytes, len));
}

static void
test_numbers(void **state)
{
	static const struct {
		size_t   have, take;
		uint32_t be, le;
		bool     failed;
	} cases[] = {
		{ 6, 1, 0x01, 0x01, false },
		{ 6, 2, 0x0102, 0x0201, false },
		{ 6, 3, 0x010203, 0x030201, false },
		{ 6, 4, 0x01020384, 0x84030201, false },
		{ 4, 4, 0x01020384, 0x84030201, false },
		{ 3, 4, 0, 0, true },
		{ 1, 2, 0, 0, true },
		{ 0, 1, 0, 0, true },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct cursor be = over(cases[i].have), le = over(cases[i].have);

		assert_int_equal(cursor_be(&be, cases[i].take), cases[i].be);
		assert_int_equal(cursor_le(&le, cases[i].take), cases[i].le);
		assert_int_equal(be.failed, cases[i].failed);
		assert_int_equal(le.failed, cases[i].failed);
		assert_int_equal(be.left, cases[i].failed ? 0 : cases[i].have - cases[i].take);
	}
}

/* After the first short read nothing comes any more, not even what would have fitted. */
static void
test_failure_stays(void **state)
{
	struct cursor c = over(3);

	(void)state;
	assert_int_equal(cursor_be(&c, 4), 0);
	assert_true(c.failed);
	assert_int_equal(cursor_be(&c, 1), 0);
	assert_int_equal(cursor_take(&c, 1).len, 0);
	assert_int_equal(cursor_take_up_to(&c, 9).len, 0);
	assert_int_equal(cursor_rest(&c).len, 0);
	assert_true(cursor_block(&c, 1).failed);
	assert_true(c.failed);
}

static void
test_taking(void **state)
{
	struct cursor c = over(6);
	struct span taken = cursor_take(&c, 2);

	(void)state;
	assert_ptr_equal(taken.at, bytes);
	assert_int_equal(taken.len, 2);
	assert_int_equal(cursor_rest(&c).len, 4);
	assert_int_equal(cursor_take(&c, 0).len, 0);
	assert_false(c.failed);
	taken = cursor_take_up_to(&c, 99);
	assert_ptr_equal(taken.at, bytes + 2);
	assert_int_equal(taken.len, 4);
	assert_int_equal(cursor_take_up_to(&c, 99).len, 0);
	assert_false(c.failed);
	assert_int_equal(cursor_take(&c, SIZE_MAX).len, 0);
	assert_true(c.failed);
}

static void
test_blocks(void **state)
{
	static const struct {
		uint8_t in[4];
		size_t  have, length_bytes;
		bool    failed;
		size_t  inside, behind;
	} cases[] = {
		{ { 2, 7, 8, 9 }, 4, 1, false, 2, 1 },
		{ { 0, 7, 8, 9 }, 4, 1, false, 0, 3 },
		{ { 3, 7, 8, 9 }, 4, 1, false, 3, 0 },
		{ { 4, 7, 8, 9 }, 4, 1, true, 0, 0 },
		{ { 0, 2, 8, 9 }, 4, 2, false, 2, 0 },
		{ { 0xFF, 0xFF, 0xFF, 9 }, 4, 3, true, 0, 0 },
		{ { 0, 0, 0, 0 }, 1, 2, true, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct cursor c = cursor_of(span_from(cases[i].in, cases[i].have));
		struct cursor block = cursor_block(&c, cases[i].length_bytes);

		assert_int_equal(c.failed, cases[i].failed);
		assert_int_equal(block.failed, cases[i].failed);
		assert_int_equal(block.left, cases[i].inside);
		assert_int_equal(c.left, cases[i].behind);
	}
}

/* A block cannot be left: reading past its end fails although the bytes behind it are there. */
static void
test_block_is_a_fence(void **state)
{
	static const uint8_t in[] = { 1, 7, 8, 9 };
	struct cursor c = cursor_of(span_from(in, sizeof(in)));
	struct cursor block = cursor_block(&c, 1);

	(void)state;
	assert_int_equal(cursor_be(&block, 2), 0);
	assert_true(block.failed);
	assert_int_equal(cursor_be(&c, 2), 0x0809);
	assert_false(c.failed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_failure_stays),
		cmocka_unit_test(test_taking),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_block_is_a_fence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
