/* A turn on its way: what shape.c makes of the text, and random.c of that. */
#ifndef STARTTRACE_TESTS_WEAVE_TURN_H
#define STARTTRACE_TESTS_WEAVE_TURN_H

#include "weave.h"

/* A segment to be: a stretch of one side's bytes. */
struct cut {
	const uint8_t *at;
	size_t         len;
	uint32_t       sequence;
	bool           missing;
	uint16_t       urgent;          /* bytes from here to the end of urgent data */
	uint64_t       time_us;
	uint8_t        ttl;
	struct oddities odd;
};

struct turn {
	struct cut   *cuts;
	size_t        count, room;
	struct octets packed;           /* owns the bytes of the merged shape */
};

/* Adds a segment, to be filled in. */
struct cut *turn_add(struct turn *turn);

/* The next number of a sequence that its seed decides; the seed is not 0. */
uint32_t chance(uint32_t *random);

/* Cuts the turn otherwise, lets segments overtake each other, and sends some of them or parts of them twice.  The first
 * one stays the first unless it may be overtaken: where a capture joins late, nothing tells that bytes came before. */
void turn_scatter(struct turn *turn, bool overtake_first, uint32_t *random);

#endif
