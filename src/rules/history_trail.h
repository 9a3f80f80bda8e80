/* Where a client, or who at a server, was lately: short lists of visits under a key, for the findings about what one
 * client does from session to session.  Part of history; knows no finding. */
#ifndef STARTTRACE_RULES_HISTORY_TRAIL_H
#define STARTTRACE_RULES_HISTORY_TRAIL_H

#include "base/arena.h"
#include "base/hash.h"
#include "model/footprint.h"

/* What decides about a session once it is past.  Names are kept as marks, which tell same from other; 0 is none. */
struct visit {
	int64_t         session_id, started_ns, ended_ns;
	int64_t         answered_ns;    /* when the ask was answered; started_ns without an ask */
	int64_t         failed_ns;      /* when a handshake that failed was over */
	struct endpoint server;
	uint32_t        flags;          /* enum footprint_flag */
	uint32_t        habits;         /* enum habit */
	enum verdict    verdict;
	uint16_t        offers_version;
	uint32_t        failures, accepted;     /* logins in clear */
	uint32_t        envelope_mark;
	uint64_t        name, domain, account;
	uint64_t        mark;           /* what it stands for in its trail */
	bool            large_hello;    /* one that fills more than a packet */
	bool            packets_differ; /* signals say that the reset came from another machine */
};

/* What a session shows of how its client works, whatever the server. */
enum habit {
	HABIT_ASKS_ON_25 = 1 << 0,
	HABIT_HELLO_MISPLACED = 1 << 1, /* TLS from the first byte, off port 25, where the server talks plain text */
	HABIT_READS = 1 << 2,           /* got into a mailbox */
	HABIT_READS_SAFELY = 1 << 3,
	HABIT_READS_EXPOSED = 1 << 4,   /* a secret crossed in clear */
	HABIT_SENDS_SAFELY = 1 << 5,
	HABIT_SENDS_EXPOSED = 1 << 6,
	HABIT_SEND_FAILED = 1 << 7,     /* for want of TLS or of a login, or in the wrong mode */
	HABIT_UPGRADES = 1 << 8,
};

enum {
	TRAIL_VISITS = 32,              /* most of one trail; the oldest leaves first */
};

struct trail {
	struct trail *next;             /* in its bucket */
	struct trail *newer, *older;    /* by last use */
	uint64_t      key;
	struct visit *visits;           /* oldest first */
	size_t        count, room;
};

/* Holds a limited number of trails; the one not used for longest leaves first. */
struct trails {
	struct budget  *budget;
	struct hash_key key;
	struct trail  **buckets;
	struct trail   *newest, *oldest;
	size_t          count;
	uint64_t        forgotten;      /* how many were given up for others to come */
};

/* How a visit joins those of the trail that stand for the same. */
enum keeping {
	KEEP_ALL,
	KEEP_LATEST,                    /* it takes their place */
	KEEP_FIRST,                     /* it is left out */
};

/* False when the budget is spent. */
bool trails_open(struct trails *trails, struct budget *budget);
void trails_close(struct trails *trails);

/* NULL when there is none. */
const struct trail *trails_find(const struct trails *trails, uint64_t key);

/* Does nothing when the budget is spent and nothing is left to give up. */
void trails_add(struct trails *trails, uint64_t key, const struct visit *visit, uint64_t mark, enum keeping keeping);

/* How many visits a trail has, which may be NULL. */
static inline size_t
trail_count(const struct trail *trail)
{
	return trail == NULL ? 0 : trail->count;
}

/* The first one that stands for `mark`; NULL when none does. */
const struct visit *trail_marked(const struct trail *trail, uint64_t mark);

#endif
