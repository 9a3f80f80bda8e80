/* What a proxy says before the dialogue that it carries: PROXY protocol 1 and 2, SOCKS 4 and 5, HTTP CONNECT. */
#ifndef STARTTRACE_ENGINE_PREAMBLE_H
#define STARTTRACE_ENGINE_PREAMBLE_H

#include "base/buffer.h"
#include "base/side.h"
#include "base/span.h"

enum preamble {
	PREAMBLE_NONE,
	PREAMBLE_SHORT,         /* may be one; more bytes are needed */
	PREAMBLE_FOUND,
};

/* Looks at the first bytes of both sides.  With PREAMBLE_FOUND, length_r tells for each side how many of them
 * belong to the proxy, and *name_r what kind it is. */
enum preamble preamble_find(const struct span heads[2], size_t length_r[2], const char **name_r);

/* Adds its name and, as far as it tells, whose connection it carries and where that is to go: "PROXY protocol 1, from
 * 192.0.2.1 port 40001 to 192.0.2.2 port 25".  `head` is the client's part of it, whole.  Names of hosts are the
 * client's own words; logins to the proxy are left out. */
void preamble_say(const char *name, struct span head, struct buffer *out);

#endif
