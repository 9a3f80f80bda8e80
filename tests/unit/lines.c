/* link: dissectors */
/* Lines of bounded length off a stream, and telling TLS from text, with a dialogue of our own that keeps what it is
 * told.  Each stream is taken whole, byte by byte and cut at every byte. */
#include "base/buffer.h"
#include "base/table.h"
#include "lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct dialogue {
	struct lines  lines;
	struct buffer log;              /* each line by its length and first bytes, each note by its word */
	uint64_t      offset;           /* bytes taken so far */
	uint64_t      unit;
	size_t        held, pending;    /* bytes that wait behind the client's hold; those that were not taken yet */
	uint64_t      unsent;           /* bytes that were taken ahead and did not come */
	bool          midstream;
};

static struct arena *the_arena;

void
dialogue_release(struct dialogue *d, enum side side)
{
	assert_int_equal(side, CLIENT);
	d->held = 0;
}

bool
dialogue_from_start(const struct dialogue *d)
{
	return !d->midstream;
}

struct arena *
dialogue_arena(struct dialogue *d)
{
	(void)d;
	return the_arena;
}

uint64_t
dialogue_skipping(const struct dialogue *d, enum side side)
{
	assert_int_equal(side, SERVER);
	return d->unsent;
}

size_t
dialogue_held(const struct dialogue *d, enum side side)
{
	assert_int_equal(side, CLIENT);
	return d->held;
}

size_t
dialogue_pending(const struct dialogue *d, enum side side)
{
	assert_int_equal(side, CLIENT);
	return d->pending;
}

void
dialogue_unit(struct dialogue *d, enum side side, uint64_t length)
{
	(void)side;
	d->unit = length;
}

void
dialogue_note(struct dialogue *d, enum side side, enum note_kind kind, struct span quote)
{
	if (kind == NOTE_BAD_SIZE)
		assert_true(span_is(quote, "9223372036854775807 bytes that were announced never came"));
	else if (quote.len > 0)                 /* nobody has redacted the line: words of our own only */
		assert_true(span_starts(quote, kind != NOTE_LONG_LINE ? "STLS" : "a line above the limit"));
	buffer_printf(&d->log, "%s%s@%llu+%llu ", side == CLIENT ? "C-" : "S-", note_word(kind),
		(unsigned long long)d->offset, (unsigned long long)d->unit);
}

static void
log_line(struct dialogue *d, struct span line, bool bare)
{
	buffer_printf(&d->log, "%zu:%.*s%s ", line.len, (int)span_first(line, 12).len,
		line.len > 0 ? (const char *)line.at : "", bare ? "(bare)" : "");
}

/* Takes all there is to take of `in`, from memory of its own. */
static size_t
take_all(struct dialogue *d, enum side side, struct span in)
{
	uint8_t *copy = malloc(in.len);
	struct span rest, line;
	uint64_t used = 0;
	bool is_line;

	assert_non_null(copy);
	memcpy(copy, in.at, in.len);
	rest = span_from(copy, in.len);
	while (rest.len > 0 &&
	       lines_take(&d->lines, d, side, rest, &line, &is_line, &used) == STEP_TAKEN) {
		assert_in_range(used, 1, rest.len);
		if (is_line) {
			assert_true(line.len <= LINE_MOST);
			log_line(d, line, d->lines.bare_lf[side]);
		}
		d->offset += used;
		rest = span_after(rest, (size_t)used);
		used = 0;
	}
	assert_int_equal(used, 0);
	free(copy);
	return in.len - rest.len;
}

/* The first `cut` bytes arrive together, then pieces of `step`. */
static void
run(struct dialogue *d, enum side side, struct span stream, size_t cut, size_t step)
{
	size_t come = 0, taken = 0;

	while (come < stream.len) {
		size_t more = come == 0 && cut > 0 ? cut : step;

		come = more < stream.len - come ? come + more : stream.len;
		taken += take_all(d, side, span_from(stream.at + taken, come - taken));
	}
	buffer_printf(&d->log, "rest %zu", stream.len - taken);
}

