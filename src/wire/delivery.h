/* The order of delivery: what may be told to the listener now, what waits and for what.  Part of
 * reassembly. */
#ifndef STARTTRACE_WIRE_DELIVERY_H
#define STARTTRACE_WIRE_DELIVERY_H

#include "wire/reassembly.h"
#include "wire/reassembly_held.h"

/* One call's business.  A listener may exchange the sides under its feet (flow_turn), so after
 * any call from here no side or stream from before it is used. */
struct turn {
	const struct reassembly_limits *limits;
	const struct stream_listener   *listener;
	void                           *user;
	struct budget                  *budget;
	struct flow                    *flow;
	const struct moment            *at;
	int64_t                         steady_ns;      /* the same time, by a clock that nobody sets */
};

/* Tells bytes that stand at stream->next; a gap from there to `until`. */
void delivery_tell_bytes(const struct turn *turn, enum side side, const struct piece *piece);
void delivery_tell_gap(const struct turn *turn, enum side side, uint64_t until);

/* Whether what a segment of this side acknowledges has been told. */
bool delivery_may_tell(const struct flow *flow, enum side side, uint64_t needs);

/* Gives up the bytes that are missing up to `until`; false when there are none. */
bool delivery_skip_hole(const struct turn *turn, enum side side, uint64_t until);

/* Tells all that can be told now. */
void delivery_settle(const struct turn *turn);

/* Waits for nothing any more; waits for less, until the limits are kept. */
void delivery_force(const struct turn *turn);
void delivery_relieve(const struct turn *turn);

#endif
