/* Reading what an SMTP server says (RFC 5321, section 4.2), without regard to what it answers; part of the
 * dissector smtp. */
#ifndef STARTTRACE_DISSECTORS_SMTP_REPLY_H
#define STARTTRACE_DISSECTORS_SMTP_REPLY_H

#include "model/event.h"

struct reply {
	uint32_t    code;
	struct span line;               /* its last line, redacted */
	struct span text;               /* what stands behind code and separator, as sent: of it no more is told than
	                                 * what it calls a message */
};

/* Where the text of a reply's line begins: behind the code, and behind the blank or hyphen that most servers write. */
size_t smtp_reply_text_at(struct span line);

/* Reads one line.  False for a line that is no reply; *more_r tells whether it announces another one. */
bool smtp_reply_read(struct span line, struct reply *reply_r, bool *more_r);

/* How a login ended that got this reply (RFC 4954, section 6). */
enum auth_outcome smtp_reply_outcome(const struct reply *reply);

/* Why a command was refused, where the reply says so: EVENT_TLS_REQUIRED, EVENT_AUTH_REQUIRED,
 * EVENT_TLS_OR_AUTH_REQUIRED, EVENT_TLS_POLICY_REFUSED or EVENT_TEMPORARY_REFUSED; EVENT_KINDS where it does not.
 * What was on offer decides a 530 whose text does not. */
enum event_kind smtp_reply_refusal(const struct reply *reply, bool offers_tls, bool offers_auth);

#endif
