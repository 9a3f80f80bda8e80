/* Which dissector reads a flow, by its first bytes on any port.  Every conversation comes one byte at a time: what is
 * ours in the end is never foreign before, and what is foreign in the end is never ours. */
#include "base/table.h"
#include "engine/identify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HELLO        "\x16\3\1\0\x5A\1\0\0\x56\3\3ABCDEFGHABCDEFGHABCDEFGHABCDEFGH"
#define SERVER_HELLO "\x16\3\3\0\x5A\2\0\0\x56\3\3ABCDEFGHABCDEFGHABCDEFGHABCDEFGH"
#define GREETING     "220 mx.example.org ESMTP\r\n"

/* A turn of one side: its first letter is C or S, the length counts it.  A length of 0 ends the conversation. */
struct turn {
	const char *text;
	size_t      len;
};

#define T(text) { text, sizeof(text) - 1 }

enum {
	TURNS_MOST = 6,
	HEAD_ROOM = 4096,
};

struct talk {
	const char *name;
	uint16_t    port;
	const char *protocol;   /* NULL for foreign */
	const char *dissector;
	struct turn turns[TURNS_MOST];
};

/* What has been said so far. */
struct heard {
	uint8_t bytes[2][HEAD_ROOM];
	size_t  len[2];
};

static enum identity
ask(const struct heard *heard, uint16_t port, bool turned, bool over, struct identified *identified_r)
{
	struct first_bytes first = { .over = over, .roles_known = !turned };
	uint8_t *copies[2];
	enum identity identity;

	for (size_t side = CLIENT; side <= SERVER; side++) {
		size_t as = turned ? 1 - side : side;

		copies[side] = malloc(heard->len[side] + 1);
		assert_non_null(copies[side]);
		memcpy(copies[side] + 1, heard->bytes[side], heard->len[side]);
		if (heard->len[side] > 0)
			first.heads[as] = span_from(copies[side] + 1, heard->len[side]);
		first.ports[as] = side == SERVER ? port : 40001;
	}
	identity = identify(&first, identified_r);
	free(copies[CLIENT]);
	free(copies[SERVER]);
	return identity;
}

static void
hear(struct heard *heard, char letter, char byte)
{
	size_t side = letter == 'C' ? CLIENT : SERVER;

	assert_true(heard->len[side] < HEAD_ROOM);
	heard->bytes[side][heard->len[side]++] = (uint8_t)byte;
}

static void
check_found(const struct talk *talk, bool turned, const struct identified *identified)
{
	if (strcmp(identified->protocol, talk->protocol) != 0 ||
	    strcmp(identified->dissector->name, talk->dissector) != 0)
		fail_msg("%s on %u: %s, read by %s", talk->name, talk->port, identified->protocol,
			identified->dissector->name);
	if (identified->turn != turned)
		fail_msg("%s on %u: turned or not", talk->name, talk->port);
}

/* One byte at a time, then the end. */
static void
play(const struct talk *talk, bool turned)
{
	struct heard heard = { .len = { 0 } };
	struct identified identified;
	enum identity identity;

	for (const struct turn *turn = talk->turns; turn < talk->turns + TURNS_MOST && turn->len > 0; turn++)
		for (size_t i = 1; i < turn->len; i++) {
			hear(&heard, turn->text[0], turn->text[i]);
			identity = ask(&heard, talk->port, turned, false, &identified);
			if (identity == (talk->protocol != NULL ? IDENTITY_FOREIGN : IDENTITY_FOUND))
				fail_msg("%s on %u%s: %s after %zu bytes of the client and %zu of the server",
					talk->name, talk->port, turned ? ", turned" : "",
					talk->protocol != NULL ? "foreign" : identified.protocol,
					heard.len[CLIENT], heard.len[SERVER]);
			if (identity == IDENTITY_FOUND)
				check_found(talk, turned, &identified);
		}
	identity = ask(&heard, talk->port, turned, true, &identified);
	if (identity != (talk->protocol != NULL ? IDENTITY_FOUND : IDENTITY_FOREIGN))
		fail_msg("%s on %u%s: %d in the end", talk->name, talk->port, turned ? ", turned" : "", identity);
	if (identity == IDENTITY_FOUND)
		check_found(talk, turned, &identified);
}

/* Ours ------------------------------------------------------------------------------------------- */

