/* How pressing a finding is, as a number. */
#ifndef STARTTRACE_RULES_SCORE_H
#define STARTTRACE_RULES_SCORE_H

#include "model/rule.h"

/* 0 to 100: the weight of severity and confidence, and what the session adds to it.  Context (info)
 * is always 0. */
int score_finding(const struct session *session, const struct finding *finding);

#endif
