/* A message on its way, up to the line that holds a single dot: passed over, counted and told, never kept. */
#ifndef STARTTRACE_DISSECTORS_CONTENT_H
#define STARTTRACE_DISSECTORS_CONTENT_H

#include "dotted.h"
#include "model/dissector.h"

/* Part of a dissector's state. */
struct content {
	struct dotted dotted;
	const char   *verb;             /* the command that moved it; a constant */
	bool          whole;            /* a complete message counts as one; a part of it does not */
	bool          told;             /* its first byte has come */
};

/* A message begins behind what was taken so far.  `bare_ends`: the line before it ended in LF alone. */
void content_begin(struct content *content, const char *verb, bool whole, bool bare_ends);

/* Takes what `in` holds of it; *used_r says how many bytes.  Tells EVENT_CONTENT_BEGIN at its first byte, and at its
 * end EVENT_CONTENT and, for a whole message, EVENT_CONTENT_END.  True once it has ended. */
bool content_take(struct content *content, struct dialogue *d, enum side side, struct span in, uint64_t *used_r);

/* No more of it will be seen: tells EVENT_CONTENT of what came. */
void content_cut(struct content *content, struct dialogue *d, enum side side);

#endif
