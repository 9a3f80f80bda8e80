/* What is kept of the things that history says: where they stand beside what sessions show by themselves, that saying
 * them again changes nothing, and that they go with the sessions. */
#include "shared/store_sample.h"

#include "engine/hindsight.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

/* A session that leaves a footprint, as the rules make it. */
static struct session *
make_session(uint8_t client, int64_t second)
{
	struct session *session = sample_session(client);
	struct footprint *footprint = arena_alloc(session->arena, sizeof(*footprint));

	session->first.time_ns += second * 1000000000;
	session->last.time_ns += second * 1000000000;
	*footprint = (struct footprint){
		.flags = FOOT_WHOLE | FOOT_LIST,
		.verdict = VERDICT_PLAINTEXT_DECLINED,
		.verdict_suspected = VERDICT_DOWNGRADED_SUSPECTED,
		.verdict_proven = VERDICT_DOWNGRADED_PROVEN,
	};
	footprint->places[PLACE_LIST] = (struct quote){ .seen = true, .side = SERVER,
		.text = span_of("250 SIZE"), .where = sample_where(6, 60) };
	session->footprint = footprint;
	return session;
}

static void
add_signal(struct session *session, const char *name, int points)
{
	struct signal *signals = arena_alloc(session->arena, 2 * sizeof(*signals));

	if (session->signal_count > 0)
		signals[0] = session->signals[0];
	signals[session->signal_count++] = (struct signal){ .name = span_of(name), .group = SIGNAL_TEXT,
		.points = points, .words = span_of("XXXXXXXA"),
		.quote = { .seen = true, .side = SERVER, .text = span_of("250-XXXXXXXA"),
			.where = sample_where(6, 60) } };
	session->signals = signals;
}

static void
change(const char *path, const char *sql)
{
	char *message = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, sql, NULL, NULL, &message);
	if (message != NULL)
		fail_msg("%s: %s", sql, message);
	sqlite3_close(db);
}

/* Judges that say what they are told to ----------------------------------------------------------- */

/* Things said of sessions of the client with this last octet. */
struct saying {
	uint8_t             client;
	struct insight      insight;
	struct signal       signal;
	bool                has_place;
	enum place          place;
	struct judgement    judgement;
};

struct script {
	const struct saying *sayings;
	size_t               count;
	struct buffer        heard;             /* the sessions, in order */
};

static struct judgement
say(void *user, const struct footprint *footprint, const struct hindsight *hindsight)
{
	struct script *script = user;
	struct judgement judgement = { .verdict = footprint->verdict };
	uint8_t client = footprint->client.address.octets[15];

	buffer_printf(&script->heard, "%d ", client);
	for (size_t i = 0; i < script->count; i++) {
		const struct saying *saying = &script->sayings[i];

		if (saying->client != client)
			continue;
		if (saying->insight.kind != NULL)
			hindsight->insight(hindsight->user, &saying->insight);
		if (saying->signal.points > 0)
			hindsight->signal(hindsight->user, &saying->signal, saying->has_place, saying->place);
		if (saying->judgement.points > 0)
			judgement = saying->judgement;
	}
	return judgement;
}

static void
judge(struct store *store, const struct saying *sayings, size_t count, const char *order)
{
	struct script script = { .sayings = sayings, .count = count };

	assert_ok(store_settle(store));
	assert_ok(hindsight_ask(store, NULL, say, &script));
	assert_string_equal(buffer_text(&script.heard), order);
	buffer_free(&script.heard);
}

#define SUSPECTED { INTERFERENCE_SUSPECTED, 35, VERDICT_DOWNGRADED_SUSPECTED }
#define D_HIST { .name = { (const uint8_t *)"D-HIST", 6 }, .group = SIGNAL_HISTORY, .points = 35 }
#define WORDS(text) { (const uint8_t *)(text), sizeof(text) - 1 }

