/* What is told of sessions before they end: findings as soon as they stand, and how a session that lasts stands.  Only
 * where somebody watches; what is told changes nothing in the sessions themselves. */
#ifndef STARTTRACE_ENGINE_TELLER_H
#define STARTTRACE_ENGINE_TELLER_H

#include "engine/contact.h"
#include "model/sink.h"

/* One per engine; zeroed but for the first four.  Its contacts leave before it goes. */
struct teller {
	struct sink          sink;
	struct budget       *budget;
	const struct policy *policy;
	const struct losses *losses;
	struct contact      *oldest, *youngest;         /* whose sessions were not shown yet, in the order they began */
};

/* The contact's session began at `now_ns`. */
void teller_begin(struct teller *teller, struct contact *contact, struct flow *flow, int64_t now_ns);

/* The contact's flow took a frame: tells findings that stand since, and shows the session once TLS is up. */
void teller_look(struct teller *teller, struct contact *contact);

/* Shows the sessions that are a minute old by `now_ns`. */
void teller_pass(struct teller *teller, int64_t now_ns);

/* The contact's dialogue is over: its session is not shown any more.  May be called again. */
void teller_leave(struct teller *teller, struct contact *contact);

/* The contact's session is over and judged: tells what was not told yet, or was told otherwise. */
void teller_end(struct teller *teller, struct contact *contact);

#endif
