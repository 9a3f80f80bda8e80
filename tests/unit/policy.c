/* Networks: which addresses lie in them, and where they begin and end. */
#include "base/table.h"
#include "model/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* What `text` says, as struct network keeps it. */
static struct network
network_of(const char *text, unsigned bits)
{
	struct network network = { .bits = bits };

	assert_true(address_from_text(text, &network.address));
	if (address_is_v4(&network.address))
		network.bits += 96;
	return network;
}

static void
a_range_holds_what_the_network_has(void **state)
{
	static const struct {
		const char *address;
		unsigned    bits;
		const char *first, *last;
	} cases[] = {
		{ "192.0.2.0", 24, "192.0.2.0", "192.0.2.255" },
		{ "192.0.2.128", 25, "192.0.2.128", "192.0.2.255" },
		{ "192.0.2.7", 32, "192.0.2.7", "192.0.2.7" },
		{ "10.0.0.0", 9, "10.0.0.0", "10.127.255.255" },
		{ "2001:db8::", 33, "2001:db8::", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff" },
		{ "2001:db8::1", 128, "2001:db8::1", "2001:db8::1" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct network network = network_of(cases[i].address, cases[i].bits);
		struct address first, last;
		char text[ADDRESS_TEXT_SIZE];

		network_range(&network, &first, &last);
		assert_string_equal(address_text(&first, text), cases[i].first);
		assert_string_equal(address_text(&last, text), cases[i].last);
		assert_true(network_has(&network, &first) && network_has(&network, &last));
		for (size_t at = sizeof(last.octets); at-- > 0 && ++last.octets[at] == 0;)
			continue;
		assert_false(network_has(&network, &last));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_holds_what_the_network_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
