/* A reader of binary fields that fails once.  After the first short read every read gives zero and
 * `failed` stays set, so a parser reads straight down the page and checks at the end. */
#ifndef STARTTRACE_BASE_CURSOR_H
#define STARTTRACE_BASE_CURSOR_H

#include "base/span.h"

struct cursor {
	const uint8_t *at;
	size_t         left;
	bool           failed;
};

/* At the front of `s`, which it borrows. */
struct cursor cursor_of(struct span s);

/* Reads `bytes` (1 to 4) as one big-endian, or little-endian, number; fails and gives 0 where fewer are left. */
uint32_t cursor_be(struct cursor *c, size_t bytes);
uint32_t cursor_le(struct cursor *c, size_t bytes);

/* Takes exactly `count` bytes, or fails and gives the empty span. */
struct span cursor_take(struct cursor *c, size_t count);

/* Takes `count` bytes or as many as there are; never fails. */
struct span cursor_take_up_to(struct cursor *c, size_t count);

/* Reads a big-endian length of `length_bytes` and opens a cursor over that many bytes.  When they are
 * not all there, both cursors have failed. */
struct cursor cursor_block(struct cursor *c, size_t length_bytes);

/* What is left; the cursor stays where it is. */
struct span cursor_rest(const struct cursor *c);

#endif
