/* What a session forgets: its lists are bounded, its memory comes from the budget and goes back to it, and what is lost
 * is known to be lost. */
#include "model/session_private.h"
#include "shared/build_session.h"
#include "shared/check_transcript.h"

/* Lists ------------------------------------------------------------------------------------------- */

static size_t
count_capabilities(const struct capability_list *list)
{
	size_t count = 0;

	for (const struct capability *c = list->first; c != NULL; c = c->next)
		count++;
	assert_int_equal(count, list->count);
	return count;
}

static void
tell_login(struct session *session, enum event_kind kind, uint32_t serial, enum auth_outcome outcome)
{
	build_login_event(session, kind, serial, outcome, span_of("alice"));
}

static size_t
count_auths(const struct session *session)
{
	size_t count = 0;

	for (const struct auth *a = session->auths; a != NULL; a = a->next)
		count++;
	return count;
}

static void
test_capabilities_are_bounded(void **state)
{
	static const size_t counts[] = { 1, 63, 64, 65, 5000 };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(counts); i++) {
		struct build b;
		bool over = counts[i] > 64;

		build_begin(&b);
		build_fact(&b, SERVER, EVENT_CAPABILITIES_BEGIN, 0, "");
		for (size_t k = 0; k < counts[i]; k++)
			build_capability(&b, "8BITMIME");
		build_fact(&b, SERVER, EVENT_CAPABILITIES_END, 0, "");
		assert_int_equal(count_capabilities(&b.session->capabilities), over ? 64 : counts[i]);
		assert_int_equal(b.session->truncated, over);
		build_end(&b);
	}
}

/* What is said of a capability that found no room is not filed under another one. */
static void
test_offer_beyond_the_limit(void **state)
{
	struct build b;

	(void)state;
	build_begin(&b);
	build_fact(&b, SERVER, EVENT_CAPABILITIES_BEGIN, 0, "");
	for (size_t k = 0; k < 64; k++)
		build_capability(&b, "8BITMIME");
	build_capability(&b, "STARTTLS");
	build_fact(&b, SERVER, EVENT_CAPABILITIES_END, 0, "");
	assert_int_equal(session_offer(b.session), YES);
	for (const struct capability *c = b.session->capabilities.first; c != NULL; c = c->next)
		assert_int_equal(c->quote.code, 0);
	build_end(&b);
}

static void
test_logins_are_bounded(void **state)
{
	static const size_t counts[] = { 1, 64, 65, 1000 };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(counts); i++) {
		struct build b;
		bool over = counts[i] > 64;

		build_begin(&b);
		for (size_t k = 0; k < counts[i]; k++)
			build_play(&b, "auth PLAIN bad alice");
		assert_int_equal(count_auths(b.session), counts[i] > 72 ? 72 : counts[i]);
		assert_int_equal(b.session->truncated, over);
		build_end(&b);
	}
}

/* Of many logins every secret is counted, and there is room left for those that say most. */
static void
test_logins_beyond_the_limit(void **state)
{
	static const struct {
		unsigned    count;
		const char *first, *last;
		uint32_t    secrets;
		size_t      kept;
		bool        last_kept;
		bool        line;               /* its secret is quoted as it was */
	} cases[] = {
		{ 64, "auth PLAIN bad", "auth PLAIN bad bob", 65, 65, true, true },
		{ 72, "auth PLAIN bad", "auth PLAIN bad bob", 73, 72, false, false },
		{ 72, "auth PLAIN bad", "auth PLAIN ok bob", 73, 73, true, false },
		{ 80, "auth PLAIN ok", "auth PLAIN ok bob", 81, 80, false, false },
		{ 80, "auth PLAIN ok", "auth PLAIN bad bob", 81, 80, false, false },
		{ 64, "auth ANONYMOUS cancelled", "auth PLAIN bad bob", 1, 65, true, true },
		{ 64, "auth ANONYMOUS cancelled", "auth ANONYMOUS cancelled bob", 0, 64, false, false },
		{ 5000, "auth PLAIN bad", "auth XOAUTH2 ok bob", 5001, 73, true, false },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		const struct auth *last;
		bool kept;
		struct build b;

		build_begin(&b);
		for (unsigned k = 0; k < cases[i].count; k++)
			build_play(&b, cases[i].first);
		build_play(&b, cases[i].last);
		last = b.session->last_auth;
		kept = span_is(last->facts.username, "bob");
		if (kept != cases[i].last_kept || b.session->secrets != cases[i].secrets)
			fail_msg("case %zu: kept %d, %u secrets", i, kept, b.session->secrets);
		assert_int_equal(count_auths(b.session), cases[i].kept);
		assert_true(b.session->truncated);
		if (kept) {
			assert_true(last->in_clear && last->secret.seen && last->begin.seen && last->answer.seen);
			assert_int_equal(last->begin.where.offset, b.where[CLIENT].offset);
			assert_int_equal(span_equal(last->secret.text, last->facts.mechanism), !cases[i].line);
		}
		build_end(&b);
	}
}