static const struct talk ours[] = {
	{ "SMTP", 25, "smtp", "smtp", { T("S" GREETING), T("CEHLO client.example\r\n") } },
	{ "SMTP", 587, "smtp", "smtp", { T("S" GREETING), T("CEHLO client.example\r\n") } },
	{ "SMTP", 8025, "smtp", "smtp", { T("S" GREETING), T("CEHLO client.example\r\n") } },
	{ "SMTP", 21, "smtp", "smtp", { T("S" GREETING), T("CEHLO client.example\r\n") } },
	{ "SMTP", 443, "smtp", "smtp", { T("S" GREETING), T("CQUIT\r\n") } },
	{ "SMTP on the implicit port", 465, "smtp", "smtp", { T("S" GREETING), T("CEHLO a\r\n") } },
	{ "SMTP, small letters", 2526, "smtp", "smtp", { T("S220 mx esmtp\r\n"), T("Cehlo a\r\n") } },
	{ "SMTP on a host named ftp", 25, "smtp", "smtp",
	  { T("S220 ftp.example.org ESMTP\r\n"), T("CEHLO a\r\n") } },
	{ "SMTP on a host named lmtp", 10025, "smtp", "smtp",
	  { T("S220 lmtp.example.org ESMTP\r\n"), T("CEHLO a\r\n") } },
	{ "SMTP, HELO", 25, "smtp", "smtp", { T("S220 mx\r\n"), T("CHELO a\r\n") } },
	{ "SMTP, HELO", 10025, "smtp", "smtp", { T("S220 mx\r\n"), T("CHELO a\r\n") } },
	{ "SMTP, bare greeting", 25, "smtp", "smtp", { T("S220\r\n"), T("CEHLO a\r\n") } },
	{ "SMTP, bare greeting", 10025, "smtp", "smtp", { T("S220\r\n"), T("CEHLO a\r\n") } },
	{ "SMTP, long greeting", 25, "smtp", "smtp",
	  { T("S220-mx.example.org\r\n220-authorised use only\r\n220 ESMTP\r\n"), T("CEHLO a\r\n") } },
	{ "SMTP, teaser", 25, "smtp", "smtp", { T("S220-mx\r\n"), T("CEHLO a\r\n"), T("S220 mx ESMTP\r\n") } },
	{ "SMTP, busy", 25, "smtp", "smtp", { T("S421 mx too busy\r\n") } },
	{ "SMTP, no service", 25, "smtp", "smtp", { T("S554 mx no SMTP service here\r\n"), T("CQUIT\r\n") } },
	{ "SMTP, early talker", 25, "smtp", "smtp", { T("CEHLO a\r\n"), T("S" GREETING) } },
	{ "SMTP, client only", 10025, "smtp", "smtp", { T("CEHLO a\r\nMAIL FROM:<a@b.example>\r\n") } },
	{ "SMTP, server only", 10025, "smtp", "smtp", { T("S" GREETING "250-mx\r\n250 STARTTLS\r\n") } },
	{ "SMTP, in its middle", 25, "smtp", "smtp", { T("CMAIL FROM:<a@b.example>\r\n"), T("S250 ok\r\n") } },
	{ "SMTP, its list and a wish for TLS", 25, "smtp", "smtp",
	  { T("S250-mx\r\n250 SIZE\r\n"), T("CSTARTTLS\r\n") } },
	{ "SMTP without blanks", 10025, "smtp", "smtp", { T("S220mx\r\n"), T("CHELO a\r\n"), T("S250ok\r\n") } },
	{ "SMTP, and a client of the web", 25, "smtp", "smtp", { T("S" GREETING), T("CGET / HTTP/1.1\r\n") } },
	{ "SMTP, and empty lines", 25, "smtp", "smtp", { T("S" GREETING), T("C\r\n\r\n") } },
	{ "SMTP, and a wish for a proxy", 25, "smtp", "smtp", { T("S" GREETING), T("CPROXY\r\n") } },
	{ "POP3", 110, "pop3", "pop3",
	  { T("S+OK ready <1.2@mx.example.org>\r\n"), T("CUSER alice\r\n"), T("S+OK\r\n") } },
	{ "POP3", 10110, "pop3", "pop3", { T("S+OK POP server at your service\r\n"), T("CQUIT\r\n") } },
	{ "POP3, bare greeting", 110, "pop3", "pop3", { T("S+OK\r\n"), T("CCAPA\r\n"), T("S-ERR\r\n") } },
	{ "POP3, bare greeting", 10110, "pop3", "pop3", { T("S+OK\r\n"), T("CCAPA\r\n"), T("S-ERR\r\n") } },
	{ "POP3, a greeting of few words", 110, "pop3", "pop3", { T("S+OK hello\r\n"), T("CUSER alice\r\n") } },
	{ "POP3, a greeting of few words", 10110, "pop3", "pop3",
	  { T("S+OK hello\r\n"), T("CAUTH\r\n"), T("S-ERR\r\n"), T("CCAPA\r\n") } },
	{ "POP3, a timestamp alone", 10110, "pop3", "pop3",
	  { T("S+OK <1896.697@dbc.example>\r\n"), T("CAPOP a b\r\n") } },
	{ "POP3 of no words", 110, "pop3", "pop3", { T("S+OK\r\n"), T("CUSER alice\r\n"), T("S-ERR\r\n") } },
	{ "POP3 of no words, and a mechanism", 110, "pop3", "pop3",
	  { T("S+OK\r\n"), T("CAUTH XOAUTH2 eA==\r\n"), T("S-ERR\r\n") } },
	{ "POP3, client only", 10110, "pop3", "pop3", { T("CCAPA\r\nUSER alice\r\n") } },
	{ "POP3, in its middle", 110, "pop3", "pop3", { T("CUIDL\r\n"), T("S+OK\r\n1 abc\r\n.\r\n") } },
	{ "POP3, and a client of the web", 110, "pop3", "pop3", { T("S+OK POP3\r\n"), T("CGET / HTTP/1.1\r\n") } },
	{ "POP3, busy", 110, "pop3", "pop3", { T("S-ERR [SYS/TEMP] come back\r\n") } },
	{ "NNTP", 119, "nntp", "nntp",
	  { T("S200 news.example.org ready\r\n"), T("CMODE READER\r\n"), T("S200 ok\r\n") } },
	{ "NNTP, leaving", 10119, "nntp", "nntp",
	  { T("S201 news.example.org ready\r\n"), T("CQUIT\r\n"), T("S205 bye\r\n") } },
	{ "NNTP, bare greeting", 433, "nntp", "nntp", { T("S200\r\n"), T("CCAPABILITIES\r\n") } },
	{ "NNTP, a greeting of few words", 10119, "nntp", "nntp", { T("S200 hello\r\n"), T("CMODE READER\r\n") } },
	{ "NNTP, client only", 10119, "nntp", "nntp", { T("CMODE READER\r\nGROUP a.b\r\n") } },
	{ "NNTP, closed", 119, "nntp", "nntp", { T("S502 no permission to read news\r\n") } },
	{ "FTP", 21, "ftp", "ftp", { T("S220 (vsFTPd 3.0.5)\r\n"), T("CUSER anonymous\r\n"), T("S331 name ok\r\n") } },
	{ "FTP, named", 2121, "ftp", "ftp", { T("S220 ProFTPD Server ready.\r\n"), T("CUSER a\r\n") } },
	{ "FTP, named", 25, "ftp", "ftp", { T("S220 ProFTPD Server ready.\r\n"), T("CUSER a\r\n") } },
	{ "FTP, FileZilla's", 2121, "ftp", "ftp", { T("S220-FileZilla Server 1.9.1\r\n220 hi\r\n"), T("CFEAT\r\n") } },
	{ "FTP, long greeting", 2121, "ftp", "ftp", { T("S220-FTP here\r\n220 welcome\r\n"), T("CQUIT\r\n") } },
	{ "FTP without a name", 21, "ftp", "ftp", { T("S220 welcome\r\n"), T("CUSER alice\r\n") } },
	{ "FTP without a name", 2121, "ftp", "ftp", { T("S220 welcome\r\n"), T("CAUTH TLS\r\n") } },
	{ "FTP without a name, and a password asked for", 2121, "ftp", "ftp",
	  { T("S220 welcome\r\n"), T("CUSER alice\r\n"), T("S331 go on\r\n") } },
	{ "FTP on a host called so", 21, "ftp", "ftp", { T("S220 ftp.example.org\r\n"), T("CQUIT\r\n") } },
	{ "FTP without blanks", 21, "ftp", "ftp", { T("S220hello\r\n"), T("CUSER alice\r\n"), T("S331go on\r\n") } },
	{ "FTP, later", 2121, "ftp", "ftp", { T("S120 ready in five minutes\r\n220 FTP ready\r\n"), T("CQUIT\r\n") } },
	{ "FTP, busy", 21, "ftp", "ftp", { T("S421 too many connections\r\n") } },
	{ "FTP, client only", 2121, "ftp", "ftp", { T("CUSER alice\r\nPASS b\r\nSYST\r\n") } },
	{ "FTP, server only", 2121, "ftp", "ftp", { T("S220 welcome\r\n331 go on\r\n230 in\r\n") } },
	{ "FTP, in its middle", 2121, "ftp", "ftp",
	  { T("CPASV\r\n"), T("S227 Entering Passive Mode (192,0,2,1,4,1)\r\n") } },
	{ "FTP, behind a telnet command", 21, "ftp", "ftp", { T("S220 hi\r\n"), T("C\xFF\xFB\1USER a\r\n") } },
	{ "FTP, and a client of the web", 21, "ftp", "ftp", { T("S220 FTP ready\r\n"), T("CGET / HTTP/1.1\r\n") } },
	{ "mail on a host called ftp", 21, "smtp", "smtp",
	  { T("S220 ftp.example.org ESMTP\r\n"), T("CEHLO client.example\r\n") } },
	{ "mail that is not called so, on a host called ftp", 25, "smtp", "smtp",
	  { T("S220 ftp.example.org ready\r\n"), T("CEHLO client.example\r\n") } },
	{ "TLS in FTP's place", 21, "ftp", "ftp", { T("C" HELLO), T("S220 FTP\r\n") } },
	{ "TLS on 21", 21, "ftp", "tls", { T("C" HELLO), T("S" SERVER_HELLO) } },
	{ "TLS on 993, the server's hello first", 993, "imap", "tls",
	  { T("S" SERVER_HELLO), T("C\x16\3\3\0\x07\x10\0\0\3abc") } },
	{ "TLS on 990", 990, "ftp", "tls", { T("C" HELLO), T("S" SERVER_HELLO) } },
	{ "LDAP", 389, "ldap", "ldap",
	  { T("C0\x0C\2\1\1`\7\2\1\3\4\0\x80\0"), T("S0\x0C\2\1\1\x61\7\n\1\0\4\0\4\0") } },
	{ "LDAP", 10389, "ldap", "ldap",
	  { T("C0\x0C\2\1\1`\7\2\1\3\4\0\x80\0"), T("S0\x0C\2\1\1\x61\7\n\1\0\4\0\4\0") } },
	{ "LDAP, lengths of four octets", 3268, "ldap", "ldap",
	  { T("C0\x84\0\0\0\x10\2\1\1`\x84\0\0\0\7\2\1\3\4\0\x80\0") } },
	{ "LDAP, client only", 10389, "ldap", "ldap", { T("C0\5\2\1\2B\0") } },
	{ "LDAP, server only", 10389, "ldap", "ldap", { T("S0\x0C\2\1\2\x65\7\n\1\0\4\0\4\0") } },
	{ "LDAP, an ID of two octets", 389, "ldap", "ldap", { T("C0\x0D\2\2\1\1`\7\2\1\3\4\0\x80\0") } },
	{ "TLS in LDAP's place", 389, "ldap", "ldap", { T("C" HELLO), T("S0\x0C\2\1\0\x78\7\n\1\2\4\0\4\0") } },
	{ "TLS in POP3's place", 110, "pop3", "pop3", { T("C" HELLO), T("S+OK ready\r\n") } },
	{ "TLS in NNTP's place", 119, "nntp", "nntp", { T("C" HELLO), T("S200 news\r\n") } },
	{ "IMAP", 143, "imap", "imap", { T("S* OK IMAP4rev1 ready\r\n"), T("Ca1 CAPABILITY\r\n") } },
	{ "IMAP", 10143, "imap", "imap", { T("S* OK IMAP4rev1 ready\r\n"), T("Ca1 CAPABILITY\r\n") } },
	{ "IMAP", 25, "imap", "imap", { T("S* PREAUTH ready\r\n"), T("CA001 SELECT INBOX\r\n") } },
	{ "IMAP, refused", 143, "imap", "imap", { T("S* BYE too busy\r\n") } },
	{ "IMAP, early talker", 10143, "imap", "imap", { T("Ca1 LOGIN a b\r\n"), T("S* OK ready\r\n") } },
	{ "IMAP, client only", 10143, "imap", "imap", { T("Cx7 LOGIN alice {5}\r\nhello\r\n") } },
	{ "IMAP, in its middle", 10143, "imap", "imap",
	  { T("C17 UID FETCH 1:* FLAGS\r\n"), T("S* 1 FETCH (FLAGS ())\r\n") } },
	{ "IMAP, in its middle", 10143, "imap", "imap", { T("S* 12 EXISTS\r\n"), T("C. NOOP\r\n") } },
	{ "IMAP, and a client of the web", 143, "imap", "imap", { T("S* OK ready\r\n"), T("CGET / HTTP/1.1\r\n") } },
	{ "ManageSieve", 4190, "sieve", "sieve", { T("S\"IMPLEMENTATION\" \"x\"\r\nOK\r\n"), T("CSTARTTLS\r\n") } },
	{ "ManageSieve", 2000, "sieve", "sieve", { T("S\"SASL\" \"PLAIN\"\r\nOK\r\n"), T("CLOGOUT\r\n") } },
	{ "ManageSieve, client only", 2000, "sieve", "sieve", { T("CAUTHENTICATE \"PLAIN\" \"AGEAYg==\"\r\n") } },
	{ "TLS in IMAP's place", 143, "imap", "imap", { T("C" HELLO), T("S* OK ready\r\n") } },
	{ "TLS on IMAP", 143, "imap", "tls", { T("C" HELLO), T("S" SERVER_HELLO) } },
	{ "IRC", 6667, "irc", "irc", { T("CNICK a\r\nUSER a 0 * :a\r\n"), T("S:irc 001 a :hi\r\n") } },
	{ "HTTP that asks for TLS", 631, "http", "http",
	  { T("COPTIONS * HTTP/1.1\r\nHost: a\r\nUpgrade: TLS/1.2\r\n\r\n"), T("SHTTP/1.1 101 Switching\r\n\r\n") } },
	{ "IRC on a port of mail", 25, "irc", "irc", { T("S:irc NOTICE * :*** hello\r\n"), T("CCAP LS 302\r\n") } },
	{ "XMPP", 5222, "xmpp", "xmpp",
	  { T("C<?xml version='1.0'?><stream:stream to='a'>"), T("S<?xml version='1.0'?><stream:stream id='1'>") } },
	{ "XMPP, on another port", 1299, "xmpp", "xmpp",
	  { T("C<stream:stream to=\"a\">"), T("S<stream:stream id=\"1\">") } },
	{ "XMPP, between servers", 5269, "xmpp", "xmpp",
	  { T("C<stream:stream xmlns='jabber:server' from='a'>"),
	    T("S<stream:stream xmlns='jabber:server' id='1'>") } },
	{ "XMPP, its prefix another", 10000, "xmpp", "xmpp",
	  { T("C<s:stream xmlns:s='http://etherx.jabber.org/streams' to='a'>"), T("S<stream:stream id='1'>") } },
	{ "XMPP, client only", 1299, "xmpp", "xmpp", { T("C<?xml version=\"1.0\"?>\n<stream:stream to='a'>") } },
	{ "XMPP, server only", 1299, "xmpp", "xmpp", { T("S<stream:stream id='a' version='1.0'>") } },
	{ "XMPP, in its middle", 1299, "xmpp", "xmpp",
	  { T("C<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAYg==</auth>"),
	    T("S<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>") } },
	{ "TLS in XMPP's place", 5222, "xmpp", "xmpp",
	  { T("C" HELLO), T("S<?xml version='1.0'?><stream:stream id='1'>") } },
	{ "TLS on XMPP", 5222, "xmpp", "tls", { T("C" HELLO), T("S" SERVER_HELLO) } },
	{ "TLS in SMTP's place", 25, "smtp", "smtp", { T("C" HELLO), T("S" GREETING) } },
	{ "TLS in SMTP's place", 587, "smtp", "smtp", { T("C" HELLO), T("S220 mx\r\n") } },
	{ "TLS on submissions", 465, "smtp", "tls", { T("C" HELLO), T("S" SERVER_HELLO) } },
	{ "TLS on submissions, refused", 465, "smtp", "tls", { T("C" HELLO), T("S\x15\3\1\0\2\2\x28") } },
	{ "TLS on submissions, unanswered", 465, "smtp", "tls", { T("C" HELLO) } },
	{ "TLS on submission", 587, "smtp", "tls", { T("C" HELLO), T("S" SERVER_HELLO) } },
	{ "TLS on 110", 110, "pop3", "tls", { T("C" HELLO), T("S" SERVER_HELLO) } },
	{ "TLS on 119", 119, "nntp", "tls", { T("C" HELLO), T("S" SERVER_HELLO) } },
	{ "TLS on 25", 25, "smtp", "tls", { T("C" HELLO), T("S" SERVER_HELLO) } },
	{ "TLS on imaps", 993, "imap", "tls", { T("C" HELLO), T("S" SERVER_HELLO) } },
	{ "TLS on pop3s", 995, "pop3", "tls", { T("C" HELLO), T("S" SERVER_HELLO) } },
	{ "TLS on ftps", 990, "ftp", "tls", { T("C" HELLO), T("S" SERVER_HELLO) } },
	{ "TLS on ldaps", 636, "ldap", "tls", { T("C" HELLO), T("S" SERVER_HELLO) } },
	{ "TLS on nntps", 563, "nntp", "tls", { T("C" HELLO), T("S" SERVER_HELLO) } },
	{ "TLS on xmpps", 5223, "xmpp", "tls", { T("C" HELLO), T("S" SERVER_HELLO) } },
};

