/* HTTP/1.1 that asks for TLS on its way: Upgrade (RFC 9110, section 7.8) with a token of TLS (RFC 2817).
 *
 * A connection whose first request does not ask is nobody's here: the web begins TLS on a port of its own.  Requests
 * and responses are read by their header fields; what they carry is passed over by its length, by its chunks, or to the
 * end of the connection (RFC 9112, section 6.3).  Behind a request whose end is not told nothing is read, and that is
 * noted. */
#include "asked.h"
#include "lines.h"
#include "sasl.h"

#include "base/digest.h"
#include "base/table.h"

#include <ctype.h>
#include <string.h>

/* What the next line of a side is. */
enum part {
	FIRST_LINE,
	FIELDS,
	CHUNK_SIZE,                     /* RFC 9112, section 7.1 */
	CHUNK_END,                      /* the line end behind a chunk's bytes */
	TRAILERS,
};

/* Of one side: the message that is being read. */
struct header {
	enum part part;
	bool      asks;                 /* Upgrade names TLS */
	bool      coded;                /* Transfer-Encoding overrides Content-Length ... */
	bool      chunked;              /* ... and tells where the message ends */
	bool      sized;                /* Content-Length was told */
	bool      broken;               /* ... and is no length */
	uint64_t  length;               /* of what it carries */
	uint32_t  code;                 /* of a response */
};

/* Requests that await their responses, as far as it matters. */
enum request {
	REQUEST_NONE,
	REQUEST_OTHER,
	REQUEST_HEAD,
};

enum {
	LOGINS_MOST = 8,                /* in requests that wait; of more at once the oldest are forgotten */
};

/* The request, counted from 1, that brought a login. */
struct login {
	uint64_t request;
	uint32_t serial;
};

struct http {
	struct lines  lines;
	struct sasl   sasl;
	struct asked  asked;            /* rows are enum request */
	struct header header[2];
	bool          awaits;           /* the answer to a request for TLS */
	bool          answered;         /* a response has come */
	uint64_t      requests, responses;      /* so far; responses come in the order of the requests */
	bool          unpaired;         /* behind a hole: a response may be to a request in it ... */
	bool          heard;            /* ... until one has come and a request begins that alone is due */
	struct login  logins[LOGINS_MOST];      /* a ring */
	size_t        login_next;
};

