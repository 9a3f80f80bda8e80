/* Logins: SASL (RFC 6120, section 6), and the older ones by iq (XEP-0078), by registration (XEP-0077) and of components
 * (XEP-0114).  At most one is open at a time. */
#include "xmpp_state.h"

#include "answer.h"
#include "base/hash.h"
#include "base/table.h"

static void
tell_login(struct dialogue *d, struct span line)
{
	struct xmpp *s = dialogue_state(d);

	s->guarded = true;
	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, line);
	dialogue_event(d, CLIENT, EVENT_APPLICATION, 0, line);
}

/* Another one begins: what was open got no answer. */
static void
forget_login(struct xmpp *s)
{
	s->sasl = (struct sasl){ 0 };
	s->login = 0;
	s->by_handshake = false;
}

void
xmpp_login_ends(struct dialogue *d, enum auth_outcome outcome, struct span line)
{
	struct xmpp *s = dialogue_state(d);

	sasl_answered(&s->sasl, d, outcome, 0, line);
	s->login = 0;
	s->by_handshake = false;
	s->logged_in |= outcome == AUTH_ACCEPTED;
}

/* SASL -------------------------------------------------------------------------------------------- */

/* What stands for the response: the element's own text, or that of a child (XEP-0388, section 2.3.2). */
static void
respond(struct dialogue *d, struct span content, struct span line)
{
	struct xmpp *s = dialogue_state(d);
	struct xml_element initial;
	struct buffer text = { 0 };
	struct span base64;

	if (xml_child(content, "initial-response", &initial))
		content = initial.content;
	xml_text(&text, content);
	base64 = xml_trim(buffer_span(&text));
	if (base64.len > 0 && !span_is(base64, "="))
		sasl_response(&s->sasl, d, base64, line);
	buffer_wipe(&text);
}

enum step
xmpp_auth(struct dialogue *d, const struct xml_element *element)
{
	struct xmpp *s = dialogue_state(d);
	struct span word = xml_attribute(element->attributes, "mechanism");
	struct span name = sasl_mechanism_name(word);
	struct buffer line = { 0 };

	forget_login(s);
	buffer_add_text(&line, "<");
	buffer_add(&line, element->name);
	buffer_add_text(&line, " mechanism='");
	buffer_add(&line, name);
	buffer_add_text(&line, element->content.len > 0 ? "'> <redacted>" : "'>");
	tell_login(d, buffer_span(&line));
	sasl_begin(&s->sasl, d, word, buffer_span(&line));
	respond(d, element->content, buffer_span(&line));
	buffer_free(&line);
	return STEP_HOLD;
}

enum step
xmpp_response(struct dialogue *d, const struct xml_element *element)
{
	struct span line = span_of(element->content.len > 0 ? "<response> <redacted>" : "<response>");

	tell_login(d, line);
	respond(d, element->content, line);
	return STEP_HOLD;
}

enum step
xmpp_abort(struct dialogue *d, const struct xml_element *element)
{
	struct xmpp *s = dialogue_state(d);
	struct span line = span_of("<abort>");

	(void)element;
	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, line);
	sasl_abort(&s->sasl, d, line);
	return STEP_HOLD;
}

enum step
xmpp_challenge(struct dialogue *d, const struct xml_element *element)
{
	struct xmpp *s = dialogue_state(d);
	enum answer_prompt prompt = answer_prompt(xml_trim(element->content));

	dialogue_event(d, SERVER, EVENT_ANSWER, 0,
		span_of(element->content.len > 0 ? "<challenge> <redacted>" : "<challenge>"));
	if (prompt != PROMPT_OTHER)
		sasl_prompted(&s->sasl, prompt == PROMPT_PASSWORD);
	xmpp_release(d, NULL);
	return STEP_TAKEN;
}

enum step
xmpp_success(struct dialogue *d, const struct xml_element *element)
{
	struct span line = span_of("<success>");

	(void)element;
	dialogue_event(d, SERVER, EVENT_ANSWER, 0, line);
	xmpp_login_ends(d, AUTH_ACCEPTED, line);
	xmpp_release(d, NULL);
	return STEP_TAKEN;
}

static enum auth_outcome
outcome_of(struct span condition, bool demands_tls)
{
	if (demands_tls)
		return AUTH_REFUSED_TLS;
	return span_is(condition, "aborted") ? AUTH_ABORTED : AUTH_REJECTED;
}

enum step
xmpp_sasl_failure(struct dialogue *d, const struct xml_element *element)
{
	struct span condition = xmpp_condition(element->content);
	bool demands_tls = xmpp_demands_tls(condition, element->content);
	struct buffer line = { 0 };

	buffer_add_text(&line, "<failure> ");
	buffer_add(&line, condition);
	dialogue_event(d, SERVER, EVENT_ANSWER, 0, span_trim(buffer_span(&line)));
	if (demands_tls)
		dialogue_event(d, SERVER, EVENT_TLS_REQUIRED, 0, buffer_span(&line));
	xmpp_login_ends(d, outcome_of(condition, demands_tls), span_trim(buffer_span(&line)));
	buffer_free(&line);
	xmpp_release(d, NULL);
	return STEP_TAKEN;
}

