/* Two streams and the dissectors that read them: units are taken one by one, a side waits for the other's answer, and
 * what waits is bounded and paid for.  When TLS begins, dialogue_tls.c says; what a dissector may ask,
 * dialogue_answers.c answers. */
#include "engine/dialogue_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PENDING_MOST = 64 * 1024,       /* bytes of a unit, or behind a hold, that are kept */
	ROOM_KEPT = 1024,               /* of a side that waits for nothing */
	ROOM_FAIR = 9 * 1024,           /* what a ServerHello with its certificates or some pipelined commands need */
};

struct dialogue *
dialogue_new(const struct dissector *dissector, struct session *session,
	const struct dialogue_common *common, bool from_start)
{
	struct dialogue *d = arena_alloc(session->arena, sizeof(*d));
	void *state = arena_alloc(session->arena, dissector->state_size);

	if (d == NULL || state == NULL)
		return NULL;
	d->session = session;
	d->common = common;
	d->from_start = from_start;
	d->half[CLIENT].dissector = d->half[SERVER].dissector = dissector;
	if (dissector == &tls_dissector)
		d->tls_state = state;
	else
		d->first_state = state;
	d->first = d->first_state != NULL ? dissector : NULL;
	return d;
}

/* Whether a side may wait with that much: half of the budget is for sessions, so that some who wait with much do not
 * keep others from being followed.  Flows may fill three quarters of it, and what everybody needs is there beyond. */
static bool
may_wait(const struct budget *budget, size_t room)
{
	return budget->used <= (room <= ROOM_FAIR ? budget->limit / 8 * 7 : budget->limit / 2);
}

/* Draws on the budget what a side's pending bytes and marks have room for now, or gives back what they had.  False
 * when too little is left. */
static bool
charge(struct dialogue *d, struct half *half)
{
	struct budget *budget = d->session->budget;
	size_t room = half->pending.room + half->mark_room * sizeof(*half->many);

	if (room > half->charged &&
	    (!may_wait(budget, room) || !budget_take(budget, room - half->charged)))
		return false;
	if (room < half->charged)
		budget_give(budget, half->charged - room);
	half->charged = room;
	return true;
}

static void
forget_pending(struct half *half)
{
	buffer_free(&half->pending);
	free(half->many);
	half->many = NULL;
	half->mark_count = half->mark_room = 0;
}

void
dialogue_free(struct dialogue **dialogue)
{
	if (*dialogue == NULL)
		return;
	for (size_t side = CLIENT; side <= SERVER; side++) {
		forget_pending(&(*dialogue)->half[side]);
		charge(*dialogue, &(*dialogue)->half[side]);
	}
	buffer_free(&(*dialogue)->text);
	*dialogue = NULL;               /* the rest is in the session's arena */
}

bool
dialogue_is_settled(const struct dialogue *d)
{
	return d->settled;
}

/* Taking units ------------------------------------------------------------------------------------ */

static void read_pending(struct dialogue *d, enum side side);

/* What this side waits for will not be seen: its dissector is told so, and goes on. */
static void
answer_unseen(struct dialogue *d, enum side side)
{
	enum side other = side_other(side), before = d->reading;

	d->half[side].held = false;
	d->reading = other;
	if (d->half[other].dissector->gap != NULL)
		d->half[other].dissector->gap(d, other, 0);
	d->reading = before;
}

/* Both ends agreed on TLS from here on. */
static void
upgrade(struct dialogue *d, enum side side)
{
	enum side other = side_other(side);

	d->tls_due = true;
	d->told_len = 0;
	d->half[other].held_until = d->half[other].offset + d->half[other].pending.len;
	d->half[other].held = false;
}

/* A unit larger than anything a dissector needs: passed over like a gap. */
static void
overflow(struct dialogue *d, enum side side, uint64_t length)
{
	dialogue_note(d, side, NOTE_TRUNCATED, (struct span){ 0 });
	if (d->half[side].dissector->gap != NULL)
		d->half[side].dissector->gap(d, side, length);
}

static void
advance(struct half *half, uint64_t used)
{
	half->offset += used;
	half->unit = 0;
	if (used == 0)
		return;                 /* what is awaited stays so */
	half->awaited = 0;
	half->lost = 0;
	half_drop_marks(half);
}

/* One call of the dissector.  Returns how many of the bytes are done with; *more_r is false when the rest has
 * to wait. */
