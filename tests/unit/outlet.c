/* Outlets: who tells never waits, whatever is at the other end; what is lost is counted and said; and nothing keeps the
 * program from ending. */
#include "sensor/outlet.h"
#include "shared/build_session.h"
#include "shared/sample_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum {
	PATIENCE = 5000,
	SOON = 2000,            /* milliseconds, on a busy machine */
};

static struct build built;

static const struct rule rules[] = {
	{ .id = "cred-plaintext-accepted", .severity = SEVERITY_HIGH },
	{ .id = "starttls-not-used", .severity = SEVERITY_MEDIUM },
};

static int
set_up(void **state)
{
	signal(SIGPIPE, SIG_DFL);       /* nothing depends on its being ignored */
	build_begin(&built);
	return sample_setup(state);
}

static int
tear_down(void **state)
{
	build_end(&built);
	return sample_teardown(state);
}

static int64_t
milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
rest(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
}

/* Trouble that was told. */
static struct {
	pthread_mutex_t lock;
	unsigned        times;
	char            last[256];
} troubles = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void
hear_trouble(void *user, const char *words)
{
	(void)user;
	pthread_mutex_lock(&troubles.lock);
	troubles.times++;
	snprintf(troubles.last, sizeof(troubles.last), "%s", words);
	pthread_mutex_unlock(&troubles.lock);
}

static struct outlets *
open_outlets(const struct outlet_config *configs, size_t count, bool start)
{
	static const struct outlet_origin origin = { .sensor = "probe", .trouble = hear_trouble };
	struct outlets *outlets;
	struct status status;

	troubles.times = 0;
	status = outlets_open(configs, count, &origin, &outlets);
	if (!status_is_ok(&status))
		fail_msg("%s", status.message);
	if (start) {
		status = outlets_start(outlets);
		assert_true(status_is_ok(&status));
	}
	return outlets;
}

static struct outlets *
open_one(enum outlet_kind kind, const char *path)
{
	return open_outlets(&(struct outlet_config){ .kind = kind, .path = path }, 1, true);
}

static struct tally_outlet
count_of(struct outlets *outlets)
{
	struct tally tally;

	outlets_count(outlets, &tally);
	return tally.outlets[0];
}

static bool
await_sent(struct outlets *outlets, uint64_t sent)
{
	for (int64_t until = milliseconds() + PATIENCE; milliseconds() < until; rest())
		if (count_of(outlets).sent >= sent)
			return true;
	return false;
}

static bool
await_working(struct outlets *outlets, bool working)
{
	for (int64_t until = milliseconds() + PATIENCE; milliseconds() < until; rest())
		if (count_of(outlets).working == working)
			return true;
	return false;
}

static void
tell_finding(struct outlets *outlets, size_t rule, const char *quote)
{
	struct finding finding = {
		.rule = &rules[rule],
		.severity = rules[rule].severity,
		.confidence = CONFIDENCE_PROVEN,
		.evidence = { .seen = true, .text = span_of(quote), .where.last.time_ns = 1714564800000000000 },
		.count = 1,
	};

	outlets_finding(outlets, built.session, &finding, TELLING_NEW);
}

static void
tell_number(struct outlets *outlets, unsigned number)
{
	char words[32];

	snprintf(words, sizeof(words), "number %u.", number);
	outlets_say(outlets, "trouble", words);
}

/* The whole file; static, so one at a time. */
static const char *
content_of(const char *path)
{
	static char content[8 << 20];
	int fd = open(path, O_RDONLY);
	ssize_t len;

	assert_true(fd >= 0);
	len = read(fd, content, sizeof(content) - 1);
	assert_true(len >= 0);
	content[len] = '\0';
	close(fd);
	return content;
}

static size_t
lines_of(const char *content)
{
	size_t lines = 0;

	for (; *content != '\0'; content++)
		lines += *content == '\n';
	return lines;
}

/* Standard output, for a while something else. */
static int own_stdout = -1;

