/* A flow table of one flow, and a listener that checks while it writes: no byte is told twice or out of order. */
#include "ear.h"

/* Both streams wrap around early, signed and unsigned. */
static const uint32_t isns[2] = { 0xFFFFFFF8, 0x7FFFFFFC };

static void
say_side(struct ear *ear, enum side side, const char *mark)
{
	if (buffer_span(&ear->heard).len > 0)
		buffer_add_text(&ear->heard, " ");
	buffer_printf(&ear->heard, "%s%s", side == CLIENT ? "C" : "S", mark);
}

static void
hear_bytes(void *user, struct flow *flow, enum side side, uint64_t offset, struct span bytes,
	const struct moment *at)
{
	struct ear *ear = user;

	assert_true(at->frame > 0 && at->frame <= ear->frame);
	assert_true(bytes.len > 0);
	assert_int_equal(offset, ear->next[side]);
	ear->next[side] = offset + bytes.len;
	assert_int_equal(flow->stream[side].next, offset + bytes.len);
	if (ear->speaker != (int)side)
		say_side(ear, side, ":");
	ear->speaker = (int)side;
	buffer_add(&ear->heard, bytes);
	flow->care = ear->care;
	if (ear->turn && !flow->turned) {
		uint64_t next = ear->next[CLIENT];

		ear->next[CLIENT] = ear->next[SERVER];
		ear->next[SERVER] = next;
		ear->speaker = -1;
		flow_turn(flow);
	}
}

static void
hear_gap(void *user, struct flow *flow, enum side side, uint64_t offset, uint64_t lost,
	const struct moment *at)
{
	struct ear *ear = user;

	assert_true(at->frame > 0 && at->frame <= ear->frame);
	ear->gap_frame = at->frame;
	assert_int_equal(flow->care, FLOW_FULL);
	assert_int_equal(offset, ear->next[side]);
	ear->next[side] = offset + lost;
	say_side(ear, side, "");
	buffer_printf(&ear->heard, "[gap %u@%u]", (unsigned)lost, (unsigned)offset);
	ear->speaker = -1;
}

static void
hear_conflict(void *user, struct flow *flow, enum side side, uint64_t offset, struct span first,
	struct span second, const struct moment *at)
{
	struct ear *ear = user;

	(void)flow;
	(void)at;
	assert_true(first.len > 0 && first.len <= 512);
	assert_int_equal(first.len, second.len);
	assert_int_not_equal(first.at[0], second.at[0]);
	say_side(ear, side, "");
	buffer_printf(&ear->heard, "[conflict %u ", (unsigned)offset);
	buffer_add(&ear->heard, first);
	buffer_add_text(&ear->heard, "/");
	buffer_add(&ear->heard, second);
	buffer_add_text(&ear->heard, "]");
	ear->speaker = -1;
}

static const struct stream_listener listener = { hear_bytes, hear_gap, hear_conflict };

static void
flow_is_over(void *user, struct flow *flow, enum flow_end why)
{
	struct ear *ear = user;

	(void)why;
	reassembly_flush(ear->reassembly, flow);
	for (enum side side = CLIENT; side <= SERVER; side++) {
		assert_null(flow->stream[side].held);
		assert_int_equal(flow->stream[side].held_bytes, 0);
		assert_int_equal(flow->stream[side].held_count, 0);
		assert_int_equal(flow->stream[side].payload_bytes + flow->stream[side].gap_bytes,
			flow->stream[side].next);
		ear->last[side] = flow->stream[side];
		ear->next[side] = 0;            /* another flow may follow */
	}
	ear->closing = flow->closing;
	ear->by_reset = flow->by_reset;
	ear->closed_first = flow->closed_first;
	flow->owner = NULL;
}

void
ear_open(struct ear *ear, const struct reassembly_limits *limits, size_t budget)
{
	const struct flow_limits flow_limits = { .flows = 100, .idle_ns = INT64_C(900000000000) };

	*ear = (struct ear){ .budget = { .limit = budget }, .speaker = -1, .care = FLOW_FULL,
		.now_ns = INT64_C(1700000000000000000) };
	ear->reassembly = reassembly_new(limits, &ear->budget, &listener, ear);
	ear->table = flow_table_new(&flow_limits, &ear->budget, flow_is_over, ear);
	assert_non_null(ear->reassembly);
	assert_non_null(ear->table);
}

void
ear_close(struct ear *ear)
{
	flow_table_drain(ear->table, INT64_MIN);
	flow_table_free(&ear->table);
	reassembly_free(&ear->reassembly);
	assert_null(ear->reassembly);
	assert_int_equal(ear->budget.used, 0);
}

void
ear_feed(struct ear *ear, struct segment segment)
{
	struct frame frame = { .at = { .time_ns = ear->now_ns, .frame = ++ear->frame } };
	/* a copy of its own size, so that a sanitiser sees every byte read too far */
	uint8_t *copy = malloc(segment.payload.len + 1);
	struct flow *flow;
	enum side side;

	assert_non_null(copy);
	if (segment.payload.len > 0)
		memcpy(copy + 1, segment.payload.at, segment.payload.len);
	segment.payload.at = copy + 1;
	segment.frame = &frame;
	flow = flow_table_find(ear->table, &segment, &side);
	if (flow != NULL)
		flow->owner = ear;
	if (flow != NULL && reassembly_segment(ear->reassembly, flow, side, &segment)) {
		ear->ended = true;
		flow_table_end(ear->table, flow, FLOW_CLOSED);
	}
	free(copy);
}

struct segment
segment_of(enum side side, unsigned flags, uint32_t sequence, uint32_t acknowledgement,
	struct span payload)
{
	const struct endpoint ends[2] = {
		{ .address = { { [15] = 1 } }, .port = 40000 },
		{ .address = { { [15] = 2 } }, .port = 25 },
	};

	return (struct segment){
		.source = ends[side],
		.target = ends[side_other(side)],
		.sequence = isns[side] + sequence,
		.acknowledgement = flags & ACK ? isns[side_other(side)] + acknowledgement : 0,
		.flags = (uint8_t)flags,
		.window = 60000,
		.payload = payload,
		.payload_wire_len = (uint32_t)payload.len,
	};
}

void
ear_play(struct ear *ear, const struct packet *packet)
{
	struct span payload = span_of(packet->payload);
	struct segment segment = segment_of(packet->side, packet->flags & 0xFF, packet->sequence,
		packet->acknowledgement, payload);

	ear->now_ns += packet->flags & LATER ? INT64_C(120000000000) : 0;
	ear->now_ns += packet->flags & SOON ? INT64_C(2000000000) : 1000000;
	segment.payload.len -= packet->cut;
	ear_feed(ear, segment);
}
