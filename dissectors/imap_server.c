/* What an IMAP server says: untagged data and status, go-aheads, and answers that name the command's tag (RFC 9051,
 * section 7).  Mailbox data is passed over; of a run of it only the first line is told. */
#include "imap_state.h"

#include "imap_data.h"
#include "imap_quote.h"
#include "imap_verbs.h"
#include "answer.h"

#include <stdio.h>

/* One status: OK, NO, BAD, BYE or PREAUTH, a code in brackets, and text for people. */
struct status_line {
	struct span word, code, argument, text;         /* the text as sent, code and all */
	struct span shown;                              /* what may be quoted: the line without its tag */
};

/* Capability lists -------------------------------------------------------------------------------- */

/* What logins an atom offers.  Without LOGINDISABLED the command LOGIN, part of the protocol itself, takes a password
 * (RFC 9051, section 6.2.3). */
static struct span
logins_of(const struct imap *s, struct span atom)
{
	if (span_starts(atom, "AUTH="))
		return s->guarded ? sasl_mechanism_name(span_after(atom, 5)) : span_after(atom, 5);
	return span_starts(atom, "IMAP4") && !s->login_needs_tls ? span_of("LOGIN") : (struct span){ 0 };
}

/* Each atom is told where it stands. */
static void
tell_atom(struct dialogue *d, struct span atom, struct where where)
{
	const struct imap *s = dialogue_state(d);
	struct event event = { .kind = EVENT_CAPABILITY, .side = SERVER, .where = where };
	struct buffer quote = { 0 };

	if (s->guarded)
		imap_quote_capability(&quote, atom);
	event.text = s->guarded ? buffer_span(&quote) : atom;
	dialogue_tell(d, &event);
	event.kind = EVENT_TLS_OFFERED;
	if (span_is(atom, "STARTTLS"))
		dialogue_tell(d, &event);
	event.kind = EVENT_LOGIN_NEEDS_TLS;
	if (span_is(atom, "LOGINDISABLED"))
		dialogue_tell(d, &event);
	event.kind = EVENT_AUTH_OFFERED;
	event.text = logins_of(s, atom);
	if (event.text.len > 0)
		dialogue_tell(d, &event);
	buffer_free(&quote);
}

/* A complete list.  What a server offers to a client that is logged in says nothing of TLS: it is too late for that.
 * Some send such a list just before they say that the login succeeded. */
static void
capability_list(struct dialogue *d, struct span line, struct span list)
{
	struct imap *s = dialogue_state(d);
	struct where where = dialogue_where(d, SERVER);
	uint64_t line_at = where.offset;
	struct span rest = list, atom;

	if (s->logged_in || (s->greeted && s->login_open && !s->list_due))
		return;
	dialogue_event(d, SERVER, EVENT_CAPABILITIES_BEGIN, 0, (struct span){ 0 });
	s->login_needs_tls = span_lists(list, span_of("LOGINDISABLED"));
	while (span_take_word(&rest, &atom)) {
		where.offset = line_at + (uint64_t)(atom.at - line.at);
		where.length = atom.len;
		tell_atom(d, atom, where);
	}
	if (span_has(span_trim(list), "  "))
		dialogue_note(d, SERVER, NOTE_LIST_HOLE, s->guarded ? span_of("CAPABILITY ...") : span_trim(list));
	dialogue_event(d, SERVER, EVENT_CAPABILITIES_END, 0, (struct span){ 0 });
}

/* Status ------------------------------------------------------------------------------------------ */

static struct status_line
status_read(struct span word, struct span text)
{
	struct status_line status = { .word = word, .text = text };
	size_t end = span_find(text, "]");

	if (text.len == 0 || text.at[0] != '[' || end == text.len)
		return status;
	status.argument = span_first(span_after(text, 1), end - 1);
	span_take_word(&status.argument, &status.code);
	return status;
}

static bool
is_status(struct span word)
{
	return span_is(word, "OK") || span_is(word, "NO") || span_is(word, "BAD") || span_is(word, "BYE") ||
	       span_is(word, "PREAUTH");
}

/* The address of the other server without the name of the user (RFC 5092). */
static struct span
referral_host(struct span url)
{
	size_t at = span_find(url, "@");

	if (at < url.len)
		return span_after(url, at + 1);
	return span_after(url, span_find(url, "://") < url.len ? span_find(url, "://") + 3 : 0);
}

