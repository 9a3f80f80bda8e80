/* Memory that lives and dies together, drawn on a budget that several arenas share.  When the budget
 * is spent the arena says so and gives nothing more: its owner notes the loss and goes on. */
#ifndef STARTTRACE_BASE_ARENA_H
#define STARTTRACE_BASE_ARENA_H

#include "base/buffer.h"
#include "base/span.h"

#include <stdatomic.h>

/* How much memory a run may hold, counted by everyone who draws on it.  Safe across threads. */
struct budget {
	atomic_size_t  used;
	size_t         limit;
	struct budget *whole;           /* NULL, or the one of which this is a
	                                 * share: what is taken here is taken there */
};

/* Takes `bytes` out of the budget, or returns false and takes nothing. */
bool budget_take(struct budget *budget, size_t bytes);

/* Gives back what was taken, and no more. */
void budget_give(struct budget *budget, size_t bytes);

struct arena;

/* NULL when the budget is spent.  The budget outlives the arena. */
struct arena *arena_new(struct budget *budget);
void          arena_free(struct arena **arena);

/* Zeroed and aligned for any type; NULL when the budget is spent. */
void *arena_alloc(struct arena *arena, size_t size);

/* Copies bytes into the arena.  Gives the empty span when the budget is spent. */
struct span arena_copy(struct arena *arena, struct span wire);

/* Copies what the buffer holds and frees the buffer.  One that failed counts as an allocation refused here. */
struct span arena_keep(struct arena *arena, struct buffer *text);

/* Something its owner wanted to keep was lost elsewhere: as if an allocation had been refused here. */
void arena_lose(struct arena *arena);

/* True once an allocation was refused: something its owner wanted to keep is missing. */
bool arena_spent(const struct arena *arena);

#endif
