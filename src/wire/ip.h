/* From an IP packet to a TCP segment: IPv4 (RFC 791), IPv6 with extension headers (RFC 8200), fragments of
 * both put together in either order, tunnels (tunnel.h) in any nesting up to eight.  Knows nothing of connections. */
#ifndef STARTTRACE_WIRE_IP_H
#define STARTTRACE_WIRE_IP_H

#include "base/arena.h"
#include "wire/link.h"

enum ip_result {
	IP_SEGMENT,
	IP_OTHER,               /* UDP, ICMP, ... */
	IP_FRAGMENT,            /* kept until its siblings come */
	IP_MALFORMED,           /* lengths that lie, absurd header chains */
	IP_UNKNOWN,             /* a tunnel that is not followed: of an unknown
	                         * kind, in fragments, too deep in others */
};

struct ip_counters {
	uint64_t fragments;             /* fragments seen */
	uint64_t reassembled;           /* packets put together from them */
	uint64_t overlaps;              /* fragments that overlapped with other bytes: the first bytes won */
	uint64_t abandoned;             /* given up: too old, too many, too large */
	uint64_t malformed;
};

/* Holds fragments, bounded in count, bytes and time (30 s of capture time). */
struct ip;

/* NULL when out of memory.  The budget outlives it. */
struct ip *ip_new(struct budget *budget);
void       ip_free(struct ip **ip);

/* Decodes one packet.  With IP_SEGMENT, *segment_r is filled; its spans borrow from the frame, or, for a
 * reassembled packet, from `ip` until the next call.  The IP length, not the frame's, bounds the payload,
 * so link padding never becomes data; payload_wire_len tells what the snaplen cut. */
enum ip_result ip_decode(struct ip *ip, const struct frame *frame, const struct link *link,
	struct segment *segment_r);

/* The two ends of the innermost packet, whose TCP segment may be whole or a fragment; false where there is none. */
bool ip_addresses(const struct link *link, struct address *source_r, struct address *target_r);

/* As they are now, and as long as `ip` lives. */
const struct ip_counters *ip_counters(const struct ip *ip);

#endif
