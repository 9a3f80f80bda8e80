/* The loop of a sensor: one thread reads frames and looks after the rest once a second. */
#include "sensor/sensor.h"

#include "base/clock.h"
#include "engine/pipeline.h"
#include "sensor/metrics.h"
#include "sensor/metrics_server.h"
#include "sensor/notify.h"
#include "sensor/sandbox.h"
#include "sensor/steps.h"
#include "sensor/told.h"
#include "sensor/titles.h"
#include "sensor/watchword.h"

#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	WAIT_MS = 100,                  /* for a frame, before time is looked at */
	FRAMES_UNWATCHED = 256,         /* read before time is looked at, however fast they come */
	DRAIN_SECONDS = 10,             /* what the rings still hold when it is over */
	PATIENCE_MS = 30000,            /* for a disk that fails at the end */
	OUTLETS_PATIENCE_MS = 3000,
};

static const int64_t minutes_written_ns = 10 * NS_PER_SECOND;
static const int64_t metrics_written_ns = 15 * NS_PER_SECOND;
static const int64_t told_ns = 60 * NS_PER_SECOND;

/* What the kernel hands over may be this much older than its hour: the ring's time-out, and some. */
static const int64_t ring_delay_ns = NS_PER_SECOND / 2;

/* Engines get what waits for a batch to fill this often, and time is looked at, however slowly frames come. */
static const int64_t handed_on_ns = WAIT_MS * (NS_PER_SECOND / 1000);

/* One interface as it was when its counters were last read. */
struct reading {
	struct live_counters counters;  /* told to the engines */
	struct live_counters written;   /* in the database */
	int64_t              first_ns, last_ns; /* of its frames; 0 without one */
	uint64_t             drops_said;
};

struct sensor {
	const struct sensor_config *config;
	struct live                *live;
	struct writer              *writer;
	struct pipeline            *pipeline;
	struct outlets             *outlets;
	struct metrics_server      *metrics;
	struct titles              *titles;
	struct told                *told;
	struct budget               budget, history_budget;
	struct reading              readings[LIVE_INTERFACES_MOST];
	char                        host[64];
	int64_t                     started_ns;         /* by the calendar, as all below that a capture time is compared with */
	int64_t                     read_ns;            /* when counters were last read */
	struct steps                steps;              /* of the clock */
	int64_t                     looked_ns;          /* the frame after which time was last looked at; 0: when all was quiet */
	size_t                      unwatched;          /* frames since */
	int64_t                     next_tick, next_second, next_minutes, next_metrics, next_tally, next_alive; /* monotonic */
	char                        trouble[256];       /* last said */
	struct status               metrics_written;    /* how the latest attempt went */
	bool                        over;               /* no interface is left */
	bool                        journal_hears;      /* what goes to standard error, by an outlet */
};

/* On standard error, from any thread.  Capturing waits for nobody: not for a pipe that is not read either. */
static void
print(struct span words)
{
	struct pollfd polled = { .fd = STDERR_FILENO, .events = POLLOUT };

	/* a pipe that is ready takes as much at once */
	while (words.len > 0 && poll(&polled, 1, 0) == 1 && polled.revents & POLLOUT) {
		struct span part = span_first(words, PIPE_BUF);

		fwrite(part.at, 1, part.len, stderr);
		words = span_after(words, part.len);
	}
}

static void
print_line(const char *words)
{
	struct buffer line = { 0 };

	buffer_printf(&line, "starttrace: %s\n", words);
	print(buffer_span(&line));
	buffer_free(&line);
}

static void
say(struct sensor *sensor, const char *action, const char *words)
{
	if (!sensor->journal_hears)
		print_line(words);
	outlets_say(sensor->outlets, action, words);
}

/* Standard error ends in the journal, which an outlet tells already: nothing is to be said there twice. */
static bool
is_journal_told_twice(const struct sensor_config *config)
{
	bool told = false;

	for (size_t i = 0; i < config->outlet_count; i++)
		told |= config->outlets[i].kind == OUTLET_JOURNAL;
	return told && getenv("JOURNAL_STREAM") != NULL;
}

