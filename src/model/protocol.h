/* The protocols by their names (session.protocol): what the rules have to know of one that is not in its dialogue. */
#ifndef STARTTRACE_MODEL_PROTOCOL_H
#define STARTTRACE_MODEL_PROTOCOL_H

#include "base/span.h"

enum protocol_trait {
	PROTOCOL_SENDS = 1,             /* mail goes in */
	PROTOCOL_READS = 2,             /* users read their mail */
	PROTOCOL_LOGIN = 4,             /* nothing is done without a login */
	PROTOCOL_INNER = 8,             /* spoken between the parts of one system */
	PROTOCOL_ASKS = 16,             /* TLS from the first byte was given up for asking (RFC 4217, appendix A) */
};

/* False for a name that is none, as for what a session has whose dialogue was not understood. */
bool protocol_is_known(struct span name);

/* False, too, for a name that is none. */
bool protocol_has(struct span name, enum protocol_trait trait);

/* The keyword by which it offers TLS; that of SMTP for a name that is none. */
struct span protocol_offer(struct span name);

/* The protocol that an ALPN id stands for (RFC 7301, section 6); NULL for an id that is none of these. */
const char *protocol_by_alpn(struct span id);

#endif
