/* What of an SMTP client's line may be quoted; part of the dissector smtp. */
#ifndef STARTTRACE_DISSECTORS_SMTP_QUOTE_H
#define STARTTRACE_DISSECTORS_SMTP_QUOTE_H

#include "base/buffer.h"
#include "model/event.h"

/* MAIL or RCPT: the domain stays, and those parameters that name nobody (RFC 5321, section 4.1.2). */
void smtp_quote_envelope(struct buffer *out, struct span line);

/* AUTH with its arguments: the mechanism stays (RFC 4954, section 4). */
void smtp_quote_auth(struct buffer *out, struct span args);

/* A server's words: without what repeats the client's line `sent`, without what may be the last step of a login, and
 * with addresses cut to their domain. */
void smtp_quote_reply(struct buffer *out, struct span said, struct span sent);

/* What a line that begins with no verb looks like: a web request, a verb of another mail protocol, a misspelt
 * STARTTLS, a blanked command; NOTE_UNKNOWN_VERB otherwise.  *quote_r is what may be shown of it, or empty. */
enum note_kind smtp_recognise_stranger(struct span line, struct span *quote_r);

#endif
