/* How much first bytes look like IMAP; part of the dissector imap.  See struct dissector. */
#ifndef STARTTRACE_DISSECTORS_IMAP_PROBE_H
#define STARTTRACE_DISSECTORS_IMAP_PROBE_H

#include "base/side.h"
#include "base/span.h"

unsigned imap_probe(enum side side, struct span first);

#endif
