/* The extensions of a hello (RFC 8446, section 4.2): which are there, and what those say that
 * matter here. */
#ifndef STARTTRACE_TLS_EXTENSIONS_H
#define STARTTRACE_TLS_EXTENSIONS_H

#include "base/cursor.h"
#include "base/side.h"
#include "tls_fingerprint.h"

/* A hello while it is read. */
struct hello {
	struct arena      *arena;
	enum side          from;
	struct hello_parts parts;
	uint32_t           extras;
	struct span        server_name;
	struct span        protocols;           /* of ALPN: names, each behind its length */
	struct span        versions;            /* a client's list */
	uint16_t           chosen_version;      /* a server's answer to it */
	uint16_t           group;
};

/* Reads the block at the end of a hello, which may be missing altogether (RFC 5246, section
 * 7.4.1.2).  False when the block or an extension breaks its grammar, or bytes stand behind it;
 * what could be read is in `h`. */
bool tls_read_extensions(struct hello *h, struct cursor *message);

#endif