static void
test_ours(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(ours); i++)
		play(&ours[i], false);
}

/* The capture begins in the middle and the first guess at who is the client is wrong. */
static void
test_turned(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(ours); i++)
		if (strcmp(ours[i].dissector, "tls") != 0)
			play(&ours[i], true);
}

/* Who is who is certain: nobody turns them. */
static void
test_known_roles_stay(void **state)
{
	struct first_bytes first = {
		.heads = { span_of(GREETING), span_of("EHLO a\r\n") },
		.ports = { 25, 40001 },
		.roles_known = true,
		.over = true,
	};
	struct identified identified;

	(void)state;
	assert_int_equal(identify(&first, &identified), IDENTITY_FOREIGN);
	assert_false(identified.turn);
}

/* Foreign ---------------------------------------------------------------------------------------- */

static const struct talk foreign[] = {
	{ "HTTP", 0, NULL, NULL, { T("CGET / HTTP/1.1\r\nHost: a\r\n\r\n"), T("SHTTP/1.1 200 OK\r\n\r\n") } },
	{ "HTTP, POST", 0, NULL, NULL, { T("CPOST /EHLO HTTP/1.1\r\n\r\n"), T("SHTTP/1.1 404 no\r\n\r\n") } },
	{ "HTTP that asks for something else", 0, NULL, NULL,
	  { T("CGET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"), T("SHTTP/1.1 101 Switching\r\n\r\n") } },
	{ "HTTP, half a header", 0, NULL, NULL,
	  { T("CGET / HTTP/1.1\r\nHost: a\r\n"), T("SHTTP/1.1 400 no\r\n\r\n") } },
	{ "HTTP proxy to the web", 0, NULL, NULL,
	  { T("CCONNECT a:443 HTTP/1.1\r\n\r\n"), T("SHTTP/1.1 200 OK\r\n\r\n"), T("CGET / HTTP/1.1\r\n") } },
	{ "SSH", 0, NULL, NULL, { T("SSSH-2.0-OpenSSH_9.2p1\r\n"), T("CSSH-2.0-OpenSSH_9.2p1\r\n") } },
	{ "SSH, client first", 0, NULL, NULL, { T("CSSH-2.0-PuTTY\r\n"), T("SSSH-2.0-x\r\n") } },
	{ "SNMP", 0, NULL, NULL,
	  { T("C0\x13\2\1\1\4\6public\xA0\6\2\1\1\2\1\0"), T("S0\x13\2\1\1\4\6public\xA2\6\2\1\1\2\1\0") } },
	{ "a sequence and a number alone", 0, NULL, NULL, { T("C0\6\2\1\1\2\1\2"), T("S0\6\2\1\1\2\1\2") } },
	{ "an unbind with contents", 0, NULL, NULL, { T("C0\6\2\1\1B\1a") } },
	{ "MQTT", 0, NULL, NULL, { T("C\x10\x0C\0\4MQTT\4\2\0<\0\0"), T("S\x20\2\0\0"), T("C0\x0A\0\3a/bhello") } },
	{ "XML of somebody else's", 0, NULL, NULL,
	  { T("C<?xml version='1.0'?><soap:Envelope xmlns:soap='a'>"), T("S<?xml version='1.0'?><soap:Envelope>") } },
	{ "XML with a stream of its own", 0, NULL, NULL,
	  { T("C<stream xmlns='urn:example'>"), T("S<stream id='1'>") } },
	{ "XML with messages of its own", 0, NULL, NULL, { T("C<message kind='a'>"), T("S<answer/>") } },
	{ "a policy for Flash", 0, NULL, NULL,
	  { T("C<policy-file-request/>\0"), T("S<?xml version=\"1.0\"?><cross>") } },
	{ "Redis", 0, NULL, NULL, { T("C*1\r\n$4\r\nPING\r\n"), T("S+PONG\r\n") } },
	{ "Redis, in line", 0, NULL, NULL, { T("CPING\r\n"), T("S+PONG\r\n") } },
	{ "Redis, a value", 0, NULL, NULL, { T("CSET a b\r\n"), T("S+OK\r\n"), T("CQUIT\r\n"), T("S+OK\r\n") } },
	{ "Redis, a login", 0, NULL, NULL, { T("CAUTH secret\r\n"), T("S+OK\r\n"), T("CQUIT\r\n"), T("S+OK\r\n") } },
	{ "Redis, a login that fails", 0, NULL, NULL, { T("CAUTH secret\r\n"), T("S-ERR invalid password\r\n") } },
	{ "Redis, its own form", 0, NULL, NULL,
	  { T("C*2\r\n$4\r\nAUTH\r\n$5\r\nPLAIN\r\n"), T("S+OK\r\n"), T("C*1\r\n$4\r\nQUIT\r\n"), T("S+OK\r\n") } },
	{ "a change of passwords", 0, NULL, NULL,
	  { T("S200 poppassd v1.8.5 hello, who are you?\r\n"), T("Cuser alice\r\n"),
	    T("S200 your password please.\r\n") } },
	{ "a catalogue of discs", 0, NULL, NULL,
	  { T("S201 example CDDBP server v1.5 ready at noon\r\n"), T("Ccddb hello a b c d\r\n"),
	    T("S200 hello\r\n") } },
	{ "HTTP without a name", 0, NULL, NULL, { T("CGET /\r\n"), T("S<html>\r\n") } },
	{ "a list of strings", 0, NULL, NULL, { T("S\"a\" \"b\"\r\nOK\r\n"), T("CSTARTTLS\r\n") } },
	{ "memcached", 0, NULL, NULL, { T("Cset a 0 0 1\r\nx\r\n"), T("SSTORED\r\n") } },
	{ "a word and a status", 0, NULL, NULL, { T("Shello OK then\r\n"), T("CGET x\r\n") } },
	{ "MySQL", 0, NULL, NULL, { T("S\x4A\0\0\0\n8.0.36\0abcdefgh"), T("C\x20\0\0\1\x85\xA6\xFF\1") } },
	{ "PostgreSQL", 0, NULL, NULL, { T("C\0\0\0\x08\4\xD2\x16\x2F"), T("SS"), T("C\x16\3\1\0\x5A\1") } },
	{ "Telnet", 0, NULL, NULL, { T("S\xFF\xFD\x18\xFF\xFD\x20"), T("C\xFF\xFB\x18") } },
	{ "DNS", 0, NULL, NULL, { T("C\0\x1D\x12\x34\1\0\0\1\0\0\0\0\0\0\3foo"), T("S\0\x1D\x12\x34") } },
	{ "zeros", 0, NULL, NULL, { T("C\0\0\0\0\0\0\0\0"), T("S\0\0\0\0\0\0\0\0") } },
	{ "a refused proxy", 0, NULL, NULL,
	  { T("C\5\1\0\5\1\0\1\xC0\0\2\2\0\x19"), T("S\5\0\5\5\0\1\0\0\0\0\0\0") } },
};

