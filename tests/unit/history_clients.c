/* What one client does from session to session. */
#include "shared/footprints.h"

#include "rules/history_trail.h"

#define FAILS      " offers asked agreed hello verdict handshake-failed "
#define PLAIN      " application verdict plaintext-declined "
#define ESTABLISHES " offers asked agreed hello server-hello established verdict protected-starttls "
#define IMPLICIT   " implicit hello server-hello established verdict protected-implicit greets - no ehlo "
#define AT465 " server 192.0.2.20,465 access "
#define AT587 " server 192.0.2.20,587 access "
#define AT993 " server 192.0.2.20,993 access protocol imap "

/* A fallback, as far as two sessions make one. */
static const struct story_case fallback[] = {
	/* fires: downgrade-fallback-after-handshake-failure */
	{ "downgrade-fallback-after-handshake-failure", SEVERITY_HIGH, CONFIDENCE_LIKELY, 0, false,
		FAILS ";" PLAIN, "same program" },
	STORY_SIGNAL("D-FALL", 25, FAILS ";" PLAIN),
	{ "downgrade-fallback-after-handshake-failure", SEVERITY_HIGH, CONFIDENCE_PROVEN, 0, false,
		FAILS " envelope 7; envelope 7" PLAIN, "recipients are the same" },
	STORY("downgrade-fallback-after-handshake-failure", HIGH, LIKELY, FAILS "; after 15m" PLAIN),
	/* near-miss: downgrade-fallback-after-handshake-failure window */
	STORY_SILENT("downgrade-fallback-after-handshake-failure", FAILS "; after 16m" PLAIN),
	STORY_SILENT("D-FALL", FAILS "; after 16m" PLAIN),
	STORY("downgrade-fallback-after-handshake-failure", HIGH, LIKELY,
		FAILS "server 192.0.2.20,587 access; after 50s server 192.0.2.20,587 access" PLAIN),
	STORY_SILENT("downgrade-fallback-after-handshake-failure",
		FAILS "server 192.0.2.20,587 access; after 90s server 192.0.2.20,587 access" PLAIN),
	/* near-miss: downgrade-fallback-after-handshake-failure program */
	STORY_SILENT("downgrade-fallback-after-handshake-failure", FAILS "; client-name other.example.net" PLAIN),
	/* near-miss: downgrade-fallback-after-handshake-failure T13 */
	STORY_SILENT("downgrade-fallback-after-handshake-failure", FAILS "; greets mx.example.org" PLAIN),
	{ "downgrade-fallback-after-handshake-failure", SEVERITY_HIGH, CONFIDENCE_LIKELY, 0, false,
		FAILS "greets mx1.example.com; server 198.51.100.9 greets mx2.example.com" PLAIN, "another server" },
	STORY_SILENT("downgrade-fallback-after-handshake-failure",
		FAILS "greets mx1.example.co.uk; server 198.51.100.9 greets mx1.other.co.uk" PLAIN),
	{ "downgrade-fallback-after-handshake-failure", SEVERITY_HIGH, CONFIDENCE_LIKELY, 0, false,
		FAILS "; client 192.0.2.99" PLAIN, "another address" },
	STORY_SILENT("downgrade-fallback-after-handshake-failure",
		FAILS "client-name localhost.localdomain; client 192.0.2.99 client-name localhost.localdomain" PLAIN),
	STORY_SILENT("downgrade-fallback-after-handshake-failure",
		FAILS "client-name [10.0.0.1]; client 192.0.2.99 client-name [10.0.0.1]" PLAIN),
	STORY_SILENT("downgrade-fallback-after-handshake-failure", FAILS ";" ESTABLISHES ";" PLAIN),
	/* fires: downgrade-fallback-after-handshake-failure */
	{ "downgrade-fallback-after-handshake-failure", SEVERITY_HIGH, CONFIDENCE_LIKELY, 0, false,
		ESTABLISHES "turned-back;" PLAIN, "finished and answered with an alert" },
	STORY("downgrade-fallback-after-handshake-failure", HIGH, LIKELY, FAILS ";" ESTABLISHES "turned-back;" PLAIN),
	STORY_SILENT("downgrade-fallback-after-handshake-failure",
		ESTABLISHES "turned-back;" ESTABLISHES ";" PLAIN),
	STORY_SILENT("downgrade-fallback-after-handshake-failure", FAILS "; server 192.0.2.20,2525" PLAIN),
	STORY_SILENT("downgrade-fallback-after-handshake-failure", FAILS "; vantage outside" PLAIN),
	STORY_SILENT("downgrade-fallback-after-handshake-failure", FAILS "open;" PLAIN),
	STORY_SILENT("downgrade-fallback-after-handshake-failure", PLAIN ";" FAILS),
	/* the alert counts, not how long the connection lingers */
	STORY("downgrade-fallback-after-handshake-failure", HIGH, LIKELY, FAILS "lasts 20m; after 2m" PLAIN),
	STORY_SILENT("downgrade-fallback-after-handshake-failure", FAILS "; verdict aborted-declined"),
	/* near-miss: downgrade-fallback-after-handshake-failure T15 */
	STORY_SILENT("downgrade-fallback-after-handshake-failure", FAILS "scanner;" PLAIN),
	STORY_SILENT("downgrade-fallback-after-handshake-failure", FAILS ";" PLAIN "monitor"),
	STORY_SILENT("D-FALL", FAILS "scanner client-name -;" PLAIN),
	/* an address that tells two names joins nothing by itself; the same name, envelope or account does */
	STORY("downgrade-fallback-after-handshake-failure", HIGH, POSSIBLE,
		"client-name other.example.net;" FAILS "client-name -;" PLAIN),
	STORY("downgrade-fallback-after-handshake-failure", HIGH, LIKELY,
		"client-name other.example.net;" FAILS ";" PLAIN),
	STORY("downgrade-fallback-after-handshake-failure", HIGH, LIKELY, FAILS "client-name -;" PLAIN),
	STORY("downgrade-fallback-after-handshake-failure", HIGH, PROVEN,
		"client-name other.example.net;" FAILS "client-name - envelope 7; envelope 7" PLAIN),
	STORY("downgrade-fallback-after-handshake-failure", HIGH, LIKELY,
		"client-name other.example.net;" FAILS "client-name - account alice; account alice" PLAIN),
};

