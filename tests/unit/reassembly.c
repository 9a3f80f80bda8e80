/* Segments in, ordered bytes out: one table of short connections with what must be heard of
 * each, and one dialogue that must be heard alike however the network treats it. */
#include "base/buffer.h"
#include "base/table.h"
#include "wire/reassembly.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	MOST_SEGMENTS = 4096,
	ACK = TCP_ACK,
	SYN = TCP_SYN,
	FIN = TCP_FIN,
	RST = TCP_RST,
	LATER = 1 << 8,         /* two minutes after the segment before; not a TCP flag */
	SOON = 1 << 9,          /* two seconds after it */
};

/* Both streams wrap around early, signed and unsigned. */
static const uint32_t isns[2] = { 0xFFFFFFF8, 0x7FFFFFFC };

/* What was heard, as text: `C:bytes`, `C[gap 3@5]`, `C[conflict 2 first/second]`, parted by
 * blanks; bytes of one side are run together. */
struct ear {
	struct budget      budget;
	struct flow_table *table;
	struct reassembly *reassembly;
	struct buffer      heard;
	int                speaker;
	uint64_t           next[2];
	uint64_t           frame;
	uint64_t           gap_frame;   /* of the last gap told */
	int64_t            now_ns;
	enum flow_care     care;        /* lowered to this on the first bytes */
	bool               turn;        /* the sides, on the first bytes */
	bool               ended;
	struct stream      last[2];     /* as they were when the flow ended */
	bool               closing, by_reset;
	enum side          closed_first;
};

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

static void
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

static void
ear_close(struct ear *ear)
{
	flow_table_drain(ear->table, INT64_MIN);
	flow_table_free(&ear->table);
	reassembly_free(&ear->reassembly);
	assert_null(ear->reassembly);
	assert_int_equal(ear->budget.used, 0);
}

static void
feed(struct ear *ear, struct segment segment)
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

static struct segment
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

/* Short connections. --------------------------------------------------------------------------- */

/* Numbers count from the ISN of their side: 1 is the first byte. */
struct packet {
	enum side   side;
	unsigned    flags;
	uint32_t    sequence, acknowledgement;
	const char *payload;
	uint32_t    cut;        /* bytes that the snaplen took off its end */
};

#define PACKET(side, flags, sequence, acknowledgement, payload, cut, ...) \
	{ side, flags, sequence, acknowledgement, payload, cut }
#define C(...) PACKET(CLIENT, __VA_ARGS__, 0, 0)
#define S(...) PACKET(SERVER, __VA_ARGS__, 0, 0)
#define HANDSHAKE C(SYN, 0, 0, ""), S(SYN | ACK, 0, 1, ""), C(ACK, 1, 1, "")

