/* What others ask a session. */
#include "model/session_private.h"

#include "base/table.h"

#include <string.h>

/* The offer of a list: a line that is there was seen; that none is there needs the whole list. */
enum known
session_list_offer(const struct capability_list *list)
{
	if (list->offers_tls)
		return YES;
	return list->complete ? NO : UNKNOWN;
}

bool
session_is_clean(const struct session *session, uint32_t order)
{
	return !session->midstream && !session->one_sided &&
	       (!session->gap_at.seen || session->gap_at.where.order > order);
}

enum known
session_offer(const struct session *session)
{
	return session_list_offer(&session->capabilities);
}

const struct upgrade *
session_upgrade(const struct session *session)
{
	for (const struct upgrade *upgrade = session->upgrades; upgrade != NULL;
	     upgrade = upgrade->next)
		if (upgrade->agreed == YES)
			return upgrade;
	return session->last_upgrade;
}

bool
session_is_access(const struct session *session)
{
	static const char *const mailboxes[] = { "imap", "pop3", "sieve" };

	for (size_t i = 0; i < TABLE_LENGTH(mailboxes); i++)
		if (strcmp(session->protocol, mailboxes[i]) == 0)
			return true;
	switch (session->server.port) {
	case 465:
	case 587:
	case 2525: return true;
	default: return session->auths != NULL;
	}
}

bool
hosts_are_one(const struct address *client, const struct address *server)
{
	return address_is_loopback(client) || address_equal(client, server);
}

bool
session_is_local(const struct session *session)
{
	return hosts_are_one(&session->client.address, &session->server.address);
}
