/* Severity times confidence, in whole numbers, plus what is known of the circumstances.  Repetition needs other
 * sessions and is not asked here. */
#include "rules/score.h"

#include "base/table.h"
#include "rules/evidence.h"

static const int bases[] = {
	[SEVERITY_INFO] = 0,
	[SEVERITY_LOW] = 20,
	[SEVERITY_MEDIUM] = 45,
	[SEVERITY_HIGH] = 70,
	[SEVERITY_CRITICAL] = 90,
};

static const int percents[] = {
	[CONFIDENCE_POSSIBLE] = 40,
	[CONFIDENCE_LIKELY] = 75,
	[CONFIDENCE_PROVEN] = 100,
};

struct circumstances
circumstances_of(const struct policy *policy, const struct endpoint *client, const struct endpoint *server)
{
	const struct address *one = &client->address, *other = &server->address;

	return (struct circumstances){
		.same_host = hosts_are_one(one, other),
		.outside = policy_is_outside(policy, one) || policy_is_outside(policy, other),
		.trusted = policy_trusts(policy, one, other),
		.tunnelled = policy_protects(policy, one, other),
	};
}

int
score_of(enum severity severity, enum confidence confidence, const struct circumstances *circumstances)
{
	const struct {
		bool holds;
		int  points;
	} modifiers[] = {
		{ circumstances->secret_accepted, 10 },
		{ circumstances->outside, 10 },
		{ circumstances->privileged, 5 },
		{ circumstances->same_host, -25 },
		{ circumstances->trusted, -15 },
		{ circumstances->tunnelled, -20 },
	};
	int score = bases[severity] * percents[confidence] / 100;

	if (severity == SEVERITY_INFO)
		return 0;
	for (size_t i = 0; i < TABLE_LENGTH(modifiers); i++)
		score += modifiers[i].holds ? modifiers[i].points : 0;
	return score < 0 ? 0 : score > 100 ? 100 : score;
}

/* The login whose secret the finding shows; NULL when it shows none. */
static const struct auth *
shown_login(const struct session *session, const struct finding *finding)
{
	const struct auth *auth = session->auths;

	while (auth != NULL && (!finding->evidence.seen || !auth_crossed(auth) ||
	                               finding->evidence.where.order != auth->secret.where.order))
		auth = auth->next;
	return auth;
}

int
score_finding(const struct session *session, const struct finding *finding)
{
	struct circumstances circumstances =
		circumstances_of(session->policy, &session->client, &session->server);
	const struct auth *login = shown_login(session, finding);

	if (login != NULL) {
		circumstances.secret_accepted = login->facts.outcome == AUTH_ACCEPTED;
		circumstances.privileged = policy_is_privileged(session->policy, login->facts.username);
	}
	return score_of(finding->severity, finding->confidence, &circumstances);
}
