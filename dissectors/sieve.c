/* ManageSieve (RFC 5804) with STARTTLS.
 *
 * The server begins with its capability list, and answers commands in their order: lines of strings, then OK, NO or
 * BYE.  Strings stand in quotes or are literals.  Deliberately left out: what is in scripts, and their names. */
#include "sieve_quote.h"
#include "sieve_probe.h"

#include "answer.h"
#include "asked.h"
#include "lines.h"
#include "literal.h"
#include "sasl.h"
#include "stranger.h"

enum {
	LITERAL_READ_MOST = 16 * 1024,  /* of a login's; a longer one is passed over */
};

struct sieve {
	struct lines        lines;
	struct sasl         sasl;
	struct asked        asked;              /* rows of the table of verbs */
	size_t              verb;               /* of the client's latest command */
	bool                inside[2];          /* this side's line goes on behind a literal */
	bool                literal_due;        /* a login's: it has to be read */
	uint64_t            literal;
	unsigned            argument;           /* how many of a login's were read */
	struct literal_tail tail[2];            /* of an over-long line */
	bool                greeted;            /* the first list has ended */
	bool                listing;            /* a list has begun */
	bool                unsure[2];          /* bytes of this side are missing just before here */
	bool                incomplete;         /* bytes of a side are missing, maybe a login or its answer */
	bool                guarded;            /* the client may have sent a secret, which the server may repeat */
	bool                logged_in;
	struct span         early;              /* the first command, when it came before the first list */
};

/* The client's side ------------------------------------------------------------------------------- */

/* RFC 5804, section 2.1: the mechanism, an initial response, and then a response for each challenge. */
static void
login_argument(struct dialogue *d, struct span value, struct span line)
{
	struct sieve *s = dialogue_state(d);

	if (s->argument++ == 0) {
		sasl_begin(&s->sasl, d, value, line);
	} else if (s->argument > 2 && span_is(value, "*")) {
		sasl_abort(&s->sasl, d, span_of("*"));
	} else {
		sasl_response(&s->sasl, d, value.len > 0 ? value : span_of("="), line);
	}
}

/* The arguments in one line of a login; then it is the server's turn. */
static enum step
login_line(struct dialogue *d, struct span args, struct span quote)
{
	struct sieve *s = dialogue_state(d);
	struct buffer value = { 0 };
	struct literal literal;
	enum argument found;

	while ((found = argument_take(&args, &value)) == ARGUMENT_STRING || found == ARGUMENT_BROKEN)
		login_argument(d, buffer_span(&value), quote);
	buffer_wipe(&value);
	s->literal_due = found == ARGUMENT_LITERAL && literal_at_end(args, &literal) == LITERAL_ANNOUNCED;
	s->inside[CLIENT] = s->literal_due;
	if (!s->literal_due)
		return STEP_HOLD;
	s->literal = literal.size;
	return STEP_TAKEN;
}

static enum step
literal_step(struct dialogue *d, struct span in, uint64_t *used_r)
{
	struct sieve *s = dialogue_state(d);

	*used_r = s->literal;
	if (s->literal <= LITERAL_READ_MOST && in.len < s->literal)
		return STEP_MORE;
	s->literal_due = false;
	dialogue_unit(d, CLIENT, s->literal < in.len ? s->literal : in.len);
	if (s->literal <= LITERAL_READ_MOST)
		login_argument(d, span_first(in, (size_t)s->literal), span_of("<redacted>"));
	else
		dialogue_note(d, CLIENT, NOTE_BAD_SIZE, span_of("a literal in a login"));
	return STEP_TAKEN;
}

/* A script, or another string that is passed over, may follow the line. */
static enum step
line_ended(struct dialogue *d, enum side side, struct span line, uint64_t *used_r)
{
	struct sieve *s = dialogue_state(d);
	struct literal literal;
	enum literal_sign sign = literal_at_end(line, &literal);

	if (sign == LITERAL_ABSURD)
		dialogue_note(d, side, NOTE_BAD_SIZE, span_of("a literal of an impossible size"));
	s->inside[side] = sign == LITERAL_ANNOUNCED;
	if (s->inside[side])
		*used_r += literal.size;
	return STEP_TAKEN;
}

/* The client waits for the answer (RFC 5804, section 2.2). */
static enum step
starttls_seen(struct dialogue *d, struct span args)
{
	dialogue_event(d, CLIENT, EVENT_TLS_ASKED, args.len > 0 ? ASK_WITH_ARGUMENT : 0, span_of("STARTTLS"));
	return STEP_HOLD;
}

