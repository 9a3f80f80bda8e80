/* The comparison of two vantages of a database: finds the sessions that both show, compares their lines, and keeps what
 * it finds in place of what an earlier comparison of the two said. */
#ifndef STARTTRACE_ENGINE_COMPARISON_H
#define STARTTRACE_ENGINE_COMPARISON_H

#include "model/policy.h"
#include "rules/compare.h"
#include "store/store.h"

/* The sessions of both and what was matched of them. */
struct comparison {
	const char                   *vantages[2];
	const struct vantage_session *sessions[2];
	size_t                        counts[2];
	struct compare_match          match;
};

/* What is told while it is made.  Everything is borrowed until the call returns. */
struct comparison_taker {
	void (*matched)(void *user, const struct comparison *comparison);       /* once, first */
	void (*pair)(void *user, const struct comparison *comparison, const struct compare_pair *pair,
		const struct compare_lines *lines);
	void  *user;
};

/* Judges all sessions anew with what was found.  Commits nothing.  `policy` may be NULL. */
struct status comparison_run(struct store *store, struct budget *budget, const struct policy *policy,
	const char *const vantages[2], const struct comparison_taker *taker);

#endif
