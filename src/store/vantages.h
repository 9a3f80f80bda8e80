/* What the store tells of the sessions of a vantage, and what it keeps of a comparison of two.  Part of one transaction
 * with what the caller commits: a killed run leaves the earlier answers. */
#ifndef STARTTRACE_STORE_VANTAGES_H
#define STARTTRACE_STORE_VANTAGES_H

#include "base/arena.h"
#include "model/footprint.h"
#include "model/vantage.h"
#include "store/store.h"

struct vantages;

/* NULL in *vantages_r after a failure. */
struct status vantages_open(struct store *store, struct vantages **vantages_r);

/* Tells of the first failure; commits nothing. */
struct status vantages_close(struct vantages **vantages);

/* The sessions of one vantage in order of start, kept in the arena. */
struct status vantages_sessions(struct vantages *vantages, const char *name, struct arena *arena,
	struct vantage_session **sessions_r, size_t *count_r);

/* The lines of its dialogue, in the order in which they became known, kept in the arena. */
struct status vantages_lines(struct vantages *vantages, const struct vantage_session *session, struct arena *arena,
	struct vantage_line **lines_r, size_t *count_r);

/* Forgets what an earlier comparison of these two said. */
struct status vantages_forget(struct vantages *vantages, const char *one, const char *other);

/* A finding about one session, resting on another one. */
struct vantage_finding {
	const struct vantage_session *session;
	int64_t         other;          /* id of that session at the other vantage */
	const char     *kind;           /* a constant */
	enum severity   severity;
	enum confidence confidence;
	int             score;
	uint32_t        count;
	const struct vantage_line *line;        /* or NULL: there is none to show */
	struct span     reasons;
	const struct signal *signal;    /* that goes with it, without a quote; or NULL */
};

/* Adds it, and its signal; of very many about one session only the first are kept. */
struct status vantages_add(struct vantages *vantages, const struct vantage_finding *finding);

#endif
