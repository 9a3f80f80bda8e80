/* What finding kinds are called in the catalogue, for lines that people read. */
#ifndef STARTTRACE_SENSOR_TITLES_H
#define STARTTRACE_SENSOR_TITLES_H

#include "base/status.h"

struct titles;

/* NULL in *titles_r after a failure. */
struct status titles_read(struct titles **titles_r);
void          titles_free(struct titles **titles);

/* "" for a kind that is not there, or without titles. */
const char *titles_of(const struct titles *titles, const char *kind);

#endif
