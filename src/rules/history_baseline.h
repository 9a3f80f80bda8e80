/* What is remembered of a service, so that a session can be held against the ones before it.  Counts by day under
 * several keys, from the most specific backend to the mere address and port, and the observations of the last day one
 * by one.  Judges nothing.
 *
 * What was used the longest ago gives way where a limit or the budget is reached, so that a service that is asked again
 * and again stays known whatever strangers come and go. */
#ifndef STARTTRACE_RULES_HISTORY_BASELINE_H
#define STARTTRACE_RULES_HISTORY_BASELINE_H

#include "base/buffer.h"
#include "base/clock.h"
#include "base/hash.h"
#include "rules/history_tell.h"

/* Thresholds that no policy changes: choices of design, not results of research. */
enum {
	BASELINE_FEW = 3,               /* of one backend within a day, for a list that lacks but the offer */
	FLAPPING_TURNS = 3,             /* within a day */
	UPGRADES_LEAST = 10,            /* upgrades before a contradicted request counts more */
	MEMORY_LEAST = 3,               /* upgrades of one client, the last one within two weeks */
	MEMORY_DAYS = 14,
	QUITTERS_LEAST = 2,
	NO_OFFER_LEAST = 5,             /* lists, by two clients or over an hour, none with an offer */
	NO_OFFER_CLIENTS = 2,
	MECHANISMS_LIKELY = 48,
	LISTS_DIFFER = 3,               /* keywords: another backend, or another configuration */
};

/* Limits of ours. */
enum {
	BASELINES_MOST = 1 << 16,
	VISITORS_MOST = 1 << 19,
	SIGHTS_MOST = 1 << 20,
	SIGHTS_OF_BASELINE_MOST = 2048,
};

enum baseline_key {
	KEY_BACKEND,            /* K3: address, port, greeting, keywords, shape of the SYN-ACK */
	KEY_NAME,               /* K2: name in the greeting and port, whatever the address */
	KEY_SERVICE,            /* K1: address and port */
	KEY_HOST,               /* as K3, but for the keywords: for sessions that show no list, or a changed one */
	BASELINE_KEYS
};

/* When something was used: its place in the queue of its kind, and the number of the session that used it last. */
struct use {
	struct use *older, *newer;
	uint64_t    session;
};

struct queue {
	struct use *oldest, *newest;
	size_t      count;
};

/* What is found by a key. */
struct entry {
	struct use    use;
	struct entry *chain;
	uint64_t      hash;
};

struct entry_table {
	struct queue   queue;
	struct entry **heads;
	size_t         head_count;      /* a power of two */
};

/* A text that is written over from time to time. */
struct kept_text {
	uint8_t *at;
	size_t   len, room;
};

/* One day's counts; in a sum `day` is on how many days there was an offer. */
struct baseline_day {
	int64_t  day;
	uint32_t seen, offered;         /* observations */
	uint32_t upgraded, refused;     /* sessions */
	uint32_t extended;              /* EHLO succeeded */
};

/* The days that may still count, oldest first. */
struct baseline_days {
	struct baseline_day *at;
	size_t               count, room;
};

/* A client, or a network of clients, at one baseline. */
struct visitor {
	struct entry    entry;
	struct baseline *baseline;
	struct visitor *before, *after; /* of the same baseline */
	struct sight   *oldest, *newest;        /* of those that name it */
	struct address  address;
	bool            is_network;
	int64_t         hour;           /* of its last observation */
	uint32_t        lacking;        /* observations since it last saw the offer */
	int64_t         lacking_since_ns;
	uint32_t        lacking_run, lacking_in_run;    /* ... of them in the run of this number, of all clients */
	uint32_t        change_run;     /* the last run that could be a change of the service and that it was in */
	uint32_t        upgrades, refusals;
	int64_t         upgraded_ns;    /* the last time */
	bool            went_in_clear;  /* sent application data in clear */
	uint64_t        stamp;          /* of the last tally, and what it found */
	uint32_t        tally_offered, tally_lacking;
};

/* What observations of one backend add up to.  Observations under other keys name it, and may outlive its baseline. */
struct backend_tally {
	size_t   held;                  /* by so many */
	uint64_t stamp;
	uint32_t offered, lacking;
};

/* One observation of the last day. */
struct sight {
	struct use       use;
	struct baseline *baseline;
	struct sight    *older, *newer; /* of the same baseline */
	struct sight    *before, *after;        /* of the same network at it */
	int64_t          at_ns, session_id;
	struct visitor  *network;
	struct address   client;
	struct backend_tally *backend;
	uint32_t         vlan;
	bool             offered;
	bool             counts;        /* the first one of its network in the hour: the others only tell paths apart */
};

struct baseline {
	struct entry     entry;
	struct kept_text key;           /* its first byte is the kind of key */
	struct visitor  *visitors;
	struct backend_tally *tally;
	struct baseline_days days;
	int64_t          since_ns;      /* what was before a change of the service does not count */
	struct sight    *oldest, *newest;
	size_t           sights;
	uint32_t         backends;      /* distinct K3 under this key */
	bool             withdrawn;     /* the service itself stopped to offer TLS */

	/* the run of equal observations that is going on */
	bool             run_offered;
	uint32_t         run, run_number;
	uint32_t         run_clients;   /* while the run could be a change of the service */
	int64_t          run_since_ns;
	int64_t          turns_ns[FLAPPING_TURNS];      /* the last changes of it, oldest first */
	size_t           turns;
	int64_t          told_ns;       /* when it was last said that the offer comes and goes */

