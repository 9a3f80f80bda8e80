/* What a client's line looks like that is no command of its protocol. */
#ifndef STARTTRACE_DISSECTORS_STRANGER_H
#define STARTTRACE_DISSECTORS_STRANGER_H

#include "model/event.h"

/* What a line that begins with no verb of its protocol looks like: a web request, a verb of another mail protocol, a
 * misspelt STARTTLS, a blanked command; NOTE_UNKNOWN_VERB otherwise.  *quote_r is what may be shown of it, or empty. */
enum note_kind stranger_recognise(struct span line, struct span *quote_r);

#endif
