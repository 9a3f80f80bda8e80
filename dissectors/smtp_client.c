/* What the client asks for, and whether it was its turn. */
#include "smtp_client.h"

#include "smtp_body.h"
#include "smtp_login.h"
#include "smtp_queue.h"
#include "smtp_quote.h"
#include "smtp_server.h"
#include "smtp_verbs.h"
#include "stranger.h"

/* A line of which something is not shown may hold a secret, in the wrong place or in the right one. */
static void
tell_command(struct dialogue *d, const struct smtp_verb *verb, struct span line, struct span args)
{
	struct smtp *s = dialogue_state(d);
	struct buffer text = { 0 };

	smtp_quote_command(&text, verb, line, args);
	s->guarded |= !span_same(buffer_span(&text), line);
	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, buffer_span(&text));
	if (verb->flags & APPLICATION)
		dialogue_event(d, CLIENT, EVENT_APPLICATION, 0, buffer_span(&text));
	buffer_free(&text);
}

enum step
smtp_ehlo_seen(struct dialogue *d, struct span args)
{
	dialogue_event(d, CLIENT, EVENT_CLIENT_NAME, DIALECT_EXTENDED, smtp_quote_client_name(args));
	return STEP_TAKEN;
}

enum step
smtp_lhlo_seen(struct dialogue *d, struct span args)
{
	struct smtp *s = dialogue_state(d);

	s->is_lmtp = true;
	dialogue_is_called(d, "lmtp");
	return smtp_ehlo_seen(d, args);
}

enum step
smtp_helo_seen(struct dialogue *d, struct span args)
{
	dialogue_event(d, CLIENT, EVENT_CLIENT_NAME, DIALECT_BASIC, smtp_quote_client_name(args));
	return STEP_TAKEN;
}

/* RFC 3207, section 4: no parameters, and the client waits for the answer. */
enum step
smtp_starttls_seen(struct dialogue *d, struct span args)
{
	struct smtp *s = dialogue_state(d);
	uint32_t flags = args.len > 0 ? ASK_WITH_ARGUMENT : 0;

	if (!s->named && !smtp_queue_awaits(s, smtp_ehlo_answered) && dialogue_from_start(d))
		dialogue_note(d, CLIENT, NOTE_STARTTLS_EARLY, span_of("STARTTLS"));
	dialogue_event(d, CLIENT, EVENT_TLS_ASKED, flags, span_of("STARTTLS"));
	return STEP_HOLD;
}

enum step
smtp_anonymoustls_seen(struct dialogue *d, struct span args)
{
	(void)args;
	dialogue_note(d, CLIENT, NOTE_ANONYMOUS_TLS, span_of("X-ANONYMOUSTLS"));
	dialogue_event(d, CLIENT, EVENT_TLS_ASKED, ASK_PRIVATE, span_of("X-ANONYMOUSTLS"));
	return STEP_HOLD;
}

enum step
smtp_forwarded_seen(struct dialogue *d, struct span args)
{
	struct buffer whom = { 0 };

	smtp_quote_forwarded(&whom, args);
	dialogue_note(d, CLIENT, NOTE_FORWARDED, span_trim(buffer_span(&whom)));
	buffer_free(&whom);
	return STEP_TAKEN;
}

enum step
smtp_mail_seen(struct dialogue *d, struct span args)
{
	if (span_has(args, " REQUIRETLS"))
		dialogue_note(d, CLIENT, NOTE_REQUIRETLS_IN_CLEAR, span_of("MAIL ... REQUIRETLS"));
	return STEP_TAKEN;
}

enum step
smtp_data_seen(struct dialogue *d, struct span args)
{
	(void)args;
	(void)d;
	return STEP_HOLD;
}

enum step
smtp_quit_seen(struct dialogue *d, struct span args)
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
		lines_keep_early(d, &s->early, true, word);
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
	struct stranger stranger;
	bool login;

	s->guarded = true;
	if (s->unsure[CLIENT] || s->chunk_lost) {
		s->unsure[CLIENT] = s->chunk_lost;
		dialogue_event(d, CLIENT, EVENT_TEXT, 0, span_of("<rest of a line>"));
		return STEP_TAKEN;
	}
	if (sasl_awaits_response(&s->sasl) && !s->in_transaction)
		return smtp_login_response(d, line);
	stranger = stranger_tell(d, line);
	if (!s->greeted)
		note_turn_taking(d, s, stranger.quote);
	login = stranger.kind == NOTE_WRONG_PROTOCOL && smtp_login_stranger(d, line);
	if (login)
		dialogue_event(d, CLIENT, EVENT_APPLICATION, 0, span_of(stranger.told));
	smtp_queue_add(d, s, login ? VERB_STRANGER : VERB_UNKNOWN);
	return login ? smtp_login_hold(d) : STEP_TAKEN; /* another one waits for what becomes of this */
}

/* The client goes on although the list it asked for has not ended: the reply was damaged on its way. */
static void
close_reply(struct dialogue *d, struct smtp *s)
{
	if (!s->reply_open || smtp_verbs[smtp_queue_first(s)].answered != smtp_ehlo_answered)
		return;
	dialogue_note(d, SERVER, NOTE_REPLY_UNFINISHED, (struct span){ 0 });
	s->reply_open = false;
	s->named = true;
	dialogue_event(d, SERVER, EVENT_CLIENT_NAME_ANSWER, 250, (struct span){ 0 });
	smtp_queue_pop(s);
}

/* The beginning of a chunk may be missing, so this may be text in a message: a command that nobody gives in the middle
 * of a transaction, or prose that begins like one. */
static bool
is_text(const struct smtp *s, size_t row, struct span line)
{
	enum step (*seen)(struct dialogue *, struct span) = smtp_verbs[row].seen;

	return s->chunk_lost && (seen == smtp_starttls_seen || seen == smtp_anonymoustls_seen ||
		seen == smtp_login_asked || !smtp_begins_command(line));
}

enum step
smtp_command_line(struct dialogue *d, struct span line, uint64_t *used_r)
{
	struct smtp *s = dialogue_state(d);
	struct span args = line, word;
	const struct smtp_verb *verb;
	enum step step;
	size_t row;

	span_take_word(&args, &word);
	row = smtp_find_verb(word);
	if (row == VERB_UNKNOWN || is_text(s, row, line))
		return unknown_line(d, line);
	verb = &smtp_verbs[row];
	sasl_went_on(&s->sasl);
	close_reply(d, s);
	note_turn_taking(d, s, span_of(verb->word));
	s->unsure[CLIENT] = false;
	tell_command(d, verb, line, args);
	step = verb->seen != NULL ? verb->seen(d, args) : STEP_TAKEN;
	if (verb->seen == smtp_body_chunk_announced)
		smtp_body_take_chunk(d, s, used_r);
	else
		smtp_queue_add(d, s, row);
	if ((verb->flags & ENVELOPE) && !dialogue_was_held(d))
		smtp_envelope_add(d, &s->envelope, line);
	return step;
}