static const struct saying sayings[] = {
	{ .client = 12, .insight = { .kind = "starttls-not-used", .severity = SEVERITY_HIGH,
		.confidence = CONFIDENCE_LIKELY, .reasons = WORDS("the service offers it otherwise"),
		.links = { 1 }, .link_count = 1, .count = 1 } },
	{ .client = 12, .insight = { .kind = "sample-of-no-catalogue", .severity = SEVERITY_MEDIUM,
		.confidence = CONFIDENCE_POSSIBLE, .has_place = true, .place = PLACE_LIST,
		.reasons = WORDS("seen before"), .links = { 1, 2 }, .link_count = 2, .count = 3 } },
	{ .client = 12, .insight = { .kind = "cred-plaintext-accepted", .raises = true,
		.severity = SEVERITY_CRITICAL, .confidence = CONFIDENCE_PROVEN, .count = 1 } },
	{ .client = 12, .signal = D_HIST, .has_place = true, .place = PLACE_LIST, .judgement = SUSPECTED },
	{ .client = 11, .insight = { .kind = "starttls-not-used", .raises = true,
		.severity = SEVERITY_MEDIUM, .confidence = CONFIDENCE_PROVEN, .count = 1,
		.reasons = WORDS("as every day") } },
};

/* Three sessions; the second and the third show a finding by themselves. */
static void
write_three(struct store *store)
{
	for (uint8_t client = 10; client <= 12; client++) {
		struct session *session = make_session(client, client);

		if (client > 10) {
			struct finding *finding = sample_finding(session, 1, 18);

			finding->confidence = CONFIDENCE_POSSIBLE;
			sample_evidence(finding, "MAIL FROM:<@example.org>", 9);
		}
		sample_write(store, session);
	}
}

static const char all_that_is_shown[] =
	"SELECT session_id, verdict, severity FROM v_session ORDER BY 1;"
	"SELECT finding_id, kind, severity, confidence, score, frame, evidence, reasons FROM v_finding ORDER BY 1;"
	"SELECT * FROM v_finding_link ORDER BY 1, 2;"
	"SELECT * FROM v_signal ORDER BY 1, 2";

static const char shown_of_three[] =
	"1|plaintext-declined|NULL\n"
	"2|plaintext-declined|medium\n"
	"3|downgraded-suspected|high\n"
	"2001|starttls-not-used|medium|proven|45|9|MAIL FROM:<@example.org>|as every day\n"
	"3001|starttls-not-used|high|likely|52|9|MAIL FROM:<@example.org>|the service offers it otherwise\n"
	"3500|sample-of-no-catalogue|medium|possible|18|6|250 SIZE|seen before\n"
	"3001|1\n"
	"3500|1\n"
	"3500|2\n"
	"3|D-HIST|history|35|0|history|server|6|60|250 SIZE|NULL\n";

static void
what_is_said_is_shown(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);

	(void)state;
	write_three(store);
	judge(store, sayings, TABLE_LENGTH(sayings), "10 11 12 ");
	sample_end(store, 1);
	assert_answer(path, all_that_is_shown, shown_of_three);
	assert_answer(path, "SELECT count(*) FROM hindsight_session; PRAGMA foreign_key_check;"
		"SELECT \"count\" FROM finding WHERE id = 3500;"
		"SELECT points FROM hindsight_session WHERE session_id = 3",
		"2\n3\n35\n");
}

/* Once or ten times, the rows are the same; and what is no longer said is no longer there. */
static void
saying_it_again_changes_nothing(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);

	(void)state;
	write_three(store);
	for (int i = 0; i < 3; i++)
		judge(store, sayings, TABLE_LENGTH(sayings), "10 11 12 ");
	sample_end(store, 1);
	assert_answer(path, all_that_is_shown, shown_of_three);
	store = sample_store(path);
	judge(store, NULL, 0, "10 11 12 ");
	sample_end(store, 2);
	assert_answer(path, all_that_is_shown,
		"1|plaintext-declined|NULL\n2|plaintext-declined|medium\n3|plaintext-declined|medium\n"
		"2001|starttls-not-used|medium|possible|18|9|MAIL FROM:<@example.org>|"
			"both sides were seen from the start\n"
		"3001|starttls-not-used|medium|possible|18|9|MAIL FROM:<@example.org>|"
			"both sides were seen from the start\n");
	assert_answer(path, "SELECT (SELECT count(*) FROM hindsight_session) + (SELECT count(*) FROM hindsight_finding)"
		" + (SELECT count(*) FROM signal) + (SELECT count(*) FROM finding_link)", "0\n");
}

