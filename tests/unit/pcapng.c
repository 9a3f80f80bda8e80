/* pcapng: interfaces that differ, sections, time in every unit, blocks that lie. */
#include "base/table.h"
#include "shared/capture_sample.h"
#include "wire/capture.h"

static struct capture *
opened(const struct buffer *file, const char *filter)
{
	struct capture *capture;
	struct status status;

	assert_false(file->failed);
	status = capture_open(sample_write("ng", buffer_span(file)), filter, 0, &capture);
	if (!status_is_ok(&status))
		fail_msg("%s", status.message);
	return capture;
}

static void
assert_next(struct capture *capture, uint64_t number, int link_type, int64_t time_ns, size_t len,
	uint32_t wire_len)
{
	struct frame frame;

	assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
	assert_int_equal(frame.at.frame, number);
	assert_int_equal(frame.link_type, link_type);
	assert_int_equal(frame.at.time_ns, time_ns);
	assert_int_equal(frame.bytes.len, len);
	assert_int_equal(frame.wire_len, wire_len);
}

/* Two interfaces of different link type, snaplen and clock; then a section in the other byte order,
 * whose interfaces count from 0 again. */
static void
test_interfaces_that_differ(void **state)
{
	(void)state;
	for (unsigned big = 0; big < 2; big++) {
		struct span bytes = tcp_frame(25), packet = span_after(bytes, 14);
		struct buffer file = { 0 };
		struct capture *capture;
		struct frame frame;

		put_section(&file, big);
		put_interface(&file, ETHERNET, 8192, 6, 0, big);
		put_interface(&file, RAW_IP, 0, 9, 0, big);
		put_enhanced_packet(&file, 0, 1000001, bytes, 1500, big);
		put_enhanced_packet(&file, 1, 2000000002, packet, 40, big);
		put_section(&file, !big);
		put_interface(&file, RAW_IP, 65535, 3, 0, !big);
		put_enhanced_packet(&file, 0, 3003, packet, 41, !big);
		capture = opened(&file, NULL);
		assert_int_equal(capture_link_type(capture), ETHERNET);
		assert_int_equal(capture_snaplen(capture), 8192);
		assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
		assert_int_equal(frame.interface, 0);
		assert_string_equal(frame.interface_name, "eth12");
		capture_close(&capture);
		capture = opened(&file, NULL);
		assert_next(capture, 1, ETHERNET, 1000001000, bytes.len, 1500);
		assert_next(capture, 2, 12, 2000000002, packet.len, 40);
		assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
		assert_int_equal(frame.at.time_ns, 3003000000);
		assert_int_equal(frame.link_type, 12);
		assert_null(frame.interface_name);      /* there is but one in this section */
		assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
		capture_close(&capture);
		buffer_free(&file);
	}
}

/* The filter is compiled for each link type; where it makes no sense nothing passes. */
static void
test_filter_on_interfaces_that_differ(void **state)
{
	static const struct {
		const char *filter;
		uint64_t    frames[3];
	} cases[] = {
		{ "tcp port 25", { 1, 2, 0 } },
		{ "tcp port 80", { 3, 0, 0 } },
		{ "vlan or ether src 02:00:00:00:00:02", { 1, 0, 0 } },
	};
	struct buffer file = { 0 };

	(void)state;
	put_section(&file, false);
	put_interface(&file, ETHERNET, 0, 6, 0, false);
	put_interface(&file, RAW_IP, 0, 6, 0, false);
	put_enhanced_packet(&file, 0, 1, tcp_frame(25), 62, false);
	put_enhanced_packet(&file, 1, 1, span_after(tcp_frame(25), 14), 48, false);
	put_enhanced_packet(&file, 1, 1, span_after(tcp_frame(80), 14), 48, false);
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct capture *capture = opened(&file, cases[i].filter);
		struct frame frame;

		for (size_t j = 0; capture_next(capture, &frame) == CAPTURE_FRAME; j++)
			assert_int_equal(frame.at.frame, cases[i].frames[j]);
		assert_int_equal(capture_frames(capture), 3);
		capture_close(&capture);
	}
	buffer_free(&file);
}

