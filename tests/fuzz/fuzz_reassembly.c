/* Segments made of the input, through the flow table and reassembly.  What is heard must be in
 * order and without holes other than those told, and, where nobody lies, be the bytes that were
 * sent. */
#include "fuzz.h"

#include "wire/reassembly.h"

#include <stdlib.h>

enum {
	FLOWS = 4,
	PAYLOAD_MOST = 255 * 8,
	FAR_STEP = 1 << 14,

	/* the first byte of an input: bits 0 to 3 choose the budget */
	LIARS = 0x10,           /* segments may carry other bytes than those of their place */
	NARROW = 0x20,          /* little may be held */
	CROWDED = 0x40,         /* fewer flows are followed than there are */
	VLANS = 0x80,           /* urgent segments come in a VLAN, others in none */

	/* the first byte of a segment: bits 1 and 2 are the flow, bits 3 to 5 the time */
	FROM_SERVER = 0x01,
	TURNS = 0x40,           /* when its bytes are heard, client and server are exchanged */
	LOSES_CARE = 0x80,      /* ... the flow is not cared for any more */

	/* the second byte: TCP's flags, and in place of the two highest ones */
	FAR_AWAY = 0x40,        /* numbers are far from those expected */
	LIES = 0x80,
};

struct lab {
	struct budget      budget;
	struct flow_table *table;
	struct reassembly *reassembly;
	uint8_t            mode, kind;
	struct frame       frame;
	uint32_t           next[FLOWS][2];      /* the number expected next of each sender */
};

/* What is hung on a flow. */
struct ear {
	uint64_t next[2];
};

/* What an honest sender sends at a place: it tells the number, so that a byte cannot be at
 * another's. */
static uint8_t
byte_at(uint16_t port, uint32_t number)
{
	return (uint8_t)((number ^ port) * 2654435761u >> 24);
}

static bool
honest(const struct lab *lab)
{
	return !(lab->mode & LIARS);
}

/* Hearing -------------------------------------------------------------------------------------- */

static struct ear *
ear_of(struct flow *flow)
{
	if (flow->owner == NULL)
		flow->owner = calloc(1, sizeof(struct ear));
	fuzz_promise(flow->owner != NULL, "there is memory");
	fuzz_promise(flow->care == FLOW_FULL, "who does not care hears nothing");
	return flow->owner;
}

static void
turn(struct flow *flow, struct ear *ear)
{
	uint64_t next = ear->next[CLIENT];

	ear->next[CLIENT] = ear->next[SERVER];
	ear->next[SERVER] = next;
	flow_turn(flow);
}

static void
hear_bytes(void *user, struct flow *flow, enum side side, uint64_t offset, struct span bytes,
	const struct moment *at)
{
	struct lab *lab = user;
	struct ear *ear = ear_of(flow);
	uint32_t number = flow->stream[side].isn + 1 + (uint32_t)offset;

	fuzz_promise(bytes.len > 0, "there is something to hear");
	fuzz_promise(at->frame > 0 && at->frame <= lab->frame.at.frame, "a frame brought it");
	fuzz_promise(offset == ear->next[side], "bytes come in order");
	ear->next[side] += bytes.len;
	fuzz_promise(flow->stream[side].next == ear->next[side], "the stream knows its next byte");
	for (size_t i = 0; i < bytes.len && honest(lab); i++)
		fuzz_promise(bytes.at[i] == byte_at(flow->ends[side].port, number + (uint32_t)i),
			"what is heard is what was sent");
	if (lab->kind & TURNS && !flow->roles_known)
		turn(flow, ear);
	if (lab->kind & LOSES_CARE)
		flow->care = lab->kind & FROM_SERVER ? FLOW_COUNT : FLOW_IGNORE;
}

static void
hear_gap(void *user, struct flow *flow, enum side side, uint64_t offset, uint64_t lost,
	const struct moment *at)
{
	struct ear *ear = ear_of(flow);

	(void)user;
	(void)at;
	fuzz_promise(lost > 0, "a gap has a length");
	fuzz_promise(offset == ear->next[side], "gaps come in order");
	ear->next[side] += lost;
	fuzz_promise(flow->stream[side].next == ear->next[side], "the stream knows its next byte");
}