/* What is said of a login that found no room is not filed under another one. */
static void
test_login_without_room(void **state)
{
	struct build b;

	(void)state;
	build_begin(&b);
	for (uint32_t n = 1; n <= 66; n++)
		tell_login(b.session, EVENT_AUTH, n, AUTH_OUTCOME_UNKNOWN);
	tell_login(b.session, EVENT_AUTH_SECRET, 65, AUTH_OUTCOME_UNKNOWN);
	tell_login(b.session, EVENT_AUTH_END, 65, AUTH_ACCEPTED);
	assert_int_equal(b.session->secrets, 1);
	assert_int_equal(count_auths(b.session), 64);
	for (const struct auth *a = b.session->auths; a != NULL; a = a->next)
		assert_true(!a->secret.seen && a->facts.outcome == AUTH_OUTCOME_UNKNOWN);
	tell_login(b.session, EVENT_AUTH_END, 66, AUTH_ACCEPTED);
	assert_int_equal(count_auths(b.session), 65);
	assert_int_equal(b.session->last_auth->facts.serial, 66);
	assert_false(b.session->last_auth->secret.seen);
	build_end(&b);
}

/* The name of a login that is kept once its secret came takes memory once, as that of any other. */
static void
test_late_login_is_copied_once(void **state)
{
	static const uint8_t name[100000] = { 'a' };
	struct budget budget = { .limit = 1u << 20 };
	struct session *session = session_new(&budget);
	size_t used;

	(void)state;
	assert_non_null(session);
	for (uint32_t n = 1; n <= 65; n++)
		tell_login(session, EVENT_AUTH, n, AUTH_OUTCOME_UNKNOWN);
	used = budget.used;
	build_login_event(session, EVENT_AUTH_SECRET, 65, AUTH_OUTCOME_UNKNOWN, span_from(name, sizeof(name)));
	assert_int_equal(session->last_auth->facts.username.len, sizeof(name));
	assert_in_range(budget.used - used, sizeof(name), sizeof(name) * 3 / 2);
	session_free(&session);
}

/* Of many requests the first ones stay, the one that was agreed to, and the latest. */
static void
test_requests_beyond_the_limit(void **state)
{
	static const struct {
		size_t asks, agreed;    /* how many, and which of them was agreed to: 0 for none */
		size_t kept;
		bool   cut;
	} cases[] = {
		{ 16, 0, 16, false },
		{ 17, 0, 17, false },
		{ 18, 0, 17, true },
		{ 17, 17, 17, false },
		{ 18, 17, 18, false },
		{ 100, 0, 17, true },
		{ 100, 3, 17, true },
		{ 19, 17, 19, false },
		{ 100, 17, 19, true },
		{ 100, 60, 19, true },
		{ 100, 100, 17, true },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		const struct upgrade *upgrade;
		struct build b;
		size_t kept = 0;

		build_begin(&b);
		for (size_t k = 1; k <= cases[i].asks; k++) {
			build_play(&b, k == cases[i].asks ? "ask argument" : "ask");
			if (k == cases[i].agreed)
				build_play(&b, "agree");
			else
				build_play(&b, "refuse 454 not now");
		}
		for (upgrade = b.session->upgrades; upgrade != NULL; upgrade = upgrade->next)
			kept++;
		upgrade = session_upgrade(b.session);
		if (kept != cases[i].kept || b.session->truncated != cases[i].cut ||
			(upgrade->agreed == YES) != (cases[i].agreed != 0))
			fail_msg("%zu requests, %zu agreed to: %zu kept", cases[i].asks, cases[i].agreed, kept);
		assert_int_equal(b.session->last_upgrade->asked.code, ASK_WITH_ARGUMENT);
		assert_true(b.session->last_upgrade->answer.seen);
		assert_int_equal(b.session->asks, cases[i].asks);
		assert_int_equal(b.session->last_upgrade->asked.text.len > 0, cases[i].asks <= 64);
		build_end(&b);
	}
}