static void
check(enum side side, struct span stream, const char *wanted, size_t cut, size_t step)
{
	struct dialogue d = { .offset = 0 };

	run(&d, side, stream, cut, step);
	if (strcmp(buffer_text(&d.log), wanted) != 0)
		fail_msg("cut at %zu, then by %zu:\n  got    %s\n  wanted %s", cut, step,
			buffer_text(&d.log), wanted);
	buffer_free(&d.log);
}

static const struct {
	const char *stream, *wanted;
} streams[] = {
	{ "QUIT\r\n", "4:QUIT rest 0" },
	{ "QUIT\r\nNOOP\r\n", "4:QUIT 4:NOOP rest 0" },
	{ "\r\n", "0: rest 0" },
	{ "\n", "C-bare-lf@0+1 0:(bare) rest 0" },
	{ "a\nb\r\n", "C-bare-lf@0+2 1:a(bare) 1:b rest 0" },
	{ "a\r\nbc\nd\r\n", "1:a C-bare-lf@3+3 2:bc(bare) 1:d rest 0" },
	{ "a\rb\r\n", "3:a\rb rest 0" },
	{ "a\r\r\n", "2:a\r rest 0" },
	{ "no end", "rest 6" },
	{ "no end\r", "rest 7" },
	{ "a\r\nno end", "1:a rest 6" },
};

static void
test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(streams); i++) {
		struct span stream = span_of(streams[i].stream);

		for (size_t cut = 1; cut <= stream.len; cut++)
			check(CLIENT, stream, streams[i].wanted, cut, stream.len);
		check(CLIENT, stream, streams[i].wanted, 0, 1);
	}
}

/* Around the limit: `letters` in a row, a line end, and a line behind it. */
static const struct {
	size_t      letters;
	const char *end;
	bool        too_long;
} long_lines[] = {
	{ LINE_MOST - 2, "\r\n", false },
	{ LINE_MOST - 1, "\n", false },
	{ LINE_MOST, "\r\n", true },
	{ LINE_MOST, "\n", true },
	{ LINE_MOST + 1, "\r\n", true },
	{ 3 * LINE_MOST, "\r\n", true },
	{ 9 * LINE_MOST + 5, "\n", true },
};

static struct buffer
long_stream(size_t letters, const char *end)
{
	struct buffer stream = { 0 };

	for (size_t k = 0; k < letters; k++)
		buffer_add_text(&stream, "a");
	buffer_add_text(&stream, end);
	buffer_add_text(&stream, "QUIT\r\n");
	return stream;
}

static void
check_long_line(struct span stream, const char *wanted)
{
	static const size_t steps[] = { 1, 7, 1460, LINE_MOST - 1, LINE_MOST, LINE_MOST + 1 };

	for (size_t k = stream.len > 4 * LINE_MOST; k < TABLE_LENGTH(steps); k++)
		check(SERVER, stream, wanted, 0, steps[k]);
	for (size_t cut = LINE_MOST - 4; cut < LINE_MOST + 5; cut++)
		check(SERVER, stream, wanted, cut, stream.len);
	check(SERVER, stream, wanted, 0, stream.len);
}

static void
test_long_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(long_lines); i++) {
		bool bare = long_lines[i].end[0] == '\n' && !long_lines[i].too_long;
		struct buffer stream = long_stream(long_lines[i].letters, long_lines[i].end);
		char wanted[128], note[40] = "";

		if (bare || long_lines[i].too_long)
			snprintf(note, sizeof(note), "S-%s@0+%d ", bare ? "bare-lf" : "long-line", LINE_MOST);
		snprintf(wanted, sizeof(wanted), "%s%zu:aaaaaaaaaaaa%s 4:QUIT rest 0", note,
			long_lines[i].too_long ? (size_t)LINE_MOST : long_lines[i].letters,
			bare ? "(bare)" : "");
		check_long_line(buffer_span(&stream), wanted);
		buffer_free(&stream);
	}
}

