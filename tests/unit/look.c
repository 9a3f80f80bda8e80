/* How segments look: checksums over pseudo header and segment, options, what is of the link. */
#include "base/table.h"
#include "shared/ip_sample.h"
#include "wire/look.h"
#include "wire/options.h"

static void
set_checksum(size_t at, uint32_t checksum)
{
	packet.bytes[at] = (uint8_t)(checksum >> 8);
	packet.bytes[at + 1] = (uint8_t)checksum;
}

/* The field's value that makes the packet right, by the definition: the complement of the sum of all else. */
static uint32_t
right_checksum(size_t addresses, size_t address_len, size_t tcp_at)
{
	uint32_t total = TCP + (uint32_t)(packet.len - tcp_at);

	set_checksum(tcp_at + 16, 0);
	for (size_t i = 0; i < 2 * address_len; i++)
		total += (uint32_t)packet.bytes[addresses + i] << (i % 2 == 0 ? 8 : 0);
	for (size_t i = tcp_at; i < packet.len; i++)
		total += (uint32_t)packet.bytes[i] << ((i - tcp_at) % 2 == 0 ? 8 : 0);
	while (total > 0xFFFF)
		total = (total & 0xFFFF) + (total >> 16);
	return ~total & 0xFFFF;
}

static const struct {
	const char   *name;
	bool          v6;
	const char   *payload;
	uint32_t      flipped;          /* in the checksum */
	size_t        cut;              /* bytes that the snaplen took */
	enum checksum checksum;
} sums[] = {
	{ "IPv4", false, "EHLO ab\r\n", 0, 0, CHECKSUM_RIGHT },
	{ "odd length", false, "EHLO abc\r\n", 0, 0, CHECKSUM_RIGHT },
	{ "nothing in it", false, "", 0, 0, CHECKSUM_RIGHT },
	{ "one bit wrong", false, "EHLO ab\r\n", 1, 0, CHECKSUM_WRONG },
	{ "cut", false, "EHLO ab\r\n", 0, 1, CHECKSUM_UNKNOWN },
	{ "cut in the header", false, "", 0, 1, CHECKSUM_UNKNOWN },
	{ "IPv6", true, "EHLO ab\r\n", 0, 0, CHECKSUM_RIGHT },
	{ "IPv6, odd length", true, "EHLO abc\r\n", 0, 0, CHECKSUM_RIGHT },
	{ "IPv6, wrong", true, "EHLO ab\r\n", 0x8000, 0, CHECKSUM_WRONG },
};

static void
test_checksums(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(sums); i++) {
		struct bench bench = bench_new();
		size_t tcp_at = sums[i].v6 ? 40 : 20;

		if (sums[i].v6)
			v6(TCP);
		else
			v4(TCP, 1, 0, 0);
		tcp(sums[i].payload);
		seal();
		set_checksum(tcp_at + 16,
			right_checksum(sums[i].v6 ? 8 : 12, sums[i].v6 ? 16 : 4, tcp_at) ^ sums[i].flipped);
		assert_int_equal(decode_cut(&bench, packet.len - sums[i].cut), IP_SEGMENT);
		if (segment_checksum(&bench.segment) != sums[i].checksum)
			fail_msg("%s: %d", sums[i].name, (int)segment_checksum(&bench.segment));
		bench_end(&bench);
	}
}

/* The packet is on its way to another address than the one it is summed up with. */
static void
test_a_routed_packet_tells_nothing(void **state)
{
	(void)state;
	for (unsigned left = 0; left < 2; left++) {
		struct bench bench = bench_new();

		v6(43);
		put_number(TCP, 1);
		put_number(0, 1);
		put_number(0, 1);
		put_number(left, 1);
		put_number(0, 4);
		tcp("QUIT\r\n");
		seal();
		set_checksum(48 + 16, right_checksum(8, 16, 48));
		assert_int_equal(decode(&bench), IP_SEGMENT);
		assert_int_equal(segment_checksum(&bench.segment), left > 0 ? CHECKSUM_UNKNOWN : CHECKSUM_RIGHT);
		bench_end(&bench);
	}
}

