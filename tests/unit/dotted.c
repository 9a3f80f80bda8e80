/* Where a message ends, and what only looks like its end (RFC 5321, sections 2.3.8 and 4.1.1.4).  Each text is
 * taken whole, a byte at a time and cut at every byte, and must give the same. */
#include "base/table.h"
#include "dotted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct outcome {
	size_t   taken;
	bool     ended, has_text, false_end, maybe_ended;
	uint64_t size;
};

/* Takes a piece from memory of its own, and checks what holds for every call. */
static size_t
take(struct dotted *dotted, struct span piece, bool *ended_r)
{
	uint8_t *copy = malloc(piece.len > 0 ? piece.len : 1);
	size_t taken;

	assert_non_null(copy);
	if (piece.len > 0)
		memcpy(copy, piece.at, piece.len);
	taken = dotted_take(dotted, span_from(copy, piece.len), ended_r);
	free(copy);
	assert_true(taken <= piece.len);
	assert_true(*ended_r || taken == piece.len);
	return taken;
}

/* The first `cut` bytes in one piece, then pieces of `step`. */
static struct outcome
run(struct span text, bool bare, size_t cut, size_t step)
{
	struct outcome outcome = { 0 };
	struct dotted dotted;
	struct span rest = text;

	dotted_begin(&dotted, bare);
	while (rest.len > 0 && !outcome.ended) {
		struct span piece = span_first(rest, outcome.taken < cut ? cut - outcome.taken : step);
		size_t taken = take(&dotted, piece, &outcome.ended);

		outcome.taken += taken;
		rest = span_after(rest, taken);
	}
	outcome.has_text = dotted_has_text(&dotted, outcome.ended);
	outcome.false_end = dotted.false_end;
	outcome.maybe_ended = dotted.maybe_ended;
	outcome.size = dotted.size;
	return outcome;
}

static bool
is_same(const struct outcome *a, const struct outcome *b)
{
	return a->taken == b->taken && a->ended == b->ended && a->has_text == b->has_text &&
	       a->false_end == b->false_end && a->maybe_ended == b->maybe_ended && a->size == b->size;
}

static struct outcome
run_every_way(struct span text, bool bare, const char *name)
{
	struct outcome whole = run(text, bare, text.len, text.len), other;

	for (size_t cut = 0; cut < text.len; cut++) {
		other = run(text, bare, cut, text.len);
		if (!is_same(&whole, &other))
			fail_msg("%s: cut at %zu tells another story", name, cut);
	}
	other = run(text, bare, 0, 1);
	if (!is_same(&whole, &other))
		fail_msg("%s: byte by byte tells another story", name);
	return whole;
}

/* The end ----------------------------------------------------------------------------------------- */

static const struct {
	const char *name, *text;
	bool        bare;       /* the command that began it ended in LF alone */
	const char *behind;     /* what is left behind the end; NULL while it has not come */
	uint64_t    size;
	bool        has_text;
} ends[] = {
	{ "usual", "Subject: x\r\n\r\nhello\r\n.\r\n", false, "", 21, true },
	{ "empty", ".\r\n", false, "", 0, false },
	{ "one empty line", "\r\n.\r\n", false, "", 2, true },
	{ "commands behind it", "a\r\n.\r\nQUIT\r\n", false, "QUIT\r\n", 3, true },
	{ "a second end is not ours", "a\r\n.\r\n.\r\n", false, ".\r\n", 3, true },
	{ "stuffed dots", "..\r\n...\r\n.a\r\n.\r\n", false, "", 13, true },
	{ "a line of a dot and a blank", ". \r\n.\r\n", false, "", 4, true },
	{ "dot CR CR LF", ".\r\r\n.\r\n", false, "", 4, true },
	{ "a dot at the end of a line", "a.\r\nb .\r\n.\r\n", false, "", 9, true },
	{ "CR inside", "a\rb\r\n.\r\n", false, "", 5, true },
	{ "CR CR LF before it", "a\r\r\n.\r\n", false, "", 4, true },
	{ "not yet: nothing", "", false, NULL, 0, false },
	{ "not yet: the dot", "a\r\n.", false, NULL, 4, true },
	{ "not yet: the CR", "a\r\n.\r", false, NULL, 5, true },
	{ "not yet, and no text: the dot", ".", false, NULL, 1, false },
	{ "not yet, and no text: the CR", ".\r", false, NULL, 2, false },
	{ "not yet: text", "hello\r\n", false, NULL, 7, true },
	{ "not the end: LF before it", "a\n.\r\n", false, NULL, 5, true },
	{ "not the end: LF behind it", "a\r\n.\n", false, NULL, 5, true },
	{ "not the end: LF on both sides", "a\n.\n", false, NULL, 4, true },
	{ "not the end: CR on both sides", "a\r.\r", false, NULL, 4, true },
	{ "the end behind one that is not", "a\n.\nb\r\n.\r\nQUIT", false, "QUIT", 7, true },
	{ "bare sender", "a\nb\n.\nQUIT\n", true, "QUIT\n", 4, true },
	{ "bare sender, empty", ".\nQUIT\n", true, "QUIT\n", 0, false },
	{ "bare sender, stuffed", "..\n.\n", true, "", 3, true },
	{ "bare sender ends well", "a\r\n.\r\n", true, "", 3, true },
};

