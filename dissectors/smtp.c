/* SMTP (RFC 5321) with STARTTLS (RFC 3207), AUTH (RFC 4954), PIPELINING (RFC 2920), CHUNKING (RFC 3030).
 *
 * The client's lines are commands, answers to a login's challenges, or a message body that is passed over;
 * the server's lines are replies, which answer the commands in the order in which these were sent.  LMTP (RFC 2033) is the
 * same but for its LHLO, and a reply to each message for each recipient.  Deliberately left out: what is in a message. */
#include "answer.h"
#include "smtp_body.h"
#include "smtp_login.h"
#include "smtp_probe.h"
#include "smtp_quote.h"
#include "smtp_reply.h"
#include "smtp_state.h"
#include "stranger.h"

#include "base/table.h"

#include <stdio.h>
#include <string.h>

enum verb_flag {
	LAST_IN_GROUP = 1,              /* RFC 2920, section 3.1 */
	APPLICATION = 2,                /* not just greeting, capabilities, NOOP, QUIT and the ask */
};

struct verb {
	const char *word;
	unsigned    flags;
	/* adds what of the line may be shown; NULL: the verb alone */
	void (*quote)(struct buffer *out, const char *verb, struct span line, struct span args);
	enum step (*seen)(struct dialogue *d, struct span args);
	enum step (*answered)(struct dialogue *d, const struct reply *reply);
};

static void quote_host(struct buffer *out, const char *verb, struct span line, struct span args);
static void quote_auth(struct buffer *out, const char *verb, struct span line, struct span args);
static void quote_envelope(struct buffer *out, const char *verb, struct span line, struct span args);
static void quote_chunk(struct buffer *out, const char *verb, struct span line, struct span args);
static void quote_forwarded(struct buffer *out, const char *verb, struct span line, struct span args);
static enum step forwarded_seen(struct dialogue *d, struct span args);
static enum step ehlo_seen(struct dialogue *d, struct span args);
static enum step lhlo_seen(struct dialogue *d, struct span args);
static enum step helo_seen(struct dialogue *d, struct span args);
static enum step starttls_seen(struct dialogue *d, struct span args);
static enum step anonymoustls_seen(struct dialogue *d, struct span args);
static enum step mail_seen(struct dialogue *d, struct span args);
static enum step data_seen(struct dialogue *d, struct span args);
static enum step quit_seen(struct dialogue *d, struct span args);
static enum step ehlo_answered(struct dialogue *d, const struct reply *reply);
static enum step helo_answered(struct dialogue *d, const struct reply *reply);
static enum step starttls_answered(struct dialogue *d, const struct reply *reply);
static enum step mail_answered(struct dialogue *d, const struct reply *reply);
static enum step rcpt_answered(struct dialogue *d, const struct reply *reply);
static enum step data_answered(struct dialogue *d, const struct reply *reply);
static enum step rset_answered(struct dialogue *d, const struct reply *reply);
static enum step vrfy_answered(struct dialogue *d, const struct reply *reply);

/* The first rows stand for what has no verb: a line that is none, a finished body, a login's response, the last chunk of
 * a message, a login in the manner of another protocol. */
