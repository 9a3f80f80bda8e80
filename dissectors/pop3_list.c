/* What follows a good status: capabilities (RFC 2449), lists and messages, up to a line that holds a single dot. */
#include "pop3_state.h"

void
pop3_list_begin(struct dialogue *d, enum pop3_reading list, const char *verb, bool whole)
{
	struct pop3 *s = dialogue_state(d);

	s->reading = list;
	if (s->reading == CAPABILITIES) {
		s->pipelining = false;
		dialogue_event(d, SERVER, EVENT_CAPABILITIES_BEGIN, 0, (struct span){ 0 });
	}
	if (s->reading == MESSAGE)
		content_begin(&s->message, verb, whole, s->lines.bare_lf[SERVER]);
}

void
pop3_list_leave(struct dialogue *d)
{
	struct pop3 *s = dialogue_state(d);

	if (s->reading == MESSAGE)
		content_cut(&s->message, d, SERVER);
	s->reading = STATUS;
}

/* RFC 2449, section 5: a capability and its arguments.  USER says that a login by USER and PASS is taken. */
static void
capability_line(struct dialogue *d, struct span line, struct span quote)
{
	struct pop3 *s = dialogue_state(d);
	struct span args = line, word;

	dialogue_event(d, SERVER, EVENT_CAPABILITY, 0, quote);
	span_take_word(&args, &word);
	if (span_is(word, "STLS"))
		dialogue_event(d, SERVER, EVENT_TLS_OFFERED, 0, word);
	else if (span_is(word, "SASL"))
		dialogue_event(d, SERVER, EVENT_AUTH_OFFERED, 0, args);
	else if (span_is(word, "USER"))
		dialogue_event(d, SERVER, EVENT_AUTH_OFFERED, 0, word);
	else if (span_is(word, "PIPELINING"))
		s->pipelining = true;
}

void
pop3_list_line(struct dialogue *d, struct span line, struct span quote)
{
	struct pop3 *s = dialogue_state(d);

	if (span_is(line, ".")) {
		if (s->reading == CAPABILITIES)
			dialogue_event(d, SERVER, EVENT_CAPABILITIES_END, 0, (struct span){ 0 });
		s->reading = STATUS;
	} else if (s->reading == CAPABILITIES) {
		capability_line(d, line, quote);
	} else if (s->reading == MECHANISMS) {
		dialogue_event(d, SERVER, EVENT_ANSWER, 0, quote);
	}
}
