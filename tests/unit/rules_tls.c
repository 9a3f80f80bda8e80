/* What the hellos and the key exchange show. */
#include "shared/judge_session.h"

#define ACCESS "port 465; "
#define OAKLEY_2 "3f35a3f5f6c4376a744acad409bb22f8d897f949d2311d885adaa890981b67a0"

static const struct judge_case cases[] = {
	{ "tls-version-ssl2", CRITICAL, PROVEN,
		ACCESS "client-hello ssl2 ssl2-form; server-hello ssl2", NULL, 0 },
	{ "tls-version-ssl2", HIGH, PROVEN, "client-hello ssl2 ssl2-form; server-hello ssl2", NULL,
		0 },
	{ "tls-version-ssl2", LOW, PROVEN, ACCESS "client-hello 1.0 ssl2-form; server-hello 1.0",
		"form", 0 },
	{ "tls-version-ssl2", SILENT, ACCESS "client-hello 1.0; server-hello 1.0", NULL, 0 },
	{ "tls-version-ssl3", CRITICAL, PROVEN, ACCESS "client-hello; server-hello ssl3", NULL, 0 },
	{ "tls-version-ssl3", HIGH, PROVEN, "client-hello; server-hello ssl3", NULL, 0 },
	{ "tls-version-ssl3", SILENT, ACCESS "client-hello ssl3; alert S 2 70", NULL, 0 },
	{ "tls-version-1-0", HIGH, PROVEN, ACCESS "client-hello; server-hello 1.0", NULL, 0 },
	{ "tls-version-1-0", MEDIUM, PROVEN, "client-hello; server-hello 1.0", NULL, 0 },
	{ "tls-version-1-0", SILENT, ACCESS "client-hello 1.0; alert S 2 70", NULL, 0 },
	{ "tls-version-1-1", HIGH, PROVEN, ACCESS "client-hello; server-hello 1.1", NULL, 0 },
	{ "tls-version-1-1", SILENT, ACCESS "client-hello; server-hello 1.2", NULL, 0 },
	{ "tls-client-max-old", MEDIUM, PROVEN, ACCESS "client-hello 1.1; alert S 2 70", NULL, 0 },
	{ "tls-client-max-old", LOW, PROVEN, "client-hello 1.0; server-hello 1.0", NULL, 0 },
	{ "tls-client-max-old", SILENT, ACCESS "client-hello 1.2; server-hello 1.0", NULL, 0 },

	{ "tls-downgrade-sentinel", CRITICAL, PROVEN,
		"client-hello 1.3; server-hello 1.2 sentinel-12; established", "can do more", 0 },
	{ "tls-downgrade-sentinel", CRITICAL, PROVEN,
		"client-hello 1.2; server-hello 1.1 sentinel-11; established", NULL, 0 },
	{ "tls-downgrade-sentinel", MEDIUM, PROVEN,
		"client-hello 1.3; server-hello 1.2 sentinel-12; alert C 2 47", NULL, 0 },
	/* near-miss: tls-downgrade-sentinel no-13 */
	{ "tls-downgrade-sentinel", SILENT,
		"client-hello 1.2; server-hello 1.2 sentinel-12; established", NULL, 0 },
	{ "tls-downgrade-sentinel", SILENT, "client-hello 1.3; server-hello 1.2; established", NULL,
		0 },
	{ "tls-sentinel-expected", INFO, PROVEN, "client-hello 1.2; server-hello 1.2 sentinel-12",
		NULL, 0 },
	{ "tls-sentinel-expected", INFO, PROVEN, "client-hello 1.1; server-hello 1.1 sentinel-11",
		NULL, 0 },
	/* near-miss: tls-sentinel-expected offered-13 */
	{ "tls-sentinel-expected", SILENT, "client-hello 1.3; server-hello 1.2 sentinel-12", NULL,
		0 },
	{ "tls-sentinel-expected", SILENT, "client-hello 1.2; server-hello 1.2", NULL, 0 },
	{ "tls-fallback-scsv", INFO, PROVEN, "client-hello 1.2 scsv; server-hello 1.2", NULL, 0 },
	{ "tls-fallback-scsv", MEDIUM, PROVEN, "client-hello 1.1 scsv; alert S 2 86", "do better",
		0 },
	{ "tls-fallback-scsv", INFO, PROVEN, "client-hello 1.1 scsv; alert C 2 86", NULL, 0 },
	{ "tls-fallback-scsv", INFO, PROVEN, "client-hello 1.1 scsv; alert S 2 70", NULL, 0 },
	{ "tls-fallback-scsv", SILENT, "client-hello 1.2; server-hello 1.2", NULL, 0 },

	{ "tls-cipher-null", CRITICAL, PROVEN, ACCESS "client-hello; server-hello null",
		"TLS_TEST_SUITE", 0 },
	{ "tls-cipher-null", HIGH, PROVEN, "client-hello; server-hello null", NULL, 0 },
	/* near-miss: tls-cipher-null only-offered */
	{ "tls-cipher-null", SILENT, ACCESS "client-hello null; server-hello", NULL, 0 },
	{ "tls-cipher-anon", CRITICAL, PROVEN, ACCESS "client-hello; server-hello anon fs aead",
		NULL, 0 },
	{ "tls-cipher-anon", INFO, PROVEN, "client-hello; server-hello anon fs aead", NULL, 0 },
	/* near-miss: tls-cipher-anon only-offered */
	{ "tls-cipher-anon", SILENT, "client-hello anon; server-hello", NULL, 0 },
	{ "tls-cipher-export", CRITICAL, PROVEN, ACCESS "client-hello; server-hello export des",
		NULL, 0 },
	/* near-miss: tls-cipher-export only-offered */
	{ "tls-cipher-export", SILENT, ACCESS "client-hello export; server-hello", NULL, 0 },
	{ "tls-cipher-rc4", HIGH, PROVEN, ACCESS "client-hello; server-hello rc4", NULL, 0 },
	{ "tls-cipher-rc4", MEDIUM, PROVEN, "client-hello; server-hello rc4", NULL, 0 },
	/* near-miss: tls-cipher-rc4 only-offered */
	{ "tls-cipher-rc4", SILENT, ACCESS "client-hello rc4; server-hello", NULL, 0 },
	{ "tls-cipher-des", HIGH, PROVEN, ACCESS "client-hello; server-hello des cbc", NULL, 0 },
	{ "tls-cipher-des", SILENT, ACCESS "client-hello; server-hello 3des cbc", NULL, 0 },
	{ "tls-cipher-3des", MEDIUM, PROVEN, ACCESS "client-hello; server-hello 3des cbc", NULL,
		0 },
	{ "tls-cipher-3des", LOW, PROVEN, "client-hello; server-hello 3des cbc", NULL, 0 },
	{ "tls-cipher-3des", SILENT, ACCESS "client-hello; server-hello des cbc", NULL, 0 },
	{ "tls-cipher-rc2-idea-seed", HIGH, PROVEN, ACCESS "client-hello; server-hello idea cbc",
		NULL, 0 },
	{ "tls-cipher-rc2-idea-seed", SILENT, ACCESS "client-hello; server-hello cbc", NULL, 0 },
	{ "tls-cipher-no-forward-secrecy", MEDIUM, PROVEN,
		ACCESS "client-hello; server-hello 1.2 aead", NULL, 0 },
	{ "tls-cipher-no-forward-secrecy", LOW, PROVEN, "client-hello; server-hello 1.2 cbc", NULL,
		0 },
	{ "tls-cipher-no-forward-secrecy", SILENT, ACCESS "client-hello; server-hello 1.3 aead",
		NULL, 0 },
	{ "tls-cipher-no-forward-secrecy", SILENT,
		ACCESS "client-hello; server-hello 1.2 unregistered", NULL, 0 },
	{ "tls-cipher-cbc-sha1", LOW, PROVEN, ACCESS "client-hello; server-hello cbc fs", NULL, 0 },
	{ "tls-cipher-cbc-sha1", INFO, PROVEN, "client-hello; server-hello cbc fs etm",
		"encrypt-then-MAC", 0 },
	{ "tls-cipher-cbc-sha1", SILENT, ACCESS "client-hello; server-hello aead fs", NULL, 0 },
	{ "tls-cipher-weak-offered", LOW, PROVEN, ACCESS "client-hello rc4 null; server-hello",
		"NULL RC4", 0 },
	{ "tls-cipher-weak-offered", INFO, PROVEN, "client-hello anon; server-hello", "anonymous",
		0 },
	/* near-miss: tls-cipher-weak-offered 3des */
	{ "tls-cipher-weak-offered", SILENT, ACCESS "client-hello 3des cbc; server-hello", NULL,
		0 },

	{ "tls-dh-group-small", CRITICAL, PROVEN, ACCESS "client-hello; key-exchange dh 1023",
		"1023", 0 },
	{ "tls-dh-group-small", HIGH, PROVEN, ACCESS "client-hello; key-exchange dh 1024", NULL,
		0 },
	{ "tls-dh-group-small", MEDIUM, PROVEN, "client-hello; key-exchange dh 2047", NULL, 0 },
	{ "tls-dh-group-small", SILENT, ACCESS "client-hello; key-exchange dh 2048", NULL, 0 },
	{ "tls-dh-group-small", SILENT, ACCESS "client-hello; key-exchange ec 23", NULL, 0 },
	{ "tls-dh-group-common", HIGH, PROVEN,
		ACCESS "client-hello; key-exchange dh 1024 " OAKLEY_2, "Oakley group 2", 0 },
	{ "tls-dh-group-common", SILENT, ACCESS "client-hello; key-exchange dh 1024 00ff", NULL,
		0 },
	{ "tls-ec-curve-weak", HIGH, PROVEN, ACCESS "client-hello; key-exchange ec 19", "19", 0 },
	{ "tls-ec-curve-weak", MEDIUM, PROVEN, "client-hello; key-exchange explicit", "spelt", 0 },
	{ "tls-ec-curve-weak", MEDIUM, PROVEN, "client-hello; key-exchange ec 15", NULL, 0 },
	{ "tls-ec-curve-weak", SILENT, ACCESS "client-hello; key-exchange ec 21", NULL, 0 },
	{ "tls-ec-curve-weak", SILENT, ACCESS "client-hello; key-exchange ec 29", NULL, 0 },
	{ "tls-ec-curve-weak", SILENT, ACCESS "client-hello; key-exchange dh 2048", NULL, 0 },
	{ "tls-group-pq-hybrid", INFO, PROVEN, "client-hello; server-hello 1.3 hybrid",
		"X25519MLKEM768", 0 },
	{ "tls-group-pq-hybrid", SILENT, "client-hello; server-hello 1.3", NULL, 0 },
	{ "tls-sig-sha1-md5", MEDIUM, PROVEN, ACCESS "client-hello; key-exchange ec 23 sig=0201",
		"SHA-1", 0 },
	{ "tls-sig-sha1-md5", LOW, PROVEN, "client-hello; key-exchange ec 23 sig=0101", "MD5", 0 },
	{ "tls-sig-sha1-md5", SILENT, ACCESS "client-hello; key-exchange ec 23 sig=0401", NULL, 0 },
	{ "tls-sig-sha1-md5", SILENT, ACCESS "client-hello; key-exchange ec 23", NULL, 0 },
	{ "tls-no-ems", LOW, PROVEN, ACCESS "client-hello; server-hello -ems", "the server", 0 },
	{ "tls-no-ems", INFO, PROVEN, "client-hello -ems; server-hello -ems", "the client", 0 },
	/* near-miss: tls-no-ems tls13 */
	{ "tls-no-ems", SILENT, ACCESS "client-hello; server-hello 1.3 -ems", NULL, 0 },
	{ "tls-no-ems", SILENT, ACCESS "client-hello -ems; alert S 2 40", NULL, 0 },
	{ "tls-no-secure-renegotiation", MEDIUM, PROVEN, ACCESS "client-hello; server-hello -reneg",
		"the server", 0 },
	{ "tls-no-secure-renegotiation", LOW, PROVEN, "client-hello -reneg; server-hello -reneg",
		"the client", 0 },
	{ "tls-no-secure-renegotiation", LOW, PROVEN, "client-hello; server-hello ssl3 -reneg",
		NULL, 0 },
	/* near-miss: tls-no-secure-renegotiation tls13 */
	{ "tls-no-secure-renegotiation", SILENT, "client-hello; server-hello 1.3 -reneg", NULL, 0 },
	{ "tls-no-secure-renegotiation", SILENT, "client-hello; server-hello", NULL, 0 },

	{ "tls-renegotiation-observed", INFO, PROVEN, "tls; tls-event renegotiation", NULL, 0 },
	{ "tls-renegotiation-observed", MEDIUM, LIKELY, "tls -reneg; tls-event renegotiation",
		"bound", 0 },
	{ "tls-renegotiation-observed", SILENT, "tls -reneg", NULL, 0 },
	{ "tls-compression", HIGH, PROVEN, ACCESS "client-hello; server-hello compression", NULL,
		0 },
	{ "tls-compression", LOW, PROVEN, ACCESS "client-hello compression; server-hello",
		"only the client", 0 },
	{ "tls-compression", SILENT, ACCESS "client-hello; server-hello", NULL, 0 },
	{ "tls-heartbeat", CRITICAL, PROVEN, "tls; tls-event heartbeat-probe", "more bytes", 0 },
	{ "tls-heartbeat", LOW, PROVEN, "client-hello heartbeat; server-hello heartbeat", NULL, 0 },
	{ "tls-heartbeat", INFO, PROVEN, "client-hello heartbeat; server-hello", NULL, 0 },
	{ "tls-heartbeat", SILENT, "tls", NULL, 0 },
	{ "tls-truncated-hmac", LOW, PROVEN, "client-hello; server-hello truncated-hmac", NULL, 0 },
	{ "tls-truncated-hmac", SILENT, "client-hello truncated-hmac; server-hello", NULL, 0 },
	{ "tls-no-sni", LOW, PROVEN, ACCESS "client-hello -sni; server-hello", NULL, 0 },
	{ "tls-no-sni", INFO, PROVEN, "client-hello -sni; server-hello", NULL, 0 },
	{ "tls-no-sni", SILENT, ACCESS "client-hello; server-hello", NULL, 0 },
	{ "tls-no-sni", SILENT, ACCESS "client-hello -sni ssl2-form 1.0; server-hello 1.0", NULL,
		0 },
	{ "tls-sni-ip-literal", LOW, PROVEN,
		"client-hello sni-address sni=192.0.2.20; server-hello", "192.0.2.20", 0 },
	{ "tls-sni-ip-literal", SILENT, "client-hello; server-hello", NULL, 0 },
	{ "tls-sni-unrecognised", LOW, PROVEN, "client-hello; alert S 1 112; server-hello",
		"mx.example.org", 0 },
	{ "tls-sni-unrecognised", MEDIUM, PROVEN, "client-hello; alert S 2 112", NULL, 0 },
	{ "tls-sni-unrecognised", SILENT, "client-hello; alert C 2 112", NULL, 0 },
	{ "tls-no-alpn", INFO, PROVEN, ACCESS "client-hello; server-hello", NULL, 0 },
	{ "tls-no-alpn", SILENT, "client-hello; server-hello", NULL, 0 },
	{ "tls-no-alpn", SILENT, ACCESS "client-hello alpn=smtp; server-hello", NULL, 0 },
	{ "tls-ech", INFO, PROVEN, "client-hello ech; server-hello", NULL, 0 },
	{ "tls-ech", SILENT, "client-hello; server-hello", NULL, 0 },
	{ "tls-0rtt-offered", LOW, PROVEN, "client-hello early-data; server-hello", NULL, 0 },
	{ "tls-0rtt-offered", SILENT, "client-hello; server-hello", NULL, 0 },
	{ "tls-client-cert-requested", INFO, PROVEN, "client-hello; server-hello; handshake S 13",
		NULL, 0 },
	{ "tls-client-cert-requested", LOW, PROVEN,
		ACCESS "client-hello; server-hello; handshake S 13", "none", 0 },
	{ "tls-client-cert-requested", SILENT, "client-hello; server-hello; handshake S 14", NULL,
		0 },

	{ "tls-handshake-failed", MEDIUM, PROVEN, ACCESS "client-hello; server-hello; alert C 2 48",
		NULL, 0 },
	{ "tls-handshake-failed", LOW, PROVEN, "greet; ehlo STARTTLS; ask; agree; client-hello",
		NULL, 0 },
	{ "tls-handshake-failed", MEDIUM, POSSIBLE, ACCESS "client-hello; server-hello; gap S",
		"missing", 0 },
	{ "tls-handshake-failed", MEDIUM, PROVEN, ACCESS "flow open; client-hello; wait 30", NULL,
		0 },
	{ "tls-handshake-failed", LOW, PROVEN, "greet; ehlo STARTTLS; ask; agree; tls-begin; tls-event hello-cut",
		"inside the client's hello", 0 },
	{ "tls-handshake-failed", MEDIUM, PROVEN, ACCESS "tls-event hello-cut", "inside the client's hello", 0 },
	{ "tls-handshake-failed", MEDIUM, PROVEN, ACCESS "alert S 2 80; tls-event hello-cut",
		"inside the client's hello", 0 },
	{ "tls-handshake-failed", LOW, PROVEN, "greet; ehlo STARTTLS; ask; agree; tls-begin", "cannot be read", 0 },
	{ "tls-handshake-failed", SILENT,
		"flow open; greet; ehlo STARTTLS; ask; agree; tls-begin; tls-event hello-cut", NULL, 0 },
	{ "tls-handshake-failed", SILENT, ACCESS "flow open; tls-event hello-cut", NULL, 0 },
	{ "tls-handshake-failed", SILENT, ACCESS "flow one-sided; tls-event hello-cut", NULL, 0 },
	/* near-miss: tls-handshake-failed T2 */
	{ "tls-handshake-failed", SILENT,
		"greet; ehlo STARTTLS; ask; agree; tls-begin; gap C; tls-event hello-cut", NULL, 0 },
	{ "tls-handshake-failed", SILENT, "port 587; greet; note C tls-on-plain-port; tls-event hello-cut", NULL, 0 },
	{ "tls-handshake-failed", SILENT, ACCESS "flow open; client-hello; wait 29", NULL, 0 },
	{ "tls-handshake-failed", SILENT, ACCESS "flow one-sided; client-hello", NULL, 0 },
	{ "tls-handshake-failed", SILENT, ACCESS "tls 1.3", NULL, 0 },
	{ "tls-handshake-failed", SILENT, "port 587; greet; client-hello", NULL, 0 },
	{ "tls-handshake-failed", SILENT, "greet; ehlo STARTTLS; ask; agree", NULL, 0 },
};

