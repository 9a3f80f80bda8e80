/* What is left of a frame or a packet while its headers are taken off.  For link.c and tunnel.c. */
#ifndef STARTTRACE_WIRE_WRAPPED_H
#define STARTTRACE_WIRE_WRAPPED_H

#include "base/span.h"

struct wrapped {
	struct span bytes;
	uint32_t    wire_len;           /* before the snaplen cut it; at least bytes.len, whatever a file says */
};

static inline struct wrapped
wrapped_of(struct span bytes, uint32_t wire_len)
{
	return (struct wrapped){ bytes, wire_len < bytes.len ? (uint32_t)bytes.len : wire_len };
}

/* Takes a header off; false, and nothing taken, where it is not all there. */
static inline bool
unwrap(struct wrapped *w, size_t header)
{
	if (w->bytes.len < header)
		return false;
	w->bytes = span_after(w->bytes, header);
	w->wire_len -= (uint32_t)header;
	return true;
}

#endif
