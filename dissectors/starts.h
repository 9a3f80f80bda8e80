/* How sure a client's first lines make that they are of one protocol: a table of what lines begin with. */
#ifndef STARTTRACE_DISSECTORS_STARTS_H
#define STARTTRACE_DISSECTORS_STARTS_H

#include "base/span.h"

struct start {
	const char *text;       /* ASCII case is ignored */
	unsigned    sure;       /* 0 to 100 */
};

/* The most that a row says of any line in `first`.  0 when the first line begins like none of them; 20 while it is too
 * short to tell. */
unsigned starts_best(const struct start *starts, size_t count, struct span first);

#endif
