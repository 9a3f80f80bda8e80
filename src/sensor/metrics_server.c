/* Metrics over HTTP, by libmicrohttpd: one thread, few connections, loopback only. */
#include "sensor/metrics_server.h"

#include "base/table.h"
#include "sensor/metrics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	CONNECTIONS_MOST = 16,
	CONNECTION_MEMORY = 16 * 1024,  /* a request that does not fit is refused */
	SILENCE_S = 10,                 /* a connection on which nothing happens is closed */
};

struct metrics_server {
	int                socket;
	uint16_t           port;
	struct MHD_Daemon *daemon;      /* NULL until it is started */
	pthread_mutex_t    lock;        /* of what follows */
	struct tally       tally;
	struct timespec    shown_at;    /* by the clock that is never set */
	bool               shown;
};

/* Answers ------------------------------------------------------------------------------------------ */

static enum MHD_Result
answer(struct MHD_Connection *connection, unsigned int code, const char *type, struct span text)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(text.len, (void *)(uintptr_t)text.at, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", type);
	MHD_add_response_header(response, "Cache-Control", "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	if (code == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, "Allow", "GET, HEAD");
	result = MHD_queue_response(connection, code, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result
answer_words(struct MHD_Connection *connection, unsigned int code, const char *words)
{
	return answer(connection, code, "text/plain; charset=utf-8", span_of(words));
}

static enum MHD_Result
answer_metrics(struct metrics_server *server, struct MHD_Connection *connection)
{
	struct buffer text = { 0 };
	struct tally tally;
	enum MHD_Result result;
	bool shown;

	pthread_mutex_lock(&server->lock);
	tally = server->tally;
	shown = server->shown;
	pthread_mutex_unlock(&server->lock);
	if (!shown)
		return answer_words(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "nothing is counted yet\n");
	metrics_write(&text, &tally);
	result = text.failed ? MHD_NO
	                     : answer(connection, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8",
				       buffer_span(&text));
	buffer_free(&text);
	return result;
}

static enum MHD_Result
answer_health(struct metrics_server *server, struct MHD_Connection *connection)
{
	struct timespec now, shown_at;
	bool shown, failing;

	clock_gettime(CLOCK_MONOTONIC, &now);
	pthread_mutex_lock(&server->lock);
	shown = server->shown;
	shown_at = server->shown_at;
	failing = server->tally.writer.failing;
	pthread_mutex_unlock(&server->lock);
	if (!shown)
		return answer_words(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "nothing is counted yet\n");
	if (now.tv_sec - shown_at.tv_sec > METRICS_SILENCE_S)
		return answer_words(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "the sensor has stopped counting\n");
	if (failing)
		return answer_words(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "the database cannot be written\n");
	return answer_words(connection, MHD_HTTP_OK, "ok\n");
}

static const struct page {
	const char       *path;
	enum MHD_Result (*answer)(struct metrics_server *server, struct MHD_Connection *connection);
} pages[] = {
	{ "/metrics", answer_metrics },
	{ "/healthz", answer_health },
};

/* Requests ----------------------------------------------------------------------------------------- */

/* A page of the web whose name was made to lead to 127.0.0.1 has a browser ask for that name.  The port may be any:
 * it is another one behind a tunnel. */
static bool
host_is_ours(const char *host)
{
	static const char *const names[] = { "localhost", "127.0.0.1" };
	struct span rest = span_of(host);
	uint64_t port;

	for (size_t i = 0; i < TABLE_LENGTH(names); i++)
		if (span_starts(rest, names[i])) {
			rest = span_after(rest, strlen(names[i]));
			return rest.len == 0 || (rest.at[0] == ':' && span_number(span_after(rest, 1), &port) &&
				port <= UINT16_MAX);
		}
	return false;
}

static const struct page *
page_find(const char *path)
{
	for (size_t i = 0; i < TABLE_LENGTH(pages); i++)
		if (strcmp(path, pages[i].path) == 0)
			return &pages[i];
	return NULL;
}

/* Called for the head of a request, and again when it is whole: with *state NULL the first time. */
static enum MHD_Result
take_request(void *user, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
	const char *body, size_t *body_len, void **state)
{
	const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
	const struct page *page = page_find(url);

	(void)version;
	(void)body;
	if (!host_is_ours(host))
		return answer_words(connection, MHD_HTTP_FORBIDDEN, "ask for localhost or 127.0.0.1\n");
	if (page == NULL)
		return answer_words(connection, MHD_HTTP_NOT_FOUND, "/metrics and /healthz are here\n");
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return answer_words(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET it\n");
	if (*state == NULL) {
		/* an answer now would end the connection behind it */
		*state = user;
		return MHD_YES;
	}
	/* no page reads a body */
	*body_len = 0;
	return page->answer(user, connection);
}

/* The server --------------------------------------------------------------------------------------- */

static struct status
cannot_listen(uint16_t port)
{
	if (errno == EADDRINUSE)
		return status_of(STATUS_USAGE, "metrics: port %u of 127.0.0.1 is taken by another program; "
			"choose another --metrics-port", port);
	if (errno == EACCES || errno == EPERM)
		return status_of(STATUS_USAGE, "metrics: port %u of 127.0.0.1 is not allowed; choose a --metrics-port "
			"from 1024 on", port);
	return status_of(STATUS_USAGE, "metrics: port %u of 127.0.0.1: %s", port, strerror(errno));
}

/* The socket, or -1 with errno set; *port_r is the port that it got. */
static int
listen_on(uint16_t port, uint16_t *port_r)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int one = 1, error;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (listener < 0)
		return -1;
	/* connections that linger from before a restart are no reason to fail */
	if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
	    bind(listener, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	    listen(listener, SOMAXCONN) == 0 &&
	    getsockname(listener, (struct sockaddr *)&address, &len) == 0) {
		*port_r = ntohs(address.sin_port);
		return listener;
	}
	error = errno;
	close(listener);
	errno = error;
	return -1;
}

struct status
metrics_server_open(uint16_t port, struct metrics_server **server_r)
{
	struct metrics_server *server = calloc(1, sizeof(*server));

	*server_r = NULL;
	if (server == NULL)
		return status_of(STATUS_NO_MEMORY, "metrics: out of memory");
	server->socket = listen_on(port, &server->port);
	if (server->socket < 0) {
		struct status status = cannot_listen(port);

		free(server);
		return status;
	}
	pthread_mutex_init(&server->lock, NULL);
	*server_r = server;
	return status_ok();
}

struct status
metrics_server_start(struct metrics_server *server)
{
	/* the library closes what it is given, though not always when it fails */
	int listener = fcntl(server->socket, F_DUPFD_CLOEXEC, 0);
	sigset_t all, before;

	if (listener < 0)
		return status_of(STATUS_NO_MEMORY, "metrics: %s", strerror(errno));
	sigfillset(&all);
	/* its thread inherits this: signals are for those who wait for them */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	server->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0, NULL, NULL, take_request,
		server, MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS_MOST,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)SILENCE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)CONNECTION_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (server->daemon == NULL)
		return status_of(STATUS_NO_MEMORY, "metrics: the server cannot be started: %s", strerror(errno));
	return status_ok();
}

uint16_t
metrics_server_port(const struct metrics_server *server)
{
	return server->port;
}

void
metrics_server_show(struct metrics_server *server, const struct tally *tally)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	pthread_mutex_lock(&server->lock);
	server->tally = *tally;
	server->shown_at = now;
	server->shown = true;
	pthread_mutex_unlock(&server->lock);
}

void
metrics_server_free(struct metrics_server **server)
{
	if (*server == NULL)
		return;
	if ((*server)->daemon != NULL)
		MHD_stop_daemon((*server)->daemon);
	close((*server)->socket);
	pthread_mutex_destroy(&(*server)->lock);
	free(*server);
	*server = NULL;
}