static void
test_ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(ends); i++) {
		struct span text = span_of(ends[i].text);
		struct outcome o = run_every_way(text, ends[i].bare, ends[i].name);
		size_t left = ends[i].behind == NULL ? 0 : strlen(ends[i].behind);

		if (o.ended != (ends[i].behind != NULL) || o.taken != text.len - left)
			fail_msg("%s: %s after %zu", ends[i].name, o.ended ? "ended" : "goes on", o.taken);
		if (o.size != ends[i].size)
			fail_msg("%s: %llu bytes of text", ends[i].name, (unsigned long long)o.size);
		if (o.has_text != ends[i].has_text)
			fail_msg("%s: text or not", ends[i].name);
	}
}

/* Smuggling --------------------------------------------------------------------------------------- */

/* Every way to write a line of one dot with a line end missing a half.  CVE-2023-51764 to 51766 and their kin:
 * some server takes each of them for the end. */
static const struct {
	const char *name, *end;
} odd_ends[] = {
	{ "LF . LF", "\n.\n" },
	{ "LF . CR LF", "\n.\r\n" },
	{ "LF . CR", "\n.\r" },
	{ "CR LF . LF", "\r\n.\n" },
	{ "CR LF . CR", "\r\n.\r" },
	{ "CR . LF", "\r.\n" },
	{ "CR . CR LF", "\r.\r\n" },
	{ "CR . CR", "\r.\r" },
};

static const struct {
	const char *what;
	bool        is_command;
} behind_ends[] = {
	{ "MAIL FROM:<eve@example.net>\r\n", true },
	{ "mail from:<eve@example.net>\r\n", true },
	{ "EHLO evil.example\r\n", true },
	{ "HELO evil.example\n", true },
	{ "RCPT TO:<bob@example.org>\r\n", true },
	{ "RSET\r\n", true },
	{ "DATA\n", true },
	{ "QUIT\r\n", true },
	{ "Mail from me to you\r\n", false },
	{ "DATABASE\r\n", false },
	{ "quite so\r\n", false },
	{ "and so on\r\n", false },
};

static void
test_smuggling(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(odd_ends); i++)
		for (size_t k = 0; k < TABLE_LENGTH(behind_ends); k++) {
			char text[160], name[160];
			struct outcome o;

			snprintf(text, sizeof(text), "hello%s%sSubject: x\r\n\r\n.\r\n", odd_ends[i].end,
				behind_ends[k].what);
			snprintf(name, sizeof(name), "%s before %.16s", odd_ends[i].name,
				behind_ends[k].what);
			o = run_every_way(span_of(text), false, name);
			if (o.false_end != behind_ends[k].is_command)
				fail_msg("%s: false_end is %d", name, o.false_end);
			if (!o.ended || o.taken != strlen(text))
				fail_msg("%s: ended at %zu", name, o.taken);
		}
}

