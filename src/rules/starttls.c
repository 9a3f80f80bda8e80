/* Downgrade and stripping, as far as one session shows it (RFC 3207, section 6).  A finding says
 * what happened on the wire; who did it is not known. */
#include "rules/rules.h"

#include "model/protocol.h"
#include "rules/evidence.h"
#include "rules/masks.h"
#include "rules/signals.h"

#include <stdio.h>

enum {
	ANOMALY_LEAST = 30,             /* points */
	ANOMALIES_SIZE = 800,
	CONTRADICTION_LEAST = 30,       /* points */
};

/* A secret or a message followed in clear. */
static bool
worst_followed(const struct session *session)
{
	return (session->exposed & (EXPOSED_CREDENTIAL | EXPOSED_CONTENT)) != 0;
}

/* The sign that most likely hides the offer. */
static const struct signal *
find_mask(const struct session *session)
{
	static const char *const names[] = { "S1", "S3", "S4", "S2" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct signal *signal = signals_find(session, names[i]);

		if (signal != NULL)
			return signal;
	}
	return NULL;
}

/* Which word was hidden, and by what kind of damage: masked, misspelt or blanked. */
static void
judge_mask(const struct session *session, struct finding *finding, const struct signal *mask)
{
	const struct span offer = protocol_offer(span_of(session->protocol));
	const struct signal *ask = signals_find(session, "D-ASK");

	if (ask != NULL && ask->points > 15) {
		finding_because(session, finding, "the server was willing to use TLS nevertheless");
		return;
	}
	for (size_t i = 0; i < session->signal_count; i++)
		if (session->signals[i].decisive && span_is(session->signals[i].name, "S1")) {
			finding->evidence = session->signals[i].quote;
			finding_because(session, finding,
				"a keyword of eight letters is masked, and all "
				"others of that length are there unmasked");
			return;
		}
	switch (mask_of(mask->quote.text, offer)) {
	case MASK_KEYWORD:
		finding->confidence = CONFIDENCE_POSSIBLE;
		finding_because(session, finding,
			"a device masks keywords and no %.*s is there; the masked one has another length",
			WORDS(offer));
		break;
	case MASK_AS_LONG:
		finding->confidence = CONFIDENCE_LIKELY;
		finding_because(session, finding,
			"assumed that the masked keyword of %s letters is %.*s and not another one that is missing as "
			"well", offer.len == 4 ? "four" : "eight", WORDS(offer));
		break;
	default:
		finding->confidence = CONFIDENCE_LIKELY;
		finding_because(session, finding,
			"assumed that the damaged keyword was %.*s, which is missing", WORDS(offer));
		break;
	}
}

bool
rule_downgrade_capability_masked(const struct session *session, struct finding *finding)
{
	const struct signal *mask;

	if (session_offer(session) != NO)
		return false;
	mask = find_mask(session);
	if (mask == NULL)
		return false;
	if (worst_followed(session))
		finding->severity = SEVERITY_CRITICAL;
	finding_at(finding, &mask->quote);
	judge_mask(session, finding, mask);
	return true;
}

static bool
conflict_is_in_clear(const struct session *session)
{
	return !session->tls->started.seen ||
	       session->conflicts->quote.where.order < session->tls->started.where.order;
}

bool
rule_downgrade_conflicting_retransmission(const struct session *session, struct finding *finding)
{
	const struct signal *deciding = signals_find(session, "D-CONFLICT");

	if (session->conflicts == NULL)
		return false;
	finding->count = session->conflict_count;
	if (deciding != NULL) {
		finding_because(session, finding,
			"the same bytes of a line that decides about TLS came in two versions");
		return finding_at(finding, &deciding->quote);
	}
	if (session->ongoing || !conflict_is_in_clear(session))
		return false;           /* another one may still hit a line that decides */
	finding->severity = SEVERITY_HIGH;
	finding_because(session, finding, "the same bytes came in two versions");
	return finding_at(finding, &session->conflicts->quote);
}

/* What the packets show besides bytes in two versions, which is a finding of its own. */
static bool
is_anomaly(const struct signal *signal)
{
	return signal->group == SIGNAL_WIRE && !span_is(signal->name, "D-CONFLICT");
}

/* Reads "D-TTL: hop limit 255, elsewhere 64; ..." */
static void
tell_anomalies(const struct session *session, char *text, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < session->signal_count; i++) {
		const struct signal *signal = &session->signals[i];

		if (!is_anomaly(signal) || len >= size)
			continue;
		len += (size_t)snprintf(text + len, size - len, "%s%.*s: %.*s", len > 0 ? "; " : "",
			WORDS(signal->name), WORDS(signal->words));
	}
}

