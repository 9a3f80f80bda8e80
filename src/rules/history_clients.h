/* What the findings about one client share: the session that has come, as a visit, and the trails that lead to it. */
#ifndef STARTTRACE_RULES_HISTORY_CLIENTS_H
#define STARTTRACE_RULES_HISTORY_CLIENTS_H

#include "base/clock.h"
#include "rules/history_tell.h"
#include "rules/history_trail.h"

/* What a trail at a server is kept for. */
enum server_fact {
	FACT_IMPLICIT,          /* TLS from the first byte works on this port */
	FACT_UPGRADED,          /* so does STARTTLS, where users log in */
	FACT_LOGIN_ACCEPTED,    /* in clear */
	FACT_LOGIN_WRONG,       /* in clear, with this mechanism */
	FACT_LOGIN_REFUSED,
};

/* A session on its way through the findings. */
struct arrival {
	const struct footprint *foot;
	struct visit            visit;
	const struct trail     *host;           /* this client at this server's address, any port */
	const struct trail     *domain;         /* this client at servers of the domain that greets */
	const struct trail     *name;           /* clients of this name at this server's address */
	const struct trail     *client;         /* this client anywhere: one visit for each service and set of habits */
	const struct trail     *logins;         /* logins of this client at this
	                                         * server's address that failed in clear */
	const struct trail     *server;         /* anyone at this address: the first of each fact */
	const struct trails    *trails;         /* for marks */
	const struct hindsight *hindsight;
};

/* A finding about to be told. */
struct claim {
	struct insight insight;
	struct links   links;
	int64_t        starts[INSIGHT_LINKS];   /* of the linked sessions */
};

/* Whether two visits were to the same people's servers. */
enum provider {
	PROVIDER_OTHER,
	PROVIDER_UNKNOWN,       /* one of the servers told no name */
	PROVIDER_SAME,
};

/* Tells same from other; 0 for the empty span.  ASCII case is ignored. */
uint64_t mark_of(const struct trails *trails, struct span name);

/* Tells one thing that a server showed on a port from others; `mechanism` is empty where the fact is not about one. */
uint64_t server_mark(const struct trails *trails, enum server_fact fact, uint16_t port, struct span mechanism);

/* By their addresses, else by the domains of the names they told. */
enum provider provider_of(const struct visit *a, const struct visit *b);

/* How sure it is that one program was at work in both.  Behind a translator of addresses several are: where this
 * address has told different names, it takes more than the address to join two sessions. */
enum confidence one_program(const struct arrival *arrival, const struct visit *before);

/* The earlier session is one that the finding rests on; of too many the latest are named. */
void claim_link(struct claim *claim, const struct visit *visit);

static inline bool
visit_has(const struct visit *visit, uint32_t flags)
{
	return (visit->flags & flags) == flags;
}

/* Whole seconds; a capture can hold any two moments, `to` is not before `from`. */
static inline uint64_t
seconds_between(int64_t from_ns, int64_t to_ns)
{
	return ((uint64_t)to_ns - (uint64_t)from_ns) / (uint64_t)NS_PER_SECOND;
}

/* The later one began no longer than `seconds` after `moment_ns`, and not before it. */
static inline bool
began_within(const struct visit *later, int64_t moment_ns, uint64_t seconds)
{
	return later->started_ns >= moment_ns &&
	       (uint64_t)later->started_ns - (uint64_t)moment_ns <= seconds * (uint64_t)NS_PER_SECOND;
}

/* One program tells one name; where only one of them is known nothing speaks against it. */
static inline bool
may_be_one_program(const struct visit *a, const struct visit *b)
{
	return a->name == 0 || b->name == 0 || a->name == b->name;
}

/* Application data in clear, without any TLS. */
static inline bool
is_plain(const struct visit *visit)
{
	return visit_has(visit, FOOT_APPLICATION) && !(visit->flags & (FOOT_HELLO | FOOT_ESTABLISHED));
}

/* Each judges the session by one question; in catalogue order. */
void judge_reuse_cross_protocol(const struct arrival *arrival);
void judge_repeated_failure(const struct arrival *arrival);
void judge_validity_oracle(const struct arrival *arrival);
void judge_fallback(const struct arrival *arrival);
void judge_reset_at_tls(const struct arrival *arrival);
void judge_version_dance(const struct arrival *arrival);
void judge_implicit_unused(const struct arrival *arrival);
void judge_legacy_port(const struct arrival *arrival);
void judge_wait_on_implicit_port(const struct arrival *arrival);
void judge_send_fails_receive_works(const struct arrival *arrival);
void judge_requires_tls(const struct arrival *arrival);
void judge_port_dependent_tls(const struct arrival *arrival);
void judge_reconnect(const struct arrival *arrival);

#endif