static const struct {
	const char   *name;
	struct packet packets[16];
	const char   *heard;
	bool          ended;
	const char   *at_once;  /* what is heard before the capture ends, where that matters */
} connections[] = {
	{ "in order, closed by both",
	  { HANDSHAKE, S(ACK, 1, 1, "220 "), C(ACK, 1, 5, "QUIT"), S(ACK, 5, 5, "221"),
	    S(FIN | ACK, 8, 5, ""), C(FIN | ACK, 5, 9, ""), S(ACK, 9, 6, "") },
	  "S:220  C:QUIT S:221", true, NULL },
	{ "a FIN on the last bytes",
	  { HANDSHAKE, C(FIN | ACK, 1, 1, "ab"), S(FIN | ACK, 1, 4, "cd"), C(ACK, 4, 4, "") },
	  "C:ab S:cd", true, NULL },
	{ "the last acknowledgement is awaited",
	  { HANDSHAKE, C(FIN | ACK, 1, 1, "ab"), S(FIN | ACK, 1, 4, "cd") },
	  "C:ab S:cd", false, NULL },
	{ "out of order",
	  { HANDSHAKE, C(ACK, 5, 1, "ef"), C(ACK, 3, 1, "cd"), C(ACK, 1, 1, "ab") },
	  "C:abcdef", false, NULL },
	{ "old bytes, and some from inside the hole, after a far acknowledgement",
	  { HANDSHAKE, C(ACK, 1, 1, "ab"), S(ACK, 1, 60003, ""), C(ACK, 60003, 1, "yz"), C(ACK | LATER, 1, 1, "abc"),
	    C(ACK, 59999, 1, "vwxy"), C(ACK, 0, 1, "?"), C(ACK, 60005, 1, "!") },
	  "C:abc C[gap 59995@3] C:vwxyyz!", false, NULL },
	{ "sent again",
	  { HANDSHAKE, C(ACK, 1, 1, "ab"), C(ACK, 1, 1, "ab"), C(ACK, 3, 1, "cd"),
	    C(ACK, 1, 1, "abcd") },
	  "C:abcd", false, NULL },
	{ "sent again with more",
	  { HANDSHAKE, C(ACK, 1, 1, "ab"), C(ACK, 1, 1, "abcd"), C(ACK, 2, 1, "bcdef") },
	  "C:abcdef", false, NULL },
	{ "held pieces overlap, equal bytes",
	  { HANDSHAKE, C(ACK, 3, 1, "cd"), C(ACK, 7, 1, "gh"), C(ACK, 2, 1, "bcdefghi"),
	    C(ACK, 1, 1, "a") },
	  "C:abcdefghi", false, NULL },
	{ "held pieces overlap, other bytes: the first stand",
	  { HANDSHAKE, C(ACK, 3, 1, "cd"), C(ACK, 2, 1, "bXYe"), C(ACK, 1, 1, "a") },
	  "C[conflict 2 cd/XY] C:abcde", false, NULL },
	{ "other bytes again, after delivery",
	  { HANDSHAKE, C(ACK, 1, 1, "abcdef"), C(ACK, 2, 1, "bXdYfgh") },
	  "C:abcdef C[conflict 2 cdef/XdYf] C:gh", false, NULL },
	{ "other bytes in front of new ones, one held",
	  { HANDSHAKE, C(ACK, 1, 1, "ab"), C(ACK, 4, 1, "de"), C(ACK, 1, 1, "aXcZe") },
	  "C:ab C[conflict 1 b/X] C[conflict 3 de/Ze] C:cde", false, NULL },
	{ "keep-alives, empty and with garbage, old and new",
	  { HANDSHAKE, C(ACK, 1, 1, "ab"), C(ACK, 2, 1, ""), C(ACK, 2, 1, "\x01"),
	    S(ACK, 1, 3, ""), C(ACK, 3, 1, "cd") },
	  "C:abcd", false, NULL },
	{ "a keep-alive before the first byte",
	  { HANDSHAKE, C(ACK, 0, 1, "\x01"), C(ACK, 1, 1, "ab") }, "C:ab", false, NULL },
	{ "zero-window probes carry a byte of the stream",
	  { HANDSHAKE, C(ACK, 1, 1, "ab"), C(ACK, 3, 1, "c"), S(ACK, 1, 3, ""),
	    C(ACK, 3, 1, "c"), C(ACK, 3, 1, "cde") },
	  "C:abcde", false, NULL },
	{ "data on the SYN waits for the handshake",
	  { C(SYN, 0, 0, "ab"), S(SYN | ACK, 0, 3, ""), C(ACK, 3, 1, "cd") },
	  "C:abcd", false, NULL },
	{ "data on the SYN that the server did not take",
	  { C(SYN, 0, 0, "ab"), S(SYN | ACK, 0, 1, ""), C(ACK, 1, 1, "abcd") },
	  "C:abcd", false, NULL },
	{ "data on the SYN, server unseen",
	  { C(SYN, 0, 0, "ab"), C(ACK, 3, 1, "cd") }, "C:abcd", false, NULL },
	{ "a retransmitted SYN",
	  { C(SYN, 0, 0, ""), C(SYN, 0, 0, ""), S(SYN | ACK, 0, 1, ""), S(SYN | ACK, 0, 1, ""),
	    C(ACK, 1, 1, "ab") },
	  "C:ab", false, NULL },
	{ "two SYNs, the server takes the first",
	  { C(SYN, 0, 0, ""), C(SYN, 5000, 0, ""), S(SYN | ACK, 0, 1, ""), C(ACK, 1, 1, "ab"),
	    S(ACK, 1, 3, "cd") },
	  "C:ab S:cd", false, NULL },
	{ "two SYNs, the server takes the second",
	  { C(SYN, 5000, 0, ""), C(SYN, 0, 0, ""), S(SYN | ACK, 0, 1, ""), C(ACK, 1, 1, "ab"),
	    S(ACK, 1, 3, "cd") },
	  "C:ab S:cd", false, NULL },
	{ "two SYNs, the decoy far away and after the answer",
	  { HANDSHAKE, C(SYN, 0x40000000, 0, ""), C(ACK, 1, 1, "ab"), S(ACK, 1, 3, "cd") },
	  "C:ab S:cd", false, NULL },
	{ "two SYNs close by, their answer not captured",
	  { C(SYN, 0, 0, ""), C(SYN, 100, 0, ""), S(ACK, 1, 101, "220"), C(ACK, 101, 4, "ab") },
	  "S:220 C:ab", false, NULL },
	{ "two SYNs, their answer and the first bytes not captured",
	  { C(SYN, 0x40000000, 0, ""), C(SYN, 0, 0, ""), S(ACK, 1, 5, "ok"), C(ACK, 5, 3, "ef") },
	  "C[gap 4@0] S:ok C:ef", false, NULL },
	{ "a decoy with data on it",
	  { C(SYN, 0x40000000, 0, "no"), C(SYN, 0, 0, ""), S(SYN | ACK, 0, 1, ""),
	    C(ACK, 1, 1, "ab") },
	  "C:ab", false, NULL },
	{ "a SYN that nobody saw, the ACK tells",
	  { C(SYN, 0x40000000, 0, ""), S(ACK, 1, 1, "220"), C(ACK, 1, 4, "ab") },
	  "S:220 C:ab", false, NULL },
	{ "two SYNs, server unseen: the numbers that go on count",
	  { C(SYN, 0x40000000, 0, ""), C(ACK, 1, 1, "ab"), C(ACK, 3, 1, "cd"), C(ACK, 5, 1, "ef"),
	    C(ACK, 7, 1, "gh") },
	  "C:efgh", false, NULL },
	{ "urgent bytes are bytes",
	  { HANDSHAKE, C(ACK | TCP_URG, 1, 1, "ab"), C(ACK, 3, 1, "cd") }, "C:abcd", false, NULL },
	{ "cut by the snaplen",
	  { HANDSHAKE, C(ACK, 1, 1, "abcd", 2), C(ACK, 5, 1, "ef") },
	  "C:ab C[gap 2@2] C:ef", false, NULL },
	{ "one byte cut is missing, too",
	  { HANDSHAKE, C(ACK, 1, 1, "abc", 1) }, "C:ab C[gap 1@2]", false, NULL },
	{ "cut and out of order",
	  { HANDSHAKE, C(ACK, 5, 1, "efgh", 3), C(ACK, 9, 1, "i"), C(ACK, 1, 1, "abcd", 1) },
	  "C:abc C[gap 1@3] C:e C[gap 3@5] C:i", false, NULL },
	{ "cut, and sent again in other cuts",
	  { HANDSHAKE, C(ACK, 5, 1, "efgh", 3), C(ACK, 1, 1, "abcdefgh", 1), C(ACK, 9, 1, "i") },
	  "C:abcde C[gap 3@5] C:i", false, NULL },
	{ "midstream: the first byte seen is the first",
	  { C(ACK, 1000, 2000, "ab"), S(ACK, 2000, 1002, "cd"), C(ACK, 1002, 2002, "ef") },
	  "C:ab S:cd C:ef", false, NULL },
	{ "midstream: what is missing from the acknowledged start is missing",
	  { C(ACK, 1000, 2000, "ab"), S(ACK, 2003, 1002, "fg"), C(ACK, 1002, 2005, ""),
	    C(ACK | SOON, 1002, 2005, "") },
	  "C:ab S[gap 3@0] S:fg", false, NULL },
	{ "midstream: the answer was captured first",
	  { S(ACK, 2000, 1004, "250"), C(ACK, 1000, 2000, "EHLO") }, "S:250 C:EHLO", false, NULL },
	{ "the answer was captured first",
	  { HANDSHAKE, S(ACK, 1, 5, "250"), C(ACK, 1, 1, "EHLO"), C(ACK, 5, 4, "MAIL") },
	  "C:EHLO S:250 C:MAIL", false, NULL },
	{ "server unseen: nothing is waited for, nothing missing",
	  { C(SYN, 0, 0, ""), C(ACK, 1, 1, ""), C(ACK, 1, 50, "EHLO"), C(ACK, 5, 500, "MAIL"),
	    C(FIN | ACK, 9, 600, "") },
	  "C:EHLOMAIL", false, NULL },
	{ "client unseen",
	  { S(SYN | ACK, 0, 1, ""), S(ACK, 1, 1, "220"), S(ACK, 4, 30, "250"),
	    S(FIN | ACK, 7, 40, "") },
	  "S:220250", false, NULL },
	{ "an answer lost, acknowledged: known to be missing at the end",
	  { HANDSHAKE, C(ACK, 1, 1, "EHLO"), C(ACK, 5, 11, "MAIL") },
	  "C:EHLO S[gap 10@0] C:MAIL", false, NULL },
	{ "lost at the tail",
	  { HANDSHAKE, C(ACK, 1, 1, "ab"), S(ACK, 1, 3, "cd"), C(ACK, 3, 9, "") },
	  "C:ab S:cd S[gap 6@2]", false, NULL },
	{ "lost at the tail, with the FIN",
	  { HANDSHAKE, C(ACK, 1, 1, "ab"), S(FIN | ACK, 9, 3, ""), C(ACK, 3, 10, "") },
	  "C:ab S[gap 8@0]", false, NULL },
	{ "the byte of a FIN that was not captured is none",
	  { HANDSHAKE, C(ACK, 1, 1, "ab"), S(ACK, 1, 4, ""), S(ACK | SOON, 1, 4, "cd") },
	  "C:ab S:cd", false, "C:ab S:cd" },
	{ "acknowledged: a hole is given up after a second",
	  { HANDSHAKE, C(ACK, 4, 1, "de"), S(ACK, 1, 6, ""), S(ACK | SOON, 1, 6, "ok"),
	    C(ACK, 6, 3, "fg") },
	  "C[gap 3@0] C:de S:ok C:fg", false, NULL },
	{ "acknowledged in part: the rest is waited for",
	  { HANDSHAKE, C(ACK, 7, 1, "gh"), S(ACK, 1, 4, ""), S(ACK | SOON, 1, 4, ""),
	    C(ACK, 4, 1, "def") },
	  "C[gap 3@0] C:defgh", false, NULL },
	{ "unacknowledged: a hole is given up after a minute",
	  { HANDSHAKE, C(ACK, 4, 1, "de"), C(ACK | SOON, 4, 1, ""), C(ACK | LATER, 6, 1, "fg"),
	    C(ACK, 1, 1, "abc") },
	  "C[gap 3@0] C:defg", false, NULL },
	{ "beyond the receiver's window nothing is believed",
	  { HANDSHAKE, C(ACK, 1, 1, "ab"), C(ACK, 900000, 1, "zz"), C(ACK | LATER, 3, 1, "cd"),
	    C(ACK | LATER, 5, 1, "ef"), S(ACK, 1, 7, "ok") },
	  "C:abcdef S:ok", false, NULL },
	{ "nor, server unseen, what no sender can be at",
	  { C(SYN, 0, 0, ""), C(ACK, 1, 1, "ab"), C(ACK, 0x50000000, 1, "zz") },
	  "C:ab", false, NULL },
	{ "midstream the window may be a large one",
	  { C(ACK, 1000, 2000, "ab"), S(ACK, 2000, 1002, ""), C(ACK, 900000, 2000, "cd") },
	  "C:ab C[gap 898998@2] C:cd", false, NULL },
	{ "an acknowledgement out of this world",
	  { HANDSHAKE, C(ACK, 1, 1, "ab"), S(ACK, 1, 0x50000000, "ok"), C(ACK, 3, 3, "cd") },
	  "C:ab S:ok C:cd", false, NULL },
	{ "acknowledgements that cannot both be true stop nobody",
	  { HANDSHAKE, C(ACK, 1, 3, "ab"), S(ACK, 1, 3, "cd"), C(ACK, 3, 3, "ef") },
	  "C:ab S:cd C:ef", false, "C:ab S:cd C:ef" },
	{ "a FIN captured after its acknowledgement",
	  { HANDSHAKE, C(ACK, 1, 1, "ab"), S(FIN | ACK, 1, 4, ""), C(FIN | ACK, 3, 2, "") },
	  "C:ab", true, NULL },
	{ "a FIN behind a hole that is filled",
	  { HANDSHAKE, C(FIN | ACK, 4, 1, "d"), C(ACK, 1, 1, "abc"), S(FIN | ACK, 1, 6, ""),
	    C(ACK, 6, 2, "") },
	  "C:abcd", true, NULL },
	{ "a FIN behind a hole that is not",
	  { HANDSHAKE, C(FIN | ACK, 4, 1, ""), S(FIN | ACK, 1, 5, ""), C(ACK, 5, 2, ""),
	    C(ACK | SOON, 5, 2, "") },
	  "C[gap 3@0]", true, NULL },
	{ "behind a FIN there is nothing",
	  { HANDSHAKE, C(FIN | ACK, 1, 1, "ab"), C(ACK, 3, 1, "cd"), S(ACK, 1, 4, "ok") },
	  "C:ab S:ok", false, NULL },
	{ "unless the receiver took it: then the FIN was none",
	  { HANDSHAKE, C(FIN | ACK, 1, 1, "ab"), C(ACK, 3, 1, "cd"), S(ACK, 1, 5, "ok") },
	  "C:abcd S:ok", false, NULL },
	{ "an RST ends it",
	  { HANDSHAKE, C(ACK, 1, 1, "ab"), S(RST | ACK, 1, 3, "") }, "C:ab", true, NULL },
	{ "a refused SYN",
	  { C(SYN, 0, 0, ""), S(RST | ACK, 0x80000004, 1, "") }, "", true, NULL },
	{ "the second of two SYNs refused",
	  { C(SYN, 0, 0, ""), C(SYN, 0x50000000, 0, ""), S(RST | ACK, 0, 0x50000001, "") },
	  "", true, NULL },
	{ "an RST out of the window does not",
	  { HANDSHAKE, C(ACK, 1, 1, "ab"), S(RST, 0x20000000, 0, ""), C(RST, 0xF0000000, 0, ""),
	    C(ACK, 3, 1, "cd") },
	  "C:abcd", false, NULL },
	{ "nothing is held over when an RST comes",
	  { HANDSHAKE, C(ACK, 4, 1, "de"), C(RST, 6, 1, "") }, "C[gap 3@0] C:de", true, NULL },
	{ "both lost something: what was acknowledged first is told first",
	  { HANDSHAKE, C(ACK, 4, 4, "de"), S(ACK, 4, 6, "gh"), C(ACK, 6, 6, "f") },
	  "S[gap 3@0] C[gap 3@0] C:de S:gh C:f", false, NULL },
	{ "the same, found out in time",
	  { HANDSHAKE, C(ACK, 4, 4, "de"), S(ACK, 4, 6, "gh"), C(ACK | SOON, 6, 6, "f") },
	  "S[gap 3@0] C[gap 3@0] C:de S:gh C:f", false,
	  "S[gap 3@0] C[gap 3@0] C:de S:gh C:f" },
	{ "the other way round",
	  { HANDSHAKE, S(ACK, 4, 4, "gh"), C(ACK, 4, 6, "de"), S(ACK, 6, 6, "i") },
	  "C[gap 3@0] S[gap 3@0] S:gh C:de S:i", false, NULL },
	{ "the other way round, in time",
	  { HANDSHAKE, S(ACK, 4, 4, "gh"), C(ACK, 4, 6, "de"), S(ACK | SOON, 6, 6, "i") },
	  "C[gap 3@0] S[gap 3@0] S:gh C:de S:i", false, "C[gap 3@0] S[gap 3@0] S:gh C:de S:i" },
};

