/* Text in places where TLS was due, and sessions that one end takes for something else (RFC 3207,
 * section 4.2; Poddebniak et al., 2021; Brinkmann et al., 2021). */
#include "rules/rules.h"

#include "model/protocol.h"
#include "rules/evidence.h"

enum {
	PROMPT_MS = 10 * 1000,          /* an answer comes at once; a server's farewell after minutes */
};

/* Client bytes before its ClientHello: behind the ask, or between the consent and the handshake. */
static const struct quote *
injected_by_client(const struct session *session, const struct upgrade *upgrade)
{
	if (upgrade->agreed != YES)
		return NULL;
	if (upgrade->held.seen)
		return &upgrade->held;
	return upgrade->client_plain.seen && session->tls->client_hello != NULL &&
	                       upgrade->client_plain.where.order < session->tls->client_hello_at.where.order
		       ? &upgrade->client_plain
		       : NULL;
}

bool
rule_inject_pipelined_after_starttls(const struct session *session, struct finding *finding)
{
	for (const struct upgrade *u = session->upgrades; u != NULL; u = u->next) {
		const struct quote *injected = injected_by_client(session, u);

		if (injected == NULL)
			continue;
		finding_because(session, finding,
			"%llu bytes %s; whether an attacker, a tester or a "
			"hasty client sent them is not known",
			(unsigned long long)injected->where.length,
			injected == &u->held ? "stand behind the request for TLS"
					     : "stand between the consent and the handshake");
		return finding_at(finding, injected);
	}
	return false;
}

/* The server's lines answer them only if the client said nothing else in clear since. */
bool
rule_inject_command_executed_plain(const struct session *session, struct finding *finding)
{
	for (const struct upgrade *u = session->upgrades; u != NULL; u = u->next) {
		if (injected_by_client(session, u) == NULL || !u->server_plain.seen)
			continue;
		if (u->held.seen && u->client_plain.seen &&
		    u->client_plain.where.order < u->server_plain.where.order)
			continue;
		finding->count = u->server_plain_lines;
		return finding_at(finding, &u->server_plain);
	}
	return false;
}

/* After the handshake the client speaks first (RFC 3207, section 4.2), so what the server says before it answers what
 * came in clear.  In TLS 1.3 tickets and answers look alike from outside; a server that waited long says goodbye. */
bool
rule_inject_command_executed_in_tls(const struct session *session, struct finding *finding)
{
	const struct upgrade *upgrade = session_upgrade(session);
	const struct tls_state *tls = session->tls;
	const struct quote *said = &tls->application[SERVER], *asked = &tls->application[CLIENT];

	if (upgrade == NULL || injected_by_client(session, upgrade) == NULL || tls->server_hello == NULL ||
	    tls->server_hello->version >= TLS_1_3 || !said->seen ||
	    (asked->seen && asked->where.order < said->where.order) ||
	    !session_shows_all(session, said->where.order) || !tls->encrypted[SERVER].seen ||
	    milliseconds_between(&tls->encrypted[SERVER].where.last, &said->where.last) > PROMPT_MS)
		return false;
	finding->confidence = CONFIDENCE_LIKELY;
	finding_because(session, finding, "under TLS the server spoke before the client did; assumed that it answers "
		"what was sent in clear");
	return finding_at(finding, said);
}

/* What is missing of the client's may be a line that this answers, unless TLS followed: a client that begins it has
 * said nothing since. */
bool
rule_inject_response_after_agree(const struct session *session, struct finding *finding)
{
	const struct upgrade *u = session->upgrades;

	while (u != NULL && !(u->agreed == YES && u->server_extra.seen))
		u = u->next;
	if (u == NULL)
		return false;
	if (client_lacks_before(session, u->server_extra.where.order)) {
		if (!session->tls->started.seen)
			return false;
		finding->confidence = CONFIDENCE_LIKELY;
		finding_because(session, finding, "bytes of the client are missing before this line; assumed that it "
			"answers none of them");
	}
	return finding_at(finding, &u->server_extra);
}

/* A web request, a ClientHello and a proxy's preamble are other findings. */
bool
rule_inject_early_client_data_before_greeting(const struct session *session,
	struct finding *finding)
{
	const struct note *early = session_find_note(session, NOTE_EARLY_TALKER);

	if (early == NULL || !session_shows_all(session, early->quote.where.order) ||
	    session_find_note(session, NOTE_HTTP_REQUEST) != NULL ||
	    session_find_note(session, NOTE_TLS_ON_PLAIN_PORT) != NULL || !session->greeting.seen)
		return false;
	if (session->messages_accepted == 0)
		finding->severity = SEVERITY_INFO;
	return finding_note(session, finding, NOTE_EARLY_TALKER);
}

/* Nothing of a mailbox is due before the client has said who it is (RFC 9051, section 11.1), which has to be seen; a
 * client that believes it keeps it under TLS. */
bool
rule_inject_untagged_before_tls(const struct session *session, struct finding *finding)
{
	return !session->one_sided && finding_note(session, finding, NOTE_DATA_BEFORE_LOGIN);
}

/* RFC 2221, section 4: who follows the referral gives his password to whom nobody vouches for. */
bool
rule_inject_login_referral_before_tls(const struct session *session, struct finding *finding)
{
	return finding_note(session, finding, NOTE_LOGIN_REFERRED);
}

