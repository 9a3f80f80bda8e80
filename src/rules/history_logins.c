/* Logins in clear that only several sessions tell apart: a password safe in one protocol and exposed in another, one
 * that is tried again and again, a server whose refusals tell right from wrong. */
#include "rules/history_clients.h"

#include "base/table.h"
#include "rules/evidence.h"

enum {
	FAILURES_NEEDED = 5,
	ACCOUNTS_NEEDED = 5,
	FAILURES_WITHIN = 10 * SECONDS_PER_MINUTE,
};

/* Across protocols ----------------------------------------------------------------------------- */

static const struct {
	uint32_t    safe, exposed;
	const char *words;
} profiles[] = {
	{ HABIT_READS_SAFELY, HABIT_SENDS_EXPOSED, "reads mail under TLS and sends it with a password in clear" },
	{ HABIT_SENDS_SAFELY, HABIT_READS_EXPOSED, "sends mail under TLS and reads it with a password in clear" },
};

static bool
is_near(const struct visit *a, const struct visit *b)
{
	return began_within(a, b->started_ns, SECONDS_PER_DAY) || began_within(b, a->started_ns, SECONDS_PER_DAY);
}

/* The latest visit with one of these habits to what may be the same provider's server, within a day of `visit`. */
static const struct visit *
counterpart(const struct arrival *arrival, const struct visit *visit, uint32_t habits)
{
	const struct visit *found = NULL;

	for (size_t i = 0; i < trail_count(arrival->client); i++) {
		const struct visit *other = &arrival->client->visits[i];

		if ((other->habits & habits) && is_near(other, visit) && provider_of(other, visit) != PROVIDER_OTHER &&
			(found == NULL || provider_of(other, visit) >= provider_of(found, visit)))
			found = other;
	}
	return found;
}

static void
tell_reuse(const struct arrival *arrival, const struct visit *other, const char *words, bool exposed_now)
{
	bool same = provider_of(other, &arrival->visit) == PROVIDER_SAME;
	struct claim claim = { .insight = { .kind = "cred-reuse-cross-protocol", .severity = SEVERITY_HIGH,
		.confidence = same ? one_program(arrival, other) : CONFIDENCE_POSSIBLE,
		.place = exposed_now ? PLACE_SECRET : PLACE_CLIENT_HELLO } };

	claim_link(&claim, other);
	insight_tell(arrival->hindsight, &claim.insight, &claim.links,
		"within a day this client %s; assumed that both use one account%s", words,
		same ? "" : ", though a server told no name to compare");
}

/* Told at the exposed session; where the safe one comes later, at the first of these. */
void
judge_reuse_cross_protocol(const struct arrival *arrival)
{
	const struct visit *now = &arrival->visit, *other;

	for (size_t i = 0; i < TABLE_LENGTH(profiles); i++) {
		bool exposed = (now->habits & profiles[i].exposed) != 0;

		if (!exposed && !(now->habits & profiles[i].safe))
			continue;
		other = counterpart(arrival, now, exposed ? profiles[i].safe : profiles[i].exposed);
		if (other == NULL || (!exposed && counterpart(arrival, other, profiles[i].safe) != NULL))
			continue;
		tell_reuse(arrival, other, profiles[i].words, exposed);
	}
}

/* Again and again ------------------------------------------------------------------------------ */

struct attempts {
	struct claim claim;
	uint32_t     failures;
	uint64_t     accounts[TRAIL_VISITS + 1];
	size_t       account_count;
};

static void
attempts_add(struct attempts *attempts, const struct visit *visit)
{
	size_t i = 0;

	attempts->failures += visit->failures;
	if (visit->account == 0)
		return;
	while (i < attempts->account_count && attempts->accounts[i] != visit->account)
		i++;
	if (i == attempts->account_count)
		attempts->accounts[attempts->account_count++] = visit->account;
}

/* A monitor's dummy login fails every time it looks. */
void
judge_repeated_failure(const struct arrival *arrival)
{
	const struct visit *now = &arrival->visit;
	struct attempts attempts = { .claim.insight = { .kind = "cred-repeated-failure-plaintext",
		.confidence = CONFIDENCE_LIKELY, .place = PLACE_SECRET } };

	if (now->failures == 0 || arrival->foot->client_kind == CLIENT_MONITOR)
		return;
	for (size_t i = 0; i < trail_count(arrival->logins); i++) {
		const struct visit *before = &arrival->logins->visits[i];

		if (before->server.port != now->server.port || !began_within(now, before->started_ns, FAILURES_WITHIN))
			continue;
		attempts_add(&attempts, before);
		claim_link(&attempts.claim, before);
	}
	attempts_add(&attempts, now);
	if (attempts.failures < FAILURES_NEEDED || attempts.claim.links.count == 0)
		return;
	attempts.claim.insight.severity =
		attempts.account_count >= ACCOUNTS_NEEDED ? SEVERITY_MEDIUM : SEVERITY_LOW;
	attempts.claim.insight.count = attempts.failures;
	insight_tell(arrival->hindsight, &attempts.claim.insight, &attempts.claim.links,
		"%u failed logins of this client in ten minutes, for %zu account%s; a device with an expired password "
		"does the same",
		(unsigned)attempts.failures, attempts.account_count, attempts.account_count == 1 ? "" : "s");
}

/* Telling refusals ----------------------------------------------------------------------------- */

/* A server that takes a password in clear is no oracle about it: it says so. */
void
judge_validity_oracle(const struct arrival *arrival)
{
	const struct footprint *foot = arrival->foot;
	bool wrong = foot->logins_wrong > 0;
	uint16_t port = foot->server.port;
	const struct visit *other;
	struct claim claim = { .insight = { .kind = "cred-validity-oracle-plaintext", .severity = SEVERITY_MEDIUM,
		.confidence = CONFIDENCE_LIKELY, .place = PLACE_SECRET } };

	if (wrong == (foot->logins_refused > 0) || foot->logins_accepted > 0 ||
	    trail_marked(arrival->server,
		    server_mark(arrival->trails, FACT_LOGIN_ACCEPTED, port, (struct span){ 0 })) != NULL)
		return;
	other = trail_marked(arrival->server,
		server_mark(arrival->trails, wrong ? FACT_LOGIN_REFUSED : FACT_LOGIN_WRONG, port, foot->mechanism));
	if (other == NULL)
		return;
	claim_link(&claim, other);
	insight_tell(arrival->hindsight, &claim.insight, &claim.links,
		"one login with %.*s was refused as wrong, another for want of TLS; assumed that the password made the "
		"difference",
		WORDS(foot->mechanism));
}