static uint64_t
take_unit(struct dialogue *d, enum side side, struct span in, bool *more_r)
{
	struct half *half = &d->half[side];
	bool plain = d->tls_due && !half_is_tls(half);
	uint64_t used = 0;
	struct where where;
	enum step step;

	in = span_first(in, PENDING_MOST);      /* a larger unit is passed over, however it came */
	d->reading = side;
	d->told_line = false;
	half->unit = in.len;
	where = dialogue_where(d, side);
	step = half->dissector->step(d, side, in, &used);
	d->reading = side;
	*more_r = true;
	switch (step) {
	case STEP_MORE:
		half->unit = 0;
		half->awaited = used < PENDING_MOST ? (size_t)used : PENDING_MOST;
		*more_r = in.len >= PENDING_MOST;
		if (*more_r)
			overflow(d, side, in.len);
		return *more_r ? in.len : 0;
	case STEP_NOT_MINE:
		half->unit = 0;
		*more_r = half_is_tls(half) ? dialogue_leave_tls(d, in) : dialogue_begin_tls(d, side);
		return *more_r ? 0 : in.len;
	case STEP_HOLD:
		half->held = !dialogue_was_held(d);     /* what was sent too early gets no answer to wait for */
		if (d->ended || !(d->half[side_other(side)].spoke || half->dissector->client_begins))
			answer_unseen(d, side);
		break;
	case STEP_UPGRADE: upgrade(d, side); break;
	case STEP_SETTLED: d->settled = true; break;
	case STEP_TAKEN: break;
	}
	if (d->tls_first && side == SERVER && !half_is_tls(half) && used > 0) {
		d->tls_first = false;
		dialogue_note(d, CLIENT, NOTE_TLS_ON_PLAIN_PORT, (struct span){ 0 });
	}
	where.length = used;
	where.last = half_completed(half, used, &d->now);
	/* a body is taken in as many pieces as it comes, and is told at its end */
	half->inside = plain && used > 0 && step == STEP_TAKEN && !d->told_line;
	if (plain && used > 0 && d->told_line) {
		half->plain |= where.offset >= half->held_until;
		dialogue_note_plain(d, side, &where);
	}
	return used;
}

/* Takes what can be taken off the front of `in`, and lets the other side go on where it waited for this.
 * Returns how many bytes are done with. */
static size_t
read_side(struct dialogue *d, enum side side, struct span in)
{
	struct half *half = &d->half[side];
	struct span rest = in;
	unsigned idle = 0;
	bool more = true;

	while (rest.len > 0 && more && !half->held && !d->settled && idle < 4) {
		uint64_t used = half->skip < rest.len ? half->skip : rest.len;
		size_t plain = 0;

		if (used == 0 && rest.len < half->awaited)
			break;
		if (used > 0)
			half->skip -= used;
		else if (d->tls_due && !half_is_tls(half) && !half->inside)
			plain = dialogue_look_for_tls(d, side, rest);
		if (plain == SIZE_MAX)
			break;
		if (used == 0)
			used = plain > 0 ? plain : take_unit(d, side, rest, &more);
		idle = used > 0 ? 0 : idle + 1;
		if (used > rest.len) {
			half->skip = used - rest.len;
			used = rest.len;
		}
		advance(half, used);
		rest = span_after(rest, (size_t)used);
		half->behind = rest.len;
		read_pending(d, side_other(side));
	}
	return in.len - rest.len;
}

static void
read_pending(struct dialogue *d, enum side side)
{
	struct half *half = &d->half[side];
	enum side before = d->reading;
	bool busy = half->busy;

	if (busy || half->held || half->pending.len == 0 || d->settled)
		return;
	half->busy = true;
	buffer_drop(&half->pending, read_side(d, side, buffer_span(&half->pending)));
	half->busy = false;
	d->reading = before;
}

/* What comes in ----------------------------------------------------------------------------------- */

static void
append(struct dialogue *d, enum side side, struct span bytes)
{
	buffer_add(&d->half[side].pending, bytes);
	if (d->half[side].pending.failed) {
		buffer_clear(&d->half[side].pending);
		overflow(d, side, bytes.len);
	}
}

/* A side that waits for nothing gives back all but a little room. */
static void
shrink(struct half *half)
{
	if (half->pending.len > 0)
		return;
	if (half->pending.room > ROOM_KEPT)
		buffer_free(&half->pending);
	if (half->many != NULL && half->mark_count <= MARKS_FEW) {
		memcpy(half->few, half->many, half->mark_count * sizeof(*half->many));
		free(half->many);
		half->many = NULL;
		half->mark_room = 0;
	}
}

/* What waits on this side is paid for.  Where the budget is spent the side waits no longer for the other's answer,
 * and what is still no whole unit then is passed over like a gap. */
static void
pay(struct dialogue *d, enum side side)
{
	struct half *half = &d->half[side];
	uint64_t lost;

	shrink(half);
	if (charge(d, half))
		return;
	if (half->held) {
		dialogue_note(d, side, NOTE_TRUNCATED, (struct span){ 0 });
		answer_unseen(d, side);
		read_pending(d, side);
		shrink(half);
		if (charge(d, half))
			return;
	}
	lost = half->pending.len;
	forget_pending(half);
	charge(d, half);
	half->awaited = 0;
	half->lost += lost;
	half->held = false;
	d->gaps = true;
	overflow(d, side, lost);
}

