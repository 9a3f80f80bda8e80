/* Which lines of two vantages are the same: word for word, but for what redaction left out of either. */
#include "rules/compare_private.h"

static bool
is_left_out(struct span word)
{
	return word.len == 3 && memcmp(word.at, "...", 3) == 0;
}

/* Word for word, as far as neither leaves anything out. */
static bool
words_match(struct span one, struct span other)
{
	for (;;) {
		struct span rest_one = one, rest_other = other, word = { 0 }, counter = { 0 };
		bool has_one = span_take_word(&rest_one, &word), has_other = span_take_word(&rest_other, &counter);

		if (!has_one || !has_other)
			return has_one == has_other;
		if (is_left_out(word) || is_left_out(counter))
			return true;
		if (!span_equal(word, counter))
			return false;
		one = rest_one;
		other = rest_other;
	}
	return true;
}

static struct span
last_word(struct span text)
{
	struct span word = { 0 };

	while (span_take_word(&text, &word))
		;
	return word;
}

/* What a reply may say between the words that are kept is not known: up to the first omission, and in the last word,
 * both must agree. */
static bool
says_same(const struct vantage_line *one, const struct vantage_line *other)
{
	struct span end, counter;

	if (span_equal(one->text, other->text))
		return true;
	if (one->side != SERVER || one->kind != EVENT_ANSWER || other->kind != EVENT_ANSWER ||
	    !words_match(one->text, other->text))
		return false;
	end = last_word(one->text);
	counter = last_word(other->text);
	return is_left_out(end) || is_left_out(counter) || span_equal(end, counter);
}

bool
compare_mark_common(struct arena *arena, struct spoken *one, size_t ones, struct spoken *other, size_t others)
{
	size_t width = others + 1, i = 0, k = 0;
	uint16_t *lengths = arena_alloc(arena, (ones + 1) * width * sizeof(*lengths));

	if (lengths == NULL)
		return false;
	for (size_t a = ones; a-- > 0;)
		for (size_t b = others; b-- > 0;) {
			uint16_t down = lengths[(a + 1) * width + b], right = lengths[a * width + b + 1];

			lengths[a * width + b] = says_same(one[a].line, other[b].line)
				? (uint16_t)(lengths[(a + 1) * width + b + 1] + 1)
				: down >= right ? down : right;
		}
	while (i < ones && k < others) {
		if (says_same(one[i].line, other[k].line))
			one[i++].found = other[k++].found = true;
		else if (lengths[(i + 1) * width + k] >= lengths[i * width + k + 1])
			i++;
		else
			k++;
	}
	return true;
}
