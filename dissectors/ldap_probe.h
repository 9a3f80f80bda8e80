/* How much bytes look like LDAP messages. */
#ifndef STARTTRACE_DISSECTORS_LDAP_PROBE_H
#define STARTTRACE_DISSECTORS_LDAP_PROBE_H

#include "ber.h"
#include "model/dissector.h"

/* 0 to 100: how sure that `first`, the first bytes this side spoke, of any length from 1 on, are LDAP (RFC 4511). */
unsigned ldap_probe(enum side side, struct span first);

/* Whether a message of this side begins here, as far as its headers and the first field of its operation tell. */
enum ber_read ldap_looks(enum side side, struct span in);

#endif
