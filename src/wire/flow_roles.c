/* Clients, servers, and connections that follow each other on the same ports.  RFC 9293,
 * sections 3.5 and 3.10. */
#include "wire/flow_roles.h"

#include "wire/ports.h"

#include <assert.h>
#include <string.h>

enum {
	SENT_AGAIN_US = 100 * 1000,     /* no host repeats a SYN sooner (RFC 6298, section 2) */
};

/* Which end of a connection that was under way already is the server: a mail service, else a
 * well-known port, else the lower number. */
static unsigned
port_rank(uint16_t number)
{
	const struct port *port = port_find(number);

	if (port != NULL && strcmp(port->protocol, "smtp") == 0)
		return 0;
	return number < 1024 ? 1 : 2;
}

static enum side
guess_side(const struct segment *segment)
{
	uint16_t source = segment->source.port, target = segment->target.port;

	if (port_rank(source) != port_rank(target))
		return port_rank(source) < port_rank(target) ? SERVER : CLIENT;
	return source < target ? SERVER : CLIENT;
}

/* A SYN tells who is who: the client sends it bare, the server acknowledges with it. */
static bool
tells_side(const struct segment *segment, enum side *side_r)
{
	*side_r = segment->flags & TCP_ACK ? SERVER : CLIENT;
	return segment->flags & TCP_SYN;
}

bool
flow_opens(const struct segment *segment)
{
	if (segment->flags & TCP_RST)
		return false;
	return segment->flags & TCP_SYN || segment->payload_wire_len > 0;
}

/* Whether a SYN carries the sequence number that this side began with.  A connection found under
 * way counts as begun one before its first byte, so a SYN that was merely captured late fits. */
static bool
syn_fits(const struct stream *stream, uint32_t sequence)
{
	if (stream->syn_seen && stream->syn == sequence)
		return true;
	return stream->based ? stream->isn == sequence : !stream->syn_seen;
}

/* The interface's number, from 1. */
static uint16_t
interface_of(const struct segment *segment)
{
	return segment->frame->interface < UINT16_MAX ? (uint16_t)(segment->frame->interface + 1) : UINT16_MAX;
}

bool
flow_is_other_view(const struct flow *flow, enum side side, const struct segment *segment)
{
	const struct stream *stream = &flow->stream[side];

	return segment->flags & TCP_SYN && !(segment->flags & TCP_RST) && stream->syn_seen &&
	       stream->syn == segment->sequence && stream->interface != interface_of(segment);
}

unsigned
flow_view_rank(const struct flow *flow, enum side side, const struct segment *segment)
{
	uint16_t own = flow->stream[side].interface, others = flow->stream[side_other(side)].interface;
	uint16_t interface = interface_of(segment);

	if (own == interface)
		return 4;
	if (own == 0)
		return others == interface ? 3 : 2;
	return others == interface;
}

void
flow_take_interface(struct flow *flow, enum side side, const struct segment *segment)
{
	uint16_t interface = interface_of(segment), others = flow->stream[side_other(side)].interface;

	if (flow->stream[side].interface == 0)
		flow->stream[side].interface = interface;
	flow->mixed |= flow->stream[side].interface != interface || (others != 0 && others != interface);
}

static bool
has_closed(const struct flow *flow)
{
	return flow->stream[CLIENT].fin_seen || flow->stream[SERVER].fin_seen ||
		flow->stream[CLIENT].rst_seen || flow->stream[SERVER].rst_seen;
}

bool
flow_begins_anew(const struct flow *flow, enum side side, const struct segment *segment)
{
	if (!(segment->flags & TCP_SYN) || segment->flags & TCP_RST)
		return false;
	return !syn_fits(&flow->stream[side], segment->sequence) &&
		(flow->carried || has_closed(flow));
}

/* A connection refused may be tried again with the same SYN; one that carried data may not, so
 * then it is a frame captured twice. */
bool
flow_follows_closed(const struct flow *flow, enum side side, const struct segment *segment)
{
	if (!(segment->flags & TCP_SYN) || segment->flags & TCP_RST)
		return false;
	return !flow->carried || !syn_fits(&flow->stream[side], segment->sequence);
}

enum side
flow_set_ends(struct flow *flow, const struct segment *segment)
{
	enum side side;

	flow->roles_known = tells_side(segment, &side);
	if (!flow->roles_known)
		side = guess_side(segment);
	flow->ends[side] = segment->source;
	flow->ends[side_other(side)] = segment->target;
	return side;
}

/* What has hung itself on the flow relies on its sides, and turns them itself when it must. */
static void
learn_roles(struct flow *flow, const struct segment *segment, enum side *side)
{
	enum side told;

	if (flow->roles_known || !tells_side(segment, &told))
		return;
	if (told != *side && flow->owner == NULL) {
		flow_turn(flow);
		*side = told;
	}
	flow->roles_known = told == *side;
}

/* A SYN sent again leaves open which one was answered: the later one makes the round trip no longer than it was.  A
 * copy that another place of the capture shows at once is no such SYN. */
static bool
is_sent_again(const struct syn_look *syn, uint32_t after_us)
{
	return !syn_is_kept(syn) || after_us - syn->after_us >= SENT_AGAIN_US;
}

/* Counted from the first segment, the first 71 minutes fit. */
static void
keep_look(const struct flow *flow, struct syn_look *syn, const struct segment *segment)
{
	const struct moment *at = &segment->frame->at, *first = &flow->first;
	uint64_t after_us = ((uint64_t)at->time_ns - (uint64_t)first->time_ns) / 1000;
	uint64_t frame = at->frame - (at->capture == first->capture ? first->frame : 0);

	if (at->time_ns < first->time_ns || after_us > UINT32_MAX || frame > UINT32_MAX ||
	    !is_sent_again(syn, (uint32_t)after_us))
		return;
	*syn = (struct syn_look){
		.look = look_of(segment),
		.after_us = (uint32_t)after_us,
		.capture = at->capture,
		.frame = (uint32_t)frame,
	};
}

void
flow_take_syn(struct flow *flow, enum side *side, const struct segment *segment)
{
	struct stream *stream;

	if (!(segment->flags & TCP_SYN))
		return;
	learn_roles(flow, segment, side);
	stream = &flow->stream[*side];
	if (!syn_fits(stream, segment->sequence)) {
		flow->syn_again = true;
		stream->syn_look.look.flags = 0;
	}
	keep_look(flow, &stream->syn_look, segment);
	stream->syn_seen = true;
	stream->syn = segment->sequence;
}

uint32_t
flow_other_vlan(const struct flow *flow)
{
	for (enum side side = CLIENT; side <= SERVER; side++)
		if (flow->stream[side].vlan_known && flow->stream[side].vlan != flow->vlan)
			return flow->stream[side].vlan;
	return flow->vlan;
}

void
flow_turn(struct flow *flow)
{
	struct endpoint end = flow->ends[CLIENT];
	struct stream stream = flow->stream[CLIENT];

	assert(!flow->roles_known);
	flow->ends[CLIENT] = flow->ends[SERVER];
	flow->ends[SERVER] = end;
	flow->stream[CLIENT] = flow->stream[SERVER];
	flow->stream[SERVER] = stream;
	flow->closed_first = side_other(flow->closed_first);
	flow->turned = !flow->turned;
}
