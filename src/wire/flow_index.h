/* Finds flows by address, port and VLAN: chained buckets under a keyed hash.  Part of the flow table. */
#ifndef STARTTRACE_WIRE_FLOW_INDEX_H
#define STARTTRACE_WIRE_FLOW_INDEX_H

#include "base/hash.h"
#include "wire/flow.h"

struct flow_index {
	struct budget  *budget;
	struct hash_key key;
	struct flow   **buckets;
	size_t          bucket_count;   /* a power of two */
	size_t          count;
	size_t          apart;          /* of these, flows hashed with their VLAN */
};

/* False when the budget is spent. */
bool flow_index_open(struct flow_index *index, struct budget *budget);
void flow_index_close(struct flow_index *index);

/* The same for both directions of a connection, and in every VLAN. */
uint64_t flow_index_hash(const struct flow_index *index, const struct segment *segment);

/* NULL when there is none; else also which side sent the segment. */
struct flow *flow_index_find(const struct flow_index *index, uint64_t hash,
	const struct segment *segment, enum side *side_r);

/* By flow->hash, which is another one from then on where too many flows have the same ends. */
void flow_index_add(struct flow_index *index, struct flow *flow);
void flow_index_remove(struct flow_index *index, struct flow *flow);

#endif
