/* What the service manager hears. */
#include "sensor/notify.h"

#include "base/table.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

struct manager {
	int  socket;
	char folder[64];
	char path[96];
};

static int
begin(void **manager_r)
{
	struct manager *manager = calloc(1, sizeof(*manager));
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	assert_non_null(manager);
	snprintf(manager->folder, sizeof(manager->folder), "/tmp/starttrace-notify-XXXXXX");
	assert_non_null(mkdtemp(manager->folder));
	snprintf(manager->path, sizeof(manager->path), "%s/notify", manager->folder);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", manager->path);
	manager->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(manager->socket >= 0);
	assert_int_equal(bind(manager->socket, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", manager->path, 1), 0);
	*manager_r = manager;
	return 0;
}

static int
end(void **manager_r)
{
	struct manager *manager = *manager_r;

	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	close(manager->socket);
	unlink(manager->path);
	rmdir(manager->folder);
	free(manager);
	return 0;
}

/* "" when nothing came. */
static const char *
heard(struct manager *manager, char *words, size_t size)
{
	ssize_t length = recv(manager->socket, words, size - 1, 0);

	words[length > 0 ? length : 0] = '\0';
	return words;
}

static void
ready(void)
{
	notify_ready("watching eth1");
}

static void
words(void)
{
	notify_words("1000 frames, 100 % of them");
}

static void
more_time(void)
{
	notify_more_time(90);
}

static void
two_lines(void)
{
	notify_words("one\nMAINPID=1");
}

static void
manager_hears(void **state)
{
	static const struct {
		void      (*say)(void);
		const char *heard;
	} cases[] = {
		{ ready, "READY=1\nSTATUS=watching eth1" },
		{ words, "STATUS=1000 frames, 100 % of them" },
		{ notify_stopping, "STOPPING=1" },
		{ more_time, "EXTEND_TIMEOUT_USEC=90000000" },
		{ notify_alive, "WATCHDOG=1" },
		{ two_lines, "STATUS=one" },
	};
	char message[1000];

	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		cases[i].say();
		assert_string_equal(heard(*state, message, sizeof(message)), cases[i].heard);
		assert_string_equal(heard(*state, message, sizeof(message)), "");
	}
}

static void
reload_tells_when(void **state)
{
	char message[200];
	int64_t microseconds = 0;

	notify_reloading();
	assert_int_equal(sscanf(heard(*state, message, sizeof(message)), "RELOADING=1\nMONOTONIC_USEC=%" SCNd64,
		&microseconds), 1);
	assert_true(microseconds > 0);
}

static void
long_words_are_cut(void **state)
{
	char long_words[4000], message[5000];

	memset(long_words, 'x', sizeof(long_words) - 1);
	long_words[sizeof(long_words) - 1] = '\0';
	notify_words(long_words);
	heard(*state, message, sizeof(message));
	assert_memory_equal(message, "STATUS=xxx", 10);
	assert_true(strlen(message) < 600);
}

static void
watchdog_is_told_by_the_environment(void **state)
{
	char pid[32], other[32];
	const struct {
		const char *microseconds, *process;
		int64_t     expected_ns;
	} cases[] = {
		{ "30000000", pid, 30000000000 },
		{ "30000000", NULL, 30000000000 },
		{ "30000000", other, 0 },       /* meant for somebody else */
		{ "0", pid, 0 },
		{ "soon", pid, 0 },
		{ "18446744073709551614", pid, 0 },
		{ NULL, pid, 0 },
	};

	(void)state;
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	snprintf(other, sizeof(other), "%ld", (long)getppid());
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		unsetenv("WATCHDOG_USEC");
		unsetenv("WATCHDOG_PID");
		if (cases[i].microseconds != NULL)
			setenv("WATCHDOG_USEC", cases[i].microseconds, 1);
		if (cases[i].process != NULL)
			setenv("WATCHDOG_PID", cases[i].process, 1);
		assert_int_equal(notify_watchdog_ns(), cases[i].expected_ns);
	}
}

static void
nobody_need_listen(void **state)
{
	struct manager *manager = *state;
	char message[200];

	unsetenv("NOTIFY_SOCKET");
	notify_ready("watching");
	notify_alive();
	assert_string_equal(heard(manager, message, sizeof(message)), "");
	setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
	notify_ready("watching");
	notify_reloading();
	notify_stopping();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(manager_hears, begin, end),
		cmocka_unit_test_setup_teardown(reload_tells_when, begin, end),
		cmocka_unit_test_setup_teardown(long_words_are_cut, begin, end),
		cmocka_unit_test_setup_teardown(watchdog_is_told_by_the_environment, begin, end),
		cmocka_unit_test_setup_teardown(nobody_need_listen, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