#define CUT " offers asked agreed hello cut-at-tls cut-by-reset verdict handshake-failed "
#define LIVES " application quit content-accepted verdict plaintext-declined "

static const struct story_case reset[] = {
	/* fires: downgrade-reset-at-tls */
	{ "downgrade-reset-at-tls", SEVERITY_MEDIUM, CONFIDENCE_POSSIBLE, 0, false, LIVES "; times 3" CUT,
		"3 connections" },
	{ "downgrade-reset-at-tls", SEVERITY_MEDIUM, CONFIDENCE_POSSIBLE, 0, false, "times 3" CUT ";" LIVES,
		"those in clear lived" },
	STORY("downgrade-reset-at-tls", HIGH, LIKELY, LIVES "; times 2" CUT ";" CUT "signal D-TTL,wire,30"),
	STORY("downgrade-reset-at-tls", MEDIUM, POSSIBLE,
		LIVES "; times 3 asked agreed hello cut-at-tls verdict handshake-failed"),
	/* near-miss: downgrade-reset-at-tls count */
	STORY_SILENT("downgrade-reset-at-tls", LIVES "; times 2" CUT),
	/* near-miss: downgrade-reset-at-tls crash */
	STORY_SILENT("downgrade-reset-at-tls", LIVES "; times 2" CUT "; application verdict plaintext-declined;" CUT),
	STORY_SILENT("downgrade-reset-at-tls", "times 5" CUT),
	/* near-miss: downgrade-reset-at-tls mtu */
	STORY_SILENT("downgrade-reset-at-tls",
		LIVES "; times 3 asked agreed hello cut-at-tls offers-pq verdict handshake-failed"),
	/* near-miss: downgrade-reset-at-tls ids it lets other handshakes of the pair through */
	STORY_SILENT("downgrade-reset-at-tls", LIVES "; times 2" CUT ";" ESTABLISHES ";" CUT),
	STORY_SILENT("downgrade-reset-at-tls", LIVES "; times 3" CUT "client 192.0.2.*"),
	STORY_SILENT("downgrade-reset-at-tls", LIVES "; times 2" CUT "; after 25h" CUT),
	STORY_SILENT("downgrade-reset-at-tls", "times 3" CUT ";" LIVES ";" LIVES),
	/* near-miss: downgrade-reset-at-tls T15 */
	STORY_SILENT("downgrade-reset-at-tls", LIVES "; times 3" CUT "scanner"),
	STORY_SILENT("downgrade-reset-at-tls", LIVES "; times 2" CUT "scanner;" CUT),
};

