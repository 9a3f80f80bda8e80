/* Segments in, ordered bytes out: a table of short connections with what must be heard of each, and what is counted. */
#include "shared/ear.h"

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
test_connections(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(connections); i++) {
		const struct packet *packet = connections[i].packets;
		struct ear ear;

		ear_open(&ear, NULL, 1 << 20);
		for (; packet->payload != NULL; packet++)
			ear_play(&ear, packet);
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
		ear_play(&ear, &packets[i]);
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
		ear_feed(&ear, segment_of(CLIENT, SYN, 0, 0, span_of("")));
		ear_feed(&ear, answer);
		ear_feed(&ear, segment_of(CLIENT, ACK, 1, 1, span_of("ab")));
		ear_feed(&ear, segment_of(SERVER, ACK, 1, 3, span_of("")));
		ear_feed(&ear, segment_of(CLIENT, ACK, 900001, 1, span_of("cd")));
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
			ear_play(&ear, &cases[i].packets[k]);
		ear.now_ns += INT64_C(900000000000) / 2;
		ear_play(&ear, &later);
		ear_close(&ear);
		if (ear.gap_frame != cases[i].frame)
			fail_msg("%s: the gap is told in frame %llu", cases[i].name,
				(unsigned long long)ear.gap_frame);
		buffer_free(&ear.heard);
	}
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
			ear_play(&ear, &cases[i].packets[k]);
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
		ear_play(&ear, &packets[i]);
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
			ear_play(&ear, packet);
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
		ear_play(&ear, &packets[i]);
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
			ear_feed(&ear, segment);
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
		cmocka_unit_test(test_sides_turned_while_told),
		cmocka_unit_test(test_window_scale),
		cmocka_unit_test(test_where_gaps_stand),
		cmocka_unit_test(test_acknowledged_unseen),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_who_closed),
		cmocka_unit_test(test_unseen_side_has_not_begun),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
