/* What the elements of XMPP say, each by its name: stanzas, the request for TLS, its answers, compression, dialback. */
#include "xmpp_state.h"

#include "base/table.h"

void
xmpp_release(struct dialogue *d, const char *behind)
{
	if (behind != NULL && dialogue_held(d, CLIENT) > 0)
		dialogue_note(d, CLIENT, NOTE_PIPELINED_EARLY, span_of(behind));
	dialogue_release(d, CLIENT);
}

/* Stanzas ----------------------------------------------------------------------------------------- */

/* "<iq type='get'>", with a registered type only (RFC 6120, section 8.2; RFC 6121, sections 4.7.1 and 5.2.2). */
static void
quote_stanza(struct buffer *out, const struct xml_element *element)
{
	static const char *const types[] = { "get", "set", "result", "error", "chat", "groupchat", "headline", "normal",
		"subscribe", "subscribed", "unsubscribe", "unsubscribed", "unavailable", "probe" };
	struct span type = xml_attribute(element->attributes, "type");

	buffer_printf(out, "<%.*s", (int)element->name.len, (const char *)element->name.at);
	for (size_t i = 0; i < TABLE_LENGTH(types); i++)
		if (span_is(type, types[i]))
			buffer_printf(out, " type='%s'", types[i]);
	buffer_add_text(out, ">");
}

void
xmpp_content(struct dialogue *d, enum side side, uint64_t octets)
{
	struct buffer text = { 0 };

	buffer_printf(&text, "message body, %llu bytes", (unsigned long long)octets);
	dialogue_event(d, side, EVENT_CONTENT, 0, buffer_span(&text));
	buffer_free(&text);
	dialogue_tell(d, &(struct event){
		.kind = EVENT_CONTENT_END,
		.side = side,
		.code = CONTENT_UNANSWERED,
		.facts.mail = &(struct mail_facts){ .octets = octets },
	});
}

/* What persons say to each other; an element that is too long may end it much later. */
static void
take_message(struct dialogue *d, enum side side, const struct xml_element *element)
{
	struct xmpp *s = dialogue_state(d);
	struct xml_element body;

	if (!xml_child(element->content, "body", &body) || body.content.len == 0)
		return;
	dialogue_event(d, side, EVENT_CONTENT_BEGIN, 0, span_of("<message>"));
	if (s->half[side].passing)
		s->half[side].is_content = true;
	else
		xmpp_content(d, side, body.content.len);
}

static enum step
client_stanza(struct dialogue *d, const struct xml_element *element)
{
	struct xmpp *s = dialogue_state(d);
	struct buffer line = { 0 };

	quote_stanza(&line, element);
	s->guarded = true;
	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, buffer_span(&line));
	dialogue_event(d, CLIENT, EVENT_APPLICATION, 0, buffer_span(&line));
	if (s->between_servers)
		dialogue_note(d, CLIENT, NOTE_PEER_DATA_IN_CLEAR, buffer_span(&line));
	if (span_is(element->name, "message"))
		take_message(d, CLIENT, element);
	if (span_is(element->name, "iq"))
		xmpp_iq_asked(d, element);
	buffer_free(&line);
	return STEP_TAKEN;
}

static enum step
server_stanza(struct dialogue *d, const struct xml_element *element)
{
	struct xmpp *s = dialogue_state(d);
	struct buffer line = { 0 };

	quote_stanza(&line, element);
	dialogue_event(d, SERVER, EVENT_ANSWER, 0, buffer_span(&line));
	if (s->between_servers)
		dialogue_note(d, SERVER, NOTE_PEER_DATA_IN_CLEAR, buffer_span(&line));
	if (span_is(element->name, "message"))
		take_message(d, SERVER, element);
	if (span_is(element->name, "iq"))
		xmpp_iq_answered(d, element, buffer_span(&line));
	buffer_free(&line);
	return STEP_TAKEN;
}

/* The client's elements --------------------------------------------------------------------------- */

