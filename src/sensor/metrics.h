/* A tally as Prometheus metrics (text exposition format 0.0.4), and as a file for the node exporter's textfile
 * collector. */
#ifndef STARTTRACE_SENSOR_METRICS_H
#define STARTTRACE_SENSOR_METRICS_H

#include "base/status.h"
#include "sensor/tally.h"

/* Adds all metrics, each with its HELP and TYPE.  Out of memory shows in out->failed. */
void metrics_write(struct buffer *out, const struct tally *tally);

/* Replaces the file in one step: PATH.tmp beside it, mode 0644, is written and renamed.  After a failure the old file
 * is as it was, and the status tells what failed. */
struct status metrics_file(const char *path, const struct tally *tally);

#endif
