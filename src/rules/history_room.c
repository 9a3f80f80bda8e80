/* Room for what is remembered of services.  Baselines, their visitors and their observations each stand in one queue by
 * use; the session that used them last decides what gives way.  The tables are only ever looked up, never gone through,
 * so that the random key of the hash cannot show in any result. */
#include "rules/history_baseline.h"

#include "base/table.h"

#include <stdlib.h>

enum {
	AT_ONCE = 16,                   /* at least what one session adds of each kind */
	SPARE = 1 << 14,                /* bytes for what an ordinary session adds */
	HEADS_AT_FIRST = 1 << 8,
};

/* Memory --------------------------------------------------------------------------------------- */

void *
baselines_take(struct baselines *all, size_t size)
{
	bool from_spare = size <= all->spare;
	void *at;

	if (from_spare)
		all->spare -= size;
	else if (!budget_take(all->budget, size))
		return NULL;
	at = calloc(1, size);
	if (at == NULL && from_spare)
		all->spare += size;
	else if (at == NULL)
		budget_give(all->budget, size);
	return at;
}

/* What gave way makes room here first, rather than with whoever else draws on the budget. */
void
baselines_give(struct baselines *all, void *at, size_t size)
{
	free(at);
	all->spare += at != NULL ? size : 0;
	if (all->spare > SPARE) {
		budget_give(all->budget, all->spare - SPARE);
		all->spare = SPARE;
	}
}

static bool
take_spare(struct baselines *all)
{
	if (all->spare < SPARE && !budget_take(all->budget, SPARE - all->spare))
		return false;
	all->spare = SPARE;
	return true;
}

/* By use --------------------------------------------------------------------------------------- */

static void
queue_remove(struct queue *queue, struct use *use)
{
	*(use->newer != NULL ? &use->newer->older : &queue->newest) = use->older;
	*(use->older != NULL ? &use->older->newer : &queue->oldest) = use->newer;
	queue->count--;
}

static void
queue_add(struct queue *queue, struct use *use, uint64_t session)
{
	*use = (struct use){ .older = queue->newest, .session = session };
	*(queue->newest != NULL ? &queue->newest->newer : &queue->oldest) = use;
	queue->newest = use;
	queue->count++;
}

/* By key --------------------------------------------------------------------------------------- */

static struct entry **
head_of(const struct entry_table *table, uint64_t hash)
{
	return &table->heads[hash & (table->head_count - 1)];
}

static void
rehang(struct entry_table *table)
{
	for (struct use *use = table->queue.oldest; use != NULL; use = use->newer) {
		struct entry *entry = (struct entry *)use, **head = head_of(table, entry->hash);

		entry->chain = *head;
		*head = entry;
	}
}

/* As many heads as there may be entries after the next session, or fewer where memory is spent; false for none. */
static bool
table_grow(struct baselines *all, struct entry_table *table)
{
	size_t count = table->head_count == 0 ? HEADS_AT_FIRST : 2 * table->head_count;
	struct entry **heads;

	if (table->queue.count + AT_ONCE <= table->head_count)
		return true;
	if (!budget_take(all->budget, count * sizeof(struct entry *)))
		return table->head_count > 0;
	heads = calloc(count, sizeof(struct entry *));
	if (heads == NULL) {
		budget_give(all->budget, count * sizeof(struct entry *));
		return table->head_count > 0;
	}
	budget_give(all->budget, table->head_count * sizeof(struct entry *));
	free(table->heads);
	table->heads = heads;
	table->head_count = count;
	rehang(table);
	return true;
}

struct entry *
entry_find(struct baselines *all, struct entry_table *table, uint64_t hash,
	bool (*same)(const struct entry *entry, const void *wanted), const void *wanted)
{
	struct entry *entry = *head_of(table, hash);

	while (entry != NULL && (entry->hash != hash || !same(entry, wanted)))
		entry = entry->chain;
	if (entry != NULL) {
		queue_remove(&table->queue, &entry->use);
		queue_add(&table->queue, &entry->use, all->session);
	}
	return entry;
}

void
entry_add(struct baselines *all, struct entry_table *table, struct entry *entry, uint64_t hash)
{
	struct entry **head = head_of(table, hash);

	entry->hash = hash;
	entry->chain = *head;
	*head = entry;
	queue_add(&table->queue, &entry->use, all->session);
}

static void
entry_remove(struct entry_table *table, struct entry *entry)
{
	struct entry **at = head_of(table, entry->hash);

	while (*at != entry)
		at = &(*at)->chain;
	*at = entry->chain;
	queue_remove(&table->queue, &entry->use);
}

/* Observations --------------------------------------------------------------------------------- */

static void
tally_release(struct baselines *all, struct backend_tally *tally)
{
	if (tally != NULL && --tally->held == 0)
		baselines_give(all, tally, sizeof(*tally));
}

void
sight_add(struct baselines *all, struct baseline *baseline, const struct sight *seen)
{
	struct sight *sight = baselines_take(all, sizeof(*sight));

	if (sight == NULL)
		return;
	*sight = *seen;
	sight->baseline = baseline;
	sight->older = baseline->newest;
	sight->newer = NULL;
	*(baseline->newest != NULL ? &baseline->newest->newer : &baseline->oldest) = sight;
	baseline->newest = sight;
	baseline->sights++;
	sight->before = sight->network->newest;
	sight->after = NULL;
	*(sight->before != NULL ? &sight->before->after : &sight->network->oldest) = sight;
	sight->network->newest = sight;
	sight->backend->held++;
	queue_add(&all->sights, &sight->use, all->session);
}

