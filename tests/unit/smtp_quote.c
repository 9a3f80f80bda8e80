/* What of lines may be quoted: no local part of an address, no login, no line that is none. */
#include "answer_words.h"
#include "answer.h"
#include "sasl.h"
#include "smtp_quote.h"
#include "stranger.h"

#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Envelopes --------------------------------------------------------------------------------------- */

static const struct {
	const char *line, *wanted;
} envelopes[] = {
	{ "MAIL FROM:<alice@example.net>", "MAIL FROM:<...@example.net>" },
	{ "rcpt to:<alice@example.net>", "rcpt to:<...@example.net>" },
	{ "MAIL FROM: <alice@example.net>", "MAIL FROM: <...@example.net>" },
	{ "MAIL FROM:<>", "MAIL FROM:<>" },
	{ "MAIL FROM:<> SIZE=0", "MAIL FROM:<> SIZE=0" },
	{ "RCPT TO:<alice>", "RCPT TO:<...>" },
	{ "RCPT TO:<@relay.example,@b.example:alice@example.net>", "RCPT TO:<...@example.net>" },
	{ "RCPT TO:<\"alice@home\"@example.net>", "RCPT TO:<...@example.net>" },
	{ "RCPT TO:<alice@[192.0.2.1]>", "RCPT TO:<...@[192.0.2.1]>" },
	{ "MAIL FROM:<alice@example.net> SIZE=99 BODY=8BITMIME", "MAIL FROM:<...@example.net> SIZE=99 BODY=8BITMIME" },
	{ "MAIL FROM:<alice@example.net> SMTPUTF8 REQUIRETLS", "MAIL FROM:<...@example.net> SMTPUTF8 REQUIRETLS" },
	{ "MAIL FROM:<alice@example.net> AUTH=<alice@example.net> SIZE=9", "MAIL FROM:<...@example.net> SIZE=9" },
	{ "MAIL FROM:<alice@example.net> ENVID=alice-7 RET=HDRS", "MAIL FROM:<...@example.net> RET=HDRS" },
	{ "RCPT TO:<bob@example.net> ORCPT=rfc822;alice@example.org NOTIFY=NEVER",
	  "RCPT TO:<...@example.net> NOTIFY=NEVER" },
};

static void
test_envelopes(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(envelopes); i++) {
		struct buffer out = { 0 };

		smtp_quote_envelope(&out, span_of(envelopes[i].line));
		if (strcmp(buffer_text(&out), envelopes[i].wanted) != 0)
			fail_msg("%s: %s", envelopes[i].line, buffer_text(&out));
		buffer_free(&out);
	}
}

/* Lines that break the grammar name nobody either. */
static void
test_broken_envelopes(void **state)
{
	static const char *const lines[] = {
		"MAIL alice",
		"MAIL alice@example.net",
		"MAIL FROM alice@example.net",
		"MAIL FROM:alice@example.net",
		"MAIL FROM: alice@example.net SIZE=9",
		"MAIL FROM:alice",
		"MAIL FROM:Alice Example <alice@example.net>",
		"MAIL FROM:\"alice\" <a@example.net>",
		"MAIL alice <a@example.net>",
		"RCPT TO:<alice@example.net",
		"RCPT TO:<alice",
		"RCPT TO:alice>",
		"RCPT TO:>alice<",
		"RCPT TO:<a@example.net ORCPT=rfc822;alice",
		"RCPT TO:<a@example.net ORCPT=rfc822;alice>",
		"RCPT TO:<\"ali>ce\"@example.net> alice",
		"RCPT TO:<\"alice>x\"@example.net>",
		"RCPT TO:<<alice@example.net>>",
		"RCPT TO:<a@example.net>alice",
		"RCPT TO:<a@example.net> alice ALICE=1",
		"RCPT TO:<a@example.net><alice@example.org>",
		"RCPT TO:<a@alice @example.net>",
		"RCPT alice:<a@example.net>",
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(lines); i++) {
		struct buffer out = { 0 };

		smtp_quote_envelope(&out, span_of(lines[i]));
		if (span_has(buffer_span(&out), "alice"))
			fail_msg("%s: %s", lines[i], buffer_text(&out));
		assert_true(span_starts(buffer_span(&out), "MAIL") || span_starts(buffer_span(&out), "RCPT"));
		buffer_free(&out);
	}
}

