/* A step of the clock is told between the frames of the old time and those of the new. */
#include "base/clock.h"
#include "base/table.h"
#include "sensor/steps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define BEGIN (1000 * NS_PER_SECOND)
#define DELAY (NS_PER_SECOND / 2)

static void
test_jumps(void **state)
{
	static const struct {
		int64_t passed_ns;
		bool    is_jump;
	} cases[] = {
		{ 0, false },
		{ NS_PER_SECOND - 1, false },
		{ -NS_PER_SECOND + 1, false },
		{ NS_PER_SECOND, true },
		{ -NS_PER_SECOND, true },
		{ NS_PER_HOUR, true },
	};
	const struct steps steps = { .frame_ns = BEGIN };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++)
		assert_int_equal(steps_is_jump(&steps, BEGIN + cases[i].passed_ns), cases[i].is_jump);
}

/* On a link that is never quiet only a frame can tell. */
static void
test_told_before_the_frame(void **state)
{
	struct steps steps = { .frame_ns = BEGIN };

	(void)state;
	assert_int_equal(steps_before_frame(&steps, NS_PER_HOUR), NS_PER_HOUR);
	assert_int_equal(steps_before_frame(&steps, NS_PER_HOUR), 0);
	assert_int_equal(steps_before_frame(&steps, 0), -NS_PER_HOUR);
	assert_false(steps_is_untold(&steps));
}

/* What the ring still holds carries the old time. */
static void
test_quiet_waits_for_the_ring(void **state)
{
	struct steps steps = { .frame_ns = BEGIN };

	(void)state;
	assert_int_equal(steps_while_quiet(&steps, 0, 1, DELAY), 0);
	assert_false(steps_is_untold(&steps));
	assert_int_equal(steps_while_quiet(&steps, NS_PER_HOUR, 2, DELAY), 0);
	assert_true(steps_is_untold(&steps));
	assert_int_equal(steps_while_quiet(&steps, NS_PER_HOUR, 1 + DELAY, DELAY), 0);
	assert_int_equal(steps_while_quiet(&steps, NS_PER_HOUR, 2 + DELAY, DELAY), NS_PER_HOUR);
	assert_false(steps_is_untold(&steps));
	assert_int_equal(steps_while_quiet(&steps, NS_PER_HOUR, 3 + DELAY, DELAY), 0);
}

/* A frame of the new time ends the wait; so does a clock that was set back at once. */
static void
test_waits_end(void **state)
{
	struct steps steps = { .frame_ns = BEGIN };

	(void)state;
	assert_int_equal(steps_while_quiet(&steps, NS_PER_HOUR, 1, DELAY), 0);
	assert_int_equal(steps_before_frame(&steps, NS_PER_HOUR), NS_PER_HOUR);
	assert_false(steps_is_untold(&steps));
	assert_int_equal(steps_while_quiet(&steps, 2 * NS_PER_HOUR, 2, DELAY), 0);
	assert_int_equal(steps_while_quiet(&steps, NS_PER_HOUR, 3, DELAY), 0);
	assert_false(steps_is_untold(&steps));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jumps),
		cmocka_unit_test(test_told_before_the_frame),
		cmocka_unit_test(test_quiet_waits_for_the_ring),
		cmocka_unit_test(test_waits_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