/* RFC 6120, section 5.4.2.1: the client waits for the answer. */
static enum step
starttls_seen(struct dialogue *d, const struct xml_element *element)
{
	struct xmpp *s = dialogue_state(d);

	(void)element;
	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, span_of("<starttls>"));
	dialogue_event(d, CLIENT, EVENT_TLS_ASKED, 0, span_of("<starttls>"));
	s->tls_asked = !dialogue_was_held(d);
	return STEP_HOLD;
}

static enum step
compress_seen(struct dialogue *d, const struct xml_element *element)
{
	struct xmpp *s = dialogue_state(d);

	(void)element;
	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, span_of("<compress>"));
	dialogue_event(d, CLIENT, EVENT_APPLICATION, 0, span_of("<compress>"));
	s->compress_asked = true;
	return STEP_HOLD;
}

/* RFC 7590, section 3.4: names without proof; whoever is on the way can answer for either. */
static enum step
dialback_seen(struct dialogue *d, const struct xml_element *element)
{
	struct buffer line = { 0 };

	xmpp_quote_name(&line, element);
	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, buffer_span(&line));
	dialogue_event(d, CLIENT, EVENT_APPLICATION, 0, buffer_span(&line));
	dialogue_note(d, CLIENT, NOTE_PEER_UNPROVEN, buffer_span(&line));
	buffer_free(&line);
	return STEP_TAKEN;
}

static enum step
client_other(struct dialogue *d, const struct xml_element *element)
{
	struct buffer line = { 0 };

	xmpp_quote_name(&line, element);
	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, buffer_span(&line));
	buffer_free(&line);
	return STEP_TAKEN;
}

/* The server's elements --------------------------------------------------------------------------- */

static enum step
server_other(struct dialogue *d, const struct xml_element *element)
{
	struct buffer line = { 0 };

	xmpp_quote_name(&line, element);
	dialogue_event(d, SERVER, EVENT_ANSWER, 0, buffer_span(&line));
	buffer_free(&line);
	return STEP_TAKEN;
}

/* RFC 6120, section 5.4.2.3: the next bytes of both sides are TLS.  Where the ask may have been missed, the word of the
 * server is enough. */
static enum step
proceed_seen(struct dialogue *d, const struct xml_element *element)
{
	struct xmpp *s = dialogue_state(d);
	bool asked = s->tls_asked;

	(void)element;
	dialogue_event(d, SERVER, EVENT_ANSWER, 0, span_of("<proceed>"));
	if (!asked && !s->half[CLIENT].unsure && dialogue_from_start(d)) {
		dialogue_note(d, SERVER, NOTE_REPLY_UNEXPECTED, span_of("<proceed>"));
		return STEP_TAKEN;
	}
	s->tls_asked = false;
	dialogue_event(d, SERVER, EVENT_TLS_AGREED, 0, span_of("proceed"));
	return STEP_UPGRADE;
}

static enum step
starttls_failure(struct dialogue *d)
{
	struct xmpp *s = dialogue_state(d);
	bool asked = s->tls_asked;

	dialogue_event(d, SERVER, EVENT_ANSWER, 0, span_of("<failure>"));
	s->tls_asked = false;
	if (asked)
		dialogue_event(d, SERVER, EVENT_TLS_REFUSED, 0, span_of("failure"));
	xmpp_release(d, "behind <starttls>");
	return STEP_TAKEN;
}

/* The same word for three things: its namespace tells, or what was asked. */
static enum step
failure_seen(struct dialogue *d, const struct xml_element *element)
{
	struct xmpp *s = dialogue_state(d);
	struct span space = xml_namespace(element);

	if (span_has(space, "xmpp-tls") || (space.len == 0 && s->tls_asked))
		return starttls_failure(d);
	if (span_has(space, "sasl") || !s->compress_asked)
		return xmpp_sasl_failure(d, element);
	s->compress_asked = false;
	xmpp_release(d, "behind <compress>");
	return server_other(d, element);
}

