/* Downgrade and stripping: signatures, the traps beside them, and the sum that decides. */
#include "shared/judge_session.h"

#include "model/protocol.h"
#include "rules/masks.h"
#include "rules/signals.h"

#define GREETING_SHAPE "shape S seq 1 offset 0 length 20; "
#define REPLY_SHAPES \
	"shape S seq 101 offset 100 length 20 acked 40; shape S seq 121 offset 120 length 20 acked 60; " \
	"shape S seq 141 offset 140 length 20 acked 80"

static const struct judge_case cases[] = {
	/* the offer is masked */
	{ "downgrade-capability-masked", HIGH, PROVEN,
		"greet; ehlo 8BITMIME|XXXXXXXA|CHUNKING|SMTPUTF8; quit",
		"all others of that length", 0 },
	{ "downgrade-capability-masked", CRITICAL, PROVEN,
		"greet; ehlo XXXXXXXA|8BITMIME|CHUNKING|SMTPUTF8; mail; data", NULL, 0 },
	{ "downgrade-capability-masked", HIGH, LIKELY,
		"greet; ehlo XXXXXXXA|8BITMIME|CHUNKING; mail", "assumed that the masked keyword",
		0 },
	{ "downgrade-capability-masked", HIGH, LIKELY,
		"greet; ehlo XXXXXXXA|8BITMIME|SMTPUTF8; mail", NULL, 0 },
	{ "downgrade-capability-masked", HIGH, LIKELY,
		"greet; ehlo xxxxxxxb|CHUNKING|SMTPUTF8; mail", NULL, 0 },
	{ "downgrade-capability-masked", CRITICAL, LIKELY, "greet; ehlo XXXXXXXA; auth PLAIN ok",
		NULL, 0 },
	{ "downgrade-capability-masked", HIGH, POSSIBLE, "greet; ehlo XXXB|SIZE; mail",
		"another length", 0 },
	{ "downgrade-capability-masked", HIGH, LIKELY, "greet; ehlo XTARTTLS|SIZE; mail", "damaged",
		0 },
	{ "downgrade-capability-masked", HIGH, LIKELY, "greet; ehlo SIZE||PIPELINING; mail",
		"damaged", 0 },
	{ "downgrade-capability-masked", HIGH, LIKELY, "greet; ehlo SIZE|********|HELP; mail",
		"damaged", 0 },
	{ "downgrade-capability-masked", HIGH, PROVEN, "greet; ehlo XXXXXXXA|SIZE; ask; agree; tls",
		"willing to use TLS", 0 },
	/* near-miss: downgrade-capability-masked beside-offer */
	{ "downgrade-capability-masked", SILENT, "greet; ehlo XXXXXXXA|STARTTLS; mail; data", NULL,
		0 },
	{ "downgrade-capability-masked", SILENT, "greet; ehlo XTARTTLS|STARTTLS; mail", NULL, 0 },
	/* near-miss: downgrade-capability-masked private-words */
	{ "downgrade-capability-masked", SILENT,
		"greet; ehlo XFORWARD|XCLIENT|X-EXPS LOGIN|XEXCH50; mail", NULL, 0 },
	{ "downgrade-capability-masked", SILENT,
		"greet; ehlo X-ANONYMOUSTLS|X-LINK2STATE|XRDST; mail", NULL, 0 },
	{ "downgrade-capability-masked", SILENT, "greet; ehlo SIZE XXXXXXXA|HELP; mail", NULL, 0 },
	/* near-miss: downgrade-capability-masked T2 */
	{ "downgrade-capability-masked", SILENT, "greet; gap S; ehlo XXXXXXXA|SIZE; mail", NULL,
		0 },
	/* near-miss: downgrade-capability-masked T5 */
	{ "downgrade-capability-masked", SILENT, "flow one-sided; ehlo XXXXXXXA|SIZE; mail", NULL,
		0 },
	{ "downgrade-capability-masked", SILENT,
		"greet 220 ***************2****200***; ehlo SIZE; mail", NULL, 0 },
	{ "downgrade-capability-masked", SILENT, "greet; ehlo-cut XXXXXXXA|SIZE; mail", NULL, 0 },

	/* two versions of the same bytes */
	{ "downgrade-conflicting-retransmission", CRITICAL, PROVEN,
		"greet; ehlo STARTTLS; conflict S; mail", "decides about TLS", 1 },
	{ "downgrade-conflicting-retransmission", CRITICAL, PROVEN,
		"greet; conflict S; ehlo STARTTLS", NULL, 1 },
	{ "downgrade-conflicting-retransmission", CRITICAL, PROVEN,
		"greet; ehlo STARTTLS; ask; conflict C; refuse 502; mail", NULL, 0 },
	{ "downgrade-conflicting-retransmission", HIGH, PROVEN,
		"greet; ehlo SIZE; mail; conflict C; conflict C", "two versions", 2 },
	{ "downgrade-conflicting-retransmission", HIGH, PROVEN,
		"greet; ehlo STARTTLS; ask; refuse 454; mail; conflict C", NULL, 1 },
	{ "downgrade-conflicting-retransmission", SILENT,
		"greet; ehlo STARTTLS; ask; agree; tls; conflict C", NULL, 0 },
	{ "downgrade-conflicting-retransmission", SILENT, "greet; ehlo STARTTLS; mail", NULL, 0 },

	/* the packets of the list are another machine's */
	{ "downgrade-inflight-tcp-anomaly", HIGH, POSSIBLE,
		"greet; ehlo SIZE; mail; rcpt; quit; " GREETING_SHAPE
			"shape S hop 128 seq 21 offset 20 length 40 acked 20; " REPLY_SHAPES,
		"D-TTL: hop limit 128, elsewhere 64", 0 },
	{ "downgrade-inflight-tcp-anomaly", HIGH, LIKELY,
		"greet; ehlo XXXXXXXA; mail; rcpt; quit; " GREETING_SHAPE
			"shape S hop 128 seq 21 offset 20 length 40 acked 20; "
		REPLY_SHAPES, "D-TTL", 0 },
	/* near-miss: downgrade-inflight-tcp-anomaly hops */
	{ "downgrade-inflight-tcp-anomaly", SILENT,
		"greet; ehlo SIZE; mail; rcpt; quit; " GREETING_SHAPE
			"shape S hop 63 seq 21 offset 20 length 40 acked 20; " REPLY_SHAPES,
		NULL, 0 },
	/* near-miss: downgrade-inflight-tcp-anomaly T2 */
	{ "downgrade-inflight-tcp-anomaly", SILENT,
		"greet; gap S; ehlo SIZE; mail; rcpt; quit; " GREETING_SHAPE
		"shape S hop 128 seq 41 offset 40 length 40 acked 20; " REPLY_SHAPES, NULL, 0 },
	/* the command is blanked */
	{ "downgrade-starttls-blanked-command", CRITICAL, PROVEN,
		"greet; ehlo STARTTLS; note C blanked-command XXXXXXXX; mail", "arrived as X", 0 },
	{ "downgrade-starttls-blanked-command", HIGH, PROVEN,
		"greet; ehlo STARTTLS; note C blanked-command XXXXXXXX; quit", NULL, 0 },
	{ "downgrade-starttls-blanked-command", HIGH, PROVEN,
		"greet; note C blanked-command XXXX; helo; quit", "client's name", 0 },
	{ "downgrade-starttls-blanked-command", HIGH, PROVEN,
		"greet; ehlo STARTTLS; ask; note S blanked-echo XXXXXXXX not known; refuse 500; "
		"quit",
		"quotes", 0 },
	{ "downgrade-starttls-blanked-command", HIGH, LIKELY,
		"greet; ehlo SIZE; note C blanked-command XXXXXXXX; quit", "typed", 0 },
	{ "downgrade-starttls-blanked-command", HIGH, LIKELY,
		"greet; ehlo SIZE; note S blanked-echo XXXX not known; quit", NULL, 0 },
	/* near-miss: downgrade-starttls-blanked-command extension */
	{ "downgrade-starttls-blanked-command", SILENT,
		"greet; ehlo STARTTLS; note C unknown-verb XYZZY; mail", NULL, 0 },

	/* refused after it was offered */
	{ "downgrade-starttls-refused-after-offer", HIGH, PROVEN,
		"greet; ehlo STARTTLS; ask; refuse 454; auth PLAIN ok", "temporary", 0 },
	{ "downgrade-starttls-refused-after-offer", MEDIUM, PROVEN,
		"greet; ehlo STARTTLS; ask; refuse 502; quit", "contradiction", 0 },
	/* stays: downgrade-starttls-refused-after-offer in-transaction */
	{ "downgrade-starttls-refused-after-offer", MEDIUM, PROVEN,
		"greet; ehlo STARTTLS; mail; ask in-mail; refuse 503; quit", "inside a mail", 0 },
	{ "downgrade-starttls-refused-after-offer", SILENT,
		"greet; ehlo SIZE; ask; refuse 502; mail", NULL, 0 },
	{ "downgrade-starttls-refused-after-offer", SILENT, "greet; helo; ask; refuse 503; mail",
		NULL, 0 },
	{ "downgrade-starttls-refused-after-offer", SILENT,
		"greet; ehlo STARTTLS; ask private; refuse 500; mail", NULL, 0 },
	{ "downgrade-starttls-refused-after-offer", SILENT, "greet; ehlo STARTTLS; ask; agree; tls",
		NULL, 0 },
	{ "downgrade-starttls-refused-after-offer", SILENT,
		"greet; ehlo STARTTLS; ask; agree; ask; refuse 503; quit", NULL, 0 },

	/* agreed, and on in clear */
	{ "downgrade-plaintext-after-agree", CRITICAL, PROVEN,
		"greet; ehlo STARTTLS; ask; agree; "
		"note C plaintext-after-agree EHLO; note S plaintext-after-agree 250; mail",
		NULL, 1 },
	{ "downgrade-plaintext-after-agree", CRITICAL, LIKELY,
		"greet; ehlo STARTTLS; ask; agree; gap C; "
		"note C plaintext-after-agree EHLO; note S plaintext-after-agree 250; mail",
		"missing", 1 },
	{ "downgrade-plaintext-after-agree", SILENT,
		"greet; ehlo STARTTLS; ask; agree; "
		"note C plaintext-after-agree QUIT",
		NULL, 0 },
	{ "downgrade-plaintext-after-agree", SILENT,
		"greet; ehlo STARTTLS; ask; agree; "
		"note C plaintext-after-agree NOOP; note S plaintext-after-agree 250; tls",
		NULL, 0 },
	{ "downgrade-plaintext-after-agree", SILENT, "greet; ehlo STARTTLS; ask; refuse 454; mail",
		NULL, 0 },

	/* back to HELO */
	{ "downgrade-ehlo-to-helo", MEDIUM, PROVEN, "greet; ehlo-refused 502; helo; mail; data",
		NULL, 0 },
	{ "downgrade-ehlo-to-helo", MEDIUM, PROVEN,
		"greet; note C blanked-command XXXX; helo; mail; data", "a device on the way", 0 },
	{ "downgrade-ehlo-to-helo", SILENT, "greet; note C blanked-command XXXXXX; helo; mail",
		NULL, 0 },
	{ "downgrade-ehlo-to-helo", SILENT, "greet; note C blanked-command XXXX; helo; quit", NULL,
		0 },
	/* near-miss: downgrade-ehlo-to-helo T15 */
	{ "downgrade-ehlo-to-helo", SILENT, "greet; ehlo-refused 502; helo; quit", NULL, 0 },
	{ "downgrade-ehlo-to-helo", SILENT, "greet; helo; ehlo-refused 502; mail; data", NULL, 0 },
	{ "downgrade-ehlo-to-helo", SILENT, "greet; ehlo-refused 502; helo; mail; ask; agree; tls",
		NULL, 0 },
	{ "downgrade-ehlo-to-helo", SILENT, "greet; helo; mail; data", NULL, 0 },
	{ "downgrade-ehlo-to-helo", SILENT, "greet; ehlo-refused 502; ehlo STARTTLS; mail", NULL,
		0 },

	/* the list is damaged */
	{ "downgrade-capability-list-cut", HIGH, LIKELY, "greet; ehlo-cut SIZE|PIPELINING; mail",
		"reply ends", 0 },
	{ "downgrade-capability-list-cut", HIGH, LIKELY,
		"greet; ehlo SIZE|PIPELINING; note S reply-unexpected DSN; mail", "behind its end",
		0 },
	{ "downgrade-capability-list-cut", HIGH, LIKELY, "greet; ehlo SIZE; note S bare-lf; mail",
		"ends otherwise", 0 },
	{ "downgrade-capability-list-cut", HIGH, LIKELY, "greet; ehlo SIZE|8BITMIME|8BITMIME; mail",
		"as long as the offer", 0 },
	{ "downgrade-capability-list-cut", SILENT, "greet; ehlo SIZE 10|SIZE 10|8BITMIME; mail",
		NULL, 0 },
	{ "downgrade-capability-list-cut", SILENT, "greet; ehlo CHUNKING|8BITMIME; mail", NULL, 0 },
	{ "downgrade-capability-list-cut", SILENT, "greet; ehlo-cut SIZE|STARTTLS; mail", NULL, 0 },
	{ "downgrade-capability-list-cut", SILENT, "greet; ehlo 8BITMIME|8BITMIME|STARTTLS; mail",
		NULL, 0 },
	{ "downgrade-capability-list-cut", SILENT, "greet; ehlo AUTH PLAIN|AUTH=PLAIN; mail", NULL,
		0 },
	/* near-miss: downgrade-capability-list-cut T2 */
	{ "downgrade-capability-list-cut", SILENT, "greet; gap S; ehlo-cut SIZE|PIPELINING; mail",
		NULL, 0 },
	{ "downgrade-capability-list-cut", SILENT,
		"greet; ehlo SIZE|DSN; mail; note S reply-unexpected DSN; quit", NULL, 0 },
	{ "downgrade-capability-list-cut", SILENT,
		"greet; ehlo SIZE|DSN; note S reply-unexpected try again; mail", NULL, 0 },
	{ "downgrade-capability-list-cut", SILENT,
		"greet; ehlo SIZE; note S bare-lf; note S bare-lf; mail", NULL, 0 },

	/* a claim that the client is logged in */
	{ "downgrade-imap-preauth", HIGH, PROVEN, "greet; fact S preauthenticated PREAUTH; mail",
		"went on in clear", 0 },
	/* near-miss: downgrade-imap-preauth left */
	{ "downgrade-imap-preauth", SILENT, "greet; fact S preauthenticated PREAUTH; quit", NULL, 0 },
	/* near-miss: downgrade-imap-preauth T7 */
	{ "downgrade-imap-preauth", SILENT, "flow loopback; greet; fact S preauthenticated PREAUTH; mail", NULL, 0 },
	{ "downgrade-imap-preauth", SILENT, "greet; mail", NULL, 0 },

	/* an offer that says that it has to be taken */
	{ "downgrade-xmpp-required-ignored", HIGH, PROVEN, "greet; fact S login-needs-tls:1 required; auth PLAIN ok",
		"accepted in clear", 0 },
	/* near-miss: downgrade-xmpp-required-ignored rejected */
	{ "downgrade-xmpp-required-ignored", SILENT, "greet; fact S login-needs-tls:1 required; auth PLAIN tls",
		NULL, 0 },
	/* near-miss: downgrade-xmpp-required-ignored optional a word of the list, beside an offer that is no must */
	{ "downgrade-xmpp-required-ignored", SILENT,
	  "greet; fact S login-needs-tls LOGINDISABLED; auth PLAIN ok", NULL, 0 },
	{ "downgrade-xmpp-required-ignored", SILENT,
	  "greet; auth PLAIN ok; fact S login-needs-tls:1 required", NULL, 0 },

	/* a hole in the list */
	{ "downgrade-capability-list-cut", HIGH, LIKELY, "greet; ehlo SIZE; note S list-hole IDLE  SASL-IR; mail",
		"a hole", 0 },
	{ "downgrade-capability-list-cut", SILENT,
		"greet; ehlo STARTTLS; note S list-hole IDLE  SASL-IR; mail", NULL, 0 },

	/* asked without an offer */
	/* stays: downgrade-client-asked-without-offer always-tries */
	{ "downgrade-client-asked-without-offer", INFO, PROVEN,
		"greet; ehlo SIZE; ask; refuse 502; quit", "always try", 0 },
	{ "downgrade-client-asked-without-offer", INFO, PROVEN, "greet; ehlo SIZE; ask; agree; tls",
		"lacked", 0 },
	{ "downgrade-client-asked-without-offer", SILENT, "greet; ask; refuse 503; quit", NULL, 0 },
	/* near-miss: downgrade-client-asked-without-offer T2 */
	{ "downgrade-client-asked-without-offer", SILENT,
		"greet; gap S; ehlo SIZE; ask; agree; tls", NULL, 0 },
	{ "downgrade-client-asked-without-offer", SILENT, "greet; ehlo STARTTLS; ask; agree; tls",
		NULL, 0 },

	/* a device that inspects mail */
	{ "middlebox-esmtp-inspection", LOW, LIKELY, "greet ***********2*****0***; ehlo SIZE; quit",
		"greeting", 0 },
	{ "middlebox-esmtp-inspection", LOW, PROVEN,
		"greet ***********2*****0***; ehlo XXXXXXXA; quit", "more than one", 0 },
	{ "middlebox-esmtp-inspection", INFO, LIKELY, "greet; ehlo XXXXXXXA|STARTTLS; quit", NULL,
		0 },
	{ "middlebox-esmtp-inspection", LOW, LIKELY, "greet; ehlo XXXB|SIZE; quit", NULL, 0 },
	{ "middlebox-esmtp-inspection", LOW, LIKELY,
		"greet; ehlo SIZE; ask; note S blanked-echo XXXX; quit", NULL, 0 },
	{ "middlebox-esmtp-inspection", LOW, LIKELY,
		"greet; ehlo STARTTLS; ask; note S blanked-echo XXXX; refuse 500; quit", NULL, 0 },
	{ "middlebox-esmtp-inspection", SILENT,
		"greet; ehlo STARTTLS; note C blanked-command XXXXXXXX; note S blanked-echo XXXX; mail",
		NULL, 0 },
	{ "middlebox-esmtp-inspection", SILENT, "greet; ehlo XXXXXXXA|SIZE; quit", NULL, 0 },
	/* near-miss: middlebox-esmtp-inspection few-stars */
	{ "middlebox-esmtp-inspection", SILENT,
		"greet mx.example.org ****** welcome ******; ehlo SIZE", NULL, 0 },
	{ "middlebox-esmtp-inspection", SILENT, "greet *******; ehlo SIZE", NULL, 0 },
};

