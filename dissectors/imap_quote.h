/* What of IMAP lines may be quoted; part of the dissector imap. */
#ifndef STARTTRACE_DISSECTORS_IMAP_QUOTE_H
#define STARTTRACE_DISSECTORS_IMAP_QUOTE_H

#include "base/buffer.h"

/* A command: tag and verb stay, a login's mechanism, and the verb behind UID. */
void imap_quote_command(struct buffer *out, struct span tag, size_t verb, struct span args);

/* Adds the tag, or "..." where it is longer or odder than programs make them: it may be a secret in the wrong place. */
void imap_quote_tag(struct buffer *out, struct span tag);

/* Adds one atom of a capability list, once the client may have sent a secret: words that servers use stay. */
void imap_quote_capability(struct buffer *out, struct span atom);

#endif
