/* How a finding of history is told. */
#include "shared/footprints.h"

#include "rules/history_tell.h"

static void
hear(void *user, const struct insight *insight)
{
	struct insight *heard = user;

	*heard = *insight;
	assert_true(span_equal(insight->reasons, span_of("the server named a\\x80b 2 times")));
}

/* What the dissectors made printable stays as it is: one backslash is one. */
static void
test_tell(void **state)
{
	struct insight heard = { 0 };
	const struct hindsight hindsight = { .insight = hear, .user = &heard };
	const struct links links = { .sessions = { 4, 9 }, .count = 2 };

	(void)state;
	insight_tell(&hindsight, &(struct insight){ .kind = "k", .place = PLACE_LIST }, &links,
		"the server named %s %d times", "a\\x80b", 2);
	assert_true(heard.has_place && heard.place == PLACE_LIST);
	assert_int_equal(heard.count, 1);
	assert_int_equal(heard.link_count, 2);
	assert_int_equal(heard.links[1], 9);
	insight_tell(&hindsight, &(struct insight){ .kind = "k", .count = 3 }, NULL,
		"the server named %s %d times", "a\\x80b", 2);
	assert_int_equal(heard.count, 3);
	assert_int_equal(heard.link_count, 0);
}

static void
test_links(void **state)
{
	struct links first = { .count = 0 }, last = { .count = 0 };

	(void)state;
	for (int64_t session = 1; session <= INSIGHT_LINKS + 2; session++) {
		links_keep_first(&first, session);
		links_keep_last(&last, session);
	}
	assert_int_equal(first.count, INSIGHT_LINKS);
	assert_int_equal(first.sessions[0], 1);
	assert_int_equal(last.count, INSIGHT_LINKS);
	assert_int_equal(last.sessions[0], 3);
	assert_int_equal(last.sessions[INSIGHT_LINKS - 1], INSIGHT_LINKS + 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tell),
		cmocka_unit_test(test_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
