/* Commands that await their answers: a ring of rows, small until many wait. */
#include "asked.h"

static size_t
room(const struct asked *asked)
{
	return asked->many != NULL ? ASKED_MOST : ASKED_FEW;
}

static uint8_t *
place(struct asked *asked, size_t n)
{
	return &(asked->many != NULL ? asked->many : asked->few)[(asked->head + n) % room(asked)];
}

/* Full, and no larger ring to be had. */
static bool
is_full(struct asked *asked, struct dialogue *d)
{
	uint8_t *many;

	if (asked->count < room(asked))
		return false;
	if (asked->many != NULL)
		return true;
	many = arena_alloc(dialogue_arena(d), ASKED_MOST);
	if (many == NULL)
		return true;
	for (size_t i = 0; i < asked->count; i++)
		many[i] = *place(asked, i);
	asked->many = many;
	asked->head = 0;
	return false;
}

size_t
asked_add(struct asked *asked, struct dialogue *d, size_t row)
{
	size_t given_up = 0;

	if (dialogue_was_held(d))
		return 0;
	if (is_full(asked, d)) {
		dialogue_note(d, CLIENT, NOTE_DESYNC, span_of("too many commands without a reply"));
		given_up = asked_take(asked);
	}
	*place(asked, asked->count++) = (uint8_t)row;
	return given_up;
}

void
asked_again(struct asked *asked, size_t row)
{
	if (asked->count == room(asked))
		return;
	asked->head = (asked->head + room(asked) - 1) % room(asked);
	asked->count++;
	*place(asked, 0) = (uint8_t)row;
}

size_t
asked_first(const struct asked *asked)
{
	return asked_nth(asked, 0);
}

size_t
asked_nth(const struct asked *asked, size_t n)
{
	const uint8_t *rows = asked->many != NULL ? asked->many : asked->few;

	return n < asked->count ? rows[(asked->head + n) % room(asked)] : 0;
}

size_t
asked_take(struct asked *asked)
{
	size_t row = asked_first(asked);

	if (asked->count > 0) {
		asked->head = (asked->head + 1) % room(asked);
		asked->count--;
	}
	return row;
}

void
asked_clear(struct asked *asked)
{
	asked->count = 0;
}
