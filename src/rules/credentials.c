/* What crossed in clear: passwords, tokens, logins that can be guessed at, messages, names (RFC
 * 4954, section 9; RFC 8314, section 4.1).  A secret itself is never here: only where it stood. */
#include "rules/rules.h"

#include "base/table.h"
#include "rules/evidence.h"
#include "rules/signals.h"
#include "wire/ports.h"

#include <arpa/inet.h>
#include <string.h>

enum {
	FAILURES_LEAST = 5,
	FAILURES_WITHIN_MS = 10 * 60 * 1000,
	LITERAL_MOST = 64,
};

static bool
is_password(const struct auth *auth)
{
	return auth_crossed(auth) && auth->facts.kind == AUTH_CLASS_PASSWORD;
}

/* A client that asked first is told from one that did not care. */
static const char *
offer_words(const struct session *session, const struct auth *auth)
{
	const struct upgrade *upgrade = session_upgrade(session);

	if (upgrade != NULL && upgrade->answer.seen &&
	    upgrade->answer.where.order < auth->secret.where.order) {
		if (upgrade->agreed == YES)
			return "TLS had been agreed on";
		if (upgrade->agreed == NO)
			return "TLS had been asked for and refused";
	}
	switch (auth->tls_on_offer) {
	case YES: return "TLS was on offer";
	case NO: return "TLS was not on offer";
	default: return "no list of capabilities had been seen";
	}
}

static bool
tell_login(const struct session *session, struct finding *finding, const struct auth *auth,
	const char *outcome)
{
	struct span user = auth->facts.username;

	if (auth->secret.side == SERVER) {
		finding->confidence = CONFIDENCE_LIKELY;
		finding_because(session, finding,
			"AUTH %.*s %s; the login itself was not captured, assumed that it sent the password",
			WORDS(auth->facts.mechanism), outcome);
		return finding_at(finding, &auth->secret);
	}
	if (auth->facts.maybe_anonymous)
		finding->confidence = CONFIDENCE_LIKELY;
	finding_because(session, finding, "AUTH %.*s%s%.*s %s; %s%s", WORDS(auth->facts.mechanism),
		user.len > 0 ? " as " : "", WORDS(user), outcome, offer_words(session, auth),
		auth->facts.maybe_anonymous ? "; the name was not captured, assumed that it is not anonymous" : "");
	return finding_at(finding, &auth->secret);
}

/* The answer was not captured, but on a submission port a recipient was accepted next (RFC 6409,
 * section 4.3: only after a login). */
static bool
success_is_inferred(const struct session *session, const struct auth *auth)
{
	return auth->facts.outcome == AUTH_OUTCOME_UNKNOWN && session->recipient.seen &&
	       session->recipient.where.order > auth->secret.where.order &&
	       port_is_submission(session->server.port);
}

bool
rule_cred_plaintext_accepted(const struct session *session, struct finding *finding)
{
	const struct auth *inferred = NULL, *accepted = NULL;
	uint32_t count = 0;

	for (const struct auth *auth = session->auths; auth != NULL; auth = auth->next) {
		if (!is_password(auth))
			continue;
		if (auth->facts.outcome == AUTH_ACCEPTED) {
			if (count++ == 0)
				accepted = auth;
		} else if (inferred == NULL && success_is_inferred(session, auth)) {
			inferred = auth;
		}
	}
	if (accepted != NULL) {
		finding->count = count;
		return tell_login(session, finding, accepted, "was accepted");
	}
	if (inferred == NULL || session->ongoing)
		return false;
	finding->confidence = CONFIDENCE_LIKELY;
	return tell_login(session, finding, inferred,
		"was followed by an accepted recipient; the answer itself was not captured");
}

static bool
was_refused(const struct auth *auth)
{
	return is_password(auth) &&
	       (auth->facts.outcome == AUTH_REJECTED || auth->facts.outcome == AUTH_REFUSED_TLS ||
		       auth->facts.outcome == AUTH_ABORTED);
}

bool
rule_cred_plaintext_rejected(const struct session *session, struct finding *finding)
{
	const struct auth *worst = NULL;

	finding->count = 0;
	for (const struct auth *auth = session->auths; auth != NULL; auth = auth->next) {
		if (!was_refused(auth))
			continue;
		finding->count++;
		if (worst == NULL || (auth->facts.outcome == AUTH_REFUSED_TLS &&
		                             worst->facts.outcome != AUTH_REFUSED_TLS))
			worst = auth;
	}
	if (worst == NULL)
		return false;
	if (worst->facts.outcome == AUTH_REFUSED_TLS)
		return tell_login(
			session, finding, worst, "was refused because TLS has to come first");
	finding->severity = SEVERITY_HIGH;
	return tell_login(session, finding, worst,
		worst->facts.outcome == AUTH_REJECTED ? "was refused" : "was given up");
}

