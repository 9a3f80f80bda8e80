/* The judgement of every stored session in the light of the earlier ones: asks history about all of them, in the order
 * in which they began, and keeps what it says. */
#ifndef STARTTRACE_ENGINE_HINDSIGHT_H
#define STARTTRACE_ENGINE_HINDSIGHT_H

#include "model/policy.h"
#include "rules/history.h"
#include "store/past.h"

/* Says what it has to say of a session, knowing those that it was shown before. */
typedef struct judgement hindsight_judge(void *user, const struct footprint *footprint,
	const struct hindsight *hindsight);

/* Shows every session to the judge and keeps what it says in place of what was said before; of those that are judged
 * for good, what was said before stands.  Commits nothing.  `policy` may be NULL; scores depend on it. */
struct status hindsight_ask(struct store *store, const struct policy *policy, hindsight_judge *judge, void *user);

/* A finding as it stands now that history has said something of it, and as the database has it from here on. */
struct hindsight_word {
	const struct past_finding *finding;
	bool                       changed;     /* it was there already, and became surer */
	struct span                rests_on;    /* identities of the other sessions
	                                         * (model/identity.h), with commas between */
};

/* Hears of what history says as it says it, borrowed until it returns, and is asked between two sessions whether it has
 * heard enough: then the work is left undone, which is a failure.  Both may be NULL. */
struct hindsight_ear {
	void (*finding)(void *user, const struct footprint *footprint, const struct hindsight_word *word);
	bool (*enough)(void *user);
	void  *user;
};

/* History that goes on for as long as a run does. */
struct hindsight_run;

/* Learns all that the database holds, but for sessions that still go on, and judges what no earlier run has judged for
 * good.  Commits nothing.  NULL in *run_r after a failure.  `ear` may be NULL; it hears only of what hindsight_more
 * judges.  Store, budget, policy and ear outlive the run. */
struct status hindsight_begin(struct store *store, struct budget *budget, const struct policy *policy,
	const struct hindsight_ear *ear, struct hindsight_run **run_r);
void          hindsight_end(struct hindsight_run **run);

/* Judges the finished sessions that were stored since, in order of start, by all that were judged before.  Commits
 * nothing.  After a failure, as after a transaction that was given up, the run is of no use any more. */
struct status hindsight_more(struct hindsight_run *run);

/* Judges all anew, in order of start, when nothing more will come; otherwise as hindsight_more, but nobody hears of
 * it. */
struct status hindsight_again(struct hindsight_run *run);

/* How many clients, services and keys history has forgotten for want of room. */
uint64_t hindsight_forgotten(const struct hindsight_run *run);

/* Whether some session began before one that was judged earlier: judging all anew could say something else. */
bool hindsight_is_out_of_order(const struct hindsight_run *run);

/* Asks history about every session: it says the same as long as the sessions are the same.  *forgotten_r, which may be
 * NULL, becomes what hindsight_forgotten tells of a run. */
struct status hindsight_all(struct store *store, struct budget *budget, const struct policy *policy,
	uint64_t *forgotten_r);

#endif
