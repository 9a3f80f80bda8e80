/* Which dissector reads a flow, on any port: the dissectors' probes on the first bytes of both sides; the port is
 * a hint only where the content leaves it open. */
#ifndef STARTTRACE_ENGINE_IDENTIFY_H
#define STARTTRACE_ENGINE_IDENTIFY_H

#include "model/dissector.h"

enum identity {
	IDENTITY_MORE,          /* more bytes, or the other side's, are needed */
	IDENTITY_FOUND,
	IDENTITY_FOREIGN,
};

struct first_bytes {
	struct span heads[2];   /* what each side said first; empty when it has not spoken */
	uint16_t    ports[2];
	bool        roles_known;        /* who is the client is certain */
	bool        over;       /* no more bytes will come */
	struct span opinion;    /* a second opinion's label, or empty */
};

struct identified {
	const struct dissector *dissector;      /* with IDENTITY_MORE: TLS, where the
	                                         * client began it and no answer came yet */
	const char             *protocol;       /* as the session's row names it */
	bool                    turn;           /* client and server are the other way round */
	size_t                  preamble[2];    /* bytes of a proxy's that come first */
	const char             *preamble_name;  /* NULL when there are none */
};

/* Whether a connection on this server port on which nobody said anything is still worth a session: true for ports of
 * mail and of what else begins with TLS.  Only other sessions tell which of the two ends the other one waited for. */
bool identify_silent(uint16_t server_port, struct identified *identified_r);

/* Whether what sessions of this protocol move goes over connections of their own. */
bool identify_has_companions(const char *protocol);

/* Judges what both sides said first, however little, and hostile or not: what stays undecided for too many bytes is
 * foreign, so that nobody has to keep more of them. */
enum identity identify(const struct first_bytes *first, struct identified *identified_r);

#endif
