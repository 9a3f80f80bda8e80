/* Certificate chains that were read before.  A server shows the same chain to every client, and reading one costs more
 * than the rest of the session.  Part of x509. */
#ifndef STARTTRACE_DISSECTORS_X509_CACHE_H
#define STARTTRACE_DISSECTORS_X509_CACHE_H

#include "x509.h"

struct x509_cache;

/* NULL when out of memory.  Holds a fixed number of chains; a new one takes the place of an old one. */
struct x509_cache *x509_cache_new(struct budget *budget);
void               x509_cache_free(struct x509_cache **cache);

/* From now on chains are held against these trusted certificates, which outlive the cache.  NULL: against none. */
void x509_cache_trust(struct x509_cache *cache, const struct x509_trust *trust);

/* Does what x509_read_chain and x509_trust_judge do, with the same result, which lives in `arena` alone.  `cache` may
 * be NULL. */
bool x509_cache_read_chain(struct x509_cache *cache, struct arena *arena, struct span list,
	struct certificate_chain *chain_r);

#endif
