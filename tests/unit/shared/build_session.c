/* The words of build_session.h, and what a dissector would tell for each. */
#include "build_session.h"

struct address
build_address(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (struct address){ { [10] = 0xFF, [11] = 0xFF, [12] = a, b, c, d } };
}

void
build_begin(struct build *b)
{
	static struct budget budget = { .limit = 256u << 20 };

	*b = (struct build){ .now = 1700000000LL * BUILD_SECOND, .name = "client.example.net" };
	b->session = session_new(&budget);
	assert_non_null(b->session);
	b->session->protocol = "smtp";
	b->session->client = (struct endpoint){ build_address(192, 0, 2, 10), 40001 };
	b->session->server = (struct endpoint){ build_address(192, 0, 2, 20), 25 };
	b->session->first.time_ns = b->session->last.time_ns = b->now;
	b->session->closed_by = "fin";
	b->session->closed_first = CLIENT;
}

void
build_end(struct build *b)
{
	session_free(&b->session);
}

void
build_line(struct build *b, enum side side, uint64_t length)
{
	b->now += 1000000;
	b->frame++;
	b->where[side] = (struct where){
		.first = { .time_ns = b->now, .frame = b->frame },
		.last = { .time_ns = b->now, .frame = b->frame },
		.offset = b->offset[side],
		.length = length,
	};
	b->offset[side] += length;
	b->session->bytes[side] += length;
	b->session->last = b->where[side].last;
}

void
build_fact(struct build *b, enum side side, enum event_kind kind, uint32_t code, const char *text)
{
	session_event(b->session, &(struct event){
		.kind = kind,
		.side = side,
		.where = b->where[side],
		.code = code,
		.text = span_of(text),
	});
}

void
build_tell(struct build *b, enum side side, enum event_kind kind, uint32_t code, const char *text)
{
	build_line(b, side, BUILD_LINE_LENGTH);
	build_fact(b, side, kind, code, text);
}

void
build_note(struct build *b, enum side side, enum note_kind kind, const char *text)
{
	session_note(b->session, kind, side, &b->where[side], span_of(text));
}

/* Steps: the dialogue -----------------------------------------------------------------------------
 */

static void
step_greet(struct build *b, const char *args)
{
	build_tell(b, SERVER, EVENT_ANSWER, 220, *args ? args : "220 mx.example.org ESMTP");
	build_fact(b, SERVER, EVENT_GREETING, 220, *args ? args : "mx.example.org ESMTP");
}

static void
step_greeting(struct build *b, const char *args)
{
	build_tell(b, SERVER, EVENT_ANSWER, (uint32_t)atoi(args), args);
	build_fact(b, SERVER, EVENT_GREETING, (uint32_t)atoi(args), "no service");
}

static void
step_name(struct build *b, const char *args)
{
	b->name = args;
}

void
build_capability(struct build *b, const char *line)
{
	build_tell(b, SERVER, EVENT_CAPABILITY, 250, line);
	if (strcmp(line, "STARTTLS") == 0)
		build_fact(b, SERVER, EVENT_TLS_OFFERED, 0, line);
	if (strncmp(line, "AUTH ", 5) == 0)
		build_fact(b, SERVER, EVENT_AUTH_OFFERED, 0, line + 5);
}

/* Lines with a bar between them; an empty one is a line of its own. */
static void
build_list(struct build *b, const char *args)
{
	char line[128];

	build_tell(b, CLIENT, EVENT_COMMAND, 0, "EHLO");
	build_fact(b, CLIENT, EVENT_CLIENT_NAME, DIALECT_EXTENDED, b->name);
	build_line(b, SERVER, BUILD_LINE_LENGTH);
	build_fact(b, SERVER, EVENT_CAPABILITIES_BEGIN, 0, "");
	build_fact(b, SERVER, EVENT_ANSWER, 250, "250-mx.example.org");
	while (*args != '\0') {
		size_t len = strcspn(args, "|");

		snprintf(line, sizeof(line), "%.*s", (int)len, args);
		build_capability(b, line);
		args += len + (args[len] == '|');
	}
}

static void
step_ehlo(struct build *b, const char *args)
{
	build_list(b, args);
	build_fact(b, SERVER, EVENT_CAPABILITIES_END, 0, "");
	build_fact(b, SERVER, EVENT_CLIENT_NAME_ANSWER, 250, "");
}

