/* The loop of a sensor: one thread reads frames and looks after the rest once a second. */
#include "sensor/sensor_private.h"

#include "sensor/metrics.h"
#include "sensor/notify.h"
#include "sensor/sandbox.h"
#include "sensor/watchword.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	FRAMES_UNWATCHED = 256,         /* read before time is looked at, however fast they come */
	DRAIN_SECONDS = 10,             /* what the rings still hold when it is over */
	PATIENCE_MS = 30000,            /* for a disk that fails at the end */
	OUTLETS_PATIENCE_MS = 3000,
};

/* Standard error ends in the journal, which an outlet tells already: nothing is to be said there twice. */
static bool
is_journal_told_twice(const struct sensor_config *config)
{
	bool told = false;

	for (size_t i = 0; i < config->outlet_count; i++)
		told |= config->outlets[i].kind == OUTLET_JOURNAL;
	return told && getenv("JOURNAL_STREAM") != NULL;
}

/* Frames ------------------------------------------------------------------------------------------ */

static void
take_frame(struct sensor *sensor, const struct frame *frame)
{
	struct reading *reading = &sensor->readings[frame->at.capture];

	if (reading->first_ns == 0)
		reading->first_ns = frame->at.time_ns;
	reading->last_ns = frame->at.time_ns;
	if (steps_is_jump(&sensor->steps, frame->at.time_ns))
		sensor_tell_step(sensor, steps_before_frame(&sensor->steps, live_clock_steps(sensor->live)));
	sensor->steps.frame_ns = frame->at.time_ns;
	pipeline_frame(sensor->pipeline, frame);
}

/* A frame every few milliseconds leaves no quiet moment, and is long in coming to a number: their own time, which costs
 * no call, tells how long it has been. */
static bool
has_read_for_long(struct sensor *sensor, int64_t frame_ns)
{
	if (sensor->looked_ns == 0)
		sensor->looked_ns = frame_ns;
	return ++sensor->unwatched >= FRAMES_UNWATCHED || frame_ns - sensor->looked_ns >= sensor_handed_on_ns ||
	       frame_ns < sensor->looked_ns;
}

static void
watch(struct sensor *sensor)
{
	struct frame frame;

	while (!sensor->over && !watchword_taken(WATCHWORD_STOP)) {
		switch (live_next(sensor->live, &frame, SENSOR_WAIT_MS)) {
		case LIVE_FRAME:
			take_frame(sensor, &frame);
			if (has_read_for_long(sensor, frame.at.time_ns))
				sensor_look_after(sensor, frame.at.time_ns);
			break;
		case LIVE_QUIET:
			sensor_look_after(sensor, 0);
			break;
		case LIVE_OVER:
			sensor->over = true;
			break;
		}
	}
}

/* What came before the end was called for still waits in the rings. */
static void
drain(struct sensor *sensor)
{
	int64_t end_ns = clock_now(CLOCK_REALTIME);
	int64_t given_up = clock_now(CLOCK_MONOTONIC) + DRAIN_SECONDS * NS_PER_SECOND;
	enum live_result got = sensor->over ? LIVE_OVER : LIVE_FRAME;
	struct frame frame;
	size_t unread = 0;

	for (int quiet = 0; got != LIVE_OVER && quiet < 3 && clock_now(CLOCK_MONOTONIC) < given_up;) {
		got = live_next(sensor->live, &frame, SENSOR_WAIT_MS);
		quiet = got == LIVE_FRAME ? 0 : quiet + 1;
		if (got == LIVE_FRAME)
			take_frame(sensor, &frame);
		if (got == LIVE_FRAME && frame.at.time_ns > end_ns)
			break;
		if (++unread == FRAMES_UNWATCHED || got == LIVE_QUIET) {
			sensor_read_counters(sensor);
			unread = 0;
		}
	}
}

/* Beginning and end ------------------------------------------------------------------------------- */

struct status
sensor_register(const struct sensor_config *config, struct live *live, struct store *store)
{
	struct status status = status_ok();

	for (size_t i = 0; i < config->live.count && status_is_ok(&status); i++)
		status = store_capture(store, (uint32_t)i, &(struct store_capture){
			.path = config->live.interfaces[i],
			.vantage = config->vantage,
			.link_type = live_link_type(live, i),
			.snaplen = live_snaplen(live),
			.live = true,
		});
	return status_is_ok(&status) ? store_commit(store) : status;
}

/* Whatever needs a file, a socket or a name is opened before the sandbox. */
static struct status
open_outside(struct sensor *sensor)
{
	const struct sensor_config *config = sensor->config;
	const struct outlet_origin origin = {
		.version = config->version,
		.sensor = sensor->host,
		.vantage = config->vantage,
		.interfaces = config->live.interfaces,
		.interface_count = config->live.count,
		.title = sensor_title_of,
		.trouble = sensor_take_outlet_trouble,
		.user = sensor,
	};
	struct status status = titles_read(&sensor->titles);

	if (gethostname(sensor->host, sizeof(sensor->host) - 1) != 0)
		snprintf(sensor->host, sizeof(sensor->host), "unknown");
	if (status_is_ok(&status))
		status = outlets_open(config->outlets, config->outlet_count, &origin, &sensor->outlets);
	if (status_is_ok(&status) && config->metrics_port != 0)
		status = metrics_server_open(config->metrics_port, &sensor->metrics);
	sensor->told = told_new();
	if (status_is_ok(&status) && sensor->told == NULL)
		status = status_of(STATUS_NO_MEMORY, "out of memory");
	return status;
}

