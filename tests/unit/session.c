/* What a session remembers of a dialogue, and what it answers to rules and to the store. */
#include "base/text.h"
#include "model/session_private.h"
#include "shared/build_session.h"
#include "shared/check_transcript.h"

/* The dialogue ------------------------------------------------------------------------------------ */

/* One line of facts about a session. */
static void
say_upgrade(struct buffer *out, const struct session *s)
{
	const struct upgrade *u = session_upgrade(s);

	if (u == NULL) {
		buffer_add_text(out, "no ask");
		return;
	}
	buffer_printf(out, "ask:%u%s%s offered:%d agreed:%d answer:%u held:%llu client:%u server:%u", u->asked.code,
		u->after_login ? " after login" : "", u->inside_transaction ? " in mail" : "", u->offered,
		u->agreed, u->answer.code, u->held.seen ? (unsigned long long)u->held.where.length : 0ULL,
		u->client_plain_lines, u->server_plain_lines);
}

static const struct {
	const char *script;
	enum known  offer;
	size_t      capabilities;
	const char *upgrade;
} dialogues[] = {
	{ "greet; quit", UNKNOWN, 0, "no ask" },
	{ "greet; helo; mail", UNKNOWN, 0, "no ask" },
	{ "greet; ehlo 8BITMIME|STARTTLS; quit", YES, 2, "no ask" },
	{ "greet; ehlo 8BITMIME; quit", NO, 1, "no ask" },
	{ "greet; ehlo ; quit", NO, 0, "no ask" },
	{ "greet; ehlo-cut 8BITMIME; quit", UNKNOWN, 1, "no ask" },
	{ "greet; ehlo-cut 8BITMIME|PIPELINING; ehlo-cut SIZE; quit", UNKNOWN, 2, "no ask" },
	{ "greet; ehlo-cut 8BITMIME; ehlo STARTTLS|SIZE; quit", YES, 2, "no ask" },
	{ "greet; ehlo SIZE|STARTTLS; ehlo SIZE; quit", YES, 2, "no ask" },
	{ "greet; ehlo STARTTLS; ask; agree",
	  YES, 1, "ask:0 offered:2 agreed:2 answer:220 held:0 client:0 server:0" },
	{ "greet; ehlo SIZE; ask; refuse 502 no",
	  NO, 1, "ask:0 offered:1 agreed:1 answer:502 held:0 client:0 server:0" },
	{ "greet; ask; refuse 503 name first",
	  UNKNOWN, 0, "ask:0 offered:0 agreed:1 answer:503 held:0 client:0 server:0" },
	{ "greet; ehlo STARTTLS; ask",
	  YES, 1, "ask:0 offered:2 agreed:0 answer:0 held:0 client:0 server:0" },
	{ "greet; ehlo STARTTLS; ask argument; refuse 501 no",
	  YES, 1, "ask:1 offered:2 agreed:1 answer:501 held:0 client:0 server:0" },
	{ "greet; ehlo STARTTLS; ask; refuse 454 later; ask; agree",
	  YES, 1, "ask:0 offered:2 agreed:2 answer:220 held:0 client:0 server:0" },
	{ "greet; ehlo STARTTLS; ask; refuse 454 later; ask argument; refuse 501 no",
	  YES, 1, "ask:1 offered:2 agreed:1 answer:501 held:0 client:0 server:0" },
	{ "greet; ehlo STARTTLS; ask; agree; ask argument; refuse 503 no",
	  YES, 1, "ask:0 offered:2 agreed:2 answer:220 held:0 client:0 server:0" },
	{ "greet; ehlo STARTTLS|AUTH PLAIN; auth PLAIN ok; ask; agree",
	  YES, 2, "ask:0 after login offered:2 agreed:2 answer:220 held:0 client:0 server:0" },
	{ "greet; ehlo STARTTLS|AUTH PLAIN; auth PLAIN bad; ask in-mail; agree",
	  YES, 2, "ask:0 in mail offered:2 agreed:2 answer:220 held:0 client:0 server:0" },
	{ "greet; ehlo STARTTLS; ask; agree; note C plaintext-before-tls EHLO; note C plaintext-after-agree NOOP; "
	  "note C plaintext-after-agree NOOP; note S plaintext-after-agree 250 ok",
	  YES, 1, "ask:0 offered:2 agreed:2 answer:220 held:20 client:2 server:1" },
};

