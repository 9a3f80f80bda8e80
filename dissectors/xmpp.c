/* XMPP, between clients and servers and between servers (RFC 6120), with STARTTLS (section 5), SASL (section 6), the
 * older logins (XEP-0078, XEP-0077), dialback (XEP-0220), components (XEP-0114) and compression (XEP-0138).
 *
 * Two streams of XML, of which each unit is an element that stands right below the root; what it is, its name says, so
 * that nothing hangs on the order of answers but who waits for one.  Deliberately left out: what is in a stanza, and
 * streams over HTTP and WebSocket. */
#include "xmpp_probe.h"
#include "xmpp_state.h"

#include "stranger.h"

enum {
	NAME_MOST = 64,         /* of an element that is looked for in what is not known */
};

/* Taking units ------------------------------------------------------------------------------------ */

static void
begin_unit(struct xmpp_half *half, uint64_t offset)
{
	half->scan = (struct xml_scan){ 0 };
	half->at = 0;
	half->offset = offset;
}

/* The rest of an element that is too long. */
static enum step
pass(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	struct xmpp *s = dialogue_state(d);
	struct xmpp_half *half = &s->half[side];
	size_t at = 0;
	bool ended = xml_scan(&half->scan, in, &at);

	*used_r = at;
	dialogue_unit(d, side, at);
	half->octets += at;
	if (!ended)
		return STEP_TAKEN;
	half->passing = false;
	if (half->is_content)
		xmpp_content(d, side, half->octets);
	half->is_content = false;
	return STEP_TAKEN;
}

static enum step
begin_passing(struct dialogue *d, enum side side, struct span unit)
{
	struct xmpp *s = dialogue_state(d);
	struct xmpp_half *half = &s->half[side];
	struct xml_element element = { .name = { 0 } };
	bool known = xml_read(unit, &element);

	half->passing = true;
	half->octets = unit.len;
	if (!known || xmpp_kind_of(side, element.name) != XMPP_STANZA)
		dialogue_note(d, side, NOTE_LONG_LINE, span_of("an element above the limit of 16384 bytes"));
	return xmpp_unit(d, side, unit);
}

static enum step
read_unit(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	struct xmpp *s = dialogue_state(d);
	struct xmpp_half *half = &s->half[side];
	uint64_t offset = dialogue_where(d, side).offset;
	struct span unit = span_first(in, UNIT_MOST);
	bool whole;

	if (half->offset != offset || half->at > unit.len || half->at == 0)
		begin_unit(half, offset);
	whole = xml_scan(&half->scan, unit, &half->at);
	if (!whole && unit.len < UNIT_MOST)
		return STEP_MORE;
	unit = span_first(unit, half->at);
	*used_r = unit.len;
	dialogue_unit(d, side, unit.len);
	half->at = 0;
	return whole ? xmpp_unit(d, side, unit) : begin_passing(d, side, unit);
}

/* Text right below the root is none of XMPP's: a line of it is told for what it looks like. */
static enum step
read_text(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	struct span text = span_first(in, LINE_MOST);
	size_t end = 0;

	while (end < text.len && text.at[end] != '<' && text.at[end] != '\n')
		end++;
	if (end == text.len && text.len < LINE_MOST)
		return STEP_MORE;
	*used_r = end;
	dialogue_unit(d, side, end);
	text = xml_trim(span_first(text, end));
	if (span_equal(text, span_of("\xEF\xBB\xBF")))
		return STEP_TAKEN;              /* a byte order mark */
	if (side == CLIENT)
		stranger_tell(d, text);
	else
		xmpp_unknown(d, side);
	return STEP_TAKEN;
}

/* What is not known ------------------------------------------------------------------------------- */

enum place {
	PLACE_NONE,
	PLACE_SHORT,            /* too few bytes to tell */
	PLACE_START,            /* of a unit */
	PLACE_END,              /* of one that began before; the unit's end tag is here */
};

/* What the "<" at the front begins.  Something that a secret or an agreement hangs on has to stand right behind the
 * missing bytes, for anything may stand inside a message. */
