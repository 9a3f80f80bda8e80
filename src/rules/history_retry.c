/* Clients that come back: without TLS after a handshake that failed, on a plain port, with a lower version, at once. */
#include "rules/history_clients.h"

#include "base/table.h"
#include "wire/ports.h"

enum {
	FALLBACK_SECONDS_RELAY = 15 * SECONDS_PER_MINUTE,
	FALLBACK_SECONDS_ACCESS = 60,
	FALLBACK_POINTS = 25,
	CUTS_NEEDED = 3,
	DANCE_SECONDS = 5 * SECONDS_PER_MINUTE,
	LEGACY_SECONDS = 60,
	RECONNECT_SECONDS = 5,
	RECONNECTS_NEEDED = 2,
	RECONNECTS_WITHIN = 60 * SECONDS_PER_MINUTE,
};

static bool
handshake_failed(const struct visit *visit)
{
	return visit->verdict == VERDICT_HANDSHAKE_FAILED && !visit_has(visit, FOOT_OPEN);
}

/* TLS that came about, and that the client made use of. */
static bool
was_upgraded(const struct visit *visit)
{
	return visit_has(visit, FOOT_ESTABLISHED) && !visit_has(visit, FOOT_TURNED_BACK);
}

static bool
same_port(const struct visit *a, const struct visit *b)
{
	return a->server.port == b->server.port;
}

/* Fallback ------------------------------------------------------------------------------------- */

/* The same port of the same address, or of a server of the same domain.  Behind one address stand different servers
 * where it greets with another domain. */
static bool
same_service(const struct visit *a, const struct visit *b)
{
	return same_port(a, b) && (a->domain == 0 || b->domain == 0 || a->domain == b->domain);
}

static int64_t
last_upgrade_ns(const struct arrival *arrival, const struct trail *trail, int64_t latest)
{
	for (size_t i = 0; i < trail_count(trail); i++)
		if (was_upgraded(&trail->visits[i]) &&
			same_service(&trail->visits[i], &arrival->visit) && trail->visits[i].started_ns > latest)
			latest = trail->visits[i].started_ns;
	return latest;
}

/* What joins a fallback to the handshakes that failed before it. */
struct fallback {
	struct claim claim;
	const struct visit *failed;     /* the last one */
	bool         same_envelope;
	bool         joined;            /* to one of them, by more than an address that several programs share */
	bool         by_address;        /* one of them was to the same address, from the same client */
};

static void
collect_failures(const struct arrival *arrival, const struct trail *trail, int64_t since_ns, struct fallback *fallback)
{
	const struct visit *now = &arrival->visit;

	for (size_t i = 0; i < trail_count(trail); i++) {
		const struct visit *before = &trail->visits[i];
		bool access = visit_has(before, FOOT_ACCESS) || visit_has(now, FOOT_ACCESS);
		uint64_t window = access ? FALLBACK_SECONDS_ACCESS : FALLBACK_SECONDS_RELAY;

		if (!(handshake_failed(before) || visit_has(before, FOOT_TURNED_BACK)) ||
			before->started_ns < since_ns || !same_service(before, now) ||
			!may_be_one_program(before, now) || !began_within(now, before->failed_ns, window))
			continue;
		claim_link(&fallback->claim, before);
		fallback->same_envelope |= before->envelope_mark != 0 && before->envelope_mark == now->envelope_mark;
		fallback->joined |= one_program(arrival, before) == CONFIDENCE_LIKELY;
		fallback->by_address |= trail == arrival->host;
		if (fallback->failed == NULL || fallback->failed->started_ns < before->started_ns)
			fallback->failed = before;
	}
}

static const char *
what_failed(const struct fallback *fallback)
{
	if (visit_has(fallback->failed, FOOT_TURNED_BACK))
		return "a handshake that it finished and answered with an alert";
	return visit_has(fallback->failed, FOOT_HELLO) ? "a handshake that failed" : "a go-ahead that it left unused";
}

