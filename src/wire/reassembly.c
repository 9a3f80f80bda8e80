/* Takes segments: what is old is compared, what is new and in order goes from the frame to the
 * listener without a copy, the rest waits.  RFC 9293, section 3.10.7.  Numbers are the business
 * of sequence.c, order that of delivery.c, memory that of reassembly_held.c. */
#include "base/clock.h"
#include "wire/delivery.h"
#include "wire/hole.h"
#include "wire/sequence.h"

#include <stdlib.h>

enum {
	CONFLICT_MOST = 512,
};

struct reassembly {
	struct reassembly_limits limits;
	struct budget           *budget;
	struct stream_listener   listener;
	void                    *user;
	int64_t                  stepped_ns;
};

struct comparison {
	const struct turn *turn;
	enum side          side;
};

/* Where two runs of the same length differ next, from `at` on; their length when they do not. */
static size_t
next_difference(struct span first, struct span second, size_t at)
{
	while (at < first.len && first.at[at] == second.at[at])
		at++;
	return at;
}

static void
tell_conflict(void *user, uint64_t offset, struct span first, struct span second)
{
	const struct comparison *comparison = user;
	const struct turn *turn = comparison->turn;
	struct stream *stream = &turn->flow->stream[comparison->side];
	size_t from = 0;

	if (span_equal(first, second))
		return;
	for (size_t i = 0; i < first.len; i++)
		stream->conflicting_bytes += first.at[i] != second.at[i];
	while (turn->flow->care == FLOW_FULL && (from = next_difference(first, second, from)) < first.len) {
		turn->listener->conflict(turn->user, turn->flow, comparison->side, offset + from,
			span_first(span_after(first, from), CONFLICT_MOST),
			span_first(span_after(second, from), CONFLICT_MOST), turn->at);
		from += CONFLICT_MOST;
	}
}

static uint64_t
wire_length(const struct segment *segment)
{
	return segment->payload_wire_len > segment->payload.len ? segment->payload_wire_len :
		segment->payload.len;
}

/* One byte that was sent before, with any value, asks whether the other side is still there (RFC
 * 1122, section 4.2.3.6). */
static bool
is_keep_alive(const struct stream *stream, int64_t offset, uint64_t wire_len)
{
	return wire_len == 1 && offset + 1 == (int64_t)held_end(stream);
}

/* In order, with nothing held in its way and nothing of the other side to be told first. */
static bool
may_tell_at_once(const struct flow *flow, enum side side, const struct piece *piece)
{
	const struct stream *stream = &flow->stream[side];

	if (piece->offset != stream->next)
		return false;
	if (stream->held != NULL && stream->held->piece.offset < piece_end(piece))
		return false;
	if (stream->fin_seen && piece_end(piece) > stream->fin_offset)
		return false;
	return delivery_may_tell(flow, side, piece->needs);
}

/* Without memory to wait in, all waiting is over. */
static void
take_unheld(const struct turn *turn, enum side side, struct piece piece)
{
	struct flow *flow = turn->flow;
	bool turned = flow->turned;
	struct stream *stream;

	delivery_force(turn);
	side = flow->turned != turned ? side_other(side) : side;
	stream = &flow->stream[side];
	piece = piece_from(piece, stream->next);
	if (piece.offset == piece_end(&piece) || sequence_outside(flow, side, piece.offset) ||
		(stream->fin_seen && piece_end(&piece) > stream->fin_offset))
		return;
	turned = flow->turned;
	if (piece.offset > stream->next)
		delivery_tell_gap(turn, side, piece.offset);
	delivery_tell_bytes(turn, flow->turned != turned ? side_other(side) : side, &piece);
}

static void
hold(const struct turn *turn, enum side side, const struct piece *piece)
{
	struct stream *stream = &turn->flow->stream[side];
	bool full = turn->flow->care == FLOW_FULL, news;

	if (piece->offset > stream->next)
		stream->out_of_order++;
	if (!held_add(stream, turn->budget, *piece, full, &news))
		take_unheld(turn, side, *piece);
	else if (!news)
		stream->retransmitted++;
	delivery_relieve(turn);
}

