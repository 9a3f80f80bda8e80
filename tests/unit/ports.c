/* Which service usually listens on a port: the table is sound, and each question reads its own column. */
#include "wire/ports.h"

#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const uint16_t listed[] = {
#define PORT(number, protocol, implicit, submission, twin) number,
#include "wire/ports.def"
#undef PORT
};

/* Each number once; a twin's twin is the port itself, speaks the same and begins the other way. */
static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(listed); i++) {
		const struct port *port = port_find(listed[i]), *twin;

		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(listed[i], listed[k]);
		assert_non_null(port);
		assert_int_equal(port->number, listed[i]);
		assert_true(port_has_protocol(port->protocol));
		if (port->twin == 0)
			continue;
		twin = port_find(port->twin);
		assert_non_null(twin);
		assert_int_equal(twin->twin, port->number);
		assert_string_equal(twin->protocol, port->protocol);
		assert_true(twin->implicit != port->implicit);
	}
}

static void
test_questions(void **state)
{
	static const struct {
		uint16_t number;
		bool     implicit, submission;
		uint16_t twin;
	} cases[] = {
		{ 25, false, false, 0 },
		{ 465, true, true, 587 },
		{ 587, false, true, 465 },
		{ 2525, false, true, 0 },
		{ 143, false, false, 993 },
		{ 995, true, false, 110 },
		{ 636, true, false, 0 },
		{ 563, true, false, 0 },
		{ 6697, true, false, 0 },
		{ 6667, false, false, 0 },
		{ 8465, false, false, 0 },
		{ 0, false, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++)
		if (port_is_implicit(cases[i].number) != cases[i].implicit ||
			port_is_submission(cases[i].number) != cases[i].submission ||
			port_twin(cases[i].number) != cases[i].twin)
			fail_msg("port %u", cases[i].number);
	assert_true(port_has_protocol("irc"));
	assert_false(port_has_protocol("http"));
	assert_null(port_find(443));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
