/* How connections that take turns become frames. */
#include "traffic.h"

void
traffic_open(struct traffic *t)
{
	*t = (struct traffic){ .now_ns = INT64_C(1700000000) * 1000000000 };
	t->ends = calloc(FRAMES_MOST, sizeof(*t->ends));
	t->times = calloc(FRAMES_MOST, sizeof(*t->times));
	assert_non_null(t->ends);
	assert_non_null(t->times);
}

void
traffic_close(struct traffic *t)
{
	buffer_free(&t->bytes);
	free(t->ends);
	free(t->times);
}

void
traffic_frame(struct traffic *t, const void *bytes, size_t len)
{
	assert_true(t->count < FRAMES_MOST);
	buffer_add(&t->bytes, span_from(bytes, len));
	t->now_ns += 1000000;
	t->times[t->count] = t->now_ns;
	t->ends[t->count++] = t->bytes.len;
}

void
put16(uint8_t *at, unsigned number)
{
	at[0] = (uint8_t)(number >> 8);
	at[1] = (uint8_t)number;
}

static void
put32(uint8_t *at, uint32_t number)
{
	put16(at, number >> 16);
	put16(at + 2, number & 0xFFFF);
}

void
traffic_segment(struct traffic *t, struct connection *c, enum side side, unsigned flags, struct span payload)
{
	uint8_t frame[HEADERS + 1500] = { [12] = 0x08, [14] = 0x45, [22] = 64, [23] = 6 };
	unsigned ports[2] = { 1024 + c->number % 60000, c->server_port };

	assert_true(payload.len <= 1460);
	put16(frame + 16, 40 + (unsigned)payload.len);
	put32(side == CLIENT ? frame + 26 : frame + 30, 0x0A000000 | (c->number & 0xFFFF));
	put32(side == CLIENT ? frame + 30 : frame + 26, 0xC0000200 | c->number % 7);
	put16(frame + 34, ports[side]);
	put16(frame + 36, ports[1 - side]);
	put32(frame + 38, c->next[side]);
	put32(frame + 42, flags & TCP_ACK ? c->next[1 - side] : 0);
	frame[46] = 0x50;
	frame[47] = (uint8_t)flags;
	put16(frame + 48, 60000);
	if (payload.len > 0)
		memcpy(frame + HEADERS, payload.at, payload.len);
	traffic_frame(t, frame, HEADERS + payload.len);
	c->next[side] += (uint32_t)payload.len + ((flags & (TCP_SYN | TCP_FIN)) != 0);
}

void
traffic_connect(struct traffic *t, struct connection *c)
{
	c->next[CLIENT] = 0x10000000 + c->number;
	c->next[SERVER] = 0xFFFFFFF0;   /* wraps around early */
	traffic_segment(t, c, CLIENT, TCP_SYN, (struct span){ 0 });
	traffic_segment(t, c, SERVER, TCP_SYN | TCP_ACK, (struct span){ 0 });
	traffic_segment(t, c, CLIENT, TCP_ACK, (struct span){ 0 });
}

void
traffic_say(struct traffic *t, struct connection *c, enum side side, struct span bytes, size_t piece)
{
	for (; bytes.len > 0; bytes = span_after(bytes, piece))
		traffic_segment(t, c, side, TCP_ACK | TCP_PSH, span_first(bytes, piece));
}

void
traffic_turn(struct traffic *t, struct connection *c, struct span turn, size_t piece)
{
	enum side side = turn.at[0] == 'F' || turn.at[0] == 'R' || turn.at[0] == 'C' ? CLIENT : SERVER;

	switch (turn.at[0]) {
	case 'O': traffic_connect(t, c); break;
	case 'W': t->now_ns += INT64_C(60) * 1000000000; break;
	case 'R':
	case 'r': traffic_segment(t, c, side, TCP_RST | TCP_ACK, (struct span){ 0 }); break;
	case 'F':
	case 'f':
		traffic_segment(t, c, side, TCP_FIN | TCP_ACK, (struct span){ 0 });
		traffic_segment(t, c, side_other(side), TCP_FIN | TCP_ACK, (struct span){ 0 });
		traffic_segment(t, c, side, TCP_ACK, (struct span){ 0 });
		break;
	default: traffic_say(t, c, side, span_after(turn, 2), piece);
	}
}

bool
story_turn(const char *story, size_t index, struct span *turn_r)
{
	for (; *story != '\0'; index--) {
		size_t len = strcspn(story, "|");

		if (index == 0) {
			*turn_r = span_from(story, len);
			return true;
		}
		story += len + (story[len] == '|');
	}
	return false;
}

void
traffic_tell(struct traffic *t, const char *const *stories, size_t story_count, size_t count, size_t piece)
{
	struct connection *connections = calloc(count, sizeof(*connections));
	bool more = true;

	assert_non_null(connections);
	for (size_t i = 0; i < count; i++)
		connections[i] = (struct connection){ .number = (unsigned)i + 1, .server_port = 25 };
	for (size_t turn_index = 0; more; turn_index++) {
		more = false;
		for (size_t i = 0; i < count; i++) {
			struct span turn;

			if (!story_turn(stories[i % story_count], turn_index, &turn))
				continue;
			traffic_turn(t, &connections[i], turn, piece);
			more = true;
		}
	}
	free(connections);
}

struct frame
traffic_at(const struct traffic *t, size_t index)
{
	static uint8_t memory[HEADERS + 2048];
	size_t start = index > 0 ? t->ends[index - 1] : 0, len = t->ends[index] - start;

	assert_true(len <= sizeof(memory));
	memset(memory, 0xDD, sizeof(memory));
	memcpy(memory, t->bytes.at + start, len);
	return (struct frame){
		.at = { .time_ns = t->times[index], .frame = index + 1 },
		.link_type = ETHERNET,
		.wire_len = (uint32_t)len,
		.bytes = span_from(memory, len),
	};
}
