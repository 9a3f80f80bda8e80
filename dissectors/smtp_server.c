/* What the server answers, and to which command. */
#include "smtp_server.h"

#include "answer.h"
#include "smtp_body.h"
#include "smtp_login.h"
#include "smtp_queue.h"
#include "smtp_state.h"
#include "smtp_verbs.h"

enum step
smtp_ehlo_answered(struct dialogue *d, const struct reply *reply)
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

enum step
smtp_helo_answered(struct dialogue *d, const struct reply *reply)
{
	struct smtp *s = dialogue_state(d);

	s->named |= reply->code == 250;
	dialogue_event(d, SERVER, EVENT_CLIENT_NAME_ANSWER, reply->code, reply->line);
	return STEP_TAKEN;
}

/* RFC 3207, section 4: 220 means go; the client's next byte is TLS, and so is the server's. */
enum step
smtp_starttls_answered(struct dialogue *d, const struct reply *reply)
{
	const struct smtp *s = dialogue_state(d);

	if (s->in_transaction)
		dialogue_event(d, SERVER, EVENT_TLS_IN_TRANSACTION, 0, (struct span){ 0 });
	if (reply->code == 220) {
		dialogue_event(d, SERVER, EVENT_TLS_AGREED, reply->code, reply->line);
		return STEP_UPGRADE;
	}
	lines_release(&s->lines, d, "behind STARTTLS", true);
	dialogue_event(d, SERVER, EVENT_TLS_REFUSED, reply->code, reply->line);
	return STEP_TAKEN;
}

enum step
smtp_mail_answered(struct dialogue *d, const struct reply *reply)
{
	struct smtp *s = dialogue_state(d);
	bool accepted = reply->code / 100 == 2;

	s->in_transaction |= accepted;
	if (accepted)
		s->recipients = 0;
	smtp_envelope_tell(d, &s->envelope, accepted ? EVENT_MAIL : EVENT_ENVELOPE_REFUSED, reply->code, reply->line);
	return STEP_TAKEN;
}

enum step
smtp_rcpt_answered(struct dialogue *d, const struct reply *reply)
{
	struct smtp *s = dialogue_state(d);
	bool accepted = reply->code / 100 == 2;

	s->recipients += accepted;
	smtp_envelope_tell(d, &s->envelope, accepted ? EVENT_RECIPIENT : EVENT_ENVELOPE_REFUSED, reply->code,
		reply->line);
	return STEP_TAKEN;
}

enum step
smtp_data_answered(struct dialogue *d, const struct reply *reply)
{
	struct smtp *s = dialogue_state(d);

	lines_release(&s->lines, d, "behind DATA", true);
	if (reply->code == 354)
		smtp_body_begin(s);
	else
		s->mode = BODY_UNWANTED;
	return STEP_TAKEN;
}

enum step
smtp_rset_answered(struct dialogue *d, const struct reply *reply)
{
	struct smtp *s = dialogue_state(d);

	if (reply->code == 250) {
		s->in_transaction = false;
		s->body.size = 0;       /* chunks so far belong to the message that was given up */
	}
	return STEP_TAKEN;
}

/* 250 and 251 name a mailbox; 252 says "cannot verify", and names one only with an @ in it. */
enum step
smtp_vrfy_answered(struct dialogue *d, const struct reply *reply)
{
	if (reply->code == 250 || reply->code == 251 ||
	    (reply->code == 252 && span_has(reply->text, "@")))
		dialogue_note(d, SERVER, NOTE_ADDRESS_PROBED, reply->line);
	return STEP_TAKEN;
}

/* What speaks of TLS may as well answer a STARTTLS that was not captured. */
static void
tell_refusal(struct dialogue *d, const struct reply *reply, bool expected)
{
	const struct smtp *s = dialogue_state(d);
	enum event_kind kind = smtp_reply_refusal(reply, s->offers_tls, s->offers_auth);

	if (kind != EVENT_KINDS && (kind != EVENT_TLS_POLICY_REFUSED || expected))
		dialogue_event(d, SERVER, kind, reply->code, reply->line);
}

