/* link: dissectors */
/* Logins of every mechanism: which facts are told, and that no secret is, whatever the client sent (RFC 4422, RFC 4616,
 * RFC 5802, RFC 7628, RFC 2195, RFC 2831, MS-NLMP). */
#include "shared/sasl_dialogue.h"

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
	  BEGUN("X-OAUTH2", "token") SECRET("X-OAUTH2", "token", "alice@example.org"),
	  "ya29.hunter77", "ya29.hunter77" },
	{ "a token of an older kind", "X-GOOGLE-TOKEN", { SENT("\0alice\0ya29.hunter77") },
	  BEGUN("X-GOOGLE-TOKEN", "token") SECRET("X-GOOGLE-TOKEN", "token", "alice"),
	  "ya29.hunter77", "ya29.hunter77" },
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
	  BEGUN("NTLM", "challenge") SECRET("NTLM", "challenge", "a\xF0\x9F\x98\x80\xEF\xBF\xBD" "b"),
	  "hunter77", NULL },
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logins),
		cmocka_unit_test(test_names_without_a_secret),
		cmocka_unit_test(test_responses_crossed),
		cmocka_unit_test(test_random_ntlm),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_mechanism_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
