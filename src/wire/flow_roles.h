/* What a segment means for a connection: who is the client, and whether another one begins. 
 * Part of the flow table. */
#ifndef STARTTRACE_WIRE_FLOW_ROLES_H
#define STARTTRACE_WIRE_FLOW_ROLES_H

#include "wire/flow.h"

/* Whether a segment of no known connection opens one. */
bool flow_opens(const struct segment *segment);

/* Whether it opens a new one on the ports of a known one; of one that was closed already. */
bool flow_begins_anew(const struct flow *flow, enum side side, const struct segment *segment);
bool flow_follows_closed(const struct flow *flow, enum side side, const struct segment *segment);

/* Sets the ends of a new flow and gives the side of its first segment. */
enum side flow_set_ends(struct flow *flow, const struct segment *segment);

/* Learns from a SYN.  Exchanges the sides, *side with them, when the first guess was wrong. */
void flow_take_syn(struct flow *flow, enum side *side, const struct segment *segment);

/* Whether this is the SYN of the flow once more, captured on another interface. */
bool flow_is_other_view(const struct flow *flow, enum side side, const struct segment *segment);

/* How well the segment fits a flow that was parted, by the interface that brought it: the higher the better. */
unsigned flow_view_rank(const struct flow *flow, enum side side, const struct segment *segment);

/* Learns by which interface this side comes. */
void flow_take_interface(struct flow *flow, enum side side, const struct segment *segment);

#endif
