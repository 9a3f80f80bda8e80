/* How pressing a finding is, as a number. */
#ifndef STARTTRACE_RULES_SCORE_H
#define STARTTRACE_RULES_SCORE_H

#include "model/rule.h"

/* What adds to the weight of a finding, or takes from it. */
struct circumstances {
	bool secret_accepted;           /* it shows a secret that the server took */
	bool same_host;
};

/* 0 to 100; context (info) is always 0. */
int score_of(enum severity severity, enum confidence confidence, const struct circumstances *circumstances);

/* 0 to 100: the weight of severity and confidence, and what the session adds to it.  Context (info)
 * is always 0. */
int score_finding(const struct session *session, const struct finding *finding);

#endif
