/* How many frames a second live capture hands out, and how many the kernel drops for want of room:
 *
 *	live_rate INTERFACE RING_MIB SECONDS [STALL_MS]
 *
 * reads for so long and says `frames SEEN drops LOST lost-before OTHER busy SECONDS` on one line; with STALL_MS it
 * leaves the ring alone for so long once a second, as a program does that waits for a disk. */
#include "wire/live.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
	WAIT_MS = 100,
};

static const int64_t second_ns = 1000000000;

static double
worked_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
read_until(struct live *live, int64_t end_ns, unsigned stall_ms)
{
	int64_t now_ns = clock_now(CLOCK_BOOTTIME), stall_ns = now_ns + second_ns;
	struct frame frame;
	unsigned count = 0;

	while (now_ns < end_ns) {
		if (live_next(live, &frame, WAIT_MS) == LIVE_FRAME && ++count % 256 != 0)
			continue;
		now_ns = clock_now(CLOCK_BOOTTIME);
		if (now_ns >= stall_ns) {
			usleep(stall_ms * 1000);
			stall_ns = now_ns + second_ns;
		}
	}
}

int
main(int argc, char **argv)
{
	struct live_config config = { .interfaces = argv + 1, .count = 1 };
	struct live_counters counters;
	struct status status;
	struct live *live;

	if (argc < 4)
		return 2;
	config.ring_bytes = (size_t)strtoul(argv[2], NULL, 10) << 20;
	status = live_open(&config, &live);
	if (!status_is_ok(&status)) {
		fprintf(stderr, "%s\n", status.message);
		return 1;
	}
	read_until(live, clock_now(CLOCK_BOOTTIME) + strtol(argv[3], NULL, 10) * second_ns,
		argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 0);
	counters = live_counters(live, 0);
	printf("frames %llu drops %llu lost-before %llu busy %.2f\n", (unsigned long long)counters.frames,
		(unsigned long long)counters.kernel_drops, (unsigned long long)counters.interface_drops,
		worked_seconds());
	live_close(&live);
	return 0;
}
