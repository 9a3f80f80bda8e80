/* Inside the filter: what a sensor does works, what it never does fails, what only an intruder does ends it. */
#include "sensor/sandbox.h"

#include "base/table.h"
#include "sensor/notify.h"
#include "sensor/privilege.h"

#include "shared/child.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>

#include <cmocka.h>

enum {
	SOME_PROTOCOL = 0x88B5,         /* an Ethernet type for experiments: nobody sends it */
	BIG = 64 * 1024 * 1024,
};

/* Valgrind makes code as it goes, which is what the filter is there to forbid. */
static bool
under_valgrind(void)
{
	const char *preloaded = getenv("LD_PRELOAD");

	return preloaded != NULL && strstr(preloaded, "vgpreload") != NULL;
}

static int
run(void (*work)(void))
{
	int status;

	if (under_valgrind()) {
		print_message("skipped: valgrind makes code\n");
		skip();
	}
	status = child_runs(work);
	if (child_could_not(status)) {
		print_message("skipped: no seccomp, or not the rights for it\n");
		skip();
	}
	return status;
}

static void
expect_good(void (*work)(void))
{
	assert_int_equal(run(work), 0);
}

static void
enter(void)
{
	struct status status;

	child_needs(prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0);
	status = sandbox_enter();
	if (!status_is_ok(&status))
		child_fails("sandbox_enter", 0, status.message);
}

/* What ends the process ------------------------------------------------------------------------- */

static void
executes(void)
{
	char *const argv[] = { "true", NULL }, *const environment[] = { NULL };

	enter();
	execve("/bin/true", argv, environment);
}

static void
traces(void)
{
	enter();
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void
reads_another(void)
{
	enter();
	syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0);
}

static void
loads_bpf(void)
{
	enter();
	syscall(SYS_bpf, 0, NULL, 0);
}

static void
loads_module(void)
{
	enter();
	syscall(SYS_finit_module, -1, "", 0);
}

static void
mounts(void)
{
	enter();
	mount("none", "/", "tmpfs", 0, NULL);
}

static void
leaves_namespace(void)
{
	enter();
	unshare(CLONE_NEWUSER);
}

static void
asks_for_keys(void)
{
	enter();
	syscall(SYS_keyctl, 0, 0, 0, 0, 0);
}

static void
becomes_another(void)
{
	enter();
	syscall(SYS_setuid, getuid());
}

static void
counts_events(void)
{
	enter();
	syscall(SYS_perf_event_open, NULL, 0, 0, -1, 0);
}

static void
intruders_end(void **unused)
{
	static void (*const cases[])(void) = {
		executes, traces, reads_another, loads_bpf, loads_module, mounts, leaves_namespace, asks_for_keys,
		becomes_another, counts_events,
	};

	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		int status = run(cases[i]);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("case %zu: wait status %x", i, (unsigned int)status);
	}
}

/* What fails ------------------------------------------------------------------------------------ */

#define DEMAND_REFUSAL(call)      DEMAND((errno = 0, (call)) == -1 && errno == EPERM)

static void
opens_network_sockets(void)
{
	static const int families[] = { AF_INET, AF_INET6, AF_PACKET, AF_NETLINK, AF_VSOCK };

	enter();
	for (size_t i = 0; i < TABLE_LENGTH(families); i++)
		DEMAND_REFUSAL(socket(families[i], SOCK_DGRAM, 0));
	DEMAND_REFUSAL(socketpair(AF_INET, SOCK_STREAM, 0, (int[2]){ 0, 0 }));
}

static void
makes_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	DEMAND(page != MAP_FAILED);
	enter();
	DEMAND_REFUSAL(mprotect(page, 4096, PROT_READ | PROT_EXEC));
	DEMAND_REFUSAL(syscall(SYS_pkey_mprotect, page, 4096, PROT_READ | PROT_EXEC, -1));
	errno = 0;
	DEMAND(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	DEMAND(errno == EPERM);
	DEMAND(mprotect(page, 4096, PROT_READ) == 0);
}

