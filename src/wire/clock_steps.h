/* Steps of the system's clock, told apart from the passing of time. */
#ifndef STARTTRACE_WIRE_CLOCK_STEPS_H
#define STARTTRACE_WIRE_CLOCK_STEPS_H

#include <stdint.h>

struct clock_steps {
	int64_t ahead_ns;       /* of the real clock before the steady one, when last counted */
	int64_t total_ns;       /* set forward (or back, below zero) since the start */
};

/* Two readings of the same instant: CLOCK_REALTIME, and CLOCK_BOOTTIME, which nobody sets. */
void    clock_steps_start(struct clock_steps *steps, int64_t real_ns, int64_t steady_ns);

/* The total so far.  Counted once they come to a second or more together, so that the corrections of a time service are
 * no steps, while the total never strays from the truth by a second. */
int64_t clock_steps_total(struct clock_steps *steps, int64_t real_ns, int64_t steady_ns);

#endif