static void
step_ehlo_cut(struct build *b, const char *args)
{
	build_list(b, args);
	build_note(b, SERVER, NOTE_REPLY_UNFINISHED, "");
	build_fact(b, SERVER, EVENT_CLIENT_NAME_ANSWER, 250, "");
}

static void
step_ehlo_refused(struct build *b, const char *args)
{
	build_tell(b, CLIENT, EVENT_COMMAND, 0, "EHLO");
	build_fact(b, CLIENT, EVENT_CLIENT_NAME, DIALECT_EXTENDED, b->name);
	build_tell(b, SERVER, EVENT_ANSWER, (uint32_t)atoi(args), args);
	build_fact(b, SERVER, EVENT_CLIENT_NAME_ANSWER, (uint32_t)atoi(args), "");
}

static void
step_helo(struct build *b, const char *args)
{
	(void)args;
	build_tell(b, CLIENT, EVENT_COMMAND, 0, "HELO");
	build_fact(b, CLIENT, EVENT_CLIENT_NAME, DIALECT_BASIC, b->name);
	build_tell(b, SERVER, EVENT_ANSWER, 250, "250 hello");
	build_fact(b, SERVER, EVENT_CLIENT_NAME_ANSWER, 250, "");
}

static void
step_ask(struct build *b, const char *args)
{
	uint32_t flags = (strstr(args, "argument") ? ASK_WITH_ARGUMENT : 0u) |
	                 (strstr(args, "private") ? ASK_PRIVATE : 0u);

	build_tell(b, CLIENT, EVENT_COMMAND, 0, "STARTTLS");
	if (flags & ASK_PRIVATE)
		build_note(b, CLIENT, NOTE_ANONYMOUS_TLS, "X-ANONYMOUSTLS");
	build_fact(b, CLIENT, EVENT_TLS_ASKED, flags, "STARTTLS");
	if (strstr(args, "in-mail"))
		build_fact(b, SERVER, EVENT_TLS_IN_TRANSACTION, 0, "");
}

static void
step_agree(struct build *b, const char *args)
{
	(void)args;
	build_tell(b, SERVER, EVENT_ANSWER, 220, "220 go ahead");
	build_fact(b, SERVER, EVENT_TLS_AGREED, 220, "220");
}

static void
step_refuse(struct build *b, const char *args)
{
	build_tell(b, SERVER, EVENT_ANSWER, (uint32_t)atoi(args), args);
	build_fact(b, SERVER, EVENT_TLS_REFUSED, (uint32_t)atoi(args), args);
}

void
build_login_event(struct session *session, enum event_kind kind, uint32_t serial, enum auth_outcome outcome,
	struct span username)
{
	struct auth_facts facts = { .serial = serial, .mechanism = span_of("PLAIN"), .kind = AUTH_CLASS_PASSWORD,
		.username = username, .outcome = outcome };

	session_event(session, &(struct event){
		.kind = kind,
		.side = kind == EVENT_AUTH_END ? SERVER : CLIENT,
		.text = span_of("AUTH PLAIN <redacted>"),
		.facts.auth = &facts,
	});
}

/* What the line last told says of a login. */
static void
build_login(struct build *b, enum side side, enum event_kind kind, const struct auth_facts *facts, uint32_t code)
{
	session_event(b->session, &(struct event){ .kind = kind, .side = side, .where = b->where[side], .code = code,
		.text = span_of(side == CLIENT ? "<redacted>" : "answer"), .facts.auth = facts });
}

static void
build_login_answer(struct build *b, struct auth_facts *facts, const char *outcome)
{
	static const struct {
		const char       *word;
		enum auth_outcome outcome;
		uint32_t          code;
		enum event_kind   demand;
	} answers[] = {
		{ "ok", AUTH_ACCEPTED, 235, EVENT_KINDS },
		{ "bad", AUTH_REJECTED, 535, EVENT_KINDS },
		{ "policy", AUTH_REJECTED, 530, EVENT_TLS_OR_AUTH_REQUIRED },
		{ "tls", AUTH_REFUSED_TLS, 538, EVENT_TLS_REQUIRED },
	};

	for (size_t i = 0; i < TABLE_LENGTH(answers); i++)
		if (strcmp(outcome, answers[i].word) == 0) {
			build_tell(b, SERVER, EVENT_ANSWER, answers[i].code, "answer");
			if (answers[i].demand != EVENT_KINDS)
				build_fact(b, SERVER, answers[i].demand, answers[i].code, "answer");
			facts->outcome = answers[i].outcome;
			build_login(b, SERVER, EVENT_AUTH_END, facts, answers[i].code);
			return;
		}
	fail_msg("no such outcome: %s", outcome);
}

