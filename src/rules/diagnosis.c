/* Why mail does not flow, as far as one session tells: the two ends expect different things, or one
 * of them says what it lacks.  Handshakes that fail are in handshake.c. */
#include "rules/rules.h"

#include "rules/evidence.h"

#include <string.h>

enum {
	WAIT_MS = 10 * 1000,
	LEAVES_MS = 5 * 1000,
	BIG_SEGMENT = 1400,
	SENT_AGAIN = 3,
};

static int64_t
duration_ms(const struct session *session)
{
	return milliseconds_between(&session->first, &session->last);
}

/* Mode ----------------------------------------------------------------------------------------- */

bool
rule_diag_implicit_tls_to_starttls_port(const struct session *session, struct finding *finding)
{
	if (session->verdict != VERDICT_MODE_MISMATCH ||
	    (session->tls->client_hello == NULL &&
		    session_find_note(session, NOTE_TLS_ON_PLAIN_PORT) == NULL))
		return false;
	finding_because(session, finding, "the server talks plain text on port %u",
		(unsigned)session->server.port);
	if (session->tls->client_hello != NULL)
		return finding_at(finding, &session->tls->client_hello_at);
	return finding_note(session, finding, NOTE_TLS_ON_PLAIN_PORT);
}

static bool
nobody_spoke(const struct session *session)
{
	return session->bytes[CLIENT] == 0 && session->bytes[SERVER] == 0 &&
	       !session->greeting.seen && !session->first_command.seen &&
	       !session->tls->started.seen && !session->midstream && !session->one_sided &&
	       !session->gap;
}

/* A health check leaves at once; a client that waits for a greeting does not. */
bool
rule_diag_plaintext_wait_on_implicit_port(const struct session *session, struct finding *finding)
{
	if (!nobody_spoke(session) || !session_port_is_implicit(session) ||
	    duration_ms(session) < WAIT_MS)
		return false;
	finding->confidence = CONFIDENCE_LIKELY;
	return finding_because(session, finding,
		"neither side spoke for %lld seconds; assumed that port %u is what it is assigned "
		"for",
		(long long)duration_ms(session) / 1000, (unsigned)session->server.port);
}

bool
rule_diag_silent_connection(const struct session *session, struct finding *finding)
{
	if (!nobody_spoke(session) || session_port_is_implicit(session) ||
	    duration_ms(session) < WAIT_MS)
		return false;
	return finding_because(session, finding, "neither side spoke for %lld seconds",
		(long long)duration_ms(session) / 1000);
}

bool
rule_diag_plaintext_to_implicit_port(const struct session *session, struct finding *finding)
{
	if (session->verdict != VERDICT_MODE_MISMATCH || !session->first_command.seen ||
	    session->greeting.seen)
		return false;
	if (!session->tls->started.seen) {
		finding->confidence = CONFIDENCE_LIKELY;
		finding_because(session, finding,
			"no answer came; assumed that port %u is what it is "
			"assigned for",
			(unsigned)session->server.port);
	}
	return finding_at(finding, &session->first_command);
}

/* A greeting that comes late is no mismatch (RFC 5321, section 4.5.3.2.1: up to five minutes). */
bool
rule_diag_slow_greeting(const struct session *session, struct finding *finding)
{
	int64_t waited = milliseconds_between(&session->first, &session->greeting.where.last);

	if (!session->greeting.seen || session->midstream || waited < WAIT_MS)
		return false;
	finding_because(session, finding, "it came after %lld seconds", (long long)waited / 1000);
	return finding_at(finding, &session->greeting);
}

/* TLS or a login first ------------------------------------------------------------------------- */

/* A server that wants one of the two and does not say which leaves both readings open. */
bool
rule_diag_starttls_required_530(const struct session *session, struct finding *finding)
{
	const struct quote *demand = &session->tls_required;

	if (session->upgrades != NULL || session->tls->started.seen)
		return false;
	if (demand->seen)
		return session_shows_all(session, UINT32_MAX) && finding_at(finding, demand);
	if (!session->tls_or_auth_required.seen || session->auth_required.seen)
		return false;
	finding->confidence = CONFIDENCE_POSSIBLE;
	finding_because(session, finding,
		"ambiguous: the answer does not say whether TLS or a login has to come first");
	return finding_at(finding, &session->tls_or_auth_required);
}

