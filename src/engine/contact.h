/* What the engine hangs on a flow that carries payload: first its first bytes, kept until they tell which dissector
 * reads it, then its session and dialogue. */
#ifndef STARTTRACE_ENGINE_CONTACT_H
#define STARTTRACE_ENGINE_CONTACT_H

#include "engine/dialogue.h"
#include "engine/opinion.h"
#include "engine/shapes.h"

/* Bytes, or a gap, of a flow whose dissector is not known yet. */
struct stretch {
	enum side     side;
	uint64_t      offset, lost;
	size_t        start, len;       /* in the side's head */
	struct moment at;
};

struct candidate {
	size_t          charged;        /* taken from the budget */
	struct buffer   heads[2];
	struct stretch *stretches;
	size_t          count, room;
};

enum {
	INTERFACE_NAME_MOST = 64,
};

/* What was told of its session before it ended; the teller's own. */
struct told {
	struct flow    *flow;
	struct contact *older, *younger;        /* of those whose sessions were not shown yet */
	int64_t         since_ns;
	uint32_t        asked;                  /* session->order when the rules were asked last */
	uint8_t        *grades;                 /* by rule: 0, or how its finding was
	                                         * graded; NULL while none was asked */
};

/* What the engine hangs on a flow that carries payload. */
struct contact {
	struct candidate *candidate;    /* until its dissector is known */
	struct session   *session;      /* from then on */
	struct dialogue  *dialogue;
	struct opinion   *opinion;
	struct budget    *budget;
	struct shapes     shapes;
	struct told       told;
	char              interface[INTERFACE_NAME_MOST];       /* by which its first bytes
	                                                         * came, where there are several */
};

/* NULL when the budget is spent, which outlives the contact. */
struct contact *contact_new(struct budget *budget);

/* Frees it with all that hangs on it. */
void contact_free(struct opinions *opinions, struct contact **contact);

/* Keeps a stretch until the dissector is known; false when there are too many, or no memory. */
bool contact_keep(struct contact *contact, const struct stretch *stretch, struct span bytes);

/* Feeds all that was kept to the dialogue, but for the bytes of a proxy's preamble; `turn`: the sides were taken for
 * each other. */
void contact_replay(struct contact *contact, const size_t preamble[2], bool turn);

/* Forgets what was kept. */
void contact_forget(struct contact *contact);

#endif
