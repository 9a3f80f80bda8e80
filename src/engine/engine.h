/* The whole way from frames to judged sessions, as one plain object: no globals, one thread.  The command line,
 * the tests, the fuzz targets and the benchmark all drive the same engine; several can stand side by side. */
#ifndef STARTTRACE_ENGINE_ENGINE_H
#define STARTTRACE_ENGINE_ENGINE_H

#include "engine/dialogue.h"
#include "model/sink.h"
#include "wire/flow.h"
#include "wire/loss.h"
#include "wire/reassembly.h"

struct x509_trust;

struct engine_config {
	struct flow_limits       flows;
	struct reassembly_limits reassembly;
	struct privacy           privacy;
	bool                     second_opinion;        /* ask nDPI as well */
	const struct policy     *policy;                /* the user's, or NULL; outlives the sessions */
	const struct x509_trust *trust;                 /* trusted certificates, or NULL; outlives the engine */
	bool                     live;                  /* tell findings at once, and show sessions that last */
	uint16_t                 number;                /* which of several engines; the high bits of session.serial */
};

/* Sensible defaults: a million flows, 15 minutes idle, account names kept, nDPI asked. */
struct engine_config engine_config_default(void);

struct engine_counters {
	uint64_t frames, segments;
	uint64_t other;                 /* frames that hold no TCP */
	uint64_t unknown;               /* in something this program does not decode */
	uint64_t malformed;             /* cut short, or with lengths that lie */
	uint64_t fragments, fragment_overlaps;
	uint64_t flows, sessions, foreign;
	uint64_t evicted;               /* flows given up to stay within the memory cap */
	uint64_t refused;               /* flows that could not be followed at all for want of memory */
};

struct engine;

/* NULL when out of memory.  `config` is copied, but for the bytes of its key and the policy; `budget` is shared with
 * the sessions handed to `sink` and outlives both. */
struct engine *engine_new(const struct engine_config *config, struct budget *budget,
	const struct sink *sink);
void           engine_free(struct engine **engine);

/* Takes the next frame, in capture order. */
void engine_frame(struct engine *engine, const struct frame *frame);

/* Time passes although no frame comes: ends what is idle, and shows sessions that are a minute old.  `now_ns` is
 * capture time. */
void engine_tick(struct engine *engine, int64_t now_ns);

/* Frames were lost before they came here: told before those that came after the loss.  Every session that was there
 * meanwhile knows of it (session.lost). */
void engine_loss(struct engine *engine, const struct loss *loss);

/* The clock behind capture time was set by as much: time-outs go on as if it were not. */
void engine_clock_step(struct engine *engine, int64_t step_ns);

/* No more frames: ends every flow, oldest first, and hands out their sessions.  `now_ns` is the latest time of the
 * whole capture, of which this engine may have seen a part: what was idle for too long by then has ended so. */
void engine_drain(struct engine *engine, int64_t now_ns);

/* Totals since the engine was made. */
struct engine_counters engine_counters(const struct engine *engine);

#endif
