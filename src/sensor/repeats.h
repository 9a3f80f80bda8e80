/* What was told lately, so that the same is counted for a minute instead of told again: a scan must not flood a
 * terminal. */
#ifndef STARTTRACE_SENSOR_REPEATS_H
#define STARTTRACE_SENSOR_REPEATS_H

#include "base/span.h"

enum {
	REPEATS_MOST = 256,             /* remembered; what does not fit is told each time */
	REPEATS_KEY_SIZE = 192,
	REPEATS_WORDS_SIZE = 256,
};

struct repeat {
	char     key[REPEATS_KEY_SIZE];
	char     words[REPEATS_WORDS_SIZE];     /* to say what was repeated */
	int64_t  since_ns;
	uint64_t again;                         /* times after the first */
};

/* Zeroed to begin with. */
struct repeats {
	struct repeat slots[REPEATS_MOST];
	size_t        count;
};

/* True when this is to be told: nothing with this key was in the last minute.  Key and words are cut to fit. */
bool repeats_is_new(struct repeats *repeats, const char *key, const char *words, int64_t now_ns);

/* Forgets one that is a minute old, or any with `over`, and hands it out; false when there is none. */
bool repeats_take(struct repeats *repeats, int64_t now_ns, bool over, struct repeat *repeat_r);

#endif
