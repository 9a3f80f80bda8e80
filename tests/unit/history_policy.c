/* What a policy says of sessions: each question where it strikes, and where it must not. */
#include "shared/footprints.h"

#include "cli/policy_file.h"

/* Mail from our server to example.com in clear, unless the rest of the script says otherwise. */
#define OUT "client 10.0.0.25 server 198.51.100.20 greets mx.example.com application exposed 48 " \
	"sender example.org recipients example.com "
#define INSIDE "internal_networks = [ \"10.0.0.0/8\" ]; "

#define STS(mode, more) \
	"mta_sts = ( { domain = \"example.com\"; mode = \"" mode "\"; mx = [ \"mx.example.com\" ]; " more "} ); "
#define TLSA(records, more) "tlsa = ( { host = \"mx.example.com\"; records = [ " records " ]; " more "} ); "
#define KEY(byte) byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte
#define RECORD(fields, byte) "\"" fields " " KEY(byte) KEY(byte) "\""
#define PARTNER(what) "partners = ( { " what " } ); "

static const struct row {
	const char       *policy;
	struct story_case story;
} rows[] = {
	/* fires: posture-mtasts-violation */
	{ INSIDE STS("enforce", ""), STORY("posture-mtasts-violation", HIGH, PROVEN, OUT) },
	{ STS("enforce", ""), STORY("posture-mtasts-violation", HIGH, PROVEN, OUT) },
	{ INSIDE STS("enforce", ""), STORY("posture-mtasts-violation", HIGH, PROVEN,
		OUT "recipients example.net,EXAMPLE.com") },
	{ INSIDE STS("enforce", ""), STORY("posture-mtasts-violation", INFO, PROVEN,
		OUT "client 203.0.113.5 server 10.0.0.25") },
	{ INSIDE STS("enforce", ""), STORY("posture-mtasts-violation", HIGH, LIKELY, OUT "greets mx.example.net") },
	{ INSIDE STS("enforce", ""), STORY("posture-mtasts-violation", HIGH, PROVEN, OUT "exposed 16") },
	{ INSIDE STS("enforce", "from = \"2025-12-05\"; until = \"2025-12-06\"; "),
		STORY("posture-mtasts-violation", HIGH, PROVEN, OUT) },
	/* near-miss: posture-mtasts-violation testing */
	{ INSIDE STS("testing", ""), STORY_SILENT("posture-mtasts-violation", OUT) },
	{ INSIDE STS("none", ""), STORY_SILENT("posture-mtasts-violation", OUT) },
	/* near-miss: posture-mtasts-violation snapshot */
	{ INSIDE STS("enforce", "from = \"2025-12-06\"; "), STORY_SILENT("posture-mtasts-violation", OUT) },
	{ INSIDE STS("enforce", "until = \"2025-12-05\"; "), STORY_SILENT("posture-mtasts-violation", OUT) },
	/* near-miss: posture-mtasts-violation other-domain */
	{ INSIDE STS("enforce", ""), STORY_SILENT("posture-mtasts-violation", OUT "recipients lists.example.com") },
	{ INSIDE STS("enforce", ""), STORY_SILENT("posture-mtasts-violation", OUT "recipients example.co") },
	/* near-miss: posture-mtasts-violation protected */
	{ INSIDE STS("enforce", ""), STORY_SILENT("posture-mtasts-violation", OUT "exposed 3 established") },
	/* near-miss: posture-mtasts-violation submission */
	{ INSIDE STS("enforce", ""), STORY_SILENT("posture-mtasts-violation", OUT "access") },
	/* near-miss: posture-mtasts-violation T8 */
	{ INSIDE STS("enforce", ""), STORY_SILENT("posture-mtasts-violation",
		OUT "server 10.0.0.30 greets filter.example.org") },
	{ STS("enforce", "") "trusted_hops = ( [ \"10.0.0.25\", \"198.51.100.20\" ] );",
		STORY_SILENT("posture-mtasts-violation", OUT) },
	/* near-miss: posture-mtasts-violation T7 */
	{ STS("enforce", ""), STORY_SILENT("posture-mtasts-violation", OUT "client 198.51.100.20") },
	/* stays: posture-mtasts-violation T23 */
	{ STS("enforce", "") "protected_paths = ( [ \"10.0.0.0/8\", \"198.51.100.0/24\" ] );",
		STORY("posture-mtasts-violation", HIGH, POSSIBLE, OUT) },

	/* fires: posture-dane-violation */
	{ INSIDE TLSA(RECORD("3 1 1", "11"), ""), STORY("posture-dane-violation", HIGH, PROVEN, OUT) },
	{ INSIDE TLSA(RECORD("0 0 1", "11"), ""), STORY("posture-dane-violation", HIGH, PROVEN, OUT) },
	{ INSIDE TLSA(RECORD("3 1 1", "11"), "domain = \"example.com\"; "),
		STORY("posture-dane-violation", HIGH, LIKELY, OUT "greets mx.example.net") },
	{ INSIDE "servers = ( { network = \"198.51.100.20\"; name = \"mx.example.com\"; } );"
	  TLSA(RECORD("3 1 1", "11"), ""),
		STORY("posture-dane-violation", HIGH, PROVEN, OUT "greets balancer recipients example.net") },
	/* near-miss: posture-dane-violation port */
	{ INSIDE TLSA(RECORD("3 1 1", "11"), "port = 587; "), STORY_SILENT("posture-dane-violation", OUT) },
	/* near-miss: posture-dane-violation snapshot */
	{ INSIDE TLSA(RECORD("3 1 1", "11"), "until = \"2025-12-01\"; "), STORY_SILENT("posture-dane-violation", OUT) },
	/* near-miss: posture-dane-violation other-host */
	{ INSIDE TLSA(RECORD("3 1 1", "11"), ""), STORY_SILENT("posture-dane-violation", OUT "greets mx.example.net") },
	{ INSIDE "servers = ( { network = \"198.51.100.20\"; name = \"mx.example.net\"; } );"
	  TLSA(RECORD("3 1 1", "11"), ""),
		STORY_SILENT("posture-dane-violation", OUT) },
	/* near-miss: posture-dane-violation protected */
	{ INSIDE TLSA(RECORD("3 1 1", "11"), ""), STORY_SILENT("posture-dane-violation", OUT "exposed 3") },
	/* near-miss: posture-dane-violation T8 */
	{ TLSA(RECORD("3 1 1", "11"), "") "trusted_hops = ( [ \"10.0.0.25\", \"198.51.100.20\" ] );",
		STORY_SILENT("posture-dane-violation", OUT) },
	{ INSIDE TLSA(RECORD("3 1 1", "11"), "domain = \"example.com\"; "),
		STORY_SILENT("posture-dane-violation", OUT "server 10.0.0.30 greets filter.example.org") },

	/* fires: posture-partner-policy-violation */
	{ INSIDE PARTNER("domain = \"example.com\";"), STORY("posture-partner-policy-violation", HIGH, PROVEN, OUT) },
	{ PARTNER("domain = \"example.com\";"), STORY("posture-partner-policy-violation", HIGH, LIKELY, OUT) },
	{ INSIDE PARTNER("domain = \".example.com\";"),
		STORY("posture-partner-policy-violation", HIGH, PROVEN, OUT "recipients a.b.example.com") },
	{ INSIDE PARTNER("domain = \"example.com\";"), STORY("posture-partner-policy-violation", HIGH, LIKELY,
		OUT "client 203.0.113.5 server 10.0.0.25 sender example.com recipients example.org") },
	{ PARTNER("network = \"198.51.100.0/24\";"), STORY("posture-partner-policy-violation", HIGH, PROVEN, OUT) },
	{ PARTNER("network = \"10.0.0.25\";"), STORY("posture-partner-policy-violation", HIGH, PROVEN,
		OUT "access exposed 8") },
	{ PARTNER("network = \"198.51.100.0/24\"; least_version = \"TLSv1.2\";"),
		STORY("posture-partner-policy-violation", HIGH, PROVEN, OUT "exposed 3 established version 770") },
	/* near-miss: posture-partner-policy-violation protected */
	{ PARTNER("network = \"198.51.100.0/24\"; least_version = \"TLSv1.2\";"),
		STORY_SILENT("posture-partner-policy-violation", OUT "exposed 3 established version 771") },
	{ PARTNER("network = \"198.51.100.0/24\";"),
		STORY_SILENT("posture-partner-policy-violation", OUT "exposed 3 established version 769") },
	/* near-miss: posture-partner-policy-violation unfinished */
	{ PARTNER("network = \"198.51.100.0/24\"; least_version = \"TLSv1.2\";"),
		STORY_SILENT("posture-partner-policy-violation", OUT "exposed 3 version 769") },
	/* near-miss: posture-partner-policy-violation nothing-sent */
	{ PARTNER("network = \"198.51.100.0/24\";"),
		STORY_SILENT("posture-partner-policy-violation", OUT "exposed 3 no application") },
	/* near-miss: posture-partner-policy-violation other-domain */
	{ INSIDE PARTNER("domain = \".example.com\";"), STORY_SILENT("posture-partner-policy-violation", OUT) },
	{ INSIDE PARTNER("domain = \"example.com\";"),
		STORY_SILENT("posture-partner-policy-violation", OUT "recipients a.example.com") },
	{ INSIDE PARTNER("domain = \".example.com\";"),
		STORY_SILENT("posture-partner-policy-violation", OUT "recipients notexample.com") },
	/* near-miss: posture-partner-policy-violation sender */
	{ INSIDE PARTNER("domain = \"example.org\";"), STORY_SILENT("posture-partner-policy-violation", OUT) },
	/* near-miss: posture-partner-policy-violation T8 */
	{ INSIDE PARTNER("domain = \"example.com\";"),
		STORY_SILENT("posture-partner-policy-violation", OUT "server 10.0.0.30") },
	{ PARTNER("network = \"198.51.100.0/24\";") "trusted_hops = ( [ \"10.0.0.25\", \"198.51.100.20\" ] );",
		STORY_SILENT("posture-partner-policy-violation", OUT) },
	/* stays: posture-partner-policy-violation T23 */
	{ PARTNER("network = \"198.51.100.0/24\";") "protected_paths = ( [ \"198.51.100.20\", \"10.0.0.0/8\" ] );",
		STORY("posture-partner-policy-violation", HIGH, POSSIBLE, OUT) },

	/* fires: cert-name-mismatch-mx */
	{ STS("enforce", ""), STORY("cert-name-mismatch-mx", HIGH, PROVEN,
		"sni mx.example.com key 1 names other.example.com") },
	{ STS("enforce", ""), STORY("cert-name-mismatch-mx", HIGH, PROVEN, "sni mx.example.com key 1") },
	{ STS("testing", ""), STORY("cert-name-mismatch-mx", INFO, PROVEN,
		"sni mx.example.com key 1 names other.example.com") },
	{ STS("enforce", ""), STORY("cert-name-mismatch-mx", HIGH, LIKELY,
		"greets mx.example.com key 1 names other.example.com") },
	{ INSIDE "servers = ( { network = \"192.0.2.20\"; name = \"mx.example.com\"; } );",
		STORY("cert-name-mismatch-mx", INFO, PROVEN, "key 1 names other.example.com") },
	{ INSIDE "servers = ( { network = \"192.0.2.20\"; name = \"mx.example.com\"; } );" STS("enforce", ""),
		STORY("cert-name-mismatch-mx", HIGH, PROVEN, "key 1 names other.example.com") },
	/* near-miss: cert-name-mismatch-mx covered */
	{ STS("enforce", ""), STORY_SILENT("cert-name-mismatch-mx",
		"sni mx.example.com key 1 names *.example.com") },
	/* near-miss: cert-name-mismatch-mx T21 */
	{ STS("enforce", ""), STORY_SILENT("cert-name-mismatch-mx", "sni mx.example.com established") },
	/* near-miss: cert-name-mismatch-mx no-policy */
	{ STS("none", ""), STORY_SILENT("cert-name-mismatch-mx", "sni mx.example.com key 1 names other.example.com") },
	{ STS("enforce", "until = \"2025-01-01\"; "), STORY_SILENT("cert-name-mismatch-mx",
		"sni mx.example.com key 1 names other.example.com") },
	{ INSIDE "servers = ( { network = \"192.0.2.20\"; } );",
		STORY_SILENT("cert-name-mismatch-mx", "key 1 names other.example.com") },
	/* near-miss: cert-name-mismatch-mx sni */
	{ INSIDE "servers = ( { network = \"192.0.2.20\"; name = \"mx.example.com\"; } );",
		STORY_SILENT("cert-name-mismatch-mx", "sni smtp.example.com key 1 names smtp.example.com") },
	{ INSIDE "servers = ( { network = \"192.0.2.20\"; name = \"mx.example.com\"; } );",
		STORY_SILENT("cert-name-mismatch-mx", "sni smtp.example.com key 1 names other.example.com") },
	/* near-miss: cert-name-mismatch-mx dane-ee */
	{ STS("enforce", "") TLSA(RECORD("3 1 1", "01"), ""), STORY_SILENT("cert-name-mismatch-mx",
		"sni mx.example.com key 1 chain 1 names other.example.com") },
	{ STS("enforce", "") TLSA(RECORD("2 1 1", "01"), ""), STORY("cert-name-mismatch-mx", HIGH, PROVEN,
		"sni mx.example.com key 1 chain 1 names other.example.com") },
	/* near-miss: cert-name-mismatch-mx dane-ta */
	{ STS("enforce", "") TLSA(RECORD("2 1 1", "01"), "domain = \"example.com\"; "),
	  STORY_SILENT("cert-name-mismatch-mx",
		"sni mx.example.com key 1 chain 1 names example.com") },
	/* near-miss: cert-name-mismatch-mx submission */
	{ STS("enforce", ""), STORY_SILENT("cert-name-mismatch-mx",
		"access sni mx.example.com key 1 names other.example.com") },

	/* fires: cert-dane-mismatch */
	{ TLSA(RECORD("3 1 1", "02"), ""),
	  STORY("cert-dane-mismatch", HIGH, PROVEN, "sni mx.example.com key 1 chain 1") },
	{ TLSA(RECORD("3 1 1", "02"), ""), STORY("cert-dane-mismatch", HIGH, PROVEN,
		"sni mx.example.com key 1 chain 1,2") },
	{ TLSA(RECORD("3 0 1", "01"), ""),
	  STORY("cert-dane-mismatch", HIGH, PROVEN, "sni mx.example.com key 1 chain 1") },
	{ TLSA(RECORD("3 1 1", "02"), ""), STORY("cert-dane-mismatch", HIGH, LIKELY,
		"greets mx.example.com key 1 chain 1") },
	{ TLSA(RECORD("2 1 1", "03") ", " RECORD("0 1 1", "01"), ""), STORY("cert-dane-mismatch", HIGH, PROVEN,
		"sni mx.example.com key 1 chain 1,2") },
	/* near-miss: cert-dane-mismatch matches */
	{ TLSA(RECORD("3 1 1", "01"), ""), STORY_SILENT("cert-dane-mismatch", "sni mx.example.com key 1 chain 1") },
	{ TLSA(RECORD("3 0 1", "81"), ""), STORY_SILENT("cert-dane-mismatch", "sni mx.example.com key 1 chain 1") },
	/* near-miss: cert-dane-mismatch rollover */
	{ TLSA(RECORD("3 1 1", "02") ", " RECORD("3 1 1", "01"), ""),
		STORY_SILENT("cert-dane-mismatch", "sni mx.example.com key 1 chain 1") },
	/* near-miss: cert-dane-mismatch dane-ta */
	{ TLSA(RECORD("2 1 1", "03"), ""), STORY_SILENT("cert-dane-mismatch", "sni mx.example.com key 1 chain 1,2,3") },
	{ TLSA(RECORD("2 1 1", "63"), ""), STORY_SILENT("cert-dane-mismatch",
		"sni mx.example.com key 1 chain 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16") },
	/* near-miss: cert-dane-mismatch sha-512 */
	{ TLSA(RECORD("3 1 1", "02") ", " RECORD("3 1 2", "0101"), ""),
		STORY_SILENT("cert-dane-mismatch", "sni mx.example.com key 1 chain 1") },
	/* near-miss: cert-dane-mismatch unusable */
	{ TLSA(RECORD("1 1 1", "02"), ""), STORY_SILENT("cert-dane-mismatch", "sni mx.example.com key 1 chain 1") },
	/* near-miss: cert-dane-mismatch T21 */
	{ TLSA(RECORD("3 1 1", "02"), ""), STORY_SILENT("cert-dane-mismatch", "sni mx.example.com established") },
	/* near-miss: cert-dane-mismatch snapshot */
	{ TLSA(RECORD("3 1 1", "02"), "from = \"2025-12-06\"; "),
		STORY_SILENT("cert-dane-mismatch", "sni mx.example.com key 1 chain 1") },
	/* near-miss: cert-dane-mismatch other-host */
	{ TLSA(RECORD("3 1 1", "02"), ""), STORY_SILENT("cert-dane-mismatch",
		"greets mx.example.com sni mx.example.net key 1 chain 1") },
	/* near-miss: cert-dane-mismatch unreadable */
	{ TLSA(RECORD("3 1 1", "02"), ""), STORY_SILENT("cert-dane-mismatch", "sni mx.example.com chain 0") },

	/* fires: posture-shadow-mail-server */
	{ INSIDE "servers = ( { network = \"10.0.0.25\"; port = 25; } );",
		STORY("posture-shadow-mail-server", MEDIUM, PROVEN, "server 10.0.0.99") },
	{ INSIDE "servers = ( { network = \"10.0.0.25\"; port = 25; } );",
		STORY("posture-shadow-mail-server", MEDIUM, PROVEN, "server 10.0.0.25,2525") },
	/* near-miss: posture-shadow-mail-server listed */
	{ INSIDE "servers = ( { network = \"10.0.0.25\"; port = 25; } );",
		STORY_SILENT("posture-shadow-mail-server", "server 10.0.0.25") },
	/* near-miss: posture-shadow-mail-server outside */
	{ INSIDE "servers = ( { network = \"10.0.0.25\"; port = 25; } );",
		STORY_SILENT("posture-shadow-mail-server", "server 198.51.100.20") },
	/* near-miss: posture-shadow-mail-server no-list */
	{ INSIDE, STORY_SILENT("posture-shadow-mail-server", "server 10.0.0.99") },

	/* fires: posture-unexpected-egress */
	{ INSIDE "mail_servers = [ \"10.0.0.25\" ];",
		STORY("posture-unexpected-egress", MEDIUM, PROVEN, "client 10.0.5.7 server 198.51.100.20") },
	/* near-miss: posture-unexpected-egress listed */
	{ INSIDE "mail_servers = [ \"10.0.0.25\" ];", STORY_SILENT("posture-unexpected-egress", OUT) },
	/* near-miss: posture-unexpected-egress inside */
	{ INSIDE "mail_servers = [ \"10.0.0.25\" ];",
		STORY_SILENT("posture-unexpected-egress", "client 10.0.5.7 server 10.0.0.25") },
	{ INSIDE "mail_servers = [ \"10.0.0.25\" ];",
		STORY_SILENT("posture-unexpected-egress", "client 203.0.113.5 server 198.51.100.20") },
	/* near-miss: posture-unexpected-egress submission */
	{ INSIDE "mail_servers = [ \"10.0.0.25\" ];",
		STORY_SILENT("posture-unexpected-egress", "client 10.0.5.7 server 198.51.100.20,587") },
	/* near-miss: posture-unexpected-egress no-list */
	{ INSIDE, STORY_SILENT("posture-unexpected-egress", "client 10.0.5.7 server 198.51.100.20") },
	/* near-miss: posture-unexpected-egress silent */
	{ INSIDE "mail_servers = [ \"10.0.0.25\" ];",
		STORY_SILENT("posture-unexpected-egress", "silent client 10.0.5.7 server 198.51.100.20") },

	/* fires: diag-offered-not-enforced-belief */
	{ "must_encrypt = [ \"192.0.2.0/28\" ];", STORY("diag-offered-not-enforced-belief", LOW, PROVEN,
		"application exposed 8 verdict plaintext-declined") },
	/* near-miss: diag-offered-not-enforced-belief no-policy */
	{ "must_encrypt = [ \"10.0.0.0/8\" ];", STORY_SILENT("diag-offered-not-enforced-belief",
		"application exposed 8 verdict plaintext-declined") },
	/* near-miss: diag-offered-not-enforced-belief no-offer */
	{ "must_encrypt = [ \"192.0.2.0/28\" ];", STORY_SILENT("diag-offered-not-enforced-belief",
		"application exposed 8 verdict plaintext-no-offer") },
	/* near-miss: diag-offered-not-enforced-belief protected */
	{ "must_encrypt = [ \"192.0.2.0/28\" ];", STORY_SILENT("diag-offered-not-enforced-belief",
		"established verdict protected-starttls") },
};

