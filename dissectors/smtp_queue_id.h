/* What a server calls a message that it took; part of the dissector smtp. */
#ifndef STARTTRACE_DISSECTORS_SMTP_QUEUE_ID_H
#define STARTTRACE_DISSECTORS_SMTP_QUEUE_ID_H

#include "base/buffer.h"

/* Adds the id that the reply to a message gives it; nothing where the reply gives none.  `text` is what stands behind
 * code and separator. */
void smtp_queue_id(struct buffer *out, struct span text);

#endif
