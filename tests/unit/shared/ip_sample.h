/* IP packets written by hand, and a bench to decode them on, for the tests of ip and its fragments.
 * */
#ifndef STARTTRACE_TESTS_UNIT_IP_SAMPLE_H
#define STARTTRACE_TESTS_UNIT_IP_SAMPLE_H

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

static inline void
put(const void *bytes, size_t len)
{
	assert_true(packet.len + len <= sizeof(packet.bytes));
	memcpy(packet.bytes + packet.len, bytes, len);
	packet.len += len;
}

static inline void
put_number(uint32_t number, size_t bytes)
{
	for (size_t i = bytes; i > 0; i--) {
		uint8_t octet = (uint8_t)(number >> (8 * (i - 1)));

		put(&octet, 1);
	}
}

static inline void
set_number(size_t at, uint32_t number)
{
	packet.bytes[at] = (uint8_t)(number >> 8);
	packet.bytes[at + 1] = (uint8_t)number;
}

/* An IPv4 header from 192.0.2.1 to 192.0.2.2 with `options` bytes of options; flags and offset as
 * on the wire, the offset in units of 8. */
static inline void
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

static inline void
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
static inline void
extension(uint8_t next, uint8_t units)
{
	put_number(next, 1);
	put_number(units, 1);
	for (size_t i = 0; i < 6 + (size_t)units * 8; i++)
		put("", 1);
}

static inline void
fragment_header(uint8_t next, uint32_t offset, bool more, uint32_t id)
{
	put_number(next, 1);
	put_number(0, 1);
	put_number(offset | more, 2);
	put_number(id, 4);
}

static inline void
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
static inline void
seal(void)
{
	if (packet.bytes[0] >> 4 == 4)
		set_number(2, (uint32_t)packet.len);
	else
		set_number(4, (uint32_t)packet.len - 40);
}

static inline struct bench
bench_new(void)
{
	struct bench bench = { .budget = { .limit = 8 << 20 } };

	return bench;
}

/* Decodes the packet as the capture would show it, cut to `captured`, from memory of its own size.
 * */
static inline enum ip_result
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

static inline enum ip_result
decode(struct bench *bench)
{
	return decode_cut(bench, packet.len);
}

static inline void
bench_end(struct bench *bench)
{
	ip_free(&bench->ip);
	assert_null(bench->ip);
	assert_int_equal(bench->budget.used, 0);
	free(bench->copy);
}

static inline void
assert_payload(const struct bench *bench, const char *wanted)
{
	assert_int_equal(bench->segment.payload.len, strlen(wanted));
	assert_memory_equal(bench->segment.payload.at, wanted, strlen(wanted));
	assert_int_equal(bench->segment.payload_wire_len, strlen(wanted));
	assert_int_equal(bench->segment.source.port, 40001);
	assert_int_equal(bench->segment.target.port, 25);
}

#endif