static const struct story_case dance[] = {
	/* fires: tls-fallback-dance */
	STORY("tls-fallback-dance", MEDIUM, LIKELY, FAILS "offers-version 0x0304;" FAILS "offers-version 0x0303"),
	{ "tls-fallback-dance", SEVERITY_MEDIUM, CONFIDENCE_LIKELY, 0, false,
		FAILS "offers-version 0x0303;" ESTABLISHES "offers-version 0x0302 scsv", "RFC 7507" },
	/* near-miss: tls-fallback-dance window */
	STORY_SILENT("tls-fallback-dance", FAILS "offers-version 0x0304; after 6m" FAILS "offers-version 0x0303"),
	/* near-miss: tls-fallback-dance equal */
	STORY_SILENT("tls-fallback-dance", FAILS "offers-version 0x0303;" FAILS "offers-version 0x0303"),
	STORY_SILENT("tls-fallback-dance", FAILS "offers-version 0x0302;" FAILS "offers-version 0x0303"),
	/* near-miss: tls-fallback-dance success the first one did not fail */
	STORY_SILENT("tls-fallback-dance", ESTABLISHES "offers-version 0x0304;" FAILS "offers-version 0x0303"),
	STORY_SILENT("tls-fallback-dance",
		FAILS "offers-version 0x0304;" ESTABLISHES "offers-version 0x0304;" FAILS "offers-version 0x0303"),
	/* near-miss: tls-fallback-dance T3 the capture began inside the later session's TLS, and saw no hello */
	STORY_SILENT("tls-fallback-dance", FAILS "offers-version 0x0304; established no whole"),
	/* near-miss: tls-fallback-dance T4 the hello was cut before its versions */
	STORY_SILENT("tls-fallback-dance", FAILS "offers-version 0x0304;" FAILS),
	/* near-miss: tls-fallback-dance T6 nothing is read under TLS */
	STORY_SILENT("tls-fallback-dance", ESTABLISHES "offers-version 0x0304;" ESTABLISHES "offers-version 0x0303"),
	/* near-miss: tls-fallback-dance program */
	STORY_SILENT("tls-fallback-dance",
		FAILS "offers-version 0x0304;" FAILS "offers-version 0x0303 client-name other.example.net"),
	STORY_SILENT("tls-fallback-dance",
		FAILS "offers-version 0x0304;" FAILS "offers-version 0x0303 client 192.0.2.11"),
	STORY_SILENT("tls-fallback-dance",
		FAILS "offers-version 0x0304;" FAILS "offers-version 0x0303 server 192.0.2.20,587"),
	/* near-miss: tls-fallback-dance T15 */
	STORY_SILENT("tls-fallback-dance",
		FAILS "offers-version 0x0304 scanner;" FAILS "offers-version 0x0303 scanner"),
	STORY_SILENT("tls-fallback-dance", FAILS "offers-version 0x0304 scanner;" FAILS "offers-version 0x0303"),
	/* implicit ports tell no name */
	STORY("tls-fallback-dance", MEDIUM, LIKELY,
		AT993 FAILS "offers-version 0x0304 client-name -;" AT993 FAILS "offers-version 0x0303 client-name -"),
	STORY("tls-fallback-dance", MEDIUM, POSSIBLE,
		"times 1; client-name other.example.net;"
			AT993 FAILS "offers-version 0x0304 client-name -;"
			AT993 FAILS "offers-version 0x0303 client-name -"),
};

static const struct story_case legacy[] = {
	/* fires: posture-legacy-port-fallback */
	{ "posture-legacy-port-fallback", SEVERITY_HIGH, CONFIDENCE_LIKELY, 0, false,
		AT465 "implicit hello verdict handshake-failed;" PLAIN, "port 465 had failed 59 s" },
	STORY("posture-legacy-port-fallback", HIGH, LIKELY, AT465 "hello verdict handshake-failed;" AT587 PLAIN),
	STORY("posture-legacy-port-fallback", HIGH, LIKELY, AT587 "hello mode-mismatch verdict mode-mismatch;" PLAIN),
	STORY("posture-legacy-port-fallback", HIGH, LIKELY, AT587 "lacks verdict aborted-no-offer;" PLAIN),
	STORY("posture-legacy-port-fallback", HIGH, LIKELY,
		"server 192.0.2.20,2525 access lacks verdict aborted-no-offer;" PLAIN),
	STORY("posture-legacy-port-fallback", HIGH, LIKELY,
		AT993 "hello verdict handshake-failed; server 192.0.2.20,143 protocol imap" PLAIN),
	/* near-miss: posture-legacy-port-fallback window */
	STORY_SILENT("posture-legacy-port-fallback", AT465 "hello verdict handshake-failed; after 62s" PLAIN),
	/* near-miss: posture-legacy-port-fallback service another one is asked for */
	STORY_SILENT("posture-legacy-port-fallback", AT993 "hello verdict handshake-failed;" PLAIN),
	/* near-miss: posture-legacy-port-fallback success */
	STORY_SILENT("posture-legacy-port-fallback",
		AT465 "hello verdict handshake-failed; after 10s" AT465 IMPLICIT "; after 10s" PLAIN),
	STORY_SILENT("posture-legacy-port-fallback",
		AT465 "hello verdict handshake-failed; server 192.0.2.20,25" ESTABLISHES),
	STORY_SILENT("posture-legacy-port-fallback", AT465 "hello verdict handshake-failed; server 192.0.2.21" PLAIN),
	/* near-miss: posture-legacy-port-fallback program */
	STORY_SILENT("posture-legacy-port-fallback",
		AT587 "lacks verdict aborted-no-offer; client-name other.example.net" PLAIN),
	/* near-miss: posture-legacy-port-fallback T15 */
	STORY_SILENT("posture-legacy-port-fallback", AT465 "hello verdict handshake-failed scanner;" PLAIN),
	STORY_SILENT("posture-legacy-port-fallback", AT465 "hello verdict handshake-failed;" PLAIN "scanner"),
	STORY("posture-legacy-port-fallback", HIGH, LIKELY,
		AT465 "hello verdict handshake-failed client-name -;" PLAIN),
	STORY("posture-legacy-port-fallback", HIGH, POSSIBLE,
		"client-name other.example.net;" AT465 "hello verdict handshake-failed client-name -;" PLAIN),
};

