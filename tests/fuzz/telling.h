/* A dialogue told to the engine's dialogue without a network: what the targets that speak to dissectors share. */
#ifndef STARTTRACE_TESTS_FUZZ_TELLING_H
#define STARTTRACE_TESTS_FUZZ_TELLING_H

#include "fuzz.h"

#include "engine/dialogue.h"
#include "model/rule.h"

/* The first byte of an input: bits 0 to 3 choose the budget. */
enum telling_mode {
	TELLING_SHORT_OF_MEMORY = 0x08,
	TELLING_MIDSTREAM = 0x10,
	TELLING_BY_RESET = 0x20,
	TELLING_ACCOUNTS_SHIFT = 6,
};

struct telling {
	struct budget           budget;
	struct session         *session;
	struct dialogue        *dialogue;
	uint64_t                offset[2];      /* of the next byte of each side */
	struct dialogue_common  common;
};

/* False when memory ran out; telling_end is due all the same. */
bool telling_begin(struct telling *telling, const struct dissector *dissector, struct x509_cache *certificates,
	uint8_t mode);

/* A side says these bytes, which the network cuts in pieces of at most `piece` bytes. */
void telling_say(struct telling *telling, enum side side, struct span bytes, size_t piece);

/* Bytes of a side go missing; or its latest byte comes again as another one. */
void telling_lose(struct telling *telling, enum side side, uint64_t length);
void telling_contradict(struct telling *telling, enum side side);

/* The connection ends, and the session is judged.  Ends the program when a quote does not stand in what was said. */
void telling_close(struct telling *telling, uint8_t mode);

/* Ends the program, with words, unless both sessions say the same.  Not to be asked of tellings behind a loss, where
 * one side waits for what is next of the other, whose pieces then matter, nor where memory ran out, which pieces that
 * wait need too. */
void telling_compare(const struct telling *one, const struct telling *other);
bool telling_can_compare(const struct telling *telling, uint8_t mode);

void telling_end(struct telling *telling);

#endif