/* Which session was stored first does not matter: the order is that of the traffic. */
static void
order_is_that_of_start(void **state)
{
	static const struct {
		uint8_t  client;
		uint16_t client_port, server_port;
		int64_t  second;
		uint64_t frame;
	} cases[] = {
		{ 7, 2000, 25, 9, 1 },
		{ 6, 2000, 25, 5, 1 },
		{ 5, 2000, 25, 5, 1 },
		{ 3, 2000, 587, 1, 1 },
		{ 3, 2000, 25, 1, 9 },
		{ 3, 2000, 25, 1, 8 },
		{ 3, 1000, 587, 1, 9 },
		{ 2, 9000, 25, 1, 1 },
	};
	const char *path = sample_path("db");
	struct store *store = sample_store(path);

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct session *session = make_session(cases[i].client, cases[i].second);

		session->client.port = cases[i].client_port;
		session->server.port = cases[i].server_port;
		session->first.frame = cases[i].frame;
		sample_write(store, session);
	}
	sample_write(store, sample_session(99));        /* leaves no footprint */
	judge(store, NULL, 0, "2 3 3 3 3 5 6 7 ");
	sample_end(store, 1);
}

/* What is said of a session that lacks the line points nowhere. */
static void
a_place_that_is_not_there_shows_nothing(void **state)
{
	static const struct saying nowhere[] = {
		{ .client = 10, .insight = { .kind = "starttls-not-used", .severity = SEVERITY_LOW,
			.confidence = CONFIDENCE_PROVEN, .has_place = true, .place = PLACE_SECRET, .count = 1 } },
		{ .client = 10, .signal = D_HIST, .has_place = true, .place = PLACE_ALERT },
	};
	const char *path = sample_path("db");
	struct store *store = sample_store(path);

	(void)state;
	sample_write(store, make_session(10, 0));
	judge(store, nowhere, TABLE_LENGTH(nowhere), "10 ");
	sample_end(store, 1);
	assert_answer(path, "SELECT frame, evidence, reasons FROM v_finding; SELECT frame, evidence FROM v_signal",
		"NULL|NULL|NULL\nNULL|NULL\n");
}

/* The same kind twice is one finding, the surer one; and `raises` speaks of the session's own only. */
static void
one_finding_of_a_kind(void **state)
{
	static const struct saying twice[] = {
		{ .client = 10, .insight = { .kind = "starttls-not-used", .severity = SEVERITY_HIGH,
			.confidence = CONFIDENCE_POSSIBLE, .reasons = WORDS("one"), .count = 1 } },
		{ .client = 10, .insight = { .kind = "starttls-not-used", .severity = SEVERITY_LOW,
			.confidence = CONFIDENCE_LIKELY, .reasons = WORDS("two"), .count = 1 } },
		{ .client = 10, .insight = { .kind = "starttls-not-used", .raises = true,
			.severity = SEVERITY_CRITICAL, .confidence = CONFIDENCE_PROVEN, .count = 1 } },
	};
	const char *path = sample_path("db");
	struct store *store = sample_store(path);

	(void)state;
	sample_write(store, make_session(10, 0));
	judge(store, twice, TABLE_LENGTH(twice), "10 ");
	sample_end(store, 1);
	assert_answer(path, "SELECT finding_id, severity, confidence, score, reasons FROM v_finding",
		"1500|high|likely|52|two\n");
}

/* A host that talks to itself scores less; an accepted secret, more. */
static void
circumstances_count(void **state)
{
	static const struct saying secrets[] = {
		{ .client = 10, .insight = { .kind = "starttls-not-used", .severity = SEVERITY_HIGH,
			.confidence = CONFIDENCE_PROVEN, .has_place = true, .place = PLACE_SECRET, .count = 1 } },
		{ .client = 20, .insight = { .kind = "starttls-not-used", .severity = SEVERITY_HIGH,
			.confidence = CONFIDENCE_PROVEN, .count = 1 } },
	};
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	struct session *session = make_session(10, 0);

	(void)state;
	session->footprint->logins_accepted = 1;
	sample_write(store, session);
	sample_write(store, make_session(20, 1));       /* the server's own address */
	session = make_session(10, 2);
	session->footprint->logins_accepted = session->footprint->logins_wrong = 1;
	sample_write(store, session);
	judge(store, secrets, TABLE_LENGTH(secrets), "10 20 10 ");
	sample_end(store, 1);
	assert_answer(path, "SELECT score FROM v_finding ORDER BY finding_id", "80\n45\n70\n");
}

