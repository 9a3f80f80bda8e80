/* What can be read from the words of a server's answer. */
#include "answer.h"
#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const struct {
	const char *text;
	bool        says;
} texts[] = {
	{ "", false },
	{ "Authentication failed", false },
	{ "Must issue a STARTTLS command first", true },
	{ "TLS required", true },
	{ "Please use tls.", true },
	{ "SSL/TLS required on the control channel", true },
	{ "Plaintext authentication disallowed on non-secure (SSL/TLS) connections.", true },
	{ "\"Use TLS.\"", true },
	{ "must use STLS", true },
	{ "TLSv1.2 or later", true },
	{ "TLS1.2+ only", true },
	{ "SSLv3", true },
	{ "TLS-encrypted connections only", true },
	{ "SSL-Verbindung erforderlich", true },
	{ "non-encrypted logins are off", true },
	{ "Encryption required", true },
	{ "Non-anonymous sessions must use encryption.", true },
	{ "Unencrypted connection not allowed", true },
	{ "encrypt first", true },
	{ "use a secure connection", true },
	{ "Login only over secure connections.", true },
	{ "disallowed on non-secure connections", true },
	{ "\"Secure connection required\"", true },
	{ "STARTTLS/AUTH first", true },
	{ "SMTPS/TLS only", true },
	{ "AUTH/STARTTLS first", true },
	{ "on a secure (SSL/STARTTLS) port", true },
	/* what the client may have sent comes back */
	{ "Mailbox doesn't exist: openssl-users", false },
	{ "openssl: No such file or directory", false },
	{ "/etc/ssl: No such file or directory", false },
	{ "/ssl/: No such file or directory", false },
	{ "backup/tls: No such file or directory", false },
	{ "<info@russland.de>: Relay access denied", false },
	{ "<encrypt@tls.example>: Relay access denied", false },
	{ "tls-list@example.com: Relay access denied", false },
	{ "<tls>: Helo command rejected: Host not found", false },
	{ "see www.example.com/tls", false },
	{ "tls/backup: No such file or directory", false },
	{ "tls/: No such file or directory", false },
	{ "login/auth first", false },
	{ "Too many insecure connections", false },
	{ "secure connectors: No such file or directory", false },
	{ "<secure connection@example.com>: Relay access denied", false },
	{ "secure", false },
	{ "connections are secure", false },
	{ "tlsx", false },
	{ "subtle", false },
	{ "wrestlssl", false },
	{ "cryptography", false },
	{ "encryptme", false },
	{ "-", false },
	{ "/", false },
	{ "--//--", false },
};

static void
speaks_of_tls_in_whole_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(texts); i++)
		if (answer_says_tls(span_of(texts[i].text)) != texts[i].says)
			fail_msg("%s", texts[i].text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(speaks_of_tls_in_whole_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