static void
play(struct ear *ear, const struct packet *packet)
{
	struct span payload = span_of(packet->payload);
	struct segment segment = segment_of(packet->side, packet->flags & 0xFF, packet->sequence,
		packet->acknowledgement, payload);

	ear->now_ns += packet->flags & LATER ? INT64_C(120000000000) : 0;
	ear->now_ns += packet->flags & SOON ? INT64_C(2000000000) : 1000000;
	segment.payload.len -= packet->cut;
	feed(ear, segment);
}

static void
test_connections(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(connections); i++) {
		const struct packet *packet = connections[i].packets;
		struct ear ear;

		ear_open(&ear, NULL, 1 << 20);
		for (; packet->payload != NULL; packet++)
			play(&ear, packet);
		if (connections[i].at_once != NULL)
			assert_string_equal(buffer_text(&ear.heard), connections[i].at_once);
		ear_close(&ear);
		if (strcmp(buffer_text(&ear.heard), connections[i].heard) != 0 ||
			ear.ended != connections[i].ended) {
			print_error("%s: heard \"%s\", ended %d\n", connections[i].name,
				buffer_text(&ear.heard), ear.ended);
			failed++;
		}
		buffer_free(&ear.heard);
	}
	assert_int_equal(failed, 0);
}

/* One dialogue, however the network treats it. ------------------------------------------------- */

