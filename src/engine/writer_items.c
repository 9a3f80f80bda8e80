/* Lists of what waits for the writer. */
#include "engine/writer_items.h"

#include <stdlib.h>

void
items_add(struct items *items, struct item *item)
{
	item->next = NULL;
	if (items->first == NULL)
		items->first = item;
	else
		items->last->next = item;
	items->last = item;
	items->count++;
	items->sessions += item->rowset != NULL;
	items->bytes += item->bytes;
}

struct item *
items_take(struct items *items)
{
	struct item *item = items->first;

	if (item == NULL)
		return NULL;
	items->first = item->next;
	items->count--;
	items->sessions -= item->rowset != NULL;
	items->bytes -= item->bytes;
	return item;
}

void
items_append(struct items *items, struct items *more)
{
	struct item *item;

	while ((item = items_take(more)) != NULL)
		items_add(items, item);
}

struct items
items_free(struct items *items)
{
	const struct items were = *items;
	struct item *item;

	while ((item = items_take(items)) != NULL) {
		rowset_free(&item->rowset);
		free(item);
	}
	return were;
}