static const struct verb verbs[] = {
	[VERB_UNKNOWN] = { "", 0, NULL, NULL, NULL },
	[VERB_BODY] = { "", 0, NULL, NULL, smtp_body_answered },
	[VERB_RESPONSE] = { "", LAST_IN_GROUP, NULL, NULL, smtp_login_answered },
	[VERB_BDAT_LAST] = { "", 0, NULL, NULL, smtp_body_answered },
	[VERB_STRANGER] = { "", 0, NULL, NULL, smtp_stranger_answered },
	[VERB_EHLO] = { "EHLO", LAST_IN_GROUP, quote_host, ehlo_seen, ehlo_answered },
	{ "LHLO", LAST_IN_GROUP, quote_host, lhlo_seen, ehlo_answered },
	{ "HELO", LAST_IN_GROUP, quote_host, helo_seen, helo_answered },
	{ "STARTTLS", LAST_IN_GROUP, NULL, starttls_seen, starttls_answered },
	{ "X-ANONYMOUSTLS", LAST_IN_GROUP, NULL, anonymoustls_seen, starttls_answered },
	{ "AUTH", LAST_IN_GROUP | APPLICATION, quote_auth, smtp_login_asked, smtp_login_answered },
	{ "MAIL", APPLICATION, quote_envelope, mail_seen, mail_answered },
	{ "RCPT", APPLICATION, quote_envelope, NULL, rcpt_answered },
	{ "DATA", LAST_IN_GROUP | APPLICATION, NULL, data_seen, data_answered },
	{ "BDAT", APPLICATION, quote_chunk, smtp_body_chunk_announced, NULL },
	{ "BURL", APPLICATION, NULL, NULL, NULL },
	{ "RSET", 0, NULL, NULL, rset_answered },
	{ "NOOP", LAST_IN_GROUP, NULL, NULL, NULL },
	{ "QUIT", LAST_IN_GROUP, NULL, quit_seen, NULL },
	{ "HELP", 0, NULL, NULL, NULL },
	{ "VRFY", LAST_IN_GROUP | APPLICATION, NULL, NULL, vrfy_answered },
	{ "EXPN", LAST_IN_GROUP | APPLICATION, NULL, NULL, vrfy_answered },
	{ "ETRN", APPLICATION, quote_host, NULL, NULL },
	{ "TURN", LAST_IN_GROUP | APPLICATION, NULL, NULL, NULL },
	{ "ATRN", LAST_IN_GROUP | APPLICATION, NULL, NULL, NULL },
	{ "SEND", APPLICATION, NULL, NULL, NULL },
	{ "SOML", APPLICATION, NULL, NULL, NULL },
	{ "SAML", APPLICATION, NULL, NULL, NULL },
	{ "XCLIENT", 0, quote_forwarded, forwarded_seen, NULL },
	{ "XFORWARD", 0, quote_forwarded, forwarded_seen, NULL },
};

/* The queue of commands that await their replies -------------------------------------------------- */

/* Where the nth command that waits stands; one behind them all is where the next is put. */
static size_t
queue_first(const struct smtp *s)
{
	return asked_first(&s->asked);
}

/* What hangs on a command goes with it. */
static void
queue_forget(struct smtp *s, size_t verb)
{
	s->last_waiting -= (verbs[verb].flags & LAST_IN_GROUP) != 0;
	if (verbs[verb].quote == quote_envelope)
		smtp_envelope_take(&s->envelope);
}

static void
queue_pop(struct smtp *s)
{
	queue_forget(s, asked_take(&s->asked));
}

static void
queue_clear(struct smtp *s)
{
	asked_clear(&s->asked);
	s->last_waiting = 0;
	s->body_answers = 0;
	smtp_envelope_clear(&s->envelope);
}

void
smtp_queue(struct dialogue *d, struct smtp *s, size_t verb)
{
	if (dialogue_was_held(d))
		return;
	queue_forget(s, asked_add(&s->asked, d, verb));
	s->last_waiting += (verbs[verb].flags & LAST_IN_GROUP) != 0;
}

static bool
queue_awaits(const struct smtp *s, enum step (*answered)(struct dialogue *, const struct reply *))
{
	for (size_t i = 0; i < s->asked.count; i++)
		if (verbs[asked_nth(&s->asked, i)].answered == answered)
			return true;
	return false;
}

/* Some codes answer one kind of command only: commands before it whose replies did not come are given up. */
static void
queue_seek(struct smtp *s, uint32_t code)
{
	enum step (*wanted)(struct dialogue *, const struct reply *) =
		code == 235 || code == 334 ? smtp_login_answered : code == 354 ? data_answered : NULL;

	if (wanted == NULL || !queue_awaits(s, wanted))
		return;
	while (verbs[queue_first(s)].answered != wanted)
		queue_pop(s);
}

