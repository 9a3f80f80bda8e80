/* Steps of the system's clock. */
#include "wire/clock.h"

#include <time.h>

static const int64_t second_ns = 1000000000;

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

	if (moved >= second_ns || moved <= -second_ns) {
		steps->total_ns += moved;
		steps->ahead_ns = ahead;
	}
	return steps->total_ns;
}

static int64_t
clock_read(clockid_t which)
{
	struct timespec now;

	clock_gettime(which, &now);
	return now.tv_sec * second_ns + now.tv_nsec;
}

int64_t
clock_real_ns(void)
{
	return clock_read(CLOCK_REALTIME);
}

int64_t
clock_steady_ns(void)
{
	return clock_read(CLOCK_BOOTTIME);
}
