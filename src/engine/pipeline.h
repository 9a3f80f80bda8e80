/* Engines side by side: frames in, their results out.
 *
 * One engine runs on the caller's thread.  More of them each have a thread of their own and get the frames of the host
 * pairs that fall to them, in capture order, so that results do not depend on their number.  Each has its equal part of
 * the memory: which flows one gives up when it is short depends on its own frames, never on how far others came. */
#ifndef STARTTRACE_ENGINE_PIPELINE_H
#define STARTTRACE_ENGINE_PIPELINE_H

#include "engine/engine.h"

struct pipeline;

/* `engines` 0: one less than there are processors, and at least one.  NULL when out of memory or threads.  The sink is
 * called on the engines' threads, by several at once, from here to pipeline_finish, and frees what it gets before that
 * returns. */
struct pipeline *pipeline_new(const struct engine_config *config, size_t engines,
	struct budget *budget, const struct sink *sink);

/* The next frame in capture order.  What is kept of it is copied; waits while the engines have too much to do. */
void pipeline_frame(struct pipeline *pipeline, const struct frame *frame);

/* What engine_tick, engine_loss and engine_clock_step say, to every engine, behind all frames fed so far.  A tick also
 * hands on frames that wait for a batch to fill: for live work, when none follows for a while. */
void pipeline_tick(struct pipeline *pipeline, int64_t now_ns);
void pipeline_loss(struct pipeline *pipeline, const struct loss *loss);
void pipeline_clock_step(struct pipeline *pipeline, int64_t step_ns);

/* Everything fed so far has been taken by the engines. */
void pipeline_settle(struct pipeline *pipeline);

/* Ends all flows, waits for the engines, and frees the pipeline. */
void pipeline_finish(struct pipeline **pipeline);

/* Summed over the engines; exact after pipeline_settle, and at any other time safe to ask. */
struct engine_counters pipeline_counters(const struct pipeline *pipeline);

#endif
