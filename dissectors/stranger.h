/* What a client's line looks like that is no command of its protocol. */
#ifndef STARTTRACE_DISSECTORS_STRANGER_H
#define STARTTRACE_DISSECTORS_STRANGER_H

#include "model/dissector.h"

/* What a line that begins with no verb of its protocol looks like: a web request, a verb of another mail protocol, a
 * misspelt STARTTLS, a blanked command; NOTE_UNKNOWN_VERB otherwise.  *quote_r is what may be shown of it, or empty. */
enum note_kind stranger_recognise(struct span line, struct span *quote_r);

struct stranger {
	enum note_kind kind;
	struct span    quote;           /* what may be shown of the line, in it or a constant */
	char           told[64];        /* ... as the command was told */
};

/* Tells such a line as a command, and notes what it looks like. */
struct stranger stranger_tell(struct dialogue *d, struct span line);

#endif
