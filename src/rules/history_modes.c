/* Clients and servers that expect different things of TLS, where only several sessions tell: one client on several
 * ports, and what a port is used for. */
#include "rules/history_clients.h"

#include "wire/ports.h"

enum {
	WAIT_SECONDS = 10,
	SEND_SECONDS = 15 * SECONDS_PER_MINUTE,
};

static const struct span no_mechanism = { 0 };

static const struct visit *
known_of(const struct arrival *arrival, enum server_fact fact, uint16_t port)
{
	return trail_marked(arrival->server, server_mark(arrival->trails, fact, port, no_mechanism));
}

/* Ports ---------------------------------------------------------------------------------------- */

/* This client has been seen to upgrade on this port since the other one was known. */
static bool
told_since(const struct arrival *arrival, const struct visit *implicit)
{
	for (size_t i = 0; i < trail_count(arrival->host); i++) {
		const struct visit *visit = &arrival->host->visits[i];

		if (visit->server.port == arrival->visit.server.port && visit_has(visit, FOOT_ESTABLISHED) &&
			visit->started_ns >= implicit->started_ns)
			return true;
	}
	return false;
}

/* Told where a client upgrades though the other port works, once for each client; or where the other port is first seen
 * to work. */
void
judge_implicit_unused(const struct arrival *arrival)
{
	const struct visit *now = &arrival->visit, *other;
	uint16_t port = now->server.port, twin = port_twin(port);
	bool implicit = visit_has(now, FOOT_IMPLICIT);
	struct claim claim = { .insight = { .kind = "posture-implicit-unused", .severity = SEVERITY_INFO,
		.confidence = CONFIDENCE_PROVEN, .place = PLACE_CLIENT_HELLO } };

	if (twin == 0 || !visit_has(now, FOOT_ESTABLISHED) ||
	    (implicit && known_of(arrival, FACT_IMPLICIT, port) != NULL))
		return;
	other = known_of(arrival, implicit ? FACT_UPGRADED : FACT_IMPLICIT, twin);
	if (other == NULL || (!implicit && told_since(arrival, other)))
		return;
	claim_link(&claim, other);
	insight_tell(arrival->hindsight, &claim.insight, &claim.links,
		"clients upgrade on port %u though TLS from the first byte works on port %u",
		(unsigned)(implicit ? twin : port), (unsigned)(implicit ? port : twin));
}

/* A health check leaves at once. */
void
judge_wait_on_implicit_port(const struct arrival *arrival)
{
	const struct visit *now = &arrival->visit;
	const struct visit *other = known_of(arrival, FACT_IMPLICIT, now->server.port);
	uint64_t waited = seconds_between(now->started_ns, now->ended_ns);
	struct claim claim = { .insight = { .kind = "diag-plaintext-wait-on-implicit-port", .severity = SEVERITY_LOW,
		.confidence = CONFIDENCE_PROVEN, .place = PLACE_CLOSE } };

	if (!visit_has(now, FOOT_SILENT) || other == NULL || waited < WAIT_SECONDS)
		return;
	claim_link(&claim, other);
	insight_tell(arrival->hindsight, &claim.insight, &claim.links,
		"neither side spoke for %llu seconds on port %u, where TLS from the first byte works for others",
		(unsigned long long)waited, (unsigned)now->server.port);
}

/* Old mail programs take port 25 for the one where TLS is asked for, and all others for implicit ones. */
void
judge_port_dependent_tls(const struct arrival *arrival)
{
	const struct visit *now = &arrival->visit, *asked = NULL, *misplaced = NULL, *other;
	struct claim claim = { .insight = { .kind = "diag-client-port-dependent-tls", .severity = SEVERITY_LOW,
		.confidence = CONFIDENCE_LIKELY } };
	bool asks = (now->habits & HABIT_ASKS_ON_25) != 0;

	for (size_t i = 0; i < trail_count(arrival->client); i++) {
		const struct visit *visit = &arrival->client->visits[i];

		if (visit->habits & HABIT_ASKS_ON_25)
			asked = visit;
		if (visit->habits & HABIT_HELLO_MISPLACED)
			misplaced = visit;
	}
	other = asks ? misplaced : asked;
	if (other == NULL || (asks && asked != NULL) || !(now->habits & (HABIT_ASKS_ON_25 | HABIT_HELLO_MISPLACED)))
		return;
	claim.insight.confidence = one_program(arrival, other);
	claim.insight.place = asks ? PLACE_ASK : PLACE_CLIENT_HELLO;
	claim_link(&claim, other);
	insight_tell(arrival->hindsight, &claim.insight, &claim.links,
		"the client asks for TLS on port 25 and begins with TLS on port %u, where that fails; assumed that one "
		"program does both",
		(unsigned)(asks ? other : now)->server.port);
}