static void
note_early(struct dialogue *d, struct span word)
{
	struct sieve *s = dialogue_state(d);

	lines_keep_early(d, &s->early, !s->greeted && !s->listing && !s->unsure[CLIENT] && !s->unsure[SERVER], word);
}

/* A line that begins with no verb may be anything, a secret included. */
static enum step
unknown_line(struct dialogue *d, struct span line, uint64_t *used_r)
{
	struct sieve *s = dialogue_state(d);

	s->guarded = true;
	if (s->unsure[CLIENT]) {
		s->unsure[CLIENT] = false;
		dialogue_event(d, CLIENT, EVENT_TEXT, 0, span_of("<rest of a line>"));
		return line_ended(d, CLIENT, line, used_r);
	}
	note_early(d, stranger_tell(d, line).quote);
	asked_add(&s->asked, d, SIEVE_NONE);
	return line_ended(d, CLIENT, line, used_r);
}

static enum step
verb_seen(struct dialogue *d, struct span args, struct span line, struct span quote, uint64_t *used_r)
{
	struct sieve *s = dialogue_state(d);

	switch (s->verb) {
	case SIEVE_STARTTLS: return starttls_seen(d, args);
	case SIEVE_AUTHENTICATE:
		s->argument = 0;
		return login_line(d, args, quote);
	case SIEVE_LOGOUT: dialogue_event(d, CLIENT, EVENT_QUIT, 0, span_of("LOGOUT")); break;
	default: break;
	}
	return line_ended(d, CLIENT, line, used_r);
}

static enum step
command_line(struct dialogue *d, struct span line, uint64_t *used_r)
{
	struct sieve *s = dialogue_state(d);
	struct span args = line, word;
	struct buffer quote = { 0 };
	enum step step;

	if (!span_take_word(&args, &word))
		return STEP_TAKEN;
	s->verb = sieve_find_verb(word);
	if (s->verb == SIEVE_NONE)
		return unknown_line(d, line, used_r);
	s->unsure[CLIENT] = false;
	sieve_quote_command(&quote, s->verb, args);
	s->guarded |= !span_same(buffer_span(&quote), line);
	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, buffer_span(&quote));
	if (sieve_is_application(s->verb))
		dialogue_event(d, CLIENT, EVENT_APPLICATION, 0, buffer_span(&quote));
	note_early(d, word);
	asked_add(&s->asked, d, s->verb);
	step = verb_seen(d, args, line, buffer_span(&quote), used_r);
	buffer_free(&quote);
	return step;
}

/* A string that stands alone.  To a login that was refused meanwhile it is a line like any other, whatever is in it. */
static enum step
response_line(struct dialogue *d, struct span line)
{
	struct sieve *s = dialogue_state(d);
	bool open = sasl_is_open(&s->sasl);
	enum step step;

	s->guarded = true;
	s->argument = s->argument < 2 ? 2 : s->argument;
	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, span_of("<redacted>"));
	step = login_line(d, line, span_of("<redacted>"));
	if (!open)
		asked_add(&s->asked, d, SIEVE_NONE);
	return open ? step : STEP_TAKEN;
}

/* The rest of a line of a login.  One that was refused meanwhile has had the answer that the client would wait for. */
static enum step
behind_literal(struct dialogue *d, struct span line)
{
	const struct sieve *s = dialogue_state(d);
	bool open = sasl_is_open(&s->sasl);
	enum step step = login_line(d, line, span_of("<redacted>"));

	return open ? step : STEP_TAKEN;
}

static enum step
client_line(struct dialogue *d, struct span line, uint64_t *used_r)
{
	struct sieve *s = dialogue_state(d);
	bool login = s->verb == SIEVE_AUTHENTICATE && (sasl_is_open(&s->sasl) || sasl_awaits_response(&s->sasl));

	if (s->inside[CLIENT] && login)
		return behind_literal(d, line);
	if (s->inside[CLIENT])
		return line_ended(d, CLIENT, line, used_r);
	if (login && line.len > 0 && (line.at[0] == '"' || line.at[0] == '{'))
		return response_line(d, line);
	return command_line(d, line, used_r);
}

/* The server's side ------------------------------------------------------------------------------- */

static void
list_begins(struct dialogue *d, struct span greeting)
{
	struct sieve *s = dialogue_state(d);

	s->listing = true;
	if (!s->greeted) {
		dialogue_event(d, SERVER, EVENT_GREETING, 0, greeting);
		lines_note_early(d, &s->early);
	}
	if (!s->logged_in)
		dialogue_event(d, SERVER, EVENT_CAPABILITIES_BEGIN, 0, (struct span){ 0 });
}

