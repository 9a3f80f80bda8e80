/* Time, in the units that frames are stamped in and that people count in. */
#ifndef STARTTRACE_BASE_CLOCK_H
#define STARTTRACE_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_US     INT64_C(1000)
#define NS_PER_MS     (1000 * NS_PER_US)
#define NS_PER_SECOND (1000 * NS_PER_MS)
#define NS_PER_HOUR   (3600 * NS_PER_SECOND)
#define NS_PER_DAY    (24 * NS_PER_HOUR)

enum {
	SECONDS_PER_MINUTE = 60,
	SECONDS_PER_HOUR = 60 * SECONDS_PER_MINUTE,
	SECONDS_PER_DAY = 24 * SECONDS_PER_HOUR,
};

/* What one of the system's clocks shows, in nanoseconds: CLOCK_REALTIME since 1970, as frames are stamped;
 * CLOCK_MONOTONIC and CLOCK_BOOTTIME since a start that nobody sets, the latter also while the machine sleeps. */
int64_t clock_now(clockid_t which);

static inline int64_t
clock_earlier(int64_t one_ns, int64_t other_ns)
{
	return one_ns < other_ns ? one_ns : other_ns;
}

/* How long after the one moment the other is; 0 where it is not: capture times may run backwards. */
static inline int64_t
clock_elapsed(int64_t since_ns, int64_t now_ns)
{
	uint64_t passed = (uint64_t)now_ns - (uint64_t)since_ns;

	if (now_ns <= since_ns)
		return 0;
	return passed > INT64_MAX ? INT64_MAX : (int64_t)passed;
}

/* What a clock shows that was set forward by so much, as if it had not been. */
static inline int64_t
clock_steady(int64_t time_ns, int64_t stepped_ns)
{
	return (int64_t)((uint64_t)time_ns - (uint64_t)stepped_ns);
}

#endif
