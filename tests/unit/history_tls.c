/* What earlier sessions teach of a server's TLS: versions, suites, keys, certificates. */
#include "shared/footprints.h"

#include "model/policy.h"

/* What the hellos and the choice amount to. */
#define TLS12    " hello server-hello established version 0x303 traits 0x1C00"
#define TLS13    " hello server-hello established version 0x304 traits 0x0C00"
#define TLS11    " hello server-hello established version 0x302 traits 0x1980"
#define TLS10    " hello server-hello established version 0x301 traits 0x1980"
#define BARE     " hello server-hello established version 0x303 traits 0x180"
#define MODERN   " offers-version 0x304 offers-13 offers-strong"
#define DATED    " offers-version 0x303 offers-strong"

/* Versions and suites --------------------------------------------------------------------------- */

static const struct story_case versions[] = {
	/* fires: tls-version-below-mutual */
	{ "tls-version-below-mutual", SEVERITY_HIGH, CONFIDENCE_LIKELY, 0, false, TLS13 MODERN ";" TLS12 MODERN,
		"TLSv1.2 was chosen; the client offers TLSv1.3, and the server chose TLSv1.3" },
	STORY("tls-version-below-mutual", HIGH, LIKELY, TLS12 DATED ";" TLS11 DATED),
	/* one client's session shows it, another's is judged by it */
	STORY("tls-version-below-mutual", HIGH, LIKELY, TLS12 DATED ";" TLS10 DATED " client 203.0.113.9"),
	/* near-miss: tls-version-below-mutual T13 another machine behind the address */
	STORY_SILENT("tls-version-below-mutual", TLS13 MODERN ";" TLS12 MODERN " greets mx2.example.com"),
	STORY_SILENT("tls-version-below-mutual", TLS13 MODERN ";" TLS12 MODERN " syn 128,8,1460,mss"),
	STORY_SILENT("tls-version-below-mutual", TLS13 MODERN " list SIZE;" TLS12 MODERN " list SIZE,ETRN"),
	/* ... but not because the offer or the logins come and go */
	STORY("tls-version-below-mutual", HIGH, LIKELY,
		TLS13 MODERN " list SIZE,STARTTLS;" TLS12 MODERN " list SIZE,AUTH"),
	/* near-miss: tls-version-below-mutual client the client offers no more */
	STORY_SILENT("tls-version-below-mutual", TLS13 MODERN ";" TLS12 DATED),
	/* near-miss: tls-version-below-mutual server it never chose the version in between */
	STORY_SILENT("tls-version-below-mutual", TLS13 MODERN ";" TLS11 DATED),
	/* near-miss: tls-version-below-mutual later a session is not judged by a later one */
	STORY_SILENT("tls-version-below-mutual", TLS12 MODERN ";" TLS13 MODERN),
	/* near-miss: tls-version-below-mutual T20 the version is what was chosen, not what a record claims */
	STORY_SILENT("tls-version-below-mutual", TLS13 MODERN ";" TLS13 MODERN),
	/* near-miss: tls-version-below-mutual T21 a resumed session keeps its version */
	STORY_SILENT("tls-version-below-mutual", TLS13 MODERN ";" TLS12 MODERN " resumed"),
	/* near-miss: tls-version-below-mutual T15 a scanner tries the versions out */
	STORY_SILENT("tls-version-below-mutual", TLS13 MODERN ";" TLS12 MODERN " scanner"),
	/* near-miss: tls-version-below-mutual stale longer ago than a month */
	STORY_SILENT("tls-version-below-mutual", TLS13 MODERN "; after 31d" TLS12 MODERN),
	/* near-miss: tls-version-below-mutual vantage what another place saw is another memory */
	STORY_SILENT("tls-version-below-mutual", TLS13 MODERN " vantage outside;" TLS12 MODERN),

	/* fires: tls-server-no-13 */
	{ "tls-server-no-13", SEVERITY_INFO, CONFIDENCE_PROVEN, 0, false, "times 10" TLS12 MODERN, "in 10 sessions" },
	/* near-miss: tls-server-no-13 count nine sessions */
	STORY_SILENT("tls-server-no-13", "times 9" TLS12 MODERN),
	/* near-miss: tls-server-no-13 client TLS 1.3 was not offered */
	STORY_SILENT("tls-server-no-13", "times 9" TLS12 MODERN "; times 5" TLS12 DATED),
	/* near-miss: tls-server-no-13 once it was chosen before */
	STORY_SILENT("tls-server-no-13", TLS13 MODERN "; times 10" TLS12 MODERN),
	/* near-miss: tls-server-no-13 repeat it is said once */
	STORY_SILENT("tls-server-no-13", "times 11" TLS12 MODERN),

	/* fires: tls-fallback-scsv */
	{ "tls-fallback-scsv", SEVERITY_MEDIUM, CONFIDENCE_LIKELY, 0, false,
		TLS13 MODERN ";" TLS12 DATED " scsv", "ignores the signal" },
	/* near-miss: tls-fallback-scsv best it is the server's best */
	STORY_SILENT("tls-fallback-scsv", TLS12 MODERN ";" TLS12 DATED " scsv"),
	STORY_SILENT("tls-fallback-scsv", TLS13 MODERN ";" TLS12 DATED),

	/* fires: tls-server-prefers-weak */
	STORY("tls-server-prefers-weak", MEDIUM, LIKELY, TLS12 DATED ";" BARE DATED),
	STORY("tls-server-prefers-weak", MEDIUM, LIKELY,
		TLS12 DATED "; hello server-hello version 0x303 traits 0x1808" DATED),
	/* near-miss: tls-server-prefers-weak client nothing strong was offered */
	STORY_SILENT("tls-server-prefers-weak", TLS12 DATED ";" BARE " offers-version 0x303"),
	/* near-miss: tls-server-prefers-weak server it never chose a strong one */
	STORY_SILENT("tls-server-prefers-weak", "times 3" BARE DATED),
	/* near-miss: tls-server-prefers-weak version strong in TLS 1.3 alone says nothing of TLS 1.2 */
	STORY_SILENT("tls-server-prefers-weak", TLS13 MODERN ";" BARE DATED),
	/* near-miss: tls-server-prefers-weak dated CBC with forward secrecy is not weak */
	STORY_SILENT("tls-server-prefers-weak",
		TLS12 DATED "; hello server-hello version 0x303 traits 0x1980" DATED),
	/* near-miss: tls-server-prefers-weak relay no identity between relays */
	STORY_SILENT("tls-server-prefers-weak",
		TLS12 DATED "; hello server-hello version 0x303 traits 0x2C02" DATED),
	STORY("tls-server-prefers-weak", MEDIUM, LIKELY,
		TLS12 DATED " access; hello server-hello version 0x303 traits 0x2C02 access" DATED),
	/* near-miss: tls-server-prefers-weak T21 a resumed session keeps its suite */
	STORY_SILENT("tls-server-prefers-weak", TLS12 DATED ";" BARE DATED " resumed"),

	/* fires: diag-tls-hs-no-overlap */
	{ "diag-tls-hs-no-overlap", SEVERITY_LOW, CONFIDENCE_LIKELY, 0, false,
		"times 3" TLS12 DATED "; hello offers-version 0x301", "never a version that the client offers" },
	{ "diag-tls-hs-no-overlap", SEVERITY_LOW, CONFIDENCE_LIKELY, 0, false,
		"times 3" TLS12 DATED "; hello offers-version 0x303", "always such a suite" },
	{ "diag-tls-hs-no-overlap", SEVERITY_LOW, CONFIDENCE_LIKELY, 0, false,
		"times 3" TLS12 DATED "; hello" DATED, "the signature algorithm" },
	/* near-miss: diag-tls-hs-no-overlap first nothing is known of the server */
	STORY_SILENT("diag-tls-hs-no-overlap", "hello" DATED),
	STORY_SILENT("diag-tls-hs-no-overlap", "times 3" TLS12 DATED ";" TLS12 DATED),
};

