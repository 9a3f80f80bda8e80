/* IP fragments in any order and of any malice. */
#include "shared/ip_sample.h"

static const char message[] = "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\n";

/* The bytes of the segment that the fragments carry: 24 of header and the message. */
static const uint8_t *
whole_segment(size_t *len_r)
{
	static uint8_t bytes[24 + sizeof(message)];

	packet.len = 0;
	tcp(message);
	*len_r = packet.len;
	memcpy(bytes, packet.bytes, packet.len);
	return bytes;
}

/* Bytes `from` to `to` of the segment as one fragment of version 4 or 6. */
static void
fragment(unsigned version, uint16_t id, size_t from, size_t to, bool more)
{
	size_t len;
	const uint8_t *bytes = whole_segment(&len);

	if (version == 4) {
		v4(TCP, id, (uint16_t)((more ? MORE : 0) | from / 8), 4);
	} else {
		v6(60);
		extension(44, 0);
		fragment_header(TCP, (uint32_t)from, more, id);
	}
	assert_true(to <= len);
	put(bytes + from, to - from);
	seal();
}

static const struct {
	size_t from, to;
	bool   more;
} parts[] = {
	{ 0, 16, true },
	{ 16, 48, true },
	{ 48, 24 + sizeof(message) - 1, false },
};

static void
test_fragments_in_every_order(void **state)
{
	static const size_t orders[][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};

	(void)state;
	for (unsigned version = 4; version <= 6; version += 2)
		for (size_t i = 0; i < TABLE_LENGTH(orders); i++) {
			struct bench bench = bench_new();

			for (size_t j = 0; j < 3; j++) {
				size_t part = orders[i][j];

				fragment(version, 9, parts[part].from, parts[part].to,
					parts[part].more);
				assert_int_equal(decode(&bench), j < 2 ? IP_FRAGMENT : IP_SEGMENT);
			}
			assert_payload(&bench, message);
			assert_true(bench.segment.fragmented);
			assert_int_equal(ip_counters(bench.ip)->fragments, 3);
			assert_int_equal(ip_counters(bench.ip)->reassembled, 1);
			assert_int_equal(ip_counters(bench.ip)->overlaps, 0);
			/* its packet reads like one that was never cut up */
			memcpy(packet.bytes, bench.segment.packet.at, bench.segment.packet.len);
			packet.len = bench.segment.packet.len;
			assert_int_equal(decode(&bench), IP_SEGMENT);
			assert_payload(&bench, message);
			assert_false(bench.segment.fragmented);
			bench_end(&bench);
		}
}

/* Every fragment twice: the doubles bring nothing new and overlap with the same bytes. */
static void
test_duplicate_fragments(void **state)
{
	struct bench bench = bench_new();

	(void)state;
	for (size_t j = 0; j < 2; j++)
		for (size_t twice = 0; twice < 2; twice++) {
			fragment(4, 9, parts[j].from, parts[j].to, true);
			assert_int_equal(decode(&bench), IP_FRAGMENT);
		}
	fragment(4, 9, parts[2].from, parts[2].to, false);
	assert_int_equal(decode(&bench), IP_SEGMENT);
	assert_payload(&bench, message);
	assert_int_equal(ip_counters(bench.ip)->overlaps, 0);
	bench_end(&bench);
}

/* A sender has 65536 numbers at most, and some have one: a packet that is whole leaves nothing behind for the next of
 * its number (RFC 6864, section 4). */
static void
test_a_number_used_again(void **state)
{
	static const size_t cuts[] = { 8, 16, 24, 16 };
	struct bench bench = bench_new();

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cuts); i++) {
		fragment(4, 9, 0, cuts[i], true);
		assert_int_equal(decode(&bench), IP_FRAGMENT);
		fragment(4, 9, cuts[i], parts[2].to, false);
		assert_int_equal(decode(&bench), IP_SEGMENT);
		assert_payload(&bench, message);
	}
	assert_int_equal(ip_counters(bench.ip)->overlaps, 0);
	bench_end(&bench);
}