#define ABANDONS " offers asked agreed verdict handshake-failed "

static const struct story_case reconnect[] = {
	/* fires: diag-reconnect-after-starttls */
	{ "diag-reconnect-after-starttls", SEVERITY_LOW, CONFIDENCE_LIKELY, 0, false,
		"times 3 every 3s" ABANDONS, "2 times" },
	STORY("diag-reconnect-after-starttls", LOW, LIKELY,
		ABANDONS "; after 3s" PLAIN "; after 10m" ABANDONS "; after 3s" PLAIN),
	/* the old connections stay open */
	STORY("diag-reconnect-after-starttls", LOW, LIKELY, "times 3 every 3s lasts 5m" ABANDONS),
	/* near-miss: diag-reconnect-after-starttls once */
	STORY_SILENT("diag-reconnect-after-starttls", "times 2 every 3s" ABANDONS),
	/* near-miss: diag-reconnect-after-starttls late */
	STORY_SILENT("diag-reconnect-after-starttls", "times 4 every 7s" ABANDONS),
	/* near-miss: diag-reconnect-after-starttls handshake it began and failed */
	STORY_SILENT("diag-reconnect-after-starttls", "times 4 every 3s" FAILS),
	STORY_SILENT("diag-reconnect-after-starttls", "times 3 every 3s" ABANDONS "; after 3m" PLAIN),
	STORY_SILENT("diag-reconnect-after-starttls", "times 4 every 3s client 192.0.2.*" ABANDONS),
	/* near-miss: diag-reconnect-after-starttls T15 */
	STORY_SILENT("diag-reconnect-after-starttls", "times 4 every 3s scanner" ABANDONS),
	STORY("diag-reconnect-after-starttls", LOW, POSSIBLE,
		"times 1; client-name other.example.net; times 3 every 3s client-name -" ABANDONS),
};

#define SECRET " application exposed 8 verdict plaintext-declined access "

static const struct story_case reuse[] = {
	/* fires: cred-reuse-cross-protocol */
	{ "cred-reuse-cross-protocol", SEVERITY_HIGH, CONFIDENCE_LIKELY, 0, false,
		AT993 IMPLICIT ";" AT587 SECRET, "reads mail under TLS" },
	STORY("cred-reuse-cross-protocol", HIGH, LIKELY, AT587 SECRET ";" AT993 IMPLICIT),
	{ "cred-reuse-cross-protocol", SEVERITY_HIGH, CONFIDENCE_LIKELY, 0, false,
		AT465 IMPLICIT "; server 192.0.2.20,110 protocol pop3" SECRET, "sends mail under TLS" },
	STORY("cred-reuse-cross-protocol", HIGH, LIKELY,
		"protocol imap sni imap.example.com server 198.51.100.7,993" IMPLICIT ";" AT587 SECRET),
	STORY("cred-reuse-cross-protocol", HIGH, POSSIBLE,
		"protocol imap server 198.51.100.7,993" IMPLICIT ";" AT587 SECRET),
	/* near-miss: cred-reuse-cross-protocol provider */
	STORY_SILENT("cred-reuse-cross-protocol",
		"protocol imap server 198.51.100.7,993 sni imap.example.org" IMPLICIT "greets imap.example.org;"
			AT587 SECRET),
	/* near-miss: cred-reuse-cross-protocol window */
	STORY_SILENT("cred-reuse-cross-protocol", AT993 IMPLICIT "; after 25h" AT587 SECRET),
	/* near-miss: cred-reuse-cross-protocol client */
	STORY_SILENT("cred-reuse-cross-protocol", AT993 IMPLICIT ";" AT587 SECRET "client 192.0.2.11"),
	/* near-miss: cred-reuse-cross-protocol safe both profiles are */
	STORY_SILENT("cred-reuse-cross-protocol", AT993 IMPLICIT ";" AT587 ESTABLISHES),
	/* told once for the sessions that do no harm */
	STORY_SILENT("cred-reuse-cross-protocol", AT587 SECRET ";" AT993 IMPLICIT ";" AT993 IMPLICIT),
	STORY_SILENT("cred-reuse-cross-protocol", AT993 IMPLICIT ";" AT587 SECRET ";" AT993 IMPLICIT),
	/* near-miss: cred-reuse-cross-protocol T15 */
	STORY_SILENT("cred-reuse-cross-protocol", AT993 IMPLICIT "monitor;" AT587 SECRET),
	STORY_SILENT("cred-reuse-cross-protocol", AT993 IMPLICIT ";" AT587 SECRET "scanner"),
	STORY("cred-reuse-cross-protocol", HIGH, LIKELY, AT993 IMPLICIT "client-name -;" AT587 SECRET),
	STORY("cred-reuse-cross-protocol", HIGH, POSSIBLE,
		"server 192.0.2.20,587 client-name other.example.net;" AT993 IMPLICIT "client-name -;" AT587 SECRET),
};

