/* Putting bytes into words that are safe to print and to store. */
#ifndef STARTTRACE_BASE_TEXT_H
#define STARTTRACE_BASE_TEXT_H

#include "base/buffer.h"

/* Adds at most `most` bytes of `wire` as printable UTF-8: control bytes, DEL, C1 controls and bytes that are not valid
 * UTF-8 become \xNN.  A backslash becomes \\ only where it would read as an escape, so that DOMAIN\user stays what the
 * user knows.  Adds "..." where it cut. */
void text_quote(struct buffer *out, struct span wire, size_t most);

/* Adds a JSON string, quotes and all.  `text` is printable UTF-8, as text_quote makes it. */
void text_json(struct buffer *out, struct span text);

/* Whether the text is what text_quote leaves alone, backslashes apart: printable UTF-8 without controls or marks that
 * change how a terminal shows the rest. */
bool text_is_printable(struct span text);

/* At most the first `most` bytes, not ending inside a character. */
struct span text_first(struct span text, size_t most);

enum {
	TIME_TEXT_SIZE = 32,
};

/* Writes a time in nanoseconds since 1970, which may be before, as "2024-05-01T12:00:00.000000Z" and returns `out`. */
const char *text_time(int64_t time_ns, char out[TIME_TEXT_SIZE]);

/* Adds the bytes in lower-case hexadecimal. */
void text_hex(struct buffer *out, struct span bytes);

#endif