static void
replace_stdout(int fd)
{
	fflush(stdout);
	own_stdout = dup(STDOUT_FILENO);
	assert_true(dup2(fd, STDOUT_FILENO) >= 0);
	close(fd);
}

static void
restore_stdout(void)
{
	fflush(stdout);
	dup2(own_stdout, STDOUT_FILENO);
	close(own_stdout);
}

/* Pipes ----------------------------------------------------------------------------------------- */

/* Adds what is there to `out` until `wanted` stands in it. */
static bool
read_until(int fd, struct buffer *out, const char *wanted)
{
	for (int64_t until = milliseconds() + PATIENCE; milliseconds() < until;) {
		struct pollfd polled = { .fd = fd, .events = POLLIN };
		uint8_t part[4096];
		ssize_t len;

		if (strstr(buffer_text(out), wanted) != NULL)
			return true;
		if (poll(&polled, 1, 100) <= 0)
			continue;
		len = read(fd, part, sizeof(part));
		if (len <= 0)
			break;
		buffer_add(out, span_from(part, (size_t)len));
	}
	return strstr(buffer_text(out), wanted) != NULL;
}

static void
test_pipe_nobody_reads(void **state)
{
	enum { TOLD = 20000 };
	struct buffer read = { 0 };
	struct outlets *outlets;
	struct tally_outlet counted;
	int64_t begin, end;
	int pipes[2];
	char drops[64];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	replace_stdout(pipes[1]);
	outlets = open_one(OUTLET_JSON_STDOUT, NULL);
	begin = milliseconds();
	for (unsigned i = 0; i < TOLD; i++)
		tell_number(outlets, i);
	end = milliseconds();
	counted = count_of(outlets);
	restore_stdout();
	assert_true(end - begin < SOON);
	assert_true(counted.dropped > TOLD / 2);
	assert_true(counted.sent + counted.dropped < TOLD);

	snprintf(drops, sizeof(drops), "\"dropped\":%llu}", (unsigned long long)counted.dropped);
	assert_true(read_until(pipes[0], &read, drops));
	assert_int_equal(read.at[0], '{');
	assert_true(await_sent(outlets, TOLD - counted.dropped));
	assert_int_equal(outlets_free(&outlets, 0), 0);
	assert_null(outlets);
	buffer_free(&read);
	close(pipes[0]);
}

static void
test_end_is_not_delayed(void **state)
{
	struct outlets *outlets;
	int64_t begin;
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	replace_stdout(pipes[1]);
	outlets = open_one(OUTLET_JSON_STDOUT, NULL);
	for (unsigned i = 0; i < 4000; i++)
		tell_number(outlets, i);
	begin = milliseconds();
	assert_true(outlets_free(&outlets, 100) > 1000);
	assert_true(milliseconds() - begin < SOON);
	assert_true(milliseconds() - begin >= 90);
	restore_stdout();
	close(pipes[0]);
}

/* What waits is written first, and lines that are told after each other stay in order. */
static void
test_end_is_awaited(void **state)
{
	struct buffer read = { 0 };
	struct outlets *outlets;
	const char *at;
	int pipes[2];
	char words[32];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	replace_stdout(pipes[1]);
	outlets = open_outlets(&(struct outlet_config){ .kind = OUTLET_JSON_STDOUT }, 1, false);
	for (unsigned i = 0; i < 100; i++)
		tell_number(outlets, i);
	outlets_start(outlets);
	assert_int_equal(outlets_free(&outlets, PATIENCE), 0);
	restore_stdout();
	assert_true(read_until(pipes[0], &read, "number 99."));
	at = buffer_text(&read);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(words, sizeof(words), "number %u.", i);
		at = strstr(at, words);
		assert_non_null(at);
	}
	buffer_free(&read);
	close(pipes[0]);
}

static void
test_pipe_closed(void **state)
{
	struct outlets *outlets;
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	replace_stdout(pipes[1]);
	outlets = open_one(OUTLET_JSON_STDOUT, NULL);
	close(pipes[0]);
	restore_stdout();
	tell_number(outlets, 1);
	assert_true(await_working(outlets, false));
	tell_number(outlets, 2);
	assert_int_equal(count_of(outlets).sent, 0);
	outlets_free(&outlets, PATIENCE);
	assert_int_equal(troubles.times, 1);
}

