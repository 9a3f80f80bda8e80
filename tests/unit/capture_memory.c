/* Capture files while memory is short: each allocation in turn is refused, and none of that is blamed on a file. */
#include "base/table.h"
#include "shared/capture_sample.h"
#include "shared/refuse.h"
#include "wire/capture.h"

/* Files in whose second frame every reader's first buffer is too small. */
enum {
	KINDS = 4,
	FRAMES = 2,
	LARGE = 200000,
};

static const char *const names[KINDS] = { "folder/classic", "folder/next", "folder/gzip", "folder/zstd" };

static struct buffer
large_sample(bool next_generation)
{
	static const uint8_t large[LARGE];
	const struct format format = { .next_generation = next_generation };
	struct buffer out = { 0 };

	put_file_header(&out, format);
	if (!next_generation)
		memcpy(out.at + 16, "\0\0\4\0", 4);     /* snaplen 262144 */
	put_frame(&out, format, 1000, tcp_frame(25), 62);
	put_frame(&out, format, 2000, span_from(large, LARGE), LARGE);
	assert_false(out.failed);
	return out;
}

static int
write_samples(void **state)
{
	struct buffer classic, next, gzip = { 0 }, zstd = { 0 };

	if (sample_setup(state) != 0 || mkdir(sample_path("folder"), 0700) != 0)
		return -1;
	classic = large_sample(false);
	next = large_sample(true);
	put_gzip(&gzip, buffer_span(&classic));
	put_zstd(&zstd, buffer_span(&next));
	sample_write(names[0], buffer_span(&classic));
	sample_write(names[1], buffer_span(&next));
	sample_write(names[2], buffer_span(&gzip));
	sample_write(names[3], buffer_span(&zstd));
	buffer_free(&classic);
	buffer_free(&next);
	buffer_free(&gzip);
	buffer_free(&zstd);
	return 0;
}

/* True when the file was read whole; otherwise it must have been memory that was short. */
static bool
read_short(const char *path)
{
	struct capture *capture;
	struct status status = capture_open(path, NULL, 0, &capture);
	enum capture_result result;
	struct frame frame;

	if (!status_is_ok(&status)) {
		if (status.code != STATUS_NO_MEMORY)
			fail_msg("refusal %lu: %s", refused_at, status.message);
		return false;
	}
	do
		result = capture_next(capture, &frame);
	while (result == CAPTURE_FRAME);
	if (result == CAPTURE_END)
		assert_int_equal(capture_frames(capture), FRAMES);
	else if (result != CAPTURE_NO_MEMORY || strstr(capture_damage(capture), "out of memory") == NULL)
		fail_msg("refusal %lu: %s", refused_at, capture_damage(capture));
	assert_int_equal(capture_next(capture, &frame), result);
	capture_close(&capture);
	return result == CAPTURE_END;
}

static bool
list_short(const char *path)
{
	char folder[128];
	char *name = strcpy(folder, path);
	struct capture_list list;
	struct status status = capture_list_new(&name, 1, &list);

	if (status_is_ok(&status))
		assert_int_equal(list.count, KINDS);
	else
		assert_int_equal(status.code, STATUS_NO_MEMORY);
	capture_list_free(&list);
	return status_is_ok(&status);
}

static void
test_reading(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS; i++)
		refuse_each(read_short, sample_path(names[i]));
}

/* In a folder, what is no capture is passed over in silence: not what could not be looked into. */
static void
test_listing(void **state)
{
	(void)state;
	refuse_each(list_short, sample_path("folder"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reading),
		cmocka_unit_test(test_listing),
	};

	return cmocka_run_group_tests(tests, write_samples, sample_teardown);
}
