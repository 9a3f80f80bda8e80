/* Putting bytes into words that are safe to print and to store. */
#ifndef STARTTRACE_BASE_TEXT_H
#define STARTTRACE_BASE_TEXT_H

#include "base/buffer.h"

/* Adds at most `most` bytes of `wire` as printable UTF-8: control bytes, DEL, C1 controls and bytes that
 * are not valid UTF-8 become \xNN, a backslash becomes \\.  Adds "..." where it cut. */
void text_quote(struct buffer *out, struct span wire, size_t most);

/* Adds a JSON string, quotes and all.  `text` is printable UTF-8, as text_quote makes it. */
void text_json(struct buffer *out, struct span text);

/* Adds the bytes in lower-case hexadecimal. */
void text_hex(struct buffer *out, struct span bytes);

#endif