static void
policies_are_asked(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(rows); i++) {
		struct policy_file *file;
		struct status status = policy_file_parse("policy", span_of(rows[i].policy), &file);

		if (!status_is_ok(&status))
			fail_msg("%s in %s", status.message, rows[i].policy);
		story_check(&rows[i].story, &history_policy, policy_file_policy(file));
		policy_file_free(&file);
	}
}

/* What only an assumption carries has to name it. */
static void
assumptions_are_named(void **state)
{
	static struct story story;

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(rows); i++) {
		struct policy_file *file;

		policy_file_parse("policy", span_of(rows[i].policy), &file);
		story_run(&story, &history_policy, policy_file_policy(file), NULL, rows[i].story.script);
		for (size_t k = 0; k < story.heard.insight_count; k++) {
			const struct insight *insight = &story.heard.insights[k];

			assert_true(insight->has_place && insight->reasons.len > 0);
			if (insight->confidence == CONFIDENCE_LIKELY)
				assert_true(span_has(insight->reasons, "assumed that"));
		}
		policy_file_free(&file);
	}
}

static void
without_a_policy_nothing_is_said(void **state)
{
	static struct story story;

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(rows); i++) {
		story_run(&story, &history_policy, NULL, NULL, rows[i].story.script);
		assert_int_equal(story.heard.insight_count, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policies_are_asked),
		cmocka_unit_test(assumptions_are_named),
		cmocka_unit_test(without_a_policy_nothing_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
