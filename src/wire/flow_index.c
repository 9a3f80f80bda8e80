/* The buckets.  Attackers choose the keys, so the hash is seeded; the table doubles as it fills. */
#include "wire/flow_index.h"

#include "wire/flow_roles.h"

#include <stdlib.h>
#include <string.h>

enum {
	FIRST_BUCKETS = 1024,
};

/* Both directions of a connection give the same key. */
struct key {
	struct endpoint low, high;
	uint32_t        vlan;
};

static int
endpoint_order(const struct endpoint *a, const struct endpoint *b)
{
	int order = memcmp(&a->address, &b->address, sizeof(a->address));

	return order != 0 ? order : (int)a->port - (int)b->port;
}

uint64_t
flow_index_hash(const struct flow_index *index, const struct segment *segment)
{
	bool rising = endpoint_order(&segment->source, &segment->target) <= 0;
	struct key key;

	memset(&key, 0, sizeof(key));
	key.low = rising ? segment->source : segment->target;
	key.high = rising ? segment->target : segment->source;
	key.vlan = segment->vlan;
	return hash_bytes(&index->key, &key, sizeof(key));
}

static struct flow **
bucket_of(const struct flow_index *index, uint64_t hash)
{
	return &index->buckets[hash & (index->bucket_count - 1)];
}

static bool
flow_is_of(const struct flow *flow, const struct segment *segment, enum side side)
{
	return flow->vlan == segment->vlan &&
		endpoint_order(&flow->ends[side], &segment->source) == 0 &&
		endpoint_order(&flow->ends[side_other(side)], &segment->target) == 0;
}

static bool
matches(const struct flow *flow, uint64_t hash, const struct segment *segment, enum side *side_r)
{
	if (flow->hash != hash)
		return false;
	*side_r = flow_is_of(flow, segment, CLIENT) ? CLIENT : SERVER;
	return flow_is_of(flow, segment, *side_r);
}

/* Of several views of one connection the best; where they are as good as each other, the older. */
struct flow *
flow_index_find(const struct flow_index *index, uint64_t hash, const struct segment *segment,
	enum side *side_r)
{
	struct flow *best = NULL;
	unsigned best_rank = 0;
	enum side side;

	for (struct flow *flow = *bucket_of(index, hash); flow != NULL; flow = flow->chain) {
		unsigned rank;

		if (!matches(flow, hash, segment, &side))
			continue;
		rank = flow->parted ? flow_view_rank(flow, side, segment) : 0;
		if (best == NULL || rank >= best_rank) {
			best = flow;
			best_rank = rank;
			*side_r = side;
		}
		if (!flow->parted)
			break;
	}
	return best;
}

static void
bucket_add(struct flow_index *index, struct flow *flow)
{
	struct flow **bucket = bucket_of(index, flow->hash);

	flow->chain = *bucket;
	*bucket = flow;
}

void
flow_index_remove(struct flow_index *index, struct flow *flow)
{
	struct flow **link = bucket_of(index, flow->hash);

	while (*link != flow)
		link = &(*link)->chain;
	*link = flow->chain;
	index->count--;
}

/* Refused memory is no failure here: chains grow longer instead. */
static void
grow(struct flow_index *index)
{
	struct flow **old = index->buckets, **wider;
	size_t old_count = index->bucket_count, bytes = 2 * old_count * sizeof(*wider);

	if (!budget_take(index->budget, bytes))
		return;
	wider = calloc(2 * old_count, sizeof(*wider));
	if (wider == NULL) {
		budget_give(index->budget, bytes);
		return;
	}
	index->buckets = wider;
	index->bucket_count = 2 * old_count;
	for (size_t i = 0; i < old_count; i++)
		for (struct flow *flow = old[i], *next; flow != NULL; flow = next) {
			next = flow->chain;
			bucket_add(index, flow);
		}
	free(old);
	budget_give(index->budget, old_count * sizeof(*old));
}

void
flow_index_add(struct flow_index *index, struct flow *flow)
{
	if (index->count >= index->bucket_count)
		grow(index);
	bucket_add(index, flow);
	index->count++;
}

bool
flow_index_open(struct flow_index *index, struct budget *budget)
{
	size_t bytes = FIRST_BUCKETS * sizeof(struct flow *);

	if (!budget_take(budget, bytes))
		return false;
	*index = (struct flow_index){ .budget = budget, .bucket_count = FIRST_BUCKETS };
	index->buckets = calloc(FIRST_BUCKETS, sizeof(struct flow *));
	if (index->buckets == NULL) {
		budget_give(budget, bytes);
		return false;
	}
	index->key = hash_key_random();
	return true;
}

void
flow_index_close(struct flow_index *index)
{
	budget_give(index->budget, index->bucket_count * sizeof(struct flow *));
	free(index->buckets);
	index->buckets = NULL;
}
