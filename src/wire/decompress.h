/* A capture's bytes as libpcap wants them: gzip (RFC 1952) and zstd (RFC 8878) are unpacked on the
 * way, with bounded memory however much comes out.  For capture only. */
#ifndef STARTTRACE_WIRE_DECOMPRESS_H
#define STARTTRACE_WIRE_DECOMPRESS_H

#include "wire/source.h"

#include <stdio.h>

struct decompress;

/* Looks at the source's first bytes to tell how it is packed.  The source outlives it.  NULL when
 * out of memory. */
struct decompress *decompress_new(struct source *source);
void               decompress_free(struct decompress **decompress);

/* A stream of the unpacked bytes, which must be closed before decompress_free.  NULL when out of
 * memory. */
FILE *decompress_stream(struct decompress *decompress);

/* Why the bytes ended before their end; "" when they did not. */
const char *decompress_trouble(const struct decompress *decompress);

/* They ended for want of memory, not for what they are. */
bool decompress_lacks_memory(const struct decompress *decompress);

#endif
