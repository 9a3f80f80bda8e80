/* What the verdict and the rules both ask about a session. */
#ifndef STARTTRACE_MODEL_VERDICT_H
#define STARTTRACE_MODEL_VERDICT_H

#include "model/session.h"

/* True when nothing was lost before the event of this order, so that what was not seen did not
 * happen: both sides, from the start of the connection or at least from the greeting, without gap,
 * cut or lost place. */
bool session_shows_all(const struct session *session, uint32_t order);

/* Both ends agreed on TLS and went on in clear: the client with more than a farewell, and the
 * server with answers to it. */
bool session_ignored_agreement(const struct session *session);

/* Application data crossed in clear after the event of this order. */
bool session_went_on_after(const struct session *session, uint32_t order);

/* Nobody said anything: at most a greeting, or a farewell to it. */
bool session_is_silent(const struct session *session);

/* One end spoke TLS where the other spoke text. */
bool session_is_mode_mismatch(const struct session *session);

/* The verdict that the session would get if signs of interference added up to this. */
enum verdict session_verdict_if(const struct session *session, enum interference interference);

/* A port that is assigned to TLS from the first byte: a hint, never a proof. */
bool session_port_is_implicit(const struct session *session);

#endif
