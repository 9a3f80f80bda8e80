/* Takes what another database holds into this one: databases of many sensors, or of many jobs, become one.  What is the
 * same in both is there once, however often and in whatever order they come; schema/merge.sql says how it is known. */
#ifndef STARTTRACE_STORE_MERGE_H
#define STARTTRACE_STORE_MERGE_H

#include "store/store.h"

/* What came of one source. */
struct merge_result {
	struct status refused;          /* not ok: why nothing was taken of it */
	uint64_t      captures;         /* that were new */
	uint64_t      captures_known;
	uint64_t      captures_open;    /* of both: those whose run has not come to its end */
	uint64_t      sessions;         /* that were new */
	uint64_t      sessions_further; /* that took the place of an earlier state, or of a later reading */
	uint64_t      sessions_known;
	uint64_t      acceptances;      /* in force, that were new or took the place of an earlier state */
};

/* Takes the database of that name whole, as far as it is committed, or nothing of it, and commits.  It is only read,
 * also while a run writes to it.  One that is not ours, damaged, older or newer than this program, or `store` itself is
 * refused; the status tells only of what went wrong with `store`. */
struct status merge_source(struct store *store, const char *path, struct merge_result *result_r);

/* Whether sessions were merged that history has not been asked about, now or by an earlier call that was killed. */
struct status merge_is_to_judge(struct store *store, bool *is_r);

/* History was asked about all sessions.  Commits, together with what it said. */
struct status merge_is_judged(struct store *store);

/* Under how many policies the runs were made, of those that have one. */
struct status merge_policies(struct store *store, uint64_t *count_r);

#endif
