/* Keys that are used more than once: key shares, ticket keys, and one certificate key for several services.  Part of
 * history_tls. */
#include "rules/history_tls_private.h"

#include "base/table.h"

enum {
	KEYS_MOST = 16384,
	SHARES_LEAST = 3,
	RANDOM_KEPT = 16,               /* bytes of a client's random in hex that tell handshakes apart */
	USERS_MOST = 8,
	WORD_MOST = 16,
};

/* Key shares ------------------------------------------------------------------------------------ */

struct share {
	uint32_t         handshakes;
	struct links links;
	char             randoms[INSIGHT_LINKS][RANDOM_KEPT];
};

/* The same handshake can be captured twice. */
static bool
is_known_handshake(const struct share *share, struct span random)
{
	for (size_t i = 0; i < share->links.count && random.len >= RANDOM_KEPT; i++)
		if (memcmp(share->randoms[i], random.at, RANDOM_KEPT) == 0)
			return true;
	return false;
}

static void
remember_handshake(struct share *share, const struct footprint *foot)
{
	if (share->links.count < INSIGHT_LINKS && foot->client_random.len >= RANDOM_KEPT)
		memcpy(share->randoms[share->links.count], foot->client_random.at, RANDOM_KEPT);
	links_keep_first(&share->links, foot->session_id);
}

/* RFC 9325, section 7.4: an ephemeral key that lives on protects as long as it lives. */
static void
take_share(const struct tls_view *view, struct recall *recall)
{
	const struct footprint *foot = view->foot;
	struct recall_key key = tls_service_key(foot, foot->key_share_sha256);
	struct share *share;

	if (foot->key_share_sha256.len == 0)
		return;
	share = recall_entry(recall, &key);
	if (share == NULL || is_known_handshake(share, foot->client_random))
		return;
	if (++share->handshakes >= SHARES_LEAST)
		insight_tell(view->hindsight, &(struct insight){
			.kind = "tls-dh-param-reuse",
			.severity = SEVERITY_MEDIUM,
			.confidence = CONFIDENCE_PROVEN,
			.place = PLACE_SERVER_HELLO,
		}, &share->links, "handshake %u of this service with the same key share of the server",
			(unsigned)share->handshakes);
	remember_handshake(share, foot);
}

const struct tls_part tls_key_shares = { sizeof(struct share), KEYS_MOST, take_share };

/* Ticket keys ----------------------------------------------------------------------------------- */

struct ticket {
	int64_t first_session, first_ns;
	bool    told;
};

/* RFC 5077, section 4: a ticket begins with the name of the key that protects it. */
static void
take_ticket(const struct tls_view *view, struct recall *recall)
{
	const struct footprint *foot = view->foot;
	struct recall_key key = tls_service_key(foot, foot->ticket_name);
	struct links links = { 0 };
	struct ticket *ticket;

	if (foot->ticket_name.len == 0)
		return;
	ticket = recall_entry(recall, &key);
	if (ticket == NULL)
		return;
	if (ticket->first_session == 0)
		*ticket = (struct ticket){ foot->session_id, foot->started_ns, false };
	if (ticket->told || foot->started_ns - ticket->first_ns <= 7 * NS_PER_DAY)
		return;
	ticket->told = true;
	links_keep_first(&links, ticket->first_session);
	insight_tell(view->hindsight, &(struct insight){
		.kind = "tls-resumption-no-ticket-rotation",
		.severity = SEVERITY_LOW,
		.confidence = CONFIDENCE_POSSIBLE,
		.place = PLACE_SERVER_HELLO,
	}, &links, "tickets have begun with the same 16 bytes for %lld days; they are the name of the ticket key, "
		"unless this server writes its tickets in another form",
		(long long)((foot->started_ns - ticket->first_ns) / NS_PER_DAY));
}

const struct tls_part tls_tickets = { sizeof(struct ticket), KEYS_MOST, take_ticket };

/* Certificate keys ------------------------------------------------------------------------------ */

struct user {
	char              protocol[WORD_MOST];
	struct address    server;
	struct recall_key name;         /* of the greeting */
	bool              named;
	int64_t           session;
};

struct shared_key {
	struct user users[USERS_MOST];
	size_t      count;
};

static struct user
user_of(const struct footprint *foot)
{
	struct user user = {
		.server = foot->server.address,
		.name = recall_key_of(&foot->greeting_name, 1),
		.named = foot->greeting_name.len > 0,
		.session = foot->session_id,
	};
	struct span word = span_first(foot->protocol, WORD_MOST - 1);

	memcpy(user.protocol, word.at, word.len);
	return user;
}

/* Several addresses of one host greet alike: one user of the key. */
static bool
is_another_host(const struct user *a, const struct user *b)
{
	return memcmp(&a->server, &b->server, sizeof(a->server)) != 0 && a->named && b->named &&
	       !recall_key_same(&a->name, &b->name);
}

static const char *
what_differs(const struct user *user, const struct user *other)
{
	if (strcmp(user->protocol, other->protocol) != 0)
		return "protocol";
	return is_another_host(user, other) ? "host" : NULL;
}

static void
tell_shared(const struct tls_view *view, const struct user *user, const struct shared_key *key, const char *what)
{
	struct links links = { 0 };

	for (size_t i = 0; i < key->count; i++)
		links_keep_first(&links, key->users[i].session);
	insight_tell(view->hindsight, &(struct insight){
		.kind = "cross-protocol-shared-cert",
		.severity = SEVERITY_LOW,
		.confidence = CONFIDENCE_PROVEN,
		.place = PLACE_CERTIFICATE,
	}, &links, "the key of this %s server's certificate also serves another %s: %s", user->protocol, what,
		strcmp(what, "host") == 0 ? "one that greets with another name" : key->users[0].protocol);
}

/* A session in which nothing told the protocol says nothing of what the key serves. */
static void
take_shared(const struct tls_view *view, struct recall *recall)
{
	const struct footprint *foot = view->foot;
	const struct span spki = span_from(foot->leaf.spki_sha256, sizeof(foot->leaf.spki_sha256));
	struct recall_key of_key = recall_key_of(&spki, 1);
	struct shared_key *key;
	struct user user;
	const char *what = NULL;

	if (!foot->leaf.seen || foot->protocol.len == 0 || span_is(foot->protocol, "tls"))
		return;
	key = recall_entry(recall, &of_key);
	if (key == NULL)
		return;
	user = user_of(foot);
	for (size_t i = 0; i < key->count; i++) {
		what = what_differs(&user, &key->users[i]);
		if (what == NULL)
			return;         /* one that is known */
	}
	if (what != NULL)
		tell_shared(view, &user, key, what_differs(&user, &key->users[0]));
	if (key->count < USERS_MOST)
		key->users[key->count++] = user;
}

const struct tls_part tls_shared_keys = { sizeof(struct shared_key), KEYS_MOST, take_shared };