static void
test_foreign(void **state)
{
	static const uint16_t ports[] = { 25, 587, 465, 21, 80, 110, 106, 143, 993, 4190, 8080 };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(foreign); i++)
		for (size_t k = 0; k < TABLE_LENGTH(ports); k++) {
			struct talk talk = foreign[i];

			talk.port = ports[k];
			play(&talk, false);
			play(&talk, true);
		}
}

/* Where a service's own port says what a greeting does not, it is foreign all the same; so is TLS where nothing
 * tells what is in it. */
static void
test_foreign_by_port(void **state)
{
	static const struct talk talks[] = {
		{ "a greeting and a name", 2121, NULL, NULL, { T("S220 welcome\r\n"), T("CUSER alice\r\n") } },
		{ "a name and a password", 2121, NULL, NULL, { T("CUSER alice\r\nPASS secret\r\n") } },
		{ "HTTPS", 443, NULL, NULL, { T("C" HELLO), T("S" SERVER_HELLO) } },
		{ "HTTPS", 8443, NULL, NULL, { T("C" HELLO), T("S" SERVER_HELLO) } },
		{ "a status and a name", 4000, NULL, NULL, { T("S+OK\r\n"), T("CUSER alice\r\n"), T("S-ERR\r\n") } },
		{ "a number of four digits", 25, NULL, NULL, { T("S2201 x\r\n"), T("CHELO a\r\n") } },
		{ "a refusal and nothing else", 4000, NULL, NULL, { T("S-ERR go away\r\n") } },
		{ "the hello of a server", 8443, NULL, NULL, { T("S" SERVER_HELLO) } },
		{ "TLS long since begun", 993, NULL, NULL, { T("S\x17\3\3\0\5abcde"), T("C\x17\3\3\0\5abcde") } },
		{ "a greeting and nothing else", 4000, NULL, NULL, { T("S220 hello\r\n") } },
		{ "nothing", 25, NULL, NULL, { { NULL, 0 } } },
		{ "a lonely QUIT", 4000, NULL, NULL, { T("CQUIT\r\n") } },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(talks); i++)
		play(&talks[i], false);
}

