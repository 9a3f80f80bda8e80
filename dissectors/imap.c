/* IMAP (RFC 9051, RFC 3501) with STARTTLS, LOGIN and AUTHENTICATE, literals (RFC 7888), IDLE (RFC 2177), COMPRESS (RFC
 * 4978).
 *
 * The client's commands begin with tags by which the server's answers name them; a literal interrupts a command for a
 * given number of bytes.  Deliberately left out: what is in messages and mailboxes. */
#include "imap_probe.h"
#include "imap_state.h"

#include "base/hash.h"

#include <stdio.h>

/* Tags need not be told apart from those of other dialogues. */
static const struct hash_key tag_key = { 0x696d61702d746167, 0x7461672d6d61726b };

/* Tags ------------------------------------------------------------------------------------------- */

uint64_t
imap_tag_mark(struct span tag)
{
	return hash_bytes(&tag_key, tag.at, tag.len);
}

/* Its place in the ring; TAGS_MOST for one that was not seen, or was answered. */
static size_t
find_tag(const struct imap *s, uint64_t mark)
{
	size_t i = 0;

	while (i < TAGS_MOST && (s->tags[i].mark != mark || s->tags[i].kind == KIND_NONE))
		i++;
	return i;
}

void
imap_await(struct imap *s, enum imap_kind kind)
{
	size_t i = find_tag(s, s->tag);

	if (i < TAGS_MOST)
		s->tags[i].kind = kind;
}

void
imap_login_begins(struct imap *s)
{
	s->login_tried = s->login_open = true;
	s->list_due = false;
	for (size_t i = 0; i < TAGS_MOST; i++)
		s->list_due |= s->tags[i].kind == KIND_CAPABILITY;
}

void
imap_literal_went(struct imap *s)
{
	size_t i = find_tag(s, s->tag);

	if (i < TAGS_MOST)
		s->tags[i].literal = true;
}

void
imap_login_told(struct imap *s)
{
	size_t i = find_tag(s, s->tag);

	if (i < TAGS_MOST)
		s->tags[i].login = s->sasl.facts.serial;
}

struct imap_tag
imap_answered(struct imap *s, uint64_t mark)
{
	size_t i = find_tag(s, mark);
	struct imap_tag tag = { .mark = mark, .kind = KIND_NONE };

	if (i < TAGS_MOST) {
		tag = s->tags[i];
		s->tags[i].kind = KIND_NONE;
	}
	return tag;
}

bool
imap_knows(const struct imap *s, uint64_t mark)
{
	return find_tag(s, mark) < TAGS_MOST;
}

/* Messages --------------------------------------------------------------------------------------- */

void
imap_body_begin(struct dialogue *d, enum side side, uint64_t size, bool whole)
{
	struct imap *s = dialogue_state(d);

	imap_body_close(d, side);
	s->body[side] = (struct imap_body){ .open = true, .size = size, .whole = whole };
	if (size > 0)
		dialogue_event(d, side, EVENT_CONTENT_BEGIN, 0, span_of(side == CLIENT ? "APPEND" : "FETCH"));
}

/* A body counts once its last byte has come. */
void
imap_body_close(struct dialogue *d, enum side side)
{
	struct imap *s = dialogue_state(d);
	struct imap_body *body = &s->body[side];
	char text[64];

	if (!body->open || dialogue_skipping(d, side) > 0)
		return;
	body->open = false;
	snprintf(text, sizeof(text), "%s, %llu bytes", body->whole ? "message body" : "part of a message",
		(unsigned long long)body->size);
	dialogue_event(d, side, EVENT_CONTENT, 0, span_of(text));
	if (body->whole)
		dialogue_tell(d, &(struct event){
			.kind = EVENT_CONTENT_END,
			.side = side,
			.facts.mail = &(struct mail_facts){ .octets = body->size },
		});
}

/* The dissector ----------------------------------------------------------------------------------- */

static enum step
imap_step(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	struct imap *s = dialogue_state(d);
	enum step step = STEP_TAKEN;

	imap_body_close(d, CLIENT);
	imap_body_close(d, SERVER);
	if (side == SERVER || !s->literal_due)
		step = lines_begin(in);
	if (step != STEP_TAKEN)
		return step;
	return side == CLIENT ? imap_client_step(d, in, used_r) : imap_server_step(d, in, used_r);
}

/* What was awaited may be in the hole, and so may the rest of a command; answers still name theirs. */
static void
imap_gap(struct dialogue *d, enum side side, uint64_t lost)
{
	struct imap *s = dialogue_state(d);

	s->unsure[side] |= lost > 0;
	s->incomplete |= lost > 0;
	s->lines.skipping[side] = false;
	if (side == CLIENT) {
		s->guarded = s->login_tried = true;     /* a login may be in the hole */
		s->inside = s->literal_due = s->literal_refused = s->response = false;
		s->literal_over = false;
		s->doubted = 0;
		s->unanswered = WAITING_NOT;
		for (size_t i = 0; i < TAGS_MOST; i++)
			s->tags[i].literal = false;     /* an answer may name what is in the hole */
		sasl_taint(&s->sasl);
		return;
	}
	if (s->waiting == WAITING_LITERAL || s->waiting == WAITING_LOGIN)
		s->unanswered = s->waiting;
	s->waiting = WAITING_NOT;
	s->answer_open = false;
}

/* A last line that its sender did not end still says what it says. */
static void
imap_end(struct dialogue *d, enum side side, struct span rest, enum ending ending)
{
	struct imap *s = dialogue_state(d);
	uint64_t used = 0;

	imap_body_close(d, side);
	if (side == CLIENT && s->doubted > 0)
		s->inside = !imap_is_command(s, rest);
	lines_note_unsent(d, side, ending);
	if ((side == CLIENT && s->literal_due) || !lines_end(&s->lines, side, rest))
		return;
	if (side == SERVER)
		imap_server_line(d, rest, &used);
	else
		imap_client_line(d, rest);
}

const struct dissector imap_dissector = {
	.name = "imap",
	.state_size = sizeof(struct imap),
	.probe = imap_probe,
	.step = imap_step,
	.gap = imap_gap,
	.end = imap_end,
};