bool
rule_cred_plaintext_outcome_unknown(const struct session *session, struct finding *finding)
{
	const struct auth *first = NULL;
	uint32_t count = 0;

	for (const struct auth *auth = session->auths; auth != NULL; auth = auth->next)
		if (is_password(auth) && auth->facts.outcome == AUTH_OUTCOME_UNKNOWN &&
		    !success_is_inferred(session, auth) && count++ == 0)
			first = auth;
	if (first == NULL)
		return false;
	finding->count = count;
	return tell_login(session, finding, first,
		first->answer.seen ? "was sent; the answer does not say whether it was accepted"
		                           : "was sent; no answer was captured");
}

/* A client that asked and was refused did not ignore the offer, nor one that may not have seen
 * it. */
bool
rule_cred_before_available_tls(const struct session *session, struct finding *finding)
{
	const struct auth *auth = first_crossed(session);

	if (auth == NULL || auth->tls_on_offer != YES ||
	    signals_before(session, auth->secret.where.order) == INTERFERENCE_PROVEN ||
	    asked_before(session, auth->secret.where.order) ||
	    !session_shows_all(session, auth->secret.where.order))
		return false;
	return tell_login(session, finding, auth, "was sent without a request for TLS before it");
}

bool
rule_cred_sent_after_strip_signs(const struct session *session, struct finding *finding)
{
	const struct auth *auth = first_crossed(session);
	const struct upgrade *upgrade = session_upgrade(session);

	if (auth == NULL)
		return false;
	if (session_ignored_agreement(session) && auth->secret.where.order > upgrade->answer.where.order)
		return tell_login(session, finding, auth, "was sent where TLS was due");
	if (session->interference == INTERFERENCE_NONE)
		return false;
	finding->confidence = signals_confidence(session->interference, session->interference_points);
	return tell_login(session, finding, auth, session->interference == INTERFERENCE_PROVEN
		? "was sent in a dialogue that was changed on its way"
		: "was sent in a dialogue that shows signs of change on its way");
}

/* RFC 6331, RFC 5802 section 9: what was captured can be guessed at offline; SCRAM makes each guess
 * dear. */
bool
rule_cred_weak_challenge_plaintext(const struct session *session, struct finding *finding)
{
	const struct auth *worst = NULL;

	finding->count = 0;
	for (const struct auth *auth = session->auths; auth != NULL; auth = auth->next) {
		if (auth->facts.kind != AUTH_CLASS_CHALLENGE || !auth->in_clear ||
		    !auth->secret.seen)
			continue;
		finding->count++;
		if (worst == NULL || (worst->facts.guessable_hard && !auth->facts.guessable_hard))
			worst = auth;
	}
	if (worst == NULL)
		return false;
	if (worst->facts.guessable_hard)
		finding->severity = SEVERITY_LOW;
	return tell_login(session, finding, worst, "went through without TLS");
}

bool
rule_cred_bearer_token_plaintext(const struct session *session, struct finding *finding)
{
	const struct auth *first = NULL;

	finding->count = 0;
	for (const struct auth *auth = session->auths; auth != NULL; auth = auth->next)
		if (auth_crossed(auth) && auth->facts.kind == AUTH_CLASS_TOKEN &&
		    finding->count++ == 0)
			first = auth;
	if (first == NULL)
		return false;
	return tell_login(session, finding, first, "carried a token");
}

/* USER stands for a login by the protocol's own commands. */
static bool
sends_password(struct span mechanism)
{
	static const char *const names[] = { "PLAIN", "LOGIN", "USER", "jabber:iq:auth" };

	return span_is_any(mechanism, names, TABLE_LENGTH(names));
}

/* This list, and not a later one, offers TLS as what has to come first: nobody is invited to send a password. */
static bool
demands_tls(const struct capability_list *list, const struct quote *demand)
{
	return demand->seen && demand->code == MARKED_AT_OFFER && list->first != NULL &&
	       demand->where.offset >= list->first->quote.where.offset &&
	       demand->where.offset <= list->last->quote.where.offset;
}

