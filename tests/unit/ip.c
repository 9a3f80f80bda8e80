/* From IP packets to TCP segments: headers that lie, padding, what the snaplen cut. */
#include "shared/ip_sample.h"

static void
test_segment_is_complete(void **state)
{
	struct bench bench = bench_new();
	const struct segment *s = &bench.segment;
	char text[ADDRESS_TEXT_SIZE];

	(void)state;
	v4(TCP, 0x1234, 0x4000, 0);
	tcp("EHLO x\r\n");
	seal();
	assert_int_equal(decode(&bench), IP_SEGMENT);
	assert_payload(&bench, "EHLO x\r\n");
	assert_ptr_equal(s->frame, &bench.frame);
	assert_string_equal(address_text(&s->source.address, text), "192.0.2.1");
	assert_string_equal(address_text(&s->target.address, text), "192.0.2.2");
	assert_int_equal(s->vlan, 7);
	assert_int_equal(s->sequence, 0x01020304);
	assert_int_equal(s->acknowledgement, 0x05060708);
	assert_int_equal(s->flags, TCP_PSH | TCP_ACK);
	assert_int_equal(s->window, 512);
	assert_int_equal(s->urgent, 7);
	assert_int_equal(s->hop_limit, 61);
	assert_int_equal(s->ip_id, 0x1234);
	assert_int_equal(s->options.len, 4);
	assert_memory_equal(s->options.at, "\1\1\1\0", 4);
	assert_int_equal(s->packet.len, packet.len);
	assert_false(s->fragmented);
	bench_end(&bench);
}

static void
test_v4_headers(void **state)
{
	static const struct {
		const char    *what;
		size_t         options;
		uint8_t        protocol;
		uint8_t        first;           /* replaces the first byte, unless 0 */
		int            total;           /* stated total length; -1: the true one */
		size_t         padding;
		enum ip_result result;
	} cases[] = {
		{ "plain", 0, TCP, 0, -1, 0, IP_SEGMENT },
		{ "options", 12, TCP, 0, -1, 0, IP_SEGMENT },
		{ "all options", 40, TCP, 0, -1, 0, IP_SEGMENT },
		{ "padding", 0, TCP, 0, -1, 6, IP_SEGMENT },
		{ "segmentation offload", 0, TCP, 0, 0, 0, IP_SEGMENT },
		{ "UDP", 0, UDP, 0, -1, 0, IP_OTHER },
		{ "header length 0", 0, TCP, 0x40, -1, 0, IP_MALFORMED },
		{ "header length 16", 0, TCP, 0x44, -1, 0, IP_MALFORMED },
		{ "version 5", 0, TCP, 0x55, -1, 0, IP_MALFORMED },
		{ "version 0", 0, TCP, 0x05, -1, 0, IP_MALFORMED },
		{ "total below header", 0, TCP, 0, 19, 0, IP_MALFORMED },
		{ "total is header", 0, TCP, 0, 20, 0, IP_MALFORMED },
		{ "total inside options", 12, TCP, 0, 28, 0, IP_MALFORMED },
		{ "total inside TCP", 0, TCP, 0, 39, 0, IP_MALFORMED },
		{ "total inside TCP options", 0, TCP, 0, 43, 0, IP_MALFORMED },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct bench bench = bench_new();

		v4(cases[i].protocol, 1, 0, cases[i].options);
		tcp("QUIT\r\n");
		if (cases[i].total < 0)
			seal();
		else
			set_number(2, (uint32_t)cases[i].total);
		if (cases[i].first != 0)
			packet.bytes[0] = cases[i].first;
		put("PADDING", cases[i].padding);
		if (decode(&bench) != cases[i].result)
			fail_msg("%s", cases[i].what);
		if (cases[i].result == IP_SEGMENT)
			assert_payload(&bench, "QUIT\r\n");
		assert_int_equal(ip_counters(bench.ip)->malformed,
			cases[i].result == IP_MALFORMED);
		bench_end(&bench);
	}
}

