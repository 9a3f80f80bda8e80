/* What signals ask a sensor for.  A handler only remembers; the loop asks. */
#ifndef STARTTRACE_SENSOR_WATCHWORD_H
#define STARTTRACE_SENSOR_WATCHWORD_H

#include <stdbool.h>

enum watchword {
	WATCHWORD_STOP,         /* SIGINT, SIGTERM; a second one ends the process at once, with status 130 */
	WATCHWORD_REOPEN,       /* SIGHUP */
	WATCHWORD_COUNT,        /* SIGUSR1 */
	WATCHWORDS
};

/* Sets the handlers and blocks their signals, so that threads that begin now never get one; SIGPIPE means nothing from
 * here on. */
void watchword_listen(void);

/* Lets them through to the calling thread. */
void watchword_hear(void);

/* Whether it was asked for since the last question. */
bool watchword_taken(enum watchword word);

#endif
