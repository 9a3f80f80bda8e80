/* NNTP (RFC 3977) with STARTTLS (RFC 4642, RFC 8143), AUTHINFO (RFC 4643), streaming (RFC 4644) and COMPRESS (RFC
 * 8054).
 *
 * The client's lines are commands, a login's answers, or an article that is passed over; the server's lines are
 * responses, which answer the commands in the order in which these were sent, and the blocks of lines that some codes
 * announce.  Deliberately left out: what is in an article. */
#include "answer.h"
#include "nntp_probe.h"
#include "nntp_state.h"
#include "stranger.h"

#include "base/table.h"

enum {
	GO_TLS = 382,
	GO_COMPRESSED = 206,
	AUTH_REQUIRED = 480,
	TLS_REQUIRED = 483,
};

struct verb {
	const char *word;
	unsigned    flags;
	enum step (*seen)(struct dialogue *d, struct span args);
	enum step (*answered)(struct dialogue *d, const struct response *response);
};

static enum step starttls_seen(struct dialogue *d, struct span args);
static enum step compress_seen(struct dialogue *d, struct span args);
static enum step quit_seen(struct dialogue *d, struct span args);
static enum step starttls_answered(struct dialogue *d, const struct response *response);
static enum step compress_answered(struct dialogue *d, const struct response *response);

static const struct verb verbs[] = {
	[NNTP_VERB_NONE] = { "", 0, NULL, NULL },
	[NNTP_VERB_OTHER] = { "", 0, NULL, NULL },
	[NNTP_VERB_RESPONSE] = { "", 0, NULL, nntp_login_answered },
	[NNTP_VERB_POSTED] = { "", 0, NULL, nntp_post_taken },
	[NNTP_VERB_FIRST] = { "CAPABILITIES", 0, NULL, NULL },
	{ "MODE", 0, NULL, NULL },
	{ "STARTTLS", 0, starttls_seen, starttls_answered },
	{ "AUTHINFO", APPLICATION, nntp_login_asked, nntp_login_answered },
	{ "COMPRESS", 0, compress_seen, compress_answered },
	{ "POST", APPLICATION, nntp_post_seen, nntp_post_answered },
	{ "IHAVE", APPLICATION, nntp_post_seen, nntp_post_answered },
	{ "TAKETHIS", APPLICATION | SENDS_AT_ONCE, NULL, NULL },
	{ "CHECK", APPLICATION, NULL, NULL },
	{ "ARTICLE", APPLICATION, NULL, NULL },
	{ "HEAD", APPLICATION | HEADER_BY_221, NULL, NULL },
	{ "BODY", APPLICATION, NULL, NULL },
	{ "STAT", APPLICATION, NULL, NULL },
	{ "GROUP", APPLICATION, NULL, NULL },
	{ "LISTGROUP", APPLICATION | LIST_BY_211, NULL, NULL },
	{ "LIST", APPLICATION, NULL, NULL },
	{ "NEXT", APPLICATION, NULL, NULL },
	{ "LAST", APPLICATION, NULL, NULL },
	{ "OVER", APPLICATION, NULL, NULL },
	{ "XOVER", APPLICATION, NULL, NULL },
	{ "HDR", APPLICATION, NULL, NULL },
	{ "XHDR", APPLICATION, NULL, NULL },
	{ "XPAT", APPLICATION, NULL, NULL },
	{ "XGTITLE", APPLICATION, NULL, NULL },
	{ "NEWGROUPS", APPLICATION, NULL, NULL },
	{ "NEWNEWS", APPLICATION, NULL, NULL },
	{ "SLAVE", 0, NULL, NULL },
	{ "DATE", 0, NULL, NULL },
	{ "HELP", 0, NULL, NULL },
	{ "QUIT", 0, quit_seen, NULL },
};

static size_t
find_verb(struct span word)
{
	for (size_t i = NNTP_VERB_FIRST; i < TABLE_LENGTH(verbs); i++)
		if (span_is(word, verbs[i].word))
			return i;
	return NNTP_VERB_NONE;
}

/* The client's side ------------------------------------------------------------------------------- */

void
nntp_release(struct dialogue *d, const char *behind)
{
	const struct nntp *s = dialogue_state(d);

	lines_release(&s->lines, d, behind, true);
}

/* RFC 4642, section 2.2.2: no arguments, and the client waits for the response. */
static enum step
starttls_seen(struct dialogue *d, struct span args)
{
	dialogue_event(d, CLIENT, EVENT_TLS_ASKED, args.len > 0 ? ASK_WITH_ARGUMENT : 0, span_of("STARTTLS"));
	return STEP_HOLD;
}