/* Without a signal from elsewhere a verdict stands, whatever the sum says. */
static void
verdicts_need_a_signal_from_elsewhere(void **state)
{
	static const struct saying sure[] = {
		{ .client = 10, .insight = { .kind = "starttls-not-used", .severity = SEVERITY_LOW,
			.confidence = CONFIDENCE_PROVEN, .count = 1 }, .judgement = SUSPECTED },
		{ .client = 11, .judgement = SUSPECTED },
		{ .client = 12, .judgement = SUSPECTED },
	};
	const char *path = sample_path("db");
	struct store *store = sample_store(path);

	(void)state;
	for (uint8_t client = 10; client <= 12; client++)
		sample_write(store, make_session(client, client));
	sample_end(store, 1);
	change(path, "INSERT INTO signal (id, origin, name, grp, points, decisive) VALUES (3800, 2, 'D-2V', 5, 60, 1);"
		"INSERT INTO finding (id, kind_id, severity, confidence, score, count) VALUES (3800, 1, 3, 2, 70, 1)");
	store = sample_store(path);
	judge(store, sure, TABLE_LENGTH(sure), "10 11 12 ");
	sample_end(store, 2);
	assert_answer(path, "SELECT verdict, severity FROM v_session ORDER BY session_id",
		"plaintext-declined|low\nplaintext-declined|NULL\ndowngraded-suspected|high\n");
	assert_answer(path, "SELECT session_id FROM hindsight_session; SELECT count(*) FROM signal", "1\n3\n1\n");
}

/* What comes back ---------------------------------------------------------------------------------- */

static const struct certificate leaf = {
	.sha256 = { 1 }, .spki_sha256 = { 2, 3 }, .subject = WORDS("CN=mx"), .issuer = WORDS("CN=ca"),
	.names = WORDS("mx.example.net"), .not_before = 5, .not_after = 6, .key_type = "RSA",
};

static void
fill_in(struct session *session)
{
	static const struct certificate_chain chain = { .certificates = &leaf, .count = 1, .sent = 1 };
	static const struct tls_client_hello client = { .sni = WORDS("mx.example.net"), .ja3 = WORDS("j3") };
	static const struct tls_server_hello server = { .version = TLS_1_2, .ja3s = WORDS("j3s") };
	const struct event hellos[] = {
		{ .kind = EVENT_TLS_CLIENT_HELLO, .side = CLIENT, .where = sample_where(9, 90),
		  .facts.client_hello = &client },
		{ .kind = EVENT_TLS_SERVER_HELLO, .side = SERVER, .where = sample_where(9, 90),
		  .facts.server_hello = &server },
		{ .kind = EVENT_TLS_CERTIFICATES, .side = SERVER, .where = sample_where(9, 90), .facts.chain = &chain },
	};
	struct footprint *f = session->footprint;

	sample_hello(session);
	for (size_t i = 0; i < TABLE_LENGTH(hellos); i++)
		session_event(session, &hellos[i]);
	session->vlan = 7;
	session->exposed = EXPOSED_CONTENT;
	session->tls_grade = 'B';
	f->client_kind = CLIENT_MONITOR;
	f->greeting_name = span_of("mx.example.net");
	f->product = span_of("Postfix");
	f->syn_shape = span_of("64/w7");
	f->keywords = span_of("SIZE STARTTLS");
	f->list_octets = UINT32_MAX;
	f->mechanisms = span_of("PLAIN LOGIN");
	f->refusal_code = 454;
	f->logins_accepted = 1;
	f->logins_wrong = 2;
	f->logins_refused = 3;
	f->account = span_of("alice");
	f->mechanism = span_of("PLAIN");
	f->envelope_mark = 0xFFFFFFFF;
	f->content_bytes = UINT64_C(1) << 40;
	f->sender_domain = span_of("example.org");
	f->recipient_domains = span_of("example.net example.com");
	f->offers_version = TLS_1_3;
	f->cipher_traits = CIPHER_AEAD;
	f->offered_extras = TLS_HAS_SNI;
	f->key_share_sha256 = span_of("aa");
	f->ticket_name = span_of("bb");
	f->client_random = span_of("cc");
	f->queue_id = span_of("4X");
	f->initial_sequence[CLIENT] = 0x80000001;
	f->initial_sequence[SERVER] = 0x80000002;
	f->flags = FOOT_CONTENT_ACCEPTED | FOOT_ACCESS | FOOT_WHOLE;
}