/* Reading works, sending does not -------------------------------------------------------------- */

static bool
is_soon(const struct visit *a, const struct visit *b)
{
	return began_within(a, b->started_ns, SEND_SECONDS) || began_within(b, a->started_ns, SEND_SECONDS);
}

static const struct visit *
same_provider_near(const struct arrival *arrival, const struct visit *visit, uint32_t habit)
{
	const struct visit *found = NULL;

	for (size_t i = 0; i < trail_count(arrival->client); i++) {
		const struct visit *other = &arrival->client->visits[i];

		if ((other->habits & habit) && is_soon(other, visit) && provider_of(other, visit) == PROVIDER_SAME)
			found = other;
	}
	return found;
}

/* Told at the session that fails; where reading comes later, at the first of these. */
void
judge_send_fails_receive_works(const struct arrival *arrival)
{
	const struct visit *now = &arrival->visit, *other;
	bool fails = (now->habits & HABIT_SEND_FAILED) != 0;
	struct claim claim = { .insight = { .kind = "diag-send-fails-receive-works", .severity = SEVERITY_LOW,
		.confidence = CONFIDENCE_LIKELY,
		.place = visit_has(now, FOOT_HELLO) ? PLACE_CLIENT_HELLO : PLACE_NAME } };

	if (!fails && !(now->habits & HABIT_READS))
		return;
	other = same_provider_near(arrival, now, fails ? HABIT_READS : HABIT_SEND_FAILED);
	if (other == NULL || (!fails && same_provider_near(arrival, other, HABIT_READS) != NULL))
		return;
	claim.insight.confidence = one_program(arrival, other);
	claim_link(&claim, other);
	insight_tell(arrival->hindsight, &claim.insight, &claim.links,
		"the client gets into its mailbox on port %u and fails to send on port %u; assumed that both belong to "
		"one account",
		(unsigned)(fails ? other : now)->server.port, (unsigned)(fails ? now : other)->server.port);
}

/* No TLS, no mail ------------------------------------------------------------------------------ */

static bool
left_for_want_of_offer(const struct visit *visit)
{
	return visit->verdict == VERDICT_ABORTED_NO_OFFER && visit_has(visit, FOOT_LIST) &&
	       !visit_has(visit, FOOT_APPLICATION);
}

/* Makes surer what the session shows by itself. */
void
judge_requires_tls(const struct arrival *arrival)
{
	const struct visit *now = &arrival->visit;
	struct claim claim = { .insight = { .kind = "diag-client-requires-tls-none-offered", .raises = true,
		.severity = SEVERITY_LOW, .confidence = CONFIDENCE_LIKELY, .place = PLACE_LIST } };
	bool upgrades = false;

	if (!left_for_want_of_offer(now))
		return;
	for (size_t i = 0; i < trail_count(arrival->host); i++)
		if (arrival->host->visits[i].server.port == now->server.port &&
			left_for_want_of_offer(&arrival->host->visits[i]) &&
			may_be_one_program(&arrival->host->visits[i], now))
			claim_link(&claim, &arrival->host->visits[i]);
	for (size_t i = 0; i < trail_count(arrival->client); i++)
		if ((arrival->client->visits[i].habits & HABIT_UPGRADES) &&
			arrival->client->visits[i].name == now->name) {
			upgrades = true;
			claim_link(&claim, &arrival->client->visits[i]);
		}
	if (claim.links.count > 0)
		insight_tell(arrival->hindsight, &claim.insight, &claim.links,
			"the client left a list without STARTTLS%s; assumed that this is why",
			upgrades ? " and upgrades where there is one" : ", as it did before");
}