static bool
is_guarded(struct dialogue *d, const struct status_line *status)
{
	const struct imap *s = dialogue_state(d);

	if (span_is(status->code, "REFERRAL"))
		return true;            /* it names the user */
	return s->guarded || lines_client_is_ahead(&s->lines, d);
}

/* Fills what may be shown of the status, which borrows from the line or from `out`. */
static void
status_quote(struct dialogue *d, struct status_line *status, struct span line, bool greeting, struct buffer *out)
{
	status->shown = span_from(status->word.at, (size_t)(line.at + line.len - status->word.at));
	if ((greeting && !span_is(status->code, "REFERRAL")) || !is_guarded(d, status))
		return;
	buffer_add(out, status->word);
	buffer_add_text(out, status->text.len > 0 ? " " : "");
	answer_quote(out, status->text, (struct span){ 0 });
	status->shown = buffer_span(out);
}

/* What the code says, whatever was answered. */
static void
code_seen(struct dialogue *d, const struct status_line *status, struct span line)
{
	if (span_is(status->code, "CAPABILITY"))
		capability_list(d, line, status->argument);
	if (span_is(status->code, "REFERRAL"))
		dialogue_note(d, SERVER, NOTE_LOGIN_REFERRED, referral_host(status->argument));
}

static void
tell_status(struct dialogue *d, struct span before, const struct status_line *status)
{
	struct buffer text = { 0 };

	buffer_add(&text, before);
	buffer_add_text(&text, " ");
	buffer_add(&text, status->shown);
	dialogue_event(d, SERVER, EVENT_ANSWER, 0, buffer_span(&text));
	buffer_free(&text);
}

static void
greeting_seen(struct dialogue *d, const struct status_line *status, struct span line)
{
	struct imap *s = dialogue_state(d);
	struct span shown = span_is(status->code, "REFERRAL") ? status->shown : line;

	s->logged_in = span_is(status->word, "PREAUTH");
	tell_status(d, span_of("*"), status);
	dialogue_event(d, SERVER, EVENT_GREETING, 0, shown);
	if (s->logged_in)
		dialogue_event(d, SERVER, EVENT_PREAUTHENTICATED, 0, shown);
	if (span_is(status->word, "BYE"))
		dialogue_event(d, SERVER, EVENT_SERVICE_REFUSED, 0, shown);
	lines_note_early(d, &s->early);
}

/* Nothing of a mailbox is due before a login (RFC 9051, section 11.1).  A login that is under way may bring an alert
 * along. */
static void
note_early_data(struct dialogue *d, struct span shown)
{
	const struct imap *s = dialogue_state(d);

	if (!s->logged_in && !s->login_tried && !s->unsure[CLIENT] && !s->unsure[SERVER] && dialogue_from_start(d))
		dialogue_note(d, SERVER, NOTE_DATA_BEFORE_LOGIN, shown);
}

static void
untagged_status(struct dialogue *d, struct span line, struct span word, struct span text)
{
	struct imap *s = dialogue_state(d);
	struct status_line status = status_read(word, text);
	bool greeting = !s->greeted && dialogue_from_start(d) && !s->unsure[SERVER];
	struct buffer out = { 0 };

	status_quote(d, &status, line, greeting, &out);
	if (greeting)
		greeting_seen(d, &status, line);
	else
		tell_status(d, span_of("*"), &status);
	if (span_is(word, "BAD"))
		imap_literal_read(d);   /* RFC 9051, section 7.1.3: a line without a tag that could be read */
	if (span_is(status.code, "ALERT"))
		note_early_data(d, status.shown);
	code_seen(d, &status, line);
	s->greeted = true;
	buffer_free(&out);
}

/* Tagged answers ---------------------------------------------------------------------------------- */

static enum step
starttls_answered(struct dialogue *d, const struct status_line *status)
{
	const struct imap *s = dialogue_state(d);

	if (span_is(status->word, "OK")) {
		dialogue_event(d, SERVER, EVENT_TLS_AGREED, 0, status->shown);
		return STEP_UPGRADE;
	}
	lines_note_hasty(&s->lines, d, "behind STARTTLS");
	dialogue_event(d, SERVER, EVENT_TLS_REFUSED, 0, status->shown);
	return STEP_TAKEN;
}

