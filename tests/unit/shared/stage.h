/* A dialogue with one dissector: what its two sides say, in order, and the session that comes of it. */
#ifndef STARTTRACE_TESTS_UNIT_STAGE_H
#define STARTTRACE_TESTS_UNIT_STAGE_H

#include "engine/dialogue.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct stage {
	struct budget          budget;
	struct dialogue_common common;
	struct session        *session;
	struct dialogue       *dialogue;
	uint64_t               offset[2];
	struct moment          now;
};

/* Captured from the start; all of it may take `limit` bytes. */
static inline void
stage_open(struct stage *stage, const struct dissector *dissector, const char *protocol, size_t limit)
{
	*stage = (struct stage){ .budget = { .limit = limit } };
	stage->session = session_new(&stage->budget);
	assert_non_null(stage->session);
	stage->session->protocol = protocol;
	stage->dialogue = dialogue_new(dissector, stage->session, &stage->common, true);
	assert_non_null(stage->dialogue);
}

/* In a frame of its own, a millisecond later. */
static inline void
stage_say(struct stage *stage, enum side side, struct span bytes)
{
	stage->now.frame++;
	stage->now.time_ns += 1000000;
	dialogue_feed(stage->dialogue, side, stage->offset[side], bytes, &stage->now);
	stage->offset[side] += bytes.len;
}

static inline void
stage_lose(struct stage *stage, enum side side, size_t len)
{
	dialogue_gap(stage->dialogue, side, stage->offset[side], len, &stage->now);
	stage->offset[side] += len;
}

static inline void
stage_close(struct stage *stage)
{
	dialogue_free(&stage->dialogue);
	session_free(&stage->session);
	assert_int_equal(stage->budget.used, 0);
}

#endif