static void
hear_conflict(void *user, struct flow *flow, enum side side, uint64_t offset, struct span first,
	struct span second, const struct moment *at)
{
	(void)side;
	(void)offset;
	(void)at;
	fuzz_promise(!honest(user), "who does not lie does not contradict himself");
	fuzz_promise(flow->care == FLOW_FULL, "who does not care hears nothing");
	fuzz_promise(first.len == second.len && first.len > 0 && first.len <= 512 &&
		first.at[0] != second.at[0], "both versions differ from their first byte on");
	fuzz_touch(first);
	fuzz_touch(second);
}

static void
flow_is_over(void *user, struct flow *flow, enum flow_end why)
{
	struct lab *lab = user;

	(void)why;
	reassembly_flush(lab->reassembly, flow);
	for (enum side side = CLIENT; side <= SERVER; side++) {
		const struct stream *stream = &flow->stream[side];

		fuzz_promise(stream->held == NULL && stream->held_bytes == 0 &&
			stream->held_count == 0, "nothing is held after a flush");
		fuzz_promise(stream->recent.room == 0, "nothing is remembered after a flush");
		fuzz_promise(flow->care == FLOW_IGNORE ||
			stream->payload_bytes + stream->gap_bytes == stream->next,
			"every byte is heard or missing");
	}
	free(flow->owner);
	flow->owner = NULL;
}

/* Sending -------------------------------------------------------------------------------------- */

static int32_t
signed_be16(struct cursor *in)
{
	return (int16_t)cursor_be(in, 2);
}

/* Numbers near to, or far from, those that are expected. */
static void
set_numbers(struct cursor *in, const uint32_t next[2], enum side side, struct segment *segment)
{
	int32_t ahead = signed_be16(in), acked = signed_be16(in);

	if (segment->flags & FAR_AWAY)
		ahead *= FAR_STEP;
	segment->sequence = next[side] + (uint32_t)ahead;
	segment->acknowledgement = next[side_other(side)] + (uint32_t)acked;
}

static void
set_payload(const struct lab *lab, uint8_t *bytes, size_t len, size_t cut, struct segment *segment)
{
	uint32_t number = segment->sequence + (segment->flags & TCP_SYN ? 1 : 0);

	for (size_t i = 0; i < len; i++)
		bytes[i] = byte_at(segment->source.port, number + (uint32_t)i);
	if (segment->flags & LIES && !honest(lab) && len > 0)
		bytes[len / 2] ^= 1;
	segment->payload = span_from(bytes, len - cut);
	segment->payload_wire_len = (uint32_t)len;
}

static void
remember_numbers(uint32_t next[2], enum side side, const struct segment *segment)
{
	uint32_t end = segment->sequence + segment->payload_wire_len +
		(segment->flags & TCP_SYN ? 1 : 0) + (segment->flags & TCP_FIN ? 1 : 0);

	if ((int32_t)(end - next[side]) > 0 && !(segment->flags & FAR_AWAY))
		next[side] = end;
}

static void
set_ends(struct segment *segment, size_t flow, enum side side)
{
	struct endpoint client = { .port = (uint16_t)(40000 + flow) }, server = { .port = 25 };

	client.address.octets[15] = 10;
	server.address.octets[15] = 20;
	segment->source = side == CLIENT ? client : server;
	segment->target = side == CLIENT ? server : client;
}

static void
send(struct lab *lab, const struct segment *segment)
{
	enum side side;
	struct flow *flow = flow_table_find(lab->table, segment, &side);

	if (flow == NULL)
		return;
	fuzz_promise(flow->ends[side].port == segment->source.port, "the side is the sender's");
	fuzz_promise(flow->stream[side].vlan == segment->vlan, "a side is in one VLAN at a time");
	if (reassembly_segment(lab->reassembly, flow, side, segment))
		flow_table_end(lab->table, flow, FLOW_CLOSED);
}

/* Seven bytes of head: kind, flags, sequence, acknowledgement and length; one of window; no
 * payload. */