static const struct {
	enum side   side;
	const char *text;
} turns[] = {
	{ SERVER, "220 mail.example ESMTP\r\n" },
	{ CLIENT, "EHLO client.example\r\n" },
	{ SERVER, "250-mail.example\r\n250-PIPELINING\r\n250 STARTTLS\r\n" },
	{ CLIENT, "MAIL FROM:<a@example>\r\nRCPT TO:<b@example>\r\nDATA\r\n" },
	{ SERVER, "250 ok\r\n250 ok\r\n354 go on\r\n" },
	{ CLIENT, "x\r\n.\r\n" },
	{ SERVER, "250 queued\r\n" },
	{ CLIENT, "QUIT\r\n" },
	{ SERVER, "221 bye\r\n" },
};

static const struct shape {
	const char *name;
	size_t      cut;                /* bytes per segment */
	size_t      swap;               /* 1: neighbours of one turn; 2: of different turns, too */
	bool        twice, bare_acks, backwards, midstream;
} shapes[] = {
	{ .name = "packed", .cut = 1000 },
	{ .name = "seven bytes each", .cut = 7 },
	{ .name = "one byte each", .cut = 1 },
	{ .name = "neighbours swapped", .cut = 7, .swap = 1 },
	{ .name = "single bytes swapped", .cut = 1, .swap = 1 },
	{ .name = "each turn backwards", .cut = 5, .backwards = true },
	{ .name = "twice", .cut = 7, .twice = true },
	{ .name = "single bytes twice", .cut = 1, .twice = true },
	{ .name = "twice and swapped", .cut = 3, .swap = 1, .twice = true },
	{ .name = "acknowledged one by one", .cut = 3, .bare_acks = true },
	{ .name = "answers before questions", .cut = 1000, .swap = 2 },
	{ .name = "answers before questions, in pieces", .cut = 9, .swap = 2 },
	{ .name = "answers before questions, bare ACKs", .cut = 9, .swap = 2, .bare_acks = true },
	{ .name = "midstream", .cut = 1000, .midstream = true },
	{ .name = "midstream, in pieces", .cut = 4, .midstream = true, .twice = true },
};

