/* What the engine hangs on a flow that carries payload. */
#include "engine/contact.h"

#include "model/rule.h"

#include <stdlib.h>

enum {
	PIECES_MOST = 4096,
	PIECES_FIRST = 8,
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
	free((*candidate)->pieces);
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
more_pieces(struct candidate *candidate)
{
	size_t room = candidate->room > 0 ? 2 * candidate->room : PIECES_FIRST;
	struct piece *pieces;

	if (candidate->count < candidate->room)
		return true;
	pieces = realloc(candidate->pieces, room * sizeof(*pieces));
	if (pieces == NULL)
		return false;
	candidate->pieces = pieces;
	candidate->room = room;
	return true;
}

/* What was kept has this much room now; false when the budget is spent. */
static bool
charge(struct budget *budget, struct candidate *candidate)
{
	size_t room = sizeof(*candidate) + candidate->heads[CLIENT].room + candidate->heads[SERVER].room +
	              candidate->room * sizeof(*candidate->pieces);

	if (!budget_take(budget, room - candidate->charged))
		return false;
	candidate->charged = room;
	return true;
}

bool
contact_keep(struct contact *contact, const struct piece *piece, struct span bytes)
{
	struct candidate *candidate = contact->candidate;
	struct buffer *head;

	if (candidate == NULL)
		candidate = contact->candidate = calloc(1, sizeof(*candidate));
	if (candidate == NULL || candidate->count == PIECES_MOST || !more_pieces(candidate))
		return false;
	head = &candidate->heads[piece->side];
	candidate->pieces[candidate->count] = *piece;
	candidate->pieces[candidate->count].start = head->len;
	candidate->pieces[candidate->count++].len = bytes.len;
	buffer_add(head, bytes);
	return !head->failed && charge(contact->budget, candidate);
}

void
contact_replay(struct contact *contact, const size_t preamble[2], bool turn)
{
	const struct candidate *candidate = contact->candidate;
	struct dialogue *d = contact->dialogue;

	for (size_t i = 0; i < candidate->count; i++) {
		const struct piece *piece = &candidate->pieces[i];
		size_t passed = preamble[piece->side] > piece->start
		                        ? preamble[piece->side] - piece->start
		                        : 0;
		struct span bytes = span_after(span_first(span_after(
			buffer_span(&candidate->heads[piece->side]), piece->start), piece->len), passed);
		enum side side = turn ? side_other(piece->side) : piece->side;

		if (piece->lost > 0)
			dialogue_gap(d, side, piece->offset, piece->lost, &piece->at);
		else
			dialogue_feed(d, side, piece->offset + passed, bytes, &piece->at);
	}
}

void
contact_forget(struct contact *contact)
{
	candidate_free(contact->budget, &contact->candidate);
}