static const char *
assumption(const struct fallback *fallback)
{
	if (fallback->same_envelope)
		return "sender and recipients are the same";
	if (fallback->by_address)
		return "assumed that the same program opened both connections";
	return "assumed that the same client came from another address, or went to another server of the same domain";
}

void
judge_fallback(const struct arrival *arrival)
{
	const struct trail *const trails[] = { arrival->host, arrival->domain, arrival->name };
	struct fallback fallback = { .claim.insight = { .kind = "downgrade-fallback-after-handshake-failure",
		.severity = SEVERITY_HIGH, .place = PLACE_APPLICATION } };
	int64_t since_ns = INT64_MIN;

	if (!is_plain(&arrival->visit))
		return;
	for (size_t i = 0; i < TABLE_LENGTH(trails); i++)
		since_ns = last_upgrade_ns(arrival, trails[i], since_ns);
	for (size_t i = 0; i < TABLE_LENGTH(trails); i++)
		collect_failures(arrival, trails[i], since_ns, &fallback);
	if (fallback.failed == NULL)
		return;
	fallback.claim.insight.confidence = fallback.same_envelope ? CONFIDENCE_PROVEN
	                                    : fallback.joined      ? CONFIDENCE_LIKELY
	                                                           : CONFIDENCE_POSSIBLE;
	insight_tell(arrival->hindsight, &fallback.claim.insight, &fallback.claim.links,
		"%llu s after %s the client went on without TLS; %s",
		(unsigned long long)seconds_between(fallback.failed->failed_ns, arrival->visit.started_ns),
		what_failed(&fallback), assumption(&fallback));
	arrival->hindsight->signal(arrival->hindsight->user,
		&(struct signal){ .name = span_of("D-FALL"), .group = SIGNAL_CLIENT, .points = FALLBACK_POINTS,
			.words = span_of("the client's handshake with this service had failed") },
		true, PLACE_APPLICATION);
}

/* Reset at TLS --------------------------------------------------------------------------------- */

/* A hello of several packets that meets silence looks the same where the path takes only smaller packets. */
static bool
is_cut(const struct visit *visit)
{
	return visit_has(visit, FOOT_CUT_AT_TLS) && (visit_has(visit, FOOT_CUT_BY_RESET) || !visit->large_hello);
}

static bool
is_without_tls(const struct visit *visit)
{
	return !(visit->flags & (FOOT_AGREED | FOOT_HELLO | FOOT_ESTABLISHED | FOOT_SILENT | FOOT_OPEN));
}

static bool
ended_well(const struct visit *visit)
{
	return (visit->flags & (FOOT_QUIT | FOOT_CONTENT_ACCEPTED)) != 0;
}

/* What one client and one service have done lately. */
struct pair {
	struct claim        claim;
	uint32_t            cuts;
	bool                packets_differ;
	bool                plain_died;
	const struct visit *plain, *last;
};

static void
pair_add(struct pair *pair, const struct visit *visit)
{
	pair->last = visit;
	if (visit_has(visit, FOOT_ESTABLISHED)) {
		*pair = (struct pair){ .claim.insight = { .kind = pair->claim.insight.kind }, .last = visit };
	} else if (is_cut(visit)) {
		pair->cuts++;
		pair->packets_differ |= visit->packets_differ;
	} else if (is_without_tls(visit)) {
		pair->plain_died |= !ended_well(visit);
		pair->plain = ended_well(visit) ? visit : pair->plain;
	}
}

static void
pair_link(const struct arrival *arrival, struct pair *pair)
{
	for (size_t i = 0; i < trail_count(arrival->host); i++) {
		const struct visit *visit = &arrival->host->visits[i];

		if (same_port(visit, &arrival->visit) && (is_cut(visit) || visit == pair->plain) &&
			began_within(&arrival->visit, visit->started_ns, SECONDS_PER_DAY))
			claim_link(&pair->claim, visit);
	}
}

