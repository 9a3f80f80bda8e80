/* A tally as Prometheus metrics (text exposition format 0.0.4): in a file for the node exporter, and over HTTP on
 * loopback. */
#ifndef STARTTRACE_SENSOR_METRICS_H
#define STARTTRACE_SENSOR_METRICS_H

#include "base/status.h"
#include "sensor/tally.h"

void metrics_write(struct buffer *out, const struct tally *tally);

/* Replaces the file in one step (written beside it and renamed). */
struct status metrics_file(const char *path, const struct tally *tally);

/* An HTTP server that answers GET /metrics with the last tally it was shown, and GET /healthz.  Listens on loopback only:
 * `port` of 127.0.0.1, 0 for any (metrics_server_port tells which).  Opened before the sandbox, started inside. */
struct metrics_server;

struct status metrics_server_open(uint16_t port, struct metrics_server **server_r);
struct status metrics_server_start(struct metrics_server *server);
uint16_t      metrics_server_port(const struct metrics_server *server);
void          metrics_server_show(struct metrics_server *server, const struct tally *tally);
void          metrics_server_free(struct metrics_server **server);

#endif
