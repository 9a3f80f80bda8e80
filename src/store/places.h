/* The lines of a session that a finding can point at, as one JSON array.  For this room only. */
#ifndef STARTTRACE_STORE_PLACES_H
#define STARTTRACE_STORE_PLACES_H

#include "base/buffer.h"
#include "model/footprint.h"

enum {
	PLACE_TEXT_MOST = 160,
};

/* What the numbers of a place count from: the session's own. */
struct places_origin {
	int64_t  started_ns;
	uint32_t capture;
};

/* Adds the places that were seen. */
void places_write(struct buffer *out, const struct quote places[PLACES], const struct places_origin *origin);

/* Reads them back.  The texts stand in `texts`, which is emptied first, and are valid until it changes.  What is not
 * as places_write makes it ends the reading there: a database may come from anywhere. */
void places_read(struct span json, const struct places_origin *origin, struct buffer *texts,
	struct quote places_r[PLACES]);

#endif
