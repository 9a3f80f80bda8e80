/* The files behind the names of a command line: walked, sorted by time, each once. */
#include "base/table.h"
#include "shared/capture_sample.h"
#include "wire/capture.h"

static const struct format plain = { false, false, false };

/* Writes a capture whose first frame is `second` seconds after 1970; none for 0. */
static void
write_capture(const char *name, int64_t second)
{
	struct buffer file = { 0 };

	put_pcap_header(&file, plain);
	if (second > 0)
		put_frame(&file, plain, second * 1000000000, tcp_frame(25), 62);
	sample_write(name, buffer_span(&file));
	buffer_free(&file);
}

static void
write_packed(const char *name, int64_t second)
{
	struct buffer file = { 0 }, packed = { 0 };

	put_pcap_header(&file, plain);
	put_frame(&file, plain, second * 1000000000, tcp_frame(25), 62);
	put_gzip(&packed, buffer_span(&file));
	sample_write(name, buffer_span(&packed));
	buffer_free(&file);
	buffer_free(&packed);
}

/*
 * The sample directory:
 *   set/late set/early set/middle.gz   captures
 *   set/deep/er/first                  a capture, the earliest
 *   set/no-frames                      a capture without frames
 *   set/notes.txt set/empty            no captures
 *   set/.hidden set/.git/capture       left out
 *   set/link                           a symbolic link to late
 *   link-to-set                        a symbolic link to set
 */
static int
samples_make(void **state)
{
	if (sample_setup(state) != 0)
		return -1;
	mkdir(sample_path("set"), 0700);
	mkdir(sample_path("set/deep"), 0700);
	mkdir(sample_path("set/deep/er"), 0700);
	mkdir(sample_path("set/.git"), 0700);
	mkdir(sample_path("bare"), 0700);
	write_capture("set/late", 3000);
	write_capture("set/early", 1000);
	write_packed("set/middle.gz", 2000);
	write_capture("set/deep/er/first", 500);
	write_capture("set/no-frames", 0);
	write_capture("set/.hidden", 100);
	write_capture("set/.git/capture", 100);
	write_capture("twin-b", 700);
	write_capture("twin-a", 700);
	sample_write("set/notes.txt", span_of("not a capture\n"));
	sample_write("set/empty", span_of(""));
	if (symlink("late", sample_path("set/link")) != 0)
		return -1;
	return symlink("set", sample_path("link-to-set"));
}

#define WALKED(root) root "/deep/er/first", root "/early", root "/middle.gz", root "/late", \
	root "/no-frames"

static const struct {
	const char *names[5];   /* as given, in the sample directory; "-" is standard input */
	const char *wanted[8];
} cases[] = {
	{ { NULL }, { NULL } },
	{ { "set" }, { WALKED("set") } },
	{ { "link-to-set" }, { WALKED("link-to-set") } },
	{ { "bare" }, { NULL } },
	{ { "set/late", "set/early" }, { "set/early", "set/late" } },
	/* named files are listed whatever they are, behind those that have a time */
	{ { "absent", "set/late" }, { "set/late", "absent" } },
	{ { "set/notes.txt", "set/late" }, { "set/late", "set/notes.txt" } },
	{ { "set/.hidden" }, { "set/.hidden" } },
	{ { "set", "set/notes.txt" }, { WALKED("set"), "set/notes.txt" } },
	/* a file once, by whatever name it was found first */
	{ { "set/late", "set/late" }, { "set/late" } },
	{ { "set/link", "set/late" }, { "set/link" } },
	{ { "set/late", "link-to-set" },
	  { "link-to-set/deep/er/first", "link-to-set/early", "link-to-set/middle.gz", "set/late",
	    "link-to-set/no-frames" } },
	/* equal times keep the order in which they were given */
	{ { "twin-b", "twin-a" }, { "twin-b", "twin-a" } },
	{ { "twin-a", "twin-b" }, { "twin-a", "twin-b" } },
	/* standard input comes last, and once */
	{ { "-", "absent", "set/late", "-" }, { "set/late", "absent", "-" } },
};

static void
check_case(size_t i)
{
	char names[5][128], *pointers[5];
	struct capture_list list;
	struct status status;
	size_t count, wanted;

	for (count = 0; count < 5 && cases[i].names[count] != NULL; count++) {
		bool is_stdin = strcmp(cases[i].names[count], "-") == 0;

		strcpy(names[count], is_stdin ? "-" : sample_path(cases[i].names[count]));
		pointers[count] = names[count];
	}
	status = capture_list_new(pointers, count, &list);
	assert_true(status_is_ok(&status));
	for (wanted = 0; wanted < 8 && cases[i].wanted[wanted] != NULL; wanted++) {
		bool is_stdin = strcmp(cases[i].wanted[wanted], "-") == 0;

		if (wanted >= list.count)
			fail_msg("case %zu: only %zu", i, list.count);
		assert_string_equal(list.paths[wanted],
			is_stdin ? "-" : sample_path(cases[i].wanted[wanted]));
	}
	assert_int_equal(list.count, wanted);
	capture_list_free(&list);
	assert_null(list.paths);
}

static void
test_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++)
		check_case(i);
}

/* A look into a pipe would take bytes away from it: it is listed without one. */
static void
test_pipe_is_left_alone(void **state)
{
	char pipe_path[128], late[128], *names[] = { pipe_path, late };
	struct capture_list list;
	struct status status;

	(void)state;
	strcpy(pipe_path, sample_path("pipe"));
	strcpy(late, sample_path("set/late"));
	assert_int_equal(mkfifo(pipe_path, 0600), 0);
	alarm(20);      /* opening it for reading would wait for a writer for ever */
	status = capture_list_new(names, 2, &list);
	alarm(0);
	assert_true(status_is_ok(&status));
	assert_int_equal(list.count, 2);
	assert_string_equal(list.paths[0], late);
	assert_string_equal(list.paths[1], pipe_path);
	capture_list_free(&list);
}

/* More names than the list begins with room for. */
static void
test_many(void **state)
{
	char *names[300];
	struct capture_list list;
	struct status status;

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(names); i++) {
		char name[32];

		snprintf(name, sizeof(name), "many-%zu", i);
		write_capture(name, (int64_t)(1000 - i));
		names[i] = strdup(sample_path(name));
	}
	status = capture_list_new(names, TABLE_LENGTH(names), &list);
	assert_true(status_is_ok(&status));
	assert_int_equal(list.count, TABLE_LENGTH(names));
	for (size_t i = 0; i < TABLE_LENGTH(names); i++)
		assert_string_equal(list.paths[i], names[TABLE_LENGTH(names) - 1 - i]);
	capture_list_free(&list);
	for (size_t i = 0; i < TABLE_LENGTH(names); i++)
		free(names[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_pipe_is_left_alone),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, samples_make, sample_teardown);
}
