/* What observations add up to: the odds that a session lacks the offer, runs and changes. */
#include "rules/history_baseline.h"

/* Observing ------------------------------------------------------------------------------------ */

enum weight
baseline_weigh(struct baselines *all, struct baseline *backend, const struct footprint *foot)
{
	const struct address *address = &foot->client.address;
	struct visitor *network = visitor_find_or_create(all, backend, address, true);
	struct visitor *client = visitor_find_or_create(all, backend, address, false);
	int64_t hour = foot->started_ns / NS_PER_HOUR;
	enum weight weight;

	if (network == NULL || client == NULL || client->hour == hour)
		return WEIGHT_NONE;
	weight = network->hour == hour ? WEIGHT_PATH : WEIGHT_FULL;
	client->hour = network->hour = hour;
	return weight;
}

/* A day, or as long as groups of clients are compared. */
static int64_t
sights_last(const struct baselines *all)
{
	int64_t split_ns = all->thresholds.split_hours * NS_PER_HOUR;

	return split_ns > NS_PER_DAY ? split_ns : NS_PER_DAY;
}

static void
add_sight(struct baselines *all, struct baseline *baseline, const struct sight *seen)
{
	while (baseline->oldest != NULL && (baseline->sights >= SIGHTS_OF_BASELINE_MOST ||
	                                           baseline->oldest->at_ns < seen->at_ns - sights_last(all)))
		sight_drop_oldest(all, baseline);
	sight_add(all, baseline, seen);
}

static void
add_turn(struct baseline *baseline, int64_t at_ns)
{
	if (baseline->turns == FLAPPING_TURNS) {
		memmove(baseline->turns_ns, baseline->turns_ns + 1,
			sizeof(baseline->turns_ns) - sizeof(baseline->turns_ns[0]));
		baseline->turns--;
	}
	baseline->turns_ns[baseline->turns++] = at_ns;
}

/* The clients of a run matter only where it could be a change of the service. */
static void
add_to_run_clients(struct baselines *all, struct baseline *baseline, const struct footprint *foot)
{
	struct address link = address_link(&foot->client.address);
	struct visitor *client;

	if (baseline->run_offered != baseline->withdrawn)
		return;
	client = visitor_find_or_create(all, baseline, &link, false);
	if (client == NULL || client->change_run == baseline->run_number)
		return;
	client->change_run = baseline->run_number;
	baseline->run_clients++;
}

static void
add_to_run(struct baselines *all, struct baseline *baseline, const struct footprint *foot)
{
	bool offered = foot->offer == YES;

	if (baseline->run == 0 || baseline->run_offered != offered) {
		if (baseline->run > 0)
			add_turn(baseline, foot->started_ns);
		baseline->run = baseline->run_clients = 0;
		baseline->run_number++;
		baseline->run_offered = offered;
		baseline->run_since_ns = foot->started_ns;
	}
	baseline->run++;
	add_to_run_clients(all, baseline, foot);
}

static void
add_to_network(const struct baseline *baseline, struct visitor *network, const struct footprint *foot)
{
	if (foot->offer == YES) {
		network->lacking = 0;
		return;
	}
	if (network->lacking++ == 0)
		network->lacking_since_ns = foot->started_ns;
	if (network->lacking_run != baseline->run_number)
		network->lacking_in_run = 0;
	network->lacking_run = baseline->run_number;
	network->lacking_in_run++;
}

void
baseline_observe(struct baselines *all, struct baseline *baseline, struct baseline *backend,
	const struct footprint *foot, enum weight weight)
{
	const struct address *address = &foot->client.address;
	struct sight sight = {
		.at_ns = foot->started_ns,
		.session_id = foot->session_id,
		.network = visitor_find_or_create(all, baseline, address, true),
		.client = *address,
		.backend = backend->tally,
		.vlan = foot->vlan,
		.offered = foot->offer == YES,
		.counts = weight == WEIGHT_FULL,
	};
	struct baseline_day *day = baseline_day(all, baseline, foot->started_ns);

	if (weight == WEIGHT_NONE || sight.network == NULL)
		return;
	add_sight(all, baseline, &sight);
	if (weight != WEIGHT_FULL)
		return;
	day->seen++;
	day->offered += sight.offered;
	add_to_run(all, baseline, foot);
	add_to_network(baseline, sight.network, foot);
}

/* Odds ----------------------------------------------------------------------------------------- */