struct strip {
	struct segment segments[MOST_SEGMENTS];
	size_t         turn[MOST_SEGMENTS];
	size_t         count;
};

static void
strip_add(struct strip *strip, size_t turn, struct segment segment)
{
	assert_true(strip->count < MOST_SEGMENTS);
	strip->turn[strip->count] = turn;
	strip->segments[strip->count++] = segment;
}

static void
strip_cut(struct strip *strip, const struct shape *shape, size_t turn, uint32_t next[2])
{
	enum side side = turns[turn].side, other = side_other(side);
	struct span rest = span_of(turns[turn].text);

	while (rest.len > 0) {
		struct segment segment = segment_of(side, ACK, next[side], next[other],
			span_first(rest, shape->cut));

		strip_add(strip, turn, segment);
		if (shape->twice)
			strip_add(strip, turn, segment);
		rest = span_after(rest, shape->cut);
		next[side] += segment.payload_wire_len;
		if (shape->bare_acks)
			strip_add(strip, turn, segment_of(other, ACK, next[other], next[side],
				span_of("")));
	}
}

static void
strip_exchange(struct strip *strip, size_t a, size_t b)
{
	struct segment segment = strip->segments[a];

	strip->segments[a] = strip->segments[b];
	strip->segments[b] = segment;
}

static void
strip_swap(struct strip *strip, const struct shape *shape, size_t from)
{
	size_t step = shape->twice ? 2 : 1;

	for (size_t i = from; i + step < strip->count; i += 2)
		if (shape->swap == 2 || strip->turn[i] == strip->turn[i + step])
			strip_exchange(strip, i, i + step);
}

static void
strip_reverse(struct strip *strip, size_t from)
{
	for (size_t end = strip->count; from + 1 < end; from++, end--)
		strip_exchange(strip, from, end - 1);
}

static void
strip_fill(struct strip *strip, const struct shape *shape)
{
	uint32_t next[2] = { 1, 1 };
	size_t opening;

	strip->count = 0;
	if (!shape->midstream) {
		strip_add(strip, 0, segment_of(CLIENT, SYN, 0, 0, span_of("")));
		strip_add(strip, 0, segment_of(SERVER, SYN | ACK, 0, 1, span_of("")));
		strip_add(strip, 0, segment_of(CLIENT, ACK, 1, 1, span_of("")));
	}
	opening = strip->count;
	for (size_t turn = 0; turn < TABLE_LENGTH(turns); turn++) {
		size_t from = strip->count;

		strip_cut(strip, shape, turn, next);
		if (shape->backwards)
			strip_reverse(strip, from);
	}
	if (shape->swap > 0)
		strip_swap(strip, shape, opening);
	strip_add(strip, 0, segment_of(SERVER, FIN | ACK, next[SERVER], next[CLIENT], span_of("")));
	strip_add(strip, 0, segment_of(CLIENT, FIN | ACK, next[CLIENT], next[SERVER] + 1,
		span_of("")));
	strip_add(strip, 0, segment_of(SERVER, ACK, next[SERVER] + 1, next[CLIENT] + 1,
		span_of("")));
}

static void
write_turns(struct buffer *out)
{
	for (size_t i = 0; i < TABLE_LENGTH(turns); i++)
		buffer_printf(out, "%s%s:%s", i > 0 ? " " : "",
			turns[i].side == CLIENT ? "C" : "S", turns[i].text);
}

static void
test_dialogue_in_every_shape(void **state)
{
	struct strip *strip = malloc(sizeof(*strip));
	struct buffer wanted = { .at = NULL };

	(void)state;
	assert_non_null(strip);
	write_turns(&wanted);
	for (size_t i = 0; i < TABLE_LENGTH(shapes); i++) {
		struct ear ear;

		ear_open(&ear, NULL, 1 << 20);
		strip_fill(strip, &shapes[i]);
		for (size_t k = 0; k < strip->count; k++) {
			ear.now_ns += 1000000;
			feed(&ear, strip->segments[k]);
		}
		if (strcmp(buffer_text(&ear.heard), buffer_text(&wanted)) != 0)
			fail_msg("%s: heard \"%s\"", shapes[i].name, buffer_text(&ear.heard));
		assert_true(ear.ended);
		assert_true(ear.last[CLIENT].finished && ear.last[SERVER].finished);
		assert_int_equal(ear.last[CLIENT].payload_bytes, ear.last[CLIENT].next);
		assert_int_equal(ear.last[SERVER].gaps + ear.last[SERVER].conflicting_bytes, 0);
		ear_close(&ear);
		buffer_free(&ear.heard);
	}
	buffer_free(&wanted);
	free(strip);
}

/* What the owner wants, and what memory allows. ------------------------------------------------ */

static const struct packet long_story[] = {
	HANDSHAKE, C(ACK, 1, 1, "abc"), C(ACK, 6, 1, "fg"), C(ACK, 4, 1, "de"), C(ACK, 4, 1, "XY"),
	C(ACK, 10, 1, "jk", 1), S(ACK, 1, 12, "ok"), S(ACK | SOON, 3, 12, "ok"),
	C(FIN | ACK, 12, 5, ""), S(FIN | ACK, 5, 13, ""), C(ACK, 13, 6, ""),
};

static const struct {
	enum flow_care care;
	const char    *heard;
	uint64_t       payload, gap_bytes, snaplen;
} cares[] = {
	{ FLOW_FULL, "C:abcdefg C[conflict 3 de/XY] C[gap 2@7] C:j C[gap 1@10] S:okok", 8, 3, 1 },
	{ FLOW_COUNT, "C:abc", 8, 3, 1 },
	{ FLOW_IGNORE, "C:abc", 3, 0, 0 },
};

