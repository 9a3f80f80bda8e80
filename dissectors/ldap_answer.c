/* What an LDAP server answers (RFC 4511, sections 4.1.9, 4.2.2, 4.5.2, 4.12 and 4.14).  Entries are counted, their
 * names and values not kept; only the root entry, which tells what the server can do, is looked into. */
#include "answer.h"
#include "ldap_names.h"
#include "ldap_state.h"

enum {
	ATTRIBUTES_MOST = 256,
	VALUES_MOST = 64,
};

static struct result
read_result(struct cursor *c)
{
	struct result result = { .code = ber_number(c, BER_ENUMERATED) };
	struct span referral;

	ber_take(c, BER_OCTETS);        /* the name of an entry that was found on the way */
	result.diagnostic = ber_take(c, BER_OCTETS);
	if (ber_take_optional(c, BER_CONTEXT_CONSTRUCTED | 3, &referral)) {
		struct cursor uris = cursor_of(referral);

		ber_take_optional(&uris, BER_OCTETS, &result.referral);
	}
	return result;
}

/* Code, its name, and the words of the diagnostic that may be shown. */
static void
result_text(struct buffer *out, const struct result *result)
{
	buffer_printf(out, "%u %s", (unsigned)result->code, ldap_code_name(result->code));
	if (result->diagnostic.len > 0) {
		buffer_add_text(out, ": ");
		answer_quote(out, result->diagnostic, (struct span){ 0 });
	}
}

/* The host of ldap://host:port/... (RFC 4516); what stands behind it may name a person. */
static struct span
referral_host(struct span uri)
{
	size_t begin = span_find(uri, "://");
	size_t len = 0;

	if (begin == uri.len)
		return (struct span){ 0 };
	uri = span_after(uri, begin + 3);
	while (len < uri.len && len < 255 && uri.at[len] > ' ' && uri.at[len] < 0x7F && uri.at[len] != '/' &&
	       uri.at[len] != '@' && uri.at[len] != '?')
		len++;
	return len < uri.len && uri.at[len] == '@' ? (struct span){ 0 } : span_first(uri, len);
}

static struct span
quote_referral(struct buffer *out, const struct result *result)
{
	struct span host = referral_host(result->referral);

	buffer_add_text(out, "referral");
	buffer_add_text(out, host.len > 0 ? " to " : "");
	buffer_add(out, host);
	return buffer_span(out);
}

/* What a code says of the server's demands, in answer to whatever it was (RFC 4511, appendix A.2). */
static void
tell_demands(struct dialogue *d, const struct waiting *waiting, const struct result *result, struct span text)
{
	bool binds = waiting != NULL && waiting->kind == WAITS_BIND;
	struct buffer quote = { 0 };

	switch (result->code) {
	case CODE_CONFIDENTIALITY: dialogue_event(d, SERVER, EVENT_TLS_REQUIRED, result->code, text); break;
	case CODE_STRONGER_AUTH:
		dialogue_event(d, SERVER, binds ? EVENT_TLS_REQUIRED : EVENT_TLS_OR_AUTH_REQUIRED, result->code, text);
		break;
	case CODE_OPERATIONS_ERROR:     /* Active Directory's way to say so */
		if (waiting != NULL && waiting->kind != WAITS_STARTTLS &&
		    span_has(result->diagnostic, "successful bind"))
			dialogue_event(d, SERVER, EVENT_AUTH_REQUIRED, result->code, text);
		break;
	case CODE_BUSY:
	case CODE_UNAVAILABLE:
		if (waiting != NULL && waiting->kind != WAITS_STARTTLS)
			dialogue_event(d, SERVER, EVENT_TEMPORARY_REFUSED, result->code, text);
		break;
	case CODE_REFERRAL:
		if (binds || (waiting != NULL && waiting->kind == WAITS_STARTTLS))
			dialogue_note(d, SERVER, NOTE_LOGIN_REFERRED, quote_referral(&quote, result));
		break;
	default: break;
	}
	buffer_free(&quote);
}

/* Section 4.14.2: the next bytes of both sides are TLS where the code is success, and only there. */
static enum step
starttls_answered(struct dialogue *d, const struct result *result, struct span text)
{
	if (result->code == CODE_SUCCESS) {
		dialogue_event(d, SERVER, EVENT_TLS_AGREED, 0, text);
		return STEP_UPGRADE;
	}
	dialogue_event(d, SERVER, EVENT_TLS_REFUSED, result->code, text);
	dialogue_release(d, CLIENT);
	return STEP_TAKEN;
}

