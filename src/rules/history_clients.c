/* What one client does from session to session: its logins, what it tries again after a failure, which ports and modes
 * of TLS it uses.  The questions are in history_retry.c, history_logins.c and history_modes.c; here is what they are
 * asked about. */
#include "rules/history_clients.h"

#include "base/table.h"
#include "model/protocol.h"
#include "wire/ports.h"

#include <ctype.h>
#include <stdlib.h>

enum {
	NAME_MOST = 255,                /* octets of a domain name, RFC 1035, section 2.3.4 */
	PACKET_PAYLOAD = 1300,          /* what a tunnel leaves of an Ethernet frame for TCP */
};

struct clients {
	struct trails trails;
};

/* Marks ----------------------------------------------------------------------------------------- */

/* Names longer than any name are told apart by their beginning. */
uint64_t
mark_of(const struct trails *trails, struct span name)
{
	uint8_t lower[NAME_MOST];
	uint64_t mark;

	name = span_first(name, sizeof(lower));
	if (name.len == 0)
		return 0;
	for (size_t i = 0; i < name.len; i++)
		lower[i] = (uint8_t)tolower(name.at[i]);
	mark = hash_bytes(&trails->key, lower, name.len);
	return mark == 0 ? 1 : mark;
}

uint64_t
server_mark(const struct trails *trails, enum server_fact fact, uint16_t port, struct span mechanism)
{
	uint64_t words[] = { fact, port, mark_of(trails, mechanism) };

	return hash_bytes(&trails->key, words, sizeof(words));
}

/* Where the last `labels` labels of a name begin; 0 when it has no more than these. */
static size_t
last_labels(struct span name, unsigned labels)
{
	size_t at = name.len;

	while (at > 0 && (name.at[at - 1] != '.' || --labels > 0))
		at--;
	return at;
}

/* The part of a host name that its owner registered: two labels, or three below a short one of a country (co.uk).  An
 * address, or a name of one label, has none. */
static struct span
registered_domain(struct span host)
{
	size_t last = last_labels(host, 1), second = last_labels(host, 2);

	if (last == 0 || last == host.len || !isalpha(host.at[last]) || host.at[0] == '[')
		return (struct span){ 0 };
	if (host.len - last == 2 && last - second <= 4 && second > 0)
		second = last_labels(host, 3);
	return span_after(host, second);
}

/* The session as a visit ------------------------------------------------------------------------ */

static bool
is_reading(const struct footprint *foot)
{
	return protocol_has(foot->protocol, PROTOCOL_READS);
}

static bool
is_sending(const struct footprint *foot)
{
	return protocol_has(foot->protocol, PROTOCOL_SENDS);
}

static bool
is_protected(enum verdict verdict)
{
	return verdict == VERDICT_PROTECTED_IMPLICIT || verdict == VERDICT_PROTECTED_STARTTLS;
}

static bool
sending_failed(const struct footprint *foot)
{
	if (foot->flags & (FOOT_ESTABLISHED | FOOT_CONTENT_ACCEPTED) || foot->logins_accepted > 0)
		return false;
	return (foot->flags & (FOOT_TLS_REQUIRED | FOOT_AUTH_REQUIRED)) != 0 ||
	       ((foot->flags & FOOT_MODE_MISMATCH) && (foot->flags & (FOOT_HELLO | FOOT_IMPLICIT)));
}

static uint32_t
habits_of_mode(const struct footprint *foot)
{
	uint32_t habits = 0;
	bool hello_first = (foot->flags & FOOT_MODE_MISMATCH) && (foot->flags & (FOOT_HELLO | FOOT_IMPLICIT));

	if (foot->server.port == PORT_RELAY && (foot->flags & FOOT_ASKED))
		habits |= HABIT_ASKS_ON_25;
	if (foot->server.port != PORT_RELAY && hello_first)
		habits |= HABIT_HELLO_MISPLACED;
	if ((foot->flags & FOOT_ESTABLISHED) && !(foot->flags & FOOT_IMPLICIT))
		habits |= HABIT_UPGRADES;
	return habits;
}

