/* IRC (RFC 2812) with capability negotiation (IRCv3), SASL by AUTHENTICATE, and STARTTLS as servers have it: 670 agrees
 * and 691 does not.
 *
 * Nothing answers in turn here, so nothing is queued: a number says what it answers.  Deliberately left out: what is
 * said in channels, of which the verbs alone are told. */
#include "answer.h"
#include "lines.h"
#include "sasl.h"
#include "starts.h"
#include "stranger.h"

#include "base/table.h"

struct irc {
	struct lines lines;
	struct sasl  sasl;              /* of the connection: PASS, or AUTHENTICATE */
	struct sasl  oper;              /* OPER, which has answers of its own */
	bool         greeted, listing;
	bool         responds;          /* a login's mechanism was named: the next AUTHENTICATE brings its response */
	bool         unsure;            /* client bytes are missing */
	bool         guarded;           /* the client may have sent a secret: what the server says may repeat it */
};

/* A line without its prefix: a verb or a number, and what stands behind it (RFC 2812, section 2.3.1). */
struct message {
	struct span verb, args;
};

static struct message
read_message(struct span line)
{
	struct message m = { .args = line };
	struct span prefix;

	if (span_starts(line, ":"))
		span_take_word(&m.args, &prefix);
	span_take_word(&m.args, &m.verb);
	return m;
}

/* The client's side ------------------------------------------------------------------------------- */

static enum step
starttls_seen(struct dialogue *d, struct span args)
{
	dialogue_event(d, CLIENT, EVENT_TLS_ASKED, args.len > 0 ? ASK_WITH_ARGUMENT : 0, span_of("STARTTLS"));
	return STEP_HOLD;
}

/* The password comes before the name (RFC 2812, section 3.1). */
static enum step
pass_seen(struct dialogue *d, struct span args)
{
	struct irc *s = dialogue_state(d);
	struct span line = span_of("PASS <redacted>");

	sasl_login(&s->sasl, d, "PASS", AUTH_CLASS_PASSWORD, (struct span){ 0 }, line);
	sasl_login_secret(&s->sasl, d, span_starts(args, ":") ? span_after(args, 1) : args, line);
	return STEP_TAKEN;
}

static enum step
oper_seen(struct dialogue *d, struct span args)
{
	struct irc *s = dialogue_state(d);
	struct span name, line = span_of("OPER <redacted>");

	span_take_word(&args, &name);
	sasl_login(&s->oper, d, "OPER", AUTH_CLASS_PASSWORD, name, line);
	sasl_login_secret(&s->oper, d, args, line);
	return STEP_TAKEN;
}

static enum step
authenticate_seen(struct dialogue *d, struct span args)
{
	struct irc *s = dialogue_state(d);
	struct span shown = span_of("AUTHENTICATE <redacted>");
	struct buffer text = { 0 };

	if (s->sasl.told_secret && sasl_mechanism_name(args).len > 0)
		s->responds = false;    /* another login: what became of the one before was not captured */
	if (s->responds && span_is(args, "*")) {
		sasl_abort(&s->sasl, d, span_of("AUTHENTICATE *"));
		s->responds = false;
	} else if (s->responds) {
		sasl_response(&s->sasl, d, span_is(args, "+") ? span_of("=") : args, shown);
	} else if (sasl_mechanism_name(args).len > 0) {
		/* of a password before it, nobody will say whether it was accepted */
		sasl_quote(&text, "AUTHENTICATE", args);
		sasl_begin(&s->sasl, d, args, buffer_span(&text));
		s->responds = true;
		buffer_free(&text);
	}
	return STEP_TAKEN;
}

static enum step
quit_seen(struct dialogue *d, struct span args)
{
	(void)args;
	dialogue_event(d, CLIENT, EVENT_QUIT, 0, span_of("QUIT"));
	return STEP_TAKEN;
}

static const struct verb {
	const char *word;
	bool        application;        /* not just registration, liveness and the ask */
	enum step (*seen)(struct dialogue *d, struct span args);
} verbs[] = {
	{ "CAP", false, NULL },
	{ "NICK", false, NULL },
	{ "USER", false, NULL },
	{ "PING", false, NULL },
	{ "PONG", false, NULL },
	{ "STARTTLS", false, starttls_seen },
	{ "QUIT", false, quit_seen },
	{ "PASS", true, pass_seen },
	{ "OPER", true, oper_seen },
	{ "AUTHENTICATE", true, authenticate_seen },
	{ "JOIN", true, NULL },
	{ "PART", true, NULL },
	{ "PRIVMSG", true, NULL },
	{ "NOTICE", true, NULL },
	{ "TOPIC", true, NULL },
	{ "MODE", true, NULL },
	{ "WHO", true, NULL },
	{ "WHOIS", true, NULL },
	{ "LIST", true, NULL },
	{ "NAMES", true, NULL },
	{ "USERHOST", true, NULL },
};