/* The client is asked on, and takes it all back. */
static void
build_login_abort(struct build *b, struct auth_facts *facts)
{
	build_tell(b, SERVER, EVENT_ANSWER, 334, "334");
	build_tell(b, CLIENT, EVENT_COMMAND, 0, "*");
	build_note(b, CLIENT, NOTE_AUTH_ABORTED, "*");
	facts->outcome = AUTH_ABORTED;
	build_login(b, SERVER, EVENT_AUTH_END, facts, 0);
	build_tell(b, SERVER, EVENT_ANSWER, 501, "501 no");
}

static enum auth_class
build_auth_class(const char *mechanism)
{
	if (strstr(mechanism, "OAUTH"))
		return AUTH_CLASS_TOKEN;
	if (strstr(mechanism, "MD5") || strstr(mechanism, "NTLM") || strstr(mechanism, "SCRAM"))
		return AUTH_CLASS_CHALLENGE;
	if (strcmp(mechanism, "ANONYMOUS") == 0)
		return AUTH_CLASS_ANONYMOUS;
	return strcmp(mechanism, "EXTERNAL") == 0 ? AUTH_CLASS_EXTERNAL : AUTH_CLASS_PASSWORD;
}

/* AUTH: mechanism, outcome (ok, bad, policy, tls; none: it was not seen; cancelled, aborted: before, after the secret),
 * perhaps a user name. */
static void
step_auth(struct build *b, const char *args)
{
	char mechanism[32] = "", outcome[32] = "", user[32] = "alice";
	struct auth_facts facts = { .serial = b->session->order + 1 };
	bool cancelled, aborted;

	sscanf(args, "%31s %31s %31s", mechanism, outcome, user);
	cancelled = strcmp(outcome, "cancelled") == 0;
	aborted = strcmp(outcome, "aborted") == 0;
	facts.mechanism = span_of(mechanism);
	facts.kind = build_auth_class(mechanism);
	facts.guessable_hard = strstr(mechanism, "SCRAM") != NULL;
	build_tell(b, CLIENT, EVENT_COMMAND, 0, "AUTH <redacted>");
	build_fact(b, CLIENT, EVENT_APPLICATION, 0, "AUTH");
	build_login(b, CLIENT, EVENT_AUTH, &facts, 0);
	if (facts.kind == AUTH_CLASS_CHALLENGE && !cancelled) {
		build_tell(b, SERVER, EVENT_ANSWER, 334, "334");
		build_tell(b, CLIENT, EVENT_COMMAND, 0, "<redacted>");
	}
	if (!cancelled && facts.kind != AUTH_CLASS_ANONYMOUS && facts.kind != AUTH_CLASS_EXTERNAL) {
		facts.username = span_of(user);
		build_login(b, CLIENT, EVENT_AUTH_SECRET, &facts, 0);
	}
	if (cancelled || aborted)
		build_login_abort(b, &facts);
	else if (strcmp(outcome, "none") != 0)
		build_login_answer(b, &facts, outcome);
}

static void
build_envelope(struct build *b, const char *verb, enum event_kind kind)
{
	build_tell(b, CLIENT, EVENT_COMMAND, 0, verb);
	build_fact(b, CLIENT, EVENT_APPLICATION, 0, verb);
	build_tell(b, SERVER, EVENT_ANSWER, 250, "250 ok");
	build_fact(b, SERVER, kind, 250, "example.org");
}

static void
step_mail(struct build *b, const char *args)
{
	(void)args;
	build_envelope(b, "MAIL", EVENT_MAIL);
}

static void
step_rcpt(struct build *b, const char *args)
{
	(void)args;
	build_envelope(b, "RCPT", EVENT_RECIPIENT);
}

static void
step_data_open(struct build *b, const char *args)
{
	(void)args;
	build_tell(b, CLIENT, EVENT_COMMAND, 0, "DATA");
	build_fact(b, CLIENT, EVENT_APPLICATION, 0, "DATA");
	build_tell(b, SERVER, EVENT_ANSWER, 354, "354 go");
	build_fact(b, CLIENT, EVENT_CONTENT_BEGIN, 0, "DATA");
}