static enum place
place_of_tls(const struct visit *visit)
{
	return visit_has(visit, FOOT_HELLO) ? PLACE_CLIENT_HELLO
	       : visit_has(visit, FOOT_AGREED) ? PLACE_ANSWER
	       : visit_has(visit, FOOT_ASKED) ? PLACE_ASK
					      : PLACE_NAME;
}

/* Told at the cut, or at the session in clear that lives where those before it with TLS were cut. */
void
judge_reset_at_tls(const struct arrival *arrival)
{
	struct pair pair = { .claim.insight.kind = "downgrade-reset-at-tls" };
	const struct visit *now = &arrival->visit, *before;

	for (size_t i = 0; i < trail_count(arrival->host); i++)
		if (same_port(&arrival->host->visits[i], now) &&
			began_within(now, arrival->host->visits[i].started_ns, SECONDS_PER_DAY))
			pair_add(&pair, &arrival->host->visits[i]);
	before = pair.last;
	pair_add(&pair, now);
	if (pair.cuts < CUTS_NEEDED || pair.plain == NULL || pair.plain_died)
		return;
	if (!is_cut(now) && (pair.plain != now || before == NULL || !is_cut(before)))
		return;
	pair_link(arrival, &pair);
	pair.claim.insight.severity = pair.packets_differ ? SEVERITY_HIGH : SEVERITY_MEDIUM;
	pair.claim.insight.confidence = pair.packets_differ ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
	pair.claim.insight.place = place_of_tls(now);
	pair.claim.insight.count = pair.cuts;
	insight_tell(arrival->hindsight, &pair.claim.insight, &pair.claim.links,
		"%u connections ended when TLS began, while those in clear lived%s",
		(unsigned)pair.cuts,
		pair.packets_differ ? "; the reset's packets differ from the server's"
				    : "; a server that crashes on TLS looks the same");
}

/* Lower versions ------------------------------------------------------------------------------- */

void
judge_version_dance(const struct arrival *arrival)
{
	const struct visit *now = &arrival->visit, *higher = NULL;
	struct claim claim = { .insight = { .kind = "tls-fallback-dance", .severity = SEVERITY_MEDIUM,
		.confidence = CONFIDENCE_LIKELY, .place = PLACE_CLIENT_HELLO } };

	if (now->offers_version == 0)
		return;
	for (size_t i = 0; i < trail_count(arrival->host); i++) {
		const struct visit *before = &arrival->host->visits[i];

		if (before->offers_version == 0 || !same_port(before, now))
			continue;
		if (before->offers_version > now->offers_version && handshake_failed(before) &&
			may_be_one_program(before, now) && began_within(now, before->failed_ns, DANCE_SECONDS))
			higher = before;
		else if (visit_has(before, FOOT_ESTABLISHED))
			higher = NULL;
		if (higher == NULL)
			claim.links.count = 0;
		if (higher == before)
			claim_link(&claim, before);
	}
	if (higher == NULL)
		return;
	claim.insight.confidence = one_program(arrival, higher);
	insight_tell(arrival->hindsight, &claim.insight, &claim.links,
		"%llu s after a handshake that failed the client offers a lower version at most%s; assumed "
		"that the same program opened both connections",
		(unsigned long long)seconds_between(higher->failed_ns, now->started_ns),
		visit_has(now, FOOT_FALLBACK_SCSV) ? ", and says that it does (RFC 7507)" : "");
}

/* Plain ports ---------------------------------------------------------------------------------- */

/* From TLS at once to where it has to be asked for, or from submission to where nobody logs in. */
static bool
falls_back(uint16_t secure, uint16_t plain)
{
	return (port_is_implicit(secure) && port_twin(secure) == plain) ||
	       (port_is_submission(secure) && plain == PORT_RELAY);
}