/* BAD repeats what it does not understand, which may be a misspelt STARTTLS. */
static bool
wants_tls(const struct status_line *status)
{
	return span_is(status->code, "PRIVACYREQUIRED") ||
	       (span_is(status->word, "NO") && !span_is(status->code, "AUTHENTICATIONFAILED") &&
		       answer_says_tls(status->text));
}

/* RFC 5530: why a login was refused.  A server whose list says that it takes none in clear need not repeat it. */
static enum auth_outcome
outcome_of(const struct imap *s, const struct status_line *status)
{
	if (span_is(status->word, "OK"))
		return AUTH_ACCEPTED;
	if (wants_tls(status) || (s->login_needs_tls && status->code.len == 0))
		return AUTH_REFUSED_TLS;
	return AUTH_REJECTED;
}

/* A LOGIN whose name never came, since its literal was refused, is no login. */
static void
login_answered(struct dialogue *d, const struct status_line *status, uint32_t serial)
{
	struct imap *s = dialogue_state(d);
	enum auth_outcome outcome = outcome_of(s, status);

	sasl_answered_to(&s->sasl, d, serial, outcome, 0, status->shown);
	s->logged_in |= outcome == AUTH_ACCEPTED;
	s->login_open = false;
}

/* Whose command was not captured; the answer still says that a password was taken (RFC 9051, section 6.2.3: the command
 * LOGIN has nothing else to show). */
static void
login_unseen(struct dialogue *d, const struct status_line *status)
{
	struct imap *s = dialogue_state(d);
	struct span text = status->text;

	if (s->logged_in || !span_is(status->word, "OK"))
		return;
	if (status->code.len > 0)
		text = span_trim(span_after(text, span_find(text, "]") + 1));
	if (span_starts(text, "LOGIN "))
		sasl_login_unseen(&s->sasl, d, "LOGIN", AUTH_CLASS_PASSWORD, status->shown);
	else if (span_starts(text, "AUTHENTICATE ") || span_starts(text, "Logged in"))
		sasl_begin(&s->sasl, d, (struct span){ 0 }, span_of("login, not captured"));
	else
		return;
	login_answered(d, status, s->sasl.facts.serial);
}

static void
append_answered(struct dialogue *d, const struct status_line *status)
{
	dialogue_tell(d, &(struct event){
		.kind = EVENT_CONTENT_ANSWER,
		.side = SERVER,
		.code = span_is(status->word, "OK") ? CODE_OF_CONSENT : CODE_OF_REFUSAL,
		.text = status->shown,
		.facts.mail = &(struct mail_facts){ .octets = 0 },
	});
}

/* Words about TLS may as well answer a STARTTLS that was not captured, or name a mailbox: they count beside a login,
 * and before one, when there are no mailboxes yet. */
static bool
words_count(struct dialogue *d, enum imap_kind kind)
{
	const struct imap *s = dialogue_state(d);

	if (kind == KIND_NONE)
		return false;
	if (kind == KIND_LOGIN || kind == KIND_AUTHENTICATE)
		return true;
	return !s->logged_in && !s->incomplete && dialogue_from_start(d);
}

/* The code is for what has to wait for TLS (RFC 5530, section 3). */
static void
tell_refusal(struct dialogue *d, const struct status_line *status, enum imap_kind kind)
{
	if (words_count(d, kind) ? wants_tls(status) : span_is(status->code, "PRIVACYREQUIRED"))
		dialogue_event(d, SERVER, EVENT_TLS_REQUIRED, 0, status->shown);
	else if (span_is(status->code, "UNAVAILABLE") || span_is(status->code, "LIMIT"))
		dialogue_event(d, SERVER, EVENT_TEMPORARY_REFUSED, 0, status->shown);
}

/* The client waits for nothing any more; a literal that was refused does not come. */
static void
wait_over(struct dialogue *d, enum imap_waiting waiting)
{
	struct imap *s = dialogue_state(d);

	if (waiting == WAITING_LOGIN)
		lines_note_hasty(&s->lines, d, "behind AUTHENTICATE");
	if (waiting == WAITING_LITERAL)
		s->inside = s->literal_due = false;
	s->waiting = WAITING_NOT;
	dialogue_release(d, CLIENT);
}

