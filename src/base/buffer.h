/* Bytes that grow.  Out of memory is sticky: `failed` stays set, later additions do nothing, and the
 * caller checks once at the end. */
#ifndef STARTTRACE_BASE_BUFFER_H
#define STARTTRACE_BASE_BUFFER_H

#include "base/span.h"

#include <stdarg.h>

struct buffer {
	uint8_t *at;
	size_t   len;
	size_t   room;
	bool     failed;
};

/* Makes room for `more` bytes and a NUL; false when out of memory. */
bool buffer_grow(struct buffer *buffer, size_t more);

static inline bool
buffer_reserve(struct buffer *buffer, size_t more)
{
	if (buffer->failed)
		return false;
	return more < buffer->room - buffer->len || buffer_grow(buffer, more);
}

static inline void
buffer_add(struct buffer *buffer, struct span s)
{
	if (s.len == 0 || !buffer_reserve(buffer, s.len))
		return;
	memcpy(buffer->at + buffer->len, s.at, s.len);
	buffer->len += s.len;
}

static inline void
buffer_add_text(struct buffer *buffer, const char *text)
{
	buffer_add(buffer, span_of(text));
}

/* A number in decimal. */
void buffer_add_number(struct buffer *buffer, uint64_t number);

/* Adds what printf would print; out of memory as above. */
void buffer_printf(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void buffer_vprintf(struct buffer *buffer, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/* Removes `count` bytes (at most all) from the front. */
void buffer_drop(struct buffer *buffer, size_t count);

/* Empties the buffer and keeps its room; gives the room back. */
void buffer_clear(struct buffer *buffer);
void buffer_free(struct buffer *buffer);

/* The same for one that held a secret: its bytes are overwritten first. */
void buffer_wipe(struct buffer *buffer);

/* Valid until the buffer changes. */
struct span buffer_span(const struct buffer *buffer);

/* The bytes as a C string, valid until the buffer changes; "" after a failure. */
const char *buffer_text(struct buffer *buffer);

#endif