static void
test_lowered_care(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cares); i++) {
		struct ear ear;

		ear_open(&ear, NULL, 1 << 20);
		ear.care = cares[i].care;
		for (size_t k = 0; k < TABLE_LENGTH(long_story); k++)
			play(&ear, &long_story[k]);
		assert_string_equal(buffer_text(&ear.heard), cares[i].heard);
		assert_true(ear.ended);
		assert_int_equal(ear.last[CLIENT].payload_bytes, cares[i].payload);
		assert_int_equal(ear.last[CLIENT].gap_bytes, cares[i].gap_bytes);
		assert_int_equal(ear.last[CLIENT].snaplen_bytes, cares[i].snaplen);
		ear_close(&ear);
		buffer_free(&ear.heard);
	}
}

static void
test_lowered_care_gives_memory_back(void **state)
{
	const struct packet packets[] = { HANDSHAKE, C(ACK, 4, 1, "de"), C(ACK, 1, 1, "a"),
		C(ACK, 8, 1, "h") };
	struct ear ear;
	size_t before;

	(void)state;
	ear_open(&ear, NULL, 1 << 20);
	ear.care = FLOW_IGNORE;
	for (size_t i = 0; i < 3; i++)
		play(&ear, &packets[i]);
	before = ear.budget.used;
	play(&ear, &packets[3]);
	assert_true(ear.budget.used > before);
	play(&ear, &packets[4]);
	assert_int_equal(ear.budget.used, before);
	play(&ear, &packets[5]);
	assert_int_equal(ear.budget.used, before);
	ear_close(&ear);
	buffer_free(&ear.heard);
}

/* The first guess makes the low port the server; the first bytes show that it is the client. */
static void
test_sides_turned_while_told(void **state)
{
	const struct packet packets[] = { S(ACK, 1000, 2000, "EHLO ", 1), S(ACK, 1007, 2000, "cd"),
		C(ACK, 2000, 1009, "250"), S(ACK, 1005, 2000, "ab"), S(ACK, 1009, 2003, "ef") };
	struct ear ear;

	(void)state;
	ear_open(&ear, NULL, 1 << 20);
	ear.turn = true;
	for (size_t i = 0; i < TABLE_LENGTH(packets); i++)
		play(&ear, &packets[i]);
	assert_string_equal(buffer_text(&ear.heard), "S:EHLO C[gap 1@4] C:abcd S:250 C:ef");
	ear_close(&ear);
	assert_int_equal(ear.last[CLIENT].next, 11);
	buffer_free(&ear.heard);
}

/* With the window scale option of the receiver's SYN (RFC 7323), what would be out of its window
 * else is not. */
static void
test_window_scale(void **state)
{
	static const struct {
		const char *options;
		size_t      length;
		const char *heard;
	} cases[] = {
		{ "", 0, "C:ab" },
		{ "\x02\x04\x05\xb4\x01\x03\x03\x07", 8, "C:ab C[gap 899998@2] C:cd" },
		{ "\x03\x03\xff", 3, "C:ab C[gap 899998@2] C:cd" },
		{ "\x00\x03\x03\x07", 4, "C:ab" },
		{ "\x02\x00\x03\x03\x07", 5, "C:ab" },
		{ "\x03", 1, "C:ab" },
		{ "\x01\x03\x03", 3, "C:ab" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct segment answer = segment_of(SERVER, SYN | ACK, 0, 1, span_of(""));
		struct ear ear;

		answer.options = span_from(cases[i].options, cases[i].length);
		ear_open(&ear, NULL, 1 << 20);
		feed(&ear, segment_of(CLIENT, SYN, 0, 0, span_of("")));
		feed(&ear, answer);
		feed(&ear, segment_of(CLIENT, ACK, 1, 1, span_of("ab")));
		feed(&ear, segment_of(SERVER, ACK, 1, 3, span_of("")));
		feed(&ear, segment_of(CLIENT, ACK, 900001, 1, span_of("cd")));
		ear_close(&ear);
		assert_string_equal(buffer_text(&ear.heard), cases[i].heard);
		buffer_free(&ear.heard);
	}
}

/* A gap stands where it showed, not where it was given up. */
static void
test_where_gaps_stand(void **state)
{
	static const struct {
		const char   *name;
		struct packet packets[6];
		uint64_t      frame;
	} cases[] = {
		{ "bytes beyond", { HANDSHAKE, C(ACK, 4, 1, "de"), C(ACK, 6, 1, "f") }, 4 },
		{ "acknowledged", { HANDSHAKE, S(ACK, 1, 4, "ok"), S(ACK, 3, 4, "ok") }, 4 },
		{ "acknowledged before bytes beyond", { HANDSHAKE, S(ACK, 1, 4, ""), C(ACK, 4, 1, "d") }, 4 },
		{ "bytes beyond before the ACK", { HANDSHAKE, C(ACK, 4, 1, "d"), S(ACK, 1, 5, "") }, 4 },
	};
	const struct packet later = C(ACK, 9, 1, "");

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct ear ear;

		ear_open(&ear, NULL, 1 << 20);
		for (size_t k = 0; k < TABLE_LENGTH(cases[i].packets) && cases[i].packets[k].payload != NULL; k++)
			play(&ear, &cases[i].packets[k]);
		ear.now_ns += INT64_C(900000000000) / 2;
		play(&ear, &later);
		ear_close(&ear);
		if (ear.gap_frame != cases[i].frame)
			fail_msg("%s: the gap is told in frame %llu", cases[i].name,
				(unsigned long long)ear.gap_frame);
		buffer_free(&ear.heard);
	}
}

/* A mirror port may show an acknowledgement first, but not by ever so many frames. */
static void
test_patience_in_frames(void **state)
{
	const struct reassembly_limits limits = { .held_bytes = 100000, .held_segments = 100,
		.patience_ns = INT64_MAX, .acked_patience = 5, .acked_patience_ns = INT64_MAX };
	const struct packet opening[] = { HANDSHAKE, S(ACK, 1, 4, "ok") };
	const struct packet later = C(ACK, 4, 3, "");
	struct ear ear;

	(void)state;
	ear_open(&ear, &limits, 1 << 20);
	for (size_t i = 0; i < TABLE_LENGTH(opening); i++)
		play(&ear, &opening[i]);
	for (size_t i = 0; i < 5; i++)
		play(&ear, &later);
	assert_string_equal(buffer_text(&ear.heard), "");
	play(&ear, &later);
	assert_string_equal(buffer_text(&ear.heard), "C[gap 3@0] S:ok");
	ear_close(&ear);
	buffer_free(&ear.heard);
}

