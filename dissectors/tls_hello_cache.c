/* The lists of ClientHellos that were read before, found by their bytes. */
#include "tls_hello_cache.h"

#include "base/hash.h"
#include "base/table.h"

#include <stdlib.h>
#include <string.h>

enum {
	PLACES = 64,
	KEY_MOST = 1024,                /* longer lists are read each time */
};

/* All that the lists tell hangs on. */
struct key {
	uint8_t at[KEY_MOST];
	size_t  len;
	bool    full;
};

struct place {
	struct arena           *arena;  /* NULL: empty */
	struct span             key;
	struct tls_client_hello lists;
};

struct tls_hello_cache {
	struct budget  *budget;
	struct hash_key hash_key;
	struct place    places[PLACES];
};

struct tls_hello_cache *
tls_hello_cache_new(struct budget *budget)
{
	struct tls_hello_cache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL)
		return NULL;
	cache->budget = budget;
	cache->hash_key = hash_key_random();
	return cache;
}

void
tls_hello_cache_free(struct tls_hello_cache **cache)
{
	if (*cache == NULL)
		return;
	for (size_t i = 0; i < PLACES; i++)
		arena_free(&(*cache)->places[i].arena);
	free(*cache);
	*cache = NULL;
}

static void
key_add(struct key *key, struct span bytes)
{
	key->full |= bytes.len > KEY_MOST - key->len;
	if (bytes.len == 0 || key->full)
		return;
	memcpy(key->at + key->len, bytes.at, bytes.len);
	key->len += bytes.len;
}

static void
key_add_number(struct key *key, size_t number)
{
	const uint8_t octets[] = { (uint8_t)(number >> 8), (uint8_t)number };

	key_add(key, span_from(octets, sizeof(octets)));
}

/* Behind its length, so that no two hellos run together alike; one that does not fit those two octets does not fit the
 * key either. */
static void
key_add_list(struct key *key, struct span list)
{
	key_add_number(key, list.len);
	key_add(key, list);
}

/* Types alone: what stands in most bodies is of this connection. */
static void
key_add_types(struct key *key, struct span block)
{
	struct span body;
	uint16_t type;

	while (!key->full && tls_take_extension(&block, &type, &body))
		key_add_number(key, type);
}

static void
key_of(const struct hello *h, struct key *key)
{
	const struct hello_parts *parts = &h->parts;

	key->len = 0;
	key->full = false;
	key_add_number(key, parts->legacy_version);
	key_add_number(key, parts->version);
	key_add_number(key, parts->has_sni);
	key_add_list(key, parts->ciphers);
	key_add_list(key, parts->groups);
	key_add_list(key, parts->point_formats);
	key_add_list(key, parts->schemes);
	key_add_list(key, parts->first_alpn);
	key_add_list(key, h->protocols);
	key_add_types(key, parts->extension_block);
}

/* False when memory is spent, and the place is empty. */
static bool
fill(struct tls_hello_cache *cache, struct place *place, struct span key, const struct hello *h, tls_lists_read *read)
{
	arena_free(&place->arena);
	place->arena = arena_new(cache->budget);
	if (place->arena == NULL)
		return false;
	place->key = arena_copy(place->arena, key);
	place->lists = (struct tls_client_hello){ 0 };
	read(&place->lists, h, place->arena);
	if (arena_spent(place->arena))
		arena_free(&place->arena);
	return place->arena != NULL;
}

static void
copy(struct tls_client_hello *hello, const struct tls_client_hello *lists, struct arena *arena)
{
	struct span *const spans[] = { &hello->ciphers, &hello->alpn, &hello->groups, &hello->signature_algorithms,
		&hello->extensions, &hello->ja3, &hello->ja4 };

	*hello = *lists;
	for (size_t i = 0; i < TABLE_LENGTH(spans); i++)
		*spans[i] = arena_copy(arena, *spans[i]);
}

void
tls_hello_cache_read(struct tls_hello_cache *cache, struct tls_client_hello *hello, const struct hello *h,
	tls_lists_read *read)
{
	struct place *place;
	struct span bytes;
	struct key key;

	if (cache != NULL)
		key_of(h, &key);
	if (cache == NULL || key.full) {
		read(hello, h, h->arena);
		return;
	}
	bytes = span_from(key.at, key.len);
	place = &cache->places[hash_bytes(&cache->hash_key, key.at, key.len) % PLACES];
	if ((place->arena == NULL || !span_equal(place->key, bytes)) && !fill(cache, place, bytes, h, read))
		read(hello, h, h->arena);
	else
		copy(hello, &place->lists, h->arena);
}
