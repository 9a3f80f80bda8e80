/* Which VLAN each direction of a connection travels in: the same, or another one where routers or asymmetric VLANs
 * are mirrored.  Equal addresses and ports in two VLANs may also be two customers' connections, and a frame in a VLAN
 * may be anybody's: a direction is taken to be in another VLAN only where its numbers prove it.  Part of the flow
 * table. */
#ifndef STARTTRACE_WIRE_FLOW_VLANS_H
#define STARTTRACE_WIRE_FLOW_VLANS_H

#include "wire/flow.h"

/* From the worst to the best. */
enum vlan_fit {
	VLAN_FOREIGN,           /* another connection's */
	VLAN_SUPPOSED,          /* the first of its side, in the VLAN of the other one */
	VLAN_KNOWN,             /* in that of its side, but the numbers are another rival's */
	VLAN_PROVEN,            /* in another VLAN than its side, or else the other one, but proves itself */
	VLAN_PROVEN_ALIKE,      /* the first of its side, in the VLAN of the other one, and proves itself */
	VLAN_SETTLED,           /* in that of its side, or at one of several places in that of the other one */
};

/* How well a segment between the ends of the flow, sent by `side`, goes with it. */
enum vlan_fit flow_vlan_fit(const struct flow *flow, enum side side, const struct segment *segment);

/* Learns the VLAN of a side from a segment that was found to be of it, before reassembly learns its numbers. */
void flow_vlan_take(struct flow *flow, enum side side, const struct segment *segment);

#endif