/* The description that others share keeps its way of blocking. */
static void
test_stdout_is_left_alone(void **state)
{
	struct outlets *outlets;
	int pipes[2], flags;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	replace_stdout(pipes[1]);
	outlets = open_one(OUTLET_TERMINAL, NULL);
	flags = fcntl(STDOUT_FILENO, F_GETFL);
	outlets_free(&outlets, 0);
	restore_stdout();
	assert_int_equal(flags & O_NONBLOCK, 0);
	close(pipes[0]);
}

/* Files ----------------------------------------------------------------------------------------- */

static void
test_file(void **state)
{
	const char *path = sample_path("lines"), *old = sample_path("lines.1");
	struct stat found;
	struct outlets *outlets = open_one(OUTLET_JSON_FILE, path);

	(void)state;
	tell_number(outlets, 1);
	assert_true(await_sent(outlets, 1));
	assert_int_equal(rename(path, old), 0);
	tell_number(outlets, 2);
	assert_true(await_sent(outlets, 2));
	outlets_reopen(outlets);
	tell_number(outlets, 3);
	outlets_session(outlets, built.session);
	assert_int_equal(outlets_free(&outlets, PATIENCE), 0);
	assert_int_equal(lines_of(content_of(old)), 2);
	assert_non_null(strstr(content_of(old), "number 2."));
	assert_int_equal(lines_of(content_of(path)), 2);
	assert_non_null(strstr(content_of(path), "number 3."));
	assert_int_equal(stat(path, &found), 0);
	assert_int_equal(found.st_mode & 07137, 0);
}

/* What is there stays, and a line that an earlier end cut gets its LF. */
static void
test_file_with_part_line(void **state)
{
	const char *path = sample_path("lines");
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	struct outlets *outlets;

	(void)state;
	assert_int_equal(write(fd, "{\"cut\":", 7), 7);
	close(fd);
	outlets = open_one(OUTLET_JSON_FILE, path);
	tell_number(outlets, 1);
	assert_int_equal(outlets_free(&outlets, PATIENCE), 0);
	assert_memory_equal(content_of(path), "{\"cut\":\n{", 9);
	assert_int_equal(lines_of(content_of(path)), 2);
}

static void
test_files_refused(void **state)
{
	const char *link = sample_path("link"), *target = sample_path("target");
	const char *refused[] = { link, sample_folder, sample_path("no/such"), NULL };

	(void)state;
	assert_int_equal(symlink(target, link), 0);
	for (size_t i = 0; i < TABLE_LENGTH(refused); i++) {
		struct outlets *outlets;
		struct status status = outlets_open(
			&(struct outlet_config){ .kind = OUTLET_JSON_FILE, .path = refused[i] }, 1,
			&(struct outlet_origin){ 0 }, &outlets);

		assert_int_equal(status.code, STATUS_USAGE);
		assert_true(strlen(status.message) > 0);
		assert_null(outlets);
	}
	assert_int_equal(access(target, F_OK), -1);
}

