/* Putting bytes into words that are safe to print and to store. */
#include "base/text.h"

#include "base/clock.h"
#include "base/table.h"

#include <ctype.h>
#include <stdio.h>
#include <time.h>

static inline bool
is_plain(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x7F;
}

/* What nobody sees, and what changes how the rest is shown: marks of direction, joiners and fillers, separators of
 * lines, tags, and points that are no characters. */
static bool
is_hidden(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00AD, 0x00AD },
		{ 0x061C, 0x061C },
		{ 0x115F, 0x1160 },
		{ 0x180B, 0x180F },
		{ 0x200B, 0x200F },
		{ 0x2028, 0x202E },
		{ 0x2060, 0x206F },
		{ 0x3164, 0x3164 },
		{ 0xFEFF, 0xFEFF },
		{ 0xFFA0, 0xFFA0 },
		{ 0xFFF0, 0xFFFB },
		{ 0xFFFE, 0xFFFF },
		{ 0xE0000, 0xE0FFF },
	};

	for (size_t i = 0; i < TABLE_LENGTH(ranges); i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	return false;
}

/* Length of the printable UTF-8 sequence at the front of `s`, 0 if there is none (RFC 3629, section 4;
 * overlong forms, surrogates and the C1 controls are refused). */
static size_t
utf8_length(struct span s)
{
	static const struct {
		uint8_t  mask, lead;
		size_t   len;
		uint32_t least;
	} forms[] = {
		{ 0xE0, 0xC0, 2, 0xA0 },
		{ 0xF0, 0xE0, 3, 0x800 },
		{ 0xF8, 0xF0, 4, 0x10000 },
	};

	if (s.at[0] < 0x80)
		return s.at[0] >= 0x20 && s.at[0] < 0x7F ? 1 : 0;
	for (size_t i = 0; i < TABLE_LENGTH(forms); i++) {
		uint32_t point = s.at[0] & (uint8_t)~forms[i].mask;

		if ((s.at[0] & forms[i].mask) != forms[i].lead || s.len < forms[i].len)
			continue;
		for (size_t j = 1; j < forms[i].len; j++) {
			if ((s.at[j] & 0xC0) != 0x80)
				return 0;
			point = point << 6 | (s.at[j] & 0x3F);
		}
		if (point < forms[i].least || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
			return 0;
		return is_hidden(point) ? 0 : forms[i].len;
	}
	return 0;
}

/* Whether the two bytes are the hexadecimal digits of an escape. */
static bool
is_hex_pair(struct span s)
{
	return s.len >= 2 && isxdigit(s.at[0]) && isxdigit(s.at[1]);
}

/* Whether a backslash at the front would be taken for the beginning of an escape: before another one, before what
 * reads like one, and before a byte that becomes one. */
static bool
is_ambiguous(struct span rest)
{
	struct span next = span_after(rest, 1);

	if (next.len == 0)
		return false;
	if (next.at[0] == '\\' || (next.at[0] == 'x' && is_hex_pair(span_after(next, 1))))
		return true;
	return !is_plain(next.at[0]) && utf8_length(next) == 0;
}

void
text_quote(struct buffer *out, struct span wire, size_t most)
{
	struct span rest = span_first(wire, most);

	while (rest.len > 0) {
		size_t plain = 0, unit;

		while (plain < rest.len && rest.at[plain] != '\\' &&
		       (unit = is_plain(rest.at[plain])
		                       ? 1
		                       : utf8_length(span_after(rest, plain))) > 0)
			plain += unit;
		buffer_add(out, span_first(rest, plain));
		rest = span_after(rest, plain);
		if (rest.len == 0)
			break;
		if (rest.at[0] == '\\')
			buffer_add_text(out, is_ambiguous(rest) ? "\\\\" : "\\");
		else
			buffer_printf(out, "\\x%02x", rest.at[0]);
		rest = span_after(rest, 1);
	}
	if (wire.len > most)
		buffer_add_text(out, "...");
}

bool
text_is_printable(struct span text)
{
	while (text.len > 0) {
		size_t unit = is_plain(text.at[0]) ? 1 : utf8_length(text);

		if (unit == 0)
			return false;
		text = span_after(text, unit);
	}
	return true;
}

struct span
text_first(struct span text, size_t most)
{
	size_t len = text.len < most ? text.len : most;

	while (len < text.len && len > 0 && (text.at[len] & 0xC0) == 0x80)
		len--;
	return span_first(text, len);
}

/* The whole second is taken towards the past and its part upwards. */
const char *
text_time(int64_t time_ns, char out[TIME_TEXT_SIZE])
{
	time_t second = (time_t)(time_ns / NS_PER_SECOND - (time_ns % NS_PER_SECOND < 0));
	int64_t part = (time_ns % NS_PER_SECOND + NS_PER_SECOND) % NS_PER_SECOND / 1000;
	struct tm utc = { .tm_mday = 1 };
	size_t len;

	gmtime_r(&second, &utc);
	len = strftime(out, TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(out + len, TIME_TEXT_SIZE - len, ".%06uZ", (unsigned)(uint32_t)part);
	return out;
}

void
text_json(struct buffer *out, struct span text)
{
	buffer_add_text(out, "\"");
	while (text.len > 0) {
		size_t plain = 0;

		while (plain < text.len && text.at[plain] >= 0x20 && text.at[plain] != '"' &&
		       text.at[plain] != '\\')
			plain++;
		buffer_add(out, span_first(text, plain));
		text = span_after(text, plain);
		if (text.len == 0)
			break;
		if (text.at[0] < 0x20)
			buffer_printf(out, "\\u%04x", text.at[0]);
		else
			buffer_add(out, span_from((const uint8_t[]){ '\\', text.at[0] }, 2));
		text = span_after(text, 1);
	}
	buffer_add_text(out, "\"");
}

void
text_hex(struct buffer *out, struct span bytes)
{
	static const char digits[] = "0123456789abcdef";

	while (bytes.len > 0) {
		struct span part = span_first(bytes, 32);
		char pairs[64];

		for (size_t i = 0; i < part.len; i++) {
			pairs[2 * i] = digits[part.at[i] >> 4];
			pairs[2 * i + 1] = digits[part.at[i] & 15];
		}
		buffer_add(out, span_from(pairs, 2 * part.len));
		bytes = span_after(bytes, part.len);
	}
}
