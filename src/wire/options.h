/* The options behind a TCP header (RFC 9293, section 3.2), one after the other. */
#ifndef STARTTRACE_WIRE_OPTIONS_H
#define STARTTRACE_WIRE_OPTIONS_H

#include "base/span.h"

enum tcp_option {
	OPTION_END = 0,
	OPTION_NOP = 1,
	OPTION_MSS = 2,
	OPTION_WINDOW_SCALE = 3,
	OPTION_TIMESTAMPS = 8,
};

/* Takes the next option off the front of *rest, padding passed over; `value_r` is what stands behind its length.
 * False at the end, and at an option whose length lies. */
bool option_take(struct span *rest, uint8_t *kind_r, struct span *value_r);

/* The value of the first option of this kind, if it has this length; else empty. */
struct span option_find(struct span options, enum tcp_option kind, size_t len);

#endif
