/* The contract of a rule: a pure question about one session.  No packets, no database, no order between
 * rules. */
#ifndef STARTTRACE_MODEL_RULE_H
#define STARTTRACE_MODEL_RULE_H

#include "model/session.h"

struct rule;

struct finding {
	struct finding    *next;
	const struct rule *rule;
	enum severity      severity;
	enum confidence    confidence;
	int                score;       /* 0 to 100 */
	struct quote       evidence;    /* where it struck; not seen for a fact about absence with no line to show */
	struct span        reasons;     /* what set the confidence, or details, as one sentence */
	uint32_t           count;       /* how often it happened in this session, at least 1 */
};

struct rule {
	const char   *id;               /* kebab case, stable for ever */
	enum severity severity;         /* the usual one; a finding may differ */
	/* Fills severity, confidence (preset: the rule's severity, proven), evidence, reasons and count, and
	 * returns true when the session shows it. */
	bool (*applies)(const struct session *session, struct finding *finding);
};

/* Every rule there is, in catalogue order. */
const struct rule *rules_all(size_t *count_r);

/* Asks every rule, sets verdict, tls_grade, findings with scores, and severity. */
void rules_judge(struct session *session);

#endif
