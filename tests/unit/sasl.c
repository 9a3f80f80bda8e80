/* link: dissectors */
/* Logins of every mechanism, told to a dialogue of our own that keeps each word that leaves: which
 * facts are told, and that no secret is, whatever the client sent (RFC 4422, RFC 4616, RFC 4954,
 * RFC 5802, RFC 7628, RFC 2195, RFC 2831, MS-NLMP). */
#include "base/buffer.h"
#include "base/table.h"
#include "sasl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct dialogue {
	struct budget budget;
	struct arena *arena;
	struct buffer log;              /* one line an event or note */
	struct buffer all;              /* every byte that was told, and what it was told with */
	struct buffer secret;           /* what the fingerprint was asked of */
	uint32_t      logins;
	size_t        pending;          /* of the client, untaken */
};

struct arena *
dialogue_arena(struct dialogue *d)
{
	return d->arena;
}

static const char *
class_word(enum auth_class kind)
{
	static const char *const words[] = {
		[AUTH_CLASS_UNKNOWN] = "unknown",
		[AUTH_CLASS_PASSWORD] = "password",
		[AUTH_CLASS_TOKEN] = "token",
		[AUTH_CLASS_CHALLENGE] = "challenge",
		[AUTH_CLASS_ONE_TIME] = "one-time",
		[AUTH_CLASS_GSSAPI] = "gssapi",
		[AUTH_CLASS_EXTERNAL] = "external",
		[AUTH_CLASS_ANONYMOUS] = "anonymous",
	};

	return words[kind];
}

static void
add_span(struct buffer *out, struct span s)
{
	if (s.len == 0)
		buffer_add_text(out, "-");
	buffer_add(out, s);
}

void
dialogue_tell(struct dialogue *d, const struct event *event)
{
	const struct auth_facts *facts = event->facts.auth;
	const struct span spans[] = { event->text, facts->mechanism, facts->username, facts->fingerprint };

	buffer_printf(&d->log, "%s ", event_word(event->kind));
	add_span(&d->log, facts->mechanism);
	buffer_printf(&d->log, " %s%s ", class_word(facts->kind), facts->guessable_hard ? "+" : "");
	add_span(&d->log, facts->username);
	buffer_printf(&d->log, " %s\n", auth_outcome_word(facts->outcome));
	for (size_t i = 0; i < TABLE_LENGTH(spans); i++) {
		buffer_add(&d->all, spans[i]);
		buffer_add_text(&d->all, "\n");
	}
}

void
dialogue_note(struct dialogue *d, enum side side, enum note_kind kind, struct span quote)
{
	buffer_printf(&d->log, "%c %s\n", side == CLIENT ? 'C' : 'S', note_word(kind));
	buffer_add(&d->all, quote);
	buffer_add_text(&d->all, "\n");
}

void
dialogue_event(struct dialogue *d, enum side side, enum event_kind kind, uint32_t code, struct span text)
{
	(void)code;
	buffer_printf(&d->log, "%c %s %.*s\n", side == CLIENT ? 'C' : 'S', event_word(kind), (int)text.len,
		(const char *)text.at);
	buffer_add(&d->all, text);
	buffer_add_text(&d->all, "\n");
}

uint32_t
dialogue_login(struct dialogue *d)
{
	return ++d->logins;
}

size_t
dialogue_pending(const struct dialogue *d, enum side side)
{
	assert_int_equal(side, CLIENT);
	return d->pending;
}

struct span
dialogue_account(struct dialogue *d, struct span name)
{
	return arena_copy(d->arena, name);
}

struct span
dialogue_fingerprint(struct dialogue *d, struct span secret)
{
	buffer_add(&d->secret, secret);
	return span_of("fingerprint");
}

static void
begin(struct dialogue *d)
{
	*d = (struct dialogue){ .budget = { .limit = 1 << 20 } };
	d->arena = arena_new(&d->budget);
	assert_non_null(d->arena);
}

static void
finish(struct dialogue *d)
{
	buffer_free(&d->log);
	buffer_free(&d->all);
	buffer_free(&d->secret);
	arena_free(&d->arena);
	assert_int_equal(d->budget.used, 0);
}

/* base64 (RFC 4648, section 4), with padding. */
static struct span
encode(struct buffer *out, struct span bytes)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	buffer_clear(out);
	for (size_t i = 0; i < bytes.len; i += 3) {
		uint32_t three = (uint32_t)bytes.at[i] << 16 |
		                 (i + 1 < bytes.len ? (uint32_t)bytes.at[i + 1] << 8 : 0) |
		                 (i + 2 < bytes.len ? bytes.at[i + 2] : 0u);
		char four[4] = { letters[three >> 18], letters[three >> 12 & 63], letters[three >> 6 & 63],
			letters[three & 63] };

		if (i + 1 >= bytes.len)
			four[2] = '=';
		if (i + 2 >= bytes.len)
			four[3] = '=';
		buffer_add(out, span_from(four, 4));
	}
	return buffer_span(out);
}

/* A response from memory of its own: the text behind the = sign, or base64 of the bytes. */
static void
respond(struct dialogue *d, struct sasl *sasl, struct span bytes, bool raw)
{
	struct buffer text = { 0 };
	struct span line = raw ? bytes : encode(&text, bytes);
	uint8_t *copy = malloc(line.len + 1);

	assert_non_null(copy);
	memcpy(copy + 1, line.len > 0 ? line.at : (const uint8_t *)"", line.len);
	sasl_response(sasl, d, span_from(copy + 1, line.len), span_of("<redacted>"));
	free(copy);
	buffer_free(&text);
}

/* Facts ------------------------------------------------------------------------------------------- */

#define SENT(bytes) { (const uint8_t *)(bytes), sizeof(bytes) - 1 }

#define NTLM_1 "NTLMSSP\0\1\0\0\0\7\x82\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

