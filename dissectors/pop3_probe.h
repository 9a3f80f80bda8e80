/* How much first bytes look like POP3; part of the dissector pop3. */
#ifndef STARTTRACE_DISSECTORS_POP3_PROBE_H
#define STARTTRACE_DISSECTORS_POP3_PROBE_H

#include "base/side.h"
#include "base/span.h"

/* 0 to 100: how sure that `first`, the first bytes this side spoke, of any length from 1 on, are POP3 (RFC 1939). */
unsigned pop3_probe(enum side side, struct span first);

#endif
