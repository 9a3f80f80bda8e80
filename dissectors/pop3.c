/* POP3 (RFC 1939) with CAPA (RFC 2449), STLS (RFC 2595) and AUTH (RFC 5034).
 *
 * The client's lines are commands, or a login's answers to challenges; the server's lines are statuses, which answer
 * the commands in the order in which these were sent, and the lists and messages that some of them announce.
 * Deliberately left out: what is in a message. */
#include "answer.h"
#include "pop3_probe.h"
#include "pop3_state.h"
#include "stranger.h"

#include "base/table.h"

enum pop3_verb_flag {
	APPLICATION = 1,                /* not just greeting, capabilities, NOOP, QUIT and the ask */
	LIST_WITHOUT_ARGUMENT = 2,      /* with one, the status is all */
	WHOLE_MESSAGE = 4,
};

struct verb {
	const char       *word;
	unsigned          flags;
	enum pop3_reading follows;      /* a good status */
	enum step (*seen)(struct dialogue *d, struct span args);
	enum step (*answered)(struct dialogue *d, const struct pop3_status *status);
};

static enum step stls_seen(struct dialogue *d, struct span args);
static enum step quit_seen(struct dialogue *d, struct span args);
static enum step stls_answered(struct dialogue *d, const struct pop3_status *status);

static const struct verb verbs[] = {
	[POP3_VERB_NONE] = { "", 0, STATUS, NULL, NULL },
	[POP3_VERB_OTHER] = { "", 0, STATUS, NULL, NULL },
	[POP3_VERB_RESPONSE] = { "", 0, STATUS, NULL, pop3_auth_answered },
	[POP3_VERB_MECHANISMS] = { "", 0, MECHANISMS, NULL, NULL },
	[POP3_VERB_FIRST] = { "CAPA", 0, CAPABILITIES, NULL, NULL },
	{ "STLS", 0, STATUS, stls_seen, stls_answered },
	{ "USER", APPLICATION, STATUS, pop3_user_seen, pop3_user_answered },
	{ "PASS", APPLICATION, STATUS, pop3_pass_seen, pop3_pass_answered },
	{ "APOP", APPLICATION, STATUS, pop3_apop_seen, pop3_pass_answered },
	{ "AUTH", APPLICATION, STATUS, pop3_auth_seen, pop3_auth_answered },
	{ "STAT", APPLICATION, STATUS, NULL, NULL },
	{ "LIST", APPLICATION | LIST_WITHOUT_ARGUMENT, LISTING, NULL, NULL },
	{ "UIDL", APPLICATION | LIST_WITHOUT_ARGUMENT, LISTING, NULL, NULL },
	{ "RETR", APPLICATION | WHOLE_MESSAGE, MESSAGE, NULL, NULL },
	{ "TOP", APPLICATION, MESSAGE, NULL, NULL },
	{ "DELE", APPLICATION, STATUS, NULL, NULL },
	{ "LAST", APPLICATION, STATUS, NULL, NULL },
	{ "RSET", APPLICATION, STATUS, NULL, NULL },
	{ "NOOP", 0, STATUS, NULL, NULL },
	{ "QUIT", 0, STATUS, quit_seen, NULL },
	{ "UTF8", 0, STATUS, NULL, NULL },
	{ "LANG", LIST_WITHOUT_ARGUMENT, LISTING, NULL, NULL },
};

static size_t
find_verb(struct span word)
{
	for (size_t i = POP3_VERB_FIRST; i < TABLE_LENGTH(verbs); i++)
		if (span_is(word, verbs[i].word))
			return i;
	return POP3_VERB_NONE;
}

/* The client's side ------------------------------------------------------------------------------- */

void
pop3_release(struct dialogue *d, const char *behind, bool last_in_group)
{
	const struct pop3 *s = dialogue_state(d);

	if (last_in_group || !s->pipelining)
		lines_release(&s->lines, d, behind, last_in_group);
	else
		dialogue_release(d, CLIENT);
}

/* RFC 2595, section 4: no arguments, and the client waits for the status. */
static enum step
stls_seen(struct dialogue *d, struct span args)
{
	dialogue_event(d, CLIENT, EVENT_TLS_ASKED, args.len > 0 ? ASK_WITH_ARGUMENT : 0, span_of("STLS"));
	return STEP_HOLD;
}

