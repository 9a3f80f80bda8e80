/* The signals that one session shows by itself, and the sum that decides. */
#ifndef STARTTRACE_RULES_SIGNALS_H
#define STARTTRACE_RULES_SIGNALS_H

#include "model/session.h"

/* Fills session->signals, interference and interference_points.  Those that packets show are left out while the session
 * goes on: what is usual in it is not known yet. */
void signals_gather(struct session *session);

struct interference_sum {
	enum interference outcome;
	int               points;
};

/* What signals add up to, whichever session or vantage they come from: the most of each group, of the packets' the two
 * most. */
struct interference_sum signals_combine(const struct signal *signals, size_t count);

/* What the session's signals add up to that stand before the event of this order. */
enum interference signals_before(const struct session *session, uint32_t order);

/* The session's first signal of this name; NULL when there is none. */
const struct signal *signals_find(const struct session *session, const char *name);

/* How sure the conclusion is. */
enum confidence signals_confidence(enum interference outcome, int points);

/* The keyword of a line of the capability list. */
struct span capability_keyword(const struct capability *capability);

/* The server quotes X's that the client, as captured, did not send; NULL when it does not. */
const struct quote *blanked_echo(const struct session *session);

/* The greeting's text is blanked with asterisks, as mail inspection does. */
bool greeting_is_masked(const struct session *session);

#endif
