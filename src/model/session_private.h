/* What the files that make up the session share; for them only. */
#ifndef STARTTRACE_MODEL_SESSION_PRIVATE_H
#define STARTTRACE_MODEL_SESSION_PRIVATE_H

#include "model/session.h"

/* Zeroed memory in the session's arena; NULL, and the session is truncated, when the budget is spent. */
void *session_keep(struct session *session, size_t size);

/* The event as evidence, its text copied. */
struct quote session_quote(struct session *session, const struct event *event);

/* The same into *quote, unless an earlier one is there. */
void session_keep_first(struct session *session, struct quote *quote, const struct event *event);

/* What a list shows of the TLS offer: a line that is there was seen; that none is there needs the whole list. */
enum known session_list_offer(const struct capability_list *list);

/* What the session remembers of TLS, its own from here on; NULL, and the session is truncated, when the budget is
 * spent. */
struct tls_state *session_tls(struct session *session);

/* Takes in an event from TLS_CLIENT_HELLO to TLS_GARBAGE. */
void session_take_tls(struct session *session, const struct event *event);

/* Takes in an event from AUTH to AUTH_END. */
void session_take_login(struct session *session, const struct event *event);

/* Whether one side said in a readable alert that it gives up. */
bool session_has_fatal_alert(const struct session *session);

/* Adds a logged event to the transcript. */
void session_log(struct session *session, const struct event *event);

#endif
