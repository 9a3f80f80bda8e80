/* A name of a session that does not depend on the database or the run: the same packets give the same one. */
#ifndef STARTTRACE_MODEL_IDENTITY_H
#define STARTTRACE_MODEL_IDENTITY_H

#include "wire/frame.h"

enum {
	IDENTITY_TEXT_SIZE = 17,
};

/* What it is made of: columns `vantage` of v_session, and vlan, client, server and started_ns of the session. */
struct session_place {
	struct span     vantage;        /* its name, else the interface where the capture has several, else empty */
	uint32_t        vlan;           /* of its first frame: outer << 16 | inner tag, 0 for none */
	struct endpoint ends[2];        /* in either order */
	int64_t         started_ns;     /* since 1970 */
};

/* Writes 16 hexadecimal digits and returns `out`: the first eight bytes of the SHA-256 over the text
 * "STARTED VLAN ADDRESS,PORT ADDRESS,PORT VANTAGE", numbers in decimal, the end with the lower octets first. */
const char *session_identity(const struct session_place *place, char out[IDENTITY_TEXT_SIZE]);

#endif
