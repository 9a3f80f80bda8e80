/* What waits for the writer: sessions and minutes, in lists.  For the writer only. */
#ifndef STARTTRACE_ENGINE_WRITER_ITEMS_H
#define STARTTRACE_ENGINE_WRITER_ITEMS_H

#include "store/rowset.h"
#include "store/store.h"

/* What is to be written: a session, or a minute of a capture. */
struct item {
	struct item        *next;
	struct rowset      *rowset;     /* NULL: a minute */
	struct store_minute minute;
	uint32_t            capture;
	size_t              bytes;
};

struct items {
	struct item *first, *last;
	size_t       count, sessions, bytes;
};

/* At the end of the list, which owns it from there on. */
void items_add(struct items *items, struct item *item);

/* The first one, NULL when there is none. */
struct item *items_take(struct items *items);

/* All of the second behind the first, which leaves the second empty. */
void items_append(struct items *items, struct items *more);

/* Frees them all, and tells how many they were and how much. */
struct items items_free(struct items *items);

#endif
