/* Strings as IMAP and ManageSieve write them: an atom, a quoted string, or a literal, which is announced at the end of
 * a line and stands behind it (RFC 9051, section 4.3; RFC 7888; RFC 5804, section 4). */
#ifndef STARTTRACE_DISSECTORS_LITERAL_H
#define STARTTRACE_DISSECTORS_LITERAL_H

#include "base/buffer.h"

struct literal {
	uint64_t    size;       /* bytes that follow the line */
	bool        waits;      /* its sender waits for the other side's go-ahead first */
	struct span before;     /* the line without the announcement */
};

enum literal_sign {
	LITERAL_NONE,
	LITERAL_ANNOUNCED,
	LITERAL_ABSURD,         /* a size that no counter holds */
};

/* Whether the line ends with {size} or {size+}.  A brace inside a word, or at the end of an open quoted string,
 * announces nothing. */
enum literal_sign literal_at_end(struct span line, struct literal *literal_r);

/* The last bytes of a line that is too long to be taken whole, for it may announce a literal.  Zero is the start. */
struct literal_tail {
	uint8_t at[48];
	size_t  len;
};

/* Adds a piece of the line; `line` without its line end is what is known of it in the end. */
void        literal_tail_add(struct literal_tail *tail, struct span piece);
struct span literal_tail_line(const struct literal_tail *tail);

enum argument {
	ARGUMENT_NONE,          /* nothing but blanks was left */
	ARGUMENT_STRING,
	ARGUMENT_LITERAL,       /* what is left announces a literal, which is the argument */
	ARGUMENT_BROKEN,        /* a quoted string without its end: all that was left is in *value */
};

/* Takes one argument off the front of *rest; *value, emptied first, holds it without quotes and escapes.  The caller
 * wipes the buffer: the argument may be a secret. */
enum argument argument_take(struct span *rest, struct buffer *value);

#endif