static const char *const methods[] = { "GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "PATCH ", "TRACE " };

/* The method that the line begins with, or may begin with once there is more of it. */
static const char *
find_method(struct span line)
{
	for (size_t i = 0; i < TABLE_LENGTH(methods); i++) {
		struct span method = span_of(methods[i]);

		if (span_equal(span_first(line, method.len), span_first(method, line.len)))
			return methods[i];
	}
	return NULL;
}

/* The value of a field; false for another one. */
static bool
field_value(struct span line, const char *name, struct span *value_r)
{
	size_t colon = span_find(line, ":");

	*value_r = span_trim(span_after(line, colon + 1));
	return colon < line.len && span_is(span_first(line, colon), name);
}

static bool
names_tls(struct span value)
{
	return span_starts(value, "TLS/") || span_has(value, " TLS/") || span_has(value, ",TLS/");
}

/* Fields ------------------------------------------------------------------------------------------ */

/* Behind a hole what begins with no method may be the rest of a request, which gets no response of its own. */
static void
request_begins(struct dialogue *d, struct http *s, struct span line, const char *method)
{
	if (s->unpaired && method == NULL)
		return;
	s->unpaired &= !s->heard || s->responses < s->requests;
	s->requests++;
	asked_add(&s->asked, d, span_starts(line, "HEAD ") ? REQUEST_HEAD : REQUEST_OTHER);
}

static enum step
first_line(struct dialogue *d, struct http *s, enum side side, struct span line)
{
	struct header *h = &s->header[side];
	struct span word, rest = line;
	const char *method = find_method(line);
	uint64_t code = 0;

	*h = (struct header){ .part = FIELDS };
	if (side == CLIENT) {
		request_begins(d, s, line, method);
		dialogue_event(d, side, method != NULL ? EVENT_COMMAND : EVENT_TEXT, 0,
			method != NULL ? span_first(span_of(method), strlen(method) - 1) : span_of("<unrecognised>"));
		return STEP_TAKEN;
	}
	span_take_word(&rest, &word);
	span_take_word(&rest, &word);
	if (!span_starts(line, "HTTP/1.") || word.len != 3 || !span_number(word, &code)) {
		dialogue_event(d, side, EVENT_TEXT, 0, span_of("<unrecognised>"));
		return STEP_TAKEN;
	}
	h->code = (uint32_t)code;
	dialogue_event(d, side, EVENT_ANSWER, h->code, span_first(line, 12));
	if (!s->answered)
		dialogue_event(d, side, EVENT_GREETING, h->code, span_first(line, 12));
	s->answered = true;
	return STEP_TAKEN;
}

/* RFC 7617: the name, a colon and the password in base64. */
static void
take_basic(struct dialogue *d, struct http *s, struct span base64, struct span line)
{
	struct buffer decoded = { 0 };
	struct span secret = base64, name = { 0 };
	size_t colon;

	if (base64_decode(base64, &decoded)) {
		secret = buffer_span(&decoded);
		colon = span_find(secret, ":");
		name = span_first(secret, colon);
		secret = span_after(secret, colon + 1);
	}
	sasl_login(&s->sasl, d, "BASIC", AUTH_CLASS_PASSWORD, name, line);
	sasl_login_secret(&s->sasl, d, secret, line);
	buffer_wipe(&decoded);
}

static void
take_authorization(struct dialogue *d, struct http *s, struct span value)
{
	struct span scheme, line = span_of("Authorization: <redacted>");

	span_take_word(&value, &scheme);
	if (span_is(scheme, "Basic")) {
		take_basic(d, s, value, line);
	} else if (span_is(scheme, "Bearer")) {
		sasl_login(&s->sasl, d, "BEARER", AUTH_CLASS_TOKEN, (struct span){ 0 }, line);
		sasl_login_secret(&s->sasl, d, value, line);
	} else if (span_is(scheme, "Digest")) {
		sasl_login(&s->sasl, d, "DIGEST", AUTH_CLASS_CHALLENGE, (struct span){ 0 }, line);
		sasl_login_secret(&s->sasl, d, value, line);
	} else {
		return;
	}
	if (!s->unpaired)
		s->logins[s->login_next++ % LOGINS_MOST] = (struct login){ s->requests, s->sasl.facts.serial };
	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, line);
}

/* Codings are listed in the order in which they were applied: the last one frames the message. */
static bool
ends_in_chunks(struct span codings)
{
	static const char chunked[] = "chunked";
	size_t length = sizeof(chunked) - 1;

	return codings.len >= length && span_is(span_after(codings, codings.len - length), chunked);
}

static void
take_coding(struct header *h, struct span value)
{
	h->coded = true;
	h->chunked = ends_in_chunks(value);
}

static void
take_length(struct header *h, struct span value)
{
	h->sized = true;
	h->broken |= !span_number(value, &h->length) || h->length > INT64_MAX;
}

static void
take_field(struct dialogue *d, struct http *s, enum side side, struct span line)
{
	struct header *h = &s->header[side];
	struct span value;

	if (field_value(line, "Upgrade", &value))
		h->asks |= names_tls(value);
	else if (field_value(line, "Content-Length", &value))
		take_length(h, value);
	else if (field_value(line, "Transfer-Encoding", &value))
		take_coding(h, value);
	else if (side == CLIENT && field_value(line, "Authorization", &value))
		take_authorization(d, s, value);
}

/* What a message carries ---------------------------------------------------------------------------- */

/* After a request for TLS the client waits for the answer, once all of it was said. */
static enum step
message_over(struct http *s, enum side side)
{
	s->header[side].part = FIRST_LINE;
	return side == CLIENT && s->awaits ? STEP_HOLD : STEP_TAKEN;
}

