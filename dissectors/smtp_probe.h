/* How much first bytes look like SMTP; part of the dissector smtp.  See struct dissector. */
#ifndef STARTTRACE_DISSECTORS_SMTP_PROBE_H
#define STARTTRACE_DISSECTORS_SMTP_PROBE_H

#include "base/side.h"
#include "base/span.h"

/* 0 to 100: how sure that `first`, the first bytes this side spoke, of any length from 1 on, are SMTP (RFC 5321). */
unsigned smtp_probe(enum side side, struct span first);

#endif