static void
step_body_end(struct build *b, const char *args)
{
	build_tell(b, CLIENT, EVENT_CONTENT, 0, "message body, 99 bytes");
	build_fact(b, CLIENT, EVENT_CONTENT_END, 0, "");
	build_tell(b, SERVER, EVENT_ANSWER, *args ? 550 : 250, "done");
	build_fact(b, SERVER, EVENT_CONTENT_ANSWER, *args ? 550 : 250, "done");
}

static void
step_data(struct build *b, const char *args)
{
	step_data_open(b, "");
	step_body_end(b, args);
}

static void
step_quit(struct build *b, const char *args)
{
	(void)args;
	build_tell(b, CLIENT, EVENT_COMMAND, 0, "QUIT");
	build_fact(b, CLIENT, EVENT_QUIT, 0, "QUIT");
	build_tell(b, SERVER, EVENT_ANSWER, 221, "221 bye");
}

/* MAIL that is answered by one of the demands or refusals. */
static void
step_refused_for(struct build *b, const char *args)
{
	static const struct {
		const char     *word;
		enum event_kind kind;
		uint32_t        code;
	} whys[] = {
		{ "tls", EVENT_TLS_REQUIRED, 530 },
		{ "login", EVENT_AUTH_REQUIRED, 530 },
		{ "either", EVENT_TLS_OR_AUTH_REQUIRED, 530 },
		{ "weak-tls", EVENT_TLS_POLICY_REFUSED, 550 },
		{ "greylist", EVENT_TEMPORARY_REFUSED, 451 },
	};

	build_tell(b, CLIENT, EVENT_COMMAND, 0, "MAIL");
	build_fact(b, CLIENT, EVENT_APPLICATION, 0, "MAIL");
	for (size_t i = 0; i < TABLE_LENGTH(whys); i++)
		if (strcmp(args, whys[i].word) == 0) {
			build_tell(b, SERVER, EVENT_ANSWER, whys[i].code, "no");
			build_fact(b, SERVER, whys[i].kind, whys[i].code, args);
			build_fact(b, SERVER, EVENT_ENVELOPE_REFUSED, whys[i].code, "");
			return;
		}
	fail_msg("no such refusal: %s", args);
}

/* Any other line of the client. */
static void
step_say(struct build *b, const char *args)
{
	build_tell(b, CLIENT, EVENT_COMMAND, 0, args);
}

/* A note by its word, about the side last named: "C bare-lf text". */
static void
step_note(struct build *b, const char *args)
{
	char side = 'C', word[40] = "", text[64] = "";

	sscanf(args, "%c %39s %63[^\n]", &side, word, text);
	for (int kind = 0; kind < NOTE_KINDS; kind++)
		if (strcmp(note_word((enum note_kind)kind), word) == 0) {
			build_line(b, side == 'C' ? CLIENT : SERVER, BUILD_LINE_LENGTH);
			build_note(b, side == 'C' ? CLIENT : SERVER, (enum note_kind)kind, text);
			return;
		}
	fail_msg("no such note: %s", word);
}

/* A fact without a line of its own, by its event's word: "S preauthenticated text"; ":CODE" may stand behind it. */
static void
step_fact(struct build *b, const char *args)
{
	char side = 'C', word[40] = "", text[64] = "", *colon;
	uint32_t code = 0;

	sscanf(args, "%c %39s %63[^\n]", &side, word, text);
	colon = strchr(word, ':');
	if (colon != NULL) {
		code = (uint32_t)strtoul(colon + 1, NULL, 10);
		*colon = '\0';
	}
	for (int kind = 0; kind < EVENT_KINDS; kind++)
		if (strcmp(event_word((enum event_kind)kind), word) == 0) {
			build_line(b, side == 'C' ? CLIENT : SERVER, BUILD_LINE_LENGTH);
			build_fact(b, side == 'C' ? CLIENT : SERVER, (enum event_kind)kind, code, text);
			return;
		}
	fail_msg("no such event: %s", word);
}

/* Steps: TLS --------------------------------------------------------------------------------------
 */

