/* What a session leaves behind for others to be compared with. */
#ifndef STARTTRACE_RULES_FOOTPRINT_H
#define STARTTRACE_RULES_FOOTPRINT_H

#include "model/session.h"

/* The part of a footprint that is kept apart from the session's own row; lives in the session's arena.  NULL when the
 * budget is spent. */
struct footprint *footprint_new(const struct session *session);

/* A keyword of a list that comes and goes with the offer of TLS, and so does not tell one backend from another. */
bool keyword_is_about_login(struct span word);

#endif
