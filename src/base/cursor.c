/* A reader of binary fields that fails once. */
#include "base/cursor.h"

#include <assert.h>

struct cursor
cursor_of(struct span s)
{
	return (struct cursor){ .at = s.at, .left = s.len };
}

struct span
cursor_take(struct cursor *c, size_t count)
{
	struct span taken = span_from(c->at, count);

	if (c->failed || count > c->left) {
		c->failed = true;
		c->left = 0;
		return (struct span){ 0 };
	}
	if (count > 0)
		c->at += count;
	c->left -= count;
	return taken;
}

struct span
cursor_take_up_to(struct cursor *c, size_t count)
{
	return cursor_take(c, count < c->left ? count : c->left);
}

uint32_t
cursor_be(struct cursor *c, size_t bytes)
{
	struct span s = cursor_take(c, bytes);
	uint32_t number = 0;

	assert(bytes >= 1 && bytes <= 4);
	for (size_t i = 0; i < s.len; i++)
		number = number << 8 | s.at[i];
	return number;
}

uint32_t
cursor_le(struct cursor *c, size_t bytes)
{
	struct span s = cursor_take(c, bytes);
	uint32_t number = 0;

	assert(bytes >= 1 && bytes <= 4);
	for (size_t i = s.len; i > 0; i--)
		number = number << 8 | s.at[i - 1];
	return number;
}

struct cursor
cursor_block(struct cursor *c, size_t length_bytes)
{
	size_t len = cursor_be(c, length_bytes);
	struct cursor block = cursor_of(cursor_take(c, len));

	block.failed = c->failed;
	return block;
}

struct span
cursor_rest(const struct cursor *c)
{
	return span_from(c->at, c->left);
}
