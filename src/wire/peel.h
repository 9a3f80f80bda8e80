/* Headers that few captures have before a packet: IEEE 802.11 with what radios tell about a frame (radiotap, Prism,
 * AVS, PPI), Token Ring and FDDI, frame relay and ATM (RFC 2427, RFC 2684), IP over FireWire, SLIP, and the notes of
 * packet filters (pflog, NFLOG, IPsec's enc).  Knows nothing of what stands behind them: link.c goes on from there. */
#ifndef STARTTRACE_WIRE_PEEL_H
#define STARTTRACE_WIRE_PEEL_H

#include "wire/link.h"

enum {
	SNAP_HEADER = 8,        /* LLC and SNAP together */
};

struct peeled {
	enum link_start start;
	uint16_t        type;           /* with LINK_STARTS_TYPE */
	size_t          header;         /* octets before it */
	struct span     source;         /* address of the frame's sender, borrowed; empty where the header has none */
};

/* Measures the header of a frame of this link type (DLT_ value).  With LINK_IP, *peeled_r says what follows it, which
 * need not be IP.  LINK_OTHER: a frame of another purpose; LINK_SHORT: cut; LINK_UNKNOWN: a link type that is not known
 * here, or a frame that is encrypted, a fragment, or several in one. */
enum link_result peel(int link_type, struct span bytes, struct peeled *peeled_r);

/* Whether an LLC header with SNAP stands at the front that names an Ethernet type (IEEE 802, 9.2; RFC 1042). */
bool peel_snap(struct span bytes, uint16_t *type_r);

#endif
