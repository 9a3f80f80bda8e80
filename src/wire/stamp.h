/* Capture time out of what libpcap states of a frame. */
#ifndef STARTTRACE_WIRE_STAMP_H
#define STARTTRACE_WIRE_STAMP_H

#include "base/clock.h"

/* Seconds are 32 bits without a sign in classic files and in the kernel's ring, whatever type they arrive in; a
 * fraction that is no part of a second (hostile files and odd drivers have such) is left out.  `unit` is that of the
 * fraction in nanoseconds. */
static inline int64_t
stamp_ns(int64_t seconds, int64_t fraction, int64_t unit)
{
	return (uint32_t)seconds * NS_PER_SECOND +
	       (fraction >= 0 && fraction < NS_PER_SECOND / unit ? fraction * unit : 0);
}

#endif
