/* The builder of sessions (shared/build_session.h) tells what the dissectors tell: its steps give the session that the
 * same dialogue gives on the wire, as to what was said by whom, with which codes, in which order, and what was counted.
 * On this rests what the tests of rules and model prove. */
#include "shared/build_session.h"

#include "base/buffer.h"
#include "shared/stage.h"
#include "shared/tls_flights.h"

extern const struct dissector smtp_dissector, tls_dissector;

/* What a session holds ---------------------------------------------------------------------------- */

struct fact {
	const char  *name;
	struct quote quote;
};

struct facts {
	struct fact list[256];
	size_t      count;
};

static void
add(struct facts *facts, const char *name, const struct quote *quote)
{
	if (!quote->seen)
		return;
	assert_true(facts->count < TABLE_LENGTH(facts->list));
	facts->list[facts->count++] = (struct fact){ name, *quote };
}

static void
add_clear(struct facts *facts, const struct session *s)
{
	add(facts, "greeting", &s->greeting);
	add(facts, "service-refused", &s->service_refused);
	add(facts, "client-name", &s->client_name);
	add(facts, "basic-name", &s->basic_name);
	add(facts, "refused-name", &s->refused_name);
	add(facts, "first-command", &s->first_command);
	add(facts, "application", &s->application);
	add(facts, "tls-required", &s->tls_required);
	add(facts, "auth-required", &s->auth_required);
	add(facts, "tls-or-auth-required", &s->tls_or_auth_required);
	add(facts, "tls-policy-refused", &s->tls_policy_refused);
	add(facts, "temporary-refused", &s->temporary_refused);
	add(facts, "mail", &s->mail);
	add(facts, "recipient", &s->recipient);
	add(facts, "content", &s->content);
	add(facts, "content-accepted", &s->content_accepted);
	add(facts, "quit", &s->quit);
	add(facts, "gap", &s->gap_at);
}

static void
add_lists(struct facts *facts, const struct session *s)
{
	add(facts, "auth-line", &s->capabilities.auth_line);
	for (const struct capability *c = s->capabilities.first; c != NULL; c = c->next)
		add(facts, "capability", &c->quote);
	for (const struct upgrade *u = s->upgrades; u != NULL; u = u->next) {
		add(facts, "asked", &u->asked);
		add(facts, u->agreed == YES ? "agreed" : "refused", &u->answer);
	}
	for (const struct auth *a = s->auths; a != NULL; a = a->next) {
		add(facts, "login", &a->begin);
		add(facts, "secret", &a->secret);
		add(facts, a->facts.outcome == AUTH_ACCEPTED     ? "accepted"
			   : a->facts.outcome == AUTH_REJECTED   ? "rejected"
			   : a->facts.outcome == AUTH_REFUSED_TLS ? "refused-tls"
								 : "aborted", &a->answer);
	}
	for (const struct note *n = s->notes; n != NULL; n = n->next)
		add(facts, note_word(n->kind), &n->quote);
}

static void
add_tls(struct facts *facts, const struct tls_state *tls)
{
	add(facts, "tls-started", &tls->started);
	add(facts, "client-hello", &tls->client_hello_at);
	add(facts, "server-hello", &tls->server_hello_at);
	add(facts, "established", &tls->established_at);
	for (enum side side = CLIENT; side <= SERVER; side++) {
		add(facts, "encrypted", &tls->encrypted[side]);
		add(facts, "application", &tls->application[side]);
	}
	add(facts, "garbage", &tls->garbage);
	add(facts, "hello-cut", &tls->hello_cut);
	for (const struct alert *a = tls->alerts; a != NULL; a = a->next)
		add(facts, "alert", &a->quote);
}

static int
in_order(const void *one, const void *other)
{
	const struct quote *a = &((const struct fact *)one)->quote, *b = &((const struct fact *)other)->quote;

	if (a->where.order != b->where.order)
		return a->where.order < b->where.order ? -1 : 1;
	return strcmp(((const struct fact *)one)->name, ((const struct fact *)other)->name);
}

