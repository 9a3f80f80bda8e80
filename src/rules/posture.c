/* Policy and habits that one session proves by itself.  Rates, fleets and published policies need
 * more than one session, or other input. */
#include "rules/rules.h"

#include "model/protocol.h"
#include "rules/evidence.h"
#include "rules/signals.h"
#include "wire/ports.h"

static const struct quote *
accepted_login(const struct session *session)
{
	for (const struct auth *auth = session->auths; auth != NULL; auth = auth->next)
		if (auth->in_clear && auth->facts.outcome == AUTH_ACCEPTED)
			return &auth->answer;
	return NULL;
}

/* The same of somebody in particular. */
static const struct quote *
accepted_account(const struct session *session)
{
	for (const struct auth *auth = session->auths; auth != NULL; auth = auth->next)
		if (auth->in_clear && auth->facts.outcome == AUTH_ACCEPTED && auth->facts.kind != AUTH_CLASS_ANONYMOUS)
			return &auth->answer;
	return NULL;
}

/* The server may have insisted on TLS in an answer that is lost. */
static bool
may_be_blocked(const struct session *session)
{
	return session->messages_accepted == 0 && accepted_login(session) == NULL &&
	       !session_shows_all(session, UINT32_MAX);
}

/* A session that the server kept from doing anything in clear has its own diagnosis, and in a
 * dialogue that was changed on its way nobody knows what the client was offered. */
bool
rule_posture_starttls_declined(const struct session *session, struct finding *finding)
{
	if (session_offer(session) != YES || !session->application.seen ||
	    asked_before(session, UINT32_MAX) || session->tls->started.seen ||
	    session->interference == INTERFERENCE_PROVEN ||
	    session->verdict == VERDICT_BLOCKED_TLS_REQUIRED ||
	    !session_shows_all(session, session->application.where.order) || may_be_blocked(session))
		return false;
	finding_by_role(session, finding, SEVERITY_HIGH, SEVERITY_MEDIUM);
	return finding_at(finding, &session->application);
}

/* Many servers take a sender and insist on TLS at the recipient or the message, of which the capture may lack either
 * the one or the answer to it, or have ended before. */
static bool
insisted_on_tls(const struct session *session)
{
	bool lost = session->gap_at.seen && session->gap_at.where.order > session->mail.where.order;

	return (session->tls_required.seen || session->tls_policy_refused.seen || lost || session->open) &&
	       session->messages_accepted == 0;
}

/* RFC 3207, section 4: a public mail exchanger must not insist on TLS. */
bool
rule_posture_tls_not_enforced(const struct session *session, struct finding *finding)
{
	const struct quote *login = accepted_account(session);

	if (session_offer(session) != YES ||
	    (login == NULL && (!session->mail.seen || insisted_on_tls(session))))
		return false;
	finding_by_role(session, finding, SEVERITY_HIGH, SEVERITY_INFO);
	finding_because(session, finding, "%s was accepted in clear by a server that offers TLS",
		login != NULL ? "a login" : "a sender");
	return finding_at(finding, login != NULL ? login : &session->mail);
}

bool
rule_posture_mx_requires_tls(const struct session *session, struct finding *finding)
{
	if (!session->tls_required.seen || session->server.port != PORT_RELAY || session->auths != NULL ||
	    session_is_local(session) || address_is_private(&session->client.address) ||
	    policy_is_inside(session->policy, &session->client.address))
		return false;
	return finding_at(finding, &session->tls_required);
}

bool
rule_posture_auth_on_port_25(const struct session *session, struct finding *finding)
{
	if (session->server.port != PORT_RELAY)
		return false;
	if (session->auths != NULL && session_find_note(session, NOTE_WRONG_PROTOCOL) == NULL) {
		finding_because(session, finding, "a client logs in");
		return finding_at(finding, &session->auths->begin);
	}
	if (!session->capabilities.auth_line.seen)
		return false;
	finding_because(session, finding, "logins are on offer before TLS");
	return finding_at(finding, &session->capabilities.auth_line);
}

/* RFC 8314, section 3: whoever reads mail does so inside TLS, from a server that lets nobody do without.
 * Between programs of one machine nobody listens. */
bool
rule_posture_cleartext_access_enabled(const struct session *session, struct finding *finding)
{
	const struct quote *login = accepted_account(session);

	return login != NULL && protocol_has(span_of(session->protocol), PROTOCOL_READS) &&
	       !session_is_local(session) && finding_at(finding, login);
}

/* RFC 6409, section 4.3.  A sender alone proves nothing: many servers refuse only at the
 * recipient. */
bool
rule_posture_open_submission(const struct session *session, struct finding *finding)
{
	if (!port_is_submission(session->server.port) || !session->recipient.seen ||
	    accepted_login(session) != NULL ||
	    !session_shows_all(session, session->recipient.where.order))
		return false;
	for (const struct auth *auth = session->auths; auth != NULL; auth = auth->next)
		if (auth->facts.outcome == AUTH_OUTCOME_UNKNOWN)
			return false;
	return finding_at(finding, &session->recipient);
}

bool
rule_posture_implicit_nonstandard_port(const struct session *session, struct finding *finding)
{
	if (session->verdict != VERDICT_PROTECTED_IMPLICIT || session_port_is_implicit(session) ||
	    span_is(span_of(session->protocol), "tls"))
		return false;
	finding_because(session, finding, "port %u", (unsigned)session->server.port);
	return finding_at(finding, &session->tls->client_hello_at);
}

