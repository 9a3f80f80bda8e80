/* One side of a dialogue. */
#include "engine/half.h"

#include <stdlib.h>
#include <string.h>

enum {
	MARKS_MOST = 4096,
};

extern const struct dissector tls_dissector;

bool
half_is_tls(const struct half *half)
{
	return half->dissector == &tls_dissector;
}

static struct mark *
half_marks(struct half *half)
{
	return half->many != NULL ? half->many : half->few;
}

/* Room for one mark more.  When there is none the last one gives way: its bytes are then told to have
 * come with the frame before. */
static struct mark *
more_marks(struct half *half)
{
	size_t room = half->many != NULL ? half->mark_room : MARKS_FEW;
	struct mark *many;

	if (half->mark_count < room)
		return half_marks(half);
	many = room < MARKS_MOST ? realloc(half->many, 2 * room * sizeof(*many)) : NULL;
	if (many == NULL) {
		half->mark_count--;
		return half_marks(half);
	}
	if (half->many == NULL)
		memcpy(many, half->few, sizeof(half->few));
	half->many = many;
	half->mark_room = 2 * room;
	return many;
}

void
half_mark(struct half *half, uint64_t offset, const struct moment *at)
{
	struct mark *marks = more_marks(half);

	marks[half->mark_count++] = (struct mark){ offset, *at };
}

struct moment
half_moment(const struct half *half, uint64_t offset, const struct moment *now)
{
	const struct mark *marks = half->many != NULL ? half->many : half->few;
	struct moment at = half->mark_count > 0 ? marks[0].at : *now;

	for (size_t i = 1; i < half->mark_count && marks[i].offset <= offset; i++)
		at = marks[i].at;
	return at;
}

/* Frames are numbered in the order in which they were read. */
static bool
is_later(const struct moment *one, const struct moment *other)
{
	return one->capture != other->capture ? one->capture > other->capture : one->frame > other->frame;
}

struct moment
half_completed(const struct half *half, uint64_t length, const struct moment *now)
{
	const struct mark *marks = half->many != NULL ? half->many : half->few;
	uint64_t end = half->offset + (length > 0 ? length : 1);
	struct moment at = half_moment(half, half->offset, now);

	for (size_t i = 1; i < half->mark_count && marks[i].offset < end; i++)
		if (marks[i].offset > half->offset && is_later(&marks[i].at, &at))
			at = marks[i].at;
	return at;
}

void
half_drop_marks(struct half *half)
{
	struct mark *marks = half_marks(half);
	size_t old = 0;

	while (old + 1 < half->mark_count && marks[old + 1].offset <= half->offset)
		old++;
	if (old == 0)
		return;
	half->mark_count -= old;
	memmove(marks, marks + old, half->mark_count * sizeof(*marks));
}