static void
describe(struct buffer *out, const struct session *s)
{
	struct facts facts = { .count = 0 };

	add_clear(&facts, s);
	add_lists(&facts, s);
	add_tls(&facts, s->tls);
	qsort(facts.list, facts.count, sizeof(facts.list[0]), in_order);
	for (size_t i = 0; i < facts.count; i++) {
		const struct quote *quote = &facts.list[i].quote;

		buffer_printf(out, "%c %s %x%s%s\n", quote->side == CLIENT ? 'C' : 'S', facts.list[i].name,
			(unsigned)quote->code, quote->where.offset == 0 ? " first" : "",
			quote->text.len > 0 ? "" : " mute");
	}
	buffer_printf(out, "commands %u answers %u lists %u names %u accepted %d mails %u recipients %u refused %u "
		"messages %u accepted %u secrets %u exposed %x offer %d complete %d\n",
		(unsigned)s->commands, (unsigned)s->answers, (unsigned)s->lists, (unsigned)s->names, s->name_accepted,
		(unsigned)s->mails, (unsigned)s->recipients, (unsigned)s->recipients_refused, (unsigned)s->messages,
		(unsigned)s->messages_accepted, (unsigned)s->secrets, (unsigned)s->exposed, session_offer(s),
		s->capabilities.complete);
}

/* The same on the wire ---------------------------------------------------------------------------- */

static void
feed_flight(struct stage *stage, const struct flight *flight)
{
	uint8_t bytes[8192];
	size_t len = strlen(flight->hex) / 2;

	assert_true(len <= sizeof(bytes));
	for (size_t i = 0; i < len; i++) {
		unsigned byte;

		assert_int_equal(sscanf(flight->hex + 2 * i, "%2x", &byte), 1);
		bytes[i] = (uint8_t)byte;
	}
	stage_say(stage, flight->side, span_from(bytes, len));
}

/* Lines with a bar between them: "C:" and "S:" tell whose it is, "T2" the first two flights of a handshake, "G" that
 * bytes of the server are missing, "A" that it sends an alert. */
static void
speak(struct stage *stage, const char *wire)
{
	while (*wire != '\0') {
		size_t len = strcspn(wire, "|");
		char line[256];

		if (*wire == 'T') {
			for (int i = 0; i < wire[1] - '0' && tls12[i].hex != NULL; i++)
				feed_flight(stage, &tls12[i]);
		} else if (*wire == 'G') {
			stage_lose(stage, SERVER, BUILD_LINE_LENGTH);
		} else if (*wire == 'A') {
			stage_say(stage, SERVER, span_from("\x15\x03\x03\x00\x02\x02\x28", 7));
		} else {
			int wrote = snprintf(line, sizeof(line), "%.*s\r\n", (int)len - 2, wire + 2);

			assert_in_range(wrote, 2, sizeof(line) - 1);
			stage_say(stage, *wire == 'C' ? CLIENT : SERVER, span_of(line));
		}
		wire += len + (wire[len] == '|');
	}
}

static void
describe_wire(struct buffer *out, const char *wire)
{
	struct stage stage;

	stage_open(&stage, *wire == 'T' ? &tls_dissector : &smtp_dissector, "smtp", 4 << 20);
	speak(&stage, wire);
	dialogue_end(stage.dialogue, ENDING_FIN, &stage.now);
	describe(out, stage.session);
	stage_close(&stage);
}

/* Played by the builder, and said on the wire. */
#define GREET "S:220 mx.example.org ESMTP|"
#define EHLO GREET "C:EHLO client.example.net|S:250-mx.example.org|"
#define LIST EHLO "S:250 SIZE|"
#define OFFER EHLO "S:250 STARTTLS|"
#define SENDER "C:MAIL FROM:<a@example.org>|"
#define MAIL SENDER "S:250 ok|"
#define RCPT "C:RCPT TO:<b@example.org>|S:250 ok|"
#define PLAIN "C:AUTH PLAIN AGFsaWNlAHNlY3JldA==|"