/* Redaction --------------------------------------------------------------------------------------- */

static void
quote_host(struct buffer *out, const char *verb, struct span line, struct span args)
{
	(void)line;
	smtp_quote_host(out, verb, args);
}

static void
quote_auth(struct buffer *out, const char *verb, struct span line, struct span args)
{
	(void)verb;
	(void)line;
	sasl_quote(out, "AUTH", args);
}

static void
quote_envelope(struct buffer *out, const char *verb, struct span line, struct span args)
{
	(void)verb;
	(void)args;
	smtp_quote_envelope(out, line);
}

static void
quote_chunk(struct buffer *out, const char *verb, struct span line, struct span args)
{
	(void)verb;
	(void)line;
	smtp_quote_chunk(out, args);
}

static void
quote_forwarded(struct buffer *out, const char *verb, struct span line, struct span args)
{
	(void)line;
	buffer_add_text(out, verb);
	smtp_quote_forwarded(out, args);
	buffer_add_text(out, args.len > 0 ? " ..." : "");
}

static void
quote_command(struct buffer *out, const struct verb *verb, struct span line, struct span args)
{
	if (verb->quote != NULL) {
		verb->quote(out, verb->word, line, args);
		return;
	}
	buffer_add_text(out, verb->word);
	buffer_add_text(out, args.len > 0 ? " ..." : "");
}

/* A line of which something is not shown may hold a secret, in the wrong place or in the right one. */
static void
tell_command(struct dialogue *d, const struct verb *verb, struct span line, struct span args)
{
	struct smtp *s = dialogue_state(d);
	struct buffer text = { 0 };

	quote_command(&text, verb, line, args);
	s->guarded |= !span_same(buffer_span(&text), line);
	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, buffer_span(&text));
	if (verb->flags & APPLICATION)
		dialogue_event(d, CLIENT, EVENT_APPLICATION, 0, buffer_span(&text));
	buffer_free(&text);
}

/* Whether the whole line is the command that it begins like: prose may begin with DATA, or TURN, as well. */
static bool
is_grammatical(const struct verb *verb, struct span line, struct span args)
{
	struct buffer text = { 0 };
	struct span word;
	bool whole;

	if (verb->quote == quote_envelope)
		return span_starts(line, "MAIL FROM:<") || span_starts(line, "RCPT TO:<");
	if (verb->quote == quote_auth)
		return span_take_word(&args, &word) && sasl_mechanism_name(word).len > 0;
	if (verb->quote == quote_host && memchr(line.at, '.', line.len) == NULL &&
	    memchr(line.at, '[', line.len) == NULL)
		return false;
	quote_command(&text, verb, line, args);
	whole = span_same(buffer_span(&text), line);
	buffer_free(&text);
	return whole;
}

/* The client's side ------------------------------------------------------------------------------- */

static enum step
ehlo_seen(struct dialogue *d, struct span args)
{
	dialogue_event(d, CLIENT, EVENT_CLIENT_NAME, DIALECT_EXTENDED, smtp_quote_client_name(args));
	return STEP_TAKEN;
}

static enum step
lhlo_seen(struct dialogue *d, struct span args)
{
	struct smtp *s = dialogue_state(d);

	s->is_lmtp = true;
	dialogue_is_called(d, "lmtp");
	return ehlo_seen(d, args);
}

static enum step
helo_seen(struct dialogue *d, struct span args)
{
	dialogue_event(d, CLIENT, EVENT_CLIENT_NAME, DIALECT_BASIC, smtp_quote_client_name(args));
	return STEP_TAKEN;
}

