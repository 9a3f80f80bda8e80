/* The list of held segments, in order of offset and without overlap, and the ring of recent
 * bytes. */
#include "wire/reassembly_held.h"

#include <stdlib.h>
#include <string.h>

enum {
	RECENT_FIRST = 256,
};

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t
most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

struct piece
piece_from(struct piece piece, uint64_t offset)
{
	uint64_t skip = offset > piece.offset ? offset - piece.offset : 0;
	uint64_t captured = least(skip, piece.bytes.len);

	piece.offset += skip;
	piece.bytes = span_after(piece.bytes, (size_t)captured);
	piece.cut -= least(skip - captured, piece.cut);
	return piece;
}

/* Without what lies from `offset` on. */
static struct piece
piece_until(struct piece piece, uint64_t offset)
{
	uint64_t length = offset > piece.offset ? offset - piece.offset : 0;

	if (length >= piece.bytes.len) {
		piece.cut = least(piece.cut, length - piece.bytes.len);
		return piece;
	}
	piece.bytes = span_first(piece.bytes, (size_t)length);
	piece.cut = 0;
	return piece;
}

/* The list. ------------------------------------------------------------------------------------ */

static struct held_segment *
segment_copy(struct budget *budget, const struct piece *piece, bool keep)
{
	size_t size = sizeof(struct held_segment) + (keep ? piece->bytes.len : 0);
	struct held_segment *segment;

	if (!budget_take(budget, size))
		return NULL;
	segment = malloc(size);
	if (segment == NULL) {
		budget_give(budget, size);
		return NULL;
	}
	*segment = (struct held_segment){ .size = size, .kept = keep, .piece = *piece };
	segment->piece.bytes.at = (const uint8_t *)(segment + 1);
	if (keep && piece->bytes.len > 0)
		memcpy(segment + 1, piece->bytes.at, piece->bytes.len);
	return segment;
}

void
held_free(struct held_segment **segment, struct budget *budget)
{
	if (*segment == NULL)
		return;
	budget_give(budget, (*segment)->size);
	free(*segment);
	*segment = NULL;
}

/* Puts a copy behind `before`, or in front when that is NULL. */
static bool
put_behind(struct stream *stream, struct held_segment *before, struct budget *budget,
	const struct piece *piece, bool keep)
{
	struct held_segment **link = before != NULL ? &before->next : &stream->held;
	struct held_segment *segment = segment_copy(budget, piece, keep);

	if (segment == NULL)
		return false;
	segment->next = *link;
	*link = segment;
	if (segment->next == NULL)
		stream->held_last = segment;
	stream->held_bytes += segment->size;
	stream->held_count++;
	return true;
}

bool
held_add(struct stream *stream, struct budget *budget, struct piece piece, bool keep, bool *news_r)
{
	bool at_end = stream->held_last != NULL &&
		piece.offset >= piece_end(&stream->held_last->piece);
	struct held_segment *before = at_end ? stream->held_last : NULL;
	struct held_segment *behind = at_end ? NULL : stream->held;

	*news_r = false;
	while (piece.offset < piece_end(&piece)) {
		struct piece free_part = piece;

		if (behind != NULL)
			free_part = piece_until(piece, behind->piece.offset);
		if (free_part.offset < piece_end(&free_part)) {
			if (!put_behind(stream, before, budget, &free_part, keep))
				return false;
			*news_r = true;
		}
		if (behind == NULL)
			return true;
		piece = piece_from(piece, piece_end(&behind->piece));
		before = behind;
		behind = behind->next;
	}
	return true;
}

struct held_segment *
held_take(struct stream *stream)
{
	struct held_segment *first = stream->held;

	if (first == NULL)
		return NULL;
	stream->held = first->next;
	if (stream->held == NULL)
		stream->held_last = NULL;
	stream->held_bytes -= first->size;
	stream->held_count--;
	return first;
}

void
held_drop_first(struct stream *stream, struct budget *budget)
{
	struct held_segment *first = held_take(stream);

	held_free(&first, budget);
}

void
held_drop_last(struct stream *stream, struct budget *budget)
{
	struct held_segment *before = stream->held;

	if (before == NULL || before->next == NULL) {
		held_drop_first(stream, budget);
		return;
	}
	while (before->next->next != NULL)
		before = before->next;
	stream->held_bytes -= before->next->size;
	stream->held_count--;
	held_free(&before->next, budget);
	stream->held_last = before;
}

void
held_drop_all(struct stream *stream, struct budget *budget)
{
	while (stream->held != NULL)
		held_drop_first(stream, budget);
}

