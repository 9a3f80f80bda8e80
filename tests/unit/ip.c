/* From IP packets to TCP segments: headers that lie, padding, fragments in any order and of any malice. */
#include "base/table.h"
#include "wire/ip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	TCP = 6,
	UDP = 17,
	MORE = 0x2000,
	SECOND = 1000000000,
};

/* A packet under construction. */
struct packet {
	uint8_t bytes[70000];
	size_t  len;
};

static struct packet packet;

struct bench {
	struct budget  budget;
	struct ip     *ip;
	struct frame   frame;
	struct segment segment;
	uint8_t       *copy;
};

static void
put(const void *bytes, size_t len)
{
	assert_true(packet.len + len <= sizeof(packet.bytes));
	memcpy(packet.bytes + packet.len, bytes, len);
	packet.len += len;
}

static void
put_number(uint32_t number, size_t bytes)
{
	for (size_t i = bytes; i > 0; i--) {
		uint8_t octet = (uint8_t)(number >> (8 * (i - 1)));

		put(&octet, 1);
	}
}

static void
set_number(size_t at, uint32_t number)
{
	packet.bytes[at] = (uint8_t)(number >> 8);
	packet.bytes[at + 1] = (uint8_t)number;
}

/* An IPv4 header from 192.0.2.1 to 192.0.2.2 with `options` bytes of options; flags and offset as on the wire,
 * the offset in units of 8. */
static void
v4(uint8_t protocol, uint16_t id, uint16_t flags_and_offset, size_t options)
{
	packet.len = 0;
	put_number(0x45 + (uint32_t)options / 4, 1);
	put_number(0, 1);
	put_number(0, 2);
	put_number(id, 2);
	put_number(flags_and_offset, 2);
	put_number(61, 1);
	put_number(protocol, 1);
	put_number(0xBEEF, 2);
	put("\xC0\0\2\1\xC0\0\2\2", 8);
	for (size_t i = 0; i < options; i++)
		put("\1", 1);
}

static void
v6(uint8_t next)
{
	static const uint8_t network[16] = { 0x20, 0x01, 0x0d, 0xb8 };

	packet.len = 0;
	put_number(0x60000000, 4);
	put_number(0, 2);
	put_number(next, 1);
	put_number(62, 1);
	put(network, 15);
	put_number(1, 1);
	put(network, 15);
	put_number(2, 1);
}

/* An extension header of `units` * 8 more bytes than 8. */
static void
extension(uint8_t next, uint8_t units)
{
	put_number(next, 1);
	put_number(units, 1);
	for (size_t i = 0; i < 6 + (size_t)units * 8; i++)
		put("", 1);
}

static void
fragment_header(uint8_t next, uint32_t offset, bool more, uint32_t id)
{
	put_number(next, 1);
	put_number(0, 1);
	put_number(offset | more, 2);
	put_number(id, 4);
}

static void
tcp(const char *payload)
{
	put_number(40001, 2);
	put_number(25, 2);
	put_number(0x01020304, 4);
	put_number(0x05060708, 4);
	put_number(0x6018, 2);                  /* 24 bytes, PSH and ACK */
	put_number(512, 2);
	put_number(0xABCD, 2);
	put_number(7, 2);
	put("\1\1\1\0", 4);
	put(payload, strlen(payload));
}

/* Writes the true length into the header. */
static void
seal(void)
{
	if (packet.bytes[0] >> 4 == 4)
		set_number(2, (uint32_t)packet.len);
	else
		set_number(4, (uint32_t)packet.len - 40);
}

static struct bench
bench_new(void)
{
	struct bench bench = { .budget = { .limit = 8 << 20 } };

	return bench;
}

/* Decodes the packet as the capture would show it, cut to `captured`, from memory of its own size. */
static enum ip_result
decode_cut(struct bench *bench, size_t captured)
{
	struct link link = { .wire_len = (uint32_t)packet.len, .vlan = 7 };

	if (bench->ip == NULL)
		bench->ip = ip_new(&bench->budget);
	free(bench->copy);
	bench->copy = malloc(captured > 0 ? captured : 1);
	memcpy(bench->copy, packet.bytes, captured);
	link.packet = span_from(bench->copy, captured);
	bench->frame.at.frame++;
	return ip_decode(bench->ip, &bench->frame, &link, &bench->segment);
}

static enum ip_result
decode(struct bench *bench)
{
	return decode_cut(bench, packet.len);
}