static void
makes_processes(void)
{
	enter();
	DEMAND_REFUSAL((int)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
	DEMAND_REFUSAL((int)syscall(SYS_clone, CLONE_THREAD | CLONE_SIGHAND | CLONE_VM | CLONE_NEWNET, NULL, NULL, NULL,
		NULL));
	errno = 0;
	DEMAND(syscall(SYS_clone3, NULL, 0) == -1 && errno == ENOSYS);
}

static void
reaches_out(void)
{
	const struct rlimit limit = { 64, 64 };
	char letter = 'x';

	enter();
	DEMAND_REFUSAL(kill(getppid(), 0));
	DEMAND_REFUSAL((int)syscall(SYS_tgkill, getppid(), getppid(), 0));
	DEMAND_REFUSAL(setrlimit(RLIMIT_NOFILE, &limit));
	DEMAND_REFUSAL(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
	DEMAND_REFUSAL(ioctl(STDIN_FILENO, TIOCSTI, &letter));
	DEMAND_REFUSAL(setsockopt(STDIN_FILENO, SOL_PACKET, PACKET_FANOUT, NULL, 0));
	DEMAND_REFUSAL(setsockopt(STDIN_FILENO, SOL_SOCKET, SO_ATTACH_FILTER, NULL, 0));
	DEMAND_REFUSAL(chown("/", 0, 0));
	DEMAND_REFUSAL(mknod("/tmp/starttrace-no-such", S_IFIFO, 0));
}

static void
what_a_sensor_never_does_fails(void **unused)
{
	(void)unused;
	expect_good(opens_network_sockets);
	expect_good(makes_code);
	expect_good(makes_processes);
	expect_good(reaches_out);
}

/* What works ------------------------------------------------------------------------------------ */

static void
looks_at_itself(void)
{
	struct privilege_identity identity;
	struct status status = privilege_identity(NULL, &identity);

	DEMAND(status_is_ok(&status));
	status = privilege_drop(&identity);
	child_needs(status_is_ok(&status));
	enter();
	child_demand_status("Seccomp", "2");
	child_demand_status("NoNewPrivs", "1");
	child_demand_status("CapEff", "0000000000000000");
	child_demand_status("CapPrm", "0000000000000000");
	DEMAND(getuid() != 0);
}

static void
status_tells_of_it(void **unused)
{
	(void)unused;
	expect_good(looks_at_itself);
}

static void *
add_one(void *number)
{
	atomic_fetch_add((atomic_int *)number, 1);
	prctl(PR_SET_NAME, "writer", 0, 0, 0);
	return NULL;
}

static void
runs_threads(void)
{
	pthread_t threads[8];
	atomic_int number = 0;

	enter();
	for (size_t i = 0; i < TABLE_LENGTH(threads); i++)
		DEMAND(pthread_create(&threads[i], NULL, add_one, &number) == 0);
	for (size_t i = 0; i < TABLE_LENGTH(threads); i++)
		DEMAND(pthread_join(threads[i], NULL) == 0);
	DEMAND(number == 8);
}

struct meeting {
	pthread_barrier_t begun, entered;
	int               result, cause;
};

static void *
open_socket_later(void *user)
{
	struct meeting *meeting = user;

	pthread_barrier_wait(&meeting->begun);
	pthread_barrier_wait(&meeting->entered);
	meeting->result = socket(AF_INET, SOCK_STREAM, 0);
	meeting->cause = errno;
	return NULL;
}

static void
has_a_thread_before(void)
{
	struct meeting meeting = { .result = 0 };
	pthread_t thread;

	pthread_barrier_init(&meeting.begun, NULL, 2);
	pthread_barrier_init(&meeting.entered, NULL, 2);
	DEMAND(pthread_create(&thread, NULL, open_socket_later, &meeting) == 0);
	pthread_barrier_wait(&meeting.begun);
	enter();
	pthread_barrier_wait(&meeting.entered);
	DEMAND(pthread_join(thread, NULL) == 0);
	DEMAND(meeting.result == -1 && meeting.cause == EPERM);
}

static void
threads_run_and_are_held_too(void **unused)
{
	(void)unused;
	expect_good(runs_threads);
	expect_good(has_a_thread_before);
}

static void
aborts(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	signal(SIGABRT, SIG_DFL);
	enter();
	abort();
}

static void
a_broken_promise_still_aborts(void **unused)
{
	int status;

	(void)unused;
	status = run(aborts);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void
execute(sqlite3 *database, const char *sql)
{
	char *words = NULL;

	if (sqlite3_exec(database, sql, NULL, NULL, &words) != SQLITE_OK)
		child_fails(sql, 0, words);
}

static void
make_folder(char *folder, size_t size)
{
	snprintf(folder, size, "/tmp/starttrace-sandbox-XXXXXX");
	DEMAND(mkdtemp(folder) != NULL && chdir(folder) == 0);
}

/* Removing a folder is not a sensor's business; whoever made it waits outside. */
static void
remove_folder_of(void (*work)(const char *folder))
{
	char folder[64];
	pid_t child;
	int status = -1;

	make_folder(folder, sizeof(folder));
	child = fork();
	if (child == 0) {
		work(folder);
		_exit(0);
	}
	DEMAND(waitpid(child, &status, 0) == child);
	DEMAND(rmdir(folder) == 0);
	child_needs(!child_could_not(status));
	DEMAND(status == 0);
}

static void
keep_rows(const char *folder)
{
	static const char *const script[] = {
		"PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", "PRAGMA temp_store = MEMORY",
		"CREATE TABLE session (id INTEGER PRIMARY KEY, words TEXT)",
		"INSERT INTO session (words) VALUES ('first row'), ('second row')",
		"INSERT INTO session (words) SELECT randomblob(1000) FROM session a, session b, session c, session d",
		"INSERT INTO session (words) SELECT randomblob(100) FROM session a, session b",
		"CREATE INDEX session_by_words ON session (words)", "PRAGMA wal_checkpoint(TRUNCATE)",
		"BEGIN IMMEDIATE", "DELETE FROM session WHERE id % 2", "COMMIT", "PRAGMA incremental_vacuum", "VACUUM",
		"PRAGMA journal_mode = DELETE", "INSERT INTO session (words) VALUES ('at rest')",
	};
	sqlite3 *database = NULL;

	(void)folder;
	enter();
	DEMAND(sqlite3_open("test.db", &database) == SQLITE_OK);
	for (size_t i = 0; i < TABLE_LENGTH(script); i++)
		execute(database, script[i]);
	DEMAND(sqlite3_close(database) == SQLITE_OK);
	DEMAND(access("test.db-wal", F_OK) != 0);
	DEMAND(unlink("test.db") == 0);
}

static void
keep_rows_of_open_database(const char *folder)
{
	sqlite3 *database = NULL, *reader = NULL;
	char path[96];

	snprintf(path, sizeof(path), "%s/test.db", folder);
	DEMAND(sqlite3_open(path, &database) == SQLITE_OK);
	execute(database, "PRAGMA auto_vacuum = INCREMENTAL");
	execute(database, "PRAGMA journal_mode = WAL");
	execute(database, "CREATE TABLE session (id INTEGER PRIMARY KEY, words TEXT)");
	enter();
	DEMAND(sqlite3_open_v2(path, &reader, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK);
	execute(database, "INSERT INTO session (words) VALUES (zeroblob(100000))");
	execute(reader, "SELECT count(*) FROM session");
	execute(database, "DELETE FROM session");
	execute(database, "PRAGMA incremental_vacuum");
	DEMAND(sqlite3_close(reader) == SQLITE_OK);
	DEMAND(sqlite3_close(database) == SQLITE_OK);
	DEMAND(unlink(path) == 0);
}

static void
keeps_rows(void)
{
	remove_folder_of(keep_rows);
	remove_folder_of(keep_rows_of_open_database);
}

static void
a_database_is_written(void **unused)
{
	(void)unused;
	expect_good(keeps_rows);
}

static void
write_files(const char *folder)
{
	DIR *listing;
	FILE *file;

	enter();
	file = fopen("metrics.new", "we");
	DEMAND(file != NULL && fprintf(file, "up %d\n", 1) == 5);
	DEMAND(fflush(file) == 0 && fchmod(fileno(file), 0644) == 0 && fsync(fileno(file)) == 0);
	DEMAND(fclose(file) == 0);
	DEMAND(rename("metrics.new", "metrics") == 0);
	listing = opendir(folder);
	DEMAND(listing != NULL && readdir(listing) != NULL && closedir(listing) == 0);
	DEMAND(unlink("metrics") == 0);
}

static void
writes_files(void)
{
	remove_folder_of(write_files);
}

static void
files_are_written(void **unused)
{
	(void)unused;
	expect_good(writes_files);
}

/* A socket that listens under a name in the current folder. */
static int
listen_at(const char *name, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
	DEMAND(listener >= 0 && bind(listener, (const struct sockaddr *)&address, sizeof(address)) == 0);
	DEMAND(type == SOCK_DGRAM || listen(listener, 1) == 0);
	return listener;
}

static void
talk(const char *folder)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "stream" };
	const struct timeval second = { 1, 0 };
	int manager, listener, client, server;
	char path[96], words[100] = "";

	snprintf(path, sizeof(path), "%s/notify", folder);
	manager = listen_at("notify", SOCK_DGRAM);
	listener = listen_at("stream", SOCK_STREAM);
	DEMAND(setenv("NOTIFY_SOCKET", path, 1) == 0);
	enter();
	notify_ready("watching");
	DEMAND(recv(manager, words, sizeof(words) - 1, MSG_DONTWAIT) > 0 && strncmp(words, "READY=1", 7) == 0);
	client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	DEMAND(client >= 0 && connect(client, (const struct sockaddr *)&address, sizeof(address)) == 0);
	DEMAND(setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof(second)) == 0);
	server = accept(listener, NULL, NULL);
	DEMAND(server >= 0 && send(client, "line\n", 5, MSG_NOSIGNAL) == 5);
	DEMAND(recv(server, words, sizeof(words), 0) == 5);
	openlog("starttrace-test", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	syslog(LOG_DEBUG, "a line from a test of the sandbox");
	closelog();
	DEMAND(unlink("notify") == 0 && unlink("stream") == 0);
}

static void
talks(void)
{
	remove_folder_of(talk);
}

static void
local_sockets_are_talked_to(void **unused)
{
	(void)unused;
	expect_good(talks);
}

/* As the metrics server has it: a listener from before, connections from inside. */
static void
answers(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), server, one = 1;
	char byte;

	child_needs(bind(listener, (const struct sockaddr *)&address, sizeof(address)) == 0);
	child_needs(listen(listener, 1) == 0);
	DEMAND(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
	child_needs(connect(client, (const struct sockaddr *)&address, sizeof(address)) == 0);
	enter();
	server = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	DEMAND(server >= 0 && setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0);
	DEMAND(send(server, "x", 1, MSG_NOSIGNAL) == 1 && recv(client, &byte, 1, 0) == 1);
	DEMAND(shutdown(server, SHUT_RDWR) == 0 && close(server) == 0);
}

static void
an_open_listener_answers(void **unused)
{
	(void)unused;
	expect_good(answers);
}

/* What libpcap asks of a ring that is open. */
static void
asks_the_ring(void)
{
	int ring = socket(AF_PACKET, SOCK_RAW, htons(SOME_PROTOCOL));
	struct tpacket_stats_v3 statistics;
	socklen_t length = sizeof(statistics);
	struct ifreq interface = { .ifr_ifindex = 1 };
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_ifindex = 1 };
	const struct packet_mreq promiscuous = { .mr_ifindex = 1, .mr_type = PACKET_MR_PROMISC };
	struct pollfd wait = { .fd = ring, .events = POLLIN };
	int version = TPACKET_V3;
	char byte;

	address.sll_protocol = htons(SOME_PROTOCOL);
	child_needs(ring >= 0);
	DEMAND(setsockopt(ring, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) == 0);
	enter();
	DEMAND(poll(&wait, 1, 1) >= 0);
	DEMAND(getsockopt(ring, SOL_PACKET, PACKET_STATISTICS, &statistics, &length) == 0);
	DEMAND(recv(ring, &byte, 1, MSG_DONTWAIT) >= 0 || errno == EAGAIN || errno == ENETDOWN);
	DEMAND(ioctl(ring, SIOCGIFNAME, &interface) == 0);
	DEMAND(ioctl(ring, SIOCGIFINDEX, &interface) == 0 && ioctl(ring, SIOCGIFFLAGS, &interface) == 0);
	DEMAND(bind(ring, (const struct sockaddr *)&address, sizeof(address)) == 0);
	DEMAND(setsockopt(ring, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof(promiscuous)) == 0);
}

static void
a_ring_is_read(void **unused)
{
	(void)unused;
	expect_good(asks_the_ring);
}

static void
waits(void)
{
	const struct timespec moment = { 0, 1000 };
	struct epoll_event event = { .events = EPOLLIN };
	int bell = eventfd(0, EFD_CLOEXEC), pipes[2], many;
	uint64_t one = 1;

	enter();
	many = epoll_create1(EPOLL_CLOEXEC);
	DEMAND(many >= 0 && epoll_ctl(many, EPOLL_CTL_ADD, bell, &event) == 0);
	DEMAND(write(bell, &one, sizeof(one)) == sizeof(one) && epoll_wait(many, &event, 1, 1000) == 1);
	DEMAND(pipe2(pipes, O_CLOEXEC) == 0 && write(pipes[1], "x", 1) == 1 && dup(pipes[0]) >= 0);
	DEMAND(nanosleep(&moment, NULL) == 0 && clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL) == 0);
}

