/* The judgement of every stored session in the light of the earlier ones: asks history about all of them, in the order
 * in which they began, and keeps what it says. */
#ifndef STARTTRACE_ENGINE_HINDSIGHT_H
#define STARTTRACE_ENGINE_HINDSIGHT_H

#include "model/policy.h"
#include "store/store.h"

/* Says everything anew, and the same as long as the sessions are the same: whatever was said before is forgotten.
 * Commits nothing.  `policy` may be NULL. */
struct status hindsight_run(struct store *store, struct budget *budget, const struct policy *policy);

#endif
