/* Which losses a session is told of, however many there were. */
#include "base/clock.h"
#include "base/table.h"
#include "engine/losses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum {
	READINGS = 500,
};

#define BEGIN (1000 * NS_PER_SECOND)
#define APART (NS_PER_SECOND / 1000)

/* Frames of this capture were lost from `from_ns` on, in many readings that follow each other closely. */
static void
lose(struct losses *losses, uint32_t capture, int64_t from_ns)
{
	for (int64_t i = 0; i < READINGS; i++)
		losses_add(losses, &(struct loss){
			.capture = capture,
			.from_ns = from_ns + i * APART,
			.to_ns = from_ns + (i + 1) * APART,
			.lost = 2,
			.seen = 8,
		});
}

/* Two bursts on each of two captures, and who was there: what lay between the bursts was not lossy. */
static void
test_bursts(void **state)
{
	static const struct {
		int64_t  first_ns, last_ns;
		uint64_t lost;
	} cases[] = {
		{ -2 * NS_PER_SECOND, -NS_PER_SECOND, 0 },
		{ -NS_PER_SECOND, NS_PER_SECOND, 2 * READINGS },
		{ 100 * APART, 101 * APART, 2 * READINGS },
		{ 2 * NS_PER_SECOND, 9 * NS_PER_SECOND, 0 },
		{ 2 * NS_PER_SECOND, 11 * NS_PER_SECOND, 2 * READINGS },
		{ 0, 20 * NS_PER_SECOND, 4 * READINGS },
	};
	struct losses losses = { 0 };

	(void)state;
	for (int64_t burst = 0; burst < 2; burst++)
		for (uint32_t capture = 0; capture < 2; capture++)
			lose(&losses, capture, BEGIN + burst * 10 * NS_PER_SECOND);
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct session session = {
			.first = { .time_ns = BEGIN + cases[i].first_ns },
			.last = { .time_ns = BEGIN + cases[i].last_ns },
			.end_seen = true,
		};

		losses_tell(&losses, &session, false);
		assert_int_equal(session.lost, cases[i].lost);
		assert_int_equal(session.lost_of, 5 * cases[i].lost);
		losses_tell(&losses, &session, true);
		assert_int_equal(session.lost, 2 * cases[i].lost);
	}
}

/* What a loss took from a session lies before what was seen of it, or behind. */
static void
test_ends_unseen(void **state)
{
	static const struct {
		int64_t first_ns, last_ns;
		bool    midstream, ended, told;
	} cases[] = {
		{ -9 * NS_PER_SECOND, -8 * NS_PER_SECOND, false, true, false },
		{ -9 * NS_PER_SECOND, -8 * NS_PER_SECOND, true, true, false },
		{ -9 * NS_PER_SECOND, -8 * NS_PER_SECOND, false, false, true },
		{ -99 * NS_PER_SECOND, -98 * NS_PER_SECOND, false, false, false },
		{ 8 * NS_PER_SECOND, 9 * NS_PER_SECOND, false, true, false },
		{ 8 * NS_PER_SECOND, 9 * NS_PER_SECOND, true, true, true },
		{ 8 * NS_PER_SECOND, 9 * NS_PER_SECOND, false, false, false },
		{ 98 * NS_PER_SECOND, 99 * NS_PER_SECOND, true, true, false },
	};
	struct losses losses = { .idle_ns = 60 * NS_PER_SECOND };

	(void)state;
	lose(&losses, 0, BEGIN);
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct session session = {
			.first = { .time_ns = BEGIN + cases[i].first_ns },
			.last = { .time_ns = BEGIN + cases[i].last_ns },
			.midstream = cases[i].midstream,
			.end_seen = cases[i].ended,
		};

		losses_tell(&losses, &session, false);
		assert_int_equal(session.lost, cases[i].told ? 2 * READINGS : 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bursts),
		cmocka_unit_test(test_ends_unseen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
