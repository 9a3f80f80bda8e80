/* The shape that a network gives a turn when it is at its worst and loses nothing: cut anywhere, out of order within a
 * window, sent again with other boundaries. */
#include "turn.h"

#include <stdlib.h>

enum {
	WINDOW_MOST = 12,               /* segments that may overtake each other */
};

uint32_t
chance(uint32_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 17;
	*random ^= *random << 5;
	return *random;
}

struct cut *
turn_add(struct turn *turn)
{
	if (turn->count == turn->room) {
		turn->room = turn->room == 0 ? 64 : turn->room * 2;
		turn->cuts = realloc(turn->cuts, turn->room * sizeof *turn->cuts);
		if (turn->cuts == NULL)
			abort();
	}
	return &turn->cuts[turn->count++];
}

/* What is to be seen on one packet alone stays on one packet. */
static bool
is_plain(const struct cut *cut)
{
	return !cut->missing && cut->urgent == 0 && cut->odd.set == 0 && cut->len > 1;
}

/* Cuts each segment in two as often as chance has it: hardly, or to the byte. */
static void
cut_up(struct turn *turn, const struct turn *whole, uint32_t *random)
{
	uint32_t zeal = chance(random) % 40;

	for (size_t i = 0; i < whole->count; i++) {
		struct cut rest = whole->cuts[i];

		while (is_plain(&rest) && chance(random) % 100 < zeal) {
			struct cut *first = turn_add(turn);

			*first = rest;
			first->len = 1 + chance(random) % (rest.len - 1);
			rest.at += first->len;
			rest.len -= first->len;
			rest.sequence += (uint32_t)first->len;
		}
		*turn_add(turn) = rest;
	}
}

/* Sends again what has been sent: a segment, or all but its first bytes. */
static void
double_some(struct turn *turn, uint32_t *random)
{
	uint32_t zeal = chance(random) % 30;

	for (size_t i = 0, count = turn->count; i < count; i++) {
		struct cut again = turn->cuts[i];
		size_t from = chance(random) % again.len;

		if (!is_plain(&again) || chance(random) % 100 >= zeal)
			continue;
		again.at += from;
		again.len -= from;
		again.sequence += (uint32_t)from;
		*turn_add(turn) = again;
	}
}

static void
shuffle(struct turn *turn, size_t from, uint32_t *random)
{
	size_t window = 1 + chance(random) % WINDOW_MOST;

	for (size_t i = from; i < turn->count; i++) {
		size_t left = turn->count - i, j = i + chance(random) % (left < window ? left : window);
		struct cut first = turn->cuts[i];

		turn->cuts[i] = turn->cuts[j];
		turn->cuts[j] = first;
	}
}

void
turn_scatter(struct turn *turn, bool overtake_first, uint32_t *random)
{
	struct turn scattered = { .packed = turn->packed };

	cut_up(&scattered, turn, random);
	free(turn->cuts);
	*turn = scattered;
	double_some(turn, random);
	shuffle(turn, overtake_first ? 0 : 1, random);
}