static enum place
place_of(enum side side, struct span in, const struct xmpp_half *half, bool fresh)
{
	bool ends = span_starts(in, "</");
	struct span name = span_after(in, ends ? 2 : 1);
	size_t len = 0, colon;
	enum xmpp_kind kind;

	while (len < name.len && len < NAME_MOST && memchr(" \t\r\n/>", name.at[len], 6) == NULL)
		len++;
	if (len == name.len && len < NAME_MOST)
		return PLACE_SHORT;
	name = span_first(name, len);
	colon = span_find(name, ":");
	kind = xmpp_kind_of(side, colon < name.len ? span_after(name, colon + 1) : name);
	if (kind == XMPP_ROOT || (fresh && span_starts(in, "<?xml")))
		return PLACE_START;
	if (kind == XMPP_UNKNOWN || (kind == XMPP_WEIGHTY && (ends ? half->nested : !fresh)))
		return PLACE_NONE;
	return ends ? PLACE_END : PLACE_START;
}

static enum step
pass_end_tag(struct xmpp_half *half, struct span in, uint64_t *used_r)
{
	size_t end = span_find(in, ">");

	if (end == in.len && in.len < UNIT_MOST)
		return STEP_MORE;
	half->unsure = half->fresh = false;
	*used_r = end == in.len ? end : end + 1;
	return STEP_TAKEN;
}

/* Passes over what belongs to a unit whose beginning was not captured. */
static enum step
find_unit(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	struct xmpp *s = dialogue_state(d);
	struct xmpp_half *half = &s->half[side];
	size_t at = 0;
	enum place place = PLACE_NONE;

	for (; at < in.len; at++) {
		if (in.at[at] != '<')
			continue;
		place = place_of(side, span_after(in, at), half, half->fresh && at == 0);
		if (place != PLACE_NONE)
			break;
		half->nested |= !span_starts(span_after(in, at), "</");
	}
	if (place == PLACE_SHORT && at == 0)
		return STEP_MORE;
	if (place == PLACE_END && at == 0)
		return pass_end_tag(half, in, used_r);
	half->fresh = false;
	half->unsure = at > 0;
	*used_r = at;
	dialogue_unit(d, side, at);
	return at > 0 ? STEP_TAKEN : read_unit(d, side, in, used_r);
}

/* The dissector ----------------------------------------------------------------------------------- */

static void
lose(struct xmpp_half *half)
{
	half->unsure = half->fresh = half->lossy = true;
	half->passing = half->is_content = half->nested = false;
	half->at = 0;
}

static enum step
xmpp_step(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	struct xmpp *s = dialogue_state(d);
	struct xmpp_half *half = &s->half[side];
	enum step step = STEP_TAKEN;

	if (half->passing)
		return pass(d, side, in, used_r);
	if (!half->begun && !dialogue_from_start(d))
		lose(half);
	half->begun = true;
	if (!half->unsure || half->fresh)
		step = lines_begin(in);
	if (step != STEP_TAKEN)
		return step;
	if (xml_blanks(in) > 0 && (!half->unsure || half->fresh)) {
		*used_r = xml_blanks(in);
		dialogue_unit(d, side, *used_r);
		return STEP_TAKEN;
	}
	if (half->unsure)
		return find_unit(d, side, in, used_r);
	return in.at[0] == '<' ? read_unit(d, side, in, used_r) : read_text(d, side, in, used_r);
}

/* Nothing is known of the unit in which bytes are missing, and the other side may still answer what is in it. */
static void
xmpp_gap(struct dialogue *d, enum side side, uint64_t lost)
{
	struct xmpp *s = dialogue_state(d);

	if (lost == 0)
		return;
	lose(&s->half[side]);
	if (side == SERVER) {
		s->list_open = false;
		return;
	}
	s->guarded = true;
	sasl_taint(&s->sasl);
}

/* A login whose last bytes were never sent is a login; what a server did not end says nothing for sure. */
static void
xmpp_end(struct dialogue *d, enum side side, struct span rest, enum ending ending)
{
	const struct xmpp *s = dialogue_state(d);
	const struct xmpp_half *half = &s->half[side];
	struct xml_element element;

	(void)ending;
	if (side == SERVER || half->passing || half->unsure || rest.len == 0)
		return;
	if (rest.at[0] != '<') {
		if (lines_guess_tls(rest) == TLS_GUESS_NO && xml_blanks(rest) < rest.len)
			stranger_tell(d, xml_trim(rest));
	} else if (xml_read(rest, &element)) {
		xmpp_unit(d, side, rest);
	}
}

const struct dissector xmpp_dissector = {
	.name = "xmpp",
	.state_size = sizeof(struct xmpp),
	.probe = xmpp_probe,
	.step = xmpp_step,
	.gap = xmpp_gap,
	.end = xmpp_end,
};