static void
test_dialogues(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(dialogues); i++) {
		struct build b;
		struct buffer upgrade = { 0 };

		build_begin(&b);
		build_play(&b, dialogues[i].script);
		build_close(&b);
		say_upgrade(&upgrade, b.session);
		if (session_offer(b.session) != dialogues[i].offer)
			fail_msg("%s: offer %d", dialogues[i].script, session_offer(b.session));
		if (b.session->capabilities.count != dialogues[i].capabilities)
			fail_msg("%s: %zu capabilities", dialogues[i].script, b.session->capabilities.count);
		if (strcmp(buffer_text(&upgrade), dialogues[i].upgrade) != 0)
			fail_msg("%s: %s", dialogues[i].script, buffer_text(&upgrade));
		check_transcript(b.session);
		buffer_free(&upgrade);
		build_end(&b);
	}
}

/* The name that the server accepted is the client's, whatever it told before. */
static void
test_client_names(void **state)
{
	static const struct {
		const char *script, *name, *refused, *basic;
		bool        accepted;
	} cases[] = {
		{ "greet; quit", "", "", "", false },
		{ "greet; name one; ehlo SIZE", "one", "", "", true },
		{ "greet; name one; ehlo-refused 500; name two; helo", "two", "one", "two", true },
		{ "greet; name one; ehlo-refused 501; name two; ehlo SIZE", "two", "one", "", true },
		{ "greet; name one; ehlo SIZE; name two; ehlo SIZE", "one", "", "", true },
		{ "greet; name one; ehlo-refused 500; name two; ehlo-refused 500", "one", "one", "", false },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct build b;

		build_begin(&b);
		build_play(&b, cases[i].script);
		if (!span_is(b.session->client_name.text, cases[i].name) ||
		    !span_is(b.session->refused_name.text, cases[i].refused) ||
		    !span_is(b.session->basic_name.text, cases[i].basic) ||
		    b.session->name_accepted != cases[i].accepted)
			fail_msg("%s: another name", cases[i].script);
		build_end(&b);
	}
}

static void
test_logins(void **state)
{
	static const struct {
		const char *script;
		uint32_t    secrets, exposed;
		const char *outcomes;
	} cases[] = {
		{ "auth PLAIN ok", 1, EXPOSED_CREDENTIAL | EXPOSED_ACCOUNT, "accepted " },
		{ "auth PLAIN bad; auth LOGIN ok", 2, EXPOSED_CREDENTIAL | EXPOSED_ACCOUNT, "rejected accepted " },
		{ "auth XOAUTH2 tls", 1, EXPOSED_CREDENTIAL | EXPOSED_ACCOUNT, "refused-tls " },
		{ "auth CRAM-MD5 ok", 0, EXPOSED_ACCOUNT, "accepted " },
		{ "auth SCRAM-SHA-1 bad", 0, EXPOSED_ACCOUNT, "rejected " },
		{ "auth PLAIN cancelled", 0, 0, "aborted " },
		{ "auth PLAIN none", 1, EXPOSED_CREDENTIAL | EXPOSED_ACCOUNT, "unknown " },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct build b;
		struct buffer outcomes = { 0 };

		build_begin(&b);
		build_play(&b, cases[i].script);
		for (const struct auth *a = b.session->auths; a != NULL; a = a->next)
			buffer_printf(&outcomes, "%s ", auth_outcome_word(a->facts.outcome));
		if (strcmp(buffer_text(&outcomes), cases[i].outcomes) != 0)
			fail_msg("%s: %s", cases[i].script, buffer_text(&outcomes));
		if (b.session->secrets != cases[i].secrets || b.session->exposed != cases[i].exposed)
			fail_msg("%s: %u secrets, exposed %u", cases[i].script, b.session->secrets,
				b.session->exposed);
		buffer_free(&outcomes);
		build_end(&b);
	}
}