static void
take_segment(struct lab *lab, struct cursor *in)
{
	uint8_t payload[PAYLOAD_MOST], options[3] = { 3, 3, 0 };
	struct segment segment = { .frame = &lab->frame, .hop_limit = 64 };
	enum side side;
	uint32_t *next;
	size_t units, len;

	lab->kind = (uint8_t)cursor_be(in, 1);
	side = lab->kind & FROM_SERVER ? SERVER : CLIENT;
	next = lab->next[lab->kind >> 1 & 3];
	segment.flags = (uint8_t)cursor_be(in, 1);
	set_numbers(in, next, side, &segment);
	units = cursor_be(in, 1);
	len = units < 128 ? units : (units - 127) * 8;
	options[2] = (uint8_t)cursor_be(in, 1);
	if (in->failed)
		return;
	segment.window = (uint16_t)(options[2] << 8);
	segment.options = span_from(options, segment.flags & TCP_SYN ? sizeof(options) : 0);
	set_ends(&segment, lab->kind >> 1 & 3, side);
	set_payload(lab, payload, len, options[2] % 16 == 15 ? len / 2 : 0, &segment);
	remember_numbers(next, side, &segment);
	segment.flags &= 0x3F;
	segment.vlan = lab->mode & VLANS && segment.flags & TCP_URG ? 7 : 0;
	lab->frame.at.frame++;
	lab->frame.at.time_ns += fuzz_step_ns(lab->kind >> 3 & 7);
	send(lab, &segment);
}

static bool
lab_open(struct lab *lab, uint8_t mode)
{
	static const struct stream_listener listener = { hear_bytes, hear_gap, hear_conflict };
	struct flow_limits flows = { .flows = mode & CROWDED ? FLOWS / 2 : 2 * FLOWS,
		.idle_ns = INT64_C(900000000000) };
	struct reassembly_limits narrow = { .held_bytes = 2000, .held_segments = 6,
		.patience_ns = INT64_C(60000000000), .acked_patience = 4,
		.acked_patience_ns = INT64_C(1000000000) };

	*lab = (struct lab){ .budget = fuzz_budget(mode & 0x0F), .mode = mode };
	lab->table = flow_table_new(&flows, &lab->budget, flow_is_over, lab);
	lab->reassembly = reassembly_new(mode & NARROW ? &narrow : NULL, &lab->budget, &listener,
		lab);
	for (size_t i = 0; i < FLOWS; i++) {    /* some wrap around soon */
		lab->next[i][CLIENT] = i % 2 ? 0xFFFFFF00 : 1000;
		lab->next[i][SERVER] = i / 2 ? 0x7FFFFF00 : 5000;
	}
	return lab->table != NULL && lab->reassembly != NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor in = cursor_of(span_from(data, size));
	struct lab lab;

	if (lab_open(&lab, (uint8_t)cursor_be(&in, 1))) {
		while (in.left > 0)
			take_segment(&lab, &in);
		lab.kind = 0;
		flow_table_drain(lab.table, INT64_MIN);
	}
	flow_table_free(&lab.table);
	reassembly_free(&lab.reassembly);
	fuzz_all_given_back(&lab.budget);
	return 0;
}

/* Seeds ---------------------------------------------------------------------------------------- */

struct writer {
	struct buffer *out;
	uint32_t       next[2], first[2];
	bool           began[2];
};

/* Keeps the shape of the conversation, not its numbers, addresses or bytes. */
static void
write_segment(void *user, const struct segment *segment)
{
	struct writer *writer = user;
	enum side side = segment->source.port < segment->target.port ? SERVER : CLIENT;
	uint32_t *next = &writer->next[side], other = writer->next[side_other(side)];
	uint32_t len = segment->payload_wire_len;

	if (!writer->began[side])
		*next = segment->sequence;
	if (writer->out->len == 0)
		fuzz_put(writer->out, 0, 1);
	fuzz_put(writer->out, (uint32_t)side | 2 << 3, 1);
	fuzz_put(writer->out, segment->flags & 0x3F, 1);
	fuzz_put(writer->out, segment->sequence - *next, 2);
	fuzz_put(writer->out, writer->began[side_other(side)] ? segment->acknowledgement - other : 0, 2);
	fuzz_put(writer->out, len < 128 ? len : len / 8 < 128 ? len / 8 + 127 : 255, 1);
	fuzz_put(writer->out, 0x40, 1);
	writer->began[side] = true;
	if ((int32_t)(segment->sequence + len - *next) >= 0)
		*next = segment->sequence + len +
			(segment->flags & (TCP_SYN | TCP_FIN) ? 1 : 0);
}

void
fuzz_seed(const char *path, struct buffer *seed)
{
	struct writer writer = { .out = seed };

	fuzz_each_segment(path, write_segment, &writer);
}
