/* The table of connections from inside: flow.c takes flows in and finds them, flow_leave.c chooses those that leave
 * early.  For these two only. */
#ifndef STARTTRACE_WIRE_FLOW_TABLE_H
#define STARTTRACE_WIRE_FLOW_TABLE_H

#include "wire/flow.h"
#include "wire/flow_index.h"
#include "wire/flow_queue.h"

enum {
	FLOW_HOSTS = 1024,              /* counters of flows, each for the clients that share it; two rows of them */
};

/* In the order in which they are given up. */
enum queue_name {
	REMAINS,                        /* closed; kept so that what trails behind opens nothing */
	BEGUN,                          /* a SYN that its sender did not follow up: of these a flood is made, too */
	PLAIN,                          /* nothing hangs on the entry */
	LINGERING,                      /* closed by RST, and told so to its owner */
	HALF_OPEN,                      /* owned, but not engaged: a flood is made of these */
	OWNED,
	QUEUES,
};

struct flow_table {
	struct flow_limits   limits;
	struct budget       *budget;
	flow_ended          *ended;
	void                *user;
	struct flow_index    index;
	struct flow_queue    queues[QUEUES];
	size_t               counts[QUEUES];
	uint32_t             hosts[2][FLOW_HOSTS];   /* flows in HALF_OPEN, by client: clients that share one
	                                         * counter hardly share the other */
	struct flow         *current;           /* what the caller holds: never evicted */
	struct flow         *spare;
	size_t               spares;
	bool                 evicting;          /* evicting calls for no further eviction */
	int64_t              stepped_ns;        /* what the clock of the segments was set forward */
	int64_t              now_ns;            /* of the latest segment, as if it had not been */
	struct flow_counters counters;
};

/* The queue that a flow belongs to by what its owner wants of it; moving it to a queue; how many flows in HALF_OPEN its
 * client has, at most. */
enum queue_name flow_queue_for(const struct flow *flow);
void            flow_requeue(struct flow_table *table, struct flow *flow, enum queue_name name, int64_t now_ns);
uint32_t        flow_crowd_of(const struct flow_table *table, const struct flow *flow);

/* Takes out what is left of a closed flow; gives back the entries that are kept for the next. */
void flow_forget_remains(struct flow_table *table, struct flow *flow);
void flow_free_spares(struct flow_table *table);

/* Whether it was idle for as long as its queue allows; ends those at the old ends of the queues that were, `most` of
 * each. */
bool flow_is_idle(const struct flow_table *table, const struct flow *flow, int64_t now_ns);
void flow_expire(struct flow_table *table, int64_t now_ns, size_t most);

/* Before a new flow: below the limit of flows, and as much memory free as flow.h says. */
void flow_make_room(struct flow_table *table);
void flow_make_way(struct flow_table *table);

#endif