#define WRONG " application exposed 8 logins-wrong 1 verdict plaintext-declined access server 192.0.2.20,587 "
#define REFUSED " application exposed 8 logins-refused 1 verdict plaintext-declined access server 192.0.2.20,587 "

static const struct story_case failures[] = {
	/* fires: cred-repeated-failure-plaintext */
	{ "cred-repeated-failure-plaintext", SEVERITY_LOW, CONFIDENCE_LIKELY, 0, false,
		"times 5 account alice" WRONG, "5 failed logins" },
	STORY("cred-repeated-failure-plaintext", MEDIUM, LIKELY,
		WRONG "account a;" WRONG "account b;" WRONG "account c;" WRONG "account d;" WRONG "account e"),
	STORY("cred-repeated-failure-plaintext", LOW, LIKELY, WRONG "logins-wrong 3;" WRONG "logins-wrong 2"),
	/* near-miss: cred-repeated-failure-plaintext count */
	STORY_SILENT("cred-repeated-failure-plaintext", "times 4 account alice" WRONG),
	/* near-miss: cred-repeated-failure-plaintext window */
	STORY_SILENT("cred-repeated-failure-plaintext", "times 9 every 3m account alice" WRONG),
	/* near-miss: cred-repeated-failure-plaintext T15 */
	STORY_SILENT("cred-repeated-failure-plaintext", "times 9 monitor account alice" WRONG),
	/* stays: cred-repeated-failure-plaintext T15 a scanner that guesses is what it is about */
	STORY("cred-repeated-failure-plaintext", LOW, LIKELY, "times 5 scanner account alice" WRONG),
	/* near-miss: cred-repeated-failure-plaintext client */
	STORY_SILENT("cred-repeated-failure-plaintext", "times 9 client 192.0.2.*" WRONG),
	/* what one session shows is not told again */
	STORY_SILENT("cred-repeated-failure-plaintext", WRONG "logins-wrong 6"),
	STORY_SILENT("cred-repeated-failure-plaintext", "times 5" WRONG ";" AT587 SECRET "logins-accepted 1"),
};

static const struct story_case oracle[] = {
	/* fires: cred-validity-oracle-plaintext */
	STORY("cred-validity-oracle-plaintext", MEDIUM, LIKELY, WRONG "mechanism PLAIN;" REFUSED "mechanism PLAIN"),
	STORY("cred-validity-oracle-plaintext", MEDIUM, LIKELY,
		REFUSED "mechanism PLAIN;" WRONG "mechanism PLAIN client 198.51.100.8"),
	/* near-miss: cred-validity-oracle-plaintext mechanism */
	STORY_SILENT("cred-validity-oracle-plaintext", WRONG "mechanism PLAIN;" REFUSED "mechanism LOGIN"),
	/* near-miss: cred-validity-oracle-plaintext accepted the server takes logins in clear */
	STORY_SILENT("cred-validity-oracle-plaintext",
		AT587 SECRET "logins-accepted 1;" WRONG "mechanism PLAIN;" REFUSED "mechanism PLAIN"),
	/* near-miss: cred-validity-oracle-plaintext service */
	STORY_SILENT("cred-validity-oracle-plaintext",
		WRONG "mechanism PLAIN;" REFUSED "mechanism PLAIN server 192.0.2.21,587"),
	STORY_SILENT("cred-validity-oracle-plaintext", WRONG "mechanism PLAIN;" WRONG "mechanism PLAIN"),
	/* stays: cred-validity-oracle-plaintext T15 the answers are the server's, whoever tries */
	STORY("cred-validity-oracle-plaintext", MEDIUM, LIKELY,
		WRONG "mechanism PLAIN scanner;" REFUSED "mechanism PLAIN scanner"),
};

