/* link: dissectors */
/* Commands that await their answers, and messages on their way: a dialogue of our own keeps what it is told. */
#include "asked.h"
#include "content.h"

#include "base/buffer.h"
#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct dialogue {
	struct buffer log;
	uint64_t      unit;
	bool          was_held;
	struct arena *arena;
};

struct arena *
dialogue_arena(struct dialogue *d)
{
	return d->arena;
}

void
dialogue_unit(struct dialogue *d, enum side side, uint64_t length)
{
	(void)side;
	d->unit = length;
}

bool
dialogue_was_held(const struct dialogue *d)
{
	return d->was_held;
}

void
dialogue_note(struct dialogue *d, enum side side, enum note_kind kind, struct span quote)
{
	(void)side;
	(void)quote;
	buffer_printf(&d->log, "%s;", note_word(kind));
}

void
dialogue_tell(struct dialogue *d, const struct event *event)
{
	buffer_printf(&d->log, "%c %s %llu;", event->side == CLIENT ? 'C' : 'S', event_word(event->kind),
		(unsigned long long)event->facts.mail->octets);
}

void
dialogue_event(struct dialogue *d, enum side side, enum event_kind kind, uint32_t code, struct span text)
{
	(void)code;
	buffer_printf(&d->log, "%c %s %.*s;", side == CLIENT ? 'C' : 'S', event_word(kind), (int)text.len,
		(const char *)text.at);
}

/* Takes the text in pieces of `step`; gives how much of it was the message. */
static size_t
take(struct dialogue *d, struct content *content, enum side side, struct span text, size_t step)
{
	size_t taken = 0;

	while (taken < text.len) {
		struct span piece = span_first(span_after(text, taken), step);
		uint64_t used = 0;
		bool ended = content_take(content, d, side, piece, &used);

		assert_in_range(used, 1, piece.len);
		assert_int_equal(d->unit, used);
		taken += (size_t)used;
		if (ended)
			return taken;
	}
	content_cut(content, d, side);
	return taken;
}

static void
test_messages(void **state)
{
	static const struct {
		const char *text;
		bool        whole;
		size_t      taken;
		const char *told;
	} cases[] = {
		{ "Hi\r\n.\r\n+OK\r\n", true, 7,
		  "S content-begin RETR;S content message body, 4 bytes;S content-end 4;" },
		{ "Hi\r\n.\r\n+OK\r\n", false, 7, "S content-begin RETR;S content message part, 4 bytes;" },
		{ ".\r\n+OK\r\n", true, 3, "S content message body, 0 bytes;" },
		{ "..\r\n.x\r\n.\r\n", true, 11,
		  "S content-begin RETR;S content message body, 8 bytes;S content-end 8;" },
		{ "Hi\r\n", true, 4, "S content-begin RETR;S content message body, 4 bytes, unfinished;" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++)
		for (size_t step = 1; step < 20; step++) {
			struct dialogue d = { .unit = 0 };
			struct content content;

			content_begin(&content, "RETR", cases[i].whole, false);
			assert_int_equal(take(&d, &content, SERVER, span_of(cases[i].text), step), cases[i].taken);
			assert_string_equal(buffer_text(&d.log), cases[i].told);
			buffer_free(&d.log);
		}
}

static void
test_asked_in_order(void **state)
{
	struct dialogue d = { .unit = 0 };
	struct asked asked = { .count = 0 };

	(void)state;
	assert_int_equal(asked_first(&asked), 0);
	assert_int_equal(asked_take(&asked), 0);
	for (size_t round = 0; round < 3 * ASKED_MOST; round++) {
		asked_add(&asked, &d, 1 + round % 200);
		asked_add(&asked, &d, 201);
		assert_int_equal(asked_first(&asked), 1 + round % 200);
		assert_int_equal(asked_take(&asked), 1 + round % 200);
		assert_int_equal(asked_take(&asked), 201);
	}
	asked_add(&asked, &d, 3);
	asked_clear(&asked);
	assert_int_equal(asked_take(&asked), 0);
	d.was_held = true;
	asked_add(&asked, &d, 3);
	assert_int_equal(asked.count, 0);
	assert_int_equal(d.log.len, 0);
}

/* The ring has turned before it grows, and when it is full. */
static void
test_asked_too_often(void **state)
{
	static const struct {
		size_t limit, most;     /* of memory; how many may wait with that */
	} cases[] = { { 64 * 1024, ASKED_MOST }, { 6000, ASKED_FEW } };

	(void)state;
	for (size_t n = 0; n < TABLE_LENGTH(cases); n++) {
		struct budget budget = { .limit = cases[n].limit };
		struct dialogue d = { .arena = arena_new(&budget) };
		struct asked asked = { .head = ASKED_FEW - 3 };

		assert_non_null(arena_alloc(d.arena, 5500));
		for (size_t i = 0; i < cases[n].most; i++)
			assert_int_equal(asked_add(&asked, &d, 1 + i % 200), 0);
		assert_int_equal(d.log.len, 0);
		assert_int_equal(asked_add(&asked, &d, 201), 1);
		assert_string_equal(buffer_text(&d.log), "desync;");
		assert_int_equal(asked.count, cases[n].most);
		for (size_t i = 1; i < cases[n].most; i++)
			assert_int_equal(asked_take(&asked), 1 + i % 200);
		assert_int_equal(asked_nth(&asked, 0), 201);
		assert_int_equal(asked_nth(&asked, 1), 0);
		assert_int_equal(asked_take(&asked), 201);
		buffer_free(&d.log);
		arena_free(&d.arena);
		assert_int_equal(budget.used, 0);
	}
}

static void
test_asked_again(void **state)
{
	struct dialogue d = { .unit = 0 };
	struct asked asked = { .count = 0 };

	(void)state;
	asked_add(&asked, &d, 1);
	asked_add(&asked, &d, 2);
	asked_again(&asked, asked_take(&asked));
	assert_int_equal(asked_take(&asked), 1);
	assert_int_equal(asked_take(&asked), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_asked_in_order),
		cmocka_unit_test(test_asked_too_often),
		cmocka_unit_test(test_asked_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
