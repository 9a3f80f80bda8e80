/* Commands that await their answers: a ring of rows. */
#include "asked.h"

void
asked_add(struct asked *asked, struct dialogue *d, size_t row)
{
	if (dialogue_was_held(d))
		return;
	if (asked->count == ASKED_MOST) {
		dialogue_note(d, CLIENT, NOTE_DESYNC, span_of("too many commands without an answer"));
		asked_take(asked);
	}
	asked->rows[(asked->head + asked->count++) % ASKED_MOST] = (uint8_t)row;
}

size_t
asked_first(const struct asked *asked)
{
	return asked->count > 0 ? asked->rows[asked->head] : 0;
}

size_t
asked_take(struct asked *asked)
{
	size_t row = asked_first(asked);

	if (asked->count > 0) {
		asked->head = (asked->head + 1) % ASKED_MOST;
		asked->count--;
	}
	return row;
}

void
asked_clear(struct asked *asked)
{
	asked->count = 0;
}
