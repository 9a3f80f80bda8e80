/* Which connection a segment belongs to, who is its client, and when it is over. */
#include "base/table.h"
#include "wire/flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	ACK = TCP_ACK,
	SYN = TCP_SYN,
	FIN = TCP_FIN,
	RST = TCP_RST,
	MOST_ENDS = 8,
	NOBODY = 2,             /* where no flow is expected */
};

static const int64_t SECOND = 1000000000;

/* What a test sees of a table. */
struct room {
	struct budget      budget;
	struct flow_table *table;
	enum flow_end      ends[MOST_ENDS];
	uint16_t           ports[MOST_ENDS];    /* the clients' */
	size_t             ended;
	bool               greedy;      /* evicts whenever a flow ends */
	uint64_t           frame;
	uint32_t           capture;
	int64_t            now_ns;
};

static void
note_end(void *user, struct flow *flow, enum flow_end why)
{
	struct room *room = user;

	if (room->ended < MOST_ENDS) {
		room->ends[room->ended] = why;
		room->ports[room->ended] = flow->ends[CLIENT].port;
	}
	room->ended++;
	flow->owner = NULL;
	if (room->greedy)
		flow_table_evict(room->table);
}

static void
room_open(struct room *room, size_t flows, size_t budget)
{
	const struct flow_limits limits = { .flows = flows, .idle_ns = 900 * SECOND };

	*room = (struct room){ .budget = { .limit = budget }, .now_ns = 1700000000 * SECOND };
	room->table = flow_table_new(&limits, &room->budget, note_end, room);
	assert_non_null(room->table);
}

static void
room_close(struct room *room)
{
	flow_table_drain(room->table, INT64_MIN);
	flow_table_free(&room->table);
	assert_null(room->table);
	assert_int_equal(room->budget.used, 0);
}

static struct segment
segment_of(uint16_t source, uint16_t target, unsigned flags, uint32_t sequence, uint32_t length)
{
	/* the higher port lives at the lower address, so that both orders occur */
	uint8_t source_host = source > target ? 1 : 2;

	return (struct segment){
		.source = { .address = { { [15] = source_host } }, .port = source },
		.target = { .address = { { [15] = (uint8_t)(3 - source_host) } }, .port = target },
		.flags = (uint8_t)flags,
		.sequence = sequence,
		.payload_wire_len = length,
	};
}

static struct flow *
find(struct room *room, struct segment segment, enum side *side_r)
{
	struct frame frame = { .at = {
		.time_ns = room->now_ns, .frame = ++room->frame, .capture = room->capture } };

	segment.frame = &frame;
	return flow_table_find(room->table, &segment, side_r);
}

static struct flow *
find_plain(struct room *room, uint16_t client_port)
{
	enum side side;

	return find(room, segment_of(client_port, 25, ACK, 1, 10), &side);
}

/* Stands in for what reassembly remembers. */
static void
believe(struct flow *flow, enum side side, const struct segment *segment)
{
	struct stream *stream = &flow->stream[side];

	stream->fin_seen |= (segment->flags & TCP_FIN) != 0;
	if (!stream->based)
		stream->isn = segment->sequence - (segment->flags & TCP_SYN ? 0 : 1);
	stream->based = stream->began = true;
}

/* Who is who. ---------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	uint16_t    source, target;
	unsigned    flags;
	uint32_t    length;
	unsigned    side;       /* of the sender */
	bool        known;
} openings[] = {
	{ "SYN", 40000, 25, SYN, 0, CLIENT, true },
	{ "SYN from the mail port", 25, 40000, SYN, 0, CLIENT, true },
	{ "SYN with data", 40000, 25, SYN, 100, CLIENT, true },
	{ "SYN-ACK", 25, 40000, SYN | ACK, 0, SERVER, true },
	{ "SYN-ACK from a high port", 40000, 25, SYN | ACK, 0, SERVER, true },
	{ "data to the mail port", 40000, 25, ACK, 10, CLIENT, false },
	{ "data from the mail port", 25, 40000, ACK, 10, SERVER, false },
	{ "submission before a well-known port", 587, 22, ACK, 10, SERVER, false },
	{ "2525 before a well-known port", 22, 2525, ACK, 10, CLIENT, false },
	{ "a well-known port", 40000, 143, ACK, 10, CLIENT, false },
	{ "the lower of two high ports", 40000, 5222, ACK, 10, CLIENT, false },
	{ "the lower of two high ports, sending", 5222, 40000, ACK, 10, SERVER, false },
	{ "the same port twice", 25, 25, ACK, 10, CLIENT, false },
	{ "data with a FIN", 40000, 25, FIN | ACK, 10, CLIENT, false },
	{ "a bare ACK opens nothing", 40000, 25, ACK, 0, NOBODY, false },
	{ "a bare FIN opens nothing", 40000, 25, FIN | ACK, 0, NOBODY, false },
	{ "an RST opens nothing", 40000, 25, RST, 10, NOBODY, false },
	{ "nor with a SYN", 40000, 25, RST | SYN, 0, NOBODY, false },
};

