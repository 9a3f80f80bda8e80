/* Putting bytes and times into words that are safe to print and to store. */
#ifndef STARTTRACE_BASE_TEXT_H
#define STARTTRACE_BASE_TEXT_H

#include "base/buffer.h"

enum {
	TEXT_TIME_SIZE = 32,
};

/* Adds at most `most` bytes of `wire` as printable UTF-8: control bytes, DEL, C1 controls and bytes that
 * are not valid UTF-8 become \xNN, a backslash becomes \\.  Adds "..." where it cut. */
void text_quote(struct buffer *out, struct span wire, size_t most);

/* Adds a JSON string, quotes and all.  `text` is printable UTF-8, as text_quote makes it. */
void text_json(struct buffer *out, struct span text);

/* Nanoseconds since 1970 as ISO 8601 in UTC with microseconds: 2024-05-01T12:00:00.000000Z.
 * Writes at most TEXT_TIME_SIZE bytes with the NUL and returns `out`. */
const char *text_time(int64_t time_ns, char out[TEXT_TIME_SIZE]);

/* Adds the bytes in lower-case hexadecimal. */
void text_hex(struct buffer *out, struct span bytes);

#endif
