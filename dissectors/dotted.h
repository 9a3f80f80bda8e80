/* Text that ends with a line holding a single dot (RFC 5321, section 4.1.1.4), passed over without being
 * kept. */
#ifndef STARTTRACE_DISSECTORS_DOTTED_H
#define STARTTRACE_DISSECTORS_DOTTED_H

#include "base/span.h"

struct dotted {
	uint8_t  state;
	bool     bare;          /* the line before this one ended in LF alone */
	bool     bare_ends;     /* the sender ends all its lines in LF alone: then LF . LF is the end */
	bool     watching;      /* a non-standard end went by; what follows is compared with commands */
	bool     maybe_ended;   /* a non-standard end went by, and nothing but line ends since */
	bool     false_end;     /* a non-standard end was followed by a command */
	uint8_t  seen[10];
	uint8_t  seen_len;
	uint64_t size;          /* bytes of text so far, its final line left out once it ended */
};

/* `bare_ends`: the command that began the text ended in LF alone. */
void dotted_begin(struct dotted *dotted, bool bare_ends);

/* Takes bytes of the text off the front of `in` and says how many; *ended_r tells whether the last of them
 * completed the final line.  Takes all of `in` otherwise. */
size_t dotted_take(struct dotted *dotted, struct span in, bool *ended_r);

/* Whether at least one byte of text has come that is not part of the final line. */
bool dotted_has_text(const struct dotted *dotted, bool ended);

#endif
