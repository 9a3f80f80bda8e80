/* Messages on their way, passed over without being kept; part of the dissector smtp. */
#ifndef STARTTRACE_DISSECTORS_SMTP_BODY_H
#define STARTTRACE_DISSECTORS_SMTP_BODY_H

#include "smtp_reply.h"
#include "smtp_state.h"

/* After 354: a body up to its dot. */
void      smtp_body_begin(struct smtp *s);
enum step smtp_body_step(struct dialogue *d, struct span in, uint64_t *used_r);

/* After DATA whose reply was not captured, what comes next decides: a body, or a command in place of it, which shows
 * that there is none.  False while more bytes are needed to tell. */
bool      smtp_body_settle(struct smtp *s, struct span in);

/* A line of a message that the client sends although DATA was refused. */
enum step smtp_body_unwanted_line(struct dialogue *d, struct span line, uint64_t *used_r);

/* BDAT with its arguments; its bytes, which *used_r grows by; and the end of a message once its last byte came. */
enum step smtp_body_chunk_announced(struct dialogue *d, struct span args);
void      smtp_body_take_chunk(struct dialogue *d, struct smtp *s, uint64_t *used_r);
void      smtp_body_close_chunk(struct dialogue *d, struct smtp *s);

/* Whether the answer is to tell if the last chunk was one: the server did not offer to take chunks. */
bool      smtp_body_is_doubtful(struct dialogue *d);

/* The reply to what stands in `row` of smtp_verbs[], or, not `expected`, to nothing that was sent: it may show that the
 * server reads as lines what is being passed over as a chunk. */
void smtp_body_check_chunk(struct dialogue *d, size_t row, bool expected, const struct reply *reply);

/* The reply to a whole message; and one that comes while a body is on its way. */
enum step smtp_body_answered(struct dialogue *d, const struct reply *reply);
void      smtp_body_interrupted(struct dialogue *d, struct smtp *s, const struct reply *reply);

/* The connection ends inside a body. */
void smtp_body_end(struct dialogue *d);

#endif
