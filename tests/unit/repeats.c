/* The same within a minute is told once. */
#include "base/clock.h"
#include "sensor/repeats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int
set_up(void **state)
{
	*state = calloc(1, sizeof(struct repeats));
	return *state == NULL;
}

static int
tear_down(void **state)
{
	free(*state);
	return 0;
}

static void
test_repeats(void **state)
{
	struct repeats *repeats = *state;
	struct repeat repeat;

	assert_true(repeats_is_new(repeats, "a", "words of a", 0));
	assert_true(repeats_is_new(repeats, "b", "words of b", NS_PER_SECOND));
	assert_false(repeats_is_new(repeats, "a", "other words", 2 * NS_PER_SECOND));
	assert_false(repeats_is_new(repeats, "a", "other words", 59 * NS_PER_SECOND));
	assert_false(repeats_take(repeats, 59 * NS_PER_SECOND, false, &repeat));
	assert_true(repeats_take(repeats, 60 * NS_PER_SECOND, false, &repeat));
	assert_string_equal(repeat.words, "words of a");
	assert_int_equal(repeat.again, 2);
	assert_false(repeats_take(repeats, 60 * NS_PER_SECOND, false, &repeat));
	assert_true(repeats_take(repeats, 60 * NS_PER_SECOND, true, &repeat));
	assert_int_equal(repeat.again, 0);
	assert_true(repeats_is_new(repeats, "a", "", 61 * NS_PER_SECOND));
}

/* A minute that is over before anybody took it does not hide what comes then. */
static void
test_past_but_not_taken(void **state)
{
	struct repeats *repeats = *state;

	assert_true(repeats_is_new(repeats, "a", "", 0));
	assert_true(repeats_is_new(repeats, "a", "", 60 * NS_PER_SECOND));
	assert_false(repeats_is_new(repeats, "a", "", 61 * NS_PER_SECOND));
}

/* What does not fit is told each time. */
static void
test_full(void **state)
{
	struct repeats *repeats = *state;
	struct repeat repeat;
	char key[32];

	for (unsigned i = 0; i < REPEATS_MOST + 10; i++) {
		snprintf(key, sizeof(key), "%u", i);
		assert_true(repeats_is_new(repeats, key, key, 0));
	}
	assert_true(repeats_is_new(repeats, key, key, 0));
	assert_false(repeats_is_new(repeats, "0", "", 0));
	for (unsigned i = 0; i < REPEATS_MOST; i++)
		assert_true(repeats_take(repeats, 0, true, &repeat));
	assert_false(repeats_take(repeats, 0, true, &repeat));
}

static void
test_long_texts(void **state)
{
	struct repeats *repeats = *state;
	struct repeat repeat;
	char text[1024];

	memset(text, 0xC3, sizeof(text));
	for (size_t i = 1; i < sizeof(text); i += 2)
		text[i] = (char)0xBC;
	text[sizeof(text) - 1] = '\0';
	assert_true(repeats_is_new(repeats, text, text, 0));
	assert_false(repeats_is_new(repeats, text, text, 0));
	assert_true(repeats_take(repeats, 0, true, &repeat));
	assert_int_equal(strlen(repeat.words), REPEATS_WORDS_SIZE - 2);         /* not half a character */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_repeats, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_past_but_not_taken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_full, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_long_texts, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
