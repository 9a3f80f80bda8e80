/* What crossed in clear: logins, messages, names. */
#include "shared/judge_session.h"

static const struct judge_case cases[] = {
	{ "cred-plaintext-accepted", CRITICAL, PROVEN, "greet; ehlo AUTH PLAIN; auth PLAIN ok",
		"AUTH PLAIN as alice was accepted; TLS was not on offer", 1 },
	{ "cred-plaintext-accepted", CRITICAL, PROVEN,
		"greet; ehlo AUTH LOGIN|STARTTLS; auth LOGIN ok", "TLS was on offer", 0 },
	{ "cred-plaintext-accepted", CRITICAL, PROVEN, "flow one-sided; auth PLAIN ok", "no list",
		0 },
	{ "cred-plaintext-accepted", CRITICAL, PROVEN,
		"greet; ehlo STARTTLS; ask; refuse 454; auth PLAIN ok", "asked for and refused",
		0 },
	{ "cred-plaintext-accepted", CRITICAL, PROVEN,
		"greet; ehlo STARTTLS; ask; agree; auth PLAIN ok", "had been agreed on", 0 },
	{ "cred-plaintext-accepted", CRITICAL, PROVEN,
		"greet; ehlo STARTTLS; auth PLAIN ok; ask; agree; tls", "TLS was on offer", 0 },
	{ "cred-plaintext-accepted", CRITICAL, PROVEN, "greet; helo; auth PLAIN ok; auth PLAIN ok",
		NULL, 2 },
	{ "cred-plaintext-accepted", CRITICAL, LIKELY,
		"port 587; greet; ehlo SIZE; auth PLAIN none; gap S; mail; rcpt", "not captured",
		0 },
	{ "cred-plaintext-accepted", SILENT,
		"port 25; greet; ehlo SIZE; auth PLAIN none; gap S; mail; rcpt", NULL, 0 },
	{ "cred-plaintext-accepted", SILENT, "greet; ehlo SIZE; auth PLAIN bad", NULL, 0 },
	{ "cred-plaintext-accepted", SILENT, "greet; ehlo SIZE; auth PLAIN cancelled", NULL, 0 },
	{ "cred-plaintext-accepted", SILENT, "greet; ehlo SIZE; auth ANONYMOUS ok", NULL, 0 },
	/* near-miss: cred-plaintext-accepted T24 */
	{ "cred-plaintext-accepted", SILENT, "greet; ehlo SIZE; auth EXTERNAL ok", NULL, 0 },
	{ "cred-plaintext-accepted", SILENT, "greet; ehlo SIZE; auth CRAM-MD5 ok", NULL, 0 },
	{ "cred-plaintext-accepted", SILENT, "greet; ehlo SIZE; auth XOAUTH2 ok", NULL, 0 },
	/* near-miss: cred-plaintext-accepted T6 */
	{ "cred-plaintext-accepted", SILENT, "greet; ehlo STARTTLS; ask; agree; tls", NULL, 0 },
	/* a message that quotes a login is a body, not a login */
	{ "cred-plaintext-accepted", SILENT, "greet; ehlo SIZE; mail; rcpt; data", NULL, 0 },

	{ "cred-plaintext-rejected", HIGH, PROVEN, "greet; ehlo SIZE; auth PLAIN bad",
		"was refused;", 1 },
	{ "cred-plaintext-rejected", CRITICAL, PROVEN, "greet; ehlo STARTTLS; auth PLAIN tls",
		"TLS has to", 1 },
	{ "cred-plaintext-rejected", CRITICAL, PROVEN,
		"greet; ehlo STARTTLS; auth PLAIN bad; auth PLAIN tls", "TLS has to", 2 },
	{ "cred-plaintext-rejected", HIGH, PROVEN, "greet; ehlo SIZE; auth LOGIN aborted",
		"given up", 1 },
	{ "cred-plaintext-rejected", SILENT, "greet; ehlo SIZE; auth PLAIN ok", NULL, 0 },
	/* near-miss: cred-plaintext-rejected T24 */
	{ "cred-plaintext-rejected", SILENT, "greet; ehlo SIZE; auth PLAIN cancelled", NULL, 0 },
	{ "cred-plaintext-rejected", SILENT, "greet; ehlo SIZE; auth CRAM-MD5 bad", NULL, 0 },

	{ "cred-plaintext-outcome-unknown", HIGH, PROVEN, "greet; ehlo SIZE; auth PLAIN none", NULL,
		1 },
	{ "cred-plaintext-outcome-unknown", HIGH, PROVEN, "flow one-sided; auth PLAIN none", NULL,
		1 },
	{ "cred-plaintext-outcome-unknown", SILENT,
		"port 587; greet; ehlo SIZE; auth PLAIN none; gap S; mail; rcpt", NULL, 0 },
	{ "cred-plaintext-outcome-unknown", SILENT,
		"port 2525; greet; ehlo SIZE; auth PLAIN none; gap S; mail; rcpt", NULL, 0 },
	/* near-miss: cred-plaintext-outcome-unknown answered */
	{ "cred-plaintext-outcome-unknown", SILENT, "greet; ehlo SIZE; auth PLAIN bad", NULL, 0 },
	/* near-miss: cred-plaintext-outcome-unknown T24 */
	{ "cred-plaintext-outcome-unknown", SILENT, "greet; ehlo SIZE; auth PLAIN cancelled", NULL,
		0 },

	{ "cred-before-available-tls", CRITICAL, PROVEN, "greet; ehlo STARTTLS; auth PLAIN bad",
		NULL, 0 },
	{ "cred-before-available-tls", CRITICAL, PROVEN,
		"greet; ehlo STARTTLS; auth XOAUTH2 ok; ask; agree; tls", NULL, 0 },
	/* near-miss: cred-before-available-tls no-offer */
	{ "cred-before-available-tls", SILENT, "greet; ehlo SIZE; auth PLAIN ok", NULL, 0 },
	{ "cred-before-available-tls", SILENT, "greet; helo; auth PLAIN ok", NULL, 0 },
	{ "cred-before-available-tls", SILENT, "greet; ehlo STARTTLS; conflict S; auth PLAIN ok",
		NULL, 0 },
	{ "cred-before-available-tls", SILENT,
		"greet; ehlo STARTTLS; note C blanked-command XXXXXXXX; auth PLAIN ok", NULL, 0 },
	/* near-miss: cred-before-available-tls asked */
	{ "cred-before-available-tls", SILENT,
		"greet; ehlo STARTTLS; ask; refuse 454; auth PLAIN ok", NULL, 0 },
	/* near-miss: cred-before-available-tls T2 */
	{ "cred-before-available-tls", SILENT, "greet; ehlo STARTTLS; gap C; auth PLAIN ok", NULL,
		0 },
	{ "cred-before-available-tls", SILENT, "greet; ehlo STARTTLS; auth CRAM-MD5 ok", NULL, 0 },

	{ "cred-sent-after-strip-signs", CRITICAL, PROVEN,
		"greet; ehlo XXXXXXXA|8BITMIME|CHUNKING|SMTPUTF8; auth PLAIN ok", NULL, 0 },
	{ "cred-sent-after-strip-signs", CRITICAL, POSSIBLE,
		"greet; ehlo XXXXXXXA|8BITMIME; auth PLAIN ok", NULL, 0 },
	{ "cred-sent-after-strip-signs", CRITICAL, LIKELY,
		"greet; ehlo XXXXXXXA|8BITMIME; ask; refuse 502; auth PLAIN ok", NULL, 0 },
	{ "cred-sent-after-strip-signs", CRITICAL, PROVEN,
		"greet; ehlo STARTTLS; conflict S; auth PLAIN ok", "was changed", 0 },
	/* near-miss: cred-sent-after-strip-signs no-signs */
	{ "cred-sent-after-strip-signs", SILENT, "greet; ehlo XXXB|8BITMIME; auth PLAIN ok", NULL,
		0 },
	/* near-miss: cred-sent-after-strip-signs no-secret */
	{ "cred-sent-after-strip-signs", SILENT, "greet; ehlo XXXXXXXA|8BITMIME; mail; data", NULL,
		0 },
	{ "cred-sent-after-strip-signs", SILENT,
		"greet; ehlo STARTTLS; ask; refuse 454; auth PLAIN ok", NULL, 0 },

	{ "cred-weak-challenge-plaintext", MEDIUM, PROVEN, "greet; ehlo SIZE; auth CRAM-MD5 ok",
		NULL, 1 },
	{ "cred-weak-challenge-plaintext", MEDIUM, PROVEN, "greet; ehlo SIZE; auth NTLM bad", NULL,
		1 },
	{ "cred-weak-challenge-plaintext", LOW, PROVEN, "greet; ehlo SIZE; auth SCRAM-SHA-256 ok",
		NULL, 1 },
	{ "cred-weak-challenge-plaintext", MEDIUM, PROVEN,
		"greet; ehlo SIZE; auth SCRAM-SHA-256 bad; auth CRAM-MD5 ok", "CRAM-MD5", 2 },
	{ "cred-weak-challenge-plaintext", MEDIUM, PROVEN,
		"greet; ehlo SIZE; auth CRAM-MD5 bad; auth SCRAM-SHA-256 ok", "CRAM-MD5", 2 },
	/* near-miss: cred-weak-challenge-plaintext cancelled */
	{ "cred-weak-challenge-plaintext", SILENT, "greet; ehlo SIZE; auth CRAM-MD5 cancelled",
		NULL, 0 },
	{ "cred-weak-challenge-plaintext", SILENT, "greet; ehlo SIZE; auth PLAIN ok", NULL, 0 },
	/* near-miss: cred-weak-challenge-plaintext T6 */
	{ "cred-weak-challenge-plaintext", SILENT, "port 465; tls 1.3", NULL, 0 },

	{ "cred-bearer-token-plaintext", CRITICAL, PROVEN, "greet; ehlo SIZE; auth XOAUTH2 bad",
		NULL, 1 },
	{ "cred-bearer-token-plaintext", CRITICAL, PROVEN,
		"greet; ehlo SIZE; auth OAUTHBEARER none", NULL, 1 },
	/* near-miss: cred-bearer-token-plaintext cancelled */
	{ "cred-bearer-token-plaintext", SILENT, "greet; ehlo SIZE; auth XOAUTH2 cancelled", NULL,
		0 },
	{ "cred-bearer-token-plaintext", SILENT, "greet; ehlo SIZE; auth PLAIN ok", NULL, 0 },

	{ "cred-mech-offered-plaintext", MEDIUM, PROVEN, "greet; ehlo AUTH CRAM-MD5 PLAIN; quit",
		"PLAIN", 0 },
	{ "cred-mech-offered-plaintext", MEDIUM, PROVEN,
		"greet; ehlo AUTH login|STARTTLS; ask; agree; tls", "login", 0 },
	/* near-miss: cred-mech-offered-plaintext challenge-only */
	{ "cred-mech-offered-plaintext", SILENT, "greet; ehlo AUTH CRAM-MD5 GSSAPI; quit", NULL,
		0 },
	{ "cred-mech-offered-plaintext", SILENT, "greet; ehlo STARTTLS; quit", NULL, 0 },
	{ "cred-ftp-data-unprotected", HIGH, LIKELY, "greet; ask; agree; tls; note C data-in-clear port 2121",
	  "without TLS", 1 },
	{ "cred-ftp-data-unprotected", HIGH, LIKELY, "greet; note C data-unprotected PROT; ask; agree; tls",
	  "nothing else", 1 },
	{ "cred-ftp-data-unprotected", SILENT, "greet; ask; agree; tls", NULL, 0 },
	/* near-miss: cred-ftp-data-unprotected in-clear */
	{ "cred-ftp-data-unprotected", SILENT, "greet; note C data-unprotected PROT; quit", NULL, 0 },
	{ "cred-ldap-anonymous-or-unauthenticated-bind", INFO, PROVEN, "note C login-anonymous a", "neither", 1 },
	{ "cred-ldap-anonymous-or-unauthenticated-bind", LOW, PROVEN, "note C login-unauthenticated a", "empty", 1 },
	{ "cred-ldap-anonymous-or-unauthenticated-bind", LOW, PROVEN,
		"note C login-anonymous a; note C login-unauthenticated a; note C login-anonymous a", "empty", 3 },
	{ "cred-ldap-anonymous-or-unauthenticated-bind", SILENT, "greet; ehlo SIZE; auth ANONYMOUS ok", NULL, 0 },

	/* near-miss: cred-mech-offered-plaintext T2 */
	{ "cred-mech-offered-plaintext", SILENT, "greet; ehlo-cut AUTH PLAIN; quit", NULL, 0 },

	{ "cred-repeated-failure-plaintext", LOW, LIKELY,
		"greet; ehlo SIZE; auth PLAIN bad; auth PLAIN bad; "
		"auth PLAIN bad; auth PLAIN bad; auth PLAIN bad",
		"5 failed", 5 },
	{ "cred-repeated-failure-plaintext", MEDIUM, LIKELY,
		"greet; ehlo SIZE; auth PLAIN bad a; "
		"auth PLAIN bad b; auth PLAIN bad c; auth PLAIN bad d; auth PLAIN bad e",
		NULL, 5 },
	/* near-miss: cred-repeated-failure-plaintext few */
	{ "cred-repeated-failure-plaintext", SILENT,
		"greet; ehlo SIZE; auth PLAIN bad; auth PLAIN bad; "
		"auth PLAIN bad; auth PLAIN bad; auth PLAIN ok",
		NULL, 0 },
	/* near-miss: cred-repeated-failure-plaintext slow */
	{ "cred-repeated-failure-plaintext", SILENT,
		"greet; ehlo SIZE; auth PLAIN bad; auth PLAIN bad; "
		"auth PLAIN bad; auth PLAIN bad; wait 601; auth PLAIN bad",
		NULL, 0 },
	/* ten minutes begin with any of them */
	{ "cred-repeated-failure-plaintext", LOW, LIKELY,
		"greet; ehlo SIZE; auth PLAIN bad; wait 900; auth PLAIN bad; auth PLAIN bad; "
		"auth PLAIN bad; wait 500; auth PLAIN bad; auth PLAIN tls; wait 200; auth PLAIN bad",
		"5 failed", 5 },
	{ "cred-repeated-failure-plaintext", SILENT,
		"greet; ehlo SIZE; auth PLAIN bad; auth PLAIN bad; wait 300; auth PLAIN bad; "
		"wait 301; auth PLAIN bad; auth PLAIN bad",
		NULL, 0 },
	/* accounts are counted where the failures are */
	{ "cred-repeated-failure-plaintext", LOW, LIKELY,
		"greet; ehlo SIZE; auth PLAIN bad a; wait 900; auth PLAIN bad b; auth PLAIN bad c; "
		"auth PLAIN bad d; auth PLAIN bad e; auth PLAIN bad e",
		"5 failed", 5 },
	/* a login that was given up did not fail */
	{ "cred-repeated-failure-plaintext", SILENT,
		"greet; ehlo SIZE; auth PLAIN bad; auth PLAIN bad; auth PLAIN aborted; "
		"auth PLAIN bad; auth PLAIN bad",
		NULL, 0 },

	{ "data-plaintext-content", HIGH, PROVEN, "greet; ehlo SIZE; mail; rcpt; data; data",
		"2 of 2 messages", 2 },
	{ "data-plaintext-content", MEDIUM, PROVEN,
		"flow private private-server; greet; ehlo SIZE; mail; rcpt; data", NULL, 1 },
	{ "data-plaintext-content", HIGH, PROVEN,
		"flow private; greet; ehlo SIZE; mail; rcpt; data refused", "0 of 1", 1 },
	{ "data-plaintext-content", MEDIUM, PROVEN, "flow loopback; greet; ehlo SIZE; mail; data",
		NULL, 1 },
	{ "data-plaintext-content", HIGH, LIKELY, "flow open; greet; ehlo SIZE; mail; data-open",
		"was not captured", 1 },
	{ "data-plaintext-content", HIGH, LIKELY, "greet; ehlo SIZE; mail; data-open; gap C",
		"was not captured", 1 },
	{ "data-plaintext-content", HIGH, LIKELY, "greet; ehlo SIZE; mail; data-open",
		"no message was ended", 1 },
	{ "data-plaintext-content", HIGH, PROVEN,
		"flow one-sided; ehlo SIZE; mail; rcpt; data refused", "accepted a message was not",
		1 },
	{ "data-plaintext-content", HIGH, PROVEN,
		"greet; ehlo SIZE; mail; rcpt; data; gap S; data refused", "at least 1 of 2", 2 },
	/* near-miss: data-plaintext-content envelope-only */
	{ "data-plaintext-content", SILENT, "greet; ehlo SIZE; mail; rcpt; quit", NULL, 0 },
	/* near-miss: data-plaintext-content T6 */
	{ "data-plaintext-content", SILENT, "greet; ehlo STARTTLS; ask; agree; tls", NULL, 0 },

	{ "data-plaintext-envelope", MEDIUM, PROVEN, "greet; ehlo SIZE; mail; rcpt; quit", NULL,
		1 },
	/* near-miss: data-plaintext-envelope content */
	{ "data-plaintext-envelope", SILENT, "greet; ehlo SIZE; mail; rcpt; data", NULL, 0 },
	{ "data-plaintext-envelope", SILENT, "greet; ehlo STARTTLS; refused-for tls", NULL, 0 },

	{ "data-identity-before-tls", INFO, PROVEN, "fact C host-asked example.com; greet; quit", NULL, 0 },
	{ "data-identity-before-tls", INFO, PROVEN, "greet; ehlo STARTTLS; ask; agree; tls", NULL,
		0 },
	{ "data-identity-before-tls", LOW, PROVEN, "name [10.1.2.3]; greet; ehlo STARTTLS",
		"leaves", 0 },
	{ "data-identity-before-tls", LOW, PROVEN, "name [IPv6:fd00::1]; greet; ehlo STARTTLS",
		NULL, 0 },
	{ "data-identity-before-tls", LOW, PROVEN, "name pc7.lan; greet; helo", NULL, 0 },
	{ "data-identity-before-tls", INFO, PROVEN, "name [192.0.2.10]; greet; ehlo STARTTLS", NULL,
		0 },
	{ "data-identity-before-tls", INFO, PROVEN, "name lan; greet; ehlo STARTTLS", NULL, 0 },
	{ "data-identity-before-tls", INFO, PROVEN, "name [10.1.2; greet; ehlo STARTTLS", NULL, 0 },
	{ "data-identity-before-tls", INFO, PROVEN,
		"flow private private-server; name pc7.lan; greet; ehlo STARTTLS", NULL, 0 },
	/* near-miss: data-identity-before-tls T6 */
	{ "data-identity-before-tls", SILENT, "port 465; tls 1.3", NULL, 0 },
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
	judge_covers(cases, TABLE_LENGTH(cases), "cred-");
	judge_covers(cases, TABLE_LENGTH(cases), "data-");
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
