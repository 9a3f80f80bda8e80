/* What a session remembers, and what it forgets: its lists are bounded, its memory comes from the
 * budget and goes back to it, and its transcript is JSON once the bracket is closed. */
#include "base/text.h"
#include "model/session_private.h"
#include "shared/build_session.h"

/* JSON -------------------------------------------------------------------------------------------- */

static bool
json_string(const uint8_t **at)
{
	if (*(*at)++ != '"')
		return false;
	for (; **at != '"'; (*at)++) {
		if (**at < 0x20)
			return false;
		if (**at != '\\')
			continue;
		(*at)++;
		if (**at != 'u' && (**at == '\0' || strchr("\"\\/bfnrt", **at) == NULL))
			return false;
		if (**at == 'u' && strspn((const char *)*at + 1, "0123456789abcdefABCDEF") < 4)
			return false;
	}
	(*at)++;
	return true;
}

static bool
json_number(const uint8_t **at)
{
	size_t len;

	*at += **at == '-';
	len = strspn((const char *)*at, "0123456789");
	if (len == 0 || (len > 1 && **at == '0'))
		return false;
	*at += len;
	return true;
}

/* [microseconds, frame, "C" or "S", kind, text] or [..., capture] */
static bool
json_line(const uint8_t **at)
{
	if (*(*at)++ != '[' || !json_number(at) || *(*at)++ != ',' || !json_number(at) || *(*at)++ != ',')
		return false;
	if (strncmp((const char *)*at, "\"C\",", 4) != 0 && strncmp((const char *)*at, "\"S\",", 4) != 0)
		return false;
	*at += 4;
	if (!json_string(at) || *(*at)++ != ',' || !json_string(at))
		return false;
	if (**at == ',' && ((*at)++, !json_number(at)))
		return false;
	return *(*at)++ == ']';
}

/* The number of lines; the array must be whole once its bracket is closed. */
static size_t
check_transcript(struct session *session)
{
	struct buffer copy = { 0 };
	const uint8_t *at;
	size_t lines = 0;

	buffer_add(&copy, buffer_span(&session->transcript));
	buffer_add_text(&copy, "]");
	at = (const uint8_t *)buffer_text(&copy);
	if (session->lines == 0) {
		assert_string_equal(at, "]");
		buffer_free(&copy);
		return 0;
	}
	assert_int_equal(*at++, '[');
	do {
		if (!json_line(&at))
			fail_msg("line %zu is no line: %.60s", lines, (const char *)at);
		lines++;
	} while (*at++ == ',');
	assert_int_equal(at[-1], ']');
	assert_int_equal(*at, '\0');
	assert_int_equal(lines, session->lines);
	buffer_free(&copy);
	return lines;
}

static const struct {
	const char *text, *wanted;
} texts[] = {
	{ "250 ok", "[[1000,1,\"S\",\"answer\",\"250 ok\"]" },
	{ "", "[[1000,1,\"S\",\"answer\",\"\"]" },
	{ "say \"hi\" \\\\x00", "[[1000,1,\"S\",\"answer\",\"say \\\"hi\\\" \\\\\\\\x00\"]" },
	{ "[{\"a\":1}],", "[[1000,1,\"S\",\"answer\",\"[{\\\"a\\\":1}],\"]" },
	{ "\xC3\xA9t\xC3\xA9", "[[1000,1,\"S\",\"answer\",\"\xC3\xA9t\xC3\xA9\"]" },
};

static void
test_transcript(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(texts); i++) {
		struct build b;

		build_begin(&b);
		assert_int_equal(check_transcript(b.session), 0);
		build_tell(&b, SERVER, EVENT_ANSWER, 250, texts[i].text);
		assert_string_equal(buffer_text(&b.session->transcript), texts[i].wanted);
		build_tell(&b, CLIENT, EVENT_COMMAND, 0, texts[i].text);
		build_fact(&b, CLIENT, EVENT_APPLICATION, 0, texts[i].text);    /* not a line of its own */
		assert_int_equal(check_transcript(b.session), 2);
		build_end(&b);
	}
}

