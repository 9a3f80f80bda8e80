/* Frames from interfaces.  One frame of each interface is held, and the oldest handed out.  What an interface is, and
 * what becomes of it, live_interface.c knows. */
#include "wire/live_private.h"

#include "base/clock.h"
#include "wire/clock_steps.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SNAPLEN_DEFAULT = 262144,
	HOLD_MS = BLOCK_MS + 50,        /* a block is visible after so long, the kernel's timers being what they are */
	HOLD_STEP_MS = 10,              /* waits for other interfaces are no shorter: a burst, not a call a frame */
};

struct live {
	struct interface   interfaces[LIVE_INTERFACES_MOST];
	size_t             count;
	uint32_t           snaplen;
	struct clock_steps steps;
	char               trouble[2 * WORDS_SIZE];
};

/* A frame of an interface that is listened to twice would be two frames. */
static struct status
check_names(const struct live_config *config)
{
	if (config->count < 1 || config->count > LIVE_INTERFACES_MOST)
		return status_of(STATUS_USAGE, "1 to %d interfaces can be watched", LIVE_INTERFACES_MOST);
	for (size_t i = 0; i < config->count; i++) {
		const char *name = config->interfaces[i];

		if (name[0] == '\0')
			return status_of(STATUS_USAGE, "an interface has a name");
		if (interface_is_any(name) && config->count > 1)
			return status_of(STATUS_USAGE, "any: stands for every interface; name no other beside it");
		for (size_t j = 0; j < i; j++)
			if (strcmp(name, config->interfaces[j]) == 0)
				return status_of(STATUS_USAGE, "%s: named twice", name);
	}
	return status_ok();
}

/* What there is to say, of each interface: how it is, and what could not be had when it was opened. */
static void
trouble_write(struct live *live)
{
	size_t len = 0;

	live->trouble[0] = '\0';
	for (size_t n = 0; n < live->count; n++) {
		const struct interface *i = &live->interfaces[n];
		const char *words = i->presence != PRESENT ? i->words : i->warning;

		if (words[0] != '\0' && len < sizeof(live->trouble))
			len += (size_t)snprintf(live->trouble + len, sizeof(live->trouble) - len, "%s%s: %s",
				len > 0 ? "; " : "", i->name, words);
	}
}

struct status
live_open(const struct live_config *config, struct live **live_r)
{
	struct status status = check_names(config);
	struct live *live;

	*live_r = NULL;
	if (!status_is_ok(&status))
		return status;
	live = calloc(1, sizeof(*live));
	if (live == NULL)
		return status_of(STATUS_NO_MEMORY, "out of memory");
	live->snaplen = config->snaplen != 0 && config->snaplen < SNAPLEN_DEFAULT ? config->snaplen : SNAPLEN_DEFAULT;
	while (status_is_ok(&status) && live->count < config->count) {
		size_t next = live->count++;

		status = interface_open(&live->interfaces[next], config->interfaces[next], config, live->snaplen);
	}
	clock_steps_start(&live->steps, clock_now(CLOCK_REALTIME), clock_now(CLOCK_BOOTTIME));
	trouble_write(live);
	if (status_is_ok(&status))
		*live_r = live;
	else
		live_close(&live);
	return status;
}

void
live_close(struct live **live)
{
	if (*live == NULL)
		return;
	for (size_t i = 0; i < (*live)->count; i++)
		interface_close(&(*live)->interfaces[i]);
	free(*live);
	*live = NULL;
}

static void
read_one(struct live *live, struct interface *i)
{
	if (interface_read(i, live->count > 1 ? clock_now(CLOCK_REALTIME) : 0))
		trouble_write(live);
}

static struct interface *
oldest_held(struct live *live)
{
	struct interface *oldest = NULL;

	for (size_t n = 0; n < live->count; n++) {
		struct interface *i = &live->interfaces[n];

		if (i->held && (oldest == NULL || i->frame.at.time_ns < oldest->frame.at.time_ns))
			oldest = i;
	}
	return oldest;
}

/* Nothing older than this can come from it any more. */
static bool
is_settled(const struct interface *i, int64_t time_ns)
{
	return i->held || i->presence != PRESENT || time_ns <= i->empty_at_ns - HOLD_MS * NS_PER_MS;
}

static bool
wants_reading(const struct interface *i, const struct interface *oldest)
{
	if (i->held)
		return false;
	if (i->presence != PRESENT)
		return clock_now(CLOCK_BOOTTIME) >= i->retry_at_ns;
	return oldest == NULL || !is_settled(i, oldest->frame.at.time_ns);
}

/* The interface whose frame may be handed out now, or NULL.  A frame from the future was stamped before the clock was
 * set back: waiting for the others to come that far might take an hour. */
