/* Capture files of every format and packing, whole and damaged, and standard input. */
#include "base/table.h"
#include "shared/capture_sample.h"
#include "wire/capture.h"

#include <fcntl.h>

static const int64_t began = INT64_C(1714564800000000000);

static const struct format formats[] = {
	{ false, false, false }, { true, false, false },
	{ false, true, false },  { true, true, false },
	{ false, false, true },  { true, false, true },
	{ false, true, true },   { true, true, true },
};

/* Three frames: to port 25, to port 80, and one to port 25 that the snaplen cut. */
enum {
	FRAMES = 3,
};

static const uint16_t ports[FRAMES] = { 25, 80, 25 };

static int64_t
frame_time(size_t i, struct format format)
{
	return began + (int64_t)i * 1500000000 + (format.nanoseconds ? 123456789 : 123456000);
}

static struct buffer
sample(struct format format)
{
	struct buffer out = { 0 };

	put_file_header(&out, format);
	for (size_t i = 0; i < FRAMES; i++) {
		struct span bytes = tcp_frame(ports[i]);

		put_frame(&out, format, frame_time(i, format), bytes,
			(uint32_t)bytes.len + (i == 2 ? 100 : 0));
	}
	assert_false(out.failed);
	return out;
}

static struct capture *
opened(const char *path, const char *filter)
{
	struct capture *capture;
	struct status status = capture_open(path, filter, 7, &capture);

	if (!status_is_ok(&status))
		fail_msg("%s", status.message);
	return capture;
}

/* Reads to the end and returns how it ended. */
static enum capture_result
drained(struct capture *capture, uint64_t *frames_r)
{
	enum capture_result result;
	struct frame frame;
	uint8_t sum = 0;

	*frames_r = 0;
	while ((result = capture_next(capture, &frame)) == CAPTURE_FRAME) {
		for (size_t i = 0; i < frame.bytes.len; i++)
			sum = (uint8_t)(sum + frame.bytes.at[i]);
		(*frames_r)++;
	}
	assert_int_equal(capture_next(capture, &frame), result);
	return result;
}

static void
check_sample(struct capture *capture, struct format format)
{
	struct frame frame;

	assert_int_equal(capture_link_type(capture), ETHERNET);
	assert_int_equal(capture_snaplen(capture), SNAPLEN);
	for (size_t i = 0; i < FRAMES; i++) {
		struct span wanted = tcp_frame(ports[i]);

		assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
		assert_int_equal(frame.at.frame, i + 1);
		assert_int_equal(frame.at.capture, 7);
		assert_int_equal(frame.at.time_ns, frame_time(i, format));
		assert_int_equal(frame.link_type, ETHERNET);
		assert_int_equal(frame.wire_len, wanted.len + (i == 2 ? 100 : 0));
		assert_true(span_equal(frame.bytes, wanted));
	}
	assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
	assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
	assert_string_equal(capture_damage(capture), "");
	assert_int_equal(capture_frames(capture), FRAMES);
}

/* In one piece, or as two members or frames behind each other, as concatenated files are. */
static void
put_packed(struct buffer *out, struct span bytes, void (*pack)(struct buffer *, struct span),
	size_t pieces)
{
	size_t first = pieces == 1 ? bytes.len : 30;

	pack(out, span_first(bytes, first));
	if (first < bytes.len)
		pack(out, span_after(bytes, first));
}