static const struct story_case modes[] = {
	/* fires: posture-implicit-unused */
	{ "posture-implicit-unused", SEVERITY_INFO, CONFIDENCE_PROVEN, 0, false,
		AT465 IMPLICIT ";" AT587 ESTABLISHES, "upgrade on port 587" },
	{ "posture-implicit-unused", SEVERITY_INFO, CONFIDENCE_PROVEN, 0, false,
		AT587 ESTABLISHES ";" AT465 IMPLICIT, "works on port 465" },
	STORY("posture-implicit-unused", INFO, PROVEN, AT465 IMPLICIT ";" AT587 ESTABLISHES "client 192.0.2.11"),
	STORY_SILENT("posture-implicit-unused", AT465 IMPLICIT ";" AT587 ESTABLISHES ";" AT587 ESTABLISHES),
	/* near-miss: posture-implicit-unused relay port 25 has no twin */
	STORY_SILENT("posture-implicit-unused", AT465 IMPLICIT ";" ESTABLISHES),
	/* near-miss: posture-implicit-unused host */
	STORY_SILENT("posture-implicit-unused", AT465 IMPLICIT ";" ESTABLISHES "server 192.0.2.21,587 access"),
	/* near-miss: posture-implicit-unused failed */
	STORY_SILENT("posture-implicit-unused",
		AT465 "implicit hello verdict handshake-failed;" AT587 ESTABLISHES),
	/* near-miss: posture-implicit-unused T15 */
	STORY_SILENT("posture-implicit-unused", AT465 IMPLICIT ";" AT587 ESTABLISHES "scanner"),
	STORY_SILENT("posture-implicit-unused", AT587 ESTABLISHES "scanner;" AT465 IMPLICIT),
	/* a scanner shows as well as others that the port works */
	STORY("posture-implicit-unused", INFO, PROVEN, AT465 IMPLICIT "scanner;" AT587 ESTABLISHES),

	/* fires: diag-plaintext-wait-on-implicit-port */
	{ "diag-plaintext-wait-on-implicit-port", SEVERITY_LOW, CONFIDENCE_PROVEN, 0, false,
		IMPLICIT "; silent lasts 30s verdict no-dialogue client 192.0.2.11", "30 seconds on port 25" },
	/* near-miss: diag-plaintext-wait-on-implicit-port unknown nothing is known of the service */
	STORY_SILENT("diag-plaintext-wait-on-implicit-port", "silent lasts 30s verdict no-dialogue"),
	/* near-miss: diag-plaintext-wait-on-implicit-port T15 */
	STORY_SILENT("diag-plaintext-wait-on-implicit-port", IMPLICIT "; silent lasts 1s verdict no-dialogue"),
	STORY_SILENT("diag-plaintext-wait-on-implicit-port",
		"implicit hello verdict handshake-failed; silent lasts 30s verdict no-dialogue"),
	STORY_SILENT("diag-plaintext-wait-on-implicit-port",
		IMPLICIT "; silent lasts 30s verdict no-dialogue server 192.0.2.20,2525"),
	/* near-miss: diag-plaintext-wait-on-implicit-port slow a greeting came at last */
	STORY_SILENT("diag-plaintext-wait-on-implicit-port", IMPLICIT "; lasts 30s verdict no-dialogue"),

	/* fires: diag-client-port-dependent-tls */
	{ "diag-client-port-dependent-tls", SEVERITY_LOW, CONFIDENCE_LIKELY, 0, false,
		ESTABLISHES ";" AT587 "hello mode-mismatch verdict mode-mismatch", "port 587" },
	STORY("diag-client-port-dependent-tls", LOW, LIKELY,
		AT587 "hello mode-mismatch verdict mode-mismatch;" ESTABLISHES),
	STORY_SILENT("diag-client-port-dependent-tls",
		AT587 "hello mode-mismatch verdict mode-mismatch;" ESTABLISHES ";" ESTABLISHES),
	/* near-miss: diag-client-port-dependent-tls works both ways do */
	STORY_SILENT("diag-client-port-dependent-tls", ESTABLISHES ";" AT465 IMPLICIT),
	/* near-miss: diag-client-port-dependent-tls client */
	STORY_SILENT("diag-client-port-dependent-tls",
		ESTABLISHES "client 192.0.2.11;" AT587 "hello mode-mismatch verdict mode-mismatch"),
	STORY_SILENT("diag-client-port-dependent-tls", PLAIN ";" AT587 "hello mode-mismatch verdict mode-mismatch"),
	/* near-miss: diag-client-port-dependent-tls T15 */
	STORY_SILENT("diag-client-port-dependent-tls",
		ESTABLISHES "scanner;" AT587 "hello mode-mismatch verdict mode-mismatch"),
	STORY_SILENT("diag-client-port-dependent-tls",
		ESTABLISHES ";" AT587 "hello mode-mismatch verdict mode-mismatch scanner"),
	STORY("diag-client-port-dependent-tls", LOW, POSSIBLE,
		"client-name other.example.net;" ESTABLISHES ";"
			AT587 "hello mode-mismatch verdict mode-mismatch client-name -"),
};