/* AUTHENTICATE_MESSAGE: LM and NT responses of 8 bytes each at 64 and 72, user of `len` bytes at `at`. */
#define NTLM_3(len, at, flags, tail)                                                            \
	"NTLMSSP\0\3\0\0\0"                                                                     \
	"\x8\0\x8\0\x40\0\0\0" "\x8\0\x8\0\x48\0\0\0" "\0\0\0\0\x40\0\0\0"                      \
	len "\0" len "\0" at "\0\0\0" "\0\0\0\0\x40\0\0\0" "\0\0\0\0\x40\0\0\0" flags            \
	"LMLMLMLM" "hunter77" tail

struct login {
	const char *name, *mechanism;
	struct span responses[4];       /* NULL ends them; an empty one is sent as it is */
	const char *told;               /* what is told of it, without the line for its end */
	const char *secret;             /* what must not be told: "" where there is none */
	const char *fingerprint;        /* NULL where the secret must not be asked for */
};

#define BEGUN(mechanism, kind) "auth " mechanism " " kind " - unknown\n"
#define SECRET(mechanism, kind, user) "auth-secret " mechanism " " kind " " user " unknown\n"

#define MD5 "0123456789abcdef0123456789abcdef"
#define PROOF "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="

static const struct login logins[] = {
	{ "PLAIN", "PLAIN", { SENT("\0alice\0hunter77") },
	  BEGUN("PLAIN", "password") SECRET("PLAIN", "password", "alice"), "hunter77", "hunter77" },
	{ "PLAIN in small letters", "plain", { SENT("\0alice\0hunter77") },
	  BEGUN("PLAIN", "password") SECRET("PLAIN", "password", "alice"), "hunter77", "hunter77" },
	{ "PLAIN for another", "PLAIN", { SENT("boss\0alice\0hunter77") },
	  BEGUN("PLAIN", "password") SECRET("PLAIN", "password", "alice"), "hunter77", "hunter77" },
	{ "PLAIN without a password", "PLAIN", { SENT("\0alice\0") },
	  BEGUN("PLAIN", "password"), "alice", NULL },
	{ "PLAIN with its fields moved", "PLAIN", { SENT("alice\0hunter77\0") },
	  BEGUN("PLAIN", "password") SECRET("PLAIN", "password", "-"), "hunter77", "alice" },
	{ "PLAIN without a name", "PLAIN", { SENT("\0\0hunter77") },
	  BEGUN("PLAIN", "password") SECRET("PLAIN", "password", "-"), "hunter77", "" },
	{ "PLAIN with one NUL", "PLAIN", { SENT("alice\0hunter77") },
	  BEGUN("PLAIN", "password") SECRET("PLAIN", "password", "-"), "hunter77", "alice" },
	{ "PLAIN with three NULs", "PLAIN", { SENT("\0alice\0hun\0ter77") },
	  BEGUN("PLAIN", "password") SECRET("PLAIN", "password", "-"), "ter77", "" },
	{ "PLAIN without NULs", "PLAIN", { SENT("hunter77") },
	  BEGUN("PLAIN", "password") SECRET("PLAIN", "password", "-"), "hunter77", "hunter77" },
	{ "PLAIN, empty", "PLAIN", { SENT("=") }, BEGUN("PLAIN", "password"), "", NULL },

	{ "LOGIN", "LOGIN", { SENT("alice"), SENT("hunter77") },
	  BEGUN("LOGIN", "password") SECRET("LOGIN", "password", "alice"), "hunter77", "hunter77" },
	{ "LOGIN without a name", "LOGIN", { SENT("="), SENT("hunter77") },
	  BEGUN("LOGIN", "password") SECRET("LOGIN", "password", "-"), "hunter77", "hunter77" },
	{ "LOGIN without a password", "LOGIN", { SENT("alice"), SENT("=") }, BEGUN("LOGIN", "password"), "alice",
	  NULL },
	{ "LOGIN, a name only", "LOGIN", { SENT("alice") }, BEGUN("LOGIN", "password"), "alice", NULL },
	{ "LOGIN, more than asked for", "LOGIN", { SENT("alice"), SENT("hunter77"), SENT("again999") },
	  BEGUN("LOGIN", "password") SECRET("LOGIN", "password", "alice"), "again999", "hunter77" },
	{ "LOGIN with PLAIN's response", "LOGIN", { SENT("\0alice\0hunter77") },
	  BEGUN("LOGIN", "password") SECRET("LOGIN", "password", "-"), "hunter77", "" },

	{ "CRAM-MD5", "CRAM-MD5", { SENT("alice " MD5) },
	  BEGUN("CRAM-MD5", "challenge") SECRET("CRAM-MD5", "challenge", "alice"), MD5, NULL },
	{ "CRAM-MD5, a name of two words", "CRAM-MD5", { SENT("alice b " MD5) },
	  BEGUN("CRAM-MD5", "challenge") SECRET("CRAM-MD5", "challenge", "alice b"), MD5, NULL },
	{ "CRAM-MD5 with a plain password", "CRAM-MD5", { SENT("hunter77 and more") },
	  BEGUN("CRAM-MD5", "challenge") SECRET("CRAM-MD5", "challenge", "-"), "hunter77", NULL },
	{ "CRAM-MD5 with PLAIN's response", "CRAM-MD5", { SENT("\0alice\0hunter77 " MD5) },
	  BEGUN("CRAM-MD5", "challenge") SECRET("CRAM-MD5", "challenge", "-"), "hunter77", NULL },

	{ "DIGEST-MD5", "DIGEST-MD5",
	  { SENT("username=\"alice\",realm=\"a\",nonce=\"n\",nc=00000001,cnonce=\"c\",qop=auth,"
		 "digest-uri=\"smtp/a\",response=" MD5),
	    SENT("=") },
	  BEGUN("DIGEST-MD5", "challenge") SECRET("DIGEST-MD5", "challenge", "alice"), MD5, NULL },
	{ "DIGEST-MD5, another order", "DIGEST-MD5", { SENT("response=" MD5 ", username=\"alice\"") },
	  BEGUN("DIGEST-MD5", "challenge") SECRET("DIGEST-MD5", "challenge", "alice"), MD5, NULL },
	{ "DIGEST-MD5, a comma in the name", "DIGEST-MD5", { SENT("username=\"a,b\",response=" MD5) },
	  BEGUN("DIGEST-MD5", "challenge") SECRET("DIGEST-MD5", "challenge", "a,b"), MD5, NULL },
	{ "DIGEST-MD5, a quote in the name", "DIGEST-MD5", { SENT("username=\"a\\\"b\",response=" MD5) },
	  BEGUN("DIGEST-MD5", "challenge") SECRET("DIGEST-MD5", "challenge", "a\"b"), MD5, NULL },
	{ "DIGEST-MD5, the name of a realm", "DIGEST-MD5",
	  { SENT("realm=\"x,username=\\\"eve\\\"\",username=\"alice\",response=" MD5) },
	  BEGUN("DIGEST-MD5", "challenge") SECRET("DIGEST-MD5", "challenge", "alice"), MD5, NULL },
	{ "DIGEST-MD5, no end to the name", "DIGEST-MD5", { SENT("username=\"alice response=" MD5) },
	  BEGUN("DIGEST-MD5", "challenge"), MD5, NULL },

	{ "SCRAM-SHA-1", "SCRAM-SHA-1",
	  { SENT("n,,n=alice,r=fyko+d2lbbFgONRv9qkxdawL"), SENT("c=biws,r=fyko,p=" PROOF), SENT("=") },
	  BEGUN("SCRAM-SHA-1", "challenge+") SECRET("SCRAM-SHA-1", "challenge+", "alice"), PROOF, NULL },
	{ "SCRAM-SHA-256-PLUS", "scram-sha-256-plus",
	  { SENT("p=tls-unique,,n=alice,r=fyko"), SENT("c=cD10,r=fyko,p=" PROOF) },
	  BEGUN("SCRAM-SHA-256-PLUS", "challenge+") SECRET("SCRAM-SHA-256-PLUS", "challenge+", "alice"),
	  PROOF, NULL },
	{ "SCRAM for another", "SCRAM-SHA-1", { SENT("n,a=boss,n=alice,r=fyko"), SENT("c=b,r=f,p=" PROOF) },
	  BEGUN("SCRAM-SHA-1", "challenge+") SECRET("SCRAM-SHA-1", "challenge+", "alice"), PROOF, NULL },
	{ "SCRAM, a comma and an equals sign in the name", "SCRAM-SHA-1",
	  { SENT("n,,n=a=2Cb=3Dc,r=fyko"), SENT("c=biws,r=fyko,p=" PROOF) },
	  BEGUN("SCRAM-SHA-1", "challenge+") SECRET("SCRAM-SHA-1", "challenge+", "a,b=c"), PROOF, NULL },
	{ "SCRAM, the first message only", "SCRAM-SHA-1", { SENT("n,,n=alice,r=fyko") },
	  BEGUN("SCRAM-SHA-1", "challenge+"), "", NULL },
	{ "SCRAM with PLAIN's response", "SCRAM-SHA-1", { SENT("\0alice\0hunter77") },
	  BEGUN("SCRAM-SHA-1", "challenge+"), "hunter77", NULL },

	{ "XOAUTH2", "XOAUTH2", { SENT("user=alice\1auth=Bearer ya29.hunter77\1\1"), SENT("=") },
	  BEGUN("XOAUTH2", "token") SECRET("XOAUTH2", "token", "alice"), "ya29.hunter77", "ya29.hunter77" },
	{ "a token in the form of PLAIN", "X-OAUTH2", { SENT("\0alice@example.org\0ya29.hunter77") },
	  BEGUN("X-OAUTH2", "token") SECRET("X-OAUTH2", "token", "alice@example.org"), "ya29.hunter77", "ya29.hunter77" },
	{ "a token of an older kind", "X-GOOGLE-TOKEN", { SENT("\0alice\0ya29.hunter77") },
	  BEGUN("X-GOOGLE-TOKEN", "token") SECRET("X-GOOGLE-TOKEN", "token", "alice"), "ya29.hunter77", "ya29.hunter77" },
	{ "XOAUTH2 without a name", "XOAUTH2", { SENT("auth=bearer ya29.hunter77\1\1") },
	  BEGUN("XOAUTH2", "token") SECRET("XOAUTH2", "token", "-"), "ya29.hunter77", "ya29.hunter77" },
	{ "XOAUTH2 with blanks for separators", "XOAUTH2", { SENT("user=alice auth=Bearer ya29.hunter77") },
	  BEGUN("XOAUTH2", "token") SECRET("XOAUTH2", "token", "-"), "hunter77",
	  "user=alice auth=Bearer ya29.hunter77" },
	{ "XOAUTH2 with carets for separators", "XOAUTH2",
	  { SENT("user=alice^Aauth=Bearer ya29.hunter77^A^A") },
	  BEGUN("XOAUTH2", "token") SECRET("XOAUTH2", "token", "-"), "hunter77",
	  "user=alice^Aauth=Bearer ya29.hunter77^A^A" },
	{ "XOAUTH2, a token alone", "XOAUTH2", { SENT("ya29.hunter77") },
	  BEGUN("XOAUTH2", "token") SECRET("XOAUTH2", "token", "-"), "hunter77", "ya29.hunter77" },

	{ "OAUTHBEARER", "OAUTHBEARER",
	  { SENT("n,a=alice@example.org,\1host=mx\1port=587\1auth=Bearer vF9d.hunter77\1\1"), SENT("\1") },
	  BEGUN("OAUTHBEARER", "token") SECRET("OAUTHBEARER", "token", "alice@example.org"), "hunter77",
	  "vF9d.hunter77" },
	{ "OAUTHBEARER without a name", "OAUTHBEARER", { SENT("n,,\1auth=Bearer vF9d.hunter77\1\1") },
	  BEGUN("OAUTHBEARER", "token") SECRET("OAUTHBEARER", "token", "-"), "hunter77", "vF9d.hunter77" },
	{ "OAUTHBEARER, a comma in the name", "OAUTHBEARER", { SENT("n,a=a=2Cb,\1auth=Bearer hunter77\1\1") },
	  BEGUN("OAUTHBEARER", "token") SECRET("OAUTHBEARER", "token", "a,b"), "hunter77", "hunter77" },
	{ "OAUTHBEARER with blanks for separators", "OAUTHBEARER",
	  { SENT("n,a=alice auth=Bearer vF9d.hunter77") },
	  BEGUN("OAUTHBEARER", "token") SECRET("OAUTHBEARER", "token", "-"), "hunter77",
	  "n,a=alice auth=Bearer vF9d.hunter77" },
	{ "OAUTHBEARER with XOAUTH2's response", "OAUTHBEARER",
	  { SENT("user=alice\1auth=Bearer vF9d.hunter77\1\1") },
	  BEGUN("OAUTHBEARER", "token") SECRET("OAUTHBEARER", "token", "-"), "hunter77", "vF9d.hunter77" },

	{ "SECURID", "SECURID", { SENT("\0alice\000123456\0") },
	  BEGUN("SECURID", "one-time") SECRET("SECURID", "one-time", "alice"), "123456", NULL },
	{ "SECURID for another", "SECURID", { SENT("boss\0alice\000123456\0") },
	  BEGUN("SECURID", "one-time") SECRET("SECURID", "one-time", "alice"), "123456", NULL },
	{ "SECURID with a PIN", "SECURID", { SENT("\0alice\000123456\0004815\0") },
	  BEGUN("SECURID", "one-time") SECRET("SECURID", "one-time", "alice"), "4815", NULL },
	{ "SECURID with PLAIN's response", "SECURID", { SENT("\0alice\0hunter77") },
	  BEGUN("SECURID", "one-time") SECRET("SECURID", "one-time", "-"), "hunter77", NULL },
	{ "SECURID with a field more", "SECURID", { SENT("\0alice\000123456\0004815\000hunter77\0") },
	  BEGUN("SECURID", "one-time") SECRET("SECURID", "one-time", "-"), "hunter77", NULL },
	{ "SECURID, a passcode that is no number", "SECURID", { SENT("\0alice\0hunter77\0") },
	  BEGUN("SECURID", "one-time") SECRET("SECURID", "one-time", "-"), "hunter77", NULL },

	{ "NTLM", "NTLM",
	  { SENT(NTLM_1), SENT(NTLM_3("\xA", "\x50", "\1\2\0\0", "a\0l\0i\0c\0e\0")) },
	  BEGUN("NTLM", "challenge") SECRET("NTLM", "challenge", "alice"), "hunter77", NULL },
	{ "NTLM, OEM text", "NTLM", { SENT(NTLM_1), SENT(NTLM_3("\5", "\x50", "\2\2\0\0", "alice")) },
	  BEGUN("NTLM", "challenge") SECRET("NTLM", "challenge", "alice"), "hunter77", NULL },
	{ "NTLM, a name beyond the first plane, and half of a pair", "NTLM",
	  { SENT(NTLM_1), SENT(NTLM_3("\xA", "\x50", "\1\2\0\0", "a\0\x3D\xD8\0\xDE\0\xD8" "b\0")) },
	  BEGUN("NTLM", "challenge") SECRET("NTLM", "challenge", "a\xF0\x9F\x98\x80\xEF\xBF\xBD" "b"), "hunter77", NULL },
	{ "NTLM without a name", "NTLM", { SENT(NTLM_1), SENT(NTLM_3("\0", "\x50", "\1\2\0\0", "")) },
	  BEGUN("NTLM", "challenge") SECRET("NTLM", "challenge", "-"), "hunter77", NULL },
	{ "NTLM, a name that lies in the proof", "NTLM",
	  { SENT(NTLM_1), SENT(NTLM_3("\x8", "\x48", "\2\2\0\0", "")) },
	  BEGUN("NTLM", "challenge") SECRET("NTLM", "challenge", "-"), "hunter77", NULL },
	{ "NTLM, a name beyond the end", "NTLM",
	  { SENT(NTLM_1), SENT(NTLM_3("\xFF", "\x50", "\2\2\0\0", "alice")) },
	  BEGUN("NTLM", "challenge") SECRET("NTLM", "challenge", "-"), "hunter77", NULL },
	{ "NTLM, its first message only", "NTLM", { SENT(NTLM_1) }, BEGUN("NTLM", "challenge"), "", NULL },

	{ "GSSAPI", "GSSAPI", { SENT("`\x82\1\0hunter77"), SENT("=") },
	  BEGUN("GSSAPI", "gssapi") SECRET("GSSAPI", "gssapi", "-"), "hunter77", NULL },
	{ "GS2", "GS2-KRB5", { SENT("`\x82\1\0hunter77") },
	  BEGUN("GS2-KRB5", "gssapi") SECRET("GS2-KRB5", "gssapi", "-"), "hunter77", NULL },
	{ "EXTERNAL", "EXTERNAL", { SENT("=") }, BEGUN("EXTERNAL", "external"), "", NULL },
	{ "EXTERNAL, named", "EXTERNAL", { SENT("alice") }, BEGUN("EXTERNAL", "external"), "", NULL },
	{ "EXTERNAL with PLAIN's response", "EXTERNAL", { SENT("\0alice\0hunter77") },
	  BEGUN("EXTERNAL", "external"), "hunter77", NULL },
	{ "ANONYMOUS", "ANONYMOUS", { SENT("hunter77@example.org") }, BEGUN("ANONYMOUS", "anonymous"), "hunter77",
	  NULL },
	{ "SRP", "SRP", { SENT("hunter77") }, BEGUN("SRP", "challenge+"), "hunter77", NULL },
	{ "OTP", "OTP", { SENT("\0alice"), SENT("hex:hunter77") }, BEGUN("OTP", "challenge"), "hunter77", NULL },
	{ "no mechanism at all", "hunter77", { SENT("hunter77") }, "auth - unknown - unknown\n", "hunter77", NULL },
	{ "an unregistered mechanism", "X-PASSWORD", { SENT("hunter77") }, "auth - unknown - unknown\n",
	  "hunter77", NULL },
};