static enum step
quit_seen(struct dialogue *d, struct span args)
{
	(void)args;
	dialogue_event(d, CLIENT, EVENT_QUIT, 0, span_of("QUIT"));
	return STEP_TAKEN;
}

static bool
are_numbers(struct span args)
{
	struct span word;
	uint64_t number;

	while (span_take_word(&args, &word))
		if (!span_number(word, &number))
			return false;
	return true;
}

/* A line of which something is not shown may hold a secret, in the wrong place or in the right one. */
static void
tell_command(struct dialogue *d, const struct verb *verb, struct span line, struct span args)
{
	struct pop3 *s = dialogue_state(d);
	struct buffer text = { 0 };

	if (verb->seen == pop3_auth_seen) {
		sasl_quote(&text, verb->word, args);
	} else {
		buffer_add_text(&text, verb->word);
		buffer_add_text(&text, args.len > 0 ? " " : "");
		buffer_add(&text, are_numbers(args) && verb->seen == NULL ? args
		                  : args.len > 0                           ? span_of("<redacted>")
		                                                           : args);
	}
	s->guarded |= !span_same(buffer_span(&text), line);
	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, buffer_span(&text));
	if ((verb->flags & APPLICATION) && (args.len > 0 || verb->seen != pop3_auth_seen))
		dialogue_event(d, CLIENT, EVENT_APPLICATION, 0, buffer_span(&text));
	buffer_free(&text);
}

/* RFC 2449, section 6.6: commands are sent ahead only where the server says that it takes them. */
static void
note_turn_taking(struct dialogue *d, struct pop3 *s, struct span word)
{
	if (s->unsure[SERVER] || s->unsure[CLIENT] || !dialogue_from_start(d))
		return;
	if (!s->greeted)                /* or the server's side was not captured: its greeting will tell */
		lines_keep_early(d, &s->early, true, word);
	else if (s->asked.count > 0 && !s->pipelining)
		dialogue_note(d, CLIENT, NOTE_PIPELINED_UNOFFERED, word);
}

static enum step
unknown_line(struct dialogue *d, struct span line)
{
	struct pop3 *s = dialogue_state(d);

	s->guarded = true;
	if (s->unsure[CLIENT]) {
		s->unsure[CLIENT] = false;
		dialogue_event(d, CLIENT, EVENT_TEXT, 0, span_of("<rest of a line>"));
		return STEP_TAKEN;
	}
	if (sasl_awaits_response(&s->sasl))
		return pop3_response(d, line);
	note_turn_taking(d, s, stranger_tell(d, line).quote);
	asked_add(&s->asked, d, POP3_VERB_OTHER);
	return STEP_TAKEN;
}

/* What waits for the status: a list follows it or not, as the command has an argument or none. */
static size_t
row_asked(size_t row, struct span args)
{
	if (verbs[row].seen == pop3_auth_seen && args.len == 0)
		return POP3_VERB_MECHANISMS;
	return (verbs[row].flags & LIST_WITHOUT_ARGUMENT) && args.len > 0 ? POP3_VERB_OTHER : row;
}

static enum step
client_line(struct dialogue *d, struct span line)
{
	struct pop3 *s = dialogue_state(d);
	struct span args = line, word;
	const struct verb *verb;
	size_t row;

	if (s->challenged)
		return pop3_response(d, line);
	span_take_word(&args, &word);
	row = find_verb(word);
	/* a client that waits for its answers says by going on that it got one */
	if (s->unsure[SERVER] && s->asked.count == 0)
		pop3_list_leave(d);
	if (row == POP3_VERB_NONE)
		return unknown_line(d, line);
	verb = &verbs[row];
	sasl_went_on(&s->sasl);
	note_turn_taking(d, s, span_of(verb->word));
	s->unsure[CLIENT] = false;
	tell_command(d, verb, line, args);
	asked_add(&s->asked, d, row_asked(row, args));
	return verb->seen != NULL ? verb->seen(d, args) : STEP_TAKEN;
}

/* The server's side ------------------------------------------------------------------------------- */

/* RFC 2595, section 4: +OK means go; the next bytes of both sides are TLS. */
static enum step
stls_answered(struct dialogue *d, const struct pop3_status *status)
{
	if (status->good) {
		dialogue_event(d, SERVER, EVENT_TLS_AGREED, 0, status->line);
		return STEP_UPGRADE;
	}
	dialogue_event(d, SERVER, EVENT_TLS_REFUSED, 0, status->line);
	pop3_release(d, "behind STLS", true);
	return STEP_TAKEN;
}