static void
test_openings(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(openings); i++) {
		struct segment segment = segment_of(openings[i].source, openings[i].target,
			openings[i].flags, 1000, openings[i].length);
		struct room room;
		struct flow *flow;
		enum side side = CLIENT;

		room_open(&room, 10, 1 << 20);
		flow = find(&room, segment, &side);
		if ((flow == NULL) != (openings[i].side == NOBODY))
			fail_msg("%s", openings[i].name);
		if (flow != NULL && (side != openings[i].side ||
			flow->roles_known != openings[i].known ||
			flow->ends[side].port != openings[i].source ||
			flow->ends[side_other(side)].port != openings[i].target))
			fail_msg("%s: side %d", openings[i].name, (int)side);
		assert_int_equal(flow_table_counters(room.table)->opened, flow != NULL);
		assert_int_equal(flow_table_counters(room.table)->frames, 1);
		room_close(&room);
	}
}

static void
test_both_directions_are_one_flow(void **state)
{
	struct segment tagged = segment_of(40000, 25, ACK, 1, 10);
	struct room room;
	struct flow *flow;
	enum side side;

	(void)state;
	room_open(&room, 10, 1 << 20);
	flow = find(&room, segment_of(40000, 25, SYN, 1, 0), &side);
	assert_int_equal(side, CLIENT);
	assert_ptr_equal(find(&room, segment_of(25, 40000, SYN | ACK, 1, 0), &side), flow);
	assert_int_equal(side, SERVER);
	assert_int_equal(flow->frames, 2);
	assert_int_equal(flow->first.frame, 1);
	assert_int_equal(flow->last.frame, 2);
	assert_ptr_not_equal(find(&room, segment_of(40001, 25, SYN, 1, 0), &side), flow);
	tagged.vlan = 7;
	tagged.fragmented = true;
	flow = find(&room, tagged, &side);
	assert_int_equal(flow->frames, 1);
	assert_int_equal(flow->vlan, 7);
	assert_true(flow->fragmented);
	assert_int_equal(flow_table_counters(room.table)->opened, 3);
	room_close(&room);
	assert_int_equal(room.ended, 3);
}

/* A guess is put right by a SYN while nothing hangs on the flow, and left to the owner else. */
static void
test_a_syn_corrects_the_guess(void **state)
{
	(void)state;
	for (int owned = 0; owned < 2; owned++) {
		struct room room;
		struct flow *flow;
		enum side side;

		room_open(&room, 10, 1 << 20);
		flow = find(&room, segment_of(25, 40000, ACK, 1, 10), &side);
		assert_int_equal(side, SERVER);
		flow->owner = owned ? &room : NULL;
		assert_ptr_equal(find(&room, segment_of(25, 40000, SYN, 0, 0), &side), flow);
		assert_int_equal(side, owned ? SERVER : CLIENT);
		assert_int_equal(flow->roles_known, !owned);
		assert_int_equal(flow->ends[side].port, 25);
		assert_true(flow->stream[side].syn_seen);
		room_close(&room);
	}
}

static void
test_turn(void **state)
{
	struct room room;
	struct flow *flow;
	enum side side;

	(void)state;
	room_open(&room, 10, 1 << 20);
	flow = find(&room, segment_of(25, 40000, ACK, 1, 10), &side);
	flow->stream[SERVER].next = 5;
	flow_turn(flow);
	assert_int_equal(flow->ends[CLIENT].port, 25);
	assert_int_equal(flow->stream[CLIENT].next, 5);
	assert_ptr_equal(find(&room, segment_of(25, 40000, ACK, 11, 10), &side), flow);
	assert_int_equal(side, CLIENT);
	room_close(&room);
}

/* One connection after another. ---------------------------------------------------------------- */

struct packet {
	uint16_t source;        /* 40000 is the client, 25 the server */
	unsigned flags;
	uint32_t sequence, length;
	int64_t  seconds;       /* since the one before */
	bool     close;         /* the flow is closed after it */
};

#define PACKET(source, flags, sequence, length, seconds, close, ...) \
	{ source, flags, sequence, length, seconds, close }
#define C(...) PACKET(40000, __VA_ARGS__, 0, 0, 0)
#define S(...) PACKET(25, __VA_ARGS__, 0, 0, 0)
#define CLOSED 0, true

