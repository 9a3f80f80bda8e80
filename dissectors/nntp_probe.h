/* How much first bytes look like NNTP; part of the dissector nntp. */
#ifndef STARTTRACE_DISSECTORS_NNTP_PROBE_H
#define STARTTRACE_DISSECTORS_NNTP_PROBE_H

#include "base/side.h"
#include "base/span.h"

/* 0 to 100: how sure that `first`, the first bytes this side spoke, of any length from 1 on, are NNTP (RFC 3977). */
unsigned nntp_probe(enum side side, struct span first);

#endif
