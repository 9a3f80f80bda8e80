/* Gathering the signals of one session; for signals.c, which sums them, and the rooms that find them. */
#ifndef STARTTRACE_RULES_SIGNALS_GATHER_H
#define STARTTRACE_RULES_SIGNALS_GATHER_H

#include "rules/network.h"
#include "rules/signals.h"

enum {
	LIST_SIGNALS_MOST = 32,         /* of the lines of a list, one each */
	OTHER_SIGNALS = 12,             /* as many as have a name and come once; S7 comes for three reasons */
	SIGNALS_MOST = LIST_SIGNALS_MOST + OTHER_SIGNALS + NETWORK_SIGNALS_MOST,
};

/* Gathered so far.  There is room for all that the functions below add, each called once. */
struct signals {
	struct signal list[SIGNALS_MOST];
	size_t        count;
};

/* One more, with a constant for its name; it stays valid, and its caller may say more of it. */
struct signal *signals_add(struct signals *signals, const char *name, enum signal_group group, int points,
	const struct quote *quote);

/* The lines of the list, at most one signal each; then its framing: no last line, one twice or ended otherwise, a hole.
 * Framing counts only where everything up to the decision was captured. */
void signals_of_list(const struct session *session, struct signals *signals);
void signals_of_framing(const struct session *session, struct signals *signals);

/* A refusal that contradicts the offer; one request that is granted and refused.  Both count only where everything up
 * to the decision was captured. */
void signals_of_refusal(const struct session *session, struct signals *signals);
void signals_of_double_answer(const struct session *session, struct signals *signals);

/* A client that asks although nothing was offered; a command or an echo in X's; EHLO refused and HELO used. */
void signals_of_ask(const struct session *session, struct signals *signals);
void signals_of_blanked(const struct session *session, struct signals *signals);
void signals_of_legacy(const struct session *session, struct signals *signals);

#endif
