/* What the server's certificates show. */
#include "shared/judge_session.h"

#define DAY INT64_C(86400)
#define NOW INT64_C(1700000000)         /* when the scripts of these tests begin */

#define TEXT(s) { (const uint8_t *)(s), sizeof(s) - 1 }

/* A certificate with nothing wrong about it, and what a case changes. */
#define GOOD \
	.subject = TEXT("CN=mx.example.org"), .issuer = TEXT("CN=Example CA"), \
	.common_name = TEXT("mx.example.org"), .not_before = NOW - 30 * DAY, \
	.not_after = NOW + 60 * DAY, .key_type = "RSA", .key_bits = 2048, .rsa_exponent = 65537, \
	.signature_algorithm = TEXT("sha256WithRSAEncryption"), .has_usage = true, \
	.for_server = true, .has_names = true, .names = TEXT("mx.example.org")
#define ISSUER \
	.position = 1, .subject = TEXT("CN=Example CA"), .issuer = TEXT("CN=Example Root"), \
	.key_type = "RSA", .key_bits = 2048, .rsa_exponent = 65537, .is_ca = true, \
	.signature_algorithm = TEXT("sha256WithRSAEncryption"), .certifies_previous = true

#define FULL "client-hello status; server-hello"

/* Later designators win over those of GOOD and ISSUER: that is how a case says what is wrong. */
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#endif

