/* The lines of a session that a finding can point at, as one JSON array of
 * [place, capture or null, first frame, last frame, nanoseconds since the session began, side, offset, length, code,
 * text]. */
#include "store/places.h"

#include "base/table.h"
#include "base/text.h"

enum field {
	FIELD_PLACE,
	FIELD_CAPTURE,
	FIELD_FIRST_FRAME,
	FIELD_FRAME,
	FIELD_NS,
	FIELD_SIDE,
	FIELD_OFFSET,
	FIELD_LENGTH,
	FIELD_CODE,
	FIELDS                  /* behind them, the text */
};

/* Writing ----------------------------------------------------------------------------------------- */

/* A character of several bytes is kept whole or not at all. */
static struct span
cut(struct span text)
{
	size_t len = PLACE_TEXT_MOST;

	if (text.len <= len)
		return text;
	while (len > 0 && (text.at[len] & 0xC0) == 0x80)
		len--;
	return span_first(text, len);
}

/* A clock that was put back makes times before the start. */
static void
add_signed(struct buffer *out, int64_t number)
{
	if (number < 0)
		buffer_add_text(out, "-");
	buffer_add_number(out, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

static void
write_place(struct buffer *out, enum place place, const struct quote *quote, const struct places_origin *origin)
{
	const struct where *where = &quote->where;
	const uint64_t numbers[] = { (uint64_t)quote->side, where->offset, where->length, quote->code };

	buffer_add_number(out, place);
	buffer_add_text(out, ",");
	if (where->last.capture == origin->capture)
		buffer_add_text(out, "null");
	else
		buffer_add_number(out, where->last.capture);
	buffer_add_text(out, ",");
	buffer_add_number(out, where->first.frame);
	buffer_add_text(out, ",");
	buffer_add_number(out, where->last.frame);
	buffer_add_text(out, ",");
	add_signed(out, (int64_t)((uint64_t)where->last.time_ns - (uint64_t)origin->started_ns));
	for (size_t i = 0; i < TABLE_LENGTH(numbers); i++) {
		buffer_add_text(out, ",");
		buffer_add_number(out, numbers[i]);
	}
	buffer_add_text(out, ",");
	text_json(out, cut(quote->text));
}

void
places_write(struct buffer *out, const struct quote places[PLACES], const struct places_origin *origin)
{
	const char *before = "[[";

	for (size_t i = 0; i < PLACES; i++) {
		if (!places[i].seen)
			continue;
		buffer_add_text(out, before);
		write_place(out, (enum place)i, &places[i], origin);
		before = "],[";
	}
	buffer_add_text(out, *before == '[' ? "[]" : "]]");
}

/* Reading ----------------------------------------------------------------------------------------- */

static bool
take(struct span *rest, char letter)
{
	if (rest->len == 0 || *rest->at != (uint8_t)letter)
		return false;
	rest->at++;
	rest->len--;
	return true;
}

static bool
take_null(struct span *rest)
{
	if (rest->len < 4 || memcmp(rest->at, "null", 4) != 0)
		return false;
	*rest = span_after(*rest, 4);
	return true;
}

/* A whole number or null, which leaves *number_r alone. */
static bool
take_number(struct span *rest, int64_t *number_r)
{
	bool negative;
	int64_t number = 0;
	size_t len = 0;

	if (take_null(rest))
		return true;
	negative = take(rest, '-');
	for (; len < rest->len && rest->at[len] >= '0' && rest->at[len] <= '9'; len++) {
		if (number > (INT64_MAX - 9) / 10)
			return false;
		number = 10 * number + (rest->at[len] - '0');
	}
	*rest = span_after(*rest, len);
	*number_r = negative ? -number : number;
	return len > 0;
}

/* The text is printable, so the only escapes are a quotation mark and a backslash. */
static bool
take_text(struct span *rest, struct buffer *texts, struct span *text_r)
{
	size_t start = texts->len;

	if (!take(rest, '"'))
		return false;
	while (!take(rest, '"')) {
		size_t plain = take(rest, '\\') ? 1 : 0;

		while (plain < rest->len && rest->at[plain] != '"' && rest->at[plain] != '\\')
			plain++;
		if (plain >= rest->len)
			return false;
		buffer_add(texts, span_first(*rest, plain));
		*rest = span_after(*rest, plain);
	}
	*text_r = span_after(buffer_span(texts), start);
	return true;
}

static bool
fits(const int64_t numbers[FIELDS])
{
	for (size_t i = 0; i < FIELDS; i++)
		if (i != FIELD_NS && numbers[i] < 0)
			return false;
	return numbers[FIELD_PLACE] < PLACES && numbers[FIELD_CAPTURE] <= UINT32_MAX &&
	       numbers[FIELD_SIDE] <= SERVER && numbers[FIELD_CODE] <= UINT32_MAX;
}

static struct quote
quote_of(const int64_t numbers[FIELDS], int64_t started_ns, struct span text)
{
	struct moment at = {
		.time_ns = (int64_t)((uint64_t)started_ns + (uint64_t)numbers[FIELD_NS]),
		.frame = (uint64_t)numbers[FIELD_FRAME],
		.capture = (uint32_t)numbers[FIELD_CAPTURE],
	};
	struct quote quote = {
		.seen = true,
		.side = (enum side)numbers[FIELD_SIDE],
		.code = (uint32_t)numbers[FIELD_CODE],
		.text = text,
		.where = { .first = at, .last = at, .offset = (uint64_t)numbers[FIELD_OFFSET],
			.length = (uint64_t)numbers[FIELD_LENGTH] },
	};

	quote.where.first.frame = (uint64_t)numbers[FIELD_FIRST_FRAME];
	return quote;
}

void
places_read(struct span json, const struct places_origin *origin, struct buffer *texts,
	struct quote places_r[PLACES])
{
	memset(places_r, 0, PLACES * sizeof(places_r[0]));
	buffer_clear(texts);
	/* the texts are shorter than the array: they stay where they are put */
	if (!buffer_reserve(texts, json.len) || !take(&json, '['))
		return;
	while (take(&json, '[')) {
		int64_t numbers[FIELDS] = { [FIELD_CAPTURE] = origin->capture };
		struct span text;

		for (size_t i = 0; i < FIELDS; i++)
			if (!take_number(&json, &numbers[i]) || !take(&json, ','))
				return;
		if (!take_text(&json, texts, &text) || !take(&json, ']') || !fits(numbers))
			return;
		places_r[numbers[FIELD_PLACE]] = quote_of(numbers, origin->started_ns, text);
		if (!take(&json, ','))
			return;
	}
}
