/* The names that a connection has outside of a database: Community ID, against the vectors of its specification, and
 * the identity of a session. */
#include "base/table.h"
#include "model/identity.h"
#include "wire/community.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct endpoint
endpoint_of(const char *address, uint16_t port)
{
	struct endpoint end = { .port = port };

	assert_true(address_from_text(address, &end.address));
	return end;
}

static void
test_community(void **state)
{
	static const struct {
		const char *one;
		uint16_t    one_port;
		const char *other;
		uint16_t    other_port;
		const char *id;
	} cases[] = {
		{ "128.232.110.120", 34855, "66.35.250.204", 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
		{ "2607:f8b0:400c:c03::1a", 25, "2001:470:e5bf:dead:4957:2174:e82c:4887", 63943,
		  "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct endpoint one = endpoint_of(cases[i].one, cases[i].one_port);
		struct endpoint other = endpoint_of(cases[i].other, cases[i].other_port);
		char id[COMMUNITY_ID_SIZE];

		assert_string_equal(community_id(&one, &other, id), cases[i].id);
		assert_string_equal(community_id(&other, &one, id), cases[i].id);
	}
}

/* One host talks to itself: the ports tell the order. */
static void
test_community_of_one_host(void **state)
{
	struct endpoint one = endpoint_of("127.0.0.1", 40000), other = endpoint_of("127.0.0.1", 25);
	char there[COMMUNITY_ID_SIZE], back[COMMUNITY_ID_SIZE];

	(void)state;
	assert_string_equal(community_id(&one, &other, there), community_id(&other, &one, back));
}

static void
test_identity(void **state)
{
	struct session_place place = {
		.vantage = span_of("inside"),
		.vlan = 7,
		.ends = { endpoint_of("192.0.2.10", 40001), endpoint_of("192.0.2.20", 25) },
		.started_ns = 1714564800000000000,
	};
	struct session_place other[] = { place, place, place, place };
	char first[IDENTITY_TEXT_SIZE], second[IDENTITY_TEXT_SIZE];

	(void)state;
	/* the first 16 digits of: printf '%s' '1714564800000000000 7 192.0.2.10,40001 192.0.2.20,25 inside' |
	 * sha256sum */
	assert_string_equal(session_identity(&place, first), "61fd995eb5e2d884");
	place.ends[0] = other[0].ends[1];
	place.ends[1] = other[0].ends[0];
	assert_string_equal(session_identity(&place, second), first);

	other[0].vantage = span_of("outside");
	other[1].vlan = 0;
	other[2].ends[0].port++;
	other[3].started_ns++;
	for (size_t i = 0; i < TABLE_LENGTH(other); i++)
		assert_string_not_equal(session_identity(&other[i], second), first);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_community),
		cmocka_unit_test(test_community_of_one_host),
		cmocka_unit_test(test_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
