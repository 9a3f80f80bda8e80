/* Stream headers, and the features that the server offers (RFC 6120, sections 4.7 and 4.3.2). */
#include "xmpp_state.h"

#include "base/table.h"

#include <string.h>

enum {
	FEATURE_MOST = 64,
};

/* Streams between servers and, by the same word, those of dialback alone (RFC 6120, section 4.8.2). */
static void
note_kind(struct xmpp *s, const struct xml_element *element)
{
	if (span_is(xml_attribute(element->attributes, "xmlns"), "jabber:server"))
		s->between_servers = true;
}

/* A client names the host that it wants, a server its own name besides. */
enum step
xmpp_client_header(struct dialogue *d, const struct xml_element *element)
{
	struct xmpp *s = dialogue_state(d);
	struct span from = xmpp_domain(xml_attribute(element->attributes, "from"));
	struct span to = xmpp_domain(xml_attribute(element->attributes, "to"));
	struct buffer text = { 0 };

	note_kind(s, element);
	xmpp_quote_header(&text, element);
	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, buffer_span(&text));
	buffer_free(&text);
	if (s->named)
		return STEP_TAKEN;      /* the stream begins anew, behind a login */
	s->named = true;
	if (to.len > 0)
		dialogue_event(d, CLIENT, EVENT_HOST_ASKED, 0, to);
	if (s->between_servers && from.len > 0)
		dialogue_event(d, CLIENT, EVENT_CLIENT_NAME, DIALECT_EXTENDED, from);
	return STEP_TAKEN;
}

/* What the server says may repeat what the client sent, known or still to be read. */
static bool
may_repeat(struct dialogue *d)
{
	const struct xmpp *s = dialogue_state(d);

	return s->guarded || s->half[CLIENT].unsure || s->half[CLIENT].passing || dialogue_pending(d, CLIENT) > 0;
}

enum step
xmpp_server_header(struct dialogue *d, const struct xml_element *element)
{
	struct xmpp *s = dialogue_state(d);
	struct buffer text = { 0 };

	note_kind(s, element);
	if (may_repeat(d))
		buffer_add_text(&text, "<stream:stream ...>");
	else
		xmpp_quote_header(&text, element);
	dialogue_event(d, SERVER, EVENT_ANSWER, 0, buffer_span(&text));
	if (!s->greeted && !s->logged_in)
		dialogue_event(d, SERVER, EVENT_GREETING, 0, buffer_span(&text));
	if (!s->greeted && s->between_servers && s->named)
		dialogue_event(d, SERVER, EVENT_CLIENT_NAME_ANSWER, CODE_OF_CONSENT, (struct span){ 0 });
	s->greeted = true;
	buffer_free(&text);
	return STEP_TAKEN;
}

/* Features ---------------------------------------------------------------------------------------- */

static void
tell_capability(struct dialogue *d, struct span text)
{
	dialogue_event(d, SERVER, EVENT_CAPABILITY, 0, text);
}

/* The texts of the children of this name, with a blank before each. */
static void
add_words(struct buffer *out, struct span content, const char *name, bool mechanisms)
{
	struct xml_element child;
	struct span before;

	while (xml_take_child(&content, &child, &before)) {
		struct span word = xml_trim(child.content);

		if (!span_is(child.name, name) || word.len == 0)
			continue;
		if (mechanisms)
			word = sasl_mechanism_name(word);
		buffer_add_text(out, " ");
		buffer_add(out, word.len > 0 ? span_first(word, FEATURE_MOST) : span_of("..."));
	}
}

/* RFC 6120, section 5.4.1: <required/> inside says that nothing else may come first. */
static void
take_starttls(struct dialogue *d, const struct xml_element *element)
{
	struct xml_element required;

	tell_capability(d, span_of("starttls"));
	dialogue_event(d, SERVER, EVENT_TLS_OFFERED, 0, span_of("starttls"));
	if (!xml_child(element->content, "required", &required))
		return;
	tell_capability(d, span_of("required"));
	dialogue_event(d, SERVER, EVENT_LOGIN_NEEDS_TLS, MARKED_AT_OFFER, span_of("required"));
}

static void
take_mechanisms(struct dialogue *d, const struct xml_element *element)
{
	struct buffer text = { 0 };

	buffer_add(&text, element->name);
	add_words(&text, element->content, "mechanism", may_repeat(d));
	tell_capability(d, buffer_span(&text));
	dialogue_event(d, SERVER, EVENT_AUTH_OFFERED, 0, span_trim(span_after(buffer_span(&text), element->name.len)));
	buffer_free(&text);
}

/* XEP-0078, section 4. */
static void
take_old_login(struct dialogue *d, const struct xml_element *element)
{
	tell_capability(d, element->name);
	dialogue_event(d, SERVER, EVENT_AUTH_OFFERED, 0, span_of("jabber:iq:auth"));
}

static void
take_compression(struct dialogue *d, const struct xml_element *element)
{
	struct buffer text = { 0 };

	buffer_add(&text, element->name);
	if (!may_repeat(d))
		add_words(&text, element->content, "method", false);
	tell_capability(d, buffer_span(&text));
	buffer_free(&text);
}

static void
take_plain(struct dialogue *d, const struct xml_element *element)
{
	tell_capability(d, element->name);
}

static const struct feature {
	const char *name;
	void (*take)(struct dialogue *d, const struct xml_element *element);
} features[] = {
	{ "starttls", take_starttls },
	{ "mechanisms", take_mechanisms },
	{ "authentication", take_mechanisms },  /* XEP-0388 */
	{ "auth", take_old_login },
	{ "compression", take_compression },
	{ "register", take_plain },
	{ "bind", take_plain },
	{ "session", take_plain },
	{ "sm", take_plain },
	{ "c", take_plain },
	{ "ver", take_plain },
	{ "csi", take_plain },
	{ "dialback", take_plain },
	{ "bidi", take_plain },
	{ "limits", take_plain },
};

void
xmpp_feature(struct dialogue *d, const struct xml_element *element)
{
	for (size_t i = 0; i < TABLE_LENGTH(features); i++)
		if (span_is(element->name, features[i].name)) {
			features[i].take(d, element);
			return;
		}
	tell_capability(d, may_repeat(d) ? span_of("...") : span_first(element->name, FEATURE_MOST));
}

void
xmpp_features_end(struct dialogue *d)
{
	struct xmpp *s = dialogue_state(d);

	s->list_open = false;
	dialogue_event(d, SERVER, EVENT_CAPABILITIES_END, 0, (struct span){ 0 });
}

/* Blanks where an offer would fit, as a device leaves them that must not change the length of what it changes. */
static void
note_hole(struct dialogue *d, struct span before)
{
	struct span blanks = span_after(before, before.len - xml_blanks(before));

	if (xml_blanks(before) == before.len)
		blanks = before;
	if (blanks.len >= strlen("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"))
		dialogue_note(d, SERVER, NOTE_LIST_HOLE, span_of("<stream:features>, blanks"));
}

enum step
xmpp_features(struct dialogue *d, const struct xml_element *element)
{
	struct span rest = element->content, before;
	struct xml_element child;

	dialogue_event(d, SERVER, EVENT_CAPABILITIES_BEGIN, 0, (struct span){ 0 });
	if (xml_trim(rest).len == 0)
		dialogue_event(d, SERVER, EVENT_ANSWER, 0, span_of("<stream:features>"));
	while (xml_take_child(&rest, &child, &before)) {
		note_hole(d, before);
		xmpp_feature(d, &child);
	}
	note_hole(d, rest);
	return STEP_TAKEN;
}