/* RFC 3207, section 4: no parameters, and the client waits for the answer. */
static enum step
starttls_seen(struct dialogue *d, struct span args)
{
	struct smtp *s = dialogue_state(d);
	uint32_t flags = args.len > 0 ? ASK_WITH_ARGUMENT : 0;

	if (!s->named && !queue_awaits(s, ehlo_answered) && !s->unsure[CLIENT] &&
	    dialogue_from_start(d))
		dialogue_note(d, CLIENT, NOTE_STARTTLS_EARLY, span_of("STARTTLS"));
	dialogue_event(d, CLIENT, EVENT_TLS_ASKED, flags, span_of("STARTTLS"));
	return STEP_HOLD;
}

static enum step
anonymoustls_seen(struct dialogue *d, struct span args)
{
	(void)args;
	dialogue_note(d, CLIENT, NOTE_ANONYMOUS_TLS, span_of("X-ANONYMOUSTLS"));
	dialogue_event(d, CLIENT, EVENT_TLS_ASKED, ASK_PRIVATE, span_of("X-ANONYMOUSTLS"));
	return STEP_HOLD;
}

static enum step
forwarded_seen(struct dialogue *d, struct span args)
{
	struct buffer whom = { 0 };

	smtp_quote_forwarded(&whom, args);
	dialogue_note(d, CLIENT, NOTE_FORWARDED, span_trim(buffer_span(&whom)));
	buffer_free(&whom);
	return STEP_TAKEN;
}

static enum step
mail_seen(struct dialogue *d, struct span args)
{
	if (span_has(args, " REQUIRETLS"))
		dialogue_note(d, CLIENT, NOTE_REQUIRETLS_IN_CLEAR, span_of("MAIL ... REQUIRETLS"));
	return STEP_TAKEN;
}

static enum step
data_seen(struct dialogue *d, struct span args)
{
	(void)args;
	(void)d;
	return STEP_HOLD;
}

static enum step
quit_seen(struct dialogue *d, struct span args)
{
	(void)args;
	dialogue_event(d, CLIENT, EVENT_QUIT, 0, span_of("QUIT"));
	return STEP_TAKEN;
}

/* RFC 2920, section 3.1: who may speak before the other has answered. */
static void
note_turn_taking(struct dialogue *d, struct smtp *s, struct span word)
{
	if (s->unsure[SERVER] || s->unsure[CLIENT] || !dialogue_from_start(d))
		return;
	if (!s->greeted)                /* or the server's side was not captured: its greeting will tell */
		s->early = arena_copy(dialogue_arena(d), word);
	else if (s->last_waiting > 0)
		dialogue_note(d, CLIENT, NOTE_PIPELINED_EARLY, word);
	else if (s->asked.count > 0 && !s->pipelining)
		dialogue_note(d, CLIENT, NOTE_PIPELINED_UNOFFERED, word);
}

/* A line that begins with no verb.  After a login that was refused, or went unanswered in the capture, it may be
 * the secret of a client that did not wait; after a refused DATA it may be a message. */
static enum step
unknown_line(struct dialogue *d, struct span line)
{
	struct smtp *s = dialogue_state(d);
	enum note_kind kind;
	struct span quote;
	char text[64];
	bool login;

	s->guarded = true;
	if (s->unsure[CLIENT]) {
		s->unsure[CLIENT] = false;
		dialogue_event(d, CLIENT, EVENT_TEXT, 0, span_of("<rest of a line>"));
		return STEP_TAKEN;
	}
	if (s->sasl.mechanism != NULL && s->sasl.step < 2 && !s->in_transaction)
		return smtp_login_response(d, line);
	kind = stranger_recognise(line, &quote);
	if (kind == NOTE_UNKNOWN_VERB)
		quote = span_of("<unrecognised>");
	if (!s->greeted)
		note_turn_taking(d, s, quote);
	login = kind == NOTE_WRONG_PROTOCOL && smtp_login_stranger(d, line);
	snprintf(text, sizeof(text), "%.*s%s", (int)span_first(quote, 20).len, (const char *)quote.at,
		quote.len < line.len && kind != NOTE_UNKNOWN_VERB ? " ..." : "");
	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, span_of(text));
	dialogue_note(d, CLIENT, kind, quote);
	if (login)
		dialogue_event(d, CLIENT, EVENT_APPLICATION, 0, span_of(text));
	smtp_queue(d, s, login ? VERB_STRANGER : VERB_UNKNOWN);
	return STEP_TAKEN;
}

