/* The lists of ClientHellos that were read before, as texts and fingerprints.  A client offers the same lists each
 * time, and turning them into text costs more than the rest of its hello.  Part of tls_hello. */
#ifndef STARTTRACE_DISSECTORS_TLS_HELLO_CACHE_H
#define STARTTRACE_DISSECTORS_TLS_HELLO_CACHE_H

#include "tls_extensions.h"

struct tls_hello_cache;

/* NULL when out of memory.  Holds a fixed number of hellos; a new one takes the place of an old one. */
struct tls_hello_cache *tls_hello_cache_new(struct budget *budget);
void                    tls_hello_cache_free(struct tls_hello_cache **cache);

/* Fills in, in `arena`, what the parts and the protocols of `h` tell, and nothing that hangs on anything else. */
typedef void tls_lists_read(struct tls_client_hello *hello, const struct hello *h, struct arena *arena);

/* Does what `read` does for the arena of `h`, with the same result, which lives in that arena alone.  Of `hello` only
 * what `read` fills in may be set before.  `cache` may be NULL. */
void tls_hello_cache_read(struct tls_hello_cache *cache, struct tls_client_hello *hello, const struct hello *h,
	tls_lists_read *read);

#endif
