/* How much first bytes look like ManageSieve; part of the dissector sieve.  See struct dissector. */
#ifndef STARTTRACE_DISSECTORS_SIEVE_PROBE_H
#define STARTTRACE_DISSECTORS_SIEVE_PROBE_H

#include "base/side.h"
#include "base/span.h"

unsigned sieve_probe(enum side side, struct span first);

#endif
