/* Messages that end with a line holding a single dot (RFC 1939, section 3; RFC 3977, section 3.1.1). */
#include "content.h"

#include <stdio.h>

void
content_begin(struct content *content, const char *verb, bool whole, bool bare_ends)
{
	*content = (struct content){ .verb = verb, .whole = whole };
	dotted_begin(&content->dotted, bare_ends);
}

static void
tell(struct content *content, struct dialogue *d, enum side side, const char *remark)
{
	char text[64];

	snprintf(text, sizeof(text), "message%s, %llu bytes%s", content->whole ? " body" : " part",
		(unsigned long long)content->dotted.size, remark);
	dialogue_event(d, side, EVENT_CONTENT, 0, span_of(text));
}

bool
content_take(struct content *content, struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	bool ended;

	*used_r = dotted_take(&content->dotted, in, &ended);
	dialogue_unit(d, side, *used_r);
	if (!content->told && dotted_has_text(&content->dotted, ended)) {
		dialogue_event(d, side, EVENT_CONTENT_BEGIN, 0, span_of(content->verb));
		content->told = true;
	}
	if (!ended)
		return false;
	tell(content, d, side, "");
	if (content->whole && content->told)
		dialogue_tell(d, &(struct event){
			.kind = EVENT_CONTENT_END,
			.side = side,
			.facts.mail = &(struct mail_facts){ .octets = content->dotted.size },
		});
	return true;
}

void
content_cut(struct content *content, struct dialogue *d, enum side side)
{
	if (content->told)
		tell(content, d, side, ", unfinished");
}
