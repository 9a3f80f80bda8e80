/* One dialogue that must be heard alike however the network treats it. */
#include "shared/ear.h"

enum {
	MOST_SEGMENTS = 4096,
};

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
			ear_feed(&ear, strip->segments[k]);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dialogue_in_every_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
