/* A keyed hash for tables that attackers fill (SipHash-1-3). */
#ifndef STARTTRACE_BASE_HASH_H
#define STARTTRACE_BASE_HASH_H

#include "base/span.h"

struct hash_key {
	uint64_t k0, k1;
};

/* A key that nobody outside this process can know. */
struct hash_key hash_key_random(void);

/* Of any `len`, 0 too; nobody who does not know the key can choose bytes that collide. */
uint64_t hash_bytes(const struct hash_key *key, const void *at, size_t len);

#endif
