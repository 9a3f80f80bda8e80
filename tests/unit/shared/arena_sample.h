/* An arena of its own for each test that reads into one. */
#ifndef STARTTRACE_TESTS_ARENA_SAMPLE_H
#define STARTTRACE_TESTS_ARENA_SAMPLE_H

#include "base/arena.h"

#include <stddef.h>

static struct budget budget = { .limit = 64 << 20 };
static struct arena *arena;

static int
open_arena(void **unused)
{
	(void)unused;
	arena = arena_new(&budget);
	return arena == NULL;
}

static int
close_arena(void **unused)
{
	(void)unused;
	arena_free(&arena);
	return 0;
}

#endif