static void
findings(void **state)
{
	(void)state;
	judge_run(cases, TABLE_LENGTH(cases));
}

static void
every_rule_has_cases(void **state)
{
	(void)state;
	judge_covers(cases, TABLE_LENGTH(cases), "downgrade-");
	judge_covers(cases, TABLE_LENGTH(cases), "middlebox-");
}

static const struct {
	enum mask   mask;
	const char *line;
} masks[] = {
	{ MASK_NONE, "STARTTLS" },
	{ MASK_NONE, "starttls" },
	{ MASK_NONE, "8BITMIME" },
	{ MASK_NONE, "CHUNKING" },
	{ MASK_NONE, "SMTPUTF8" },
	{ MASK_NONE, "UTF8SMTP" },
	{ MASK_NONE, "XFORWARD NAME" },
	{ MASK_NONE, "XX" },
	{ MASK_NONE, "XA" },
	{ MASK_NONE, "XXXXXXX1" },
	{ MASK_NONE, "XXXXAXXX" },
	{ MASK_NONE, "HELP XXXXXXXA" },
	{ MASK_AS_LONG, "XXXXXXXA" },
	{ MASK_AS_LONG, "XXXXXXXX" },
	{ MASK_AS_LONG, "XXXXXXXB AND MORE" },
	{ MASK_KEYWORD, "XXXB" },
	{ MASK_KEYWORD, "XXX" },
	{ MASK_KEYWORD, "XXXXXXXXXXXXXXXXXXXA" },
	{ MASK_MISSPELT, "XTARTTLS" },
	{ MASK_MISSPELT, "STARTTLX" },
	{ MASK_MISSPELT, "STARTTSL" },
	{ MASK_MISSPELT, "startxxx" },
	{ MASK_MISSPELT, "STARTLS" },
	{ MASK_MISSPELT, "STARTTLSA" },
	{ MASK_MISSPELT, "TARTTLS" },
	{ MASK_MISSPELT, "STAARTTLS" },
	{ MASK_NONE, "STARXXXX" },
	{ MASK_NONE, "STARTLSX1" },
	{ MASK_NONE, "STLS" },
	{ MASK_NONE, "START" },
	{ MASK_BLANK, "" },
	{ MASK_BLANK, "   " },
	{ MASK_BLANK, "********" },
	{ MASK_BLANK, "--------" },
	{ MASK_BLANK, "........" },
	{ MASK_BLANK, "\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00" },
	{ MASK_NONE, "---------" },
	{ MASK_NONE, "-------" },
	{ MASK_NONE, "\\x00\\x00" },
};

