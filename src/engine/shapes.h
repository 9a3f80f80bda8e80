/* The shapes of a contact's segments: kept apart while nobody knows what it is, then in its session. */
#ifndef STARTTRACE_ENGINE_SHAPES_H
#define STARTTRACE_ENGINE_SHAPES_H

#include "model/session.h"
#include "wire/flow.h"

struct shapes {
	struct shape *early;            /* an array, until there is a session */
	size_t        early_count, early_room;
	struct shape *last;             /* of the session's */
	size_t        count, resets;
	uint64_t      seen_to[2];       /* how far each stream went, once an RST closed it */
};

/* What became of a segment. */
struct outcome {
	bool again;             /* no byte of it was new */
	bool odd;               /* an RST that nobody obeys */
	bool after_reset;
};

/* Gives back what was kept while there was no session; what a session has is its own. */
void shapes_free(struct shapes *shapes, struct budget *budget);

/* Keeps the shape of a segment that this side sent, while there is room; `session` is NULL until it is known. */
void shapes_keep(struct shapes *shapes, struct session *session, struct budget *budget, const struct flow *flow,
	enum side side, const struct segment *segment, struct outcome outcome);

/* The session begins with the SYNs and what was kept so far; `turn`: the sides were taken for each other. */
void shapes_begin(struct shapes *shapes, struct session *session, struct budget *budget, const struct flow *flow,
	bool turn);

/* Whether a segment that brought any of these bytes was damaged on its way. */
bool shapes_have_damaged(const struct session *session, enum side side, uint64_t offset, uint64_t length);

/* An RST closed both streams where they are now; takes a segment that trails behind, which may be another RST. */
void shapes_close(struct shapes *shapes, const struct flow *flow);
void shapes_trail(struct shapes *shapes, struct session *session, struct budget *budget, const struct flow *flow,
	enum side side, const struct segment *segment);

#endif