/* +OK or -ERR, in any case, and then a blank or nothing (RFC 1939, section 3). */
static bool
read_status(struct span line, struct pop3_status *status_r)
{
	struct span word;

	*status_r = (struct pop3_status){ .text = line };
	span_take_word(&status_r->text, &word);
	status_r->good = span_is(word, "+OK");
	return status_r->good || span_is(word, "-ERR");
}

/* What of a server's line may be shown: all, until the client may have sent a secret that it repeats.  A line that
 * nothing waits for may be of a message. */
static struct span
quote_line(struct dialogue *d, struct span line, bool is_status, struct buffer *out)
{
	const struct pop3 *s = dialogue_state(d);
	bool awaited = s->asked.count > 0 || s->reading != STATUS;

	if (!is_status && (!awaited || s->unsure[SERVER] || !dialogue_from_start(d)))
		return span_of("<unrecognised>");
	if ((!s->greeted && dialogue_from_start(d)) ||
	    !(s->guarded || !awaited || lines_client_is_ahead(&s->lines, d)))
		return line;
	if (is_status) {
		struct span word;

		span_take_word(&line, &word);
		buffer_add(out, word);
		buffer_add_text(out, line.len > 0 ? " " : "");
	}
	answer_quote(out, line, (struct span){ 0 });
	return buffer_span(out);
}

/* The first thing a server says; in a dialogue that was joined, where it says so. */
static bool
is_greeting(struct dialogue *d, const struct pop3_status *status)
{
	const struct pop3 *s = dialogue_state(d);

	if (s->greeted || s->unsure[SERVER])
		return false;
	return dialogue_from_start(d) ||
	       (s->asked.count == 0 && (span_has(status->text, "POP3") || span_has(status->text, "ready")));
}

/* RFC 2449, section 8, and RFC 3206: nothing about TLS, and it may be otherwise in a while. */
static void
tell_temporary(struct dialogue *d, const struct pop3_status *status)
{
	if (!status->good && (span_starts(status->text, "[SYS/TEMP]") || span_starts(status->text, "[LOGIN-DELAY]")))
		dialogue_event(d, SERVER, EVENT_TEMPORARY_REFUSED, 0, status->line);
}

static enum step
greeting_line(struct dialogue *d, const struct pop3_status *status)
{
	struct pop3 *s = dialogue_state(d);

	s->greeted = true;
	dialogue_event(d, SERVER, EVENT_ANSWER, 0, status->line);
	dialogue_event(d, SERVER, EVENT_GREETING, 0, status->line);
	tell_temporary(d, status);
	lines_note_early(d, &s->early);
	return STEP_TAKEN;
}

static enum step
status_line(struct dialogue *d, const struct pop3_status *status)
{
	struct pop3 *s = dialogue_state(d);
	bool expected = s->asked.count > 0;
	const struct verb *verb;

	if (is_greeting(d, status))
		return greeting_line(d, status);
	s->greeted = true;
	if (s->reading != STATUS)       /* a list without its last line */
		dialogue_note(d, SERVER, s->reading == CAPABILITIES ? NOTE_REPLY_UNFINISHED : NOTE_REPLY_MALFORMED,
			(struct span){ 0 });
	s->reading = STATUS;
	dialogue_event(d, SERVER, EVENT_ANSWER, 0, status->line);
	/* a server that grows tired of waiting says so unasked */
	if (!expected && status->good && !s->unsure[SERVER] && !s->unsure[CLIENT] && dialogue_from_start(d))
		dialogue_note(d, SERVER, NOTE_REPLY_UNEXPECTED, status->line);
	if (expected)
		s->unsure[SERVER] = false;
	tell_temporary(d, status);
	verb = &verbs[asked_take(&s->asked)];
	if (status->good && verb->follows != STATUS)
		pop3_list_begin(d, verb->follows, verb->word, (verb->flags & WHOLE_MESSAGE) != 0);
	return verb->answered != NULL ? verb->answered(d, status) : STEP_TAKEN;
}

