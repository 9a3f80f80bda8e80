/* What sessions leave behind: flags, verdicts, names, lists, logins and places, each with sessions that nearly have
 * them. */
#include "shared/build_session.h"

#include "model/rule.h"
#include "rules/greeting.h"

static const struct flag_case {
	uint32_t    flags;
	bool        absent;             /* none of them, as against all */
	const char *script;
} flag_cases[] = {
	{ FOOT_WHOLE | FOOT_LIST | FOOT_EXTENDED_ACCEPTED, false, "greet; ehlo SIZE; quit" },
	{ FOOT_BASIC | FOOT_EXTENDED_REFUSED | FOOT_APPLICATION | FOOT_OPEN | FOOT_ASKED, true,
		"greet; ehlo SIZE; quit" },
	{ FOOT_LIST, false, "greet; ehlo STARTTLS|SIZE; ask; agree; tls" },
	{ FOOT_LIST, false, "greet; ehlo SIZE; gap S; mail" },
	{ FOOT_LIST, false, "flow midstream; greet; ehlo SIZE; quit" },
	{ FOOT_LIST, true, "greet; gap S; ehlo SIZE; quit" },
	{ FOOT_LIST, true, "greet; ehlo-cut SIZE; mail" },
	{ FOOT_LIST, true, "flow midstream; ehlo SIZE; quit" },
	{ FOOT_LIST, true, "flow one-sided; ehlo SIZE; quit" },
	{ FOOT_LIST, true, "greet; helo; mail" },
	{ FOOT_LIST, true, "port 465; tls 1.3" },
	{ FOOT_WHOLE, true, "greet; ehlo SIZE; gap S; mail" },
	{ FOOT_WHOLE, true, "flow midstream; greet; ehlo SIZE" },
	{ FOOT_WHOLE, true, "flow one-sided; greet" },
	{ FOOT_WHOLE | FOOT_OPEN, false, "flow open; greet; ehlo SIZE" },
	{ FOOT_BASIC, false, "greet; helo; mail" },
	{ FOOT_EXTENDED_REFUSED | FOOT_BASIC, false, "greet; ehlo-refused 502; helo; mail" },
	{ FOOT_EXTENDED_ACCEPTED, true, "greet; ehlo-refused 502; helo; mail" },
	{ FOOT_BANNER_MASKED, false, "greet ************************2*0***; ehlo SIZE" },
	{ FOOT_LIST_DOUBLED, false, "greet; ehlo SIZE|8BITMIME|SIZE; quit" },
	{ FOOT_LIST_DOUBLED, true, "greet; ehlo AUTH PLAIN|AUTH=PLAIN; quit" },
	{ FOOT_APPLICATION | FOOT_CONTENT_ACCEPTED | FOOT_QUIT, false, "greet; ehlo SIZE; mail; rcpt; data; quit" },
	{ FOOT_CONTENT_ACCEPTED, true, "greet; ehlo SIZE; mail; rcpt; data 550; quit" },
	{ FOOT_ACCESS, false, "port 587; greet; ehlo SIZE" },
	{ FOOT_ACCESS, true, "port 25; greet; ehlo SIZE" },
	{ FOOT_SILENT, false, "port 465; wait 60" },
	{ FOOT_SILENT, true, "port 25; greet" },
	{ FOOT_ASKED | FOOT_AGREED | FOOT_HELLO | FOOT_SERVER_HELLO | FOOT_ESTABLISHED, false,
		"greet; ehlo STARTTLS; ask; agree; tls 1.3" },
	{ FOOT_REFUSED | FOOT_IMPLICIT | FOOT_CUT_AT_TLS, true, "greet; ehlo STARTTLS; ask; agree; tls 1.3" },
	{ FOOT_ASKED | FOOT_REFUSED, false, "greet; ehlo STARTTLS; ask; refuse 454; mail" },
	{ FOOT_AGREED, true, "greet; ehlo STARTTLS; ask; refuse 454; mail" },
	{ FOOT_IMPLICIT | FOOT_OFFERS_13 | FOOT_OFFERS_STRONG, false, "port 465; tls 1.3" },
	{ FOOT_OFFERS_13, true, "port 465; client-hello 1.2" },
	{ FOOT_OFFERS_STRONG, true, "port 465; client-hello 1.2 weak" },
	{ FOOT_OFFERS_PQ, false, "port 465; client-hello 1.3 groups=X25519MLKEM768,x25519" },
	{ FOOT_OFFERS_PQ | FOOT_FALLBACK_SCSV, true, "port 465; client-hello 1.3 groups=x25519,secp256r1" },
	{ FOOT_FALLBACK_SCSV, false, "port 465; client-hello 1.2 scsv" },
	{ FOOT_MODE_MISMATCH, false, "port 587; greet; client-hello" },
	{ FOOT_TLS_REQUIRED, false, "greet; ehlo STARTTLS; refused-for tls; quit" },
	{ FOOT_AUTH_REQUIRED, false, "greet; ehlo STARTTLS; refused-for login; quit" },
	{ FOOT_TLS_REQUIRED | FOOT_AUTH_REQUIRED, true, "greet; ehlo STARTTLS; refused-for greylist; quit" },
	/* left by the client as soon as it was there */
	{ FOOT_TURNED_BACK, false, "greet; ehlo STARTTLS; ask; agree; tls 1.2; alert C 255 255" },
	{ FOOT_TURNED_BACK, true, "greet; ehlo STARTTLS; ask; agree; tls 1.2; application C; alert C 255 255" },
	{ FOOT_TURNED_BACK, true, "greet; ehlo STARTTLS; ask; agree; tls 1.2; alert S 255 255" },
	{ FOOT_TURNED_BACK, true, "greet; ehlo STARTTLS; ask; agree; tls 1.3; alert C 255 255" },
	{ FOOT_TURNED_BACK, true, "flow open; greet; ehlo STARTTLS; ask; agree; tls 1.2; alert C 255 255" },
	{ FOOT_TURNED_BACK, true, "greet; ehlo STARTTLS; ask; agree; tls 1.2; gap C; alert C 255 255" },
	/* cut where TLS was due */
	{ FOOT_CUT_AT_TLS | FOOT_CUT_BY_RESET, false,
		"flow reset server-closes; greet; ehlo STARTTLS; ask; agree; client-hello" },
	{ FOOT_CUT_AT_TLS | FOOT_CUT_BY_RESET, false, "flow reset; greet; ehlo STARTTLS; ask; agree; client-hello" },
	{ FOOT_CUT_AT_TLS | FOOT_CUT_BY_RESET, false, "flow reset; greet; ehlo STARTTLS; ask; agree" },
	{ FOOT_CUT_AT_TLS | FOOT_CUT_BY_RESET, false, "flow reset server-closes; greet; ehlo STARTTLS; ask" },
	{ FOOT_CUT_AT_TLS | FOOT_CUT_BY_RESET, false, "port 465; flow reset server-closes; client-hello" },
	{ FOOT_CUT_AT_TLS, false, "greet; ehlo STARTTLS; ask; agree; client-hello; wait 30" },
	{ FOOT_CUT_AT_TLS, false, "flow idle; greet; ehlo STARTTLS; ask; agree; client-hello" },
	{ FOOT_CUT_AT_TLS, false, "greet; ehlo STARTTLS; ask; agree; client-hello; server-hello; wait 30" },
	{ FOOT_CUT_BY_RESET, true, "greet; ehlo STARTTLS; ask; agree; client-hello; wait 30" },
	/* near-miss: downgrade-reset-at-tls alert */
	{ FOOT_CUT_AT_TLS, true,
		"flow reset server-closes; greet; ehlo STARTTLS; ask; agree; client-hello; alert S 2 70" },
	/* near-miss: downgrade-reset-at-tls refused in words before the reset */
	{ FOOT_CUT_AT_TLS, true, "flow reset server-closes; greet; ehlo STARTTLS; ask; refuse 454" },
	/* near-miss: downgrade-reset-at-tls the client that asked left */
	{ FOOT_CUT_AT_TLS, true, "flow reset; greet; ehlo STARTTLS; ask" },
	/* near-miss: downgrade-reset-at-tls later than three seconds */
	{ FOOT_CUT_BY_RESET, true, "flow reset; greet; ehlo STARTTLS; ask; agree; client-hello; wait 4" },
	/* near-miss: downgrade-reset-at-tls the server went on later */
	{ FOOT_CUT_AT_TLS, true, "greet; ehlo STARTTLS; ask; agree; client-hello; wait 4; server-hello; wait 30" },
	/* near-miss: downgrade-reset-at-tls the client rejects what the server sent */
	{ FOOT_CUT_AT_TLS, true, "flow reset; greet; ehlo STARTTLS; ask; agree; client-hello; server-hello" },
	/* near-miss: downgrade-reset-at-tls closed in order */
	{ FOOT_CUT_AT_TLS, true, "flow server-closes; greet; ehlo STARTTLS; ask; agree; client-hello" },
	/* near-miss: downgrade-reset-at-tls the capture ended */
	{ FOOT_CUT_AT_TLS, true, "flow open; greet; ehlo STARTTLS; ask; agree; client-hello" },
	/* near-miss: downgrade-reset-at-tls TLS to a service that speaks text first */
	{ FOOT_CUT_AT_TLS, true, "port 587; flow reset; greet; client-hello" },
	/* near-miss: downgrade-reset-at-tls T5 */
	{ FOOT_CUT_AT_TLS, true, "flow one-sided; port 465; client-hello; wait 30" },
	{ FOOT_CUT_AT_TLS, true, "greet; ehlo STARTTLS; ask; agree; note C plaintext-after-agree MAIL; mail; wait 30" },
	{ FOOT_CUT_AT_TLS, true, "flow reset; greet; ehlo STARTTLS; mail" },
};