static void
test_headers(void **state)
{
	struct bench bench = bench_new();
	struct look look;

	(void)state;
	v4(TCP, 0x1234, 0x4000, 0);
	packet.bytes[1] = 0x48;
	tcp("");
	seal();
	assert_int_equal(decode(&bench), IP_SEGMENT);
	look = look_of(&bench.segment);
	assert_true(look.is_v4 && look.dont_fragment);
	assert_int_equal(look.label, 0x1234);
	assert_int_equal(look.traffic_class, 0x48);
	assert_int_equal(look.hop_limit, 61);
	assert_int_equal(look.window, 512);
	assert_int_equal(look.link_mark, 0);

	v6(TCP);
	packet.bytes[0] = 0x6A;
	packet.bytes[1] = 0xBC;
	packet.bytes[2] = 0xDE;
	packet.bytes[3] = 0xF0;
	tcp("");
	seal();
	assert_int_equal(decode(&bench), IP_SEGMENT);
	look = look_of(&bench.segment);
	assert_false(look.is_v4 || look.dont_fragment);
	assert_int_equal(look.traffic_class, 0xAB);
	assert_int_equal(look.label, 0xCDEF0);
	bench_end(&bench);
}

static const struct {
	const char *bytes;
	size_t      len;
	uint16_t    mss;
	int         scale;              /* -1: none */
	bool        timestamp;
	size_t      like;               /* has the same mark as this one */
} options[] = {
	{ "", 0, 0, -1, false, 0 },
	{ "\x02\x04\x05\xb4", 4, 1460, -1, false, 1 },
	{ "\x01\x01\x02\x04\x05\xb4\x01\x00", 8, 1460, -1, false, 1 },
	{ "\x02\x04\x05\xb4\x03\x03\x07", 7, 1460, 7, false, 3 },
	{ "\x03\x03\x07\x02\x04\x05\xb4", 7, 1460, 7, false, 4 },
	{ "\x03\x03\xff", 3, 0, 14, false, 5 },
	{ "\x08\x0a\x00\x00\x00\x07\x00\x00\x00\x09", 10, 0, -1, true, 6 },
	{ "\x01\x01\x08\x0a\x00\x00\x00\x07\x00\x00\x00\x09", 12, 0, -1, true, 6 },
	/* lengths that lie: what stands before them counts */
	{ "\x02\x04\x05\xb4\x08\x0b\x00\x00\x00\x07\x00\x00\x00\x09", 14, 1460, -1, false, 1 },
	{ "\x02\x04\x05\xb4\x05\x00", 6, 1460, -1, false, 1 },
	{ "\x02\x04\x05\xb4\x05", 5, 1460, -1, false, 1 },
};

static void
test_options(void **state)
{
	uint32_t marks[TABLE_LENGTH(options)];

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(options); i++) {
		struct segment segment = { .options = span_from(options[i].bytes, options[i].len) };
		struct look look = look_of(&segment);

		marks[i] = look.options_mark;
		assert_int_equal(look.mss, options[i].mss);
		assert_int_equal(look.has_window_scale ? (int)look.window_scale : -1, options[i].scale);
		assert_int_equal(look.has_timestamp, options[i].timestamp);
		if (look.has_timestamp)
			assert_true(look.ts_value == 7 && look.ts_echo == 9);
		for (size_t k = 0; k <= i; k++)
			if ((marks[k] == marks[i]) != (options[k].like == options[i].like))
				fail_msg("options %zu and %zu", k, i);
	}
}

/* VLANs tell senders apart as their addresses do. */
static void
test_link_marks(void **state)
{
	struct segment segment = { .link_source = span_of("\x02\x03\x04\x05\x06\x07") };
	uint32_t first = look_of(&segment).link_mark;

	(void)state;
	assert_int_not_equal(first, 0);
	segment.vlan = 7;
	assert_int_not_equal(look_of(&segment).link_mark, first);
	segment.vlan = 0;
	segment.link_source = span_of("\x02\x03\x04\x05\x06\x08");
	assert_int_not_equal(look_of(&segment).link_mark, first);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checksums),
		cmocka_unit_test(test_a_routed_packet_tells_nothing),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_link_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
