/* The system's clocks. */
#include "base/clock.h"

int64_t
clock_now(clockid_t which)
{
	struct timespec now;

	clock_gettime(which, &now);
	return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}