/* "=" stands for an empty response (RFC 4954, section 4). */
static void
play(struct dialogue *d, const struct login *login)
{
	struct sasl sasl = { 0 };

	begin(d);
	sasl_begin(&sasl, d, span_of(login->mechanism), span_of("AUTH ..."));
	for (const struct span *r = login->responses; r < login->responses + 4 && r->at != NULL; r++)
		respond(d, &sasl, *r, span_is(*r, "="));
}

static void
check_silence(struct dialogue *d, const char *name, const char *secret)
{
	if (*secret != '\0' && span_has(buffer_span(&d->all), secret))
		fail_msg("%s: \"%s\" was told", name, secret);
}

static void
test_logins(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(logins); i++) {
		struct dialogue d;

		play(&d, &logins[i]);
		if (strcmp(buffer_text(&d.log), logins[i].told) != 0)
			fail_msg("%s told\n%snot\n%s", logins[i].name, buffer_text(&d.log), logins[i].told);
		check_silence(&d, logins[i].name, logins[i].secret);
		if ((logins[i].fingerprint != NULL) != (d.secret.len > 0))
			fail_msg("%s: fingerprint of \"%s\"", logins[i].name, buffer_text(&d.secret));
		if (logins[i].fingerprint != NULL &&
		    strcmp(buffer_text(&d.secret), logins[i].fingerprint) != 0)
			fail_msg("%s: fingerprint of \"%s\"", logins[i].name, buffer_text(&d.secret));
		finish(&d);
	}
}

