/* What the store tells history, and what it keeps of history's answers.  Going through the past is one transaction with
 * what the caller commits: a killed run leaves the old answers.
 *
 * Once old sessions were deleted (store_prune), what was said of the others up to then is never forgotten: it may rest
 * on those that are gone. */
#ifndef STARTTRACE_STORE_PAST_H
#define STARTTRACE_STORE_PAST_H

#include "model/footprint.h"
#include "store/store.h"

struct past;

/* A session as it stands without history. */
struct past_session {
	struct footprint footprint;     /* filled in whole; borrowed until the next one is asked for */
	uint32_t         capture;       /* the one in which it began, by its number in its run */
	enum verdict     verdict;
	bool             has_findings;
	enum severity    severity;      /* the worst finding's, those of a comparison of vantages among them */
	bool             compared;      /* such a comparison said something of it */
	bool             settled;       /* judged for good: it is there to learn from, and nothing more is said of it */
};

enum past_scope {
	PAST_ALL,               /* all sessions; what was said of them is forgotten first */
	PAST_FINISHED,          /* the same without those that still go on */
	PAST_FRESH,             /* the finished ones that were stored in this run since it was last gone through */
};

/* NULL in *past_r after a failure. */
struct status past_open(struct store *store, enum past_scope scope, struct past **past_r);

/* The next session in order of start; of those that began at once, in order of their ends, vantage and first frame.
 * False when there are no more, or after a failure, of which past_close tells. */
bool past_next(struct past *past, struct past_session *session_r);

/* A finding, as history has it or as it stands. */
struct past_finding {
	int64_t         id;
	const char     *kind;           /* a constant */
	enum severity   severity;
	enum confidence confidence;
	int             score;
	uint32_t        count;
	struct quote    evidence;
	struct span     reasons;
	bool            by_history;     /* added since past_open */
};

/* The finding of that kind that the session has by now: severity, confidence and score as they stand, without its
 * reasons; the text of its evidence is borrowed until the next one is asked for.  False when there is none. */
bool past_find(struct past *past, const char *kind, struct past_finding *finding_r);

/* All these speak of the session that past_next gave last, and of nothing after a failure. */

/* Adds a finding and sets its id; 0 when the session has too many. */
void past_add(struct past *past, struct past_finding *finding);

/* Severity, confidence, score and reasons replace those of the finding with this id. */
void past_replace(struct past *past, const struct past_finding *finding);

/* The other sessions on which a finding rests; those that are gone are left out. */
void past_link(struct past *past, int64_t finding_id, const int64_t *sessions, size_t count);

/* Adds the identities (model/identity.h) of the sessions on which the finding rests by now, with commas between, oldest
 * first. */
void past_links(struct past *past, int64_t finding_id, struct buffer *out);

/* One more signal of history for the session that is judged; beyond as many as there are numbers for, none. */
void past_signal(struct past *past, const struct signal *signal);

/* What is different now; NULL: it stays as it was. */
struct past_judgement {
	const enum verdict  *verdict;
	const enum severity *severity;
	int                  points;    /* of all signals */
};

/* Marks the session as one of which history says something; what else it said is forgotten by that mark. */
void past_judge(struct past *past, const struct past_judgement *judgement);

/* All sessions were shown, and are fresh no more.  Tells of the first failure; commits nothing. */
struct status past_close(struct past **past);

#endif