static const struct {
	struct judge_case  expect;
	struct certificate chain[3];
	size_t             count;
} cases[] = {
	{ { "cert-expired", LOW, PROVEN, FULL, "2 days", 0 },
		{ { GOOD, .not_after = NOW - 2 * DAY } }, 1 },
	{ { "cert-expired", HIGH, PROVEN, "port 465; " FULL, NULL, 0 },
		{ { GOOD, .not_after = NOW - 301 } }, 1 },
	/* near-miss: cert-expired T18 */
	{ { "cert-expired", SILENT, FULL, NULL, 0 }, { { GOOD, .not_after = NOW - 299 } }, 1 },
	{ { "cert-expired", SILENT, FULL, NULL, 0 },
		{ { GOOD }, { ISSUER, .not_after = NOW - 2 * DAY } }, 2 },
	{ { "cert-expired", SILENT, FULL, NULL, 0 }, { { .unreadable = true } }, 1 },
	{ { "cert-not-yet-valid", MEDIUM, LIKELY, "port 465; " FULL, NULL, 0 },
		{ { GOOD, .not_before = NOW + 2 * DAY } }, 1 },
	{ { "cert-not-yet-valid", LOW, LIKELY, FULL, NULL, 0 },
		{ { GOOD, .not_before = NOW + 302 } }, 1 },
	/* near-miss: cert-not-yet-valid T18 */
	{ { "cert-not-yet-valid", SILENT, FULL, NULL, 0 }, { { GOOD, .not_before = NOW + 299 } },
		1 },
	{ { "cert-expiring-soon", LOW, PROVEN, FULL, "13 days", 0 },
		{ { GOOD, .not_after = NOW + 13 * DAY } }, 1 },
	{ { "cert-expiring-soon", SILENT, FULL, NULL, 0 },
		{ { GOOD, .not_after = NOW + 14 * DAY + 9 } }, 1 },
	{ { "cert-expiring-soon", SILENT, FULL, NULL, 0 }, { { GOOD, .not_after = NOW - 400 } },
		1 },

	{ { "cert-self-signed", INFO, PROVEN, FULL, NULL, 0 }, { { GOOD, .self_signed = true } },
		1 },
	{ { "cert-self-signed", MEDIUM, PROVEN, "port 465; " FULL, NULL, 0 },
		{ { GOOD, .self_signed = true } }, 1 },
	/* near-miss: cert-self-signed root */
	{ { "cert-self-signed", SILENT, FULL, NULL, 0 },
		{ { GOOD }, { ISSUER, .self_signed = true } }, 2 },
	{ { "cert-chain-disordered", LOW, PROVEN, FULL, "certificate 1", 0 },
		{ { GOOD }, { ISSUER, .certifies_previous = false } }, 2 },
	{ { "cert-chain-disordered", SILENT, FULL, NULL, 0 }, { { GOOD }, { ISSUER } }, 2 },
	{ { "cert-chain-disordered", SILENT, FULL, NULL, 0 }, { { GOOD }, { .unreadable = true } },
		2 },
	/* fires: cert-weak-key-known */
	{ { "cert-weak-key-known", CRITICAL, PROVEN, FULL, "the key in certificate 0: known", 0 },
		{ { GOOD, .known_weak = "known" } }, 1 },
	{ { "cert-weak-key-known", CRITICAL, PROVEN, FULL, "certificate 1", 0 },
		{ { GOOD }, { ISSUER, .known_weak = "known" } }, 2 },
	/* near-miss: cert-weak-key-known ordinary */
	{ { "cert-weak-key-known", SILENT, FULL, NULL, 0 }, { { GOOD }, { ISSUER } }, 2 },
	/* near-miss: cert-weak-key-known root */
	{ { "cert-weak-key-known", SILENT, FULL, NULL, 0 },
		{ { GOOD }, { ISSUER, .self_signed = true, .known_weak = "known" } }, 2 },

	{ { "cert-no-serverauth-eku", MEDIUM, PROVEN, FULL, NULL, 0 },
		{ { GOOD, .for_server = false } }, 1 },
	{ { "cert-no-serverauth-eku", SILENT, FULL, NULL, 0 },
		{ { GOOD, .has_usage = false, .for_server = false } }, 1 },
	{ { "cert-is-ca", LOW, PROVEN, FULL, NULL, 0 }, { { GOOD, .is_ca = true } }, 1 },
	{ { "cert-is-ca", SILENT, FULL, NULL, 0 }, { { GOOD }, { ISSUER } }, 2 },
	{ { "cert-default-vendor", MEDIUM, LIKELY, FULL, "nobody chose", 0 },
		{ { GOOD, .subject = TEXT("CN=localhost.localdomain,O=SomeOrganization") } }, 1 },
	{ { "cert-default-vendor", SILENT, FULL, NULL, 0 }, { { GOOD } }, 1 },

	{ { "cert-name-mismatch-sni", LOW, PROVEN, FULL, "mx.example.net", 0 },
		{ { GOOD, .names = TEXT("mx.example.net") } }, 1 },
	{ { "cert-name-mismatch-sni", HIGH, PROVEN, "port 465; " FULL, NULL, 0 },
		{ { GOOD, .names = TEXT("*.net") } }, 1 },
	/* near-miss: cert-name-mismatch-sni wildcard */
	{ { "cert-name-mismatch-sni", SILENT, FULL, NULL, 0 },
		{ { GOOD, .names = TEXT("a.example.org,*.example.org") } }, 1 },
	{ { "cert-name-mismatch-sni", SILENT, "client-hello -sni; server-hello", NULL, 0 },
		{ { GOOD, .names = TEXT("mx.example.net") } }, 1 },
	{ { "cert-name-mismatch-sni", SILENT, "client-hello ech; server-hello", NULL, 0 },
		{ { GOOD, .names = TEXT("mx.example.net") } }, 1 },
	{ { "cert-name-mismatch-sni", SILENT,
		  "client-hello sni-address sni=192.0.2.20; server-hello", NULL, 0 },
		{ { GOOD } }, 1 },
	{ { "cert-name-mismatch-banner", LOW, POSSIBLE,
		  "greet mx9.example.org ESMTP; ehlo STARTTLS; ask; agree; " FULL,
		  "mx9.example.org", 0 },
		{ { GOOD } }, 1 },
	{ { "cert-name-mismatch-banner", SILENT, "greet; ehlo STARTTLS; ask; agree; " FULL, NULL,
		  0 },
		{ { GOOD } }, 1 },
	/* near-miss: cert-name-mismatch-banner masked */
	{ { "cert-name-mismatch-banner", SILENT,
		  "greet ***.*** ESMTP; ehlo STARTTLS; ask; agree; " FULL, NULL, 0 },
		{ { GOOD } }, 1 },
	{ { "cert-name-mismatch-banner", SILENT, "greet Welcome; ehlo STARTTLS; ask; agree; " FULL,
		  NULL, 0 },
		{ { GOOD } }, 1 },
	{ { "cert-cn-only", LOW, PROVEN, FULL, NULL, 0 },
		{ { GOOD, .has_names = false, .names = TEXT("") } }, 1 },
	{ { "cert-cn-only", SILENT, FULL, NULL, 0 }, { { GOOD } }, 1 },
	{ { "cert-wildcard-broad", INFO, PROVEN, FULL, NULL, 0 },
		{ { GOOD, .names = TEXT("*.example.org") } }, 1 },
	{ { "cert-wildcard-broad", SILENT, FULL, NULL, 0 }, { { GOOD } }, 1 },

	{ { "cert-rsa-small", CRITICAL, PROVEN, "port 465; " FULL, "1023 bits in certificate 0",
		  0 },
		{ { GOOD, .key_bits = 1023 } }, 1 },
	{ { "cert-rsa-small", MEDIUM, PROVEN, FULL, "certificate 1", 0 },
		{ { GOOD }, { ISSUER, .key_bits = 1024 } }, 2 },
	{ { "cert-rsa-small", SILENT, FULL, NULL, 0 },
		{ { GOOD }, { ISSUER, .key_bits = 1024, .self_signed = true } }, 2 },
	{ { "cert-rsa-small", SILENT, FULL, NULL, 0 },
		{ { GOOD, .key_type = "EC", .key_bits = 256 } }, 1 },
	{ { "cert-ec-small", HIGH, PROVEN, FULL, NULL, 0 },
		{ { GOOD, .key_type = "EC", .key_bits = 192 } }, 1 },
	{ { "cert-ec-small", MEDIUM, PROVEN, FULL, NULL, 0 },
		{ { GOOD, .key_type = "EC", .key_bits = 224 } }, 1 },
	{ { "cert-ec-small", SILENT, FULL, NULL, 0 },
		{ { GOOD, .key_type = "EC", .key_bits = 256 } }, 1 },
	{ { "cert-sig-md5", HIGH, PROVEN, FULL, NULL, 0 }, { { GOOD, .signed_md5 = true } }, 1 },
	/* near-miss: cert-sig-md5 root */
	{ { "cert-sig-md5", SILENT, FULL, NULL, 0 },
		{ { GOOD, .signed_md5 = true, .self_signed = true } }, 1 },
	{ { "cert-sig-sha1", LOW, PROVEN, FULL, "certificate 1", 0 },
		{ { GOOD }, { ISSUER, .signed_sha1 = true } }, 2 },
	{ { "cert-sig-sha1", MEDIUM, PROVEN, "port 465; " FULL, NULL, 0 },
		{ { GOOD, .signed_sha1 = true } }, 1 },
	/* near-miss: cert-sig-sha1 root */
	{ { "cert-sig-sha1", SILENT, FULL, NULL, 0 },
		{ { GOOD }, { ISSUER, .signed_sha1 = true, .self_signed = true } }, 2 },
	{ { "cert-rsa-exponent-small", MEDIUM, PROVEN, FULL, "exponent 3", 0 },
		{ { GOOD, .rsa_exponent = 3 } }, 1 },
	{ { "cert-rsa-exponent-small", MEDIUM, PROVEN, FULL, NULL, 0 },
		{ { GOOD, .rsa_exponent = 65538 } }, 1 },
	{ { "cert-rsa-exponent-small", SILENT, FULL, NULL, 0 }, { { GOOD } }, 1 },
	{ { "cert-rsa-exponent-small", SILENT, FULL, NULL, 0 },
		{ { GOOD, .rsa_exponent = UINT32_MAX } }, 1 },
	{ { "cert-rsa-exponent-small", SILENT, FULL, NULL, 0 },
		{ { GOOD, .key_type = "EC", .key_bits = 256, .rsa_exponent = 0 } }, 1 },

	{ { "cert-hidden", SILENT, FULL "; established", NULL, 0 }, { { GOOD } }, 1 },
};