static void
tell_login(struct session *session, enum event_kind kind, uint32_t serial, enum auth_outcome outcome)
{
	build_login_event(session, kind, serial, outcome, span_of("alice"));
}

/* Answers come in any order, or not at all: each is that of the login it names. */
static void
test_answers_of_logins(void **state)
{
	static const struct {
		const char *answers;            /* serial and outcome of each */
		const char *outcomes;
	} cases[] = {
		{ "", "unknown unknown unknown " },
		{ "2 accepted", "unknown accepted unknown " },
		{ "3 rejected 1 accepted", "accepted unknown rejected " },
		{ "1 rejected 1 accepted", "rejected unknown unknown " },
		{ "1 unknown 1 accepted", "unknown unknown unknown " },
		{ "0 accepted 4 accepted", "unknown unknown unknown " },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct span rest = span_of(cases[i].answers), serial, outcome;
		struct buffer outcomes = { 0 };
		struct build b;

		build_begin(&b);
		for (uint32_t n = 1; n <= 3; n++)
			tell_login(b.session, EVENT_AUTH, n, AUTH_OUTCOME_UNKNOWN);
		while (span_take_word(&rest, &serial) && span_take_word(&rest, &outcome))
			tell_login(b.session, EVENT_AUTH_END, (uint32_t)(serial.at[0] - '0'),
				span_is(outcome, "accepted")   ? AUTH_ACCEPTED
				: span_is(outcome, "rejected") ? AUTH_REJECTED
				                               : AUTH_OUTCOME_UNKNOWN);
		for (const struct auth *a = b.session->auths; a != NULL; a = a->next)
			buffer_printf(&outcomes, "%s ", auth_outcome_word(a->facts.outcome));
		if (strcmp(buffer_text(&outcomes), cases[i].outcomes) != 0)
			fail_msg("%s: %s", cases[i].answers, buffer_text(&outcomes));
		buffer_free(&outcomes);
		build_end(&b);
	}
}

/* Questions --------------------------------------------------------------------------------------- */

static void
test_is_clean(void **state)
{
	static const struct {
		const char *script;
		bool        at_first, at_last;
	} cases[] = {
		{ "greet; ehlo SIZE; mail", true, true },
		{ "greet; ehlo SIZE; gap C; mail", true, false },
		{ "greet; gap S; ehlo SIZE", true, false },
		{ "gap S; greet; mail", false, false },
		{ "flow midstream; greet; mail", false, false },
		{ "flow one-sided; greet; mail", false, false },
		{ "flow open; greet; mail", true, true },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct build b;

		build_begin(&b);
		build_play(&b, cases[i].script);
		if (session_is_clean(b.session, 1) != cases[i].at_first ||
		    session_is_clean(b.session, b.session->order) != cases[i].at_last)
			fail_msg("%s: clean or not", cases[i].script);
		build_end(&b);
	}
}

static void
test_gaps(void **state)
{
	struct build b;

	(void)state;
	build_begin(&b);
	build_play(&b, "greet; gap S; gap C; gap S; quit");
	assert_true(b.session->gap);
	assert_int_equal(b.session->gap_bytes[SERVER], 2 * BUILD_LINE_LENGTH);
	assert_int_equal(b.session->gap_bytes[CLIENT], BUILD_LINE_LENGTH);
	assert_int_equal(b.session->gap_at.where.order, 3);
	assert_int_equal(b.session->gap_at.side, SERVER);
	assert_int_equal(b.session->gap_at.where.order, 3);
	build_end(&b);
}

