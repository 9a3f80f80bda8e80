/* Commands that await their answers, which come in the order in which the commands were sent. */
#ifndef STARTTRACE_DISSECTORS_ASKED_H
#define STARTTRACE_DISSECTORS_ASKED_H

#include "model/dissector.h"

enum {
	ASKED_MOST = 1024,      /* long recipient lists are pipelined */
	ASKED_FEW = 16,         /* as many as most clients ever send ahead */
};

/* Part of a dissector's state.  Zero is the start.  A command is a row of the dissector's table, of which row 0 stands
 * for none. */
struct asked {
	uint8_t  few[ASKED_FEW];        /* rows, oldest at head */
	uint8_t *many;                  /* ASKED_MOST of them in place of the few, once they were too few */
	size_t   head, count;
};

/* A command was sent.  One that was sent ahead of an agreement on TLS has no place: a sound server drops it (RFC 3207,
 * section 4.2), and what an unsound one answers to it answers nothing that waits.  Where too many wait, or there is no
 * memory, the oldest is given up, which is noted and returned; else 0. */
size_t asked_add(struct asked *asked, struct dialogue *d, size_t row);

/* The command just taken off gets another answer, before all that wait. */
void asked_again(struct asked *asked, size_t row);

/* The command whose answer comes next, or comes after `n` others; 0 when none waits. */
size_t asked_first(const struct asked *asked);
size_t asked_nth(const struct asked *asked, size_t n);

/* Takes it off; 0 when none waits. */
size_t asked_take(struct asked *asked);

/* Nothing waits any more: what comes answers nothing that was asked before. */
void asked_clear(struct asked *asked);

#endif