static uint32_t
habits_of(const struct footprint *foot)
{
	uint32_t habits = habits_of_mode(foot);
	bool safe = is_protected(foot->verdict), exposed = (foot->exposed & EXPOSED_CREDENTIAL) != 0;

	if (is_reading(foot)) {
		habits |= safe || foot->logins_accepted > 0 ? HABIT_READS : 0;
		habits |= safe ? HABIT_READS_SAFELY : exposed ? HABIT_READS_EXPOSED : 0;
	}
	if (is_sending(foot)) {
		habits |= safe && (foot->flags & FOOT_ACCESS) ? HABIT_SENDS_SAFELY : 0;
		habits |= exposed ? HABIT_SENDS_EXPOSED : 0;
		habits |= sending_failed(foot) ? HABIT_SEND_FAILED : 0;
	}
	return habits;
}

static int64_t
time_of(const struct footprint *foot, enum place place, int64_t otherwise)
{
	const struct quote *quote = &foot->places[place];

	return quote->seen ? quote->where.last.time_ns : otherwise;
}

static bool
packets_differ(const struct footprint *foot)
{
	for (size_t i = 0; i < foot->signal_count; i++)
		if (span_is(foot->signals[i].name, "D-TTL") || span_is(foot->signals[i].name, "D-RST"))
			return true;
	return false;
}

static bool
has_large_hello(const struct footprint *foot)
{
	return (foot->flags & FOOT_OFFERS_PQ) ||
	       (foot->places[PLACE_CLIENT_HELLO].seen &&
		       foot->places[PLACE_CLIENT_HELLO].where.length > PACKET_PAYLOAD);
}

static struct visit
visit_of(const struct trails *trails, const struct footprint *foot)
{
	struct span domain = registered_domain(foot->greeting_name);

	if (domain.len == 0)
		domain = registered_domain(foot->sni);
	return (struct visit){
		.session_id = foot->session_id,
		.started_ns = foot->started_ns,
		.ended_ns = foot->ended_ns,
		.answered_ns = time_of(foot, PLACE_ANSWER, foot->started_ns),
		.failed_ns = time_of(foot, PLACE_ALERT, foot->ended_ns),
		.server = foot->server,
		.flags = foot->flags,
		.habits = habits_of(foot),
		.verdict = foot->verdict,
		.offers_version = foot->offers_version,
		.failures = foot->logins_wrong + foot->logins_refused,
		.accepted = foot->logins_accepted,
		.envelope_mark = foot->envelope_mark,
		.name = mark_of(trails, foot->client_name),
		.domain = mark_of(trails, domain),
		.account = mark_of(trails, foot->account),
		.large_hello = has_large_hello(foot),
		.packets_differ = packets_differ(foot),
	};
}

/* The trails ------------------------------------------------------------------------------------ */

enum trail_kind {
	TRAIL_HOST,
	TRAIL_DOMAIN,
	TRAIL_NAME,
	TRAIL_CLIENT,
	TRAIL_LOGINS,
	TRAIL_SERVER,
	TRAIL_KINDS
};

/* Zeroed as a whole before it is filled: its bytes are the key. */
struct trail_name {
	uint64_t       kind, vlan, vantage, name, domain;
	struct address client, server;
};

/* What another vantage saw are the same connections over again. */
static uint64_t
trail_key(const struct trails *trails, const struct footprint *foot, const struct visit *visit, enum trail_kind kind)
{
	struct trail_name name;

	memset(&name, 0, sizeof(name));
	name.kind = kind;
	name.vlan = foot->vlan;
	name.vantage = mark_of(trails, foot->vantage);
	if (kind != TRAIL_NAME && kind != TRAIL_SERVER)
		name.client = foot->client.address;
	if (kind != TRAIL_DOMAIN && kind != TRAIL_CLIENT)
		name.server = foot->server.address;
	if (kind == TRAIL_DOMAIN)
		name.domain = visit->domain;
	if (kind == TRAIL_NAME)
		name.name = visit->name;
	return hash_bytes(&trails->key, &name, sizeof(name));
}

/* A name that many hosts tell stands for none of them. */
static bool
name_is_own(const struct footprint *foot)
{
	return registered_domain(foot->client_name).len > 0 && !span_starts(foot->client_name, "localhost");
}

