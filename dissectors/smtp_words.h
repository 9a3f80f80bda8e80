/* The words that mail servers use in their replies; part of the dissector smtp. */
#ifndef STARTTRACE_DISSECTORS_SMTP_WORDS_H
#define STARTTRACE_DISSECTORS_SMTP_WORDS_H

#include "base/span.h"

/* Whether it is one of them, ASCII case ignored. */
bool smtp_words_have(struct span word);

/* The word at this place of the table, in order; NULL behind the last. */
const char *smtp_words_at(size_t i);

#endif