static bool
build_has(const char *args, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = strstr(args, word); at != NULL; at = strstr(at + 1, word))
		if ((at == args || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
	return false;
}

static uint16_t
build_version(const char *args, uint16_t usual)
{
	static const struct {
		const char *word;
		uint16_t    version;
	} versions[] = { { "ssl2", TLS_SSL2 }, { "ssl3", TLS_SSL3 }, { "1.0", TLS_1_0 },
		{ "1.1", TLS_1_1 }, { "1.2", TLS_1_2 }, { "1.3", TLS_1_3 } };

	for (size_t i = 0; i < TABLE_LENGTH(versions); i++)
		if (build_has(args, versions[i].word))
			return versions[i].version;
	return usual;
}

/* Extras by name; "-ems" takes away what is there by default. */
static uint32_t
build_extras(const char *args, uint32_t usual)
{
	static const struct {
		const char *word;
		uint32_t    extra;
	} extras[] = { { "sni", TLS_HAS_SNI }, { "ems", TLS_HAS_EMS },
		{ "reneg", TLS_HAS_RENEGOTIATION }, { "etm", TLS_HAS_ENCRYPT_THEN_MAC },
		{ "heartbeat", TLS_HAS_HEARTBEAT }, { "truncated-hmac", TLS_HAS_TRUNCATED_HMAC },
		{ "early-data", TLS_HAS_EARLY_DATA }, { "ech", TLS_HAS_ECH },
		{ "status", TLS_HAS_STATUS_REQUEST }, { "compression", TLS_HAS_COMPRESSION },
		{ "scsv", TLS_HAS_FALLBACK_SCSV }, { "sni-address", TLS_SNI_IS_ADDRESS },
		{ "sentinel-12", TLS_SENTINEL_12 }, { "sentinel-11", TLS_SENTINEL_11 },
		{ "ssl2-form", TLS_IS_SSL2 } };
	char minus[40];

	for (size_t i = 0; i < TABLE_LENGTH(extras); i++) {
		snprintf(minus, sizeof(minus), "-%s", extras[i].word);
		if (build_has(args, extras[i].word))
			usual |= extras[i].extra;
		if (build_has(args, minus))
			usual &= ~extras[i].extra;
	}
	return usual;
}

static uint32_t
build_traits(const char *args)
{
	static const struct {
		const char *word;
		uint32_t    trait;
	} traits[] = { { "null", CIPHER_NULL }, { "anon", CIPHER_ANON },
		{ "export", CIPHER_EXPORT }, { "rc4", CIPHER_RC4 }, { "des", CIPHER_DES },
		{ "3des", CIPHER_3DES }, { "idea", CIPHER_RC2_IDEA_SEED }, { "cbc", CIPHER_CBC },
		{ "sha1", CIPHER_SHA1 }, { "md5", CIPHER_MD5 }, { "aead", CIPHER_AEAD },
		{ "fs", CIPHER_FORWARD_SECRECY } };
	uint32_t found = 0;

	for (size_t i = 0; i < TABLE_LENGTH(traits); i++)
		if (build_has(args, traits[i].word))
			found |= traits[i].trait;
	return found;
}

/* What follows "key=" up to the next blank; the script outlives the session. */
static struct span
build_value(const char *args, const char *key)
{
	const char *at = strstr(args, key);

	return at != NULL ? span_from(at + strlen(key), strcspn(at + strlen(key), " "))
	                  : (struct span){ 0 };
}

static void
step_client_hello(struct build *b, const char *args)
{
	struct event event = { .kind = EVENT_TLS_CLIENT_HELLO, .side = CLIENT, .text = span_of("TLSv1.3 offered") };

	b->client_hello = (struct tls_client_hello){
		.highest_version = build_version(args, TLS_1_3),
		.extras = build_extras(args, TLS_HAS_SNI | TLS_HAS_EMS | TLS_HAS_RENEGOTIATION),
		.cipher_traits = build_traits(args) | CIPHER_AEAD,
		.sni = span_of("mx.example.org"),
		.alpn = build_value(args, "alpn="),
		.groups = build_value(args, "groups="),
		.offers_strong = !build_has(args, "weak"),
		.random = span_of("0123456789abcdef0123456789ABCDEF"),
	};
	if (!(b->client_hello.extras & TLS_HAS_SNI))
		b->client_hello.sni = (struct span){ 0 };
	else if (build_value(args, "sni=").len > 0)
		b->client_hello.sni = build_value(args, "sni=");
	if (b->client_hello.alpn.len > 0)
		b->client_hello.extras |= TLS_HAS_ALPN;
	build_line(b, CLIENT, 300);
	event.where = b->where[CLIENT];
	event.facts.client_hello = &b->client_hello;
	session_event(b->session, &event);
}

/* The first record came, and nothing in it is whole yet. */
static void
step_tls_begin(struct build *b, const char *args)
{
	(void)args;
	build_tell(b, CLIENT, EVENT_UPGRADE, 0, "TLS from here on");
}

static void
step_server_hello(struct build *b, const char *args)
{
	struct event event = { .kind = EVENT_TLS_SERVER_HELLO, .side = SERVER, .text = span_of("TLSv1.2") };
	uint32_t traits = build_traits(args);

	b->cipher = (struct cipher_suite){ 1, "TLS_TEST_SUITE",
		traits != 0 ? traits : CIPHER_AEAD | CIPHER_FORWARD_SECRECY };
	b->server_hello = (struct tls_server_hello){
		.version = build_version(args, TLS_1_2),
		.cipher = build_has(args, "unregistered") ? NULL : &b->cipher,
		.extras = build_extras(args, TLS_HAS_EMS | TLS_HAS_RENEGOTIATION),
		.group = build_has(args, "hybrid") ? 0x11EC : 29,
	};
	build_line(b, SERVER, 100);
	event.where = b->where[SERVER];
	event.facts.server_hello = &b->server_hello;
	session_event(b->session, &event);
}

/* "dh BITS [sha256]", "ec GROUP" or "explicit", and perhaps "sig=HEX". */
static void
step_key_exchange(struct build *b, const char *args)
{
	struct event event = { .kind = EVENT_TLS_KEY_EXCHANGE, .side = SERVER };
	struct span sig = build_value(args, "sig=");
	char prime[80] = "";

	b->exchange = (struct tls_key_exchange){
		.finite_field = strncmp(args, "dh ", 3) == 0,
		.prime_bits = strncmp(args, "dh ", 3) == 0 ? (uint32_t)atoi(args + 3) : 0,
		.group = strncmp(args, "ec ", 3) == 0 ? (uint16_t)atoi(args + 3) : 0,
		.explicit_curve = build_has(args, "explicit"),
		.signature_scheme =
			(uint16_t)(sig.len > 0 ? strtoul((const char *)sig.at, NULL, 16) : 0),
	};
	if (sscanf(args, "dh %*u %79s", prime) == 1)
		b->exchange.prime_sha256 = arena_copy(b->session->arena, span_of(prime));
	build_line(b, SERVER, 100);
	event.where = b->where[SERVER];
	event.facts.key_exchange = &b->exchange;
	session_event(b->session, &event);
}

void
build_whole_chain(struct build *b, enum side side, const struct certificate_chain *chain)
{
	struct event event = { .kind = EVENT_TLS_CERTIFICATES, .side = side, .facts.chain = chain };

	build_line(b, side, 1000);
	event.where = b->where[side];
	session_event(b->session, &event);
}

void
build_chain(struct build *b, enum side side, const struct certificate *certificates, size_t count)
{
	build_whole_chain(b, side, &(struct certificate_chain){
		.certificates = certificates, .count = count, .sent = count });
}

void
build_status(struct build *b, const struct certificate_status *status)
{
	struct event event = { .kind = EVENT_TLS_HANDSHAKE, .side = SERVER, .code = 22, .facts.status = status };

	build_line(b, SERVER, BUILD_LINE_LENGTH);
	event.where = b->where[SERVER];
	session_event(b->session, &event);
}

static void
step_handshake(struct build *b, const char *args)
{
	char side = 'S';
	unsigned type = 0;

	sscanf(args, "%c %u", &side, &type);
	build_tell(b, side == 'C' ? CLIENT : SERVER, EVENT_TLS_HANDSHAKE, type, "");
}

static void
step_encrypted(struct build *b, const char *args)
{
	enum side side = *args == 'C' ? CLIENT : SERVER;

	build_tell(b, side, EVENT_TLS_CIPHER_CHANGED, 0, "");
	build_tell(b, side, EVENT_TLS_ENCRYPTED, 22, "");
}

/* The side's first record of application data. */
static void
step_application(struct build *b, const char *args)
{
	build_tell(b, *args == 'C' ? CLIENT : SERVER, EVENT_TLS_ENCRYPTED, 23, "");
}

static void
step_established(struct build *b, const char *args)
{
	build_tell(b, CLIENT, EVENT_TLS_ESTABLISHED,
		*args ? CONFIDENCE_LIKELY : CONFIDENCE_PROVEN, "handshake completed");
}

/* A record of the server's data. */
static void
step_entry(struct build *b, const char *args)
{
	(void)args;
	build_line(b, SERVER, BUILD_LINE_LENGTH);
	build_tell(b, SERVER, EVENT_ENTRY, 0, "entry");
}

/* A whole handshake that needs no details. */
static void
step_tls(struct build *b, const char *args)
{
	step_client_hello(b, build_has(args, "1.3") ? "1.3" : "1.2");
	step_server_hello(b, args);
	step_established(b, "");
}

/* "C 2 45": side, level, description. */
static void
step_alert(struct build *b, const char *args)
{
	char side = 'C';
	unsigned level = 2, description = 0;

	sscanf(args, "%c %u %u", &side, &level, &description);
	build_tell(b, side == 'C' ? CLIENT : SERVER, EVENT_TLS_ALERT, level << 8 | description, "an alert");
}

/* As the dissector tells them (tls.c, tls_place.c, tls_progress.c, tls_clear.c). */
static void
step_tls_event(struct build *b, const char *args)
{
	static const struct {
		const char     *word;
		enum event_kind kind;
		uint32_t        code;
		const char     *text;
	} kinds[] = {
		{ "renegotiation", EVENT_TLS_RENEGOTIATION, 0, "another handshake inside" },
		{ "heartbeat-probe", EVENT_TLS_HEARTBEAT_PROBE, 16384, "claims 16384 bytes, has 0" },
		{ "reply", EVENT_TLS_GARBAGE, 220, "text, reply 220" },
		{ "text", EVENT_TLS_GARBAGE, 0, "text" },
		{ "bytes", EVENT_TLS_GARBAGE, 0, "bytes that are no record" },
		{ "hello-cut", EVENT_TLS_HELLO_CUT, 0, "ClientHello without its end" },
	};

	for (size_t i = 0; i < TABLE_LENGTH(kinds); i++)
		if (strcmp(args, kinds[i].word) == 0) {
			build_tell(b, kinds[i].kind == EVENT_TLS_HELLO_CUT ? CLIENT : SERVER, kinds[i].kind,
				kinds[i].code, kinds[i].text);
			return;
		}
	fail_msg("no such event of TLS: %s", args);
}

/* Steps: the wire ---------------------------------------------------------------------------------
 */

static void
step_gap(struct build *b, const char *args)
{
	build_tell(b, *args == 'C' ? CLIENT : SERVER, EVENT_GAP, 0, "20 bytes not captured");
}

/* The line last told by this side came in two versions. */
static void
step_conflict(struct build *b, const char *args)
{
	build_fact(b, *args == 'C' ? CLIENT : SERVER, EVENT_CONFLICT, 0, "250-XXXXXXXX");
}

static void
step_wait(struct build *b, const char *args)
{
	b->now += atoi(args) * (int64_t)BUILD_SECOND;
	b->session->last.time_ns = b->now;
}

static void
step_port(struct build *b, const char *args)
{
	b->session->server.port = (uint16_t)atoi(args);
}

static void
step_flow(struct build *b, const char *args)
{
	struct session *s = b->session;

	s->midstream |= build_has(args, "midstream");
	s->one_sided |= build_has(args, "one-sided");
	if (build_has(args, "reset"))
		s->closed_by = "rst";
	if (build_has(args, "idle"))
		s->closed_by = "idle";
	s->open |= build_has(args, "open");
	if (build_has(args, "drops"))
		s->lost = 11, s->lost_of = 10000;
	if (build_has(args, "few-drops"))
		s->lost = 10, s->lost_of = 10000;
	if (build_has(args, "acked-unseen"))
		s->acked_unseen[CLIENT] = 30;
	if (build_has(args, "server-closes"))
		s->closed_first = SERVER;
	if (build_has(args, "reset"))
		s->closed_by = "rst";
	if (build_has(args, "loopback"))
		s->client.address = s->server.address = build_address(127, 0, 0, 1);
	if (build_has(args, "private"))
		s->client.address = build_address(10, 0, 0, 1);
	if (build_has(args, "private-server"))
		s->server.address = build_address(10, 0, 0, 2);
	if (build_has(args, "unknown-protocol"))
		s->protocol = "gopher";
	if (build_has(args, "tls-protocol"))
		s->protocol = "tls";
	if (build_has(args, "file-protocol"))
		s->protocol = "ftp";
	if (build_has(args, "mailbox-protocol"))
		s->protocol = "imap";
	if (build_has(args, "other-opinion"))
		s->opinion = (struct second_opinion){ span_of("FTP"), { 0 }, true };
}

/* How a segment of a side looked: "S id 7 hop 64 seq 100 offset 99 length 20 acked 40 wrong again"; without `wrong` its
 * checksum is right. */
static void
step_shape(struct build *b, const char *args)
{
	struct shape *shape = arena_alloc(b->session->arena, sizeof(*shape));
	const struct shape **tail = &b->session->shapes;
	char word[16];
	unsigned value;
	int used;

	assert_non_null(shape);
	*shape = (struct shape){ .side = *args == 'C' ? CLIENT : SERVER, .flags = TCP_ACK, .is_v4 = true,
		.hop_limit = 64, .checksum = build_has(args, "wrong") ? NO : YES,
		.again = build_has(args, "again") };
	for (args++; sscanf(args, " %15s %u%n", word, &value, &used) == 2; args += used) {
		if (strcmp(word, "id") == 0)
			shape->ip_id = (uint16_t)value;
		else if (strcmp(word, "hop") == 0)
			shape->hop_limit = (uint8_t)value;
		else if (strcmp(word, "seq") == 0)
			shape->sequence = value;
		else if (strcmp(word, "length") == 0)
			shape->length = value;
		else if (strcmp(word, "offset") == 0)
			shape->offset = value;
		else if (strcmp(word, "acked") == 0)
			shape->acked = value;
		else
			fail_msg("no such field of a shape: %s", word);
	}
	while (*tail != NULL)
		tail = (const struct shape **)&(*tail)->next;
	*tail = shape;
}

void
build_close(struct build *b)
{
	bool told = strcmp(b->session->closed_by, "idle") != 0 && !b->session->open;

	b->session->closed = (struct quote){
		.seen = told,
		.side = b->session->closed_first,
		.where = { .first = b->session->last, .last = b->session->last },
	};
	build_fact(b, b->session->closed_first, EVENT_CLOSE, 0, b->session->open ? "open" : "fin");
}

static const struct build_step {
	const char *word;
	void (*take)(struct build *b, const char *args);
} build_steps[] = {
	{ "greet", step_greet },                { "greeting", step_greeting },
	{ "name", step_name },                  { "ehlo", step_ehlo },
	{ "ehlo-cut", step_ehlo_cut },          { "ehlo-refused", step_ehlo_refused },
	{ "helo", step_helo },                  { "ask", step_ask },
	{ "agree", step_agree },                { "refuse", step_refuse },
	{ "auth", step_auth },                  { "mail", step_mail },
	{ "rcpt", step_rcpt },                  { "data", step_data },
	{ "data-open", step_data_open },        { "body-end", step_body_end },
	{ "quit", step_quit },                  { "refused-for", step_refused_for },
	{ "say", step_say },                    { "note", step_note },
	{ "client-hello", step_client_hello },  { "server-hello", step_server_hello },
	{ "key-exchange", step_key_exchange },  { "handshake", step_handshake },
	{ "encrypted", step_encrypted },        { "established", step_established },
	{ "tls", step_tls },                    { "alert", step_alert },
	{ "tls-event", step_tls_event },        { "tls-begin", step_tls_begin },
	{ "application", step_application },    { "gap", step_gap },
	{ "conflict", step_conflict },          { "wait", step_wait },
	{ "port", step_port },                  { "flow", step_flow },
	{ "shape", step_shape },                { "fact", step_fact },
	{ "entry", step_entry },
};

static void
build_step(struct build *b, char *step)
{
	char *args = strchr(step, ' ');

	if (args != NULL)
		*args++ = '\0';
	for (size_t i = 0; i < TABLE_LENGTH(build_steps); i++)
		if (strcmp(step, build_steps[i].word) == 0) {
			build_steps[i].take(b, args != NULL ? args : "");
			return;
		}
	fail_msg("no such step: %s", step);
}

void
build_play(struct build *b, const char *script)
{
	char *text = arena_alloc(b->session->arena, strlen(script) + 1), *next;

	assert_non_null(text);
	strcpy(text, script);
	for (; text != NULL; text = next) {
		text += strspn(text, " ");
		next = strstr(text, "; ");
		if (next != NULL) {
			*next = '\0';
			next += 2;
		}
		if (*text != '\0')
			build_step(b, text);
	}
}
