/* What labels of nDPI mean here. */
#include "base/table.h"
#include "engine/opinion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct {
	const char *label, *protocol;
	bool        means;
} cases[] = {
	{ "SMTP", "smtp", true },
	{ "SMTP", "lmtp", true },
	{ "SMTP.GMail", "smtp", true },
	{ "FTP_CONTROL", "ftp", true },
	{ "POP3", "pop3", true },
	{ "Jabber", "xmpp", true },
	{ "Usenet", "nntp", true },
	{ "MQTT", "ldap", true },
	{ "HTTP", "http", true },
	{ "HTTP", "smtp", false },
	{ "TLS", "http", false },
	{ "SMTP", "imap", false },
	{ "", "smtp", false },
};

static void
test_labels(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++)
		if (opinion_means(span_of(cases[i].label), cases[i].protocol) != cases[i].means)
			fail_msg("%s as %s", cases[i].label, cases[i].protocol);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