static const struct {
	const char              *name;
	struct reassembly_limits limits;
	size_t                   budget;
} tight[] = {
	{ "segments", { 1 << 20, 10, INT64_MAX, 1000, INT64_MAX }, 1 << 20 },
	{ "bytes", { 2000, 1000, INT64_MAX, 1000, INT64_MAX }, 1 << 20 },
	{ "budget", { 1 << 20, 1000, INT64_MAX, 1000, INT64_MAX }, 21400 },
};

/* Every other segment is missing; memory bounds what waits, and all that came is told, in order. */
static void
test_memory_is_bounded(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(tight); i++) {
		const struct packet opening[] = { HANDSHAKE };
		struct ear ear;

		ear_open(&ear, &tight[i].limits, tight[i].budget);
		for (size_t k = 0; k < TABLE_LENGTH(opening); k++)
			play(&ear, &opening[k]);
		for (uint32_t k = 0; k < 200; k++)
			feed(&ear, segment_of(CLIENT, ACK, 3 + 4 * k, 1, span_of("ab")));
		assert_true(ear.next[CLIENT] > 400);
		ear_close(&ear);
		assert_int_equal(ear.last[CLIENT].next, 800);
		assert_int_equal(ear.last[CLIENT].payload_bytes, 400);
		assert_int_equal(ear.last[CLIENT].gap_bytes, 400);
		buffer_free(&ear.heard);
	}
}

/* Retransmissions are compared as far back as the history goes, across the ring's seam. */
static void
test_history(void **state)
{
	const struct packet opening[] = { HANDSHAKE };
	uint8_t text[5000], again[5000];
	struct ear ear;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)('a' + i % 23);
	memcpy(again, text, sizeof(text));
	ear_open(&ear, NULL, 1 << 20);
	for (size_t i = 0; i < TABLE_LENGTH(opening); i++)
		play(&ear, &opening[i]);
	for (uint32_t at = 0; at < sizeof(text); at += 100) {
		feed(&ear, segment_of(CLIENT, ACK, 1 + at, 1, span_from(text + at, 100)));
		feed(&ear, segment_of(CLIENT, ACK, 1, 1, span_from(text, at)));
	}
	assert_int_equal(ear.speaker, CLIENT);
	again[100] = again[2999] = again[4900] = '!';
	feed(&ear, segment_of(CLIENT, ACK, 1, 1, span_from(again, 2952)));
	assert_int_equal(ear.speaker, CLIENT);          /* too long ago */
	feed(&ear, segment_of(CLIENT, ACK, 1, 1, span_from(again, sizeof(again))));
	assert_true(span_has(buffer_span(&ear.heard), "C[conflict 2999 "));
	/* more at once than the history holds */
	feed(&ear, segment_of(CLIENT, ACK, 5001, 1, span_from(text, 3000)));
	feed(&ear, segment_of(CLIENT, ACK, 5001, 1, span_from(again, 3000)));
	assert_true(span_has(buffer_span(&ear.heard), "C[conflict 7999 "));
	ear_close(&ear);
	assert_int_equal(ear.last[CLIENT].conflicting_bytes, 3);
	buffer_free(&ear.heard);
}

/* More than one report holds is told in several; equal bytes between them are not told. */
static void
test_long_conflicts(void **state)
{
	const struct packet opening[] = { HANDSHAKE };
	uint8_t text[1400], again[1400];
	struct ear ear;

	(void)state;
	memset(text, 'a', sizeof(text));
	memset(again, 'a', sizeof(again));
	again[10] = again[521] = again[600] = again[1399] = 'b';
	ear_open(&ear, NULL, 1 << 20);
	for (size_t i = 0; i < TABLE_LENGTH(opening); i++)
		play(&ear, &opening[i]);
	feed(&ear, segment_of(CLIENT, ACK, 1, 1, span_from(text, sizeof(text))));
	feed(&ear, segment_of(CLIENT, ACK, 1, 1, span_from(again, sizeof(again))));
	assert_true(span_has(buffer_span(&ear.heard), "[conflict 10 "));
	assert_false(span_has(buffer_span(&ear.heard), "[conflict 521 "));
	assert_true(span_has(buffer_span(&ear.heard), "[conflict 600 "));
	assert_true(span_has(buffer_span(&ear.heard), "[conflict 1399 "));
	ear_close(&ear);
	assert_int_equal(ear.last[CLIENT].conflicting_bytes, 4);
	buffer_free(&ear.heard);
}

