/* The TLS dissector, driven through its contract by a dialogue of our own that writes down what it is told.  A header,
 * for its functions stand in for those of the engine: an archive would give them to every test. */
#ifndef STARTTRACE_TESTS_TLS_DIALOGUE_H
#define STARTTRACE_TESTS_TLS_DIALOGUE_H

#include "base/table.h"
#include "base/text.h"
#include "model/dissector.h"
#include "tls_flights.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

extern const struct dissector tls_dissector;

struct dialogue {
	void *state;
	struct budget budget;
	struct arena *arena;
	struct buffer log; /* one line an event: side, word, code, text */
	struct buffer pending[2];
	uint64_t skip[2];
	uint64_t unit[2];
	bool joined_late, settled, foreign;
};

static inline struct dialogue *
dialogue_start(void)
{
	struct dialogue *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	d->budget.limit = 4 << 20;
	d->arena = arena_new(&d->budget);
	d->state = calloc(1, tls_dissector.state_size);
	assert_non_null(d->arena);
	assert_non_null(d->state);
	return d;
}

static inline void
dialogue_stop(struct dialogue *d)
{
	buffer_free(&d->log);
	buffer_free(&d->pending[CLIENT]);
	buffer_free(&d->pending[SERVER]);
	arena_free(&d->arena);
	free(d->state);
	free(d);
}

void *
dialogue_state(struct dialogue *d)
{
	return d->state;
}

struct x509_cache *
dialogue_certificates(const struct dialogue *d)
{
	(void)d;
	return NULL;
}

struct tls_hello_cache *
dialogue_hellos(const struct dialogue *d)
{
	(void)d;
	return NULL;
}

struct arena *
dialogue_arena(struct dialogue *d)
{
	return d->arena;
}

bool
dialogue_goes_on(const struct dialogue *d, enum side side, struct span in)
{
	(void)d;
	(void)side;
	(void)in;
	return false;
}

bool
dialogue_from_start(const struct dialogue *d)
{
	return !d->joined_late;
}

void
dialogue_unit(struct dialogue *d, enum side side, uint64_t length)
{
	d->unit[side] = length;
}

void
dialogue_tell(struct dialogue *d, const struct event *event)
{
	buffer_printf(&d->log, "%c %s %x", event->side == CLIENT ? 'C' : 'S',
		event_word(event->kind), event->code);
	if (event->text.len > 0)
		buffer_add_text(&d->log, " ");
	text_quote(&d->log, event->text, 512);
	buffer_add_text(&d->log, "\n");
}

void
dialogue_event(
	struct dialogue *d, enum side side, enum event_kind kind, uint32_t code, struct span text)
{
	dialogue_tell(d, &(struct event){ .kind = kind, .side = side, .code = code, .text = text });
}

void
dialogue_note(struct dialogue *d, enum side side, enum note_kind kind, struct span quote)
{
	buffer_printf(&d->log, "%c note %s", side == CLIENT ? 'C' : 'S', note_word(kind));
	if (quote.len > 0)
		buffer_add_text(&d->log, " ");
	text_quote(&d->log, quote, 512);
	buffer_add_text(&d->log, "\n");
}

/* Hands on what waits until the dissector wants more.  The copy ends where the bytes do, so that a
 * memory checker sees a read beyond them. */
static inline void
deliver(struct dialogue *d, enum side side)
{
	struct buffer *pending = &d->pending[side];

	while (pending->len > 0 && !d->settled && !d->foreign) {
		uint64_t used = d->skip[side] < pending->len ? d->skip[side] : pending->len;
		uint8_t *exact;
		enum step step;

		buffer_drop(pending, (size_t)used);
		d->skip[side] -= used;
		if (pending->len == 0)
			return;
		exact = malloc(pending->len);
		assert_non_null(exact);
		memcpy(exact, pending->at, pending->len);
		used = 0;
		step = tls_dissector.step(d, side, span_from(exact, pending->len), &used);
		free(exact);
		if (step == STEP_MORE) {
			assert_true(used == 0 || used > pending->len);
			return;
		}
		d->settled = step == STEP_SETTLED;
		d->foreign = step == STEP_NOT_MINE;
		assert_true(used > 0 || d->foreign);
		d->skip[side] += used;
	}
}

static inline void
feed(struct dialogue *d, enum side side, struct span bytes, size_t piece)
{
	while (bytes.len > 0 && !d->settled) {
		buffer_add(&d->pending[side], span_first(bytes, piece));
		bytes = span_after(bytes, piece);
		deliver(d, side);
	}
}

static inline void
lose(struct dialogue *d, enum side side, uint64_t lost)
{
	uint64_t skipped = d->skip[side] < lost ? d->skip[side] : lost;

	buffer_clear(&d->pending[side]);
	d->skip[side] -= skipped;
	if (lost > skipped)
		tls_dissector.gap(d, side, lost - skipped);
}

static inline void
finish(struct dialogue *d, enum ending ending)
{
	for (enum side side = CLIENT; side <= SERVER && !d->settled && !d->foreign; side++)
		tls_dissector.end(d, side, buffer_span(&d->pending[side]), ending);
}

static inline uint8_t
digit(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

static inline struct buffer
bytes_of(const char *hex)
{
	struct buffer bytes = { 0 };

	for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
		uint8_t byte = (uint8_t)(digit(hex[0]) << 4 | digit(hex[1]));

		buffer_add(&bytes, span_from(&byte, 1));
	}
	return bytes;
}

static inline void
feed_hex(struct dialogue *d, enum side side, const char *hex, size_t piece)
{
	struct buffer bytes = bytes_of(hex);

	feed(d, side, buffer_span(&bytes), piece);
	buffer_free(&bytes);
}

/* The first `count` parts of a flight. */
static inline void
feed_flight(struct dialogue *d, const struct flight *flight, size_t count, size_t piece)
{
	for (; flight->hex != NULL && count > 0; flight++, count--)
		feed_hex(d, flight->side, flight->hex, piece);
}

static inline bool
says(struct dialogue *d, const char *text)
{
	return strstr(buffer_text(&d->log), text) != NULL;
}

static inline size_t
times(struct dialogue *d, const char *text)
{
	size_t count = 0;

	for (const char *at = buffer_text(&d->log); (at = strstr(at, text)) != NULL; at++)
		count++;
	return count;
}

/* A record of application data, in clear or not: its bytes are zeros. */
static inline void
feed_application(struct dialogue *d, enum side side, size_t length)
{
	uint8_t record[1024] = { 23, 3, 3, (uint8_t)(length >> 8), (uint8_t)length };

	feed(d, side, span_from(record, 5 + length), SIZE_MAX);
}

#endif
