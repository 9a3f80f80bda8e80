/* Where a dialogue goes over to TLS, and back.
 *
 * The switch is cut at a stream offset: a side goes over to the TLS dissector when, at the boundary of a unit, its next
 * bytes are TLS.  Once both ends agreed on TLS, bytes that are not TLS are noted for what they are, on either side and
 * in every protocol: text smuggled in front of the handshake, or a dialogue that goes on in clear. */
#include "engine/dialogue_private.h"

#include "lines.h"

#include <string.h>

/* TLS begins on this side without an agreement that was seen. */
static void
note_unagreed(struct dialogue *d, enum side side)
{
	const struct half *other = &d->half[side_other(side)];

	if (half_is_tls(other))
		return;                 /* the other side began it */
	if (d->gaps || !d->from_start)
		dialogue_note(d, side, NOTE_UPGRADE_UNSEEN, (struct span){ 0 });
	else if (!other->spoke)
		d->tls_first = side == CLIENT;  /* what the server says will tell */
	else
		dialogue_note(d, side, side == CLIENT ? NOTE_TLS_ON_PLAIN_PORT : NOTE_UPGRADE_UNASKED,
			(struct span){ 0 });
}

bool
dialogue_begin_tls(struct dialogue *d, enum side side)
{
	struct half *half = &d->half[side];

	if (d->tls_state == NULL)
		d->tls_state = arena_alloc(d->session->arena, tls_dissector.state_size);
	if (d->tls_state == NULL)
		return false;
	half->unit = 0;
	if (d->tls_due)
		dialogue_event(d, side, EVENT_UPGRADE, 0, span_of("TLS from here on"));
	else
		note_unagreed(d, side);
	half->dissector = &tls_dissector;
	half->awaited = 0;
	return true;
}

/* TLS begins on this side, and its hello is in the gap. */
static void
begin_lost_tls(struct dialogue *d, enum side side)
{
	if (!dialogue_begin_tls(d, side))
		return;
	d->reading = side;
	tls_dissector.gap(d, side, d->half[side].lost);
}

bool
dialogue_leave_tls(struct dialogue *d, struct span in)
{
	if (lines_guess_tls(in) != TLS_GUESS_NO)
		d->first = NULL;
	if (d->first == NULL)
		return false;
	d->half[CLIENT].dissector = d->half[SERVER].dissector = d->first;
	return true;
}

void
dialogue_note_plain(struct dialogue *d, enum side side, const struct where *where)
{
	struct half *half = &d->half[side];
	struct where at = *where;
	bool before = side == CLIENT && where->offset < half->held_until;

	if (before)
		at.length = half->held_until - where->offset;
	session_note(d->session, before ? NOTE_PLAINTEXT_BEFORE_TLS : NOTE_PLAINTEXT_AFTER_AGREE, side,
		&at, span_from(d->told, d->told_len));
}

/* Where, behind an unfinished line, a ClientHello begins; in.len when it does not. */
static size_t
find_hello(struct span in)
{
	const uint8_t *lf = memchr(in.at, '\n', in.len);
	size_t most = lf == NULL ? in.len : (size_t)(lf - in.at);

	for (size_t i = 1; i < most; i++)
		if (in.at[i] == 0x16 && lines_guess_tls(span_after(in, i)) == TLS_GUESS_YES)
			return i;
	return in.len;
}

bool
dialogue_is_padding(struct span bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		if (bytes.at[i] != '\0' && bytes.at[i] != ' ')
			return false;
	return true;
}

static bool
has_control(struct span line)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.at[i] < ' ' && line.at[i] != '\t' && line.at[i] != '\r')
			return true;
	return false;
}

/* Bytes are missing just before these, where TLS is due, on both sides maybe: what is neither text nor what the
 * protocol would say lies behind a hello that is among them. */
static bool
lies_behind_hello(const struct dialogue *d, enum side side, struct span in)
{
	struct span rest = in, line = in;

	if (d->half[side].lost == 0 || d->half[CLIENT].plain || d->half[SERVER].plain || d->first == NULL ||
	    d->first->probe(side, in) >= PROBE_SURE)
		return false;
	span_take_line(&rest, &line);
	return has_control(line);
}

size_t
dialogue_look_for_tls(struct dialogue *d, enum side side, struct span in)
{
	struct half *half = &d->half[side];
	struct where where;
	size_t hello;

	if (half->lost > 0 && half_is_tls(&d->half[side_other(side)])) {
		begin_lost_tls(d, side);
		return 0;
	}
	switch (lines_guess_tls(in)) {
	case TLS_GUESS_SHORT: return SIZE_MAX;
	case TLS_GUESS_YES: dialogue_begin_tls(d, side); return 0;
	case TLS_GUESS_NO: break;
	}
	if (lies_behind_hello(d, side, in)) {
		begin_lost_tls(d, side);
		return 0;
	}
	if (d->half[side_other(side)].plain)
		return 0;               /* a dialogue that goes on in clear: its texts may hold anything */
	hello = find_hello(in);
	if (hello == in.len)
		return 0;
	if (dialogue_is_padding(span_first(in, hello)))
		return hello;
	half->unit = hello;
	where = dialogue_where(d, side);
	dialogue_note_plain(d, side, &where);
	return hello;
}