static void
test_time_units(void **state)
{
	const int64_t second = 1000000000, farthest = INT64_MAX / second / 2;
	const struct {
		uint8_t  resolution;
		int64_t  offset;
		uint64_t units;
		int64_t  time_ns;
	} cases[] = {
		{ 6, 0, 1714564800123456, 1714564800123456000 },
		{ 9, 0, 1714564800123456789, 1714564800123456789 },
		{ 0, 0, 1714564800, 1714564800000000000 },
		{ 3, 0, 1714564800123, 1714564800123000000 },
		{ 12, 0, 1714564800123456, 1714564800123 },
		{ 19, 0, 12345678901234567890u, 1234567890 },
		{ 0x80, 0, 5, 5000000000 },
		{ 0x80 | 1, 0, 3, 1500000000 },
		{ 0x80 | 20, 0, (5 << 20) + (1 << 19), 5500000000 },
		{ 0x80 | 30, 0, UINT64_C(3) << 29, 1500000000 },
		{ 0x80 | 32, 0, UINT64_C(7) << 31, 3500000000 },
		{ 0x80 | 63, 0, UINT64_C(1) << 62, 500000000 },
		{ 6, 1000, 500000, 1000500000000 },
		{ 6, -1000, 500000, -999500000000 },
		/* absurd: far, and still a time */
		{ 0, 0, UINT64_MAX, farthest * second },
		{ 6, 0, UINT64_MAX, farthest * second + 551615000 },
		{ 6, INT64_MAX, 1000000, second },
		{ 6, INT64_MIN, 1000000, second },
		{ 0, farthest - 1, UINT64_MAX, farthest * second },
		{ 0, 1 - farthest, 0, (1 - farthest) * second },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct buffer file = { 0 };
		struct capture *capture;
		struct frame frame;

		put_section(&file, i % 2);
		put_interface(&file, ETHERNET, 0, cases[i].resolution, cases[i].offset, i % 2);
		put_enhanced_packet(&file, 0, cases[i].units, tcp_frame(25), 62, i % 2);
		capture = opened(&file, NULL);
		assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
		assert_int_equal(frame.at.time_ns, cases[i].time_ns);
		capture_close(&capture);
		buffer_free(&file);
	}
}

/* The other two kinds of packet blocks, and blocks that are passed over. */
static void
test_other_blocks(void **state)
{
	static uint8_t large[300000];
	struct buffer file = { 0 }, body = { 0 };
	struct span bytes = tcp_frame(25);
	struct capture *capture;
	struct frame frame;

	(void)state;
	put_section(&file, true);
	put_block(&file, 4, span_of("names"), true);
	put_interface(&file, ETHERNET, 20, 6, 0, true);
	put_block(&file, 0x0BAD, span_from(large, sizeof(large)), true);
	put_number(&body, 62, 4, true);         /* simple: cut by the snaplen of 20 */
	buffer_add(&body, span_first(bytes, 20));
	put_block(&file, 3, buffer_span(&body), true);
	buffer_clear(&body);
	put_number(&body, 12, 4, true);         /* simple: shorter than the snaplen */
	buffer_add(&body, span_first(bytes, 12));
	put_block(&file, 3, buffer_span(&body), true);
	buffer_clear(&body);
	put_number(&body, 0, 2, true);          /* the obsolete one, with 9 drops */
	put_number(&body, 9, 2, true);
	put_number(&body, 7000000, 8, true);
	put_number(&body, 20, 4, true);
	put_number(&body, 62, 4, true);
	buffer_add(&body, span_first(bytes, 20));
	put_block(&file, 2, buffer_span(&body), true);
	put_block(&file, 10, span_of("CLIENT_RANDOM"), true);
	capture = opened(&file, NULL);
	assert_next(capture, 1, ETHERNET, 0, 20, 62);
	assert_next(capture, 2, ETHERNET, 0, 12, 12);
	assert_next(capture, 3, ETHERNET, 7000000000, 20, 62);
	assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
	capture_close(&capture);
	buffer_free(&body);
	buffer_free(&file);
}