/* Where fragments overlap with other bytes the first ones stand, wherever the overlap lies. */
static void
test_overlap(void **state)
{
	static const struct {
		size_t   from, to;      /* the hostile fragment, between the first and the others */
		uint64_t overlaps;
	} cases[] = {
		{ 0, 16, 1 },                   /* the same place */
		{ 8, 16, 1 },                   /* inside */
		{ 0, 8, 1 },
	};

	(void)state;
	for (unsigned version = 4; version <= 6; version += 2)
		for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
			struct bench bench = bench_new();
			size_t len = cases[i].to - cases[i].from;

			fragment(version, 9, 0, 16, true);
			assert_int_equal(decode(&bench), IP_FRAGMENT);
			fragment(version, 9, cases[i].from, cases[i].to, true);
			memset(packet.bytes + packet.len - len, 'X', len);
			assert_int_equal(decode(&bench), IP_FRAGMENT);
			fragment(version, 9, 16, 48, true);
			assert_int_equal(decode(&bench), IP_FRAGMENT);
			fragment(version, 9, 48, parts[2].to, false);
			assert_int_equal(decode(&bench), IP_SEGMENT);
			assert_payload(&bench, message);
			assert_int_equal(ip_counters(bench.ip)->overlaps, cases[i].overlaps);
			bench_end(&bench);
		}
}

/* A fragment that covers others and the holes between them fills the holes only. */
static void
test_overlap_across_holes(void **state)
{
	struct bench bench = bench_new();

	(void)state;
	fragment(4, 9, 16, 24, true);
	assert_int_equal(decode(&bench), IP_FRAGMENT);
	fragment(4, 9, 40, 48, true);
	assert_int_equal(decode(&bench), IP_FRAGMENT);
	fragment(4, 9, 56, parts[2].to, false);
	assert_int_equal(decode(&bench), IP_FRAGMENT);
	fragment(4, 9, 0, 56, true);
	memset(packet.bytes + 24 + 16, 'X', 8);
	memset(packet.bytes + 24 + 40, 'X', 8);
	assert_int_equal(decode(&bench), IP_SEGMENT);
	assert_payload(&bench, message);
	assert_int_equal(ip_counters(bench.ip)->overlaps, 1);
	bench_end(&bench);
}

/* Fragments that no sender writes: each alone, and none of them is kept. */
static void
test_malformed_fragments(void **state)
{
	static const struct {
		const char *what;
		uint32_t    offset;
		size_t      len;
		bool        more;
	} cases[] = {
		{ "empty, more to come", 0, 0, true },
		{ "empty, the last", 8, 0, false },
		{ "not a multiple of 8", 0, 13, true },
		{ "past 65535", 65528, 16, true },
		{ "past 65535, the last", 65528, 8, false },
	};

	(void)state;
	for (unsigned version = 4; version <= 6; version += 2)
		for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
			struct bench bench = bench_new();

			if (version == 4) {
				uint32_t flags = cases[i].more ? MORE : 0;

				v4(TCP, 5, (uint16_t)(flags | cases[i].offset / 8), 0);
			} else {
				v6(44);
				fragment_header(TCP, cases[i].offset, cases[i].more, 5);
			}
			put("0123456789ABCDEF", cases[i].len);
			seal();
			if (decode(&bench) != IP_MALFORMED)
				fail_msg("%s", cases[i].what);
			assert_int_equal(bench.budget.used, 0);
			bench_end(&bench);
		}
}

/* Header and fragments together may not pass 65535 either, least of all by a length that would read
 * as 0. */
static void
test_whole_packet_too_long(void **state)
{
	static const struct {
		size_t         last;
		enum ip_result result;
	} cases[] = {
		{ 3, IP_SEGMENT }, { 4, IP_MALFORMED }, { 16, IP_MALFORMED },
	};
	static uint8_t zeros[65512];

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct bench bench = bench_new();

		v4(TCP, 5, MORE, 0);
		tcp("");
		put(zeros, 65512 - 24);
		seal();
		assert_int_equal(decode(&bench), IP_FRAGMENT);
		v4(TCP, 5, 65512 / 8, 0);
		put(zeros, cases[i].last);
		seal();
		assert_int_equal(decode(&bench), cases[i].result);
		bench_end(&bench);
	}
}

