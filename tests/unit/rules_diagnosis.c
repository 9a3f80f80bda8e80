/* Why mail does not flow, and why handshakes fail. */
#include "shared/judge_session.h"

#define TLS_FAILS "greet; ehlo STARTTLS; ask; agree; client-hello 1.2; "

/* A ClientHello that fills a packet, behind what the server acknowledged. */
#define BIG_HELLO "greet; ehlo STARTTLS; ask; agree; client-hello 1.3; shape C seq 141 offset 140 length 1448; "
#define BIG_AGAIN "shape C seq 141 offset 140 length 1448 again; "

static const struct judge_case cases[] = {
	{ "diag-implicit-tls-to-starttls-port", LOW, PROVEN,
		"port 587; client-hello; tls-event reply", "587", 0 },
	{ "diag-implicit-tls-to-starttls-port", LOW, PROVEN, "port 587; greet; client-hello", NULL,
		0 },
	{ "diag-implicit-tls-to-starttls-port", LOW, PROVEN,
		"port 587; greet; note C tls-on-plain-port", NULL, 0 },
	/* near-miss: diag-implicit-tls-to-starttls-port answered */
	{ "diag-implicit-tls-to-starttls-port", SILENT, "port 587; tls 1.3", NULL, 0 },
	{ "diag-implicit-tls-to-starttls-port", SILENT, TLS_FAILS "tls-event reply", NULL, 0 },
	{ "diag-implicit-tls-to-starttls-port", SILENT, "port 587; client-hello", NULL, 0 },
	{ "diag-implicit-tls-to-starttls-port", SILENT, "port 587; client-hello; tls-event text", NULL, 0 },
	{ "diag-implicit-tls-to-starttls-port", SILENT, "port 465; say EHLO; alert S 2 10", NULL,
		0 },

	{ "diag-plaintext-wait-on-implicit-port", LOW, LIKELY, "port 465; wait 12", "12 seconds",
		0 },
	/* near-miss: diag-plaintext-wait-on-implicit-port T15 */
	{ "diag-plaintext-wait-on-implicit-port", SILENT, "port 465; wait 9", NULL, 0 },
	/* near-miss: diag-plaintext-wait-on-implicit-port greeted */
	{ "diag-plaintext-wait-on-implicit-port", SILENT, "port 465; wait 20; greet", NULL, 0 },
	/* near-miss: diag-plaintext-wait-on-implicit-port other-port */
	{ "diag-plaintext-wait-on-implicit-port", SILENT, "port 587; wait 20", NULL, 0 },
	/* near-miss: diag-plaintext-wait-on-implicit-port T3 */
	{ "diag-plaintext-wait-on-implicit-port", SILENT, "flow midstream; port 465; wait 20", NULL,
		0 },
	{ "diag-silent-connection", INFO, PROVEN, "port 587; wait 12", NULL, 0 },
	{ "diag-silent-connection", INFO, PROVEN, "port 587; wait 10", NULL, 0 },
	/* near-miss: diag-silent-connection known-service */
	{ "diag-silent-connection", SILENT, "port 465; wait 12", NULL, 0 },
	/* near-miss: diag-silent-connection T15 */
	{ "diag-silent-connection", SILENT, "port 587; wait 1", NULL, 0 },
	{ "diag-slow-greeting", INFO, PROVEN, "wait 20; greet; ehlo SIZE", "20 seconds", 0 },
	{ "diag-slow-greeting", SILENT, "wait 9; greet; ehlo SIZE", NULL, 0 },
	/* near-miss: diag-slow-greeting T3 */
	{ "diag-slow-greeting", SILENT, "flow midstream; wait 20; greet", NULL, 0 },
	{ "diag-plaintext-to-implicit-port", LOW, PROVEN, "port 465; say EHLO; alert S 2 10", NULL,
		0 },
	{ "diag-plaintext-to-implicit-port", LOW, LIKELY, "port 465; say EHLO", "assigned", 0 },
	/* near-miss: diag-plaintext-to-implicit-port greeted */
	{ "diag-plaintext-to-implicit-port", SILENT, "port 465; greet; say EHLO", NULL, 0 },
	/* near-miss: diag-plaintext-to-implicit-port T5 */
	{ "diag-plaintext-to-implicit-port", SILENT, "flow one-sided; port 465; say EHLO", NULL,
		0 },

	{ "diag-starttls-required-530", LOW, PROVEN, "greet; ehlo STARTTLS; refused-for tls; quit",
		NULL, 0 },
	{ "diag-starttls-required-530", LOW, POSSIBLE,
		"greet; ehlo STARTTLS|AUTH PLAIN; refused-for either; quit", "ambiguous", 0 },
	/* near-miss: diag-starttls-required-530 T2 */
	{ "diag-starttls-required-530", SILENT, "greet; ehlo STARTTLS; refused-for tls; gap C; quit",
		NULL, 0 },
	{ "diag-starttls-required-530", SILENT, "greet; gap C; ehlo STARTTLS; refused-for tls",
		NULL, 0 },
	/* near-miss: diag-starttls-required-530 login */
	{ "diag-starttls-required-530", SILENT, "greet; ehlo AUTH PLAIN; refused-for login; quit",
		NULL, 0 },
	/* near-miss: diag-starttls-required-530 upgraded */
	{ "diag-starttls-required-530", SILENT,
		"greet; ehlo STARTTLS; refused-for tls; ask; agree; tls", NULL, 0 },
	{ "diag-auth-required-530", INFO, PROVEN, "greet; ehlo AUTH PLAIN; refused-for login; quit",
		NULL, 0 },
	{ "diag-auth-required-530", SILENT, "greet; ehlo STARTTLS; refused-for tls; quit", NULL,
		0 },
	/* near-miss: diag-auth-required-530 ambiguous */
	{ "diag-auth-required-530", SILENT, "greet; ehlo STARTTLS; refused-for either; quit", NULL,
		0 },
	{ "diag-starttls-required-then-upgraded", INFO, PROVEN,
		"greet; ehlo STARTTLS; refused-for tls; ask; agree; tls", NULL, 0 },
	/* near-miss: diag-starttls-required-then-upgraded failed */
	{ "diag-starttls-required-then-upgraded", SILENT,
		"greet; ehlo STARTTLS; refused-for tls; ask; agree; client-hello", NULL, 0 },
	{ "diag-starttls-required-then-upgraded", SILENT,
		"greet; ehlo STARTTLS; ask; refuse 454; refused-for tls; quit", NULL, 0 },

	/* stays: diag-client-requires-tls-none-offered T15 */
	{ "diag-client-requires-tls-none-offered", LOW, POSSIBLE, "greet; ehlo SIZE; quit",
		"monitor", 0 },
	{ "diag-client-requires-tls-none-offered", LOW, POSSIBLE, "greet; ehlo SIZE", NULL, 0 },
	{ "diag-client-requires-tls-none-offered", SILENT, "greet; quit", NULL, 0 },
	{ "diag-client-requires-tls-none-offered", SILENT, "greet; ehlo STARTTLS; quit", NULL, 0 },
	/* near-miss: diag-client-requires-tls-none-offered later */
	{ "diag-client-requires-tls-none-offered", SILENT, "greet; ehlo SIZE; wait 6; quit", NULL,
		0 },
	{ "diag-client-requires-tls-none-offered", SILENT, "greet; ehlo SIZE; mail; quit", NULL,
		0 },
	{ "diag-client-requires-tls-none-offered", SILENT, "flow open; greet; ehlo SIZE", NULL, 0 },
	{ "diag-client-requires-tls-none-offered", SILENT, "flow reset; greet; ehlo SIZE", NULL, 0 },
	{ "diag-client-requires-tls-none-offered", LOW, POSSIBLE, "flow reset; greet; ehlo SIZE; quit", NULL, 0 },
	{ "diag-client-requires-tls-none-offered", SILENT, "flow server-closes; greet; ehlo SIZE",
		NULL, 0 },
	/* near-miss: diag-client-requires-tls-none-offered T2 */
	{ "diag-client-requires-tls-none-offered", SILENT, "greet; gap S; ehlo SIZE; quit", NULL,
		0 },

	{ "diag-starttls-agreed-no-handshake", LOW, PROVEN, "greet; ehlo STARTTLS; ask; agree",
		NULL, 0 },
	{ "diag-starttls-agreed-no-handshake", LOW, PROVEN,
		"flow open; greet; ehlo STARTTLS; ask; agree; wait 10", NULL, 0 },
	/* near-miss: diag-starttls-agreed-no-handshake tail-open */
	{ "diag-starttls-agreed-no-handshake", SILENT,
		"flow open; greet; ehlo STARTTLS; ask; agree; wait 9", NULL, 0 },
	{ "diag-starttls-agreed-no-handshake", SILENT, TLS_FAILS, NULL, 0 },
	/* near-miss: diag-starttls-agreed-no-handshake T2 */
	{ "diag-starttls-agreed-no-handshake", SILENT, "greet; ehlo STARTTLS; ask; agree; gap C",
		NULL, 0 },
	{ "diag-starttls-agreed-no-handshake", SILENT,
		"greet; ehlo STARTTLS; ask; agree; note C plaintext-after-agree QUIT", NULL, 0 },
	{ "diag-starttls-agreed-no-handshake", LOW, PROVEN,
		"greet; ehlo STARTTLS; ask; agree; note C plaintext-after-agree ?; "
		"note C unknown-verb ?",
		"neither TLS nor a command", 0 },
	{ "diag-starttls-agreed-no-handshake", SILENT,
		"greet; ehlo STARTTLS; ask; agree; note C plaintext-after-agree ?; "
		"note C unknown-verb ?; note S plaintext-after-agree 500",
		NULL, 0 },
	{ "diag-starttls-agreed-no-handshake", SILENT, "greet; ehlo STARTTLS; ask; agree; quit",
		NULL, 0 },
	{ "diag-starttls-agreed-no-handshake", SILENT,
		"greet; ehlo STARTTLS; ask; agree; ask; refuse 503", NULL, 0 },
	{ "diag-starttls-agreed-no-handshake", SILENT,
		"greet; ehlo STARTTLS; ask; agree; note C plaintext-before-tls RSET", NULL, 0 },
	{ "diag-starttls-before-ehlo", LOW, PROVEN, "greet; note C starttls-early; ask; refuse 503",
		NULL, 1 },
	{ "diag-starttls-before-ehlo", SILENT, "greet; ehlo STARTTLS; ask; agree; tls", NULL, 0 },
	{ "diag-starttls-syntax", LOW, PROVEN,
		"greet; ehlo STARTTLS; note C starttls-misspelt STLS", NULL, 1 },
	{ "diag-starttls-syntax", LOW, PROVEN, "greet; ehlo STARTTLS; ask argument; refuse 501",
		"argument", 0 },
	{ "diag-starttls-syntax", SILENT, "greet; ehlo STARTTLS; ask argument; agree; tls", NULL,
		0 },
	/* near-miss: diag-starttls-syntax from-server */
	{ "diag-starttls-syntax", SILENT, "greet; ehlo XTARTTLS; quit", NULL, 0 },

	{ "diag-tls-policy-bounce", LOW, PROVEN, "greet; ehlo SIZE; refused-for weak-tls; quit",
		NULL, 0 },
	/* near-miss: diag-tls-policy-bounce greylist */
	{ "diag-tls-policy-bounce", SILENT, "greet; ehlo SIZE; refused-for greylist; quit", NULL,
		0 },
	{ "diag-greylisting-or-rate-limit", INFO, PROVEN,
		"greet; ehlo SIZE; refused-for greylist; quit", NULL, 0 },
	/* near-miss: diag-greylisting-or-rate-limit policy */
	{ "diag-greylisting-or-rate-limit", SILENT, "greet; ehlo SIZE; refused-for weak-tls; quit",
		NULL, 0 },
	{ "diag-service-unavailable-greeting", INFO, PROVEN, "greeting 554; quit", NULL, 0 },
	{ "diag-service-unavailable-greeting", INFO, PROVEN, "greeting 421", NULL, 0 },
	{ "diag-service-unavailable-greeting", INFO, PROVEN, "greeting 400", NULL, 0 },
	{ "diag-service-unavailable-greeting", INFO, PROVEN, "greeting 502", NULL, 0 },
	{ "diag-service-unavailable-greeting", SILENT, "greeting 200; quit", NULL, 0 },
	{ "diag-service-unavailable-greeting", SILENT, "greeting 220; quit", NULL, 0 },
	{ "diag-wrong-protocol", LOW, PROVEN, "greet; note C wrong-protocol LOGIN", NULL, 1 },
	/* near-miss: diag-wrong-protocol unknown-verb */
	{ "diag-wrong-protocol", SILENT, "greet; note C unknown-verb HELO2", NULL, 0 },

	{ "diag-mtu-blackhole", LOW, LIKELY, BIG_HELLO BIG_AGAIN BIG_AGAIN BIG_AGAIN "shape S seq 1 acked 140",
		"1448 bytes of the handshake was sent 3 times more", 3 },
	/* near-miss: diag-mtu-blackhole few */
	{ "diag-mtu-blackhole", SILENT, BIG_HELLO BIG_AGAIN BIG_AGAIN "shape S seq 1 acked 140", NULL, 0 },
	/* near-miss: diag-mtu-blackhole acknowledged */
	{ "diag-mtu-blackhole", SILENT, BIG_HELLO BIG_AGAIN BIG_AGAIN BIG_AGAIN "shape S seq 1 acked 1588", NULL, 0 },

	{ "diag-tls-timeout-server-silent", LOW, PROVEN, TLS_FAILS "wait 10", "10 seconds", 0 },
	{ "diag-tls-timeout-server-silent", SILENT, TLS_FAILS "wait 9", NULL, 0 },
	{ "diag-tls-timeout-server-silent", SILENT, TLS_FAILS "server-hello; wait 10", NULL, 0 },
	/* near-miss: diag-tls-timeout-server-silent answered */
	{ "diag-tls-timeout-server-silent", SILENT, TLS_FAILS "alert S 2 40; wait 10", NULL, 0 },
	{ "diag-tls-timeout-server-silent", SILENT, TLS_FAILS "tls-event reply; wait 10", NULL, 0 },
	/* near-miss: diag-tls-timeout-server-silent T2 */
	{ "diag-tls-timeout-server-silent", SILENT, TLS_FAILS "gap S; wait 10", NULL, 0 },

	{ "diag-cert-rejected-by-client", LOW, PROVEN, TLS_FAILS "server-hello; alert C 2 48",
		"unknown_ca", 0 },
	{ "diag-cert-rejected-by-client", LOW, POSSIBLE,
		"port 465; client-hello; server-hello 1.3; encrypted S; encrypted C",
		"size of an alert", 0 },
	{ "diag-cert-rejected-by-client", SILENT, TLS_FAILS "server-hello; alert S 2 48", NULL, 0 },
	{ "diag-cert-rejected-by-client", SILENT, TLS_FAILS "server-hello; alert C 2 47", NULL, 0 },
	{ "diag-cert-rejected-by-client", SILENT,
		"flow server-closes; port 465; client-hello; server-hello 1.3; encrypted S; "
		"encrypted C",
		NULL, 0 },
	/* near-miss: diag-cert-rejected-by-client finished */
	{ "diag-cert-rejected-by-client", SILENT,
		"port 465; client-hello; server-hello 1.3; encrypted S; encrypted C; established",
		NULL, 0 },
	{ "diag-cert-rejected-by-server", LOW, PROVEN, TLS_FAILS "server-hello; alert S 2 42",
		"client's", 0 },
	{ "diag-cert-rejected-by-server", SILENT, TLS_FAILS "server-hello; alert C 2 42", NULL, 0 },

	{ "diag-tls-hs-garbage", LOW, PROVEN, TLS_FAILS "alert S 2 10", "client sent", 0 },
	{ "diag-tls-hs-garbage", LOW, PROVEN, TLS_FAILS "alert C 2 50", "server sent", 0 },
	{ "diag-tls-hs-garbage", SILENT, TLS_FAILS "alert S 1 10", NULL, 0 },
	{ "diag-tls-hs-crypto", LOW, PROVEN, TLS_FAILS "alert S 2 51", "decrypt_error", 0 },
	{ "diag-tls-hs-crypto", LOW, PROVEN, TLS_FAILS "alert S 2 115", "shared key", 0 },
	{ "diag-tls-hs-crypto", SILENT, TLS_FAILS "alert S 2 40", NULL, 0 },
	{ "diag-tls-hs-no-overlap", LOW, PROVEN, TLS_FAILS "alert S 2 40", "in common", 0 },
	{ "diag-tls-hs-no-overlap", LOW, PROVEN, TLS_FAILS "alert S 2 120", "ALPN", 0 },
	{ "diag-tls-hs-no-overlap", SILENT, TLS_FAILS "alert S 2 70", NULL, 0 },
	{ "diag-tls-hs-no-overlap", SILENT, "greet; ehlo STARTTLS; ask; agree; tls; alert S 2 40",
		NULL, 0 },
	{ "diag-tls-hs-illegal", LOW, PROVEN, TLS_FAILS "server-hello; alert C 2 47", "downgraded",
		0 },
	{ "diag-tls-hs-illegal", SILENT, TLS_FAILS "alert S 2 80", NULL, 0 },
	{ "diag-tls-hs-version", LOW, PROVEN, TLS_FAILS "alert S 2 70", "client is too old", 0 },
	{ "diag-tls-hs-version", LOW, PROVEN, TLS_FAILS "server-hello 1.0; alert C 2 70",
		"server is too old", 0 },
	{ "diag-tls-hs-version", LOW, PROVEN, TLS_FAILS "alert S 2 70", "from the server", 0 },
	{ "diag-tls-hs-version", SILENT, TLS_FAILS "alert S 2 71", NULL, 0 },
	{ "diag-tls-hs-weak", LOW, PROVEN, TLS_FAILS "alert S 2 71", "client is too weak", 0 },
	{ "diag-tls-hs-weak", SILENT, TLS_FAILS "alert S 2 70", NULL, 0 },
	{ "diag-tls-hs-internal", LOW, PROVEN, TLS_FAILS "alert S 2 80", "misconfigured", 0 },
	{ "diag-tls-hs-internal", SILENT, TLS_FAILS "alert S 2 255", NULL, 0 },
	{ "diag-tls-hs-canceled", LOW, PROVEN, TLS_FAILS "server-hello; alert C 1 90", "declined",
		0 },
	{ "diag-tls-hs-canceled", LOW, PROVEN, TLS_FAILS "server-hello; alert C 1 0", NULL, 0 },
	{ "diag-tls-hs-canceled", SILENT, "greet; ehlo STARTTLS; ask; agree; tls; alert C 1 0",
		NULL, 0 },
	{ "diag-tls-hs-extension", LOW, PROVEN, TLS_FAILS "server-hello; alert C 2 110",
		"not offered", 0 },
	{ "diag-tls-hs-extension", SILENT, TLS_FAILS "alert S 2 112", NULL, 0 },
};

