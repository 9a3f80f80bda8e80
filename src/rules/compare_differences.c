/* What differs between two vantages where their lines are not the same, and what it weighs: a line that was changed,
 * one that is missing, one that was moved. */
#include "rules/compare_private.h"

#include "model/protocol.h"
#include "rules/masks.h"

/* A line of the list, whatever stood there. */
static bool
is_overwritten(struct span line)
{
	return mask_of(line, protocol_offer((struct span){ 0 })) != MASK_NONE;
}

/* One line was made of the other, rather than taken away and another put in: a command always has some answer. */
static bool
is_rewrite(const struct spoken *one, const struct spoken *other)
{
	struct span first = one->line->text, second = other->line->text, word = { 0 }, counter = { 0 };

	if (compare_is_blanked(first) != compare_is_blanked(second) && one->line->side == CLIENT)
		return first.len == second.len || compare_is_naming(first) || compare_is_naming(second) ||
		       compare_is_asking(first) || compare_is_asking(second);
	if (one->part != other->part || (one->part == PART_HANDSHAKE && one->line->kind != other->line->kind))
		return false;
	if (one->part == PART_LIST && is_overwritten(first) != is_overwritten(second))
		return true;
	if (one->part != PART_LIST && (one->part != PART_OTHER || one->line->side == SERVER))
		return true;
	span_take_word(&first, &word);
	span_take_word(&second, &counter);
	return span_same(word, counter) || (one->part == PART_LIST && word.len == counter.len);
}

static bool
same_verb(struct span one, struct span other)
{
	struct span word = { 0 }, counter = { 0 };

	span_take_word(&one, &word);
	span_take_word(&other, &counter);
	return span_same(word, counter);
}

/* Behind the code. */
static bool
is_masked(struct span text)
{
	return mask_is_stars(span_after(text, 4));
}

static enum compare_weight
weight_of_change(const struct comparing *comparing, const struct spoken *one, const struct spoken *other)
{
	struct span first = one->line->text, second = other->line->text;

	switch (one->part) {
	case PART_GREETING: return is_masked(first) != is_masked(second) ? WEIGHT_ALLOWED : WEIGHT_LINE;
	case PART_NAME: return same_verb(first, second) ? WEIGHT_ALLOWED : WEIGHT_DECISIVE;
	case PART_NAME_ANSWER:
		if (!span_equal(span_first(first, 3), span_first(second, 3)))
			return WEIGHT_DECISIVE;
		return comparing->renamed ? WEIGHT_ALLOWED : WEIGHT_LINE;
	case PART_LIST: return compare_is_offer(first) != compare_is_offer(second) ? WEIGHT_DECISIVE : WEIGHT_LIST;
	case PART_ASK:
	case PART_HANDSHAKE:
	case PART_ASK_ANSWER: return WEIGHT_DECISIVE;
	case PART_CONTENT: return WEIGHT_ALLOWED;
	case PART_OTHER: break;
	}
	return compare_is_naming(second) || compare_is_asking(second) ? WEIGHT_DECISIVE : WEIGHT_LINE;
}

static enum compare_weight
weight_of_loss(const struct spoken *spoken)
{
	switch (spoken->part) {
	case PART_NAME:
	case PART_ASK:
	case PART_HANDSHAKE:
	case PART_ASK_ANSWER: return WEIGHT_DECISIVE;
	case PART_LIST: return compare_is_offer(spoken->line->text) ? WEIGHT_DECISIVE : WEIGHT_LIST;
	case PART_NAME_ANSWER:
	case PART_GREETING:
	case PART_CONTENT:
	case PART_OTHER: break;
	}
	return WEIGHT_LINE;
}

static struct compare_difference *
add_difference(struct comparing *comparing, enum compare_change change, enum compare_weight weight, enum side side)
{
	struct compare_lines *result = comparing->result;
	struct compare_difference *difference;

	if (result->count == comparing->room) {
		comparing->failed = true;
		return NULL;
	}
	difference = &result->list[result->count++];
	*difference = (struct compare_difference){ .change = change, .weight = weight, .side = side };
	return difference;
}

static const struct vantage_line *
line_before(const struct comparing *comparing, const struct block *block, int vantage, size_t at)
{
	return at > 0 ? comparing->views[vantage].lines[block->side][at - 1].line : NULL;
}

static void
tell_change(struct comparing *comparing, const struct block *block, const size_t at[2])
{
	const struct spoken *one = &comparing->views[0].lines[block->side][at[0]];
	const struct spoken *other = &comparing->views[1].lines[block->side][at[1]];
	struct compare_difference *difference = add_difference(comparing, CHANGE_TEXT,
		weight_of_change(comparing, one, other), block->side);

	comparing->renamed |= one->part == PART_NAME && other->part == PART_NAME;
	if (difference == NULL)
		return;
	for (int v = 0; v < 2; v++) {
		difference->lines[v] = comparing->views[v].lines[block->side][at[v]].line;
		difference->before[v] = line_before(comparing, block, v, at[v]);
	}
}

/* The vantage that lacks the line may lack it because its capture ends there. */
static void
tell_missing(struct comparing *comparing, const struct block *block, int vantage, size_t at, size_t other_at)
{
	const struct spoken *spoken = &comparing->views[vantage].lines[block->side][at];
	struct compare_difference *difference;

	if (block->last && comparing->views[!vantage].cut) {
		comparing->result->broken_off = true;
		return;
	}
	difference = add_difference(comparing, CHANGE_MISSING, weight_of_loss(spoken), block->side);
	if (difference == NULL)
		return;
	difference->lines[vantage] = spoken->line;
	difference->before[vantage] = line_before(comparing, block, vantage, at);
	difference->before[!vantage] = line_before(comparing, block, !vantage, other_at);
}

static size_t
find_rewrite(const struct comparing *comparing, const struct block *block, size_t one, size_t from)
{
	const struct view *views = comparing->views;

	for (size_t other = from; other < block->to[1]; other++)
		if (is_rewrite(&views[0].lines[block->side][one], &views[1].lines[block->side][other]))
			return other;
	return block->to[1];
}

void
compare_tell_block(struct comparing *comparing, const struct block *block)
{
	size_t next = block->from[1];

	for (size_t one = block->from[0]; one < block->to[0]; one++) {
		size_t other = find_rewrite(comparing, block, one, next);

		if (other == block->to[1]) {
			tell_missing(comparing, block, 0, one, next);
			continue;
		}
		for (; next < other; next++)
			tell_missing(comparing, block, 1, next, one);
		tell_change(comparing, block, (size_t[2]){ one, other });
		next = other + 1;
	}
	for (; next < block->to[1]; next++)
		tell_missing(comparing, block, 1, next, block->to[0]);
}

void
compare_join_moved(struct compare_lines *result)
{
	for (size_t i = 0; i < result->count; i++) {
		struct compare_difference *one = &result->list[i];

		for (size_t k = i + 1; k < result->count && one->change == CHANGE_MISSING; k++) {
			struct compare_difference *other = &result->list[k];
			int v = one->lines[0] != NULL ? 0 : 1;

			if (other->change != CHANGE_MISSING || other->side != one->side || other->lines[!v] == NULL ||
			    !span_equal(one->lines[v]->text, other->lines[!v]->text))
				continue;
			one->change = CHANGE_ORDER;
			one->lines[!v] = other->lines[!v];
			if (one->weight == WEIGHT_DECISIVE && one->lines[v]->kind == EVENT_CAPABILITY)
				one->weight = WEIGHT_LIST;
			memmove(other, other + 1, (result->count - k - 1) * sizeof(*other));
			result->count--;
		}
	}
}