static void
masks_are_told_from_keywords(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(masks); i++)
		if (mask_of(span_of(masks[i].line), protocol_offer(span_of("smtp"))) != masks[i].mask)
			fail_msg("\"%s\" is %d", masks[i].line,
				(int)mask_of(span_of(masks[i].line), protocol_offer(span_of("smtp"))));
}

/* Where the offer is shorter, so is what hides it. */
static void
masks_are_as_long_as_the_offer(void **state)
{
	static const struct {
		enum mask   mask;
		const char *line;
	} others[] = {
		{ MASK_AS_LONG, "XXXX" },
		{ MASK_AS_LONG, "XXXA" },
		{ MASK_KEYWORD, "XXXXXXXX" },
		{ MASK_MISSPELT, "XTLS" },
		{ MASK_MISSPELT, "STTLS" },
		{ MASK_NONE, "STLS" },
		{ MASK_NONE, "SASL PLAIN" },
		{ MASK_NONE, "USER" },
		{ MASK_NONE, "TOP" },
		{ MASK_BLANK, "****" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(others); i++)
		if (mask_of(span_of(others[i].line), protocol_offer(span_of("pop3"))) != others[i].mask)
			fail_msg("\"%s\"", others[i].line);
	assert_true(span_is(protocol_offer(span_of("imap")), "STARTTLS"));
	assert_true(keyword_is_offer(span_of("stls")));
	assert_false(keyword_is_offer(span_of("AUTH")));
}

static const struct {
	int               points;
	enum interference outcome;
	const char       *script;
} sums[] = {
	{ 0, INTERFERENCE_NONE, "greet; ehlo SIZE|STARTTLS; mail" },
	{ 0, INTERFERENCE_NONE, "greet; ehlo SIZE|PIPELINING; mail; data" },
	{ 10, INTERFERENCE_NONE, "greet ************2**0***; ehlo SIZE; mail" },
	{ 10, INTERFERENCE_NONE, "greet; ehlo XXXB; mail" },
	{ 45, INTERFERENCE_SUSPECTED, "greet; ehlo XXXXXXXA; mail" },
	/* the slot of a known server: before and behind it, even where those are masked */
	{ 55, INTERFERENCE_SUSPECTED, "greet; ehlo ETRN|XXXXXXXA|ENHANCEDSTATUSCODES; mail" },
	{ 55, INTERFERENCE_SUSPECTED, "greet; ehlo XXXA|XXXXXXXB|XXXXXXXXXXXXXXXXXXC; mail" },
	{ 45, INTERFERENCE_SUSPECTED, "greet; ehlo ETRN|SIZE|XXXXXXXA|ENHANCEDSTATUSCODES; mail" },
	{ 45, INTERFERENCE_PROVEN, "greet; ehlo XXXXXXXA|8BITMIME|CHUNKING|SMTPUTF8; mail" },
	{ 55, INTERFERENCE_SUSPECTED, "greet; ehlo XTARTTLS|8BITMIME|CHUNKING|SMTPUTF8; mail" },
	{ 15, INTERFERENCE_NONE, "greet; ehlo SIZE; ask; refuse 502; mail" },
	{ 60, INTERFERENCE_SUSPECTED, "greet; ehlo SIZE; ask; agree; tls" },
	{ 105, INTERFERENCE_PROVEN, "greet; ehlo XXXXXXXA; ask; agree; tls" },
	{ 60, INTERFERENCE_SUSPECTED, "greet; ehlo XXXXXXXA; ask; refuse 502; mail" },
	{ 30, INTERFERENCE_SUSPECTED, "greet; ehlo STARTTLS; ask; refuse 500; mail" },
	{ 5, INTERFERENCE_NONE, "greet; ehlo STARTTLS; ask; refuse 454; mail" },
	{ 0, INTERFERENCE_NONE, "greet; ehlo STARTTLS; ask; refuse 501; mail" },
	{ 50, INTERFERENCE_PROVEN, "greet; ehlo STARTTLS; note C blanked-command XXXXXXXX; mail" },
	{ 50, INTERFERENCE_SUSPECTED, "greet; ehlo SIZE; note C blanked-command XXXXXXXX; mail" },
	{ 50, INTERFERENCE_SUSPECTED, "greet; ehlo STARTTLS; note C blanked-command XXXX; mail" },
	{ 0, INTERFERENCE_NONE, "greet; helo; ehlo-refused 500; mail" },
	{ 10, INTERFERENCE_NONE, "greet; ehlo-refused 500; helo; mail" },
	{ 60, INTERFERENCE_PROVEN,
		"greet; ehlo-refused 500; note C blanked-command XXXX; helo; mail" },
	{ 100, INTERFERENCE_PROVEN, "greet; ehlo STARTTLS; conflict S; mail" },
	{ 0, INTERFERENCE_NONE, "greet; ehlo STARTTLS; mail; conflict C" },
	/* a loss among the deciding lines leaves only what the client did and what was blanked */
	{ 0, INTERFERENCE_NONE, "greet; gap S; ehlo XXXXXXXA|8BITMIME|CHUNKING|SMTPUTF8; mail" },
	{ 45, INTERFERENCE_SUSPECTED, "greet; ehlo XXXXXXXA; mail; gap S" },
	{ 50, INTERFERENCE_PROVEN,
		"greet; gap S; ehlo STARTTLS; note C blanked-command XXXXXXXX; mail" },
};

static void
signals_add_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(sums); i++) {
		struct build b;

		build_begin(&b);
		build_play(&b, sums[i].script);
		signals_gather(b.session);
		if (b.session->interference_points != sums[i].points ||
		    b.session->interference != sums[i].outcome)
			fail_msg("\"%s\" gives %d points and outcome %d", sums[i].script,
				b.session->interference_points, (int)b.session->interference);
		build_end(&b);
	}
}

