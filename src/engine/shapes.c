/* The shapes of a contact's segments.  Most contacts turn out to be foreign within a few segments, so what is kept of
 * them lies in a small array of its own; a session keeps them in its arena. */
#include "engine/shapes.h"

#include "wire/reassembly.h"

#include <stdlib.h>

enum {
	EARLY_FIRST = 4,
	TRAIL_MOST = 1 << 20,           /* what trails behind a connection is no further from its end */
};

static enum known
checksum_known(unsigned checksum)
{
	static const enum known known[] = {
		[CHECKSUM_UNKNOWN] = UNKNOWN,
		[CHECKSUM_WRONG] = NO,
		[CHECKSUM_RIGHT] = YES,
		[CHECKSUM_RIGHT + 1] = UNKNOWN,
	};

	return known[checksum];
}

static struct shape
shape_of(const struct look *look, enum side side, const struct moment *at)
{
	return (struct shape){
		.at = *at,
		.side = side,
		.flags = look->flags,
		.hop_limit = look->hop_limit,
		.traffic_class = look->traffic_class,
		.window_scale = (uint8_t)look->window_scale,
		.has_window_scale = look->has_window_scale,
		.has_timestamp = look->has_timestamp,
		.dont_fragment = look->dont_fragment,
		.is_v4 = look->is_v4,
		.ip_id = look->is_v4 ? (uint16_t)look->label : 0,
		.window = look->window,
		.mss = look->mss,
		.flow_label = look->is_v4 ? 0 : look->label,
		.link_mark = look->link_mark,
		.options_mark = look->options_mark,
		.checksum = checksum_known(look->checksum),
		.ts_value = look->ts_value,
		.ts_echo = look->ts_echo,
	};
}

static struct shape
shape_of_segment(const struct flow *flow, enum side side, const struct segment *segment, struct outcome outcome)
{
	struct look look = look_of(segment);
	struct shape shape = shape_of(&look, side, &segment->frame->at);

	shape.again = outcome.again;
	shape.odd = outcome.odd;
	shape.after_reset = outcome.after_reset;
	shape.sequence = segment->sequence;
	shape.length = segment->payload_wire_len;
	shape.offset = reassembly_offset(flow, side, segment->sequence);
	if (segment->flags & TCP_ACK)
		shape.acked = reassembly_offset(flow, side_other(side), segment->acknowledgement);
	return shape;
}

static void
keep_early(struct shapes *shapes, struct budget *budget, const struct shape *shape)
{
	size_t room = shapes->early_room > 0 ? 2 * shapes->early_room : EARLY_FIRST;
	struct shape *early;

	if (shapes->early_count == shapes->early_room) {
		if (room > SHAPES_MOST || !budget_take(budget, (room - shapes->early_room) * sizeof(*early)))
			return;
		early = realloc(shapes->early, room * sizeof(*early));
		if (early == NULL) {
			budget_give(budget, (room - shapes->early_room) * sizeof(*early));
			return;
		}
		shapes->early = early;
		shapes->early_room = room;
	}
	shapes->early[shapes->early_count++] = *shape;
}

static void
forget_early(struct shapes *shapes, struct budget *budget)
{
	budget_give(budget, shapes->early_room * sizeof(*shapes->early));
	free(shapes->early);
	shapes->early = NULL;
	shapes->early_count = shapes->early_room = 0;
}

/* Evidence of an injected RST stands at the end, where the room for all others may be used up. */
static bool
has_room(struct shapes *shapes, const struct shape *shape)
{
	if (shapes->count < SHAPES_MOST) {
		shapes->count++;
		return true;
	}
	if (!(shape->flags & TCP_RST) && !shape->after_reset)
		return false;
	return shapes->resets < RESET_SHAPES_MOST && ++shapes->resets > 0;
}

static bool
reset_came_before(const struct session *session, const struct shape *shape)
{
	for (const struct shape *s = session->shapes; s != NULL; s = s->next)
		if (s->flags & TCP_RST && s->side == shape->side && s->sequence == shape->sequence)
			return true;
	return false;
}

static void
keep(struct shapes *shapes, struct session *session, const struct shape *shape)
{
	struct shape *kept;

	if (!has_room(shapes, shape))
		return;
	kept = arena_alloc(session->arena, sizeof(*kept));
	if (kept == NULL)
		return;
	*kept = *shape;
	if (shapes->last != NULL)
		shapes->last->next = kept;
	else
		session->shapes = kept;
	shapes->last = kept;
}