#define assert_text(span, text)                                                                      \
	do {                                                                                         \
		if (!span_equal(span, span_of(text)))                                                \
			fail_msg("%s is \"%.*s\"", #span, (int)(span).len, (const char *)(span).at); \
	} while (0)

static void
assert_session_part(const struct footprint *f)
{
	char address[ADDRESS_TEXT_SIZE];

	assert_int_equal(f->session_id, 1);
	assert_int_equal(f->started_ns, SAMPLE_START);
	assert_int_equal(f->ended_ns, SAMPLE_START + 250000);
	assert_text(f->vantage, "inside");
	assert_text(f->protocol, "smtp");
	assert_text(f->client_name, "client.example.org");
	assert_text(f->sni, "mx.example.net");
	assert_text(f->ja3, "j3");
	assert_text(f->ja3s, "j3s");
	assert_string_equal(address_text(&f->client.address, address), "192.0.2.10");
	assert_string_equal(address_text(&f->server.address, address), "192.0.2.20");
	assert_int_equal(f->client.port, 40001);
	assert_int_equal(f->server.port, 25);
	assert_int_equal(f->vlan, 7);
	assert_int_equal(f->exposed & EXPOSED_CONTENT, EXPOSED_CONTENT);
	assert_int_equal(f->offer, YES);
	assert_int_equal(f->tls_version, TLS_1_2);
	assert_int_equal(f->tls_grade, 'B');
	assert_true(f->leaf.seen);
	assert_memory_equal(f->leaf.spki_sha256, leaf.spki_sha256, SHA256_SIZE);
	assert_text(f->leaf.subject, "CN=mx");
	assert_text(f->leaf.issuer, "CN=ca");
	assert_text(f->leaf.names, "mx.example.net");
	assert_int_equal(f->leaf.not_before, 5);
	assert_int_equal(f->leaf.not_after, 6);
}

static void
assert_kept_part(const struct footprint *f)
{
	assert_int_equal(f->flags, FOOT_CONTENT_ACCEPTED | FOOT_ACCESS | FOOT_WHOLE);
	assert_int_equal(f->client_kind, CLIENT_MONITOR);
	assert_int_equal(f->verdict, VERDICT_PLAINTEXT_DECLINED);
	assert_int_equal(f->verdict_suspected, VERDICT_DOWNGRADED_SUSPECTED);
	assert_int_equal(f->verdict_proven, VERDICT_DOWNGRADED_PROVEN);
	assert_text(f->greeting_name, "mx.example.net");
	assert_text(f->product, "Postfix");
	assert_text(f->syn_shape, "64/w7");
	assert_text(f->keywords, "SIZE STARTTLS");
	assert_int_equal(f->list_octets, UINT32_MAX);
	assert_text(f->mechanisms, "PLAIN LOGIN");
	assert_int_equal(f->refusal_code, 454);
	assert_int_equal(f->logins_accepted, 1);
	assert_int_equal(f->logins_wrong, 2);
	assert_int_equal(f->logins_refused, 3);
	assert_text(f->account, "alice");
	assert_text(f->mechanism, "PLAIN");
	assert_int_equal(f->envelope_mark, 0xFFFFFFFF);
	assert_int_equal(f->content_bytes, UINT64_C(1) << 40);
	assert_text(f->sender_domain, "example.org");
	assert_text(f->recipient_domains, "example.net example.com");
	assert_int_equal(f->offers_version, TLS_1_3);
	assert_int_equal(f->cipher_traits, CIPHER_AEAD);
	assert_int_equal(f->offered_extras, TLS_HAS_SNI);
	assert_text(f->key_share_sha256, "aa");
	assert_text(f->ticket_name, "bb");
	assert_text(f->client_random, "cc");
	assert_text(f->queue_id, "4X");
	assert_int_equal(f->initial_sequence[CLIENT], 0x80000001);
	assert_int_equal(f->initial_sequence[SERVER], 0x80000002);
	assert_true(f->places[PLACE_LIST].seen);
	assert_text(f->places[PLACE_LIST].text, "250 SIZE");
	assert_int_equal(f->places[PLACE_LIST].where.last.frame, 6);
	assert_int_equal(f->places[PLACE_LIST].where.offset, 60);
	assert_false(f->places[PLACE_GREETING].seen);
}

static struct judgement
look_at_all(void *user, const struct footprint *footprint, const struct hindsight *hindsight)
{
	int *looked = user;

	(void)hindsight;
	if ((*looked)++ == 0) {
		assert_session_part(footprint);
		assert_kept_part(footprint);
		assert_int_equal(footprint->signal_count, 2);
		assert_text(footprint->signals[0].name, "S1");
		assert_int_equal(footprint->signals[0].group, SIGNAL_TEXT);
		assert_int_equal(footprint->signals[0].points, 20);
		assert_text(footprint->signals[0].words, "XXXXXXXA");
		assert_text(footprint->signals[0].quote.text, "250-XXXXXXXA");
		assert_int_equal(footprint->signals[0].quote.where.last.frame, 6);
		assert_text(footprint->signals[1].name, "D-2V");
		assert_true(footprint->signals[1].decisive);
		assert_false(footprint->signals[1].quote.seen);
	} else {
		assert_int_equal(footprint->signal_count, 0);
		assert_int_equal(footprint->offer, UNKNOWN);
		assert_false(footprint->leaf.seen);
		assert_int_equal(footprint->greeting_name.len, 0);
	}
	return (struct judgement){ .verdict = footprint->verdict };
}

static void
footprints_come_back_whole(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	struct session *session = make_session(10, 0);
	int looked = 0;

	(void)state;
	fill_in(session);
	add_signal(session, "S1", 20);
	sample_write(store, session);
	session = make_session(11, 1);
	session->midstream = true;
	sample_write(store, session);
	sample_end(store, 1);
	change(path, "INSERT INTO signal (id, origin, name, grp, points, decisive) VALUES"
		" (1800, 2, 'D-2V', 5, 60, 1), (1500, 1, 'D-HIST', 2, 50, 0), (1801, 2, 'odd', 9, 60, 1)");
	store = sample_store(path);
	assert_ok(hindsight_ask(store, NULL, look_at_all, &looked));
	sample_end(store, 2);
	assert_int_equal(looked, 2);
}

/* Trouble ------------------------------------------------------------------------------------------ */

/* A run that is killed while it judges leaves the old judgement. */
static void
killed_while_judging(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);
	pid_t child;
	int ended;

	(void)state;
	write_three(store);
	judge(store, sayings, TABLE_LENGTH(sayings), "10 11 12 ");
	sample_end(store, 1);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		store = sample_store(path);
		judge(store, NULL, 0, "10 11 12 ");
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, &ended, 0), child);
	assert_true(WIFSIGNALED(ended));
	assert_answer(path, all_that_is_shown, shown_of_three);
}

