/* What the parts of TLS history share: a session as they see it, the keys they remember by, and how they tell.  Each
 * part is a row of the table in history_tls.c with a memory of its own. */
#ifndef STARTTRACE_RULES_HISTORY_TLS_PRIVATE_H
#define STARTTRACE_RULES_HISTORY_TLS_PRIVATE_H

#include "base/clock.h"
#include "model/tls.h"
#include "rules/history_tell.h"
#include "rules/recall.h"

/* One session on its way through the parts. */
struct tls_view {
	const struct footprint *foot;
	const struct hindsight *hindsight;
	const struct policy    *policy; /* may be NULL */
	struct policy_thresholds thresholds;
};

/* What a server was seen doing longer ago says nothing of it today. */
static inline int64_t
tls_window(const struct tls_view *view)
{
	return view->thresholds.window_days * NS_PER_DAY;
}

struct tls_part {
	size_t entry_size;
	size_t most;
	void (*take)(const struct tls_view *view, struct recall *recall);
};

extern const struct tls_part tls_versions;      /* history_versions.c */
extern const struct tls_part tls_intolerance;   /* history_intolerance.c */
extern const struct tls_part tls_fleet;         /* history_fleet.c */
extern const struct tls_part tls_key_shares;    /* history_keys.c */
extern const struct tls_part tls_tickets;
extern const struct tls_part tls_shared_keys;
extern const struct tls_part tls_certificates;  /* history_certificates.c */
extern const struct tls_part tls_answers;       /* history_interception.c */

/* The server at its address and port, as seen from one vantage, and a text that narrows it down. */
struct recall_key tls_service_key(const struct footprint *foot, struct span further);

/* One of several machines behind that address: how it greets, what it offers and how its packets look. */
struct recall_key tls_backend_key(const struct footprint *foot);

/* What the server chose is known. */
bool tls_has_chosen(const struct footprint *foot);

/* Encrypts and authenticates in one, with a key of its own for each session. */
bool tls_chose_strong(const struct footprint *foot);

/* No encryption, no identity, a broken cipher, or no forward secrecy. */
bool tls_chose_weak(const struct footprint *foot);

#endif
