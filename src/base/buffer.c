/* Bytes that grow. */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
buffer_grow(struct buffer *buffer, size_t more)
{
	size_t need, room = buffer->room > 0 ? buffer->room : 256;
	uint8_t *at;

	if (more >= SIZE_MAX / 2 - buffer->len) {
		buffer->failed = true;
		return false;
	}
	need = buffer->len + more + 1;
	while (room < need)
		room *= 2;
	at = realloc(buffer->at, room);
	if (at == NULL) {
		buffer->failed = true;
		return false;
	}
	buffer->at = at;
	buffer->room = room;
	return true;
}

void
buffer_add_number(struct buffer *buffer, uint64_t number)
{
	uint8_t digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (uint8_t)('0' + number % 10);
	while ((number /= 10) > 0);
	buffer_add(buffer, span_from(digits + at, sizeof(digits) - at));
}

void
buffer_vprintf(struct buffer *buffer, const char *format, va_list args)
{
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len < 0 || !buffer_reserve(buffer, (size_t)len))
		return;
	vsnprintf((char *)buffer->at + buffer->len, (size_t)len + 1, format, args);
	buffer->len += (size_t)len;
}

void
buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buffer_vprintf(buffer, format, args);
	va_end(args);
}

void
buffer_drop(struct buffer *buffer, size_t count)
{
	if (count >= buffer->len) {
		buffer->len = 0;
		return;
	}
	if (count > 0)
		memmove(buffer->at, buffer->at + count, buffer->len - count);
	buffer->len -= count;
}

void
buffer_clear(struct buffer *buffer)
{
	buffer->len = 0;
	buffer->failed = false;
}

void
buffer_free(struct buffer *buffer)
{
	free(buffer->at);
	*buffer = (struct buffer){ 0 };
}

void
buffer_wipe(struct buffer *buffer)
{
	if (buffer->at != NULL)
		explicit_bzero(buffer->at, buffer->room);
	buffer_free(buffer);
}

struct span
buffer_span(const struct buffer *buffer)
{
	return span_from(buffer->at, buffer->len);
}

const char *
buffer_text(struct buffer *buffer)
{
	if (!buffer_reserve(buffer, 0))
		return "";
	buffer->at[buffer->len] = '\0';
	return (const char *)buffer->at;
}