/* Hellos that a server cannot stand ------------------------------------------------------------- */

#define FAILS    " hello offers-version 0x304 offers-13 offers-strong offers-pq"
#define WITHOUT  TLS12 " offers-version 0x303 offers-strong"
#define TWO_PAIRS FAILS ";" WITHOUT ";" FAILS ";" WITHOUT ";"

static const struct story_case intolerance[] = {
	/* fires: tls-intolerance */
	{ "tls-intolerance", SEVERITY_LOW, CONFIDENCE_LIKELY, 0, false, TWO_PAIRS FAILS ";" WITHOUT,
		"TLS 1.3, hybrid post-quantum groups" },
	/* near-miss: tls-intolerance count two pairs */
	STORY_SILENT("tls-intolerance", TWO_PAIRS),
	/* near-miss: tls-intolerance tries three failures before one success are one pair */
	STORY_SILENT("tls-intolerance", "times 3" FAILS ";" WITHOUT),
	/* near-miss: tls-intolerance same the success has the feature too */
	STORY_SILENT("tls-intolerance", TWO_PAIRS FAILS ";" TLS12 " offers-13 offers-pq"),
	/* near-miss: tls-intolerance others another client's hello with it is answered */
	STORY_SILENT("tls-intolerance", TWO_PAIRS FAILS ";" TLS12 " offers-13 offers-pq client 203.0.113.9;" WITHOUT),
	/* near-miss: tls-intolerance client the success is another client's */
	STORY_SILENT("tls-intolerance", TWO_PAIRS FAILS ";" WITHOUT " client 203.0.113.9"),
	/* near-miss: tls-intolerance T2 bytes are missing */
	STORY_SILENT("tls-intolerance", TWO_PAIRS FAILS " no whole;" WITHOUT),
	/* near-miss: tls-intolerance open the capture ended first */
	STORY_SILENT("tls-intolerance", TWO_PAIRS FAILS " open;" WITHOUT),
	/* near-miss: tls-intolerance answered the hello was answered, what failed came later */
	STORY_SILENT("tls-intolerance", TWO_PAIRS FAILS " server-hello version 0x303;" WITHOUT),
	/* near-miss: tls-intolerance later the success came much later */
	STORY_SILENT("tls-intolerance", TWO_PAIRS FAILS "; after 2h" WITHOUT),
};

