/* The commands that await their replies; part of the dissector smtp. */
#ifndef STARTTRACE_DISSECTORS_SMTP_QUEUE_H
#define STARTTRACE_DISSECTORS_SMTP_QUEUE_H

#include "smtp_reply.h"
#include "smtp_state.h"

/* Adds what has to be answered next; `verb` is a row of smtp_verbs[]. */
void smtp_queue_add(struct dialogue *d, struct smtp *s, size_t verb);

/* The row of what the next reply answers; VERB_UNKNOWN where nothing waits. */
size_t smtp_queue_first(const struct smtp *s);

/* The oldest leaves, its address for the envelope's `taken`; all leave. */
void smtp_queue_pop(struct smtp *s);
void smtp_queue_clear(struct smtp *s);

/* Whether a command waits whose reply is taken by `answered`. */
bool smtp_queue_awaits(const struct smtp *s, enum step (*answered)(struct dialogue *, const struct reply *));

/* Some codes answer one kind of command only: commands before it whose replies did not come are given up. */
void smtp_queue_seek(struct smtp *s, uint32_t code);

#endif
