/* How much first bytes look like XMPP; part of the dissector xmpp.  See struct dissector. */
#ifndef STARTTRACE_DISSECTORS_XMPP_PROBE_H
#define STARTTRACE_DISSECTORS_XMPP_PROBE_H

#include "base/side.h"
#include "base/span.h"

unsigned xmpp_probe(enum side side, struct span first);

#endif
