/* The interfaces of a pcapng section and how they count time.  For pcapng.c only. */
#ifndef STARTTRACE_WIRE_PCAPNG_INTERFACE_H
#define STARTTRACE_WIRE_PCAPNG_INTERFACE_H

#include "base/cursor.h"

struct interface {
	int      link_type;             /* as the file numbers it */
	uint32_t snaplen;               /* 0 for no limit */
	uint8_t  resolution;            /* if_tsresol */
	int64_t  offset;                /* if_tsoffset, in seconds */
	struct span name;               /* if_name, borrowed from the block; empty where it has none */
};

/* One number in the section's byte order. */
static inline uint32_t
pcapng_number(struct cursor *c, size_t bytes, bool big_endian)
{
	return big_endian ? cursor_be(c, bytes) : cursor_le(c, bytes);
}

/* The same of 32 bits at a place that is known to be there: for what every frame has. */
static inline uint32_t
pcapng_word(const uint8_t *at, bool big_endian)
{
	uint32_t big = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];

	return big_endian ? big : __builtin_bswap32(big);
}

/* Reads the body of an interface block.  NULL, or what is wrong with it. */
const char *interface_parse(struct span body, bool big_endian, struct interface *interface_r);

/* A packet's time in nanoseconds since 1970; absurd times are brought near enough for arithmetic.
 * */
int64_t interface_time(const struct interface *interface, uint64_t units);

#endif
