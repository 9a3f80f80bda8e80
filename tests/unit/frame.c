/* Addresses: kinds and text forms. */
#include "base/table.h"
#include "wire/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define V4(a, b, c, d) { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, a, b, c, d } }

static const struct {
	struct address address;
	const char    *text;
	bool           v4, loopback, private;
} cases[] = {
	{ V4(192, 0, 2, 10), "192.0.2.10", true, false, false },
	{ V4(255, 255, 255, 255), "255.255.255.255", true, false, false },
	{ V4(127, 0, 0, 1), "127.0.0.1", true, true, false },
	{ V4(127, 255, 0, 1), "127.255.0.1", true, true, false },
	{ V4(128, 0, 0, 1), "128.0.0.1", true, false, false },
	{ V4(10, 255, 0, 1), "10.255.0.1", true, false, true },
	{ V4(11, 0, 0, 1), "11.0.0.1", true, false, false },
	{ V4(172, 15, 0, 1), "172.15.0.1", true, false, false },
	{ V4(172, 16, 0, 1), "172.16.0.1", true, false, true },
	{ V4(172, 31, 255, 1), "172.31.255.1", true, false, true },
	{ V4(172, 32, 0, 1), "172.32.0.1", true, false, false },
	{ V4(192, 168, 3, 4), "192.168.3.4", true, false, true },
	{ V4(192, 169, 3, 4), "192.169.3.4", true, false, false },
	{ V4(169, 254, 3, 4), "169.254.3.4", true, false, true },
	{ { { 0 } }, "::", false, false, false },
	{ { { [15] = 1 } }, "::1", false, true, false },
	{ { { [15] = 2 } }, "::2", false, false, false },
	{ { { 0xFC, [15] = 1 } }, "fc00::1", false, false, true },
	{ { { 0xFD, 0x12, [15] = 1 } }, "fd12::1", false, false, true },
	{ { { 0xFE, 0x00, [15] = 1 } }, "fe00::1", false, false, false },
	{ { { 0xFE, 0x80, [15] = 1 } }, "fe80::1", false, false, true },
	{ { { 0xFE, 0xBF, [15] = 1 } }, "febf::1", false, false, true },
	{ { { 0xFE, 0xC0, [15] = 1 } }, "fec0::1", false, false, false },
	/* RFC 5952: the longest run of zeros, the first of equal ones, never a single group, lower
	 * case */
	{ { { 0x20, 1, 0xD, 0xB8, [15] = 0xA } }, "2001:db8::a", false, false, false },
	{ { { 0x20, 1, 0xD, 0xB8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1 } }, "2001:db8:0:1::1", false,
	  false, false },
	{ { { 0x20, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1 } }, "2001::1:0:0:1:1", false,
	  false, false },
	{ { { 0x20, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1 } }, "2001:0:1:1:1:1:1:1", false,
	  false, false },
};

static void
test_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		char text[ADDRESS_TEXT_SIZE];
		struct address back;

		assert_ptr_equal(address_text(&cases[i].address, text), text);
		assert_string_equal(text, cases[i].text);
		assert_true(address_from_text(cases[i].text, &back));
		assert_true(address_equal(&back, &cases[i].address));
		assert_int_equal(address_is_v4(&cases[i].address), cases[i].v4);
		assert_int_equal(address_is_loopback(&cases[i].address), cases[i].loopback);
		assert_int_equal(address_is_private(&cases[i].address), cases[i].private);
	}
}

static void
test_longest_text(void **state)
{
	struct address address;
	char text[ADDRESS_TEXT_SIZE];

	(void)state;
	memset(&address, 0xFF, sizeof(address));
	assert_string_equal(address_text(&address, text),
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

static void
test_no_address(void **state)
{
	static const char *const texts[] = { "", "192.0.2", "192.0.2.256", "mail.example.com", "2001:db8::/32" };
	struct address address = { { 7 } };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(texts); i++) {
		assert_false(address_from_text(texts[i], &address));
		assert_int_equal(address.octets[0], 7);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_no_address),
		cmocka_unit_test(test_longest_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
