/* Capture files while memory is short: each allocation in turn is refused, and none of that is blamed on a file. */
#include "base/table.h"
#include "capture_sample.h"
#include "wire/capture.h"

#include <dlfcn.h>
#include <errno.h>
#include <sys/stat.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OWN_ALLOCATOR 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define OWN_ALLOCATOR 1
#endif
#endif

static unsigned long refused_at, allocated;     /* 0: none is refused */

#ifndef OWN_ALLOCATOR
/* The C library counts not: its fts_open() does not survive a refusal. */
static bool
is_refused(const void *caller)
{
	Dl_info object;

	if (refused_at == 0 || (dladdr(caller, &object) != 0 && strstr(object.dli_fname, "libc.so") != NULL) ||
	    ++allocated != refused_at)
		return false;
	errno = ENOMEM;
	return true;
}

/* They stand before those of the C library for the program and for all libraries that it is linked with. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

void *
malloc(size_t size)
{
	return is_refused(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return is_refused(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
	return is_refused(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}
#endif

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

	if (directory_make(state) != 0 || mkdir(sample_path("folder"), 0700) != 0)
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

/* Refuses each allocation of `work` in turn; at least one refusal keeps it from its end.  Before that libcrypto sets itself
 * up, which it tries once. */
static void
refuse_each(bool (*work)(const char *), const char *path)
{
	size_t failed = 0;
	bool whole = work(path);

	assert_true(whole);
	for (refused_at = 1;; refused_at++) {
		allocated = 0;
		whole = work(path);
		failed += !whole;
		if (allocated < refused_at)
			break;
	}
	refused_at = 0;
	assert_true(whole);
	assert_true(failed > 0);
}

static void
test_reading(void **state)
{
	(void)state;
#ifdef OWN_ALLOCATOR
	skip();
#endif
	for (size_t i = 0; i < KINDS; i++)
		refuse_each(read_short, sample_path(names[i]));
}

/* In a folder, what is no capture is passed over in silence: not what could not be looked into. */
static void
test_listing(void **state)
{
	(void)state;
#ifdef OWN_ALLOCATOR
	skip();
#endif
	refuse_each(list_short, sample_path("folder"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reading),
		cmocka_unit_test(test_listing),
	};

	return cmocka_run_group_tests(tests, write_samples, directory_remove);
}
