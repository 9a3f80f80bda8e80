/* Connections whose directions travel in different VLANs, and equal addresses in several. */
#include "base/table.h"
#include "wire/flow.h"
#include "wire/reassembly.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum {
	ACK = TCP_ACK,
	SYN = TCP_SYN,
	FIN = TCP_FIN,
	RST = TCP_RST,
	HOPS_MOST = 16,
	FLOWS_MOST = 8,
	CLIENT_PORT = 40000,
	SERVER_PORT = 25,
};

/* One segment, and which flow it must go to: flows count from 1 in the order in which they begin, 0 is none. */
struct hop {
	uint16_t source;
	uint32_t vlan;
	unsigned flags;
	uint32_t sequence, acknowledgement, length;
	size_t   flow;
};

#define C(vlan, flags, sequence, ...) { CLIENT_PORT, vlan, flags, sequence, __VA_ARGS__ }
#define S(vlan, flags, sequence, ...) { SERVER_PORT, vlan, flags, sequence, __VA_ARGS__ }

static const struct {
	const char *name;
	struct hop  hops[HOPS_MOST];
} cases[] = {
	{ "two VLANs, from the SYN on", {
		C(81, SYN, 1000, 0, 0, 1), S(80, SYN | ACK, 5000, 1001, 0, 1), C(81, ACK, 1001, 5001, 10, 1),
		S(80, ACK, 5001, 1011, 20, 1), C(81, FIN | ACK, 1011, 5021, 0, 1), S(80, FIN | ACK, 5021, 1012, 0, 1),
		C(81, ACK, 1012, 5022, 0, 1) } },
	{ "one direction untagged", {
		C(0, SYN, 1000, 0, 0, 1), S(80, SYN | ACK, 5000, 1001, 0, 1), C(0, ACK, 1001, 5001, 10, 1),
		S(80, ACK, 5001, 1011, 20, 1) } },
	{ "the other one untagged", {
		C(81, SYN, 1000, 0, 0, 1), S(0, SYN | ACK, 5000, 1001, 0, 1), C(81, ACK, 1001, 5001, 10, 1) } },
	{ "the SYN-ACK first", {
		S(80, SYN | ACK, 5000, 1001, 0, 1), C(81, SYN, 1000, 0, 0, 1), C(81, ACK, 1001, 5001, 10, 1) } },
	{ "the SYN-ACK alone", {
		S(80, SYN | ACK, 5000, 1001, 0, 1), C(81, ACK, 1001, 5001, 10, 1), S(80, ACK, 5001, 1011, 20, 1) } },
	{ "the SYN-ACK lost", {
		C(81, SYN, 1000, 0, 0, 1), C(81, ACK, 1001, 5001, 0, 1), S(80, ACK, 5001, 1001, 20, 1) } },
	{ "it and what the client said to it lost", {
		C(81, SYN, 1000, 0, 0, 1), S(80, ACK, 5001, 1001, 20, 1), C(81, ACK, 1001, 5021, 10, 1) } },
	{ "refused", {
		C(81, SYN, 1000, 0, 0, 1), S(80, RST | ACK, 0, 1001, 0, 1) } },
	{ "midstream", {
		C(81, ACK, 1000, 5000, 10, 1), S(80, ACK, 5000, 1010, 20, 1), C(81, ACK, 1010, 5020, 10, 1) } },
	{ "midstream, both sides busy", {
		C(81, ACK, 1000, 5000, 10, 1), C(81, ACK, 1010, 5000, 10, 1), S(80, ACK, 7000, 1010, 20, 1) } },
	{ "midstream, the server first", {
		S(80, ACK, 5000, 1000, 20, 1), C(81, ACK, 1000, 5020, 10, 1), S(80, ACK, 5020, 1010, 20, 1) } },
	{ "numbers that wrap around", {
		C(81, ACK, UINT32_MAX - 4, 0xFFFFFFFB, 10, 1), S(80, ACK, 0xFFFFFFFB, 5, 20, 1) } },
	{ "a FIN acknowledged", {
		C(81, FIN | ACK, 1000, 5000, 10, 1), S(80, FIN | ACK, 7000, 1011, 0, 1) } },

	{ "a guessed SYN-ACK", {
		C(81, SYN, 1000, 0, 0, 1), S(80, SYN | ACK, 5000, 1002, 0, 2), S(81, SYN | ACK, 6000, 1001, 0, 1) } },
	{ "a guess before what is right", {
		C(81, SYN, 1000, 0, 0, 1), S(99, SYN | ACK, 5000, 7777, 0, 2), S(80, SYN | ACK, 6000, 1001, 0, 1),
		C(81, ACK, 1001, 6001, 10, 1) } },
	{ "a guess in the client's VLAN before it", {
		C(81, SYN, 1000, 0, 0, 1), S(81, SYN | ACK, 5000, 7777, 0, 1), S(80, SYN | ACK, 6000, 1001, 0, 1),
		C(81, ACK, 1001, 6001, 10, 1) } },
	{ "a side that proved itself is not taken", {
		C(81, SYN, 1000, 0, 0, 1), S(81, SYN | ACK, 6000, 1001, 0, 1), S(80, SYN | ACK, 5000, 1001, 0, 2) } },
	{ "a guess in the client's VLAN behind it", {
		C(81, SYN, 1000, 0, 0, 1), S(80, SYN | ACK, 6000, 1001, 0, 1), S(81, SYN | ACK, 5000, 7777, 0, 2),
		C(81, ACK, 1001, 6001, 10, 1), S(80, ACK, 6001, 1011, 10, 1) } },
	{ "a guessed SYN does not draw the answer", {
		C(81, SYN, 1000, 0, 0, 1), C(80, SYN, 7777, 0, 0, 2), S(80, SYN | ACK, 5000, 1001, 0, 1) } },
	{ "a guess midstream", {
		C(81, ACK, 1000, 5000, 10, 1), S(80, ACK, 500000, 1000000, 20, 2), S(80, ACK, 7000, 200000, 20, 2) } },
	{ "a guessed sequence number, another acknowledgement", {
		C(81, ACK, 1000, 5000, 10, 1), S(80, ACK, 5100, 3000000000, 20, 2) } },
	{ "a guess without acknowledgement", {
		C(81, ACK, 1000, 5000, 10, 1), S(80, 0, 5100, 1010, 20, 2) } },
	{ "a guessed RST", {
		C(81, SYN, 1000, 0, 0, 1), S(80, RST | ACK, 0, 1002, 0, 0), S(80, RST, 1001, 0, 0, 0) } },
	{ "another SYN of the client's", {
		S(80, SYN | ACK, 5000, 1001, 0, 1), C(81, SYN, 2000, 0, 0, 2) } },
	{ "another VLAN for a side that was seen", {
		C(81, SYN, 1000, 0, 0, 1), S(80, SYN | ACK, 5000, 1001, 0, 1), C(82, ACK, 1001, 5001, 10, 2) } },

	{ "two customers", {
		C(10, SYN, 1000, 0, 0, 1), C(20, SYN, 3000, 0, 0, 2), S(20, SYN | ACK, 7000, 3001, 0, 2),
		S(10, SYN | ACK, 5000, 1001, 0, 1), C(10, ACK, 1001, 5001, 10, 1), C(20, ACK, 3001, 7001, 10, 2),
		S(10, ACK, 5001, 1011, 10, 1), S(20, ACK, 7001, 3011, 10, 2) } },
	{ "two customers with the same numbers", {
		C(10, SYN, 1000, 0, 0, 1), C(20, SYN, 1000, 0, 0, 2), S(20, SYN | ACK, 5000, 1001, 0, 2),
		S(10, SYN | ACK, 5000, 1001, 0, 1), C(10, ACK, 1001, 5001, 10, 1), C(20, ACK, 1001, 5001, 10, 2) } },
	{ "two customers, both in two VLANs", {
		C(10, SYN, 1000, 0, 0, 1), C(20, SYN, 3000, 0, 0, 2), S(21, SYN | ACK, 7000, 3001, 0, 2),
		S(11, SYN | ACK, 5000, 1001, 0, 1), C(10, ACK, 1001, 5001, 10, 1), C(20, ACK, 3001, 7001, 10, 2),
		S(11, ACK, 5001, 1011, 10, 1), S(21, ACK, 7001, 3011, 10, 2) } },
	{ "two customers, midstream", {
		C(10, ACK, 1000, 5000, 10, 1), C(20, ACK, 3000, 7000, 10, 2), S(20, ACK, 7000, 3010, 10, 2),
		S(10, ACK, 5000, 1010, 10, 1) } },
	{ "two clients who share the VLAN back", {
		C(81, SYN, 1000, 0, 0, 1), S(80, SYN | ACK, 5000, 1001, 0, 1), C(81, ACK, 1001, 5001, 10, 1),
		C(82, SYN, 3000000, 0, 0, 2), S(80, SYN | ACK, 7000000, 3000001, 0, 2),
		C(82, ACK, 3000001, 7000001, 10, 2),
		S(80, ACK, 5001, 1011, 10, 1), S(80, ACK, 7000001, 3000011, 10, 2), S(80, ACK, 5011, 1011, 10, 1) } },
	{ "mirrored twice", {
		C(10, SYN, 1000, 0, 0, 1), C(20, SYN, 1000, 0, 0, 2), S(20, SYN | ACK, 5000, 1001, 0, 2),
		S(10, SYN | ACK, 5000, 1001, 0, 1), C(10, ACK, 1001, 5001, 10, 1), C(20, ACK, 1001, 5001, 10, 2),
		S(20, ACK, 5001, 1011, 10, 2), S(10, ACK, 5001, 1011, 10, 1) } },
	{ "mirrored twice, midstream", {
		C(20, ACK, 1001, 5001, 10, 1), S(20, ACK, 5001, 1011, 10, 1), S(10, ACK, 5001, 1011, 10, 2),
		C(10, ACK, 1011, 5011, 10, 2), C(20, ACK, 1011, 5011, 10, 1) } },
	{ "mirrored twice, one SYN lost", {
		C(10, SYN, 1000, 0, 0, 1), S(20, SYN | ACK, 5000, 1001, 0, 1), S(10, SYN | ACK, 5000, 1001, 0, 1),
		C(10, ACK, 1001, 5001, 10, 1), C(20, ACK, 1001, 5001, 10, 2), S(20, ACK, 5001, 1011, 10, 2),
		S(10, ACK, 5001, 1011, 10, 1), C(10, ACK, 1011, 5011, 10, 1), C(20, ACK, 1011, 5011, 10, 2) } },
	{ "mirrored twice, in four VLANs", {
		C(10, SYN, 1000, 0, 0, 1), C(20, SYN, 1000, 0, 0, 2), S(30, SYN | ACK, 5000, 1001, 0, 1),
		S(40, SYN | ACK, 5000, 1001, 0, 2), C(10, ACK, 1001, 5001, 10, 1), C(20, ACK, 1001, 5001, 10, 2),
		S(30, ACK, 5001, 1011, 10, 1), S(40, ACK, 5001, 1011, 10, 2) } },
	{ "the next connection on the same ports", {
		C(81, SYN, 1000, 0, 0, 1), S(80, SYN | ACK, 5000, 1001, 0, 1), C(81, ACK, 1001, 5001, 10, 1),
		C(81, SYN, 3000, 0, 0, 2), S(80, SYN | ACK, 7000, 3001, 0, 2), C(81, ACK, 3001, 7001, 10, 2) } },
	{ "the next one in other VLANs", {
		C(81, SYN, 1000, 0, 0, 1), S(80, SYN | ACK, 5000, 1001, 0, 1), C(81, ACK, 1001, 5001, 10, 1),
		C(80, SYN, 3000, 0, 0, 2), S(80, SYN | ACK, 7000, 3001, 0, 2), C(80, ACK, 3001, 7001, 10, 2) } },
};

