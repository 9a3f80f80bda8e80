/* A line of the dialogue, or a part of it, kept as evidence. */
#ifndef STARTTRACE_MODEL_QUOTE_H
#define STARTTRACE_MODEL_QUOTE_H

#include "base/side.h"
#include "base/span.h"
#include "model/where.h"

/* All zero while nothing was seen.
 *
 * The code is that of the event it was made of, which says what it stands for (events.def): a reply code, an alert, one
 * of the enums of event.h, or nothing.  Of a note it is 0, and of a capability 1 where that is the offer of TLS.
 *
 * The text may be cut, or missing where memory was spent or a limit reached: an empty one says nothing of the wire. */
struct quote {
	bool        seen;
	enum side   side;
	uint32_t    code;
	struct span text;               /* redacted, printable */
	struct where where;
};

#endif
