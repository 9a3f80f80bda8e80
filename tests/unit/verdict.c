/* The verdict table row by row, with sessions that nearly reach a row and must not, and the grade.
 */
#include "shared/build_session.h"

#include "model/rule.h"
#include "model/verdict.h"

static const struct {
	enum verdict verdict;
	const char  *script;
} cases[] = {
	/* 1: what the capture lacks */
	{ VERDICT_UNKNOWN_PARTIAL, "flow midstream; ehlo STARTTLS; mail; rcpt; data; quit" },
	{ VERDICT_UNKNOWN_PARTIAL, "greet; ehlo SIZE; gap S; mail; data; quit" },
	{ VERDICT_UNKNOWN_PARTIAL, "greet; ehlo STARTTLS; note S snaplen; mail; data; quit" },
	{ VERDICT_UNKNOWN_PARTIAL, "greet; ehlo STARTTLS; note S desync; mail; data; quit" },
	{ VERDICT_UNKNOWN_PARTIAL, "greet; ehlo STARTTLS; note S truncated; mail; data; quit" },
	{ VERDICT_UNKNOWN_PARTIAL, "flow one-sided; say EHLO; mail; data; quit" },
	{ VERDICT_UNKNOWN_PARTIAL, "flow open; greet; ehlo STARTTLS" },
	{ VERDICT_UNKNOWN_PARTIAL,
		"flow midstream; client-hello 1.3; server-hello 1.3; established" },
	{ VERDICT_UNKNOWN_PARTIAL, "greet; gap C; ehlo STARTTLS; ask; agree; tls" },
	{ VERDICT_UNKNOWN_PARTIAL, "greet; ehlo STARTTLS; ask; gap S; tls" },
	{ VERDICT_UNKNOWN_PARTIAL, "client-hello; server-hello; gap S" },
	{ VERDICT_UNKNOWN_PARTIAL, "flow open; greet; ehlo STARTTLS; ask; agree; client-hello" },
	{ VERDICT_UNKNOWN_PARTIAL, "greet; ehlo-cut SIZE|STARTTLSX; note S snaplen; mail; data" },
	/* ... but what came before the loss stands, and so does TLS that was seen to begin */
	{ VERDICT_PLAINTEXT_DECLINED, "greet; ehlo STARTTLS; mail; gap C; data; quit" },
	{ VERDICT_PLAINTEXT_DECLINED, "flow midstream; greet; ehlo STARTTLS; mail; data; quit" },
	{ VERDICT_PROTECTED_STARTTLS, "greet; gap S; ehlo STARTTLS; ask; agree; tls" },
	{ VERDICT_PROTECTED_STARTTLS, "greet; ehlo STARTTLS; ask; agree; tls; gap S" },
	{ VERDICT_PROTECTED_IMPLICIT, "flow open; port 465; tls 1.3" },
	/* 2: nobody spoke */
	{ VERDICT_NO_DIALOGUE, "" },
	{ VERDICT_NO_DIALOGUE, "greet" },
	{ VERDICT_NO_DIALOGUE, "greet; quit" },
	{ VERDICT_NO_DIALOGUE, "port 465; wait 60" },
	/* 3 */
	{ VERDICT_NOT_APPLICABLE, "flow unknown-protocol; greet; ehlo STARTTLS; mail; data" },
	{ VERDICT_PROTECTED_IMPLICIT, "flow tls-protocol; port 8465; tls 1.3" },
	/* 4: one end speaks TLS, the other text */
	{ VERDICT_MODE_MISMATCH, "port 587; client-hello; tls-event reply" },
	{ VERDICT_HANDSHAKE_FAILED, "port 587; client-hello; tls-event text" },
	{ VERDICT_HANDSHAKE_FAILED, "port 587; client-hello; tls-event bytes" },
	{ VERDICT_HANDSHAKE_FAILED, "port 587; client-hello; alert S 2 40; tls-event reply" },
	{ VERDICT_MODE_MISMATCH, "port 587; greet; client-hello" },
	{ VERDICT_MODE_MISMATCH, "port 587; greet; note C tls-on-plain-port" },
	{ VERDICT_MODE_MISMATCH, "port 465; say EHLO client.example.net; alert S 2 10" },
	{ VERDICT_MODE_MISMATCH, "port 465; say EHLO client.example.net" },
	{ VERDICT_MODE_MISMATCH, "port 465; wait 60; alert S 1 0" },
	{ VERDICT_PROTECTED_IMPLICIT, "port 587; tls 1.3" },
	{ VERDICT_HANDSHAKE_FAILED, "port 587; client-hello" },
	{ VERDICT_PLAINTEXT_DECLINED, "port 465; greet; ehlo STARTTLS; mail; data" },
	/* 5 and 6 */
	{ VERDICT_PROTECTED_IMPLICIT, "port 465; tls 1.2" },
	{ VERDICT_PROTECTED_IMPLICIT, "port 465; client-hello; server-hello; established likely" },
	{ VERDICT_HANDSHAKE_FAILED, "port 465; client-hello; server-hello; alert C 2 45" },
	{ VERDICT_HANDSHAKE_FAILED, "port 465; tls-event hello-cut" },
	{ VERDICT_UNKNOWN_PARTIAL, "flow open; port 465; tls-event hello-cut" },
	{ VERDICT_UNKNOWN_PARTIAL, "flow one-sided; port 465; tls-event hello-cut" },
	{ VERDICT_UNKNOWN_PARTIAL, "port 465; gap S; tls-event hello-cut" },
	{ VERDICT_UNKNOWN_PARTIAL, "port 465; server-hello; gap C; established likely" },
	{ VERDICT_PROTECTED_IMPLICIT, "port 465; client-hello; server-hello; gap C; established likely" },
	/* 7 and 8 */
	{ VERDICT_PROTECTED_STARTTLS, "greet; ehlo STARTTLS; ask; agree; tls 1.3" },
	{ VERDICT_PROTECTED_STARTTLS, "greet; ehlo STARTTLS; mail; ask; agree; tls" },
	{ VERDICT_PROTECTED_STARTTLS,
		"greet; ehlo STARTTLS; ask; agree; note C plaintext-before-tls RSET; tls" },
	{ VERDICT_PROTECTED_STARTTLS,
		"greet; ehlo XXXXXXXA|8BITMIME|CHUNKING|SMTPUTF8; ask; agree; tls" },
	{ VERDICT_PROTECTED_STARTTLS, "greet; ehlo STARTTLS; auth CRAM-MD5 ok; ask; agree; tls" },
	{ VERDICT_PROTECTED_LATE, "greet; ehlo STARTTLS; auth PLAIN ok; ask; agree; tls" },
	{ VERDICT_PROTECTED_LATE, "greet; ehlo STARTTLS; mail; rcpt; data; ask; agree; tls" },
	{ VERDICT_PROTECTED_LATE,
		"greet; ehlo STARTTLS; ask; agree; note C plaintext-before-tls RSET; "
		"note S plaintext-after-agree 250; tls" },
	/* 9 and 10 */
	{ VERDICT_HANDSHAKE_FAILED, "greet; ehlo STARTTLS; ask; agree" },
	{ VERDICT_HANDSHAKE_FAILED,
		"greet; ehlo STARTTLS; mail; ask; agree; client-hello; alert S 2 40" },
	{ VERDICT_HANDSHAKE_FAILED,
		"greet; ehlo STARTTLS; ask; agree; note C plaintext-after-agree QUIT" },
	{ VERDICT_DOWNGRADED_PROVEN,
		"greet; ehlo STARTTLS; ask; agree; "
		"note C plaintext-after-agree EHLO; note S plaintext-after-agree 250" },
	{ VERDICT_DOWNGRADED_PROVEN, "greet; ehlo STARTTLS; ask; agree; "
				     "note C plaintext-after-agree MAIL; mail; data" },
	/* 11 and 12 */
	{ VERDICT_DOWNGRADED_PROVEN,
		"greet; ehlo XXXXXXXA|8BITMIME|CHUNKING|SMTPUTF8; mail; data" },
	{ VERDICT_DOWNGRADED_SUSPECTED, "greet; ehlo XXXXXXXA|8BITMIME|SMTPUTF8; mail; data" },
	{ VERDICT_DOWNGRADED_SUSPECTED, "greet; ehlo XXXXXXXA|8BITMIME|SMTPUTF8; quit" },
	{ VERDICT_DOWNGRADED_SUSPECTED, "greet; ehlo STARTTLS; ask; refuse 502; mail; data" },
	{ VERDICT_PLAINTEXT_NO_OFFER, "greet; ehlo XXXB|8BITMIME; mail; data" },
	{ VERDICT_PLAINTEXT_DECLINED, "greet; ehlo XXXXXXXA|STARTTLS; mail; data" },
	/* 13 and 14 */
	{ VERDICT_PLAINTEXT_REFUSED, "greet; ehlo STARTTLS; ask; refuse 454; auth PLAIN ok; mail" },
	{ VERDICT_ABORTED_REFUSED, "greet; ehlo STARTTLS; ask; refuse 454; quit" },
	{ VERDICT_ABORTED_REFUSED, "greet; ehlo STARTTLS; mail; ask; refuse 454; quit" },
	{ VERDICT_ABORTED_REFUSED, "flow server-closes; greet; ehlo STARTTLS; ask" },
	/* 15 */
	{ VERDICT_BLOCKED_TLS_REQUIRED, "greet; ehlo STARTTLS; refused-for tls; quit" },
	{ VERDICT_PLAINTEXT_DECLINED,
		"greet; ehlo STARTTLS; auth PLAIN tls; refused-for tls; quit" },
	{ VERDICT_PLAINTEXT_DECLINED, "greet; ehlo STARTTLS; refused-for login; quit" },
	/* 16 to 19 */
	{ VERDICT_PLAINTEXT_DECLINED, "greet; ehlo SIZE|STARTTLS; mail; rcpt; data; quit" },
	{ VERDICT_PLAINTEXT_NO_OFFER, "greet; ehlo SIZE|8BITMIME; mail; rcpt; data; quit" },
	{ VERDICT_PLAINTEXT_NOT_ASKED, "greet; helo; mail; rcpt; data; quit" },
	{ VERDICT_PLAINTEXT_NOT_ASKED, "greet; ehlo-refused 502; helo; mail; rcpt; data; quit" },
	{ VERDICT_ABORTED_DECLINED, "greet; ehlo STARTTLS; quit" },
	{ VERDICT_ABORTED_NO_OFFER, "greet; ehlo SIZE; quit" },
};