static void
test_every_format_and_packing(void **state)
{
	static const struct {
		void (*pack)(struct buffer *, struct span);
		size_t pieces;
	} packings[] = {
		{ buffer_add, 1 },
		{ put_gzip, 1 }, { put_gzip, 2 },
		{ put_zstd, 1 }, { put_zstd, 2 },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(formats); i++)
		for (size_t j = 0; j < TABLE_LENGTH(packings); j++) {
			struct buffer plain = sample(formats[i]), file = { 0 };
			struct capture *capture;
			uint8_t wanted[SHA256_SIZE], sha256[SHA256_SIZE];
			struct status status;

			put_packed(&file, buffer_span(&plain), packings[j].pack,
				packings[j].pieces);
			digest_sha256(buffer_span(&file), wanted);
			capture = opened(sample_write("sample", buffer_span(&file)), NULL);
			/* the digest is taken beside the frames, whenever it is asked for */
			if (i % 2 == 0)
				status = capture_sha256(capture, sha256);
			check_sample(capture, formats[i]);
			if (i % 2 != 0)
				status = capture_sha256(capture, sha256);
			assert_true(status_is_ok(&status));
			assert_memory_equal(sha256, wanted, sizeof(wanted));
			assert_int_equal(capture_position(capture), file.len);
			assert_int_equal(capture_size(capture), file.len);
			capture_close(&capture);
			assert_null(capture);
			buffer_free(&plain);
			buffer_free(&file);
		}
}

static void
append_to(const char *path, struct span bytes)
{
	FILE *file = fopen(path, "a");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes.at, 1, bytes.len, file), bytes.len);
	assert_int_equal(fclose(file), 0);
}

/* The digest of a long file is made beside the reader: it is the same wherever the reader stands when it is asked for,
 * also when the file has grown meanwhile, and nothing is left behind when nobody asks. */
static void
test_digest_beside_the_reader(void **state)
{
	static const size_t stops[] = { 0, 1, 20000, 40000, 60000 };
	const struct format format = formats[0];
	struct buffer file = { 0 };

	(void)state;
	put_file_header(&file, format);
	for (size_t i = 0; i < 40000; i++)
		put_frame(&file, format, frame_time(i, format), tcp_frame((uint16_t)i), 62);
	for (size_t i = 0; i < TABLE_LENGTH(stops); i++) {
		bool grows = i % 2 == 1;
		const char *path = sample_write("sample", span_first(buffer_span(&file), file.len - grows));
		struct capture *capture = opened(path, NULL);
		uint8_t wanted[SHA256_SIZE], sha256[SHA256_SIZE];
		struct status status;
		struct frame frame;

		for (size_t k = 0; k < stops[i] && capture_next(capture, &frame) == CAPTURE_FRAME; k++)
			continue;
		if (grows)
			append_to(path, span_after(buffer_span(&file), file.len - 1));
		digest_sha256(buffer_span(&file), wanted);
		for (size_t twice = 0; twice < 2; twice++) {
			status = capture_sha256(capture, sha256);
			assert_true(status_is_ok(&status));
			assert_memory_equal(sha256, wanted, sizeof(wanted));
		}
		capture_close(&capture);
		capture = opened(path, NULL);
		for (size_t k = 0; k < stops[i]; k++)
			capture_next(capture, &frame);
		capture_close(&capture);
	}
	buffer_free(&file);
}

/* Puts the bytes behind descriptor 0, by a pipe that hands out `step` bytes at a time. */
static pid_t
feed_standard_input(struct span bytes, size_t step)
{
	int ends[2];
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(ends[0]);
		for (; bytes.len > 0; bytes = span_after(bytes, step))
			if (write(ends[1], bytes.at, span_first(bytes, step).len) < 0)
				_exit(1);
		_exit(0);
	}
	close(ends[1]);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	return child;
}