/* TLS from the first byte: what the ClientHello says it is to carry, else the port. */
static const struct talk carried[] = {
	{ "IMAP by ALPN", 10993, "imap", "tls",
	  { T("C\x16\x03\x01\x00:\x01\x00\x00\x36\x03\x03RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\x00\x00\x02\x13"
	       "\x01\x01\x00\x00\x0B\x00\x10\x00\x07\x00\x05\x04imap"),
	    T("S" SERVER_HELLO) } },
	{ "POP3 by ALPN, among others", 443, "pop3", "tls",
	  { T("C\x16\x03\x01\x00[\x01\x00\x00W\x03\x03RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\x00\x00\x02\x13\x01"
	       "\x01\x00\x00,\x00\x00\x00\x12\x00\x10\x00\x00\x0Dwww.a.example\x00\x10\x00\x12\x00\x10\x0A"
	       "\x61\x63me-tls/1\x04pop3"),
	    T("S" SERVER_HELLO) } },
	{ "IMAP by the host's name", 10993, "imap", "tls",
	  { T("C\x16\x03\x01\x00\x46\x01\x00\x00\x42\x03\x03RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\x00\x00\x02"
	       "\x13\x01\x01\x00\x00\x17\x00\x00\x00\x13\x00\x11\x00\x00\x0Eimap.a.example"),
	    T("S" SERVER_HELLO) } },
	{ "mail by the host's name", 9465, "smtp", "tls",
	  { T("C\x16\x03\x01\x00\x46\x01\x00\x00\x42\x03\x03RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\x00\x00\x02"
	       "\x13\x01\x01\x00\x00\x17\x00\x00\x00\x13\x00\x11\x00\x00\x0ESMTP.a.example"),
	    T("S" SERVER_HELLO) } },
	{ "ALPN against the port", 465, "imap", "tls",
	  { T("C\x16\x03\x01\x00:\x01\x00\x00\x36\x03\x03RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\x00\x00\x02\x13"
	       "\x01\x01\x00\x00\x0B\x00\x10\x00\x07\x00\x05\x04imap"),
	    T("S" SERVER_HELLO) } },
	{ "mail by ALPN, as nobody registered it", 9465, "smtp", "tls",
	  { T("C\x16\x03\x01\x00:\x01\x00\x00\x36\x03\x03RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\x00\x00\x02\x13"
	       "\x01\x01\x00\x00\x0B\x00\x10\x00\x07\x00\x05\x04smtp"),
	    T("S" SERVER_HELLO) } },
	{ "mail by ALPN, on its port", 465, "smtp", "tls",
	  { T("C\x16\x03\x01\x00:\x01\x00\x00\x36\x03\x03RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\x00\x00\x02\x13"
	       "\x01\x01\x00\x00\x0B\x00\x10\x00\x07\x00\x05\x04smtp"),
	    T("S" SERVER_HELLO) } },
	{ "a name in ALPN that nobody knows, on a port of mail", 993, "imap", "tls",
	  { T("C\x16\x03\x01\x00;\x01\x00\x00\x37\x03\x03RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\x00\x00\x02\x13"
	       "\x01\x01\x00\x00\x0C\x00\x10\x00\x08\x00\x06\x05x-foo"),
	    T("S" SERVER_HELLO) } },
	{ "the host's name against the port", 465, "smtp", "tls",
	  { T("C\x16\x03\x01\x00\x46\x01\x00\x00\x42\x03\x03RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\x00\x00\x02"
	       "\x13\x01\x01\x00\x00\x17\x00\x00\x00\x13\x00\x11\x00\x00\x0Eimap.a.example"),
	    T("S" SERVER_HELLO) } },
	{ "the web on a port of mail", 465, "smtp", "tls",
	  { T("C\x16\x03\x01\x00\x38\x01\x00\x00\x34\x03\x03RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\x00\x00\x02"
	       "\x13\x01\x01\x00\x00\x09\x00\x10\x00\x05\x00\x03\x02h2"),
	    T("S" SERVER_HELLO) } },
	{ "nothing said", 465, "smtp", "tls",
	  { T("C\x16\x03\x01\x00/\x01\x00\x00+\x03\x03RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\x00\x00\x02\x13\x01"
	       "\x01\x00\x00\x00"),
	    T("S" SERVER_HELLO) } },
	{ "the web", 443, NULL, NULL,
	  { T("C\x16\x03\x01\x00\x41\x01\x00\x00=\x03\x03RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\x00\x00\x02\x13"
	       "\x01\x01\x00\x00\x12\x00\x10\x00\x0E\x00\x0C\x02h2\x08http/1.1"),
	    T("S" SERVER_HELLO) } },
	{ "the web, on a host of mail", 8443, NULL, NULL,
	  { T("C\x16\x03\x01\x00U\x01\x00\x00Q\x03\x03RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\x00\x00\x02\x13\x01"
	       "\x01\x00\x00&\x00\x00\x00\x13\x00\x11\x00\x00\x0Eimap.a.example\x00\x10\x00\x0B\x00\x09\x08http/1.1"),
	    T("S" SERVER_HELLO) } },
	{ "a push service on XMPP's port", 5223, NULL, NULL,
	  { T("C\x16\x03\x01\x00\x46\x01\x00\x00\x42\x03\x03RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\x00\x00\x02"
	       "\x13\x01\x01\x00\x00\x17\x00\x10\x00\x13\x00\x11\x10\x61pns-security-v3"),
	    T("S" SERVER_HELLO) } },
	{ "nothing said", 8443, NULL, NULL,
	  { T("C\x16\x03\x01\x00/\x01\x00\x00+\x03\x03RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\x00\x00\x02\x13\x01"
	       "\x01\x00\x00\x00"),
	    T("S" SERVER_HELLO) } },
	{ "some host", 8443, NULL, NULL,
	  { T("C\x16\x03\x01\x00\x46\x01\x00\x00\x42\x03\x03RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\x00\x00\x02"
	       "\x13\x01\x01\x00\x00\x17\x00\x00\x00\x13\x00\x11\x00\x00\x0Email.a.example"),
	    T("S" SERVER_HELLO) } },
	{ "TLS, and mail in clear", 4000, "smtp", "smtp", { T("C" HELLO), T("S" GREETING) } },
	{ "inside TLS", 993, NULL, NULL, { T("C\x17\3\3\0\x08" "ABCDEFGH"), T("S\x17\3\3\0\x08" "ABCDEFGH") } },
	{ "inside TLS that was asked for", 587, "smtp", "tls",
	  { T("C\x17\3\3\0\x08" "ABCDEFGH"), T("S\x17\3\3\0\x08" "ABCDEFGH") } },
	{ "inside TLS", 8443, NULL, NULL, { T("C\x17\3\3\0\x08" "ABCDEFGH"), T("S\x17\3\3\0\x08" "ABCDEFGH") } },
};