static const struct {
	const char   *name;
	struct packet packets[10];
	uint64_t      opened;
	size_t        ended;    /* before the input did */
	enum flow_end why;      /* of the first */
	bool          found;    /* the last segment has a flow */
	bool          again;    /* and it notes another SYN */
} lives[] = {
	{ "a SYN sent again", { C(SYN, 10, 0), C(SYN, 10, 0) }, 1, 0, 0, true, false },
	{ "another SYN before data", { C(SYN, 10, 0), C(SYN, 99, 0) }, 1, 0, 0, true, true },
	{ "a third like the first", { C(SYN, 10, 0), C(SYN, 99, 0), C(SYN, 10, 0) }, 1, 0, 0, true,
	  true },
	{ "a SYN sent again after data",
	  { C(SYN, 10, 0), C(ACK, 11, 5), C(SYN, 10, 0) }, 1, 0, 0, true, false },
	{ "another SYN after data",
	  { C(SYN, 10, 0), C(ACK, 11, 5), C(SYN, 99, 0) }, 2, 1, FLOW_REPLACED, true, false },
	{ "another SYN after the server's data",
	  { C(SYN, 10, 0), S(SYN | ACK, 50, 0), S(ACK, 51, 5), C(SYN, 99, 0) }, 2, 1, FLOW_REPLACED,
	  true, false },
	{ "another SYN after a FIN",
	  { C(SYN, 10, 0), C(FIN | ACK, 11, 0), C(SYN, 99, 0) }, 2, 1, FLOW_REPLACED, true, false },
	{ "the port used the other way round",
	  { C(SYN, 10, 0), S(SYN | ACK, 50, 0), S(ACK, 51, 5), S(SYN, 99, 0) }, 2, 1, FLOW_REPLACED,
	  true, false },
	{ "another SYN-ACK, client unseen",
	  { S(SYN | ACK, 50, 0), S(ACK, 51, 5), S(SYN | ACK, 99, 0) }, 2, 1, FLOW_REPLACED, true,
	  false },
	{ "a SYN captured after its data", { C(ACK, 11, 5), C(SYN, 10, 0) }, 1, 0, 0, true, false },
	{ "another SYN, midstream",
	  { C(ACK, 11, 5), C(SYN, 99, 0) }, 2, 1, FLOW_REPLACED, true, false },
	{ "idle", { C(SYN, 10, 0), C(ACK, 11, 5, 901) }, 2, 1, FLOW_IDLE, true, false },
	{ "not idle", { C(SYN, 10, 0), C(ACK, 11, 5, 899) }, 1, 0, 0, true, false },
	{ "idle, and nothing new comes",
	  { C(SYN, 10, 0), C(ACK, 11, 0, 901) }, 1, 1, FLOW_IDLE, false, false },
	{ "idle after both FINs is closed",
	  { C(ACK | FIN, 11, 5), S(ACK | FIN, 51, 5), S(ACK, 57, 0, 901) },
	  1, 1, FLOW_CLOSED, false, false },
	{ "late ACK", { C(ACK, 11, 5, CLOSED), S(ACK, 51, 0) }, 1, 1, FLOW_CLOSED, false, false },
	{ "late RST", { C(ACK, 11, 5, CLOSED), S(RST, 51, 0) }, 1, 1, FLOW_CLOSED, false, false },
	{ "late payload",
	  { C(ACK, 11, 5, CLOSED), C(ACK, 11, 5, 9) }, 1, 1, FLOW_CLOSED, false, false },
	{ "very late payload",
	  { C(ACK, 11, 5, CLOSED), C(ACK, 11, 5, 11) }, 2, 1, FLOW_CLOSED, true, false },
	{ "late payload holds nothing up",
	  { C(ACK, 11, 5, CLOSED), C(ACK, 11, 5, 6), C(ACK, 11, 5, 6) }, 2, 1, FLOW_CLOSED, true,
	  false },
	{ "a new SYN after the end",
	  { C(SYN, 10, 0), C(ACK, 11, 5, CLOSED), C(SYN, 99, 0) }, 2, 1, FLOW_CLOSED, true, false },
	{ "the old SYN captured twice",
	  { C(SYN, 10, 0), C(ACK, 11, 5, CLOSED), C(SYN, 10, 0) },
	  1, 1, FLOW_CLOSED, false, false },
	{ "refused and tried again",
	  { C(SYN, 10, 0, CLOSED), C(SYN, 10, 0, 1) }, 2, 1, FLOW_CLOSED, true, false },
};

static void
live(struct room *room, const struct packet *packet, struct flow **flow_r)
{
	struct segment segment = segment_of(packet->source, packet->source == 25 ? 40000 : 25,
		packet->flags, packet->sequence, packet->length);
	enum side side;

	room->now_ns += packet->seconds * SECOND;
	*flow_r = find(room, segment, &side);
	if (*flow_r != NULL)
		believe(*flow_r, side, &segment);
	if (packet->close)
		flow_table_end(room->table, *flow_r, FLOW_CLOSED);
}