static void
play(struct build *b, const char *script)
{
	build_begin(b);
	build_play(b, script);
	build_close(b);
	rules_judge(b->session);
	assert_non_null(b->session->footprint);
}

static void
flags_say_what_was_seen(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(flag_cases); i++) {
		const struct flag_case *test = &flag_cases[i];
		struct build b;
		uint32_t found;

		play(&b, test->script);
		found = b.session->footprint->flags & test->flags;
		if (found != (test->absent ? 0 : test->flags))
			fail_msg("flags %08x of %08x: \"%s\"", (unsigned)found, (unsigned)test->flags, test->script);
		build_end(&b);
	}
}

static const struct {
	enum verdict verdict, suspected, proven;
	const char  *script;
} verdict_cases[] = {
	{ VERDICT_PLAINTEXT_NO_OFFER, VERDICT_DOWNGRADED_SUSPECTED, VERDICT_DOWNGRADED_PROVEN,
		"greet; ehlo SIZE; mail; data; quit" },
	{ VERDICT_PLAINTEXT_REFUSED, VERDICT_DOWNGRADED_SUSPECTED, VERDICT_DOWNGRADED_PROVEN,
		"greet; ehlo STARTTLS; ask; refuse 454; mail; data; quit" },
	{ VERDICT_PLAINTEXT_NO_OFFER, VERDICT_DOWNGRADED_SUSPECTED, VERDICT_DOWNGRADED_PROVEN,
		"greet; ehlo XXXXXXXA|SIZE; mail; data; quit" },
	{ VERDICT_PROTECTED_STARTTLS, VERDICT_PROTECTED_STARTTLS, VERDICT_PROTECTED_STARTTLS,
		"greet; ehlo STARTTLS; ask; agree; tls" },
	{ VERDICT_HANDSHAKE_FAILED, VERDICT_HANDSHAKE_FAILED, VERDICT_HANDSHAKE_FAILED,
		"greet; ehlo STARTTLS; ask; agree; client-hello; alert S 2 70" },
	{ VERDICT_UNKNOWN_PARTIAL, VERDICT_UNKNOWN_PARTIAL, VERDICT_UNKNOWN_PARTIAL,
		"greet; gap S; ehlo SIZE; mail; data" },
};