/* What a server alone says is little; the same without the SYN may trail behind another connection. */
static void
test_server_alone(void **state)
{
	static const struct talk talks[] = {
		{ "POP3", 110, "pop3", "pop3", { T("S-ERR go away\r\n") } },
		{ "NNTP", 119, "nntp", "nntp", { T("S502 no\r\n") } },
		{ "TLS of the server alone", 995, "pop3", "tls", { T("S" SERVER_HELLO) } },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(talks); i++) {
		struct talk trailing = talks[i];

		play(&talks[i], false);
		trailing.protocol = NULL;
		play(&trailing, true);
	}
}

static void
test_carried(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(carried); i++)
		play(&carried[i], false);
}

/* Preambles --------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	size_t      length[2];
	struct talk talk;
} proxied[] = {
	{ "PROXY protocol 1", { 40, 0 },
	  { "PROXY 1", 25, "smtp", "smtp",
	    { T("CPROXY TCP4 192.0.2.1 192.0.2.2 4001 25\r\n"), T("S" GREETING), T("CEHLO a\r\n") } } },
	{ "PROXY protocol 1", { 15, 0 },
	  { "PROXY 1", 10025, "smtp", "smtp", { T("CPROXY UNKNOWN\r\n"), T("CEHLO a\r\n"), T("S" GREETING) } } },
	{ "PROXY protocol 2", { 28, 0 },
	  { "PROXY 2", 25, "smtp", "smtp",
	    { T("C\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C\xC0\0\2\1\xC0\0\2\2\x9C\x41\0\x19"), T("S" GREETING),
	      T("CEHLO a\r\n") } } },
	{ "PROXY protocol 2", { 16, 0 },
	  { "PROXY 2 before TLS", 465, "smtp", "tls",
	    { T("C\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"), T("C" HELLO), T("S" SERVER_HELLO) } } },
	{ "SOCKS 5", { 13, 12 },
	  { "SOCKS 5", 1080, "smtp", "smtp",
	    { T("C\5\1\0"), T("S\5\0"), T("C\5\1\0\1\xC0\0\2\2\0\x19"), T("S\5\0\0\1\0\0\0\0\0\0"),
	      T("S" GREETING), T("CEHLO a\r\n") } } },
	{ "SOCKS 4", { 9, 8 },
	  { "SOCKS 4", 1080, "smtp", "smtp",
	    { T("C\4\1\0\x19\xC0\0\2\2\0"), T("S\0\x5A\0\0\0\0\0\0"), T("S" GREETING), T("CEHLO a\r\n") } } },
	{ "HTTP CONNECT", { 26, 19 },
	  { "CONNECT", 3128, "smtp", "smtp",
	    { T("CCONNECT mx:25 HTTP/1.1\r\n\r\n"), T("SHTTP/1.1 200 OK\r\n\r\n"), T("S" GREETING),
	      T("CEHLO a\r\n") } } },
};

static void
test_preambles(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(proxied); i++) {
		struct heard heard = { .len = { 0 } };
		struct identified identified;

		play(&proxied[i].talk, false);
		for (size_t t = 0; t < TURNS_MOST; t++)
			for (size_t k = 1; k < proxied[i].talk.turns[t].len; k++)
				hear(&heard, proxied[i].talk.turns[t].text[0],
					proxied[i].talk.turns[t].text[k]);
		assert_int_equal(ask(&heard, proxied[i].talk.port, false, false, &identified),
			IDENTITY_FOUND);
		assert_string_equal(identified.preamble_name, proxied[i].name);
		assert_int_equal(identified.preamble[CLIENT], proxied[i].length[CLIENT]);
		assert_int_equal(identified.preamble[SERVER], proxied[i].length[SERVER]);
	}
}

static void
test_no_preamble(void **state)
{
	struct first_bytes first = {
		.heads = { span_of("EHLO a\r\n"), span_of(GREETING) },
		.ports = { 40001, 25 },
		.roles_known = true,
	};
	struct identified identified;

	(void)state;
	assert_int_equal(identify(&first, &identified), IDENTITY_FOUND);
	assert_null(identified.preamble_name);
	assert_int_equal(identified.preamble[CLIENT] + identified.preamble[SERVER], 0);
}

/* Bounds ------------------------------------------------------------------------------------------ */