static void
bench_end(struct bench *bench)
{
	ip_free(&bench->ip);
	assert_null(bench->ip);
	assert_int_equal(bench->budget.used, 0);
	free(bench->copy);
}

static void
assert_payload(const struct bench *bench, const char *wanted)
{
	assert_int_equal(bench->segment.payload.len, strlen(wanted));
	assert_memory_equal(bench->segment.payload.at, wanted, strlen(wanted));
	assert_int_equal(bench->segment.payload_wire_len, strlen(wanted));
	assert_int_equal(bench->segment.source.port, 40001);
	assert_int_equal(bench->segment.target.port, 25);
}

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

/* The IP header tells of more bytes than the frame had: they are missing, as if the snaplen had cut them. */
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
		assert_int_equal(ip_decode(bench.ip, &bench.frame, &link, &bench.segment), IP_SEGMENT);
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

/* The snaplen may cut anywhere: in front of the payload nothing can be told, inside it the rest is missing. */
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
			assert_int_equal(bench.segment.options.len, captured < 44 ? captured - 40 : 4);
			assert_int_equal(bench.segment.payload.len, captured < 44 ? 0 : captured - 44);
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
		{ "fifteen", { 0, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 0xFF }, TCP,
		  IP_SEGMENT },
		{ "sixteen", { 0, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 0xFF },
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

/* --- fragments --- */

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

/* Where fragments overlap with other bytes the first ones stand, wherever the overlap lies. */
static void
test_overlap(void **state)
{
	static const struct {
		size_t   from, to;              /* the hostile fragment, between the first and the others */
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
	size_t end = parts[2].to;

	(void)state;
	fragment(4, 9, 16, 24, true);
	assert_int_equal(decode(&bench), IP_FRAGMENT);
	fragment(4, 9, 40, 48, true);
	assert_int_equal(decode(&bench), IP_FRAGMENT);
	fragment(4, 9, 0, end, false);
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
				v4(TCP, 5, (uint16_t)((cases[i].more ? MORE : 0) | cases[i].offset / 8), 0);
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

/* Header and fragments together may not pass 65535 either: they would not have been one packet. */
static void
test_whole_packet_too_long(void **state)
{
	static uint8_t zeros[65528];
	struct bench bench = bench_new();

	(void)state;
	v4(TCP, 5, MORE, 0);
	put(zeros, 65512);
	seal();
	assert_int_equal(decode(&bench), IP_FRAGMENT);
	v4(TCP, 5, 65512 / 8, 0);
	put(zeros, 16);
	seal();
	assert_int_equal(decode(&bench), IP_MALFORMED);
	bench_end(&bench);
}

/* The last fragment ends before what another one holds, two ends differ, bytes stand behind the end: the
 * packet is given up. */
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

/* Without its first fragment a packet waits, and after 30 seconds it is forgotten; so it is when the clock
 * jumps back. */
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

/* Fragments belong together only if identification, protocol, addresses, version and VLAN are the same. */
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

/* RFC 6946: a fragment header on a whole packet is no fragment, whatever waits under the same number. */
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

/* However many packets begin and never end, what is held stays bounded and the newest still complete. */
static void
test_flood(void **state)
{
	static uint8_t zeros[1400];
	struct bench bench = bench_new();

	(void)state;
	for (unsigned id = 0; id < 20000; id++) {
		v4(TCP, (uint16_t)id, MORE | 100, 0);
		put(zeros, sizeof(zeros));
		seal();
		assert_int_equal(decode(&bench), IP_FRAGMENT);
		assert_true(bench.budget.used < 6 << 20);
	}
	assert_true(ip_counters(bench.ip)->abandoned > 19000);
	fragment(4, 9, 0, 16, true);
	assert_int_equal(decode(&bench), IP_FRAGMENT);
	fragment(4, 9, 16, parts[2].to, false);
	assert_int_equal(decode(&bench), IP_SEGMENT);
	assert_payload(&bench, message);
	bench_end(&bench);
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
				assert_true(bench.segment.payload.len <= bench.segment.payload_wire_len);
				assert_true(bench.segment.payload_wire_len < 1 << 20);
			}
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
		cmocka_unit_test(test_fragments_in_every_order),
		cmocka_unit_test(test_duplicate_fragments),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_overlap_across_holes),
		cmocka_unit_test(test_malformed_fragments),
		cmocka_unit_test(test_whole_packet_too_long),
		cmocka_unit_test(test_contradicting_ends),
		cmocka_unit_test(test_time_limit),
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