static enum step
answered(struct dialogue *d, const struct status_line *status, const struct imap_tag *command)
{
	struct imap *s = dialogue_state(d);

	if (command->kind != KIND_STARTTLS && !span_is(status->word, "OK"))
		tell_refusal(d, status, command->kind);
	switch (command->kind) {
	case KIND_NONE:
		if (!s->commanded || s->unsure[CLIENT] || !dialogue_from_start(d))
			login_unseen(d, status);
		break;
	case KIND_STARTTLS: return starttls_answered(d, status);
	case KIND_LOGIN:
	case KIND_AUTHENTICATE: login_answered(d, status, command->login); break;
	case KIND_APPEND: append_answered(d, status); break;
	case KIND_COMPRESS: return span_is(status->word, "OK") ? STEP_SETTLED : STEP_TAKEN;
	case KIND_CAPABILITY: s->list_due = false; break;
	case KIND_OTHER: break;
	}
	return STEP_TAKEN;
}

/* A tag that no command was seen with may be a line of the client's that was none, a secret perhaps. */
static enum step
tagged_line(struct dialogue *d, struct span line, struct span tag, struct span word, struct span text)
{
	struct imap *s = dialogue_state(d);
	struct status_line status = status_read(word, text);
	struct buffer before = { 0 }, out = { 0 };
	uint64_t mark = imap_tag_mark(tag);
	enum imap_waiting waiting = mark == s->tag ? s->waiting : WAITING_NOT;
	struct imap_tag command;
	enum step step;
	bool again;

	status_quote(d, &status, line, false, &out);
	imap_quote_tag(&before, !imap_knows(s, mark) && is_guarded(d, &status) ? span_of("...") : tag);
	tell_status(d, buffer_span(&before), &status);
	again = s->answered == mark && !imap_knows(s, mark);
	command = imap_answered(s, mark);
	if (again)
		dialogue_note(d, SERVER, NOTE_REPLY_UNEXPECTED, status.shown);
	if (command.kind != KIND_NONE) {
		s->answered = mark;
		imap_literal_over(d, &command);
	} else if (!again) {
		imap_literal_named(d, mark);
	}
	if (mark == s->tag && command.kind != KIND_NONE && !span_is(status.code, "TOOBIG"))
		imap_literal_answered(d);
	code_seen(d, &status, line);
	step = answered(d, &status, &command);
	if (waiting != WAITING_NOT)
		wait_over(d, waiting);
	s->unsure[SERVER] = false;
	s->greeted = true;              /* before the first command, if not seen */
	buffer_free(&before);
	buffer_free(&out);
	return step;
}

/* Data and go-aheads ------------------------------------------------------------------------------ */

/* What a literal at the end of a data line holds is passed over. */
static void
data_goes_on(struct dialogue *d, struct span rest, uint64_t *used_r)
{
	struct imap *s = dialogue_state(d);
	struct literal literal;
	enum literal_sign sign = literal_at_end(rest, &literal);
	struct imap_content content;

	if (sign == LITERAL_ABSURD)
		dialogue_note(d, SERVER, NOTE_BAD_SIZE, span_of("a literal of an impossible size"));
	s->answer_open = sign == LITERAL_ANNOUNCED;
	if (imap_content_read(rest, &content))
		imap_body_begin(d, SERVER, s->answer_open ? literal.size : content.size, content.whole);
	if (s->answer_open)
		*used_r += literal.size;
	else
		imap_body_close(d, SERVER);
}

static void
data_line(struct dialogue *d, struct span line, struct span rest, uint64_t *used_r)
{
	struct imap *s = dialogue_state(d);
	struct span keyword = imap_data_keyword(rest);
	struct buffer text = { 0 };

	if (keyword.len == 0 || keyword.at != s->data.at) {
		imap_data_quote(&text, rest);
		dialogue_event(d, SERVER, EVENT_ANSWER, 0, buffer_span(&text));
	}
	s->data = keyword;
	if (imap_data_is_mailbox(keyword))
		note_early_data(d, keyword);
	data_goes_on(d, line, used_r);
	buffer_free(&text);
}

