/* What somebody answers for: findings of a kind, in a network or of a service, until a day.  Each call opens the
 * database, writes in one transaction and closes it again.  It may be in use meanwhile: a run that is just writing is
 * waited for, five seconds at most.  Nothing is created and nothing brought up to date.
 *
 * Failures say in one line what is wrong: STATUS_STORE of the database, STATUS_USAGE of what was asked for; nothing is
 * written then. */
#ifndef STARTTRACE_STORE_ACCEPTANCE_H
#define STARTTRACE_STORE_ACCEPTANCE_H

#include "base/status.h"
#include "model/policy.h"

/* Who says so, and why.  None of these may be empty or long; what a terminal would not show as it is becomes \xNN. */
struct acceptance_word {
	const char *by;
	const char *reason;
	const char *recorded_by;        /* the account in which the program was told */
};

struct acceptance {
	const char            *kind;            /* of finding, or the beginning of some and '*' */
	const char            *network_text;    /* as the user wrote it; NULL, as all the following: any */
	const struct network  *network;         /* of client or server */
	const char            *service_text;
	const struct address  *server;
	uint16_t               port;            /* of the server; 0: any */
	int64_t                until;           /* seconds since 1970; from then on the findings count again */
	struct acceptance_word word;
};

struct acceptance_effect {
	int64_t  number;                /* by which it is revoked */
	uint64_t kinds, critical;       /* kinds of findings that it takes in, and those of them usually critical */
	uint64_t findings, sessions;    /* that it covers at present */
};

/* Refuses a kind that is none, all kinds without a limit to a network or a service, a time that is over, and empty
 * words. */
struct status acceptance_add(const char *path, const struct acceptance *acceptance,
	struct acceptance_effect *effect_r);

/* Ends it before its time.  Refuses a number that is none and one that is not in force any more.  *effect_r tells what
 * it covered. */
struct status acceptance_revoke(const char *path, int64_t number, const struct acceptance_word *word,
	struct acceptance_effect *effect_r);

#endif