static void
verdicts_follow_interference(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(verdict_cases); i++) {
		struct build b;
		const struct footprint *f;

		play(&b, verdict_cases[i].script);
		f = b.session->footprint;
		if (f->verdict != verdict_cases[i].verdict || f->verdict_suspected != verdict_cases[i].suspected ||
		    f->verdict_proven != verdict_cases[i].proven)
			fail_msg("%s, %s, %s: \"%s\"", verdict_word(f->verdict), verdict_word(f->verdict_suspected),
				verdict_word(f->verdict_proven), verdict_cases[i].script);
		build_end(&b);
	}
}

static const struct {
	const char *greeting, *host, *product;
} greetings[] = {
	{ "mx.example.org ESMTP Postfix", "mx.example.org", "Postfix" },
	{ "MX.Example.ORG. ESMTP Postfix (Debian/GNU)", "MX.Example.ORG", "Postfix" },
	{ "mail.example.org ESMTP Exim 4.96 Mon, 01 Jan 2024 10:00:00 +0000", "mail.example.org", "Exim" },
	{ "exim.example.org ESMTP Postfix", "exim.example.org", "Postfix" },
	{ "mx.google.com ESMTP a1-20020a170902b18100b001d0b1b2c3d4si123456.12 - gsmtp", "mx.google.com", "gsmtp" },
	{ "DM6NAM.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready at Mon, 1 Jan 2024 10:00:00 +0000",
		"DM6NAM.mail.protection.outlook.com", "Microsoft ESMTP MAIL Service" },
	{ "mail ESMTP Postfix", "mail", "Postfix" },
	{ "mail.example.org Wombat ESMTP 5.1.2 ready Tue Feb 02", "mail.example.org", "Wombat" },
	{ "mail.example.org ESMTP QWERTYUIO", "mail.example.org", "" },
	{ "mail.example.org ESMTP abc123def456", "mail.example.org", "" },
	{ "mail.example.org ESMTP ready Monday January", "mail.example.org", "" },
	{ "Dovecot ready.", "", "Dovecot" },
	{ "ESMTP", "", "" },
	{ "[192.0.2.1] ESMTP", "", "" },
	{ "192.0.2.1 ESMTP", "", "" },
	{ "************************2*0***", "", "" },
	{ "", "", "" },
};