bool
rule_downgrade_inflight_tcp_anomaly(const struct session *session, struct finding *finding)
{
	const struct signal *most = NULL;
	char text[ANOMALIES_SIZE];
	int points = 0;

	for (size_t i = 0; i < session->signal_count; i++) {
		const struct signal *signal = &session->signals[i];

		if (!is_anomaly(signal))
			continue;
		points += signal->points;
		most = most == NULL || signal->points > most->points ? signal : most;
	}
	if (points < ANOMALY_LEAST)
		return false;
	finding->confidence = signals_confidence(session->interference, session->interference_points);
	tell_anomalies(session, text, sizeof(text));
	finding_because(session, finding, "%s", text);
	return finding_at(finding, &most->quote);
}

/* As many X's as EHLO has letters, and a name in the basic form behind them. */
static bool
blanks_name(const struct signal *command)
{
	return command->decisive && command->quote.text.len == 4;
}

bool
rule_downgrade_starttls_blanked_command(const struct session *session, struct finding *finding)
{
	const struct signal *command, *echo;

	command = signals_find(session, "D-XCMD");
	echo = signals_find(session, "D-ECHO");
	if (command == NULL && echo == NULL)
		return false;
	if (session->application.seen)
		finding->severity = SEVERITY_CRITICAL;
	if (command != NULL && command->decisive) {
		finding_because(session, finding, "%s", blanks_name(command)
			? "the command that tells the client's name arrived as X's, and HELO took "
			  "its place"
			: "the command arrived as X's at a server that offers what it asks for");
		return finding_at(finding, &command->quote);
	}
	if (echo != NULL && session->upgrades != NULL) {
		finding_because(session, finding, "the server quotes X's for what the client sent");
		return finding_at(finding, &echo->quote);
	}
	if (session->ongoing)
		return false;
	finding->confidence = CONFIDENCE_LIKELY;
	finding_because(session, finding, "assumed that no person typed the line");
	return finding_at(finding, command != NULL ? &command->quote : &echo->quote);
}

static const char *
refusal_words(const struct session *session, const struct upgrade *upgrade)
{
	const struct signal *signal = signals_find(session, "D-CONTRA");

	if (signal != NULL && signal->quote.where.order == upgrade->answer.where.order)
		return signal->points < CONTRADICTION_LEAST
			? "temporary refusal" : "the server does not know what it offered: a contradiction";
	switch (upgrade->answer.code) {
	case 501: return "the request had parameters, or was taken to have some";
	case 503: return "out of sequence";
	case 554: return "refused by policy";
	case 421: return "the server closed the connection";
	case 10: return "the client was sent to another server";
	default: return "refused";
	}
}

bool
rule_downgrade_starttls_refused_after_offer(const struct session *session, struct finding *finding)
{
	for (const struct upgrade *u = session->upgrades; u != NULL; u = u->next) {
		if (u->agreed == YES)
			return false;   /* refused after an agreement: asked twice */
		if (u->offered != YES || u->agreed != NO || (u->asked.code & ASK_PRIVATE))
			continue;
		if (!session_went_on_after(session, u->answer.where.order))
			finding->severity = SEVERITY_MEDIUM;
		finding_because(session, finding, "%s%s", refusal_words(session, u),
			u->inside_transaction ? "; asked inside a mail transaction" : "");
		return finding_at(finding, &u->answer);
	}
	return false;
}

bool
rule_downgrade_plaintext_after_agree(const struct session *session, struct finding *finding)
{
	const struct upgrade *upgrade = session_upgrade(session);

	if (!session_ignored_agreement(session) || upgrade->server_plain_lines == 0)
		return false;
	/* a command alone may have been smuggled in front of a handshake that is still to come */
	if (session->ongoing && !session_went_on_after(session, upgrade->answer.where.order))
		return false;
	if (!session_shows_all(session, upgrade->client_plain.where.order)) {
		finding->confidence = CONFIDENCE_LIKELY;
		finding_because(session, finding,
			"bytes are missing before this line; assumed that "
			"they are not part of it");
	}
	finding->count = upgrade->client_plain_lines;
	return finding_at(finding, &upgrade->client_plain);
}

bool
rule_downgrade_ehlo_to_helo(const struct session *session, struct finding *finding)
{
	const struct quote *refused = &session->refused_name, *basic = &session->basic_name;
	const struct signal *command;
	bool blanked;

	if (!basic->seen || !session->name_accepted ||
	    session->client_name.code != DIALECT_BASIC || !session->application.seen ||
	    session->upgrades != NULL || session->tls->started.seen)
		return false;
	command = signals_find(session, "D-XCMD");
	blanked = command != NULL && blanks_name(command);
	if (!blanked && (!refused->seen || basic->where.order < refused->where.order))
		return false;
	if (!session_shows_all(session, basic->where.order))
		return false;           /* an extended name may have been accepted in the gap */
	finding_because(session, finding, "%s", blanked
		? "the extended greeting arrived as X's: a device on the way changed it"
		: "the event is proven; an old server does this as well as a device on the way");
	return finding_at(finding, basic);
}

