/* How much first bytes look like IMAP; part of the dissector imap.  See struct dissector. */
#ifndef STARTTRACE_DISSECTORS_IMAP_PROBE_H
#define STARTTRACE_DISSECTORS_IMAP_PROBE_H

#include "base/side.h"
#include "base/span.h"

/* 0 to 100: how sure that `first`, the first bytes this side spoke, of any length from 1 on, are IMAP (RFC 9051). */
unsigned imap_probe(enum side side, struct span first);

#endif