bool
rule_cred_mech_offered_plaintext(const struct session *session, struct finding *finding)
{
	const struct capability_list *list = &session->capabilities;

	if (!list->complete || demands_tls(list, &session->login_needs_tls))
		return false;
	for (const struct capability *c = list->first; c != NULL; c = c->next) {
		struct span rest = c->auth, mechanism;

		while (span_take_word(&rest, &mechanism))
			if (sends_password(mechanism)) {
				finding_because(session, finding, "%.*s is on offer before TLS", WORDS(mechanism));
				return finding_at(finding, &c->quote);
			}
	}
	return false;
}

/* The server said no to a password of this login, and that within ten minutes of the first one: a login that the client
 * gave up did not fail. */
static bool
failed_within(const struct auth *first, const struct auth *auth)
{
	return is_password(auth) && (auth->facts.outcome == AUTH_REJECTED || auth->facts.outcome == AUTH_REFUSED_TLS) &&
	       milliseconds_between(&first->secret.where.last, &auth->secret.where.last) <= FAILURES_WITHIN_MS;
}

static uint32_t
count_failures(const struct auth *first)
{
	uint32_t count = 0;

	for (const struct auth *auth = first; auth != NULL; auth = auth->next)
		count += failed_within(first, auth);
	return count;
}

/* How many different accounts they were for. */
static uint32_t
count_accounts(const struct auth *first)
{
	uint32_t count = 0;

	for (const struct auth *auth = first; auth != NULL; auth = auth->next) {
		const struct auth *same = first;

		if (auth->facts.username.len == 0 || !failed_within(first, auth))
			continue;
		while (same != auth && !(failed_within(first, same) && span_equal(same->facts.username,
									     auth->facts.username)))
			same = same->next;
		count += same == auth;
	}
	return count;
}

/* A phone with an old password does this as well as a guesser.  Told at the first failure that enough others follow
 * soon: what comes later does not move it. */
bool
rule_cred_repeated_failure_plaintext(const struct session *session, struct finding *finding)
{
	const struct auth *first = session->auths;

	while (first != NULL && !(failed_within(first, first) && count_failures(first) >= FAILURES_LEAST))
		first = first->next;
	if (first == NULL)
		return false;
	finding->count = count_failures(first);
	if (count_accounts(first) >= FAILURES_LEAST)
		finding->severity = SEVERITY_MEDIUM;
	finding->confidence = CONFIDENCE_LIKELY;
	finding_because(session, finding,
		"%u failed logins in one connection; assumed that no stored password has just "
		"expired",
		(unsigned)finding->count);
	return finding_at(finding, &first->secret);
}

/* RFC 4513, section 6.3.1: who checks a password by such a login, and forgets that an empty one is none, lets everybody
 * in. */
bool
rule_cred_ldap_anonymous_or_unauthenticated_bind(const struct session *session, struct finding *finding)
{
	const struct note *unauthenticated = session_find_note(session, NOTE_LOGIN_UNAUTHENTICATED);
	const struct note *anonymous = session_find_note(session, NOTE_LOGIN_ANONYMOUS), *first = unauthenticated;

	if (first == NULL || (anonymous != NULL && anonymous->quote.where.order < first->quote.where.order))
		first = anonymous;
	if (first == NULL)
		return false;
	if (unauthenticated != NULL)
		finding->severity = SEVERITY_LOW;
	finding_because(session, finding, unauthenticated != NULL
		? "a name was given with an empty password, which checks nothing"
		: "neither a name nor a password was given");
	finding->count = (unauthenticated != NULL ? unauthenticated->count : 0) +
	                 (anonymous != NULL ? anonymous->count : 0);
	return finding_at(finding, &first->quote);
}

/* Messages and names --------------------------------------------------------------------------- */

/* The user knows his networks; without his word, private addresses are taken for them. */
static bool
is_inside(const struct session *session, const struct address *address)
{
	if (session->policy != NULL && session->policy->internal.count > 0)
		return policy_is_inside(session->policy, address);
	return address_is_private(address);
}

static bool
stays_inside(const struct session *session)
{
	return session_is_local(session) || (is_inside(session, &session->client.address) &&
	                                            is_inside(session, &session->server.address));
}

/* Which connections belong to a session is agreed on inside TLS; and what was agreed on before, another agreement there
 * may have replaced. */
bool
rule_cred_ftp_data_unprotected(const struct session *session, struct finding *finding)
{
	finding->confidence = CONFIDENCE_LIKELY;
	if (session->tls->established != YES)
		return false;
	if (finding_note(session, finding, NOTE_DATA_IN_CLEAR))
		return finding_because(session, finding,
			"assumed that %.*s, which carried something without TLS one way only, moved what the session "
			"asked for", WORDS(finding->evidence.text));
	return finding_note(session, finding, NOTE_DATA_UNPROTECTED) &&
	       finding_because(session, finding, "assumed that nothing else was agreed on inside TLS");
}