static const struct story_case diagnoses[] = {
	/* fires: diag-send-fails-receive-works */
	{ "diag-send-fails-receive-works", SEVERITY_LOW, CONFIDENCE_LIKELY, 0, false,
		AT993 IMPLICIT ";" AT587 "tls-required verdict blocked-tls-required",
		"port 993 and fails to send on port 587" },
	STORY("diag-send-fails-receive-works", LOW, LIKELY,
		AT587 "tls-required verdict blocked-tls-required;" AT993 IMPLICIT),
	STORY("diag-send-fails-receive-works", LOW, LIKELY,
		AT993 IMPLICIT ";" AT587 "hello mode-mismatch verdict mode-mismatch"),
	STORY("diag-send-fails-receive-works", LOW, LIKELY, AT993 IMPLICIT ";" AT587 "auth-required" PLAIN),
	STORY("diag-send-fails-receive-works", LOW, LIKELY,
		"protocol imap server 198.51.100.7,993 sni imap.example.com" IMPLICIT ";"
			AT587 "tls-required verdict blocked-tls-required"),
	STORY_SILENT("diag-send-fails-receive-works",
		AT993 IMPLICIT ";" AT587 "tls-required verdict blocked-tls-required;" AT993 IMPLICIT),
	/* near-miss: diag-send-fails-receive-works provider */
	STORY_SILENT("diag-send-fails-receive-works",
		"protocol imap server 198.51.100.7,993 sni imap.example.org" IMPLICIT ";"
			AT587 "tls-required verdict blocked-tls-required"),
	/* near-miss: diag-send-fails-receive-works window */
	STORY_SILENT("diag-send-fails-receive-works",
		AT993 IMPLICIT "; after 16m" AT587 "tls-required verdict blocked-tls-required"),
	/* near-miss: diag-send-fails-receive-works upgraded */
	STORY_SILENT("diag-send-fails-receive-works", AT993 IMPLICIT ";" AT587 "tls-required" ESTABLISHES),
	/* near-miss: diag-send-fails-receive-works reading that failed as well */
	STORY_SILENT("diag-send-fails-receive-works",
		AT993 "implicit hello verdict handshake-failed;" AT587 "tls-required verdict blocked-tls-required"),
	/* near-miss: diag-send-fails-receive-works T15 */
	STORY_SILENT("diag-send-fails-receive-works",
		AT993 IMPLICIT "monitor;" AT587 "tls-required verdict blocked-tls-required"),
	STORY_SILENT("diag-send-fails-receive-works",
		AT993 IMPLICIT ";" AT587 "tls-required verdict blocked-tls-required scanner"),
	STORY("diag-send-fails-receive-works", LOW, POSSIBLE,
		"server 192.0.2.20,587 client-name other.example.net;" AT993 IMPLICIT "client-name -;"
			AT587 "tls-required verdict blocked-tls-required"),

	/* fires: diag-client-requires-tls-none-offered */
	{ "diag-client-requires-tls-none-offered", SEVERITY_LOW, CONFIDENCE_LIKELY, 0, false,
		"times 2 lacks quit verdict aborted-no-offer", "as it did before" },
	{ "diag-client-requires-tls-none-offered", SEVERITY_LOW, CONFIDENCE_LIKELY, 0, false,
		ESTABLISHES "server 192.0.2.77; lacks quit verdict aborted-no-offer", "upgrades where" },
	/* near-miss: diag-client-requires-tls-none-offered once */
	STORY_SILENT("diag-client-requires-tls-none-offered", "lacks quit verdict aborted-no-offer"),
	/* near-miss: diag-client-requires-tls-none-offered T15 */
	STORY_SILENT("diag-client-requires-tls-none-offered", "times 3 monitor lacks quit verdict aborted-no-offer"),
	STORY_SILENT("diag-client-requires-tls-none-offered", "times 3 offers quit verdict aborted-declined"),
	STORY_SILENT("diag-client-requires-tls-none-offered",
		"lacks quit verdict aborted-no-offer;"
		"lacks quit client-name other.example.net verdict aborted-no-offer"),
};

static void
check_all(const struct story_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		story_check(&cases[i], &history_clients, NULL);
}

#define TABLE_TEST(name) \
	static void \
	test_##name(void **state) \
	{ \
		(void)state; \
		check_all(name, TABLE_LENGTH(name)); \
	}

TABLE_TEST(fallback)
TABLE_TEST(reset)
TABLE_TEST(dance)
TABLE_TEST(legacy)
TABLE_TEST(reconnect)
TABLE_TEST(reuse)
TABLE_TEST(failures)
TABLE_TEST(oracle)
TABLE_TEST(modes)
TABLE_TEST(diagnoses)