/* "+": the client may go on.  A challenge helps to guess the answer to it. */
static void
go_ahead(struct dialogue *d, struct span text)
{
	struct imap *s = dialogue_state(d);
	enum answer_prompt prompt = answer_prompt(span_trim(text));
	struct buffer quote = { 0 };

	buffer_add_text(&quote, text.len > 0 ? "+ " : "+");
	if (prompt != PROMPT_OTHER)
		buffer_add(&quote, text);
	else
		answer_quote(&quote, text, (struct span){ 0 });
	dialogue_event(d, SERVER, EVENT_ANSWER, 0, buffer_span(&quote));
	buffer_free(&quote);
	if (s->waiting == WAITING_TLS)
		return;                 /* answers nothing that was asked */
	if (s->waiting == WAITING_LOGIN) {
		s->response = s->sasl.facts.outcome != AUTH_ABORTED;
		if (prompt != PROMPT_OTHER)
			sasl_prompted(&s->sasl, prompt == PROMPT_PASSWORD);
		lines_note_hasty(&s->lines, d, "behind AUTHENTICATE");
	}
	s->waiting = WAITING_NOT;
	dialogue_release(d, CLIENT);
}

/* Where its beginning was not captured it may be a line of a message. */
static void
odd_line(struct dialogue *d, struct span line)
{
	struct imap *s = dialogue_state(d);
	bool certain = !s->unsure[SERVER] && dialogue_from_start(d);
	bool guarded = s->guarded || lines_client_is_ahead(&s->lines, d);
	struct span shown = guarded || !certain ? span_of("<unrecognised>") : line;

	dialogue_event(d, SERVER, EVENT_TEXT, 0, shown);
	if (certain)
		dialogue_note(d, SERVER, NOTE_REPLY_MALFORMED, span_first(shown, 80));
	s->unsure[SERVER] = false;
}

enum step
imap_server_line(struct dialogue *d, struct span line, uint64_t *used_r)
{
	struct imap *s = dialogue_state(d);
	struct span rest = line, first, word = { 0 }, text;

	if (s->answer_open) {
		data_goes_on(d, line, used_r);
		return STEP_TAKEN;
	}
	if (!span_take_word(&rest, &first))
		return STEP_TAKEN;
	if (span_is(first, "+")) {
		go_ahead(d, rest);
		return STEP_TAKEN;
	}
	text = rest;
	span_take_word(&text, &word);
	if (span_is(first, "*") && is_status(word)) {
		untagged_status(d, line, word, text);
	} else if (span_is(first, "*") && span_is(word, "CAPABILITY")) {
		dialogue_event(d, SERVER, EVENT_ANSWER, 0, span_of("* CAPABILITY"));
		capability_list(d, line, span_after(line, (size_t)(word.at - line.at) + word.len));
	} else if (span_is(first, "*")) {
		data_line(d, line, rest, used_r);
		return STEP_TAKEN;
	} else if (is_status(word) && imap_is_tag(first)) {
		s->data = (struct span){ 0 };
		return tagged_line(d, line, first, word, text);
	} else {
		odd_line(d, line);
	}
	s->data = (struct span){ 0 };
	return STEP_TAKEN;
}

/* The end of a line that was too long to be taken whole may announce a literal. */
static void
tail_taken(struct dialogue *d, struct span piece, uint64_t *used_r)
{
	struct imap *s = dialogue_state(d);

	literal_tail_add(&s->tail[SERVER], piece);
	if (!s->lines.skipping[SERVER] && s->lines.long_is_usual[SERVER])
		data_goes_on(d, literal_tail_line(&s->tail[SERVER]), used_r);
}

enum step
imap_server_step(struct dialogue *d, struct span in, uint64_t *used_r)
{
	struct imap *s = dialogue_state(d);
	struct span line;
	bool is_line;
	enum step step;

	if (!s->lines.skipping[SERVER])
		s->lines.long_is_usual[SERVER] = s->answer_open || imap_data_is_usual(in);
	step = lines_take(&s->lines, d, SERVER, in, &line, &is_line, used_r);
	if (step == STEP_TAKEN && !is_line) {
		tail_taken(d, span_first(in, (size_t)*used_r), used_r);
		return step;
	}
	if (!is_line)
		return step;
	s->tail[SERVER].len = 0;
	if (s->lines.skipping[SERVER])
		literal_tail_add(&s->tail[SERVER], line);
	return imap_server_line(d, line, used_r);
}
