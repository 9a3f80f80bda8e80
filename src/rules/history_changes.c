/* What changed at the service itself, and not on the way to one client. */
#include "rules/history_asked.h"

#include "base/table.h"

/* Whether the offer comes and goes, whoever asks: at least one network saw both, and it is not one network alone that
 * lacks what others have. */
static bool
follows_no_client(struct asked *asked, const struct baseline *baseline)
{
	uint64_t stamp = ++asked->all->stamp;
	uint32_t networks = 0, lacking = 0, both = 0;

	for (const struct sight *s = baseline->newest; s != NULL; s = s->older) {
		struct visitor *v = s->network;

		if (!s->counts || s->at_ns < asked->foot->started_ns - NS_PER_DAY)
			continue;
		if (v->stamp != stamp) {
			v->stamp = stamp;
			v->tally_offered = v->tally_lacking = 0;
			networks++;
		}
		lacking += !s->offered && v->tally_lacking == 0;
		both += s->offered ? v->tally_offered == 0 && v->tally_lacking > 0
		                   : v->tally_lacking == 0 && v->tally_offered > 0;
		v->tally_offered += s->offered;
		v->tally_lacking += !s->offered;
	}
	return both > 0 && (lacking > 1 || networks == 1);
}

/* Whether each backend behind the address either always offers TLS or never does. */
static bool
follows_backend(struct asked *asked, const struct baseline *baseline)
{
	uint64_t stamp = ++asked->all->stamp;
	uint32_t always = 0, never = 0, mixed = 0;

	for (const struct sight *s = baseline->newest; s != NULL; s = s->older) {
		struct backend_tally *b = s->backend;

		if (!s->counts || s->at_ns < asked->foot->started_ns - NS_PER_DAY)
			continue;
		if (b->stamp != stamp) {
			b->stamp = stamp;
			b->offered = b->lacking = 0;
		}
		always += s->offered && b->offered == 0;
		never += !s->offered && b->lacking == 0;
		mixed += s->offered ? b->offered == 0 && b->lacking > 0
		                    : b->lacking == 0 && b->offered > 0;
		b->offered += s->offered;
		b->lacking += !s->offered;
	}
	return mixed == 0 && always > 0 && never > 0;
}

static bool
turned_often(const struct baseline *baseline, int64_t at_ns)
{
	return baseline->turns == FLAPPING_TURNS && baseline->turns_ns[0] >= at_ns - NS_PER_DAY &&
	       (baseline->told_ns == 0 || baseline->told_ns < at_ns - NS_PER_DAY);
}

static void
tell_turning(const struct asked *asked, const struct baseline *baseline, const char *kind, const char *why)
{
	struct insight insight = {
		.kind = kind,
		.severity = SEVERITY_MEDIUM,
		.confidence = CONFIDENCE_PROVEN,
		.place = PLACE_LIST,
	};

	for (enum baseline_key key = KEY_BACKEND; key <= KEY_SERVICE; key++)
		if (asked->at[key] != NULL)
			asked->at[key]->told_ns = asked->foot->started_ns;
	insight_tell(asked->hindsight, &insight, &baseline->offered_by, "%s", why);
}

/* Told once a day, at a session that lacks the offer. */
void
judge_turning(struct asked *asked)
{
	static const enum baseline_key shared[] = { KEY_SERVICE, KEY_NAME };
	struct baseline *backend = asked->at[KEY_BACKEND];
	int64_t now = asked->foot->started_ns;

	if (!asked_lacks_offer(asked) || backend == NULL)
		return;
	if (turned_often(backend, now) && follows_no_client(asked, backend)) {
		tell_turning(asked, backend, "starttls-offer-flapping",
			"the same backend changed between offering TLS and not at least three times in a day");
		return;
	}
	for (size_t i = 0; i < TABLE_LENGTH(shared); i++) {
		struct baseline *b = asked->at[shared[i]];

		if (b == NULL || !turned_often(b, now) || !follows_no_client(asked, b) ||
			!follows_backend(asked, b))
			continue;
		tell_turning(asked, b, "lb-backend-without-tls",
			"of the backends behind one service some always offer TLS and some never do");
		return;
	}
}

/* The session that completes a change of the service tells of it; those after it are held against the new state. */
void
judge_change(struct asked *asked)
{
	const struct policy_thresholds *least = &asked->all->thresholds;
	struct odds before;
	struct insight insight = {
		.kind = "starttls-offer-withdrawn",
		.severity = SEVERITY_HIGH,
		.confidence = CONFIDENCE_PROVEN,
		.place = PLACE_LIST,
	};
	bool known = false, told = false;

	if (asked->weight != WEIGHT_FULL)
		return;
	for (enum baseline_key key = KEY_BACKEND; key <= KEY_SERVICE; key++) {
		struct baseline *b = asked->at[key];

		if (b == NULL)
			continue;
		known |= b->withdrawn;
		if (!baseline_turns(asked->all, b, asked->foot, &before) || !b->withdrawn || known || told)
			continue;
		told = true;
		insight_tell(asked->hindsight, &insight, &b->offered_by,
			"%u of %u observations had the offer; since then %u in a row, of at least %u clients over "
			"%u hours, lack it",
			(unsigned)before.offered, (unsigned)before.seen, least->change_observations,
			least->change_clients, least->change_hours);
	}
}