static void
tells_time(void)
{
	struct timespec now;
	struct tm broken_down;

	enter();
	DEMAND(syscall(SYS_clock_gettime, CLOCK_REALTIME, &now) == 0);
	DEMAND(localtime_r(&now.tv_sec, &broken_down) != NULL && gmtime_r(&now.tv_sec, &broken_down) != NULL);
}

static void
takes_memory(void)
{
	char *memory;

	enter();
	memory = malloc(BIG);
	DEMAND(memory != NULL);
	memset(memory, 1, BIG);
	memory = realloc(memory, 2 * BIG);
	DEMAND(memory != NULL);
	free(memory);
}

static void
time_memory_and_waiting_are_had(void **unused)
{
	(void)unused;
	expect_good(waits);
	expect_good(tells_time);
	expect_good(takes_memory);
}

/* Refusal --------------------------------------------------------------------------------------- */

/* A filter around this one that forbids more of them, as some containers have. */
static void
is_forbidden(void)
{
	const struct scmp_arg_cmp sets_a_filter = { 0, SCMP_CMP_EQ, PR_SET_SECCOMP, 0 };
	scmp_filter_ctx outer = seccomp_init(SCMP_ACT_ALLOW);
	struct status status;

	DEMAND(outer != NULL);
	DEMAND(seccomp_rule_add(outer, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(seccomp), 0) == 0);
	DEMAND(seccomp_rule_add_array(outer, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prctl), 1, &sets_a_filter) == 0);
	child_needs(seccomp_load(outer) == 0);
	seccomp_release(outer);
	status = sandbox_enter();
	DEMAND(!status_is_ok(&status));
	DEMAND(strstr(status.message, "this system refuses a seccomp filter (") != NULL);
}

static void
refusal_is_said(void **unused)
{
	(void)unused;
	expect_good(is_forbidden);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intruders_end),
		cmocka_unit_test(what_a_sensor_never_does_fails),
		cmocka_unit_test(status_tells_of_it),
		cmocka_unit_test(threads_run_and_are_held_too),
		cmocka_unit_test(a_broken_promise_still_aborts),
		cmocka_unit_test(a_database_is_written),
		cmocka_unit_test(files_are_written),
		cmocka_unit_test(local_sockets_are_talked_to),
		cmocka_unit_test(an_open_listener_answers),
		cmocka_unit_test(a_ring_is_read),
		cmocka_unit_test(time_memory_and_waiting_are_had),
		cmocka_unit_test(refusal_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
