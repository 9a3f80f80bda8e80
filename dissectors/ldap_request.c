/* What an LDAP client asks for (RFC 4511, sections 4.5 to 4.12).  Of a search the base is shown as far as it names
 * places in the tree; the filter, attributes and values are not. */
#include "ldap_names.h"
#include "ldap_state.h"

#include "base/table.h"

enum {
	ATTRIBUTES_MOST = 64,
};

static void
note_malformed(struct dialogue *d, const struct message *m, const struct cursor *c)
{
	if (c->failed && !m->cut)
		dialogue_note(d, CLIENT, NOTE_MALFORMED, span_of("a field is missing, or longer than what holds it"));
}

/* Searches ---------------------------------------------------------------------------------------- */

struct search {
	struct span base;
	uint32_t    scope;
	bool        types_only;
	bool        asks_extensions, asks_operational;
};

static void
read_selection(struct cursor attributes, struct search *search)
{
	struct span name;

	for (size_t i = 0; i < ATTRIBUTES_MOST && ber_take_optional(&attributes, BER_OCTETS, &name); i++) {
		search->asks_extensions |= ldap_is_extensions(name);
		search->asks_operational |= ldap_is_all_operational(name);
	}
}

/* Section 4.5.1; how long it may take and how many entries may come is passed over, as the filter is. */
static void
read_search(struct cursor *c, struct search *search_r)
{
	struct span types_only, filter;
	uint8_t tag;

	search_r->base = ber_take(c, BER_OCTETS);
	search_r->scope = ber_number(c, BER_ENUMERATED);
	ber_take(c, BER_ENUMERATED);
	ber_take(c, BER_INTEGER);
	ber_take(c, BER_INTEGER);
	types_only = ber_take(c, BER_BOOLEAN);
	search_r->types_only = types_only.len != 1 || types_only.at[0] != 0;
	if (!c->failed && !ber_next(c, &tag, &filter))
		c->failed = true;
	if (!c->failed)
		read_selection(ber_open(c, BER_SEQUENCE), search_r);
}

static void
quote_search(struct buffer *out, const struct search *search)
{
	static const char *const scopes[] = { "base", "one", "sub", "children" };

	buffer_add_text(out, "\"");
	ldap_quote_dn(out, search->base);
	buffer_printf(out, "\" %s", search->scope < TABLE_LENGTH(scopes) ? scopes[search->scope] : "scope unknown");
}

/* The root entry tells what the server can do (RFC 4512, section 5.1): who asks for it wants the list of
 * capabilities. */
enum step
ldap_search(struct dialogue *d, const struct message *m, const char *name)
{
	struct waiting *waiting = ldap_wait(dialogue_state(d), m->id, WAITS_SEARCH);
	struct cursor c = cursor_of(m->body);
	struct search search = { 0 };
	struct buffer text = { 0 };
	bool whole, root;

	read_search(&c, &search);
	whole = !c.failed;
	root = whole && search.base.len == 0 && search.scope == 0;
	waiting->asks_extensions = root && !search.types_only && search.asks_extensions;
	waiting->asks_operational = root && !search.types_only && search.asks_operational;
	if (whole)
		quote_search(&text, &search);
	ldap_tell(d, m, EVENT_COMMAND, 0, name, buffer_span(&text));
	if (!root)
		ldap_tell(d, m, EVENT_APPLICATION, 0, name, buffer_span(&text));
	buffer_free(&text);
	note_malformed(d, m, &c);
	return STEP_TAKEN;
}

/* Changes ----------------------------------------------------------------------------------------- */

/* A stored form names its scheme in braces in front (RFC 2307, section 5.3): that is not the password. */
static bool
is_hashed(struct span value)
{
	struct span scheme = span_first(value, span_find(value, "}"));

	return value.len > 0 && value.at[0] == '{' && scheme.len > 1 && scheme.len < value.len &&
	       !span_is(scheme, "{CLEARTEXT") && !span_is(scheme, "{PLAIN") && !span_is(scheme, "{CLEAR");
}

/* A type and the values of it (section 4.1.7).  Gives the first that is a password in clear, or the empty span. */
static struct span
read_password(struct cursor *attribute)
{
	struct span type = ber_take(attribute, BER_OCTETS), value;
	struct cursor values = ber_open(attribute, BER_SET);

	while (ldap_is_password(type) && ber_take_optional(&values, BER_OCTETS, &value))
		if (value.len > 0 && !is_hashed(value))
			return value;
	return (struct span){ 0 };
}

/* In a change an operation stands before the attribute (section 4.6). */
static struct span
find_password(struct cursor *attributes, bool changes)
{
	struct span password = { 0 };

	for (size_t i = 0; i < ATTRIBUTES_MOST && attributes->left > 0 && password.len == 0; i++) {
		struct cursor element = ber_open(attributes, BER_SEQUENCE), attribute = element;

		if (changes) {
			ber_take(&element, BER_ENUMERATED);
			attribute = ber_open(&element, BER_SEQUENCE);
		}
		password = read_password(&attribute);
	}
	return password;
}

