/* Commands wait in the order in which they were sent, each with what hangs on it. */
#include "smtp_queue.h"

#include "smtp_login.h"
#include "smtp_server.h"
#include "smtp_verbs.h"

size_t
smtp_queue_first(const struct smtp *s)
{
	return asked_first(&s->asked);
}

static bool
is_chunk(size_t verb)
{
	return verb == VERB_BDAT_PART || verb == VERB_BDAT_LAST;
}

/* What hangs on a command goes with it. */
static void
queue_forget(struct smtp *s, size_t verb)
{
	s->last_waiting -= (smtp_verbs[verb].flags & LAST_IN_GROUP) != 0;
	s->chunks_waiting -= is_chunk(verb);
	if (smtp_verbs[verb].flags & ENVELOPE)
		smtp_envelope_take(&s->envelope);
}

void
smtp_queue_pop(struct smtp *s)
{
	queue_forget(s, asked_take(&s->asked));
}

void
smtp_queue_clear(struct smtp *s)
{
	asked_clear(&s->asked);
	s->last_waiting = s->chunks_waiting = 0;
	s->body_answers = 0;
	smtp_envelope_clear(&s->envelope);
}

void
smtp_queue_add(struct dialogue *d, struct smtp *s, size_t verb)
{
	if (dialogue_was_held(d))
		return;
	queue_forget(s, asked_add(&s->asked, d, verb));
	s->last_waiting += (smtp_verbs[verb].flags & LAST_IN_GROUP) != 0;
	s->chunks_waiting += is_chunk(verb);
}

bool
smtp_queue_awaits(const struct smtp *s, enum step (*answered)(struct dialogue *, const struct reply *))
{
	for (size_t i = 0; i < s->asked.count; i++)
		if (smtp_verbs[asked_nth(&s->asked, i)].answered == answered)
			return true;
	return false;
}

void
smtp_queue_seek(struct smtp *s, uint32_t code)
{
	enum step (*wanted)(struct dialogue *, const struct reply *) =
		code == 235 || code == 334 ? smtp_login_answered : code == 354 ? smtp_data_answered : NULL;

	if (wanted == NULL || !smtp_queue_awaits(s, wanted))
		return;
	while (smtp_verbs[smtp_queue_first(s)].answered != wanted)
		smtp_queue_pop(s);
}
