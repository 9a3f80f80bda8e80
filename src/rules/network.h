/* The signals that packets show, whatever they say: that the segments which decide about TLS look as if another machine
 * had written them than the others of their side. */
#ifndef STARTTRACE_RULES_NETWORK_H
#define STARTTRACE_RULES_NETWORK_H

#include "model/session.h"

enum {
	NETWORK_SIGNALS_MOST = 12,
};

/* Fills the list, at most one signal of a name, and returns how many there are.  To be asked only where nothing is
 * missing before the lines that decide: a loss looks like a trace. */
size_t network_signals(const struct session *session, struct signal list[NETWORK_SIGNALS_MOST]);

#endif
