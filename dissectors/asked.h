/* Commands that await their answers, which come in the order in which the commands were sent. */
#ifndef STARTTRACE_DISSECTORS_ASKED_H
#define STARTTRACE_DISSECTORS_ASKED_H

#include "model/dissector.h"

enum {
	ASKED_MOST = 1024,      /* commands are pipelined by the hundred; behind a hold none gets here */
};

/* Part of a dissector's state.  Zero is the start.  A command is a row of the dissector's table, of which row 0 stands for
 * none. */
struct asked {
	uint8_t rows[ASKED_MOST];       /* oldest at head */
	size_t  head, count;
};

/* A command was sent.  One that was sent ahead of an agreement on TLS has no place: a sound server drops it, and what an
 * unsound one answers to it answers nothing that waits.  Where too many wait, the oldest is given up, and that is noted. */
void asked_add(struct asked *asked, struct dialogue *d, size_t row);

/* The command whose answer comes next; 0 when none waits. */
size_t asked_first(const struct asked *asked);

/* Takes it off; 0 when none waits. */
size_t asked_take(struct asked *asked);

void asked_clear(struct asked *asked);

#endif