/* Observations that lack the offer and are themselves in question. */
static uint32_t
lacking_in_question(struct baselines *all, const struct baseline *baseline, const struct footprint *foot)
{
	const struct visitor *network =
		visitor_find(all, baseline, &foot->client.address, true);
	uint32_t run = baseline->run_offered ? 0 : baseline->run, own;

	if (baseline->withdrawn)
		return 0;
	/* who has been served so for as long as anything counts is not served so by accident */
	if (network == NULL || network->lacking == 0 ||
		network->lacking_since_ns < foot->started_ns - baselines_window(all))
		return run;
	own = network->lacking;
	if (run > 0 && network->lacking_run == baseline->run_number)
		own -= network->lacking_in_run;
	return run + own;
}

/* What the client itself saw in the last hour, unless it is in question anyway. */
static void
leave_out_last_hour(struct baselines *all, const struct baseline *baseline, const struct footprint *foot,
	struct baseline_day *sum)
{
	const struct visitor *network = visitor_find(all, baseline, &foot->client.address, true);
	const struct sight *sight = network != NULL ? network->newest : NULL;

	for (; sight != NULL && sight->at_ns > foot->started_ns - NS_PER_HOUR; sight = sight->before) {
		if (!sight->counts || sight->at_ns < baseline->since_ns ||
			!address_equal(&sight->client, &foot->client.address))
			continue;
		if (sight->offered) {
			sum->seen -= sum->seen > 0;
			sum->offered -= sum->offered > 0;
		} else if (sight->network->lacking == 0 ||
			   sight->at_ns < sight->network->lacking_since_ns) {
			sum->seen -= sum->seen > sum->offered;
		}
	}
}

struct odds
baseline_odds(struct baselines *all, const struct baseline *baseline, const struct footprint *foot)
{
	struct baseline_day sum = baseline_sum(all, baseline, foot->started_ns);
	uint32_t left_out = lacking_in_question(all, baseline, foot), lacking;
	struct odds odds;

	lacking = sum.seen - sum.offered;
	sum.seen -= left_out < lacking ? left_out : lacking;
	leave_out_last_hour(all, baseline, foot, &sum);
	odds = (struct odds){ .seen = sum.seen, .offered = sum.offered, .days = (uint32_t)sum.day };
	lacking = odds.seen - odds.offered;
	odds.lacks_per_mille = (1000 * (lacking + 1) + odds.seen + 1) / (odds.seen + 2);
	return odds;
}

bool
odds_expect_offer(const struct baselines *all, const struct odds *odds)
{
	if (odds->seen < all->thresholds.least_observations)
		return false;
	return odds->offered == odds->seen || odds->lacks_per_mille <= all->thresholds.rare_per_mille;
}

bool
baseline_offered_all_day(struct baselines *all, const struct baseline *baseline,
	const struct footprint *foot)
{
	const struct visitor *network =
		visitor_find(all, baseline, &foot->client.address, true);
	int64_t from = foot->started_ns - NS_PER_DAY;
	uint32_t offered = 0;

	for (const struct sight *s = baseline->newest; s != NULL && s->at_ns >= from; s = s->older) {
		bool of_client = address_equal(&s->client, &foot->client.address);

		if (!s->counts || s->at_ns < baseline->since_ns)
			continue;
		if (s->offered && of_client && s->at_ns > foot->started_ns - NS_PER_HOUR)
			continue;
		offered += s->offered;
		if (s->offered || (!baseline->run_offered && s->at_ns >= baseline->run_since_ns))
			continue;
		if (s->network != network || s->at_ns < network->lacking_since_ns)
			return false;
	}
	return offered >= BASELINE_FEW;
}

/* Changes -------------------------------------------------------------------------------------- */

static bool
run_is_change(const struct baselines *all, const struct baseline *baseline, int64_t at_ns)
{
	const struct policy_thresholds *least = &all->thresholds;

	return baseline->run >= least->change_observations && baseline->run_clients >= least->change_clients &&
	       at_ns - baseline->run_since_ns >= least->change_hours * NS_PER_HOUR &&
	       baseline->run_offered == baseline->withdrawn;
}

bool
baseline_turns(struct baselines *all, struct baseline *baseline, const struct footprint *foot,
	struct odds *before_r)
{
	struct baseline_day *day;

	if (!run_is_change(all, baseline, foot->started_ns))
		return false;
	*before_r = baseline_odds(all, baseline, foot);
	if (!baseline->withdrawn && !odds_expect_offer(all, before_r))
		return false;
	for (size_t i = 0; i < baseline->days.count; i++)
		baseline->days.at[i].seen = baseline->days.at[i].offered = 0;
	day = baseline_day(all, baseline, foot->started_ns);
	day->seen = baseline->run;
	day->offered = baseline->run_offered ? baseline->run : 0;
	baseline->since_ns = baseline->run_since_ns;
	baseline->withdrawn = !baseline->run_offered;
	/* the run itself is what is normal now, and no longer in question */
	baseline->run_number++;
	baseline->run = 0;
	return true;
}
