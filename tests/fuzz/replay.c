/* Runs files through a fuzz target without a fuzzer, so that what was found once stays a test with
 * any compiler.
 *
 *	fuzz_NAME [-c] [-d COUNT] [-w FOLDER] FILE...
 *
 * With -c the files are captures, and an input is made of each.  With -d every input is also run in
 * COUNT damaged versions, the same ones each time.  With -w the inputs are written to a folder and
 * not run.
 *
 * Inputs run in a child process, which a crash ends without ending the replay: the next child
 * goes on behind it. */
#include "fuzz.h"

#include "wire/capture.h"
#include "wire/ip.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	SECONDS_MOST = 20,              /* for one input, sanitized and on a busy machine */
	DAMAGES_MOST = 4,               /* in one version */
	FRAME_MOST = 0xFFFF,
	LINK_BITS = 0x0F,
	CUT_BIT = 0x10,
	STEP_SHIFT = 5,
	PLENTY = 64 << 20,
};

struct replay {
	bool         captures;
	unsigned     damaged;           /* versions */
	const char  *folder;            /* to write to, or NULL */
	char       **files;
	size_t       count;
};

/* Where the child stands, in memory that it shares with its parent. */
struct progress {
	size_t file, version;
	size_t passed;
};

/* Memory --------------------------------------------------------------------------------------- */

struct budget
fuzz_budget(uint8_t choice)
{
	static const size_t limits[] = { 512, 2048, 6000, 12000, 24000, 64000, 256000, 1 << 20 };

	return (struct budget){ .limit = choice & 8 ? limits[choice & 7] : PLENTY };
}

void
fuzz_promise(bool holds, const char *promise)
{
	if (holds)
		return;
	fprintf(stderr, "broken promise: %s\n", promise);
	abort();
}

void
fuzz_all_given_back(const struct budget *budget)
{
	fuzz_promise(budget->used == 0, "memory goes back to the budget");
}

void
fuzz_touch(struct span bytes)
{
	static volatile uint8_t sum;

	for (size_t i = 0; i < bytes.len; i++)
		sum = (uint8_t)(sum + bytes.at[i]);
}

/* Frames --------------------------------------------------------------------------------------- */

static const int64_t steps_ns[] = { 0, 1000, 1000000, 100000000, INT64_C(2000000000),
	INT64_C(40000000000), INT64_C(1000000000000), -INT64_C(1000000000) };

int64_t
fuzz_step_ns(unsigned choice)
{
	return steps_ns[choice % TABLE_LENGTH(steps_ns)];
}

unsigned
fuzz_step_choice(int64_t interval_ns)
{
	unsigned choice = 0;

	while (choice + 2 < TABLE_LENGTH(steps_ns) && steps_ns[choice + 1] <= interval_ns)
		choice++;
	return choice;
}

/* Numbers of link types, as files have them; the last one is unknown to everybody. */
static const int link_types[LINK_BITS + 1] = { 1, 0, 12, 14, 101, 108, 113, 228, 229, 276, 9,
	50, 51, 105, 127, 147 };

bool
fuzz_take_frame(struct cursor *in, struct frame *frame)
{
	uint32_t head = cursor_be(in, 1);
	size_t len = cursor_be(in, 2);

	if (in->failed)
		return false;
	frame->at.time_ns += fuzz_step_ns(head >> STEP_SHIFT);
	frame->at.frame++;
	frame->link_type = link_types[head & LINK_BITS];
	frame->bytes = cursor_take_up_to(in, len);
	frame->wire_len = (uint32_t)(frame->bytes.len * (head & CUT_BIT ? 2 : 1));
	return true;
}

void
fuzz_put(struct buffer *out, size_t number, size_t size)
{
	while (size-- > 0)
		buffer_add(out, span_from(&(uint8_t){ (uint8_t)(number >> (8 * size)) }, 1));
}

void
fuzz_put_frame(struct buffer *out, const struct frame *frame)
{
	size_t link = 0, len = frame->bytes.len < FRAME_MOST ? frame->bytes.len : FRAME_MOST;

	while (link < LINK_BITS && link_types[link] != frame->link_type)
		link++;
	fuzz_put(out, link | (frame->wire_len > frame->bytes.len ? CUT_BIT : 0) |
		(size_t)2 << STEP_SHIFT, 1);
	fuzz_put(out, len, 2);
	buffer_add(out, span_first(frame->bytes, len));
}

/* Captures ------------------------------------------------------------------------------------- */

const char *
fuzz_path(struct span bytes)
{
	static int file = -1;
	static char path[32];

	if (file == -1)
		file = memfd_create("input", MFD_CLOEXEC);
	fuzz_promise(file != -1 && ftruncate(file, 0) == 0 &&
		pwrite(file, bytes.at, bytes.len, 0) == (ssize_t)bytes.len, "files in memory work");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	return path;
}

void
fuzz_read_file(const char *path, struct buffer *out)
{
	uint8_t piece[4096];
	FILE *file = fopen(path, "rb");
	size_t got;

	if (file == NULL) {
		perror(path);
		exit(2);
	}
	while ((got = fread(piece, 1, sizeof(piece), file)) > 0)
		buffer_add(out, span_from(piece, got));
	fclose(file);
}

void
fuzz_each_frame(const char *path, void (*take)(void *user, const struct frame *frame), void *user)
{
	struct capture *capture;
	struct status status = capture_open(path, NULL, 0, &capture);
	struct frame frame;

	if (!status_is_ok(&status)) {
		fprintf(stderr, "%s\n", status.message);
		return;
	}
	while (capture_next(capture, &frame) == CAPTURE_FRAME)
		take(user, &frame);
	capture_close(&capture);
}

struct segments {
	struct ip *ip;
	void (*take)(void *user, const struct segment *segment);
	void *user;
};

