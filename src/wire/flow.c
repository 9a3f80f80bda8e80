/* The table of connections: queues in order of age from which flows leave.  A flow moves
 * in its queue once in a while, not with every frame.  What a connection carries is unknown
 * here. */
#include "wire/flow_table.h"

#include "base/clock.h"
#include "base/table.h"
#include "wire/flow_roles.h"
#include "wire/flow_vlans.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	SPARE_MOST = 1024,              /* structs kept for reuse */
	REMAINS_MOST = 4096,            /* closed flows remembered */
	EXPIRE_MOST = 4,                /* flows ended per segment and queue: one frame with a
	                                 * wild time cannot end them all */
	AGE_MOST = 4096,                /* ... per call that says what time it is */
	AGE_STEPS = 256,                /* moves of a busy flow in its queue per idle time */
};

static const int64_t REGRESS_NS = NS_PER_MS;     /* what a capture of several queues may be out of order */
static const int64_t IDLE_DEFAULT_NS = 15 * 60 * NS_PER_SECOND;

/* Queues. -------------------------------------------------------------------------------------- */

static void
count_host(struct flow_table *table, struct flow *flow)
{
	uint64_t hash = hash_bytes(&table->index.key, &flow->ends[CLIENT].address, sizeof(flow->ends[CLIENT].address));

	flow->host[0] = (uint16_t)(hash % FLOW_HOSTS);
	flow->host[1] = (uint16_t)(hash / FLOW_HOSTS % FLOW_HOSTS);
	table->hosts[0][flow->host[0]]++;
	table->hosts[1][flow->host[1]]++;
}

/* How many flows in HALF_OPEN its client has, at most. */
uint32_t
flow_crowd_of(const struct flow_table *table, const struct flow *flow)
{
	uint32_t one = table->hosts[0][flow->host[0]], other = table->hosts[1][flow->host[1]];

	return one < other ? one : other;
}

static void
queue_up(struct flow_table *table, struct flow *flow, enum queue_name name, int64_t now_ns)
{
	flow->queue = (uint8_t)name;
	flow->listed_ns = now_ns;
	flow_queue_add(&table->queues[name], flow);
	table->counts[name]++;
	if (name == HALF_OPEN)
		count_host(table, flow);
}

static void
unqueue(struct flow_table *table, struct flow *flow)
{
	flow_queue_remove(&table->queues[flow->queue], flow);
	table->counts[flow->queue]--;
	if (flow->queue != HALF_OPEN)
		return;
	table->hosts[0][flow->host[0]]--;
	table->hosts[1][flow->host[1]]--;
}

void
flow_requeue(struct flow_table *table, struct flow *flow, enum queue_name name, int64_t now_ns)
{
	unqueue(table, flow);
	queue_up(table, flow, name, now_ns);
}

enum queue_name
flow_queue_for(const struct flow *flow)
{
	if (flow->queue == REMAINS)
		return REMAINS;
	if (flow->lingers)
		return LINGERING;
	if (flow->owner == NULL || flow->care == FLOW_IGNORE)
		return flow->answered ? PLAIN : BEGUN;
	return flow->engaged ? OWNED : HALF_OPEN;
}

/* The owner tells nobody when it takes or loses interest, but it does so while it holds the
 * flow. */
static void
let_go_of_current(struct flow_table *table)
{
	struct flow *flow = table->current;

	table->current = NULL;
	if (flow != NULL && flow_queue_for(flow) != flow->queue)
		flow_requeue(table, flow, flow_queue_for(flow), flow->heard_ns);
}

/* Entries. ------------------------------------------------------------------------------------- */

static struct flow *
flow_alloc(struct flow_table *table)
{
	struct flow *flow = table->spare;

	if (flow != NULL) {
		table->spare = flow->chain;
		table->spares--;
		memset(flow, 0, sizeof(*flow));
		return flow;
	}
	if (!budget_take(table->budget, sizeof(*flow)))
		return NULL;
	flow = calloc(1, sizeof(*flow));
	if (flow == NULL)
		budget_give(table->budget, sizeof(*flow));
	return flow;
}

static void
flow_release(struct flow_table *table, struct flow *flow)
{
	if (table->spares < SPARE_MOST) {
		flow->chain = table->spare;
		table->spare = flow;
		table->spares++;
		return;
	}
	free(flow);
	budget_give(table->budget, sizeof(*flow));
}

void
flow_free_spares(struct flow_table *table)
{
	while (table->spare != NULL) {
		struct flow *flow = table->spare;

		table->spare = flow->chain;
		free(flow);
		budget_give(table->budget, sizeof(*flow));
	}
	table->spares = 0;
}

