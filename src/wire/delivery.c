/* What is told when.  A segment is told after everything that it acknowledges, so the two sides
 * come in the order in which the ends spoke; what nothing will bring any more is told as a gap. */
#include "wire/delivery.h"

#include "wire/hole.h"
#include "wire/sequence.h"

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Telling. ------------------------------------------------------------------------------------- */

/* All is in order again before the listener is called. */
void
delivery_tell_bytes(const struct turn *turn, enum side side, const struct piece *piece)
{
	struct stream *stream = &turn->flow->stream[side];
	bool full = turn->flow->care == FLOW_FULL;
	uint64_t offset = stream->next;

	if (full)
		recent_add(stream, turn->budget, piece->bytes);
	stream->payload_bytes += piece->bytes.len;
	stream->snaplen_bytes += piece->cut;
	stream->next += piece->bytes.len;
	if (piece->cut > 0)
		stream->cut_to = stream->next + piece->cut;
	if (full && piece->bytes.len > 0)
		turn->listener->bytes(turn->user, turn->flow, side, offset, piece->bytes,
			&piece->at);
}

void
delivery_tell_gap(const struct turn *turn, enum side side, uint64_t until)
{
	struct stream *stream = &turn->flow->stream[side];
	uint64_t offset = stream->next, lost = until - offset;
	struct moment shown = hole_shown(stream, turn->at);

	stream->gaps++;
	stream->gap_bytes += lost;
	if (stream->acked > offset)
		stream->acked_unseen += (uint32_t)least(least(lost, stream->acked - offset), UINT32_MAX / 2);
	stream->next = until;
	recent_restart(stream, until);
	if (turn->flow->care == FLOW_FULL)
		turn->listener->gap(turn->user, turn->flow, side, offset, lost, &shown);
}

/* Giving up. ----------------------------------------------------------------------------------- */

/* What the other side said in between, and acknowledged a part of the hole with, comes before the rest of it. */
static uint64_t
next_part(const struct flow *flow, enum side side, uint64_t until)
{
	const struct held_segment *head = hole_head(&flow->stream[side_other(side)]);
	uint64_t needs = head != NULL ? head->piece.needs : 0;

	return needs > flow->stream[side].next ? least(until, needs) : until;
}

/* Makes the best of a hole that nothing will fill.  What lies behind an unacknowledged one and
 * out of the receiver's window was not accepted by it either: following it would lose the real
 * stream. */
bool
delivery_skip_hole(const struct turn *turn, enum side side, uint64_t until)
{
	struct stream *stream = &turn->flow->stream[side];
	const struct held_segment *head = hole_head(stream);

	if (until <= stream->next || hole_may_be_fin(stream, until))
		return false;
	if (head != NULL && until > stream->acked &&
		sequence_outside(turn->flow, side, head->piece.offset)) {
		if (stream->acked <= stream->next) {
			held_drop_first(stream, turn->budget);
			return true;
		}
		until = stream->acked;
	}
	delivery_tell_gap(turn, side, next_part(turn->flow, side, until));
	return true;
}

static bool
give_up_hole(const struct turn *turn, enum side side)
{
	struct stream *stream = &turn->flow->stream[side];
	uint64_t end = hole_end(stream);

	if (end == stream->next)
		return false;
	if (stream->next < stream->cut_to)
		return delivery_skip_hole(turn, side, least(end, stream->cut_to));
	return delivery_skip_hole(turn, side, least(end, stream->hopeless));
}

static bool
give_up_older_hole(const struct turn *turn)
{
	enum side first = hole_first(turn->flow);

	return give_up_hole(turn, first) || give_up_hole(turn, side_other(first));
}

/* Delivering. ---------------------------------------------------------------------------------- */

bool
delivery_may_tell(const struct flow *flow, enum side side, uint64_t needs)
{
	if (flow->care != FLOW_FULL)
		return true;
	return flow->stream[side].confirmed && hole_reached(&flow->stream[side_other(side)], needs);
}