static size_t
find_verb(struct span word)
{
	for (size_t i = VERB_EHLO; i < TABLE_LENGTH(verbs); i++)
		if (span_is(word, verbs[i].word))
			return i;
	return VERB_UNKNOWN;
}

/* The client goes on although the list it asked for has not ended: the reply was damaged on its way. */
static void
close_reply(struct dialogue *d, struct smtp *s)
{
	if (!s->reply_open || verbs[queue_first(s)].answered != ehlo_answered)
		return;
	dialogue_note(d, SERVER, NOTE_REPLY_UNFINISHED, (struct span){ 0 });
	s->reply_open = false;
	s->named = true;
	dialogue_event(d, SERVER, EVENT_CLIENT_NAME_ANSWER, 250, (struct span){ 0 });
	queue_pop(s);
}

enum step
smtp_command_line(struct dialogue *d, struct span line, uint64_t *used_r)
{
	struct smtp *s = dialogue_state(d);
	struct span args = line, word;
	const struct verb *verb;
	enum step step;
	size_t row;

	span_take_word(&args, &word);
	row = find_verb(word);
	if (row == VERB_UNKNOWN)
		return unknown_line(d, line);
	verb = &verbs[row];
	close_reply(d, s);
	note_turn_taking(d, s, span_of(verb->word));
	s->unsure[CLIENT] = false;
	tell_command(d, verb, line, args);
	step = verb->seen != NULL ? verb->seen(d, args) : STEP_TAKEN;
	if (verb->seen == smtp_body_chunk_announced)
		smtp_body_take_chunk(d, s, used_r);
	else
		smtp_queue(d, s, row);
	if (verb->quote == quote_envelope && !dialogue_was_held(d))
		smtp_envelope_add(d, &s->envelope, line);
	return step;
}

bool
smtp_begins_command(struct span line)
{
	struct span args = line, word;
	size_t row;

	span_take_word(&args, &word);
	row = find_verb(word);
	return row != VERB_UNKNOWN && is_grammatical(&verbs[row], line, args);
}

static enum step
client_line(struct dialogue *d, struct span line, uint64_t *used_r)
{
	const struct smtp *s = dialogue_state(d);

	switch (s->mode) {
	case RESPONSE: return smtp_login_response(d, line);
	case BODY_UNWANTED: return smtp_body_unwanted_line(d, line, used_r);
	default: return smtp_command_line(d, line, used_r);
	}
}

static enum step
client_step(struct dialogue *d, struct span in, uint64_t *used_r)
{
	struct smtp *s = dialogue_state(d);
	struct span line;
	enum step step;
	bool is_line;

	smtp_body_close_chunk(d, s);
	if (s->mode == BODY_UNSURE && !smtp_body_settle(s, in))
		return STEP_MORE;
	if (s->mode == BODY)
		return smtp_body_step(d, in, used_r);
	step = lines_take(&s->lines, d, CLIENT, in, &line, &is_line, used_r);
	if (!is_line)
		return step;
	return client_line(d, line, used_r);
}

/* The server's side ------------------------------------------------------------------------------- */

static enum step
ehlo_answered(struct dialogue *d, const struct reply *reply)
{
	struct smtp *s = dialogue_state(d);

	if (reply->code == 250) {
		s->named = true;
		s->in_transaction = false;
		dialogue_event(d, SERVER, EVENT_CAPABILITIES_END, 0, (struct span){ 0 });
	}
	dialogue_event(d, SERVER, EVENT_CLIENT_NAME_ANSWER, reply->code, reply->line);
	return STEP_TAKEN;
}

