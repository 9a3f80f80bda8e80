/* When engines are to hear that the system's clock was set. */
#include "sensor/steps.h"

#include "base/clock.h"

bool
steps_is_jump(const struct steps *steps, int64_t frame_ns)
{
	int64_t passed_ns = frame_ns - steps->frame_ns;

	return passed_ns >= NS_PER_SECOND || passed_ns <= -NS_PER_SECOND;
}

int64_t
steps_before_frame(struct steps *steps, int64_t total_ns)
{
	int64_t step_ns = total_ns - steps->told_ns;

	steps->told_ns = total_ns;
	steps->noticed_ns = 0;
	return step_ns;
}

int64_t
steps_while_quiet(struct steps *steps, int64_t total_ns, int64_t now_ns, int64_t delay_ns)
{
	if (total_ns == steps->told_ns) {
		steps->noticed_ns = 0;
		return 0;
	}
	if (steps->noticed_ns == 0)
		steps->noticed_ns = now_ns;
	return now_ns - steps->noticed_ns >= delay_ns ? steps_before_frame(steps, total_ns) : 0;
}

bool
steps_is_untold(const struct steps *steps)
{
	return steps->noticed_ns != 0;
}