static void
tell_password(struct dialogue *d, uint32_t id, const char *login, struct span name, struct span secret,
	struct span line)
{
	struct ldap *s = dialogue_state(d);

	sasl_login(&s->change, d, login, AUTH_CLASS_PASSWORD, name, line);
	ldap_wait(s, id, WAITS_PASSWORD)->serial = s->change.facts.serial;
	sasl_login_secret(&s->change, d, secret, line);
}

/* Sections 4.6 and 4.7: an entry's name, and what becomes of its attributes.  A password is a secret there as well. */
enum step
ldap_write(struct dialogue *d, const struct message *m, const char *name)
{
	enum { MODIFY = 0x66 };
	struct cursor c = cursor_of(m->body), attributes;
	struct span entry = ber_take(&c, BER_OCTETS), password;

	ldap_wait(dialogue_state(d), m->id, WAITS_OTHER);
	ldap_tell(d, m, EVENT_COMMAND, 0, name, (struct span){ 0 });
	ldap_tell(d, m, EVENT_APPLICATION, 0, name, (struct span){ 0 });
	attributes = ber_open(&c, BER_SEQUENCE);
	password = find_password(&attributes, m->tag == MODIFY);
	if (password.len > 0)
		tell_password(d, m->id, "PASSWORD-CHANGE", entry, password, span_of(name));
	else if (m->cut)
		dialogue_note(d, CLIENT, NOTE_TRUNCATED, (struct span){ 0 });
	note_malformed(d, m, &c);
	return STEP_TAKEN;
}

/* Section 4.10: whether the entry has this value.  Some log in by comparing the password. */
enum step
ldap_compare(struct dialogue *d, const struct message *m, const char *name)
{
	struct cursor c = cursor_of(m->body), assertion;
	struct span entry = ber_take(&c, BER_OCTETS), type, value;

	ldap_wait(dialogue_state(d), m->id, WAITS_OTHER);
	ldap_tell(d, m, EVENT_COMMAND, 0, name, (struct span){ 0 });
	ldap_tell(d, m, EVENT_APPLICATION, 0, name, (struct span){ 0 });
	assertion = ber_open(&c, BER_SEQUENCE);
	type = ber_take(&assertion, BER_OCTETS);
	value = ber_take(&assertion, BER_OCTETS);
	if (ldap_is_password(type) && value.len > 0)
		tell_password(d, m->id, "PASSWORD-COMPARE", entry, value, span_of(name));
	note_malformed(d, m, &c);
	return STEP_TAKEN;
}

/* RFC 3062, section 2: whose, the old one and the new one; the new one is the more worth. */
static void
change_password(struct dialogue *d, uint32_t id, struct span value, struct span line)
{
	struct cursor c = cursor_of(value), fields = ber_open(&c, BER_SEQUENCE);
	struct span user = { 0 }, old = { 0 }, new = { 0 };

	ber_take_optional(&fields, BER_CONTEXT, &user);
	ber_take_optional(&fields, BER_CONTEXT | 1, &old);
	ber_take_optional(&fields, BER_CONTEXT | 2, &new);
	if (old.len > 0 || new.len > 0)
		tell_password(d, id, "PASSWORD-CHANGE", user, new.len > 0 ? new : old, line);
}

/* Extended operations ----------------------------------------------------------------------------- */

/* Section 4.14: the client sends nothing more until the answer has come. */
static enum step
ask_tls(struct dialogue *d, const struct message *m, bool with_value)
{
	ldap_wait(dialogue_state(d), m->id, WAITS_STARTTLS);
	dialogue_event(d, CLIENT, EVENT_TLS_ASKED, with_value ? ASK_WITH_ARGUMENT : 0, span_of("StartTLS"));
	return STEP_HOLD;
}

static void
quote_extension(struct buffer *out, struct span oid)
{
	const char *name = ldap_oid_name(oid);

	buffer_add(out, ldap_is_oid(oid) ? oid : span_of("<redacted>"));
	if (name != NULL)
		buffer_printf(out, " %s", name);
}

enum step
ldap_extended(struct dialogue *d, const struct message *m, const char *name)
{
	struct cursor c = cursor_of(m->body);
	struct span oid = ber_take(&c, BER_CONTEXT), value;
	struct buffer text = { 0 };
	bool has_value = ber_take_optional(&c, BER_CONTEXT | 1, &value);

	quote_extension(&text, oid);
	ldap_tell(d, m, EVENT_COMMAND, 0, name, buffer_span(&text));
	note_malformed(d, m, &c);
	if (ldap_is_starttls(oid)) {
		buffer_free(&text);
		return ask_tls(d, m, has_value);
	}
	ldap_tell(d, m, EVENT_APPLICATION, 0, name, buffer_span(&text));
	ldap_wait(dialogue_state(d), m->id, WAITS_OTHER);
	if (has_value && ldap_is_password_change(oid))
		change_password(d, m->id, value, buffer_span(&text));
	buffer_free(&text);
	return STEP_TAKEN;
}
