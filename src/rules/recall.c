/* Entries in chains by a keyed hash of their key, and in one queue by when they were asked for. */
#include "rules/recall.h"

#include "base/digest.h"
#include "base/hash.h"

#include <stdlib.h>

enum {
	TEXT_MOST = 240,                /* bytes of one text that count */
	KEY_TEXT_MOST = 2048,
	CHAINS_LEAST = 16,
};

struct entry {
	struct entry     *next_in_chain;
	struct entry     *older, *newer;
	struct recall_key key;
	max_align_t       content[];
};

struct recall {
	struct budget  *budget;
	struct hash_key hash_key;
	size_t          entry_size, most, count;
	size_t          chain_count;            /* a power of two */
	uint64_t        forgotten;
	struct entry   *oldest, *newest;
	struct entry   *chains[];
};

struct recall_key
recall_key_of(const struct span *texts, size_t count)
{
	uint8_t joined[KEY_TEXT_MOST], digest[SHA256_SIZE];
	struct recall_key key;
	size_t len = 0;

	for (size_t i = 0; i < count && len + 1 + TEXT_MOST <= sizeof(joined); i++) {
		struct span text = span_first(texts[i], TEXT_MOST);

		joined[len++] = (uint8_t)text.len;
		if (text.len > 0)
			memcpy(joined + len, text.at, text.len);
		len += text.len;
	}
	digest_sha256(span_from(joined, len), digest);
	memcpy(key.octets, digest, sizeof(key.octets));
	return key;
}

bool
recall_key_same(const struct recall_key *a, const struct recall_key *b)
{
	return memcmp(a->octets, b->octets, sizeof(a->octets)) == 0;
}

/* A power of two that is not below `most`. */
static size_t
chains_for(size_t most)
{
	size_t count = CHAINS_LEAST;

	while (count < most)
		count *= 2;
	return count;
}

size_t
recall_size(size_t entry_size, size_t most)
{
	return sizeof(struct recall) + chains_for(most) * sizeof(struct entry *) +
	       most * (sizeof(struct entry) + entry_size);
}

static size_t
size_of(const struct recall *recall)
{
	return sizeof(*recall) + recall->chain_count * sizeof(recall->chains[0]);
}

struct recall *
recall_new(struct budget *budget, size_t entry_size, size_t most)
{
	size_t chain_count = chains_for(most);
	struct recall *recall;

	recall = calloc(1, sizeof(*recall) + chain_count * sizeof(recall->chains[0]));
	if (recall == NULL)
		return NULL;
	recall->budget = budget;
	recall->hash_key = hash_key_random();
	recall->entry_size = sizeof(struct entry) + entry_size;
	recall->most = most;
	recall->chain_count = chain_count;
	if (budget_take(budget, size_of(recall)))
		return recall;
	free(recall);
	return NULL;
}

void
recall_free(struct recall **recall)
{
	struct entry *entry;

	if (*recall == NULL)
		return;
	while ((entry = (*recall)->oldest) != NULL) {
		(*recall)->oldest = entry->newer;
		free(entry);
	}
	budget_give((*recall)->budget, size_of(*recall) + (*recall)->count * (*recall)->entry_size);
	free(*recall);
	*recall = NULL;
}

static struct entry **
chain_of(struct recall *recall, const struct recall_key *key)
{
	uint64_t hash = hash_bytes(&recall->hash_key, key->octets, sizeof(key->octets));

	return &recall->chains[hash & (recall->chain_count - 1)];
}

static void
queue_remove(struct recall *recall, struct entry *entry)
{
	*(entry->older != NULL ? &entry->older->newer : &recall->oldest) = entry->newer;
	*(entry->newer != NULL ? &entry->newer->older : &recall->newest) = entry->older;
}

static void
queue_add(struct recall *recall, struct entry *entry)
{
	entry->older = recall->newest;
	entry->newer = NULL;
	*(recall->newest != NULL ? &recall->newest->newer : &recall->oldest) = entry;
	recall->newest = entry;
}

static struct entry *
entry_new(struct recall *recall)
{
	struct entry *entry;

	if (recall->count == recall->most || !budget_take(recall->budget, recall->entry_size))
		return NULL;
	entry = calloc(1, recall->entry_size);
	if (entry == NULL)
		budget_give(recall->budget, recall->entry_size);
	else
		recall->count++;
	return entry;
}

/* The oldest one, emptied. */
static struct entry *
entry_again(struct recall *recall)
{
	struct entry *entry = recall->oldest, **link;

	if (entry == NULL)
		return NULL;
	queue_remove(recall, entry);
	for (link = chain_of(recall, &entry->key); *link != entry; link = &(*link)->next_in_chain)
		;
	*link = entry->next_in_chain;
	memset(entry, 0, recall->entry_size);
	recall->forgotten++;
	return entry;
}

void *
recall_entry(struct recall *recall, const struct recall_key *key)
{
	struct entry **chain = chain_of(recall, key), *entry = *chain;

	while (entry != NULL && !recall_key_same(&entry->key, key))
		entry = entry->next_in_chain;
	if (entry != NULL) {
		queue_remove(recall, entry);
		queue_add(recall, entry);
		return entry->content;
	}
	entry = entry_new(recall);
	if (entry == NULL)
		entry = entry_again(recall);
	if (entry == NULL)
		return NULL;
	entry->key = *key;
	entry->next_in_chain = *chain;
	*chain = entry;
	queue_add(recall, entry);
	return entry->content;
}

uint64_t
recall_forgotten(const struct recall *recall)
{
	return recall->forgotten;
}
