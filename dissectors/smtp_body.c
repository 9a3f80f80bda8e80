/* Messages on their way: DATA (RFC 5321, section 4.1.1.4) and BDAT (RFC 3030).  What is in them is nobody's business;
 * where they end is, for text in a message is never a command. */
#include "smtp_body.h"

#include "smtp_client.h"
#include "smtp_queue.h"
#include "smtp_queue_id.h"
#include "smtp_verbs.h"

#include <stdio.h>

/* RFC 3030, section 2: BDAT size [LAST], and that many bytes right behind the line. */
enum step
smtp_body_chunk_announced(struct dialogue *d, struct span args)
{
	struct smtp *s = dialogue_state(d);
	struct span size, last;
	uint64_t bytes = 0;

	smtp_body_close_chunk(d, s);
	span_take_word(&args, &size);
	span_take_word(&args, &last);
	if (!span_number(size, &bytes) || bytes > INT64_MAX || (last.len > 0 && !span_is(last, "LAST"))) {
		dialogue_note(d, CLIENT, NOTE_BAD_SIZE, span_of("BDAT"));
		s->chunk_bytes = 0;
		return STEP_TAKEN;
	}
	s->chunk_bytes = bytes;
	s->body.size += bytes;
	s->last_chunk = last.len > 0;
	return STEP_TAKEN;
}

static void
tell_body(struct dialogue *d, uint64_t size, const char *remark)
{
	char text[64];

	snprintf(text, sizeof(text), "message body, %llu bytes%s", (unsigned long long)size, remark);
	dialogue_event(d, CLIENT, EVENT_CONTENT, 0, span_of(text));
}

static void
tell_content(struct dialogue *d, uint64_t size)
{
	tell_body(d, size, "");
	dialogue_tell(d, &(struct event){
		.kind = EVENT_CONTENT_END,
		.side = CLIENT,
		.facts.mail = &(struct mail_facts){ .octets = size },
	});
}

/* A message that came in chunks counts once its last byte has come. */
void
smtp_body_close_chunk(struct dialogue *d, struct smtp *s)
{
	if (!s->chunk_open || dialogue_skipping(d, CLIENT) > 0)
		return;
	s->chunk_open = false;
	tell_content(d, s->body.size);
	s->body.size = 0;
}

bool
smtp_body_is_doubtful(struct dialogue *d)
{
	const struct smtp *s = dialogue_state(d);

	return s->chunk_open && s->chunks_waiting > 0 && !s->chunking && dialogue_from_start(d);
}

/* The chunk itself is passed over by taking more than was given. */
void
smtp_body_take_chunk(struct dialogue *d, struct smtp *s, uint64_t *used_r)
{
	*used_r += s->chunk_bytes;
	s->chunks_bytes = (s->chunks_waiting > 0 ? s->chunks_bytes : 0) + s->chunk_bytes;
	if (s->chunk_bytes > 0)
		dialogue_event(d, CLIENT, EVENT_CONTENT_BEGIN, 0, span_of("BDAT"));
	s->chunk_open = s->last_chunk;
	smtp_queue_add(d, s, s->last_chunk ? VERB_BDAT_LAST : VERB_BDAT_PART);
	s->last_chunk = false;
}

/* RFC 3030, section 2: a server that takes chunks takes the bytes of one that it refuses as well; one that does not
 * know the command, or makes nothing of its size, reads on behind the line (RFC 5321, section 4.2.2, for the codes). */
static bool
knows_no_chunk(const struct smtp *s, uint32_t code)
{
	return code == 500 || code == 501 || code == 502 || code == 504 || (code >= 400 && s->listed && !s->chunking);
}

void
smtp_body_check_chunk(struct dialogue *d, size_t row, bool expected, const struct reply *reply)
{
	struct smtp *s = dialogue_state(d);
	uint64_t left = dialogue_skipping(d, CLIENT);
	bool chunk = row == VERB_BDAT_PART || row == VERB_BDAT_LAST;
	bool certain = !s->unsure[SERVER] && !s->unsure[CLIENT] && dialogue_from_start(d);
	bool lost = certain && left > 0 && !expected && reply->code != 421;
	bool unknown = chunk && knows_no_chunk(s, reply->code);
	bool passed = left < (unknown ? s->chunks_bytes : s->chunk_bytes);

	if (!lost && !unknown)
		return;
	dialogue_stop_skipping(d, CLIENT);
	s->guarded = true;
	s->chunk_open = false;
	s->body.size = s->chunks_bytes = 0;
	if (!passed)
		return;                 /* the client waited for the reply */
	if (left > 0)
		s->mode = BODY_UNWANTED;
	dialogue_note(d, CLIENT, NOTE_DESYNC, span_of("bytes behind a BDAT that was refused"));
}

