/* A sensor's numbers in words. */
#include "shared/tally_sample.h"

#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void
assert_says(const struct tally *tally, const char *words)
{
	struct buffer out = { 0 };

	tally_write(&out, tally);
	assert_string_equal(buffer_text(&out), words);
	buffer_free(&out);
}

static void
everything_in_a_few_lines(void **state)
{
	struct tally tally = tally_sample();

	(void)state;
	assert_says(&tally,
		"watching since    2026-11-21 10:00:00 UTC, for 1 d 02:03:04\n"
		"eth1              999000 frames, 3.0 MiB; dropped by the kernel 1000 (0.100 %),"
		" by the interface 7 (0.001 %)\n"
		"eth2              5 frames, 400 bytes; dropped by the kernel 0 (0.000 %),"
		" by the interface 0 (0.000 %)\n"
		"flows             500, 300 of them not mail; for want of memory 6 given up and 3 not followed\n"
		"other frames      90 without TCP, 8 in an unknown encapsulation, 2 malformed\n"
		"sessions          142\n"
		"  protected-starttls      140\n"
		"  plaintext-no-offer      2\n"
		"findings          3 critical, 1 info\n"
		"database          150 sessions stored, 13 waiting (2.0 KiB), 11 lost, 12 pruned; failed 2 times\n"
		"terminal          20 sent, 0 dropped\n"
		"json /var/log/st.jsonl 19 sent, 1 dropped; NOT WORKING\n"
		"memory            512 bytes of 1.0 GiB\n");
}

static void
at_the_first_moment(void **state)
{
	/* the clock was set back by an hour */
	const struct tally tally = { .started_ns = NS_PER_DAY, .now_ns = NS_PER_DAY - NS_PER_HOUR,
		.memory_limit = SIZE_MAX, .writer = { .failing = true, .failures = 1 } };

	(void)state;
	assert_says(&tally,
		"watching since    1970-01-02 00:00:00 UTC, for 00:00:00\n"
		"flows             0, 0 of them not mail; for want of memory 0 given up and 0 not followed\n"
		"other frames      0 without TCP, 0 in an unknown encapsulation, 0 malformed\n"
		"sessions          0\n"
		"findings          none\n"
		"database          0 sessions stored, 0 waiting (0 bytes), 0 lost, 0 pruned; failed 1 time;"
		" FAILING NOW\n"
		"memory            0 bytes of 16.0 EiB\n");
}

static void
names_are_safe_on_a_terminal(void **state)
{
	struct tally tally = { .interface_count = 1, .interfaces = { { .name = "e\033[2Jx" } } };
	struct buffer out = { 0 };

	(void)state;
	tally_write(&out, &tally);
	assert_false(span_has(buffer_span(&out), "\033"));
	assert_true(span_has(buffer_span(&out), "\\x1b"));
	buffer_free(&out);
}

static void
per_cent(void **state)
{
	static const struct {
		uint64_t dropped, kept;
		double   per_cent;
	} cases[] = {
		{ 0, 0, 0 },
		{ 0, 10, 0 },
		{ 10, 0, 100 },
		{ 1, 3, 25 },
		{ UINT64_MAX, UINT64_MAX, 50 },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++)
		assert_true(tally_per_cent(cases[i].dropped, cases[i].kept) == cases[i].per_cent);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_in_a_few_lines),
		cmocka_unit_test(at_the_first_moment),
		cmocka_unit_test(names_are_safe_on_a_terminal),
		cmocka_unit_test(per_cent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
