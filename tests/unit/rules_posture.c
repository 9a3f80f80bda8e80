/* Policy and habits that one session proves by itself. */
#include "shared/judge_session.h"

static const struct judge_case cases[] = {
	{ "posture-starttls-declined", MEDIUM, PROVEN, "greet; ehlo STARTTLS; mail; rcpt; data",
		NULL, 0 },
	{ "posture-starttls-declined", HIGH, PROVEN,
		"port 587; greet; ehlo STARTTLS; auth PLAIN tls", NULL, 0 },
	{ "posture-starttls-declined", SILENT,
		"port 587; greet; ehlo STARTTLS; refused-for tls; quit", NULL, 0 },
	{ "posture-starttls-declined", SILENT, "greet; ehlo STARTTLS; ask; refuse 454; mail", NULL,
		0 },
	{ "posture-starttls-declined", SILENT, "greet; ehlo STARTTLS; mail; ask; agree; tls", NULL,
		0 },
	{ "posture-starttls-declined", SILENT, "greet; ehlo SIZE; mail", NULL, 0 },
	{ "posture-starttls-declined", SILENT,
		"greet; ehlo STARTTLS; note C blanked-command XXXXXXXX; mail", NULL, 0 },
	{ "posture-starttls-declined", SILENT, "greet; ehlo STARTTLS; conflict S; mail", NULL, 0 },
	/* near-miss: posture-starttls-declined identity-only */
	{ "posture-starttls-declined", SILENT, "greet; ehlo STARTTLS; quit", NULL, 0 },
	/* near-miss: posture-starttls-declined T2 */
	{ "posture-starttls-declined", SILENT, "greet; ehlo STARTTLS; gap C; mail", NULL, 0 },
	{ "posture-starttls-declined", SILENT, "greet mx.example.org STARTTLS; ehlo SIZE; mail",
		NULL, 0 },

	{ "posture-tls-not-enforced", HIGH, PROVEN, "port 587; greet; ehlo STARTTLS; mail",
		"a sender", 0 },
	{ "posture-tls-not-enforced", HIGH, PROVEN, "greet; ehlo STARTTLS; auth PLAIN ok",
		"a login", 0 },
	{ "posture-tls-not-enforced", SILENT, "greet; ehlo STARTTLS; auth ANONYMOUS ok", NULL, 0 },
	{ "posture-tls-not-enforced", INFO, PROVEN, "greet; ehlo STARTTLS; mail", NULL, 0 },
	/* near-miss: posture-tls-not-enforced refused */
	{ "posture-tls-not-enforced", SILENT,
		"greet; ehlo STARTTLS; mail; refused-for weak-tls; quit", NULL, 0 },
	{ "posture-tls-not-enforced", INFO, PROVEN,
		"greet; ehlo STARTTLS; refused-for weak-tls; mail; rcpt; data", NULL, 0 },
	{ "posture-tls-not-enforced", SILENT, "port 587; greet; ehlo SIZE; auth PLAIN ok; mail",
		NULL, 0 },
	{ "posture-tls-not-enforced", SILENT, "port 587; greet; ehlo STARTTLS; auth PLAIN bad",
		NULL, 0 },

	{ "posture-mx-requires-tls", INFO, PROVEN, "greet; ehlo STARTTLS; refused-for tls", NULL,
		0 },
	/* near-miss: posture-mx-requires-tls submission */
	{ "posture-mx-requires-tls", SILENT, "port 587; greet; ehlo STARTTLS; refused-for tls",
		NULL, 0 },
	/* near-miss: posture-mx-requires-tls inside */
	{ "posture-mx-requires-tls", SILENT, "flow private; greet; ehlo STARTTLS; refused-for tls",
		NULL, 0 },
	{ "posture-mx-requires-tls", SILENT,
		"greet; ehlo STARTTLS; auth PLAIN tls; refused-for tls", NULL, 0 },
	{ "posture-mx-requires-tls", SILENT, "greet; ehlo STARTTLS; refused-for login", NULL, 0 },

	{ "posture-auth-on-port-25", MEDIUM, PROVEN, "greet; ehlo AUTH CRAM-MD5|SIZE; quit",
		"on offer", 0 },
	{ "posture-auth-on-port-25", MEDIUM, PROVEN, "greet; helo; auth PLAIN bad", "logs in", 0 },
	/* near-miss: posture-auth-on-port-25 other-protocol */
	{ "posture-auth-on-port-25", SILENT, "greet; note C wrong-protocol PASS; auth PLAIN bad",
		NULL, 0 },
	{ "posture-auth-on-port-25", SILENT, "port 587; greet; ehlo AUTH PLAIN; auth PLAIN ok",
		NULL, 0 },
	{ "posture-auth-on-port-25", SILENT, "greet; ehlo STARTTLS; mail", NULL, 0 },

	{ "posture-cleartext-access-enabled", HIGH, PROVEN,
	  "flow mailbox-protocol; port 143; greet; auth PLAIN ok", NULL, 1 },
	{ "posture-cleartext-access-enabled", SILENT,
	  "flow mailbox-protocol; port 143; greet; auth PLAIN bad", NULL, 0 },
	{ "posture-cleartext-access-enabled", SILENT,
	  "flow mailbox-protocol loopback; port 143; greet; auth PLAIN ok", NULL, 0 },
	{ "posture-cleartext-access-enabled", SILENT, "port 587; greet; ehlo AUTH PLAIN; auth PLAIN ok", NULL, 0 },

	{ "posture-open-submission", MEDIUM, PROVEN, "port 587; greet; ehlo SIZE; mail; rcpt; data",
		NULL, 0 },
	{ "posture-open-submission", MEDIUM, PROVEN,
		"port 2525; greet; ehlo SIZE; auth PLAIN bad; mail; rcpt", NULL, 0 },
	{ "posture-open-submission", SILENT, "port 587; greet; ehlo SIZE; mail; quit", NULL, 0 },
	/* near-miss: posture-open-submission logged-in */
	{ "posture-open-submission", SILENT,
		"port 587; greet; ehlo SIZE; auth PLAIN ok; mail; rcpt", NULL, 0 },
	{ "posture-open-submission", SILENT,
		"port 587; greet; ehlo SIZE; auth PLAIN none; mail; rcpt", NULL, 0 },
	{ "posture-open-submission", SILENT, "port 587; greet; gap C; ehlo SIZE; mail; rcpt", NULL,
		0 },
	/* near-miss: posture-open-submission relay */
	{ "posture-open-submission", SILENT, "greet; ehlo SIZE; mail; rcpt; data", NULL, 0 },

	{ "posture-implicit-nonstandard-port", LOW, PROVEN, "port 587; tls 1.3", "587", 0 },
	{ "posture-implicit-nonstandard-port", SILENT, "port 465; tls 1.3", NULL, 0 },
	{ "posture-implicit-nonstandard-port", SILENT, "port 6697; tls 1.3", NULL, 0 },
	/* near-miss: posture-implicit-nonstandard-port T3 */
	{ "posture-implicit-nonstandard-port", SILENT, "flow midstream; port 587; tls 1.3", NULL,
		0 },
	{ "posture-implicit-nonstandard-port", SILENT, "greet; ehlo STARTTLS; ask; agree; tls",
		NULL, 0 },
	{ "posture-implicit-nonstandard-port", SILENT, "port 587; client-hello; server-hello", NULL,
		0 },
	/* near-miss: posture-implicit-nonstandard-port not-mail */
	{ "posture-implicit-nonstandard-port", SILENT, "flow tls-protocol; port 8443; tls 1.3",
		NULL, 0 },
	{ "posture-starttls-nonstandard-port", MEDIUM, PROVEN, "port 465; greet; ehlo STARTTLS",
		"465", 0 },
	{ "posture-starttls-nonstandard-port", SILENT, "port 587; greet; ehlo STARTTLS", NULL, 0 },

	{ "posture-requiretls-in-clear", HIGH, PROVEN,
		"greet; ehlo SIZE; note C requiretls-in-clear", NULL, 1 },
	{ "posture-requiretls-in-clear", LOW, PROVEN, "greet; ehlo STARTTLS|REQUIRETLS; quit",
		"on offer", 0 },
	/* near-miss: posture-requiretls-in-clear T6 */
	{ "posture-requiretls-in-clear", SILENT, "greet; ehlo STARTTLS; ask; agree; tls", NULL, 0 },

	{ "posture-no-esmtp", LOW, PROVEN, "greet; helo; mail", NULL, 0 },
	/* near-miss: posture-no-esmtp refused */
	{ "posture-no-esmtp", SILENT, "greet; ehlo-refused 502; helo; mail", NULL, 0 },
	{ "posture-no-esmtp", SILENT, "greet; ehlo SIZE; helo; mail", NULL, 0 },
	/* near-miss: posture-no-esmtp T2 */
	{ "posture-no-esmtp", SILENT, "flow midstream; helo; mail", NULL, 0 },
	{ "posture-no-esmtp", SILENT, "greet; note C blanked-command XXXX; helo; mail", NULL, 0 },

	{ "posture-software-disclosed", INFO, PROVEN, "greet mx.example.org ESMTP Exim 4.96",
		"Exim 4.96", 0 },
	{ "posture-software-disclosed", INFO, PROVEN,
		"greet mx.example.org ESMTP Sendmail 8.15.2/8.15.2; quit", "Sendmail", 0 },
	{ "posture-software-disclosed", INFO, PROVEN, "greet mx.example.org smtpd/3.1.0 ready",
		NULL, 0 },
	{ "posture-software-disclosed", INFO, PROVEN,
		"greet mx.example.org Microsoft ESMTP MAIL Service, Version: 10.0.14393.4169 ready",
		NULL, 0 },
	/* near-miss: posture-software-disclosed T22 */
	{ "posture-software-disclosed", SILENT, "greet mx.example.org ESMTP Postfix (Debian/GNU)",
		NULL, 0 },
	{ "posture-software-disclosed", SILENT, "greet mx1.2.example.org ESMTP", NULL, 0 },
	{ "posture-software-disclosed", SILENT, "greet mx.example.org at 192.0.2.20 ESMTP", NULL,
		0 },
	{ "posture-software-disclosed", SILENT,
		"greet mx.example.org ESMTP Mon, 21 Nov 2022 06:18:22 +0000", NULL, 0 },

	{ "posture-vrfy-expn", LOW, PROVEN, "greet; ehlo SIZE; note S address-probed", NULL, 1 },
	{ "posture-vrfy-expn", SILENT, "greet; ehlo VRFY; mail", NULL, 0 },

	{ "posture-ftps-implicit", LOW, PROVEN, "flow file-protocol; port 990; tls", NULL, 0 },
	{ "posture-ftps-implicit", INFO, PROVEN, "flow file-protocol private private-server; port 990; tls", NULL, 0 },
	{ "posture-ftps-implicit", INFO, PROVEN, "flow file-protocol loopback; port 990; tls", NULL, 0 },
	{ "posture-ftps-implicit", SILENT, "port 990; tls", NULL, 0 },
	{ "posture-ftps-implicit", SILENT, "flow file-protocol; greet; ask; agree; tls", NULL, 0 },
	{ "posture-xmpp-s2s-plaintext", HIGH, PROVEN, "greet; note C peer-data-in-clear <message>", NULL, 1 },
	{ "posture-xmpp-s2s-plaintext", SILENT, "greet; note C peer-unproven <db:result>", NULL, 0 },
	{ "posture-xmpp-dialback-only", MEDIUM, PROVEN, "greet; note C peer-unproven <db:result>", NULL, 1 },
	{ "posture-xmpp-dialback-only", SILENT, "greet; note C peer-data-in-clear <message>", NULL, 0 },
	{ "posture-ldap-plaintext-search", MEDIUM, PROVEN, "entry; entry; quit", NULL, 2 },
	{ "posture-ldap-plaintext-search", SILENT, "greet; ehlo SIZE; quit", NULL, 0 },

	{ "posture-protected-ok", INFO, PROVEN, "greet; ehlo STARTTLS; ask; agree; tls 1.3", NULL,
		0 },
	{ "posture-protected-ok", INFO, LIKELY,
		"port 465; client-hello; server-hello; established likely", "encrypted", 0 },
	/* near-miss: posture-protected-ok weak */
	{ "posture-protected-ok", SILENT, "greet; ehlo STARTTLS; ask; agree; tls 1.0 cbc", NULL,
		0 },
	{ "posture-protected-ok", SILENT,
		"greet; ehlo STARTTLS; auth PLAIN ok; ask; agree; tls 1.3", NULL, 0 },
};

static void
findings(void **state)
{
	(void)state;
	judge_run(cases, TABLE_LENGTH(cases));
}

static void
every_rule_has_cases(void **state)
{
	(void)state;
	judge_covers(cases, TABLE_LENGTH(cases), "posture-");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(findings),
		cmocka_unit_test(every_rule_has_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
