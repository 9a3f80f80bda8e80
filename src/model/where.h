/* Where in the evidence something stands. */
#ifndef STARTTRACE_MODEL_WHERE_H
#define STARTTRACE_MODEL_WHERE_H

#include "wire/frame.h"

/* The length is that of the line, record or message in which it stands, but of
 *   a gap                   the bytes that are missing
 *   a conflict              those up to the last one that came in two versions
 *   plaintext before TLS    all that was smuggled in, from here to the agreement, not its first line alone
 *   the end                 0 */
struct where {
	struct moment first;    /* the frame that holds its first byte */
	struct moment last;     /* the frame that completed it: its time is the time of the event */
	uint64_t      offset;   /* in the stream of its side */
	uint64_t      length;
	uint32_t      order;    /* events of a session count from 1 in the order they became known, whatever
	                         * the side; independent of how the network cut the bytes */
};

#endif
