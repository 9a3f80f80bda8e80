/* How the findings of a scripted session are compared with a row of a table. */
#include "judge_session.h"

const struct finding *
judge_find(const struct session *session, const char *kind)
{
	const struct finding *finding = session->findings;

	while (finding != NULL && strcmp(finding->rule->id, kind) != 0)
		finding = finding->next;
	return finding;
}

void
judge_check(const struct judge_case *test, const struct session *session)
{
	const struct finding *finding = judge_find(session, test->kind);

	if ((finding == NULL) != test->silent)
		fail_msg("%s is %s: \"%s\"", test->kind, finding ? "there" : "missing",
			test->script);
	if (finding == NULL)
		return;
	if (finding->severity != test->severity || finding->confidence != test->confidence)
		fail_msg("%s is %s and %s: \"%s\"", test->kind, severity_word(finding->severity),
			confidence_word(finding->confidence), test->script);
	if (test->reason != NULL && !span_has(finding->reasons, test->reason))
		fail_msg("%s says \"%.*s\": \"%s\"", test->kind, (int)finding->reasons.len,
			(const char *)finding->reasons.at, test->script);
	if (finding->count == 0 || (test->count != 0 && finding->count != test->count))
		fail_msg(
			"%s counts %u: \"%s\"", test->kind, (unsigned)finding->count, test->script);
}

/* What only an assumption carries has to name it. */
static void
judge_check_reasons(const struct session *session)
{
	for (const struct finding *f = session->findings; f != NULL; f = f->next)
		if (f->confidence != CONFIDENCE_PROVEN && f->reasons.len == 0)
			fail_msg("%s gives no reason", f->rule->id);
}

void
judge_run(const struct judge_case *tests, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct build b;

		build_begin(&b);
		build_play(&b, tests[i].script);
		build_close(&b);
		rules_judge(b.session);
		judge_check(&tests[i], b.session);
		judge_check_reasons(b.session);
		build_end(&b);
	}
}

void
judge_covers(const struct judge_case *tests, size_t count, const char *prefix)
{
	const struct rule *rules;
	size_t rule_count;

	rules = rules_all(&rule_count);
	for (size_t i = 0; i < rule_count; i++) {
		size_t struck = 0, silent = 0;

		if (strncmp(rules[i].id, prefix, strlen(prefix)) != 0)
			continue;
		for (size_t k = 0; k < count; k++)
			if (strcmp(tests[k].kind, rules[i].id) == 0)
				*(tests[k].silent ? &silent : &struck) += 1;
		if (struck == 0 || silent == 0)
			fail_msg("%s has %zu cases that strike and %zu that must not", rules[i].id,
				struck, silent);
	}
}
