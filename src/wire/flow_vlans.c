/* Which VLAN each direction of a connection travels in.  What proves a segment is that it knows 32-bit numbers which
 * only the connection's ends, and who sees what they send, can know (RFC 9293, section 3.4.1; RFC 5961): exactly one of
 * them, or two nearly.  Either is guessed in one of some 2^30 frames. */
#include "wire/flow_vlans.h"

#include "wire/reassembly_held.h"

enum {
	NEAR = 1 << 16,                 /* what may be on its way in either direction */
};

/* How close a number is to the one that is due. */
enum closeness {
	CLOSENESS_NONE,
	CLOSENESS_NEAR,
	CLOSENESS_EXACT,
};

static enum closeness
closeness_of(uint32_t number, uint32_t due)
{
	if (number == due)
		return CLOSENESS_EXACT;
	return number - due + NEAR <= 2 * NEAR ? CLOSENESS_NEAR : CLOSENESS_NONE;
}

/* Behind all that is known to be sent. */
static uint32_t
next_number(const struct stream *stream)
{
	uint64_t seen = held_end(stream);

	return stream->isn + 1 + (uint32_t)(seen > stream->acked ? seen : stream->acked);
}

static enum closeness
acknowledgement_closeness(const struct stream *other, const struct segment *segment)
{
	uint32_t number = segment->acknowledgement;

	if (!(segment->flags & TCP_ACK))
		return CLOSENESS_NONE;
	if (other->syn_seen && number == other->syn + 1)
		return CLOSENESS_EXACT;
	if (!other->based || !other->began)
		return CLOSENESS_NONE;
	/* a FIN counts one */
	return closeness_of(number, next_number(other) + (other->fin_seen && number == next_number(other) + 1));
}

/* Of a side that was not seen the other one's acknowledgements tell what is due. */
static enum closeness
sequence_closeness(const struct stream *own, const struct segment *segment)
{
	if (!own->based)
		return CLOSENESS_NONE;
	if (segment->flags & TCP_SYN)
		return segment->sequence == own->isn ? CLOSENESS_EXACT : CLOSENESS_NONE;
	return closeness_of(segment->sequence, next_number(own));
}

static bool
agrees(const struct flow *flow, enum side side, const struct segment *segment)
{
	enum closeness sequence = sequence_closeness(&flow->stream[side], segment);
	enum closeness acknowledgement = acknowledgement_closeness(&flow->stream[side_other(side)], segment);

	return sequence == CLOSENESS_EXACT || acknowledgement == CLOSENESS_EXACT ||
	       (sequence == CLOSENESS_NEAR && acknowledgement == CLOSENESS_NEAR);
}

/* The sequence numbers of a side that was seen before may be those of an attacker who wants it confirmed. */
static bool
proves_itself(const struct flow *flow, enum side side, const struct segment *segment)
{
	if (flow->stream[side].vlan_known)
		return acknowledgement_closeness(&flow->stream[side_other(side)], segment) == CLOSENESS_EXACT;
	return agrees(flow, side, segment);
}

/* A side that proved itself is taken by its equal in the VLAN of the other one alone: where a connection is mirrored
 * twice, it was the other copy that was taken for it. */
static bool
is_beyond_doubt(const struct stream *own, const struct stream *other, uint32_t vlan)
{
	return own->vlan_known && own->vlan_proven && (own->vlan == other->vlan || vlan != other->vlan);
}

/* Several views of one connection differ by interface, not by number, and one may be ahead of the other. */
enum vlan_fit
flow_vlan_fit(const struct flow *flow, enum side side, const struct segment *segment)
{
	const struct stream *own = &flow->stream[side], *other = &flow->stream[side_other(side)];
	bool proven;

	if (own->vlan_known && own->vlan == segment->vlan)
		return !flow->rivalled || flow->parted || agrees(flow, side, segment) ? VLAN_SETTLED : VLAN_KNOWN;
	if (is_beyond_doubt(own, other, segment->vlan))
		return VLAN_FOREIGN;
	if (flow->parted && !own->vlan_known && other->vlan == segment->vlan)
		return VLAN_SETTLED;
	proven = proves_itself(flow, side, segment);
	if (own->vlan_known || other->vlan != segment->vlan)
		return proven ? VLAN_PROVEN : VLAN_FOREIGN;
	return proven ? VLAN_PROVEN_ALIKE : VLAN_SUPPOSED;
}

void
flow_vlan_take(struct flow *flow, enum side side, const struct segment *segment)
{
	struct stream *own = &flow->stream[side];

	if (own->vlan_known && own->vlan == segment->vlan)
		return;
	/* the side that was seen first has nothing to prove */
	own->vlan_proven = !flow->stream[side_other(side)].vlan_known || proves_itself(flow, side, segment);
	own->vlan = segment->vlan;
	own->vlan_known = true;
}