/* Nothing stays of a session that is read anew, or was a twin. */
static void
it_goes_with_the_sessions(void **state)
{
	static const struct store_capture twin = { .path = "b.pcap", .vantage = "inside", .size = 1000 };
	static const struct store_result result = { .sha256 = { 1 }, .damage = "" };
	const char *path = sample_path("db");
	struct script script = { sayings, TABLE_LENGTH(sayings), { 0 } };
	struct store *store = sample_store(path);
	struct session *session;

	(void)state;
	write_three(store);
	session = make_session(10, 20);
	add_signal(session, "S1", 20);
	sample_write(store, session);
	assert_ok(store_capture(store, 1, &twin));
	session = make_session(12, 30);
	session->first.capture = session->last.capture = 1;
	add_signal(session, "S1", 20);
	sample_write(store, session);
	assert_ok(hindsight_ask(store, NULL, say, &script));
	buffer_free(&script.heard);
	assert_ok(store_capture_read(store, 1, &result));
	assert_ok(store_capture_forget(store, 0));
	assert_ok(store_finish(store));
	assert_ok(store_close(&store));
	assert_answer(path,
		"SELECT count(*) FROM footprint; SELECT id FROM signal; SELECT finding_id FROM hindsight_finding;"
		"SELECT session_id FROM hindsight_session; SELECT * FROM finding_link; SELECT id FROM finding",
		"1\n5001\n5500\n5\n5500\n5501\n");
}