/* Takes out an entry that is in no queue any more. */
static void
forget(struct flow_table *table, struct flow *flow)
{
	if (table->current == flow)
		table->current = NULL;
	flow_index_remove(&table->index, flow);
	flow_release(table, flow);
}

void
flow_forget_remains(struct flow_table *table, struct flow *flow)
{
	unqueue(table, flow);
	forget(table, flow);
}

static void
keep_remains(struct flow_table *table, struct flow *flow)
{
	if (table->current == flow)
		table->current = NULL;
	flow->owner = NULL;
	flow->lingers = false;
	flow->care = FLOW_IGNORE;
	queue_up(table, flow, REMAINS, flow->heard_ns);
	if (table->counts[REMAINS] > REMAINS_MOST)
		flow_forget_remains(table, table->queues[REMAINS].oldest);
}

static void
count_end(struct flow_counters *counters, enum flow_end why)
{
	switch (why) {
	case FLOW_CLOSED:      counters->closed++; break;
	case FLOW_REPLACED:    counters->replaced++; break;
	case FLOW_IDLE:        counters->idle++; break;
	case FLOW_EVICTED:     counters->evicted++; break;
	case FLOW_INPUT_ENDED: break;
	}
}

void
flow_table_end(struct flow_table *table, struct flow *flow, enum flow_end why)
{
	bool both_fins = flow->stream[CLIENT].fin_seen && flow->stream[SERVER].fin_seen;
	bool remains = why == FLOW_CLOSED;

	assert(flow->queue != REMAINS);
	if (flow->lingers || (both_fins && (why == FLOW_IDLE || why == FLOW_INPUT_ENDED)))
		why = FLOW_CLOSED;
	count_end(&table->counters, why);
	/* out of its queue, so that it cannot be evicted by what its owner does now */
	unqueue(table, flow);
	table->ended(table->user, flow, why);
	if (remains)
		keep_remains(table, flow);
	else
		forget(table, flow);
}

void
flow_table_linger(struct flow_table *table, struct flow *flow)
{
	flow->lingers = true;
	flow_requeue(table, flow, LINGERING, flow->heard_ns);
}

/* Arriving. ------------------------------------------------------------------------------------ */

static struct flow *
open_flow(struct flow_table *table, uint64_t hash, const struct segment *segment, enum side *side_r)
{
	struct flow *flow;

	flow_make_room(table);
	flow_make_way(table);
	flow = flow_alloc(table);
	if (flow == NULL && flow_table_evict(table))
		flow = flow_alloc(table);
	if (flow == NULL) {
		table->counters.refused++;
		return NULL;
	}
	*side_r = flow_set_ends(flow, segment);
	flow->vlan = segment->vlan;
	flow->first = segment->frame->at;
	flow->hash = hash;
	flow_index_add(&table->index, flow);
	queue_up(table, flow, BEGUN, table->now_ns);
	table->counters.opened++;
	return flow;
}

static bool
has_regressed(const struct flow *flow, const struct moment *at)
{
	return flow->frames > 0 && flow->last.capture == at->capture &&
	       clock_elapsed(at->time_ns, flow->last.time_ns) > REGRESS_NS;
}

static void
touch(struct flow_table *table, struct flow *flow, enum side side, const struct segment *segment)
{
	if (!flow->lingers && clock_elapsed(flow->listed_ns, table->now_ns) > table->limits.idle_ns / AGE_STEPS)
		flow_requeue(table, flow, flow_queue_for(flow), table->now_ns);
	flow->time_regressed |= has_regressed(flow, &segment->frame->at);
	flow_take_interface(flow, side, segment);
	flow_vlan_take(flow, side, segment);
	flow->last = segment->frame->at;
	flow->heard_ns = table->now_ns;
	flow->frames++;
	flow->fragmented |= segment->fragmented;
	flow->carried |= segment->payload_wire_len > 0 && !(segment->flags & TCP_SYN);
	flow->answered |= flow->carried || (side == CLIENT && !(segment->flags & TCP_SYN));
	table->current = flow;
}