/* A line that may or may not be too long, by its last byte: whatever is said must not depend on the cutting. */
static void
test_carriage_return_at_the_limit(void **state)
{
	struct buffer stream;
	struct dialogue whole = { .offset = 0 };

	(void)state;
	stream = long_stream(LINE_MOST - 1, "\r\n");
	run(&whole, SERVER, buffer_span(&stream), 0, stream.len);
	assert_non_null(strstr(buffer_text(&whole.log), "4:QUIT rest 0"));
	for (size_t cut = LINE_MOST - 3; cut < LINE_MOST + 4; cut++)
		check(SERVER, buffer_span(&stream), buffer_text(&whole.log), cut, 1);
	buffer_free(&whole.log);
	buffer_free(&stream);
}

/* One side in the tail of a long line leaves the other side's lines alone. */
static void
test_sides_are_apart(void **state)
{
	struct dialogue d = { .offset = 0 };
	char tail[LINE_MOST + 100];

	(void)state;
	memset(tail, 'a', sizeof(tail));
	assert_int_equal(take_all(&d, CLIENT, span_from(tail, sizeof(tail))), sizeof(tail));
	buffer_clear(&d.log);
	d.offset = 0;
	run(&d, SERVER, span_of("250 ok\nx\r\n"), 0, 3);
	assert_string_equal(buffer_text(&d.log), "S-bare-lf@0+7 6:250 ok(bare) 1:x rest 0");
	buffer_clear(&d.log);
	run(&d, CLIENT, span_of("aaaa\r\nQUIT\r\n"), 0, 2);
	assert_string_equal(buffer_text(&d.log), "4:QUIT rest 0");
	buffer_free(&d.log);
}

/* Telling TLS from text --------------------------------------------------------------------------- */

static const struct {
	const char    *name;
	uint8_t        bytes[12];
	size_t         len;
	enum tls_guess guess;
} heads[] = {
	{ "ClientHello in a TLS 1.0 record", { 0x16, 3, 1, 0x02, 0, 1, 0, 1, 0xFC }, 9, TLS_GUESS_YES },
	{ "ClientHello in an SSLv3 record", { 0x16, 3, 0, 0, 0x5A, 1, 0, 0, 0x56 }, 9, TLS_GUESS_YES },
	{ "ClientHello in a TLS 1.3 record", { 0x16, 3, 4, 0, 0x5A, 1, 0, 0, 0x56 }, 9, TLS_GUESS_YES },
	{ "ServerHello", { 0x16, 3, 3, 0, 0x5A, 2, 0, 0, 0x56 }, 9, TLS_GUESS_YES },
	{ "fatal alert", { 0x15, 3, 1, 0, 2, 2, 40 }, 7, TLS_GUESS_YES },
	{ "warning alert", { 0x15, 3, 3, 0, 2, 1, 0 }, 7, TLS_GUESS_YES },
	{ "SSLv2 ClientHello", { 0x80, 0x2E, 1, 0, 2, 0, 0x15, 0, 0 }, 9, TLS_GUESS_YES },
	{ "SSLv2 ClientHello for TLS 1.0", { 0x80, 0x67, 1, 3, 1, 0, 0x4E, 0, 0 }, 9, TLS_GUESS_YES },
	{ "long SSLv2 ClientHello", { 0x81, 0x2E, 1, 3, 3, 0, 0x15, 0, 0 }, 9, TLS_GUESS_YES },
	{ "SSLv2 SERVER-HELLO", { 0x83, 0x4E, 4, 0, 1, 0, 2, 3, 0x30 }, 9, TLS_GUESS_YES },
	{ "SSLv2 SERVER-HELLO, taken up again", { 0x80, 0x1B, 4, 1, 0, 0, 2, 0, 0 }, 9, TLS_GUESS_YES },
	{ "a command", "EHLO client", 11, TLS_GUESS_NO },
	{ "a reply", "220 ready", 9, TLS_GUESS_NO },
	{ "SYN and text", "\x16QUIT\r\n", 7, TLS_GUESS_NO },
	{ "NAK and text", "\x15QUIT\r\n", 7, TLS_GUESS_NO },
	{ "UTF-8 behind its start", { 0x80, 'a', 'b', 'c', 'd', 'e' }, 6, TLS_GUESS_NO },
	{ "record of version 4", { 0x16, 4, 1, 0, 9, 1 }, 6, TLS_GUESS_NO },
	{ "record of version 3.5", { 0x16, 3, 5, 0, 9, 1 }, 6, TLS_GUESS_NO },
	{ "handshake of type 9", { 0x16, 3, 1, 0, 9, 9 }, 6, TLS_GUESS_NO },
	{ "an alert of seven bytes", { 0x15, 3, 1, 0, 7, 1, 0 }, 7, TLS_GUESS_NO },
	{ "application data", { 0x17, 3, 3, 0, 9, 1 }, 6, TLS_GUESS_NO },
	{ "SSLv2 of another type", { 0x80, 0x2E, 4, 0, 2, 0, 0x15 }, 7, TLS_GUESS_NO },
	{ "SSLv2 SERVER-HELLO of version 3.0", { 0x80, 0x2E, 4, 0, 1, 3, 0 }, 7, TLS_GUESS_NO },
	{ "SSLv2 of version 0.3", { 0x80, 0x2E, 1, 0, 3, 0, 0x15 }, 7, TLS_GUESS_NO },
	{ "SSLv2 of version 3.5", { 0x80, 0x2E, 1, 3, 5, 0, 0x15 }, 7, TLS_GUESS_NO },
	{ "zero bytes", { 0, 0, 0, 0, 0, 0 }, 6, TLS_GUESS_NO },
	{ "0xFF bytes", { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF }, 6, TLS_GUESS_NO },
};

