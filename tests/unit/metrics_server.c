/* Metrics over HTTP, asked by a small client over loopback. */
#include "shared/tally_sample.h"

#include "base/table.h"
#include "sensor/metrics_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
	REPLY_MOST = 64 * 1024,
	PATIENCE_MS = 5000,
};

/* Stands in for that of the C library: seconds pass when the test says so. */
static atomic_long seconds_passed;

int
clock_gettime(clockid_t clock, struct timespec *time)
{
	long result = syscall(SYS_clock_gettime, clock, time);

	if (result == 0 && clock == CLOCK_MONOTONIC)
		time->tv_sec += seconds_passed;
	return (int)result;
}

static int
start_server(void **state)
{
	struct metrics_server *server;
	struct status status = metrics_server_open(0, &server);

	*state = server;
	if (!status_is_ok(&status))
		return -1;
	status = metrics_server_start(server);
	return status_is_ok(&status) ? 0 : -1;
}

static int
stop_server(void **state)
{
	struct metrics_server *server = *state;

	metrics_server_free(&server);
	return server == NULL ? 0 : -1;
}

/* A connection on which nothing has been sent yet; -1 when nobody listens. */
static int
connect_to(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(client, (struct sockaddr *)&address, sizeof(address)) == 0)
		return client;
	close(client);
	return -1;
}

/* Reads until the other end closes. */
static void
read_reply(int client, char reply_r[REPLY_MOST])
{
	struct pollfd wait = { .fd = client, .events = POLLIN };
	size_t len = 0;
	ssize_t got;

	while (len < REPLY_MOST - 1 && poll(&wait, 1, PATIENCE_MS) == 1 &&
	       (got = recv(client, reply_r + len, REPLY_MOST - 1 - len, 0)) > 0)
		len += (size_t)got;
	reply_r[len] = '\0';
}

