/* Text where TLS was due, and sessions that one end takes for something else. */
#include "shared/judge_session.h"

#define UPGRADE "greet; ehlo STARTTLS; ask; agree; "
#define SHAKEN  "client-hello; server-hello; encrypted C; encrypted S; "
#define HELD    "note C plaintext-before-tls RSET; "

static const struct judge_case cases[] = {
	{ "inject-pipelined-after-starttls", HIGH, PROVEN, UPGRADE HELD "tls", "behind the request",
		0 },
	{ "inject-pipelined-after-starttls", HIGH, PROVEN, UPGRADE HELD, NULL, 0 },
	{ "inject-pipelined-after-starttls", HIGH, PROVEN,
		UPGRADE "note C plaintext-after-agree NOOP; tls", "between the consent", 0 },
	{ "inject-pipelined-after-starttls", SILENT, UPGRADE "tls", NULL, 0 },
	/* near-miss: inject-pipelined-after-starttls T10 */
	{ "inject-pipelined-after-starttls", SILENT,
		"greet; ehlo STARTTLS; ask; refuse 454; "
		"note C pipelined-early RSET; mail",
		NULL, 0 },
	{ "inject-pipelined-after-starttls", SILENT,
		UPGRADE "note C plaintext-after-agree MAIL; mail", NULL, 0 },

	{ "inject-command-executed-plain", MEDIUM, PROVEN,
		UPGRADE HELD "note S plaintext-after-agree 250; tls", NULL, 1 },
	/* near-miss: inject-command-executed-plain unanswered */
	{ "inject-command-executed-plain", SILENT, UPGRADE HELD "tls", NULL, 0 },
	{ "inject-command-executed-plain", SILENT,
		UPGRADE HELD "note C plaintext-after-agree EHLO; "
			     "note S plaintext-after-agree 250; mail",
		NULL, 0 },
	{ "inject-command-executed-plain", SILENT,
		UPGRADE "note C plaintext-after-agree EHLO; "
			"note S plaintext-after-agree 250; mail",
		NULL, 0 },

	/* fires: inject-command-executed-in-tls */
	{ "inject-command-executed-in-tls", CRITICAL, LIKELY,
		UPGRADE HELD SHAKEN "application S; application C; established", "spoke before", 0 },
	{ "inject-command-executed-in-tls", CRITICAL, LIKELY,
		UPGRADE "note C plaintext-after-agree NOOP; " SHAKEN "application S; established", NULL, 0 },
	/* near-miss: inject-command-executed-in-tls client-first */
	{ "inject-command-executed-in-tls", SILENT,
		UPGRADE HELD SHAKEN "application C; application S; established", NULL, 0 },
	/* near-miss: inject-command-executed-in-tls nothing-injected */
	{ "inject-command-executed-in-tls", SILENT, UPGRADE SHAKEN "application S; established", NULL, 0 },
	/* near-miss: inject-command-executed-in-tls tickets */
	{ "inject-command-executed-in-tls", SILENT,
		UPGRADE HELD "client-hello 1.3; server-hello 1.3; application S; application C; established", NULL, 0 },
	/* near-miss: inject-command-executed-in-tls farewell */
	{ "inject-command-executed-in-tls", SILENT,
		UPGRADE HELD SHAKEN "wait 300; application S; established", NULL, 0 },
	/* near-miss: inject-command-executed-in-tls T2 */
	{ "inject-command-executed-in-tls", SILENT,
		UPGRADE HELD SHAKEN "gap C; application S; established", NULL, 0 },
	/* near-miss: inject-command-executed-in-tls refused */
	{ "inject-command-executed-in-tls", SILENT,
		"greet; ehlo STARTTLS; ask; refuse 454; note C pipelined-early RSET; mail", NULL, 0 },

	{ "inject-response-after-agree", HIGH, PROVEN,
		UPGRADE "note S plaintext-after-agree 250 forged; tls", NULL, 0 },
	{ "inject-response-after-agree", SILENT,
		UPGRADE HELD "note S plaintext-after-agree 250; tls", NULL, 0 },
	{ "inject-response-after-agree", SILENT, UPGRADE "tls", NULL, 0 },

	{ "inject-early-client-data-before-greeting", INFO, PROVEN,
		"note C early-talker EHLO; greet; ehlo SIZE; quit", NULL, 0 },
	{ "inject-early-client-data-before-greeting", MEDIUM, PROVEN,
		"note C early-talker EHLO; greet; ehlo SIZE; mail; rcpt; data", NULL, 0 },
	{ "inject-early-client-data-before-greeting", SILENT,
		"note C early-talker GET; note C http-request GET; greet", NULL, 0 },
	/* near-miss: inject-early-client-data-before-greeting T19 */
	{ "inject-early-client-data-before-greeting", SILENT,
		"note C early-talker; note C tls-on-plain-port; greet", NULL, 0 },
	{ "inject-early-client-data-before-greeting", SILENT,
		"gap S; note C early-talker EHLO; greet; ehlo SIZE; mail", NULL, 0 },
	/* near-miss: inject-early-client-data-before-greeting T16 */
	{ "inject-early-client-data-before-greeting", SILENT,
		"note C preamble PROXY; greet; ehlo SIZE", NULL, 0 },

	{ "inject-fragment-overlap", HIGH, PROVEN, "greet; note S fragments; note S fragment-overlap", NULL, 1 },
	/* near-miss: inject-fragment-overlap T17 */
	{ "inject-fragment-overlap", SILENT, "greet; note S fragments", NULL, 0 },
	{ "inject-untagged-before-tls", MEDIUM, PROVEN,
		"greet; note S data-before-login EXISTS; ask; agree; tls", NULL, 0 },
	/* near-miss: inject-untagged-before-tls login */
	{ "inject-untagged-before-tls", SILENT, "greet; auth LOGIN ok; say SELECT; quit", NULL, 0 },
	{ "inject-login-referral-before-tls", HIGH, PROVEN,
		"greet; auth LOGIN bad; note S login-referred mx2.example.com",
		NULL, 0 },
	/* near-miss: inject-login-referral-before-tls refused */
	{ "inject-login-referral-before-tls", SILENT, "greet; auth LOGIN bad; quit", NULL, 0 },

	{ "session-fixation-prelogin", HIGH, PROVEN,
		"greet; ehlo STARTTLS; auth CRAM-MD5 ok; ask; agree; tls", NULL, 0 },
	/* near-miss: session-fixation-prelogin refused */
	{ "session-fixation-prelogin", SILENT,
		"greet; ehlo STARTTLS; auth PLAIN bad; ask; agree; tls", NULL, 0 },
	{ "session-fixation-prelogin", SILENT,
		"greet; ehlo STARTTLS; auth PLAIN ok; ask; agree; client-hello; alert S 2 40", NULL,
		0 },
	{ "session-fixation-prelogin", SILENT,
		"greet; ehlo STARTTLS; auth PLAIN ok; ask; refuse 503", NULL, 0 },

	{ "state-kept-across-starttls", MEDIUM, POSSIBLE,
		"greet; ehlo STARTTLS; mail; ask in-mail; agree; tls", NULL, 0 },
	{ "state-kept-across-starttls", SILENT,
		"greet; ehlo STARTTLS; mail; rcpt; data; ask; agree; tls", NULL, 0 },
	{ "state-kept-across-starttls", SILENT,
		"greet; ehlo STARTTLS; mail; ask in-mail; refuse 503", NULL, 0 },

	{ "starttls-with-argument", LOW, PROVEN, "greet; ehlo STARTTLS; ask argument; refuse 501",
		NULL, 1 },
	{ "starttls-with-argument", SILENT, UPGRADE "tls", NULL, 0 },

	{ "starttls-twice", LOW, PROVEN,
		UPGRADE "note C plaintext-after-agree EHLO; ask; refuse 503", NULL, 1 },
	/* near-miss: starttls-twice refused */
	{ "starttls-twice", SILENT, "greet; ehlo STARTTLS; ask; refuse 454; ask; agree; tls", NULL,
		0 },

	{ "pipelining-violation", LOW, PROVEN,
		"greet; ehlo SIZE; note C pipelined-early RSET; note C pipelined-early MAIL",
		"last of its group", 2 },
	{ "pipelining-violation", LOW, PROVEN, "greet; ehlo SIZE; note C pipelined-unoffered RCPT",
		"not offer", 1 },
	{ "pipelining-violation", SILENT, "greet; ehlo PIPELINING; mail; rcpt; data", NULL, 0 },

	{ "smuggling-bare-newline", MEDIUM, PROVEN,
		"greet; ehlo SIZE; mail; rcpt; note C false-end MAIL; data", NULL, 1 },
	{ "smuggling-bare-newline", HIGH, PROVEN,
		"greet; ehlo SIZE; mail; rcpt; note C false-end MAIL; data; "
		"note S reply-unexpected 250 Ok; note S reply-unexpected 354 Go",
		"2 answers more than commands", 1 },
	{ "smuggling-bare-newline", MEDIUM, PROVEN,
		"greet; note S reply-unexpected 250 Ok; ehlo SIZE; mail; rcpt; "
		"note C false-end MAIL; data",
		NULL, 1 },
	{ "smuggling-bare-newline", MEDIUM, PROVEN,
		"greet; ehlo SIZE; mail; rcpt; note C false-end MAIL; data; "
		"note S reply-unexpected 421 4.7.0 Too many errors",
		NULL, 1 },
	{ "smuggling-bare-newline", SILENT, "greet; ehlo SIZE; mail; note C bare-lf; rcpt; data",
		NULL, 0 },

	{ "cross-protocol-http", MEDIUM, PROVEN, "greet; note C http-request POST", NULL, 1 },
	{ "cross-protocol-http", SILENT, "greet; note C unknown-verb HELLO", NULL, 0 },

	{ "cross-protocol-alpn-mismatch", MEDIUM, PROVEN,
		"port 465; client-hello alpn=h2,http/1.1; server-hello; established", "h2,http/1.1",
		0 },
	{ "cross-protocol-alpn-mismatch", MEDIUM, PROVEN,
		"port 465; client-hello alpn=imap; server-hello; established", NULL, 0 },
	{ "cross-protocol-alpn-mismatch", SILENT,
		"port 465; client-hello alpn=smtp,h2; server-hello; established", NULL, 0 },
	{ "cross-protocol-alpn-mismatch", SILENT,
		"port 465; client-hello; server-hello; established", NULL, 0 },
	/* near-miss: cross-protocol-alpn-mismatch refused */
	{ "cross-protocol-alpn-mismatch", SILENT, "port 465; client-hello alpn=h2; alert S 2 120",
		NULL, 0 },
	{ "cross-protocol-alpn-mismatch", SILENT,
		"port 465; client-hello alpn=h2; server-hello; alert S 2 120", NULL, 0 },
	{ "cross-protocol-alpn-mismatch", SILENT,
		"flow tls-protocol; client-hello alpn=h2; server-hello; established", NULL, 0 },
};

/* A message that the server took and the client never ended properly. */
static void
smuggled_message_is_worse(void **state)
{
	struct build b;

	(void)state;
	build_begin(&b);
	build_play(&b, "greet; ehlo SIZE; mail; rcpt; note C false-end MAIL; data");
	build_tell(&b, SERVER, EVENT_CONTENT_ANSWER, 250, "done");
	rules_judge(b.session);
	assert_int_equal(judge_find(b.session, "smuggling-bare-newline")->severity, SEVERITY_HIGH);
	assert_true(span_has(judge_find(b.session, "data-plaintext-content")->reasons,
		"accepted 2 messages, the client ended 1"));
	build_end(&b);
}

static void
findings(void **state)
{
	(void)state;
	judge_run(cases, TABLE_LENGTH(cases));
}

static void
every_rule_has_cases(void **state)
{
	static const char *const prefixes[] = { "inject-", "session-", "state-", "starttls-",
		"pipelining-", "smuggling-", "cross-" };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(prefixes); i++)
		judge_covers(cases, TABLE_LENGTH(cases), prefixes[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(findings),
		cmocka_unit_test(smuggled_message_is_worse),
		cmocka_unit_test(every_rule_has_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