bool
rule_diag_auth_required_530(const struct session *session, struct finding *finding)
{
	return session->auth_required.seen && finding_at(finding, &session->auth_required);
}

bool
rule_diag_starttls_required_then_upgraded(const struct session *session, struct finding *finding)
{
	const struct upgrade *upgrade = session_upgrade(session);
	const struct quote *demand = &session->tls_required;

	if (!demand->seen || upgrade == NULL || session->tls->established != YES ||
	    upgrade->asked.where.order < demand->where.order)
		return false;
	return finding_at(finding, demand);
}

static bool
was_told_otherwise(const struct session *session)
{
	return session->tls_required.seen || session->auth_required.seen ||
	       session->tls_or_auth_required.seen || session->temporary_refused.seen ||
	       session->tls_policy_refused.seen || session->service_refused.seen ||
	       (session->client_name.seen && !session->name_accepted);
}

/* The client read the list and left: QUIT, or a close of its own, within seconds. */
bool
rule_diag_client_requires_tls_none_offered(const struct session *session, struct finding *finding)
{
	const struct capability *last = session->capabilities.last;
	const struct quote *left = &session->quit;
	int64_t waited;

	if (session_offer(session) != NO || session->application.seen ||
		session->upgrades != NULL || session->tls->started.seen || session->open ||
		was_told_otherwise(session) || !session_shows_all(session, UINT32_MAX))
		return false;
	if (!left->seen && (!session->closed.seen || session->closed_first != CLIENT ||
	                           strcmp(session->closed_by, "fin") != 0))
		return false;           /* what fell silent did not leave, and
		                         * what was said before an RST may be lost */
	waited = milliseconds_between(last != NULL ? &last->quote.where.last
	                                           : &session->client_name.where.last,
		left->seen ? &left->where.last : &session->last);
	if (waited > LEAVES_MS)
		return false;
	finding->confidence = CONFIDENCE_POSSIBLE;
	finding_because(session, finding,
		"the client left %lld ms after a list without STARTTLS; a "
		"monitor does the same",
		(long long)waited);
	if (left->seen)
		return finding_at(finding, left);
	return finding_at(finding, last != NULL ? &last->quote : &session->client_name);
}

/* The request for TLS -------------------------------------------------------------------------- */

static bool
client_spoke_after(const struct session *session, uint32_t order)
{
	for (const struct note *note = session->notes; note != NULL; note = note->next)
		if (note->quote.side == CLIENT && note->quote.where.order > order)
			return true;
	return session_went_on_after(session, order) ||
	       session->last_upgrade->asked.where.order > order ||
	       (session->quit.seen && session->quit.where.order > order);
}

/* Bytes that are neither TLS nor a command, and that nobody answered. */
static bool
only_noise_followed(const struct session *session, const struct upgrade *upgrade)
{
	const struct note *noise = session_find_note(session, NOTE_UNKNOWN_VERB);

	return noise != NULL && noise->quote.where.order > upgrade->answer.where.order &&
	       upgrade->client_plain_lines == 1 && upgrade->server_plain_lines == 0;
}

bool
rule_diag_starttls_agreed_no_handshake(const struct session *session, struct finding *finding)
{
	const struct upgrade *upgrade = session_upgrade(session);
	bool ended;

	if (upgrade == NULL || upgrade->agreed != YES || session->tls->started.seen ||
	    !session_shows_all(session, UINT32_MAX))
		return false;
	if (only_noise_followed(session, upgrade))
		finding_because(session, finding,
			"what the client sent is neither TLS nor a command");
	else if (client_spoke_after(session, upgrade->answer.where.order))
		return false;
	ended = !session->open ||
	        milliseconds_between(&upgrade->answer.where.last, &session->last) >= WAIT_MS;
	return ended && finding_at(finding, &upgrade->answer);
}