/* A tool that tries out what a server can do shows what it can, not what it is used for. */
static void
remember_server(struct trails *trails, uint64_t key, const struct footprint *foot, const struct visit *visit)
{
	const struct {
		bool             seen;
		enum server_fact fact;
		uint16_t         port;
		struct span      mechanism;
	} facts[] = {
		{ visit_has(visit, FOOT_ESTABLISHED | FOOT_IMPLICIT), FACT_IMPLICIT, foot->server.port, { 0 } },
		{ visit_has(visit, FOOT_ESTABLISHED | FOOT_ACCESS) && !visit_has(visit, FOOT_IMPLICIT) &&
				foot->client_kind == CLIENT_ORDINARY,
			FACT_UPGRADED, foot->server.port, { 0 } },
		{ foot->logins_accepted > 0, FACT_LOGIN_ACCEPTED, foot->server.port, { 0 } },
		{ foot->logins_wrong > 0 && foot->logins_refused == 0, FACT_LOGIN_WRONG, foot->server.port,
			foot->mechanism },
		{ foot->logins_refused > 0 && foot->logins_wrong == 0, FACT_LOGIN_REFUSED, foot->server.port,
			foot->mechanism },
	};

	for (size_t i = 0; i < TABLE_LENGTH(facts); i++)
		if (facts[i].seen)
			trails_add(trails, key, visit,
				server_mark(trails, facts[i].fact, facts[i].port, facts[i].mechanism),
				KEEP_FIRST);
}

static uint64_t
habit_mark(const struct trails *trails, const struct visit *visit)
{
	uint64_t words[4] = { visit->habits, visit->server.port };

	memcpy(&words[2], visit->server.address.octets, sizeof(visit->server.address.octets));
	return hash_bytes(&trails->key, words, sizeof(words));
}

/* By name and by domain only what a fallback is told by: handshakes. */
static void
remember_client(struct trails *trails, const uint64_t keys[TRAIL_KINDS], const struct footprint *foot,
	const struct visit *visit)
{
	bool shook_hands = visit->verdict == VERDICT_HANDSHAKE_FAILED || visit_has(visit, FOOT_ESTABLISHED);

	trails_add(trails, keys[TRAIL_HOST], visit, 0, KEEP_ALL);
	if (shook_hands && visit->domain != 0)
		trails_add(trails, keys[TRAIL_DOMAIN], visit, 0, KEEP_ALL);
	if (shook_hands && name_is_own(foot))
		trails_add(trails, keys[TRAIL_NAME], visit, 0, KEEP_ALL);
	if (visit->habits != 0)
		trails_add(trails, keys[TRAIL_CLIENT], visit, habit_mark(trails, visit), KEEP_LATEST);
}

static void
remember(struct trails *trails, const uint64_t keys[TRAIL_KINDS], const struct footprint *foot,
	const struct visit *visit)
{
	if (foot->client_kind == CLIENT_ORDINARY)
		remember_client(trails, keys, foot, visit);
	if (visit->failures > 0)
		trails_add(trails, keys[TRAIL_LOGINS], visit, 0, KEEP_ALL);
	remember_server(trails, keys[TRAIL_SERVER], foot, visit);
}

/* Claims ---------------------------------------------------------------------------------------- */

enum provider
provider_of(const struct visit *a, const struct visit *b)
{
	if (memcmp(&a->server.address, &b->server.address, sizeof(a->server.address)) == 0)
		return PROVIDER_SAME;
	if (a->domain == 0 || b->domain == 0)
		return PROVIDER_UNKNOWN;
	return a->domain == b->domain ? PROVIDER_SAME : PROVIDER_OTHER;
}

static bool
tells_another(const struct trail *trail, uint64_t *name)
{
	for (size_t i = 0; i < trail_count(trail); i++) {
		uint64_t other = trail->visits[i].name;

		if (*name != 0 && other != 0 && other != *name)
			return true;
		*name = other != 0 ? other : *name;
	}
	return false;
}

/* In its trails: an address that is silent about names may still be several programs. */
static bool
has_several_names(const struct arrival *arrival)
{
	const struct trail *const trails[] = { arrival->host, arrival->domain, arrival->client };
	uint64_t name = arrival->visit.name;

	for (size_t i = 0; i < TABLE_LENGTH(trails); i++)
		if (tells_another(trails[i], &name))
			return true;
	return false;
}

enum confidence
one_program(const struct arrival *arrival, const struct visit *before)
{
	const struct visit *now = &arrival->visit;
	bool joined = (before->name != 0 && before->name == now->name) ||
	              (before->account != 0 && before->account == now->account) ||
	              (before->envelope_mark != 0 && before->envelope_mark == now->envelope_mark);

	return joined || !has_several_names(arrival) ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
}

