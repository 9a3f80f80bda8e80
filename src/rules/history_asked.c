/* Saying what was found of one session. */
#include "rules/history_asked.h"

bool
asked_lacks_offer(const struct asked *asked)
{
	return (asked->foot->flags & FOOT_LIST) && asked->foot->offer == NO;
}

const struct signal *
asked_signal(const struct asked *asked, const char *name)
{
	for (size_t i = 0; i < asked->signal_count; i++)
		if (span_is(asked->signals[i].name, name))
			return &asked->signals[i];
	return NULL;
}

void
tell_signal(struct asked *asked, const char *name, enum signal_group group, int points, bool decisive,
	enum place place)
{
	struct signal signal = {
		.name = span_of(name),
		.group = group,
		.points = points,
		.decisive = decisive,
	};

	if (asked->signal_count < ASKED_SIGNALS)
		asked->signals[asked->signal_count++] = signal;
	asked->hindsight->signal(asked->hindsight->user, &signal, true, place);
}