struct room {
	struct budget      budget;
	struct flow_table *table;
	struct reassembly *reassembly;
	struct flow       *flows[FLOWS_MOST];   /* in the order in which they began; stale once they ended */
	size_t             opened;
	uint64_t           frame;
};

static void
hear_bytes(void *user, struct flow *flow, enum side side, uint64_t offset, struct span bytes, const struct moment *at)
{
	(void)user, (void)flow, (void)side, (void)offset, (void)bytes, (void)at;
}

static void
hear_gap(void *user, struct flow *flow, enum side side, uint64_t offset, uint64_t lost, const struct moment *at)
{
	(void)user, (void)flow, (void)side, (void)offset, (void)lost, (void)at;
}

static void
hear_conflict(void *user, struct flow *flow, enum side side, uint64_t offset, struct span first, struct span second,
	const struct moment *at)
{
	(void)user, (void)flow, (void)side, (void)offset, (void)first, (void)second, (void)at;
}

static const struct stream_listener listener = { hear_bytes, hear_gap, hear_conflict };

static void
flow_is_over(void *user, struct flow *flow, enum flow_end why)
{
	struct room *room = user;

	(void)why;
	reassembly_flush(room->reassembly, flow);
}

static void
room_open(struct room *room)
{
	const struct flow_limits limits = { .flows = 100000 };

	*room = (struct room){ .budget = { .limit = 256 << 20 } };
	room->table = flow_table_new(&limits, &room->budget, flow_is_over, room);
	room->reassembly = reassembly_new(NULL, &room->budget, &listener, room);
	assert_non_null(room->table);
	assert_non_null(room->reassembly);
}