static enum step
helo_answered(struct dialogue *d, const struct reply *reply)
{
	struct smtp *s = dialogue_state(d);

	s->named |= reply->code == 250;
	dialogue_event(d, SERVER, EVENT_CLIENT_NAME_ANSWER, reply->code, reply->line);
	return STEP_TAKEN;
}

/* RFC 3207, section 4: 220 means go; the client's next byte is TLS, and so is the server's. */
static enum step
starttls_answered(struct dialogue *d, const struct reply *reply)
{
	const struct smtp *s = dialogue_state(d);

	if (s->in_transaction)
		dialogue_event(d, SERVER, EVENT_TLS_IN_TRANSACTION, 0, (struct span){ 0 });
	if (reply->code == 220) {
		dialogue_event(d, SERVER, EVENT_TLS_AGREED, reply->code, reply->line);
		return STEP_UPGRADE;
	}
	lines_note_hasty(&s->lines, d, "behind STARTTLS");
	dialogue_event(d, SERVER, EVENT_TLS_REFUSED, reply->code, reply->line);
	dialogue_release(d, CLIENT);
	return STEP_TAKEN;
}

static enum step
mail_answered(struct dialogue *d, const struct reply *reply)
{
	struct smtp *s = dialogue_state(d);
	bool accepted = reply->code / 100 == 2;

	s->in_transaction |= accepted;
	if (accepted)
		s->recipients = 0;
	smtp_envelope_tell(d, &s->envelope, accepted ? EVENT_MAIL : EVENT_ENVELOPE_REFUSED, reply->code, reply->line);
	return STEP_TAKEN;
}

static enum step
rcpt_answered(struct dialogue *d, const struct reply *reply)
{
	struct smtp *s = dialogue_state(d);
	bool accepted = reply->code / 100 == 2;

	s->recipients += accepted;
	smtp_envelope_tell(d, &s->envelope, accepted ? EVENT_RECIPIENT : EVENT_ENVELOPE_REFUSED, reply->code,
		reply->line);
	return STEP_TAKEN;
}

static enum step
data_answered(struct dialogue *d, const struct reply *reply)
{
	struct smtp *s = dialogue_state(d);

	lines_note_hasty(&s->lines, d, "behind DATA");
	dialogue_release(d, CLIENT);
	if (reply->code == 354)
		smtp_body_begin(s);
	else
		s->mode = BODY_UNWANTED;
	return STEP_TAKEN;
}

static enum step
rset_answered(struct dialogue *d, const struct reply *reply)
{
	struct smtp *s = dialogue_state(d);

	if (reply->code == 250) {
		s->in_transaction = false;
		s->body.size = 0;       /* chunks so far belong to the message that was given up */
	}
	return STEP_TAKEN;
}

/* 250 and 251 name a mailbox; 252 says "cannot verify", and names one only with an @ in it. */
static enum step
vrfy_answered(struct dialogue *d, const struct reply *reply)
{
	if (reply->code == 250 || reply->code == 251 ||
	    (reply->code == 252 && span_has(reply->text, "@")))
		dialogue_note(d, SERVER, NOTE_ADDRESS_PROBED, reply->line);
	return STEP_TAKEN;
}

static void
tell_refusal(struct dialogue *d, const struct reply *reply)
{
	const struct smtp *s = dialogue_state(d);
	enum event_kind kind = smtp_reply_refusal(reply, s->offers_tls, s->offers_auth);

	if (kind != EVENT_KINDS)
		dialogue_event(d, SERVER, kind, reply->code, reply->line);
}

