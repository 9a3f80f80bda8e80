/* What follows a response: capabilities, lists, articles, up to a line that holds a single dot. */
#include "nntp_state.h"

#include "base/table.h"

enum {
	ARTICLE_FOLLOWS = 220,
	HEAD_FOLLOWS = 221,
	BODY_FOLLOWS = 222,
};

/* RFC 3977, section 3.2 and appendix C; 282 is of RFC 2980, section 2.7. */
static enum nntp_reading
block_behind(uint32_t code, unsigned flags)
{
	static const struct {
		uint32_t          code;
		enum nntp_reading block;
	} blocks[] = {
		{ 100, LISTING }, { 101, CAPABILITIES }, { 215, LISTING }, { ARTICLE_FOLLOWS, ARTICLE },
		{ BODY_FOLLOWS, ARTICLE }, { 224, LISTING }, { 225, LISTING }, { 230, LISTING }, { 231, LISTING },
		{ 282, LISTING },
	};

	for (size_t i = 0; i < TABLE_LENGTH(blocks); i++)
		if (blocks[i].code == code)
			return blocks[i].block;
	if (code == HEAD_FOLLOWS)
		return flags & HEADER_BY_221 ? ARTICLE : LISTING;
	return code == 211 && (flags & LIST_BY_211) ? LISTING : RESPONSES;
}

void
nntp_block_begin(struct dialogue *d, uint32_t code, unsigned flags)
{
	struct nntp *s = dialogue_state(d);

	s->reading = block_behind(code, flags);
	if (s->reading == CAPABILITIES)
		dialogue_event(d, SERVER, EVENT_CAPABILITIES_BEGIN, 0, (struct span){ 0 });
	if (s->reading == ARTICLE)
		content_begin(&s->article, code == ARTICLE_FOLLOWS ? "ARTICLE" : code == BODY_FOLLOWS ? "BODY" : "HEAD",
			code != HEAD_FOLLOWS, s->lines.bare_lf[SERVER]);
}

void
nntp_block_leave(struct dialogue *d)
{
	struct nntp *s = dialogue_state(d);

	if (s->reading == ARTICLE)
		content_cut(&s->article, d, SERVER);
	s->reading = RESPONSES;
}

/* RFC 3977, section 9.5: a label and its arguments.  AUTHINFO's argument USER says that a password is taken (RFC 4643,
 * section 2.1). */
static void
capability_line(struct dialogue *d, struct span line, struct span quote)
{
	struct span args = line, word;

	dialogue_event(d, SERVER, EVENT_CAPABILITY, 0, quote);
	span_take_word(&args, &word);
	if (span_is(word, "STARTTLS"))
		dialogue_event(d, SERVER, EVENT_TLS_OFFERED, 0, word);
	else if (span_is(word, "SASL"))
		dialogue_event(d, SERVER, EVENT_AUTH_OFFERED, 0, args);
	else if (span_is(word, "AUTHINFO") && span_lists(args, span_of("USER")))
		dialogue_event(d, SERVER, EVENT_AUTH_OFFERED, 0, span_of("USER"));
}

void
nntp_block_line(struct dialogue *d, struct span line, struct span quote)
{
	struct nntp *s = dialogue_state(d);

	if (span_is(line, ".")) {
		if (s->reading == CAPABILITIES)
			dialogue_event(d, SERVER, EVENT_CAPABILITIES_END, 0, (struct span){ 0 });
		s->reading = RESPONSES;
	} else if (s->reading == CAPABILITIES) {
		capability_line(d, line, quote);
	}
}