/* A name is told with the secret that goes with it: alone it may be a secret that took the wrong turn. */
static void
test_names_without_a_secret(void **state)
{
	static const struct {
		const char *mechanism;
		struct span response;
		const char *told;
	} cases[] = {
		{ "PLAIN", SENT("\0alice\0hunter77"), "auth-end PLAIN password alice rejected\n" },
		{ "PLAIN", SENT("\0alice\0"), "auth-end PLAIN password - rejected\n" },
		{ "LOGIN", SENT("alice"), "auth-end LOGIN password - rejected\n" },
		{ "EXTERNAL", SENT("alice"), "auth-end EXTERNAL external - rejected\n" },
		{ "SCRAM-SHA-1", SENT("n,,n=alice,r=fyko"), "auth-end SCRAM-SHA-1 challenge+ - rejected\n" },
		{ "ANONYMOUS", SENT("alice"), "auth-end ANONYMOUS anonymous - rejected\n" },
		{ "XOAUTH2", SENT("user=alice\1"), "auth-end XOAUTH2 token - rejected\n" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct dialogue d;
		struct sasl sasl = { 0 };

		begin(&d);
		sasl_begin(&sasl, &d, span_of(cases[i].mechanism), span_of("AUTH ..."));
		respond(&d, &sasl, cases[i].response, false);
		buffer_clear(&d.log);
		sasl_answered(&sasl, &d, AUTH_REJECTED, 535, span_of("535 no"));
		if (strcmp(buffer_text(&d.log), cases[i].told) != 0)
			fail_msg("%s told %s", cases[i].mechanism, buffer_text(&d.log));
		finish(&d);
	}
}

/* A server that asks for the password first gets no password for a name. */
static void
test_password_asked_first(void **state)
{
	struct dialogue d;
	struct sasl sasl = { 0 };

	(void)state;
	begin(&d);
	sasl_begin(&sasl, &d, span_of("LOGIN"), span_of("AUTH LOGIN"));
	sasl_prompted(&sasl, true);
	respond(&d, &sasl, span_of("hunter77"), false);
	assert_string_equal(buffer_text(&d.log),
		BEGUN("LOGIN", "password") SECRET("LOGIN", "password", "-"));
	assert_string_equal(buffer_text(&d.secret), "hunter77");
	check_silence(&d, "password first", "hunter77");
	finish(&d);
}

/* Bytes of the exchange are missing: which turn it is nobody knows, and a name may be anything. */
static void
test_taint(void **state)
{
	(void)state;
	for (size_t before = 0; before < 2; before++) {
		struct dialogue d;
		struct sasl sasl = { 0 };

		begin(&d);
		sasl_begin(&sasl, &d, span_of("LOGIN"), span_of("AUTH LOGIN"));
		if (before > 0)
			respond(&d, &sasl, span_of("alice"), false);
		sasl_taint(&sasl);
		respond(&d, &sasl, span_of("hunter77"), false);
		respond(&d, &sasl, span_of("hunter77"), false);
		sasl_answered(&sasl, &d, AUTH_ACCEPTED, 235, span_of("235 ok"));
		check_silence(&d, "tainted", "hunter77");
		check_silence(&d, "tainted", "alice");
		assert_true(span_has(buffer_span(&d.log), "auth-secret LOGIN password - unknown"));
		finish(&d);
	}
}

static void
test_outcomes(void **state)
{
	static const enum auth_outcome outcomes[] = { AUTH_ACCEPTED, AUTH_REJECTED, AUTH_REFUSED_TLS,
		AUTH_ABORTED };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(outcomes); i++) {
		struct dialogue d;
		struct sasl sasl = { 0 };
		char wanted[64];

		begin(&d);
		sasl_begin(&sasl, &d, span_of("PLAIN"), span_of("AUTH PLAIN <redacted>"));
		assert_true(span_has(buffer_span(&d.all), "AUTH PLAIN <redacted>"));
		respond(&d, &sasl, span_from("\0a\0b", 4), false);
		buffer_clear(&d.log);
		sasl_answered(&sasl, &d, outcomes[i], 235, span_of("235 fine"));
		snprintf(wanted, sizeof(wanted), "auth-end PLAIN password a %s\n",
			auth_outcome_word(outcomes[i]));
		assert_string_equal(buffer_text(&d.log), wanted);
		assert_true(span_has(buffer_span(&d.all), "235 fine"));
		finish(&d);
	}
}