/* Holds what comes again against what came first, and gives back what is new. */
static struct piece
without_old(const struct turn *turn, enum side *side, struct piece piece)
{
	struct flow *flow = turn->flow;
	struct stream *stream = &flow->stream[*side];
	struct comparison comparison = { .turn = turn, .side = *side };
	bool turned = flow->turned;

	if (flow->care == FLOW_FULL && (piece.offset < stream->next || stream->held != NULL))
		held_compare(stream, &piece, tell_conflict, &comparison);
	*side = flow->turned != turned ? side_other(*side) : *side;
	return piece_from(piece, flow->stream[*side].next);
}

static void
take_payload(const struct turn *turn, enum side side, const struct segment *segment, int64_t offset,
	uint64_t needs)
{
	struct stream *stream = &turn->flow->stream[side];
	uint64_t wire_len = wire_length(segment), early = offset < 0 ? (uint64_t)-offset : 0;
	struct piece piece = { .bytes = segment->payload, .needs = needs, .at = *turn->at };

	if (wire_len == 0)
		return;
	if (early >= wire_len || is_keep_alive(stream, offset, wire_len)) {
		stream->retransmitted++;
		return;
	}
	piece.cut = wire_len - segment->payload.len;
	piece = piece_from(piece, early);
	piece.offset = offset < 0 ? 0 : (uint64_t)offset;
	piece = without_old(turn, &side, piece);
	if (piece.offset == piece_end(&piece))
		turn->flow->stream[side].retransmitted++;
	else if (may_tell_at_once(turn->flow, side, &piece))
		delivery_tell_bytes(turn, side, &piece);
	else
		hold(turn, side, &piece);
}

static void
release(struct reassembly *r, struct flow *flow)
{
	for (enum side side = CLIENT; side <= SERVER; side++) {
		held_drop_all(&flow->stream[side], r->budget);
		recent_free(&flow->stream[side], r->budget);
	}
}

/* Gives back what the owner's lowered care makes useless. */
static void
tidy(struct reassembly *r, struct flow *flow)
{
	if (flow->care == FLOW_IGNORE) {
		release(r, flow);
	} else if (flow->care == FLOW_COUNT) {
		recent_free(&flow->stream[CLIENT], r->budget);
		recent_free(&flow->stream[SERVER], r->budget);
	}
}

static bool
has_ended(struct flow *flow)
{
	bool ended = true;

	for (enum side side = CLIENT; side <= SERVER; side++) {
		struct stream *stream = &flow->stream[side];

		stream->finished = stream->fin_seen && stream->next >= stream->fin_offset;
		ended = ended && stream->finished && stream->fin_acked;
	}
	return ended;
}

static void
note_closing(struct flow *flow, enum side side, bool by_reset, const struct moment *at)
{
	if (flow->closing)
		return;
	flow->closing = true;
	flow->closed_first = side;
	flow->by_reset = by_reset;
	flow->closed_at = *at;
}

/* Of a flow that nobody cares for the streams are not followed, so every FIN and RST is
 * believed. */
static bool
ignored_has_ended(struct flow *flow, enum side side, const struct segment *segment)
{
	if (segment->flags & (TCP_FIN | TCP_RST))
		note_closing(flow, side, segment->flags & TCP_RST, &segment->frame->at);
	flow->stream[side].fin_seen |= (segment->flags & TCP_FIN) != 0;
	flow->stream[side].rst_seen |= (segment->flags & TCP_RST) != 0;
	return flow->stream[side].rst_seen ||
		(flow->stream[CLIENT].fin_seen && flow->stream[SERVER].fin_seen);
}

/* Whose FIN came first: this side's, or, where it acknowledges one byte that was not captured and that ends the other's
 * stream, the other's (RFC 9293, section 3.10.7.4). */
static enum side
first_to_finish(const struct flow *flow, enum side side)
{
	const struct stream *other = &flow->stream[side_other(side)];

	return hole_may_be_fin(other, other->acked) ? side_other(side) : side;
}

