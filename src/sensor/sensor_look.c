/* What a sensor looks after between frames: signals, counters, the clock, losses, minutes, metrics, the watchdog. */
#include "sensor/sensor_private.h"

#include "sensor/metrics.h"
#include "sensor/notify.h"
#include "sensor/watchword.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const int64_t minutes_written_ns = 10 * NS_PER_SECOND;
static const int64_t metrics_written_ns = 15 * NS_PER_SECOND;

/* What the kernel hands over may be this much older than its hour: the ring's time-out, and some. */
static const int64_t ring_delay_ns = NS_PER_SECOND / 2;

void
sensor_count(struct sensor *sensor, struct tally *tally)
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
	sensor_say(sensor, "drops", words);
	sensor->readings[index].drops_said = all;
}

void
sensor_say_drops(struct sensor *sensor)
{
	for (size_t i = 0; i < sensor->config->live.count; i++)
		say_drops_of(sensor, i);
}

/* The engines hear of a loss before they get the frames behind it: those before it fill the ring, which holds more of
 * them than are read between two looks. */
void
sensor_read_counters(struct sensor *sensor)
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

void
sensor_tell_step(struct sensor *sensor, int64_t step_ns)
{
	if (step_ns == 0)
		return;
	pipeline_clock_step(sensor->pipeline, step_ns);
	writer_clock_was_set(sensor->writer);
	sensor_say(sensor, "trouble", "the clock was set; frames carry the new time from here on");
}

void
sensor_write_minutes(struct sensor *sensor)
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
		sensor_say(sensor, "trouble", words);
	snprintf(sensor->trouble, sizeof(sensor->trouble), "%s", words);
}

static void
show_tally(struct sensor *sensor, int64_t now)
{
	const struct sensor_config *config = sensor->config;
	struct tally tally;

	if (sensor->metrics == NULL && config->metrics_file == NULL && now < sensor->next_tally)
		return;
	sensor_count(sensor, &tally);
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
		sensor_say(sensor, "trouble", sensor->metrics_written.message);
	sensor_say_drops(sensor);
	sensor->next_tally = now + SENSOR_TALLY_SECONDS * NS_PER_SECOND;
}

/* What the whole run came to. */
void
sensor_tell_tally(struct sensor *sensor)
{
	struct tally tally;

	sensor_count(sensor, &tally);
	outlets_tally(sensor->outlets, &tally);
}

static void
print_tally(struct sensor *sensor)
{
	struct buffer out = { 0 };
	struct tally tally;

	sensor_count(sensor, &tally);
	tally_write(&out, &tally);
	sensor_print(buffer_span(&out));
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
		sensor_write_minutes(sensor);
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
	sensor_tell_step(sensor, steps_while_quiet(&sensor->steps, live_clock_steps(sensor->live), now, ring_delay_ns));
	if (!steps_is_untold(&sensor->steps))
		pipeline_tick(sensor->pipeline, clock_now(CLOCK_REALTIME) - ring_delay_ns);
}

/* `frame_ns`: of the last frame when more of them wait; 0 when all is quiet. */
void
sensor_look_after(struct sensor *sensor, int64_t frame_ns)
{
	int64_t now = clock_now(CLOCK_MONOTONIC);

	sensor->unwatched = 0;
	sensor->looked_ns = frame_ns;
	heed_signals(sensor);
	sensor_read_counters(sensor);
	if (now >= sensor->next_second) {
		see_to_the_rest(sensor, now);
		sensor->next_second = now + NS_PER_SECOND;
	}
	if (frame_ns == 0) {
		tick_while_quiet(sensor, now);
	} else if (now >= sensor->next_tick) {
		pipeline_tick(sensor->pipeline, frame_ns);
		sensor->next_tick = now + sensor_handed_on_ns;
	}
}