/* What depends on messages behind the certificate. */
static const struct judge_case staples[] = {
	{ "cert-must-staple-missing", MEDIUM, PROVEN, "encrypted C; encrypted S", NULL, 0 },
	{ "cert-must-staple-missing", SILENT, "handshake S 22; encrypted C; encrypted S", NULL, 0 },
	{ "cert-must-staple-missing", SILENT, "encrypted C", NULL, 0 },
	{ "cert-must-staple-missing", SILENT, "gap S; encrypted C; encrypted S", NULL, 0 },
};

static const struct judge_case without_chain[] = {
	{ "cert-hidden", INFO, PROVEN, "tls 1.3", "encrypts", 0 },
	{ "cert-hidden", INFO, PROVEN,
		"client-hello; server-hello 1.2; encrypted S; encrypted C; established", "resumed",
		0 },
	{ "cert-hidden", SILENT, "client-hello; server-hello 1.3; alert C 2 40", NULL, 0 },
	{ "cert-hidden", SILENT, "client-hello; server-hello 1.2; gap S; encrypted S; established",
		NULL, 0 },
};

static void
judge_with_chain(const struct judge_case *expect, const struct certificate *chain, size_t count,
	const char *then)
{
	struct build b;

	build_begin(&b);
	build_play(&b, then != NULL ? FULL : expect->script);
	build_chain(&b, SERVER, chain, count);
	if (then != NULL)
		build_play(&b, then);
	rules_judge(b.session);
	judge_check(expect, b.session);
	build_end(&b);
}

