/* What the files of the sensor's loop share: sensor.c begins, reads frames and ends, sensor_tell.c passes on what it is
 * told, sensor_look.c looks after the rest.  For these three only. */
#ifndef STARTTRACE_SENSOR_SENSOR_PRIVATE_H
#define STARTTRACE_SENSOR_SENSOR_PRIVATE_H

#include "base/clock.h"
#include "engine/pipeline.h"
#include "sensor/metrics_server.h"
#include "sensor/sensor.h"
#include "sensor/steps.h"
#include "sensor/titles.h"
#include "sensor/told.h"

enum {
	SENSOR_WAIT_MS = 100,           /* for a frame, before time is looked at */
	SENSOR_TALLY_SECONDS = 60,      /* from one telling of all counters to the next */
};

/* Engines get what waits for a batch to fill this often, and time is looked at, however slowly frames come. */
static const int64_t sensor_handed_on_ns = SENSOR_WAIT_MS * NS_PER_MS;

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
	int64_t                     started_ns;         /* by the calendar, like what a capture time is compared with */
	int64_t                     read_ns;            /* when counters were last read */
	struct steps                steps;              /* of the clock */
	int64_t                     looked_ns;          /* the frame after which time was last looked at; 0: in quiet */
	size_t                      unwatched;          /* frames since */
	/* what is due when, monotonic */
	int64_t                     next_tick, next_second, next_minutes, next_metrics, next_tally, next_alive;
	char                        trouble[256];       /* last said */
	struct status               metrics_written;    /* how the latest attempt went */
	bool                        over;               /* no interface is left */
	bool                        stderr_is_journal;  /* ... which an outlet tells already */
};

/* Told by engines, history, writer and outlets, on their threads; `user` is the sensor.  As struct sink,
 * struct writer_config and struct outlet_origin say. */
void        sensor_take_session(void *user, struct session *session);
void        sensor_take_snapshot(void *user, const struct session *session);
void        sensor_take_finding(void *user, const struct session *session, const struct finding *finding,
	enum telling telling);
void        sensor_take_insight(void *user, const struct footprint *footprint, const struct hindsight_word *word);
void        sensor_take_trouble(void *user, const struct status *status);
void        sensor_take_outlet_trouble(void *user, const char *words);
const char *sensor_title_of(void *user, const char *kind);

/* To the outlets, and as a line on standard error; `action` as for outlets_say.  From any thread. */
void sensor_say(struct sensor *sensor, const char *action, const char *words);

/* On standard error, from any thread; what a pipe that nobody reads does not take is left out. */
void sensor_print(struct span words);

/* After every so many frames, and when none come; `frame_ns`: the time of the last frame when more of them wait, 0 when
 * all is quiet. */
void sensor_look_after(struct sensor *sensor, int64_t frame_ns);

/* Parts of it that others need too: the engines hear of a step of the clock (0: none) and of losses; drops are said;
 * minutes are written; all counters are taken, or told to the outlets. */
void sensor_tell_step(struct sensor *sensor, int64_t step_ns);
void sensor_read_counters(struct sensor *sensor);
void sensor_say_drops(struct sensor *sensor);
void sensor_write_minutes(struct sensor *sensor);
void sensor_count(struct sensor *sensor, struct tally *tally);
void sensor_tell_tally(struct sensor *sensor);

#endif
