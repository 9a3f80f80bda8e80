/* Captures of every format, written by hand, for the tests of capture and capture_list. */
#ifndef STARTTRACE_TESTS_UNIT_CAPTURE_SAMPLE_H
#define STARTTRACE_TESTS_UNIT_CAPTURE_SAMPLE_H

#include "sample_folder.h"

#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	ETHERNET = 1,
	RAW_IP = 101,
	SNAPLEN = 1000,
};

/* How a file is written. */
struct format {
	bool big_endian, nanoseconds, next_generation;
};

static inline void
put_number(struct buffer *out, uint64_t number, size_t bytes, bool big_endian)
{
	for (size_t i = 0; i < bytes; i++) {
		uint8_t octet = (uint8_t)(number >> 8 * (big_endian ? bytes - 1 - i : i));

		buffer_add(out, span_from(&octet, 1));
	}
}

static inline void
put_pcap_header(struct buffer *out, struct format format)
{
	bool big = format.big_endian;

	put_number(out, format.nanoseconds ? 0xA1B23C4D : 0xA1B2C3D4, 4, big);
	put_number(out, 2, 2, big);
	put_number(out, 4, 2, big);
	put_number(out, 0, 8, big);
	put_number(out, SNAPLEN, 4, big);
	put_number(out, ETHERNET, 4, big);
}

/* A pcapng block around its body. */
static inline void
put_block(struct buffer *out, uint32_t type, struct span body, bool big)
{
	size_t padding = (4 - body.len % 4) % 4;

	put_number(out, type, 4, big);
	put_number(out, 12 + body.len + padding, 4, big);
	buffer_add(out, body);
	buffer_add(out, span_from("\0\0\0", padding));
	put_number(out, 12 + body.len + padding, 4, big);
}

static inline void
put_section(struct buffer *out, bool big)
{
	struct buffer body = { 0 };

	put_number(&body, 0x1A2B3C4D, 4, big);
	put_number(&body, 1, 2, big);
	put_number(&body, 0, 2, big);
	put_number(&body, UINT64_MAX, 8, big);
	put_block(out, 0x0A0D0D0A, buffer_span(&body), big);
	buffer_free(&body);
}

/* `resolution` is if_tsresol, `offset` if_tsoffset. */
static inline void
put_interface(struct buffer *out, uint32_t link_type, uint32_t snaplen, uint8_t resolution,
	int64_t offset, bool big)
{
	struct buffer body = { 0 };

	put_number(&body, link_type, 2, big);
	put_number(&body, 0, 2, big);
	put_number(&body, snaplen, 4, big);
	put_number(&body, 2, 2, big);           /* if_name, 5 bytes and padding */
	put_number(&body, 5, 2, big);
	buffer_add(&body, span_from("eth12\0\0\0", 8));
	put_number(&body, 9, 2, big);
	put_number(&body, 1, 2, big);
	buffer_add(&body, span_from((const uint8_t[]){ resolution, 0, 0, 0 }, 4));
	put_number(&body, 14, 2, big);
	put_number(&body, 8, 2, big);
	put_number(&body, (uint64_t)offset, 8, big);
	put_number(&body, 0, 4, big);
	put_block(out, 1, buffer_span(&body), big);
	buffer_free(&body);
}

static inline void
put_enhanced_packet(struct buffer *out, uint32_t interface, uint64_t units, struct span bytes,
	uint32_t wire_len, bool big)
{
	struct buffer body = { 0 };

	put_number(&body, interface, 4, big);
	put_number(&body, units >> 32, 4, big);
	put_number(&body, units & UINT32_MAX, 4, big);
	put_number(&body, bytes.len, 4, big);
	put_number(&body, wire_len, 4, big);
	buffer_add(&body, bytes);
	put_block(out, 6, buffer_span(&body), big);
	buffer_free(&body);
}

static inline void
put_file_header(struct buffer *out, struct format format)
{
	if (!format.next_generation) {
		put_pcap_header(out, format);
		return;
	}
	put_section(out, format.big_endian);
	put_interface(out, ETHERNET, SNAPLEN, format.nanoseconds ? 9 : 6, 0, format.big_endian);
}

static inline void
put_frame(struct buffer *out, struct format format, int64_t time_ns, struct span bytes,
	uint32_t wire_len)
{
	uint64_t unit = format.nanoseconds ? 1 : 1000, time = (uint64_t)time_ns;
	bool big = format.big_endian;

	if (format.next_generation) {
		put_enhanced_packet(out, 0, time / unit, bytes, wire_len, big);
		return;
	}
	put_number(out, time / 1000000000, 4, big);
	put_number(out, time % 1000000000 / unit, 4, big);
	put_number(out, bytes.len, 4, big);
	put_number(out, wire_len, 4, big);
	buffer_add(out, bytes);
}

/* An Ethernet frame with a TCP segment to `port`. */
static inline struct span
tcp_frame(uint16_t port)
{
	static uint8_t bytes[] =
		"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0"
		"\x45\0\0\x30\0\1\0\0\x40\6\0\0\xC0\0\2\1\xC0\0\2\2"
		"\x9C\x41\0\x19\0\0\0\1\0\0\0\2\x50\x18\2\0\0\0\0\0"
		"EHLO x\r\n";

	bytes[36] = (uint8_t)(port >> 8);
	bytes[37] = (uint8_t)port;
	return span_from(bytes, sizeof(bytes) - 1);
}

static inline uint32_t
crc32_of(struct span bytes)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < bytes.len; i++) {
		crc ^= bytes.at[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
	}
	return ~crc;
}

/* One gzip member with stored blocks (RFC 1951, section 3.2.4). */
static inline void
put_gzip(struct buffer *out, struct span bytes)
{
	struct span rest = bytes;

	buffer_add(out, span_from("\x1F\x8B\x08\0\0\0\0\0\0\xFF", 10));
	do {
		struct span part = span_first(rest, 1000);

		rest = span_after(rest, 1000);
		put_number(out, rest.len == 0, 1, false);
		put_number(out, part.len, 2, false);
		put_number(out, ~part.len & 0xFFFF, 2, false);
		buffer_add(out, part);
	} while (rest.len > 0);
	put_number(out, crc32_of(bytes), 4, false);
	put_number(out, bytes.len, 4, false);
}

/* A zstd frame's header (RFC 8878, section 3.1.1.1) and its blocks. */
static inline void
put_zstd_header(struct buffer *out, uint8_t window_exponent)
{
	buffer_add(out, span_from("\x28\xB5\x2F\xFD\0", 5));
	put_number(out, (uint64_t)window_exponent << 3, 1, false);
}

static inline void
put_zstd_block(struct buffer *out, unsigned type, size_t size, bool last)
{
	put_number(out, last | type << 1 | size << 3, 3, false);
}

static inline void
put_zstd(struct buffer *out, struct span bytes)
{
	struct span rest = bytes;

	put_zstd_header(out, 7);
	do {
		struct span part = span_first(rest, 1000);

		rest = span_after(rest, 1000);
		put_zstd_block(out, 0, part.len, rest.len == 0);
		buffer_add(out, part);
	} while (rest.len > 0);
}

/* A file in the folder of the test, and its path. */
static inline const char *
sample_write(const char *name, struct span bytes)
{
	const char *path = sample_path(name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	if (bytes.len > 0)
		assert_int_equal(fwrite(bytes.at, 1, bytes.len, file), bytes.len);
	assert_int_equal(fclose(file), 0);
	return path;
}

#endif
