/* What of XMPP may be quoted: names, and of attributes those that say which host and which kind of stream. */
#include "xmpp_state.h"

#include "answer.h"
#include "base/table.h"

enum {
	VALUE_MOST = 100,
};

struct span
xmpp_domain(struct span address)
{
	size_t slash = span_find(address, "/"), at;

	address = span_first(address, slash);
	at = span_find(address, "@");
	return at < address.len ? span_after(address, at + 1) : address;
}

/* Of prefixes, which are free to choose, the two that everybody chooses. */
static void
add_name(struct buffer *out, const struct xml_element *element)
{
	buffer_add_text(out, "<");
	if (span_is(element->prefix, "stream") || span_is(element->prefix, "db")) {
		buffer_add(out, element->prefix);
		buffer_add_text(out, ":");
	} else if (element->prefix.len > 0) {
		buffer_add_text(out, "...:");
	}
	buffer_add(out, element->name);
}

void
xmpp_quote_name(struct buffer *out, const struct xml_element *element)
{
	add_name(out, element);
	buffer_add_text(out, ">");
}

static bool
is_shown(struct span name)
{
	static const char *const names[] = { "id", "version", "xml:lang", "xmlns", "xmlns:stream", "xmlns:db" };

	return span_is_any(name, names, TABLE_LENGTH(names));
}

/* An account before the domain belongs to a person. */
static void
add_address(struct buffer *out, struct span address)
{
	struct span domain = xmpp_domain(address);

	buffer_add_text(out, domain.len < address.len ? "...@" : "");
	buffer_add(out, span_first(domain, VALUE_MOST));
}

void
xmpp_quote_header(struct buffer *out, const struct xml_element *element)
{
	struct span rest = element->attributes, name, value;
	char quote[2] = "";

	add_name(out, element);
	while (xml_take_attribute(&rest, &name, &value)) {
		bool address = span_is(name, "from") || span_is(name, "to");

		if (!address && !is_shown(name))
			continue;
		quote[0] = (char)value.at[-1];
		buffer_add_text(out, " ");
		buffer_add(out, name);
		buffer_add_text(out, "=");
		buffer_add_text(out, quote);
		if (address)
			add_address(out, value);
		else
			buffer_add(out, span_first(value, VALUE_MOST));
		buffer_add_text(out, quote);
	}
	buffer_add_text(out, ">");
}

struct span
xmpp_condition(struct span content)
{
	static const char *const conditions[] = { "aborted", "account-disabled", "credentials-expired",
		"encryption-required",
		"incorrect-encoding", "invalid-authzid", "invalid-mechanism", "malformed-request", "mechanism-too-weak",
		"not-authorized", "temporary-auth-failure", "bad-format", "bad-namespace-prefix", "conflict",
		"connection-timeout", "host-gone", "host-unknown", "improper-addressing", "internal-server-error",
		"invalid-from", "invalid-namespace", "invalid-xml", "not-well-formed", "policy-violation",
		"remote-connection-failed", "reset", "resource-constraint", "restricted-xml", "see-other-host",
		"system-shutdown", "undefined-condition", "unsupported-encoding", "unsupported-feature",
		"unsupported-stanza-type", "unsupported-version", "bad-request", "feature-not-implemented", "forbidden",
		"gone", "item-not-found", "jid-malformed", "not-acceptable", "not-allowed", "payment-required",
		"recipient-unavailable", "redirect", "registration-required", "remote-server-not-found",
		"remote-server-timeout", "service-unavailable", "subscription-required", "unexpected-request",
		"setup-failed", "unsupported-method" };
	struct xml_element child;
	struct span before;

	while (xml_take_child(&content, &child, &before))
		for (size_t i = 0; i < TABLE_LENGTH(conditions); i++)
			if (span_is(child.name, conditions[i]))
				return span_of(conditions[i]);
	return (struct span){ 0 };
}

/* encryption-required says so; policy-violation may mean anything, and its text tells what. */
bool
xmpp_demands_tls(struct span condition, struct span content)
{
	struct xml_element text;

	if (span_is(condition, "encryption-required"))
		return true;
	return span_is(condition, "policy-violation") && xml_child(content, "text", &text) &&
	       answer_says_tls(text.content);
}
