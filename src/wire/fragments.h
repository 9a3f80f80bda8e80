/* Fragments of IP packets that wait for their siblings, bounded in count, bytes and time.  Knows
 * nothing of header formats: ip.c reads those.  For ip.c only. */
#ifndef STARTTRACE_WIRE_FRAGMENTS_H
#define STARTTRACE_WIRE_FRAGMENTS_H

#include "wire/ip.h"

enum {
	FRAGMENT_HEADER_MAX = 256,      /* longer headers before the fragmented part are absurd */
};

/* What the fragments of one packet have in common.  No padding: compared as bytes. */
struct fragment_key {
	struct address source, target;
	uint32_t       id;
	uint32_t       vlan;
	uint32_t       version;
	uint32_t       protocol;        /* 0 in IPv6: does not count (RFC 8200, 4.5) */
};

struct fragment {
	struct fragment_key key;
	struct span         header;     /* of the whole packet; kept from offset 0 only */
	struct span         bytes;      /* as captured */
	uint32_t            wire_len;   /* before the snaplen cut it */
	uint32_t            offset;
	bool                more;
};

/* A packet put together: header and bytes up to the first one that the snaplen cut. */
struct whole {
	uint8_t *at;
	size_t   len;
	uint32_t wire_len;
	bool     overlapped;            /* two fragments said different things about the same bytes */
};

struct fragments;

/* NULL when out of memory.  Counts what it sees in *counters, which outlives it. */
struct fragments *fragments_new(struct budget *budget, struct ip_counters *counters);
void              fragments_free(struct fragments **fragments);

/* Takes a fragment.  IP_SEGMENT when it completes its packet: *whole_r is then valid until
 * fragments_forget. */
enum ip_result fragments_add(struct fragments *fragments, const struct fragment *fragment,
	int64_t time_ns, struct whole *whole_r);

/* Gives back the last whole packet, if there is one. */
void fragments_forget(struct fragments *fragments);

#endif