static void
test_lives(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(lives); i++) {
		const struct packet *packet = lives[i].packets;
		struct flow *flow = NULL;
		struct room room;

		room_open(&room, 10, 1 << 20);
		for (; packet->source != 0; packet++)
			live(&room, packet, &flow);
		if (flow_table_counters(room.table)->opened != lives[i].opened ||
			room.ended != lives[i].ended || (flow != NULL) != lives[i].found)
			fail_msg("%s: opened %u, ended %u, found %d", lives[i].name,
				(unsigned)flow_table_counters(room.table)->opened,
				(unsigned)room.ended, flow != NULL);
		if (room.ended > 0 && room.ends[0] != lives[i].why)
			fail_msg("%s: ended for %d", lives[i].name, (int)room.ends[0]);
		if (flow != NULL && flow->syn_again != lives[i].again)
			fail_msg("%s: another SYN %d", lives[i].name, flow->syn_again);
		room_close(&room);
	}
}

static void
test_idle_flows_leave_when_others_speak(void **state)
{
	struct room room;

	(void)state;
	room_open(&room, 10, 1 << 20);
	find_plain(&room, 1001);
	find_plain(&room, 1002);
	for (int i = 0; i < 20; i++) {
		room.now_ns += 100 * SECOND;
		find_plain(&room, 1003);
		if (i == 5)
			find_plain(&room, 1001);
	}
	assert_int_equal(room.ended, 2);
	assert_int_equal(room.ports[0], 1002);
	assert_int_equal(room.ports[1], 1001);
	assert_int_equal(room.ends[1], FLOW_IDLE);
	assert_int_equal(flow_table_counters(room.table)->idle, 2);
	room_close(&room);
}

/* One frame with a time out of this world does not end all flows, and one from the past none. */
static void
test_wild_times(void **state)
{
	struct room room;
	int64_t now_ns;

	(void)state;
	room_open(&room, 1000, 1 << 20);
	for (uint16_t port = 1000; port < 1100; port++)
		find_plain(&room, port);
	now_ns = room.now_ns;
	room.now_ns = INT64_MAX;
	find_plain(&room, 2000);
	room.now_ns = INT64_MIN;
	find_plain(&room, 2001);
	room.now_ns = now_ns + SECOND;
	for (uint16_t port = 1000; port < 1100; port++)
		find_plain(&room, port);
	assert_in_range(room.ended, 1, 10);
	/* the time in the future does not keep its flow forever */
	for (int i = 0; i < 40; i++) {
		room.now_ns += 100 * SECOND;
		find_plain(&room, 1000);
	}
	assert_in_range(room.ended, 102, 112);
	room_close(&room);
}

/* Memory. -------------------------------------------------------------------------------------- */

/* A flow that carries a dialogue. */
static struct flow *
find_engaged(struct room *room, uint16_t client_port)
{
	struct flow *flow = find_plain(room, client_port);

	if (flow != NULL) {
		flow->owner = room;
		flow->engaged = true;
	}
	return flow;
}

static void
test_many_flows(void **state)
{
	struct room room;

	(void)state;
	room_open(&room, 100000, 64 << 20);
	for (uint16_t port = 1000; port < 21000; port++)
		assert_non_null(find_plain(&room, port));
	for (uint16_t port = 1000; port < 21000; port++)
		assert_int_equal(find_plain(&room, port)->frames, 2);
	assert_int_equal(flow_table_counters(room.table)->opened, 20000);
	room_close(&room);
	assert_int_equal(room.ended, 20000);
}

static void
test_the_least_useful_leave_first(void **state)
{
	struct room room;

	(void)state;
	room_open(&room, 4, 1 << 20);
	for (uint16_t port = 1001; port <= 1004; port++) {
		room.now_ns += SECOND / 4;
		find_engaged(&room, port);
	}
	find_plain(&room, 1003)->care = FLOW_IGNORE;
	find_plain(&room, 1004);
	room.now_ns += SECOND / 4;
	find_engaged(&room, 1005);
	room.now_ns += SECOND / 4;
	find_plain(&room, 1002);
	find_plain(&room, 1001);
	find_engaged(&room, 1006);
	assert_int_equal(room.ended, 2);
	assert_int_equal(room.ports[0], 1003);          /* foreign, though not idle longest */
	assert_int_equal(room.ports[1], 1004);          /* the others have spoken since */
	assert_int_equal(room.ends[1], FLOW_EVICTED);
	assert_false(flow_table_evict(room.table));     /* all are in dialogue */
	assert_int_equal(flow_table_counters(room.table)->evicted, 2);
	room_close(&room);
}

