/* A doubly linked list. */
#include "wire/flow_queue.h"

void
flow_queue_add(struct flow_queue *queue, struct flow *flow)
{
	flow->newer = NULL;
	flow->older = queue->newest;
	if (queue->newest != NULL)
		queue->newest->newer = flow;
	else
		queue->oldest = flow;
	queue->newest = flow;
}

void
flow_queue_remove(struct flow_queue *queue, struct flow *flow)
{
	if (flow->older != NULL)
		flow->older->newer = flow->newer;
	else
		queue->oldest = flow->newer;
	if (flow->newer != NULL)
		flow->newer->older = flow->older;
	else
		queue->newest = flow->older;
}

static bool
began_before(const struct flow *a, const struct flow *b)
{
	if (a->first.capture != b->first.capture)
		return a->first.capture < b->first.capture;
	return a->first.frame < b->first.frame;
}

/* Merges two lists, linked by `newer`, into one by beginning. */
static struct flow *
merge(struct flow *a, struct flow *b)
{
	struct flow *all = NULL, **end = &all;

	while (a != NULL && b != NULL) {
		struct flow **first = began_before(b, a) ? &b : &a;

		*end = *first;
		end = &(*first)->newer;
		*first = *end;
	}
	*end = a != NULL ? a : b;
	return all;
}

static struct flow *
sorted(struct flow *list)
{
	struct flow *middle = list, *end = list, *second;

	if (list == NULL || list->newer == NULL)
		return list;
	while (end->newer != NULL && end->newer->newer != NULL) {
		middle = middle->newer;
		end = end->newer->newer;
	}
	second = middle->newer;
	middle->newer = NULL;
	return merge(sorted(list), sorted(second));
}

struct flow *
flow_queue_sorted(struct flow_queue *a, struct flow_queue *b)
{
	struct flow *all = merge(sorted(a->oldest), sorted(b->oldest));

	*a = *b = (struct flow_queue){ NULL, NULL };
	return all;
}