/* Nothing began: nothing is told. */
static void
test_no_exchange(void **state)
{
	struct dialogue d;
	struct sasl sasl = { 0 };

	(void)state;
	begin(&d);
	respond(&d, &sasl, span_of("hunter77"), false);
	respond(&d, &sasl, span_of("hunter77"), true);
	sasl_answered(&sasl, &d, AUTH_REJECTED, 535, span_of("535 no"));
	assert_int_equal(d.log.len + d.all.len + d.secret.len, 0);
	finish(&d);
}

/* What is no base64 is noted and never quoted; where a password is due it counts as one, sent as it is. */
static void
test_bad_base64(void **state)
{
	static const char *const bad[] = { "hunter77!", "AGFsaW*lAHA=", "AGFsa", "AGFs=aWNl", "\x80\xFF" };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(bad); i++) {
		struct dialogue d;
		struct sasl sasl = { 0 };

		begin(&d);
		sasl_begin(&sasl, &d, span_of("LOGIN"), span_of("AUTH LOGIN"));
		buffer_clear(&d.log);
		buffer_clear(&d.all);
		respond(&d, &sasl, span_of(bad[i]), true);
		assert_string_equal(buffer_text(&d.log),
			"C bad-base64\nauth-secret LOGIN password - unknown\n");
		check_silence(&d, "bad base64", bad[i]);
		assert_string_equal(buffer_text(&d.secret), bad[i]);
		respond(&d, &sasl, span_of("hunter77"), false);
		check_silence(&d, "behind bad base64", "hunter77");
		finish(&d);
	}
}