bool
rule_posture_starttls_nonstandard_port(const struct session *session, struct finding *finding)
{
	if (!session->greeting.seen || !session_port_is_implicit(session))
		return false;
	finding_because(session, finding, "port %u", (unsigned)session->server.port);
	return finding_at(finding, &session->greeting);
}

bool
rule_posture_ftps_implicit(const struct session *session, struct finding *finding)
{
	if (!session->tls->implicit || session->tls->established != YES ||
	    !protocol_has(span_of(session->protocol), PROTOCOL_ASKS))
		return false;
	if (session_is_local(session) || (address_is_private(&session->client.address) &&
	                                         address_is_private(&session->server.address)))
		finding->severity = SEVERITY_INFO;
	return finding_at(finding, &session->tls->client_hello_at);
}

/* RFC 8689, section 2: neither offered nor used outside TLS. */
bool
rule_posture_requiretls_in_clear(const struct session *session, struct finding *finding)
{
	if (finding_note(session, finding, NOTE_REQUIRETLS_IN_CLEAR))
		return true;
	if (session->ongoing)
		return false;
	for (const struct capability *c = session->capabilities.first; c != NULL; c = c->next)
		if (span_is(capability_keyword(c), "REQUIRETLS")) {
			finding->severity = SEVERITY_LOW;
			finding_because(session, finding, "on offer before TLS");
			return finding_at(finding, &c->quote);
		}
	return false;
}

bool
rule_posture_no_esmtp(const struct session *session, struct finding *finding)
{
	const struct quote *basic = &session->basic_name;

	if (!basic->seen || session->refused_name.seen || session->capabilities.count > 0 ||
		session_find_note(session, NOTE_BLANKED_COMMAND) != NULL ||
		session->client_name.code != DIALECT_BASIC ||
		!session_shows_all(session, basic->where.order))
		return false;
	return finding_at(finding, basic);
}

static size_t
take_digits(struct span *rest)
{
	size_t count = 0;

	while (count < rest->len && rest->at[count] >= '0' && rest->at[count] <= '9')
		count++;
	*rest = span_after(*rest, count);
	return count;
}

/* Two or three numbers with dots between them, and whatever a packager adds.  Four are an address,
 * unless the word before says otherwise. */
static bool
is_version(struct span word, struct span before)
{
	size_t numbers = 0;

	if (span_starts(word, "v") || span_starts(word, "("))
		word = span_after(word, 1);
	while (take_digits(&word) > 0) {
		numbers++;
		if (word.len < 2 || word.at[0] != '.')
			break;
		word = span_after(word, 1);
	}
	return numbers == 2 || numbers == 3 || (numbers >= 4 && span_starts(before, "version"));
}

/* The part behind the last slash: Product/1.2.3 is one word. */
static struct span
behind_slash(struct span word)
{
	size_t slash = span_find(word, "/");

	return slash > 0 && slash < word.len ? span_after(word, slash + 1) : word;
}

/* The first word is the host's name (RFC 5321, section 4.2). */
bool
rule_posture_software_disclosed(const struct session *session, struct finding *finding)
{
	struct span rest = session->greeting.text, word, before;

	if (!span_take_word(&rest, &before))
		return false;
	while (span_take_word(&rest, &word)) {
		if (is_version(word, before) || is_version(behind_slash(word), before)) {
			finding_because(session, finding, "the greeting names %.*s %.*s",
				WORDS(before), WORDS(word));
			return finding_at(finding, &session->greeting);
		}
		before = word;
	}
	return false;
}

bool
rule_posture_vrfy_expn(const struct session *session, struct finding *finding)
{
	return finding_note(session, finding, NOTE_ADDRESS_PROBED);
}

/* RFC 4513, section 6.2: who may read the data is decided by the server for its clients, not for the wire. */
bool
rule_posture_ldap_plaintext_search(const struct session *session, struct finding *finding)
{
	if (!session->entry.seen)
		return false;
	finding->count = session->entries;
	return finding_at(finding, &session->entry);
}

/* RFC 7590, section 3.1. */
bool
rule_posture_xmpp_s2s_plaintext(const struct session *session, struct finding *finding)
{
	return finding_note(session, finding, NOTE_PEER_DATA_IN_CLEAR);
}

/* RFC 7590, section 3.4: dialback proves no more than what DNS says, to whoever is on the way. */
bool
rule_posture_xmpp_dialback_only(const struct session *session, struct finding *finding)
{
	return finding_note(session, finding, NOTE_PEER_UNPROVEN);
}

bool
rule_posture_protected_ok(const struct session *session, struct finding *finding)
{
	if ((session->verdict != VERDICT_PROTECTED_IMPLICIT &&
		    session->verdict != VERDICT_PROTECTED_STARTTLS) ||
	    (session->tls_grade != 'A' && session->tls_grade != 'B'))
		return false;
	finding->confidence = session->tls->established_confidence;
	if (finding->confidence != CONFIDENCE_PROVEN)
		finding_because(session, finding,
			"assumed that the handshake, whose end is encrypted, was completed");
	return finding_at(finding, &session->tls->established_at);
}