bool
rule_diag_starttls_before_ehlo(const struct session *session, struct finding *finding)
{
	return finding_note(session, finding, NOTE_STARTTLS_EARLY);
}

/* RFC 3207, section 4: the command has no parameters; a server may answer 501 to some. */
bool
rule_diag_starttls_syntax(const struct session *session, struct finding *finding)
{
	if (finding_note(session, finding, NOTE_STARTTLS_MISSPELT))
		return true;
	for (const struct upgrade *u = session->upgrades; u != NULL; u = u->next)
		if ((u->asked.code & ASK_WITH_ARGUMENT) && u->agreed == NO) {
			finding_because(session, finding, "the command has an argument");
			return finding_at(finding, &u->asked);
		}
	return false;
}

/* Refusals that are about something else ------------------------------------------------------- */

bool
rule_diag_tls_policy_bounce(const struct session *session, struct finding *finding)
{
	return session->tls_policy_refused.seen &&
	       finding_at(finding, &session->tls_policy_refused);
}

bool
rule_diag_greylisting_or_rate_limit(const struct session *session, struct finding *finding)
{
	return session->temporary_refused.seen && finding_at(finding, &session->temporary_refused);
}

bool
rule_diag_service_unavailable_greeting(const struct session *session, struct finding *finding)
{
	bool refused = session->service_refused.seen || session->greeting.code >= 400;

	return session->greeting.seen && refused && finding_at(finding, &session->greeting);
}

bool
rule_diag_wrong_protocol(const struct session *session, struct finding *finding)
{
	return finding_note(session, finding, NOTE_WRONG_PROTOCOL);
}

/* Big packets ---------------------------------------------------------------------------------- */

/* How far the other side acknowledged this side's stream. */
static uint64_t
acked_to(const struct session *session, enum side side)
{
	uint64_t acked = 0;

	for (const struct shape *s = session->shapes; s != NULL; s = s->next)
		if (s->side != side && s->flags & TCP_ACK && s->acked > acked)
			acked = s->acked;
	return acked;
}

static uint32_t
times_sent_again(const struct session *session, const struct shape *big)
{
	uint32_t times = 0;

	for (const struct shape *s = session->shapes; s != NULL; s = s->next)
		times += s->again && s->side == big->side && s->sequence == big->sequence && s->length >= BIG_SEGMENT;
	return times;
}

/* Its side's part of the handshake: the ClientHello, or the ServerHello and the certificates behind it. */
static const struct quote *
handshake_of(const struct session *session, enum side side)
{
	return side == CLIENT ? &session->tls->client_hello_at : &session->tls->server_hello_at;
}

/* What came before it, in smaller packets, arrived: the path takes no big ones and does not say so (RFC 2923,
 * section 2.1). */
static bool
is_swallowed(const struct session *session, const struct shape *shape)
{
	const struct quote *hello = handshake_of(session, shape->side);
	uint64_t acked;

	if (!shape->again || shape->length < BIG_SEGMENT || !hello->seen ||
	    shape->offset + shape->length <= hello->where.offset)
		return false;
	acked = acked_to(session, shape->side);
	return acked > 0 && acked <= shape->offset && times_sent_again(session, shape) >= SENT_AGAIN;
}

bool
rule_diag_mtu_blackhole(const struct session *session, struct finding *finding)
{
	if (!session->tls->started.seen || session->tls->established == YES || session->one_sided)
		return false;
	for (const struct shape *s = session->shapes; s != NULL; s = s->next) {
		if (!is_swallowed(session, s))
			continue;
		finding->count = times_sent_again(session, s);
		finding->confidence = CONFIDENCE_LIKELY;
		finding_because(session, finding,
			"a packet with %u bytes of the handshake was sent %u times more and never acknowledged, "
			"smaller ones were; assumed that only its size stops it",
			(unsigned)s->length, (unsigned)finding->count);
		return finding_at(finding, handshake_of(session, s->side));
	}
	return false;
}