static void
greetings_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(greetings); i++) {
		struct span text = span_of(greetings[i].greeting);
		struct span host = greeting_host(text), product = greeting_product(text);

		if (!span_equal(host, span_of(greetings[i].host)) ||
		    !span_equal(product, span_of(greetings[i].product)))
			fail_msg("\"%.*s\", \"%.*s\": \"%s\"", (int)host.len, (const char *)host.at, (int)product.len,
				(const char *)product.at, greetings[i].greeting);
	}
}

static const struct {
	enum client_kind kind;
	const char      *script;
} clients[] = {
	{ CLIENT_SCANNER, "greet; name masscan; ehlo SIZE; quit" },
	{ CLIENT_SCANNER, "greet; name nmap.scanme.org; ehlo SIZE; quit" },
	{ CLIENT_SCANNER, "greet; name census7.shodan.io; ehlo SIZE; quit" },
	{ CLIENT_SCANNER, "greet; name openssl.client.net; ehlo STARTTLS; ask; agree; tls" },
	{ CLIENT_SCANNER, "greet; name scan-01.zgrab.example.net; ehlo SIZE" },
	{ CLIENT_MONITOR, "greet; name nagios.example.net; ehlo SIZE; quit" },
	{ CLIENT_MONITOR, "greet; name zabbix-proxy.example.net; helo; quit" },
	{ CLIENT_ORDINARY, "greet; name nagios.example.net; ehlo SIZE; mail; rcpt; data; quit" },
	{ CLIENT_ORDINARY, "greet; name mail.census.gov; ehlo SIZE; quit" },
	{ CLIENT_ORDINARY, "greet; name notshodan.io; ehlo SIZE; quit" },
	{ CLIENT_ORDINARY, "greet; name monitoring.example.net; ehlo SIZE; quit" },
	{ CLIENT_ORDINARY, "greet; ehlo SIZE; quit" },
	{ CLIENT_ORDINARY, "greet" },
};

static void
clients_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(clients); i++) {
		struct build b;

		play(&b, clients[i].script);
		if (b.session->footprint->client_kind != clients[i].kind)
			fail_msg("kind %d: \"%s\"", (int)b.session->footprint->client_kind, clients[i].script);
		build_end(&b);
	}
}

static void
assert_text(struct span text, const char *expected)
{
	if (!span_equal(text, span_of(expected)))
		fail_msg("\"%.*s\" is not \"%s\"", (int)text.len, (const char *)text.at, expected);
}