static void
take_segment(const struct turn *turn, enum side side, const struct segment *segment)
{
	struct flow *flow = turn->flow;
	struct budget *budget = turn->budget;
	int64_t offset;
	bool placed = sequence_place(flow, side, segment, budget, &offset);
	uint64_t needs = sequence_acknowledge(flow, side, segment, budget);
	bool waiting = false;

	if (placed && segment->flags & TCP_FIN &&
		sequence_finish(&flow->stream[side], offset + (int64_t)wire_length(segment)))
		note_closing(flow, first_to_finish(flow, side), false, turn->at);
	if (placed)
		take_payload(turn, side, segment, offset, needs);
	for (enum side s = CLIENT; s <= SERVER; s++) {
		struct stream *stream = &flow->stream[s];

		waiting |= hole_watch(stream, turn->limits, turn->at, turn->steady_ns);
		waiting |= stream->held != NULL;
	}
	if (waiting)
		delivery_settle(turn);
}

static struct turn
turn_of(struct reassembly *r, struct flow *flow, const struct moment *at)
{
	return (struct turn){ .limits = &r->limits, .listener = &r->listener, .user = r->user,
		.budget = r->budget, .flow = flow, .at = at,
		.steady_ns = clock_steady(at->time_ns, r->stepped_ns) };
}

bool
reassembly_segment(struct reassembly *r, struct flow *flow, enum side side,
	const struct segment *segment)
{
	struct turn turn = turn_of(r, flow, &segment->frame->at);

	if (flow->care == FLOW_IGNORE) {
		release(r, flow);
		return ignored_has_ended(flow, side, segment);
	}
	if (segment->flags & TCP_RST) {
		if (!sequence_reset_fits(flow, side, segment))
			return false;
		note_closing(flow, side, true, &segment->frame->at);
		flow->stream[side].rst_seen = true;
		/* what it acknowledges was sent, captured or not; believed of one who knows his place */
		if (sequence_offset(&flow->stream[side], segment->sequence) == flow->stream[side].next)
			sequence_acknowledge(flow, side, segment, r->budget);
		return true;
	}
	take_segment(&turn, side, segment);
	tidy(r, flow);
	return has_ended(flow);
}

uint64_t
reassembly_offset(const struct flow *flow, enum side side, uint32_t number)
{
	return sequence_offset(&flow->stream[side], number);
}

void
reassembly_flush(struct reassembly *r, struct flow *flow)
{
	struct turn turn = turn_of(r, flow, &flow->last);

	delivery_force(&turn);
	while (flow->care != FLOW_IGNORE &&
		(delivery_skip_hole(&turn, CLIENT, hole_end(&flow->stream[CLIENT])) ||
		delivery_skip_hole(&turn, SERVER, hole_end(&flow->stream[SERVER]))))
		continue;
	has_ended(flow);
	release(r, flow);
}

void
reassembly_clock_step(struct reassembly *reassembly, int64_t step_ns)
{
	reassembly->stepped_ns += step_ns;
}

struct reassembly_limits
reassembly_limits_default(void)
{
	return (struct reassembly_limits){
		.held_bytes = 1 << 20,
		.held_segments = 1024,
		.patience_ns = 60 * NS_PER_SECOND,
		.acked_patience = 32,
		.acked_patience_ns = NS_PER_SECOND,
	};
}

struct reassembly *
reassembly_new(const struct reassembly_limits *limits, struct budget *budget,
	const struct stream_listener *listener, void *user)
{
	struct reassembly *r = NULL;

	if (!budget_take(budget, sizeof(*r)))
		return NULL;
	r = malloc(sizeof(*r));
	if (r == NULL) {
		budget_give(budget, sizeof(*r));
		return NULL;
	}
	*r = (struct reassembly){ .limits = limits != NULL ? *limits : reassembly_limits_default(),
		.budget = budget, .listener = *listener, .user = user };
	return r;
}

void
reassembly_free(struct reassembly **reassembly)
{
	if (*reassembly == NULL)
		return;
	budget_give((*reassembly)->budget, sizeof(**reassembly));
	free(*reassembly);
	*reassembly = NULL;
}