static enum tls_guess
guess(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	enum tls_guess answer;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	answer = lines_guess_tls(span_from(copy, len));
	free(copy);
	return answer;
}

/* The answer may be "too short" for as long as it likes, but never changes its mind. */
static void
check_prefixes(const char *name, const uint8_t *bytes, size_t len, enum tls_guess wanted)
{
	for (size_t k = 0; k < len; k++) {
		enum tls_guess answer = guess(bytes, k);

		if (answer != TLS_GUESS_SHORT && answer != wanted)
			fail_msg("%s: %d of its first %zu bytes, %d of all", name, answer, k, wanted);
	}
}

static void
test_guess(void **state)
{
	(void)state;
	assert_int_equal(lines_guess_tls((struct span){ 0 }), TLS_GUESS_SHORT);
	for (size_t i = 0; i < TABLE_LENGTH(heads); i++) {
		if (guess(heads[i].bytes, heads[i].len) != heads[i].guess)
			fail_msg("%s: not %d", heads[i].name, heads[i].guess);
		check_prefixes(heads[i].name, heads[i].bytes, heads[i].len, heads[i].guess);
	}
}

/* Text can be told at once: an SMTP dialogue must not wait for more than its first byte. */
static void
test_text_is_told_at_once(void **state)
{
	(void)state;
	for (unsigned c = 0x20; c < 0x7F; c++)
		assert_int_equal(guess(&(uint8_t){ (uint8_t)c }, 1), TLS_GUESS_NO);
	assert_int_equal(guess((const uint8_t *)"\r", 1), TLS_GUESS_NO);
	assert_int_equal(guess((const uint8_t *)"\n", 1), TLS_GUESS_NO);
}