static void
tell_head(const struct turn *turn, enum side side)
{
	struct held_segment *head = held_take(&turn->flow->stream[side]);

	delivery_tell_bytes(turn, side, &head->piece);
	held_free(&head, turn->budget);
}

static bool
head_is_next(const struct stream *stream)
{
	const struct held_segment *head = hole_head(stream);

	return head != NULL && head->piece.offset == stream->next;
}

/* The side whose first held segment was captured first. */
static bool
older_head(const struct flow *flow, const bool eligible[2], enum side *side_r)
{
	if (!eligible[CLIENT] && !eligible[SERVER])
		return false;
	*side_r = eligible[CLIENT] ? CLIENT : SERVER;
	if (eligible[CLIENT] && eligible[SERVER] &&
		moment_before(&flow->stream[SERVER].held->piece.at,
			&flow->stream[CLIENT].held->piece.at))
		*side_r = SERVER;
	return true;
}

/* Where each side waits for the other's bytes to be told, an acknowledgement lies: the frames'
 * order is all that is left. */
static bool
tell_ready(const struct turn *turn)
{
	bool next[2], ready[2];
	enum side side;

	for (enum side s = CLIENT; s <= SERVER; s++) {
		const struct stream *stream = &turn->flow->stream[s];

		next[s] = head_is_next(stream);
		ready[s] = next[s] && delivery_may_tell(turn->flow, s, stream->held->piece.needs);
	}
	if (older_head(turn->flow, ready, &side) ||
		(next[CLIENT] && next[SERVER] && older_head(turn->flow, next, &side))) {
		tell_head(turn, side);
		return true;
	}
	return false;
}

void
delivery_settle(const struct turn *turn)
{
	const struct flow *flow = turn->flow;

	while (flow->care != FLOW_IGNORE &&
		(tell_ready(turn) || give_up_older_hole(turn)))
		continue;
}

/* Waits no longer for what this side's first held segment waits for. */
static bool
force_head(const struct turn *turn, enum side side)
{
	struct stream *stream = &turn->flow->stream[side];
	enum side other = side_other(side);

	if (!head_is_next(stream))
		return delivery_skip_hole(turn, side, hole_end(stream));
	if (!delivery_may_tell(turn->flow, side, stream->held->piece.needs) &&
		delivery_skip_hole(turn, other, hole_end(&turn->flow->stream[other])))
		return true;
	tell_head(turn, side);
	return true;
}

void
delivery_force(const struct turn *turn)
{
	struct flow *flow = turn->flow;
	bool going = true;

	for (enum side side = CLIENT; side <= SERVER; side++) {
		struct stream *stream = &flow->stream[side];

		if (stream->acked > stream->hopeless)
			stream->hopeless = stream->acked;
	}
	while (going && flow->care != FLOW_IGNORE) {
		bool held[2];
		enum side side;

		delivery_settle(turn);
		held[CLIENT] = hole_head(&flow->stream[CLIENT]) != NULL;
		held[SERVER] = hole_head(&flow->stream[SERVER]) != NULL;
		going = older_head(flow, held, &side) && force_head(turn, side);
	}
}

static bool
is_overfull(const struct turn *turn, const struct stream *stream)
{
	return stream->held_bytes > turn->limits->held_bytes ||
		stream->held_count > turn->limits->held_segments;
}

void
delivery_relieve(const struct turn *turn)
{
	struct flow *flow = turn->flow;

	for (;;) {
		bool client = is_overfull(turn, &flow->stream[CLIENT]);
		enum side side = client ? CLIENT : SERVER;

		if (!is_overfull(turn, &flow->stream[side]))
			return;
		if (hole_head(&flow->stream[side]) == NULL)
			held_drop_last(&flow->stream[side], turn->budget);
		else
			force_head(turn, side);
		delivery_settle(turn);
	}
}