bool
rule_downgrade_capability_list_cut(const struct session *session, struct finding *finding)
{
	const struct signal *damage;

	if (session_offer(session) == YES || (!session->client_name.seen && session->lists == 0))
		return false;
	damage = signals_find(session, "S7");
	if (damage == NULL)
		damage = signals_find(session, "S8");
	if (damage == NULL)
		damage = signals_find(session, "S5");
	if (damage == NULL)
		return false;
	finding->confidence = CONFIDENCE_LIKELY;
	finding_because(session, finding, "%.*s; assumed that the server itself does not write it so",
		WORDS(damage->words));
	return finding_at(finding, &damage->quote);
}

/* A client that is logged in must not ask for TLS any more (RFC 9051, sections 6.2.1 and 7.1.4).  A login by the
 * connection alone is usual between programs of one machine, and of machines that trust each other. */
bool
rule_downgrade_imap_preauth(const struct session *session, struct finding *finding)
{
	const struct quote *claim = &session->preauthenticated;

	if (!claim->seen || !session_went_on_after(session, claim->where.order) || session_is_local(session) ||
	    policy_trusts(session->policy, &session->client.address, &session->server.address))
		return false;
	finding_because(session, finding,
		"the client went on in clear; whether the server or somebody on the way says so is not known");
	return finding_at(finding, claim);
}

/* The offer said that nothing is taken before it (RFC 6120, section 5.3.1), and a login was. */
bool
rule_downgrade_xmpp_required_ignored(const struct session *session, struct finding *finding)
{
	const struct quote *demand = &session->login_needs_tls;

	if (!demand->seen || demand->code != MARKED_AT_OFFER)
		return false;
	for (const struct auth *auth = session->auths; auth != NULL; auth = auth->next) {
		if (!auth->in_clear || auth->facts.outcome != AUTH_ACCEPTED)
			continue;
		if (auth->begin.where.order <= demand->where.order)
			continue;
		finding_because(session, finding,
			"a login was accepted in clear behind an offer that says it must be taken");
		return finding_at(finding, &auth->answer);
	}
	return false;
}

bool
rule_downgrade_client_asked_without_offer(const struct session *session, struct finding *finding)
{
	for (const struct upgrade *u = session->upgrades; u != NULL; u = u->next)
		if (u->offered == NO && !(u->asked.code & ASK_PRIVATE) &&
		    session_shows_all(session, u->asked.where.order)) {
			finding_because(session, finding, "%s", u->agreed == YES
				? "the server agreed: its list lacked what it can do"
				: "some clients always try");
			return finding_at(finding, &u->asked);
		}
	return false;
}

static const struct capability *
first_masked(const struct capability_list *list, struct span offer, uint32_t *count_r)
{
	const struct capability *first = NULL;

	*count_r = 0;
	for (const struct capability *c = list->first; c != NULL; c = c->next) {
		enum mask mask = mask_of(c->quote.text, offer);

		if (mask != MASK_KEYWORD && mask != MASK_AS_LONG)
			continue;
		if ((*count_r)++ == 0)
			first = c;
	}
	return first;
}

/* One masked keyword of eight letters where STARTTLS is missing is another finding: here it takes a
 * second trace, or an intact offer beside the mask. */
bool
rule_middlebox_esmtp_inspection(const struct session *session, struct finding *finding)
{
	bool banner = greeting_is_masked(session);
	bool echo = blanked_echo(session) != NULL;
	uint32_t count;
	struct span offer = protocol_offer(span_of(session->protocol));
	const struct capability *masked = first_masked(&session->capabilities, offer, &count);
	bool listed = masked != NULL && (session_offer(session) == YES || count > 1 ||
	                                        mask_of(masked->quote.text, offer) == MASK_KEYWORD);

	if (!banner && !listed && !echo)
		return false;
	if (session_offer(session) == YES && !echo)
		finding->severity = SEVERITY_INFO;
	if (banner + (masked != NULL) + echo < 2) {
		finding->confidence = CONFIDENCE_LIKELY;
		finding_because(session, finding,
			"assumed that the server does not write %s itself",
			banner ? "such a greeting" : "such words");
	} else {
		finding_because(session, finding, "more than one part of the dialogue is masked");
	}
	if (banner)
		return finding_at(finding, &session->greeting);
	return finding_at(finding, masked != NULL ? &masked->quote : blanked_echo(session));
}