static enum step
reply_ended(struct dialogue *d, const struct reply *reply)
{
	struct smtp *s = dialogue_state(d);
	const struct verb *verb = &verbs[queue_first(s)];
	bool expected = s->asked.count > 0;

	queue_pop(s);
	smtp_body_close_chunk(d, s);
	if (!expected && s->mode == BODY) {
		smtp_body_interrupted(d, s, reply);
		return STEP_TAKEN;
	}
	if (!expected && reply->code != 421 && !s->unsure[SERVER] && !s->unsure[CLIENT] &&
	    dialogue_from_start(d))
		dialogue_note(d, SERVER, NOTE_REPLY_UNEXPECTED, reply->line);
	if (expected)
		s->unsure[SERVER] = false;
	if (reply->code >= 400 && verb->answered != starttls_answered)
		tell_refusal(d, reply);
	if (reply->code == 354 && verb->answered != data_answered)
		verb = &verbs[find_verb(span_of("DATA"))];      /* whoever waits: a body begins */
	if ((reply->code == 334 || reply->code == 235) && verb->answered != smtp_login_answered)
		return smtp_login_unseen(d, reply);
	return verb->answered != NULL ? verb->answered(d, reply) : STEP_TAKEN;
}

/* RFC 5321, section 4.1.1.1: every line behind the first is a keyword and its parameters. */
static void
capability_line(struct dialogue *d, const struct reply *reply)
{
	struct smtp *s = dialogue_state(d);
	struct span text = reply->text, args = text, word;

	dialogue_event(d, SERVER, EVENT_CAPABILITY, 250, span_after(reply->line, 4));
	span_take_word(&args, &word);
	if (span_is(word, "STARTTLS")) {
		s->offers_tls = true;
		dialogue_event(d, SERVER, EVENT_TLS_OFFERED, 0, word);
	} else if (span_is(word, "PIPELINING")) {
		s->pipelining = true;
	} else if (span_is(word, "AUTH") || span_starts(word, "AUTH=")) {
		s->offers_auth = true;
		dialogue_event(d, SERVER, EVENT_AUTH_OFFERED, 0,
			span_is(word, "AUTH") ? args : span_after(text, 5));
	}
}

static void
capabilities_begin(struct dialogue *d)
{
	struct smtp *s = dialogue_state(d);

	s->pipelining = s->offers_tls = s->offers_auth = false;
	dialogue_event(d, SERVER, EVENT_CAPABILITIES_BEGIN, 0, (struct span){ 0 });
}

/* What of a reply may be shown.  A challenge helps to guess the answer to it; and once the client may have sent a secret,
 * the server may repeat it, as it is or in other letters. */
static struct span
quote_reply(struct dialogue *d, struct span line, bool is_reply, struct buffer *out)
{
	const struct smtp *s = dialogue_state(d);
	bool guarded = s->guarded || s->lines.skipping[CLIENT] || dialogue_pending(d, CLIENT) > 0;

	if (is_reply && span_starts(line, "334") && line.len > 4 &&
	    answer_prompt(span_after(line, 4)) == PROMPT_OTHER)
		return span_of("334 <redacted>");
	if (!guarded || span_starts(line, "334") || (is_reply && !s->greeted && dialogue_from_start(d)))
		return line;            /* a greeting answers nothing */
	if (!is_reply)
		return span_of("<unrecognised>");
	buffer_add(out, span_first(line, 4));
	answer_quote(out, span_after(line, 4), s->host);
	return buffer_span(out);
}

static enum step
greeting_line(struct dialogue *d, const struct reply *reply, bool more)
{
	struct smtp *s = dialogue_state(d);
	struct span host;

	dialogue_event(d, SERVER, EVENT_ANSWER, reply->code, reply->line);
	if (!s->reply_open) {
		dialogue_event(d, SERVER, EVENT_GREETING, reply->code, span_after(reply->line, 4));
		span_take_word(&(struct span){ reply->text.at, reply->text.len }, &host);
		s->host = arena_copy(dialogue_arena(d), host);
		if (span_lists(reply->text, span_of("LMTP")))
			dialogue_is_called(d, "lmtp");
	}
	if (s->early.len > 0)
		dialogue_note(d, CLIENT, NOTE_EARLY_TALKER, s->early);
	s->early = (struct span){ 0 };
	s->reply_open = more;
	s->greeted = !more;
	return STEP_TAKEN;
}

