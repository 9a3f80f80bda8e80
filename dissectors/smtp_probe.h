/* How much first bytes look like SMTP; part of the dissector smtp.  See struct dissector. */
#ifndef STARTTRACE_DISSECTORS_SMTP_PROBE_H
#define STARTTRACE_DISSECTORS_SMTP_PROBE_H

#include "base/side.h"
#include "base/span.h"

unsigned smtp_probe(enum side side, struct span first);

#endif
