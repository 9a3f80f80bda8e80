/* What earlier sessions teach.
 *
 * One object is told of every session, in the order in which they began, and says of each what the ones before it
 * show: findings, and signals for the combiner.  It asks nothing of later sessions, so that an archive read at once,
 * file by file, or seen live gives the same answers.  Knows no packets and no database.
 *
 * Each subject (offers, clients, tls, policy) is a file of its own behind struct subject. */
#ifndef STARTTRACE_RULES_HISTORY_H
#define STARTTRACE_RULES_HISTORY_H

#include "base/arena.h"
#include "model/footprint.h"
#include "model/policy.h"

enum {
	INSIGHT_LINKS = 8,              /* most other sessions that one finding names */
};

/* A finding that needs more than one session, or a surer word about one that the session shows by itself: where its
 * kind is among the session's findings already, the higher severity and confidence and these reasons replace that
 * one's. */
struct insight {
	const char     *kind;           /* its id in the catalogue */
	bool            raises;         /* only where the session shows this kind by
	                                 * itself: what is said of it becomes surer */
	enum severity   severity;
	enum confidence confidence;
	bool            has_place;
	enum place      place;          /* the line of this session that it points at;
	                                 * one that the session lacks shows nothing */
	struct span     reasons;        /* one sentence; borrowed until insight() returns */
	int64_t         links[INSIGHT_LINKS];   /* the other sessions it rests on, oldest first */
	size_t          link_count;
	uint32_t        count;          /* how often, at least 1 */
};

/* What is said of one session. */
struct hindsight {
	void (*insight)(void *user, const struct insight *insight);
	/* A signal for the combiner.  name and words are constants or borrowed until it returns; quote is not used:
	 * has_place and place tell the line. */
	void (*signal)(void *user, const struct signal *signal, bool has_place, enum place place);
	void  *user;
};

/* One subject of history.  `take` judges the session by what came before, then remembers it. */
struct subject {
	void *(*create)(struct budget *budget, const struct policy *policy);   /* NULL when out of memory */
	void  (*take)(void *memory, const struct footprint *footprint, const struct hindsight *hindsight);
	void  (*destroy)(void *memory);
	uint64_t (*forgotten)(const void *memory);      /* how many gave way for want of room; NULL where none can */
};

extern const struct subject history_offers;     /* what services offer, and to whom */
extern const struct subject history_clients;    /* what one client does from session to session */
extern const struct subject history_tls;        /* versions, keys, certificates of a service */
extern const struct subject history_policy;     /* what the user's policy says; silent without one */

/* The judgement of one session in the light of the earlier ones. */
struct judgement {
	enum interference interference;
	int               points;
	enum verdict      verdict;
};

struct history;

/* Takes no more than half of the budget: who was not seen for longest is forgotten first.  NULL when out of memory.
 * `policy` may be NULL; it and the budget outlive the history. */
struct history *history_new(struct budget *budget, const struct policy *policy);
void            history_free(struct history **history);

/* How many clients, services and keys it has forgotten for want of room. */
uint64_t history_forgotten(const struct history *history);

/* Judges the next session, in order of start. */
struct judgement history_take(struct history *history, const struct footprint *footprint,
	const struct hindsight *hindsight);

#endif