/* RFC 5804, section 1.7: a name, and for most a value.  No mechanism on offer means that TLS comes first. */
static void
capability_line(struct dialogue *d, struct span line)
{
	struct sieve *s = dialogue_state(d);
	struct buffer name = { 0 }, value = { 0 }, text = { 0 };
	struct span rest = line;
	bool valued;

	argument_take(&rest, &name);
	valued = argument_take(&rest, &value) == ARGUMENT_STRING;
	if (!s->listing)
		list_begins(d, span_is(buffer_span(&name), "IMPLEMENTATION") ? buffer_span(&value) : line);
	buffer_add(&text, buffer_span(&name));
	buffer_add_text(&text, value.len > 0 ? " " : "");
	buffer_add(&text, buffer_span(&value));
	if (!s->logged_in)              /* later it is too late for an offer of TLS */
		sieve_tell_capability(d, buffer_span(&name), valued, buffer_span(&value), buffer_span(&text),
			s->guarded);
	buffer_free(&name);
	buffer_free(&value);
	buffer_free(&text);
}

static void
list_ended(struct dialogue *d)
{
	struct sieve *s = dialogue_state(d);

	if (s->listing && !s->logged_in)
		dialogue_event(d, SERVER, EVENT_CAPABILITIES_END, 0, (struct span){ 0 });
	s->listing = false;
}

/* A challenge, which helps to guess the answer to it. */
static void
challenge_line(struct dialogue *d, struct span line)
{
	struct sieve *s = dialogue_state(d);
	struct buffer value = { 0 };
	struct span rest = line;
	enum answer_prompt prompt = PROMPT_OTHER;

	if (argument_take(&rest, &value) == ARGUMENT_STRING)
		prompt = answer_prompt(buffer_span(&value));
	if (prompt != PROMPT_OTHER)
		sasl_prompted(&s->sasl, prompt == PROMPT_PASSWORD);
	dialogue_event(d, SERVER, EVENT_ANSWER, 0, prompt != PROMPT_OTHER ? line : span_of("<redacted>"));
	lines_release(&s->lines, d, "behind AUTHENTICATE", true);
	buffer_free(&value);
}

static enum step
starttls_answered(struct dialogue *d, const struct sieve_answer *answer)
{
	const struct sieve *s = dialogue_state(d);

	if (span_is(answer->word, "OK")) {
		dialogue_event(d, SERVER, EVENT_TLS_AGREED, 0, answer->shown);
		return STEP_UPGRADE;
	}
	lines_release(&s->lines, d, "behind STARTTLS", true);
	dialogue_event(d, SERVER, EVENT_TLS_REFUSED, 0, answer->shown);
	return STEP_TAKEN;
}

static void
login_answered(struct dialogue *d, const struct sieve_answer *answer)
{
	struct sieve *s = dialogue_state(d);
	enum auth_outcome outcome = sieve_answer_outcome(answer);

	lines_release(&s->lines, d, "behind AUTHENTICATE", true);
	sasl_answered(&s->sasl, d, outcome, 0, answer->shown);
	s->logged_in |= outcome == AUTH_ACCEPTED;
}

/* Whatever came first, a refusal in place of it is one of the whole service. */
static void
greeting_ended(struct dialogue *d, const struct sieve_answer *answer)
{
	struct sieve *s = dialogue_state(d);

	if (!s->listing && dialogue_from_start(d) && !s->unsure[SERVER]) {
		dialogue_event(d, SERVER, EVENT_GREETING, 0, answer->shown);
		if (!span_is(answer->word, "OK"))
			dialogue_event(d, SERVER, EVENT_SERVICE_REFUSED, 0, answer->shown);
	}
	list_ended(d);
	s->greeted = true;
}

static enum step
answer_line(struct dialogue *d, struct span line)
{
	struct sieve *s = dialogue_state(d);
	bool guarded = s->guarded || lines_client_is_ahead(&s->lines, d);
	struct buffer quote = { 0 };
	struct sieve_answer answer;
	enum step step = STEP_TAKEN;
	size_t verb;

	sieve_answer_read(line, guarded, &quote, &answer);
	dialogue_event(d, SERVER, EVENT_ANSWER, 0, answer.shown);
	verb = asked_first(&s->asked);
	sieve_answer_tell(d, &answer, verb,
		verb == SIEVE_AUTHENTICATE || (!s->logged_in && !s->incomplete && dialogue_from_start(d)));
	if (!s->greeted) {
		greeting_ended(d, &answer);
	} else {
		list_ended(d);
		if (s->asked.count == 0 && !span_is(answer.word, "BYE") && !s->unsure[SERVER] && !s->unsure[CLIENT] &&
		    dialogue_from_start(d))
			dialogue_note(d, SERVER, NOTE_REPLY_UNEXPECTED, answer.shown);
		verb = asked_take(&s->asked);
		if (verb == SIEVE_STARTTLS)
			step = starttls_answered(d, &answer);
		else if (verb == SIEVE_AUTHENTICATE)
			login_answered(d, &answer);
	}
	s->unsure[SERVER] = false;
	buffer_free(&quote);
	return step;
}

