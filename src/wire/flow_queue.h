/* Flows in the order in which they were put there.  Part of the flow table. */
#ifndef STARTTRACE_WIRE_FLOW_QUEUE_H
#define STARTTRACE_WIRE_FLOW_QUEUE_H

#include "wire/flow.h"

struct flow_queue {
	struct flow *oldest, *newest;
};

/* Adds at the newest end; takes out from anywhere. */
void flow_queue_add(struct flow_queue *queue, struct flow *flow);
void flow_queue_remove(struct flow_queue *queue, struct flow *flow);

/* Empties both queues into one list, linked by `newer`, in the order in which the flows began. */
struct flow *flow_queue_sorted(struct flow_queue *a, struct flow_queue *b);

#endif
