/* Which flows leave the table before they end, and when: those that are idle, and, for want of memory, those that are
 * least missed. */
#include "wire/flow_table.h"

#include "base/clock.h"

enum {
	GIVEN_UP_MOST = 8,              /* flows given up per new one, to win back what others took meanwhile */
	CHOICE = 64,                    /* flows among which the client with the most is sought */
	CROWD = 8,                      /* so few may be of clients that happen to share a counter */
	FAIR_SHARE = 64,                /* flows of one client that are too many when memory is short */
	USUAL_WEIGHT = 10 * 1024,       /* what an owner hangs on a flow, more or less */
};

static const int64_t REMAINS_NS = 10 * NS_PER_SECOND;
static const int64_t LINGER_NS = 3 * NS_PER_SECOND;
static const int64_t HALF_OPEN_NS = 10 * NS_PER_SECOND;
static const int64_t ASLEEP_NS = 60 * NS_PER_SECOND;

/* How long a flow stays in its queue in silence. */
static int64_t
allowed_ns(const struct flow_table *table, enum queue_name name)
{
	if (name == REMAINS)
		return REMAINS_NS;
	return name == LINGERING ? LINGER_NS : table->limits.idle_ns;
}

bool
flow_is_idle(const struct flow_table *table, const struct flow *flow, int64_t now_ns)
{
	bool by_list = flow->heard_ns > now_ns || flow->queue == LINGERING;

	return clock_elapsed(by_list ? flow->listed_ns : flow->heard_ns, now_ns) >
	       allowed_ns(table, (enum queue_name)flow->queue);
}

/* Looks at the old end only.  A flow that was busy after it was queued keeps its place until it is idle: a busy one
 * moves by itself, so that those behind it wait no longer than from one move to the next.  One that was queued at a
 * time that is still to come, because capture time ran backwards, goes to the young end. */
static void
expire_queue(struct flow_table *table, enum queue_name name, int64_t now_ns, size_t most)
{
	for (size_t i = 0; i < most; i++) {
		struct flow *flow = table->queues[name].oldest;

		if (flow == NULL)
			return;
		if (!flow_is_idle(table, flow, now_ns)) {
			if (name == LINGERING || flow->listed_ns <= now_ns)
				return;
			flow_requeue(table, flow, flow_queue_for(flow), now_ns);
			continue;
		}
		if (name == REMAINS)
			flow_forget_remains(table, flow);
		else
			flow_table_end(table, flow, name == LINGERING ? FLOW_CLOSED : FLOW_IDLE);
	}
}

/* Most segments come before anything is due, which the time when the oldest flow was queued tells. */
void
flow_expire(struct flow_table *table, int64_t now_ns, size_t most)
{
	for (size_t name = 0; name < QUEUES; name++) {
		const struct flow *oldest = table->queues[name].oldest;

		if (oldest != NULL && (oldest->listed_ns > now_ns ||
		                              clock_elapsed(oldest->listed_ns, now_ns) >
		                                      allowed_ns(table, (enum queue_name)name)))
			expire_queue(table, (enum queue_name)name, now_ns, most);
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
		flow_requeue(table, flow, name, name == LINGERING ? flow->listed_ns : flow->heard_ns);
	}
	return NULL;
}

static void
evict(struct flow_table *table, struct flow *flow)
{
	if (flow->queue == REMAINS) {
		flow_forget_remains(table, flow);
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
		if (flow != table->current && flow_crowd_of(table, flow) > most) {
			most = flow_crowd_of(table, flow);
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

	return flow != NULL && (flow_crowd_of(table, flow) > FAIR_SHARE ||
	                               clock_elapsed(flow->heard_ns, table->now_ns) > HALF_OPEN_NS) ? flow : NULL;
}

static struct flow *
one_asleep(struct flow_table *table)
{
	struct flow *flow = longest_idle(table, OWNED);

	return flow != NULL && clock_elapsed(flow->heard_ns, table->now_ns) > ASLEEP_NS ? flow : NULL;
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
	flow_free_spares(table);
	return true;
}

static bool
is_used(const struct budget *budget, size_t eighths)
{
	return budget->used > budget->limit / 8 * eighths;
}

/* New flows leave room for what those that are there still have to say. */
void
flow_make_way(struct flow_table *table)
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
		flow_free_spares(table);
}

static struct flow *
first_to_go(struct flow_table *table, enum queue_name name)
{
	return name == HALF_OPEN ? most_crowded(table) : longest_idle(table, name);
}

void
flow_make_room(struct flow_table *table)
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