static enum step
answer(struct dialogue *d, const struct message *m, const char *name, const char *remark)
{
	struct waiting *waiting = ldap_find(dialogue_state(d), m->id), request = { 0 };
	struct cursor c = cursor_of(m->body);
	struct result result = read_result(&c);
	struct buffer text = { 0 };
	enum step step = STEP_TAKEN;

	if (c.failed && !m->cut)
		dialogue_note(d, SERVER, NOTE_MALFORMED, span_of("an answer without a result"));
	result_text(&text, &result);
	buffer_add_text(&text, remark);
	if (waiting != NULL) {
		request = *waiting;
		waiting->kind = WAITS_NOTHING;
	}
	ldap_tell(d, m, EVENT_ANSWER, result.code, name, buffer_span(&text));
	if (!c.failed) {
		tell_demands(d, waiting == NULL ? NULL : &request, &result, buffer_span(&text));
		if (request.kind == WAITS_PASSWORD ||
		    (request.kind == WAITS_BIND && result.code != CODE_BIND_IN_PROGRESS))
			ldap_login_ended(d, &request, &result, buffer_span(&text));
		if (request.kind == WAITS_STARTTLS)
			step = starttls_answered(d, &result, buffer_span(&text));
	}
	buffer_free(&text);
	return step;
}

enum step
ldap_answered(struct dialogue *d, const struct message *m, const char *name)
{
	struct cursor c = cursor_of(m->body);
	struct span oid = { 0 };

	read_result(&c);
	ber_take_optional(&c, BER_CONTEXT | 10, &oid);
	return answer(d, m, name, m->id == 0 && ldap_is_disconnection(oid) ? ", notice of disconnection" : "");
}

/* A step of the exchange, or its end; a refused step ends it too. */
enum step
ldap_bound(struct dialogue *d, const struct message *m, const char *name)
{
	struct ldap *s = dialogue_state(d);
	struct waiting *waiting = ldap_find(s, m->id);
	struct cursor c = cursor_of(m->body);
	uint32_t code = read_result(&c).code;
	bool latest = waiting != NULL && sasl_is_open(&s->bind) && waiting->serial == s->bind.facts.serial;

	if (waiting != NULL && waiting->kind == WAITS_NEGOTIATION && (c.failed || code != CODE_SUCCESS))
		waiting->kind = WAITS_BIND;
	s->stepping |= latest && !c.failed &&
	               (waiting->kind == WAITS_NEGOTIATION || code == CODE_BIND_IN_PROGRESS);
	return answer(d, m, name, "");
}

/* Searches ---------------------------------------------------------------------------------------- */

/* The first attribute worth it begins the list: a root entry that shows none of them tells nothing of TLS. */
static void
begin_list(struct dialogue *d, struct waiting *waiting)
{
	if (!waiting->told_list)
		dialogue_event(d, SERVER, EVENT_CAPABILITIES_BEGIN, 0, (struct span){ 0 });
	waiting->told_list = true;
}

static void
tell_extension(struct dialogue *d, struct span oid)
{
	struct buffer text = { 0 };
	const char *name = ldap_oid_name(oid);
	bool offer = ldap_is_starttls(oid);

	if (offer)
		buffer_add_text(&text, "StartTLS ");
	buffer_add(&text, ldap_is_oid(oid) || answer_is_blanked(oid) ? oid : span_of("<redacted>"));
	if (!offer && name != NULL)
		buffer_printf(&text, " %s", name);
	dialogue_event(d, SERVER, EVENT_CAPABILITY, 0, buffer_span(&text));
	if (offer)
		dialogue_event(d, SERVER, EVENT_TLS_OFFERED, 0, buffer_span(&text));
	buffer_free(&text);
}

static void
tell_mechanisms(struct dialogue *d, struct cursor *values)
{
	struct buffer names = { 0 }, text = { 0 };
	struct span value;

	for (size_t i = 0; i < VALUES_MOST && ber_take_optional(values, BER_OCTETS, &value); i++) {
		struct span name = sasl_mechanism_name(value);

		buffer_add_text(&names, names.len > 0 && name.len > 0 ? " " : "");
		buffer_add(&names, name);
	}
	buffer_add_text(&text, "SASL ");
	buffer_add(&text, buffer_span(&names));
	dialogue_event(d, SERVER, EVENT_CAPABILITY, 0, buffer_span(&text));
	dialogue_event(d, SERVER, EVENT_AUTH_OFFERED, 0, buffer_span(&names));
	buffer_free(&names);
	buffer_free(&text);
}