static enum step
compress_seen(struct dialogue *d, struct span args)
{
	(void)d;
	(void)args;
	return STEP_HOLD;
}

static enum step
quit_seen(struct dialogue *d, struct span args)
{
	(void)args;
	dialogue_event(d, CLIENT, EVENT_QUIT, 0, span_of("QUIT"));
	return STEP_TAKEN;
}

/* Numbers, ranges of them, and words of the protocol. */
static bool
is_plain_word(struct span word)
{
	static const char *const words[] = { "READER", "STREAM", "ACTIVE", "ACTIVE.TIMES", "NEWSGROUPS", "OVERVIEW.FMT",
		"DISTRIB.PATS", "HEADERS", "COUNTS", "MOTD", "SUBSCRIPTIONS", "MSGID", "RANGE", "DEFLATE", "GMT" };
	size_t digits = 0;

	if (span_is_any(word, words, TABLE_LENGTH(words)))
		return true;
	while (digits < word.len && ((word.at[digits] >= '0' && word.at[digits] <= '9') || word.at[digits] == '-'))
		digits++;
	return digits == word.len;
}

static bool
are_plain_words(struct span args)
{
	struct span word;

	while (span_take_word(&args, &word))
		if (!is_plain_word(word))
			return false;
	return true;
}

/* A line of which something is not shown may hold a secret, in the wrong place or in the right one. */
static void
tell_command(struct dialogue *d, const struct verb *verb, struct span line, struct span args)
{
	struct nntp *s = dialogue_state(d);
	struct buffer text = { 0 };

	if (verb->seen == nntp_login_asked) {
		nntp_login_quote(&text, args);
	} else {
		buffer_add_text(&text, verb->word);
		buffer_add_text(&text, args.len > 0 ? " " : "");
		buffer_add(&text, are_plain_words(args) ? args : span_of("..."));
	}
	s->guarded |= !span_same(buffer_span(&text), line);
	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, buffer_span(&text));
	if (verb->flags & APPLICATION)
		dialogue_event(d, CLIENT, EVENT_APPLICATION, 0, buffer_span(&text));
	buffer_free(&text);
}

static void
note_early(struct dialogue *d, struct nntp *s, struct span word)
{
	lines_keep_early(d, &s->early, !s->greeted && !s->unsure[SERVER] && !s->unsure[CLIENT], word);
}

static enum step
unknown_line(struct dialogue *d, struct span line)
{
	struct nntp *s = dialogue_state(d);

	s->guarded = true;
	if (s->unsure[CLIENT]) {
		s->unsure[CLIENT] = false;
		dialogue_event(d, CLIENT, EVENT_TEXT, 0, span_of("<rest of a line>"));
		return STEP_TAKEN;
	}
	if (sasl_awaits_response(&s->sasl))
		return nntp_login_response(d, line);
	note_early(d, s, stranger_tell(d, line).quote);
	asked_add(&s->asked, d, NNTP_VERB_OTHER);
	return STEP_TAKEN;
}

static enum step
command_line(struct dialogue *d, struct span line)
{
	struct nntp *s = dialogue_state(d);
	struct span args = line, word;
	const struct verb *verb;
	size_t row;

	span_take_word(&args, &word);
	row = find_verb(word);
	/* a client that waits for its responses says by going on that it got one */
	if (s->unsure[SERVER] && s->asked.count == 0)
		nntp_block_leave(d);
	if (row == NNTP_VERB_NONE)
		return unknown_line(d, line);
	verb = &verbs[row];
	sasl_went_on(&s->sasl);
	note_early(d, s, span_of(verb->word));
	s->unsure[CLIENT] = false;
	tell_command(d, verb, line, args);
	if (verb->flags & SENDS_AT_ONCE) {
		content_begin(&s->posted, verb->word, true, s->lines.bare_lf[CLIENT]);
		s->sending = POSTING;
		return STEP_TAKEN;
	}
	asked_add(&s->asked, d, row);
	return verb->seen != NULL ? verb->seen(d, args) : STEP_TAKEN;
}

static enum step
client_line(struct dialogue *d, struct span line)
{
	const struct nntp *s = dialogue_state(d);

	switch (s->sending) {
	case CHALLENGED: return nntp_login_response(d, line);
	case NAME_AND_PASSWORD: return nntp_login_name_and_password(d, line);
	default: return command_line(d, line);
	}
}

