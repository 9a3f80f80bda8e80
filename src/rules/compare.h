/* Two vantages beside each other: which sessions are the same connection seen twice, and what of its lines differs
 * between the two.  Knows no packets and no database.
 *
 * The two vantages are numbered 0 and 1, in the order in which they were named. */
#ifndef STARTTRACE_RULES_COMPARE_H
#define STARTTRACE_RULES_COMPARE_H

#include "base/arena.h"
#include "model/vantage.h"

/* By what two sessions were taken for the same; the first ones are unique, so that one is enough. */
enum compare_key {
	KEY_CLIENT_RANDOM,
	KEY_CONNECTION,         /* addresses, ports and both initial sequence numbers */
	KEY_SEQUENCES,          /* both initial sequence numbers, other addresses */
	KEY_QUEUE_ID,
	KEY_TIMESTAMP,          /* in the greeting of POP3 */
	KEY_WEAK,               /* several that are not unique */
	COMPARE_KEYS
};

struct compare_pair {
	size_t           of[2];         /* by vantage */
	enum compare_key key;
	unsigned         weak;          /* how many of those keys agree */
	int64_t          later_ns;      /* how much later the second one began, by the clocks */
};

struct compare_match {
	struct compare_pair *pairs;     /* in the order of the first vantage's sessions */
	size_t               count;
	int64_t              skew_ns;   /* by how much the second clock is ahead: the median over the pairs */
	int64_t              deviation_ns;      /* the median distance from it */
};

enum {
	COMPARE_UNSTEADY_NS = 100000000,        /* a greater deviation, and times say nothing */
};

/* Finds the pairs; a session is in one of them at most, and one that could be in several, for want of a unique key, in
 * none.  False when out of memory. */
bool compare_match(struct arena *arena, const struct vantage_session *const sessions[2], const size_t counts[2],
	struct compare_match *match_r);

enum compare_change {
	CHANGE_MISSING,         /* at one vantage only */
	CHANGE_TEXT,
	CHANGE_ORDER,           /* at both, in another place */
};

enum compare_weight {
	WEIGHT_ALLOWED,         /* what relays and firewalls do of old: a masked
	                         * banner, another client name, trace lines */
	WEIGHT_LINE,            /* another command or reply than was sent */
	WEIGHT_LIST,            /* the list of capabilities, but not the offer of TLS */
	WEIGHT_DECISIVE,        /* what decides about TLS: its offer, the ask,
	                         * the answer, or the command that gets the list */
};

struct compare_difference {
	enum compare_change        change;
	enum compare_weight        weight;
	enum side                  side;        /* who spoke */
	const struct vantage_line *lines[2];    /* by vantage; NULL where it is missing */
	const struct vantage_line *before[2];   /* the line of that side before it; NULL where it is the first */
};

struct compare_lines {
	struct compare_difference *list;        /* the client's lines first, each side's in order */
	size_t                     count;
	size_t                     compared;    /* lines that both vantages show */
	bool                       broken_off;  /* not compared to the end, as one of the two lacks the rest */
	int                        nearer;      /* the vantage nearer the server, 0 or 1; -1: the lines do not tell */
};

/* The lines of one session at one vantage. */
struct compare_said {
	const struct vantage_line *lines;
	size_t                     count;
	bool                       headless, cut;       /* as in struct vantage_session */
	bool                       same_handshake;      /* both vantages show the same ClientHello's random */
};

/* Compares line by line, up to TLS, of the same handshake up to the server's certificates, and as far as both captures
 * are whole.  False when out of memory. */
bool compare_lines(struct arena *arena, const struct compare_said said[2], struct compare_lines *lines_r);

#endif