/* The IP header tells of more bytes than the frame had: they are missing, as if the snaplen had cut
 * them. */
static void
test_total_beyond_frame(void **state)
{
	struct bench bench = bench_new();

	(void)state;
	v4(TCP, 1, 0, 0);
	tcp("QUIT\r\n");
	set_number(2, (uint32_t)packet.len + 50);
	assert_int_equal(decode(&bench), IP_SEGMENT);
	assert_int_equal(bench.segment.payload.len, 6);
	assert_int_equal(bench.segment.payload_wire_len, 56);
	bench_end(&bench);
}

/* With a total length of 0 the frame tells the length, unless the file claims what cannot be. */
static void
test_offload_claims(void **state)
{
	static const struct {
		uint32_t wire_len, payload_wire_len;
	} cases[] = {
		{ 50, 6 },
		{ 1000, 956 },
		{ 1 << 20, (1 << 20) - 44 },
		{ (1 << 20) + 1, 6 },
		{ UINT32_MAX, 6 },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct bench bench = bench_new();
		struct link link = { .wire_len = cases[i].wire_len };

		v4(TCP, 1, 0, 0);
		tcp("QUIT\r\n");
		link.packet = span_from(packet.bytes, packet.len);
		bench.ip = ip_new(&bench.budget);
		assert_int_equal(ip_decode(bench.ip, &bench.frame, &link, &bench.segment),
			IP_SEGMENT);
		assert_int_equal(bench.segment.payload.len, 6);
		assert_int_equal(bench.segment.payload_wire_len, cases[i].payload_wire_len);
		bench_end(&bench);
	}
}

