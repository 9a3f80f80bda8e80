/* Severity times confidence, what a session adds, and the list of rules itself. */
#include "shared/judge_session.h"

#include "rules/score.h"

#define V4(a, b, c, d) { { [10] = 0xFF, [11] = 0xFF, [12] = a, b, c, d } }
static const struct network home = { V4(192, 0, 2, 0), 120 };
static const struct network client = { V4(192, 0, 2, 10), 128 };
static const struct network elsewhere = { V4(10, 0, 0, 0), 104 };
static const struct networks home_hops = { &home, 1 }, client_hops = { &client, 1 };
static const struct policy_path home_tunnel = { { { V4(192, 0, 2, 0), 120 }, { V4(192, 0, 2, 0), 120 } } };
static const struct policy_path other_tunnel = { { { V4(192, 0, 2, 10), 128 }, { V4(10, 0, 0, 0), 104 } } };
static const struct span alice = { (const uint8_t *)"Alice", 5 };

static const struct {
	enum severity   severity;
	enum confidence confidence;
	int             score;
	int             on_one_host;
} weights[] = {
	{ CRITICAL, CONFIDENCE_PROVEN, 90, 65 }, { CRITICAL, CONFIDENCE_LIKELY, 67, 42 },
	{ CRITICAL, CONFIDENCE_POSSIBLE, 36, 11 }, { HIGH, CONFIDENCE_PROVEN, 70, 45 },
	{ HIGH, CONFIDENCE_LIKELY, 52, 27 },     { HIGH, CONFIDENCE_POSSIBLE, 28, 3 },
	{ MEDIUM, CONFIDENCE_PROVEN, 45, 20 },   { MEDIUM, CONFIDENCE_LIKELY, 33, 8 },
	{ MEDIUM, CONFIDENCE_POSSIBLE, 18, 0 },  { LOW, CONFIDENCE_PROVEN, 20, 0 },
	{ LOW, CONFIDENCE_LIKELY, 15, 0 },       { LOW, CONFIDENCE_POSSIBLE, 8, 0 },
	{ INFO, CONFIDENCE_PROVEN, 0, 0 },
};

static void
severity_times_confidence(void **state)
{
	struct build apart, local;

	(void)state;
	build_begin(&apart);
	build_begin(&local);
	build_play(&local, "flow loopback");
	for (size_t i = 0; i < TABLE_LENGTH(weights); i++) {
		struct finding finding = { .severity = weights[i].severity,
			.confidence = weights[i].confidence };

		assert_int_equal(score_finding(apart.session, &finding), weights[i].score);
		assert_int_equal(score_finding(local.session, &finding), weights[i].on_one_host);
	}
	build_end(&apart);
	build_end(&local);
}

static const struct {
	const char *kind;
	int         score;
	const char *script;
} cases[] = {
	{ "cred-plaintext-accepted", 100, "greet; ehlo SIZE; auth PLAIN ok" },
	{ "cred-plaintext-accepted", 75, "flow loopback; greet; ehlo SIZE; auth PLAIN ok" },
	{ "cred-before-available-tls", 100, "greet; ehlo STARTTLS; auth PLAIN ok" },
	{ "cred-before-available-tls", 90, "greet; ehlo STARTTLS; auth PLAIN tls" },
	{ "cred-plaintext-rejected", 70, "greet; ehlo SIZE; auth PLAIN bad; auth PLAIN ok" },
	{ "cred-weak-challenge-plaintext", 45, "greet; ehlo SIZE; auth CRAM-MD5 ok" },
	{ "cred-bearer-token-plaintext", 100, "greet; ehlo SIZE; auth XOAUTH2 ok" },
	{ "data-plaintext-content", 70, "greet; ehlo SIZE; auth PLAIN ok; mail; rcpt; data" },
	{ "data-identity-before-tls", 0, "greet; ehlo SIZE; auth PLAIN ok" },
};

static void
an_accepted_secret_adds(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		const struct finding *finding;
		struct build b;

		build_begin(&b);
		build_play(&b, cases[i].script);
		rules_judge(b.session);
		finding = judge_find(b.session, cases[i].kind);
		assert_non_null(finding);
		if (finding->score != cases[i].score)
			fail_msg("%s scores %d: \"%s\"", cases[i].kind, finding->score,
				cases[i].script);
		build_end(&b);
	}
}

