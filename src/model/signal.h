/* Signals that something between the two ends changed what they said.  A signal is an observation
 * with a weight; only their sum, or one that allows no other reading, becomes a conclusion. */
#ifndef STARTTRACE_MODEL_SIGNAL_H
#define STARTTRACE_MODEL_SIGNAL_H

#include "model/quote.h"

/* Whether something between the two ends changed what they said. */
enum interference {
	INTERFERENCE_NONE,
	INTERFERENCE_SUSPECTED,
	INTERFERENCE_PROVEN,
};

enum signal_group {
	SIGNAL_TEXT,            /* what the lists and lines look like */
	SIGNAL_WIRE,            /* what the packets look like */
	SIGNAL_HISTORY,         /* what earlier sessions looked like */
	SIGNAL_CLIENT,          /* how the client behaves */
	SIGNAL_REPLY,           /* how the replies fit what was said before */
	SIGNAL_VANTAGE,         /* what was seen at another place */
	SIGNAL_GROUPS
};

struct signal {
	struct span       name;         /* "S1", "D-HIST", as the findings' reasons name it */
	enum signal_group group;
	int               points;
	bool              decisive;
	struct span       words;        /* what is damaged or unusual, where the name alone does not tell; else empty */
	struct quote      quote;
};

#endif