static void
take_frame(void *user, const struct frame *frame)
{
	struct segments *segments = user;
	struct segment segment;
	struct link link;

	if (link_decode(frame, &link) == LINK_IP &&
	    ip_decode(segments->ip, frame, &link, &segment) == IP_SEGMENT)
		segments->take(segments->user, &segment);
}

void
fuzz_each_segment(const char *path, void (*take)(void *user, const struct segment *segment),
	void *user)
{
	struct budget budget = fuzz_budget(0);
	struct segments segments = { .ip = ip_new(&budget), .take = take, .user = user };

	if (segments.ip == NULL)
		return;
	fuzz_each_frame(path, take_frame, &segments);
	ip_free(&segments.ip);
}

/* Damage --------------------------------------------------------------------------------------- */

static uint32_t
draw(uint32_t *luck)
{
	*luck ^= *luck << 13;
	*luck ^= *luck >> 17;
	*luck ^= *luck << 5;
	return *luck;
}

/* Overwrites, cuts out, doubles or cuts off some bytes. */
static void
damage_once(struct buffer *input, uint32_t *luck)
{
	static const uint8_t favourites[] = { 0x00, 0xFF, 0x7F, 0x80, 0x01, '\r', '\n', '=' };
	struct buffer old = *input;
	size_t at = draw(luck) % (old.len + 1), len = draw(luck) % 16;
	struct span bytes = buffer_span(&old), rest = span_after(bytes, at);

	*input = (struct buffer){ 0 };
	buffer_add(input, span_first(bytes, at));
	switch (draw(luck) % 8) {
	case 0: break;
	case 1: buffer_add(input, span_after(rest, len)); break;
	case 2:
		buffer_add(input, span_first(rest, len));
		buffer_add(input, rest);
		break;
	default:
		buffer_add(input, span_from(&favourites[draw(luck) % TABLE_LENGTH(favourites)], 1));
		buffer_add(input, span_after(rest, 1));
		break;
	}
	buffer_free(&old);
}

static void
damage(struct buffer *input, size_t version)
{
	uint32_t luck = (uint32_t)(version * 2654435761u) | 1;
	unsigned times = 1 + draw(&luck) % DAMAGES_MOST;

	while (times-- > 0)
		damage_once(input, &luck);
}

/* Running -------------------------------------------------------------------------------------- */

static void
read_input(const struct replay *replay, size_t file, struct buffer *input)
{
	if (replay->captures)
		fuzz_seed(replay->files[file], input);
	else
		fuzz_read_file(replay->files[file], input);
}

static void
run_version(const struct buffer *whole, size_t version)
{
	struct buffer input = { 0 };

	buffer_add(&input, buffer_span(whole));
	if (version > 0)
		damage(&input, version);
	alarm(SECONDS_MOST);
	LLVMFuzzerTestOneInput(input.at, input.len);
	alarm(0);
	buffer_free(&input);
}

/* Goes on from where `progress` stands to the end. */
static void
run_rest(const struct replay *replay, struct progress *progress)
{
	for (; progress->file < replay->count; progress->file++, progress->version = 0) {
		struct buffer whole = { 0 };

		read_input(replay, progress->file, &whole);
		if (whole.len == 0 && replay->captures)
			progress->version = replay->damaged + 1;
		for (; progress->version <= replay->damaged; progress->version++) {
			run_version(&whole, progress->version);
			progress->passed++;
		}
		buffer_free(&whole);
	}
}

/* True when the child came to the end, and ended well. */
static bool
run_child(const struct replay *replay, struct progress *progress)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		run_rest(replay, progress);
		exit(0);
	}
	if (child == -1 || waitpid(child, &status, 0) != child) {
		perror("replay");
		exit(2);
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The number of failures. */
static size_t
run_all(const struct replay *replay, struct progress *progress, const char *name)
{
	size_t failed = 0;

	while (!run_child(replay, progress)) {
		failed++;
		if (progress->file == replay->count) {
			printf("FAILED %s: at its end (a leak?)\n", name);
			return failed;
		}
		printf("FAILED %s: %s, version %zu\n", name, replay->files[progress->file],
			progress->version);
		progress->version++;
	}
	return failed;
}

static void
write_inputs(const struct replay *replay)
{
	for (size_t i = 0; i < replay->count; i++) {
		const char *slash = strrchr(replay->files[i], '/');
		struct buffer input = { 0 };
		char path[1024];
		FILE *file;

		read_input(replay, i, &input);
		snprintf(path, sizeof(path), "%s/%s", replay->folder,
			slash == NULL ? replay->files[i] : slash + 1);
		file = fopen(path, "wb");
		if (file == NULL || fwrite(input.at, 1, input.len, file) != input.len) {
			perror(path);
			exit(2);
		}
		fclose(file);
		buffer_free(&input);
	}
}

static struct replay
options(int argc, char **argv)
{
	struct replay replay = { 0 };
	int option;

	while ((option = getopt(argc, argv, "cd:w:")) != -1) {
		switch (option) {
		case 'c': replay.captures = true; break;
		case 'd': replay.damaged = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'w': replay.folder = optarg; break;
		default: exit(2);
		}
	}
	replay.files = argv + optind;
	replay.count = (size_t)(argc - optind);
	return replay;
}

/* Weak, because a fuzzer brings its own. */
__attribute__((weak)) int
main(int argc, char **argv)
{
	struct replay replay = options(argc, argv);
	struct progress *progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	size_t failed;

	if (progress == MAP_FAILED)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (replay.folder != NULL) {
		write_inputs(&replay);
		return 0;
	}
	failed = run_all(&replay, progress, argv[0]);
	printf("%zu passed, %zu failed\n", progress->passed, failed);
	return failed > 0;
}