static void
test_file_that_cannot_be_opened_again(void **state)
{
	const char *path = sample_path("lines"), *old = sample_path("lines.1");
	struct outlets *outlets = open_one(OUTLET_JSON_FILE, path);

	(void)state;
	assert_int_equal(rename(path, old), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	outlets_reopen(outlets);
	tell_number(outlets, 1);
	assert_int_equal(outlets_free(&outlets, PATIENCE), 0);
	assert_int_equal(lines_of(content_of(old)), 1);
	assert_non_null(strstr(troubles.last, "cannot be written"));
}

static void
test_disk_is_full(void **state)
{
	struct outlets *outlets = open_one(OUTLET_JSON_FILE, "/dev/full");
	int64_t begin;

	(void)state;
	begin = milliseconds();
	for (unsigned i = 0; i < 5000; i++)
		tell_number(outlets, i);
	assert_true(milliseconds() - begin < SOON);
	assert_true(await_working(outlets, false));
	assert_true(count_of(outlets).dropped > 0);
	begin = milliseconds();
	assert_true(outlets_free(&outlets, 50) > 0);
	assert_true(milliseconds() - begin < SOON);
	assert_int_equal(troubles.times, 1);
	assert_non_null(strstr(troubles.last, "No space left"));
}

/* A limit on the size of files stands for a disk that gets full in the middle of a line, and is cleared. */
static void
test_disk_recovers(void **state)
{
	const char *path = sample_path("lines");
	struct outlets *outlets = open_one(OUTLET_JSON_FILE, path);
	struct rlimit limit, small;

	(void)state;
	getrlimit(RLIMIT_FSIZE, &limit);
	small = (struct rlimit){ .rlim_cur = 50, .rlim_max = limit.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	tell_number(outlets, 1);
	tell_number(outlets, 2);
	assert_true(await_working(outlets, false));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_true(await_sent(outlets, 2));
	assert_true(await_working(outlets, true));
	assert_int_equal(outlets_free(&outlets, PATIENCE), 0);
	assert_int_equal(troubles.times, 2);
	assert_int_equal(lines_of(content_of(path)), 2);
	assert_int_equal(content_of(path)[0], '{');
	assert_non_null(strstr(content_of(path), "}\n{\"@timestamp"));
	assert_non_null(strstr(content_of(path), "number 2."));
}

/* Sockets --------------------------------------------------------------------------------------- */

static int
listen_at(const char *path, int type)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type, 0);

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&name, sizeof(name)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 4), 0);
	return fd;
}

static void
test_socket_that_comes_and_goes(void **state)
{
	const char *path = sample_path("socket");
	struct buffer read = { 0 };
	struct outlets *outlets = open_one(OUTLET_JSON_SOCKET, path);
	int listening, fd;

	(void)state;
	assert_false(count_of(outlets).working);        /* nobody is there yet */
	tell_number(outlets, 1);
	listening = listen_at(path, SOCK_STREAM);
	fd = accept(listening, NULL, NULL);
	assert_true(read_until(fd, &read, "number 1."));
	assert_true(await_working(outlets, true));

	close(fd);
	close(listening);
	unlink(path);
	buffer_clear(&read);
	tell_number(outlets, 2);
	assert_true(await_working(outlets, false));
	tell_number(outlets, 3);
	listening = listen_at(path, SOCK_STREAM);
	fd = accept(listening, NULL, NULL);
	assert_true(read_until(fd, &read, "number 3."));
	assert_memory_equal(buffer_text(&read), "{\"@timestamp", 12);
	assert_non_null(strstr(buffer_text(&read), "number 2."));
	assert_int_equal(outlets_free(&outlets, PATIENCE), 0);
	buffer_free(&read);
	close(fd);
	close(listening);
}

static void
test_socket_nobody_reads(void **state)
{
	const char *path = sample_path("socket");
	int listening = listen_at(path, SOCK_STREAM);
	struct outlets *outlets = open_one(OUTLET_JSON_SOCKET, path);
	int64_t begin = milliseconds();

	(void)state;
	for (unsigned i = 0; i < 10000; i++)
		tell_number(outlets, i);
	assert_true(milliseconds() - begin < SOON);
	assert_true(count_of(outlets).dropped > 0);
	begin = milliseconds();
	assert_true(outlets_free(&outlets, 50) > 0);
	assert_true(milliseconds() - begin < SOON);
	close(listening);
}

/* Datagrams hold a line each. */
static void
test_socket_of_datagrams(void **state)
{
	const char *path = sample_path("socket");
	int receiving = listen_at(path, SOCK_DGRAM);
	struct outlets *outlets = open_one(OUTLET_JSON_SOCKET, path);
	char line[4096];
	ssize_t len;

	(void)state;
	tell_number(outlets, 1);
	tell_number(outlets, 2);
	assert_int_equal(outlets_free(&outlets, PATIENCE), 0);
	for (unsigned i = 1; i <= 2; i++) {
		char words[32];

		len = recv(receiving, line, sizeof(line) - 1, 0);
		assert_true(len > 0);
		line[len] = '\0';
		snprintf(words, sizeof(words), "number %u.", i);
		assert_non_null(strstr(line, words));
		assert_int_equal(lines_of(line), 1);
	}
	close(receiving);
}

