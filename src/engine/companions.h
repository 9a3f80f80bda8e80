/* Connections beside a protected session that move in clear what belongs to it: FTP's, whose addresses are agreed on
 * inside TLS and cannot be read.  Such a connection is known by its hosts, its time and its port; what it carries goes
 * one way. */
#ifndef STARTTRACE_ENGINE_COMPANIONS_H
#define STARTTRACE_ENGINE_COMPANIONS_H

#include "wire/flow.h"

enum {
	COMPANIONS_MOST = 64,           /* sessions that are waited on at a time; the one begun first is given up */
};

struct companions {
	struct flow *sessions[COMPANIONS_MOST];         /* flows whose owner is a contact with a session; NULL: none */
	size_t       next;
	size_t       count;
};

/* A session of a protocol that has companions began on this flow; it is over. */
void companions_begin(struct companions *companions, struct flow *flow);
void companions_end(struct companions *companions, const struct flow *flow);

/* Whether this flow, which belongs to no session and of which `heads` are the first bytes of its sides, may carry in
 * clear what a protected session moves.  Costs nothing where there is no such session. */
bool companions_suspect(const struct companions *companions, const struct flow *flow, const struct span heads[2]);

/* The suspect is over: if it went one way, and the session is there still, that gets NOTE_DATA_IN_CLEAR. */
void companions_tell(const struct companions *companions, const struct flow *flow);

#endif