static void
ask(const struct metrics_server *server, const char *request, char reply_r[REPLY_MOST])
{
	int client = connect_to(metrics_server_port(server));

	*reply_r = '\0';
	if (client < 0)
		return;
	if (send(client, request, strlen(request), MSG_NOSIGNAL) > 0)
		read_reply(client, reply_r);
	close(client);
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: 127.0.0.1:9393\r\nConnection: close\r\n\r\n"

static void
assert_answer(const struct metrics_server *server, const char *request, const char *status, const char *words)
{
	char reply[REPLY_MOST];

	ask(server, request, reply);
	if (strncmp(reply, status, strlen(status)) != 0 || strstr(reply, words) == NULL)
		fail_msg("%.60s was answered with %s", request, reply);
}

static void
metrics_are_those_shown_last(void **state)
{
	struct metrics_server *server = *state;
	struct tally tally = tally_sample();

	assert_answer(server, GET("/metrics"), "HTTP/1.1 503", "nothing is counted yet");
	metrics_server_show(server, &tally);
	assert_answer(server, GET("/metrics"), "HTTP/1.1 200", "\nstarttrace_memory_bytes 512\n");
	assert_answer(server, GET("/metrics"), "HTTP/1.1 200",
		"Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
	tally.memory_used = 513;
	metrics_server_show(server, &tally);
	assert_answer(server, GET("/metrics"), "HTTP/1.1 200", "\nstarttrace_memory_bytes 513\n");
}

static void
health_follows_the_database(void **state)
{
	struct metrics_server *server = *state;
	struct tally tally = tally_sample();

	assert_answer(server, GET("/healthz"), "HTTP/1.1 503", "nothing is counted yet");
	metrics_server_show(server, &tally);
	assert_answer(server, GET("/healthz"), "HTTP/1.1 200", "\r\n\r\nok\n");
	tally.writer.failing = true;
	metrics_server_show(server, &tally);
	assert_answer(server, GET("/healthz"), "HTTP/1.1 503", "the database cannot be written");
	tally.writer.failing = false;
	metrics_server_show(server, &tally);
	assert_answer(server, GET("/healthz"), "HTTP/1.1 200", "ok");
}

static void
a_sensor_that_hangs_is_not_healthy(void **state)
{
	struct metrics_server *server = *state;
	struct tally tally = tally_sample();

	metrics_server_show(server, &tally);
	seconds_passed += METRICS_SILENCE_S - 5;
	assert_answer(server, GET("/healthz"), "HTTP/1.1 200", "ok");
	seconds_passed += 10;
	assert_answer(server, GET("/healthz"), "HTTP/1.1 503", "stopped counting");
	metrics_server_show(server, &tally);
	assert_answer(server, GET("/healthz"), "HTTP/1.1 200", "ok");
}

static void
what_is_not_offered(void **state)
{
#define TO(host) "GET /metrics HTTP/1.1\r\n" host "Connection: close\r\n\r\n"
	static const struct {
		const char *request, *status;
	} cases[] = {
		{ GET("/"), "HTTP/1.1 404" },
		{ GET("/metrics/"), "HTTP/1.1 404" },
		{ GET("/metrics/../../etc/passwd"), "HTTP/1.1 404" },
		{ GET("/metrics?name=x"), "HTTP/1.1 200" },
		{ "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc",
			"HTTP/1.1 405" },
		{ "DELETE /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "HTTP/1.1 405" },
		{ TO("Host: localhost\r\n"), "HTTP/1.1 200" },
		{ TO("Host: LocalHost:80\r\n"), "HTTP/1.1 200" },
		{ TO("Host: 127.0.0.1\r\n"), "HTTP/1.1 200" },
		{ TO("Host: 127.0.0.1:65535\r\n"), "HTTP/1.1 200" },
		{ TO("Host: rebound.example.net\r\n"), "HTTP/1.1 403" },
		{ TO("Host: rebound.example.net:9393\r\n"), "HTTP/1.1 403" },
		{ TO("Host: localhost.example.net\r\n"), "HTTP/1.1 403" },
		{ TO("Host: 127.0.0.1.example.net:80\r\n"), "HTTP/1.1 403" },
		{ TO("Host: 127.0.0.11\r\n"), "HTTP/1.1 403" },
		{ TO("Host: localhost:\r\n"), "HTTP/1.1 403" },
		{ TO("Host: localhost:80x\r\n"), "HTTP/1.1 403" },
		{ TO("Host: localhost:65536\r\n"), "HTTP/1.1 403" },
		{ TO("Host:\r\n"), "HTTP/1.1 403" },
		{ TO(""), "HTTP/1.1 400" },
		{ "GET /metrics HTTP/1.0\r\n\r\n", "HTTP/1.1 403" },
		{ "nonsense\r\n\r\n", "" },
	};
#undef TO
	struct metrics_server *server = *state;
	struct tally tally = tally_sample();

	metrics_server_show(server, &tally);
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++)
		assert_answer(server, cases[i].request, cases[i].status, "");
	assert_answer(server, cases[4].request, "HTTP/1.1 405", "Allow: GET, HEAD\r\n");
	assert_answer(server, GET("/healthz"), "HTTP/1.1 200", "ok");
}

static void
a_head_has_no_body(void **state)
{
	struct metrics_server *server = *state;
	struct tally tally = tally_sample();
	char reply[REPLY_MOST];
	const char *length, *end;

	metrics_server_show(server, &tally);
	ask(server, "HEAD /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", reply);
	assert_int_equal(strncmp(reply, "HTTP/1.1 200", 12), 0);
	length = strstr(reply, "Content-Length: ");
	assert_non_null(length);
	assert_true(atoi(length + 16) > 1000);
	end = strstr(reply, "\r\n\r\n");
	assert_non_null(end);
	assert_string_equal(end, "\r\n\r\n");
}

/* A scraper asks on one connection for as long as it lives. */
static void
a_connection_is_kept(void **state)
{
	static const char request[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
	struct metrics_server *server = *state;
	struct tally tally = tally_sample();
	int client = connect_to(metrics_server_port(server));

	assert_true(client >= 0);
	metrics_server_show(server, &tally);
	for (int i = 0; i < 3; i++) {
		struct pollfd wait = { .fd = client, .events = POLLIN };
		char reply[REPLY_MOST] = "";
		size_t len = 0;
		ssize_t got;

		assert_int_equal(send(client, request, sizeof(request) - 1, MSG_NOSIGNAL), sizeof(request) - 1);
		while (strstr(reply, "\r\n\r\nok\n") == NULL && poll(&wait, 1, PATIENCE_MS) == 1 &&
		       (got = recv(client, reply + len, sizeof(reply) - 1 - len, 0)) > 0) {
			len += (size_t)got;
			reply[len] = '\0';
		}
		assert_non_null(strstr(reply, "\r\n\r\nok\n"));
	}
	close(client);
}

static void
a_huge_request_is_refused(void **state)
{
	enum { HUGE_REQUEST = 1 << 20 };
	static const char *const begins[] = { "GET /", "GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: ", "" };
	struct metrics_server *server = *state;
	struct tally tally = tally_sample();

	metrics_server_show(server, &tally);
	for (size_t i = 0; i < TABLE_LENGTH(begins); i++) {
		char *request = malloc(HUGE_REQUEST + 1), reply[REPLY_MOST];

		assert_non_null(request);
		memset(request, 'a', HUGE_REQUEST);
		memcpy(request, begins[i], strlen(begins[i]));
		request[HUGE_REQUEST] = '\0';
		ask(server, request, reply);
		assert_null(strstr(reply, "HTTP/1.1 200"));
		assert_null(strstr(reply, "aaaa"));
		free(request);
	}
	assert_answer(server, GET("/healthz"), "HTTP/1.1 200", "ok");
}

/* Clients that say nothing, or stop in the middle, hold up nobody while there is room for one more. */
static void
silent_clients_hold_up_nobody(void **state)
{
	struct metrics_server *server = *state;
	struct tally tally = tally_sample();
	int clients[8];

	metrics_server_show(server, &tally);
	for (size_t i = 0; i < TABLE_LENGTH(clients); i++) {
		clients[i] = connect_to(metrics_server_port(server));
		assert_true(clients[i] >= 0);
		if (i % 2 == 0)
			assert_true(send(clients[i], "GET /met", 8, MSG_NOSIGNAL) == 8);
	}
	assert_answer(server, GET("/metrics"), "HTTP/1.1 200", "starttrace_frames_total");
	for (size_t i = 0; i < TABLE_LENGTH(clients); i++)
		close(clients[i]);
}

/* However many come: no more are served at a time than there is room for, and the next when one of them leaves. */
static void
a_crowd_waits_for_its_turn(void **state)
{
	static const char request[] = GET("/healthz");
	struct metrics_server *server = *state;
	struct tally tally = tally_sample();
	int clients[40], last;
	struct pollfd wait = { .events = POLLIN };
	char reply[REPLY_MOST];

	metrics_server_show(server, &tally);
	for (size_t i = 0; i < TABLE_LENGTH(clients); i++) {
		clients[i] = connect_to(metrics_server_port(server));
		assert_true(clients[i] >= 0);
	}
	last = wait.fd = connect_to(metrics_server_port(server));
	assert_int_equal(send(last, request, sizeof(request) - 1, MSG_NOSIGNAL), sizeof(request) - 1);
	assert_int_equal(poll(&wait, 1, 100), 0);
	for (size_t i = 0; i < TABLE_LENGTH(clients); i++)
		close(clients[i]);
	read_reply(last, reply);
	assert_non_null(strstr(reply, "\r\n\r\nok\n"));
	close(last);
}

/* Several at once ---------------------------------------------------------------------------------- */

struct crowd {
	struct metrics_server *server;
	atomic_int             right, wrong;
};

/* Both numbers are of one tally, whichever it is. */
static bool
is_of_one_tally(const char *reply)
{
	const char *used = strstr(reply, "\nstarttrace_memory_bytes ");
	const char *segments = strstr(reply, "\nstarttrace_segments_total ");

	return used != NULL && segments != NULL && atoi(used + 25) == atoi(segments + 27);
}

static void *
ask_often(void *user)
{
	struct crowd *crowd = user;
	char *reply = malloc(REPLY_MOST);

	for (int i = 0; i < 25 && reply != NULL; i++) {
		ask(crowd->server, GET("/metrics"), reply);
		(is_of_one_tally(reply) ? &crowd->right : &crowd->wrong)[0]++;
	}
	free(reply);
	return NULL;
}

static void
several_ask_while_numbers_change(void **state)
{
	struct crowd crowd = { .server = *state };
	struct tally tally = tally_sample();
	pthread_t threads[4];

	tally.memory_used = tally.engine.segments = 1;
	metrics_server_show(crowd.server, &tally);
	for (size_t i = 0; i < TABLE_LENGTH(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often, &crowd), 0);
	while (crowd.right + crowd.wrong < 100) {
		tally.memory_used = ++tally.engine.segments;
		metrics_server_show(crowd.server, &tally);
		nanosleep(&(struct timespec){ .tv_nsec = 100000 }, NULL);
	}
	for (size_t i = 0; i < TABLE_LENGTH(threads); i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(crowd.right, 100);
}

/* Opening and closing ------------------------------------------------------------------------------ */

static void
a_port_that_is_taken(void **state)
{
	const struct metrics_server *server = *state;
	struct metrics_server *other;
	struct status status = metrics_server_open(metrics_server_port(server), &other);
	char port[24];

	assert_null(other);
	snprintf(port, sizeof(port), "port %u ", metrics_server_port(server));
	assert_int_equal(status.code, STATUS_USAGE);
	assert_true(span_has(span_of(status.message), port));
	assert_true(span_has(span_of(status.message), "taken by another program"));
	assert_true(span_has(span_of(status.message), "--metrics-port"));
}

static size_t
open_files(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t count = 0;

	if (folder == NULL)
		return 0;
	while (readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count;
}

static void
nothing_stays_behind(void **state)
{
	struct metrics_server *server = NULL;
	struct tally tally = tally_sample();
	struct status status;
	uint16_t port;
	size_t before;

	(void)state;
	metrics_server_free(&server);
	before = open_files();
	/* opened only, and opened and started */
	status = metrics_server_open(0, &server);
	assert_true(status_is_ok(&status));
	metrics_server_free(&server);
	assert_null(server);
	status = metrics_server_open(0, &server);
	assert_true(status_is_ok(&status));
	port = metrics_server_port(server);
	metrics_server_show(server, &tally);
	status = metrics_server_start(server);
	assert_true(status_is_ok(&status));
	assert_answer(server, GET("/healthz"), "HTTP/1.1 200", "ok");
	metrics_server_free(&server);
	assert_int_equal(connect_to(port), -1);
	assert_int_equal(open_files(), before);
	/* the port can be had again at once */
	status = metrics_server_open(port, &server);
	assert_string_equal(status.message, "");
	metrics_server_free(&server);
}

/* Which address of this machine answers on the port: loopback, and none but 127.0.0.1. */
static void
only_loopback_listens(void **state)
{
	const struct metrics_server *server = *state;
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(metrics_server_port(server)) };
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
	assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), -1);
	close(client);
}

static volatile sig_atomic_t on_own_thread;
static pthread_t             own_thread;

static void
note_thread(int number)
{
	(void)number;
	on_own_thread = pthread_equal(pthread_self(), own_thread) != 0;
}

/* A signal to the process ends the wait of whoever waits for it, and goes to nobody else. */
static void
signals_are_not_its_own(void **state)
{
	const struct sigaction note = { .sa_handler = note_thread };
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	sigset_t blocked, before;

	(void)state;
	own_thread = pthread_self();
	sigaction(SIGUSR1, &note, NULL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	/* blocked here, it would go to any other thread that takes it */
	pthread_sigmask(SIG_BLOCK, &blocked, &before);
	kill(getpid(), SIGUSR1);
	nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	assert_int_equal(on_own_thread, 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	assert_int_equal(on_own_thread, 1);
	sigaction(SIGUSR1, &usual, NULL);
}

#define SERVED(test) cmocka_unit_test_setup_teardown(test, start_server, stop_server)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		SERVED(metrics_are_those_shown_last),
		SERVED(health_follows_the_database),
		SERVED(a_sensor_that_hangs_is_not_healthy),
		SERVED(what_is_not_offered),
		SERVED(a_head_has_no_body),
		SERVED(a_connection_is_kept),
		SERVED(a_huge_request_is_refused),
		SERVED(silent_clients_hold_up_nobody),
		SERVED(a_crowd_waits_for_its_turn),
		SERVED(several_ask_while_numbers_change),
		SERVED(a_port_that_is_taken),
		SERVED(only_loopback_listens),
		SERVED(signals_are_not_its_own),
		cmocka_unit_test(nothing_stays_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
