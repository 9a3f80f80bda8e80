/* How often a sensor told what: sessions by verdict, findings by severity and by kind.  Safe from any thread. */
#ifndef STARTTRACE_SENSOR_TOLD_H
#define STARTTRACE_SENSOR_TOLD_H

#include "sensor/tally.h"

struct told;

struct told *told_new(void);    /* NULL when out of memory */
void         told_free(struct told **told);

/* One session more, by its verdict. */
void told_session(struct told *told, const struct session *session);

/* `kind` is a constant. */
void told_finding(struct told *told, const char *kind, enum severity severity);

/* Fills in the parts of a tally that are counted here. */
void told_count(struct told *told, struct tally *tally);

#endif
