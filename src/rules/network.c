/* Signals of the packets: gathers the segments that can be compared, and says which of them carry the greeting, the
 * capability list, the request for TLS, its answer, or the first ServerHello. */
#include "rules/network_private.h"

#include "base/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	WORDS_SIZE = 160,
};

bool
packets_have(const struct packets *packets, const char *name)
{
	for (size_t i = 0; i < packets->signals; i++)
		if (span_is(packets->list[i].name, name))
			return true;
	return false;
}

static struct signal *
place_for(struct packets *packets, const char *name, int points)
{
	for (size_t i = 0; i < packets->signals; i++)
		if (span_is(packets->list[i].name, name))
			return points > packets->list[i].points ? &packets->list[i] : NULL;
	return packets->signals < NETWORK_SIGNALS_MOST ? &packets->list[packets->signals++] : NULL;
}

void
packets_add(struct packets *packets, const char *name, int points, const struct sample *sample,
	const char *format, ...)
{
	struct signal *signal = place_for(packets, name, points);
	char text[WORDS_SIZE];
	va_list args;

	if (signal == NULL)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	*signal = (struct signal){
		.name = span_of(name),
		.group = SIGNAL_WIRE,
		.points = points,
		.words = arena_copy(packets->session->arena, span_of(text)),
		.quote = *sample->line,
	};
	signal->quote.where.first = signal->quote.where.last = sample->shape->at;
}

static bool
carries(const struct shape *shape, const struct quote *line)
{
	return line->seen && line->side == shape->side && line->where.offset < shape_end(shape) &&
	       shape->offset < line->where.offset + line->where.length;
}

static const struct quote *
find_greeting(const struct session *session, const struct shape *shape)
{
	return carries(shape, &session->greeting) ? &session->greeting : NULL;
}

/* The list begins with a line that is no capability, where the greeting ends. */
static const struct quote *
find_in_list(const struct session *session, const struct shape *shape)
{
	const struct capability_list *list = &session->capabilities;
	const struct where *greeting = &session->greeting.where;
	uint64_t from, to;

	if (list->first == NULL || shape->side != SERVER)
		return NULL;
	from = session->greeting.seen ? greeting->offset + greeting->length : list->first->quote.where.offset;
	to = list->last->quote.where.offset + list->last->quote.where.length;
	if (shape->offset >= to || from >= shape_end(shape))
		return NULL;
	for (const struct capability *c = list->first; c != NULL; c = c->next)
		if (carries(shape, &c->quote))
			return &c->quote;
	return &list->first->quote;
}

static const struct quote *
find_upgrade(const struct session *session, const struct shape *shape)
{
	for (const struct upgrade *u = session->upgrades; u != NULL; u = u->next) {
		if (carries(shape, &u->asked))
			return &u->asked;
		if (carries(shape, &u->answer))
			return &u->answer;
	}
	return NULL;
}

static const struct quote *
find_hello(const struct session *session, const struct shape *shape)
{
	return carries(shape, &session->tls->server_hello_at) ? &session->tls->server_hello_at : NULL;
}

static const struct quote *
deciding_line(const struct session *session, const struct shape *shape)
{
	static const struct quote *(*const finders[])(const struct session *, const struct shape *) = {
		find_greeting, find_in_list, find_upgrade, find_hello,
	};
	const struct quote *line = NULL;

	for (size_t i = 0; i < TABLE_LENGTH(finders) && line == NULL && shape->length > 0; i++)
		line = finders[i](session, shape);
	return line;
}

/* A mirror's copy, or the same bytes sent again: it says nothing new, and a copy that took another way looks unlike
 * all others. */
static bool
came_before(const struct packets *packets, const struct shape *shape)
{
	if (shape->again)
		return true;
	for (size_t i = packets->count; i-- > 0;) {
		const struct shape *s = packets->samples[i].shape;

		if (s->side == shape->side && s->sequence == shape->sequence && s->length == shape->length &&
		    s->flags == shape->flags && s->acked == shape->acked)
			return true;
	}
	return false;
}

static void
take_shapes(struct packets *packets)
{
	const struct session *session = packets->session;
	const struct shape *last[2] = { NULL, NULL };
	uint32_t turns[2] = { 0, 0 };

	for (const struct shape *s = session->shapes; s != NULL && packets->count < SAMPLES_MOST; s = s->next) {
		struct sample *sample = &packets->samples[packets->count];

		*sample = (struct sample){
			.shape = s,
			.line = deciding_line(session, s),
			.counts = !(s->flags & TCP_RST) && !came_before(packets, s),
		};
		if (sample->counts) {
			if (last[s->side] == NULL || last[s->side]->flags & TCP_SYN || last[s->side]->acked != s->acked)
				turns[s->side]++;
			last[s->side] = s;
		}
		sample->turn = turns[s->side];
		packets->count++;
	}
}

size_t
network_signals(const struct session *session, struct signal list[NETWORK_SIGNALS_MOST])
{
	struct packets packets = { .session = session, .list = list };

	if (session->shapes == NULL)
		return 0;
	take_shapes(&packets);
	network_traits(&packets);
	network_order(&packets);
	network_ends(&packets);
	return packets.signals;
}
