/* What a proxy says before the dialogue that it carries: PROXY protocol 1 and 2, SOCKS 4 and 5, HTTP CONNECT. */
#ifndef STARTTRACE_ENGINE_PREAMBLE_H
#define STARTTRACE_ENGINE_PREAMBLE_H

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

#endif