/* Which sessions a finding rests on, and how often it happened. */
static void
test_links(void **state)
{
	static const struct {
		const char *kind, *script;
		size_t      links;
		int64_t     first, last;
		uint32_t    count;
	} cases[] = {
		{ "downgrade-fallback-after-handshake-failure", FAILS ";" PLAIN, 1, 1, 1, 1 },
		{ "downgrade-fallback-after-handshake-failure", "times 3" FAILS ";" PLAIN, 3, 1, 3, 1 },
		{ "downgrade-fallback-after-handshake-failure", "times 12" FAILS "; after 3m" PLAIN, 8, 5, 12, 1 },
		{ "downgrade-fallback-after-handshake-failure", ESTABLISHES ";" FAILS ";" PLAIN, 1, 2, 2, 1 },
		{ "downgrade-reset-at-tls", LIVES "; times 4" CUT, 4, 1, 4, 4 },
		{ "downgrade-reset-at-tls", "times 3" CUT ";" LIVES, 3, 1, 3, 3 },
		{ "cred-repeated-failure-plaintext", "times 7 account alice" WRONG, 6, 1, 6, 7 },
		{ "diag-reconnect-after-starttls", "times 3 every 3s" ABANDONS, 2, 1, 2, 2 },
		{ "tls-fallback-dance",
			FAILS "offers-version 0x0304;" FAILS "offers-version 0x0303;" FAILS "offers-version 0x0302",
			2, 1, 2, 1 },
		{ "posture-legacy-port-fallback", AT465 "hello verdict handshake-failed;" PLAIN, 1, 1, 1, 1 },
	};
	static struct story story;

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		const struct insight *insight;

		story_run(&story, &history_clients, NULL, cases[i].kind, cases[i].script);
		insight = heard_insight(&story.heard, cases[i].kind);
		if (insight == NULL || insight->link_count != cases[i].links || insight->links[0] != cases[i].first ||
			insight->links[insight->link_count - 1] != cases[i].last || insight->count != cases[i].count)
			fail_msg("%s of \"%s\": %zu links, %u times", cases[i].kind, cases[i].script,
				insight == NULL ? 0 : insight->link_count,
				insight == NULL ? 0 : (unsigned)insight->count);
	}
}

/* Only a session that shows it by itself becomes surer. */
static void
test_raises(void **state)
{
	static struct story story;
	const char *kind = "diag-client-requires-tls-none-offered";

	(void)state;
	story_run(&story, &history_clients, NULL, kind, "times 2 lacks quit verdict aborted-no-offer");
	assert_true(heard_insight(&story.heard, kind)->raises);
}

/* Memory is given back, and what there is of it is not outgrown. */
static void
test_little_memory(void **state)
{
	static struct story story;
	struct budget budget = { .limit = 512 << 10 };
	void *memory = history_clients.create(&budget, NULL);

	(void)state;
	assert_non_null(memory);
	memset(&story, 0, sizeof(story));
	story_tell(&story, &history_clients, memory, "times 250 client 10.1.0.* every 1s client-name -" FAILS);
	story_tell(&story, &history_clients, memory, "times 250 client 10.2.0.* every 1s client-name -" FAILS);
	story_tell(&story, &history_clients, memory, "times 250 client 10.3.0.* every 1s client-name -" FAILS);
	assert_true(budget.used <= budget.limit);
	/* the latest are still known, the first are not */
	story_tell(&story, &history_clients, memory, "after 5s client 10.3.0.250 client-name -" PLAIN);
	assert_non_null(heard_signal(&story.heard, "D-FALL"));
	story_tell(&story, &history_clients, memory, "after 5s client 10.1.0.1 client-name -" PLAIN);
	assert_null(heard_signal(&story.heard, "D-FALL"));
	history_clients.destroy(memory);
	assert_int_equal(budget.used, 0);
	budget.limit = 1000;
	assert_null(history_clients.create(&budget, NULL));
	assert_int_equal(budget.used, 0);
}

static void
test_trail(void **state)
{
	struct budget budget = { .limit = 1 << 20 };
	struct trails trails;
	struct visit visit = { 0 };

	(void)state;
	assert_true(trails_open(&trails, &budget));
	assert_null(trails_find(&trails, 7));
	for (visit.session_id = 1; visit.session_id <= TRAIL_VISITS + 3; visit.session_id++)
		trails_add(&trails, 7, &visit, (uint64_t)visit.session_id, KEEP_ALL);
	assert_int_equal(trail_count(trails_find(&trails, 7)), TRAIL_VISITS);
	assert_int_equal(trails_find(&trails, 7)->visits[0].session_id, 4);
	trails_add(&trails, 7, &visit, 10, KEEP_FIRST);
	assert_int_equal(trail_marked(trails_find(&trails, 7), 10)->session_id, 10);
	trails_add(&trails, 7, &visit, 10, KEEP_LATEST);
	assert_int_equal(trail_marked(trails_find(&trails, 7), 10)->session_id, visit.session_id);
	assert_int_equal(trail_count(trails_find(&trails, 7)), TRAIL_VISITS);
	assert_null(trail_marked(trails_find(&trails, 7), 3));
	assert_null(trail_marked(NULL, 3));
	trails_close(&trails);
	assert_int_equal(budget.used, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fallback),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_dance),
		cmocka_unit_test(test_legacy),
		cmocka_unit_test(test_reconnect),
		cmocka_unit_test(test_reuse),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_oracle),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_diagnoses),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_raises),
		cmocka_unit_test(test_little_memory),
		cmocka_unit_test(test_trail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