/* What an absence in the capture leaves unknown. */
static void
test_tls_questions(void **state)
{
	static const struct {
		const char *script;
		bool        midstream, one_sided;
		enum known  requested, started, established;
	} cases[] = {
		{ "greet; ehlo STARTTLS; quit", false, false, NO, NO, NO },
		{ "greet; ehlo STARTTLS; quit", true, false, UNKNOWN, UNKNOWN, UNKNOWN },
		{ "greet; ehlo STARTTLS; ask; refuse 454", true, false, YES, UNKNOWN, UNKNOWN },
		{ "greet; ehlo STARTTLS; ask; agree; tls", false, false, YES, YES, YES },
		{ "tls", false, false, NO, YES, YES },
		{ "greet", false, true, UNKNOWN, UNKNOWN, UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct build b;

		build_begin(&b);
		build_play(&b, cases[i].script);
		b.session->midstream = cases[i].midstream;
		b.session->one_sided = cases[i].one_sided;
		if (session_tls_requested(b.session) != cases[i].requested ||
		    session_tls_started(b.session) != cases[i].started ||
		    session_tls_established(b.session) != cases[i].established)
			fail_msg("case %zu: %d %d %d", i, session_tls_requested(b.session),
				session_tls_started(b.session), session_tls_established(b.session));
		assert_int_equal(session_client_was_seen(b.session), !cases[i].one_sided);
		build_end(&b);
	}
}

static void
test_starttls_reply(void **state)
{
	static const char *const cases[][2] = {
		{ "greet; quit", "" },
		{ "greet; ehlo STARTTLS; ask", "" },
		{ "greet; ehlo STARTTLS; ask; refuse 454", "454" },
	};
	char number[REPLY_TEXT_SIZE];
	struct build b;

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct span reply;

		build_begin(&b);
		build_play(&b, cases[i][0]);
		reply = session_starttls_reply(b.session, number);
		assert_int_equal(reply.len, strlen(cases[i][1]));
		assert_memory_equal(reply.at != NULL ? reply.at : (const void *)"", cases[i][1], reply.len);
		build_end(&b);
	}
	build_begin(&b);
	build_play(&b, "greet; ehlo STARTTLS; ask; agree");
	b.session->last_upgrade->answer.code = 0;
	b.session->last_upgrade->answer.text = span_of("+OK begin TLS");
	assert_true(span_equal(session_starttls_reply(b.session, number), span_of("+OK")));
	build_end(&b);
}

static void
test_complete(void **state)
{
	struct buffer text = { 0 };
	struct build b;

	(void)state;
	build_begin(&b);
	session_complete(&text, b.session);
	assert_string_equal(buffer_text(&text), "full");
	buffer_clear(&text);
	b.session->one_sided = b.session->open = true;
	session_complete(&text, b.session);
	assert_string_equal(buffer_text(&text), "one-sided,open");
	assert_int_equal(session_lacks(b.session), LACKS_SIDE | LACKS_END);
	buffer_free(&text);
	build_end(&b);
}

/* Memory of TLS is taken once there is some: by a session that asked for it in vain, none. */
static void
test_tls_begins(void **state)
{
	struct build b, other;

	(void)state;
	build_begin(&b);
	build_begin(&other);
	build_play(&b, "greet; ehlo STARTTLS; ask; refuse 454; quit");
	build_fact(&b, CLIENT, EVENT_CLOSE, 0, "fin");
	assert_ptr_equal(b.session->tls, &tls_unseen);
	assert_int_equal(b.session->tls->established, UNKNOWN);
	build_play(&other, "greet; ehlo STARTTLS; ask; agree; tls");
	assert_ptr_not_equal(other.session->tls, &tls_unseen);
	assert_true(other.session->tls->started.seen);
	assert_false(tls_unseen.started.seen);
	build_end(&b);
	build_end(&other);
}

static void
test_cipher(void **state)
{
	static const struct cipher_suite suite = { .name = "TLS_AES_128_GCM_SHA256" };
	struct tls_client_hello client = { .alpn = span_of("smtp,imap") };
	struct tls_server_hello server = { .cipher_id = 0x0abc };
	char unnamed[CIPHER_TEXT_SIZE];
	struct build b;

	(void)state;
	build_begin(&b);
	assert_null(session_cipher(b.session, unnamed));
	assert_int_equal(session_next_protocol(b.session).len, 0);
	session_tls(b.session)->client_hello = &client;
	session_tls(b.session)->server_hello = &server;
	assert_string_equal(session_cipher(b.session, unnamed), "0x0abc");
	assert_true(span_equal(session_next_protocol(b.session), span_of("smtp,imap")));
	server.cipher = &suite;
	server.alpn = span_of("smtp");
	assert_string_equal(session_cipher(b.session, unnamed), suite.name);
	assert_true(span_equal(session_next_protocol(b.session), span_of("smtp")));
	build_end(&b);
}

