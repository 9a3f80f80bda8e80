/* What the service manager hears of (sd_notify); nothing where there is none. */
#ifndef STARTTRACE_SENSOR_NOTIFY_H
#define STARTTRACE_SENSOR_NOTIFY_H

#include <stdint.h>

/* `words` are one line for a person; what is behind a newline, or too long, is left out. */
void notify_ready(const char *words);
void notify_words(const char *words);
void notify_reloading(void);            /* followed by notify_ready */
void notify_stopping(void);
void notify_more_time(uint32_t seconds);        /* from now on; stopping takes longer than the unit allows */

/* The unit ends a program that it has not heard of for so long (WATCHDOG_USEC); 0 when it does not care.  notify_alive
 * is what it wants to hear. */
int64_t notify_watchdog_ns(void);
void    notify_alive(void);

#endif