/* Logins ------------------------------------------------------------------------------------------ */

static void
test_auth(void **state)
{
	static const struct {
		const char *args, *wanted;
	} cases[] = {
		{ "", "AUTH" },
		{ "PLAIN", "AUTH PLAIN" },
		{ "plain AGFsaWNlAHB3", "AUTH plain <redacted>" },
		{ "LOGIN YWxpY2U=", "AUTH LOGIN <redacted>" },
		{ "EXTERNAL =", "AUTH EXTERNAL =" },
		{ "PLAIN AGFsaWNlAHB3 more of it", "AUTH PLAIN <redacted>" },
		{ "SCRAM-SHA-256 biwsbj1hbGljZQ==", "AUTH SCRAM-SHA-256 <redacted>" },
		{ "AGFsaWNlAHB3", "AUTH <redacted>" },
		{ "secret PLAIN", "AUTH <redacted> <redacted>" },
		{ "secret =", "AUTH <redacted> =" },
		{ "=", "AUTH <redacted>" },
		{ "PLAIN = secret", "AUTH PLAIN <redacted>" },
		{ "PLAIN,secret", "AUTH <redacted>" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct buffer out = { 0 };

		sasl_quote(&out, "AUTH", span_of(cases[i].args));
		if (strcmp(buffer_text(&out), cases[i].wanted) != 0)
			fail_msg("\"%s\": \"%s\"", cases[i].args, buffer_text(&out));
		buffer_free(&out);
	}
}

/* Replies ----------------------------------------------------------------------------------------- */

/* The client may have sent "hunter77" before each of them. */
static const struct {
	const char *said, *wanted;
} replies[] = {
	{ "", "" },
	{ "2.1.0 Ok", "2.1.0 Ok" },
	{ "5.7.8 Error: authentication failed", "5.7.8 Error: authentication failed" },
	{ "hunter77 is wrong", "... is wrong" },
	{ "5.7.8 Error: hunter77", "5.7.8 Error: ..." },
	{ "5.7.8 Error: authentication failed: AGFsaWNlAGh1bnRlcjc3", "5.7.8 Error: authentication failed: ..." },
	{ "no such user <alice@example.net> alice hunter77", "no such user ..." },
	{ "bad password:hunter77 for user", "bad ... for user" },
	{ "user=alice password=hunter77", "..." },
	{ "HUNTER77 77retnuh h u n t e r 7 7", "..." },
	{ "2.0.0 Ok: queued as 4bXyz12345", "2.0.0 Ok: queued as 4bXyz12345" },
	{ "queued as alice@hunter77", "queued as ..." },
	{ "Ok 2.1.0", "Ok ..." },
	{ "5.7.8.9 no", "... no" },
	{ "7.7.7 no", "... no" },
	{ "End data with <CR><LF>.<CR><LF>", "End data with <CR><LF>.<CR><LF>" },
};

static void
test_replies(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(replies); i++) {
		struct buffer out = { 0 };

		answer_quote(&out, span_of(replies[i].said), (struct span){ 0 });
		if (strcmp(buffer_text(&out), replies[i].wanted) != 0)
			fail_msg("\"%s\": \"%s\"", replies[i].said, buffer_text(&out));
		buffer_free(&out);
	}
}

/* However the server wraps it, cuts it and writes it: no three letters of the password in a row. */
static void
test_wrapped_secrets(void **state)
{
	static const char *const wraps[] = { "%s", "<%s>", "'%s'", "pw=%s", "[%s],", "user:%s:x", "%s@mx", "x-%s",
		"%s...", "{%s}", "a/%s/b", "\"%s", "error:%s", "(%s)", "%s.", "*%s*", "bad-%s", "%s\t", "user%s" };
	static const char *const forms[] = { "qzkwvxqj", "QZKWVXQJ", "qzkwv", "cXprd3Z4cWo=", "AGEAcXprd3Z4cWo=" };
	static const char *const parts[] = { "qzk", "kwv", "xqj", "cXpr", "wvx" };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(wraps); i++)
		for (size_t k = 0; k < TABLE_LENGTH(forms); k++) {
			char said[160] = "5.7.8 Error: authentication failed for ";
			struct buffer out = { 0 };

			snprintf(said + strlen(said), 80, wraps[i], forms[k]);
			answer_quote(&out, span_of(said), (struct span){ 0 });
			for (size_t p = 0; p < TABLE_LENGTH(parts); p++)
				if (span_has(buffer_span(&out), parts[p]))
					fail_msg("\"%s\" became \"%s\"", said, buffer_text(&out));
			buffer_free(&out);
		}
}