/* The last fragment ends before what another one holds, two ends differ, bytes stand behind the
 * end: the packet is given up. */
static void
test_contradicting_ends(void **state)
{
	static const struct {
		const char *what;
		size_t      from1, to1;
		bool        more1;
		size_t      from2, to2;
		bool        more2;
	} cases[] = {
		{ "teardrop", 0, 40, true, 24, 28, false },
		{ "two ends", 16, 40, false, 16, 48, false },
		{ "an earlier end", 16, 40, false, 16, 32, false },
		{ "bytes behind the end", 16, 40, false, 40, 48, true },
	};

	(void)state;
	for (unsigned version = 4; version <= 6; version += 2)
		for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
			struct bench bench = bench_new();

			fragment(version, 9, cases[i].from1, cases[i].to1, cases[i].more1);
			assert_int_equal(decode(&bench), IP_FRAGMENT);
			fragment(version, 9, cases[i].from2, cases[i].to2, cases[i].more2);
			if (decode(&bench) != IP_MALFORMED)
				fail_msg("%s", cases[i].what);
			assert_int_equal(ip_counters(bench.ip)->abandoned, 1);
			assert_int_equal(bench.budget.used, 0);
			bench_end(&bench);
		}
}

/* Without its first fragment a packet waits, and after 30 seconds it is forgotten; so it is when
 * the clock jumps back. */
static void
test_time_limit(void **state)
{
	static const struct {
		int64_t        later_ns;
		enum ip_result result;
		uint64_t       abandoned;
	} cases[] = {
		{ 0, IP_SEGMENT, 0 },
		{ INT64_C(30) * SECOND, IP_SEGMENT, 0 },
		{ INT64_C(30) * SECOND + 1, IP_FRAGMENT, 1 },
		{ INT64_C(-30) * SECOND, IP_SEGMENT, 0 },
		{ INT64_C(-31) * SECOND, IP_FRAGMENT, 1 },
		{ INT64_MIN, IP_FRAGMENT, 1 },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct bench bench = bench_new();

		fragment(4, 9, 16, parts[2].to, false);
		assert_int_equal(decode(&bench), IP_FRAGMENT);
		bench.frame.at.time_ns += cases[i].later_ns;
		fragment(4, 9, 0, 16, true);
		assert_int_equal(decode(&bench), cases[i].result);
		assert_int_equal(ip_counters(bench.ip)->abandoned, cases[i].abandoned);
		bench_end(&bench);
	}
}

/* What is too old leaves when any other fragment comes. */
static void
test_old_packets_leave(void **state)
{
	struct bench bench = bench_new();
	size_t used;

	(void)state;
	fragment(4, 1, 16, 48, true);
	assert_int_equal(decode(&bench), IP_FRAGMENT);
	used = bench.budget.used;
	for (uint16_t id = 2; id < 20; id++) {
		bench.frame.at.time_ns += INT64_C(31) * SECOND;
		fragment(4, id, 16, 48, true);
		assert_int_equal(decode(&bench), IP_FRAGMENT);
		assert_int_equal(bench.budget.used, used);
		assert_int_equal(ip_counters(bench.ip)->abandoned, id - 1);
	}
	bench_end(&bench);
}

/* Of two first fragments the header of the first one stands, as its bytes do. */
static void
test_first_header_stands(void **state)
{
	struct bench bench = bench_new();

	(void)state;
	fragment(4, 9, 0, 16, true);
	assert_int_equal(decode(&bench), IP_FRAGMENT);
	fragment(4, 9, 0, 16, true);
	packet.bytes[8] = 99;
	assert_int_equal(decode(&bench), IP_FRAGMENT);
	fragment(4, 9, 16, parts[2].to, false);
	packet.bytes[8] = 98;
	assert_int_equal(decode(&bench), IP_SEGMENT);
	assert_int_equal(bench.segment.hop_limit, 61);
	bench_end(&bench);
}

/* Fragments belong together only if identification, protocol, addresses, version and VLAN are the
 * same. */