/* Share of weak sessions ------------------------------------------------------------------------ */

static const struct story_case fleet[] = {
	/* fires: posture-weak-tls-fleet */
	{ "posture-weak-tls-fleet", SEVERITY_LOW, CONFIDENCE_PROVEN, 0, false,
		"times 10" TLS12 ";" TLS11 ";" BARE,
		"2 of the first 12 sessions under TLS: 1 below TLS 1.2, 1 without" },
	STORY("posture-weak-tls-fleet", MEDIUM, PROVEN, "times 6" TLS12 "; times 4" TLS10),
	STORY("posture-weak-tls-fleet", HIGH, PROVEN, "times 10" BARE),
	/* near-miss: posture-weak-tls-fleet count nine sessions */
	STORY_SILENT("posture-weak-tls-fleet", "times 9" TLS10),
	/* near-miss: posture-weak-tls-fleet share one of ten is not more than 10 % */
	STORY_SILENT("posture-weak-tls-fleet", "times 9" TLS12 ";" TLS10),
	/* near-miss: posture-weak-tls-fleet repeat once for a service */
	STORY_SILENT("posture-weak-tls-fleet", "times 11" BARE),
	/* near-miss: posture-weak-tls-fleet T15 scanners try weak TLS */
	STORY_SILENT("posture-weak-tls-fleet", "times 9" TLS12 "; times 5" TLS10 " scanner;" TLS12),
	/* near-miss: posture-weak-tls-fleet service other ports are other services */
	STORY_SILENT("posture-weak-tls-fleet", "times 9" TLS10 ";" TLS10 " server 192.0.2.20,587"),
	/* near-miss: posture-weak-tls-fleet failed nothing crossed under it */
	STORY_SILENT("posture-weak-tls-fleet", "times 10 hello server-hello version 0x301 traits 0x180"),
	/* near-miss: posture-weak-tls-fleet unknown a suite without a name is not known to be weak */
	STORY_SILENT("posture-weak-tls-fleet", "times 10 hello server-hello established version 0x303"),
};

/* Keys ------------------------------------------------------------------------------------------ */

#define SHARE TLS12 " share aabb"
#define TICKET TLS12 " ticket 00112233445566778899aabbccddeeff"

