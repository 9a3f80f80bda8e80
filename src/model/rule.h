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

/* What a rule asks about, which says when it can be asked. */
enum rule_subject {
	SUBJECT_PRESENCE,       /* what is there: once it is, it stays, whatever else the session brings */
	SUBJECT_OUTCOME,        /* how the session goes on and ends: to be asked at its end */
	SUBJECT_ABSENCE,        /* what never came: at its end too, and frames that were lost may have brought it */
};

struct rule {
	const char       *id;           /* kebab case, stable for ever */
	enum severity     severity;     /* the usual one; a finding may differ */
	enum rule_subject subject;
	/* Fills severity, confidence (preset: the rule's severity, proven), evidence, reasons and count, and
	 * returns true when the session shows it.  Asked about presence while a session goes on (session->ongoing), it
	 * says yes only to what no later line takes back: severity and confidence may rise from there, and the evidence
	 * stays.  Where it says no, it may leave anything there: all that it may fill is preset again before the next
	 * rule, and nobody reads it.  `next`, `rule` and `score` are not its own. */
	bool (*applies)(const struct session *session, struct finding *finding);
};

/* Every rule there is, in catalogue order. */
const struct rule *rules_all(size_t *count_r);

/* Asks every rule, sets verdict, tls_grade, findings with scores, and severity. */
void rules_judge(struct session *session);

/* Asks the rules about presence of a session that goes on.  `look` is a copy of it: its arena is one of its own, it is
 * ongoing, and only its signals, interference, findings and severity are filled.  Left out are the rules, numbered as
 * in rules_all, whose byte of `left_out` is not 0. */
void rules_look(struct session *look, const uint8_t *left_out);

#endif
