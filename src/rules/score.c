/* Severity times confidence, in whole numbers, plus what one session can know of the circumstances.
 * Networks, tunnels and privileged accounts are policy, and repetition needs other sessions:
 * neither is asked here. */
#include "rules/score.h"

#include "rules/evidence.h"

enum {
	SECRET_ACCEPTED = 10,
	SAME_HOST = -25,
};

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

/* Whether the finding shows a secret that the server took. */
static bool
shows_accepted_secret(const struct session *session, const struct finding *finding)
{
	for (const struct auth *auth = session->auths; auth != NULL; auth = auth->next)
		if (finding->evidence.seen && auth_crossed(auth) &&
		    auth->facts.outcome == AUTH_ACCEPTED &&
		    finding->evidence.where.order == auth->secret.where.order)
			return true;
	return false;
}

int
score_of(enum severity severity, enum confidence confidence, const struct circumstances *circumstances)
{
	int score = bases[severity] * percents[confidence] / 100;

	if (severity == SEVERITY_INFO)
		return 0;
	if (circumstances->secret_accepted)
		score += SECRET_ACCEPTED;
	if (circumstances->same_host)
		score += SAME_HOST;
	return score < 0 ? 0 : score > 100 ? 100 : score;
}

int
score_finding(const struct session *session, const struct finding *finding)
{
	const struct circumstances circumstances = {
		.secret_accepted = shows_accepted_secret(session, finding),
		.same_host = session_is_local(session),
	};

	return score_of(finding->severity, finding->confidence, &circumstances);
}