static void
test_fragments_of_other_packets(void **state)
{
	struct bench bench = bench_new();

	(void)state;
	fragment(4, 9, 0, 16, true);
	assert_int_equal(decode(&bench), IP_FRAGMENT);
	fragment(4, 10, 16, parts[2].to, false);
	assert_int_equal(decode(&bench), IP_FRAGMENT);
	fragment(6, 9, 16, parts[2].to, false);
	assert_int_equal(decode(&bench), IP_FRAGMENT);
	fragment(4, 9, 16, parts[2].to, false);
	packet.bytes[15] = 99;
	assert_int_equal(decode(&bench), IP_FRAGMENT);
	fragment(4, 9, 16, parts[2].to, false);
	packet.bytes[9] = UDP;
	assert_int_equal(decode(&bench), IP_OTHER);
	fragment(4, 9, 16, parts[2].to, false);
	assert_int_equal(decode(&bench), IP_SEGMENT);
	assert_payload(&bench, message);
	bench_end(&bench);
}

/* In IPv6 only the first fragment says what the packet carries (RFC 8200, section 4.5). */
static void
test_v6_next_header_of_first(void **state)
{
	static const struct {
		uint8_t        first, second;
		enum ip_result result;
	} cases[] = {
		{ TCP, UDP, IP_SEGMENT },
		{ UDP, TCP, IP_OTHER },
		{ 44, TCP, IP_MALFORMED },      /* a fragment of a fragment */
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct bench bench = bench_new();

		fragment(6, 9, 16, parts[2].to, false);
		packet.bytes[48] = cases[i].second;
		assert_int_equal(decode(&bench), IP_FRAGMENT);
		fragment(6, 9, 0, 16, true);
		packet.bytes[48] = cases[i].first;
		assert_int_equal(decode(&bench), cases[i].result);
		bench_end(&bench);
	}
}

/* RFC 6946: a fragment header on a whole packet is no fragment, whatever waits under the same
 * number. */
static void
test_v6_atomic_fragment(void **state)
{
	struct bench bench = bench_new();

	(void)state;
	fragment(6, 9, 0, 16, true);
	assert_int_equal(decode(&bench), IP_FRAGMENT);
	fragment(6, 9, 0, parts[2].to, false);
	assert_int_equal(decode(&bench), IP_SEGMENT);
	assert_payload(&bench, message);
	assert_false(bench.segment.fragmented);
	bench_end(&bench);
}

/* ... even in front of a real fragment header. */
static void
test_v6_atomic_then_fragment(void **state)
{
	struct bench bench = bench_new();
	uint8_t bytes[24 + sizeof(message)];
	size_t len;

	(void)state;
	memcpy(bytes, whole_segment(&len), sizeof(bytes));
	for (size_t i = 0; i < 2; i++) {
		v6(44);
		fragment_header(44, 0, false, 1);
		fragment_header(TCP, i == 0 ? 0 : 16, i == 0, 2);
		put(bytes + (i == 0 ? 0 : 16), i == 0 ? 16 : len - 16);
		seal();
		assert_int_equal(decode(&bench), i == 0 ? IP_FRAGMENT : IP_SEGMENT);
	}
	assert_payload(&bench, message);
	bench_end(&bench);
}

/* A cut fragment leaves a hole: what stands in front of it is still a segment. */
static void
test_fragment_cut_by_snaplen(void **state)
{
	struct bench bench = bench_new();

	(void)state;
	fragment(4, 9, 0, 40, true);
	assert_int_equal(decode_cut(&bench, packet.len - 6), IP_FRAGMENT);
	fragment(4, 9, 40, parts[2].to, false);
	assert_int_equal(decode(&bench), IP_SEGMENT);
	assert_int_equal(bench.segment.payload.len, 40 - 24 - 6);
	assert_memory_equal(bench.segment.payload.at, message, 40 - 24 - 6);
	assert_int_equal(bench.segment.payload_wire_len, strlen(message));
	bench_end(&bench);
}

/* However many packets begin and never end, what is held stays bounded, and the newest still
 * complete. */
