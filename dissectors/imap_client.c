/* What an IMAP client says: commands with their tags, the literals in them, answers to a login's challenges. */
#include "imap_state.h"

#include "base/table.h"
#include "imap_quote.h"
#include "imap_verbs.h"
#include "stranger.h"

enum {
	LITERAL_READ_MOST = 4096,       /* of a login's; a longer one is passed over */
	NAME_MOST = 512,
};

/* Seen in the command that a line begins ---------------------------------------------------------- */

/* RFC 9051, section 6.2.1: no parameters, and the client waits for the answer. */
static enum step
starttls_seen(struct dialogue *d, struct span args)
{
	struct imap *s = dialogue_state(d);

	dialogue_event(d, CLIENT, EVENT_TLS_ASKED, args.len > 0 ? ASK_WITH_ARGUMENT : 0, span_of("STARTTLS"));
	imap_await(s, KIND_STARTTLS);
	s->waiting = WAITING_TLS;
	return STEP_HOLD;
}

static enum step
idle_seen(struct dialogue *d)
{
	struct imap *s = dialogue_state(d);

	s->waiting = WAITING_IDLE;
	return STEP_HOLD;
}

/* RFC 9051, section 6.2.2; with an initial response, RFC 4959. */
static enum step
authenticate_seen(struct dialogue *d, struct span args, struct span quote)
{
	struct imap *s = dialogue_state(d);
	struct span mechanism;

	span_take_word(&args, &mechanism);
	sasl_begin(&s->sasl, d, mechanism, quote);
	imap_login_told(s);
	if (args.len > 0)
		sasl_response(&s->sasl, d, args, quote);
	imap_await(s, KIND_AUTHENTICATE);
	imap_login_begins(s);
	s->waiting = WAITING_LOGIN;
	return STEP_HOLD;
}

/* LOGIN (RFC 9051, section 6.2.3) ------------------------------------------------------------------- */

/* Its first argument is the name, its second one the password. */
static void
login_argument(struct dialogue *d, struct span value)
{
	const struct span line = span_of("LOGIN <redacted>");
	struct imap *s = dialogue_state(d);

	if (s->argument == 0) {
		sasl_login(&s->sasl, d, "LOGIN", AUTH_CLASS_PASSWORD, span_first(value, NAME_MOST), line);
		imap_login_told(s);
	}
	if (s->argument == 1)
		sasl_login_secret(&s->sasl, d, value, line);
	s->argument++;
}

/* The arguments that stand in one line of the command. */
static void
login_line(struct dialogue *d, struct span args)
{
	struct buffer value = { 0 };
	enum argument found;

	do {
		found = argument_take(&args, &value);
		if (found == ARGUMENT_STRING || found == ARGUMENT_BROKEN)
			login_argument(d, buffer_span(&value));
	} while (found == ARGUMENT_STRING || found == ARGUMENT_BROKEN);
	buffer_wipe(&value);
}

static void
login_seen(struct dialogue *d, struct span args)
{
	struct imap *s = dialogue_state(d);

	s->argument = 0;
	imap_login_begins(s);
	imap_await(s, KIND_LOGIN);
	login_line(d, args);
}

/* Literals ---------------------------------------------------------------------------------------- */

/* APPEND's first argument names a mailbox, all others are messages (RFC 9051, section 6.3.12; RFC 3502, 4469). */
static bool
is_message(const struct imap *s, struct span before, bool first)
{
	return imap_verb_is(s->verb, "APPEND") && (!first || span_trim(before).len > 0);
}

/* The end of one line of a command: a literal, or the end of the command. */
static enum step
line_ended(struct dialogue *d, struct span rest, bool first)
{
	struct imap *s = dialogue_state(d);
	struct literal literal;
	enum literal_sign sign = literal_at_end(rest, &literal);

	if (sign == LITERAL_ABSURD)
		dialogue_note(d, CLIENT, NOTE_BAD_SIZE, span_of("a literal of an impossible size"));
	s->inside = sign == LITERAL_ANNOUNCED;
	if (!s->inside)
		return STEP_TAKEN;
	s->literal = literal.size;
	s->literal_due = true;
	s->literal_refused = false;
	s->literal_is_content = is_message(s, literal.before, first);
	if (!literal.waits)
		return STEP_TAKEN;
	s->waiting = WAITING_LITERAL;
	return STEP_HOLD;
}

