/* How pressing a finding is, as a number. */
#ifndef STARTTRACE_RULES_SCORE_H
#define STARTTRACE_RULES_SCORE_H

#include "model/rule.h"

/* What adds to a finding's score, or takes from it, beside its severity and confidence. */
struct circumstances {
	bool secret_accepted;           /* it shows a secret that the server took */
	bool privileged;                /* ... of an account that the policy calls privileged */
	bool same_host;                 /* both ends are one machine */
	bool outside;                   /* one end is outside the internal networks */
	bool trusted;                   /* both ends are in one group of trusted hops */
	bool tunnelled;                 /* a tunnel protects the path */
};

/* Those of the two ends.  `policy` may be NULL. */
struct circumstances circumstances_of(const struct policy *policy, const struct endpoint *client,
	const struct endpoint *server);

/* 0 to 100: the weight of severity and confidence, and what the circumstances add to it.  Context (info)
 * is always 0. */
int score_of(enum severity severity, enum confidence confidence, const struct circumstances *circumstances);

/* The score of a session's own finding. */
int score_finding(const struct session *session, const struct finding *finding);

#endif
