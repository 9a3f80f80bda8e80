/* Memory that lives and dies together: a chain of chunks, each filled from the front. */
#include "base/arena.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A session that begins to speak fits its first chunk; more come as it goes on. */
enum {
	FIRST_CHUNK = 5632,
	NEXT_CHUNK = 1024,
};

struct chunk {
	struct chunk *next;
	size_t        size;     /* bytes drawn from the budget, this header included */
	size_t        used;
	max_align_t   bytes[];
};

struct arena {
	struct budget *budget;
	struct chunk  *chunks;          /* newest first */
	bool           spent;
};

bool
budget_take(struct budget *budget, size_t bytes)
{
	size_t before = atomic_fetch_add(&budget->used, bytes);

	if (before <= budget->limit && bytes <= budget->limit - before &&
	    (budget->whole == NULL || budget_take(budget->whole, bytes)))
		return true;
	atomic_fetch_sub(&budget->used, bytes);
	return false;
}

void
budget_give(struct budget *budget, size_t bytes)
{
	size_t before = atomic_fetch_sub(&budget->used, bytes);

	assert(before >= bytes);
	(void)before;
	if (budget->whole != NULL)
		budget_give(budget->whole, bytes);
}

static struct chunk *
chunk_new(struct budget *budget, size_t size)
{
	struct chunk *chunk = NULL;

	if (!budget_take(budget, size))
		return NULL;
	chunk = malloc(size);
	if (chunk == NULL) {
		budget_give(budget, size);
		return NULL;
	}
	chunk->next = NULL;
	chunk->size = size;
	chunk->used = sizeof(struct chunk);
	return chunk;
}

static size_t
round_up(size_t size)
{
	const size_t align = sizeof(max_align_t);

	return (size + align - 1) / align * align;
}

/* The arena itself is the first thing in its first chunk. */
struct arena *
arena_new(struct budget *budget)
{
	struct chunk *chunk = chunk_new(budget, FIRST_CHUNK);
	struct arena *arena;

	if (chunk == NULL)
		return NULL;
	arena = (struct arena *)chunk->bytes;
	chunk->used += round_up(sizeof(*arena));
	*arena = (struct arena){ .budget = budget, .chunks = chunk };
	return arena;
}

void
arena_free(struct arena **arena)
{
	struct budget *budget;
	struct chunk *chunk, *next;

	if (*arena == NULL)
		return;
	budget = (*arena)->budget;
	for (chunk = (*arena)->chunks; chunk != NULL; chunk = next) {
		next = chunk->next;
		budget_give(budget, chunk->size);
		free(chunk);
	}
	*arena = NULL;
}

/* What needs much of a chunk gets one of its size: the newest keeps its room for what is small. */
static struct chunk *
chunk_for(struct arena *arena, size_t wanted)
{
	bool large = wanted > NEXT_CHUNK / 4;
	struct chunk *chunk = chunk_new(arena->budget, large ? sizeof(struct chunk) + wanted : NEXT_CHUNK);

	if (chunk == NULL) {
		arena->spent = true;
	} else if (large) {
		chunk->next = arena->chunks->next;
		arena->chunks->next = chunk;
	} else {
		chunk->next = arena->chunks;
		arena->chunks = chunk;
	}
	return chunk;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	struct chunk *chunk = arena->chunks;
	size_t wanted = round_up(size);
	void *at;

	if (wanted < size || wanted > SIZE_MAX / 2) {
		arena->spent = true;
		return NULL;
	}
	if (wanted > chunk->size - chunk->used)
		chunk = chunk_for(arena, wanted);
	if (chunk == NULL)
		return NULL;
	at = (uint8_t *)chunk + chunk->used;
	chunk->used += wanted;
	memset(at, 0, wanted);
	return at;
}

struct span
arena_copy(struct arena *arena, struct span wire)
{
	void *at;

	if (wire.len == 0)
		return (struct span){ 0 };
	at = arena_alloc(arena, wire.len);
	if (at == NULL)
		return (struct span){ 0 };
	memcpy(at, wire.at, wire.len);
	return span_from(at, wire.len);
}

struct span
arena_keep(struct arena *arena, struct buffer *text)
{
	struct span kept = { 0 };

	if (text->failed)
		arena_lose(arena);
	else
		kept = arena_copy(arena, buffer_span(text));
	buffer_free(text);
	return kept;
}

void
arena_lose(struct arena *arena)
{
	arena->spent = true;
}

bool
arena_spent(const struct arena *arena)
{
	return arena->spent;
}