/* RFC 7888: a server that knows literals takes the bytes of one that it refuses, or closes the connection; one
 * that does not, or ignores what stands behind the verb, reads on behind the line.  The client knows which. */
void
imap_literal_answered(struct dialogue *d)
{
	struct imap *s = dialogue_state(d);
	uint64_t left = dialogue_skipping(d, CLIENT);

	if (s->waiting == WAITING_LITERAL || (left == 0 && !s->literal_due))
		return;
	dialogue_stop_skipping(d, CLIENT);
	s->literal_refused = true;
	s->doubted_due = s->literal_due;
	s->doubted = s->literal_due ? s->literal : left;
	s->doubted_body = s->body[CLIENT].open;
	s->literal_due = s->body[CLIENT].open = false;
}

void
imap_literal_read(struct dialogue *d)
{
	struct imap *s = dialogue_state(d);
	uint64_t left = s->doubted > 0 ? s->doubted : dialogue_skipping(d, CLIENT);

	if (!s->literal_refused || left == 0)
		return;
	dialogue_stop_skipping(d, CLIENT);
	s->guarded = true;
	s->inside = s->literal_refused = s->literal_over = s->body[CLIENT].open = false;
	s->doubted = 0;
	if (left < s->literal)
		dialogue_note(d, CLIENT, NOTE_DESYNC, span_of("bytes behind a literal that was refused"));
}

void
imap_literal_over(struct dialogue *d, const struct imap_tag *command)
{
	struct imap *s = dialogue_state(d);

	s->literal_over = command->literal && (command->mark != s->tag || dialogue_skipping(d, CLIENT) == 0);
}

/* The tag of a line that was no command may be answered all the same. */
void
imap_literal_named(struct dialogue *d, uint64_t mark)
{
	struct imap *s = dialogue_state(d);

	imap_literal_read(d);
	if (!s->literal_over || mark == s->unknown)
		return;
	s->literal_over = false;
	s->guarded = true;
	dialogue_note(d, CLIENT, NOTE_DESYNC, span_of("bytes behind a literal that was refused"));
}

/* Whether what comes next is a command in place of the rest of a literal.  STEP_TAKEN: that is settled, and *used_r
 * bytes are passed over. */
static enum step
settle_doubted(struct dialogue *d, struct span in, uint64_t *used_r)
{
	struct imap *s = dialogue_state(d);
	struct span rest = in, line;

	if (!span_take_line(&rest, &line)) {
		if (in.len < QUOTE_MOST)
			return STEP_MORE;
		line = in;
	}
	if (imap_is_command(s, line)) {
		imap_literal_read(d);
		return STEP_TAKEN;
	}
	s->body[CLIENT].open = s->doubted_body;
	s->literal_due = s->doubted_due;
	s->literal_over = true;
	*used_r = s->doubted_due ? 0 : s->doubted;
	s->doubted = 0;
	return STEP_TAKEN;
}

/* A login's argument is read, anything else is passed over. */
static enum step
literal_step(struct dialogue *d, struct span in, uint64_t *used_r)
{
	struct imap *s = dialogue_state(d);
	bool login = imap_verb_is(s->verb, "LOGIN");

	if (login && s->literal <= LITERAL_READ_MOST && in.len < s->literal) {
		*used_r = s->literal;
		return STEP_MORE;
	}
	s->literal_due = false;
	if (s->literal > 0)
		imap_literal_went(s);
	*used_r = s->literal;
	dialogue_unit(d, CLIENT, s->literal < in.len ? s->literal : in.len);
	if (login && s->literal <= LITERAL_READ_MOST) {
		dialogue_event(d, CLIENT, EVENT_COMMAND, 0, span_of("<redacted>"));
		login_argument(d, span_first(in, (size_t)s->literal));
	} else if (login) {
		dialogue_note(d, CLIENT, NOTE_BAD_SIZE, span_of("a literal in a login"));
	}
	if (s->literal_is_content)
		imap_body_begin(d, CLIENT, s->literal, true);
	if (s->literal_is_content && s->literal > 0)
		imap_await(s, KIND_APPEND);
	return STEP_TAKEN;
}

