/* What an IP packet carries in place of a transport: IP in IP (RFC 2003, RFC 4213), MPLS (RFC 4023), Ethernet (RFC
 * 3378), GRE (RFC 2784, RFC 2890, RFC 2637 for PPP) with ERSPAN I to III in it, VXLAN (RFC 7348), GENEVE (RFC 8926).
 * Knows nothing of IP headers: ip.c reads those, of the packet around and of the packet within. */
#ifndef STARTTRACE_WIRE_TUNNEL_H
#define STARTTRACE_WIRE_TUNNEL_H

#include "wire/link.h"

/* Whether packets of this IP protocol are tunnels, whatever they hold. */
bool tunnel_is(uint8_t protocol);

/* Opens one: `payload` stands behind the IP headers and was `wire_len` bytes long.  With LINK_IP, *link, which holds
 * what led to the packet around, leads to the packet within.  LINK_OTHER: no tunnel, or one that carries no IP;
 * LINK_SHORT: cut; LINK_UNKNOWN: one that cannot be followed. */
enum link_result tunnel_open(uint8_t protocol, struct span payload, uint32_t wire_len, struct link *link);

#endif