static enum step
client_step(struct dialogue *d, struct span in, uint64_t *used_r)
{
	struct nntp *s = dialogue_state(d);
	struct span line;
	enum step step;
	bool is_line;

	if (s->sending == POSTING_UNSURE && !nntp_post_decide(d, in))
		return STEP_MORE;
	if (s->sending == POSTING)
		return nntp_post_step(d, in, used_r);
	step = lines_take(&s->lines, d, CLIENT, in, &line, &is_line, used_r);
	return is_line ? client_line(d, line) : step;
}

/* The server's side ------------------------------------------------------------------------------- */

/* RFC 4642, section 2.2.2: 382 means go; the next bytes of both sides are TLS. */
static enum step
starttls_answered(struct dialogue *d, const struct response *response)
{
	if (response->code == GO_TLS) {
		dialogue_event(d, SERVER, EVENT_TLS_AGREED, response->code, response->line);
		return STEP_UPGRADE;
	}
	dialogue_event(d, SERVER, EVENT_TLS_REFUSED, response->code, response->line);
	nntp_release(d, "behind STARTTLS");
	return STEP_TAKEN;
}

/* RFC 8054, section 2.2.2: from here on both sides are compressed, and nobody reads along. */
static enum step
compress_answered(struct dialogue *d, const struct response *response)
{
	nntp_release(d, "behind COMPRESS");
	return response->code == GO_COMPRESSED ? STEP_SETTLED : STEP_TAKEN;
}

/* Three digits, the first from 1 to 5, then a blank or nothing (RFC 3977, section 3.2). */
static bool
read_response(struct span line, struct response *response_r)
{
	uint64_t code;

	if (line.len < 3 || !span_number(span_first(line, 3), &code) || code < 100 || code > 599 ||
	    (line.len > 3 && line.at[3] != ' '))
		return false;
	*response_r = (struct response){ .code = (uint32_t)code, .text = span_after(line, 4) };
	return true;
}

/* What of a server's line may be shown: all, until the client may have sent a secret that it repeats; but no challenge,
 * for it helps to guess the answer to it. */
static struct span
quote_line(struct dialogue *d, struct span line, const struct response *response, struct buffer *out)
{
	const struct nntp *s = dialogue_state(d);

	bool awaited = s->asked.count > 0 || s->reading != RESPONSES;

	if (response == NULL && (!awaited || s->unsure[SERVER] || !dialogue_from_start(d)))
		return span_of("<unrecognised>");       /* it may be of an article */
	if (response != NULL && (response->code == 383 || response->code == 283) && response->text.len > 0 &&
	    !span_is(response->text, "=") && answer_prompt(response->text) == PROMPT_OTHER)
		return span_of(response->code == 383 ? "383 <redacted>" : "283 <redacted>");
	if ((!s->greeted && dialogue_from_start(d)) || (response != NULL && response->code == 383) ||
	    !(s->guarded || !awaited || lines_client_is_ahead(&s->lines, d)))
		return line;
	if (response != NULL)
		buffer_add(out, span_first(line, 4));
	answer_quote(out, response != NULL ? response->text : line, (struct span){ 0 });
	return buffer_span(out);
}

/* The first thing a server says; in a dialogue that was joined, 200 and 201 where nothing was asked. */
static bool
is_greeting(struct dialogue *d, const struct response *response)
{
	const struct nntp *s = dialogue_state(d);

	if (s->greeted || s->unsure[SERVER])
		return false;
	return dialogue_from_start(d) || (s->asked.count == 0 && (response->code == 200 || response->code == 201));
}

static enum step
greeting_line(struct dialogue *d, const struct response *response)
{
	struct nntp *s = dialogue_state(d);

	s->greeted = true;
	dialogue_event(d, SERVER, EVENT_ANSWER, response->code, response->line);
	dialogue_event(d, SERVER, EVENT_GREETING, response->code, response->text);
	lines_note_early(d, &s->early);
	return STEP_TAKEN;
}

/* RFC 3977, section 3.2.1: these two can answer any command. */
static void
tell_refusal(struct dialogue *d, const struct response *response)
{
	if (response->code == TLS_REQUIRED)
		dialogue_event(d, SERVER, EVENT_TLS_REQUIRED, response->code, response->line);
	if (response->code == AUTH_REQUIRED)
		dialogue_event(d, SERVER, EVENT_AUTH_REQUIRED, response->code, response->line);
}

