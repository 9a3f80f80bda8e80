/* What FTP servers say: replies of one line and of several (RFC 959, section 4.2), and the list of features (RFC
 * 2389). */
#include "answer.h"
#include "ftp_quote.h"
#include "ftp_state.h"

#include <string.h>

enum {
	FEATURES = 211,
	CODE_LENGTH = 3,
};

/* The three digits in front; 0 where there are none. */
static uint32_t
code_of(struct span line)
{
	uint64_t code;

	if (line.len < CODE_LENGTH || !span_number(span_first(line, CODE_LENGTH), &code) || code < 100 || code > 659)
		return 0;
	return (uint32_t)code;
}

static bool
ends_reply(struct span line)
{
	return line.len == CODE_LENGTH || line.at[CODE_LENGTH] == ' ';
}

static bool
goes_on(struct span line)
{
	return line.len > CODE_LENGTH && line.at[CODE_LENGTH] == '-';
}

static bool
is_word_byte(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Some servers forget the blank behind the code. */
static bool
forgets_blank(struct span line)
{
	return line.len > CODE_LENGTH && !is_word_byte(line.at[CODE_LENGTH]);
}

/* What of a line may be shown: all, until the client may have sent a secret that it repeats.  Challenges help to
 * guess the answers to them (RFC 2228, section 5), and protected replies are for the client alone. */
static struct span
quote_line(struct dialogue *d, struct span line, uint32_t code, struct buffer *out)
{
	const struct ftp *s = dialogue_state(d);
	bool greeting = !s->greeted && dialogue_from_start(d);
	bool guarded = s->guarded || s->asked.count == 0 || !dialogue_from_start(d) ||
	               lines_client_is_ahead(&s->lines, d);
	size_t head = code != 0 ? CODE_LENGTH + (line.len > CODE_LENGTH) : 0;

	if (code == 334 || code == 335 || code / 100 == 6 || (code != 0 && span_has(line, "ADAT="))) {
		buffer_add(out, span_first(line, head));
		buffer_add_text(out, line.len > head ? "<redacted>" : "");
		return buffer_span(out);
	}
	if (greeting || !guarded)
		return line;
	ftp_quote_reply(out, span_first(line, head), span_after(line, head), s->host);
	return buffer_span(out);
}

/* The features ---------------------------------------------------------------------------------- */

static bool
separates(uint8_t c)
{
	return memchr(" ;,", c, 3) != NULL;
}

/* The next of what stands behind AUTH, in any of the ways in which servers list it; empty behind the last. */
static struct span
take_mechanism(struct span *rest)
{
	struct span mechanism;
	size_t len = 0;

	while (rest->len > 0 && separates(rest->at[0]))
		*rest = span_after(*rest, 1);
	while (len < rest->len && !separates(rest->at[len]))
		len++;
	mechanism = span_first(*rest, len);
	*rest = span_after(*rest, len);
	return mechanism;
}

/* "AUTH TLS", "AUTH TLS;TLS-C;SSL;TLS-P;" and the like.  What is no TLS there is a way to log in (RFC 2228). */
static void
security_feature(struct dialogue *d, struct span args)
{
	struct span mechanism = take_mechanism(&args);
	bool offered = false;

	for (; mechanism.len > 0; mechanism = take_mechanism(&args)) {
		if (ftp_is_tls(mechanism) && !offered)
			dialogue_event(d, SERVER, EVENT_TLS_OFFERED, 0, mechanism);
		else if (sasl_mechanism_name(mechanism).len > 0)
			dialogue_event(d, SERVER, EVENT_AUTH_OFFERED, 0, mechanism);
		offered |= ftp_is_tls(mechanism);
	}
}

/* RFC 2389, section 3.2: a blank, the feature, its parameters.  Some servers put the code in front. */
static void
feature_line(struct dialogue *d, struct span line, struct span quote)
{
	struct span args, word;

	if (code_of(line) == FEATURES && goes_on(line)) {
		line = span_after(line, CODE_LENGTH + 1);
		quote = span_after(quote, CODE_LENGTH + 1);
	}
	args = line;
	dialogue_event(d, SERVER, EVENT_CAPABILITY, 0, span_trim(quote));
	span_take_word(&args, &word);
	if (span_is(word, "AUTH"))
		security_feature(d, args);
}

static void
features_begin(struct dialogue *d, struct ftp *s)
{
	s->features = true;
	dialogue_event(d, SERVER, EVENT_CAPABILITIES_BEGIN, 0, (struct span){ 0 });
}

static void
features_end(struct dialogue *d, struct ftp *s)
{
	if (s->features)
		dialogue_event(d, SERVER, EVENT_CAPABILITIES_END, 0, (struct span){ 0 });
	s->features = false;
}

/* Replies --------------------------------------------------------------------------------------- */

/* The first thing a server says; in a dialogue that was joined, where it says so.  One that makes the client wait
 * (120) greets it later. */
static bool
is_greeting(struct dialogue *d, uint32_t code)
{
	const struct ftp *s = dialogue_state(d);

	if (s->greeted || s->unsure[SERVER] || code < 200)
		return false;
	return dialogue_from_start(d) || (code == 220 && s->asked.count == 0);
}

static void
greet(struct dialogue *d, struct ftp *s, const struct ftp_reply *reply)
{
	struct span rest = reply->text, host;

	dialogue_event(d, SERVER, EVENT_GREETING, reply->code, span_after(reply->line, CODE_LENGTH + 1));
	span_take_word(&rest, &host);
	s->host = arena_copy(dialogue_arena(d), host);
	if (ftp_demands_tls(reply))
		dialogue_event(d, SERVER, EVENT_TLS_REQUIRED, reply->code, reply->line);
	lines_note_early(d, &s->early);
}

/* The first line of a reply, or all of it. */
static enum step
reply_begins(struct dialogue *d, struct ftp *s, const struct ftp_reply *reply, bool more)
{
	bool greeting = is_greeting(d, reply->code);

	dialogue_event(d, SERVER, EVENT_ANSWER, reply->code, reply->line);
	if (greeting)
		greet(d, s, reply);
	s->greeted |= reply->code >= 200;
	if (!greeting && reply->code == FEATURES && ftp_awaits_features(s))
		features_begin(d, s);
	s->open = more ? reply->code : 0;
	s->greeting = greeting && more;
	s->cut = false;
	if (more)
		return STEP_TAKEN;
	features_end(d, s);
	return greeting ? STEP_TAKEN : ftp_reply_ended(d, reply);
}

static enum step
reply_continues(struct dialogue *d, struct ftp *s, const struct ftp_reply *reply, struct span line)
{
	if (reply->code != s->open || !ends_reply(line)) {
		if (s->features)
			feature_line(d, line, reply->line);
		else
			dialogue_event(d, SERVER, EVENT_ANSWER, 0, reply->line);
		return STEP_TAKEN;
	}
	dialogue_event(d, SERVER, EVENT_ANSWER, reply->code, reply->line);
	features_end(d, s);
	s->open = 0;
	return s->greeting ? STEP_TAKEN : ftp_reply_ended(d, reply);
}

/* A line that is none of a reply. */
static void
other_line(struct dialogue *d, struct ftp *s, struct span line)
{
	bool known = s->asked.count > 0 && dialogue_from_start(d) && !s->unsure[SERVER];
	struct span shown = known ? line : span_of("<unrecognised>");

	dialogue_event(d, SERVER, EVENT_TEXT, 0, shown);
	if (!s->unsure[SERVER] && dialogue_from_start(d))
		dialogue_note(d, SERVER, NOTE_REPLY_MALFORMED, span_first(shown, 80));
}

/* A reply that was left open ends with the next one, once the client has gone on. */
static enum step
line_taken(struct dialogue *d, struct span line, uint32_t code, struct span quote)
{
	struct ftp *s = dialogue_state(d);
	struct ftp_reply reply = { .code = code, .line = quote, .text = span_after(line, CODE_LENGTH + 1) };
	bool begins = code != 0 && (ends_reply(line) || goes_on(line) || forgets_blank(line));

	if (s->open != 0 && !(s->cut && code != s->open && begins && ends_reply(line)))
		return reply_continues(d, s, &reply, line);
	s->features = false;
	if (!begins) {
		other_line(d, s, quote);
		return STEP_TAKEN;
	}
	if (!ends_reply(line) && !goes_on(line))
		dialogue_note(d, SERVER, NOTE_REPLY_MALFORMED, span_first(quote, 80));
	return reply_begins(d, s, &reply, goes_on(line));
}

enum step
ftp_server_line(struct dialogue *d, struct span line)
{
	struct buffer plain = { 0 }, quote = { 0 };
	enum step step;
	uint32_t code;

	ftp_strip_telnet(&plain, line);
	line = buffer_span(&plain);
	code = code_of(line);
	step = line_taken(d, line, code, quote_line(d, line, code, &quote));
	buffer_free(&plain);
	buffer_free(&quote);
	return step;
}
