/* What services offered before, and to whom.  A session that lacks the offer is held against the most specific baseline
 * that knows enough.  History alone never proves anything. */
#include "rules/history_asked.h"

#include "base/table.h"
#include "rules/evidence.h"
#include "rules/signals.h"

#include <stdlib.h>

struct offers {
	struct baselines    *all;
	const struct policy *policy;
};

/* What a missing offer weighs by what is known of the sessions before. */
struct tier {
	uint32_t lacks_per_mille;       /* at most */
	uint32_t days;                  /* at least */
	bool     others_now;            /* other clients had the offer within the hour before */
	bool     always;                /* never without so far */
	int      points;
};

enum {
	POINTS_CAPPED = 15,             /* where several backends share what the session was held against */
};

/* The baseline that the session is held against. */
struct held {
	const struct baseline *baseline;
	enum baseline_key      key;
	struct odds            odds;
	int                    points;
	bool                   capped;
};

/* The offer is missing ------------------------------------------------------------------------- */

static bool
others_have_it_now(const struct asked *asked)
{
	const struct baseline *backend = asked->at[KEY_BACKEND];
	struct address network = address_network(&asked->foot->client.address);

	for (const struct sight *s = backend->newest; s != NULL; s = s->older) {
		if (s->at_ns < asked->foot->started_ns - NS_PER_HOUR)
			return false;
		if (s->offered && !address_equal(&s->network->address, &network))
			return true;
	}
	return false;
}

/* The first row that holds gives the points. */
static int
points_of(const struct asked *asked, const struct held *held)
{
	const struct policy_thresholds *most = &asked->all->thresholds;
	const struct tier tiers[] = {
		{ most->never_per_mille, most->never_days, true, false, 50 },
		{ most->rare_per_mille, most->rare_days, false, false, 35 },
		{ most->rare_per_mille, 0, false, false, 15 },
		{ 1000, 0, false, true, 15 },
	};
	const struct odds *odds = &held->odds;

	for (size_t i = 0; i < TABLE_LENGTH(tiers); i++) {
		if (odds->lacks_per_mille > tiers[i].lacks_per_mille || odds->days < tiers[i].days)
			continue;
		if (tiers[i].always && odds->offered < odds->seen)
			continue;
		if (!tiers[i].others_now ||
			(held->key == KEY_BACKEND && others_have_it_now(asked)))
			return tiers[i].points;
	}
	return 0;
}

/* The most specific baseline with enough observations. */
static struct held
hold_against(const struct asked *asked)
{
	const struct baseline *service = asked->at[KEY_SERVICE];
	struct held held = { .baseline = NULL };

	if (asked->at[KEY_BACKEND] == NULL || asked->at[KEY_BACKEND]->withdrawn)
		return held;
	for (enum baseline_key key = KEY_BACKEND; key <= KEY_SERVICE; key++) {
		if (asked->at[key] == NULL)
			continue;
		held.odds = baseline_odds(asked->all, asked->at[key], asked->foot);
		if (held.odds.seen < asked->all->thresholds.least_observations)
			continue;
		held.baseline = asked->at[key];
		held.key = key;
		held.capped = key != KEY_BACKEND && service != NULL && service->backends > 1;
		held.points = points_of(asked, &held);
		if (held.capped && held.points > POINTS_CAPPED)
			held.points = POINTS_CAPPED;
		return held;
	}
	return held;
}

static const char *
words_on_list(const struct asked *asked)
{
	if (asked_signal(asked, "S10") != NULL)
		return "; the list asks for passwords in its place";
	return asked_signal(asked, "S9") != NULL ? "; the list is otherwise the same" : "";
}

static void
tell_missing(const struct asked *asked, const struct held *held)
{
	static const char *const keys[] = { "this backend", "servers of this name", "this address and port" };
	struct interference_sum sum = signals_combine(asked->signals, asked->signal_count);
	struct insight insight = {
		.kind = "downgrade-offer-missing-vs-history",
		.severity = SEVERITY_HIGH,
		.confidence = signals_confidence(INTERFERENCE_SUSPECTED, sum.points),
		.place = PLACE_LIST,
	};
	const struct odds *odds = &held->odds;

	if (held->capped)
		insight.confidence = CONFIDENCE_POSSIBLE;
	if (held->points == 0) {
		insight_tell(asked->hindsight, &insight, &asked->at[KEY_BACKEND]->offered_by,
			"this backend sent the same list with the offer before, to every client of the last day");
		return;
	}
	insight_tell(asked->hindsight, &insight, &held->baseline->offered_by,
		"%u of %u observations of %s (%.*s) on %u day%s had the offer: at most %u in 1000 sessions lack it by "
		"chance%s",
		(unsigned)odds->offered, (unsigned)odds->seen, keys[held->key],
		WORDS(asked->foot->greeting_name), (unsigned)odds->days, odds->days == 1 ? "" : "s",
		(unsigned)odds->lacks_per_mille, words_on_list(asked));
}

