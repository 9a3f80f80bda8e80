/* Which host names a certificate stands for (RFC 9525, section 6). */
#include "base/table.h"
#include "model/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* `names` is NULL for a certificate that has none, and goes by its common name. */
static const struct {
	const char *names, *common_name, *host;
	bool covered;
} cases[] = {
	{ "mx.example.org", "", "mx.example.org", true },
	{ "mx.example.org", "", "MX.Example.ORG", true },
	{ "MX.EXAMPLE.ORG", "", "mx.example.org", true },
	{ "mx.example.org", "", "mx.example.org.", true },
	{ "mx.example.org.", "", "mx.example.org", true },
	{ "mx.example.org", "", "mx2.example.org", false },
	{ "mx.example.org", "", "example.org", false },
	{ "example.org", "", "mx.example.org", false },
	{ "a.example.org,mx.example.org", "", "mx.example.org", true },
	{ "mx.example.org,a.example.org", "", "mx.example.org", true },
	{ "a.example.org,b.example.org", "", "mx.example.org", false },
	{ "mx.example.org", "", "", false },
	{ "mx.example.org", "", ".", false },
	{ "", "", "mx.example.org", false },

	{ "*.example.org", "", "mx.example.org", true },
	{ "*.Example.org", "", "MX.example.ORG.", true },
	{ "*.example.org", "", "example.org", false },
	{ "*.example.org", "", "a.mx.example.org", false },
	{ "*.example.org", "", ".example.org", false },
	{ "*.example.org", "", "mx.example.com", false },
	{ "*.example.org", "", "xn--mx-fka.example.org", true },
	{ "*.example.org", "", "*.example.org", true },
	{ "mx.*.org", "", "mx.example.org", false },
	{ "m*.example.org", "", "mx.example.org", false },
	{ "*x.example.org", "", "mx.example.org", false },
	{ "*mx.example.org", "", "mx.example.org", false },
	{ "*", "", "mx.example.org", false },
	{ "*", "", "localhost", false },
	{ "*.", "", "localhost", false },
	{ "*.*.org", "", "mx.example.org", false },

	{ "192.0.2.25", "", "192.0.2.25", true },
	{ "192.0.2.25", "", "[192.0.2.25]", true },
	{ "192.0.2.25", "", "192.0.2.26", false },
	{ "2001:db8::25", "", "[2001:DB8:0:0::25]", true },
	{ "2001:db8::25", "", "2001:db8::25", true },
	{ "2001:db8::25", "", "2001:db8::26", false },
	{ "*.0.2.25", "", "192.0.2.25", false },
	{ "mx.example.org,2001:db8::25", "", "[2001:db8::25]", true },
	{ "192.0.2.25", "", "::ffff:192.0.2.25", false },
	{ "192.0.2.25", "", "192.0.2.25.example.org", false },

	{ NULL, "mx.example.org", "mx.example.org", true },
	{ NULL, "*.example.org", "mx.example.org", true },
	{ NULL, "Example Root", "mx.example.org", false },
	{ NULL, "", "mx.example.org", false },
	{ "a.example.org", "mx.example.org", "mx.example.org", false },
	{ "", "mx.example.org", "mx.example.org", false },
};

static void
covers(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct certificate certificate = {
			.has_names = cases[i].names != NULL,
			.names = span_of(cases[i].names),
			.common_name = span_of(cases[i].common_name),
		};

		if (certificate_covers(&certificate, span_of(cases[i].host)) != cases[i].covered)
			fail_msg("%s, CN %s, host %s",
				cases[i].names != NULL ? cases[i].names : "no names",
				cases[i].common_name, cases[i].host);
		certificate.unreadable = true;
		assert_false(certificate_covers(&certificate, span_of(cases[i].host)));
	}
}

/* A NUL in a name ends nothing. */
static void
embedded_nul(void **unused)
{
	struct certificate certificate = {
		.has_names = true,
		.names = span_from("mx.example.org\0.evil.example", 28),
	};

	(void)unused;
	assert_false(certificate_covers(&certificate, span_of("mx.example.org")));
	certificate.names = span_of("192.0.2.25");
	assert_false(certificate_covers(&certificate, span_from("192.0.2.25\0", 11)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(covers),
		cmocka_unit_test(embedded_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