/* What is no line of one dot hides nothing, whatever stands behind it. */
static void
test_no_smuggling(void **state)
{
	static const char *const texts[] = {
		"hello\r\n..\nMAIL FROM:<eve@example.net>\r\n.\r\n",
		"hello\nMAIL FROM:<eve@example.net>\n\r\n.\r\n",
		"hello.\nMAIL FROM:<eve@example.net>\r\n.\r\n",
		"hello .\r\nQUIT\r\n.\r\n",
		"MAIL FROM:<eve@example.net>\r\n.\r\n",
		"hello\r\n. \nRSET\r\n.\r\n",
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(texts); i++) {
		struct outcome o = run_every_way(span_of(texts[i]), false, texts[i]);

		if (o.false_end || !o.ended)
			fail_msg("case %zu: false_end %d, ended %d", i, o.false_end, o.ended);
	}
}

/* A sender that ends all lines in LF alone hides nothing either: its message ends there. */
static void
test_bare_sender_smuggles_nothing(void **state)
{
	struct outcome o = run_every_way(span_of("hello\n.\nMAIL FROM:<a@b>\n"), true, "bare sender");

	(void)state;
	assert_true(o.ended);
	assert_false(o.false_end);
	assert_false(o.maybe_ended);
	assert_int_equal(o.taken, 8);
}

/* The server may have seen the end where we do not, as long as nothing but line ends follow. */
static void
test_maybe_ended(void **state)
{
	static const struct {
		const char *text;
		bool        maybe;
	} cases[] = {
		{ "hello\r\n", false },
		{ "hello\n.\n", true },
		{ "hello\r\n.\n", true },
		{ "hello\n.\r\n", true },
		{ "hello\r.\r", true },
		{ "hello\n.\n\r\n\n", true },
		{ "hello\n.\nx", false },
		{ "hello\n.\nx\n.\n", true },
		{ "hello\n.\r\nQUIT\r\n", false },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct outcome o = run_every_way(span_of(cases[i].text), false, cases[i].text);

		assert_false(o.ended);
		if (o.maybe_ended != cases[i].maybe)
			fail_msg("case %zu: %d", i, o.maybe_ended);
	}
}

/* Beginning anew forgets what was before. */
static void
test_begin_again(void **state)
{
	struct dotted dotted;
	bool ended;

	(void)state;
	dotted_begin(&dotted, true);
	take(&dotted, span_of("a\n.\r.\r\nRSET\r\nb\n."), &ended);
	dotted_begin(&dotted, false);
	assert_false(dotted_has_text(&dotted, false));
	assert_int_equal(take(&dotted, span_of("\nb\n.\n"), &ended), 5);
	assert_false(ended);
	assert_false(dotted.false_end);
	assert_int_equal(dotted.size, 5);
}

/* Where the one end that counts for senders of CR LF stands, found without reading on from byte to byte; the length of
 * the text when it does not come. */
static size_t
find_end(const char *text)
{
	const char *end = strncmp(text, ".\r\n", 3) == 0 ? text : strstr(text, "\r\n.\r\n");

	if (end == NULL)
		return strlen(text);
	return (size_t)(end - text) + (end == text && *end == '.' ? 3 : 5);
}

/* A text of random dots and line ends: every way of cutting tells the same, and it ends where it has to. */
static void
test_random_texts(void **state)
{
	struct outcome outcome;

	static const char *const parts[] = { ".", "\r", "\n", "\r\n", "a", "..", "QUIT\r\n",
		"MAIL FROM:", "\r\n.", "\n.\n" };
	uint32_t seed = 20;

	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		char text[128] = "";

		for (unsigned i = 0; i < 10; i++) {
			seed = seed * 1664525 + 1013904223;
			strcat(text, parts[(seed >> 16) % TABLE_LENGTH(parts)]);
		}
		outcome = run_every_way(span_of(text), round % 2 == 1, text);
		if (round % 2 == 0 && outcome.taken != find_end(text))
			fail_msg("%s: ends behind %zu bytes", text, outcome.taken);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_smuggling),
		cmocka_unit_test(test_no_smuggling),
		cmocka_unit_test(test_bare_sender_smuggles_nothing),
		cmocka_unit_test(test_maybe_ended),
		cmocka_unit_test(test_begin_again),
		cmocka_unit_test(test_random_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
