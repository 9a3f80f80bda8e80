/* How much first bytes look like ManageSieve; part of the dissector sieve.  See struct dissector. */
#ifndef STARTTRACE_DISSECTORS_SIEVE_PROBE_H
#define STARTTRACE_DISSECTORS_SIEVE_PROBE_H

#include "base/side.h"
#include "base/span.h"

/* 0 to 100: how sure that `first`, the first bytes this side spoke, of any length from 1 on, are ManageSieve (RFC
 * 5804). */
unsigned sieve_probe(enum side side, struct span first);

#endif
