/* The table of connections: queues in order of age from which flows leave.  A flow moves
 * in its queue once in a while, not with every frame.  What a connection carries is unknown
 * here. */
#include "wire/flow.h"

#include "base/clock.h"
#include "base/table.h"
#include "wire/flow_index.h"
#include "wire/flow_queue.h"
#include "wire/flow_roles.h"

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
	GIVEN_UP_MOST = 8,              /* flows given up per new one, to win back what others took meanwhile */
	HOSTS = 1024,                   /* counters of flows, each for the clients that share it; two rows of them */
	CHOICE = 64,                    /* flows among which the client with the most is sought */
	CROWD = 8,                      /* so few may be of clients that happen to share a counter */
	FAIR_SHARE = 64,                /* flows of one client that are too many when memory is short */
	USUAL_WEIGHT = 12 * 1024,       /* what an owner hangs on a flow, more or less */
};

static const int64_t REMAINS_NS = 10 * NS_PER_SECOND;
static const int64_t LINGER_NS = 3 * NS_PER_SECOND;
static const int64_t HALF_OPEN_NS = 10 * NS_PER_SECOND;
static const int64_t ASLEEP_NS = 60 * NS_PER_SECOND;
static const int64_t REGRESS_NS = 1000000;     /* what a capture of several queues may be out of order */
static const int64_t IDLE_DEFAULT_NS = 15 * 60 * NS_PER_SECOND;

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
	uint32_t             hosts[2][HOSTS];   /* flows in HALF_OPEN, by client: clients that share one counter hardly
	                                         * share the other */
	struct flow         *current;           /* what the caller holds: never evicted */
	struct flow         *spare;
	size_t               spares;
	bool                 evicting;          /* evicting calls for no further eviction */
	int64_t              stepped_ns;        /* what the clock of the segments was set forward */
	int64_t              now_ns;            /* of the latest segment, as if it had not been */
	struct flow_counters counters;
};

/* Never negative: capture times may run backwards. */
static int64_t
elapsed(int64_t since_ns, int64_t now_ns)
{
	uint64_t passed = (uint64_t)now_ns - (uint64_t)since_ns;

	if (now_ns <= since_ns)
		return 0;
	return passed > INT64_MAX ? INT64_MAX : (int64_t)passed;
}

/* Queues. -------------------------------------------------------------------------------------- */

static void
count_host(struct flow_table *table, struct flow *flow)
{
	uint64_t hash = hash_bytes(&table->index.key, &flow->ends[CLIENT].address, sizeof(flow->ends[CLIENT].address));

	flow->host[0] = (uint16_t)(hash % HOSTS);
	flow->host[1] = (uint16_t)(hash / HOSTS % HOSTS);
	table->hosts[0][flow->host[0]]++;
	table->hosts[1][flow->host[1]]++;
}

/* How many flows in HALF_OPEN its client has, at most. */
static uint32_t
crowd_of(const struct flow_table *table, const struct flow *flow)
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

static void
requeue(struct flow_table *table, struct flow *flow, enum queue_name name, int64_t now_ns)
{
	unqueue(table, flow);
	queue_up(table, flow, name, now_ns);
}

static enum queue_name
queue_for(const struct flow *flow)
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
	if (flow != NULL && queue_for(flow) != flow->queue)
		requeue(table, flow, queue_for(flow), flow->heard_ns);
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

static void
free_spares(struct flow_table *table)
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

static void
forget_remains(struct flow_table *table, struct flow *flow)
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
		forget_remains(table, table->queues[REMAINS].oldest);
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
	requeue(table, flow, LINGERING, flow->heard_ns);
}

/* Leaving. ------------------------------------------------------------------------------------- */

static bool
is_idle(const struct flow_table *table, const struct flow *flow, int64_t now_ns)
{
	int64_t allowed_ns = flow->queue == REMAINS ? REMAINS_NS : table->limits.idle_ns;
	bool ahead = flow->heard_ns > now_ns;

	if (flow->queue == LINGERING)
		return elapsed(flow->listed_ns, now_ns) > LINGER_NS;
	return elapsed(ahead ? flow->listed_ns : flow->heard_ns, now_ns) > allowed_ns;
}

