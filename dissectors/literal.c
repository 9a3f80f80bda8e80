/* Strings as IMAP and ManageSieve write them. */
#include "literal.h"

#include <ctype.h>

/* An odd number of quotes that no backslash hides: the line ends inside a string. */
static bool
ends_in_quotes(struct span line)
{
	bool inside = false;

	for (size_t i = 0; i < line.len; i++) {
		if (line.at[i] == '\\' && inside)
			i++;
		else if (line.at[i] == '"')
			inside = !inside;
	}
	return inside;
}

/* Where the brace stands that a line ending in digits and a closing brace opens with; line.len where it does not. */
static size_t
find_brace(struct span line)
{
	size_t i = line.len;

	if (line.len < 3 || line.at[--i] != '}')
		return line.len;
	if (line.at[i - 1] == '+')
		i--;
	while (i > 0 && isdigit(line.at[i - 1]))
		i--;
	return i > 0 && line.at[i - 1] == '{' && isdigit(line.at[i]) ? i - 1 : line.len;
}

enum literal_sign
literal_at_end(struct span line, struct literal *literal_r)
{
	size_t brace = find_brace(line);
	struct span before = span_first(line, brace), number;

	*literal_r = (struct literal){ .before = before };
	if (brace == line.len || ends_in_quotes(before))
		return LITERAL_NONE;
	if (before.len > 0 && memchr(" \t(~", before.at[before.len - 1], 4) == NULL)
		return LITERAL_NONE;
	number = span_first(span_after(line, brace + 1), line.len - brace - 2);
	literal_r->waits = number.at[number.len - 1] != '+';
	number.len -= !literal_r->waits;
	return span_number(number, &literal_r->size) && literal_r->size <= INT64_MAX ? LITERAL_ANNOUNCED
	                                                                              : LITERAL_ABSURD;
}

void
literal_tail_add(struct literal_tail *tail, struct span piece)
{
	size_t room = sizeof(tail->at), keep;

	if (piece.len > room)
		piece = span_after(piece, piece.len - room);
	keep = tail->len < room - piece.len ? tail->len : room - piece.len;
	memmove(tail->at, tail->at + tail->len - keep, keep);
	if (piece.len > 0)
		memcpy(tail->at + keep, piece.at, piece.len);
	tail->len = keep + piece.len;
}

struct span
literal_tail_line(const struct literal_tail *tail)
{
	struct span line = span_from(tail->at, tail->len);

	while (line.len > 0 && (line.at[line.len - 1] == '\n' || line.at[line.len - 1] == '\r'))
		line.len--;
	return line;
}

/* RFC 9051, section 9: a backslash stands before a quote or a backslash, and takes any other byte along. */
static enum argument
take_quoted(struct span *rest, struct buffer *value)
{
	size_t i = 1;
	bool whole;

	while (i < rest->len && rest->at[i] != '"') {
		i += rest->at[i] == '\\' && i + 1 < rest->len;
		buffer_add(value, span_from(rest->at + i, 1));
		i++;
	}
	whole = i < rest->len;
	*rest = span_after(*rest, i + 1);
	return whole ? ARGUMENT_STRING : ARGUMENT_BROKEN;
}

enum argument
argument_take(struct span *rest, struct buffer *value)
{
	struct literal literal;
	struct span word;

	buffer_clear(value);
	*rest = span_trim(*rest);
	buffer_reserve(value, rest->len);       /* at once, lest growing leave copies of a secret behind */
	if (rest->len == 0)
		return ARGUMENT_NONE;
	if (rest->at[0] == '"')
		return take_quoted(rest, value);
	if (rest->at[0] == '{' && literal_at_end(*rest, &literal) != LITERAL_NONE && literal.before.len == 0)
		return ARGUMENT_LITERAL;
	span_take_word(rest, &word);
	buffer_add(value, word);
	return ARGUMENT_STRING;
}