static void
test_socket_path_too_long(void **state)
{
	char path[200];
	struct outlets *outlets;
	struct status status;

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	status = outlets_open(&(struct outlet_config){ .kind = OUTLET_JSON_SOCKET, .path = path }, 1,
		&(struct outlet_origin){ 0 }, &outlets);
	assert_int_equal(status.code, STATUS_USAGE);
	assert_null(outlets);
}

/* The system's logs ----------------------------------------------------------------------------- */

static void
test_syslog(void **state)
{
	const char *path = sample_path("log");
	int receiving = listen_at(path, SOCK_DGRAM), priority = -1;
	struct outlets *outlets = open_one(OUTLET_SYSLOG, path);
	char line[4096], month[4], rest_of_it[2048];
	ssize_t len;

	(void)state;
	tell_finding(outlets, 0, "AUTH PLAIN ****\x1b[2J\n");
	outlets_say(outlets, "started", "at eth1");
	outlets_session(outlets, built.session);
	assert_int_equal(outlets_free(&outlets, PATIENCE), 0);
	len = recv(receiving, line, sizeof(line) - 1, 0);
	assert_true(len > 0 && len <= 1024);
	line[len] = '\0';
	assert_int_equal(sscanf(line, "<%d>%3s %*d %*d:%*d:%*d starttrace[%*d]: %2047[^\n]", &priority, month,
		rest_of_it), 3);
	assert_int_equal(priority, LOG_DAEMON | LOG_ERR);
	assert_string_equal(rest_of_it, "high cred-plaintext-accepted: 192.0.2.10 -> 192.0.2.20:25 smtp  "
					"cred-plaintext-accepted (proven): AUTH PLAIN ****\\x1b[2J\\x0a");
	len = recv(receiving, line, sizeof(line) - 1, 0);
	assert_true(len > 0);
	line[len] = '\0';
	assert_non_null(strstr(line, "]: started: at eth1"));
	assert_int_equal(strncmp(line, "<29>", 4), 0);
	assert_true(recv(receiving, line, sizeof(line), MSG_DONTWAIT) < 0);
	close(receiving);
}

static void
test_syslog_is_bounded(void **state)
{
	const char *path = sample_path("log");
	int receiving = listen_at(path, SOCK_DGRAM);
	struct outlets *outlets = open_one(OUTLET_SYSLOG, path);
	char words[8192], line[16384];

	(void)state;
	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	outlets_say(outlets, "trouble", words);
	assert_int_equal(outlets_free(&outlets, PATIENCE), 0);
	assert_in_range(recv(receiving, line, sizeof(line), 0), 900, 1024);
	close(receiving);
}

/* A journal of our own, in a mount namespace of our own. */
static int
be_a_journal(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket" };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", "/run", "tmpfs", 0, NULL) != 0 || mkdir("/run/systemd", 0755) != 0 ||
	    mkdir("/run/systemd/journal", 0755) != 0 || bind(fd, (const struct sockaddr *)&name, sizeof(name)) != 0)
		return -1;
	return fd;
}

static bool
has_fields(const char *line, size_t len, const char *const *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (memmem(line, len, fields[i], strlen(fields[i])) == NULL) {
			fprintf(stderr, "%s is not in %.*s\n", fields[i], (int)len, line);
			return false;
		}
	return true;
}

enum {
	CHILD_GOOD,
	CHILD_BAD,
	CHILD_NOT_ALLOWED,
};

