/* A sensor that can be left alone: frames from interfaces through the engines into the database and to the outlets,
 * until a signal ends it.
 *
 * SIGINT and SIGTERM: what was captured is judged and stored, then it ends; a second one ends the process at once.
 * SIGHUP: outlets are opened anew.  SIGUSR1: the counters, on standard error. */
#ifndef STARTTRACE_SENSOR_SENSOR_H
#define STARTTRACE_SENSOR_SENSOR_H

#include "sensor/outlet.h"

struct sensor_config {
	struct live_config          live;
	const char                 *version;            /* of the program */
	const char                 *vantage;
	struct engine_config        engine;
	size_t                      engines;            /* as pipeline_new has it */
	size_t                      max_memory;         /* bytes: half for flows, the rest for what waits and history */
	int64_t                     retain_ns;          /* 0: nothing is pruned */
	const struct outlet_config *outlets;
	size_t                      outlet_count;
	const char                 *metrics_file;       /* NULL for none */
	uint16_t                    metrics_port;       /* 0 for none */
};

/* Registers the interfaces as captures of the store's run: after store_begin. */
struct status sensor_register(const struct sensor_config *config, struct live *live, struct store *store);

/* Runs until it is told to end, or no interface is left.  Privileges are given up by now; opens the outlets, enters the
 * sandbox, and only then reads the first frame.  Ends the store's run; the caller closes both. */
struct status sensor_run(const struct sensor_config *config, struct live *live, struct store *store);

#endif