static void
room_close(struct room *room)
{
	flow_table_free(&room->table);
	reassembly_free(&room->reassembly);
	assert_int_equal(room->budget.used, 0);
}

static struct flow *
take(struct room *room, const struct hop *hop)
{
	static const uint8_t payload[64];
	uint16_t target = hop->source == CLIENT_PORT ? SERVER_PORT : CLIENT_PORT;
	struct frame frame = { .at = { .time_ns = 1700000000000000000, .frame = ++room->frame } };
	struct segment segment = {
		.frame = &frame,
		.source = { .address = { { [15] = hop->source == CLIENT_PORT ? 1 : 2 } }, .port = hop->source },
		.target = { .address = { { [15] = hop->source == CLIENT_PORT ? 2 : 1 } }, .port = target },
		.vlan = hop->vlan,
		.sequence = hop->sequence,
		.acknowledgement = hop->acknowledgement,
		.flags = (uint8_t)hop->flags,
		.window = 65535,
		.payload = span_from(payload, hop->length),
		.payload_wire_len = hop->length,
	};
	enum side side;
	struct flow *flow = flow_table_find(room->table, &segment, &side);

	if (flow != NULL)
		reassembly_segment(room->reassembly, flow, side, &segment);
	return flow;
}

/* The number of the flow that the segment went to. */
static size_t
number_of(struct room *room, const struct hop *hop)
{
	struct flow *flow = take(room, hop);
	size_t i;

	if (flow == NULL)
		return 0;
	if (flow_table_counters(room->table)->opened > room->opened)
		room->flows[room->opened++] = flow;
	for (i = room->opened; i > 0 && room->flows[i - 1] != flow; i--)
		continue;
	return i;
}