/* No sender writes two fragments that disagree about the same bytes; what the receiver made of them, nobody else
 * knows. */
bool
rule_inject_fragment_overlap(const struct session *session, struct finding *finding)
{
	return finding_note(session, finding, NOTE_FRAGMENT_OVERLAP);
}

bool
rule_session_fixation_prelogin(const struct session *session, struct finding *finding)
{
	const struct upgrade *upgrade = session_upgrade(session);

	if (upgrade == NULL || !upgrade->after_login || upgrade->agreed != YES ||
	    session->tls->established != YES)
		return false;
	return finding_at(finding, &upgrade->asked);
}

bool
rule_state_kept_across_starttls(const struct session *session, struct finding *finding)
{
	const struct upgrade *upgrade = session_upgrade(session);

	if (upgrade == NULL || !upgrade->inside_transaction || upgrade->agreed != YES)
		return false;
	finding->confidence = CONFIDENCE_POSSIBLE;
	finding_because(
		session, finding, "whether the transaction goes on inside TLS cannot be seen");
	return finding_at(finding, &upgrade->asked);
}

bool
rule_starttls_with_argument(const struct session *session, struct finding *finding)
{
	finding->count = 0;
	for (const struct upgrade *u = session->upgrades; u != NULL; u = u->next)
		if ((u->asked.code & ASK_WITH_ARGUMENT) && finding->count++ == 0)
			finding_at(finding, &u->asked);
	return finding->count > 0;
}

/* RFC 3207, section 4.2: not again once TLS is on. */
bool
rule_starttls_twice(const struct session *session, struct finding *finding)
{
	uint32_t agreed = 0;

	finding->count = 0;
	for (const struct upgrade *u = session->upgrades; u != NULL; u = u->next) {
		if (agreed != 0 && u->asked.where.order > agreed && finding->count++ == 0)
			finding_at(finding, &u->asked);
		if (agreed == 0 && u->agreed == YES)
			agreed = u->answer.where.order;
	}
	return finding->count > 0;
}

bool
rule_pipelining_violation(const struct session *session, struct finding *finding)
{
	const struct note *early = session_find_note(session, NOTE_PIPELINED_EARLY);
	const struct note *unoffered = session_find_note(session, NOTE_PIPELINED_UNOFFERED);

	if (early == NULL && unoffered == NULL)
		return false;
	finding_because(session, finding, "%s", early != NULL
		? "a command stands behind one that must be the last of its group"
		: "commands were sent ahead although the server does not offer that");
	finding_at(finding, early != NULL ? &early->quote : &unoffered->quote);
	finding->count =
		(early != NULL ? early->count : 0) + (unoffered != NULL ? unoffered->count : 0);
	return true;
}

/* Consents that answer nothing the client said outside the body. */
static uint32_t
surplus_consents(const struct session *session, uint32_t order)
{
	const struct note *surplus = session_find_note(session, NOTE_REPLY_UNEXPECTED);

	if (surplus == NULL || surplus->quote.where.order < order || surplus->quote.text.len == 0 ||
	    (surplus->quote.text.at[0] != '2' && surplus->quote.text.at[0] != '3'))
		return 0;
	return surplus->count;
}

/* More consents than message ends: the server saw an end that the standard does not know (RFC 5321,
 * section 2.3.8). */
bool
rule_smuggling_bare_newline(const struct session *session, struct finding *finding)
{
	uint32_t surplus;

	if (!finding_note(session, finding, NOTE_FALSE_END))
		return false;
	surplus = surplus_consents(session, finding->evidence.where.order);
	if (session->messages_accepted > session->messages) {
		finding->severity = SEVERITY_HIGH;
		finding_because(session, finding,
			"the server accepted more messages than the client ended properly");
	} else if (surplus > 0) {
		finding->severity = SEVERITY_HIGH;
		finding_because(session, finding,
			"%u answers more than commands: the server took the text behind the false "
			"end for commands",
			(unsigned)surplus);
	}
	return true;
}

bool
rule_cross_protocol_http(const struct session *session, struct finding *finding)
{
	return finding_note(session, finding, NOTE_HTTP_REQUEST);
}

static bool
is_for_another_service(const struct session *session, struct span name)
{
	const char *protocol = protocol_by_alpn(name);

	return protocol != NULL && !span_is(span_of(session->protocol), protocol);
}

/* One name that is not foreign makes the list consistent (RFC 7301, section 3.1: the server picks
 * one). */
bool
rule_cross_protocol_alpn_mismatch(const struct session *session, struct finding *finding)
{
	const struct tls_client_hello *hello = session->tls->client_hello;
	struct span list, name;

	if (hello == NULL || hello->alpn.len == 0 || session->tls->server_hello == NULL ||
	    span_is(span_of(session->protocol), "tls"))
		return false;
	for (list = hello->alpn; span_take_item(&list, &name);)
		if (!is_for_another_service(session, span_trim(name)))
			return false;
	for (const struct alert *alert = session->tls->alerts; alert != NULL; alert = alert->next)
		if (alert->quote.side == SERVER && !alert->encrypted_after &&
		    (alert->quote.code & 0xFF) == 120)
			return false;
	finding_because(session, finding, "the client offers %.*s, the service is %s",
		WORDS(hello->alpn), session->protocol);
	return finding_at(finding, &session->tls->client_hello_at);
}
