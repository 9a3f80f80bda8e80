/* When engines are to hear that the system's clock was set: behind the frames that carry the old time, before those
 * that carry the new one.  A frame of either kind on the wrong side would look as if hours had passed. */
#ifndef STARTTRACE_SENSOR_STEPS_H
#define STARTTRACE_SENSOR_STEPS_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed to begin with. */
struct steps {
	int64_t told_ns;        /* of all steps, what the engines know of */
	int64_t frame_ns;       /* the latest frame's; 0 before the first */
	int64_t noticed_ns;     /* monotonic: when a step was noticed that no frame shows yet; 0: there is none */
};

/* Whether the next frame is so far from the one before that the clock may have been set in between. */
bool steps_is_jump(const struct steps *steps, int64_t frame_ns);

/* What engines are to be told, of `total_ns` (live_clock_steps); 0 for nothing.
 *
 * Before a frame that jumped: all of it, and it counts as told. */
int64_t steps_before_frame(struct steps *steps, int64_t total_ns);

/* While all is quiet: nothing as long as frames of the old time may still be on their way, `delay_ns` at most from when
 * it was noticed.  Until then steps_is_untold, and nobody may tell engines the system's time. */
int64_t steps_while_quiet(struct steps *steps, int64_t total_ns, int64_t now_ns, int64_t delay_ns);
bool    steps_is_untold(const struct steps *steps);

#endif
