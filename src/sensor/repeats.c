/* What was told lately. */
#include "sensor/repeats.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static bool
is_past(const struct repeat *repeat, int64_t now_ns)
{
	return now_ns - repeat->since_ns >= SECONDS_PER_MINUTE * NS_PER_SECOND;
}

bool
repeats_is_new(struct repeats *repeats, const char *key, const char *words, int64_t now_ns)
{
	struct repeat *repeat;

	for (size_t i = 0; i < repeats->count; i++) {
		repeat = &repeats->slots[i];
		if (!is_past(repeat, now_ns) && strncmp(repeat->key, key, sizeof(repeat->key) - 1) == 0) {
			repeat->again++;
			return false;
		}
	}
	if (repeats->count < REPEATS_MOST) {
		repeat = &repeats->slots[repeats->count++];
		*repeat = (struct repeat){ .since_ns = now_ns };
		snprintf(repeat->key, sizeof(repeat->key), "%s", key);
		memcpy(repeat->words, words, text_first(span_of(words), sizeof(repeat->words) - 1).len);
	}
	return true;
}

bool
repeats_take(struct repeats *repeats, int64_t now_ns, bool over, struct repeat *repeat_r)
{
	for (size_t i = 0; i < repeats->count; i++)
		if (over || is_past(&repeats->slots[i], now_ns)) {
			*repeat_r = repeats->slots[i];
			repeats->slots[i] = repeats->slots[--repeats->count];
			return true;
		}
	return false;
}