static void
chains(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++)
		judge_with_chain(&cases[i].expect, cases[i].chain, cases[i].count, NULL);
}

static void
staple(void **state)
{
	static const struct certificate with = { GOOD, .must_staple = true }, without = { GOOD };
	struct judge_case silent = staples[1];

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(staples); i++)
		judge_with_chain(&staples[i], &with, 1, staples[i].script);
	judge_with_chain(&silent, &without, 1, staples[0].script);
}

static const struct {
	struct judge_case         expect;
	struct certificate_status status;
} answers[] = {
	/* fires: cert-revoked-stapled */
	{ { "cert-revoked-stapled", HIGH, PROVEN, FULL, "revoked 2 days before it was captured: keyCompromise", 0 },
		{ TEXT("1234"), true, NOW - 2 * DAY - 1, "keyCompromise" } },
	{ { "cert-revoked-stapled", HIGH, PROVEN, FULL, "revoked 0 days before", 0 },
		{ TEXT("1234"), true, NOW, NULL } },
	/* near-miss: cert-revoked-stapled good */
	{ { "cert-revoked-stapled", SILENT, FULL, NULL, 0 }, { TEXT("1234"), false, 0, NULL } },
	/* near-miss: cert-revoked-stapled other */
	{ { "cert-revoked-stapled", SILENT, FULL, NULL, 0 }, { TEXT("1235"), true, NOW, NULL } },
	/* near-miss: cert-revoked-stapled unread */
	{ { "cert-revoked-stapled", SILENT, FULL, NULL, 0 }, { .revoked = false } },
};