static void
test_is_access(void **state)
{
	static const struct {
		const char *protocol, *script;
		uint16_t    port;
		bool        access;
	} cases[] = {
		{ "smtp", "greet", 25, false },
		{ "smtp", "greet", 587, true },
		{ "smtp", "greet", 465, true },
		{ "smtp", "greet", 2525, true },
		{ "smtp", "greet; auth PLAIN ok", 25, true },
		{ "smtp", "greet", 10025, false },
		{ "imap", "", 993, true },
		{ "pop3", "", 995, true },
		{ "imap", "", 10993, true },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct build b;

		build_begin(&b);
		b.session->protocol = cases[i].protocol;
		b.session->server.port = cases[i].port;
		build_play(&b, cases[i].script);
		if (session_is_access(b.session) != cases[i].access)
			fail_msg("%s on %u: access or not", cases[i].protocol, cases[i].port);
		build_end(&b);
	}
}

static void
test_is_local(void **state)
{
	const struct address six = { { [15] = 1 } };
	const struct {
		struct address client, server;
		bool           local;
	} cases[] = {
		{ build_address(192, 0, 2, 1), build_address(192, 0, 2, 2), false },
		{ build_address(192, 0, 2, 1), build_address(192, 0, 2, 1), true },
		{ build_address(127, 0, 0, 1), build_address(127, 0, 0, 2), true },
		{ six, six, true },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct build b;

		build_begin(&b);
		b.session->client.address = cases[i].client;
		b.session->server.address = cases[i].server;
		assert_int_equal(session_is_local(b.session), cases[i].local);
		build_end(&b);
	}
}

/* Orders count events and notes as they come, from 1. */
static void
test_orders(void **state)
{
	struct build b;

	(void)state;
	build_begin(&b);
	build_tell(&b, SERVER, EVENT_GREETING, 220, "hello");
	build_note(&b, SERVER, NOTE_BARE_LF, "");
	build_tell(&b, CLIENT, EVENT_COMMAND, 0, "EHLO a");
	assert_int_equal(b.session->greeting.where.order, 1);
	assert_int_equal(session_find_note(b.session, NOTE_BARE_LF)->quote.where.order, 2);
	assert_int_equal(b.session->first_command.where.order, 3);
	assert_int_equal(b.session->order, 3);
	build_end(&b);
}

/* Words ------------------------------------------------------------------------------------------- */

static void
check_word(const char *word, const char *other)
{
	assert_non_null(word);
	assert_int_equal(strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(word));
	assert_true(*word != '\0');
	if (other != NULL)
		assert_string_not_equal(word, other);
}

static void
test_words(void **state)
{
	(void)state;
	for (unsigned i = 0; i < EVENT_KINDS; i++) {
		check_word(event_word((enum event_kind)i), NULL);
		for (unsigned k = 0; k < i; k++)
			check_word(event_word((enum event_kind)i), event_word((enum event_kind)k));
	}
	for (unsigned i = 0; i < NOTE_KINDS; i++) {
		check_word(note_word((enum note_kind)i), NULL);
		for (unsigned k = 0; k < i; k++)
			check_word(note_word((enum note_kind)i), note_word((enum note_kind)k));
	}
	assert_true(event_is_logged(EVENT_COMMAND));
	assert_true(event_is_logged(EVENT_CLOSE));
	assert_false(event_is_logged(EVENT_AUTH_SECRET));
	assert_string_equal(auth_outcome_word(AUTH_OUTCOME_UNKNOWN), "unknown");
	assert_string_equal(auth_outcome_word(AUTH_REFUSED_TLS), "refused-tls");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dialogues),
		cmocka_unit_test(test_client_names),
		cmocka_unit_test(test_logins),
		cmocka_unit_test(test_answers_of_logins),
		cmocka_unit_test(test_is_clean),
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_tls_questions),
		cmocka_unit_test(test_starttls_reply),
		cmocka_unit_test(test_complete),
		cmocka_unit_test(test_tls_begins),
		cmocka_unit_test(test_cipher),
		cmocka_unit_test(test_is_access),
		cmocka_unit_test(test_is_local),
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