/* Nobody knows where the next message begins. */
static enum step
lose_place(struct dialogue *d, enum side side, const char *why)
{
	dialogue_note(d, side, NOTE_DESYNC, span_of(why));
	return STEP_SETTLED;
}

/* Passes over what the message carries.  That of a response may end with the connection (RFC 9112, section 6.3). */
static enum step
pass_over(struct dialogue *d, struct http *s, enum side side, uint64_t *used_r)
{
	struct header *h = &s->header[side];

	if (h->chunked) {
		h->part = CHUNK_SIZE;
		return STEP_TAKEN;
	}
	if (side == CLIENT && h->coded)
		return lose_place(d, side, "a request whose end is not told");
	if (!h->coded && h->broken)
		return lose_place(d, side, "a message of an impossible size");
	*used_r += h->coded || (side == SERVER && !h->sized) ? INT64_MAX : h->length;
	return message_over(s, side);
}

/* Digits in base 16; extensions may stand behind them. */
static bool
read_chunk_size(struct span line, uint64_t *size_r)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit;
	size_t i;

	*size_r = 0;
	for (i = 0; i < line.len && memchr("; \t", line.at[i], 3) == NULL; i++) {
		digit = memchr(digits, tolower(line.at[i]), sizeof(digits) - 1);
		if (digit == NULL || *size_r > INT64_MAX >> 4)
			return false;
		*size_r = *size_r << 4 | (uint64_t)(digit - digits);
	}
	return i > 0;
}

static enum step
chunk_line(struct dialogue *d, enum side side, struct span line, uint64_t *used_r)
{
	struct http *s = dialogue_state(d);
	uint64_t size;

	if (!read_chunk_size(line, &size))
		return lose_place(d, side, "a chunk without a size");
	*used_r += size;
	s->header[side].part = size > 0 ? CHUNK_END : TRAILERS;
	return STEP_TAKEN;
}

static enum step
chunk_end(struct dialogue *d, enum side side, struct span line)
{
	struct http *s = dialogue_state(d);

	s->header[side].part = CHUNK_SIZE;
	return line.len == 0 ? STEP_TAKEN : lose_place(d, side, "a chunk without an end");
}

/* The end of a message's fields --------------------------------------------------------------------- */

/* OPTIONS asks for nothing but the upgrade; any other request has been made already, in clear. */
static enum step
request_ended(struct dialogue *d, struct http *s, uint64_t *used_r)
{
	struct header *h = &s->header[CLIENT];

	if (h->asks) {
		dialogue_event(d, CLIENT, EVENT_TLS_ASKED, 0, span_of("Upgrade: TLS"));
		s->awaits = true;
	}
	if (!h->asks || s->sasl.told_secret)
		dialogue_event(d, CLIENT, EVENT_APPLICATION, 0, span_of("<request>"));
	return pass_over(d, s, CLIENT, used_r);
}

/* RFC 9110, section 15.  Most other codes say that nobody looked at the login: a redirection may lead to where TLS is,
 * an error may come first, and 407 asks for a login with the proxy. */
static enum auth_outcome
outcome_of(uint32_t code)
{
	if (code / 100 == 2 || code == 304)
		return AUTH_ACCEPTED;
	if (code == 401 || code == 403)
		return AUTH_REJECTED;
	return code == 426 ? AUTH_REFUSED_TLS : AUTH_OUTCOME_UNKNOWN;
}

static void
end_login(struct dialogue *d, struct http *s, uint32_t code)
{
	if (code < 200)
		return;                 /* no response, or more follows */
	s->heard = true;
	if (s->responses == s->requests)
		return;                 /* nothing is due */
	s->responses++;
	for (const struct login *login = s->logins; login < s->logins + LOGINS_MOST; login++)
		if (login->request == s->responses)
			sasl_answered_to(&s->sasl, d, login->serial, outcome_of(code), code, span_of("<response>"));
}