static enum step
reply_taken(struct dialogue *d, const struct reply *reply, bool more)
{
	struct smtp *s = dialogue_state(d);
	bool first = !s->reply_open, list;

	if (!s->greeted && (dialogue_from_start(d) || reply->code == 220) && !s->unsure[SERVER])
		return greeting_line(d, reply, more);
	s->greeted = true;
	if (first)
		queue_seek(s, reply->code);
	list = verbs[queue_first(s)].answered == ehlo_answered && reply->code == 250;
	if (list && first)
		capabilities_begin(d);
	if (list && !first)
		capability_line(d, reply);
	else
		dialogue_event(d, SERVER, EVENT_ANSWER, reply->code, reply->line);
	if (reply->code >= 500 && span_has(reply->text, "XXXX"))
		dialogue_note(d, SERVER, NOTE_BLANKED_ECHO, reply->line);
	s->reply_open = more;
	return more ? STEP_TAKEN : reply_ended(d, reply);
}

static enum step
reply_line(struct dialogue *d, struct span line)
{
	struct smtp *s = dialogue_state(d);
	struct buffer quote = { 0 };
	enum step step = STEP_TAKEN;
	struct reply reply;
	bool more, good = smtp_reply_read(line, &reply, &more);

	reply.line = quote_reply(d, line, good, &quote);
	if (good) {
		step = reply_taken(d, &reply, more);
	} else {
		dialogue_event(d, SERVER, EVENT_TEXT, 0, reply.line);
		if (!s->unsure[SERVER])
			dialogue_note(d, SERVER, NOTE_REPLY_MALFORMED, span_first(reply.line, 80));
	}
	buffer_free(&quote);
	return step;
}

static enum step
server_step(struct dialogue *d, struct span in, uint64_t *used_r)
{
	struct smtp *s = dialogue_state(d);
	struct span line;
	bool is_line;
	enum step step = lines_take(&s->lines, d, SERVER, in, &line, &is_line, used_r);

	return is_line ? reply_line(d, line) : step;
}

/* The dissector ----------------------------------------------------------------------------------- */

static enum step
smtp_step(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	struct smtp *s = dialogue_state(d);
	enum step step = STEP_TAKEN;

	if (side == SERVER || s->mode == COMMANDS)
		step = lines_begin(in);
	if (step != STEP_TAKEN)
		return step;
	return side == CLIENT ? client_step(d, in, used_r) : server_step(d, in, used_r);
}

/* What was awaited may be in the hole: replies can no longer be paired with what was asked before it, and a body
 * may have ended in it. */
static void
smtp_gap(struct dialogue *d, enum side side, uint64_t lost)
{
	struct smtp *s = dialogue_state(d);

	(void)d;
	(void)lost;
	s->unsure[side] = true;
	s->lines.skipping[side] = false;
	if (side == CLIENT) {
		s->guarded = true;
		sasl_taint(&s->sasl);
		return;
	}
	if (s->mode == COMMANDS && queue_awaits(s, data_answered))
		s->mode = BODY_UNSURE;
	queue_clear(s);
	s->reply_open = false;
}

/* A last line that its sender did not end still says what it says. */
static void
smtp_end(struct dialogue *d, enum side side, struct span rest, enum ending ending)
{
	struct smtp *s = dialogue_state(d);
	uint64_t used = 0;

	(void)ending;
	smtp_body_close_chunk(d, s);
	if (side == CLIENT && s->mode == BODY)
		smtp_body_end(d);
	if (s->mode == BODY || !lines_end(&s->lines, side, rest))
		return;
	if (side == SERVER)
		reply_line(d, rest);
	else if (s->mode != BODY_UNSURE || smtp_begins_command(rest))
		client_line(d, rest, &used);
}

const struct dissector smtp_dissector = {
	.name = "smtp",
	.state_size = sizeof(struct smtp),
	.probe = smtp_probe,
	.step = smtp_step,
	.gap = smtp_gap,
	.end = smtp_end,
};