uint64_t
held_end(const struct stream *stream)
{
	if (stream->held_last == NULL)
		return stream->next;
	return most(stream->next, piece_end(&stream->held_last->piece));
}

/* The ring. ------------------------------------------------------------------------------------ */

static void
ring_write(struct recent *recent, uint64_t offset, struct span bytes)
{
	size_t at = (size_t)(offset & (recent->room - 1));
	struct span front = span_first(bytes, recent->room - at);
	struct span rest = span_after(bytes, front.len);

	if (front.len > 0)
		memcpy(recent->bytes + at, front.at, front.len);
	if (rest.len > 0)
		memcpy(recent->bytes, rest.at, rest.len);
}

/* `length` is at most the ring's room. */
static void
ring_read(const struct recent *recent, uint64_t offset, size_t length, uint8_t *out)
{
	size_t at = (size_t)(offset & (recent->room - 1));
	size_t front = (size_t)least(length, recent->room - at);

	memcpy(out, recent->bytes + at, front);
	memcpy(out + front, recent->bytes, length - front);
}

static void
ring_grow(struct stream *stream, struct budget *budget, size_t wanted)
{
	struct recent *recent = &stream->recent;
	struct recent wider = { .room = RECENT_FIRST, .from = recent->from };
	size_t kept = (size_t)(stream->next - recent->from);
	uint8_t old[RECENT_MOST];

	while (wider.room < wanted && wider.room < RECENT_MOST)
		wider.room *= 2;
	if (!budget_take(budget, wider.room))
		return;
	wider.bytes = malloc(wider.room);
	if (wider.bytes == NULL) {
		budget_give(budget, wider.room);
		return;
	}
	if (recent->room > 0 && kept > 0) {
		ring_read(recent, recent->from, kept, old);
		ring_write(&wider, recent->from, span_from(old, kept));
	}
	recent_free(stream, budget);
	*recent = wider;
}

void
recent_add(struct stream *stream, struct budget *budget, struct span bytes)
{
	struct recent *recent = &stream->recent;
	uint64_t end = stream->next + bytes.len, wanted;

	if (bytes.len == 0)
		return;
	if (recent->room == 0)
		recent->from = stream->next;
	wanted = end - recent->from;
	if (wanted > recent->room && recent->room < RECENT_MOST)
		ring_grow(stream, budget, (size_t)least(wanted, RECENT_MOST));
	if (recent->room == 0)
		return;
	if (bytes.len > recent->room)
		bytes = span_after(bytes, bytes.len - recent->room);
	ring_write(recent, end - bytes.len, bytes);
	recent->from = most(recent->from, end > recent->room ? end - recent->room : 0);
}

void
recent_restart(struct stream *stream, uint64_t offset)
{
	stream->recent.from = offset;
}

void
recent_free(struct stream *stream, struct budget *budget)
{
	if (stream->recent.room == 0)
		return;
	budget_give(budget, stream->recent.room);
	free(stream->recent.bytes);
	stream->recent = (struct recent){ .bytes = NULL };
}

/* Both. ---------------------------------------------------------------------------------------- */

static struct span
part_of(const struct piece *piece, uint64_t from, uint64_t until)
{
	return span_first(span_after(piece->bytes, (size_t)(from - piece->offset)),
		(size_t)(until - from));
}

static void
compare_recent(const struct stream *stream, const struct piece *piece, held_pair *pair, void *user)
{
	uint64_t from = most(piece->offset, stream->recent.from);
	uint64_t until = least(piece->offset + piece->bytes.len, stream->next);
	uint8_t first[RECENT_MOST];

	if (stream->recent.room == 0 || from >= until)
		return;
	ring_read(&stream->recent, from, (size_t)(until - from), first);
	pair(user, from, span_from(first, (size_t)(until - from)), part_of(piece, from, until));
}

void
held_compare(const struct stream *stream, const struct piece *piece, held_pair *pair, void *user)
{
	uint64_t end = piece->offset + piece->bytes.len;
	const struct held_segment *held = stream->held, *next;

	compare_recent(stream, piece, pair, user);
	for (; held != NULL && held->piece.offset < end; held = next) {
		uint64_t from = most(piece->offset, held->piece.offset);
		uint64_t until = least(end, held->piece.offset + held->piece.bytes.len);

		next = held->next;
		if (held->kept && from < until)
			pair(user, from, part_of(&held->piece, from, until),
				part_of(piece, from, until));
	}
}