/* What a rule has told of stays where it was: the first with an argument, and the first behind the agreement. */
static void
test_first_requests_of_a_kind(void **state)
{
	uint32_t argument = 0, again = 0;
	struct build b;

	(void)state;
	build_begin(&b);
	for (size_t k = 1; k <= 100; k++) {
		bool argued = false, agreed = false;

		build_play(&b, k % 10 == 0 && k >= 20 ? "ask argument" : "ask");
		argument = k == 20 ? b.session->last_upgrade->asked.where.order : argument;
		again = k == 51 ? b.session->last_upgrade->asked.where.order : again;
		if (k == 50)
			build_play(&b, "agree");
		else
			build_play(&b, "refuse 454 not now");
		for (const struct upgrade *u = b.session->upgrades; u != NULL; u = u->next) {
			if (u->asked.code == ASK_WITH_ARGUMENT && !argued)
				assert_int_equal(u->asked.where.order, argument);
			argued |= u->asked.code == ASK_WITH_ARGUMENT;
			if (agreed)
				assert_int_equal(u->asked.where.order, again);
			agreed = u->agreed == YES;
		}
		assert_int_equal(argued, k >= 20);
	}
	build_end(&b);
}

/* Requests of ever another kind, as far as there are any: still there is an end. */
static void
test_requests_of_every_kind(void **state)
{
	struct build b;
	size_t kept = 0;

	(void)state;
	build_begin(&b);
	for (uint32_t code = 0; code < 1000; code++) {
		build_fact(&b, CLIENT, EVENT_TLS_ASKED, code, "STARTTLS");
		build_play(&b, "refuse 454 not now");
	}
	for (const struct upgrade *u = b.session->upgrades; u != NULL; u = u->next)
		kept++;
	assert_int_equal(kept, UPGRADES_HELD);
	assert_true(b.session->truncated);
	build_end(&b);
}

static void
test_upgrades_and_alerts_are_bounded(void **state)
{
	struct build b;
	size_t upgrades = 0, alerts = 0;

	(void)state;
	build_begin(&b);
	for (size_t k = 0; k < 1000; k++) {
		build_play(&b, "ask");
		build_play(&b, "refuse 454 not now");
	}
	for (const struct upgrade *u = b.session->upgrades; u != NULL; u = u->next)
		upgrades++;
	assert_in_range(upgrades, 8, 64);
	assert_true(b.session->truncated);
	for (size_t k = 0; k < 1000; k++)
		build_play(&b, "alert C 1 0");
	for (const struct alert *a = b.session->tls->alerts; a != NULL; a = a->next)
		alerts++;
	assert_in_range(alerts, 8, 64);
	build_end(&b);
}

static void
repeat_names(struct build *b, const char *text)
{
	build_tell(b, CLIENT, EVENT_CLIENT_NAME, DIALECT_EXTENDED, text);
	build_fact(b, SERVER, EVENT_CLIENT_NAME_ANSWER, 250, "");
}

static void
repeat_lists(struct build *b, const char *text)
{
	build_fact(b, SERVER, EVENT_CAPABILITIES_BEGIN, 0, "");
	build_capability(b, text);
	build_capability(b, "AUTH PLAIN");
	build_capability(b, "STARTTLS");
	build_fact(b, SERVER, EVENT_CAPABILITIES_END, 0, "");
	assert_true(b->session->current.offers_tls);
}

static void
repeat_logins(struct build *b, const char *text)
{
	struct auth_facts facts = { .mechanism = span_of("PLAIN"), .kind = AUTH_CLASS_PASSWORD,
		.username = span_of(text), .outcome = AUTH_REJECTED };
	struct event event = { .side = CLIENT, .text = span_of("AUTH PLAIN"), .facts.auth = &facts };

	for (event.kind = EVENT_AUTH; event.kind <= EVENT_AUTH_END; event.kind++)
		session_event(b->session, &event);
}

static void
repeat_plain(struct build *b, const char *text)
{
	build_note(b, CLIENT, NOTE_PLAINTEXT_AFTER_AGREE, text);
	build_note(b, SERVER, NOTE_PLAINTEXT_AFTER_AGREE, text);
}

/* Whoever repeats himself for ever gets no memory for it. */
static void
test_memory_of_endless_dialogues(void **state)
{
	static void (*const repeats[])(struct build *, const char *) = {
		repeat_names, repeat_lists, repeat_logins, repeat_plain,
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(repeats); i++) {
		struct build b;

		build_begin(&b);
		build_play(&b, "ask");
		build_play(&b, "agree");
		for (unsigned k = 0; k < 5000; k++) {
			char text[200];

			snprintf(text, sizeof(text), "%0150u", k);
			repeats[i](&b, text);
		}
		if (b.session->budget->used - b.session->charged > 96 * 1024)
			fail_msg("case %zu: %zu bytes", i, b.session->budget->used - b.session->charged);
		build_end(&b);
	}
}

/* A client that greets in the same way with each message is told nothing of limits. */
static void
test_same_name_again(void **state)
{
	struct build b;

	(void)state;
	build_begin(&b);
	for (unsigned k = 0; k < 1000; k++)
		repeat_names(&b, "client.example.org");
	assert_false(b.session->truncated);
	assert_true(b.session->told_name.where.order > b.session->client_name.where.order);
	build_end(&b);
}