static const struct {
	const char *script, *wire;
} cases[] = {
	{ "greet", GREET },
	{ "greeting 554", "S:554 no service|" },
	{ "greet; gap S", GREET "G|" },
	{ "greet; say HELP", GREET "C:HELP|" },
	{ "greet; helo", GREET "C:HELO client.example.net|S:250 hello|" },
	{ "greet; ehlo-refused 502 no", GREET "C:EHLO client.example.net|S:502 no|" },
	{ "greet; ehlo SIZE|STARTTLS|8BITMIME", EHLO "S:250-SIZE|S:250-STARTTLS|S:250 8BITMIME|" },
	{ "greet; ehlo-cut SIZE|STARTTLS; say NOOP", EHLO "S:250-SIZE|S:250-STARTTLS|C:NOOP|" },
	{ "greet; ehlo AUTH PLAIN", EHLO "S:250 AUTH PLAIN|" },
	{ "greet; ehlo SIZE; quit", LIST "C:QUIT|S:221 bye|" },

	{ "greet; ehlo STARTTLS; ask; agree", OFFER "C:STARTTLS|S:220 go ahead|" },
	{ "greet; ehlo STARTTLS; ask; refuse 454 not now", OFFER "C:STARTTLS|S:454 not now|" },
	{ "greet; ehlo STARTTLS; ask argument; refuse 501 no", OFFER "C:STARTTLS now|S:501 no|" },
	{ "greet; ehlo STARTTLS; mail; ask in-mail; refuse 503 no", OFFER MAIL "C:STARTTLS|S:503 no|" },
	{ "greet; ehlo X-ANONYMOUSTLS; ask private; refuse 454 no",
		EHLO "S:250 X-ANONYMOUSTLS|C:X-ANONYMOUSTLS|S:454 no|" },

	{ "greet; ehlo AUTH PLAIN; auth PLAIN ok", EHLO "S:250 AUTH PLAIN|" PLAIN "S:235 ok|" },
	{ "greet; ehlo SIZE; auth PLAIN bad", LIST PLAIN "S:535 no|" },
	{ "greet; ehlo SIZE; auth PLAIN tls", LIST PLAIN "S:538 5.7.11 Encryption required|" },
	{ "greet; ehlo SIZE; auth PLAIN policy", LIST PLAIN "S:530 5.7.0 no|" },
	{ "greet; ehlo SIZE; auth PLAIN none", LIST PLAIN },
	{ "greet; ehlo SIZE; auth PLAIN cancelled", LIST "C:AUTH PLAIN|S:334 |C:*|S:501 no|" },
	{ "greet; ehlo SIZE; auth PLAIN aborted", LIST PLAIN "S:334 |C:*|S:501 no|" },
	{ "greet; ehlo SIZE; auth XOAUTH2 ok",
		LIST "C:AUTH XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciBhYmMBAQ==|S:235 ok|" },
	{ "greet; ehlo SIZE; auth ANONYMOUS ok", LIST "C:AUTH ANONYMOUS YWxpY2U=|S:235 ok|" },
	{ "greet; ehlo SIZE; auth EXTERNAL ok", LIST "C:AUTH EXTERNAL YWxpY2U=|S:235 ok|" },
	{ "greet; ehlo SIZE; auth CRAM-MD5 ok",
		LIST "C:AUTH CRAM-MD5|S:334 PDFAbXg+|"
		     "C:YWxpY2UgMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=|S:235 ok|" },

	{ "greet; ehlo SIZE; mail; rcpt; data", LIST MAIL RCPT "C:DATA|S:354 go|C:Subject: x|C:.|S:250 done|" },
	{ "greet; ehlo SIZE; mail; rcpt; data refused",
		LIST MAIL RCPT "C:DATA|S:354 go|C:Subject: x|C:.|S:550 no|" },
	{ "greet; ehlo SIZE; mail; rcpt; data-open", LIST MAIL RCPT "C:DATA|S:354 go|C:Subject: x|" },
	{ "greet; ehlo SIZE; refused-for tls", LIST SENDER "S:530 5.7.0 Must issue a STARTTLS command first|" },
	{ "greet; ehlo SIZE; refused-for login", LIST SENDER "S:530 5.7.0 Authentication required|" },
	{ "greet; ehlo SIZE; refused-for either", LIST SENDER "S:530 no|" },
	{ "greet; ehlo SIZE; refused-for weak-tls", LIST SENDER "S:550 5.7.10 Encryption needed|" },
	{ "greet; ehlo SIZE; refused-for greylist", LIST SENDER "S:451 4.7.1 Greylisted|" },

	{ "greet; ehlo STARTTLS; ask; agree; tls-begin; client-hello", OFFER "C:STARTTLS|S:220 go ahead|T1|" },
	{ "client-hello", "T1|" },
	{ "client-hello; tls-event reply", "T1|S:220 mx.example.org ESMTP|" },
	{ "client-hello; tls-event text", "T1|S:HTTP/1.1 400 Bad Request|" },
	{ "client-hello; tls-event bytes", "T1|S:\x01\x02|" },
	{ "client-hello; alert S 2 40", "T1|A|" },
	{ "client-hello; server-hello; encrypted C; encrypted S; application C; established; application S", "T9|" },
};

static void
test_steps(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct buffer built = { 0 }, wire = { 0 };
		struct build b;

		build_begin(&b);
		build_play(&b, cases[i].script);
		describe(&built, b.session);
		describe_wire(&wire, cases[i].wire);
		if (strcmp(buffer_text(&built), buffer_text(&wire)) != 0)
			fail_msg("%s\n- built\n%s- on the wire\n%s", cases[i].script, buffer_text(&built),
				buffer_text(&wire));
		build_end(&b);
		buffer_free(&built);
		buffer_free(&wire);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
