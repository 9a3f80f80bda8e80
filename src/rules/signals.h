/* Signals that something between the two ends changed what they said.  A signal is an observation
 * with a weight; only their sum, or one that allows no other reading, becomes a conclusion. */
#ifndef STARTTRACE_RULES_SIGNALS_H
#define STARTTRACE_RULES_SIGNALS_H

#include "model/session.h"

enum signal_group {
	SIGNAL_TEXT,            /* what the lists and lines look like */
	SIGNAL_WIRE,            /* what the packets look like */
	SIGNAL_CLIENT,          /* how the client behaves */
	SIGNAL_REPLY,           /* how the replies fit what was said before */
	SIGNAL_GROUPS
};

struct signal {
	const char       *name;
	enum signal_group group;
	int               points;
	bool              decisive;
	const char       *words;        /* what is damaged, where the name alone does not tell; else NULL */
	struct quote      quote;
};

enum {
	SIGNALS_MOST = 24,
};

struct signals {
	struct signal     list[SIGNALS_MOST];
	size_t            count;
	int               points;
	enum interference outcome;
};

/* A pure function of the session. */
void signals_gather(const struct session *session, struct signals *signals_r);

/* The first signal of this name; NULL when there is none. */
const struct signal *signals_find(const struct signals *signals, const char *name);

/* How sure the conclusion is. */
enum confidence signals_confidence(const struct session *session);

/* The keyword of a line of the capability list. */
struct span capability_keyword(const struct capability *capability);

/* The server quotes X's that the client, as captured, did not send; NULL when it does not. */
const struct note *blanked_echo(const struct session *session);

/* The greeting's text is blanked with asterisks, as mail inspection does. */
bool greeting_is_masked(const struct session *session);

#endif
