/* The bytes of a file, or of standard input, as they lie on disk: first look, position, digest.
 * Knows nothing of what they mean.  For capture and decompress only. */
#ifndef STARTTRACE_WIRE_SOURCE_H
#define STARTTRACE_WIRE_SOURCE_H

#include "base/digest.h"
#include "base/status.h"

#include <sys/types.h>

struct source;

/* Opens a file, or standard input for "-".  The failure names it and says what is wrong: not there,
 * not readable, a directory, empty. */
struct status source_open(const char *path, struct source **source_r);
void          source_close(struct source **source);

/* Its first four bytes, or as many as there are.  They are still to be read. */
struct span source_head(const struct source *source);

/* Reads at most `room` bytes.  0 at the end, -1 with errno set on failure. */
ssize_t source_read(struct source *source, void *at, size_t room);

/* Reads at most `room` bytes from any place of a regular file, beside what source_read reads; -1 for what is none. */
ssize_t source_read_at(const struct source *source, void *at, size_t room, uint64_t offset);

/* Bytes read so far, and in all; the latter is 0 where it cannot be known. */
uint64_t source_position(const struct source *source);
uint64_t source_size(const struct source *source);

/* Of a regular file: the digest of all of it; what is not read yet is read beside the reader's
 * position.  Of anything else: the digest of what has been read; what is read later does not count
 * any more. */
struct status source_sha256(struct source *source, uint8_t out[SHA256_SIZE]);

#endif