/* Bytes behind the request are hasty unless they are the end of a line that is being skipped. */
static void
test_hasty(void **state)
{
	static const struct {
		size_t held;
		bool skipping;
		const char *wanted;
	} cases[] = {
		{ 0, false, "" },
		{ 3, false, "C-pipelined-early@0+0 " },
		{ 3, true, "" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct dialogue d = { .held = cases[i].held };

		d.lines.skipping[CLIENT] = cases[i].skipping;
		lines_note_hasty(&d.lines, &d, "STLS");
		assert_string_equal(buffer_text(&d.log), cases[i].wanted);
		buffer_free(&d.log);
	}
}

/* What may be held is noted by what it was behind, and goes on all the same. */
static void
test_release(void **state)
{
	static const struct {
		size_t held;
		bool skipping, last;
		const char *wanted;
	} cases[] = {
		{ 0, false, true, "" },
		{ 3, false, true, "C-pipelined-early@0+0 " },
		{ 3, false, false, "C-pipelined-unoffered@0+0 " },
		{ 3, true, true, "" },
		{ 3, true, false, "" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct dialogue d = { .held = cases[i].held };

		d.lines.skipping[CLIENT] = cases[i].skipping;
		lines_release(&d.lines, &d, "STLS", cases[i].last);
		assert_string_equal(buffer_text(&d.log), cases[i].wanted);
		assert_int_equal(d.held, 0);
		buffer_free(&d.log);
	}
}

/* The first one of a connection that was seen from its start, and once. */
static void
test_early(void **state)
{
	static const struct {
		bool midstream, certain;
		const char *wanted;
	} cases[] = {
		{ false, true, "C-early-talker@0+0 " },
		{ false, false, "" },
		{ true, true, "" },
	};
	struct budget budget = { .limit = 1024 * 1024 };

	(void)state;
	the_arena = arena_new(&budget);
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct dialogue d = { .midstream = cases[i].midstream };
		struct span early = { 0 };

		lines_keep_early(&d, &early, cases[i].certain, span_of("STLS"));
		lines_keep_early(&d, &early, cases[i].certain, span_of("QUIT"));
		lines_note_early(&d, &early);
		lines_note_early(&d, &early);
		assert_string_equal(buffer_text(&d.log), cases[i].wanted);
		buffer_free(&d.log);
	}
	arena_free(&the_arena);
}

/* Announced bytes that never came are noted where their sender ended the connection. */
static void
test_unsent(void **state)
{
	static const struct {
		uint64_t    unsent;
		enum ending ending;
		const char *wanted;
	} cases[] = {
		{ 0, ENDING_FIN, "" },
		{ INT64_MAX, ENDING_FIN, "S-bad-size@0+0 " },
		{ INT64_MAX, ENDING_RST, "S-bad-size@0+0 " },
		{ INT64_MAX, ENDING_CAPTURE, "" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct dialogue d = { .unsent = cases[i].unsent };

		lines_note_unsent(&d, SERVER, cases[i].ending);
		assert_string_equal(buffer_text(&d.log), cases[i].wanted);
		buffer_free(&d.log);
	}
}

static void
test_client_is_ahead(void **state)
{
	struct dialogue d = { .pending = 0 };

	(void)state;
	d.lines.skipping[SERVER] = true;
	assert_false(lines_client_is_ahead(&d.lines, &d));
	d.pending = 1;
	assert_true(lines_client_is_ahead(&d.lines, &d));
	d.pending = 0;
	d.lines.skipping[CLIENT] = true;
	assert_true(lines_client_is_ahead(&d.lines, &d));
}

/* Six bytes always decide, and no shorter prefix contradicts them. */
static void
test_every_start(void **state)
{
	static const uint8_t first[] = { 0x14, 0x15, 0x16, 0x17, 0x80, 0xBF, 0xC0, 'E', 0 };
	static const uint8_t values[] = { 0, 1, 2, 3, 4, 5, 0x80, 0xFF };

	(void)state;
	for (size_t a = 0; a < TABLE_LENGTH(first); a++)
		for (unsigned k = 0; k < 8 * 8 * 8 * 8 * 8; k++) {
			uint8_t bytes[6] = { first[a], values[k & 7], values[k >> 3 & 7],
				values[k >> 6 & 7], values[k >> 9 & 7], values[k >> 12 & 7] };
			enum tls_guess whole = lines_guess_tls(span_from(bytes, 6));

			assert_int_not_equal(whole, TLS_GUESS_SHORT);
			for (size_t len = 1; len < 6; len++) {
				enum tls_guess part = lines_guess_tls(span_from(bytes, len));

				if (part != TLS_GUESS_SHORT && part != whole)
					fail_msg("%02x %x: %zu bytes", bytes[0], k, len);
			}
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_carriage_return_at_the_limit),
		cmocka_unit_test(test_sides_are_apart),
		cmocka_unit_test(test_guess),
		cmocka_unit_test(test_text_is_told_at_once),
		cmocka_unit_test(test_client_is_ahead),
		cmocka_unit_test(test_hasty),
		cmocka_unit_test(test_release),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_unsent),
		cmocka_unit_test(test_every_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
