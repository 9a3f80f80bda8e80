/* Metrics over HTTP, on loopback only: GET /metrics gives the last tally that was shown, GET /healthz says 200 while
 * the sensor works and 503 while its database fails or nothing has been shown for METRICS_SILENCE_S.  It answers
 * requests for localhost and 127.0.0.1 alone, so that no web page can read it through a name of its own, and logs
 * nothing of them. */
#ifndef STARTTRACE_SENSOR_METRICS_SERVER_H
#define STARTTRACE_SENSOR_METRICS_SERVER_H

#include "base/status.h"
#include "sensor/tally.h"

enum {
	METRICS_SILENCE_S = 60,         /* who shows tallies does so more often */
};

struct metrics_server;

/* Listens on `port` of 127.0.0.1, 0 for any (metrics_server_port tells which), and answers nobody yet: this can come
 * before a sandbox in which no socket is made, metrics_server_start inside it.  Says clearly when the port is taken. */
struct status metrics_server_open(uint16_t port, struct metrics_server **server_r);

/* Begins to answer, on a thread of its own that takes no signals. */
struct status metrics_server_start(struct metrics_server *server);

/* The port that it listens on, also where any was asked for. */
uint16_t metrics_server_port(const struct metrics_server *server);

/* Copies the tally.  From any thread; waits for nobody's answer. */
void metrics_server_show(struct metrics_server *server, const struct tally *tally);

/* Ends the thread and every connection; NULL and a server that was not started are fine. */
void metrics_server_free(struct metrics_server **server);

#endif