static const struct story_case keys[] = {
	/* fires: tls-dh-param-reuse */
	STORY("tls-dh-param-reuse", MEDIUM, PROVEN, "times 3" SHARE),
	STORY("tls-dh-param-reuse", MEDIUM, PROVEN, "times 4" SHARE " client 203.0.113.*"),
	/* near-miss: tls-dh-param-reuse count twice */
	STORY_SILENT("tls-dh-param-reuse", "times 2" SHARE),
	/* near-miss: tls-dh-param-reuse fresh another key share */
	STORY_SILENT("tls-dh-param-reuse", "times 2" SHARE ";" TLS12 " share ccdd"),
	/* near-miss: tls-dh-param-reuse T17 one handshake captured three times */
	STORY_SILENT("tls-dh-param-reuse", "times 3" SHARE " random 00112233445566778899aabbccddeeff"),
	/* near-miss: tls-dh-param-reuse service another service with the same share */
	STORY_SILENT("tls-dh-param-reuse", "times 2" SHARE ";" SHARE " server 192.0.2.21"),

	/* fires: tls-resumption-no-ticket-rotation */
	{ "tls-resumption-no-ticket-rotation", SEVERITY_LOW, CONFIDENCE_POSSIBLE, 0, false,
		TICKET "; after 8d" TICKET, "for 8 days" },
	/* near-miss: tls-resumption-no-ticket-rotation days seven days */
	STORY_SILENT("tls-resumption-no-ticket-rotation", TICKET "; after 7d" TICKET),
	/* near-miss: tls-resumption-no-ticket-rotation rotated another name */
	STORY_SILENT("tls-resumption-no-ticket-rotation", TICKET "; after 8d" TLS12 " ticket ffeeddccbbaa99887766"),
	/* near-miss: tls-resumption-no-ticket-rotation none no ticket was given */
	STORY_SILENT("tls-resumption-no-ticket-rotation", TLS12 "; after 8d" TLS12),

	/* fires: cross-protocol-shared-cert */
	{ "cross-protocol-shared-cert", SEVERITY_LOW, CONFIDENCE_PROVEN, 0, false,
		TLS12 " key 1;" TLS12 " key 1 protocol imap server 192.0.2.20,143", "another protocol: smtp" },
	STORY("cross-protocol-shared-cert", LOW, PROVEN,
		TLS12 " key 1;" TLS12 " key 1 server 192.0.2.21 greets web.example.org"),
	/* near-miss: cross-protocol-shared-cert key another key */
	STORY_SILENT("cross-protocol-shared-cert", TLS12 " key 1;" TLS12 " key 2 protocol imap"),
	/* near-miss: cross-protocol-shared-cert T13 two addresses of one host */
	STORY_SILENT("cross-protocol-shared-cert", TLS12 " key 1;" TLS12 " key 1 server 2001:db8::20"),
	/* near-miss: cross-protocol-shared-cert T21 no certificate was shown */
	STORY_SILENT("cross-protocol-shared-cert", TLS13 ";" TLS13 " protocol imap"),
	/* near-miss: cross-protocol-shared-cert unknown nothing tells which protocol it is */
	STORY_SILENT("cross-protocol-shared-cert", TLS12 " key 1;" TLS12 " key 1 protocol tls"),
	/* near-miss: cross-protocol-shared-cert repeat it is said once of each */
	STORY_SILENT("cross-protocol-shared-cert", TLS12 " key 1; times 2" TLS12 " key 1 protocol imap"),
};

/* Certificates ---------------------------------------------------------------------------------- */

#define OLD  TLS12 " key 1 days -50,40 issuer CN=R10,O=Let's"
#define GOOD TLS12 " key 1 days -50,40 issuer CN=R10"
#define EVIL TLS12 " key 9 days -5,400 issuer CN=Box"
#define SEEN_BOTH "times 6 client 10.*.0.1" GOOD ";" EVIL " client 203.0.113.1; times 6 client 10.1*.0.1" GOOD ";"

