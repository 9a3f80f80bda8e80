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
score_finding(const struct session *session, const struct finding *finding)
{
	int score = bases[finding->severity] * percents[finding->confidence] / 100;

	if (finding->severity == SEVERITY_INFO)
		return 0;
	if (shows_accepted_secret(session, finding))
		score += SECRET_ACCEPTED;
	if (session_is_local(session))
		score += SAME_HOST;
	return score < 0 ? 0 : score > 100 ? 100 : score;
}
