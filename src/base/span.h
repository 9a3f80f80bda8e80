/* Borrowed bytes.  Text from the wire is never a C string: it may hold NULs and belongs to the buffer
 * it points into.  A span owns nothing and must not outlive that buffer. */
#ifndef STARTTRACE_BASE_SPAN_H
#define STARTTRACE_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t *at;
	size_t         len;
};

/* `len` bytes at `at`. */
static inline struct span
span_from(const void *at, size_t len)
{
	return (struct span){ .at = at, .len = len };
}

/* The bytes of a C string, without its NUL.  NULL gives the empty span. */
static inline struct span
span_of(const char *text)
{
	return text == NULL ? (struct span){ 0 } : span_from(text, strlen(text));
}

/* At most the first `count` bytes; what is left behind the first `count` bytes. */
static inline struct span
span_first(struct span s, size_t count)
{
	return span_from(s.at, count < s.len ? count : s.len);
}

static inline struct span
span_after(struct span s, size_t count)
{
	if (count == 0)
		return s;
	return count < s.len ? span_from(s.at + count, s.len - count) : (struct span){ 0 };
}

/* Without spaces and tabs at either end. */
struct span span_trim(struct span s);

/* Takes one line, without its CR LF or bare LF, off the front of *rest.
 * Returns false, leaving *rest alone, while the line is still incomplete. */
bool span_take_line(struct span *rest, struct span *line_r);

/* Takes one word and the blanks (space, tab) around it off the front of *rest.
 * Returns false when nothing but blanks was left. */
bool span_take_word(struct span *rest, struct span *word_r);

/* Takes one item, which may be empty, and the comma behind it off the front of *rest.
 * Returns false when nothing was left. */
bool span_take_item(struct span *rest, struct span *item_r);

/* Compare with a word of the program's own, or with each of so many; ASCII case is ignored. */
bool span_is(struct span s, const char *word);
bool span_is_any(struct span s, const char *const *words, size_t count);
bool span_starts(struct span s, const char *prefix);

/* Where `word` begins in `s` (ASCII case ignored), or s.len if it is not there. */
size_t span_find(struct span s, const char *word);

static inline bool
span_has(struct span s, const char *word)
{
	return span_find(s, word) < s.len;
}

/* The same bytes, case and all. */
bool span_equal(struct span a, struct span b);

/* The same letters, ASCII case ignored. */
bool span_same(struct span a, struct span b);

/* Whether `word` is one of the words of the list, which have blanks between them; ASCII case is ignored. */
bool span_lists(struct span list, struct span word);

/* Whether `item` is one of the list, which have commas between them; ASCII case is ignored. */
bool span_has_item(struct span list, const char *item);

/* Whether `part` stands somewhere in `s`; ASCII case is ignored. */
bool span_contains(struct span s, struct span part);

/* Reads the whole span as a decimal number.  False on anything else, and above UINT64_MAX. */
bool span_number(struct span s, uint64_t *number_r);

#endif