void
dialogue_feed(struct dialogue *d, enum side side, uint64_t offset, struct span bytes,
	const struct moment *at)
{
	struct half *half = &d->half[side];
	size_t taken = 0;

	if (d->settled || d->ended || bytes.len == 0)
		return;
	d->now = *at;
	half->spoke = true;
	if (half->pending.len == 0) {
		half->offset = offset;
		half->mark_count = 0;
	}
	half_mark(half, offset, at);
	if (half->pending.len == 0 && !half->held) {
		half->busy = true;
		taken = read_side(d, side, bytes);
		half->busy = false;
		append(d, side, span_after(bytes, taken));
	} else {
		append(d, side, bytes);
		if (half->held && half->pending.len > PENDING_MOST)
			answer_unseen(d, side);
		read_pending(d, side);
	}
	pay(d, CLIENT);
	pay(d, SERVER);
}

static void
tell_gap(struct dialogue *d, enum side side, uint64_t offset, uint64_t lost)
{
	char text[48];

	snprintf(text, sizeof(text), "%llu bytes not captured", (unsigned long long)lost);
	dialogue_tell(d, &(struct event){
		.kind = EVENT_GAP,
		.side = side,
		.text = span_of(text),
		.where = { .first = d->now, .last = d->now, .offset = offset, .length = lost },
	});
}

void
dialogue_gap(struct dialogue *d, enum side side, uint64_t offset, uint64_t lost,
	const struct moment *at)
{
	struct half *half = &d->half[side];
	uint64_t skipped = half->skip < lost ? half->skip : lost;

	if (d->settled || d->ended)
		return;
	d->now = *at;
	half->spoke = true;
	d->gaps = true;
	if (half->held) {
		answer_unseen(d, side);
		read_pending(d, side);
	}
	tell_gap(d, side, offset, lost);
	half->skip -= skipped;
	buffer_clear(&half->pending);
	half->awaited = 0;
	half->unit = 0;
	half->inside = false;
	half->mark_count = 0;
	half->offset = offset + lost;
	half->lost += lost;
	if (skipped == lost)
		return;
	d->reading = side;
	if (half->dissector->gap != NULL)
		half->dissector->gap(d, side, lost - skipped);
	d->half[side_other(side)].held = false;
	read_pending(d, side_other(side));
	pay(d, CLIENT);
	pay(d, SERVER);
}

/* No dissector has redacted these bytes: a server's challenge, its echo of what it was sent, an address. */
static bool
may_hold_secret(const struct dialogue *d, struct span bytes)
{
	return d->session->auths != NULL || session_find_note(d->session, NOTE_UNKNOWN_VERB) != NULL ||
	       (bytes.len > 0 && memchr(bytes.at, '@', bytes.len) != NULL);
}

/* Up to the last byte that differs: what stands behind it said the same both times. */
static size_t
differing_length(struct span first, struct span second)
{
	size_t len = first.len < second.len ? first.len : second.len;

	while (len > 0 && first.at[len - 1] == second.at[len - 1])
		len--;
	return len;
}

void
dialogue_conflict(struct dialogue *d, enum side side, uint64_t offset, struct span first,
	struct span second, const struct moment *at)
{
	struct buffer text = { 0 };

	d->now = *at;
	if (side == SERVER && !may_hold_secret(d, first) && !may_hold_secret(d, second)) {
		buffer_add_text(&text, "first \"");
		buffer_add(&text, span_first(first, QUOTE_MOST / 4));
		buffer_add_text(&text, "\" then \"");
		buffer_add(&text, span_first(second, QUOTE_MOST / 4));
		buffer_add_text(&text, "\"");
	} else {
		buffer_printf(&text, "%zu bytes differ", first.len);
	}
	dialogue_tell(d, &(struct event){
		.kind = EVENT_CONFLICT,
		.side = side,
		.text = buffer_span(&text),
		.where = { .first = *at, .last = *at, .offset = offset,
			.length = differing_length(first, second) },
	});
	buffer_free(&text);
}

/* What is left over may be a last line without its end. */
static void
end_side(struct dialogue *d, enum side side, enum ending ending)
{
	struct half *half = &d->half[side];
	struct span rest = buffer_span(&half->pending);
	struct where where;

	if (dialogue_is_padding(rest))
		rest.len = 0;
	d->reading = side;
	half->unit = rest.len;
	where = dialogue_where(d, side);
	if (half->dissector->end != NULL)
		half->dissector->end(d, side, rest, ending);
	if (d->tls_due && !half_is_tls(half) && rest.len > 0)
		dialogue_note_plain(d, side, &where);
}

void
dialogue_end(struct dialogue *d, enum ending ending, const struct moment *at)
{
	if (d->ended)
		return;
	d->now = *at;
	d->ended = true;
	while (d->half[CLIENT].held || d->half[SERVER].held) {
		enum side side = d->half[CLIENT].held ? CLIENT : SERVER;

		answer_unseen(d, side);
		read_pending(d, side);
	}
	for (enum side side = CLIENT; side <= SERVER && !d->settled; side++)
		end_side(d, side, ending);
}