static void
test_standard_input(void **state)
{
	static void (*const packings[])(struct buffer *, struct span) = {
		buffer_add, put_gzip, put_zstd,
	};
	static const size_t steps[] = { 1, 3, 100000 };
	int before = dup(STDIN_FILENO);

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(packings) * TABLE_LENGTH(steps); i++) {
		struct buffer plain = sample(formats[i % 8]), file = { 0 };
		uint8_t wanted[SHA256_SIZE], sha256[SHA256_SIZE];
		struct capture *capture;
		struct status status;
		pid_t child;

		packings[i / 3](&file, buffer_span(&plain));
		child = feed_standard_input(buffer_span(&file), steps[i % 3]);
		capture = opened("-", NULL);
		check_sample(capture, formats[i % 8]);
		digest_sha256(buffer_span(&file), wanted);
		for (size_t twice = 0; twice < 2; twice++) {
			status = capture_sha256(capture, sha256);
			assert_true(status_is_ok(&status));
			assert_memory_equal(sha256, wanted, sizeof(wanted));
		}
		assert_int_equal(capture_size(capture), 0);
		assert_int_equal(capture_position(capture), file.len);
		capture_close(&capture);
		waitpid(child, NULL, 0);
		buffer_free(&plain);
		buffer_free(&file);
	}
	dup2(before, STDIN_FILENO);
	close(before);
}

/* Classic files have unsigned seconds, which pass 2038, and fractions that may be absurd. */
static void
test_classic_times(void **state)
{
	static const struct {
		uint32_t seconds, part;
		bool     nanoseconds;
		int64_t  time_ns;
	} cases[] = {
		{ 0, 0, false, 0 },
		{ 0x7FFFFFFF, 999999, false, 2147483647999999000 },
		{ 0x80000000, 1, false, 2147483648000001000 },
		{ UINT32_MAX, 999999999, true, 4294967295999999999 },
		{ 5, 1000000, false, 5000000000 },
		{ 5, 1000000000, true, 5000000000 },
		{ 5, UINT32_MAX, false, 5000000000 },
		{ 5, UINT32_MAX, true, 5000000000 },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases) * 2; i++) {
		struct format format = { i % 2, cases[i / 2].nanoseconds, false };
		struct buffer file = { 0 };
		struct capture *capture;
		struct frame frame;

		put_file_header(&file, format);
		put_number(&file, cases[i / 2].seconds, 4, format.big_endian);
		put_number(&file, cases[i / 2].part, 4, format.big_endian);
		put_number(&file, 0, 8, format.big_endian);
		capture = opened(sample_write("times", buffer_span(&file)), NULL);
		assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
		assert_int_equal(frame.at.time_ns, cases[i / 2].time_ns);
		assert_int_equal(frame.bytes.len, 0);
		capture_close(&capture);
		buffer_free(&file);
	}
}

/* A filtered frame keeps its number. */
static void
test_filter(void **state)
{
	static const struct {
		const char *filter;
		uint64_t    first, count;
	} cases[] = {
		{ "tcp port 25", 1, 2 },
		{ "tcp port 80", 2, 1 },
		{ "host 192.0.2.1", 1, 3 },
		{ "greater 100", 3, 1 },
		{ "udp", 0, 0 },
		{ "", 1, 3 },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(formats); i++)
		for (size_t j = 0; j < TABLE_LENGTH(cases); j++) {
			struct buffer file = sample(formats[i]);
			struct capture *capture = opened(sample_write("sample", buffer_span(&file)),
				cases[j].filter);
			uint64_t first = 0, count = 0;
			struct frame frame;

			while (capture_next(capture, &frame) == CAPTURE_FRAME) {
				first = count++ == 0 ? frame.at.frame : first;
				assert_int_equal(frame.at.capture, 7);
			}
			assert_int_equal(first, cases[j].first);
			assert_int_equal(count, cases[j].count);
			assert_int_equal(capture_frames(capture), FRAMES);
			capture_close(&capture);
			buffer_free(&file);
		}
}