/* Clocks step: a frame may be older than the first one. */
static void
test_transcript_before_its_time(void **state)
{
	static const struct {
		int64_t     first, at;
		const char *wanted;
	} cases[] = {
		{ 5000000, 7000999, "[[2000,7,\"C\",\"command\",\"x\"]" },
		{ 5000000, 5000000, "[[0,7,\"C\",\"command\",\"x\"]" },
		{ 5000000, 3000000, "[[-2000,7,\"C\",\"command\",\"x\"]" },
		{ 0, INT64_MAX, "[[9223372036854775,7,\"C\",\"command\",\"x\"]" },
		{ 0, INT64_MIN, "[[-9223372036854775,7,\"C\",\"command\",\"x\"]" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct build b;
		struct event event = { .kind = EVENT_COMMAND, .side = CLIENT, .text = span_of("x") };

		build_begin(&b);
		b.session->first.time_ns = cases[i].first;
		event.where.last = (struct moment){ .time_ns = cases[i].at, .frame = 7 };
		session_event(b.session, &event);
		assert_string_equal(buffer_text(&b.session->transcript), cases[i].wanted);
		build_end(&b);
	}
}

/* Frames are numbered anew in each capture: the line tells which one, where it is not the session's first. */
static void
test_transcript_over_captures(void **state)
{
	struct build b;
	struct event event = { .kind = EVENT_COMMAND, .side = CLIENT, .text = span_of("x") };

	(void)state;
	build_begin(&b);
	b.session->first = (struct moment){ .frame = 7, .capture = 2 };
	for (uint32_t capture = 2; capture < 4; capture++) {
		event.where.last = (struct moment){ .frame = 7, .capture = capture };
		session_event(b.session, &event);
	}
	assert_string_equal(buffer_text(&b.session->transcript),
		"[[0,7,\"C\",\"command\",\"x\"],[0,7,\"C\",\"command\",\"x\",3]");
	assert_int_equal(check_transcript(b.session), 2);
	build_end(&b);
}

/* Endless dialogues: a bounded transcript that stays whole, and a word about what was left out. */
static void
test_transcript_is_bounded(void **state)
{
	static const struct {
		const char *name;
		size_t      length, times;
	} cases[] = { { "many lines", 4, 20000 }, { "long lines", 512, 20000 }, { "quoted twice", 512, 5000 } };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct build b;
		char text[513] = "";

		build_begin(&b);
		memset(text, i == 2 ? '"' : 'a', cases[i].length);
		for (size_t k = 0; k < cases[i].times; k++)
			build_tell(&b, CLIENT, EVENT_COMMAND, 0, text);
		if (b.session->transcript.len > 520 * 1024 || b.session->lines > 4000)
			fail_msg("%s: %u lines, %zu bytes", cases[i].name, b.session->lines,
				b.session->transcript.len);
		assert_int_equal(b.session->lines + b.session->lines_left_out, cases[i].times);
		assert_true(b.session->truncated);
		assert_int_equal(b.session->commands, cases[i].times);
		check_transcript(b.session);
		build_end(&b);
	}
}

/* Limits ------------------------------------------------------------------------------------------ */

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
tell_login_of(struct session *session, enum event_kind kind, uint32_t serial, enum auth_outcome outcome,
	struct span username)
{
	struct auth_facts facts = { .serial = serial, .mechanism = span_of("PLAIN"), .kind = AUTH_CLASS_PASSWORD,
		.username = username, .outcome = outcome };

	session_event(session, &(struct event){
		.kind = kind,
		.side = kind == EVENT_AUTH_END ? SERVER : CLIENT,
		.text = span_of("AUTH PLAIN <redacted>"),
		.facts.auth = &facts,
	});
}

static void
tell_login(struct session *session, enum event_kind kind, uint32_t serial, enum auth_outcome outcome)
{
	tell_login_of(session, kind, serial, outcome, span_of("alice"));
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
	tell_login_of(session, EVENT_AUTH_SECRET, 65, AUTH_OUTCOME_UNKNOWN, span_from(name, sizeof(name)));
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
		if (count_capabilities(&b.session->capabilities) != dialogues[i].capabilities)
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
		cmocka_unit_test(test_transcript),
		cmocka_unit_test(test_transcript_before_its_time),
		cmocka_unit_test(test_transcript_over_captures),
		cmocka_unit_test(test_transcript_is_bounded),
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
		cmocka_unit_test(test_what_is_kept_is_copied),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