/* A good frame, then a block that lies: the frame is given, and the damage said. */
static void
test_blocks_that_lie(void **state)
{
	static const struct {
		uint32_t    type, len;          /* of the block, as its header tells */
		const char *body;
		size_t      body_len;
		uint32_t    trailer;
		const char *says;
	} cases[] = {
		{ 6, 0, "", 0, 0, "impossible length" },
		{ 6, 8, "", 0, 8, "impossible length" },
		{ 6, 14, "", 0, 14, "impossible length" },
		{ 6, 16 * 1024 * 1024 + 4, "", 0, 0, "larger than 16 MiB" },
		{ 6, UINT32_MAX & ~3u, "", 0, 0, "larger than 16 MiB" },
		{ 0x0BAD, UINT32_MAX & ~3u, "", 0, 0, "middle of a block" },
		{ 6, 16, "abcd", 4, 20, "lengths of a block differ" },
		{ 6, 400, "abcd", 4, 400, "middle of a block" },
		{ 6, 16, "\0\0\0\0", 4, 16, "longer than its block" },
		{ 6, 32, "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, 32, "not described" },
		{ 6, 32, "\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0", 20, 32,
		  "longer than its block" },
		{ 3, 16, "\5\0\0\0", 4, 16, "longer than its block" },
		{ 1, 16, "\1\0\0\0", 4, 16, "interface block is too short" },
		{ 1, 28, "\1\0\0\0\0\0\0\0\x09\0\1\0\x14\0\0\0", 16, 28, "unknown unit" },
		{ 1, 28, "\1\0\0\0\0\0\0\0\x09\0\1\0\xC0\0\0\0", 16, 28, "unknown unit" },
		{ 0x0A0D0D0A, 28, "XXXX\1\0\0\0\0\0\0\0\0\0\0\0", 16, 28, "unknown byte order" },
		{ 0x0A0D0D0A, 28, "\x4D\x3C\x2B\x1A\2\0\0\0\0\0\0\0\0\0\0\0", 16, 28,
		  "unknown version" },
		{ 0x0A0D0D0A, 12, "\x4D\x3C\x2B\x1A", 4, 12, "impossible length" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct buffer file = { 0 };
		struct capture *capture;
		struct frame frame;

		put_section(&file, false);
		put_interface(&file, ETHERNET, 0, 6, 0, false);
		put_enhanced_packet(&file, 0, 1, tcp_frame(25), 62, false);
		put_number(&file, cases[i].type, 4, false);
		put_number(&file, cases[i].len, 4, false);
		buffer_add(&file, span_from(cases[i].body, cases[i].body_len));
		put_number(&file, cases[i].trailer, 4, false);
		capture = opened(&file, NULL);
		assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
		assert_int_equal(capture_next(capture, &frame), CAPTURE_DAMAGED);
		assert_int_equal(capture_next(capture, &frame), CAPTURE_DAMAGED);
		if (strstr(capture_damage(capture), cases[i].says) == NULL ||
		    strncmp(capture_damage(capture), "after frame 1: ", 15) != 0)
			fail_msg("case %zu: %s", i, capture_damage(capture));
		capture_close(&capture);
		buffer_free(&file);
	}
}

/* Options whose lengths lie, or that come in another length than theirs, are passed over. */
static void
test_options_that_lie(void **state)
{
	static const struct {
		const char *options;
		size_t      len;
		int64_t     time_ns;
	} cases[] = {
		{ "", 0, 1000 },
		{ "\x09\0", 2, 1000 },
		{ "\x09\0\xFF\xFF", 4, 1000 },
		{ "\x09\0\2\0\x09\0\0\0", 8, 1000 },
		{ "\x09\0\1\0\x09", 5, 1 },
		{ "\0\0\0\0\x09\0\1\0\x09\0\0\0", 12, 1000 },
		{ "\x0E\0\4\0\1\0\0\0", 8, 1000 },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct buffer file = { 0 }, body = { 0 };
		struct capture *capture;

		put_section(&file, false);
		buffer_add(&body, span_from("\1\0\0\0\0\0\0\0", 8));
		buffer_add(&body, span_from(cases[i].options, cases[i].len));
		put_block(&file, 1, buffer_span(&body), false);
		put_enhanced_packet(&file, 0, 1, tcp_frame(25), 62, false);
		capture = opened(&file, NULL);
		assert_next(capture, 1, ETHERNET, cases[i].time_ns, 62, 62);
		capture_close(&capture);
		buffer_free(&body);
		buffer_free(&file);
	}
}

/* As many interfaces as are kept, and one more. */
static void
test_many_interfaces(void **state)
{
	struct buffer file = { 0 };
	struct capture *capture;
	struct frame frame;

	(void)state;
	put_section(&file, false);
	for (size_t i = 0; i < 4097; i++) {
		put_interface(&file, ETHERNET, 0, 6, 0, false);
		if (i == 4095)
			put_enhanced_packet(&file, 4095, 1, tcp_frame(25), 62, false);
	}
	capture = opened(&file, NULL);
	assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
	assert_int_equal(capture_next(capture, &frame), CAPTURE_DAMAGED);
	assert_non_null(strstr(capture_damage(capture), "too many interfaces"));
	capture_close(&capture);
	buffer_free(&file);
}

/* A capture in which nothing was captured. */
static void
test_no_interface(void **state)
{
	struct buffer file = { 0 };
	struct capture *capture;
	struct frame frame;

	(void)state;
	put_section(&file, false);
	capture = opened(&file, "tcp port 25");
	assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
	assert_int_equal(capture_frames(capture), 0);
	capture_close(&capture);
	buffer_free(&file);
}

/* Whatever byte of a file is replaced, reading it ends. */
static void
test_every_byte_changed(void **state)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x7F, 0x80, 0xFF };
	struct buffer file = { 0 };

	(void)state;
	put_section(&file, false);
	put_interface(&file, ETHERNET, 96, 6, 0, false);
	put_enhanced_packet(&file, 0, 1, tcp_frame(25), 62, false);
	put_section(&file, true);
	put_interface(&file, RAW_IP, 96, 6, 0, true);
	put_enhanced_packet(&file, 0, 1, tcp_frame(25), 62, true);
	for (size_t at = 0; at < file.len; at++)
		for (size_t i = 0; i < TABLE_LENGTH(values); i++) {
			uint8_t before = file.at[at];
			struct capture *capture;
			struct status status;
			struct frame frame;

			file.at[at] = values[i];
			status = capture_open(sample_write("ng", buffer_span(&file)), "tcp", 0,
				&capture);
			while (status_is_ok(&status) &&
			       capture_next(capture, &frame) == CAPTURE_FRAME)
				assert_true(frame.bytes.len <= 62);
			capture_close(&capture);
			file.at[at] = before;
		}
	buffer_free(&file);
}