/* Signals first: they set how sure the finding is. */
static void
judge_missing(struct asked *asked)
{
	struct held held;
	bool list_speaks;

	if (!asked_lacks_offer(asked) || asked->at[KEY_BACKEND] == NULL)
		return;
	held = hold_against(asked);
	if (held.points > 0)
		tell_signal(asked, "D-HIST", SIGNAL_HISTORY, held.points, false, PLACE_LIST);
	list_speaks = asked_signal(asked, "S9") != NULL || asked_signal(asked, "S10") != NULL;
	if (held.points > 0 || list_speaks)
		tell_missing(asked, &held);
}

/* The subject ---------------------------------------------------------------------------------- */

/* Sessions that look interfered with by themselves teach nothing of what is normal. */
static void
observe(struct asked *asked)
{
	const struct footprint *foot = asked->foot;
	bool observes = (foot->flags & FOOT_LIST) && foot->offer != UNKNOWN && !asked->suspected;
	size_t known = asked->all->baselines.queue.count;
	bool new_backend = false;

	for (enum baseline_key key = 0; key < BASELINE_KEYS; key++) {
		asked->at[key] = baseline_find(asked->all, foot, key,
			observes || (key == KEY_HOST && (foot->flags & FOOT_EXTENDED_ACCEPTED)));
		if (key == KEY_BACKEND)
			new_backend = asked->all->baselines.queue.count > known;
	}
	if (!observes || asked->at[KEY_BACKEND] == NULL)
		return;
	asked->weight = baseline_weigh(asked->all, asked->at[KEY_BACKEND], foot);
	for (enum baseline_key key = KEY_BACKEND; key <= KEY_SERVICE; key++) {
		if (asked->at[key] == NULL)
			continue;
		asked->at[key]->backends += new_backend;
		baseline_observe(asked->all, asked->at[key], asked->at[KEY_BACKEND], foot, asked->weight);
	}
}

/* A capture may claim any time; one that cannot be reckoned with is no time. */
static bool
is_time(int64_t at_ns)
{
	return at_ns >= 0 && at_ns <= INT64_MAX - NS_PER_DAY;
}

static void
take(void *memory, const struct footprint *foot, const struct hindsight *hindsight)
{
	struct offers *offers = memory;
	struct asked asked = {
		.all = offers->all,
		.policy = offers->policy,
		.foot = foot,
		.hindsight = hindsight,
	};

	/* scanners and monitors do what no ordinary client does, to servers that may well treat them otherwise */
	if (foot->client_kind != CLIENT_ORDINARY || !is_time(foot->started_ns) ||
		!baselines_make_room(offers->all))
		return;
	asked.signal_count = foot->signal_count < ASKED_SIGNALS ? foot->signal_count : ASKED_SIGNALS;
	if (asked.signal_count > 0)
		memcpy(asked.signals, foot->signals, asked.signal_count * sizeof(asked.signals[0]));
	asked.suspected = signals_combine(asked.signals, asked.signal_count).outcome != INTERFERENCE_NONE;
	observe(&asked);
	judge_change(&asked);
	judge_damage(&asked);
	judge_list(&asked);
	judge_mechanisms(&asked);
	judge_client(&asked);
	judge_reply(&asked);
	judge_basic(&asked);
	judge_split(&asked);
	judge_missing(&asked);
	judge_turning(&asked);
	judge_service(&asked);
	remember_list(&asked);
	remember_service(&asked);
}

static void
destroy(void *memory)
{
	struct offers *offers = memory;

	baselines_free(&offers->all);
	free(offers);
}

static void *
create(struct budget *budget, const struct policy *policy)
{
	const struct policy_thresholds usual = policy_thresholds_default();
	struct offers *offers = calloc(1, sizeof(*offers));

	if (offers == NULL)
		return NULL;
	offers->policy = policy;
	offers->all = baselines_new(budget, policy != NULL ? &policy->thresholds : &usual);
	if (offers->all == NULL) {
		free(offers);
		return NULL;
	}
	return offers;
}

static uint64_t
forgotten(const void *memory)
{
	return ((const struct offers *)memory)->all->forgotten;
}

const struct subject history_offers = { create, take, destroy, forgotten };
