/* The streams of a capture, for targets whose inputs are dialogues. */
#include "fuzz.h"

#include "wire/reassembly.h"

/* The first flow of a capture; another one would be another dialogue. */
struct follower {
	struct flow_table *flows;
	struct reassembly *reassembly;
	const struct flow *flow;
	void (*take)(void *user, const struct stretch *stretch);
	void *user;
};

static void
pass_on(struct follower *follower, const struct flow *flow, const struct stretch *stretch)
{
	if (follower->flow == NULL)
		follower->flow = flow;
	if (follower->flow == flow)
		follower->take(follower->user, stretch);
}

static void
hear_bytes(void *user, struct flow *flow, enum side side, uint64_t offset, struct span bytes,
	const struct moment *at)
{
	(void)offset;
	(void)at;
	pass_on(user, flow, &(struct stretch){ .side = side, .bytes = bytes });
}

static void
hear_gap(void *user, struct flow *flow, enum side side, uint64_t offset, uint64_t lost,
	const struct moment *at)
{
	(void)offset;
	(void)at;
	pass_on(user, flow, &(struct stretch){ .side = side, .lost = lost });
}

static void
hear_conflict(void *user, struct flow *flow, enum side side, uint64_t offset, struct span first,
	struct span second, const struct moment *at)
{
	(void)offset;
	(void)first;
	(void)second;
	(void)at;
	pass_on(user, flow, &(struct stretch){ .side = side, .conflict = true });
}

static void
follow(void *user, const struct segment *segment)
{
	struct follower *follower = user;
	enum side side;
	struct flow *flow = flow_table_find(follower->flows, segment, &side);

	if (flow != NULL)
		reassembly_segment(follower->reassembly, flow, side, segment);
}

static void
flow_is_over(void *user, struct flow *flow, enum flow_end why)
{
	struct follower *follower = user;

	(void)why;
	reassembly_flush(follower->reassembly, flow);
}

void
fuzz_each_stretch(const char *path, void (*take)(void *user, const struct stretch *stretch), void *user)
{
	static const struct stream_listener listener = { hear_bytes, hear_gap, hear_conflict };
	struct flow_limits limits = { .flows = 1024, .idle_ns = INT64_MAX };
	struct budget budget = fuzz_budget(0);
	struct follower follower = { .take = take, .user = user };

	follower.flows = flow_table_new(&limits, &budget, flow_is_over, &follower);
	follower.reassembly = reassembly_new(NULL, &budget, &listener, &follower);
	if (follower.flows != NULL && follower.reassembly != NULL) {
		fuzz_each_segment(path, follow, &follower);
		flow_table_drain(follower.flows, INT64_MIN);
	}
	flow_table_free(&follower.flows);
	reassembly_free(&follower.reassembly);
}