/* Every mechanism takes every response of every other, whole and cut, and tells no password of it. */
static void
test_responses_crossed(void **state)
{
	(void)state;
	for (size_t m = 0; m < TABLE_LENGTH(logins); m++)
		for (size_t i = 0; i < TABLE_LENGTH(logins); i++)
			for (size_t step = 0; step < 4 && logins[i].responses[step].at != NULL; step++)
				for (size_t len = 0; len <= logins[i].responses[step].len; len++) {
					struct dialogue d;
					struct sasl sasl = { 0 };

					begin(&d);
					sasl_begin(&sasl, &d, span_of(logins[m].mechanism), span_of("AUTH"));
					for (size_t k = 0; k < step; k++)
						respond(&d, &sasl, span_of("="), true);
					respond(&d, &sasl, span_first(logins[i].responses[step], len), false);
					sasl_answered(&sasl, &d, AUTH_REJECTED, 535, span_of("535 no"));
					check_silence(&d, logins[m].name, "hunter77");
					finish(&d);
				}
}

/* Random bytes where lengths and offsets are: never beyond the message, never a crash. */
static void
test_random_ntlm(void **state)
{
	uint32_t seed = 3;

	(void)state;
	for (unsigned round = 0; round < 5000; round++) {
		uint8_t message[96] = NTLM_3("\xA", "\x50", "\1\2\0\0", "a\0l\0i\0c\0e\0");
		struct dialogue d;
		struct sasl sasl = { 0 };

		for (unsigned i = 0; i < 4; i++) {
			seed = seed * 1664525 + 1013904223;
			message[12 + (seed >> 24) % 52] = (uint8_t)(seed >> 16);
		}
		begin(&d);
		sasl_begin(&sasl, &d, span_of("NTLM"), span_of("AUTH NTLM"));
		respond(&d, &sasl, span_from(message, (seed >> 8) % (sizeof(message) + 1)), false);
		check_silence(&d, "random NTLM", "hunter77");
		finish(&d);
	}
}

/* A spent budget loses names, tells no lies and crashes nowhere. */
static void
test_no_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(logins); i++) {
		struct dialogue d;
		struct sasl sasl = { 0 };

		begin(&d);
		while (arena_alloc(d.arena, 16) != NULL)
			;
		sasl_begin(&sasl, &d, span_of(logins[i].mechanism), span_of("AUTH"));
		for (size_t k = 0; k < 4 && logins[i].responses[k].at != NULL; k++)
			respond(&d, &sasl, logins[i].responses[k], span_is(logins[i].responses[k], "="));
		sasl_answered(&sasl, &d, AUTH_ACCEPTED, 235, span_of("235 ok"));
		check_silence(&d, logins[i].name, logins[i].secret);
		assert_false(span_has(buffer_span(&d.all), "alice"));
		finish(&d);
	}
}

/* Words that may be quoted ------------------------------------------------------------------------ */

static void
test_mechanism_names(void **state)
{
	static const struct {
		const char *word;
		bool        known;
	} words[] = {
		{ "PLAIN", true },
		{ "plain", true },
		{ "LOGIN", true },
		{ "CRAM-MD5", true },
		{ "DIGEST-MD5", true },
		{ "NTLM", true },
		{ "SCRAM-SHA-1", true },
		{ "SCRAM-SHA-256-PLUS", true },
		{ "XOAUTH2", true },
		{ "OAUTHBEARER", true },
		{ "GSSAPI", true },
		{ "GSS-SPNEGO", true },
		{ "GS2-KRB5", true },
		{ "EXTERNAL", true },
		{ "ANONYMOUS", true },
		{ "", false },
		{ "PLAIN=", false },
		{ "PLAINAGFsaWNl", false },
		{ "AGFsaWNlAGh1bnRlcjc3", false },
		{ "hunter77", false },
		{ "SCRAM-", false },
		{ "SCRAM-hunter 77", false },
		{ "SCRAM-AGFsaWNlAGh1bnRlcjc3", false },
		{ "GS2-a/b", false },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(words); i++) {
		struct span name = sasl_mechanism_name(span_of(words[i].word));

		if ((name.len > 0) != words[i].known)
			fail_msg("\"%s\" is %s", words[i].word, name.len > 0 ? "known" : "unknown");
		if (name.len > 0)
			assert_true(span_same(name, span_of(words[i].word)));
	}
	assert_int_equal(sasl_mechanism_name(span_from("PLAIN\0", 6)).len, 0);
}