/* What engines and history tell ----------------------------------------------------------------- */

static void
take_session(void *user, struct session *session)
{
	struct sensor *sensor = user;

	told_session(sensor->told, session);
	outlets_session(sensor->outlets, session);
	writer_session(sensor->writer, session);
	session_free(&session);
}

static void
take_snapshot(void *user, const struct session *session)
{
	struct sensor *sensor = user;

	outlets_session(sensor->outlets, session);
	writer_session(sensor->writer, session);
}

static void
take_finding(void *user, const struct session *session, const struct finding *finding, enum telling telling)
{
	struct sensor *sensor = user;

	if (telling == TELLING_NEW)
		told_finding(sensor->told, finding->rule->id, finding->severity);
	outlets_finding(sensor->outlets, session, finding, telling);
}

static void
take_insight(void *user, const struct footprint *footprint, const struct insight *insight)
{
	struct sensor *sensor = user;

	if (!insight->raises)
		told_finding(sensor->told, insight->kind, insight->severity);
	outlets_insight(sensor->outlets, footprint, insight);
}

static void
take_trouble(void *user, const struct status *status)
{
	struct sensor *sensor = user;

	if (status_is_ok(status))
		say(sensor, "trouble", "the database takes rows again; what waited is being written");
	else
		say(sensor, "trouble", status->message);
}

/* The other outlets hear of it by themselves. */
static void
take_outlet_trouble(void *user, const char *words)
{
	(void)user;
	print_line(words);
}

static const char *
title_of(void *user, const char *kind)
{
	const struct sensor *sensor = user;

	return titles_of(sensor->titles, kind);
}

/* Once a second ----------------------------------------------------------------------------------- */

static void
count(struct sensor *sensor, struct tally *tally)
{
	*tally = (struct tally){
		.version = sensor->config->version,
		.started_ns = sensor->started_ns,
		.now_ns = clock_now(CLOCK_REALTIME),
		.interface_count = sensor->config->live.count,
		.engine = pipeline_counters(sensor->pipeline),
		.writer = writer_counters(sensor->writer),
		.memory_used = atomic_load(&sensor->budget.used) + atomic_load(&sensor->history_budget.used),
		.memory_limit = sensor->config->max_memory,
	};
	tally->memory_used += tally->writer.waiting_bytes;
	for (size_t i = 0; i < tally->interface_count; i++) {
		snprintf(tally->interfaces[i].name, sizeof(tally->interfaces[i].name), "%s",
			sensor->config->live.interfaces[i]);
		tally->interfaces[i].counters = live_counters(sensor->live, i);
	}
	told_count(sensor->told, tally);
	outlets_count(sensor->outlets, tally);
}

static uint64_t
dropped(const struct live_counters *counters)
{
	return counters->kernel_drops + counters->interface_drops;
}

static void
say_drops_of(struct sensor *sensor, size_t index)
{
	const struct live_counters *now = &sensor->readings[index].counters;
	uint64_t all = dropped(now), fresh = all - sensor->readings[index].drops_said;
	char words[200];

	if (fresh == 0)
		return;
	snprintf(words, sizeof(words), "%s: %" PRIu64 " frames were dropped in the last minute, %" PRIu64
		" of %" PRIu64 " in all; --buffer, -j or a narrower filter help",
		sensor->config->live.interfaces[index], fresh, all, now->frames + all);
	say(sensor, "drops", words);
	sensor->readings[index].drops_said = all;
}

static void
say_drops(struct sensor *sensor)
{
	for (size_t i = 0; i < sensor->config->live.count; i++)
		say_drops_of(sensor, i);
}

/* The engines hear of a loss before they get the frames behind it: those before it fill the ring, which holds more of them
 * than are read between two looks. */
