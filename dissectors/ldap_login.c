/* Logins of LDAP: the bind operation (RFC 4511, section 4.2; RFC 4513, section 5), by name and password, by SASL, or as
 * Microsoft had it before SASL (MS-ADTS, section 5.1.1.1.3). */
#include "ldap_names.h"
#include "ldap_state.h"

enum choice {
	CHOICE_SIMPLE = BER_CONTEXT,
	CHOICE_SASL = BER_CONTEXT_CONSTRUCTED | 3,
	CHOICE_SICILY_DISCOVERY = BER_CONTEXT | 9,
	CHOICE_SICILY_NEGOTIATE = BER_CONTEXT | 10,
	CHOICE_SICILY_RESPONSE = BER_CONTEXT | 11,
};

/* An exchange that waits for the client is given up by another bind (RFC 4513, section 5.2.1.4); any other still gets
 * its answer. */
static void
give_up(struct dialogue *d, struct ldap *s)
{
	if (s->stepping)
		sasl_give_up(&s->bind, d);
	s->stepping = false;
}

static void
wait_for_end(struct dialogue *d, uint32_t id, enum ldap_waits kind)
{
	struct ldap *s = dialogue_state(d);

	ldap_wait(s, id, kind)->serial = kind != WAITS_OTHER ? s->bind.facts.serial : 0;
}

/* RFC 4513, section 5.1: without a password nobody is logged in, whatever name is given. */
static const char *
bind_simple(struct dialogue *d, struct span name, struct span password)
{
	struct ldap *s = dialogue_state(d);
	const char *line = password.len > 0 ? "bindRequest simple <redacted>"
	                   : name.len > 0   ? "bindRequest simple unauthenticated"
	                                    : "bindRequest simple anonymous";

	give_up(d, s);
	sasl_login(&s->bind, d, "SIMPLE", password.len > 0 ? AUTH_CLASS_PASSWORD : AUTH_CLASS_ANONYMOUS, name,
		span_of(line));
	if (password.len > 0)
		sasl_login_secret(&s->bind, d, password, span_of(line));
	else
		dialogue_note(d, CLIENT, name.len > 0 ? NOTE_LOGIN_UNAUTHENTICATED : NOTE_LOGIN_ANONYMOUS,
			span_of(line));
	return line;
}

/* The same mechanism again is the next step, where the server asked for one. */
static void
bind_sasl(struct dialogue *d, struct span mechanism, bool has_response, struct span response, struct span line)
{
	struct ldap *s = dialogue_state(d);
	bool next = s->stepping && sasl_is_open(&s->bind) && span_same(s->bind.facts.mechanism, mechanism);

	if (!next) {
		give_up(d, s);
		sasl_begin(&s->bind, d, mechanism, line);
	}
	s->stepping = false;
	s->may_wrap = true;
	if (has_response && (next || response.len > 0))
		sasl_octets(&s->bind, d, response, line);
}

static void
read_sasl(struct dialogue *d, struct cursor *c, struct buffer *text)
{
	struct cursor credentials = ber_open(c, CHOICE_SASL);
	struct span mechanism = ber_take(&credentials, BER_OCTETS), response = { 0 };
	struct span known = sasl_mechanism_name(mechanism);
	bool has_response = ber_take_optional(&credentials, BER_OCTETS, &response);

	c->failed |= credentials.failed;
	buffer_add_text(text, "bindRequest SASL ");
	buffer_add(text, known.len > 0 ? known : span_of("<redacted>"));
	buffer_add_text(text, response.len > 0 ? " <redacted>" : "");
	bind_sasl(d, mechanism, has_response, response, buffer_span(text));
}

/* NTLM in three binds, of which the first two end a step only. */
static enum ldap_waits
read_sicily(struct dialogue *d, uint8_t choice, struct span response, struct buffer *text)
{
	struct ldap *s = dialogue_state(d);

	buffer_add_text(text, choice == CHOICE_SICILY_DISCOVERY ? "bindRequest Sicily discovery"
	                                                          : "bindRequest Sicily NTLM <redacted>");
	if (choice == CHOICE_SICILY_DISCOVERY)
		return WAITS_NEGOTIATION;
	s->stepping |= choice == CHOICE_SICILY_RESPONSE && sasl_is_open(&s->bind);
	bind_sasl(d, span_of("NTLM"), true, response, buffer_span(text));
	return choice == CHOICE_SICILY_NEGOTIATE ? WAITS_NEGOTIATION : WAITS_BIND;
}

enum step
ldap_bind(struct dialogue *d, const struct message *m, const char *name)
{
	struct cursor c = cursor_of(m->body);
	enum ldap_waits kind = WAITS_BIND;
	struct buffer text = { 0 };
	struct span entry, secret = { 0 };
	uint8_t choice = 0;

	ber_number(&c, BER_INTEGER);
	entry = ber_take(&c, BER_OCTETS);
	if (!c.failed && c.left > 0 && c.at[0] == CHOICE_SASL)
		read_sasl(d, &c, &text);
	else if (ber_next(&c, &choice, &secret) && choice == CHOICE_SIMPLE)
		buffer_add_text(&text, bind_simple(d, entry, secret));
	else if (choice >= CHOICE_SICILY_DISCOVERY && choice <= CHOICE_SICILY_RESPONSE)
		kind = read_sicily(d, choice, secret, &text);
	else
		kind = WAITS_OTHER;
	if (kind == WAITS_OTHER)
		buffer_add_text(&text, name);
	wait_for_end(d, m->id, kind);
	ldap_tell(d, m, EVENT_COMMAND, 0, buffer_text(&text), (struct span){ 0 });
	ldap_tell(d, m, EVENT_APPLICATION, 0, buffer_text(&text), (struct span){ 0 });
	if (kind == WAITS_OTHER)
		dialogue_note(d, CLIENT, NOTE_MALFORMED, span_of("a bind of no kind that is known"));
	buffer_free(&text);
	return STEP_TAKEN;
}

/* The catalogue counts both codes as "TLS first": a server that wants stronger logins takes the same one under TLS. */
static enum auth_outcome
outcome_of(const struct waiting *waiting, uint32_t code)
{
	switch (code) {
	case CODE_SUCCESS: return AUTH_ACCEPTED;
	case CODE_COMPARE_TRUE: return waiting->kind == WAITS_PASSWORD ? AUTH_ACCEPTED : AUTH_REJECTED;
	case CODE_CONFIDENTIALITY: return AUTH_REFUSED_TLS;
	case CODE_STRONGER_AUTH: return waiting->kind == WAITS_BIND ? AUTH_REFUSED_TLS : AUTH_REJECTED;
	default: return AUTH_REJECTED;
	}
}

void
ldap_login_ended(struct dialogue *d, const struct waiting *waiting, const struct result *result, struct span line)
{
	struct ldap *s = dialogue_state(d);
	struct sasl *login = waiting->kind == WAITS_PASSWORD ? &s->change : &s->bind;

	sasl_answered_to(login, d, waiting->serial, outcome_of(waiting, result->code), result->code, line);
}
