/* What a ClientHello says of the protocol that TLS is to carry: by ALPN (RFC 7301); and what the name of the host that
 * is asked for (RFC 6066, section 3) suggests.  No state and no memory: every TLS connection there is asks it. */
#include "tls_record.h"

#include "base/cursor.h"
#include "base/table.h"
#include "model/protocol.h"

enum {
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_ALPN = 16,
	HELLO_FIXED = 2 + 32,           /* version and random */
	NAME_TYPE_HOST = 0,
};

/* The first label of a host's name, where it is that of a service. */
static const struct {
	const char *label;
	const char *protocol;
} hosts[] = {
	{ "smtp", "smtp" }, { "smtps", "smtp" }, { "submission", "smtp" }, { "imap", "imap" }, { "imaps", "imap" },
	{ "imap4", "imap" }, { "pop", "pop3" }, { "pop3", "pop3" }, { "pop3s", "pop3" }, { "sieve", "sieve" },
	{ "managesieve", "sieve" }, { "ldap", "ldap" }, { "ldaps", "ldap" }, { "xmpp", "xmpp" }, { "nntp", "nntp" },
	{ "nntps", "nntp" }, { "ftps", "ftp" },
};

/* The list of ALPN: the first name that is known decides, and a list of others tells of something else. */
static const char *
by_alpn(struct cursor body)
{
	struct cursor list = cursor_block(&body, 2);
	const char *found = NULL;

	while (list.left > 0 && !list.failed) {
		struct cursor name = cursor_block(&list, 1);

		if (found == NULL && !list.failed)
			found = protocol_by_alpn(cursor_rest(&name));
	}
	return found != NULL ? found : "";
}

static const char *
by_host(struct cursor body)
{
	struct cursor list = cursor_block(&body, 2), name;
	struct span label;
	uint32_t type = cursor_be(&list, 1);

	name = cursor_block(&list, 2);
	if (list.failed || type != NAME_TYPE_HOST)
		return NULL;
	label = cursor_rest(&name);
	label = span_first(label, span_find(label, "."));
	for (size_t i = 0; i < TABLE_LENGTH(hosts); i++)
		if (span_is(label, hosts[i].label))
			return hosts[i].protocol;
	return NULL;
}

static const char *
by_extensions(struct cursor *extensions, const char **guess_r)
{
	while (extensions->left > 0) {
		uint32_t type = cursor_be(extensions, 2);
		struct cursor body = cursor_block(extensions, 2);

		if (extensions->failed)
			return NULL;
		if (type == EXTENSION_ALPN)
			return by_alpn(body);
		if (type == EXTENSION_SERVER_NAME)
			*guess_r = by_host(body);
	}
	return NULL;
}

const char *
tls_carries(struct span first, const char **guess_r, bool *more_r)
{
	struct cursor hello, extensions;
	struct tls_record record;

	*more_r = false;
	*guess_r = NULL;
	if (tls_read_header(first, &record) != HEADER_WHOLE || record.type != RECORD_HANDSHAKE) {
		*more_r = first.len > 0 && tls_read_header(first, &record) == HEADER_SHORT;
		return NULL;
	}
	*more_r = first.len < RECORD_HEADER + record.length;
	if (*more_r)
		return NULL;
	hello = cursor_of(span_first(span_after(first, RECORD_HEADER), record.length));
	if (cursor_be(&hello, 1) != HANDSHAKE_CLIENT_HELLO)
		return NULL;
	hello = cursor_block(&hello, 3);
	cursor_take(&hello, HELLO_FIXED);
	cursor_block(&hello, 1);        /* session id */
	cursor_block(&hello, 2);        /* cipher suites */
	cursor_block(&hello, 1);        /* compression methods */
	extensions = cursor_block(&hello, 2);
	return by_extensions(&extensions, guess_r);
}
