/* Arenas and the budget they share. */
#include "base/arena.h"
#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
test_budget(void **state)
{
	static const struct {
		size_t limit, used, take;
		bool   granted;
	} cases[] = {
		{ 100, 0, 100, true },
		{ 100, 0, 101, false },
		{ 100, 60, 40, true },
		{ 100, 60, 41, false },
		{ 100, 100, 0, true },
		{ 100, 100, 1, false },
		{ 100, 60, SIZE_MAX, false },
		{ SIZE_MAX, 60, SIZE_MAX, false },
		{ 0, 0, 1, false },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct budget budget = { .limit = cases[i].limit };

		assert_true(budget_take(&budget, cases[i].used));
		assert_int_equal(budget_take(&budget, cases[i].take), cases[i].granted);
		assert_int_equal(budget.used,
			cases[i].used + (cases[i].granted ? cases[i].take : 0));
	}
}

/* A share is bounded by itself and by the whole; what one of two refuses is taken from neither. */
static void
test_shares(void **state)
{
	struct budget whole = { .limit = 100 };
	struct budget one = { .limit = 60, .whole = &whole }, other = { .limit = 60, .whole = &whole };

	(void)state;
	assert_true(budget_take(&one, 50));
	assert_int_equal(whole.used, 50);
	assert_false(budget_take(&one, 11));
	assert_int_equal(whole.used, 50);
	assert_false(budget_take(&other, 51));
	assert_int_equal(other.used, 0);
	assert_int_equal(whole.used, 50);
	assert_true(budget_take(&other, 50));
	budget_give(&one, 50);
	assert_int_equal(one.used, 0);
	assert_int_equal(whole.used, 50);
}

static void
test_memory_is_zeroed_and_aligned(void **state)
{
	struct budget budget = { .limit = 1 << 20 };
	struct arena *arena = arena_new(&budget);
	uint8_t zeros[333] = { 0 };

	(void)state;
	for (size_t size = 1; size <= sizeof(zeros); size++) {
		uint8_t *at = arena_alloc(arena, size);

		assert_non_null(at);
		assert_int_equal((uintptr_t)at % _Alignof(max_align_t), 0);
		assert_memory_equal(at, zeros, size);
		memset(at, 0xAA, size);
	}
	assert_false(arena_spent(arena));
	arena_free(&arena);
	assert_null(arena);
	assert_int_equal(budget.used, 0);
}

static void
test_larger_than_a_chunk(void **state)
{
	struct budget budget = { .limit = 1 << 20 };
	struct arena *arena = arena_new(&budget);
	uint8_t *large = arena_alloc(arena, 200000), *small = arena_alloc(arena, 10);

	(void)state;
	assert_non_null(large);
	assert_non_null(small);
	memset(large, 1, 200000);
	assert_int_equal(small[0], 0);
	assert_true(budget.used >= 200010);
	arena_free(&arena);
	assert_int_equal(budget.used, 0);
}

/* What is large does not take the room that is left for what is small. */
static void
test_room_is_kept_for_what_is_small(void **state)
{
	struct budget budget = { .limit = 1 << 20 };
	struct arena *arena = arena_new(&budget);
	size_t first = budget.used;

	(void)state;
	assert_non_null(arena_alloc(arena, 3 * first / 4));
	assert_int_equal(budget.used, first);
	assert_non_null(arena_alloc(arena, first / 2));
	assert_in_range(budget.used, first + first / 2, first + first / 2 + 100);
	for (size_t i = 0; i < 10; i++)
		assert_non_null(arena_alloc(arena, first / 80));
	assert_in_range(budget.used, first + first / 2, first + first / 2 + 100);
	arena_free(&arena);
	assert_int_equal(budget.used, 0);
}

/* A spent budget is said, stays said, and what was given stands. */
static void
test_spent(void **state)
{
	struct budget budget = { .limit = 12000 };
	struct arena *arena = arena_new(&budget);
	struct span kept = arena_copy(arena, span_of("kept")), lost;

	(void)state;
	assert_null(arena_alloc(arena, 11000));
	assert_true(arena_spent(arena));
	lost = arena_copy(arena, span_from(kept.at, 0));
	assert_int_equal(lost.len, 0);
	assert_memory_equal(kept.at, "kept", 4);
	assert_non_null(arena_alloc(arena, 8));
	assert_true(arena_spent(arena));
	arena_free(&arena);
	assert_int_equal(budget.used, 0);
}

static void
test_absurd_sizes(void **state)
{
	static const size_t sizes[] = { SIZE_MAX, SIZE_MAX - 8, SIZE_MAX / 2 + 1, 1 << 20 };
	struct budget budget = { .limit = 1 << 16 };
	struct arena *arena = arena_new(&budget);

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(sizes); i++)
		assert_null(arena_alloc(arena, sizes[i]));
	arena_free(&arena);
	arena_free(&arena);
}

static void
test_no_room_for_an_arena(void **state)
{
	struct budget budget = { .limit = 100 };

	(void)state;
	assert_null(arena_new(&budget));
	assert_int_equal(budget.used, 0);
}

static void
test_copy(void **state)
{
	struct budget budget = { .limit = 1 << 16 };
	struct arena *arena = arena_new(&budget);
	uint8_t wire[] = { 'a', 0, 'b' };
	struct span copy = arena_copy(arena, span_from(wire, sizeof(wire)));

	(void)state;
	wire[0] = 'x';
	assert_int_equal(copy.len, 3);
	assert_memory_equal(copy.at, "a\0b", 3);
	assert_int_equal(arena_copy(arena, (struct span){ 0 }).len, 0);
	assert_false(arena_spent(arena));
	arena_free(&arena);
}

/* What could not be written together is lost, and that is said; what could is kept, and the buffer is empty. */
static void
test_keep(void **state)
{
	struct budget budget = { .limit = 1 << 16 };
	struct arena *arena = arena_new(&budget);
	struct buffer whole = { 0 }, broken = { 0 };
	struct span kept;

	(void)state;
	buffer_add_text(&whole, "whole");
	kept = arena_keep(arena, &whole);
	assert_null(whole.at);
	assert_int_equal(kept.len, 5);
	assert_memory_equal(kept.at, "whole", 5);
	assert_false(arena_spent(arena));
	buffer_add_text(&broken, "half");
	broken.failed = true;
	assert_int_equal(arena_keep(arena, &broken).len, 0);
	assert_true(arena_spent(arena));
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_memory_is_zeroed_and_aligned),
		cmocka_unit_test(test_larger_than_a_chunk),
		cmocka_unit_test(test_room_is_kept_for_what_is_small),
		cmocka_unit_test(test_spent),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_absurd_sizes),
		cmocka_unit_test(test_no_room_for_an_arena),
		cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
