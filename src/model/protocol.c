/* One row a protocol. */
#include "model/protocol.h"

#include "base/table.h"

static const struct {
	const char *name;
	const char *offer;
	unsigned    traits;
} protocols[] = {
	{ "smtp", "STARTTLS", PROTOCOL_SENDS },
	{ "lmtp", "STARTTLS", PROTOCOL_INNER },
	{ "imap", "STARTTLS", PROTOCOL_READS | PROTOCOL_LOGIN },
	{ "pop3", "STLS", PROTOCOL_READS | PROTOCOL_LOGIN },
	{ "sieve", "STARTTLS", PROTOCOL_LOGIN },
	{ "ftp", "AUTH", PROTOCOL_ASKS },
	{ "ldap", "STARTTLS", 0 },
	{ "xmpp", "STARTTLS", 0 },
	{ "nntp", "STARTTLS", 0 },
	{ "irc", "STARTTLS", 0 },
	{ "http", "STARTTLS", 0 },
	{ "tls", "STARTTLS", 0 },
};

/* IANA's registry of ALPN protocol ids, and what mail servers use though nobody registered it. */
static const struct {
	const char *id;
	const char *protocol;
} alpns[] = {
	{ "smtp", "smtp" },
	{ "esmtp", "smtp" },
	{ "imap", "imap" },
	{ "pop3", "pop3" },
	{ "managesieve", "sieve" },
	{ "ftp", "ftp" },
	{ "nntp", "nntp" },
	{ "nnsp", "nntp" },     /* between servers */
	{ "irc", "irc" },
	{ "xmpp-client", "xmpp" },
	{ "xmpp-server", "xmpp" },
	{ "h2", "http" },
	{ "h2c", "http" },
	{ "h3", "http" },
	{ "http/0.9", "http" },
	{ "http/1.0", "http" },
	{ "http/1.1", "http" },
	{ "spdy/1", "http" },
	{ "spdy/2", "http" },
	{ "spdy/3", "http" },
};

/* Its row, or one behind them all. */
static size_t
find(struct span name)
{
	size_t i = 0;

	while (i < TABLE_LENGTH(protocols) && !span_is(name, protocols[i].name))
		i++;
	return i;
}

bool
protocol_is_known(struct span name)
{
	return find(name) < TABLE_LENGTH(protocols);
}

bool
protocol_has(struct span name, enum protocol_trait trait)
{
	size_t row = find(name);

	return row < TABLE_LENGTH(protocols) && (protocols[row].traits & (unsigned)trait) != 0;
}

struct span
protocol_offer(struct span name)
{
	size_t row = find(name);

	return span_of(protocols[row < TABLE_LENGTH(protocols) ? row : 0].offer);
}

const char *
protocol_by_alpn(struct span id)
{
	for (size_t i = 0; i < TABLE_LENGTH(alpns); i++)
		if (span_is(id, alpns[i].id))
			return alpns[i].protocol;
	return NULL;
}