/* Nobody is listened to for ever: a flow that stays undecided would hold memory. */
static void
test_undecided_ends(void **state)
{
	static const struct {
		const char *start;
		char        letter;
		uint16_t    port;
	} cases[] = {
		{ "220 ", 'S', 25 },
		{ "220 ", 'S', 4000 },
		{ "2", 'S', 25 },
		{ "200 ", 'S', 25 },
		{ "QUIT ", 'C', 25 },
		{ "NOOP ", 'C', 4000 },
		{ "GET /", 'C', 25 },
		{ "CONNECT ", 'C', 25 },
		{ "PROXY ", 'C', 25 },
		{ "\4\1\1\1\1\1\1\1", 'C', 25 },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++)
		for (unsigned turned = 0; turned < 2; turned++) {
			struct heard heard = { .len = { 0 } };
			struct identified identified;

			for (const char *c = cases[i].start; *c != '\0'; c++)
				hear(&heard, cases[i].letter, *c);
			while (heard.len[CLIENT] + heard.len[SERVER] < 3000)
				hear(&heard, cases[i].letter, 'a');
			if (ask(&heard, cases[i].port, turned, false, &identified) == IDENTITY_MORE)
				fail_msg("%s: undecided on %u", cases[i].start, cases[i].port);
		}
}