/* XEP-0138, section 4: from here on both sides are compressed, and nobody reads along. */
static enum step
compressed_seen(struct dialogue *d, const struct xml_element *element)
{
	server_other(d, element);
	return STEP_SETTLED;
}

/* What the end of the stream says of a login that is open. */
static enum auth_outcome
stream_error_outcome(struct span condition, bool demands_tls)
{
	if (demands_tls)
		return AUTH_REFUSED_TLS;
	return span_is(condition, "not-authorized") ? AUTH_REJECTED : AUTH_OUTCOME_UNKNOWN;
}

/* RFC 6120, section 4.9: the stream is over. */
static enum step
error_seen(struct dialogue *d, const struct xml_element *element)
{
	struct span condition = xmpp_condition(element->content);
	bool demands_tls = xmpp_demands_tls(condition, element->content);
	struct buffer line = { 0 };

	buffer_add_text(&line, "<stream:error> ");
	buffer_add(&line, condition);
	dialogue_event(d, SERVER, EVENT_ANSWER, 0, buffer_span(&line));
	if (demands_tls)
		dialogue_event(d, SERVER, EVENT_TLS_REQUIRED, 0, buffer_span(&line));
	xmpp_login_ends(d, stream_error_outcome(condition, demands_tls), buffer_span(&line));
	buffer_free(&line);
	xmpp_release(d, NULL);
	return STEP_TAKEN;
}

/* Units ------------------------------------------------------------------------------------------- */

struct row {
	const char *name;

	/* Found behind what is not known, wherever it stands: no secret or agreement hangs on it. */
	bool        anywhere;

	enum step (*take)(struct dialogue *d, const struct xml_element *element);
};

static const struct row client_rows[] = {
	{ "message", true, client_stanza },
	{ "presence", true, client_stanza },
	{ "iq", true, client_stanza },
	{ "stream", true, xmpp_client_header },
	{ "starttls", false, starttls_seen },
	{ "auth", false, xmpp_auth },
	{ "authenticate", false, xmpp_auth },   /* XEP-0388 */
	{ "response", false, xmpp_response },
	{ "abort", false, xmpp_abort },
	{ "handshake", false, xmpp_handshake },
	{ "compress", false, compress_seen },
	{ "result", false, dialback_seen },
	{ "verify", false, dialback_seen },
	{ "error", false, client_other },
	{ "enable", false, client_other },      /* XEP-0198 */
	{ "resume", false, client_other },
	{ "r", false, client_other },
	{ "a", false, client_other },
	{ "active", false, client_other },      /* XEP-0352 */
	{ "inactive", false, client_other },
	{ "bidi", false, client_other },        /* XEP-0288 */
};

static const struct row server_rows[] = {
	{ "message", true, server_stanza },
	{ "presence", true, server_stanza },
	{ "iq", true, server_stanza },
	{ "stream", true, xmpp_server_header },
	{ "features", false, xmpp_features },
	{ "proceed", false, proceed_seen },
	{ "failure", false, failure_seen },
	{ "challenge", false, xmpp_challenge },
	{ "success", false, xmpp_success },
	{ "error", false, error_seen },
	{ "handshake", false, xmpp_handshake_answered },
	{ "compressed", false, compressed_seen },
	{ "result", false, server_other },
	{ "verify", false, server_other },
	{ "enabled", false, server_other },
	{ "resumed", false, server_other },
	{ "failed", false, server_other },
	{ "r", false, server_other },
	{ "a", false, server_other },
};

static const struct row *
find_row(enum side side, struct span name)
{
	const struct row *rows = side == CLIENT ? client_rows : server_rows;
	size_t count = side == CLIENT ? TABLE_LENGTH(client_rows) : TABLE_LENGTH(server_rows);

	for (size_t i = 0; i < count; i++)
		if (span_is(name, rows[i].name))
			return &rows[i];
	return NULL;
}

