/* Big-endian fields of headers whose length has been checked.  For the few decoders that run once a
 * frame; everything else reads through a cursor, which checks for itself. */
#ifndef STARTTRACE_WIRE_OCTETS_H
#define STARTTRACE_WIRE_OCTETS_H

#include <stdint.h>

static inline uint16_t
octets_be16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t
octets_be32(const uint8_t *at)
{
	return (uint32_t)octets_be16(at) << 16 | octets_be16(at + 2);
}

#endif