static void
test_open_failures(void **state)
{
	static const struct {
		const char       *name, *content, *filter;
		enum status_code  code;
		const char       *says;
	} cases[] = {
		{ "absent", NULL, NULL, STATUS_INPUT, "no such file" },
		{ ".", NULL, NULL, STATUS_INPUT, "is a directory" },
		{ "empty", "", NULL, STATUS_INPUT, "is empty" },
		{ "text", "From a@example.org\n", NULL, STATUS_INPUT, "not a capture" },
		{ "byte", "\xD4", NULL, STATUS_INPUT, "not a capture" },
		{ "ng-byte", "\n", NULL, STATUS_INPUT, "not a capture" },
		{ "ng-text", "\n\n\n\n\n\n\n\n\n\n\n\n", NULL, STATUS_INPUT, "not a capture" },
		{ "gzip-only", "\x1F\x8B", NULL, STATUS_INPUT, "ends early" },
		{ "gzip-bad", "\x1F\x8BX___________", NULL, STATUS_INPUT, "gzip data is damaged" },
		{ "zstd-bad", "\x28\xB5\x2F\xFDX_______", NULL, STATUS_INPUT, "not a capture" },
		{ "filter", NULL, "port twenty-five and", STATUS_USAGE, "port twenty-five and" },
	};
	struct buffer good = sample(formats[0]);

	(void)state;
	sample_write("filter", buffer_span(&good));
	buffer_free(&good);
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct capture *capture;
		struct status status;
		const char *path = sample_path(cases[i].name);

		if (cases[i].content != NULL)
			sample_write(cases[i].name, span_of(cases[i].content));
		status = capture_open(path, cases[i].filter, 0, &capture);
		assert_null(capture);
		assert_int_equal(status.code, cases[i].code);
		if (strstr(status.message, path) == NULL ||
		    strstr(status.message, cases[i].says) == NULL)
			fail_msg("%s", status.message);
	}
}

static void
test_unreadable(void **state)
{
	struct buffer file = sample(formats[0]);
	const char *path = sample_write("secret", buffer_span(&file));
	struct capture *capture;
	struct status status;

	(void)state;
	buffer_free(&file);
	assert_int_equal(chmod(path, 0), 0);
	if (geteuid() == 0)             /* who may read everything */
		skip();
	status = capture_open(path, NULL, 0, &capture);
	assert_int_equal(status.code, STATUS_INPUT);
	assert_non_null(strstr(status.message, "Permission denied"));
}

/* Cut at any byte, a file gives the frames in front of the cut and says that it is damaged, unless
 * the cut falls between two frames. */
static void
test_every_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(formats); i++) {
		struct buffer file = sample(formats[i]), header = { 0 }, first = { 0 };
		size_t record;

		put_file_header(&header, formats[i]);
		put_frame(&first, formats[i], 0, tcp_frame(25), 0);
		record = first.len;
		for (size_t len = header.len; len < file.len; len++) {
			const char *path = sample_write("cut", span_first(buffer_span(&file), len));
			struct capture *capture = opened(path, NULL);
			bool between = (len - header.len) % record == 0;
			uint64_t frames;

			assert_int_equal(drained(capture, &frames),
				between ? CAPTURE_END : CAPTURE_DAMAGED);
			assert_int_equal(frames, (len - header.len) / record);
			assert_int_equal(capture_damage(capture)[0] == '\0', between);
			assert_null(strchr(capture_damage(capture), '\n'));
			capture_close(&capture);
		}
		buffer_free(&file);
		buffer_free(&header);
		buffer_free(&first);
	}
}

/* Cut inside its packing, a capture is damaged even where the cut falls between two frames. */
static void
test_every_cut_of_packed(void **state)
{
	static void (*const packings[])(struct buffer *, struct span) = { put_gzip, put_zstd };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(packings); i++) {
		struct buffer plain = sample(formats[0]), file = { 0 };

		packings[i](&file, buffer_span(&plain));
		for (size_t len = 1; len < file.len; len++) {
			const char *path = sample_write("cut", span_first(buffer_span(&file), len));
			struct capture *capture;
			struct status status = capture_open(path, NULL, 0, &capture);
			uint64_t frames;

			if (!status_is_ok(&status)) {
				assert_true(len < 60);
				continue;
			}
			assert_int_equal(drained(capture, &frames), CAPTURE_DAMAGED);
			assert_non_null(strstr(capture_damage(capture), "ends early"));
			assert_int_equal(frames, capture_frames(capture));
			capture_close(&capture);
		}
		buffer_free(&plain);
		buffer_free(&file);
	}
}

