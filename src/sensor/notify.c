/* What the service manager hears of, by libsystemd's sd_notify.  Without NOTIFY_SOCKET in the
 * environment each call does nothing; a manager that does not listen is no reason to stop. */
#include "sensor/notify.h"

#include "base/clock.h"

#include <inttypes.h>
#include <string.h>
#include <systemd/sd-daemon.h>

enum {
	WORDS_MOST = 500,
};

/* A newline would begin an assignment of its own. */
static int
line_length(const char *words)
{
	size_t length = strcspn(words, "\n");

	return (int)(length < WORDS_MOST ? length : WORDS_MOST);
}

void
notify_ready(const char *words)
{
	sd_notifyf(0, "READY=1\nSTATUS=%.*s", line_length(words), words);
}

void
notify_words(const char *words)
{
	sd_notifyf(0, "STATUS=%.*s", line_length(words), words);
}

/* The time lets a manager of kind notify-reload tell this reload from one before. */
void
notify_reloading(void)
{
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_now(CLOCK_MONOTONIC) / NS_PER_US);
}

void
notify_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}

void
notify_more_time(uint32_t seconds)
{
	sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%" PRIu64, seconds * (uint64_t)(NS_PER_SECOND / NS_PER_US));
}

int64_t
notify_watchdog_ns(void)
{
	uint64_t microseconds = 0;

	if (sd_watchdog_enabled(0, &microseconds) <= 0 || microseconds > INT64_MAX / NS_PER_US)
		return 0;
	return (int64_t)microseconds * NS_PER_US;
}

void
notify_alive(void)
{
	sd_notify(0, "WATCHDOG=1");
}
