/* How the subjects of history say what they found: the sentence, and the sessions that it rests on. */
#ifndef STARTTRACE_RULES_HISTORY_TELL_H
#define STARTTRACE_RULES_HISTORY_TELL_H

#include "rules/history.h"

/* Other sessions, oldest first. */
struct links {
	int64_t sessions[INSIGHT_LINKS];
	size_t  count;
};

/* Of too many the first ones stay, or the last ones. */
void links_keep_first(struct links *links, int64_t session);
void links_keep_last(struct links *links, int64_t session);

/* Tells the finding at its place, once unless it counts.  `template` has its reasons and links left out; the reasons
 * are the format's, of text that is printable already; `links` may be NULL. */
void insight_tell(const struct hindsight *hindsight, const struct insight *template, const struct links *links,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
