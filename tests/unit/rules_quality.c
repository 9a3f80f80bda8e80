/* What the capture lacks. */
#include "shared/judge_session.h"

static const struct judge_case cases[] = {
	{ "capture-gap", INFO, PROVEN, "greet; gap S; ehlo SIZE; gap C; gap C",
		"40 bytes of the client and 20 of the server", 1 },
	{ "capture-gap", SILENT, "greet; ehlo SIZE; quit", NULL, 0 },
	{ "capture-acked-unseen", INFO, PROVEN, "flow acked-unseen; greet; gap C", "30 bytes of the client", 1 },
	/* near-miss: capture-acked-unseen T5 */
	{ "capture-acked-unseen", SILENT, "flow acked-unseen one-sided; greet; gap C", NULL, 0 },
	/* fires: capture-drops */
	{ "capture-drops", INFO, PROVEN, "flow drops; greet", "11 of 10000 frames were lost", 1 },
	{ "capture-drops", INFO, PROVEN, "flow few-drops; greet", "too few to matter", 1 },
	/* near-miss: capture-drops gap */
	{ "capture-drops", SILENT, "greet; gap C", NULL, 0 },
	{ "posture-starttls-declined", MEDIUM, LIKELY, "flow drops; greet; ehlo STARTTLS; mail; rcpt; data",
		"11 frames were lost meanwhile; assumed", 0 },
	{ "posture-starttls-declined", MEDIUM, PROVEN, "flow few-drops; greet; ehlo STARTTLS; mail; rcpt; data",
		NULL, 0 },
	/* what was seen was seen, whatever else was lost */
	{ "diag-auth-required-530", INFO, PROVEN,
	  "flow drops; greet; ehlo AUTH PLAIN; refused-for login; quit", NULL, 0 },
	{ "capture-duplicates", INFO, PROVEN,
		"greet; shape S id 1 seq 1; shape S id 1 hop 63 seq 1; shape C id 1 seq 1; shape C id 1 seq 1",
		"captured twice", 2 },
	{ "capture-duplicates", INFO, PROVEN,
		"greet; shape S seq 1; shape S hop 63 seq 1; shape S seq 9; shape S hop 63 seq 9",
		"captured twice", 2 },
	/* near-miss: capture-duplicates T11 */
	{ "capture-duplicates", SILENT,
		"greet; shape S id 1 seq 1; shape S id 2 seq 1; shape S seq 9; shape S seq 9", NULL, 0 },
	{ "capture-duplicates", SILENT, "greet; shape S id 1 seq 1; shape S id 1 hop 63 seq 1", NULL, 0 },
	{ "capture-offload", INFO, PROVEN, "greet; shape C seq 1 wrong; shape C seq 2 wrong; shape C seq 3 wrong; "
		"shape C seq 4; shape S seq 1", "the client's checksums", 3 },
	{ "capture-offload", SILENT, "greet; shape C seq 1 wrong; shape C seq 2 wrong; shape C seq 3 wrong; "
		"shape C seq 4; shape C seq 5; shape C seq 6", NULL, 0 },
	/* near-miss: capture-offload damaged */
	{ "capture-offload", SILENT, "greet; shape C seq 1 wrong; shape C seq 2 wrong", NULL, 0 },
	{ "capture-reordered", INFO, PROVEN, "greet; note C time-regress", NULL, 1 },
	{ "capture-reordered", SILENT, "greet", NULL, 0 },
	{ "capture-snaplen", INFO, PROVEN, "greet; note S snaplen; note S snaplen", NULL, 2 },
	{ "capture-snaplen", SILENT, "greet; note S truncated", NULL, 0 },
	{ "capture-one-sided", INFO, PROVEN, "flow one-sided; say EHLO", "client's side", 0 },
	{ "capture-one-sided", INFO, PROVEN, "flow one-sided; greet", "server's side", 0 },
	{ "capture-one-sided", SILENT, "greet", NULL, 0 },
	{ "capture-midstream", INFO, PROVEN, "flow midstream; say MAIL", NULL, 0 },
	{ "capture-midstream", SILENT, "flow midstream; greet; ehlo SIZE", NULL, 0 },
	{ "capture-tail-open", INFO, PROVEN, "flow open; greet", NULL, 0 },
	{ "capture-tail-open", SILENT, "greet; ehlo SIZE; quit", NULL, 0 },
	{ "capture-limits-hit", INFO, PROVEN, "greet; note S truncated", NULL, 1 },
	{ "capture-limits-hit", INFO, PROVEN, "greet; note S long-line", NULL, 1 },
	{ "capture-limits-hit", SILENT, "greet; note S snaplen", NULL, 0 },
	{ "capture-ip-fragments", INFO, PROVEN, "greet; note S fragments", NULL, 1 },
	{ "capture-ip-fragments", SILENT, "greet", NULL, 0 },
	{ "capture-classifier-disagrees", INFO, PROVEN, "flow other-opinion; greet",
		"smtp, by nDPI as FTP", 0 },
	{ "capture-classifier-disagrees", SILENT, "greet", NULL, 0 },
	{ "capture-parser-desync", INFO, PROVEN, "greet; note C desync", NULL, 1 },
	{ "capture-parser-desync", SILENT, "greet; note C unknown-verb", NULL, 0 },
};

static void
findings(void **state)
{
	(void)state;
	judge_run(cases, TABLE_LENGTH(cases));
}

/* Lines that the dialogue had no room for are counted. */
static void
left_out_lines_are_told(void **state)
{
	struct build b;

	(void)state;
	build_begin(&b);
	build_play(&b, "greet; ehlo SIZE");
	for (int i = 0; i < 5000; i++)
		build_tell(&b, CLIENT, EVENT_COMMAND, 0, "NOOP");
	rules_judge(b.session);
	assert_true(span_has(judge_find(b.session, "capture-limits-hit")->reasons, "lines"));
	build_end(&b);
}

/* None of it is ever scored, nor makes a session look bad. */
static void
quality_is_not_scored(void **state)
{
	struct build b;

	(void)state;
	build_begin(&b);
	build_play(&b, "flow midstream open other-opinion; gap S; note S truncated; note C desync");
	rules_judge(b.session);
	assert_true(b.session->has_findings);
	assert_int_equal(b.session->severity, SEVERITY_INFO);
	for (const struct finding *f = b.session->findings; f != NULL; f = f->next)
		assert_int_equal(f->score, 0);
	build_end(&b);
}

static void
every_rule_has_cases(void **state)
{
	(void)state;
	judge_covers(cases, TABLE_LENGTH(cases), "capture-");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(findings),
		cmocka_unit_test(left_out_lines_are_told),
		cmocka_unit_test(quality_is_not_scored),
		cmocka_unit_test(every_rule_has_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
