/* Segments in, two ordered byte streams out.  64-bit offsets count from the first byte after the SYN (or
 * from the first byte seen, midstream).  RFC 9293, section 3.4 for sequence numbers.
 *
 * Causality: a segment is delivered only after everything it acknowledges, so the two sides of a dialogue
 * come in the order in which the ends spoke, however the capture point reordered frames.  Where the
 * awaited bytes are not coming (acknowledged and still not seen, or the budget of waiting spent) they
 * are a gap, said once with its length. */
#ifndef STARTTRACE_WIRE_REASSEMBLY_H
#define STARTTRACE_WIRE_REASSEMBLY_H

#include "wire/flow.h"

/* What the owner of a flow hears, in order.  The spans are valid during the call only.  The owner may lower
 * flow->care inside any of them; after that no more bytes come. */
struct stream_listener {
	/* `bytes` are the bytes at `offset` of this side's stream; `at` is the frame that brought them. */
	void (*bytes)(void *user, struct flow *flow, enum side side, uint64_t offset,
		struct span bytes, const struct moment *at);
	/* `lost` bytes from `offset` on will never come; `at` is the frame that showed first that they are missing: one
	 * that brought bytes beyond, or their acknowledgement. */
	void (*gap)(void *user, struct flow *flow, enum side side, uint64_t offset, uint64_t lost,
		const struct moment *at);
	/* Bytes that were sent before came again with other values: `first` at `offset` was delivered or
	 * is held and stands, `second` is the later version.  Both begin at the first byte that
	 * differs and have the same length, at most 512 bytes; what differs behind them is told in further calls.
	 * Compared where both copies are known. */
	void (*conflict)(void *user, struct flow *flow, enum side side, uint64_t offset,
		struct span first, struct span second, const struct moment *at);
};

struct reassembly_limits {
	size_t  held_bytes;             /* most bytes a stream holds out of order */
	size_t  held_segments;          /* most segments it holds */
	int64_t patience_ns;            /* how long an unacknowledged hole is waited for */
	size_t  acked_patience;         /* frames of the flow that may pass once a hole has been
	                                 * acknowledged, since a mirror port may show the ACK first */
	int64_t acked_patience_ns;      /* and the time */
};

/* 1 MiB in 1024 segments; 60 s for a hole, 32 frames and 1 s for one that was acknowledged. */
struct reassembly_limits reassembly_limits_default(void);

struct reassembly;

/* NULL when out of memory.  Default limits where `limits` is NULL. */
struct reassembly *reassembly_new(const struct reassembly_limits *limits, struct budget *budget,
	const struct stream_listener *listener, void *user);
void               reassembly_free(struct reassembly **reassembly);

/* Takes one segment of a flow.  Returns true once both directions have ended (FIN delivered from both
 * sides and acknowledged, or RST): the caller then ends the flow.  With FLOW_COUNT only counters and the
 * end are followed; with FLOW_IGNORE nothing but the end. */
bool reassembly_segment(struct reassembly *reassembly, struct flow *flow, enum side side,
	const struct segment *segment);

/* Where a sequence number of this side stands in its stream, by what is known now. */
uint64_t reassembly_offset(const struct flow *flow, enum side side, uint32_t number);

/* The clock of the segments that come from here on was set forward by as much, or back: patience goes on as if it were
 * not. */
void reassembly_clock_step(struct reassembly *reassembly, int64_t step_ns);

/* Delivers what is held, with gaps where bytes are missing, and frees it.  Call before a flow ends. */
void reassembly_flush(struct reassembly *reassembly, struct flow *flow);

#endif
