/* What the kernel and the interface lost, in 64 bits.  Opens what it reads at once, and later only reads: it works on
 * after the program has given up every right. */
#ifndef STARTTRACE_WIRE_DROPS_H
#define STARTTRACE_WIRE_DROPS_H

#include <stdint.h>

struct drops;

/* Totals since drops_new; they never run backwards. */
struct drops_total {
	uint64_t kernel;                /* passed the filter, but the ring was full */
	uint64_t interface;             /* lost before that */
};

/* `socket` is a packet socket (borrowed), `interface` the name of what it is bound to.  One without counters ("any")
 * loses nothing before the ring, as far as one can know.  NULL without memory. */
struct drops *drops_new(int socket, const char *interface);
void          drops_free(struct drops **drops);

/* Brings the totals up to date: three system calls. */
struct drops_total drops_read(struct drops *drops);

/* How far a counter went on from `before` to `now`: one that ran backwards (a driver loaded anew) began again from
 * 0. */
uint64_t drops_step(uint64_t before, uint64_t now);

#endif
