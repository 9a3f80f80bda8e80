/* Borrowed bytes: taking words and lines off them, comparing them. */
#include "base/span.h"

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static bool
same_letters(const uint8_t *a, const uint8_t *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

struct span
span_trim(struct span s)
{
	while (s.len > 0 && is_blank(s.at[0]))
		s = span_after(s, 1);
	while (s.len > 0 && is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

bool
span_take_line(struct span *rest, struct span *line_r)
{
	const uint8_t *lf = rest->len > 0 ? memchr(rest->at, '\n', rest->len) : NULL;
	size_t len;

	if (lf == NULL)
		return false;
	len = (size_t)(lf - rest->at);
	*line_r = span_from(rest->at, len > 0 && lf[-1] == '\r' ? len - 1 : len);
	*rest = span_after(*rest, len + 1);
	return true;
}

bool
span_take_word(struct span *rest, struct span *word_r)
{
	size_t start = 0, end;

	while (start < rest->len && is_blank(rest->at[start]))
		start++;
	for (end = start; end < rest->len && !is_blank(rest->at[end]);)
		end++;
	*word_r = span_from(rest->len > 0 ? rest->at + start : NULL, end - start);
	*rest = span_trim(span_after(*rest, end));
	return word_r->len > 0;
}

bool
span_take_item(struct span *rest, struct span *item_r)
{
	const uint8_t *comma = rest->len > 0 ? memchr(rest->at, ',', rest->len) : NULL;
	size_t len = comma != NULL ? (size_t)(comma - rest->at) : rest->len;
	bool found = rest->len > 0;

	*item_r = span_first(*rest, len);
	*rest = span_after(*rest, len + 1);
	return found;
}

/* Most words differ in their first letter, before their length is known. */
bool
span_is(struct span s, const char *word)
{
	for (size_t i = 0; i < s.len; i++)
		if (word[i] == '\0' || lower(s.at[i]) != lower((uint8_t)word[i]))
			return false;
	return word[s.len] == '\0';
}

bool
span_is_any(struct span s, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_is(s, words[i]))
			return true;
	return false;
}

bool
span_starts(struct span s, const char *prefix)
{
	for (size_t i = 0; prefix[i] != '\0'; i++)
		if (i == s.len || lower(s.at[i]) != lower((uint8_t)prefix[i]))
			return false;
	return true;
}

static size_t
find(struct span s, struct span w)
{
	uint8_t first = w.len > 0 ? lower(w.at[0]) : 0;

	for (size_t i = 0; i + w.len <= s.len; i++)
		if (w.len == 0 || (lower(s.at[i]) == first && same_letters(s.at + i, w.at, w.len)))
			return i;
	return s.len;
}

size_t
span_find(struct span s, const char *word)
{
	return find(s, span_of(word));
}

bool
span_contains(struct span s, struct span part)
{
	return part.len == 0 || find(s, part) < s.len;
}

bool
span_lists(struct span list, struct span word)
{
	struct span next;

	while (span_take_word(&list, &next))
		if (span_same(next, word))
			return true;
	return false;
}

bool
span_has_item(struct span list, const char *item)
{
	struct span next;

	while (span_take_item(&list, &next))
		if (span_is(next, item))
			return true;
	return false;
}

bool
span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool
span_same(struct span a, struct span b)
{
	return a.len == b.len && same_letters(a.at, b.at, a.len);
}

bool
span_number(struct span s, uint64_t *number_r)
{
	uint64_t number = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint64_t digit = (uint64_t)s.at[i] - '0';

		if (s.at[i] < '0' || digit > 9 || number > (UINT64_MAX - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	*number_r = number;
	return true;
}