/* What a policy says of the two ends of 192.0.2.10 and 192.0.2.20, and of alice who logs in. */
static const struct {
	struct policy policy;
	int           content, login;
} policies[] = {
	{ { .internal = { &home, 1 } }, 45, 100 },      /* mail that stays inside weighs less */
	{ { .internal = { &elsewhere, 1 } }, 80, 100 },
	{ { .internal = { &client, 1 } }, 80, 100 },
	{ { .trusted_hops = &home_hops, .trusted_hop_count = 1 }, 55, 85 },
	{ { .trusted_hops = &client_hops, .trusted_hop_count = 1 }, 70, 100 },
	{ { .protected_paths = &home_tunnel, .protected_path_count = 1 }, 8, 26 },
	{ { .protected_paths = &other_tunnel, .protected_path_count = 1 }, 70,
		100 },
	{ { .protected_paths = &home_tunnel, .protected_path_count = 1,
		  .privileged = &alice, .privileged_count = 1 }, 8, 31 },
};

static void
a_policy_knows_the_ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(policies); i++) {
		const struct finding *content, *login;
		struct build b;

		build_begin(&b);
		build_play(&b, "greet; ehlo SIZE; auth PLAIN ok; mail; rcpt; data");
		b.session->policy = &policies[i].policy;
		rules_judge(b.session);
		content = judge_find(b.session, "data-plaintext-content");
		login = judge_find(b.session, "cred-plaintext-accepted");
		assert_non_null(content);
		assert_non_null(login);
		if (content->score != policies[i].content || login->score != policies[i].login)
			fail_msg("policy %zu: %d and %d", i, content->score, login->score);
		build_end(&b);
	}
}

/* The worst finding is the session's, findings keep the order of the rules, and judging again
 * changes nothing. */
static void
a_session_is_judged(void **state)
{
	const struct finding *finding;
	size_t count = 0, rule_count;
	struct build b;

	(void)state;
	build_begin(&b);
	build_play(&b, "greet; ehlo STARTTLS|AUTH PLAIN; auth PLAIN ok; mail; rcpt; data; quit");
	rules_judge(b.session);
	assert_int_equal(b.session->severity, SEVERITY_CRITICAL);
	assert_true(b.session->has_findings);
	for (finding = b.session->findings; finding != NULL; finding = finding->next, count++)
		if (finding->next != NULL)
			assert_true(finding->rule < finding->next->rule);
	rules_judge(b.session);
	for (finding = b.session->findings; finding != NULL; finding = finding->next)
		count--;
	assert_int_equal(count, 0);
	assert_true(finding == NULL && rules_all(&rule_count) != NULL);
	build_end(&b);
}

/* Without memory a session is judged as far as it goes, and says that facts are missing. */
static void
no_memory_is_survived(void **state)
{
	struct budget budget = { .limit = 1 };
	struct build b;

	(void)state;
	build_begin(&b);
	build_play(&b, "greet; ehlo STARTTLS|AUTH PLAIN; auth PLAIN ok; mail; rcpt; data; quit");
	while (arena_alloc(b.session->arena, 1 << 20) != NULL)
		continue;
	while (arena_alloc(b.session->arena, 16) != NULL)
		continue;
	rules_judge(b.session);
	assert_true(b.session->truncated);
	build_end(&b);
	assert_null(session_new(&budget));
}

/* Ids are kebab case and stand there once. */
static void
ids_are_unique(void **state)
{
	size_t count;
	const struct rule *rules = rules_all(&count);

	(void)state;
	assert_true(count > 100);
	for (size_t i = 0; i < count; i++) {
		if (strspn(rules[i].id, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
			strlen(rules[i].id))
			fail_msg("%s is no id", rules[i].id);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(rules[i].id, rules[k].id);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(severity_times_confidence),
		cmocka_unit_test(an_accepted_secret_adds),
		cmocka_unit_test(a_policy_knows_the_ends),
		cmocka_unit_test(a_session_is_judged),
		cmocka_unit_test(no_memory_is_survived),
		cmocka_unit_test(ids_are_unique),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