/* Statistics of one interface: option and value, ended by option 0. */
static void
put_statistics(struct buffer *out, uint32_t interface, const uint64_t options[][2], bool big)
{
	struct buffer body = { 0 };

	put_number(&body, interface, 4, big);
	put_number(&body, 0, 8, big);
	for (; (*options)[0] != 0; options++) {
		put_number(&body, (*options)[0], 2, big);
		put_number(&body, 8, 2, big);
		put_number(&body, (*options)[1] >> (big ? 32 : 0) & UINT32_MAX, 4, big);
		put_number(&body, (*options)[1] >> (big ? 0 : 32) & UINT32_MAX, 4, big);
	}
	put_number(&body, 0, 4, big);
	put_block(out, 5, buffer_span(&body), big);
	buffer_free(&body);
}

/* What the statistics at the end say was lost: received, dropped by interface and system, delivered. */
static const struct {
	uint64_t options[2][5][2];
	uint64_t lost, seen;
} statistics[] = {
	{ { { { 4, 1000 }, { 5, 10 } } }, 10, 990 },
	{ { { { 4, 1000 }, { 5, 10 }, { 7, 5 }, { 8, 900 } } }, 15, 900 },
	{ { { { 4, UINT64_C(1) << 40 }, { 5, 3 } }, { { 4, 7 }, { 7, 4 } } }, 7, (UINT64_C(1) << 40) },
	{ { { { 4, 1000 }, { 5, 0 } } }, 0, 0 },
	{ { { { 4, 3 }, { 5, 10 } } }, 10, 0 },
};

