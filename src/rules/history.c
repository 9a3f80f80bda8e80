/* Tells every subject of history of each session, and adds up what they say. */
#include "rules/history.h"

#include "base/table.h"
#include "model/protocol.h"
#include "rules/masks.h"
#include "rules/signals.h"

#include <stdlib.h>
#include <string.h>

enum {
	SIGNALS_MOST = 64,      /* of one session, its own and those of history */
};

/* Each has its share of the memory, one part in so many, so that none can take what another needs to learn of somebody
 * new; half of it is left to whoever else draws on it.  Little is still enough to begin with. */
static const struct {
	const struct subject *subject;
	size_t                share;
} subjects[] = {
	{ &history_offers, 4 },
	{ &history_clients, 8 },
	{ &history_tls, 8 },
	{ &history_policy, 8 },         /* remembers nothing */
};

enum {
	SHARE_LEAST = 512 << 10,
};

struct history {
	void         *memories[TABLE_LENGTH(subjects)];
	struct budget shares[TABLE_LENGTH(subjects)];
};

/* One session's asking. */
struct asking {
	const struct hindsight *hindsight;
	struct signal           signals[SIGNALS_MOST];
	size_t                  count;
};

struct history *
history_new(struct budget *budget, const struct policy *policy)
{
	struct history *history = calloc(1, sizeof(*history));

	for (size_t i = 0; i < TABLE_LENGTH(subjects) && history != NULL; i++) {
		struct budget *share = &history->shares[i];

		share->whole = budget;
		share->limit = budget->limit / subjects[i].share;
		if (share->limit < SHARE_LEAST)
			share->limit = SHARE_LEAST;
		history->memories[i] = subjects[i].subject->create(share, policy);
		if (history->memories[i] == NULL)
			history_free(&history);
	}
	return history;
}

void
history_free(struct history **history)
{
	if (*history == NULL)
		return;
	for (size_t i = 0; i < TABLE_LENGTH(subjects); i++)
		if ((*history)->memories[i] != NULL)
			subjects[i].subject->destroy((*history)->memories[i]);
	free(*history);
	*history = NULL;
}

uint64_t
history_forgotten(const struct history *history)
{
	uint64_t forgotten = 0;

	for (size_t i = 0; i < TABLE_LENGTH(subjects); i++)
		if (subjects[i].subject->forgotten != NULL)
			forgotten += subjects[i].subject->forgotten(history->memories[i]);
	return forgotten;
}

static void
pass_insight(void *user, const struct insight *insight)
{
	struct asking *asking = user;

	asking->hindsight->insight(asking->hindsight->user, insight);
}

/* Only what the sum needs is kept of a signal. */
static void
pass_signal(void *user, const struct signal *signal, bool has_place, enum place place)
{
	struct asking *asking = user;

	if (asking->count < SIGNALS_MOST)
		asking->signals[asking->count++] = *signal;
	asking->hindsight->signal(asking->hindsight->user, signal, has_place, place);
}

static enum verdict
verdict_for(const struct footprint *footprint, enum interference interference)
{
	switch (interference) {
	case INTERFERENCE_PROVEN: return footprint->verdict_proven;
	case INTERFERENCE_SUSPECTED: return footprint->verdict_suspected;
	case INTERFERENCE_NONE: break;
	}
	return footprint->verdict;
}

static bool
is_downgraded(enum verdict verdict)
{
	return verdict == VERDICT_DOWNGRADED_PROVEN || verdict == VERDICT_DOWNGRADED_SUSPECTED;
}

/* A secret that crossed in a session which its own signals left alone, and those of history do not. */
static void
tell_secret(const struct footprint *footprint, const struct judgement *judgement,
	const struct hindsight *hindsight)
{
	struct interference_sum own =
		signals_combine(footprint->signals, footprint->signal_count);

	if (!(footprint->exposed & EXPOSED_CREDENTIAL) || !is_downgraded(judgement->verdict) ||
	    own.outcome == judgement->interference)
		return;
	hindsight->insight(hindsight->user, &(struct insight){
		.kind = "cred-sent-after-strip-signs",
		.severity = SEVERITY_CRITICAL,
		.confidence = signals_confidence(judgement->interference, judgement->points),
		.has_place = true,
		.place = PLACE_SECRET,
		.reasons = span_of("the signs of tampering come from other sessions or another vantage"),
		.count = 1,
	});
}

/* A list that looks overwritten is: another vantage shows what stood there. */
static void
tell_mask(const struct footprint *footprint, const struct hindsight *hindsight)
{
	for (size_t i = 0; i < footprint->signal_count; i++) {
		const struct signal *signal = &footprint->signals[i];

		if (signal->group != SIGNAL_VANTAGE || signal->quote.side != SERVER ||
		    mask_of(signal->quote.text, protocol_offer(footprint->protocol)) == MASK_NONE)
			continue;
		hindsight->insight(hindsight->user, &(struct insight){
			.kind = "downgrade-capability-masked",
			.raises = true,
			.severity = SEVERITY_HIGH,
			.confidence = CONFIDENCE_PROVEN,
			.reasons = span_of("another vantage shows the line that is overwritten here"),
			.count = 1,
		});
		return;
	}
}

struct judgement
history_take(struct history *history, const struct footprint *footprint,
	const struct hindsight *hindsight)
{
	struct asking asking;           /* its signals are filled as they come */
	const struct hindsight relay = { pass_insight, pass_signal, &asking };
	struct interference_sum sum;
	struct judgement judgement;

	asking.hindsight = hindsight;
	asking.count = footprint->signal_count < SIGNALS_MOST ? footprint->signal_count : SIGNALS_MOST;
	if (asking.count > 0)
		memcpy(asking.signals, footprint->signals, asking.count * sizeof(asking.signals[0]));
	for (size_t i = 0; i < TABLE_LENGTH(subjects); i++)
		subjects[i].subject->take(history->memories[i], footprint, &relay);
	sum = signals_combine(asking.signals, asking.count);
	judgement = (struct judgement){
		.interference = sum.outcome,
		.points = sum.points,
		.verdict = verdict_for(footprint, sum.outcome),
	};
	tell_secret(footprint, &judgement, hindsight);
	tell_mask(footprint, hindsight);
	return judgement;
}
