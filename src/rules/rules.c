/* The list of rules, and one session's way through them. */
#include "rules/rules.h"

#include "base/table.h"
#include "rules/evidence.h"
#include "rules/footprint.h"
#include "rules/score.h"
#include "rules/signals.h"

static const struct rule rules[] = {
#define RULE(c_name, kind, usual, about) \
	{ .id = (kind), .severity = (usual), .subject = SUBJECT_##about, .applies = rule_##c_name },
#include "rules/rules.def"
#undef RULE
};

const struct rule *
rules_all(size_t *count_r)
{
	*count_r = TABLE_LENGTH(rules);
	return rules;
}

/* What crossed in clear inside a tunnel may have been protected by it, outside the capture. */
static void
allow_for_tunnel(const struct session *session, struct finding *finding)
{
	if (!span_starts(span_of(finding->rule->id), "cred-") && !span_starts(span_of(finding->rule->id), "data-"))
		return;
	if (!policy_protects(session->policy, &session->client.address, &session->server.address))
		return;
	finding->confidence = CONFIDENCE_POSSIBLE;
	finding_because(session, finding, "%.*s%sthe policy says that a tunnel protects this path",
		WORDS(finding->reasons), finding->reasons.len > 0 ? "; " : "");
}

/* What did not come may have been in one of the frames that were lost. */
static void
allow_for_loss(const struct session *session, struct finding *finding)
{
	if (finding->rule->subject != SUBJECT_ABSENCE || finding->confidence <= CONFIDENCE_LIKELY)
		return;
	if (!loss_matters(session))
		return;
	finding->confidence = CONFIDENCE_LIKELY;
	finding_because(session, finding,
		"%.*s%s%llu frames were lost meanwhile; assumed that they do not hold what is missing",
		WORDS(finding->reasons), finding->reasons.len > 0 ? "; " : "", (unsigned long long)session->lost);
}

/* Ready for the next rule.  Most leave it as it is: clearing the evidence each time would take longer than they do. */
static void
begin_finding(struct finding *finding, const struct rule *rule)
{
	if (finding->evidence.seen)
		finding->evidence = (struct quote){ 0 };
	finding->rule = rule;
	finding->severity = rule->severity;
	finding->confidence = CONFIDENCE_PROVEN;
	finding->score = 0;
	finding->reasons = (struct span){ 0 };
	finding->count = 1;
}

/* Asks one rule, which fills `found`.  False when it does not apply, or when there is no memory to say so. */
static bool
ask(struct session *session, const struct rule *rule, struct finding *found, struct finding **finding_r)
{
	begin_finding(found, rule);
	if (!rule->applies(session, found))
		return false;
	allow_for_tunnel(session, found);
	allow_for_loss(session, found);
	*finding_r = arena_alloc(session->arena, sizeof(*found));
	if (*finding_r == NULL) {
		session->truncated = true;
		return false;
	}
	found->score = score_finding(session, found);
	**finding_r = *found;
	return true;
}

/* Takes the finding of one rule to the end of the list. */
static struct finding **
ask_next(struct session *session, const struct rule *rule, struct finding *found, struct finding **tail)
{
	if (!ask(session, rule, found, tail))
		return tail;
	if ((*tail)->severity > session->severity)
		session->severity = (*tail)->severity;
	return &(*tail)->next;
}

/* Some rules ask for the verdict, and the verdict for what the signals add up to: hence this
 * order. */
void
rules_judge(struct session *session)
{
	struct finding **tail = &session->findings, found = { .next = NULL };

	signals_gather(session);
	session->verdict = session_verdict(session);
	session->tls_grade = session_tls_grade(session);
	session->severity = SEVERITY_INFO;
	*tail = NULL;
	for (size_t i = 0; i < TABLE_LENGTH(rules); i++)
		tail = ask_next(session, &rules[i], &found, tail);
	session->has_findings = session->findings != NULL;
	session->footprint = footprint_new(session);
	session->truncated |= session->footprint == NULL;
}

void
rules_look(struct session *look, const uint8_t *left_out)
{
	struct finding **tail = &look->findings, found = { .next = NULL };

	signals_gather(look);
	look->severity = SEVERITY_INFO;
	*tail = NULL;
	for (size_t i = 0; i < TABLE_LENGTH(rules); i++)
		if (rules[i].subject == SUBJECT_PRESENCE && left_out[i] == 0)
			tail = ask_next(look, &rules[i], &found, tail);
	look->has_findings = look->findings != NULL;
}
