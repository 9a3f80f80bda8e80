/* What the owner of a flow wants to hear of it, and what memory and patience allow. */
#include "shared/ear.h"

static const struct packet long_story[] = {
	HANDSHAKE, C(ACK, 1, 1, "abc"), C(ACK, 6, 1, "fg"), C(ACK, 4, 1, "de"), C(ACK, 4, 1, "XY"),
	C(ACK, 10, 1, "jk", 1), S(ACK, 1, 12, "ok"), S(ACK | SOON, 3, 12, "ok"),
	C(FIN | ACK, 12, 5, ""), S(FIN | ACK, 5, 13, ""), C(ACK, 13, 6, ""),
};

static const struct {
	enum flow_care care;
	const char    *heard;
	uint64_t       payload, gap_bytes, snaplen;
} cares[] = {
	{ FLOW_FULL, "C:abcdefg C[conflict 3 de/XY] C[gap 2@7] C:j C[gap 1@10] S:okok", 8, 3, 1 },
	{ FLOW_COUNT, "C:abc", 8, 3, 1 },
	{ FLOW_IGNORE, "C:abc", 3, 0, 0 },
};

static void
test_lowered_care(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cares); i++) {
		struct ear ear;

		ear_open(&ear, NULL, 1 << 20);
		ear.care = cares[i].care;
		for (size_t k = 0; k < TABLE_LENGTH(long_story); k++)
			ear_play(&ear, &long_story[k]);
		assert_string_equal(buffer_text(&ear.heard), cares[i].heard);
		assert_true(ear.ended);
		assert_int_equal(ear.last[CLIENT].payload_bytes, cares[i].payload);
		assert_int_equal(ear.last[CLIENT].gap_bytes, cares[i].gap_bytes);
		assert_int_equal(ear.last[CLIENT].snaplen_bytes, cares[i].snaplen);
		ear_close(&ear);
		buffer_free(&ear.heard);
	}
}

static void
test_lowered_care_gives_memory_back(void **state)
{
	const struct packet packets[] = { HANDSHAKE, C(ACK, 4, 1, "de"), C(ACK, 1, 1, "a"),
		C(ACK, 8, 1, "h") };
	struct ear ear;
	size_t before;

	(void)state;
	ear_open(&ear, NULL, 1 << 20);
	ear.care = FLOW_IGNORE;
	for (size_t i = 0; i < 3; i++)
		ear_play(&ear, &packets[i]);
	before = ear.budget.used;
	ear_play(&ear, &packets[3]);
	assert_true(ear.budget.used > before);
	ear_play(&ear, &packets[4]);
	assert_int_equal(ear.budget.used, before);
	ear_play(&ear, &packets[5]);
	assert_int_equal(ear.budget.used, before);
	ear_close(&ear);
	buffer_free(&ear.heard);
}

/* A mirror port may show an acknowledgement first, but not by ever so many frames. */
static void
test_patience_in_frames(void **state)
{
	const struct reassembly_limits limits = { .held_bytes = 100000, .held_segments = 100,
		.patience_ns = INT64_MAX, .acked_patience = 5, .acked_patience_ns = INT64_MAX };
	const struct packet opening[] = { HANDSHAKE, S(ACK, 1, 4, "ok") };
	const struct packet later = C(ACK, 4, 3, "");
	struct ear ear;

	(void)state;
	ear_open(&ear, &limits, 1 << 20);
	for (size_t i = 0; i < TABLE_LENGTH(opening); i++)
		ear_play(&ear, &opening[i]);
	for (size_t i = 0; i < 5; i++)
		ear_play(&ear, &later);
	assert_string_equal(buffer_text(&ear.heard), "");
	ear_play(&ear, &later);
	assert_string_equal(buffer_text(&ear.heard), "C[gap 3@0] S:ok");
	ear_close(&ear);
	buffer_free(&ear.heard);
}

static const struct {
	const char              *name;
	struct reassembly_limits limits;
	size_t                   budget;
} tight[] = {
	{ "segments", { 1 << 20, 10, INT64_MAX, 1000, INT64_MAX }, 1 << 20 },
	{ "bytes", { 2000, 1000, INT64_MAX, 1000, INT64_MAX }, 1 << 20 },
	{ "budget", { 1 << 20, 1000, INT64_MAX, 1000, INT64_MAX }, 21400 },
};

