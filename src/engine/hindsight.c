/* Asks history about every stored session.  What it says goes beside the session's own rows, and only where it says
 * something. */
#include "engine/hindsight.h"

#include "rules/score.h"
#include "store/past.h"

/* One session on its way. */
struct judging {
	struct past         *past;
	const struct policy *policy;
	struct past_session  session;
	bool                 signalled;         /* by history */
	bool                 said;              /* history found something */
	bool                 has_findings;
	enum severity        severity;          /* the worst so far */
};

/* The secret of the session's place is that of its first login: it counts as accepted only where every login was, and
 * the account is known. */
static struct circumstances
circumstances_for(const struct judging *judging, const struct insight *insight)
{
	const struct footprint *footprint = &judging->session.footprint;
	struct circumstances circumstances =
		circumstances_of(judging->policy, &footprint->client, &footprint->server);

	if (insight->has_place && insight->place == PLACE_SECRET) {
		circumstances.secret_accepted = footprint->logins_accepted > 0 &&
		                                footprint->logins_wrong + footprint->logins_refused == 0;
		circumstances.privileged = policy_is_privileged(judging->policy, footprint->account);
	}
	return circumstances;
}

static struct quote
line_at(const struct footprint *footprint, bool has_place, enum place place)
{
	return has_place ? footprint->places[place] : (struct quote){ 0 };
}

/* The surer word of the two, and history's reasons. */
static void
make_surer(struct judging *judging, struct past_finding *stands, const struct past_finding *said,
	const struct circumstances *circumstances)
{
	int score;

	if (said->severity > stands->severity)
		stands->severity = said->severity;
	if (said->confidence > stands->confidence)
		stands->confidence = said->confidence;
	score = score_of(stands->severity, stands->confidence, circumstances);
	if (score > stands->score)
		stands->score = score;
	stands->reasons = said->reasons;
	past_replace(judging->past, stands);
}

static void
take_insight(void *user, const struct insight *insight)
{
	struct judging *judging = user;
	const struct footprint *footprint = &judging->session.footprint;
	const struct circumstances circumstances = circumstances_for(judging, insight);
	struct past_finding stands;
	struct past_finding said = {
		.kind = insight->kind,
		.severity = insight->severity,
		.confidence = insight->confidence,
		.score = score_of(insight->severity, insight->confidence, &circumstances),
		.count = insight->count,
		.evidence = line_at(footprint, insight->has_place, insight->place),
		.reasons = insight->reasons,
	};
	bool is_there = past_find(judging->past, insight->kind, &stands);

	if (insight->raises && (!is_there || stands.by_history))
		return;
	if (is_there)
		make_surer(judging, &stands, &said, &circumstances);
	else
		past_add(judging->past, &said);
	past_link(judging->past, is_there ? stands.id : said.id, insight->links, insight->link_count);
	if (!judging->has_findings || said.severity > judging->severity)
		judging->severity = said.severity;
	judging->has_findings = true;
	judging->said = true;
}

static void
take_signal(void *user, const struct signal *signal, bool has_place, enum place place)
{
	struct judging *judging = user;
	struct signal kept = *signal;

	kept.quote = line_at(&judging->session.footprint, has_place, place);
	past_signal(judging->past, &kept);
	judging->signalled = true;
}

/* Without a signal from elsewhere the session's own verdict stands, and a session of which nobody said anything gets
 * no row. */
static void
keep_judgement(struct judging *judging, const struct judgement *judgement)
{
	const struct past_session *session = &judging->session;
	bool elsewhere = judging->signalled || session->compared;

	if (!elsewhere && !judging->said)
		return;
	past_judge(judging->past, &(struct past_judgement){
		.verdict = elsewhere && judgement->verdict != session->verdict ? &judgement->verdict : NULL,
		.severity = judging->has_findings ? &judging->severity : NULL,
		.points = judgement->points,
	});
}

struct status
hindsight_ask(struct store *store, const struct policy *policy, hindsight_judge *judge, void *user)
{
	struct judging judging = { .policy = policy };
	const struct hindsight hindsight = { take_insight, take_signal, &judging };
	struct status status = past_open(store, &judging.past);

	if (!status_is_ok(&status))
		return status;
	while (past_next(judging.past, &judging.session)) {
		struct judgement judgement;

		judging.signalled = judging.said = false;
		judging.has_findings = judging.session.has_findings;
		judging.severity = judging.session.severity;
		judgement = judge(user, &judging.session.footprint, &hindsight);
		keep_judgement(&judging, &judgement);
	}
	return past_close(&judging.past);
}

static struct judgement
ask_history(void *user, const struct footprint *footprint, const struct hindsight *hindsight)
{
	return history_take(user, footprint, hindsight);
}

struct status
hindsight_all(struct store *store, struct budget *budget, const struct policy *policy)
{
	struct history *history = history_new(budget, policy);
	struct status status;

	if (history == NULL)
		return status_of(STATUS_NO_MEMORY, "out of memory to compare the sessions; --max-memory is too low");
	status = hindsight_ask(store, policy, ask_history, history);
	history_free(&history);
	return status;
}