static void
test_strangers(void **state)
{
	static const struct {
		const char *mechanism, *name;
		struct span secret;
		const char *told;
	} cases[] = {
		{ "PASS", "", SENT("hunter77"),
		  "auth PASS password - unknown\nauth-secret PASS password - unknown\n" },
		{ "login", "alice", SENT("hunter77"),
		  "auth LOGIN password - unknown\nauth-secret LOGIN password alice unknown\n" },
		{ "LOGIN", "alice", SENT(""), "auth LOGIN password - unknown\n" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct dialogue d;
		struct sasl sasl = { 0 };

		begin(&d);
		sasl_stranger(&sasl, &d, span_of(cases[i].mechanism), span_of(cases[i].name),
			cases[i].secret);
		assert_string_equal(buffer_text(&d.log), cases[i].told);
		check_silence(&d, cases[i].mechanism, "hunter77");
		assert_int_equal(d.secret.len, cases[i].secret.len);
		finish(&d);
	}
}

/* A name by one command, the secret by another one. */
static void
test_own_commands(void **state)
{
	static const struct {
		const char *name, *secret;
		enum auth_class kind;
		bool taint;
		const char *told;
	} cases[] = {
		{ "alice", "hunter77", AUTH_CLASS_PASSWORD, false,
		  "auth USER/PASS password alice unknown\n" SECRET("USER/PASS", "password", "alice")
		  "auth-end USER/PASS password alice rejected\n" },
		{ "", "hunter77", AUTH_CLASS_PASSWORD, false,
		  BEGUN("USER/PASS", "password") SECRET("USER/PASS", "password", "-")
		  "auth-end USER/PASS password - rejected\n" },
		{ "alice", "", AUTH_CLASS_PASSWORD, false,
		  "auth USER/PASS password alice unknown\nauth-end USER/PASS password alice rejected\n" },
		{ "mrose", MD5, AUTH_CLASS_CHALLENGE, false,
		  "auth USER/PASS challenge mrose unknown\n" SECRET("USER/PASS", "challenge", "mrose")
		  "auth-end USER/PASS challenge mrose rejected\n" },
		{ "alice", "hunter77", AUTH_CLASS_PASSWORD, true,
		  "auth USER/PASS password alice unknown\n" SECRET("USER/PASS", "password", "-")
		  "auth-end USER/PASS password - rejected\n" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct sasl sasl = { 0 };
		struct dialogue d;

		begin(&d);
		assert_false(sasl_is_open(&sasl));
		sasl_login(&sasl, &d, "USER/PASS", cases[i].kind, span_of(cases[i].name), span_of("USER <redacted>"));
		assert_true(sasl_is_open(&sasl));
		assert_false(sasl_awaits_response(&sasl));
		if (cases[i].taint)
			sasl_taint(&sasl);
		sasl_login_secret(&sasl, &d, span_of(cases[i].secret), span_of("PASS <redacted>"));
		sasl_answered(&sasl, &d, AUTH_REJECTED, 0, span_of("-ERR"));
		assert_false(sasl_is_open(&sasl));
		assert_string_equal(buffer_text(&d.log), cases[i].told);
		if (cases[i].secret[0] != '\0')
			check_silence(&d, "USER/PASS", cases[i].secret);
		assert_int_equal(d.secret.len > 0, cases[i].kind == AUTH_CLASS_PASSWORD && cases[i].secret[0] != '\0');
		finish(&d);
	}
}

/* Whether a line may be a response: until it has had as many as LOGIN has. */
static void
test_awaits_response(void **state)
{
	struct sasl sasl = { 0 };
	struct dialogue d;

	(void)state;
	begin(&d);
	assert_false(sasl_awaits_response(&sasl));
	sasl_begin(&sasl, &d, span_of("LOGIN"), span_of("AUTH LOGIN"));
	assert_true(sasl_awaits_response(&sasl));
	respond(&d, &sasl, span_of("alice"), false);
	assert_true(sasl_awaits_response(&sasl));
	respond(&d, &sasl, span_of("hunter77"), false);
	assert_false(sasl_awaits_response(&sasl));
	finish(&d);
}

/* The answer alone was captured: a password crossed, whose and which is not known. */
static void
test_unseen(void **state)
{
	struct dialogue d;
	struct sasl sasl = { 0 };

	(void)state;
	begin(&d);
	sasl_login_unseen(&sasl, &d, "LOGIN", AUTH_CLASS_PASSWORD, span_of("OK LOGIN completed"));
	sasl_answered(&sasl, &d, AUTH_ACCEPTED, 0, span_of("OK LOGIN completed"));
	assert_string_equal(buffer_text(&d.log), "auth LOGIN password - unknown\nauth-secret LOGIN password - unknown\n"
		"auth-end LOGIN password - accepted\n");
	assert_int_equal(d.secret.len, 0);
	finish(&d);
}

/* As commands and lines bring them: a first response or none, an answer to a challenge, a star. */
static void
test_commands(void **state)
{
	static const struct {
		const char *args, *answer;
		const char *log;
	} cases[] = {
		{ "PLAIN AGFsaWNlAGh1bnRlcjc3", NULL, "auth PLAIN password - unknown\nauth-secret PLAIN password alice unknown\n" },
		{ "PLAIN", "AGFsaWNlAGh1bnRlcjc3",
			"auth PLAIN password - unknown\nC command <redacted>\nauth-secret PLAIN password alice unknown\n" },
		{ "PLAIN", "*",
			"auth PLAIN password - unknown\nC command *\nC auth-aborted\nauth-end PLAIN password - aborted\n" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct dialogue d;
		struct sasl sasl = { 0 };

		begin(&d);
		sasl_ask(&sasl, &d, "AUTH", span_of(cases[i].args));
		if (cases[i].answer != NULL)
			sasl_answer(&sasl, &d, span_of(cases[i].answer));
		assert_string_equal(buffer_text(&d.log), cases[i].log);
		assert_null(strstr(buffer_text(&d.all), "hunter77"));
		assert_null(strstr(buffer_text(&d.all), "AGFsaWNl"));
		finish(&d);
	}
}

/* A name without its secret, and then another login; where none is open there is nothing to give up. */
static void
test_give_up(void **state)
{
	struct dialogue d;
	struct sasl sasl = { 0 };

	(void)state;
	begin(&d);
	sasl_give_up(&sasl, &d);
	assert_int_equal(d.log.len, 0);
	sasl_login(&sasl, &d, "USER/PASS", AUTH_CLASS_PASSWORD, span_of("alice"), span_of("USER <redacted>"));
	sasl_give_up(&sasl, &d);
	assert_false(sasl_is_open(&sasl));
	assert_non_null(strstr(buffer_text(&d.log), "auth-end USER/PASS password alice aborted\n"));
	finish(&d);
}

/* What may be in a hole nobody gave up; the login after that one is told apart again. */
static void
test_lost_answer(void **state)
{
	struct dialogue d;
	struct sasl sasl = { 0 };

	(void)state;
	begin(&d);
	sasl_login(&sasl, &d, "USER/PASS", AUTH_CLASS_PASSWORD, span_of("alice"), span_of("USER <redacted>"));
	sasl_lose_answer(&sasl);
	sasl_give_up(&sasl, &d);
	assert_false(sasl_is_open(&sasl));
	assert_null(strstr(buffer_text(&d.log), "auth-end"));
	sasl_login(&sasl, &d, "USER/PASS", AUTH_CLASS_PASSWORD, span_of("alice"), span_of("USER <redacted>"));
	sasl_give_up(&sasl, &d);
	assert_non_null(strstr(buffer_text(&d.log), "auth-end USER/PASS password alice aborted\n"));
	finish(&d);
}

/* Behind a refusal a line is a response only of a client that did not wait: what it sent was under way. */
static void
test_refused_too_late(void **state)
{
	static const struct {
		enum auth_outcome outcome;
		size_t pending;
		bool secret, goes_on;
		bool awaits;
	} cases[] = {
		{ AUTH_REJECTED, 0, false, false, false },
		{ AUTH_REJECTED, 10, false, false, true },
		{ AUTH_REFUSED_TLS, 10, false, false, true },
		{ AUTH_OUTCOME_UNKNOWN, 10, false, false, true },
		{ AUTH_REJECTED, 10, true, false, false },
		{ AUTH_REJECTED, 10, false, true, false },
		{ AUTH_ACCEPTED, 10, false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct sasl sasl = { 0 };
		struct dialogue d;

		begin(&d);
		d.pending = cases[i].pending;
		sasl_ask(&sasl, &d, "AUTH", span_of(cases[i].secret ? "PLAIN AGFsaWNlAGh1bnRlcjc3" : "PLAIN"));
		if (cases[i].goes_on)
			sasl_went_on(&sasl);
		sasl_answered(&sasl, &d, cases[i].outcome, 538, span_of("538"));
		if (sasl_awaits_response(&sasl) != cases[i].awaits)
			fail_msg("case %zu: %s", i, cases[i].awaits ? "nothing is awaited" : "a response is awaited");
		buffer_clear(&d.log);
		sasl_response(&sasl, &d, span_of("AGFsaWNlAGh1bnRlcjc3"), span_of("<redacted>"));
		assert_int_equal(strstr(buffer_text(&d.log), "auth-secret") != NULL, cases[i].awaits);
		finish(&d);
	}
}

/* Where an answer names its login, that may be an earlier one, of which nothing is told but how it ended. */
static void
test_answers_by_serial(void **state)
{
	struct dialogue d;
	struct sasl sasl = { 0 };
	uint32_t first;

	(void)state;
	begin(&d);
	sasl_login(&sasl, &d, "SIMPLE", AUTH_CLASS_PASSWORD, span_of("alice"), span_of("bind"));
	first = sasl.facts.serial;
	sasl_login(&sasl, &d, "SIMPLE", AUTH_CLASS_PASSWORD, span_of("bob"), span_of("bind"));
	assert_int_not_equal(first, sasl.facts.serial);
	buffer_clear(&d.log);
	sasl_answered_to(&sasl, &d, 0, AUTH_ACCEPTED, 0, span_of("no login"));
	assert_int_equal(d.log.len, 0);
	sasl_answered_to(&sasl, &d, first, AUTH_REJECTED, 49, span_of("49"));
	assert_string_equal(buffer_text(&d.log), "auth-end - unknown - rejected\n");
	assert_true(sasl_is_open(&sasl));
	buffer_clear(&d.log);
	sasl_answered_to(&sasl, &d, sasl.facts.serial, AUTH_ACCEPTED, 0, span_of("0"));
	assert_string_equal(buffer_text(&d.log), "auth-end SIMPLE password bob accepted\n");
	assert_false(sasl_is_open(&sasl));
	finish(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_commands),
		cmocka_unit_test(test_awaits_response),
		cmocka_unit_test(test_logins),
		cmocka_unit_test(test_names_without_a_secret),
		cmocka_unit_test(test_password_asked_first),
		cmocka_unit_test(test_taint),
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_no_exchange),
		cmocka_unit_test(test_bad_base64),
		cmocka_unit_test(test_responses_crossed),
		cmocka_unit_test(test_random_ntlm),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_mechanism_names),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_unseen),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_give_up),
		cmocka_unit_test(test_lost_answer),
		cmocka_unit_test(test_refused_too_late),
		cmocka_unit_test(test_answers_by_serial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
