/* Asks history about stored sessions, all of them at once or those of a run as they come.  What it says goes beside the
 * session's own rows, and only where it says something. */
#include "engine/hindsight.h"

#include "rules/score.h"

#include <stdlib.h>

/* One session on its way. */
struct judging {
	struct past         *past;
	const struct policy *policy;
	const struct hindsight_ear *ear;        /* NULL where nobody listens */
	struct past_session  session;
	bool                 signalled;         /* by history */
	bool                 said;              /* history found something */
	bool                 has_findings;
	enum severity        severity;          /* the worst so far */
};

struct hindsight_run {
	struct store         *store;
	struct budget        *budget;
	const struct policy  *policy;
	struct hindsight_ear  ear;
	struct history       *history;
	int64_t               latest_ns;        /* the latest begin of a session that was judged */
	int64_t               earlier_ns;       /* the same, of those that were judged in another go */
	bool                  out_of_order;
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

/* What stands now, whoever found it. */
static void
tell(struct judging *judging, const struct past_finding *stands, bool changed)
{
	const struct hindsight_ear *ear = judging->ear;
	struct buffer links = { 0 };

	if (ear == NULL || ear->finding == NULL)
		return;
	past_links(judging->past, stands->id, &links);
	ear->finding(ear->user, &judging->session.footprint, &(struct hindsight_word){
		.finding = stands,
		.changed = changed,
		.rests_on = buffer_span(&links),
	});
	buffer_free(&links);
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
	tell(judging, is_there ? &stands : &said, is_there);
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

/* What is said of sessions that are judged for good. */
static void
leave_insight(void *user, const struct insight *insight)
{
	(void)user;
	(void)insight;
}

static void
leave_signal(void *user, const struct signal *signal, bool has_place, enum place place)
{
	(void)user;
	(void)signal;
	(void)has_place;
	(void)place;
}

static void
judge_one(struct judging *judging, hindsight_judge *judge, void *user)
{
	static const struct hindsight unheard = { leave_insight, leave_signal, NULL };
	const struct hindsight hindsight = { take_insight, take_signal, judging };
	struct judgement judgement;

	if (judging->session.settled) {
		judge(user, &judging->session.footprint, &unheard);
		return;
	}
	judging->signalled = judging->said = false;
	judging->has_findings = judging->session.has_findings;
	judging->severity = judging->session.severity;
	judgement = judge(user, &judging->session.footprint, &hindsight);
	keep_judgement(judging, &judgement);
}

static bool
is_enough(const struct judging *judging)
{
	return judging->ear != NULL && judging->ear->enough != NULL && judging->ear->enough(judging->ear->user);
}

/* Opens and closes judging->past. */
static struct status
judge_each(struct store *store, enum past_scope scope, struct judging *judging, hindsight_judge *judge, void *user)
{
	struct status status = past_open(store, scope, &judging->past);
	bool enough;

	if (!status_is_ok(&status))
		return status;
	while (!(enough = is_enough(judging)) && past_next(judging->past, &judging->session))
		judge_one(judging, judge, user);
	status = past_close(&judging->past);
	if (status_is_ok(&status) && enough)
		status = status_of(STATUS_STORE, "the sessions were not compared to the end");
	return status;
}

struct status
hindsight_ask(struct store *store, const struct policy *policy, hindsight_judge *judge, void *user)
{
	struct judging judging = { .policy = policy };

	return judge_each(store, PAST_ALL, &judging, judge, user);
}

static struct judgement
ask_history(void *user, const struct footprint *footprint, const struct hindsight *hindsight)
{
	return history_take(user, footprint, hindsight);
}

static struct status
open_history(struct budget *budget, const struct policy *policy, struct history **history_r)
{
	*history_r = history_new(budget, policy);
	if (*history_r == NULL)
		return status_of(STATUS_NO_MEMORY, "out of memory to compare the sessions; --max-memory is too low");
	return status_ok();
}

struct status
hindsight_all(struct store *store, struct budget *budget, const struct policy *policy, uint64_t *forgotten_r)
{
	struct history *history;
	struct status status = open_history(budget, policy, &history);

	if (!status_is_ok(&status))
		return status;
	status = hindsight_ask(store, policy, ask_history, history);
	if (forgotten_r != NULL)
		*forgotten_r = history_forgotten(history);
	history_free(&history);
	return status;
}

/* As long as a run ------------------------------------------------------------------------------- */

/* Those of one go come in order.  Which of two that began at once is the first, only a go with both of them tells. */
static struct judgement
ask_in_turn(void *user, const struct footprint *footprint, const struct hindsight *hindsight)
{
	struct hindsight_run *run = user;

	if (footprint->started_ns <= run->earlier_ns)
		run->out_of_order = true;
	if (footprint->started_ns > run->latest_ns)
		run->latest_ns = footprint->started_ns;
	return history_take(run->history, footprint, hindsight);
}

/* With a history that knows nothing. */
static struct status
judge_all_of(struct hindsight_run *run, enum past_scope scope)
{
	const struct hindsight_ear deaf = { .enough = run->ear.enough, .user = run->ear.user };
	struct judging judging = { .policy = run->policy, .ear = &deaf };
	struct status status;

	history_free(&run->history);
	run->latest_ns = run->earlier_ns = INT64_MIN;
	run->out_of_order = false;
	status = open_history(run->budget, run->policy, &run->history);
	return status_is_ok(&status) ? judge_each(run->store, scope, &judging, ask_in_turn, run) : status;
}

struct status
hindsight_begin(struct store *store, struct budget *budget, const struct policy *policy,
	const struct hindsight_ear *ear, struct hindsight_run **run_r)
{
	struct hindsight_run *run = calloc(1, sizeof(*run));
	struct status status;

	*run_r = run;
	if (run == NULL)
		return status_of(STATUS_NO_MEMORY, "out of memory to compare the sessions");
	*run = (struct hindsight_run){ .store = store, .budget = budget, .policy = policy };
	if (ear != NULL)
		run->ear = *ear;
	status = judge_all_of(run, PAST_FINISHED);
	if (!status_is_ok(&status))
		hindsight_end(run_r);
	return status;
}

void
hindsight_end(struct hindsight_run **run)
{
	if (*run == NULL)
		return;
	history_free(&(*run)->history);
	free(*run);
	*run = NULL;
}

struct status
hindsight_more(struct hindsight_run *run)
{
	struct judging judging = { .policy = run->policy, .ear = &run->ear };

	run->earlier_ns = run->latest_ns;
	return judge_each(run->store, PAST_FRESH, &judging, ask_in_turn, run);
}

struct status
hindsight_again(struct hindsight_run *run)
{
	return judge_all_of(run, PAST_ALL);
}

bool
hindsight_is_out_of_order(const struct hindsight_run *run)
{
	return run->out_of_order;
}

uint64_t
hindsight_forgotten(const struct hindsight_run *run)
{
	return history_forgotten(run->history);
}