/* Only a run that adds or removes sessions asks for a new judgement. */
static void
changes_are_known(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);

	(void)state;
	assert_false(store_has_changed(store));
	sample_write(store, make_session(10, 0));
	assert_true(store_has_changed(store));
	sample_end(store, 1);
	store = sample_store(path);
	assert_ok(store_settle(store));
	assert_false(store_has_changed(store));
	sample_end(store, 2);
	store = sample_store(path);
	assert_ok(store_capture_read(store, 0, &(struct store_result){ .sha256 = { 1 }, .damage = "" }));
	assert_ok(store_settle(store));
	assert_true(store_has_changed(store));          /* the capture went again */
	assert_ok(store_close(&store));
}

static void
history_itself_is_asked(void **state)
{
	const char *path = sample_path("db");
	struct store *store = sample_store(path);

	(void)state;
	write_three(store);
	assert_ok(hindsight_all(store, &sample_budget, NULL, NULL));
	assert_ok(hindsight_all(store, &sample_budget, NULL, NULL));
	sample_end(store, 1);
	assert_answer(path,
		"SELECT count(*) FROM v_session; SELECT count(*) FROM v_finding WHERE kind = 'starttls-not-used'",
		"3\n2\n");
}

/* Policies ----------------------------------------------------------------------------------------- */

static void
assert_policy(struct store *store, const char *expected)
{
	struct buffer text = { 0 };

	assert_ok(store_policy_text(store, &text));
	assert_string_equal(buffer_text(&text), expected);
	buffer_free(&text);
}

static void
policy_stays_in_force(void **state)
{
	static const uint8_t digests[2][SHA256_SIZE] = { { 1 }, { 2 } };
	const char *path = sample_path("db");
	struct store *store = sample_store(path);

	(void)state;
	assert_policy(store, "");
	assert_ok(store_policy_keep(store, digests[0], span_of("internal")));
	assert_ok(store_policy_keep(store, digests[0], span_of("internal")));
	assert_policy(store, "internal");
	sample_end(store, 1);
	store = sample_store(path);
	assert_policy(store, "internal");       /* a run that says nothing keeps it */
	sample_end(store, 2);
	store = sample_store(path);
	assert_ok(store_policy_keep(store, digests[1], span_of("another")));
	sample_end(store, 3);
	store = sample_store(path);
	assert_policy(store, "another");
	assert_ok(store_policy_keep(store, digests[1], span_of("")));
	assert_policy(store, "");
	sample_end(store, 4);
	assert_answer(path, "SELECT id, substr(hex(policy_sha256), 1, 2) FROM run; SELECT text FROM policy",
		"1|01\n2|01\n3|02\n4|\ninternal\nanother\n");
}

#define each(test) cmocka_unit_test_setup_teardown(test, sample_setup, sample_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		each(what_is_said_is_shown),
		each(saying_it_again_changes_nothing),
		each(order_is_that_of_start),
		each(a_place_that_is_not_there_shows_nothing),
		each(one_finding_of_a_kind),
		each(circumstances_count),
		each(verdicts_need_a_signal_from_elsewhere),
		each(footprints_come_back_whole),
		each(killed_while_judging),
		each(it_goes_with_the_sessions),
		each(changes_are_known),
		each(history_itself_is_asked),
		each(policy_stays_in_force),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
