/* Articles that a client hands over: POST and IHAVE (RFC 3977, sections 6.3.1 and 6.3.2) wait for consent, TAKETHIS
 * (RFC 4644) does not. */
#include "nntp_state.h"

#include <string.h>

enum {
	HEADER_MOST = 512,              /* of a line that may begin an article, this much is waited for */

	CONSENT_TO_IHAVE = 335,
	CONSENT_TO_POST = 340,
};

enum step
nntp_post_seen(struct dialogue *d, struct span args)
{
	struct nntp *s = dialogue_state(d);

	(void)args;
	s->wants_to_post = true;
	return STEP_HOLD;
}

enum step
nntp_post_answered(struct dialogue *d, const struct response *response)
{
	struct nntp *s = dialogue_state(d);

	s->wants_to_post = false;
	nntp_release(d, "behind POST");
	if (response->code == CONSENT_TO_POST || response->code == CONSENT_TO_IHAVE) {
		content_begin(&s->posted, "POST", true, s->lines.bare_lf[CLIENT]);
		s->sending = POSTING;
	}
	return STEP_TAKEN;
}

enum step
nntp_post_taken(struct dialogue *d, const struct response *response)
{
	dialogue_tell(d, &(struct event){
		.kind = EVENT_CONTENT_ANSWER,
		.side = SERVER,
		.code = response->code,
		.text = response->line,
	});
	return STEP_TAKEN;
}

/* An article begins with a header line (RFC 5536, section 2.2); no command has a colon in its first word. */
bool
nntp_post_begins(struct span in)
{
	struct span rest = in, line = in, word;

	span_take_line(&rest, &line);
	span_take_word(&line, &word);
	return word.len > 0 && memchr(word.at, ':', word.len) != NULL;
}

enum step
nntp_post_step(struct dialogue *d, struct span in, uint64_t *used_r)
{
	struct nntp *s = dialogue_state(d);

	if (!content_take(&s->posted, d, CLIENT, in, used_r))
		return STEP_TAKEN;
	s->sending = COMMANDS;
	asked_add(&s->asked, d, NNTP_VERB_POSTED);
	return STEP_TAKEN;
}

bool
nntp_post_decide(struct dialogue *d, struct span in)
{
	struct nntp *s = dialogue_state(d);

	if (span_find(in, "\n") >= in.len && in.len < HEADER_MOST)
		return false;
	s->sending = nntp_post_begins(in) ? POSTING : COMMANDS;
	content_begin(&s->posted, "POST", true, s->lines.bare_lf[CLIENT]);
	return true;
}