static void
stapled(void **state)
{
	static const struct certificate leaf = { GOOD, .serial = TEXT("1234") };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(answers); i++) {
		bool unread = answers[i].status.serial.len == 0;
		struct build b;

		build_begin(&b);
		build_play(&b, answers[i].expect.script);
		build_chain(&b, SERVER, &leaf, 1);
		build_status(&b, unread ? NULL : &answers[i].status);
		rules_judge(b.session);
		judge_check(&answers[i].expect, b.session);
		build_end(&b);
	}
}

#define ALWAYS .path_from = INT64_MIN, .path_until = INT64_MAX
#define FROM(day, days) .not_before = (day), .not_after = (day) + (days) * DAY

static const struct {
	struct judge_case        expect;
	struct certificate       leaf;
	struct certificate_chain chain;
} trusts[] = {
	/* fires: cert-chain-incomplete */
	{ { "cert-chain-incomplete", LOW, LIKELY, FULL, "with 1 certificates sent: no issuer", 0 }, { GOOD },
		{ .trust = TRUST_INCOMPLETE, .trust_words = "no issuer" } },
	{ { "cert-chain-incomplete", MEDIUM, LIKELY, "port 465; " FULL, NULL, 0 }, { GOOD },
		{ .trust = TRUST_INCOMPLETE } },
	{ { "cert-chain-incomplete", LOW, LIKELY, FULL, "did not hold good", 0 }, { GOOD },
		{ .trust = TRUST_REACHED, .path_from = INT64_MIN, .path_until = NOW - 301 } },
	{ { "cert-chain-incomplete", LOW, LIKELY, FULL, NULL, 0 }, { GOOD },
		{ .trust = TRUST_REACHED, .path_from = NOW + 400, .path_until = INT64_MAX } },
	/* near-miss: cert-chain-incomplete reached */
	{ { "cert-chain-incomplete", SILENT, FULL, NULL, 0 }, { GOOD }, { .trust = TRUST_REACHED, ALWAYS } },
	/* near-miss: cert-chain-incomplete T18 */
	{ { "cert-chain-incomplete", SILENT, FULL, NULL, 0 }, { GOOD },
		{ .trust = TRUST_REACHED, .path_from = INT64_MIN, .path_until = NOW - 200 } },
	/* near-miss: cert-chain-incomplete no-store */
	{ { "cert-chain-incomplete", SILENT, FULL, NULL, 0 }, { GOOD }, { .trust = TRUST_UNASKED } },
	/* near-miss: cert-chain-incomplete self-signed */
	{ { "cert-chain-incomplete", SILENT, FULL, NULL, 0 }, { GOOD, .self_signed = true },
		{ .trust = TRUST_INCOMPLETE } },

	/* fires: cert-untrusted-root */
	{ { "cert-untrusted-root", INFO, LIKELY, FULL, "issued by \"CN=Example CA\"", 0 }, { GOOD },
		{ .trust = TRUST_OUTSIDE } },
	{ { "cert-untrusted-root", MEDIUM, LIKELY, "port 465; " FULL, NULL, 0 }, { GOOD },
		{ .trust = TRUST_OUTSIDE } },
	/* near-miss: cert-untrusted-root incomplete */
	{ { "cert-untrusted-root", SILENT, FULL, NULL, 0 }, { GOOD }, { .trust = TRUST_INCOMPLETE } },
	/* near-miss: cert-untrusted-root no-store */
	{ { "cert-untrusted-root", SILENT, FULL, NULL, 0 }, { GOOD }, { .trust = TRUST_UNASKED } },
	/* near-miss: cert-untrusted-root self-signed */
	{ { "cert-untrusted-root", SILENT, FULL, NULL, 0 }, { GOOD, .self_signed = true },
		{ .trust = TRUST_OUTSIDE } },

	/* fires: cert-lifetime-excessive */
	{ { "cert-lifetime-excessive", LOW, PROVEN, FULL, "399 days; 398 were allowed", 0 },
		{ GOOD, FROM(1598918400, 399) }, { .trust = TRUST_REACHED, ALWAYS } },
	{ { "cert-lifetime-excessive", LOW, PROVEN, FULL, "826 days; 825", 0 },
		{ GOOD, FROM(1598918399, 826) }, { .trust = TRUST_REACHED, ALWAYS } },
	{ { "cert-lifetime-excessive", LOW, PROVEN, FULL, "201 days; 200", 0 },
		{ GOOD, FROM(1773532800, 201) }, { .trust = TRUST_REACHED, ALWAYS } },
	{ { "cert-lifetime-excessive", LOW, PROVEN, FULL, "101 days; 100", 0 },
		{ GOOD, FROM(1805068800, 101) }, { .trust = TRUST_REACHED, ALWAYS } },
	{ { "cert-lifetime-excessive", LOW, PROVEN, FULL, "48 days; 47", 0 },
		{ GOOD, FROM(1868227200, 48) }, { .trust = TRUST_REACHED, ALWAYS } },
	/* near-miss: cert-lifetime-excessive allowed */
	{ { "cert-lifetime-excessive", SILENT, FULL, NULL, 0 }, { GOOD, FROM(1598918400, 398) },
		{ .trust = TRUST_REACHED, ALWAYS } },
	/* near-miss: cert-lifetime-excessive issued-before */
	{ { "cert-lifetime-excessive", SILENT, FULL, NULL, 0 }, { GOOD, FROM(1598918399, 825) },
		{ .trust = TRUST_REACHED, ALWAYS } },
	{ { "cert-lifetime-excessive", SILENT, FULL, NULL, 0 }, { GOOD, FROM(1519862399, 2000) },
		{ .trust = TRUST_REACHED, ALWAYS } },
	/* near-miss: cert-lifetime-excessive private */
	{ { "cert-lifetime-excessive", SILENT, FULL, NULL, 0 }, { GOOD, FROM(1598918400, 3650) },
		{ .trust = TRUST_OUTSIDE } },
	/* near-miss: cert-lifetime-excessive no-store */
	{ { "cert-lifetime-excessive", SILENT, FULL, NULL, 0 }, { GOOD, FROM(1598918400, 3650) },
		{ .trust = TRUST_UNASKED } },
};