static const struct story_case certificates[] = {
	/* fires: cert-changed */
	{ "cert-changed", SEVERITY_INFO, CONFIDENCE_PROVEN, 0, false,
		GOOD ";" TLS12 " key 2 days 0,90 issuer CN=R10", "a renewal by its looks" },
	{ "cert-changed", SEVERITY_INFO, CONFIDENCE_PROVEN, 0, false,
		GOOD "; after 41d" TLS12 " key 2 days 40,130 issuer CN=R10", "ended 1 days ago" },
	{ "cert-changed", SEVERITY_INFO, CONFIDENCE_PROVEN, 0, false, GOOD ";" EVIL, "not a renewal" },
	{ "cert-changed", SEVERITY_INFO, CONFIDENCE_PROVEN, 0, false,
		TLS12 " key 1 days -50,400 issuer CN=R10;" TLS12 " key 2 days 0,90 issuer CN=R10",
		"not a renewal by its looks; the old certificate ends 399 days from now, and the issuer is the same" },
	/* near-miss: cert-changed same the certificate was renewed with its key */
	STORY_SILENT("cert-changed", GOOD ";" TLS12 " key 1 days 0,90 issuer CN=R10"),
	/* near-miss: cert-changed T13 another machine behind the address */
	STORY_SILENT("cert-changed", GOOD ";" TLS12 " key 2 days 0,90 greets mx2.example.com"),
	/* near-miss: cert-changed name another name was asked for */
	STORY_SILENT("cert-changed", GOOD " sni a.example;" TLS12 " key 2 days 0,90 sni b.example"),
	/* near-miss: cert-changed T21 no certificate was shown */
	STORY_SILENT("cert-changed", GOOD ";" TLS13),
	/* near-miss: cert-changed two certificates that take turns are told of once */
	STORY_SILENT("cert-changed", GOOD ";" EVIL ";" GOOD ";" EVIL),

	/* fires: cert-changed-path-split */
	STORY("cert-changed-path-split", HIGH, LIKELY, SEEN_BOTH "times 8 client 203.0.11*.1" EVIL),
	/* near-miss: cert-changed-path-split count five against five can be chance */
	STORY_SILENT("cert-changed-path-split", "client 10.0.0.1" GOOD "; client 203.0.113.1" EVIL
		"; times 5 client 10.1*.0.1" GOOD "; times 4 client 203.0.11*.9" EVIL),
	/* near-miss: cert-changed-path-split T13 one network is shown both */
	STORY_SILENT("cert-changed-path-split",
		SEEN_BOTH "times 8 client 203.0.11*.1" EVIL "; client 10.1.0.1" EVIL),
	/* near-miss: cert-changed-path-split T13 one issuer for both */
	STORY_SILENT("cert-changed-path-split", "times 6 client 10.*.0.1" GOOD
		"; client 203.0.113.1 key 9 issuer CN=R10" TLS12 "; times 6 client 10.1*.0.1" GOOD
		"; times 8 client 203.0.11*.1 key 9 issuer CN=R10" TLS12),
	/* near-miss: cert-changed-path-split renewed the old one is seen no more */
	STORY_SILENT("cert-changed-path-split", "times 12 client 10.*.0.1" GOOD "; times 8 client 203.0.11*.1" EVIL),
	/* near-miss: cert-changed-path-split hours the same network counts once an hour */
	STORY_SILENT("cert-changed-path-split", SEEN_BOTH "times 20 client 203.0.113.1" EVIL),
	/* near-miss: cert-changed-path-split T18 long ago */
	STORY_SILENT("cert-changed-path-split", SEEN_BOTH "after 7h times 8 client 203.0.11*.1" EVIL),

	/* fires: downgrade-server-substituted */
	STORY("downgrade-server-substituted", HIGH, POSSIBLE,
		SEEN_BOTH GOOD "; client 203.0.113.1 greets evil.example" TLS12 " key 8 issuer CN=Other;"
			GOOD "; client 203.0.113.1 greets evil.example" TLS12 " key 8 issuer CN=Other"),
	STORY("downgrade-server-substituted", HIGH, LIKELY,
		"times 10 client 10.*.0.1" GOOD "; client 203.0.113.1 greets evil.example" EVIL
			"; times 8 client 10.2*.0.1" GOOD "; times 6 client 203.0.11*.1 greets evil.example" EVIL),
	/* near-miss: downgrade-server-substituted banner the greeting is the same */
	STORY_SILENT("downgrade-server-substituted", SEEN_BOTH "times 8 client 203.0.11*.1" EVIL),
	/* near-miss: downgrade-server-substituted T14 no greeting to compare, under TLS from the first byte */
	STORY_SILENT("downgrade-server-substituted", SEEN_BOTH "client 203.0.113.1 greets , product ," EVIL),
	/* near-miss: downgrade-server-substituted T13 the same clients see both */
	STORY_SILENT("downgrade-server-substituted", "times 10 client 10.*.0.1" GOOD
		"; client 10.1.0.1 greets evil.example" EVIL "; client 10.12.0.1" GOOD
		"; client 10.1.0.1 greets evil.example" EVIL),
	/* near-miss: downgrade-server-substituted moved the old server is seen no more */
	STORY_SILENT("downgrade-server-substituted", "times 10 client 10.*.0.1" GOOD
		"; times 3 client 203.0.113.1 greets evil.example" EVIL),
};