enum xmpp_kind
xmpp_kind_of(enum side side, struct span name)
{
	const struct row *row = find_row(side, name);

	if (row == NULL)
		return XMPP_UNKNOWN;
	if (row->take == xmpp_client_header || row->take == xmpp_server_header)
		return XMPP_ROOT;
	return row->anywhere ? XMPP_STANZA : XMPP_WEIGHTY;
}

/* Nothing that belongs here; of the client's it may be a secret. */
void
xmpp_unknown(struct dialogue *d, enum side side)
{
	struct xmpp *s = dialogue_state(d);
	struct span text = span_of("<unrecognised>");

	if (side == CLIENT) {
		s->guarded = true;
		dialogue_event(d, CLIENT, EVENT_COMMAND, 0, text);
		dialogue_note(d, CLIENT, NOTE_UNKNOWN_VERB, text);
		return;
	}
	dialogue_event(d, SERVER, EVENT_TEXT, 0, text);
	dialogue_note(d, SERVER, NOTE_REPLY_MALFORMED, text);
}

/* The list ends where its own end tag stands; one of another name is what is left of a feature that was taken out. */
static enum step
features_read(struct dialogue *d, const struct xml_element *element, struct span unit)
{
	struct xmpp *s = dialogue_state(d);
	struct xml_element bind;

	/* resources are bound behind a login (RFC 6120, section 7.1); the list before that was not captured */
	s->logged_in |= xml_child(element->content, "bind", &bind);
	if (s->logged_in && !s->listed) {
		dialogue_event(d, SERVER, EVENT_ANSWER, 0, span_of("<stream:features>"));
		return STEP_TAKEN;
	}
	s->listed = true;
	xmpp_features(d, element);
	s->list_open = true;
	if (xml_is_closed(unit, element))
		xmpp_features_end(d);
	else if (!s->half[SERVER].passing)
		dialogue_note(d, SERVER, NOTE_LIST_HOLE, span_of("<stream:features>, an end tag without its start"));
	return STEP_TAKEN;
}

static enum step
take_element(struct dialogue *d, enum side side, struct span unit)
{
	struct xmpp *s = dialogue_state(d);
	struct xml_element element;
	const struct row *row = NULL;

	if (xml_read(unit, &element))
		row = find_row(side, element.name);
	if (row != NULL && row->take == xmpp_features)
		return features_read(d, &element, unit);
	if (row != NULL)
		return row->take(d, &element);
	if (side == SERVER && s->list_open && element.name.len > 0)
		xmpp_feature(d, &element);
	else
		xmpp_unknown(d, side);
	return STEP_TAKEN;
}

/* "</stream:stream>"; RFC 6120, section 4.4. */
static enum step
take_end_tag(struct dialogue *d, enum side side, struct span unit)
{
	struct xmpp *s = dialogue_state(d);
	struct span text = span_of("</stream:stream>");

	if (side == SERVER && s->list_open && span_has(unit, "features")) {
		xmpp_features_end(d);
	} else if (!span_has(unit, "stream")) {
		if (!s->half[side].lossy)
			xmpp_unknown(d, side);
	} else if (side == CLIENT) {
		dialogue_event(d, CLIENT, EVENT_COMMAND, 0, text);
		dialogue_event(d, CLIENT, EVENT_QUIT, 0, text);
	} else {
		dialogue_event(d, SERVER, EVENT_ANSWER, 0, text);
	}
	return STEP_TAKEN;
}

/* An XML declaration stands before each header, and a comment says nothing; a document type is forbidden, and with it
 * the entities that it would declare (RFC 6120, section 11.1). */
enum step
xmpp_unit(struct dialogue *d, enum side side, struct span unit)
{
	if (span_starts(unit, "</"))
		return take_end_tag(d, side, unit);
	if (span_starts(unit, "<?") || span_starts(unit, "<!--"))
		return STEP_TAKEN;
	return take_element(d, side, unit);
}
