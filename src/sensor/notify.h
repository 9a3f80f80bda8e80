/* What the service manager hears of (sd_notify); nothing where there is none. */
#ifndef STARTTRACE_SENSOR_NOTIFY_H
#define STARTTRACE_SENSOR_NOTIFY_H

#include <stdint.h>

void notify_ready(const char *words);
void notify_words(const char *words);
void notify_reloading(void);            /* followed by notify_ready */
void notify_stopping(void);
void notify_more_time(uint32_t seconds);        /* stopping takes longer than the unit allows */

/* As often as the unit wants to hear of us (WATCHDOG_USEC), or 0; notify_alive says it. */
int64_t notify_watchdog_ns(void);
void    notify_alive(void);

#endif