/* Any note may repeat for ever: it is counted, its first quote stays. */
static void
test_notes(void **state)
{
	struct build b;
	const struct note *note;
	size_t kinds = 0;

	(void)state;
	build_begin(&b);
	build_line(&b, CLIENT, 10);
	for (unsigned k = 0; k < 3000; k++) {
		char text[32];

		snprintf(text, sizeof(text), "line %u", k);
		build_note(&b, CLIENT, NOTE_BARE_LF, text);
		build_note(&b, SERVER, NOTE_REPLY_MALFORMED, text);
	}
	for (note = b.session->notes; note != NULL; note = note->next)
		kinds++;
	assert_int_equal(kinds, 2);
	note = session_find_note(b.session, NOTE_BARE_LF);
	assert_non_null(note);
	assert_int_equal(note->count, 3000);
	assert_true(span_is(note->quote.text, "line 0"));
	assert_int_equal(note->quote.side, CLIENT);
	assert_null(session_find_note(b.session, NOTE_LONG_LINE));
	assert_false(b.session->truncated);
	build_note(&b, CLIENT, NOTE_LONG_LINE, "");
	assert_true(b.session->truncated);
	build_end(&b);
}

/* Memory ------------------------------------------------------------------------------------------ */

/* Tells an event whose bytes are gone when the call returns. */
static void
tell_and_forget(struct session *session, enum event_kind kind, const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len + 1);
	struct auth_facts facts = { .kind = AUTH_CLASS_PASSWORD };

	assert_non_null(copy);
	memcpy(copy, text, len);
	facts.mechanism = facts.username = facts.fingerprint = span_from(copy, len);
	session_event(session, &(struct event){
		.kind = kind,
		.side = CLIENT,
		.code = 250,
		.text = span_from(copy, len),
		.facts.auth = kind >= EVENT_AUTH && kind <= EVENT_AUTH_END ? &facts : NULL,
	});
	session_note(session, (enum note_kind)(kind % NOTE_KINDS), CLIENT, &(struct where){ .length = 1 },
		span_from(copy, len));
	memset(copy, 0xDD, len);
	free(copy);
}

static void
test_what_is_kept_is_copied(void **state)
{
	struct budget budget = { .limit = 1 << 20 };
	struct session *session = session_new(&budget);

	(void)state;
	assert_non_null(session);
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
		tell_and_forget(session, (enum event_kind)kind, "some text");
	assert_true(span_is(session->greeting.text, "some text"));
	assert_true(span_is(session->client_name.text, "some text"));
	assert_true(span_is(session->auths->facts.mechanism, "some text"));
	assert_true(span_is(session->auths->facts.username, "some text"));
	assert_true(span_is(session->auths->facts.fingerprint, "some text"));
	assert_true(span_is(session->current.auth, "some text"));
	assert_true(span_is(session->quit.text, "some text"));
	for (const struct note *note = session->notes; note != NULL; note = note->next)
		assert_true(span_is(note->quote.text, "some text") || note->kind == NOTE_TRUNCATED);
	session_free(&session);
	assert_null(session);
	assert_int_equal(budget.used, 0);
}

/* At whatever byte the budget ends: no crash, all of it comes back, and the loss is known. */
static void
test_no_memory(void **state)
{
	char text[257];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (size_t limit = 0; limit < 120000; limit += limit < 12000 ? 97 : 4099) {
		struct budget budget = { .limit = limit };
		struct session *session = session_new(&budget);

		for (unsigned k = 0; session != NULL && k < 20 * EVENT_KINDS; k++)
			tell_and_forget(session, (enum event_kind)(k % EVENT_KINDS), text);
		if (session != NULL) {
			check_transcript(session);
			assert_true(budget.used <= limit);
			assert_true(session->truncated);
		}
		session_free(&session);
		assert_int_equal(budget.used, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_capabilities_are_bounded),
		cmocka_unit_test(test_offer_beyond_the_limit),
		cmocka_unit_test(test_logins_are_bounded),
		cmocka_unit_test(test_logins_beyond_the_limit),
		cmocka_unit_test(test_login_without_room),
		cmocka_unit_test(test_late_login_is_copied_once),
		cmocka_unit_test(test_requests_beyond_the_limit),
		cmocka_unit_test(test_first_requests_of_a_kind),
		cmocka_unit_test(test_requests_of_every_kind),
		cmocka_unit_test(test_upgrades_and_alerts_are_bounded),
		cmocka_unit_test(test_memory_of_endless_dialogues),
		cmocka_unit_test(test_same_name_again),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_what_is_kept_is_copied),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