static void
read_counters(struct sensor *sensor)
{
	int64_t now_ns = clock_now(CLOCK_REALTIME);

	for (size_t i = 0; i < sensor->config->live.count; i++) {
		struct live_counters *before = &sensor->readings[i].counters, now = live_counters(sensor->live, i);
		uint64_t lost = dropped(&now) - dropped(before);

		if (lost > 0)
			pipeline_loss(sensor->pipeline, &(struct loss){
				.capture = (uint32_t)i,
				.from_ns = sensor->read_ns,
				.to_ns = now_ns,
				.lost = lost,
				.seen = now.frames - before->frames,
			});
		*before = now;
	}
	sensor->read_ns = now_ns;
}

static void
tell_step(struct sensor *sensor, int64_t step_ns)
{
	if (step_ns == 0)
		return;
	pipeline_clock_step(sensor->pipeline, step_ns);
	writer_clock_was_set(sensor->writer);
	say(sensor, "trouble", "the clock was set; frames carry the new time from here on");
}

static void
write_minutes(struct sensor *sensor)
{
	const int64_t minute = 60 * NS_PER_SECOND;

	for (size_t i = 0; i < sensor->config->live.count; i++) {
		const struct live_counters *now = &sensor->readings[i].counters;
		struct live_counters *before = &sensor->readings[i].written;
		const struct store_minute came = {
			.minute_ns = sensor->read_ns / minute * minute,
			.frames = now->frames - before->frames,
			.bytes = now->bytes - before->bytes,
			.kernel_drops = now->kernel_drops - before->kernel_drops,
			.interface_drops = now->interface_drops - before->interface_drops,
		};

		if (came.frames + came.kernel_drops + came.interface_drops > 0)
			writer_minute(sensor->writer, (uint32_t)i, &came);
		*before = *now;
	}
}

static void
say_trouble(struct sensor *sensor)
{
	const char *words = live_trouble(sensor->live);

	if (*words != '\0' && strncmp(words, sensor->trouble, sizeof(sensor->trouble) - 1) != 0)
		say(sensor, "trouble", words);
	snprintf(sensor->trouble, sizeof(sensor->trouble), "%s", words);
}

static void
show_tally(struct sensor *sensor, int64_t now)
{
	const struct sensor_config *config = sensor->config;
	struct tally tally;

	if (sensor->metrics == NULL && config->metrics_file == NULL && now < sensor->next_tally)
		return;
	count(sensor, &tally);
	if (sensor->metrics != NULL)
		metrics_server_show(sensor->metrics, &tally);
	if (config->metrics_file != NULL && now >= sensor->next_metrics) {
		sensor->metrics_written = metrics_file(config->metrics_file, &tally);
		sensor->next_metrics = now + metrics_written_ns;
	}
	if (now < sensor->next_tally)
		return;
	outlets_tally(sensor->outlets, &tally);
	if (!status_is_ok(&sensor->metrics_written))
		say(sensor, "trouble", sensor->metrics_written.message);
	say_drops(sensor);
	sensor->next_tally = now + told_ns;
}

/* What the whole run came to. */
static void
tell_tally(struct sensor *sensor)
{
	struct tally tally;

	count(sensor, &tally);
	outlets_tally(sensor->outlets, &tally);
}

static void
print_tally(struct sensor *sensor)
{
	struct buffer out = { 0 };
	struct tally tally;

	count(sensor, &tally);
	tally_write(&out, &tally);
	print(buffer_span(&out));
	buffer_free(&out);
}

static void
heed_signals(struct sensor *sensor)
{
	if (watchword_taken(WATCHWORD_COUNT))
		print_tally(sensor);
	if (watchword_taken(WATCHWORD_REOPEN)) {
		notify_reloading();
		outlets_reopen(sensor->outlets);
		notify_ready("watching");
	}
}

static void
see_to_the_rest(struct sensor *sensor, int64_t now)
{
	if (now >= sensor->next_minutes) {
		write_minutes(sensor);
		sensor->next_minutes = now + minutes_written_ns;
	}
	say_trouble(sensor);
	show_tally(sensor, now);
	if (notify_watchdog_ns() > 0 && now >= sensor->next_alive) {
		notify_alive();
		sensor->next_alive = now + notify_watchdog_ns() / 2;
	}
}

