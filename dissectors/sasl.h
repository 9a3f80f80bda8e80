/* SASL (RFC 4422) as the mail protocols carry it: which mechanism, whose name, and that a secret crossed.
 * Tells EVENT_AUTH, EVENT_AUTH_SECRET and EVENT_AUTH_END; the secret itself never leaves this file. */
#ifndef STARTTRACE_DISSECTORS_SASL_H
#define STARTTRACE_DISSECTORS_SASL_H

#include "base/buffer.h"
#include "model/dissector.h"

struct sasl_mechanism;

enum {
	SASL_MECHANISM_MOST = 24,       /* bytes of the longest name: SCRAM- or GS2- and 16 more */
	SASL_USER_MOST = 256,           /* bytes that are looked at of a name that comes in a command of its own */
};

/* One exchange, part of a dissector's state, where it stays: its facts point into it.  Zero means that none is going
 * on.  However many there are one after the other, they take no memory but for the first few names. */
struct sasl {
	const struct sasl_mechanism *mechanism;
	unsigned                     step;      /* client responses so far */
	bool                         told_secret;
	bool                         tainted;
	bool                         lost_answer;
	struct span                  name;      /* not told yet */
	uint8_t                      word[SASL_MECHANISM_MOST];
	struct auth_facts            facts;
};

/* The registered name of a mechanism, or an empty span for a word that is none: such a word may be a secret
 * that stands in the wrong place, and is not quoted. */
struct span sasl_mechanism_name(struct span word);

/* An exchange begins; `line` is the redacted line that asks for it. */
void sasl_begin(struct sasl *sasl, struct dialogue *d, struct span mechanism, struct span line);

/* The client answered, with base64 (or "=" for an empty response, RFC 4954, section 4); `line` is its line,
 * redacted. */
void sasl_response(struct sasl *sasl, struct dialogue *d, struct span base64, struct span line);

/* The same for a protocol that carries responses as they are (RFC 4511, section 4.2). */
void sasl_octets(struct sasl *sasl, struct dialogue *d, struct span octets, struct span line);

/* A login in the manner of another protocol (POP3's PASS, IMAP's LOGIN): the secret crossed, whatever the server made
 * of it. */
void sasl_stranger(struct sasl *sasl, struct dialogue *d, struct span mechanism, struct span name,
	struct span secret);

/* A login by the protocol's own commands, of which the first one tells the name and a later one the secret as it is
 * (USER and PASS; RFC 1939, section 7): `mechanism` is what the login is called, `kind` what its secret is.  An empty
 * name is one that was not captured, or comes later.  `line` is redacted. */
void sasl_login(struct sasl *sasl, struct dialogue *d, const char *mechanism, enum auth_class kind, struct span name,
	struct span line);
void sasl_login_name(struct sasl *sasl, struct dialogue *d, struct span name);
void sasl_login_secret(struct sasl *sasl, struct dialogue *d, struct span secret, struct span line);

/* The name in a command of its own, for later ones that bring a secret without it; part of a dissector's state.  Zero
 * means that there is none.  The next name takes the memory over. */
struct sasl_user {
	struct span name;
	uint8_t    *room;
};

/* At most SASL_USER_MOST bytes of the name are kept; without memory, and of an empty name, none. */
void sasl_keep_user(struct sasl_user *user, struct dialogue *d, struct span name);

/* A command that names a mechanism, and may bring the first response (RFC 4954, section 4): `verb` is what stands
 * before that. */
void sasl_ask(struct sasl *sasl, struct dialogue *d, const char *verb, struct span args);

/* A line that answers a challenge, or "*", which ends the exchange; tells its EVENT_COMMAND as well. */
void sasl_answer(struct sasl *sasl, struct dialogue *d, struct span line);

/* How a login ends.  One that is open when another begins, and was told no end, ends with no outcome: nobody knows
 * what was, or would have been, the answer. */

/* The server's final answer; `answer` is its redacted line.  Tells the end, unless that was told or nothing is open,
 * and clears the exchange: but where the login was refused before its secret was sent, and more of the client has come
 * already, that may be the secret, and the exchange still takes it. */
void sasl_answered(struct sasl *sasl, struct dialogue *d, enum auth_outcome outcome, uint32_t code,
	struct span answer);

/* The same where an answer says what it answers: the login with this serial (of its facts; 0 for none), which may be an
 * earlier one. */
void sasl_answered_to(struct sasl *sasl, struct dialogue *d, uint32_t serial, enum auth_outcome outcome, uint32_t code,
	struct span answer);

/* The client says that it gives the login up, whose answer is still to come; `line` is redacted. */
void sasl_abort(struct sasl *sasl, struct dialogue *d, struct span line);

/* The client goes on without saying so, where it waits for each answer: it gave up a login that is open, unless the
 * answer, or a part of the login, is among what was lost. */
void sasl_give_up(struct sasl *sasl, struct dialogue *d);

/* The answer that the open login waits for may be missing. */
void sasl_lose_answer(struct sasl *sasl);

/* The client went on with something else: no line of its is a response any more. */
void sasl_went_on(struct sasl *sasl);

/* Whether a login has begun of which no end was told. */
bool sasl_is_open(const struct sasl *sasl);

/* Whether a line of the client's may be a response of a SASL exchange that is open, or was refused too late. */
bool sasl_awaits_response(const struct sasl *sasl);

/* What may be shown of a command that asks for a login: the verb, and the mechanism where it is one. */
void sasl_quote(struct buffer *out, const char *verb, struct span args);

/* A login of which the server's answer alone was captured; that its secret crossed before, the answer tells. */
void sasl_login_unseen(struct sasl *sasl, struct dialogue *d, const char *mechanism, enum auth_class kind,
	struct span answer);

/* The server asked for the name, or for the secret (AUTH LOGIN): what comes next is that, whatever its turn. */
void sasl_prompted(struct sasl *sasl, bool for_secret);

/* Bytes of the client's are missing: nothing in the exchange counts as a name any more.  Where the answer to it may be
 * missing as well, one that comes later may answer another login. */
void sasl_taint(struct sasl *sasl);

#endif
