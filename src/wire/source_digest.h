/* A digest that is made on a thread of its own, of bytes that come in pieces.  For source only. */
#ifndef STARTTRACE_WIRE_SOURCE_DIGEST_H
#define STARTTRACE_WIRE_SOURCE_DIGEST_H

#include "base/digest.h"

struct source_digest;

/* Goes on with `digest`, which stays the caller's, who leaves it alone meanwhile.  NULL when there can be no thread:
 * then nothing was changed. */
struct source_digest *source_digest_begin(struct digest *digest);

/* Copies the bytes; waits while too many of those before are not done with. */
void source_digest_add(struct source_digest *beside, struct span bytes);

/* Waits until the digest knows all that was added, and ends. */
void source_digest_end(struct source_digest **beside);

#endif