/* Looks at the old end only.  A flow that was busy after it was queued, or was queued at a time
 * that is still to come because capture time ran backwards, goes to the young end. */
static void
expire_queue(struct flow_table *table, enum queue_name name, int64_t now_ns, size_t most)
{
	for (size_t i = 0; i < most; i++) {
		struct flow *flow = table->queues[name].oldest;

		if (flow == NULL)
			return;
		if (!is_idle(table, flow, now_ns)) {
			if (name == LINGERING || flow->listed_ns == now_ns ||
			    (flow->heard_ns <= flow->listed_ns && flow->listed_ns < now_ns))
				return;
			requeue(table, flow, queue_for(flow), now_ns);
			continue;
		}
		if (name == REMAINS)
			forget_remains(table, flow);
		else
			flow_table_end(table, flow, name == LINGERING ? FLOW_CLOSED : FLOW_IDLE);
	}
}

/* The longest idle flow of a queue.  Those that were busy since they were queued get another
 * round; after it they are not busy any more, so this ends. */
static struct flow *
longest_idle(struct flow_table *table, enum queue_name name)
{
	struct flow_queue *queue = &table->queues[name];
	struct flow *flow;

	while ((flow = queue->oldest) != NULL) {
		if (flow != table->current && (name == LINGERING || flow->heard_ns <= flow->listed_ns))
			return flow;
		if (flow == table->current && flow->newer == NULL)
			return NULL;
		requeue(table, flow, name, name == LINGERING ? flow->listed_ns : flow->heard_ns);
	}
	return NULL;
}

static void
evict(struct flow_table *table, struct flow *flow)
{
	if (flow->queue == REMAINS) {
		forget_remains(table, flow);
		return;
	}
	table->evicting = true;
	flow_table_end(table, flow, FLOW_EVICTED);
	table->evicting = false;
}

/* Of those that are not engaged the longest idle one, or near it one whose client has the most: a flood makes way for
 * itself. */
static struct flow *
most_crowded(struct flow_table *table)
{
	struct flow *flow = longest_idle(table, HALF_OPEN), *found = flow;
	uint32_t most = CROWD;

	for (size_t i = 0; i < CHOICE && flow != NULL; i++, flow = flow->newer)
		if (flow != table->current && crowd_of(table, flow) > most) {
			most = crowd_of(table, flow);
			found = flow;
		}
	return found;
}

/* The memory that the flows of a queue hold, more or less. */
static size_t
weight_of(const struct flow_table *table, enum queue_name name)
{
	return table->counts[name] * (name == HALF_OPEN ? USUAL_WEIGHT : sizeof(struct flow));
}

/* One of a flood, be it of SYNs or of dialogues that stop as they begin: of the two, the one that holds more makes way
 * for both, and none of them while both are small. */
static struct flow *
one_of_a_flood(struct flow_table *table)
{
	size_t begun = weight_of(table, BEGUN), half_open = weight_of(table, HALF_OPEN);

	if ((begun > half_open ? begun : half_open) <= table->budget->limit / 4)
		return NULL;
	return begun > half_open ? longest_idle(table, BEGUN) : most_crowded(table);
}

/* One whose client connects too often, or has said no more for long. */
static struct flow *
one_that_stopped(struct flow_table *table)
{
	struct flow *flow = most_crowded(table);

	return flow != NULL && (crowd_of(table, flow) > FAIR_SHARE ||
	                               elapsed(flow->heard_ns, table->now_ns) > HALF_OPEN_NS) ? flow : NULL;
}

static struct flow *
one_asleep(struct flow_table *table)
{
	struct flow *flow = longest_idle(table, OWNED);

	return flow != NULL && elapsed(flow->heard_ns, table->now_ns) > ASLEEP_NS ? flow : NULL;
}

static struct flow *
least_missed(struct flow_table *table)
{
	struct flow *flow = longest_idle(table, REMAINS);

	if (flow == NULL)
		flow = one_of_a_flood(table);
	if (flow == NULL)
		flow = longest_idle(table, PLAIN);
	if (flow == NULL)
		flow = one_that_stopped(table);
	if (flow == NULL)
		flow = longest_idle(table, BEGUN);
	return flow != NULL ? flow : one_asleep(table);
}