static const struct certificate leaf = { .subject = { (const uint8_t *)"CN=mx.example.org", 17 },
	.issuer = { (const uint8_t *)"CN=FortiGate CA,O=Fortinet", 26 } };

/* What only certificates show. */
static const struct judge_case with_certificates[] = {
	{ "tls-client-cert-sent", INFO, PROVEN, ACCESS "client-hello; server-hello", NULL, 0 },
	{ "tls-client-cert-sent", LOW, PROVEN, "client-hello; server-hello", NULL, 0 },
	{ "tls-no-ems", MEDIUM, PROVEN, ACCESS "client-hello; server-hello -ems", NULL, 0 },
	{ "tls-client-cert-requested", INFO, PROVEN,
		ACCESS "client-hello; server-hello; handshake S 13", NULL, 0 },
	{ "tls-interception-suspected", MEDIUM, LIKELY, "client-hello; server-hello",
		"FortiGate CA", 0 },
};

static const struct judge_case without_certificates[] = {
	{ "tls-client-cert-sent", SILENT, ACCESS "client-hello; server-hello; handshake S 13", NULL,
		0 },
	{ "tls-interception-suspected", SILENT, "client-hello; server-hello", NULL, 0 },
};

static void
findings(void **state)
{
	(void)state;
	judge_run(cases, TABLE_LENGTH(cases));
	judge_run(without_certificates, TABLE_LENGTH(without_certificates));
}

static void
findings_about_certificates(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(with_certificates); i++) {
		struct build b;

		build_begin(&b);
		build_play(&b, with_certificates[i].script);
		build_chain(&b, SERVER, &leaf, 1);
		build_chain(&b, CLIENT, &leaf, 1);
		rules_judge(b.session);
		judge_check(&with_certificates[i], b.session);
		build_end(&b);
	}
}

static void
every_rule_has_cases(void **state)
{
	enum {
		COUNT = TABLE_LENGTH(cases) + TABLE_LENGTH(with_certificates) +
		        TABLE_LENGTH(without_certificates),
	};
	struct judge_case all[COUNT];

	(void)state;
	memcpy(all, cases, sizeof(cases));
	memcpy(all + TABLE_LENGTH(cases), with_certificates, sizeof(with_certificates));
	memcpy(all + TABLE_LENGTH(cases) + TABLE_LENGTH(with_certificates), without_certificates,
		sizeof(without_certificates));
	judge_covers(all, COUNT, "tls-");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(findings),
		cmocka_unit_test(findings_about_certificates),
		cmocka_unit_test(every_rule_has_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
