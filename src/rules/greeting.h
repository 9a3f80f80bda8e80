/* What of a server's greeting tells the server and not the day: its host name and its product. */
#ifndef STARTTRACE_RULES_GREETING_H
#define STARTTRACE_RULES_GREETING_H

#include "base/span.h"

/* The host name that the greeting begins with, as sent, without a last dot; empty where it begins otherwise.  A part of
 * `text`, which is the greeting behind its reply code. */
struct span greeting_host(struct span text);

/* The name of the server's software, without version, date or id; empty where the greeting tells none.  A part of
 * `text`, or a constant. */
struct span greeting_product(struct span text);

#endif
