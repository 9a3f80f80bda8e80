/* The words of a finding are built from the sessions' own text, which the dissectors made printable: to quote it again
 * would double its backslashes. */
#include "rules/history_tell.h"

#include "base/buffer.h"

#include <stdarg.h>

void
links_keep_first(struct links *links, int64_t session)
{
	if (links->count < INSIGHT_LINKS)
		links->sessions[links->count++] = session;
}

void
links_keep_last(struct links *links, int64_t session)
{
	if (links->count == INSIGHT_LINKS) {
		links->count--;
		memmove(links->sessions, links->sessions + 1, links->count * sizeof(links->sessions[0]));
	}
	links->sessions[links->count++] = session;
}

void
insight_tell(const struct hindsight *hindsight, const struct insight *template, const struct links *links,
	const char *format, ...)
{
	struct insight insight = *template;
	struct buffer words = { 0 };
	va_list args;

	va_start(args, format);
	buffer_vprintf(&words, format, args);
	va_end(args);
	insight.reasons = buffer_span(&words);
	insight.has_place = true;
	insight.count = insight.count > 0 ? insight.count : 1;
	if (links != NULL) {
		memcpy(insight.links, links->sessions, sizeof(insight.links));
		insight.link_count = links->count;
	}
	hindsight->insight(hindsight->user, &insight);
	buffer_free(&words);
}
