/* The digest of a regular file, made on a thread of its own beside whoever reads the file.  For source only. */
#ifndef STARTTRACE_WIRE_SOURCE_DIGEST_H
#define STARTTRACE_WIRE_SOURCE_DIGEST_H

#include "base/digest.h"

struct source_digest;

/* Goes on from `offset`, up to which `digest` knows the file behind `fd`; both stay the caller's, who leaves the digest
 * alone meanwhile.  NULL when there can be no thread: then nothing was changed. */
struct source_digest *source_digest_begin(int fd, struct digest *digest, uint64_t offset);

/* The reader came this far: so may the digest.  It does not run ahead, so that each part of a file larger than memory
 * comes from the disk once. */
void source_digest_follow(struct source_digest *beside, uint64_t position);

/* Waits for the rest of the file, and ends.  0 or an errno. */
int source_digest_finish(struct source_digest **beside);

/* Ends, wherever it is. */
void source_digest_stop(struct source_digest **beside);

#endif
