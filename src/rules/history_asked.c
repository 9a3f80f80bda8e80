/* Saying what was found of one session. */
#include "rules/history_asked.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

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

void
tell_insight(const struct asked *asked, struct insight insight, const char *format, ...)
{
	struct buffer words = { 0 };
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	text_quote(&words, span_of(text), sizeof(text));
	insight.reasons = buffer_span(&words);
	insight.has_place = true;
	insight.count = 1;
	asked->hindsight->insight(asked->hindsight->user, &insight);
	buffer_free(&words);
}

void
link_offers(struct insight *insight, const struct baseline *baseline)
{
	insight->link_count = baseline->offered_id_count;
	memcpy(insight->links, baseline->offered_ids, sizeof(insight->links));
}
