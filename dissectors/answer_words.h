/* The words that mail and news servers use in their answers; for answer.c alone. */
#ifndef STARTTRACE_DISSECTORS_ANSWER_WORDS_H
#define STARTTRACE_DISSECTORS_ANSWER_WORDS_H

#include "base/span.h"

/* Whether it is one of them, ASCII case ignored. */
bool answer_words_have(struct span word);

/* The word at this place of the table, in order; NULL behind the last. */
const char *answer_words_at(size_t i);

#endif
