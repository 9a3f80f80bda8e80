/* HTTP/1.1 that asks for TLS on its way: Upgrade (RFC 9110, section 7.8) with a token of TLS (RFC 2817).
 *
 * A connection whose first request does not ask is nobody's here: the web begins TLS on a port of its own.  Requests
 * and responses are read by their header fields; what they carry is passed over where its length is told, and where it
 * is not, nothing behind it is read. */
#include "lines.h"
#include "sasl.h"

#include "base/digest.h"
#include "base/table.h"

#include <string.h>

/* Of one side: the message whose fields are being read. */
struct header {
	bool     open;                  /* its first line has come */
	bool     asks;                  /* Upgrade names TLS */
	bool     endless;               /* what it carries has no length that is told */
	uint64_t length;                /* of what it carries */
	uint32_t code;                  /* of a response */
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
	struct header header[2];
	bool          awaits;           /* the answer to a request for TLS */
	bool          answered;         /* a response has come */
	uint64_t      requests, responses;      /* so far; responses come in the order of the requests */
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

static enum step
first_line(struct dialogue *d, struct http *s, enum side side, struct span line)
{
	struct header *h = &s->header[side];
	struct span word, rest = line;
	const char *method = find_method(line);
	uint64_t code = 0;

	*h = (struct header){ .open = true };
	if (side == CLIENT) {
		s->requests++;
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
	s->logins[s->login_next++ % LOGINS_MOST] = (struct login){ s->requests, s->sasl.facts.serial };
	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, line);
}

static void
take_field(struct dialogue *d, struct http *s, enum side side, struct span line)
{
	struct header *h = &s->header[side];
	struct span value;

	if (field_value(line, "Upgrade", &value))
		h->asks |= names_tls(value);
	else if (field_value(line, "Content-Length", &value))
		h->endless |= !span_number(value, &h->length) || h->length > INT64_MAX;
	else if (field_value(line, "Transfer-Encoding", &value))
		h->endless = true;
	else if (side == CLIENT && field_value(line, "Authorization", &value))
		take_authorization(d, s, value);
}

/* The end of a message's fields --------------------------------------------------------------------- */

static void
pass_over(struct http *s, enum side side, uint64_t *used_r)
{
	if (!s->header[side].endless)
		*used_r += s->header[side].length;
	s->header[side].open = false;
}

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
	pass_over(s, CLIENT, used_r);
	return h->endless ? STEP_SETTLED : s->awaits ? STEP_HOLD : STEP_TAKEN;
}

static void
end_login(struct dialogue *d, struct http *s, uint32_t code)
{
	enum auth_outcome outcome = code == 401 ? AUTH_REJECTED : code == 426 ? AUTH_REFUSED_TLS : AUTH_ACCEPTED;

	if (s->responses == s->requests || code / 100 == 1)
		return;                 /* nothing is due, or more follows */
	s->responses++;
	for (size_t i = 0; i < LOGINS_MOST; i++)
		if (s->logins[i].request == s->responses)
			sasl_answered_to(&s->sasl, d, s->logins[i].serial, outcome, code, span_of("<response>"));
}

static enum step
response_ended(struct dialogue *d, struct http *s, uint64_t *used_r)
{
	struct header *h = &s->header[SERVER];
	bool agreed = s->awaits && h->code == 101 && h->asks;

	if (h->asks && !agreed)
		dialogue_event(d, SERVER, h->code == 426 ? EVENT_TLS_REQUIRED : EVENT_TLS_OFFERED, h->code,
			span_of("Upgrade: TLS"));
	end_login(d, s, h->code);
	if (agreed) {
		dialogue_event(d, SERVER, EVENT_TLS_AGREED, h->code, span_of("101 Upgrade: TLS"));
		h->open = false;
		return STEP_UPGRADE;
	}
	if (s->awaits && h->code >= 200) {
		dialogue_event(d, SERVER, EVENT_TLS_REFUSED, h->code, span_of("<response>"));
		s->awaits = false;
		dialogue_release(d, CLIENT);
	}
	if (h->code / 100 == 1 || h->code == 204 || h->code == 304)
		h->length = 0;
	pass_over(s, SERVER, used_r);
	return h->endless ? STEP_SETTLED : STEP_TAKEN;
}

/* The dissector ----------------------------------------------------------------------------------- */

static enum step
http_line(struct dialogue *d, enum side side, struct span line, uint64_t *used_r)
{
	struct http *s = dialogue_state(d);

	if (!s->header[side].open)
		return line.len == 0 ? STEP_TAKEN : first_line(d, s, side, line);
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

	s->lines.skipping[side] = false;
	s->header[side].open = false;
	if (side == SERVER && lost > 0)
		s->responses = s->requests;
	sasl_taint(&s->sasl);
}

const struct dissector http_dissector = {
	.name = "http",
	.state_size = sizeof(struct http),
	.probe = http_probe,
	.step = http_step,
	.gap = http_gap,
};