/* The organisation tells authorities apart, not their issuing certificates; texts here may hold commas and blanks. */
static void
a_renewal_by_another_issuing_certificate(void **state)
{
	static const struct {
		const char *issuer[2];
		const char *reason;
	} cases[] = {
		{ { "CN=R10,O=Let's Encrypt,C=US", "CN=E5,O=Let's Encrypt,C=US" }, "the issuer is the same" },
		{ { "CN=R10,O=Let's Encrypt,C=US", "CN=R10,O=Box,C=US" }, "the issuer is another" },
		{ { "CN=R10,O=A\\, Inc.,C=US", "CN=R10,O=A\\, Ltd.,C=US" }, "the issuer is another" },
		{ { "CN=Box\\,O=A,O=B", "CN=Box,O=A" }, "the issuer is another" },
	};
	struct budget budget = { .limit = 64u << 20 };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		static struct story story;
		const struct hindsight hindsight = { story_hear_insight, story_hear_signal, &story.heard };
		void *memory = history_tls.create(&budget, NULL);

		for (size_t n = 0; n < 2; n++) {
			memset(&story, 0, sizeof(story));
			story_build(&story, TLS12 " days 0,30");
			story.foot.leaf.spki_sha256[0] = (uint8_t)n;
			story.foot.leaf.issuer = span_of(cases[i].issuer[n]);
			story.foot.started_ns = FOOTPRINT_BASE * FOOTPRINT_SECOND;
			history_tls.take(memory, &story.foot, &hindsight);
		}
		assert_non_null(heard_insight(&story.heard, "cert-changed"));
		if (!span_has(heard_insight(&story.heard, "cert-changed")->reasons, cases[i].reason))
			fail_msg("%s: %s", cases[i].issuer[1], story.heard.reasons[0]);
		history_tls.destroy(memory);
	}
	assert_int_equal(budget.used, 0);
}

/* Interception ---------------------------------------------------------------------------------- */

#define USUAL TLS12 " key 1 ja3 client ja3s server issuer CN=R10"
#define BOX   TLS12 " key 2 ja3 client ja3s box issuer CN=Box"

static const struct story_case interception[] = {
	/* fires: tls-interception-suspected */
	{ "tls-interception-suspected", SEVERITY_MEDIUM, CONFIDENCE_POSSIBLE, 0, false, "times 10" USUAL ";" BOX,
		"here by \"CN=Box\"" },
	{ "tls-interception-suspected", SEVERITY_MEDIUM, CONFIDENCE_LIKELY, 0, false,
		"times 10" USUAL ";" BOX ";" USUAL ";" BOX, "still given to others" },
	/* near-miss: tls-interception-suspected count nine sessions are no baseline */
	STORY_SILENT("tls-interception-suspected", "times 9" USUAL ";" BOX),
	/* near-miss: tls-interception-suspected renewed another issuer, the same answer */
	STORY_SILENT("tls-interception-suspected",
		"times 10" USUAL ";" TLS12 " key 2 ja3 client ja3s server issuer CN=Other"),
	/* near-miss: tls-interception-suspected updated another answer, the same issuer */
	STORY_SILENT("tls-interception-suspected",
		"times 10" USUAL ";" TLS12 " key 1 ja3 client ja3s box issuer CN=R10"),
	/* near-miss: tls-interception-suspected client the hello was another one */
	STORY_SILENT("tls-interception-suspected",
		"times 10" USUAL ";" TLS12 " key 2 ja3 other ja3s box issuer CN=Box"),
	/* near-miss: tls-interception-suspected T21 no certificate was shown */
	STORY_SILENT("tls-interception-suspected", "times 10" USUAL ";" TLS13 " ja3 client ja3s box"),
	/* near-miss: tls-interception-suspected settled the service was set up anew, for all */
	STORY_SILENT("tls-interception-suspected", "times 10" USUAL "; times 11" BOX),
};

static void
interception_that_the_policy_lists(void **state)
{
	const struct span listed[] = { span_of("no such box"), span_of("CN=box") };
	const struct policy policy = {
		.interception = listed,
		.interception_count = 2,
		.thresholds = policy_thresholds_default(),
	};
	const struct story_case test = { "tls-interception-suspected", SEVERITY_INFO, CONFIDENCE_POSSIBLE, 0, false,
		"times 10" USUAL ";" BOX, "the policy lists this issuer" };

	(void)state;
	story_check(&test, &history_tls, &policy);
}