static void
test_evict_gives_memory_back(void **state)
{
	struct room room;
	struct flow *current;
	size_t before;

	(void)state;
	room_open(&room, 10, 1 << 20);
	before = room.budget.used;
	find_plain(&room, 1001);
	find_plain(&room, 1002);
	current = find_plain(&room, 1003);
	assert_true(flow_table_evict(room.table));
	assert_true(flow_table_evict(room.table));
	assert_false(flow_table_evict(room.table));     /* the caller still holds that one */
	assert_int_equal(room.ports[0], 1001);
	assert_int_equal(room.ports[1], 1002);
	assert_int_equal(room.budget.used, before + sizeof(*current));
	room_close(&room);
}

/* An owner that needs memory while one of its flows ends gets another's. */
static void
test_evicting_while_flows_end(void **state)
{
	struct room room;

	(void)state;
	room_open(&room, 10, 1 << 20);
	room.greedy = true;
	for (uint16_t port = 1001; port <= 1006; port++)
		find_plain(&room, port);
	flow_table_end(room.table, find_plain(&room, 1003), FLOW_CLOSED);
	assert_int_equal(room.ended, 2);
	assert_int_equal(room.ports[1], 1001);
	room.now_ns += 1000 * SECOND;
	find_plain(&room, 1007);
	assert_int_equal(room.ended, 6);
	assert_int_equal(flow_table_counters(room.table)->evicted, 3);
	room_close(&room);
	assert_int_equal(room.ended, 7);
}

static void
test_closed_flows_make_room_first(void **state)
{
	struct room room;

	(void)state;
	room_open(&room, 2, 1 << 20);
	find_plain(&room, 1001);
	flow_table_end(room.table, find_plain(&room, 1002), FLOW_CLOSED);
	find_plain(&room, 1003);
	assert_int_equal(room.ended, 1);
	assert_int_equal(flow_table_counters(room.table)->closed, 1);
	assert_int_equal(flow_table_counters(room.table)->evicted, 0);
	room_close(&room);
	assert_int_equal(room.ended, 3);
}

/* New flows leave a quarter of the budget to what the others still have to say. */
static void
test_new_flows_leave_room(void **state)
{
	struct room room;
	enum side side;

	(void)state;
	room_open(&room, 1000, 64000);
	for (uint16_t port = 1001; port < 1300; port++)
		assert_non_null(find(&room, segment_of(port, 25, SYN, 1, 0), &side));
	assert_true(room.budget.used < 64000 / 8 * 6 + 2 * sizeof(struct flow));
	assert_true(flow_table_counters(room.table)->evicted > 200);
	room_close(&room);
}

static struct flow *
connect_from(struct room *room, uint8_t host, uint16_t port)
{
	struct segment segment = segment_of(port, 25, ACK, 1, 10);
	struct flow *flow;
	enum side side;

	segment.source.address.octets[14] = host;
	flow = find(room, segment, &side);
	assert_non_null(flow);
	flow->owner = room;
	return flow;
}

static bool
has_ended(const struct room *room, uint16_t port)
{
	for (size_t i = 0; i < room->ended && i < MOST_ENDS; i++)
		if (room->ports[i] == port)
			return true;
	return false;
}

/* A connection that was established stays when others only began, though it was idle for longer. */
static void
test_beginnings_leave_first(void **state)
{
	struct room room;
	enum side side;

	(void)state;
	room_open(&room, 1000, 64000);
	find(&room, segment_of(999, 25, SYN, 1, 0), &side);
	find(&room, segment_of(25, 999, SYN | ACK, 1, 0), &side);
	find(&room, segment_of(999, 25, ACK, 2, 0), &side);
	for (uint16_t port = 1001; port < 1300; port++) {
		find(&room, segment_of(port, 25, SYN, 1, 0), &side);
		find(&room, segment_of(25, port, SYN | ACK, 1, 0), &side);
	}
	assert_int_equal(find(&room, segment_of(999, 25, ACK, 2, 10), &side)->frames, 4);
	room_close(&room);
}

/* Who only connects goes before who speaks, and of those the client that does it most before the one that came
 * first. */
static void
test_a_crowd_makes_way_for_itself(void **state)
{
	struct room room;

	(void)state;
	room_open(&room, 20, 1 << 20);
	find_engaged(&room, 999);
	connect_from(&room, 7, 1000);
	for (uint16_t port = 1001; port < 1019; port++)
		connect_from(&room, 8, port);
	room.now_ns += 20 * SECOND;
	for (uint16_t port = 2001; port < 2005; port++)
		connect_from(&room, 8, port);
	assert_int_equal(room.ended, 4);
	assert_false(has_ended(&room, 999) || has_ended(&room, 1000));
	for (size_t i = 0; i < 5; i++)
		assert_true(flow_table_evict(room.table));
	assert_false(has_ended(&room, 999) || has_ended(&room, 1000));
	room_close(&room);
}

