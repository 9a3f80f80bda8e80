/* The member `tally` of the JSON line of each minute. */
#ifndef STARTTRACE_SENSOR_LINE_TALLY_H
#define STARTTRACE_SENSOR_LINE_TALLY_H

#include "model/json.h"
#include "sensor/tally.h"

/* Adds it to the object that is open. */
void line_add_tally(struct json *json, const struct tally *tally);

#endif
