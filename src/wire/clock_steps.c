/* Steps of the system's clock. */
#include "wire/clock_steps.h"

#include "base/clock.h"

void
clock_steps_start(struct clock_steps *steps, int64_t real_ns, int64_t steady_ns)
{
	*steps = (struct clock_steps){ .ahead_ns = real_ns - steady_ns };
}

int64_t
clock_steps_total(struct clock_steps *steps, int64_t real_ns, int64_t steady_ns)
{
	int64_t ahead = real_ns - steady_ns;
	int64_t moved = ahead - steps->ahead_ns;

	if (moved >= NS_PER_SECOND || moved <= -NS_PER_SECOND) {
		steps->total_ns += moved;
		steps->ahead_ns = ahead;
	}
	return steps->total_ns;
}