/* Lines ------------------------------------------------------------------------------------------- */

/* Before the greeting; or the server's side was not captured: its greeting will tell. */
static void
note_early(struct dialogue *d, struct span word)
{
	struct imap *s = dialogue_state(d);

	lines_keep_early(d, &s->early, !s->greeted && !s->unsure[CLIENT] && !s->unsure[SERVER], word);
}

/* A misspelt STARTTLS, or X's in its place, stand behind the tag. */
static struct span
strange_part(struct span line)
{
	struct span rest = line, tag, quote;
	enum note_kind kind;

	if (!span_take_word(&rest, &tag))
		return line;
	kind = stranger_recognise(rest, &quote);
	return kind == NOTE_STARTTLS_MISSPELT || kind == NOTE_BLANKED_COMMAND ? rest : line;
}

/* A line that begins with no command.  Behind a login that was refused, or went unanswered in the capture, it may be
 * the secret of a client that did not wait; it may be anything. */
static enum step
unknown_line(struct dialogue *d, struct span line)
{
	struct imap *s = dialogue_state(d);
	struct span rest = line, tag;

	if (span_take_word(&rest, &tag))
		s->unknown = imap_tag_mark(tag);
	s->guarded = true;
	if (s->unsure[CLIENT]) {
		s->unsure[CLIENT] = false;
		dialogue_event(d, CLIENT, EVENT_TEXT, 0, span_of("<rest of a line>"));
		return STEP_TAKEN;
	}
	if (sasl_awaits_response(&s->sasl))
		sasl_answer(&s->sasl, d, line);
	else
		note_early(d, stranger_tell(d, strange_part(line)).quote);
	return STEP_TAKEN;
}

/* The client's answer to a challenge (RFC 9051, section 6.2.2). */
static enum step
response_line(struct dialogue *d, struct span line)
{
	struct imap *s = dialogue_state(d);

	s->response = false;
	s->guarded = true;
	s->waiting = WAITING_LOGIN;
	sasl_answer(&s->sasl, d, line);
	return STEP_HOLD;
}

/* Remembers the tag, so that the answer with it is known. */
static void
remember_tag(struct imap *s, struct span tag)
{
	s->tag = imap_tag_mark(tag);
	if (s->answered == s->tag)
		s->answered = 0;        /* that was an earlier one */
	s->tags[s->tag_next] = (struct imap_tag){ .mark = s->tag, .kind = KIND_OTHER };
	s->tag_next = (s->tag_next + 1) % TAGS_MOST;
}

static void
tell_command(struct dialogue *d, struct span line, struct span quote)
{
	struct imap *s = dialogue_state(d);

	s->guarded |= !span_same(quote, line);
	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, quote);
	if (imap_verb_flags(s->verb) & VERB_APPLICATION)
		dialogue_event(d, CLIENT, EVENT_APPLICATION, 0, quote);
	note_early(d, span_of(imap_verb_word(s->verb)));
}

static enum step
verb_seen(struct dialogue *d, struct span args, struct span quote)
{
	struct imap *s = dialogue_state(d);

	switch (imap_verb_flags(s->verb) & VERB_MEANINGS) {
	case VERB_STARTTLS: return starttls_seen(d, args);
	case VERB_AUTHENTICATE: return authenticate_seen(d, args, quote);
	case VERB_IDLE: return idle_seen(d);
	case VERB_LOGIN: login_seen(d, args); break;
	case VERB_LOGOUT: dialogue_event(d, CLIENT, EVENT_QUIT, 0, span_of("LOGOUT")); break;
	case VERB_CAPABILITY: imap_await(s, KIND_CAPABILITY); break;
	case VERB_COMPRESS: imap_await(s, KIND_COMPRESS); break;
	default: break;
	}
	return line_ended(d, args, true);
}

