/* Engines side by side and one writer: the only room with threads.
 *
 * One engine runs on the caller's thread.  More of them each have a thread of their own and get the frames of the
 * host pairs that fall to them, in capture order, so that results do not depend on their number.  Finished sessions
 * go through a bounded queue to the writer's thread, the only one that calls the sink. */
#ifndef STARTTRACE_ENGINE_PIPELINE_H
#define STARTTRACE_ENGINE_PIPELINE_H

#include "engine/engine.h"

struct pipeline;

/* `engines` 0: as many as there are processors.  NULL when out of memory or threads.  The sink is called on the
 * writer's thread from here to pipeline_finish. */
struct pipeline *pipeline_new(const struct engine_config *config, size_t engines,
	struct budget *budget, const struct sink *sink);

void pipeline_frame(struct pipeline *pipeline, const struct frame *frame);

/* Everything fed so far has been taken by the engines. */
void pipeline_settle(struct pipeline *pipeline);

/* Ends all flows, waits until the writer has taken every session, and frees the pipeline. */
void pipeline_finish(struct pipeline **pipeline);

/* Summed over the engines; exact after pipeline_settle. */
struct engine_counters pipeline_counters(const struct pipeline *pipeline);

#endif
