/* What history remembers under a key: as many entries as it was made for, and the one that was not asked for longest
 * leaves first.  Who leaves depends on the order of asking alone, so that the same sessions give the same answers. */
#ifndef STARTTRACE_RULES_RECALL_H
#define STARTTRACE_RULES_RECALL_H

#include "base/arena.h"

enum {
	RECALL_KEY_SIZE = 16,
};

struct recall_key {
	uint8_t octets[RECALL_KEY_SIZE];
};

/* The key of these texts in this order; where one ends and the next begins matters. */
struct recall_key recall_key_of(const struct span *texts, size_t count);

/* Octet by octet. */
bool recall_key_same(const struct recall_key *a, const struct recall_key *b);

struct recall;

/* What it takes of a budget when it is full, at most. */
size_t recall_size(size_t entry_size, size_t most);

/* NULL when out of memory.  The budget outlives it. */
struct recall *recall_new(struct budget *budget, size_t entry_size, size_t most);
void           recall_free(struct recall **recall);

/* The entry of this key, zeroed if it is new; good until the next call.  NULL only while the budget has no room for
 * the first one. */
void *recall_entry(struct recall *recall, const struct recall_key *key);

/* How many entries left for others to come. */
uint64_t recall_forgotten(const struct recall *recall);

#endif