/* What the policy draws elsewhere: silent with the one, there with the other. */
static void
lines_of_the_policy(void **state)
{
	static const struct {
		struct policy_thresholds lines;
		const char              *kind, *script;
		bool                     there;
	} cases[] = {
		{ { .window_days = 40 }, "tls-version-below-mutual", TLS13 MODERN "; after 31d" TLS12 MODERN, true },
		{ { .window_days = 5 }, "tls-version-below-mutual", TLS13 MODERN "; after 6d" TLS12 MODERN, false },
		{ { .split_hours = 8, .split_observations = 5 }, "cert-changed-path-split",
			SEEN_BOTH "after 7h times 8 client 203.0.11*.1" EVIL, true },
		{ { .split_hours = 6, .split_observations = 9 }, "cert-changed-path-split",
			SEEN_BOTH "times 8 client 203.0.11*.1" EVIL, false },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		const struct policy policy = { .thresholds = cases[i].lines };
		static struct story usual, drawn;

		story_run(&usual, &history_tls, NULL, NULL, cases[i].script);
		story_run(&drawn, &history_tls, &policy, NULL, cases[i].script);
		assert_int_equal(heard_insight(&usual.heard, cases[i].kind) == NULL, cases[i].there);
		assert_int_equal(heard_insight(&drawn.heard, cases[i].kind) != NULL, cases[i].there);
	}
}

/* All -------------------------------------------------------------------------------------------- */

#define CHECK(name) \
	static void \
	check_##name(void **state) \
	{ \
		(void)state; \
		for (size_t i = 0; i < TABLE_LENGTH(name); i++) \
			story_check(&name[i], &history_tls, NULL); \
	}

CHECK(versions)
CHECK(intolerance)
CHECK(fleet)
CHECK(keys)
CHECK(certificates)
CHECK(interception)

/* A finding names the sessions it rests on, oldest first, and none but earlier ones. */
static void
links_are_earlier_sessions(void **state)
{
	static const struct {
		const char *kind, *script;
		size_t      count;
	} cases[] = {
		{ "tls-version-below-mutual", TLS13 MODERN ";" TLS12 MODERN, 1 },
		{ "tls-server-no-13", "times 10" TLS12 MODERN, 8 },
		{ "tls-dh-param-reuse", "times 3" SHARE, 2 },
		{ "tls-intolerance", TWO_PAIRS FAILS ";" WITHOUT, 5 },
		{ "posture-weak-tls-fleet", "times 8" TLS12 "; times 2" TLS10, 1 },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		static struct story story;
		const struct insight *insight;

		story_run(&story, &history_tls, NULL, NULL, cases[i].script);
		insight = heard_insight(&story.heard, cases[i].kind);
		assert_non_null(insight);
		assert_int_equal(insight->link_count, cases[i].count);
		for (size_t n = 0; n < insight->link_count; n++)
			if (insight->links[n] >= story.foot.session_id ||
			    (n > 0 && insight->links[n] <= insight->links[n - 1]))
				fail_msg("%s: link %zu", cases[i].kind, n);
	}
}

/* Without room it is silent, and gives back what it took. */
static void
a_spent_budget(void **state)
{
	(void)state;
	for (size_t limit = 1 << 10; limit < 4u << 20; limit *= 2) {
		struct budget budget = { .limit = limit };
		void *memory = history_tls.create(&budget, NULL);
		static struct story story;

		memset(&story, 0, sizeof(story));
		if (memory == NULL)
			continue;
		story_tell(&story, &history_tls, memory, "times 250 every 1s server 10.*.0.1 share ab key 1" TLS12);
		assert_true(budget.used <= limit);
		history_tls.destroy(memory);
		assert_int_equal(budget.used, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_versions),
		cmocka_unit_test(check_intolerance),
		cmocka_unit_test(check_fleet),
		cmocka_unit_test(check_keys),
		cmocka_unit_test(check_certificates),
		cmocka_unit_test(a_renewal_by_another_issuing_certificate),
		cmocka_unit_test(check_interception),
		cmocka_unit_test(interception_that_the_policy_lists),
		cmocka_unit_test(lines_of_the_policy),
		cmocka_unit_test(links_are_earlier_sessions),
		cmocka_unit_test(a_spent_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
