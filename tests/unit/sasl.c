/* link: dissectors */
/* The course of a login, whatever the mechanism: how it begins, who answers what, how it ends, and what a hole in it
 * leaves (RFC 4422, RFC 4954). */
#include "shared/sasl_dialogue.h"

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
		{ "PLAIN AGFsaWNlAGh1bnRlcjc3", NULL,
		  "auth PLAIN password - unknown\nauth-secret PLAIN password alice unknown\n" },
		{ "PLAIN", "AGFsaWNlAGh1bnRlcjc3",
			"auth PLAIN password - unknown\nC command <redacted>\n"
			"auth-secret PLAIN password alice unknown\n" },
		{ "PLAIN", "*",
			"auth PLAIN password - unknown\nC command *\nC auth-aborted\n"
			"auth-end PLAIN password - aborted\n" },
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
		cmocka_unit_test(test_password_asked_first),
		cmocka_unit_test(test_taint),
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_no_exchange),
		cmocka_unit_test(test_bad_base64),
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
