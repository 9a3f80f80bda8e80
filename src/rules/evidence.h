/* What the rules share: saying where and why, and a few questions that several of them ask. */
#ifndef STARTTRACE_RULES_EVIDENCE_H
#define STARTTRACE_RULES_EVIDENCE_H

#include "model/rule.h"
#include "model/verdict.h"

/* The finding struck here.  Returns true, so that a rule can end with it. */
bool finding_at(struct finding *finding, const struct quote *quote);

/* Why it is so sure, or details, as one sentence; kept in the session's arena.  Returns true. */
bool finding_because(const struct session *session, struct finding *finding, const char *format,
	...) __attribute__((format(printf, 3, 4)));

/* The usual severity where users log in, another one between relays.  Returns true. */
bool finding_by_role(const struct session *session, struct finding *finding, enum severity access,
	enum severity relay);

/* The same, one step lower between relays: the alternative there is plain text (RFC 9325,
 * section 5.2). */
bool finding_lower_for_relay(const struct session *session, struct finding *finding,
	enum severity access);

/* The session has this note: its first line is the evidence, and repeats are counted. */
bool finding_note(const struct session *session, struct finding *finding, enum note_kind kind);

/* Session text as arguments of "%.*s": at most a hundred bytes, cut between characters. */
#define WORDS(s) words_length(s), words_start(s)
int         words_length(struct span s);
const char *words_start(struct span s);

/* A reusable secret, a password or token, crossed in clear. */
bool auth_crossed(const struct auth *auth);

/* The first reusable secret that crossed in clear; NULL when none did. */
const struct auth *first_crossed(const struct session *session);

/* Whether the client asked for TLS before the event of this order: a command that arrived as X's
 * may have been that request. */
bool asked_before(const struct session *session, uint32_t order);

/* The server's leaf certificate, or NULL where none was readable. */
const struct certificate *session_leaf(const struct session *session);

/* Bytes of the client are missing, maybe a line in front of the event of this order, which may answer it. */
bool client_lacks_before(const struct session *session, uint32_t order);

/* More than one frame in a thousand was lost while the session lasted. */
bool loss_matters(const struct session *session);

/* From one moment to another, in milliseconds. */
int64_t milliseconds_between(const struct moment *from, const struct moment *to);

#endif