/* Who has just begun does not make way for a flood of those who stopped later. */
static void
test_beginnings_outlive_a_flood_of_others(void **state)
{
	struct room room;
	enum side side;

	(void)state;
	room_open(&room, 1000, 1 << 20);
	for (uint16_t port = 1001; port < 1041; port++)
		connect_from(&room, (uint8_t)port, port);
	find(&room, segment_of(999, 25, SYN, 1, 0), &side);
	for (uint16_t port = 1041; port < 1050; port++) {
		assert_true(flow_table_evict(room.table));
		connect_from(&room, (uint8_t)port, port);
	}
	assert_int_equal(find(&room, segment_of(25, 999, SYN | ACK, 1, 0), &side)->frames, 2);
	room_close(&room);
}

/* Where all are in dialogue, only one that has been silent for a minute is given up for memory. */
static void
test_who_speaks_stays(void **state)
{
	struct room room;

	(void)state;
	room_open(&room, 20, 1 << 20);
	find_engaged(&room, 1001);
	find_engaged(&room, 1002);
	room.now_ns += 59 * SECOND;
	find_engaged(&room, 1002);
	assert_false(flow_table_evict(room.table));
	room.now_ns += 2 * SECOND;
	find_engaged(&room, 1003);
	assert_true(flow_table_evict(room.table));
	assert_int_equal(room.ports[0], 1001);
	assert_false(flow_table_evict(room.table));
	room_close(&room);
}

static void
test_spent_budget(void **state)
{
	struct room room;
	struct flow *flow;

	(void)state;
	room_open(&room, 100, 24000);
	for (uint16_t port = 1001; port < 1100; port++) {
		flow = find_engaged(&room, port);
		if (flow == NULL)
			break;
	}
	assert_null(flow);
	assert_int_equal(room.ended, 0);
	assert_non_null(find_plain(&room, 1001));
	room_close(&room);
}

static void
test_drain_in_order_of_beginning(void **state)
{
	struct room room;

	(void)state;
	room_open(&room, 100, 1 << 20);
	for (uint16_t port = 1001; port <= 1005; port++)
		find_plain(&room, port)->owner = port % 2 ? &room : NULL;
	room.now_ns += 100 * SECOND;
	for (uint16_t port = 1004; port > 1001; port--)
		find_plain(&room, port);
	flow_table_drain(room.table, INT64_MIN);
	assert_int_equal(room.ended, 5);
	for (uint16_t i = 0; i < 5; i++) {
		assert_int_equal(room.ports[i], 1001 + i);
		assert_int_equal(room.ends[i], FLOW_INPUT_ENDED);
	}
	assert_non_null(find_plain(&room, 1001));
	room_close(&room);
}

/* Several places, and what trails behind. ------------------------------------------------------- */

static struct flow *
find_by(struct room *room, uint32_t interface, uint16_t source, unsigned flags, uint32_t sequence)
{
	struct segment segment = segment_of(source, source == 25 ? 40000 : 25, flags, sequence, flags & SYN ? 0 : 10);
	struct frame frame = { .at = { .time_ns = room->now_ns, .frame = ++room->frame }, .interface = interface };
	struct flow *flow;
	enum side side;

	segment.frame = &frame;
	flow = flow_table_find(room->table, &segment, &side);
	if (flow != NULL)
		believe(flow, side, &segment);
	return flow;
}

/* Each interface shows the whole connection. */
static void
test_two_places_are_two_flows(void **state)
{
	struct flow *inside, *outside;
	struct room room;

	(void)state;
	room_open(&room, 10, 1 << 20);
	inside = find_by(&room, 0, 40000, SYN, 1);
	assert_ptr_equal(find_by(&room, 0, 40000, SYN, 1), inside);     /* sent again */
	outside = find_by(&room, 1, 40000, SYN, 1);
	assert_ptr_not_equal(inside, outside);
	assert_ptr_equal(find_by(&room, 1, 25, SYN | ACK, 1), outside);
	assert_ptr_equal(find_by(&room, 0, 25, SYN | ACK, 1), inside);
	for (uint32_t i = 0; i < 5; i++) {
		assert_ptr_equal(find_by(&room, 0, 40000, ACK, 2 + 10 * i), inside);
		assert_ptr_equal(find_by(&room, 1, 40000, ACK, 2 + 10 * i), outside);
		assert_ptr_equal(find_by(&room, 1, 25, ACK, 2 + 10 * i), outside);
		assert_ptr_equal(find_by(&room, 0, 25, ACK, 2 + 10 * i), inside);
	}
	assert_false(inside->mixed || outside->mixed);
	/* the next connection on the same ports ends both */
	find_by(&room, 0, 40000, SYN, 5000);
	find_by(&room, 1, 40000, SYN, 5000);
	assert_int_equal(room.ended, 2);
	assert_int_equal(flow_table_counters(room.table)->replaced, 2);
	assert_int_equal(flow_table_counters(room.table)->opened, 4);
	room_close(&room);
}