static enum step
other_line(struct dialogue *d, struct span line)
{
	struct pop3 *s = dialogue_state(d);
	struct buffer quote = { 0 };
	struct span shown, base64 = span_after(line, 2);

	if (span_is(line, "+") || span_starts(line, "+ ")) {
		shown = base64.len == 0 || answer_prompt(base64) != PROMPT_OTHER ? line : span_of("+ <redacted>");
		if (pop3_challenge(d, base64)) {
			dialogue_event(d, SERVER, EVENT_ANSWER, 0, shown);
			return STEP_TAKEN;
		}
	}
	shown = quote_line(d, line, false, &quote);
	if (!s->unsure[SERVER] && dialogue_from_start(d)) {
		dialogue_event(d, SERVER, EVENT_TEXT, 0, shown);
		if (s->asked.count > 0)
			dialogue_note(d, SERVER, NOTE_REPLY_MALFORMED, span_first(shown, 80));
	}
	buffer_free(&quote);
	return STEP_TAKEN;
}

static enum step
server_line(struct dialogue *d, struct span line)
{
	struct pop3 *s = dialogue_state(d);
	struct buffer quote = { 0 };
	struct pop3_status status;
	enum step step;

	if (read_status(line, &status)) {
		status.line = quote_line(d, line, true, &quote);
		step = status_line(d, &status);
		buffer_free(&quote);
		return step;
	}
	if (s->reading == STATUS)
		return other_line(d, line);
	pop3_list_line(d, line, s->reading == LISTING ? line : quote_line(d, line, false, &quote));
	buffer_free(&quote);
	return STEP_TAKEN;
}

static enum step
server_step(struct dialogue *d, struct span in, uint64_t *used_r)
{
	struct pop3 *s = dialogue_state(d);
	struct span line;
	enum step step;
	bool is_line;

	if (s->reading == MESSAGE) {
		if (content_take(&s->message, d, SERVER, in, used_r))
			s->reading = STATUS;
		return STEP_TAKEN;
	}
	step = lines_take(&s->lines, d, SERVER, in, &line, &is_line, used_r);
	return is_line ? server_line(d, line) : step;
}

/* The dissector ----------------------------------------------------------------------------------- */

static enum step
pop3_step(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	struct pop3 *s = dialogue_state(d);
	struct span line;
	enum step step = STEP_TAKEN;
	bool is_line;

	if (side == CLIENT || s->reading != MESSAGE)
		step = lines_begin(in);
	if (step != STEP_TAKEN)
		return step;
	if (side == SERVER)
		return server_step(d, in, used_r);
	step = lines_take(&s->lines, d, CLIENT, in, &line, &is_line, used_r);
	return is_line ? client_line(d, line) : step;
}

/* Statuses can no longer be paired with what was asked before the hole.  What the server was in the middle of ended in
 * it if the client has gone on; where a message was due, what comes behind the hole is most likely a part of it. */
static void
pop3_gap(struct dialogue *d, enum side side, uint64_t lost)
{
	struct pop3 *s = dialogue_state(d);
	const struct verb *verb = &verbs[asked_first(&s->asked)];

	if (side == SERVER)
		sasl_lose_answer(&s->sasl);
	if (side == SERVER && lost == 0)
		return;                 /* what the server says later still answers what was asked first */
	s->unsure[side] = true;
	s->pipelining = true;           /* the offer may be in the hole */
	s->lines.skipping[side] = false;
	if (side == CLIENT) {
		s->guarded = true;
		s->challenged = false;
		sasl_taint(&s->sasl);
		return;
	}
	if (s->asked.count > 0)
		pop3_list_leave(d);
	if (verb->follows == MESSAGE)
		pop3_list_begin(d, MESSAGE, verb->word, (verb->flags & WHOLE_MESSAGE) != 0);
	asked_clear(&s->asked);
}

/* A last line that its sender did not end still says what it says. */
static void
pop3_end(struct dialogue *d, enum side side, struct span rest, enum ending ending)
{
	struct pop3 *s = dialogue_state(d);

	(void)ending;
	if (side == SERVER && s->reading == MESSAGE) {
		content_cut(&s->message, d, SERVER);
		return;
	}
	if (!lines_end(&s->lines, side, rest))
		return;
	if (side == SERVER)
		server_line(d, rest);
	else
		client_line(d, rest);
}

const struct dissector pop3_dissector = {
	.name = "pop3",
	.state_size = sizeof(struct pop3),
	.probe = pop3_probe,
	.step = pop3_step,
	.gap = pop3_gap,
	.end = pop3_end,
};