/* The scripts begin in November 2023. */
static const struct certificate valid = { .not_before = 1690000000, .not_after = 1800000000,
	.common_name = { (const uint8_t *)"mx.example.org", 14 } };
static const struct certificate others = { .not_before = 1690000000, .not_after = 1800000000,
	.common_name = { (const uint8_t *)"www.example.org", 15 } };
static const struct certificate expired = { .not_before = 1600000000, .not_after = 1690000000 };
static const struct certificate own = { .not_before = 1690000000, .not_after = 1800000000, .self_signed = true };

static const struct {
	struct judge_case         expect;
	const struct certificate *certificate;
} with_certificates[] = {
	{ { "diag-clock-skew", LOW, LIKELY, "alert C 2 45", "valid at capture", 0 }, &valid },
	{ { "diag-clock-skew", LOW, POSSIBLE, "alert C 2 42", NULL, 0 }, &valid },
	/* near-miss: diag-clock-skew expired */
	{ { "diag-clock-skew", SILENT, "alert C 2 45", NULL, 0 }, &expired },
	{ { "diag-clock-skew", SILENT, "alert C 2 48", NULL, 0 }, &valid },
	{ { "diag-clock-skew", LOW, LIKELY, "alert C 2 45", "valid at capture", 0 }, &own },
	{ { "diag-clock-skew", SILENT, "alert C 2 42", NULL, 0 }, &own },
	{ { "diag-clock-skew", SILENT, "alert C 2 42", NULL, 0 }, &others },
	{ { "diag-clock-skew", SILENT, "established", NULL, 0 }, &valid },
	{ { "diag-cert-rejected-by-client", LOW, LIKELY, "wait 1", "without an alert", 0 },
		&valid },
	{ { "diag-cert-rejected-by-client", SILENT, "flow server-closes", NULL, 0 }, &valid },
	{ { "diag-cert-rejected-by-client", SILENT, "flow open", NULL, 0 }, &valid },
	{ { "diag-cert-rejected-by-client", SILENT, "encrypted C", NULL, 0 }, &valid },
	/* near-miss: diag-cert-rejected-by-client T2 */
	{ { "diag-cert-rejected-by-client", SILENT, "gap C", NULL, 0 }, &valid },
};

static void
findings(void **state)
{
	(void)state;
	judge_run(cases, TABLE_LENGTH(cases));
}

static void
findings_about_certificates(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(with_certificates); i++) {
		struct build b;

		build_begin(&b);
		build_play(&b, "port 465; client-hello; server-hello 1.2");
		build_chain(&b, SERVER, with_certificates[i].certificate, 1);
		build_play(&b, with_certificates[i].expect.script);
		rules_judge(b.session);
		judge_check(&with_certificates[i].expect, b.session);
		build_end(&b);
	}
}

static void
every_rule_has_cases(void **state)
{
	enum {
		COUNT = TABLE_LENGTH(cases) + TABLE_LENGTH(with_certificates),
	};
	struct judge_case all[COUNT];

	(void)state;
	memcpy(all, cases, sizeof(cases));
	for (size_t i = 0; i < TABLE_LENGTH(with_certificates); i++)
		all[TABLE_LENGTH(cases) + i] = with_certificates[i].expect;
	judge_covers(all, COUNT, "diag-");
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
