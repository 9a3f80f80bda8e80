/* How much first bytes look like XMPP; part of the dissector xmpp.  See struct dissector. */
#ifndef STARTTRACE_DISSECTORS_XMPP_PROBE_H
#define STARTTRACE_DISSECTORS_XMPP_PROBE_H

#include "base/side.h"
#include "base/span.h"

/* 0 to 100: how sure that `first`, the first bytes this side spoke, of any length from 1 on, are XMPP (RFC 6120). */
unsigned xmpp_probe(enum side side, struct span first);

#endif
