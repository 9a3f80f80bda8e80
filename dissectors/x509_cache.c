/* Certificate chains that were read before, found by the digest of the whole list. */
#include "x509_cache.h"

#include <stdlib.h>
#include <string.h>

enum {
	PLACES = 256,
};

struct place {
	struct arena            *arena; /* NULL: empty */
	uint8_t                  digest[SHA256_SIZE];
	struct certificate_chain chain;
	bool                     good;
};

struct x509_cache {
	struct budget *budget;
	const struct x509_trust *trust;
	struct place   places[PLACES];
};

struct x509_cache *
x509_cache_new(struct budget *budget)
{
	struct x509_cache *cache = calloc(1, sizeof(*cache));

	if (cache != NULL)
		cache->budget = budget;
	return cache;
}

void
x509_cache_trust(struct x509_cache *cache, const struct x509_trust *trust)
{
	cache->trust = trust;
}

void
x509_cache_free(struct x509_cache **cache)
{
	if (*cache == NULL)
		return;
	for (size_t i = 0; i < PLACES; i++)
		arena_free(&(*cache)->places[i].arena);
	free(*cache);
	*cache = NULL;
}

/* All that a certificate points to is in its spans; its words are constants. */
static void
copy_spans(struct arena *arena, struct certificate *certificate)
{
	struct span *const spans[] = { &certificate->subject, &certificate->issuer,
		&certificate->common_name, &certificate->serial, &certificate->signature_algorithm,
		&certificate->names };

	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++)
		*spans[i] = arena_copy(arena, *spans[i]);
}

static void
copy_chain(struct arena *arena, const struct certificate_chain *chain,
	struct certificate_chain *chain_r)
{
	struct certificate *copies = NULL;

	*chain_r = *chain;
	chain_r->certificates = NULL;
	chain_r->count = 0;
	if (chain->count > 0)
		copies = arena_alloc(arena, chain->count * sizeof(*copies));
	if (copies == NULL)
		return;
	memcpy(copies, chain->certificates, chain->count * sizeof(*copies));
	chain_r->certificates = copies;
	for (size_t i = 0; i < chain->count; i++) {
		copy_spans(arena, &copies[i]);
		if (arena_spent(arena))
			return;
		chain_r->count = i + 1;
	}
}

/* Reads the chain into the place; false when memory is spent, and the place is empty. */
static bool
fill(struct x509_cache *cache, struct place *place, const uint8_t digest[SHA256_SIZE],
	struct span list)
{
	arena_free(&place->arena);
	place->arena = arena_new(cache->budget);
	if (place->arena == NULL)
		return false;
	memcpy(place->digest, digest, SHA256_SIZE);
	place->good = x509_read_chain(place->arena, list, &place->chain);
	x509_trust_judge(cache->trust, list, &place->chain);
	if (arena_spent(place->arena))
		arena_free(&place->arena);
	return place->arena != NULL;
}

bool
x509_cache_read_chain(struct x509_cache *cache, struct arena *arena, struct span list,
	struct certificate_chain *chain_r)
{
	uint8_t digest[SHA256_SIZE];
	struct place *place;

	if (cache == NULL)
		return x509_read_chain(arena, list, chain_r);
	digest_sha256(list, digest);
	place = &cache->places[digest[0] % PLACES];
	if ((place->arena == NULL || memcmp(place->digest, digest, SHA256_SIZE) != 0) &&
	    !fill(cache, place, digest, list)) {
		bool good = x509_read_chain(arena, list, chain_r);

		x509_trust_judge(cache->trust, list, chain_r);
		return good;
	}
	copy_chain(arena, &place->chain, chain_r);
	return place->good;
}