/* Of what is missing, that part which the other side acknowledged was sent. */
static void
test_acknowledged_unseen(void **state)
{
	static const struct {
		struct packet packets[8];
		uint64_t      gap, unseen;
	} cases[] = {
		{ { HANDSHAKE, C(ACK, 1, 1, "ab"), C(ACK, 5, 1, "ef"), S(ACK, 1, 7, "") }, 2, 2 },
		{ { HANDSHAKE, C(ACK, 1, 1, "ab"), C(ACK, 7, 1, "gh"), S(ACK, 1, 5, "") }, 4, 2 },
		{ { HANDSHAKE, C(ACK, 1, 1, "ab"), C(ACK, 5, 1, "ef"), S(ACK, 1, 3, "") }, 2, 0 },
		{ { HANDSHAKE, C(ACK, 1, 1, "ab"), C(ACK, 3, 1, "cd"), S(ACK, 1, 5, "") }, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct ear ear;

		ear_open(&ear, NULL, 1 << 20);
		for (size_t k = 0; k < 6; k++)
			play(&ear, &cases[i].packets[k]);
		ear_close(&ear);
		assert_int_equal(ear.last[CLIENT].gap_bytes, cases[i].gap);
		assert_int_equal(ear.last[CLIENT].acked_unseen, cases[i].unseen);
		buffer_free(&ear.heard);
	}
}

static void
test_counters(void **state)
{
	const struct packet packets[] = { HANDSHAKE, C(ACK, 3, 1, "cd"), C(ACK, 1, 1, "ab"),
		C(ACK, 1, 1, "ab"), C(ACK, 3, 1, "Xd"), S(ACK, 1, 5, "0"), S(FIN | ACK, 1, 5, "0"),
		C(ACK, 5, 3, "") };
	struct ear ear;

	(void)state;
	ear_open(&ear, NULL, 1 << 20);
	for (size_t i = 0; i < TABLE_LENGTH(packets); i++)
		play(&ear, &packets[i]);
	ear_close(&ear);
	assert_int_equal(ear.last[CLIENT].payload_bytes, 4);
	assert_int_equal(ear.last[CLIENT].out_of_order, 1);
	assert_int_equal(ear.last[CLIENT].retransmitted, 2);
	assert_int_equal(ear.last[CLIENT].conflicting_bytes, 1);
	assert_int_equal(ear.last[CLIENT].gaps, 0);
	assert_int_equal(ear.last[CLIENT].acked, 4);
	assert_int_equal(ear.last[SERVER].acked, 1);
	assert_int_equal(ear.last[SERVER].retransmitted, 1);
	assert_true(ear.last[CLIENT].syn_seen && ear.last[CLIENT].began);
	buffer_free(&ear.heard);
}

static const struct {
	const char   *name;
	struct packet packets[8];
	bool          closing, by_reset;
	enum side     first;
} closings[] = {
	{ "nobody", { HANDSHAKE, C(ACK, 1, 1, "ab") }, false, false, CLIENT },
	{ "the server", { HANDSHAKE, S(FIN | ACK, 1, 1, ""), C(FIN | ACK, 1, 2, "") }, true, false,
	  SERVER },
	{ "a FIN, then an RST", { HANDSHAKE, C(FIN | ACK, 1, 1, ""), S(RST, 1, 0, "") }, true,
	  false, CLIENT },
	{ "an RST", { HANDSHAKE, S(RST | ACK, 1, 1, "") }, true, true, SERVER },
	{ "an RST that the receiver ignores, then a FIN",
	  { HANDSHAKE, S(RST, 0x30000000, 0, ""), C(FIN | ACK, 1, 1, "") }, true, false, CLIENT },
	{ "a FIN in the middle of what was told, then one at its end",
	  { HANDSHAKE, C(ACK, 1, 1, "abcd"), C(FIN | ACK, 2, 1, ""), S(FIN | ACK, 1, 5, "") },
	  true, false, SERVER },
};

static void
test_who_closed(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(closings); i++) {
		const struct packet *packet = closings[i].packets;
		struct ear ear;

		ear_open(&ear, NULL, 1 << 20);
		for (; packet->payload != NULL; packet++)
			play(&ear, packet);
		ear_close(&ear);
		if (ear.closing != closings[i].closing || ear.by_reset != closings[i].by_reset ||
			(ear.closing && ear.closed_first != closings[i].first))
			fail_msg("%s", closings[i].name);
		buffer_free(&ear.heard);
	}
}

static void
test_unseen_side_has_not_begun(void **state)
{
	const struct packet packets[] = { C(SYN, 0, 0, ""), C(ACK, 1, 1, "ab"),
		C(ACK, 3, 9, "cd") };
	struct ear ear;

	(void)state;
	ear_open(&ear, NULL, 1 << 20);
	for (size_t i = 0; i < TABLE_LENGTH(packets); i++)
		play(&ear, &packets[i]);
	ear_close(&ear);
	assert_true(ear.last[CLIENT].began);
	assert_false(ear.last[SERVER].began);
	assert_int_equal(ear.last[SERVER].gaps, 0);
	buffer_free(&ear.heard);
}

/* Whatever comes: no byte is told twice or out of order (the listener checks), memory stays
 * within its limits, and all of it comes back. */
static void
test_nonsense(void **state)
{
	static const unsigned flags[] = { ACK, ACK, ACK, ACK, ACK, ACK, SYN, SYN | ACK, FIN | ACK,
		RST };
	uint32_t random = 1;

	(void)state;
	for (size_t run = 0; run < 300; run++) {
		struct ear ear;

		ear_open(&ear, NULL, run % 3 == 0 ? 22400 : 1 << 20);
		for (size_t i = 0; i < 200; i++) {
			uint8_t bytes[40];
			struct segment segment;
			uint32_t draw[6];

			for (size_t k = 0; k < TABLE_LENGTH(draw); k++)
				draw[k] = (random = random * 1664525 + 1013904223) >> 8;
			memset(bytes, 'a' + (int)(draw[0] % 26), sizeof(bytes));
			segment = segment_of(draw[1] % 2 ? CLIENT : SERVER,
				flags[draw[2] % (i < 150 ? 9 : 10)],
				draw[3] % 50 == 0 ? draw[4] << 8 : draw[4] % 300,
				draw[5] % 50 == 0 ? draw[4] << 8 : draw[5] % 300,
				span_from(bytes, draw[0] % 3 ? draw[1] / 2 % 40 : 0));
			segment.payload_wire_len += draw[2] % 11 == 0 ? draw[5] % 9 : 0;
			ear.now_ns += draw[3] % 40 == 0 ? INT64_C(90000000000) : 1000;
			feed(&ear, segment);
		}
		ear_close(&ear);
		buffer_free(&ear.heard);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connections),
		cmocka_unit_test(test_dialogue_in_every_shape),
		cmocka_unit_test(test_lowered_care),
		cmocka_unit_test(test_lowered_care_gives_memory_back),
		cmocka_unit_test(test_sides_turned_while_told),
		cmocka_unit_test(test_window_scale),
		cmocka_unit_test(test_where_gaps_stand),
		cmocka_unit_test(test_patience_in_frames),
		cmocka_unit_test(test_memory_is_bounded),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_long_conflicts),
		cmocka_unit_test(test_acknowledged_unseen),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_who_closed),
		cmocka_unit_test(test_unseen_side_has_not_begun),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
