/* When frames were lost before the engine saw them, and which sessions were there meanwhile. */
#ifndef STARTTRACE_ENGINE_LOSSES_H
#define STARTTRACE_ENGINE_LOSSES_H

#include "model/session.h"
#include "wire/loss.h"

enum {
	LOSSES_MOST = 64,               /* what is older is remembered as one */
};

/* Zeroed at first, but for `idle_ns`. */
struct losses {
	int64_t     idle_ns;            /* a session that is silent for longer has ended */
	struct loss list[LOSSES_MOST];  /* in the order they were told */
	size_t      count;
};

/* One loss more; one of no frames is none.  Where there are too many, the oldest becomes part of the next one of its
 * capture, or is forgotten. */
void losses_add(struct losses *losses, const struct loss *loss);

/* Fills session->lost and lost_of, from its first and last moment, whether it was seen to begin (midstream) and to end
 * (end_seen); `anywhere`: its frames came by several captures. */
void losses_tell(const struct losses *losses, struct session *session, bool anywhere);

#endif