bool
flow_table_evict(struct flow_table *table)
{
	struct flow *flow = NULL;

	if (table->evicting)
		return false;
	flow = least_missed(table);
	if (flow == NULL)
		flow = most_crowded(table);
	if (flow == NULL)
		return false;
	evict(table, flow);
	free_spares(table);
	return true;
}

static bool
is_used(const struct budget *budget, size_t eighths)
{
	return budget->used > budget->limit / 8 * eighths;
}

/* New flows leave room for what those that are there still have to say. */
static void
make_way(struct flow_table *table)
{
	size_t given_up = 0;

	for (; given_up < GIVEN_UP_MOST && is_used(table->budget, 6); given_up++) {
		struct flow *flow = least_missed(table);

		if (flow == NULL && is_used(table->budget, 7))
			flow = most_crowded(table);
		if (flow == NULL)
			break;
		evict(table, flow);
	}
	if (given_up > 0)
		free_spares(table);
}

static struct flow *
first_to_go(struct flow_table *table, enum queue_name name)
{
	return name == HALF_OPEN ? most_crowded(table) : longest_idle(table, name);
}

static void
make_room(struct flow_table *table)
{
	while (table->index.count >= table->limits.flows) {
		struct flow *flow = NULL;

		for (size_t name = 0; name < QUEUES && flow == NULL; name++)
			flow = first_to_go(table, (enum queue_name)name);
		if (flow == NULL)
			return;
		evict(table, flow);
	}
}

/* Arriving. ------------------------------------------------------------------------------------ */

static struct flow *
open_flow(struct flow_table *table, uint64_t hash, const struct segment *segment, enum side *side_r)
{
	struct flow *flow;

	make_room(table);
	make_way(table);
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
	       elapsed(at->time_ns, flow->last.time_ns) > REGRESS_NS;
}

static void
touch(struct flow_table *table, struct flow *flow, enum side side, const struct segment *segment)
{
	if (!flow->lingers && elapsed(flow->listed_ns, table->now_ns) > table->limits.idle_ns / AGE_STEPS)
		requeue(table, flow, queue_for(flow), table->now_ns);
	flow->time_regressed |= has_regressed(flow, &segment->frame->at);
	flow_take_interface(flow, side, segment);
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
	if (flow->lingers && is_idle(table, flow, table->now_ns))
		flow_table_end(table, flow, FLOW_CLOSED);
	if (is_idle(table, flow, table->now_ns)) {
		if (flow->queue == REMAINS)
			forget_remains(table, flow);
		else
			flow_table_end(table, flow, FLOW_IDLE);
		return NULL;
	}
	if (flow->queue == REMAINS) {
		*trails_r = !flow_follows_closed(flow, *side_r, segment);
		if (!*trails_r)
			forget_remains(table, flow);
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
	for (size_t name = 0; name < QUEUES; name++)
		expire_queue(table, (enum queue_name)name, table->now_ns, EXPIRE_MOST);
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
	for (size_t name = 0; name < QUEUES; name++)
		expire_queue(table, (enum queue_name)name, clock_steady(now_ns, table->stepped_ns), AGE_MOST);
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
		forget_remains(table, table->queues[REMAINS].oldest);
	for (size_t i = 0; i < TABLE_LENGTH(others); i++)
		while (table->queues[others[i]].oldest != NULL)
			requeue(table, table->queues[others[i]].oldest, OWNED, now_ns);
	rest = flow_queue_sorted(&table->queues[PLAIN], &table->queues[OWNED]);
	for (; rest != NULL; rest = next) {
		next = rest->newer;
		queue_up(table, rest, OWNED, rest->heard_ns);
	}
	while ((rest = table->queues[OWNED].oldest) != NULL)
		flow_table_end(table, rest, is_idle(table, rest, now_ns) ? FLOW_IDLE : FLOW_INPUT_ENDED);
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
	free_spares(gone);
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