/* Nothing got through, whoever gave up. */
static bool
came_to_nothing(const struct visit *visit)
{
	static const enum verdict failures[] = {
		VERDICT_NO_DIALOGUE,
		VERDICT_MODE_MISMATCH,
		VERDICT_HANDSHAKE_FAILED,
		VERDICT_ABORTED_REFUSED,
		VERDICT_BLOCKED_TLS_REQUIRED,
		VERDICT_ABORTED_NO_OFFER,
	};

	for (size_t i = 0; i < TABLE_LENGTH(failures); i++)
		if (visit->verdict == failures[i])
			return !visit_has(visit, FOOT_OPEN);
	return false;
}

void
judge_legacy_port(const struct arrival *arrival)
{
	const struct visit *now = &arrival->visit, *failed = NULL;
	struct claim claim = { .insight = { .kind = "posture-legacy-port-fallback", .severity = SEVERITY_HIGH,
		.confidence = CONFIDENCE_LIKELY, .place = PLACE_APPLICATION } };

	if (!is_plain(now))
		return;
	for (size_t i = 0; i < trail_count(arrival->host); i++) {
		const struct visit *before = &arrival->host->visits[i];

		if (!falls_back(before->server.port, now->server.port))
			continue;
		if (visit_has(before, FOOT_ESTABLISHED))
			failed = NULL;
		else if (came_to_nothing(before) && may_be_one_program(before, now) &&
			 began_within(now, before->ended_ns, LEGACY_SECONDS))
			failed = before;
		if (failed == NULL)
			claim.links.count = 0;
		if (failed == before)
			claim_link(&claim, before);
	}
	if (failed == NULL)
		return;
	claim.insight.confidence = one_program(arrival, failed);
	insight_tell(arrival->hindsight, &claim.insight, &claim.links,
		"port %u had failed %llu s before; assumed that the same program tried both ports",
		(unsigned)failed->server.port,
		(unsigned long long)seconds_between(failed->ended_ns, now->started_ns));
}

/* A new connection for TLS --------------------------------------------------------------------- */

/* The server said go, and the client said nothing more. */
static bool
is_abandoned(const struct visit *visit)
{
	return visit_has(visit, FOOT_AGREED) && !(visit->flags & (FOOT_HELLO | FOOT_APPLICATION)) &&
	       handshake_failed(visit);
}

/* A client may leave the old connection open; then the go-ahead is what it comes back after. */
static bool
came_back(const struct visit *before, const struct visit *after)
{
	return is_abandoned(before) && (began_within(after, before->answered_ns, RECONNECT_SECONDS) ||
					       began_within(after, before->ended_ns, RECONNECT_SECONDS));
}

void
judge_reconnect(const struct arrival *arrival)
{
	const struct visit *now = &arrival->visit;
	size_t visits = trail_count(arrival->host);
	struct claim claim = { .insight = { .kind = "diag-reconnect-after-starttls", .severity = SEVERITY_LOW,
		.confidence = CONFIDENCE_LIKELY, .place = PLACE_NAME } };

	for (size_t i = 0; i < visits; i++) {
		const struct visit *before = &arrival->host->visits[i];
		const struct visit *after = i + 1 < visits ? before + 1 : now;

		if (!came_back(before, after) || !may_be_one_program(before, after) ||
			!began_within(now, before->started_ns, RECONNECTS_WITHIN))
			continue;
		claim.insight.count++;
		claim_link(&claim, before);
	}
	if (claim.insight.count < RECONNECTS_NEEDED || !came_back(&arrival->host->visits[visits - 1], now))
		return;
	claim.insight.confidence = one_program(arrival, &arrival->host->visits[visits - 1]);
	insight_tell(arrival->hindsight, &claim.insight, &claim.links,
		"%u times a new connection followed the go-ahead within %d seconds; assumed that the same program "
		"opened them",
		(unsigned)claim.insight.count, RECONNECT_SECONDS);
}