/* The known flow of a segment, unless the segment shows it to be over.  *parted_r: there was one, and it was parted. */
static struct flow *
find_live(struct flow_table *table, uint64_t hash, const struct segment *segment, enum side *side_r,
	bool *trails_r, bool *parted_r)
{
	struct flow *flow = flow_index_find(&table->index, hash, segment, side_r);

	*trails_r = *parted_r = false;
	if (flow == NULL)
		return NULL;
	*parted_r = flow->parted;
	if (flow->lingers && flow_is_idle(table, flow, table->now_ns))
		flow_table_end(table, flow, FLOW_CLOSED);
	if (flow_is_idle(table, flow, table->now_ns)) {
		if (flow->queue == REMAINS)
			flow_forget_remains(table, flow);
		else
			flow_table_end(table, flow, FLOW_IDLE);
		return NULL;
	}
	if (flow->queue == REMAINS) {
		*trails_r = !flow_follows_closed(flow, *side_r, segment);
		if (!*trails_r)
			flow_forget_remains(table, flow);
		return NULL;
	}
	if (!flow_begins_anew(flow, *side_r, segment))
		return flow;
	flow_table_end(table, flow, FLOW_REPLACED);
	return NULL;
}

struct flow *
flow_table_find(struct flow_table *table, const struct segment *segment, enum side *side_r)
{
	uint64_t hash = flow_index_hash(&table->index, segment);
	struct flow *flow;
	bool trails, parted;

	table->counters.frames++;
	table->now_ns = clock_steady(segment->frame->at.time_ns, table->stepped_ns);
	let_go_of_current(table);
	flow_expire(table, table->now_ns, EXPIRE_MOST);
	flow = find_live(table, hash, segment, side_r, &trails, &parted);
	if (flow != NULL && flow_is_other_view(flow, *side_r, segment)) {
		flow->parted = parted = true;
		flow = NULL;
	}
	if (flow == NULL && !trails && flow_opens(segment))
		flow = open_flow(table, hash, segment, side_r);
	if (flow == NULL)
		return NULL;
	flow->parted |= parted;
	flow_take_syn(flow, side_r, segment);
	touch(table, flow, *side_r, segment);
	return flow;
}

void
flow_table_age(struct flow_table *table, int64_t now_ns)
{
	let_go_of_current(table);
	flow_expire(table, clock_steady(now_ns, table->stepped_ns), AGE_MOST);
}

void
flow_table_clock_step(struct flow_table *table, int64_t step_ns)
{
	table->stepped_ns += step_ns;
}

/* The whole table. ----------------------------------------------------------------------------- */

void
flow_table_drain(struct flow_table *table, int64_t now_ns)
{
	static const enum queue_name others[] = { BEGUN, LINGERING, HALF_OPEN };
	struct flow *rest, *next;

	if (now_ns != INT64_MIN)
		now_ns = clock_steady(now_ns, table->stepped_ns);
	let_go_of_current(table);
	while (table->queues[REMAINS].oldest != NULL)
		flow_forget_remains(table, table->queues[REMAINS].oldest);
	for (size_t i = 0; i < TABLE_LENGTH(others); i++)
		while (table->queues[others[i]].oldest != NULL)
			flow_requeue(table, table->queues[others[i]].oldest, OWNED, now_ns);
	rest = flow_queue_sorted(&table->queues[PLAIN], &table->queues[OWNED]);
	for (; rest != NULL; rest = next) {
		next = rest->newer;
		queue_up(table, rest, OWNED, rest->heard_ns);
	}
	while ((rest = table->queues[OWNED].oldest) != NULL)
		flow_table_end(table, rest, flow_is_idle(table, rest, now_ns) ? FLOW_IDLE : FLOW_INPUT_ENDED);
}

struct flow_table *
flow_table_new(const struct flow_limits *limits, struct budget *budget, flow_ended *ended,
	void *user)
{
	struct flow_table *table;

	if (!budget_take(budget, sizeof(*table)))
		return NULL;
	table = calloc(1, sizeof(*table));
	if (table == NULL || !flow_index_open(&table->index, budget)) {
		free(table);
		budget_give(budget, sizeof(*table));
		return NULL;
	}
	table->limits = *limits;
	if (table->limits.idle_ns <= 0)
		table->limits.idle_ns = IDLE_DEFAULT_NS;
	if (table->limits.flows == 0)
		table->limits.flows = 1;
	table->budget = budget;
	table->ended = ended;
	table->user = user;
	return table;
}

void
flow_table_free(struct flow_table **table)
{
	struct flow_table *gone = *table;

	if (gone == NULL)
		return;
	flow_table_drain(gone, INT64_MIN);
	flow_free_spares(gone);
	flow_index_close(&gone->index);
	budget_give(gone->budget, sizeof(*gone));
	free(gone);
	*table = NULL;
}

const struct flow_counters *
flow_table_counters(const struct flow_table *table)
{
	return &table->counters;
}