/* The two directions come by one interface each: nothing is shown twice. */
static void
test_a_tap_shows_one_flow(void **state)
{
	struct room room;
	struct flow *flow;

	(void)state;
	room_open(&room, 10, 1 << 20);
	flow = find_by(&room, 0, 40000, SYN, 1);
	assert_ptr_equal(find_by(&room, 1, 25, SYN | ACK, 1), flow);
	assert_ptr_equal(find_by(&room, 0, 40000, ACK, 2), flow);
	assert_ptr_equal(find_by(&room, 1, 25, ACK, 2), flow);
	assert_true(flow->mixed);
	assert_int_equal(flow_table_counters(room.table)->opened, 1);
	room_close(&room);
}

/* Two such taps: the directions of each belong together. */
static void
test_two_taps_are_two_flows(void **state)
{
	struct flow *near, *far;
	struct room room;

	(void)state;
	room_open(&room, 10, 1 << 20);
	near = find_by(&room, 0, 40000, SYN, 1);
	far = find_by(&room, 2, 40000, SYN, 1);
	assert_ptr_equal(find_by(&room, 1, 25, SYN | ACK, 1), near);
	assert_ptr_equal(find_by(&room, 3, 25, SYN | ACK, 1), far);
	assert_ptr_equal(find_by(&room, 2, 40000, ACK, 2), far);
	assert_ptr_equal(find_by(&room, 1, 25, ACK, 2), near);
	assert_ptr_equal(find_by(&room, 3, 25, ACK, 2), far);
	room_close(&room);
}

/* For three seconds after an RST, whatever comes; then it has closed, and what trails behind opens nothing. */
static void
test_a_flow_lingers(void **state)
{
	struct room room;
	struct flow *flow;

	(void)state;
	room_open(&room, 10, 1 << 20);
	flow = find_by(&room, 0, 40000, SYN, 1);
	flow_table_linger(room.table, flow);
	for (int i = 0; i < 3; i++) {
		room.now_ns += SECOND;
		assert_ptr_equal(find_by(&room, 0, 25, ACK, 2), flow);
		assert_true(flow->lingers);
	}
	room.now_ns += SECOND / 2;
	assert_null(find_by(&room, 0, 25, ACK, 12));
	assert_int_equal(room.ended, 1);
	assert_int_equal(room.ends[0], FLOW_CLOSED);
	assert_null(find_by(&room, 0, 25, ACK, 22));
	room_close(&room);
}

/* Others' segments end it as its own do, and so do a new connection, the lack of room and the end of the input. */
static void
test_a_lingering_flow_has_closed(void **state)
{
	(void)state;
	for (int way = 0; way < 4; way++) {
		struct room room;
		struct flow *flow;

		room_open(&room, 1, 1 << 20);
		flow = find_by(&room, 0, 40000, SYN, 1);
		flow->owner = &room;
		flow->stream[CLIENT].rst_seen = true;
		flow_table_linger(room.table, flow);
		room.now_ns += way == 0 ? 4 * SECOND : SECOND;
		if (way < 2)
			find_plain(&room, 40001);
		else if (way == 2)
			assert_non_null(find_by(&room, 0, 40000, SYN, 9000));
		else
			flow_table_drain(room.table, room.now_ns);
		assert_int_equal(room.ended, 1);
		assert_int_equal(room.ends[0], FLOW_CLOSED);
		assert_int_equal(flow_table_counters(room.table)->closed, 1);
		room_close(&room);
	}
}

/* The first SYN's look is kept, or that of one sent again. */
static void
test_the_look_of_a_syn(void **state)
{
	struct segment syn = segment_of(40000, 25, SYN, 1, 0);
	struct room room;
	struct flow *flow;
	enum side side;

	(void)state;
	room_open(&room, 10, 1 << 20);
	syn.hop_limit = 64;
	flow = find(&room, syn, &side);
	assert_true(syn_is_kept(&flow->stream[CLIENT].syn_look));
	room.now_ns += 1000;
	syn.hop_limit = 63;                     /* a mirror's copy */
	find(&room, syn, &side);
	assert_int_equal(flow->stream[CLIENT].syn_look.look.hop_limit, 64);
	room.now_ns += SECOND;
	find(&room, syn, &side);
	assert_int_equal(flow->stream[CLIENT].syn_look.look.hop_limit, 63);
	assert_int_equal(flow->stream[CLIENT].syn_look.after_us, 1000001);
	assert_int_equal(flow->stream[CLIENT].syn_look.frame, 2);
	assert_false(syn_is_kept(&flow->stream[SERVER].syn_look));
	room.capture = 1;                       /* the next file of a ring */
	room.frame = 0;
	assert_ptr_equal(find(&room, segment_of(25, 40000, SYN | ACK, 7, 0), &side), flow);
	assert_true(syn_is_kept(&flow->stream[SERVER].syn_look));
	assert_int_equal(flow->stream[SERVER].syn_look.capture, 1);
	assert_int_equal(flow->stream[SERVER].syn_look.frame, 1);
	room_close(&room);
}

