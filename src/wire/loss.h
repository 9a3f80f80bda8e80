/* What a capture never saw: frames that the kernel or the interface dropped between two readings of its counters. */
#ifndef STARTTRACE_WIRE_LOSS_H
#define STARTTRACE_WIRE_LOSS_H

#include <stdint.h>

struct loss {
	uint32_t capture;               /* index of the capture in this run */
	int64_t  from_ns, to_ns;        /* capture time of the readings */
	uint64_t lost, seen;            /* frames in between */
};

#endif