	/* the last list with the offer, and the sessions that had it, oldest first */
	struct kept_text list, list_mechanisms;
	uint32_t         list_octets;
	int64_t          list_ns;
	bool             list_doubled;
	bool             lists_extras;  /* the last list, with the offer or without, had SIZE or CHUNKING */
	struct links     offered_by;

	/* mechanisms in clear: what is usual, and what is seen lately instead */
	struct kept_text mechanisms;
	uint32_t         mechanisms_seen, mechanisms_other;

	/* every list, offer or none, for services that never had one */
	uint32_t         lists, list_clients;
	struct address   list_client[NO_OFFER_CLIENTS];
	int64_t          lists_since_ns;
	bool             ever_offered, told_none;

	/* clients that need TLS and left where it was not on offer */
	uint32_t         quitters;
	struct address   quitter[QUITTERS_LEAST];
	int64_t          quit_ns;
};

struct baselines {
	struct budget   *budget;
	size_t           spare;         /* taken from the budget, and not in use */
	struct hash_key  hash_key;
	struct policy_thresholds thresholds;
	struct entry_table baselines, visitors;
	struct queue     sights;
	uint64_t         session;       /* the number of the one that is judged */
	uint64_t         forgotten;     /* baselines and visitors that gave way */
	struct buffer    key;           /* the one that is looked up */
	uint64_t         stamp;
};

/* What a baseline says of the next session of a client. */
struct odds {
	uint32_t seen, offered;
	uint32_t days;
	uint32_t lacks_per_mille;       /* the chance that a normal session lacks the offer, rounded up */
};

/* NULL when out of memory. */
struct baselines *baselines_new(struct budget *budget, const struct policy_thresholds *thresholds);
void              baselines_free(struct baselines **baselines);

/* Before each session, and never within one: what was used the longest ago is given up until there is room for what the
 * session may teach.  False when there is no memory to learn anything. */
bool baselines_make_room(struct baselines *all);

/* Zeroed; NULL when memory is spent.  Given back with the size that it was taken with. */
void *baselines_take(struct baselines *all, size_t size);
void  baselines_give(struct baselines *all, void *at, size_t size);

/* The one with this hash for which `same` holds, as used now; NULL for none. */
struct entry *entry_find(struct baselines *all, struct entry_table *table, uint64_t hash,
	bool (*same)(const struct entry *entry, const void *wanted), const void *wanted);
void          entry_add(struct baselines *all, struct entry_table *table, struct entry *entry, uint64_t hash);

/* Nothing where memory is spent. */
void sight_add(struct baselines *all, struct baseline *baseline, const struct sight *seen);
void sight_drop_oldest(struct baselines *all, struct baseline *baseline);

/* With all that hangs on it.  A baseline may be half made, but must have been added. */
void baseline_give_up(struct baselines *all, struct baseline *baseline);

/* All of them at once: only what they took of the budget, which is in `spare` then, and freeing the whole are left. */
void baselines_drop(struct baselines *all);

/* The baseline of a session under this key: NULL where the session lacks what the key is made of, or, unless `create`,
 * where it is not known; and when memory is spent. */
struct baseline *baseline_find(struct baselines *all, const struct footprint *foot,
	enum baseline_key key, bool create);

/* The client, or its network: NULL where it is not known. */
struct visitor *visitor_find(struct baselines *all, const struct baseline *baseline,
	const struct address *client, bool is_network);

/* NULL only when memory is spent. */
struct visitor *visitor_find_or_create(struct baselines *all, struct baseline *baseline,
	const struct address *client, bool is_network);

/* A few clients, by their address_link: at most `most` are kept of more. */
void clients_count(struct address *clients, uint32_t *count, uint32_t most, const struct address *client);

/* Left empty when memory is spent. */
void baselines_keep(struct baselines *all, struct kept_text *text, struct span s);

static inline struct span
kept_span(const struct kept_text *text)
{
	return span_from(text->at, text->len);
}

/* How long an observation counts. */
int64_t baselines_window(const struct baselines *all);

/* The counts of the day, all zero when it is new.  Where memory is spent the oldest day makes room for it. */
struct baseline_day *baseline_day(struct baselines *all, struct baseline *baseline, int64_t at_ns);

/* Sums over the days that count at this time. */
struct baseline_day baseline_sum(const struct baselines *all, const struct baseline *baseline, int64_t at_ns);

/* Without what the judged client saw in the last hour, without the run of lacking offers that goes on for all, and
 * without the one that goes on for the client's own network: these are what is in question. */
struct odds baseline_odds(struct baselines *all, const struct baseline *baseline,
	const struct footprint *foot);

/* A baseline under which sessions normally have the offer. */
bool odds_expect_offer(const struct baselines *all, const struct odds *odds);

/* Whether every observation of the last day, at least BASELINE_FEW of them, had the offer. */
bool baseline_offered_all_day(struct baselines *all, const struct baseline *baseline,
	const struct footprint *foot);

/* How much a session counts: one observation a network, backend and hour for what is normal; one a client and hour for
 * telling paths apart. */
enum weight {
	WEIGHT_NONE,
	WEIGHT_PATH,
	WEIGHT_FULL,
};

/* The weight of this session, whose client and network have been here this hour from now on; WEIGHT_NONE, too, where
 * memory is short. */
enum weight baseline_weigh(struct baselines *all, struct baseline *backend, const struct footprint *foot);

/* Takes in one observation of this weight. */
void baseline_observe(struct baselines *all, struct baseline *baseline, struct baseline *backend,
	const struct footprint *foot, enum weight weight);

/* Whether the run that goes on shows that the service itself changed.  If so what was before no longer counts, and
 * `before_r` tells what that was. */
bool baseline_turns(struct baselines *all, struct baseline *baseline, const struct footprint *foot,
	struct odds *before_r);

#endif