static void
test_flood(void **state)
{
	static const struct {
		size_t   size;
		unsigned packets;
	} cases[] = {
		{ 8, 5000 }, { 1400, 5000 }, { 32000, 500 },
	};
	static uint8_t zeros[32000];

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct bench bench = bench_new();

		for (unsigned id = 0; id < cases[i].packets; id++) {
			v4(TCP, (uint16_t)(100 + id), MORE | 100, 0);
			put(zeros, cases[i].size);
			seal();
			assert_int_equal(decode(&bench), IP_FRAGMENT);
			assert_true(bench.budget.used < 5 << 20);
		}
		assert_true(ip_counters(bench.ip)->abandoned > 300);
		fragment(4, 9, 0, 16, true);
		assert_int_equal(decode(&bench), IP_FRAGMENT);
		fragment(4, 9, 16, parts[2].to, false);
		assert_int_equal(decode(&bench), IP_SEGMENT);
		assert_payload(&bench, message);
		bench_end(&bench);
	}
}

/* One packet in thousands of tiny pieces is given up before it costs time. */
static void
test_tiny_pieces(void **state)
{
	struct bench bench = bench_new();

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		v4(TCP, 9, (uint16_t)(MORE | (2 * i + 1)), 0);
		put("12345678", 8);
		seal();
		assert_int_equal(decode(&bench), IP_FRAGMENT);
	}
	assert_int_equal(ip_counters(bench.ip)->abandoned, 1);
	bench_end(&bench);
}

static void
test_spent_budget(void **state)
{
	struct bench bench = { .budget = { .limit = 200 } };

	(void)state;
	fragment(4, 9, 0, 16, true);
	assert_int_equal(decode(&bench), IP_FRAGMENT);
	assert_int_equal(ip_counters(bench.ip)->abandoned, 1);
	fragment(4, 9, 16, parts[2].to, false);
	assert_int_equal(decode(&bench), IP_FRAGMENT);
	bench_end(&bench);
}

/* Headers in front of the fragment header that are longer than any stack writes. */
static void
test_v6_endless_headers(void **state)
{
	struct bench bench = bench_new();

	(void)state;
	v6(60);
	extension(44, 60);
	fragment_header(TCP, 0, true, 9);
	put("12345678", 8);
	seal();
	assert_int_equal(decode(&bench), IP_MALFORMED);
	assert_int_equal(bench.budget.used, 0);
	bench_end(&bench);
}

/* Whatever byte of a packet is replaced by whatever value: an answer, and no read outside. */
static void
test_every_byte_changed(void **state)
{
	static uint8_t original[200];

	(void)state;
	for (unsigned version = 4; version <= 6; version += 2) {
		struct bench bench = bench_new();
		size_t len;

		fragment(version, 9, 0, parts[2].to, false);
		len = packet.len;
		memcpy(original, packet.bytes, len);
		for (size_t at = 0; at < len; at++)
			for (unsigned value = 0; value < 256; value++) {
				memcpy(packet.bytes, original, len);
				packet.bytes[at] = (uint8_t)value;
				if (decode(&bench) != IP_SEGMENT)
					continue;
				assert_true(bench.segment.payload.len <=
					    bench.segment.payload_wire_len);
				assert_true(bench.segment.payload_wire_len < 1 << 20);
			}
		bench_end(&bench);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fragments_in_every_order),
		cmocka_unit_test(test_duplicate_fragments),
		cmocka_unit_test(test_a_number_used_again),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_overlap_across_holes),
		cmocka_unit_test(test_malformed_fragments),
		cmocka_unit_test(test_whole_packet_too_long),
		cmocka_unit_test(test_contradicting_ends),
		cmocka_unit_test(test_time_limit),
		cmocka_unit_test(test_old_packets_leave),
		cmocka_unit_test(test_first_header_stands),
		cmocka_unit_test(test_fragments_of_other_packets),
		cmocka_unit_test(test_v6_next_header_of_first),
		cmocka_unit_test(test_v6_atomic_fragment),
		cmocka_unit_test(test_v6_atomic_then_fragment),
		cmocka_unit_test(test_fragment_cut_by_snaplen),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_tiny_pieces),
		cmocka_unit_test(test_spent_budget),
		cmocka_unit_test(test_v6_endless_headers),
		cmocka_unit_test(test_every_byte_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
