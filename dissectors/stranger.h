/* What a client's line looks like that is no command of its protocol. */
#ifndef STARTTRACE_DISSECTORS_STRANGER_H
#define STARTTRACE_DISSECTORS_STRANGER_H

#include "model/dissector.h"

/* What a line that begins with no verb of its protocol looks like: a web request, a verb of another mail protocol, a
 * misspelt STARTTLS, a blanked command; NOTE_UNKNOWN_VERB otherwise.  *quote_r is what may be shown of it, or empty. */
enum note_kind stranger_recognise(struct span line, struct span *quote_r);

/* Tells such a line as a command, and notes what it looks like.  Gives what may be shown of it. */
struct span stranger_tell(struct dialogue *d, struct span line);

#endif