static int
journal_in_child(void)
{
	static const char *const fields[] = { "PRIORITY=3\n", "SYSLOG_IDENTIFIER=starttrace\n", "SYSLOG_FACILITY=3\n",
		"MESSAGE=high cred-plaintext-accepted: 192.0.2.10 -> ", "STARTTRACE_KIND=cred-plaintext-accepted\n",
		"STARTTRACE_SEVERITY=high\n", "STARTTRACE_SESSION=", "STARTTRACE_CLIENT=192.0.2.10\n",
		"STARTTRACE_SERVER=192.0.2.20:25\n" };
	int fd = be_a_journal();
	struct outlets *outlets;
	char line[8192];
	ssize_t len;

	if (fd < 0)
		return CHILD_NOT_ALLOWED;
	outlets = open_one(OUTLET_JOURNAL, NULL);
	tell_finding(outlets, 0, "AUTH PLAIN ****");
	if (outlets_free(&outlets, PATIENCE) != 0)
		return CHILD_BAD;
	len = recv(fd, line, sizeof(line), MSG_DONTWAIT);
	return len > 0 && has_fields(line, (size_t)len, fields, TABLE_LENGTH(fields)) ? CHILD_GOOD : CHILD_BAD;
}

/* Nobody reads, and libsystemd waits for ever: the thread is left behind. */
static int
stuck_journal_in_child(void)
{
	int fd = be_a_journal();
	struct outlets *outlets;
	int64_t begin = milliseconds();

	if (fd < 0)
		return CHILD_NOT_ALLOWED;
	outlets = open_one(OUTLET_JOURNAL, NULL);
	for (unsigned i = 0; i < 10000; i++)
		tell_finding(outlets, 0, "AUTH PLAIN ****");
	if (milliseconds() - begin >= SOON || count_of(outlets).dropped == 0)
		return CHILD_BAD;
	begin = milliseconds();
	if (outlets_free(&outlets, 50) == 0 || outlets != NULL)
		return CHILD_BAD;
	return milliseconds() - begin < SOON ? CHILD_GOOD : CHILD_BAD;
}

static void
run_child(int (*body)(void))
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0)
		_exit(body());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == CHILD_NOT_ALLOWED)
		skip();
	assert_int_equal(WEXITSTATUS(status), CHILD_GOOD);
}

static void
test_journal(void **state)
{
	(void)state;
	run_child(journal_in_child);
}

static void
test_journal_is_stuck(void **state)
{
	(void)state;
	run_child(stuck_journal_in_child);
}

/* The terminal ---------------------------------------------------------------------------------- */

static void
test_terminal(void **state)
{
	static const char wanted[] = "2024-05-01 12:00:00Z  high      192.0.2.10 -> 192.0.2.20:25 smtp  "
				     "cred-plaintext-accepted (proven): 235 \\x1b]0;hi\\x07\n";
	struct buffer read = { 0 };
	struct outlets *outlets;
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	replace_stdout(pipes[1]);
	outlets = open_outlets(&(struct outlet_config){ .kind = OUTLET_TERMINAL, .least = SEVERITY_HIGH }, 1, true);
	for (unsigned i = 0; i < 42; i++)
		tell_finding(outlets, 0, "235 \x1b]0;hi\x07");
	tell_finding(outlets, 1, "too low");
	outlets_say(outlets, "started", "for others");
	outlets_session(outlets, built.session);
	assert_int_equal(outlets_free(&outlets, PATIENCE), 0);
	restore_stdout();
	assert_true(read_until(pipes[0], &read,
		"... and 41 more in the last minute: 192.0.2.10 -> 192.0.2.20:25 smtp"));
	assert_memory_equal(buffer_text(&read), wanted, strlen(wanted));
	assert_int_equal(lines_of(buffer_text(&read)), 2);
	assert_null(memchr(read.at, 0x1b, read.len));
	buffer_free(&read);
	close(pipes[0]);
}

static bool
is_coloured(const char *no_colour, bool plain)
{
	struct buffer read = { 0 };
	struct outlets *outlets;
	int master, slave;
	bool coloured;

	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	if (no_colour != NULL)
		setenv("NO_COLOR", no_colour, 1);
	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	replace_stdout(slave);
	outlets = open_outlets(&(struct outlet_config){ .kind = OUTLET_TERMINAL, .plain = plain }, 1, true);
	tell_finding(outlets, 0, "x");
	outlets_free(&outlets, PATIENCE);
	restore_stdout();
	read_until(master, &read, "high");
	coloured = memchr(read.at, 0x1b, read.len) != NULL;
	buffer_free(&read);
	close(master);
	unsetenv("NO_COLOR");
	return coloured;
}