/* The table is in order, as whoever searches it relies on, and each of its words passes. */
static void
test_words(void **state)
{
	size_t count = 0;

	(void)state;
	for (; answer_words_at(count) != NULL; count++) {
		const char *word = answer_words_at(count);

		if (count > 0 && strcmp(answer_words_at(count - 1), word) >= 0)
			fail_msg("%s stands behind %s", word, answer_words_at(count - 1));
		if (!answer_words_have(span_of(word)))
			fail_msg("%s is not found", word);
		if (answer_words_have(span_first(span_of(word), strlen(word) - 1)) && strlen(word) == 1)
			fail_msg("the empty word is found");
	}
	assert_true(count > 100);
	assert_true(answer_words_have(span_of("AUTHENTICATION")));
	assert_false(answer_words_have(span_of("")));
	assert_false(answer_words_have(span_of("hunter77")));
	assert_false(answer_words_have(span_from("ok\0", 3)));
}

/* Other arguments --------------------------------------------------------------------------------- */

static void
test_hosts(void **state)
{
	static const struct {
		const char *args, *wanted, *name;
	} cases[] = {
		{ "", "EHLO", "" },
		{ "mx.example.org", "EHLO mx.example.org", "mx.example.org" },
		{ "[192.0.2.1]", "EHLO [192.0.2.1]", "[192.0.2.1]" },
		{ "[IPv6:2001:db8::1]", "EHLO [IPv6:2001:db8::1]", "[IPv6:2001:db8::1]" },
		{ "my_host", "EHLO my_host", "my_host" },
		{ "mx.example.org secret", "EHLO mx.example.org <redacted>", "mx.example.org" },
		{ "alice@example.org", "EHLO <redacted>", "" },
		{ "sec/ret=", "EHLO <redacted>", "" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct buffer out = { 0 };

		smtp_quote_host(&out, "EHLO", span_of(cases[i].args));
		if (strcmp(buffer_text(&out), cases[i].wanted) != 0)
			fail_msg("\"%s\": \"%s\"", cases[i].args, buffer_text(&out));
		assert_true(span_is(smtp_quote_client_name(span_of(cases[i].args)), cases[i].name));
		buffer_free(&out);
	}
}

static void
test_chunks(void **state)
{
	static const struct {
		const char *args, *wanted;
	} cases[] = {
		{ "86", "BDAT 86" },
		{ "0 LAST", "BDAT 0 LAST" },
		{ "5 last", "BDAT 5 LAST" },
		{ "secret", "BDAT <redacted>" },
		{ "5 secret", "BDAT <redacted>" },
		{ "5 LAST secret", "BDAT <redacted>" },
		{ "-1", "BDAT <redacted>" },
		{ "99999999999999999999999", "BDAT <redacted>" },
		{ "", "BDAT" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct buffer out = { 0 };

		smtp_quote_chunk(&out, span_of(cases[i].args));
		if (strcmp(buffer_text(&out), cases[i].wanted) != 0)
			fail_msg("\"%s\": \"%s\"", cases[i].args, buffer_text(&out));
		buffer_free(&out);
	}
}

static void
test_prompts(void **state)
{
	static const struct {
		const char      *base64;
		enum answer_prompt prompt;
	} cases[] = {
		{ "VXNlcm5hbWU6", PROMPT_NAME },
		{ "VXNlciBOYW1lAA==", PROMPT_NAME },
		{ "UGFzc3dvcmQ6", PROMPT_PASSWORD },
		{ "UGFzc3dvcmQA", PROMPT_PASSWORD },
		{ "", PROMPT_OTHER },
		{ "Username:", PROMPT_OTHER },
		{ "PDEyMzQuNUBteD4=", PROMPT_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++)
		if (answer_prompt(span_of(cases[i].base64)) != cases[i].prompt)
			fail_msg("%s", cases[i].base64);
}

/* Strangers --------------------------------------------------------------------------------------- */

static const struct {
	const char    *line;
	enum note_kind kind;
	const char    *quote;           /* all that may be shown; "" for nothing */
} strangers[] = {
	{ "XXXX", NOTE_BLANKED_COMMAND, "XXXX" },
	{ "XXXXXXXX", NOTE_BLANKED_COMMAND, "XXXXXXXX" },
	{ "xxxx example.net", NOTE_BLANKED_COMMAND, "xxxx" },
	{ "XXX", NOTE_UNKNOWN_VERB, "" },
	{ "GET /?token=secret HTTP/1.1", NOTE_HTTP_REQUEST, "GET" },
	{ "POST /secret HTTP/1.0", NOTE_HTTP_REQUEST, "POST" },
	{ "CONNECT secret:25 HTTP/1.1", NOTE_HTTP_REQUEST, "CONNECT" },
	{ "Host: secret.example", NOTE_HTTP_REQUEST, "Host:" },
	{ "GET secret", NOTE_UNKNOWN_VERB, "" },
	{ "STARTLS", NOTE_STARTTLS_MISSPELT, "STARTLS" },
	{ "start tls", NOTE_STARTTLS_MISSPELT, "start tls" },
	{ "STLS", NOTE_STARTTLS_MISSPELT, "STLS" },
	{ "STARTTLZ", NOTE_STARTTLS_MISSPELT, "STARTTLZ" },
	{ "SATRTTLX", NOTE_UNKNOWN_VERB, "" },
	{ "USER alice", NOTE_WRONG_PROTOCOL, "USER" },
	{ "PASS secret", NOTE_WRONG_PROTOCOL, "PASS" },
	{ "APOP alice secret", NOTE_WRONG_PROTOCOL, "APOP" },
	{ "a1 LOGIN alice secret", NOTE_WRONG_PROTOCOL, "LOGIN" },
	{ "a1 authenticate PLAIN secret", NOTE_WRONG_PROTOCOL, "authenticate" },
	{ "AUTHINFO PASS secret", NOTE_WRONG_PROTOCOL, "PASS" },
	{ "CAPA", NOTE_WRONG_PROTOCOL, "CAPA" },
	{ "LHLO secret", NOTE_WRONG_PROTOCOL, "LHLO" },
	{ "secret", NOTE_UNKNOWN_VERB, "" },
	{ "AGFsaWNlAHNlY3JldA==", NOTE_UNKNOWN_VERB, "" },
	{ "PASSsecret", NOTE_UNKNOWN_VERB, "" },
	{ "", NOTE_UNKNOWN_VERB, "" },
	{ "   ", NOTE_UNKNOWN_VERB, "" },
};

static void
test_strangers(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(strangers); i++) {
		size_t len = strlen(strangers[i].line);
		char *copy = malloc(len + 1);
		struct span quote;
		enum note_kind kind;

		assert_non_null(copy);
		memcpy(copy, strangers[i].line, len);
		kind = stranger_recognise(span_from(copy, len), &quote);
		if (kind != strangers[i].kind)
			fail_msg("\"%s\" is %s", strangers[i].line, note_word(kind));
		if (!span_is(span_trim(quote), strangers[i].quote))
			fail_msg("\"%s\" shows \"%.*s\"", strangers[i].line, (int)quote.len,
				(const char *)quote.at);
		free(copy);
	}
}

/* A secret behind a near miss, at any distance, is not in what may be shown. */
static void
test_near_misses_hide_the_rest(void **state)
{
	static const char *const words[] = { "START TLS", "STLS", "START", "TLS", "STARTTL", "STARTTLS:", "STARTLS",
		"USER", "PASS", "GET", "XXXX" };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(words); i++)
		for (size_t blanks = 1; blanks < 10; blanks++) {
			char line[64];
			struct span quote;

			strcpy(line, words[i]);
			for (size_t k = 0; k < blanks; k++)
				strcat(line, " ");
			strcat(line, "QQQQ");
			stranger_recognise(span_of(line), &quote);
			if (span_has(quote, "Q"))
				fail_msg("\"%s\" shows \"%.*s\"", line, (int)quote.len,
					(const char *)quote.at);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_envelopes),
		cmocka_unit_test(test_broken_envelopes),
		cmocka_unit_test(test_auth),
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_wrapped_secrets),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_prompts),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_near_misses_hide_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