static bool
tell_unfinished(const struct session *session, struct finding *finding)
{
	bool whole = !session->open && session_shows_all(session, UINT32_MAX);

	finding->confidence = CONFIDENCE_LIKELY;
	return finding_because(session, finding, "%s; assumed that %s", whole
		? "no message was ended"
		: "the end of the message was not captured",
		whole ? "a part of one had crossed" : "it was not empty");
}

/* What was not captured may have been accepted as well. */
static bool
tell_accepted(const struct session *session, struct finding *finding)
{
	uint32_t sent = session->messages - session->messages_fetched - session->messages_unanswered;
	bool fewer = session->messages_accepted < sent;
	bool lossy = !session_shows_all(session, UINT32_MAX);

	finding->count = session->messages;
	if (sent == 0 && session->messages_unanswered > 0)
		return finding_because(session, finding, "%u %s crossed", (unsigned)session->messages,
			session->messages == 1 ? "message" : "messages");
	if (sent == 0)
		return finding_because(session, finding, "the client fetched %u %s", (unsigned)session->messages,
			session->messages == 1 ? "message" : "messages");
	if (session->messages_accepted == 0 && lossy)
		return finding_because(session, finding,
			"whether the server accepted a message was not captured");
	if (session->messages_accepted > sent)
		return finding_because(session, finding,
			"the server accepted %u messages, the client ended %u properly",
			(unsigned)session->messages_accepted, (unsigned)sent);
	return finding_because(session, finding, "%s%u of %u messages were accepted",
		fewer && lossy ? "at least " : "", (unsigned)session->messages_accepted, (unsigned)sent);
}

bool
rule_data_plaintext_content(const struct session *session, struct finding *finding)
{
	if (!session->content.seen)
		return false;
	if (stays_inside(session))
		finding->severity = SEVERITY_MEDIUM;
	if (session->messages == 0)
		tell_unfinished(session, finding);
	else
		tell_accepted(session, finding);
	return finding_at(finding, &session->content);
}

bool
rule_data_plaintext_envelope(const struct session *session, struct finding *finding)
{
	if (!session->mail.seen || session->content.seen)
		return false;
	if (session->gap_bytes[CLIENT] > 0) {
		finding->confidence = CONFIDENCE_LIKELY;
		finding_because(session, finding,
			"bytes of the client are missing; assumed that no message is among them");
	}
	finding->count = session->mails;
	return finding_at(finding, &session->mail);
}

/* An address literal (RFC 5321, section 4.1.3) that no one outside can reach. */
static bool
is_private_literal(struct span name)
{
	char text[LITERAL_MOST];
	struct address address = { .octets = { [10] = 0xFF, [11] = 0xFF } };

	if (name.len < 3 || name.at[0] != '[' || name.at[name.len - 1] != ']')
		return false;
	name = span_first(span_after(name, 1), name.len - 2);
	if (span_starts(name, "IPv6:"))
		name = span_after(name, 5);
	if (name.len >= sizeof(text))
		return false;
	memcpy(text, name.at, name.len);
	text[name.len] = '\0';
	if (inet_pton(AF_INET, text, address.octets + 12) != 1 &&
	    inet_pton(AF_INET6, text, address.octets) != 1)
		return false;
	return address_is_private(&address);
}

/* RFC 6762, appendix G, and RFC 8375. */
static bool
is_internal_name(struct span name)
{
	static const char *const suffixes[] = { ".local", ".localdomain", ".lan", ".internal",
		".intranet", ".private", ".corp", ".home", ".home.arpa" };

	for (size_t i = 0; i < TABLE_LENGTH(suffixes); i++) {
		size_t len = strlen(suffixes[i]);

		if (name.len > len && span_is(span_after(name, name.len - len), suffixes[i]))
			return true;
	}
	return false;
}

bool
rule_data_identity_before_tls(const struct session *session, struct finding *finding)
{
	const struct quote *name = session->client_name.seen ? &session->client_name : &session->asked_host;
	bool private = is_private_literal(name->text) || is_internal_name(name->text);

	if (!name->seen || name->text.len == 0)
		return false;
	if (private && !stays_inside(session) && !address_is_private(&session->server.address)) {
		finding->severity = SEVERITY_LOW;
		finding_because(session, finding, "an internal name or address leaves the site");
	}
	return finding_at(finding, name);
}