void
smtp_body_begin(struct smtp *s)
{
	s->mode = BODY;
	s->body_told = false;
	dotted_begin(&s->body, s->lines.bare_lf[CLIENT]);
}

enum step
smtp_body_step(struct dialogue *d, struct span in, uint64_t *used_r)
{
	struct smtp *s = dialogue_state(d);
	bool ended, false_end = s->body.false_end;

	*used_r = dotted_take(&s->body, in, &ended);
	if (!s->body_told && dotted_has_text(&s->body, ended)) {
		dialogue_event(d, CLIENT, EVENT_CONTENT_BEGIN, 0, span_of("DATA"));
		s->body_told = true;
	}
	if (s->body.false_end && !false_end)
		dialogue_note(d, CLIENT, NOTE_FALSE_END, span_of("a command behind a non-standard end"));
	if (!ended)
		return STEP_TAKEN;
	s->mode = COMMANDS;
	tell_content(d, s->body.size);
	s->body.size = 0;
	smtp_queue_add(d, s, VERB_BODY);
	return STEP_TAKEN;
}

bool
smtp_body_settle(struct smtp *s, struct span in)
{
	struct span rest = in, line;

	if (!span_take_line(&rest, &line)) {
		if (in.len < QUOTE_MOST)
			return false;
		line = in;
	}
	s->mode = COMMANDS;
	if (!smtp_begins_command(line))
		smtp_body_begin(s);
	return true;
}

/* The server did not want this message, and answers each of its lines as a command.  It ends with its dot, or with a
 * line that is nothing but a command. */
enum step
smtp_body_unwanted_line(struct dialogue *d, struct span line, uint64_t *used_r)
{
	struct smtp *s = dialogue_state(d);

	if (smtp_begins_command(line)) {
		s->mode = COMMANDS;
		return smtp_command_line(d, line, used_r);
	}
	s->guarded = true;
	if (span_is(line, "."))
		s->mode = COMMANDS;
	dialogue_note(d, CLIENT, NOTE_UNKNOWN_VERB, span_of("<message that was not wanted>"));
	smtp_queue_add(d, s, VERB_UNKNOWN);
	return STEP_TAKEN;
}

/* RFC 2033, section 4.2: each recipient that was accepted has an answer of its own to the message.  Whether more of
 * them come. */
static bool
more_answers(struct smtp *s)
{
	if (s->body_answers == 0)
		s->body_answers = s->is_lmtp && s->recipients > 0 ? s->recipients : 1;
	s->body_answers--;
	if (s->body_answers > 0)
		asked_again(&s->asked, VERB_BODY);
	return s->body_answers > 0;
}

static void
tell_answer(struct dialogue *d, const struct reply *reply)
{
	struct buffer id = { 0 };

	if (reply->code / 100 == 2)
		smtp_queue_id(&id, reply->text);
	dialogue_tell(d, &(struct event){
		.kind = EVENT_CONTENT_ANSWER,
		.side = SERVER,
		.code = reply->code,
		.text = reply->line,
		.facts.mail = &(struct mail_facts){ .queue_id = buffer_span(&id) },
	});
	buffer_free(&id);
}

/* A message is told to be accepted once, however many want it, and refused when all answers say so. */
enum step
smtp_body_answered(struct dialogue *d, const struct reply *reply)
{
	struct smtp *s = dialogue_state(d);
	bool accepted = reply->code / 100 == 2, more = more_answers(s);

	if (!s->body_accepted && (accepted || !more))
		tell_answer(d, reply);
	s->body_accepted = more && (s->body_accepted || accepted);
	if (!more) {
		s->in_transaction = false;
		s->recipients = 0;
	}
	return STEP_TAKEN;
}

/* A reply while a body is on its way: consent means that the server saw an end which we did not follow. */
void
smtp_body_interrupted(struct dialogue *d, struct smtp *s, const struct reply *reply)
{
	if (reply->code / 100 != 2)
		return;
	s->mode = COMMANDS;
	if (s->unsure[SERVER]) {
		s->body.size = 0;       /* answers are missing: this one may be to a later command */
		return;
	}
	if (s->body.false_end || s->body.maybe_ended || s->unsure[CLIENT])
		tell_content(d, s->body.size);
	s->body.size = 0;
	smtp_body_answered(d, reply);
}

void
smtp_body_end(struct dialogue *d)
{
	const struct smtp *s = dialogue_state(d);

	if (s->body.maybe_ended)
		tell_content(d, s->body.size);
	else if (s->body_told)
		tell_body(d, s->body.size, ", unfinished");
}