/* Engines never hear of a time that frames on their way have not reached. */
static void
tick_while_quiet(struct sensor *sensor, int64_t now)
{
	tell_step(sensor, steps_while_quiet(&sensor->steps, live_clock_steps(sensor->live), now, ring_delay_ns));
	if (!steps_is_untold(&sensor->steps))
		pipeline_tick(sensor->pipeline, clock_now(CLOCK_REALTIME) - ring_delay_ns);
}

/* `frame_ns`: of the last frame when more of them wait; 0 when all is quiet. */
static void
look_after(struct sensor *sensor, int64_t frame_ns)
{
	int64_t now = clock_now(CLOCK_MONOTONIC);

	sensor->unwatched = 0;
	sensor->looked_ns = frame_ns;
	heed_signals(sensor);
	read_counters(sensor);
	if (now >= sensor->next_second) {
		see_to_the_rest(sensor, now);
		sensor->next_second = now + NS_PER_SECOND;
	}
	if (frame_ns == 0) {
		tick_while_quiet(sensor, now);
	} else if (now >= sensor->next_tick) {
		pipeline_tick(sensor->pipeline, frame_ns);
		sensor->next_tick = now + handed_on_ns;
	}
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
		tell_step(sensor, steps_before_frame(&sensor->steps, live_clock_steps(sensor->live)));
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
	return ++sensor->unwatched >= FRAMES_UNWATCHED || frame_ns - sensor->looked_ns >= handed_on_ns ||
	       frame_ns < sensor->looked_ns;
}

static void
watch(struct sensor *sensor)
{
	struct frame frame;

	while (!sensor->over && !watchword_taken(WATCHWORD_STOP)) {
		switch (live_next(sensor->live, &frame, WAIT_MS)) {
		case LIVE_FRAME:
			take_frame(sensor, &frame);
			if (has_read_for_long(sensor, frame.at.time_ns))
				look_after(sensor, frame.at.time_ns);
			break;
		case LIVE_QUIET:
			look_after(sensor, 0);
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
	int64_t end_ns = clock_now(CLOCK_REALTIME), given_up = clock_now(CLOCK_MONOTONIC) + DRAIN_SECONDS * NS_PER_SECOND;
	enum live_result got = sensor->over ? LIVE_OVER : LIVE_FRAME;
	struct frame frame;
	size_t unread = 0;

	for (int quiet = 0; got != LIVE_OVER && quiet < 3 && clock_now(CLOCK_MONOTONIC) < given_up;) {
		got = live_next(sensor->live, &frame, WAIT_MS);
		quiet = got == LIVE_FRAME ? 0 : quiet + 1;
		if (got == LIVE_FRAME)
			take_frame(sensor, &frame);
		if (got == LIVE_FRAME && frame.at.time_ns > end_ns)
			break;
		if (++unread == FRAMES_UNWATCHED || got == LIVE_QUIET) {
			read_counters(sensor);
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
		.title = title_of,
		.trouble = take_outlet_trouble,
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
		.insight = take_insight,
		.trouble = take_trouble,
		.user = sensor,
	};
	const struct sink sink = {
		.session = take_session,
		.snapshot = take_snapshot,
		.finding = take_finding,
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

	count(sensor, &tally);
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
	say(sensor, action, buffer_text(&words));
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
	read_counters(sensor);
	say_drops(sensor);
	write_minutes(sensor);
	pipeline_settle(sensor->pipeline);
	counters = pipeline_counters(sensor->pipeline);
	tell_tally(sensor);
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
	sensor->journal_hears = is_journal_told_twice(config);
	sensor->started_ns = sensor->read_ns = clock_now(CLOCK_REALTIME);
	sensor->next_tally = clock_now(CLOCK_MONOTONIC) + told_ns;
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