static void
test_tcp_headers(void **state)
{
	static const struct {
		uint8_t        offset;          /* in 32-bit words */
		enum ip_result result;
		size_t         options, payload;
	} cases[] = {
		{ 0, IP_MALFORMED, 0, 0 },
		{ 4, IP_MALFORMED, 0, 0 },
		{ 5, IP_SEGMENT, 0, 12 },
		{ 6, IP_SEGMENT, 4, 8 },
		{ 8, IP_SEGMENT, 12, 0 },
		{ 9, IP_MALFORMED, 0, 0 },
		{ 15, IP_MALFORMED, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct bench bench = bench_new();

		v4(TCP, 1, 0, 0);
		tcp("12345678");
		packet.bytes[20 + 12] = (uint8_t)(cases[i].offset << 4);
		seal();
		assert_int_equal(decode(&bench), cases[i].result);
		if (cases[i].result == IP_SEGMENT) {
			assert_int_equal(bench.segment.options.len, cases[i].options);
			assert_int_equal(bench.segment.payload.len, cases[i].payload);
		}
		bench_end(&bench);
	}
}

/* The snaplen may cut anywhere: in front of the payload nothing can be told, inside it the rest is
 * missing. */
static void
test_snaplen(void **state)
{
	(void)state;
	v4(TCP, 1, 0, 0);
	tcp("12345678");
	seal();
	for (size_t captured = 0; captured <= packet.len; captured++) {
		struct bench bench = bench_new();
		enum ip_result result = decode_cut(&bench, captured);

		assert_int_equal(result, captured < 40 ? IP_MALFORMED : IP_SEGMENT);
		if (result == IP_SEGMENT) {
			assert_int_equal(bench.segment.options.len,
				captured < 44 ? captured - 40 : 4);
			assert_int_equal(bench.segment.payload.len,
				captured < 44 ? 0 : captured - 44);
			assert_int_equal(bench.segment.payload_wire_len, 8);
		}
		bench_end(&bench);
	}
}

/* Extension headers in the order given, 0xFF for the end of the list. */
static void
test_v6_chains(void **state)
{
	static const struct {
		const char    *what;
		uint8_t        chain[20];
		uint8_t        last;
		enum ip_result result;
	} cases[] = {
		{ "none", { 0xFF }, TCP, IP_SEGMENT },
		{ "hop-by-hop", { 0, 0xFF }, TCP, IP_SEGMENT },
		{ "routing", { 43, 0xFF }, TCP, IP_SEGMENT },
		{ "destination", { 60, 0xFF }, TCP, IP_SEGMENT },
		{ "mobility", { 135, 0xFF }, TCP, IP_SEGMENT },
		{ "all of them", { 0, 60, 43, 60, 0xFF }, TCP, IP_SEGMENT },
		{ "fifteen",
		  { 0, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 0xFF },
		  TCP, IP_SEGMENT },
		{ "sixteen",
		  { 0, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 0xFF },
		  TCP, IP_MALFORMED },
		{ "hop-by-hop not first", { 60, 0, 0xFF }, TCP, IP_MALFORMED },
		{ "hop-by-hop twice", { 0, 0, 0xFF }, TCP, IP_MALFORMED },
		{ "nothing behind", { 60, 0xFF }, 59, IP_OTHER },
		{ "UDP", { 0xFF }, UDP, IP_OTHER },
		{ "ESP", { 0xFF }, 50, IP_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct bench bench = bench_new();
		const uint8_t *chain = cases[i].chain;

		v6(chain[0] != 0xFF ? chain[0] : cases[i].last);
		for (size_t j = 0; chain[j] != 0xFF; j++)
			extension(chain[j + 1] != 0xFF ? chain[j + 1] : cases[i].last, j % 2);
		tcp("QUIT\r\n");
		seal();
		put("PADDING", 7);
		if (decode(&bench) != cases[i].result)
			fail_msg("%s", cases[i].what);
		if (cases[i].result == IP_SEGMENT) {
			assert_payload(&bench, "QUIT\r\n");
			assert_int_equal(bench.segment.hop_limit, 62);
			assert_int_equal(bench.segment.ip_id, 0);
			assert_int_equal(bench.segment.target.address.octets[15], 2);
			assert_int_equal(bench.segment.packet.len, packet.len - 7);
		}
		bench_end(&bench);
	}
}

/* An authentication header counts its length in units of 4. */
static void
test_v6_authentication(void **state)
{
	struct bench bench = bench_new();

	(void)state;
	v6(51);
	put_number(TCP, 1);
	put_number(4, 1);
	put("0123456789012345678901", 22);
	tcp("QUIT\r\n");
	seal();
	assert_int_equal(decode(&bench), IP_SEGMENT);
	assert_payload(&bench, "QUIT\r\n");
	bench_end(&bench);
}

static void
test_v6_lengths_that_lie(void **state)
{
	static const struct {
		const char    *what;
		uint8_t        units;
		int            payload;         /* stated payload length; -1: the true one */
		enum ip_result result;
	} cases[] = {
		{ "true", 0, -1, IP_SEGMENT },
		{ "offload", 0, 0, IP_SEGMENT },
		{ "extension beyond the packet", 255, -1, IP_MALFORMED },
		{ "extension up to the end", 4, -1, IP_MALFORMED },
		{ "payload ends in the extension", 0, 7, IP_MALFORMED },
		{ "payload ends in the TCP header", 0, 27, IP_MALFORMED },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct bench bench = bench_new();

		v6(60);
		extension(TCP, 0);
		tcp("12345678");
		packet.bytes[41] = cases[i].units;
		if (cases[i].payload < 0)
			seal();
		else
			set_number(4, (uint32_t)cases[i].payload);
		if (decode(&bench) != cases[i].result)
			fail_msg("%s", cases[i].what);
		bench_end(&bench);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_segment_is_complete),
		cmocka_unit_test(test_v4_headers),
		cmocka_unit_test(test_total_beyond_frame),
		cmocka_unit_test(test_offload_claims),
		cmocka_unit_test(test_tcp_headers),
		cmocka_unit_test(test_snaplen),
		cmocka_unit_test(test_v6_chains),
		cmocka_unit_test(test_v6_authentication),
		cmocka_unit_test(test_v6_lengths_that_lie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
