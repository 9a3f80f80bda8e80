/* The buckets.  Attackers choose the keys, so the hash is seeded; the table doubles as it fills. */
#include "wire/flow_index.h"

#include "wire/flow_roles.h"
#include "wire/flow_vlans.h"

#include <stdlib.h>
#include <string.h>

enum {
	FIRST_BUCKETS = 1024,
	RIVALS_MOST = 8,                /* flows with the same ends in a chain; what is beyond has one for its VLAN */
	VIEW_RANKS = 8,                 /* more than flow_view_rank gives */
};

/* Both directions of a connection give the same key. */
struct key {
	struct endpoint low, high;
};

/* The best flow so far for a segment, and which side of it sent that. */
struct match {
	struct flow *flow;
	enum side    side;
	unsigned     rank;
	bool         certain;           /* no other one can be better */
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
	return hash_bytes(&index->key, &key, sizeof(key));
}

static struct flow **
bucket_of(const struct flow_index *index, uint64_t hash)
{
	return &index->buckets[hash & (index->bucket_count - 1)];
}

/* Of flows that have too many alike. */
static uint64_t
hash_apart(const struct flow_index *index, uint64_t hash, uint32_t vlan)
{
	uint64_t key[] = { hash, vlan };

	return hash_bytes(&index->key, key, sizeof(key));
}

static bool
flow_is_of(const struct flow *flow, const struct segment *segment, enum side side)
{
	return endpoint_order(&flow->ends[side], &segment->source) == 0 &&
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
static void
consider(struct match *match, struct flow *flow, enum side side, const struct segment *segment)
{
	enum vlan_fit fit = flow_vlan_fit(flow, side, segment);
	unsigned rank = (unsigned)fit * VIEW_RANKS + (flow->parted ? flow_view_rank(flow, side, segment) : 0);

	if (fit == VLAN_FOREIGN || (match->flow != NULL && rank < match->rank))
		return;
	*match = (struct match){ .flow = flow, .side = side, .rank = rank };
	match->certain = fit == VLAN_SETTLED && !flow->parted && !flow->rivalled;
}

static void
look_through(const struct flow_index *index, uint64_t hash, const struct segment *segment, struct match *match)
{
	enum side side;

	for (struct flow *flow = *bucket_of(index, hash); flow != NULL && !match->certain; flow = flow->chain)
		if (matches(flow, hash, segment, &side))
			consider(match, flow, side, segment);
}

struct flow *
flow_index_find(const struct flow_index *index, uint64_t hash, const struct segment *segment,
	enum side *side_r)
{
	struct match match = { .flow = NULL };

	look_through(index, hash, segment, &match);
	if (index->apart > 0 && !match.certain)
		look_through(index, hash_apart(index, hash, segment->vlan), segment, &match);
	if (match.flow != NULL)
		*side_r = match.side;
	return match.flow;
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
	index->apart -= flow->apart;
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

/* How many flows have the ends of this one; each of them is told that it is not alone. */
static size_t
count_rivals(const struct flow_index *index, struct flow *flow)
{
	size_t count = 0;

	for (struct flow *other = *bucket_of(index, flow->hash); other != NULL; other = other->chain)
		if (other->hash == flow->hash) {
			other->rivalled = flow->rivalled = true;
			count++;
		}
	return count;
}

/* Whoever sends the same ends in thousands of VLANs makes no chain of thousands. */
void
flow_index_add(struct flow_index *index, struct flow *flow)
{
	if (index->count >= index->bucket_count)
		grow(index);
	if (count_rivals(index, flow) >= RIVALS_MOST) {
		flow->hash = hash_apart(index, flow->hash, flow->vlan);
		flow->apart = true;
		index->apart++;
	}
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