static struct interface *
oldest_ready(struct live *live)
{
	struct interface *oldest = oldest_held(live);

	for (size_t n = 0; n < live->count; n++)
		if (wants_reading(&live->interfaces[n], oldest))
			read_one(live, &live->interfaces[n]);
	oldest = oldest_held(live);
	for (size_t n = 0; n < live->count && oldest != NULL; n++)
		if (!is_settled(&live->interfaces[n], oldest->frame.at.time_ns))
			return oldest->frame.at.time_ns > clock_now(CLOCK_REALTIME) ? oldest : NULL;
	return oldest;
}

static bool
all_gone(const struct live *live)
{
	for (size_t n = 0; n < live->count; n++)
		if (live->interfaces[n].held || live->interfaces[n].presence != GONE)
			return false;
	return true;
}

/* How long to sleep: until the caller's time is up, an interface is to be tried again, or the frame held has waited for
 * the others. */
static int
sleep_ms(struct live *live, int64_t now_ns, int64_t until_ns)
{
	const struct interface *oldest = oldest_held(live);
	int64_t wait_ns = until_ns - now_ns;

	for (size_t n = 0; n < live->count; n++) {
		const struct interface *i = &live->interfaces[n];

		if (i->presence != PRESENT && i->retry_at_ns - now_ns < wait_ns)
			wait_ns = i->retry_at_ns - now_ns;
	}
	if (oldest != NULL) {
		int64_t held_ns = oldest->frame.at.time_ns + HOLD_MS * NS_PER_MS - clock_now(CLOCK_REALTIME);
		int64_t least_ns = HOLD_STEP_MS * NS_PER_MS;

		held_ns = held_ns > least_ns ? held_ns : least_ns;
		wait_ns = held_ns < wait_ns ? held_ns : wait_ns;
	}
	return wait_ns > 0 ? (int)((wait_ns + NS_PER_MS - 1) / NS_PER_MS) : 0;
}

/* Sleeps until an interface that holds no frame has one.  False when a signal came. */
static bool
wait_for_frames(struct live *live, int64_t now_ns, int64_t until_ns)
{
	struct pollfd polled[LIVE_INTERFACES_MOST];

	for (size_t n = 0; n < live->count; n++) {
		const struct interface *i = &live->interfaces[n];

		polled[n] = (struct pollfd){ .fd = i->held || i->failed ? -1 : i->descriptor, .events = POLLIN };
	}
	if (poll(polled, (nfds_t)live->count, sleep_ms(live, now_ns, until_ns)) < 0)
		return errno != EINTR;
	for (size_t n = 0; n < live->count; n++)
		if (polled[n].revents != 0)
			live->interfaces[n].retry_at_ns = 0;
	return true;
}

static void
hand_out(struct live *live, struct interface *i, struct frame *frame_r)
{
	uint32_t index = (uint32_t)(i - live->interfaces);

	i->held = false;
	i->counted.frames++;
	i->counted.bytes += i->frame.wire_len;
	*frame_r = i->frame;
	frame_r->at.frame = i->counted.frames;
	frame_r->at.capture = index;
	if (live->count > 1) {
		frame_r->interface = index;
		frame_r->interface_name = i->name;
	}
}

enum live_result
live_next(struct live *live, struct frame *frame_r, int wait_ms)
{
	int64_t until_ns = -1;
	struct interface *oldest;

	while ((oldest = oldest_ready(live)) == NULL) {
		int64_t now_ns = clock_now(CLOCK_BOOTTIME);

		if (all_gone(live))
			return LIVE_OVER;
		if (until_ns < 0)
			until_ns = now_ns + wait_ms * NS_PER_MS;
		if (now_ns >= until_ns || !wait_for_frames(live, now_ns, until_ns))
			return LIVE_QUIET;
	}
	hand_out(live, oldest, frame_r);
	return LIVE_FRAME;
}

const char *
live_trouble(const struct live *live)
{
	return live->trouble;
}

int
live_link_type(const struct live *live, size_t index)
{
	return live->interfaces[index].frame.link_type;
}

uint32_t
live_snaplen(const struct live *live)
{
	return live->snaplen;
}

struct live_counters
live_counters(struct live *live, size_t index)
{
	struct interface *i = &live->interfaces[index];

	struct drops_total drops = drops_read(i->drops);

	i->counted.kernel_drops = drops.kernel;
	i->counted.interface_drops = drops.interface;
	return i->counted;
}

int64_t
live_clock_steps(struct live *live)
{
	return clock_steps_total(&live->steps, clock_now(CLOCK_REALTIME), clock_now(CLOCK_BOOTTIME));
}