void
sight_drop_oldest(struct baselines *all, struct baseline *baseline)
{
	struct sight *sight = baseline->oldest;

	baseline->oldest = sight->newer;
	*(sight->newer != NULL ? &sight->newer->older : &baseline->newest) = NULL;
	baseline->sights--;
	sight->network->oldest = sight->after;      /* the oldest of all is that of its network */
	*(sight->after != NULL ? &sight->after->before : &sight->network->newest) = NULL;
	tally_release(all, sight->backend);
	queue_remove(&all->sights, &sight->use);
	baselines_give(all, sight, sizeof(*sight));
}

/* What gives way ------------------------------------------------------------------------------- */

static void
visitor_give_up(struct baselines *all, struct visitor *visitor)
{
	while (visitor->oldest != NULL)
		sight_drop_oldest(all, visitor->baseline);
	*(visitor->before != NULL ? &visitor->before->after : &visitor->baseline->visitors) = visitor->after;
	if (visitor->after != NULL)
		visitor->after->before = visitor->before;
	entry_remove(&all->visitors, &visitor->entry);
	baselines_give(all, visitor, sizeof(*visitor));
}

void
baseline_give_up(struct baselines *all, struct baseline *baseline)
{
	struct kept_text texts[] = { baseline->key, baseline->list, baseline->list_mechanisms, baseline->mechanisms };

	while (baseline->oldest != NULL)
		sight_drop_oldest(all, baseline);
	while (baseline->visitors != NULL)
		visitor_give_up(all, baseline->visitors);
	for (size_t i = 0; i < TABLE_LENGTH(texts); i++)
		baselines_give(all, texts[i].at, texts[i].room);
	baselines_give(all, baseline->days.at, baseline->days.room * sizeof(baseline->days.at[0]));
	tally_release(all, baseline->tally);
	entry_remove(&all->baselines, &baseline->entry);
	baselines_give(all, baseline, sizeof(*baseline));
}

/* Nothing that hangs together is taken apart: each is found in the queue of its kind. */
static void
drop(struct baselines *all, void *at, size_t size)
{
	free(at);
	all->spare += at != NULL ? size : 0;
}

static void
drop_tally(struct baselines *all, struct backend_tally *tally)
{
	if (tally != NULL && --tally->held == 0)
		drop(all, tally, sizeof(*tally));
}

static void
baseline_drop(struct baselines *all, struct baseline *baseline)
{
	const struct kept_text *texts[] = { &baseline->key, &baseline->list, &baseline->list_mechanisms,
		&baseline->mechanisms };

	for (size_t i = 0; i < TABLE_LENGTH(texts); i++)
		drop(all, texts[i]->at, texts[i]->room);
	drop(all, baseline->days.at, baseline->days.room * sizeof(baseline->days.at[0]));
	drop_tally(all, baseline->tally);
	drop(all, baseline, sizeof(*baseline));
}

void
baselines_drop(struct baselines *all)
{
	struct entry_table *tables[] = { &all->baselines, &all->visitors };
	struct use *use, *newer;

	for (use = all->sights.oldest; use != NULL; use = newer) {
		newer = use->newer;
		drop_tally(all, ((struct sight *)use)->backend);
		drop(all, use, sizeof(struct sight));
	}
	for (use = all->visitors.queue.oldest; use != NULL; use = newer) {
		newer = use->newer;
		drop(all, use, sizeof(struct visitor));
	}
	for (use = all->baselines.queue.oldest; use != NULL; use = newer) {
		newer = use->newer;
		baseline_drop(all, (struct baseline *)use);
	}
	for (size_t i = 0; i < TABLE_LENGTH(tables); i++)
		drop(all, tables[i]->heads, tables[i]->head_count * sizeof(tables[i]->heads[0]));
}

static void
give_up_sight(struct baselines *all)
{
	/* sights are added in order of use, to their baseline as to the queue */
	sight_drop_oldest(all, ((struct sight *)all->sights.oldest)->baseline);
}

static void
give_up_visitor(struct baselines *all)
{
	visitor_give_up(all, (struct visitor *)all->visitors.queue.oldest);
	all->forgotten++;
}

static void
give_up_baseline(struct baselines *all)
{
	baseline_give_up(all, (struct baseline *)all->baselines.queue.oldest);
	all->forgotten++;
}

/* Of what one session used last, the least goes first.  False when nothing is left. */
static bool
give_up_oldest(struct baselines *all)
{
	const struct {
		const struct use *oldest;
		void (*give_up)(struct baselines *all);
	} kinds[] = {
		{ all->sights.oldest, give_up_sight },
		{ all->visitors.queue.oldest, give_up_visitor },
		{ all->baselines.queue.oldest, give_up_baseline },
	};
	size_t first = 0;

	for (size_t i = 1; i < TABLE_LENGTH(kinds); i++)
		if (kinds[i].oldest != NULL &&
			(kinds[first].oldest == NULL || kinds[i].oldest->session < kinds[first].oldest->session))
			first = i;
	if (kinds[first].oldest == NULL)
		return false;
	kinds[first].give_up(all);
	return true;
}

bool
baselines_make_room(struct baselines *all)
{
	all->session++;
	while (all->sights.count + AT_ONCE > SIGHTS_MOST)
		give_up_sight(all);
	while (all->visitors.queue.count + AT_ONCE > VISITORS_MOST)
		give_up_visitor(all);
	while (all->baselines.queue.count + AT_ONCE > BASELINES_MOST)
		give_up_baseline(all);
	if (!table_grow(all, &all->baselines) || !table_grow(all, &all->visitors))
		return false;
	while (!take_spare(all))
		if (!give_up_oldest(all))
			return false;
	return true;
}