/* Of each group the strongest counts, of the packets' the two strongest; what speaks against it is taken off. */
static void
groups_do_not_pile_up(void **state)
{
	static const struct signal signals[] = {
		{ .group = SIGNAL_TEXT, .points = 45 },
		{ .group = SIGNAL_TEXT, .points = 10 },
		{ .group = SIGNAL_WIRE, .points = 15 },
		{ .group = SIGNAL_WIRE, .points = 30 },
		{ .group = SIGNAL_WIRE, .points = 20 },
		{ .group = SIGNAL_HISTORY, .points = 35 },
		{ .group = SIGNAL_TEXT, .points = -20 },
	};
	struct interference_sum sum = signals_combine(signals, TABLE_LENGTH(signals));

	(void)state;
	assert_int_equal(sum.points, 45 + 30 + 20 + 35 - 20);
	assert_int_equal(sum.outcome, INTERFERENCE_SUSPECTED);
	assert_int_equal(signals_combine(signals, 0).outcome, INTERFERENCE_NONE);
	assert_int_equal(signals_combine(&signals[2], 1).outcome, INTERFERENCE_NONE);
	assert_int_equal(signals_combine(&signals[3], 1).outcome, INTERFERENCE_SUSPECTED);
}

/* The damage to a list is shown by one of its lines, even where the note has no words. */
static void
damage_is_quoted(void **state)
{
	static const struct {
		const char *script, *line;
	} tests[] = {
		{ "greet; ehlo-cut SIZE|PIPELINING; mail", "PIPELINING" },
		{ "greet; ehlo SIZE|PIPELINING; note S bare-lf; mail", "PIPELINING" },
		{ "greet; ehlo 8BITMIME|SIZE|8BITMIME; mail", "8BITMIME" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(tests); i++) {
		const struct finding *finding;
		struct build b;

		build_begin(&b);
		build_play(&b, tests[i].script);
		build_close(&b);
		rules_judge(b.session);
		finding = judge_find(b.session, "downgrade-capability-list-cut");
		assert_non_null(finding);
		assert_true(span_is(finding->evidence.text, tests[i].line));
		build_end(&b);
	}
}

/* A line that took a second to arrive was typed by hand. */
static void
typing_is_no_signal(void **state)
{
	struct build b;

	(void)state;
	build_begin(&b);
	build_play(&b, "greet; ehlo STARTTLS; say XXXXXXXX");
	b.where[CLIENT].last.time_ns += BUILD_SECOND;
	build_note(&b, CLIENT, NOTE_BLANKED_COMMAND, "XXXXXXXX");
	build_play(&b, "note S blanked-echo 500 XXXXXXXX");
	signals_gather(b.session);
	assert_int_equal(b.session->interference_points, 0);
	build_end(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(findings),
		cmocka_unit_test(every_rule_has_cases),
		cmocka_unit_test(masks_are_told_from_keywords),
		cmocka_unit_test(masks_are_as_long_as_the_offer),
		cmocka_unit_test(signals_add_up),
		cmocka_unit_test(groups_do_not_pile_up),
		cmocka_unit_test(damage_is_quoted),
		cmocka_unit_test(typing_is_no_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