static void
test_damaged_packing(void **state)
{
	static const struct {
		const char *what;
		void (*pack)(struct buffer *, struct span);
		long        change;     /* which byte, from the end if negative; 0: none */
		const char *behind;
		const char *says;
	} cases[] = {
		{ "gzip checksum", put_gzip, -8, "", "gzip data is damaged" },
		{ "gzip length", put_gzip, -1, "", "gzip data is damaged" },
		{ "gzip block", put_gzip, 11, "", "gzip data is damaged" },
		{ "behind gzip", put_gzip, 0, "trailing text", "gzip data is damaged" },
		{ "behind zstd", put_zstd, 0, "trailing text", "zstd data is damaged" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct buffer plain = sample(formats[0]), file = { 0 };
		struct capture *capture;
		struct status status;
		uint64_t frames;

		cases[i].pack(&file, buffer_span(&plain));
		if (cases[i].change > 0)
			file.at[cases[i].change] ^= 0x55;
		if (cases[i].change < 0)
			file.at[(long)file.len + cases[i].change] ^= 0x55;
		buffer_add_text(&file, cases[i].behind);
		status = capture_open(sample_write("bad", buffer_span(&file)), NULL, 0, &capture);
		if (status_is_ok(&status)) {
			assert_int_equal(drained(capture, &frames), CAPTURE_DAMAGED);
			if (strstr(capture_damage(capture), cases[i].says) == NULL)
				fail_msg("%s: %s", cases[i].what, capture_damage(capture));
			assert_int_equal(frames, FRAMES);
			capture_close(&capture);
		} else if (strstr(status.message, cases[i].says) == NULL) {
			fail_msg("%s: %s", cases[i].what, status.message);
		}
		buffer_free(&plain);
		buffer_free(&file);
	}
}

/* Two kilobytes that unpack to 64 MiB pass through, frame by frame; a window of 256 MiB is refused.
 * */
static void
test_bombs(void **state)
{
	enum { BLOCKS = 512, BLOCK = 128 * 1024, RECORD = 16 };
	struct buffer plain = { 0 }, file = { 0 };
	struct capture *capture;
	struct status status;
	uint64_t frames;

	(void)state;
	put_pcap_header(&plain, formats[0]);
	put_zstd_header(&file, 7);
	put_zstd_block(&file, 0, plain.len, false);
	buffer_add(&file, buffer_span(&plain));
	for (size_t i = 0; i < BLOCKS; i++) {
		put_zstd_block(&file, 1, BLOCK, i == BLOCKS - 1);
		put_number(&file, 0, 1, false);
	}
	capture = opened(sample_write("bomb", buffer_span(&file)), NULL);
	assert_int_equal(drained(capture, &frames), CAPTURE_END);
	assert_int_equal(frames, (uint64_t)BLOCKS * BLOCK / RECORD);
	capture_close(&capture);

	buffer_clear(&file);
	put_zstd_header(&file, 18);
	put_zstd_block(&file, 0, plain.len, true);
	buffer_add(&file, buffer_span(&plain));
	status = capture_open(sample_write("bomb", buffer_span(&file)), NULL, 0, &capture);
	assert_int_equal(status.code, STATUS_INPUT);
	assert_non_null(strstr(status.message, "128 MiB"));
	buffer_free(&plain);
	buffer_free(&file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_format_and_packing),
		cmocka_unit_test(test_digest_beside_the_reader),
		cmocka_unit_test(test_standard_input),
		cmocka_unit_test(test_classic_times),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_open_failures),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_every_cut_of_packed),
		cmocka_unit_test(test_damaged_packing),
		cmocka_unit_test(test_bombs),
	};

	return cmocka_run_group_tests(tests, sample_setup, sample_teardown);
}