/* At the end of a connection there is an answer, whatever was said. */
static void
test_the_end_decides(void **state)
{
	static const struct talk *const tables[] = { ours, foreign };
	static const size_t counts[] = { TABLE_LENGTH(ours), TABLE_LENGTH(foreign) };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(tables); i++)
		for (size_t k = 0; k < counts[i]; k++) {
			const struct talk *talk = &tables[i][k];
			struct heard heard = { .len = { 0 } };
			struct identified identified;

			for (size_t t = 0; t < TURNS_MOST; t++)
				for (size_t b = 1; b < talk->turns[t].len; b++) {
					hear(&heard, talk->turns[t].text[0], talk->turns[t].text[b]);
					assert_int_not_equal(ask(&heard, talk->port, false, true, &identified),
						IDENTITY_MORE);
				}
		}
}

/* The second opinion counts where our own is too weak to tell, and nowhere else. */
static void
test_opinion(void **state)
{
	static const struct {
		const char   *client, *server, *opinion;
		enum identity identity;
	} cases[] = {
		{ "DATA\r\n", "250 ok\r\n", "SMTP", IDENTITY_FOUND },
		{ "DATA\r\n", "250 ok\r\n", "", IDENTITY_FOREIGN },
		{ "DATA\r\n", "250 ok\r\n", "FTP_CONTROL", IDENTITY_FOREIGN },
		{ "GET / HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\n", "SMTP", IDENTITY_FOREIGN },
		{ "GET / HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\n", "HTTP", IDENTITY_FOREIGN },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct first_bytes first = {
			.heads = { span_of(cases[i].client), span_of(cases[i].server) },
			.ports = { 40001, 4000 },
			.roles_known = true,
			.over = true,
			.opinion = span_of(cases[i].opinion),
		};
		struct identified identified;

		if (identify(&first, &identified) != cases[i].identity)
			fail_msg("\"%.4s\" and the opinion \"%s\"", cases[i].client, cases[i].opinion);
	}
}

static void
test_silence(void **state)
{
	static const struct {
		uint16_t    port;
		const char *protocol, *dissector;
	} cases[] = {
		{ 465, "smtp", "tls" },
		{ 993, "imap", "tls" },
		{ 995, "pop3", "tls" },
		{ 990, "ftp", "tls" },
		{ 636, "ldap", "tls" },
		{ 563, "nntp", "tls" },
		{ 5223, "xmpp", "tls" },
		{ 25, "smtp", "smtp" },
		{ 587, "smtp", "smtp" },
		{ 443, NULL, NULL },
		{ 0, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct identified identified;
		bool worth = identify_silent(cases[i].port, &identified);

		assert_int_equal(worth, cases[i].protocol != NULL);
		if (worth) {
			assert_string_equal(identified.protocol, cases[i].protocol);
			assert_string_equal(identified.dissector->name, cases[i].dissector);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ours),
		cmocka_unit_test(test_turned),
		cmocka_unit_test(test_known_roles_stay),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_foreign_by_port),
		cmocka_unit_test(test_server_alone),
		cmocka_unit_test(test_carried),
		cmocka_unit_test(test_preambles),
		cmocka_unit_test(test_no_preamble),
		cmocka_unit_test(test_undecided_ends),
		cmocka_unit_test(test_the_end_decides),
		cmocka_unit_test(test_opinion),
		cmocka_unit_test(test_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