static void
trusted(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(trusts); i++) {
		struct certificate_chain chain = trusts[i].chain;
		struct build b;

		chain.certificates = &trusts[i].leaf;
		chain.count = chain.sent = 1;
		build_begin(&b);
		build_play(&b, trusts[i].expect.script);
		build_whole_chain(&b, SERVER, &chain);
		rules_judge(b.session);
		judge_check(&trusts[i].expect, b.session);
		build_end(&b);
	}
}

static void
no_chain(void **state)
{
	(void)state;
	judge_run(without_chain, TABLE_LENGTH(without_chain));
}

static void
every_rule_has_cases(void **state)
{
	enum {
		COUNT = TABLE_LENGTH(cases) + TABLE_LENGTH(staples) + TABLE_LENGTH(answers) +
			TABLE_LENGTH(trusts) +
			TABLE_LENGTH(without_chain),
	};
	struct judge_case all[COUNT];
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++)
		all[count++] = cases[i].expect;
	for (size_t i = 0; i < TABLE_LENGTH(staples); i++)
		all[count++] = staples[i];
	for (size_t i = 0; i < TABLE_LENGTH(answers); i++)
		all[count++] = answers[i].expect;
	for (size_t i = 0; i < TABLE_LENGTH(trusts); i++)
		all[count++] = trusts[i].expect;
	for (size_t i = 0; i < TABLE_LENGTH(without_chain); i++)
		all[count++] = without_chain[i];
	judge_covers(all, count, "cert-");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains),
		cmocka_unit_test(staple),
		cmocka_unit_test(stapled),
		cmocka_unit_test(trusted),
		cmocka_unit_test(no_chain),
		cmocka_unit_test(every_rule_has_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