static struct status
start_threads(struct sensor *sensor, struct store *store)
{
	const struct sensor_config *config = sensor->config;
	struct engine_config engine = config->engine;
	const struct writer_config writing = {
		.live = true,
		.room = config->max_memory / 4,
		.retain_ns = config->retain_ns,
		.budget = &sensor->history_budget,
		.policy = config->engine.policy,
		.insight = sensor_take_insight,
		.trouble = sensor_take_trouble,
		.user = sensor,
	};
	const struct sink sink = {
		.session = sensor_take_session,
		.snapshot = sensor_take_snapshot,
		.finding = sensor_take_finding,
		.user = sensor,
	};
	struct status status = outlets_start(sensor->outlets);

	if (status_is_ok(&status) && sensor->metrics != NULL)
		status = metrics_server_start(sensor->metrics);
	if (!status_is_ok(&status))
		return status;
	engine.live = true;
	sensor->writer = writer_new(store, &writing);
	if (sensor->writer != NULL && writer_has_failed(sensor->writer))
		return writer_finish(&sensor->writer, 0);
	if (sensor->writer != NULL)
		sensor->pipeline = pipeline_new(&engine, config->engines, &sensor->budget, &sink);
	return sensor->pipeline != NULL ? status
	                                : status_of(STATUS_NO_MEMORY, "not enough memory or threads to begin");
}

/* A file that nobody can write is told before anything is watched. */
static struct status
write_metrics(struct sensor *sensor)
{
	struct tally tally;

	sensor_count(sensor, &tally);
	return metrics_file(sensor->config->metrics_file, &tally);
}

static struct status
begin(struct sensor *sensor, struct store *store)
{
	struct status status = open_outside(sensor);

	if (status_is_ok(&status))
		status = sandbox_enter();
	watchword_listen();
	if (status_is_ok(&status))
		status = start_threads(sensor, store);
	if (status_is_ok(&status) && sensor->config->metrics_file != NULL)
		status = write_metrics(sensor);
	watchword_hear();
	return status;
}

static void
announce(struct sensor *sensor, const char *action, const char *verb)
{
	struct buffer words = { 0 };

	buffer_printf(&words, "%s", verb);
	for (size_t i = 0; i < sensor->config->live.count; i++)
		buffer_printf(&words, "%s %s", i > 0 ? "," : "", sensor->config->live.interfaces[i]);
	sensor_say(sensor, action, buffer_text(&words));
	notify_words(buffer_text(&words));
	buffer_free(&words);
}

/* What engines count has no interface: all of it is told with the first. */
static struct status
write_results(struct sensor *sensor, struct store *store, const struct engine_counters *engine)
{
	struct status status = status_ok();

	for (size_t i = 0; i < sensor->config->live.count && status_is_ok(&status); i++) {
		const struct reading *reading = &sensor->readings[i];

		status = store_capture_read(store, (uint32_t)i, &(struct store_result){
			.frames = reading->counters.frames,
			.bytes = reading->counters.bytes,
			.first_ns = reading->first_ns,
			.last_ns = reading->last_ns,
			.damage = "",
			.frames_other = i == 0 ? engine->other : 0,
			.frames_unknown = i == 0 ? engine->unknown : 0,
			.frames_malformed = i == 0 ? engine->malformed : 0,
		});
	}
	if (status_is_ok(&status))
		status = store_settle(store);
	return status_is_ok(&status) ? store_finish(store) : status;
}

/* Ends all that runs, in the order of the data, and says how it went. */
static struct status
finish(struct sensor *sensor, struct store *store)
{
	struct engine_counters counters;
	struct status status;

	notify_stopping();
	notify_more_time(DRAIN_SECONDS + PATIENCE_MS / 1000 + 60);
	drain(sensor);
	sensor_read_counters(sensor);
	sensor_say_drops(sensor);
	sensor_write_minutes(sensor);
	pipeline_settle(sensor->pipeline);
	counters = pipeline_counters(sensor->pipeline);
	sensor_tell_tally(sensor);
	pipeline_finish(&sensor->pipeline);
	status = writer_finish(&sensor->writer, PATIENCE_MS);
	if (status_is_ok(&status))
		status = write_results(sensor, store, &counters);
	if (status_is_ok(&status) && sensor->over)
		status = status_of(STATUS_INPUT, "%s", live_trouble(sensor->live));
	return status;
}

static void
release(struct sensor *sensor)
{
	pipeline_finish(&sensor->pipeline);
	if (sensor->writer != NULL)
		writer_finish(&sensor->writer, 0);
	outlets_free(&sensor->outlets, OUTLETS_PATIENCE_MS);
	metrics_server_free(&sensor->metrics);
	titles_free(&sensor->titles);
	told_free(&sensor->told);
}

struct status
sensor_run(const struct sensor_config *config, struct live *live, struct store *store)
{
	struct sensor *sensor = calloc(1, sizeof(*sensor));
	struct status status;

	if (sensor == NULL)
		return status_of(STATUS_NO_MEMORY, "out of memory");
	sensor->config = config;
	sensor->live = live;
	sensor->budget.limit = config->max_memory / 2;
	sensor->history_budget.limit = config->max_memory / 4;
	sensor->stderr_is_journal = is_journal_told_twice(config);
	sensor->started_ns = sensor->read_ns = clock_now(CLOCK_REALTIME);
	sensor->next_tally = clock_now(CLOCK_MONOTONIC) + SENSOR_TALLY_SECONDS * NS_PER_SECOND;
	status = begin(sensor, store);
	if (status_is_ok(&status)) {
		announce(sensor, "started", "watching");
		notify_ready("watching");
		watch(sensor);
		status = finish(sensor, store);
		announce(sensor, "stopped", "no longer watching");
	}
	release(sensor);
	free(sensor);
	return status;
}
