/* What is missing in a stream and what waits for it.  Part of reassembly. */
#ifndef STARTTRACE_WIRE_HOLE_H
#define STARTTRACE_WIRE_HOLE_H

#include "wire/reassembly.h"

/* The first held segment; none when it stands behind a FIN, where a stream has no bytes. */
struct held_segment *hole_head(const struct stream *stream);

/* Where the bytes that are missing at stream->next end; stream->next when none are, or when this
 * side was never seen. */
uint64_t hole_end(const struct stream *stream);

/* Whether a hole that ends at `end` may be no byte but a FIN that was not captured: the
 * acknowledgement of either looks the same. */
bool hole_may_be_fin(const struct stream *stream, uint64_t end);

/* Whether this side's stream has been told as far as `needs`.  A side that was never seen is not
 * waited for. */
bool hole_reached(const struct stream *stream, uint64_t needs);

static inline bool
moment_before(const struct moment *a, const struct moment *b)
{
	return a->capture != b->capture ? a->capture < b->capture : a->frame < b->frame;
}

/* Which side's missing bytes are to be given up first: those whose want was known first,
 * whatever made their time run out. */
enum side hole_first(const struct flow *flow);

/* Once per segment of the flow: watches how long the hole has been there and sets
 * stream->hopeless when waiting for it is over.  `steady_ns` is the time by a clock that nobody
 * sets.  False when there is no hole. */
bool hole_watch(struct stream *stream, const struct reassembly_limits *limits,
	const struct moment *now, int64_t steady_ns);

/* The frame that showed first that what comes next is missing; `now` when none did before. */
struct moment hole_shown(const struct stream *stream, const struct moment *now);

#endif