static enum step
response_line(struct dialogue *d, const struct response *response)
{
	struct nntp *s = dialogue_state(d);
	bool expected = s->asked.count > 0;
	const struct verb *verb;

	if (is_greeting(d, response))
		return greeting_line(d, response);
	s->greeted = true;
	dialogue_event(d, SERVER, EVENT_ANSWER, response->code, response->line);
	/* a server that goes away says so unasked */
	if (!expected && response->code / 100 < 4 && !s->unsure[SERVER] && !s->unsure[CLIENT] && dialogue_from_start(d))
		dialogue_note(d, SERVER, NOTE_REPLY_UNEXPECTED, response->line);
	if (expected)
		s->unsure[SERVER] = false;
	verb = &verbs[asked_take(&s->asked)];
	tell_refusal(d, response);
	nntp_block_begin(d, response->code, verb->flags);
	return verb->answered != NULL ? verb->answered(d, response) : STEP_TAKEN;
}

static enum step
server_line(struct dialogue *d, struct span line)
{
	struct nntp *s = dialogue_state(d);
	struct buffer quote = { 0 };
	struct response response;
	enum step step = STEP_TAKEN;
	bool good;

	if (s->reading != RESPONSES) {
		response.line = s->reading == CAPABILITIES ? quote_line(d, line, NULL, &quote) : line;
		nntp_block_line(d, line, response.line);
		buffer_free(&quote);
		return STEP_TAKEN;
	}
	good = read_response(line, &response);
	response.line = quote_line(d, line, good ? &response : NULL, &quote);
	if (good) {
		step = response_line(d, &response);
	} else if (!s->unsure[SERVER] && dialogue_from_start(d)) {
		dialogue_event(d, SERVER, EVENT_TEXT, 0, response.line);
		if (s->asked.count > 0)
			dialogue_note(d, SERVER, NOTE_REPLY_MALFORMED, span_first(response.line, 80));
	}
	buffer_free(&quote);
	return step;
}

static enum step
server_step(struct dialogue *d, struct span in, uint64_t *used_r)
{
	struct nntp *s = dialogue_state(d);
	struct span line;
	enum step step;
	bool is_line;

	if (s->reading == ARTICLE) {
		if (content_take(&s->article, d, SERVER, in, used_r))
			s->reading = RESPONSES;
		return STEP_TAKEN;
	}
	step = lines_take(&s->lines, d, SERVER, in, &line, &is_line, used_r);
	return is_line ? server_line(d, line) : step;
}

/* The dissector ----------------------------------------------------------------------------------- */

static enum step
nntp_step(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	const struct nntp *s = dialogue_state(d);
	enum step step = STEP_TAKEN;

	if (side == CLIENT ? s->sending != POSTING : s->reading != ARTICLE)
		step = lines_begin(in);
	if (step != STEP_TAKEN)
		return step;
	return side == CLIENT ? client_step(d, in, used_r) : server_step(d, in, used_r);
}

/* Responses can no longer be paired with what was asked before the hole; consent may be in it. */
static void
nntp_gap(struct dialogue *d, enum side side, uint64_t lost)
{
	struct nntp *s = dialogue_state(d);

	if (side == SERVER)
		sasl_lose_answer(&s->sasl);
	if (side == SERVER && s->wants_to_post) {
		s->sending = POSTING_UNSURE;
		s->wants_to_post = false;
	}
	if (side == SERVER && lost == 0)
		return;                 /* what the server says later still answers what was asked first */
	s->unsure[side] = true;
	s->lines.skipping[side] = false;
	if (side == CLIENT) {
		s->guarded = true;
		if (s->sending != POSTING)
			s->sending = COMMANDS;
		sasl_taint(&s->sasl);
		return;
	}
	if (s->asked.count > 0)         /* ... and the end of what the server was in the middle of */
		nntp_block_leave(d);
	asked_clear(&s->asked);
}

/* A last line that its sender did not end still says what it says. */
static void
nntp_end(struct dialogue *d, enum side side, struct span rest, enum ending ending)
{
	struct nntp *s = dialogue_state(d);

	(void)ending;
	if (side == SERVER && s->reading == ARTICLE)
		content_cut(&s->article, d, SERVER);
	else if (side == CLIENT && s->sending == POSTING)
		content_cut(&s->posted, d, CLIENT);
	else if (!lines_end(&s->lines, side, rest))
		return;
	else if (side == SERVER)
		server_line(d, rest);
	else if (s->sending != POSTING_UNSURE || !nntp_post_begins(rest))
		client_line(d, rest);
}

const struct dissector nntp_dissector = {
	.name = "nntp",
	.state_size = sizeof(struct nntp),
	.probe = nntp_probe,
	.step = nntp_step,
	.gap = nntp_gap,
	.end = nntp_end,
};