static void
test_loss_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * TABLE_LENGTH(statistics); i++) {
		struct buffer file = { 0 };
		struct capture *capture;
		struct frame frame;
		struct loss loss;
		bool big = i % 2 == 1;

		put_section(&file, big);
		put_interface(&file, ETHERNET, 0, 6, 0, big);
		put_statistics(&file, 0, (const uint64_t[][2]){ { 5, 999 }, { 0 } }, big);
		put_enhanced_packet(&file, 0, 1, tcp_frame(25), 62, big);
		put_statistics(&file, 0, statistics[i / 2].options[0], big);
		put_block(&file, 4, span_of("names are passed over"), big);
		put_statistics(&file, 1, statistics[i / 2].options[1], big);
		capture = opened(&file, NULL);
		assert_int_equal(capture_loss(capture, &loss), statistics[i / 2].lost > 0);
		if (statistics[i / 2].lost > 0) {
			assert_int_equal(loss.lost, statistics[i / 2].lost);
			assert_int_equal(loss.seen, statistics[i / 2].seen);
			assert_true(loss.from_ns == INT64_MIN && loss.to_ns == INT64_MAX && loss.capture == 0);
		}
		assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
		assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
		capture_close(&capture);
		buffer_free(&file);
	}
}

/* A file that is cut short, at any place, is read as far as it goes; what its end would tell is not made up. */
static void
test_loss_of_a_file_cut_short(void **state)
{
	struct buffer file = { 0 };
	size_t least;

	(void)state;
	put_section(&file, false);
	put_interface(&file, ETHERNET, 0, 6, 0, false);
	least = file.len;
	put_statistics(&file, 0, (const uint64_t[][2]){ { 4, 100 }, { 5, 10 }, { 0 } }, false);
	for (size_t len = file.len - 1; len >= least; len--) {
		struct buffer cut = { 0 };
		struct capture *capture;
		struct loss loss;

		buffer_add(&cut, span_first(buffer_span(&file), len));
		capture = opened(&cut, NULL);
		assert_false(capture_loss(capture, &loss));
		capture_close(&capture);
		buffer_free(&cut);
	}
	buffer_free(&file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interfaces_that_differ),
		cmocka_unit_test(test_filter_on_interfaces_that_differ),
		cmocka_unit_test(test_time_units),
		cmocka_unit_test(test_other_blocks),
		cmocka_unit_test(test_blocks_that_lie),
		cmocka_unit_test(test_options_that_lie),
		cmocka_unit_test(test_many_interfaces),
		cmocka_unit_test(test_no_interface),
		cmocka_unit_test(test_every_byte_changed),
		cmocka_unit_test(test_loss_is_told),
		cmocka_unit_test(test_loss_of_a_file_cut_short),
	};

	return cmocka_run_group_tests(tests, sample_setup, sample_teardown);
}
