/* Files written as pcapng are read back as they were. */
#include "base/table.h"
#include "shared/capture_sample.h"
#include "wire/capture.h"
#include "wire/pcapng_write.h"

#include <stdio.h>
#include <unistd.h>

static struct frame
frame_of(int link_type, int64_t time_ns, uint32_t wire_len, struct span bytes)
{
	return (struct frame){
		.at = { .time_ns = time_ns },
		.link_type = link_type,
		.wire_len = wire_len,
		.bytes = bytes,
	};
}

static size_t
occurrences(const char *path, const char *text)
{
	struct buffer file = { 0 };
	size_t count = 0;
	FILE *stream = fopen(path, "rb");
	char part[4096];
	size_t got;

	assert_non_null(stream);
	while ((got = fread(part, 1, sizeof(part), stream)) > 0)
		buffer_add(&file, span_from(part, got));
	fclose(stream);
	for (size_t i = 0; i + strlen(text) <= file.len; i++)
		count += memcmp(file.at + i, text, strlen(text)) == 0;
	buffer_free(&file);
	return count;
}

/* Several link types and snaplens, a cut frame, lengths that need padding, times with nanoseconds. */
static void
test_frames_come_back(void **state)
{
	struct span bytes = tcp_frame(25), packet = span_after(bytes, 14);
	const struct {
		struct frame frame;
		uint32_t     snaplen;
		const char  *comment;
		int          read_as;
	} frames[] = {
		{ frame_of(ETHERNET, INT64_C(1764936000123456789), (uint32_t)bytes.len, bytes), 262144, "",
		  ETHERNET },
		{ frame_of(12, 1, (uint32_t)packet.len, packet), 262144, "one\nand two", 12 },
		{ frame_of(ETHERNET, 2000000001, 1500, span_first(bytes, 41)), 41, "cut \xc3\xa9", ETHERNET },
	};
	struct pcapng_writer *writer;
	struct capture *capture;
	struct status status;
	char path[] = "/tmp/pcapng_write.XXXXXX";
	struct frame got;

	(void)state;
	close(mkstemp(path));
	unlink(path);
	status = pcapng_create(path, "session 7", &writer);
	assert_true(status_is_ok(&status));
	for (size_t i = 0; i < TABLE_LENGTH(frames); i++)
		pcapng_add(writer, &frames[i].frame, frames[i].snaplen, span_of(frames[i].comment));
	status = pcapng_finish(&writer, true);
	assert_true(status_is_ok(&status));
	status = capture_open(path, NULL, 0, &capture);
	assert_true(status_is_ok(&status));
	for (size_t i = 0; i < TABLE_LENGTH(frames); i++) {
		assert_int_equal(capture_next(capture, &got), CAPTURE_FRAME);
		assert_int_equal(got.at.time_ns, frames[i].frame.at.time_ns);
		assert_int_equal(got.wire_len, frames[i].frame.wire_len);
		assert_int_equal(got.link_type, frames[i].read_as);
		assert_true(span_equal(got.bytes, frames[i].frame.bytes));
		if (frames[i].comment[0] != '\0')
			assert_int_equal(occurrences(path, frames[i].comment), 1);
	}
	assert_int_equal(capture_next(capture, &got), CAPTURE_END);
	capture_close(&capture);
	assert_int_equal(occurrences(path, "session 7"), 1);

	/* what is there is not written over */
	status = pcapng_create(path, "", &writer);
	assert_int_equal(status.code, STATUS_USAGE);
	assert_null(writer);
	assert_int_equal(occurrences(path, "session 7"), 1);
	unlink(path);
}

/* A comment longer than an option can be is cut between characters. */
static void
test_long_comment(void **state)
{
	struct frame frame = frame_of(ETHERNET, 0, 60, tcp_frame(25)), got;
	struct buffer comment = { 0 };
	struct pcapng_writer *writer;
	struct capture *capture;
	struct status status;
	char path[] = "/tmp/pcapng_write.XXXXXX";

	(void)state;
	for (size_t i = 0; i < 30000; i++)
		buffer_add_text(&comment, "\xe2\x82\xac");
	close(mkstemp(path));
	unlink(path);
	status = pcapng_create(path, "", &writer);
	assert_true(status_is_ok(&status));
	pcapng_add(writer, &frame, 65535, buffer_span(&comment));
	pcapng_add(writer, &frame, 65535, (struct span){ 0 });
	status = pcapng_finish(&writer, true);
	assert_true(status_is_ok(&status));
	status = capture_open(path, NULL, 0, &capture);
	assert_true(status_is_ok(&status));
	assert_int_equal(capture_next(capture, &got), CAPTURE_FRAME);
	assert_int_equal(capture_next(capture, &got), CAPTURE_FRAME);
	assert_int_equal(capture_next(capture, &got), CAPTURE_END);
	capture_close(&capture);
	assert_int_equal(occurrences(path, "\xe2\x82\xac"), 65532 / 3);
	buffer_free(&comment);
	unlink(path);
}

/* What was given up, or did not fit on the disk, leaves no half of a file. */
static void
test_nothing_half(void **state)
{
	struct frame frame = frame_of(ETHERNET, 0, 60, tcp_frame(25));
	struct pcapng_writer *writer;
	struct status status;
	char path[] = "/tmp/pcapng_write.XXXXXX";

	(void)state;
	close(mkstemp(path));
	unlink(path);
	status = pcapng_create(path, "", &writer);
	assert_true(status_is_ok(&status));
	pcapng_add(writer, &frame, 65535, (struct span){ 0 });
	status = pcapng_finish(&writer, false);
	assert_true(status_is_ok(&status));
	assert_int_equal(access(path, F_OK), -1);

	status = pcapng_create("/nowhere/at/all", "", &writer);
	assert_int_equal(status.code, STATUS_USAGE);
	assert_null(writer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames_come_back),
		cmocka_unit_test(test_long_comment),
		cmocka_unit_test(test_nothing_half),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