static enum step
server_line(struct dialogue *d, struct span line, uint64_t *used_r)
{
	struct sieve *s = dialogue_state(d);
	struct span rest = line, word;
	bool list;

	if (!dialogue_from_start(d) && !s->listing && !sieve_is_capability(line))
		s->greeted = true;      /* the list went by before the capture began */
	list = !s->greeted || asked_first(&s->asked) == SIEVE_CAPABILITY;
	if (s->inside[SERVER] || !span_take_word(&rest, &word))
		return line_ended(d, SERVER, line, used_r);
	line_ended(d, SERVER, line, used_r);
	if (sieve_is_answer(word))
		return answer_line(d, line);
	if (word.at[0] != '"' && word.at[0] != '{') {
		bool certain = !s->unsure[SERVER] && dialogue_from_start(d);

		dialogue_event(d, SERVER, EVENT_TEXT, 0, certain && !s->guarded ? line : span_of("<unrecognised>"));
		if (certain)
			dialogue_note(d, SERVER, NOTE_REPLY_MALFORMED, (struct span){ 0 });
	} else if (asked_first(&s->asked) == SIEVE_AUTHENTICATE) {
		challenge_line(d, line);
	} else if (list && word.at[0] == '"') {
		capability_line(d, line);
	} else {
		dialogue_event(d, SERVER, EVENT_ANSWER, 0, span_of("<script or name of one>"));
	}
	return STEP_TAKEN;
}

/* The dissector ----------------------------------------------------------------------------------- */

/* The end of a line that was too long to be taken whole may announce a literal. */
static void
tail_taken(struct dialogue *d, enum side side, struct span piece, uint64_t *used_r)
{
	struct sieve *s = dialogue_state(d);

	literal_tail_add(&s->tail[side], piece);
	if (!s->lines.skipping[side])
		line_ended(d, side, literal_tail_line(&s->tail[side]), used_r);
}

static enum step
sieve_step(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	struct sieve *s = dialogue_state(d);
	struct span line;
	enum step step;
	bool is_line;

	if (side == CLIENT && s->literal_due)
		return literal_step(d, in, used_r);
	step = lines_begin(in);
	if (step != STEP_TAKEN)
		return step;
	step = lines_take(&s->lines, d, side, in, &line, &is_line, used_r);
	if (step == STEP_TAKEN && !is_line)
		tail_taken(d, side, span_first(in, (size_t)*used_r), used_r);
	if (!is_line)
		return step;
	s->tail[side].len = 0;
	if (s->lines.skipping[side])
		literal_tail_add(&s->tail[side], line);
	return side == CLIENT ? client_line(d, line, used_r) : server_line(d, line, used_r);
}

/* What was awaited may be in the hole: answers can no longer be paired with what was asked before it.  Where nothing is
 * lost, the client merely waits no longer. */
static void
sieve_gap(struct dialogue *d, enum side side, uint64_t lost)
{
	struct sieve *s = dialogue_state(d);

	(void)d;
	if (lost == 0)
		return;
	s->unsure[side] = s->incomplete = true;
	s->lines.skipping[side] = s->inside[side] = false;
	if (side == CLIENT) {
		s->guarded = true;
		s->literal_due = false;
		sasl_taint(&s->sasl);
		return;
	}
	asked_clear(&s->asked);
	s->listing = false;
	s->greeted = true;
}

/* A last line that its sender did not end still says what it says. */
static void
sieve_end(struct dialogue *d, enum side side, struct span rest, enum ending ending)
{
	struct sieve *s = dialogue_state(d);
	uint64_t used = 0;

	lines_note_unsent(d, side, ending);
	if ((side == CLIENT && s->literal_due) || !lines_end(&s->lines, side, rest))
		return;
	if (side == SERVER)
		server_line(d, rest, &used);
	else
		client_line(d, rest, &used);
}

const struct dissector sieve_dissector = {
	.name = "sieve",
	.state_size = sizeof(struct sieve),
	.probe = sieve_probe,
	.step = sieve_step,
	.gap = sieve_gap,
	.end = sieve_end,
};
