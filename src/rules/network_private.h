/* What the files that read packets share: the segments of a session, told apart by whether they decide about TLS. */
#ifndef STARTTRACE_RULES_NETWORK_PRIVATE_H
#define STARTTRACE_RULES_NETWORK_PRIVATE_H

#include "rules/network.h"

enum {
	SAMPLES_MOST = SHAPES_MOST + RESET_SHAPES_MOST,
	REFERENCE_LEAST = 3,            /* with fewer turns to compare with, nothing is usual */
};

/* A segment as it is judged. */
struct sample {
	const struct shape *shape;
	const struct quote *line;       /* a deciding line that it carries a part of; NULL where it carries none */
	uint32_t            turn;       /* of its side: segments that acknowledge the same were sent together */
	bool                counts;     /* it can be compared: no RST, and nothing that came before */
};

struct packets {
	const struct session *session;
	struct sample         samples[SAMPLES_MOST];
	size_t                count;
	struct signal        *list;
	size_t                signals;
};

/* Adds a signal about this sample; of several with a name the strongest is kept, of equal ones the first. */
void packets_add(struct packets *packets, const char *name, int points, const struct sample *sample,
	const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Whether a signal of this name was added. */
bool packets_have(const struct packets *packets, const char *name);

/* It can be compared with others of this side, and does not only open the connection: a device may answer SYNs for the
 * server, and their fields differ by design. */
static inline bool
sample_is_usual(const struct sample *sample, enum side side)
{
	return sample->counts && sample->shape->side == side && !(sample->shape->flags & TCP_SYN);
}

static inline bool
sample_decides(const struct sample *sample, enum side side)
{
	return sample_is_usual(sample, side) && sample->line != NULL && sample->shape->length > 0;
}

static inline uint64_t
shape_end(const struct shape *shape)
{
	return shape->offset + shape->length;
}

/* network_traits.c: fields that all segments of a side have alike. */
void network_traits(struct packets *packets);

/* network_order.c: fields that count on from segment to segment, and the time that an answer takes. */
void network_order(struct packets *packets);

/* network_ends.c: what does not fit the other side's stream, and RSTs. */
void network_ends(struct packets *packets);

#endif
