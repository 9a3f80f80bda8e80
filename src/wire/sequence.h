/* Where a segment stands in its stream: TCP's 32-bit numbers made 64-bit offsets, and the
 * initial sequence number settled where several were offered.  RFC 9293, section 3.4.  Part of
 * reassembly. */
#ifndef STARTTRACE_WIRE_SEQUENCE_H
#define STARTTRACE_WIRE_SEQUENCE_H

#include "wire/flow.h"

/* Learns from the segment's own sequence number and gives the offset of its payload, which is
 * negative for bytes before the stream's first.  False when the segment cannot be of this
 * stream, or contradicts what is known of it: then its payload and FIN mean nothing. */
bool sequence_place(struct flow *flow, enum side side, const struct segment *segment,
	struct budget *budget, int64_t *offset_r);

/* Learns from the segment's acknowledgement, if it has one.  Gives how far the other side's
 * stream must have been seen for this segment to be understood: 0 where nothing is acknowledged. */
uint64_t sequence_acknowledge(struct flow *flow, enum side side, const struct segment *segment,
	struct budget *budget);

/* Where a number stands in its stream, by what is known now; 0 for what lies before its first byte. */
uint64_t sequence_offset(const struct stream *stream, uint32_t number);

/* Remembers a FIN that stands at `offset`; false when there cannot be one. */
bool sequence_finish(struct stream *stream, int64_t offset);

/* Whether an RST is one that the receiver would obey (RFC 9293, section 3.10.7.4). */
bool sequence_reset_fits(const struct flow *flow, enum side side, const struct segment *segment);

/* Whether bytes of this side at `offset` are beyond what the other side allowed it to send. */
bool sequence_outside(const struct flow *flow, enum side side, uint64_t offset);

#endif