/* Only what negotiates capabilities has nothing in it but words of the protocol. */
static void
tell_command(struct dialogue *d, const struct verb *verb, struct span args)
{
	struct irc *s = dialogue_state(d);
	struct buffer text = { 0 };
	struct span word;

	buffer_add_text(&text, verb->word);
	span_take_word(&(struct span){ args.at, args.len }, &word);
	if (span_is(word, "LS") || span_is(word, "REQ") || span_is(word, "END"))
		buffer_printf(&text, " %.*s", (int)word.len, (const char *)word.at);
	else if (args.len > 0)
		buffer_add_text(&text, " ...");
	s->guarded |= verb->application && args.len > 0;
	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, buffer_span(&text));
	if (verb->application)
		dialogue_event(d, CLIENT, EVENT_APPLICATION, 0, buffer_span(&text));
	buffer_free(&text);
}

static enum step
client_line(struct dialogue *d, struct span line)
{
	struct irc *s = dialogue_state(d);
	struct message m = read_message(line);

	for (size_t i = 0; i < TABLE_LENGTH(verbs); i++) {
		if (!span_is(m.verb, verbs[i].word))
			continue;
		s->unsure = false;
		tell_command(d, &verbs[i], m.args);
		return verbs[i].seen != NULL ? verbs[i].seen(d, m.args) : STEP_TAKEN;
	}
	s->guarded = true;
	if (s->unsure)
		dialogue_event(d, CLIENT, EVENT_TEXT, 0, span_of("<rest of a line>"));
	else if (line.len > 0)
		stranger_tell(d, line);
	s->unsure = false;
	return STEP_TAKEN;
}

/* The server's side ------------------------------------------------------------------------------- */

static void
tell_capability(struct dialogue *d, struct span word)
{
	const struct irc *s = dialogue_state(d);
	struct buffer text = { 0 };

	if (s->guarded)
		answer_quote(&text, word, (struct span){ 0 });
	else
		buffer_add(&text, word);
	dialogue_event(d, SERVER, EVENT_CAPABILITY, 0, buffer_span(&text));
	if (span_is(word, "tls"))
		dialogue_event(d, SERVER, EVENT_TLS_OFFERED, 0, word);
	else if (span_starts(word, "sasl="))
		dialogue_event(d, SERVER, EVENT_AUTH_OFFERED, 0, span_after(word, 5));
	buffer_free(&text);
}

/* "CAP * LS * :multi-prefix sasl=PLAIN tls": with a star behind LS, more follows. */
static void
take_capabilities(struct dialogue *d, struct span args)
{
	struct irc *s = dialogue_state(d);
	struct span word;
	bool more;

	span_take_word(&args, &word);
	if (!span_take_word(&args, &word) || !span_is(word, "LS"))
		return;
	more = span_starts(args, "* ");
	if (more)
		span_take_word(&args, &word);
	if (!s->listing)
		dialogue_event(d, SERVER, EVENT_CAPABILITIES_BEGIN, 0, (struct span){ 0 });
	if (span_starts(args, ":"))
		args = span_after(args, 1);
	while (span_take_word(&args, &word))
		tell_capability(d, word);
	s->listing = more;
	if (!more)
		dialogue_event(d, SERVER, EVENT_CAPABILITIES_END, 0, (struct span){ 0 });
}

static void
end_login(struct dialogue *d, struct sasl *login, enum auth_outcome outcome, uint32_t code, struct span line)
{
	struct irc *s = dialogue_state(d);

	s->responds &= login != &s->sasl;
	if (outcome == AUTH_REFUSED_TLS && sasl_is_open(login))
		dialogue_event(d, SERVER, EVENT_TLS_REQUIRED, code, line);
	sasl_answered(login, d, outcome, code, line);
}

static void
refuse_login(struct dialogue *d, struct sasl *login, uint32_t code, struct span said, struct span line)
{
	end_login(d, login, answer_says_tls(said) ? AUTH_REFUSED_TLS : AUTH_REJECTED, code, line);
}

static enum step
number_taken(struct dialogue *d, uint32_t code, struct span said, struct span line)
{
	struct irc *s = dialogue_state(d);

	switch (code) {
	case 670:
		dialogue_event(d, SERVER, EVENT_TLS_AGREED, code, line);
		return STEP_UPGRADE;
	case 421:
	case 451:
		if (!span_has(said, "STARTTLS"))
			return STEP_TAKEN;
		/* fall through */
	case 691:
		dialogue_event(d, SERVER, EVENT_TLS_REFUSED, code, line);
		dialogue_release(d, CLIENT);
		return STEP_TAKEN;
	case 1:
	case 903:
		end_login(d, &s->sasl, AUTH_ACCEPTED, code, line);
		return STEP_TAKEN;
	case 381:
		end_login(d, &s->oper, AUTH_ACCEPTED, code, line);
		return STEP_TAKEN;
	case 464:                       /* for a wrong password of the connection's the server ends it */
		refuse_login(d, sasl_is_open(&s->oper) ? &s->oper : &s->sasl, code, said, line);
		return STEP_TAKEN;
	case 491:
		refuse_login(d, &s->oper, code, said, line);
		return STEP_TAKEN;
	case 904:
	case 905:
		refuse_login(d, &s->sasl, code, said, line);
		return STEP_TAKEN;
	case 906:
		end_login(d, &s->sasl, AUTH_ABORTED, code, line);
		return STEP_TAKEN;
	default:
		return STEP_TAKEN;
	}
}

