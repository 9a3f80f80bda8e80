/* From a frame to the IP packet in it: Ethernet with VLAN and QinQ tags, Linux cooked 1 and 2, BSD
 * loopback, raw IP.  Knows nothing of IP. */
#ifndef STARTTRACE_WIRE_LINK_H
#define STARTTRACE_WIRE_LINK_H

#include "wire/frame.h"

enum link_result {
	LINK_IP,
	LINK_OTHER,             /* some other protocol: ARP, LLDP, ... */
	LINK_SHORT,             /* cut inside its link header */
	LINK_UNKNOWN,           /* link type or encapsulation that this program does not decode */
};

struct link {
	struct span packet;     /* from the IP header on; borrowed from the frame */
	uint32_t    wire_len;   /* of the packet, before the snaplen cut it; padding still included */
	struct span source;     /* address of the frame's sender; empty where the link has none */
	uint32_t    vlan;       /* outer << 16 | inner tag, 0 for none */
};

enum link_result link_decode(const struct frame *frame, struct link *link_r);

#endif