/* Every other segment is missing; memory bounds what waits, and all that came is told, in order. */
static void
test_memory_is_bounded(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(tight); i++) {
		const struct packet opening[] = { HANDSHAKE };
		struct ear ear;

		ear_open(&ear, &tight[i].limits, tight[i].budget);
		for (size_t k = 0; k < TABLE_LENGTH(opening); k++)
			ear_play(&ear, &opening[k]);
		for (uint32_t k = 0; k < 200; k++)
			ear_feed(&ear, segment_of(CLIENT, ACK, 3 + 4 * k, 1, span_of("ab")));
		assert_true(ear.next[CLIENT] > 400);
		ear_close(&ear);
		assert_int_equal(ear.last[CLIENT].next, 800);
		assert_int_equal(ear.last[CLIENT].payload_bytes, 400);
		assert_int_equal(ear.last[CLIENT].gap_bytes, 400);
		buffer_free(&ear.heard);
	}
}

/* Retransmissions are compared as far back as the history goes, across the ring's seam. */
static void
test_history(void **state)
{
	const struct packet opening[] = { HANDSHAKE };
	uint8_t text[5000], again[5000];
	struct ear ear;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)('a' + i % 23);
	memcpy(again, text, sizeof(text));
	ear_open(&ear, NULL, 1 << 20);
	for (size_t i = 0; i < TABLE_LENGTH(opening); i++)
		ear_play(&ear, &opening[i]);
	for (uint32_t at = 0; at < sizeof(text); at += 100) {
		ear_feed(&ear, segment_of(CLIENT, ACK, 1 + at, 1, span_from(text + at, 100)));
		ear_feed(&ear, segment_of(CLIENT, ACK, 1, 1, span_from(text, at)));
	}
	assert_int_equal(ear.speaker, CLIENT);
	again[100] = again[2999] = again[4900] = '!';
	ear_feed(&ear, segment_of(CLIENT, ACK, 1, 1, span_from(again, 2952)));
	assert_int_equal(ear.speaker, CLIENT);          /* too long ago */
	ear_feed(&ear, segment_of(CLIENT, ACK, 1, 1, span_from(again, sizeof(again))));
	assert_true(span_has(buffer_span(&ear.heard), "C[conflict 2999 "));
	/* more at once than the history holds */
	ear_feed(&ear, segment_of(CLIENT, ACK, 5001, 1, span_from(text, 3000)));
	ear_feed(&ear, segment_of(CLIENT, ACK, 5001, 1, span_from(again, 3000)));
	assert_true(span_has(buffer_span(&ear.heard), "C[conflict 7999 "));
	ear_close(&ear);
	assert_int_equal(ear.last[CLIENT].conflicting_bytes, 3);
	buffer_free(&ear.heard);
}

/* More than one report holds is told in several; equal bytes between them are not told. */
static void
test_long_conflicts(void **state)
{
	const struct packet opening[] = { HANDSHAKE };
	uint8_t text[1400], again[1400];
	struct ear ear;

	(void)state;
	memset(text, 'a', sizeof(text));
	memset(again, 'a', sizeof(again));
	again[10] = again[521] = again[600] = again[1399] = 'b';
	ear_open(&ear, NULL, 1 << 20);
	for (size_t i = 0; i < TABLE_LENGTH(opening); i++)
		ear_play(&ear, &opening[i]);
	ear_feed(&ear, segment_of(CLIENT, ACK, 1, 1, span_from(text, sizeof(text))));
	ear_feed(&ear, segment_of(CLIENT, ACK, 1, 1, span_from(again, sizeof(again))));
	assert_true(span_has(buffer_span(&ear.heard), "[conflict 10 "));
	assert_false(span_has(buffer_span(&ear.heard), "[conflict 521 "));
	assert_true(span_has(buffer_span(&ear.heard), "[conflict 600 "));
	assert_true(span_has(buffer_span(&ear.heard), "[conflict 1399 "));
	ear_close(&ear);
	assert_int_equal(ear.last[CLIENT].conflicting_bytes, 4);
	buffer_free(&ear.heard);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lowered_care),
		cmocka_unit_test(test_lowered_care_gives_memory_back),
		cmocka_unit_test(test_patience_in_frames),
		cmocka_unit_test(test_memory_is_bounded),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_long_conflicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
