/* One side of a dialogue: the bytes that wait, and which frames brought them.  For the files of
 * the dialogue only. */
#ifndef STARTTRACE_ENGINE_HALF_H
#define STARTTRACE_ENGINE_HALF_H

#include "model/dissector.h"

enum {
	MARKS_FEW = 4,
};

/* From this stream offset on, bytes came with the frame at `at`. */
struct mark {
	uint64_t      offset;
	struct moment at;
};

/* One side. */
struct half {
	const struct dissector *dissector;      /* who reads it now */
	struct buffer           pending;        /* what was not taken yet */
	uint64_t                offset;         /* of the next byte to take */
	uint64_t                skip;           /* bytes to pass over as they come */
	size_t                  awaited;        /* the unit begun needs at least this much */
	uint64_t                unit;           /* length of the unit being taken */
	struct mark             few[MARKS_FEW];
	struct mark            *many;           /* in place of them, once they are too few */
	size_t                  mark_count, mark_room;
	size_t                  charged;        /* taken from the budget for what waits and its marks */
	uint64_t                held_until;     /* offset behind the bytes that came before the agreement */
	bool                    spoke;          /* bytes came, or are known to be missing */
	bool                    held;
	bool                    inside;         /* a body, whose pieces begin wherever the network cut it */
	bool                    plain;          /* it said lines in clear behind the agreement on TLS */
	uint64_t                lost;           /* bytes that went missing since anything was taken */
	size_t                  behind;         /* bytes behind the unit being taken, while busy */
	bool                    busy;           /* its bytes are being taken further up the call chain */
};

/* Whether this side speaks TLS by now. */
bool half_is_tls(const struct half *half);

/* From `offset` on, bytes come with the frame at `at`. */
void half_mark(struct half *half, uint64_t offset, const struct moment *at);

/* The frame that brought the byte at `offset`; `now` where nothing is known of it. */
struct moment half_moment(const struct half *half, uint64_t offset, const struct moment *now);

/* The latest of the frames that brought the next `length` bytes: one that was overtaken completes what it begins. */
struct moment half_completed(const struct half *half, uint64_t length, const struct moment *now);

/* Forgets what speaks of bytes already taken. */
void half_drop_marks(struct half *half);

#endif
