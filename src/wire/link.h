/* From a frame to the IP packet in it: Ethernet with VLAN and QinQ tags, MPLS (RFC 3032), PPPoE (RFC 2516), PPP (RFC
 * 1661), Cisco HDLC, Linux cooked 1 and 2, BSD loopback, raw IP, and behind the headers of peel.h.  Knows nothing of
 * IP. */
#ifndef STARTTRACE_WIRE_LINK_H
#define STARTTRACE_WIRE_LINK_H

#include "wire/frame.h"
#include "wire/wrapped.h"

enum link_result {
	LINK_IP,
	LINK_OTHER,             /* some other protocol: ARP, LLDP, ... */
	LINK_SHORT,             /* cut inside its link header */
	LINK_UNKNOWN,           /* link type or encapsulation that is not decoded, or nested beyond any use */
};

struct link {
	struct span packet;     /* from the IP header on; borrowed from the frame */
	uint32_t    wire_len;   /* of the packet, before the snaplen cut it; padding still included */
	struct span source;     /* address of the frame's sender; empty where the link has none */
	uint32_t    vlan;       /* outer << 16 | inner tag, 0 for none */
};

/* *link_r is worth anything with LINK_IP only. */
enum link_result link_decode(const struct frame *frame, struct link *link_r);

/* How that which a tunnel carries begins. */
enum link_start {
	LINK_STARTS_ETHERNET,
	LINK_STARTS_TYPE,       /* with what an Ethernet type tells */
	LINK_STARTS_IP,
};

/* The same for the inside of a tunnel.  `type` counts with LINK_STARTS_TYPE.  *link holds that of the tunnel: its
 * network and sender stand where the inside names none. */
enum link_result link_decode_inner(enum link_start start, uint16_t type, const struct wrapped *inside,
	struct link *link);

#endif
