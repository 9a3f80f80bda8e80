/* What encrypted records tell without being read: whether the handshake was completed, and whether
 * another one follows inside.
 *
 * TLS 1.2 and before: both sides changed ciphers and sent an encrypted handshake record, their
 * Finished (RFC 5246, section 7.4.9), and something followed.  TLS 1.3: both sides sent encrypted
 * records, of which the client's are more than the one that could be its alert.  Where bytes are
 * missing, application records both ways make it likely; otherwise nothing is claimed. */
#include "tls_state.h"

#include "tls_names.h"

enum {
	WATCHED_MOST = 64,              /* application records until a renegotiation is given up */
	HOPELESS = 256,                 /* ... after which one side alone settles the matter */
	SUITE_CCM_8 = 0x1305,           /* the one suite of TLS 1.3 with a short tag */
	ALERT_SIZE = 2,
	TYPE_SIZE = 1,                  /* the true type at the end (RFC 8446, section 5.2) */
	TAG_SIZE = 16,
	SHORT_TAG_SIZE = 8,
};

static uint32_t
overhead(const struct tls *t)
{
	bool is_short = t->cipher != NULL && t->cipher->id == SUITE_CCM_8;

	return TYPE_SIZE + (is_short ? SHORT_TAG_SIZE : TAG_SIZE);
}

/* A Finished has the size of the suite's hash. */
static bool
is_finished_size(const struct tls *t, uint32_t length)
{
	struct span name = span_of(t->cipher != NULL ? t->cipher->name : NULL);
	uint32_t bare = MESSAGE_HEADER + overhead(t);

	if (span_has(name, "SHA384"))
		return length == bare + 48;
	if (span_has(name, "SHA512"))
		return length == bare + 64;
	if (name.len > 0)
		return length == bare + 32;
	return length == bare + 32 || length == bare + 48;
}

static bool
is_more_than_alert(const struct tls *t, const struct tls_side *client)
{
	return client->finished_size ||
	       (client->records > 1 && client->longest > ALERT_SIZE + overhead(t));
}

static void
establish(struct dialogue *d, enum side side, enum confidence confidence)
{
	struct tls *t = dialogue_state(d);

	t->established = true;
	dialogue_event(d, side, EVENT_TLS_ESTABLISHED, confidence,
		span_of(confidence == CONFIDENCE_PROVEN ? "handshake completed"
		                                        : "handshake completed, likely"));
}

static bool
both_finished(const struct tls *t)
{
	return t->sides[CLIENT].finished > 0 && t->sides[SERVER].finished > 0;
}

static bool
is_unsure(const struct tls *t)
{
	return t->sides[CLIENT].unsure || t->sides[SERVER].unsure;
}

/* Early data may be rejected, and then proves nothing. */
static enum confidence
confidence_13(const struct tls *t)
{
	return t->early_data ? CONFIDENCE_LIKELY : CONFIDENCE_PROVEN;
}

static void
consider(struct dialogue *d, enum side side)
{
	struct tls *t = dialogue_state(d);
	const struct tls_side *client = &t->sides[CLIENT], *server = &t->sides[SERVER];
	bool both_spoke = client->records > 0 && server->records > 0;

	if (t->established)
		return;
	if (tls_is_13(t)) {
		if (both_spoke && is_more_than_alert(t, client))
			establish(d, side, confidence_13(t));
	} else if (both_finished(t)) {
		if (client->records + server->records > 0 || client->alerted || server->alerted)
			establish(d, side, CONFIDENCE_PROVEN);
	} else if (is_unsure(t) && both_spoke &&
	           (t->version != 0 || is_more_than_alert(t, client))) {
		establish(d, side, CONFIDENCE_LIKELY);
	}
}

/* One encrypted message precedes the client's Finished where next protocol negotiation was agreed
 * on. */
static bool
is_renegotiation(const struct tls *t, enum side side)
{
	unsigned expected = side == CLIENT && t->next_protocol ? 2 : 1;

	return both_finished(t) && !t->renegotiated && !is_unsure(t) &&
	       (t->sides[CLIENT].records + t->sides[SERVER].records > 0 ||
	        t->sides[side].finished >= expected);
}

static void
handshake_record(struct dialogue *d, enum side side)
{
	struct tls *t = dialogue_state(d);

	if (is_renegotiation(t, side)) {
		const char *text = t->secure_renegotiation
		                           ? "another handshake inside"
		                           : "another handshake inside, not bound to the first";

		t->renegotiated = true;
		dialogue_event(d, side, EVENT_TLS_RENEGOTIATION, 0, span_of(text));
	}
	t->sides[side].finished++;
}

static void
application_record(struct tls *t, enum side side, uint32_t length)
{
	struct tls_side *half = &t->sides[side];

	half->records++;
	if (length > half->longest)
		half->longest = length;
	if (is_finished_size(t, length))
		half->finished_size = true;
}

/* A session whose ends can renegotiate unsafely is watched a little longer than until both sides
 * spoke. */
static bool
is_settled(const struct tls *t)
{
	const struct tls_side *client = &t->sides[CLIENT], *server = &t->sides[SERVER];

	if (client->records >= HOPELESS || server->records >= HOPELESS)
		return true;
	if (!t->established || client->records == 0 || server->records == 0)
		return false;
	return tls_is_13(t) || t->secure_renegotiation || t->renegotiated || is_unsure(t) ||
	       client->records + server->records >= WATCHED_MOST;
}

enum step
tls_encrypted(struct dialogue *d, enum side side, enum record_type type, uint32_t length)
{
	struct tls *t = dialogue_state(d);
	struct tls_side *half = &t->sides[side];
	unsigned kind = 1U << (type - RECORD_CHANGE_CIPHER);

	/* early data, sent before the server answered, tells nothing about the handshake */
	if (type == RECORD_APPLICATION && t->early_data && !t->server_hello)
		return STEP_TAKEN;
	if ((half->kinds & kind) == 0)
		dialogue_event(d, side, EVENT_TLS_ENCRYPTED, type, (struct span){ 0 });
	half->kinds |= kind;
	switch (type) {
	case RECORD_HANDSHAKE: handshake_record(d, side); break;
	case RECORD_APPLICATION: application_record(t, side, length); break;
	case RECORD_ALERT: half->alerted = true; break;
	case RECORD_CHANGE_CIPHER:
	case RECORD_HEARTBEAT: break;
	}
	consider(d, side);
	return is_settled(t) ? STEP_SETTLED : STEP_TAKEN;
}

void
tls_conclude(struct dialogue *d, enum side side, enum ending ending)
{
	struct tls *t = dialogue_state(d);
	const struct tls_side *client = &t->sides[CLIENT];
	uint32_t least = MESSAGE_HEADER + 32 + overhead(t);

	if (t->established)
		return;
	/* a client's only record, if it is not its Finished, has a certificate before that */
	if (!tls_is_13(t) && both_finished(t))
		establish(d, side, ending == ENDING_FIN ? CONFIDENCE_PROVEN : CONFIDENCE_LIKELY);
	else if (tls_is_13(t) && t->sides[SERVER].records > 0 && client->longest > least)
		establish(d, side, CONFIDENCE_LIKELY);
}
