/* What of a client's line may be quoted.  Addresses lose their local part, logins their blobs. */
#include "smtp_quote.h"

#include "base/table.h"
#include "sasl.h"

#include <ctype.h>
#include <string.h>

enum {
	HOST_MOST = 255,
};

/* The part of an address that names no person. */
static struct span
address_domain(struct span address)
{
	const uint8_t *at = address.len > 0 ? memrchr(address.at, '@', address.len) : NULL;
	struct span domain, word;

	if (at == NULL)
		return (struct span){ 0 };
	domain = span_after(address, (size_t)(at - address.at) + 1);
	span_take_word(&domain, &word);
	return word;
}

/* The length of MAIL FROM: or RCPT TO: where a path in angle brackets follows, else 0. */
static size_t
path_start(struct span line)
{
	static const char *const starts[] = { "MAIL FROM:", "RCPT TO:" };
	size_t start = 0;

	for (size_t i = 0; i < TABLE_LENGTH(starts); i++)
		if (span_starts(line, starts[i]))
			start = strlen(starts[i]);
	while (start > 0 && start < line.len && (line.at[start] == ' ' || line.at[start] == '\t'))
		start++;
	return start < line.len && line.at[start] == '<' ? start : 0;
}

static void
quote_parameters(struct buffer *out, struct span rest)
{
	static const char *const parameters[] = { "SIZE=", "BODY=", "SMTPUTF8", "REQUIRETLS", "RET=",
		"NOTIFY=", "BY=", "MT-PRIORITY=", "HOLDFOR=" };
	struct span word;

	while (span_take_word(&rest, &word))
		for (size_t i = 0; i < TABLE_LENGTH(parameters); i++)
			if (span_starts(word, parameters[i])) {
				buffer_add_text(out, " ");
				buffer_add(out, word);
			}
}

/* MAIL and RCPT: the domain stays, and those parameters that name nobody.  Without a path in angle brackets anything
 * behind the verb may be a name. */
void
smtp_quote_envelope(struct buffer *out, struct span line)
{
	size_t start = path_start(line), colon = span_find(line, ":");
	struct span path = span_after(line, start), rest = line, domain, verb;

	if (start == 0) {
		span_take_word(&rest, &verb);
		if (span_is(span_first(line, colon), "MAIL FROM") || span_is(span_first(line, colon), "RCPT TO"))
			verb = span_first(line, colon + 1);
		buffer_add(out, verb);
		buffer_add_text(out, " <redacted>");
		return;
	}
	rest = span_after(path, span_find(path, ">") + 1);
	path = span_first(path, span_find(path, ">"));
	domain = address_domain(path);
	buffer_add(out, span_first(line, start + 1));
	if (domain.len > 0)
		buffer_add_text(out, "...@");
	else if (path.len > 1)
		buffer_add_text(out, "...");
	buffer_add(out, domain);
	buffer_add_text(out, ">");
	quote_parameters(out, rest);
}

/* A Domain or an address literal (RFC 5321, section 4.1.2), with the underscore that many hosts have. */
static bool
is_host(struct span word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!isalnum(word.at[i]) && memchr(".-_:[]", word.at[i], 6) == NULL)
			return false;
	return word.len > 0 && word.len <= HOST_MOST;
}

bool
smtp_quote_address(struct span line, struct span *address_r, struct span *domain_r)
{
	size_t start = path_start(line), colon;
	struct span path = span_after(line, start + 1), domain;

	if (start == 0)
		return false;
	path = span_first(path, span_find(path, ">"));
	colon = span_find(path, ":");
	if (span_starts(path, "@") && colon < path.len)         /* RFC 5321, appendix C */
		path = span_after(path, colon + 1);
	domain = address_domain(path);
	*address_r = path;
	*domain_r = is_host(domain) ? domain : (struct span){ 0 };
	return true;
}

void
smtp_quote_host(struct buffer *out, const char *verb, struct span args)
{
	struct span name = smtp_quote_client_name(args);

	if (span_is(span_of(verb), "ETRN") && name.len > 0 && memchr(name.at, '.', name.len) == NULL)
		name.len = 0;           /* a domain has a dot; a client may call itself what it likes */
	buffer_add_text(out, verb);
	if (args.len == 0)
		return;
	buffer_add_text(out, " ");
	if (name.len > 0)
		buffer_add(out, name);
	if (name.len < args.len)
		buffer_add_text(out, name.len > 0 ? " <redacted>" : "<redacted>");
}

struct span
smtp_quote_client_name(struct span args)
{
	struct span word;

	span_take_word(&args, &word);
	return is_host(word) ? word : (struct span){ 0 };
}

void
smtp_quote_chunk(struct buffer *out, struct span args)
{
	struct span size, last;
	uint64_t number;
	bool good;

	if (args.len == 0) {
		buffer_add_text(out, "BDAT");
		return;
	}
	span_take_word(&args, &size);
	span_take_word(&args, &last);
	good = span_number(size, &number) && (last.len == 0 || span_is(last, "LAST")) && args.len == 0;
	buffer_add_text(out, "BDAT ");
	buffer_add(out, good ? size : span_of("<redacted>"));
	buffer_add_text(out, good && last.len > 0 ? " LAST" : "");
}

/* Nothing that could as well be a secret. */
static bool
is_port(struct span value)
{
	uint64_t number;

	return span_number(value, &number) && number <= UINT16_MAX;
}

static bool
is_address(struct span value)
{
	static const char prefix[] = "IPV6:";

	if (span_starts(value, prefix))
		value = span_after(value, sizeof(prefix) - 1);
	for (size_t i = 0; i < value.len; i++)
		if (!isxdigit(value.at[i]) && value.at[i] != '.' && value.at[i] != ':')
			return false;
	return value.len < 46 && (span_has(value, ".") || span_has(value, ":"));
}

void
smtp_quote_forwarded(struct buffer *out, struct span args)
{
	static const struct {
		const char *name;
		bool      (*is)(struct span value);
	} shown[] = {
		{ "ADDR", is_address }, { "PORT", is_port }, { "DESTADDR", is_address }, { "DESTPORT", is_port },
	};
	struct span attribute;

	while (span_take_word(&args, &attribute)) {
		size_t equals = span_find(attribute, "=");
		struct span name = span_first(attribute, equals), value = span_after(attribute, equals + 1);

		for (size_t i = 0; i < TABLE_LENGTH(shown); i++)
			if (span_is(name, shown[i].name) && shown[i].is(value))
				buffer_printf(out, " %.*s", (int)attribute.len, (const char *)attribute.at);
	}
}
