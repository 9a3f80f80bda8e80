/* The lines of a session on their way into a database and back. */
#include "base/table.h"
#include "store/places.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

static const struct places_origin origin = { .started_ns = 1000, .capture = 2 };

static struct quote
line(const char *text, uint32_t capture, int64_t at)
{
	struct quote quote = { .seen = true, .side = SERVER, .code = 220, .text = span_of(text),
		.where = { .offset = 30, .length = 40 } };

	quote.where.first = (struct moment){ .time_ns = at, .frame = 7, .capture = capture };
	quote.where.last = (struct moment){ .time_ns = at, .frame = 9, .capture = capture };
	return quote;
}

static void
assert_same(const struct quote *read, const struct quote *written, const char *text)
{
	assert_int_equal(read->seen, written->seen);
	assert_int_equal(read->side, written->side);
	assert_int_equal(read->code, written->code);
	assert_int_equal(read->where.offset, written->where.offset);
	assert_int_equal(read->where.length, written->where.length);
	assert_int_equal(read->where.first.frame, written->where.first.frame);
	assert_int_equal(read->where.last.frame, written->where.last.frame);
	assert_int_equal(read->where.last.time_ns, written->where.last.time_ns);
	assert_int_equal(read->where.last.capture, written->where.last.capture);
	if (!span_equal(read->text, span_of(text)))
		fail_msg("\"%.*s\" is not \"%s\"", (int)read->text.len, (const char *)read->text.at, text);
}

static void
written_and_read_back(void **state)
{
	static const struct {
		const char *text;
		uint32_t    capture;
		int64_t     at;
	} cases[] = {
		{ "220 mx.example.net ESMTP", 2, 1500 },
		{ "a \"quoted\" \\x01 \\\\ line", 2, 1000 },
		{ "", 3, 500 },
		{ "gr\xC3\xBC\xC3\x9F", 0, INT64_C(1714564800000000000) },
		{ "],[\"", 2, 0 },
	};
	struct quote written[PLACES] = { 0 }, read[PLACES];
	struct buffer json = { 0 }, texts = { 0 };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++)
		written[2 * i] = line(cases[i].text, cases[i].capture, cases[i].at);
	places_write(&json, written, &origin);
	for (int again = 0; again < 2; again++) {
		places_read(buffer_span(&json), &origin, &texts, read);
		for (size_t i = 0; i < PLACES; i++)
			assert_same(&read[i], &written[i], i % 2 == 0 && i / 2 < TABLE_LENGTH(cases)
				? cases[i / 2].text : "");
	}
	buffer_free(&json);
	buffer_free(&texts);
}

static void
none_is_an_empty_array(void **state)
{
	const struct quote none[PLACES] = { 0 };
	struct buffer json = { 0 };

	(void)state;
	places_write(&json, none, &origin);
	assert_string_equal(buffer_text(&json), "[]");
	buffer_free(&json);
}

/* Cut after 160 bytes, never inside a character. */
static void
long_texts_are_cut(void **state)
{
	struct quote places[PLACES] = { 0 }, read[PLACES];
	struct buffer json = { 0 }, texts = { 0 };
	char text[200];

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text + 159, "\xC3\xBC", 2);
	text[sizeof(text) - 1] = '\0';
	places[PLACE_LIST] = line(text, 2, 1000);
	places_write(&json, places, &origin);
	places_read(buffer_span(&json), &origin, &texts, read);
	assert_int_equal(read[PLACE_LIST].text.len, 159);
	buffer_free(&json);
	buffer_free(&texts);
}

/* A database may come from anywhere: what is wrong ends the reading, what came before it stays. */
static void
odd_arrays_are_read_as_far_as_they_go(void **state)
{
#define GOOD "[0,null,1,2,3,1,5,6,220,\"one\"]"
	static const struct {
		const char *json;
		int         count;
	} cases[] = {
		{ "[" GOOD "]", 1 },
		{ "[" GOOD "," "[1,null,1,2,-3,0,5,6,0,\"two\"]]", 2 },
		{ "[" GOOD, 1 },
		{ "[" GOOD ",", 1 },
		{ "", 0 },
		{ "[", 0 },
		{ "[]", 0 },
		{ "{}", 0 },
		{ "[[0,null,1,2,3,1,5,6,220,\"one", 0 },
		{ "[[0,null,1,2,3,1,5,6,220,\"one\\", 0 },
		{ "[[0,null,1,2,3,1,5,6,220,\"one\"", 0 },
		{ "[[0,null,1,2,3,1,5,6,220,5]]", 0 },
		{ "[[0,null,1,2,3,1,5,6,220]]", 0 },
		{ "[[99,null,1,2,3,1,5,6,220,\"place\"]]", 0 },
		{ "[[-1,null,1,2,3,1,5,6,220,\"place\"]]", 0 },
		{ "[[0,null,1,2,3,2,5,6,220,\"side\"]]", 0 },
		{ "[[0,4294967296,1,2,3,1,5,6,220,\"capture\"]]", 0 },
		{ "[[0,null,1,2,3,1,5,6,4294967296,\"code\"]]", 0 },
		{ "[[0,null,18446744073709551615,2,3,1,5,6,220,\"frame\"]]", 0 },
		{ "[[0,null,1,2,922337203685477579,1,5,6,220,\"late\"]]", 1 },
		{ "[[,,,,,,,,,\"\"]]", 0 },
	};
#undef GOOD
	struct buffer texts = { 0 };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct quote read[PLACES];
		int count = 0;

		places_read(span_of(cases[i].json), &origin, &texts, read);
		for (size_t k = 0; k < PLACES; k++)
			count += read[k].seen;
		if (count != cases[i].count)
			fail_msg("%s has %d", cases[i].json, count);
	}
	buffer_free(&texts);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_and_read_back),
		cmocka_unit_test(none_is_an_empty_array),
		cmocka_unit_test(long_texts_are_cut),
		cmocka_unit_test(odd_arrays_are_read_as_far_as_they_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