static void
test_colour(void **state)
{
	int master, slave;

	(void)state;
	if (openpty(&master, &slave, NULL, NULL, NULL) != 0)
		skip();
	close(master);
	close(slave);
	assert_true(is_coloured(NULL, false));
	assert_true(is_coloured("", false));
	assert_false(is_coloured("1", false));
	assert_false(is_coloured(NULL, true));
}

/* All at once ----------------------------------------------------------------------------------- */

enum {
	TELLERS = 4,
	TOLD_EACH = 500,
};

static void *
tell_all(void *user)
{
	struct outlets *outlets = user;

	for (unsigned i = 0; i < TOLD_EACH; i++) {
		tell_finding(outlets, i % 2, "x");
		tell_number(outlets, i);
		if (i % 100 == 0)
			outlets_reopen(outlets);
		if (i % 50 == 0)
			count_of(outlets);
	}
	return NULL;
}

static void
test_many_tellers(void **state)
{
	const char *path = sample_path("lines"), *log = sample_path("log");
	int receiving = listen_at(log, SOCK_DGRAM), pipes[2];
	const struct outlet_config configs[] = {
		{ .kind = OUTLET_JSON_FILE, .path = path },
		{ .kind = OUTLET_SYSLOG, .path = log },
		{ .kind = OUTLET_TERMINAL },
	};
	pthread_t tellers[TELLERS];
	struct outlets *outlets;
	struct tally tally = { 0 };

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	replace_stdout(pipes[1]);
	outlets = open_outlets(configs, TABLE_LENGTH(configs), true);
	restore_stdout();
	for (size_t i = 0; i < TELLERS; i++)
		assert_int_equal(pthread_create(&tellers[i], NULL, tell_all, outlets), 0);
	for (size_t i = 0; i < TELLERS; i++)
		pthread_join(tellers[i], NULL);
	await_sent(outlets, TELLERS * TOLD_EACH * 2);
	outlets_count(outlets, &tally);
	assert_int_equal(tally.outlet_count, TABLE_LENGTH(configs));
	assert_string_equal(tally.outlets[2].name, "terminal");
	assert_int_equal(tally.outlets[0].sent + tally.outlets[0].dropped, TELLERS * TOLD_EACH * 2);
	outlets_free(&outlets, 100);
	close(receiving);
	if (tally.outlets[0].dropped == 0)
		assert_int_equal(lines_of(content_of(path)), TELLERS * TOLD_EACH * 2);
	close(pipes[0]);
}

static void
test_too_many(void **state)
{
	static const struct outlet_config configs[TALLY_OUTLETS_MOST + 1];
	struct outlets *outlets;
	struct status status = outlets_open(configs, TABLE_LENGTH(configs), &(struct outlet_origin){ 0 }, &outlets);

	(void)state;
	assert_int_equal(status.code, STATUS_USAGE);
	assert_null(outlets);
	assert_int_equal(outlets_free(&outlets, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
		TEST(pipe_nobody_reads),
		TEST(end_is_not_delayed),
		TEST(end_is_awaited),
		TEST(pipe_closed),
		TEST(stdout_is_left_alone),
		TEST(file),
		TEST(file_with_part_line),
		TEST(files_refused),
		TEST(file_that_cannot_be_opened_again),
		TEST(disk_is_full),
		TEST(disk_recovers),
		TEST(socket_that_comes_and_goes),
		TEST(socket_nobody_reads),
		TEST(socket_of_datagrams),
		TEST(socket_path_too_long),
		TEST(syslog),
		TEST(syslog_is_bounded),
		TEST(journal),
		TEST(journal_is_stuck),
		TEST(terminal),
		TEST(colour),
		TEST(many_tellers),
		TEST(too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
