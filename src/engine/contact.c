/* What the engine hangs on a flow that carries payload. */
#include "engine/contact.h"

#include "model/rule.h"

#include <stdlib.h>

enum {
	STRETCHES_MOST = 4096,
	STRETCHES_FIRST = 8,
};

struct contact *
contact_new(struct budget *budget)
{
	struct contact *contact;

	if (!budget_take(budget, sizeof(*contact)))
		return NULL;
	contact = calloc(1, sizeof(*contact));
	if (contact == NULL)
		budget_give(budget, sizeof(*contact));
	else
		contact->budget = budget;
	return contact;
}

static void
candidate_free(struct budget *budget, struct candidate **candidate)
{
	if (*candidate == NULL)
		return;
	budget_give(budget, (*candidate)->charged);
	buffer_free(&(*candidate)->heads[CLIENT]);
	buffer_free(&(*candidate)->heads[SERVER]);
	free((*candidate)->stretches);
	free(*candidate);
	*candidate = NULL;
}

static void
told_free(struct budget *budget, struct told *told)
{
	size_t count;

	if (told->grades == NULL)
		return;
	rules_all(&count);
	budget_give(budget, count);
	free(told->grades);
	told->grades = NULL;
}

void
contact_free(struct opinions *opinions, struct contact **contact)
{
	if (*contact == NULL)
		return;
	candidate_free((*contact)->budget, &(*contact)->candidate);
	shapes_free(&(*contact)->shapes, (*contact)->budget);
	told_free((*contact)->budget, &(*contact)->told);
	opinion_free(opinions, &(*contact)->opinion);
	dialogue_free(&(*contact)->dialogue);
	session_free(&(*contact)->session);
	budget_give((*contact)->budget, sizeof(**contact));
	free(*contact);
	*contact = NULL;
}

static bool
more_stretches(struct candidate *candidate)
{
	size_t room = candidate->room > 0 ? 2 * candidate->room : STRETCHES_FIRST;
	struct stretch *stretches;

	if (candidate->count < candidate->room)
		return true;
	stretches = realloc(candidate->stretches, room * sizeof(*stretches));
	if (stretches == NULL)
		return false;
	candidate->stretches = stretches;
	candidate->room = room;
	return true;
}

/* What was kept has this much room now; false when the budget is spent. */
static bool
charge(struct budget *budget, struct candidate *candidate)
{
	size_t room = sizeof(*candidate) + candidate->heads[CLIENT].room + candidate->heads[SERVER].room +
	              candidate->room * sizeof(*candidate->stretches);

	if (!budget_take(budget, room - candidate->charged))
		return false;
	candidate->charged = room;
	return true;
}

bool
contact_keep(struct contact *contact, const struct stretch *stretch, struct span bytes)
{
	struct candidate *candidate = contact->candidate;
	struct buffer *head;

	if (candidate == NULL)
		candidate = contact->candidate = calloc(1, sizeof(*candidate));
	if (candidate == NULL || candidate->count == STRETCHES_MOST || !more_stretches(candidate))
		return false;
	head = &candidate->heads[stretch->side];
	candidate->stretches[candidate->count] = *stretch;
	candidate->stretches[candidate->count].start = head->len;
	candidate->stretches[candidate->count++].len = bytes.len;
	buffer_add(head, bytes);
	return !head->failed && charge(contact->budget, candidate);
}

void
contact_replay(struct contact *contact, const size_t preamble[2], bool turn)
{
	const struct candidate *candidate = contact->candidate;
	struct dialogue *d = contact->dialogue;

	for (size_t i = 0; i < candidate->count; i++) {
		const struct stretch *stretch = &candidate->stretches[i];
		size_t passed = preamble[stretch->side] > stretch->start
		                        ? preamble[stretch->side] - stretch->start
		                        : 0;
		struct span bytes = span_after(span_first(span_after(
			buffer_span(&candidate->heads[stretch->side]), stretch->start), stretch->len), passed);
		enum side side = turn ? side_other(stretch->side) : stretch->side;

		if (stretch->lost > 0)
			dialogue_gap(d, side, stretch->offset, stretch->lost, &stretch->at);
		else
			dialogue_feed(d, side, stretch->offset + passed, bytes, &stretch->at);
	}
}

void
contact_forget(struct contact *contact)
{
	candidate_free(contact->budget, &contact->candidate);
}