static void
drop_oldest_link(struct claim *claim)
{
	size_t left = --claim->links.count;

	memmove(claim->links.sessions, claim->links.sessions + 1, left * sizeof(claim->links.sessions[0]));
	memmove(claim->starts, claim->starts + 1, left * sizeof(claim->starts[0]));
}

/* By their starts: the visits of several trails come in no order. */
void
claim_link(struct claim *claim, const struct visit *visit)
{
	struct links *links = &claim->links;
	size_t at;

	for (size_t i = 0; i < links->count; i++)
		if (links->sessions[i] == visit->session_id)
			return;
	if (links->count == INSIGHT_LINKS && visit->started_ns < claim->starts[0])
		return;
	if (links->count == INSIGHT_LINKS)
		drop_oldest_link(claim);
	for (at = links->count; at > 0 && claim->starts[at - 1] > visit->started_ns; at--) {
		claim->starts[at] = claim->starts[at - 1];
		links->sessions[at] = links->sessions[at - 1];
	}
	claim->starts[at] = visit->started_ns;
	links->sessions[at] = visit->session_id;
	links->count++;
}

/* The subject ----------------------------------------------------------------------------------- */

/* What a scanner or a monitor does from session to session says nothing of how mail travels.  Only guesses count
 * whoever makes them, and what a server answers to them. */
static const struct {
	void (*judge)(const struct arrival *arrival);
	bool of_anyone;
} questions[] = {
	{ judge_reuse_cross_protocol, false },
	{ judge_repeated_failure, true },
	{ judge_validity_oracle, true },
	{ judge_fallback, false },
	{ judge_reset_at_tls, false },
	{ judge_version_dance, false },
	{ judge_implicit_unused, false },
	{ judge_legacy_port, false },
	{ judge_wait_on_implicit_port, false },
	{ judge_send_fails_receive_works, false },
	{ judge_requires_tls, false },
	{ judge_port_dependent_tls, false },
	{ judge_reconnect, false },
};

static void *
create(struct budget *budget, const struct policy *policy)
{
	struct clients *clients = NULL;

	(void)policy;
	if (!budget_take(budget, sizeof(*clients)))
		return NULL;
	clients = calloc(1, sizeof(*clients));
	if (clients != NULL && trails_open(&clients->trails, budget))
		return clients;
	free(clients);
	budget_give(budget, sizeof(*clients));
	return NULL;
}

static void
take(void *memory, const struct footprint *footprint, const struct hindsight *hindsight)
{
	struct trails *trails = &((struct clients *)memory)->trails;
	struct arrival arrival = { .foot = footprint, .trails = trails, .hindsight = hindsight };
	const struct trail *found[TRAIL_KINDS];
	uint64_t keys[TRAIL_KINDS];

	arrival.visit = visit_of(trails, footprint);
	for (enum trail_kind kind = 0; kind < TRAIL_KINDS; kind++) {
		keys[kind] = trail_key(trails, footprint, &arrival.visit, kind);
		found[kind] = trails_find(trails, keys[kind]);
	}
	arrival.host = found[TRAIL_HOST];
	arrival.domain = arrival.visit.domain != 0 ? found[TRAIL_DOMAIN] : NULL;
	arrival.name = name_is_own(footprint) ? found[TRAIL_NAME] : NULL;
	arrival.client = found[TRAIL_CLIENT];
	arrival.logins = found[TRAIL_LOGINS];
	arrival.server = found[TRAIL_SERVER];
	for (size_t i = 0; i < TABLE_LENGTH(questions); i++)
		if (questions[i].of_anyone || footprint->client_kind == CLIENT_ORDINARY)
			questions[i].judge(&arrival);
	remember(trails, keys, footprint, &arrival.visit);
}

static void
destroy(void *memory)
{
	struct clients *clients = memory;
	struct budget *budget = clients->trails.budget;

	trails_close(&clients->trails);
	free(clients);
	budget_give(budget, sizeof(*clients));
}

static uint64_t
forgotten(const void *memory)
{
	return ((const struct clients *)memory)->trails.forgotten;
}

const struct subject history_clients = { create, take, destroy, forgotten };
