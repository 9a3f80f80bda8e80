/* Logins told to a dialogue of our own that keeps each word that leaves.  A header, for its functions stand in for
 * those of the engine: an archive would give them to every test. */
#ifndef STARTTRACE_TESTS_SASL_DIALOGUE_H
#define STARTTRACE_TESTS_SASL_DIALOGUE_H

#include "base/buffer.h"
#include "base/table.h"
#include "sasl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SENT(bytes) { (const uint8_t *)(bytes), sizeof(bytes) - 1 }

/* Lines of the log. */
#define BEGUN(mechanism, kind) "auth " mechanism " " kind " - unknown\n"
#define SECRET(mechanism, kind, user) "auth-secret " mechanism " " kind " " user " unknown\n"

/* As CRAM-MD5 sends one (RFC 2195). */
#define MD5 "0123456789abcdef0123456789abcdef"

struct dialogue {
	struct budget budget;
	struct arena *arena;
	struct buffer log;              /* one line an event or note */
	struct buffer all;              /* every byte that was told, and what it was told with */
	struct buffer secret;           /* what the fingerprint was asked of */
	uint32_t      logins;
	size_t        pending;          /* of the client, untaken */
};

struct arena *
dialogue_arena(struct dialogue *d)
{
	return d->arena;
}

static inline const char *
class_word(enum auth_class kind)
{
	static const char *const words[] = {
		[AUTH_CLASS_UNKNOWN] = "unknown",
		[AUTH_CLASS_PASSWORD] = "password",
		[AUTH_CLASS_TOKEN] = "token",
		[AUTH_CLASS_CHALLENGE] = "challenge",
		[AUTH_CLASS_ONE_TIME] = "one-time",
		[AUTH_CLASS_GSSAPI] = "gssapi",
		[AUTH_CLASS_EXTERNAL] = "external",
		[AUTH_CLASS_ANONYMOUS] = "anonymous",
	};

	return words[kind];
}

static inline void
add_span(struct buffer *out, struct span s)
{
	if (s.len == 0)
		buffer_add_text(out, "-");
	buffer_add(out, s);
}

void
dialogue_tell(struct dialogue *d, const struct event *event)
{
	const struct auth_facts *facts = event->facts.auth;
	const struct span spans[] = { event->text, facts->mechanism, facts->username, facts->fingerprint };

	buffer_printf(&d->log, "%s ", event_word(event->kind));
	add_span(&d->log, facts->mechanism);
	buffer_printf(&d->log, " %s%s ", class_word(facts->kind), facts->guessable_hard ? "+" : "");
	add_span(&d->log, facts->username);
	buffer_printf(&d->log, " %s\n", auth_outcome_word(facts->outcome));
	for (size_t i = 0; i < TABLE_LENGTH(spans); i++) {
		buffer_add(&d->all, spans[i]);
		buffer_add_text(&d->all, "\n");
	}
}

void
dialogue_note(struct dialogue *d, enum side side, enum note_kind kind, struct span quote)
{
	buffer_printf(&d->log, "%c %s\n", side == CLIENT ? 'C' : 'S', note_word(kind));
	buffer_add(&d->all, quote);
	buffer_add_text(&d->all, "\n");
}

void
dialogue_event(struct dialogue *d, enum side side, enum event_kind kind, uint32_t code, struct span text)
{
	(void)code;
	buffer_printf(&d->log, "%c %s %.*s\n", side == CLIENT ? 'C' : 'S', event_word(kind), (int)text.len,
		(const char *)text.at);
	buffer_add(&d->all, text);
	buffer_add_text(&d->all, "\n");
}

uint32_t
dialogue_login(struct dialogue *d)
{
	return ++d->logins;
}

size_t
dialogue_pending(const struct dialogue *d, enum side side)
{
	assert_int_equal(side, CLIENT);
	return d->pending;
}

struct span
dialogue_account(struct dialogue *d, struct span name)
{
	return arena_copy(d->arena, name);
}

struct span
dialogue_fingerprint(struct dialogue *d, struct span secret)
{
	buffer_add(&d->secret, secret);
	return span_of("fingerprint");
}

static inline void
begin(struct dialogue *d)
{
	*d = (struct dialogue){ .budget = { .limit = 1 << 20 } };
	d->arena = arena_new(&d->budget);
	assert_non_null(d->arena);
}

static inline void
finish(struct dialogue *d)
{
	buffer_free(&d->log);
	buffer_free(&d->all);
	buffer_free(&d->secret);
	arena_free(&d->arena);
	assert_int_equal(d->budget.used, 0);
}

/* base64 (RFC 4648, section 4), with padding. */
static inline struct span
encode(struct buffer *out, struct span bytes)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	buffer_clear(out);
	for (size_t i = 0; i < bytes.len; i += 3) {
		uint32_t three = (uint32_t)bytes.at[i] << 16 |
		                 (i + 1 < bytes.len ? (uint32_t)bytes.at[i + 1] << 8 : 0) |
		                 (i + 2 < bytes.len ? bytes.at[i + 2] : 0u);
		char four[4] = { letters[three >> 18], letters[three >> 12 & 63], letters[three >> 6 & 63],
			letters[three & 63] };

		if (i + 1 >= bytes.len)
			four[2] = '=';
		if (i + 2 >= bytes.len)
			four[3] = '=';
		buffer_add(out, span_from(four, 4));
	}
	return buffer_span(out);
}

/* A response from memory of its own: the text behind the = sign, or base64 of the bytes. */
static inline void
respond(struct dialogue *d, struct sasl *sasl, struct span bytes, bool raw)
{
	struct buffer text = { 0 };
	struct span line = raw ? bytes : encode(&text, bytes);
	uint8_t *copy = malloc(line.len + 1);

	assert_non_null(copy);
	memcpy(copy + 1, line.len > 0 ? line.at : (const uint8_t *)"", line.len);
	sasl_response(sasl, d, span_from(copy + 1, line.len), span_of("<redacted>"));
	free(copy);
	buffer_free(&text);
}

static inline void
check_silence(struct dialogue *d, const char *name, const char *secret)
{
	if (*secret != '\0' && span_has(buffer_span(&d->all), secret))
		fail_msg("%s: \"%s\" was told", name, secret);
}

#endif
