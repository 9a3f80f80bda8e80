/* Whoever logs in for ever gets no memory for it: of each protocol, a hundred thousand logins on one connection take
 * what the first few thousand took. */
#include "base/table.h"
#include "shared/stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define DISSECTOR(name) extern const struct dissector name##_dissector;
#include "dissectors.def"
#undef DISSECTOR

enum {
	FEW = 5000,                     /* the transcript is full by then */
	MANY = 100000,
	BUDGET = 512 * 1024,
};

/* What one side says, or NULL. */
struct turn {
	enum side   side;
	struct span bytes;
};

#define C(text) { CLIENT, { (const uint8_t *)(text), sizeof(text) - 1 } }
#define S(text) { SERVER, { (const uint8_t *)(text), sizeof(text) - 1 } }

static const struct {
	const char             *name;
	const struct dissector *dissector;
	struct turn             before, round[6];
} cases[] = {
	{ "AUTH PLAIN", &smtp_dissector, S("220 mx\r\n"),
	  { C("AUTH PLAIN AGFsaWNlAGh1bnRlcjc3\r\n"), S("535 no\r\n") } },
	{ "AUTH LOGIN", &smtp_dissector, S("220 mx\r\n"),
	  { C("auth login\r\n"), S("334 VXNlcm5hbWU6\r\n"), C("YWxpY2U=\r\n"), S("334 UGFzc3dvcmQ6\r\n"),
	    C("aHVudGVyNzc=\r\n"), S("535 no\r\n") } },
	{ "AUTH SCRAM-SHA-256", &smtp_dissector, S("220 mx\r\n"),
	  { C("AUTH SCRAM-SHA-256 biwsbj1hbGljZSxyPWZ5a28=\r\n"), S("334 cj1meWtv\r\n"),
	    C("Yz1iaXdzLHI9ZnlrbyxwPXg=\r\n"),
	    S("535 no\r\n") } },
	{ "AUTH NTLM", &smtp_dissector, S("220 mx\r\n"),
	  { C("AUTH NTLM TlRMTVNTUAADAAAAAAAAAEgAAAAAAAAASAAAAAAAAAAAAAAAAgACAEAAAAAAAAAAAAAAAAAAAAAAAAAA"
	      "AQAAAGEAAAA=\r\n"),
	    S("535 no\r\n") } },
	{ "POP3's login in SMTP", &smtp_dissector, S("220 mx\r\n"),
	  { C("USER alice\r\n"), S("502 what\r\n"), C("PASS hunter77\r\n"), S("502 what\r\n") } },
	{ "before the greeting", &smtp_dissector, C("EHLO me\r\n"), { C("AUTH PLAIN AGFsaWNlAGh1bnRlcjc3\r\n") } },
	{ "LOGIN", &imap_dissector, S("* OK hi\r\n"), { C("a1 LOGIN alice hunter77\r\n"), S("a1 NO no\r\n") } },
	{ "AUTHENTICATE", &imap_dissector, S("* OK hi\r\n"),
	  { C("a1 AUTHENTICATE PLAIN\r\n"), S("+ \r\n"), C("AGFsaWNlAGh1bnRlcjc3\r\n"), S("a1 NO no\r\n") } },
	{ "USER and PASS", &pop3_dissector, S("+OK hi\r\n"),
	  { C("USER alice\r\n"), S("+OK\r\n"), C("PASS hunter77\r\n"), S("-ERR no\r\n") } },
	{ "USER, PASS, of FTP", &ftp_dissector, S("220 hi\r\n"),
	  { C("USER alice\r\n"), S("331 go on\r\n"), C("PASS hunter77\r\n"), S("530 no\r\n") } },
	{ "USER alone", &ftp_dissector, S("220 hi\r\n"), { C("USER alice\r\n"), S("331 go on\r\n") } },
	{ "AUTHINFO", &nntp_dissector, S("200 hi\r\n"),
	  { C("AUTHINFO USER alice\r\n"), S("381 go on\r\n"), C("AUTHINFO PASS hunter77\r\n"), S("481 no\r\n") } },
	{ "AUTHENTICATE of ManageSieve", &sieve_dissector, S("\"SASL\" \"PLAIN\"\r\nOK\r\n"),
	  { C("AUTHENTICATE \"PLAIN\" \"AGFsaWNlAGh1bnRlcjc3\"\r\n"), S("NO\r\n") } },
	{ "bind", &ldap_dissector, C("\x30\x05\x02\x01\x01\x42\0"),
	  { C("\x30\x16\x02\x01\x02\x60\x11\x02\x01\x03\x04\x04" "cn=a" "\x80\x06" "hunter"),
	    S("\x30\x0C\x02\x01\x02\x61\x07\x0A\x01\x31\x04\0\x04\0") } },
	{ "PASS of IRC", &irc_dissector, S("NOTICE AUTH :hi\r\n"), { C("PASS hunter77\r\n"), S(":x 464 y :no\r\n") } },
	{ "Basic", &http_dissector, C("OPTIONS * HTTP/1.1\r\nUpgrade: TLS/1.0\r\n\r\n"),
	  { S("HTTP/1.1 401 no\r\nContent-Length: 0\r\n\r\n"),
	    C("GET / HTTP/1.1\r\nAuthorization: Basic YWxpY2U6aHVudGVyNzc=\r\n\r\n") } },
	{ "auth of XMPP", &xmpp_dissector, C("<stream:stream xmlns='jabber:client'>"),
	  { C("<auth mechanism='PLAIN'>AGFsaWNlAGh1bnRlcjc3</auth>"), S("<failure><not-authorized/></failure>") } },
};

static void
say(struct stage *stage, const struct turn *turn)
{
	if (turn->bytes.at != NULL)
		stage_say(stage, turn->side, turn->bytes);
}

static void
play(struct stage *stage, size_t n, unsigned rounds)
{
	for (unsigned round = 0; round < rounds; round++)
		for (size_t i = 0; i < TABLE_LENGTH(cases[n].round); i++)
			say(stage, &cases[n].round[i]);
}

static void
test_endless_logins(void **state)
{
	(void)state;
	for (size_t n = 0; n < TABLE_LENGTH(cases); n++) {
		struct stage stage;
		uint32_t first;
		size_t used;

		stage_open(&stage, cases[n].dissector, cases[n].dissector->name, BUDGET);
		say(&stage, &cases[n].before);
		play(&stage, n, FEW);
		used = stage.budget.used;
		first = stage.session->order;
		if (stage.session->auths == NULL)
			fail_msg("%s: no login", cases[n].name);
		play(&stage, n, MANY - FEW);
		if (stage.budget.used != used)
			fail_msg("%s: %zu bytes, then %zu", cases[n].name, used, (size_t)stage.budget.used);
		if (arena_spent(stage.session->arena))
			fail_msg("%s: the budget is spent", cases[n].name);
		assert_true(stage.session->order / (MANY / FEW) >= first / 2);
		stage_close(&stage);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_endless_logins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