static void
every_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct build b;

		build_begin(&b);
		build_play(&b, cases[i].script);
		build_close(&b);
		rules_judge(b.session);
		if (b.session->verdict != cases[i].verdict)
			fail_msg("\"%s\" is %s, not %s", cases[i].script,
				verdict_word(b.session->verdict), verdict_word(cases[i].verdict));
		build_end(&b);
	}
}

/* What crossed is recorded whatever the verdict. */
static void
exposure_is_kept(void **state)
{
	struct build b;

	(void)state;
	build_begin(&b);
	build_play(&b, "flow midstream; auth PLAIN ok; mail; data");
	rules_judge(b.session);
	assert_int_equal(b.session->verdict, VERDICT_UNKNOWN_PARTIAL);
	assert_int_equal(b.session->exposed,
		EXPOSED_ACCOUNT | EXPOSED_CREDENTIAL | EXPOSED_ENVELOPE | EXPOSED_CONTENT);
	build_end(&b);
}

static const struct {
	char        grade;
	const char *script;
} grades[] = {
	{ 'A', "tls 1.3" },
	{ 'A', "tls 1.2 aead fs" },
	{ 'B', "tls 1.2 aead" },
	{ 'B', "tls 1.2 cbc sha1 fs" },
	{ 'B', "tls 1.2 aead fs anon" },
	{ 'F', "port 587; tls 1.2 aead fs anon" },
	{ 'C', "tls 1.1 cbc sha1 fs" },
	{ 'C', "tls 1.0 cbc sha1" },
	{ 'C', "tls 1.2 3des cbc" },
	{ 'C', "tls 1.2 idea cbc" },
	{ 'C', "tls 1.2 aead fs compression" },
	{ 'C', "tls 1.2; key-exchange dh 1024" },
	{ 'C', "tls 1.2; key-exchange dh 2047" },
	{ 'A', "tls 1.2; key-exchange dh 2048" },
	{ 'A', "tls 1.2; key-exchange ec 23 sig=0403" },
	{ 'C', "tls 1.2; key-exchange ec 23 sig=0201" },
	{ 'F', "tls 1.2; key-exchange dh 1023" },
	{ 'F', "tls ssl3 cbc" },
	{ 'F', "tls ssl2 cbc" },
	{ 'F', "tls 1.2 null" },
	{ 'F', "tls 1.2 export des" },
	{ 'F', "tls 1.2 rc4" },
	{ 'F', "tls 1.2 des" },
	{ 'F', "tls 1.3 null" },
	{ 'C', "tls 1.0 unregistered" },
	{ 0, "tls 1.2 unregistered" },
	{ 0, "client-hello; server-hello" },
	{ 0, "greet; ehlo STARTTLS; mail" },
};

static void
every_grade(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(grades); i++) {
		struct build b;
		char grade;

		build_begin(&b);
		build_play(&b, grades[i].script);
		grade = session_tls_grade(b.session);
		if (grade != grades[i].grade)
			fail_msg("\"%s\" is %c, not %c", grades[i].script, grade ? grade : '-',
				grades[i].grade ? grades[i].grade : '-');
		build_end(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row),
		cmocka_unit_test(exposure_is_kept),
		cmocka_unit_test(every_grade),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