/* The same RST twice, as two taps or an anxious host show it, is one. */
static void
keep_reset(struct shapes *shapes, struct session *session, struct shape *shape)
{
	shape->again = session->resets > 0 && reset_came_before(session, shape);
	if (!shape->again)
		session->resets++;
	keep(shapes, session, shape);
}

static struct moment
moment_of(const struct flow *flow, const struct syn_look *syn)
{
	uint64_t from = syn->capture == flow->first.capture ? flow->first.frame : 0;

	return (struct moment){
		.time_ns = flow->first.time_ns + INT64_C(1000) * syn->after_us,
		.frame = from + syn->frame,
		.capture = syn->capture,
	};
}

static void
keep_syn(struct shapes *shapes, struct session *session, const struct flow *flow, enum side side)
{
	const struct stream *stream = &flow->stream[side];
	struct moment at = moment_of(flow, &stream->syn_look);
	struct shape shape = shape_of(&stream->syn_look.look, side, &at);

	if (!syn_is_kept(&stream->syn_look))
		return;
	shape.sequence = stream->syn;
	keep(shapes, session, &shape);
}

static bool
is_kept_syn(const struct flow *flow, enum side side, const struct segment *segment)
{
	const struct syn_look *syn = &flow->stream[side].syn_look;

	return segment->flags & TCP_SYN && syn_is_kept(syn) && syn->capture == segment->frame->at.capture &&
	       moment_of(flow, syn).frame == segment->frame->at.frame;
}

void
shapes_keep(struct shapes *shapes, struct session *session, struct budget *budget, const struct flow *flow,
	enum side side, const struct segment *segment, struct outcome outcome)
{
	bool reset = segment->flags & TCP_RST;
	struct shape shape;

	if (!reset && !outcome.after_reset &&
	    (flow->care != FLOW_FULL || shapes->count == SHAPES_MOST || is_kept_syn(flow, side, segment)))
		return;
	shape = shape_of_segment(flow, side, segment, outcome);
	if (session == NULL)
		keep_early(shapes, budget, &shape);
	else if (reset)
		keep_reset(shapes, session, &shape);
	else
		keep(shapes, session, &shape);
}

static bool
came_first(const struct flow *flow, enum side side)
{
	const struct syn_look *one = &flow->stream[side].syn_look, *other = &flow->stream[side_other(side)].syn_look;

	return one->capture == other->capture ? one->frame < other->frame : one->after_us < other->after_us;
}

void
shapes_begin(struct shapes *shapes, struct session *session, struct budget *budget, const struct flow *flow,
	bool turn)
{
	bool server_first = came_first(flow, SERVER);

	keep_syn(shapes, session, flow, server_first ? SERVER : CLIENT);
	keep_syn(shapes, session, flow, server_first ? CLIENT : SERVER);
	for (size_t i = 0; i < shapes->early_count; i++) {
		if (turn)
			shapes->early[i].side = side_other(shapes->early[i].side);
		if (shapes->early[i].flags & TCP_RST)
			keep_reset(shapes, session, &shapes->early[i]);
		else
			keep(shapes, session, &shapes->early[i]);
	}
	forget_early(shapes, budget);
}

void
shapes_free(struct shapes *shapes, struct budget *budget)
{
	forget_early(shapes, budget);
}

bool
shapes_have_damaged(const struct session *session, enum side side, uint64_t offset, uint64_t length)
{
	for (const struct shape *s = session->shapes; s != NULL; s = s->next)
		if (s->checksum == NO && s->side == side && s->offset < offset + length &&
		    offset < s->offset + s->length)
			return true;
	return false;
}

void
shapes_close(struct shapes *shapes, const struct flow *flow)
{
	shapes->seen_to[CLIENT] = flow->stream[CLIENT].next;
	shapes->seen_to[SERVER] = flow->stream[SERVER].next;
}

void
shapes_trail(struct shapes *shapes, struct session *session, struct budget *budget, const struct flow *flow,
	enum side side, const struct segment *segment)
{
	uint64_t end = reassembly_offset(flow, side, segment->sequence) + segment->payload_wire_len;
	uint64_t *seen_to = &shapes->seen_to[side];
	bool news = segment->payload_wire_len > 0 && end > *seen_to && end - *seen_to <= TRAIL_MOST;

	if (news) {
		*seen_to = end;
		session->after_reset[side]++;
	}
	shapes_keep(shapes, session, budget, flow, side, segment,
		(struct outcome){ .again = !news, .after_reset = true });
}
