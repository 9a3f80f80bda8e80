/* What services offered before, and to whom. */
#include "footprints.h"

static void
test_silent(void **state)
{
	static struct story story;

	(void)state;
	story_run(&story, &history_offers, NULL, NULL,
		"times 12 every 2h client 10.0.*.5 offers; after 3d client 10.9.9.9,5000 lacks application "
		"sni a.example days 1,2 signal S1,text,45,decisive");
	assert_int_equal(story.sessions, 13);
	assert_int_equal(story.foot.offer, NO);
	assert_int_equal(story_sum(&story).outcome, INTERFERENCE_PROVEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