/* A millisecond is what captures of several queues are out of order. */
static void
test_time_that_goes_back(void **state)
{
	static const struct {
		int64_t back_ns;
		bool    regressed;
	} cases[] = { { 0, false }, { 1000000, false }, { 1000001, true }, { -1000000000, false } };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct room room;
		struct flow *flow;

		room_open(&room, 10, 1 << 20);
		find_plain(&room, 40000);
		room.now_ns -= cases[i].back_ns;
		flow = find_plain(&room, 40000);
		assert_int_equal(flow->time_regressed, cases[i].regressed);
		room_close(&room);
	}
}

/* A clock that is set ends nothing that is not idle, and keeps nothing that is. */
static void
test_clock_steps(void **state)
{
	static const int64_t steps[] = { 3600, -3600, 86400 * 365, -86400 * 365 };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(steps); i++) {
		struct room room;
		struct flow *flow;

		room_open(&room, 10, 1 << 20);
		flow_table_end(room.table, find_plain(&room, 1002), FLOW_CLOSED);
		flow = find_plain(&room, 1001);
		flow_table_clock_step(room.table, steps[i] * SECOND);
		room.now_ns += (steps[i] + 1) * SECOND;
		assert_ptr_equal(find_plain(&room, 1001), flow);
		assert_int_equal(flow->last.time_ns, room.now_ns);
		assert_null(find_plain(&room, 1002));   /* what trails behind a flow that closed a second ago */
		flow_table_age(room.table, room.now_ns + 899 * SECOND);
		assert_int_equal(room.ended, 1);
		flow_table_age(room.table, room.now_ns + 901 * SECOND);
		assert_int_equal(room.ended, 2);
		assert_int_equal(room.ends[1], FLOW_IDLE);
		find_plain(&room, 1003);
		flow_table_drain(room.table, room.now_ns + 10 * SECOND);
		assert_int_equal(room.ends[2], FLOW_INPUT_ENDED);
		room_close(&room);
	}
}

/* Time alone ends what is idle, however many flows there are, a part in one call. */
static void
test_time_alone_ends_flows(void **state)
{
	struct room room;

	(void)state;
	room_open(&room, 10000, 64 << 20);
	for (uint16_t port = 1000; port < 7000; port++)
		find_plain(&room, port);
	room.now_ns += 600 * SECOND;
	for (uint16_t port = 6000; port < 7000; port++)
		find_plain(&room, port);
	flow_table_age(room.table, room.now_ns + 299 * SECOND);
	assert_int_equal(room.ended, 0);
	flow_table_age(room.table, room.now_ns + 301 * SECOND);
	assert_in_range(room.ended, 4000, 4999);
	flow_table_age(room.table, room.now_ns + 301 * SECOND);
	assert_int_equal(room.ended, 5000);
	flow_table_age(room.table, room.now_ns + 301 * SECOND);
	assert_int_equal(room.ended, 5000);
	room_close(&room);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_openings),
		cmocka_unit_test(test_both_directions_are_one_flow),
		cmocka_unit_test(test_a_syn_corrects_the_guess),
		cmocka_unit_test(test_turn),
		cmocka_unit_test(test_lives),
		cmocka_unit_test(test_idle_flows_leave_when_others_speak),
		cmocka_unit_test(test_wild_times),
		cmocka_unit_test(test_many_flows),
		cmocka_unit_test(test_the_least_useful_leave_first),
		cmocka_unit_test(test_evict_gives_memory_back),
		cmocka_unit_test(test_evicting_while_flows_end),
		cmocka_unit_test(test_closed_flows_make_room_first),
		cmocka_unit_test(test_new_flows_leave_room),
		cmocka_unit_test(test_beginnings_leave_first),
		cmocka_unit_test(test_a_crowd_makes_way_for_itself),
		cmocka_unit_test(test_beginnings_outlive_a_flood_of_others),
		cmocka_unit_test(test_who_speaks_stays),
		cmocka_unit_test(test_spent_budget),
		cmocka_unit_test(test_drain_in_order_of_beginning),
		cmocka_unit_test(test_two_places_are_two_flows),
		cmocka_unit_test(test_a_tap_shows_one_flow),
		cmocka_unit_test(test_two_taps_are_two_flows),
		cmocka_unit_test(test_a_flow_lingers),
		cmocka_unit_test(test_a_lingering_flow_has_closed),
		cmocka_unit_test(test_the_look_of_a_syn),
		cmocka_unit_test(test_time_that_goes_back),
		cmocka_unit_test(test_clock_steps),
		cmocka_unit_test(test_time_alone_ends_flows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
