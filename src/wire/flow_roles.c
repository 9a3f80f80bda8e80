/* Clients, servers, and connections that follow each other on the same ports.  RFC 9293,
 * sections 3.5 and 3.10. */
#include "wire/flow_roles.h"

#include <assert.h>

/* Which end of a connection that was under way already is the server: a mail service, else a
 * well-known port, else the lower number. */
static unsigned
port_rank(uint16_t port)
{
	switch (port) {
	case 25:
	case 465:
	case 587:
	case 2525:
		return 0;
	default:
		return port < 1024 ? 1 : 2;
	}
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

void
flow_take_syn(struct flow *flow, enum side *side, const struct segment *segment)
{
	struct stream *stream;

	if (!(segment->flags & TCP_SYN))
		return;
	learn_roles(flow, segment, side);
	stream = &flow->stream[*side];
	if (!syn_fits(stream, segment->sequence))
		flow->syn_again = true;
	stream->syn_seen = true;
	stream->syn = segment->sequence;
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