static void
tell_answer(struct dialogue *d, uint32_t code, struct span shown)
{
	struct irc *s = dialogue_state(d);

	dialogue_event(d, SERVER, EVENT_ANSWER, code, shown);
	if (!s->greeted && (dialogue_from_start(d) || span_starts(shown, "NOTICE") || span_starts(shown, "CAP")))
		dialogue_event(d, SERVER, EVENT_GREETING, code, shown);
	s->greeted = true;
}

/* Whom an answer is for, and what it repeats, is left out; what others say in channels is not shown at all. */
static enum step
server_line(struct dialogue *d, struct span line)
{
	struct irc *s = dialogue_state(d);
	struct message m = read_message(line);
	struct buffer text = { 0 };
	enum step step = STEP_TAKEN;
	uint64_t code = 0;
	bool number = m.verb.len == 3 && span_number(m.verb, &code);

	if (m.verb.len == 0)
		return STEP_TAKEN;
	if (number || (!s->greeted && !s->guarded) || span_is(m.verb, "CAP") || span_is(m.verb, "AUTHENTICATE"))
		buffer_add(&text, m.verb);
	else
		buffer_add_text(&text, "<message>");
	if (number || (!s->greeted && !s->guarded)) {
		buffer_add_text(&text, " ");
		answer_quote(&text, span_after(m.args, span_find(m.args, ":") + 1), (struct span){ 0 });
	}
	tell_answer(d, (uint32_t)code, buffer_span(&text));
	if (number)
		step = number_taken(d, (uint32_t)code, m.args, buffer_span(&text));
	else if (span_is(m.verb, "CAP"))
		take_capabilities(d, m.args);
	buffer_free(&text);
	return step;
}

/* The dissector ----------------------------------------------------------------------------------- */

/* Of a message with a prefix: what a server says to a client that has said nothing yet, or a number. */
static bool
is_first_of_server(struct message m)
{
	uint64_t code;

	return span_is(m.verb, "NOTICE") || span_is(m.verb, "CAP") || (m.verb.len == 3 && span_number(m.verb, &code));
}

static unsigned
irc_probe(enum side side, struct span first)
{
	static const struct start client[] = {
		{ "CAP LS", 70 }, { "CAP REQ ", 70 }, { "NICK ", 60 }, { "PASS ", 20 }, { "USER ", 20 },
		{ "STARTTLS", 20 }, { "PING ", 20 }, { "PONG ", 20 }, { "JOIN ", 30 }, { "PRIVMSG ", 40 },
	};
	static const struct start server[] = {
		{ "NOTICE AUTH ", 60 }, { "NOTICE * ", 60 }, { "PING :", 45 }, { "ERROR :", 45 }, { "CAP * LS", 70 },
		{ ":", 20 },
	};
	struct span rest = first, line;

	if (side == CLIENT)
		return starts_best(client, TABLE_LENGTH(client), first);
	if (span_starts(first, ":") && span_take_line(&rest, &line))
		return is_first_of_server(read_message(line)) ? 55 : 0;
	return starts_best(server, TABLE_LENGTH(server), first);
}

static enum step
irc_step(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	struct irc *s = dialogue_state(d);
	struct span line;
	enum step step;
	bool is_line;

	step = lines_begin(in);
	if (step != STEP_TAKEN)
		return step;
	step = lines_take(&s->lines, d, side, in, &line, &is_line, used_r);
	if (!is_line)
		return step;
	return side == CLIENT ? client_line(d, line) : server_line(d, line);
}

static void
irc_gap(struct dialogue *d, enum side side, uint64_t lost)
{
	struct irc *s = dialogue_state(d);

	(void)lost;
	s->lines.skipping[side] = false;
	if (side == SERVER) {
		sasl_lose_answer(&s->sasl);
		sasl_lose_answer(&s->oper);
		return;
	}
	s->unsure = s->guarded = true;
	sasl_taint(&s->sasl);
	sasl_taint(&s->oper);
}

const struct dissector irc_dissector = {
	.name = "irc",
	.state_size = sizeof(struct irc),
	.probe = irc_probe,
	.step = irc_step,
	.gap = irc_gap,
};