static void
test_whose_it_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct room room;

		room_open(&room);
		for (size_t h = 0; h < HOPS_MOST && cases[i].hops[h].source != 0; h++) {
			size_t number = number_of(&room, &cases[i].hops[h]);

			if (number != cases[i].hops[h].flow)
				fail_msg("%s: segment %zu went to flow %zu", cases[i].name, h + 1, number);
		}
		room_close(&room);
	}
}

/* The first one names the flow; the other one is kept beside it. */
static void
test_the_vlans_of_a_flow(void **state)
{
	static const struct hop hops[] = {
		S(80, SYN | ACK, 5000, 1001, 0, 1), C(81, ACK, 1001, 5001, 10, 1),
	};
	struct room room;
	struct flow *flow;

	(void)state;
	room_open(&room);
	flow = take(&room, &hops[0]);
	assert_int_equal(flow->vlan, 80);
	assert_int_equal(flow_other_vlan(flow), 80);
	assert_ptr_equal(take(&room, &hops[1]), flow);
	assert_int_equal(flow->vlan, 80);
	assert_int_equal(flow_other_vlan(flow), 81);
	assert_int_equal(flow->stream[CLIENT].vlan, 81);
	assert_int_equal(flow->stream[SERVER].vlan, 80);
	room_close(&room);
}

/* The same ends in thousands of VLANs: each a flow of its own, found again, and as many chains. */
static void
test_many_vlans(void **state)
{
	enum { VLANS = 4000 };
	struct room room;
	struct flow *flows[VLANS];

	(void)state;
	room_open(&room);
	for (uint32_t i = 0; i < VLANS; i++)
		flows[i] = take(&room, &(struct hop)C(i, SYN, 1000 * i, 0, 0, 0));
	assert_int_equal(flow_table_counters(room.table)->opened, VLANS);
	for (uint32_t i = VLANS; i-- > 0;) {
		assert_ptr_equal(take(&room, &(struct hop)S(i, SYN | ACK, 77, 1000 * i + 1, 0, 0)), flows[i]);
		assert_ptr_equal(take(&room, &(struct hop)C(i, ACK, 1000 * i + 1, 78, 10, 0)), flows[i]);
	}
	assert_int_equal(flow_table_counters(room.table)->opened, VLANS);
	/* some end, first and last ones: the others are found all the same */
	for (uint32_t i = 0; i < VLANS; i += 2)
		flow_table_end(room.table, flows[i], FLOW_EVICTED);
	for (uint32_t i = 1; i < VLANS; i += 2)
		assert_ptr_equal(take(&room, &(struct hop)S(i, ACK, 78, 1000 * i + 11, 10, 0)), flows[i]);
	assert_int_equal(flow_table_counters(room.table)->opened, VLANS);
	room_close(&room);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whose_it_is),
		cmocka_unit_test(test_the_vlans_of_a_flow),
		cmocka_unit_test(test_many_vlans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
