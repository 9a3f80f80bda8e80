/* Trails in a table of chained buckets under a keyed hash: a key is a mark already, so the table needs no other.  The
 * order of use alone decides which trail is given up, so that the same sessions always leave the same trails. */
#include "rules/history_trail.h"

#include <stdlib.h>
#include <string.h>

enum {
	BUCKETS = 1 << 15,
	TRAILS_MOST = 1 << 16,
};

static size_t
weight(size_t room)
{
	return room * sizeof(struct visit);
}

static struct trail **
bucket_of(const struct trails *trails, uint64_t key)
{
	return &trails->buckets[key & (BUCKETS - 1)];
}

/* By use ---------------------------------------------------------------------------------------- */

static void
unhook(struct trails *trails, struct trail *trail)
{
	*(trail->newer != NULL ? &trail->newer->older : &trails->newest) = trail->older;
	*(trail->older != NULL ? &trail->older->newer : &trails->oldest) = trail->newer;
}

static void
hook(struct trails *trails, struct trail *trail)
{
	trail->newer = NULL;
	trail->older = trails->newest;
	*(trails->newest != NULL ? &trails->newest->newer : &trails->oldest) = trail;
	trails->newest = trail;
}

static void
trail_free(struct trail *trail)
{
	free(trail->visits);
	free(trail);
}

static void
give_up_oldest(struct trails *trails)
{
	struct trail *trail = trails->oldest, **at = bucket_of(trails, trail->key);

	while (*at != trail)
		at = &(*at)->next;
	*at = trail->next;
	unhook(trails, trail);
	trails->count--;
	budget_give(trails->budget, sizeof(*trail) + weight(trail->room));
	trail_free(trail);
}

/* Never at the cost of `keep`. */
static bool
afford(struct trails *trails, size_t bytes, const struct trail *keep)
{
	while (!budget_take(trails->budget, bytes)) {
		if (trails->oldest == NULL || trails->oldest == keep)
			return false;
		give_up_oldest(trails);
		trails->forgotten++;
	}
	return true;
}

/* The table ------------------------------------------------------------------------------------- */

bool
trails_open(struct trails *trails, struct budget *budget)
{
	const size_t size = BUCKETS * sizeof(struct trail *);

	*trails = (struct trails){ .budget = budget, .key = hash_key_random() };
	if (!budget_take(budget, size))
		return false;
	trails->buckets = calloc(1, size);
	if (trails->buckets == NULL)
		budget_give(budget, size);
	return trails->buckets != NULL;
}

/* No trail is taken out of its bucket: the queue has them all. */
void
trails_close(struct trails *trails)
{
	size_t size = BUCKETS * sizeof(struct trail *);
	struct trail *trail;

	if (trails->buckets == NULL)
		return;
	while ((trail = trails->oldest) != NULL) {
		trails->oldest = trail->newer;
		size += sizeof(*trail) + weight(trail->room);
		trail_free(trail);
	}
	budget_give(trails->budget, size);
	free(trails->buckets);
	trails->buckets = NULL;
}

static struct trail *
find(const struct trails *trails, uint64_t key)
{
	struct trail *trail = *bucket_of(trails, key);

	while (trail != NULL && trail->key != key)
		trail = trail->next;
	return trail;
}

const struct trail *
trails_find(const struct trails *trails, uint64_t key)
{
	return find(trails, key);
}

static struct trail *
find_or_make(struct trails *trails, uint64_t key)
{
	struct trail *trail = find(trails, key);

	if (trail != NULL) {
		unhook(trails, trail);
		hook(trails, trail);
		return trail;
	}
	for (; trails->count >= TRAILS_MOST; trails->forgotten++)
		give_up_oldest(trails);
	if (!afford(trails, sizeof(*trail), NULL))
		return NULL;
	trail = calloc(1, sizeof(*trail));
	if (trail == NULL) {
		budget_give(trails->budget, sizeof(*trail));
		return NULL;
	}
	trail->key = key;
	trail->next = *bucket_of(trails, key);
	*bucket_of(trails, key) = trail;
	hook(trails, trail);
	trails->count++;
	return trail;
}

/* The visits ------------------------------------------------------------------------------------ */

/* Most trails have a visit or two. */
static bool
make_room(struct trails *trails, struct trail *trail)
{
	size_t room = trail->room == 0 ? 1 : trail->room * 2;
	struct visit *visits;

	if (trail->count < trail->room)
		return true;
	if (!afford(trails, weight(room) - weight(trail->room), trail))
		return false;
	visits = realloc(trail->visits, weight(room));
	if (visits == NULL) {
		budget_give(trails->budget, weight(room) - weight(trail->room));
		return false;
	}
	trail->visits = visits;
	trail->room = room;
	return true;
}

static void
leave_out(struct trail *trail, size_t i)
{
	trail->count--;
	memmove(&trail->visits[i], &trail->visits[i + 1], (trail->count - i) * sizeof(*trail->visits));
}

static size_t
index_of(const struct trail *trail, uint64_t mark)
{
	size_t i = 0;

	while (i < trail->count && trail->visits[i].mark != mark)
		i++;
	return i;
}

void
trails_add(struct trails *trails, uint64_t key, const struct visit *visit, uint64_t mark, enum keeping keeping)
{
	struct trail *trail = find_or_make(trails, key);
	size_t same;

	if (trail == NULL)
		return;
	same = keeping == KEEP_ALL ? trail->count : index_of(trail, mark);
	if (same < trail->count && keeping == KEEP_FIRST)
		return;
	if (same < trail->count)
		leave_out(trail, same);
	if (trail->count == TRAIL_VISITS)
		leave_out(trail, 0);
	if (!make_room(trails, trail))
		return;
	trail->visits[trail->count] = *visit;
	trail->visits[trail->count++].mark = mark;
}

const struct visit *
trail_marked(const struct trail *trail, uint64_t mark)
{
	size_t i = trail == NULL ? 0 : index_of(trail, mark);

	return i < trail_count(trail) ? &trail->visits[i] : NULL;
}
