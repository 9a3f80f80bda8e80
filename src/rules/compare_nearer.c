/* Which of two vantages is nearer the server, as what differs between them tells. */
#include "rules/compare_private.h"

/* An offer arrives less far than it was sent, and so does a keyword of the list before it is masked; of a command it is
 * the masked one that is further on its way. */
static int
nearer_by(const struct compare_difference *difference)
{
	const struct vantage_line *one = difference->lines[0], *other = difference->lines[1];

	if (difference->weight == WEIGHT_ALLOWED || difference->change == CHANGE_ORDER)
		return -1;
	if (difference->side == SERVER) {
		bool first = one != NULL && one->kind == EVENT_CAPABILITY && compare_is_offer(one->text);
		bool second = other != NULL && other->kind == EVENT_CAPABILITY && compare_is_offer(other->text);

		return first != second ? second : -1;
	}
	if (one == NULL || other == NULL || compare_is_blanked(one->text) == compare_is_blanked(other->text))
		return -1;
	return compare_is_blanked(other->text);
}

int
compare_nearer(const struct compare_lines *result)
{
	for (size_t i = 0; i < result->count; i++) {
		int nearer = nearer_by(&result->list[i]);

		if (nearer >= 0)
			return nearer;
	}
	return -1;
}