/* By iq ------------------------------------------------------------------------------------------- */

/* Tells one id from others of the same dialogue; never 0. */
static uint64_t
mark_of(struct span id)
{
	static const struct hash_key key = { 0x786d70702d69712d, 0x69642d6d61726b73 };

	return hash_bytes(&key, id.at, id.len) | 1;
}

/* The field of this name: a child of its own, or a field of a form (XEP-0004, section 3.2). */
static bool
find_field(struct span query, const char *name, struct buffer *value)
{
	struct xml_element form, field, found;
	struct span fields, before;

	if (xml_child(query, name, &found)) {
		xml_text(value, found.content);
		return true;
	}
	if (!xml_child(query, "x", &form))
		return false;
	for (fields = form.content; xml_take_child(&fields, &field, &before);) {
		if (!span_is(xml_attribute(field.attributes, "var"), name))
			continue;
		if (!xml_child(field.content, "value", &found))
			continue;
		xml_text(value, found.content);
		return true;
	}
	return false;
}

static const struct way {
	const char     *space;          /* of the query, and what the login is called */
	const char     *field;
	enum auth_class kind;
} ways[] = {
	{ "jabber:iq:auth", "password", AUTH_CLASS_PASSWORD },
	{ "jabber:iq:auth", "digest", AUTH_CLASS_CHALLENGE },
	{ "jabber:iq:auth", "hash", AUTH_CLASS_CHALLENGE },
	{ "jabber:iq:register", "password", AUTH_CLASS_PASSWORD },
};

static bool
begin_login(struct dialogue *d, const struct way *way, struct span query)
{
	struct xmpp *s = dialogue_state(d);
	struct buffer name = { 0 }, secret = { 0 };
	struct span line = span_of("<iq type='set'> <redacted>");
	bool found = find_field(query, way->field, &secret);

	if (found) {
		forget_login(s);
		find_field(query, "username", &name);
		sasl_login(&s->sasl, d, way->space, way->kind, xml_trim(buffer_span(&name)), line);
		sasl_login_secret(&s->sasl, d, buffer_span(&secret), line);
	}
	buffer_wipe(&secret);
	buffer_wipe(&name);
	return found;
}

void
xmpp_iq_asked(struct dialogue *d, const struct xml_element *element)
{
	struct xmpp *s = dialogue_state(d);
	struct xml_element query;
	struct span space;

	if (!xml_child(element->content, "query", &query))
		return;
	space = xml_namespace(&query);
	for (size_t i = 0; i < TABLE_LENGTH(ways); i++)
		if (span_is(space, ways[i].space) && begin_login(d, &ways[i], query.content)) {
			s->login = mark_of(xml_attribute(element->attributes, "id"));
			return;
		}
}

void
xmpp_iq_answered(struct dialogue *d, const struct xml_element *element, struct span line)
{
	struct xmpp *s = dialogue_state(d);
	struct span type = xml_attribute(element->attributes, "type");
	struct xml_element error = { .content = { 0 } };
	struct span condition;
	bool refused = span_is(type, "error"), demands_tls;

	if (refused)
		xml_child(element->content, "error", &error);
	condition = xmpp_condition(error.content);
	demands_tls = refused && xmpp_demands_tls(condition, error.content);
	if (demands_tls)
		dialogue_event(d, SERVER, EVENT_TLS_REQUIRED, 0, line);
	if (s->login == 0 || s->login != mark_of(xml_attribute(element->attributes, "id")))
		return;
	if (refused)
		xmpp_login_ends(d, outcome_of(condition, demands_tls), line);
	else if (span_is(type, "result"))
		xmpp_login_ends(d, AUTH_ACCEPTED, line);
}

/* Components -------------------------------------------------------------------------------------- */

/* A digest of the stream's id and a secret that both know, which can be guessed at. */
enum step
xmpp_handshake(struct dialogue *d, const struct xml_element *element)
{
	struct xmpp *s = dialogue_state(d);
	struct span line = span_of("<handshake> <redacted>");

	tell_login(d, line);
	forget_login(s);
	sasl_login(&s->sasl, d, "jabber:component:accept", AUTH_CLASS_CHALLENGE, (struct span){ 0 }, line);
	sasl_login_secret(&s->sasl, d, xml_trim(element->content), line);
	s->by_handshake = true;
	return STEP_TAKEN;
}

enum step
xmpp_handshake_answered(struct dialogue *d, const struct xml_element *element)
{
	const struct xmpp *s = dialogue_state(d);
	struct span line = span_of("<handshake>");

	(void)element;
	dialogue_event(d, SERVER, EVENT_ANSWER, 0, line);
	if (s->by_handshake)
		xmpp_login_ends(d, AUTH_ACCEPTED, line);
	return STEP_TAKEN;
}
