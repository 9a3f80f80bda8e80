/* The judgement of every stored session in the light of the earlier ones: asks history about all of them, in the order
 * in which they began, and keeps what it says. */
#ifndef STARTTRACE_ENGINE_HINDSIGHT_H
#define STARTTRACE_ENGINE_HINDSIGHT_H

#include "model/policy.h"
#include "rules/history.h"
#include "store/store.h"

/* Says what it has to say of a session, knowing those that it was shown before. */
typedef struct judgement hindsight_judge(void *user, const struct footprint *footprint,
	const struct hindsight *hindsight);

/* Shows every session to the judge and keeps what it says in place of what was said before.  Commits nothing.  `policy`
 * may be NULL; scores depend on it. */
struct status hindsight_ask(struct store *store, const struct policy *policy, hindsight_judge *judge, void *user);

/* The same with history as the judge: it says the same as long as the sessions are the same. */
struct status hindsight_run(struct store *store, struct budget *budget, const struct policy *policy);

#endif