/* What an attribute of the root entry tells of the server (RFC 4512, section 5.1). */
static void
root_attribute(struct dialogue *d, struct waiting *waiting, struct span type, struct cursor *values)
{
	struct span value;

	waiting->has_operational |= span_starts(type, "supported") || span_is(type, "namingContexts");
	if (span_is(type, "supportedSASLMechanisms") && values->left > 0) {
		begin_list(d, waiting);
		tell_mechanisms(d, values);
	}
	if (!ldap_is_extensions(type) || values->left == 0)
		return;
	begin_list(d, waiting);
	waiting->has_extensions = true;
	for (size_t i = 0; i < VALUES_MOST && ber_take_optional(values, BER_OCTETS, &value); i++)
		tell_extension(d, value);
}

static void
root_entry(struct dialogue *d, struct waiting *waiting, struct cursor *c)
{
	struct cursor attributes = ber_open(c, BER_SEQUENCE);

	for (size_t i = 0; i < ATTRIBUTES_MOST && attributes.left > 0; i++) {
		struct cursor attribute = ber_open(&attributes, BER_SEQUENCE), values;
		struct span type = ber_take(&attribute, BER_OCTETS);

		values = ber_open(&attribute, BER_SET);
		root_attribute(d, waiting, type, &values);
	}
}

/* An answer whose request was not captured is awaited from its first entry on. */
static struct waiting *
search_of(struct ldap *s, uint32_t id)
{
	struct waiting *waiting = ldap_find(s, id);

	return waiting != NULL ? waiting : ldap_wait(s, id, WAITS_SEARCH);
}

enum step
ldap_entry(struct dialogue *d, const struct message *m, const char *name)
{
	struct waiting *waiting = search_of(dialogue_state(d), m->id);
	struct cursor c = cursor_of(m->body);
	struct span entry = ber_take(&c, BER_OCTETS);
	bool root = !c.failed && entry.len == 0;

	if (waiting->entries++ == 0)    /* the others are counted in the line that ends them */
		ldap_tell(d, m, EVENT_ANSWER, 0, name, span_of(root ? "of the root" : ""));
	if (root)
		root_entry(d, waiting, &c);
	else if (!c.failed)
		dialogue_event(d, SERVER, EVENT_ENTRY, 0, span_of(name));
	if (c.failed && !m->cut)
		dialogue_note(d, SERVER, NOTE_MALFORMED, span_of("an entry without a name"));
	if (m->cut && root)
		dialogue_note(d, SERVER, NOTE_TRUNCATED, (struct span){ 0 });
	return STEP_TAKEN;
}

/* A reference to another server, or an intermediate answer: more is to come. */
enum step
ldap_reference(struct dialogue *d, const struct message *m, const char *name)
{
	ldap_tell(d, m, EVENT_ANSWER, 0, name, (struct span){ 0 });
	return STEP_TAKEN;
}

/* Without the extensions the list is all there is only where they were asked for, and the root entry came. */
static bool
list_is_whole(const struct waiting *waiting, const struct result *result)
{
	if (result->code != CODE_SUCCESS || waiting->entries == 0)
		return false;
	return waiting->has_extensions || waiting->asks_extensions ||
	       (waiting->asks_operational && waiting->has_operational);
}

enum step
ldap_done(struct dialogue *d, const struct message *m, const char *name)
{
	struct waiting *waiting = ldap_find(dialogue_state(d), m->id);
	struct cursor c = cursor_of(m->body);
	struct result result = read_result(&c);
	struct buffer remark = { 0 };
	enum step step;

	if (waiting != NULL && waiting->kind == WAITS_SEARCH && !c.failed && list_is_whole(waiting, &result)) {
		begin_list(d, waiting);
		dialogue_event(d, SERVER, EVENT_CAPABILITIES_END, 0, (struct span){ 0 });
	}
	if (waiting != NULL)
		buffer_printf(&remark, ", %u %s", (unsigned)waiting->entries,
			waiting->entries == 1 ? "entry" : "entries");
	step = answer(d, m, name, buffer_text(&remark));
	buffer_free(&remark);
	return step;
}