static void
lists_are_kept(void **state)
{
	struct build b;
	const struct footprint *f;

	(void)state;
	play(&b, "greet Mx.Example.org ESMTP Postfix; "
		"ehlo size 1000|starttls|AUTH plain  LOGIN|AUTH=PLAIN|XXXXA; quit");
	f = b.session->footprint;
	assert_text(f->greeting_name, "mx.example.org");
	assert_text(f->product, "Postfix");
	assert_text(f->keywords, "SIZE STARTTLS AUTH AUTH XXXXA");
	assert_text(f->mechanisms, "PLAIN LOGIN");
	assert_int_equal(f->list_octets, 5 * BUILD_LINE_LENGTH);
	assert_int_equal(f->syn_shape.len, 0);
	build_end(&b);

	play(&b, "greet; ehlo-cut SIZE|STARTTLS; mail");
	assert_int_equal(b.session->footprint->keywords.len, 0);
	build_end(&b);
}

/* A list of long words ends with a whole one. */
static void
long_lists_are_cut_between_words(void **state)
{
	struct build b;
	struct span keywords, word;
	char script[4096] = "greet; ehlo ";

	(void)state;
	for (int i = 0; i < 60; i++)
		strcat(script, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH|");
	play(&b, strcat(script, "END"));
	keywords = b.session->footprint->keywords;
	assert_in_range(keywords.len, 900, 1024);
	while (span_take_word(&keywords, &word))
		assert_int_equal(word.len, 44);
	build_end(&b);
}

static void
syn_answer_has_a_shape(void **state)
{
	struct build b;
	struct shape answer = { .side = SERVER, .flags = TCP_SYN | TCP_ACK, .hop_limit = 57, .mss = 1460,
		.has_window_scale = true, .window_scale = 7, .options_mark = 0x02040303 };
	struct shape ask = { .next = &answer, .side = CLIENT, .flags = TCP_SYN, .hop_limit = 128 };

	(void)state;
	build_begin(&b);
	build_play(&b, "greet; ehlo SIZE");
	b.session->shapes = &ask;
	rules_judge(b.session);
	assert_text(b.session->footprint->syn_shape, "64/w7/m1460/02040303");
	answer.has_window_scale = false;
	answer.hop_limit = 255;
	rules_judge(b.session);
	assert_text(b.session->footprint->syn_shape, "255/w-/m1460/02040303");
	build_end(&b);
}

static void
logins_are_counted(void **state)
{
	struct build b;
	const struct footprint *f;

	(void)state;
	play(&b, "greet; ehlo AUTH PLAIN CRAM-MD5; auth CRAM-MD5 ok eve; auth PLAIN bad bob; auth LOGIN bad; "
		"auth PLAIN policy; auth PLAIN tls; auth PLAIN ok; auth PLAIN none; auth PLAIN cancelled");
	f = b.session->footprint;
	assert_int_equal(f->logins_accepted, 1);
	assert_int_equal(f->logins_wrong, 2);
	assert_int_equal(f->logins_refused, 2);
	assert_text(f->account, "bob");
	assert_text(f->mechanism, "PLAIN");
	assert_true(f->places[PLACE_SECRET].seen);
	build_end(&b);

	play(&b, "greet; ehlo AUTH CRAM-MD5; auth CRAM-MD5 ok eve");
	f = b.session->footprint;
	assert_int_equal(f->logins_accepted + f->logins_wrong + f->logins_refused, 0);
	assert_int_equal(f->account.len + f->mechanism.len, 0);
	assert_false(f->places[PLACE_SECRET].seen);
	build_end(&b);
}

static void
tls_facts_are_kept(void **state)
{
	struct build b;
	const struct footprint *f;

	(void)state;
	play(&b, "greet; ehlo STARTTLS; ask; agree; client-hello 1.2; server-hello 1.2; alert C 2 48");
	f = b.session->footprint;
	assert_int_equal(f->offers_version, TLS_1_2);
	assert_int_equal(f->cipher_traits, CIPHER_AEAD | CIPHER_FORWARD_SECRECY);
	assert_true(f->offered_extras & TLS_HAS_SNI);
	assert_text(f->client_random, "3031323334353637383961626364656630313233343536373839414243444546");
	build_end(&b);

	play(&b, "greet; ehlo STARTTLS; ask; refuse 454; mail");
	f = b.session->footprint;
	assert_int_equal(f->refusal_code, 454);
	assert_int_equal(f->offers_version, 0);
	assert_int_equal(f->client_random.len, 0);
	build_end(&b);
}

/* Of the first mail its marks; of all its recipients the domains. */
static void
mails_are_kept(void **state)
{
	const struct mail_facts sender = { .mark = 7, .domain = span_of("a.example") };
	const struct mail_facts recipients[] = { { .mark = 100, .domain = span_of("b.example") },
		{ .mark = 1000, .domain = span_of("c.example") }, { .mark = 10000, .domain = span_of("b.example") } };
	const struct mail_facts body = { .octets = 42 }, answer = { .queue_id = span_of("4XyZ") };
	struct build b;
	struct event event = { .side = SERVER, .code = 250 };

	(void)state;
	build_begin(&b);
	build_play(&b, "greet; ehlo SIZE");
	for (int mail = 0; mail < 2; mail++) {
		event.kind = EVENT_MAIL;
		event.facts.mail = &sender;
		session_event(b.session, &event);
		event.kind = EVENT_RECIPIENT;
		for (size_t i = 0; i < TABLE_LENGTH(recipients); i++) {
			event.facts.mail = &recipients[i];
			session_event(b.session, &event);
		}
		session_event(b.session, &(struct event){ .kind = EVENT_CONTENT_END, .facts.mail = &body });
		event.kind = EVENT_CONTENT_ANSWER;
		event.facts.mail = &answer;
		session_event(b.session, &event);
	}
	rules_judge(b.session);
	assert_int_equal(b.session->footprint->envelope_mark, 3 * 7 + 11100);
	assert_text(b.session->footprint->sender_domain, "a.example");
	assert_text(b.session->footprint->recipient_domains, "b.example c.example");
	assert_int_equal(b.session->footprint->content_bytes, 42);
	assert_text(b.session->footprint->queue_id, "4XyZ");
	build_end(&b);
}

static const struct {
	enum place  place;
	const char *script, *nearly;    /* a session that has the place, and one that has not */
} place_cases[] = {
	{ PLACE_GREETING, "greet", "client-hello" },
	{ PLACE_NAME, "greet; ehlo SIZE", "greet" },
	{ PLACE_LIST, "greet; ehlo SIZE", "greet; helo" },
	{ PLACE_ASK, "greet; ehlo SIZE; ask", "greet; ehlo STARTTLS" },
	{ PLACE_ANSWER, "greet; ehlo SIZE; ask; agree", "greet; ehlo STARTTLS; ask" },
	{ PLACE_APPLICATION, "greet; ehlo SIZE; mail", "greet; ehlo SIZE; quit" },
	{ PLACE_CLIENT_HELLO, "client-hello", "greet" },
	{ PLACE_SERVER_HELLO, "client-hello; server-hello", "client-hello" },
	{ PLACE_ALERT, "client-hello; alert S 2 40", "client-hello; alert S 0 255" },
	{ PLACE_CLOSE, "greet", "flow idle; greet" },
	{ PLACE_CLOSE, "flow reset; greet", "flow open; greet" },
};

static void
places_are_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(place_cases); i++) {
		struct build b;

		play(&b, place_cases[i].script);
		if (!b.session->footprint->places[place_cases[i].place].seen)
			fail_msg("no place %d: \"%s\"", (int)place_cases[i].place, place_cases[i].script);
		build_end(&b);
		play(&b, place_cases[i].nearly);
		if (b.session->footprint->places[place_cases[i].place].seen)
			fail_msg("place %d: \"%s\"", (int)place_cases[i].place, place_cases[i].nearly);
		build_end(&b);
	}
}

/* With no memory left there is none, and the session says that it is not whole. */
static void
spent_memory_leaves_none(void **state)
{
	struct budget budget = { .limit = 256u << 10 };
	struct session *session = session_new(&budget);

	(void)state;
	assert_non_null(session);
	while (arena_alloc(session->arena, 64) != NULL)
		;
	rules_judge(session);
	assert_null(session->footprint);
	assert_true(session->truncated);
	session_free(&session);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_say_what_was_seen),
		cmocka_unit_test(verdicts_follow_interference),
		cmocka_unit_test(greetings_are_read),
		cmocka_unit_test(clients_are_told_apart),
		cmocka_unit_test(lists_are_kept),
		cmocka_unit_test(long_lists_are_cut_between_words),
		cmocka_unit_test(syn_answer_has_a_shape),
		cmocka_unit_test(logins_are_counted),
		cmocka_unit_test(tls_facts_are_kept),
		cmocka_unit_test(mails_are_kept),
		cmocka_unit_test(places_are_kept),
		cmocka_unit_test(spent_memory_leaves_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