/* RFC 9112, section 6.3: whatever its fields say.  Code 0 is of what is no response. */
static bool
carries_nothing(uint32_t code, enum request request)
{
	return request == REQUEST_HEAD || code < 200 || code == 204 || code == 304;
}

static enum step
response_ended(struct dialogue *d, struct http *s, uint64_t *used_r)
{
	struct header *h = &s->header[SERVER];
	bool agreed = s->awaits && h->code == 101 && h->asks;
	enum request request = REQUEST_NONE;

	if (h->code >= 200 || agreed)
		request = (enum request)asked_take(&s->asked);
	if (h->asks && !agreed)
		dialogue_event(d, SERVER, h->code == 426 ? EVENT_TLS_REQUIRED : EVENT_TLS_OFFERED, h->code,
			span_of("Upgrade: TLS"));
	end_login(d, s, h->code);
	if (agreed) {
		dialogue_event(d, SERVER, EVENT_TLS_AGREED, h->code, span_of("101 Upgrade: TLS"));
		s->awaits = false;
		h->part = FIRST_LINE;
		return STEP_UPGRADE;
	}
	if (s->awaits && h->code >= 200) {
		dialogue_event(d, SERVER, EVENT_TLS_REFUSED, h->code, span_of("<response>"));
		s->awaits = false;
		dialogue_release(d, CLIENT);
	}
	return carries_nothing(h->code, request) ? message_over(s, SERVER) : pass_over(d, s, SERVER, used_r);
}

/* The dissector ----------------------------------------------------------------------------------- */

static enum step
http_line(struct dialogue *d, enum side side, struct span line, uint64_t *used_r)
{
	struct http *s = dialogue_state(d);

	switch (s->header[side].part) {
	case FIRST_LINE: return line.len == 0 ? STEP_TAKEN : first_line(d, s, side, line);
	case FIELDS: break;
	case CHUNK_SIZE: return chunk_line(d, side, line, used_r);
	case CHUNK_END: return chunk_end(d, side, line);
	case TRAILERS: return line.len == 0 ? message_over(s, side) : STEP_TAKEN;
	}
	if (line.len == 0)
		return side == CLIENT ? request_ended(d, s, used_r) : response_ended(d, s, used_r);
	take_field(d, s, side, line);
	return STEP_TAKEN;
}

/* Only a whole header tells that TLS is not asked for. */
static unsigned
http_probe(enum side side, struct span first)
{
	struct span rest = first, line, value;
	bool ended = false, asks = false;

	if (side == SERVER)
		return span_same(span_first(first, 7), span_first(span_of("HTTP/1."), first.len)) ? 30 : 0;
	if (find_method(first) == NULL)
		return 0;
	while (!ended && span_take_line(&rest, &line)) {
		ended = line.len == 0;
		asks |= field_value(line, "Upgrade", &value) && names_tls(value);
	}
	return asks ? 90 : ended ? 0 : 10;
}

static enum step
http_step(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	struct http *s = dialogue_state(d);
	struct span line;
	enum step step;
	bool is_line;

	step = lines_begin(in);
	if (step != STEP_TAKEN)
		return step;
	step = lines_take(&s->lines, d, side, in, &line, &is_line, used_r);
	return is_line ? http_line(d, side, line, used_r) : step;
}

/* What stands behind a hole is of no message that is known; nor is it known to which request. */
static void
http_gap(struct dialogue *d, enum side side, uint64_t lost)
{
	struct http *s = dialogue_state(d);

	if (lost == 0)
		return;                 /* what the server says later still answers what was asked */
	asked_clear(&s->asked);
	s->lines.skipping[side] = false;
	s->header[side].part = FIRST_LINE;
	s->responses = s->requests;     /* no response is told of what waits */
	s->unpaired = true;
	s->heard = false;
	sasl_taint(&s->sasl);
}

const struct dissector http_dissector = {
	.name = "http",
	.state_size = sizeof(struct http),
	.seldom_asks = true,
	.probe = http_probe,
	.step = http_step,
	.gap = http_gap,
};
