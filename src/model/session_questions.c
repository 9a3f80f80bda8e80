/* What others ask a session. */
#include "model/session_private.h"

#include "base/table.h"
#include "model/protocol.h"
#include "wire/ports.h"

#include <stdio.h>

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
	return protocol_has(span_of(session->protocol), PROTOCOL_LOGIN) || port_is_submission(session->server.port) ||
	       session->auths != NULL;
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

/* All that this side sent until now is there, from the start of the connection. */
static bool
side_is_whole(const struct session *session, enum side side)
{
	return !session->midstream && !session->truncated && session->gap_bytes[side] == 0 &&
	       !(session->one_sided && session->bytes[side] == 0);
}

enum known
session_tls_requested(const struct session *session)
{
	if (session->upgrades != NULL)
		return YES;
	if (session->tls->started.seen && session->tls->implicit && !session->midstream)
		return NO;
	return side_is_whole(session, CLIENT) ? NO : UNKNOWN;
}

enum known
session_tls_started(const struct session *session)
{
	if (session->tls->started.seen)
		return YES;
	return side_is_whole(session, CLIENT) && side_is_whole(session, SERVER) ? NO : UNKNOWN;
}

enum known
session_tls_established(const struct session *session)
{
	if (session->tls->established == UNKNOWN && session_tls_started(session) == NO)
		return NO;
	return session->tls->established;
}

bool
session_client_was_seen(const struct session *session)
{
	bool inside_tls = session->midstream && session->tls->started.seen && !session->first_command.seen;

	return !inside_tls && (session->bytes[CLIENT] > 0 || !session->one_sided);
}

bool
session_count_is_known(const struct session *session, uint32_t count)
{
	return count > 0 || session_client_was_seen(session);
}

struct span
session_starttls_reply(const struct session *session, char number[REPLY_TEXT_SIZE])
{
	const struct upgrade *upgrade = session_upgrade(session);
	struct span rest, word = { 0 };

	if (upgrade == NULL || !upgrade->answer.seen)
		return word;
	if (upgrade->answer.code > 0) {
		snprintf(number, REPLY_TEXT_SIZE, "%u", upgrade->answer.code);
		return span_of(number);
	}
	rest = upgrade->answer.text;
	span_take_word(&rest, &word);
	return word;
}

const char *
session_cipher(const struct session *session, char unnamed[CIPHER_TEXT_SIZE])
{
	const struct tls_server_hello *hello = session->tls->server_hello;

	if (hello == NULL || hello->version == TLS_SSL2)
		return NULL;            /* there the client chooses, of kinds that have no registry */
	if (hello->cipher != NULL)
		return hello->cipher->name;
	snprintf(unnamed, CIPHER_TEXT_SIZE, "0x%04x", hello->cipher_id);
	return unnamed;
}

struct span
session_next_protocol(const struct session *session)
{
	const struct tls_state *tls = session->tls;

	if (tls->server_hello != NULL && tls->server_hello->alpn.len > 0)
		return tls->server_hello->alpn;
	return tls->client_hello != NULL ? tls->client_hello->alpn : (struct span){ 0 };
}

unsigned
session_lacks(const struct session *session)
{
	return (session->midstream ? LACKS_START : 0U) |
	       (session->one_sided ? LACKS_SIDE : 0U) |
	       (session->gap ? LACKS_BYTES : 0U) |
	       (session->truncated ? LACKS_TAIL : 0U) |
	       (session->open ? LACKS_END : 0U);
}

void
session_complete(struct buffer *out, const struct session *session)
{
	static const struct {
		enum session_lack lack;
		const char       *word;
	} lacks[] = {
		{ LACKS_START, "midstream" },
		{ LACKS_SIDE,  "one-sided" },
		{ LACKS_BYTES, "gap" },
		{ LACKS_TAIL,  "truncated" },
		{ LACKS_END,   "open" },
	};
	unsigned missing = session_lacks(session);
	const char *between = "";

	if (missing == 0)
		buffer_add_text(out, "full");
	for (size_t i = 0; i < TABLE_LENGTH(lacks); i++)
		if (missing & lacks[i].lack) {
			buffer_add_text(out, between);
			buffer_add_text(out, lacks[i].word);
			between = ",";
		}
}