static enum step
command_line(struct dialogue *d, struct span line)
{
	struct imap *s = dialogue_state(d);
	struct span args = line, tag, word;
	struct buffer text = { 0 };
	enum step step;

	if (span_is(line, "DONE")) {            /* RFC 2177, section 3: the end of IDLE has no tag */
		dialogue_event(d, CLIENT, EVENT_COMMAND, 0, line);
		return STEP_TAKEN;
	}
	if (span_trim(line).len == 0)
		return STEP_TAKEN;              /* some clients end a literal's command twice */
	if (!imap_begins_command(line))
		return unknown_line(d, line);
	span_take_word(&args, &tag);
	span_take_word(&args, &word);
	s->verb = imap_find_verb(word);
	s->commanded = true;
	s->unsure[CLIENT] = false;
	sasl_went_on(&s->sasl);
	remember_tag(s, tag);
	imap_quote_command(&text, tag, s->verb, args);
	tell_command(d, line, buffer_span(&text));
	step = verb_seen(d, args, buffer_span(&text));
	buffer_free(&text);
	return step;
}

bool
imap_begins_command(struct span line)
{
	struct span tag, word;

	return span_take_word(&line, &tag) && imap_is_tag(tag) && span_take_word(&line, &word) &&
	       imap_find_verb(word) != VERB_NONE;
}

bool
imap_is_command(const struct imap *s, struct span line)
{
	struct span args = line, tag, word;

	if (!imap_begins_command(line))
		return false;
	span_take_word(&args, &tag);
	span_take_word(&args, &word);
	return (imap_is_numbered(tag) || imap_tag_mark(tag) == s->tag) &&
	       imap_is_grammatical(imap_find_verb(word), args);
}

enum step
imap_client_line(struct dialogue *d, struct span line)
{
	struct imap *s = dialogue_state(d);

	if (s->response)
		return response_line(d, line);
	if (s->answered == s->tag && imap_begins_command(line))
		s->inside = false;      /* what the line would go on with was answered */
	if (!s->inside)
		return command_line(d, line);
	if (imap_verb_is(s->verb, "LOGIN")) {
		s->guarded = true;
		login_line(d, line);
	}
	return line_ended(d, line, false);
}

/* Whether the answer that was not captured let the client go on: false while too little has come to tell. */
static bool
settle_unanswered(struct imap *s, struct span in)
{
	struct span rest = in, line;
	bool command;

	if (!span_take_line(&rest, &line)) {
		if (in.len < QUOTE_MOST)
			return false;
		line = in;
	}
	command = imap_begins_command(line);
	if (s->unanswered == WAITING_LITERAL && command)
		s->inside = s->literal_due = false;
	if (s->unanswered == WAITING_LOGIN)
		s->response = !command;
	s->unanswered = WAITING_NOT;
	return true;
}

/* The end of a line that was too long to be taken whole may announce a literal. */
static enum step
tail_taken(struct dialogue *d, struct span piece)
{
	struct imap *s = dialogue_state(d);

	literal_tail_add(&s->tail[CLIENT], piece);
	if (s->lines.skipping[CLIENT])
		return STEP_TAKEN;
	return line_ended(d, literal_tail_line(&s->tail[CLIENT]), false);
}

enum step
imap_client_step(struct dialogue *d, struct span in, uint64_t *used_r)
{
	struct imap *s = dialogue_state(d);
	struct span line;
	enum step step;
	bool is_line;

	if (s->unanswered != WAITING_NOT && !settle_unanswered(s, in))
		return STEP_MORE;
	if (s->doubted > 0) {
		step = settle_doubted(d, in, used_r);
		if (step != STEP_TAKEN || *used_r > 0)
			return step;
	}
	if (s->literal_due) {
		step = literal_step(d, in, used_r);
		if (step != STEP_TAKEN || *used_r > 0)
			return step;            /* behind an empty one its line goes on at once */
	}
	s->lines.long_is_usual[CLIENT] = !s->response && (s->inside || imap_is_bulk(in));
	step = lines_take(&s->lines, d, CLIENT, in, &line, &is_line, used_r);
	if (step == STEP_TAKEN && !is_line)
		return tail_taken(d, span_first(in, (size_t)*used_r));
	if (!is_line)
		return step;
	s->tail[CLIENT].len = 0;
	if (s->lines.skipping[CLIENT])
		literal_tail_add(&s->tail[CLIENT], line);
	return imap_client_line(d, line);
}