static enum step
reply_ended(struct dialogue *d, const struct reply *reply)
{
	struct smtp *s = dialogue_state(d);
	size_t row = smtp_queue_first(s);
	const struct smtp_verb *verb = &smtp_verbs[row];
	bool expected = s->asked.count > 0;

	s->chunk_lost = false;
	smtp_queue_pop(s);
	smtp_body_check_chunk(d, row, expected, reply);
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
	else if (reply->code >= 400)
		sasl_lose_answer(&s->sasl);     /* it may have been this */
	if (reply->code >= 400 && verb->answered != smtp_starttls_answered)
		tell_refusal(d, reply, expected);
	if (reply->code == 354 && verb->answered != smtp_data_answered)
		verb = &smtp_verbs[smtp_find_verb(span_of("DATA"))];      /* whoever waits: a body begins */
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

	dialogue_event(d, SERVER, EVENT_CAPABILITY, 250,
		span_after(reply->line, smtp_reply_text_at(reply->line)));
	span_take_word(&args, &word);
	if (span_is(word, "STARTTLS")) {
		s->offers_tls = true;
		dialogue_event(d, SERVER, EVENT_TLS_OFFERED, 0, word);
	} else if (span_is(word, "PIPELINING")) {
		s->pipelining = true;
	} else if (span_is(word, "CHUNKING")) {
		s->chunking = true;
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

	s->pipelining = s->offers_tls = s->offers_auth = s->chunking = false;
	s->listed = true;
	dialogue_event(d, SERVER, EVENT_CAPABILITIES_BEGIN, 0, (struct span){ 0 });
}

/* What of a reply may be shown.  A challenge helps to guess the answer to it; and once the client may have sent a
 * secret, the server may repeat it, as it is or in other letters. */
static struct span
quote_reply(struct dialogue *d, struct span line, bool is_reply, struct buffer *out)
{
	const struct smtp *s = dialogue_state(d);
	bool guarded = s->guarded || lines_client_is_ahead(&s->lines, d);
	size_t text_at = smtp_reply_text_at(line);

	if (is_reply && span_starts(line, "334") && line.len > text_at &&
	    answer_prompt(span_after(line, text_at)) == PROMPT_OTHER)
		return span_of("334 <redacted>");
	if (!guarded || span_starts(line, "334") || (is_reply && !s->greeted && dialogue_from_start(d)))
		return line;            /* a greeting answers nothing */
	if (!is_reply)
		return span_of("<unrecognised>");
	buffer_add(out, span_first(line, text_at));
	answer_quote(out, span_after(line, text_at), s->host);
	return buffer_span(out);
}

static enum step
greeting_line(struct dialogue *d, const struct reply *reply, bool more)
{
	struct smtp *s = dialogue_state(d);
	struct span host;

	dialogue_event(d, SERVER, EVENT_ANSWER, reply->code, reply->line);
	if (!s->reply_open) {
		dialogue_event(d, SERVER, EVENT_GREETING, reply->code,
			span_after(reply->line, smtp_reply_text_at(reply->line)));
		span_take_word(&(struct span){ reply->text.at, reply->text.len }, &host);
		s->host = arena_copy(dialogue_arena(d), host);
		if (span_lists(reply->text, span_of("LMTP")))
			dialogue_is_called(d, "lmtp");
	}
	lines_note_early(d, &s->early);
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
		smtp_queue_seek(s, reply->code);
	list = smtp_verbs[smtp_queue_first(s)].answered == smtp_ehlo_answered && reply->code == 250;
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

enum step
smtp_reply_line(struct dialogue *d, struct span line)
{
	struct smtp *s = dialogue_state(d);
	struct buffer quote = { 0 };
	enum step step = STEP_TAKEN;
	struct reply reply;
	bool more, good = smtp_reply_read(line, &reply, &more);
	bool certain = !s->unsure[SERVER] && dialogue_from_start(d);

	reply.line = quote_reply(d, line, good, &quote);
	if (good) {
		step = reply_taken(d, &reply, more);
	} else {
		dialogue_event(d, SERVER, EVENT_TEXT, 0, certain ? reply.line : span_of("<rest of a line>"));
		if (certain)
			dialogue_note(d, SERVER, NOTE_REPLY_MALFORMED, span_first(reply.line, 80));
	}
	buffer_free(&quote);
	return step;
}
