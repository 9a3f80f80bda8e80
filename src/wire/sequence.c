/* TCP's numbers.  A stream is `based` once its initial sequence number (ISN) is known from any
 * source, and `confirmed` once a second segment agreed: until then several SYNs may compete, and
 * the one whose number the other side acknowledges is the one that its kernel accepted. */
#include "wire/sequence.h"

#include "wire/options.h"
#include "wire/reassembly_held.h"

enum {
	FAR = 1 << 30,                  /* no sender is that far ahead (RFC 7323, section 2.3) */
	NEAR = 1 << 20,                 /* a first segment is no further from its SYN */
	LATE_MOST = 1 << 16,            /* bytes that came behind their own acknowledgement */
	WINDOW_LEAST = 1 << 16,
	SCALE_MOST = 14,
	STRAYS_MOST = 3,
};

/* Numbers wrap around: the offset nearest to what is known already is meant. */
static int64_t
unwrap(const struct stream *stream, uint32_t number)
{
	uint64_t known = stream->acked > stream->next ? stream->acked : stream->next;
	uint32_t ahead = number - (stream->isn + 1 + (uint32_t)known);

	return (int64_t)known + (int32_t)ahead;
}

uint64_t
sequence_offset(const struct stream *stream, uint32_t number)
{
	int64_t offset = unwrap(stream, number);

	return offset > 0 ? (uint64_t)offset : 0;
}

static bool
precedes_data(const struct stream *stream)
{
	return stream->next == 0;
}

static bool
several_isns(const struct stream *stream)
{
	return stream->syn_seen && stream->syn != stream->isn;
}

/* Offsets begin anew; what was held under the old ones is void. */
static void
rebase(struct stream *stream, uint32_t isn, struct budget *budget)
{
	held_drop_all(stream, budget);
	stream->isn = isn - (uint32_t)stream->next;     /* bytes told already keep their offsets */
	recent_restart(stream, stream->next);           /* and are no copy of what comes now */
	stream->based = true;
	stream->acked = stream->hopeless = stream->cut_to = 0;
	stream->hole.open = false;
	stream->fin_seen = stream->fin_acked = stream->finished = false;
}

/* Finds the SYN that a number goes with: exactly, or else at most `most` bytes behind it. */
static bool
confirm(struct stream *stream, uint32_t number, uint32_t most, struct budget *budget)
{
	uint32_t from_isn = number - (stream->isn + 1), from_syn = number - (stream->syn + 1);
	bool other = several_isns(stream);

	if (from_isn != 0 && other && from_syn == 0)
		rebase(stream, stream->syn, budget);
	else if (from_isn > most && other && from_syn <= most)
		rebase(stream, stream->syn, budget);
	else if (from_isn > most)
		return false;
	stream->confirmed = true;
	return true;
}

/* The window scale option holds for all later segments of its side (RFC 7323, section 2.2). */
static uint8_t
window_scale(struct span options)
{
	struct span value = option_find(options, OPTION_WINDOW_SCALE, 1);

	if (value.len == 0)
		return 0;
	return value.at[0] < SCALE_MOST ? value.at[0] : SCALE_MOST;
}

static void
note_window(struct stream *stream, const struct segment *segment)
{
	uint32_t window = segment->window;

	if (segment->flags & TCP_SYN)
		stream->window_scale = window_scale(segment->options);
	else
		window <<= stream->syn_seen ? stream->window_scale : SCALE_MOST;
	if (window > stream->window)
		stream->window = window;
}

static bool
place_syn(struct stream *stream, const struct segment *segment, struct budget *budget)
{
	bool learned = stream->based && !stream->began;

	if (!stream->based ||
		(learned && precedes_data(stream) && stream->isn != segment->sequence))
		rebase(stream, segment->sequence, budget);
	else if (learned)
		stream->confirmed = true;
	stream->began = stream->syn_seen = true;
	stream->syn = segment->sequence;
	return segment->sequence == stream->isn;
}

/* The first segment of a side whose ISN was only learned from the other's acknowledgement.  That
 * one may have been captured before the bytes it acknowledges, or may have been nonsense. */
static void
begin_learned(struct stream *stream, const struct segment *segment, struct budget *budget)
{
	int64_t offset = unwrap(stream, segment->sequence);
	bool late = offset < 0 && offset >= -LATE_MOST && segment->payload_wire_len > 1;
	bool nonsense = offset < -LATE_MOST || offset > (int64_t)stream->acked + NEAR;
	uint64_t acked = late ? stream->acked + (uint64_t)-offset : 0;

	stream->began = stream->confirmed = true;
	if (!precedes_data(stream) || (!late && !nonsense))
		return;
	rebase(stream, segment->sequence - 1, budget);
	stream->acked = acked;
}

/* Whether a segment behind an unconfirmed SYN goes with it.  Where SYNs compete this side's own
 * word does not decide; but when nothing else explains what comes, its numbers are taken as they
 * are. */
static bool
place_unconfirmed(struct stream *stream, const struct segment *segment, struct budget *budget)
{
	if (!several_isns(stream) && confirm(stream, segment->sequence, NEAR, budget))
		return true;
	if (++stream->strays < STRAYS_MOST)
		return false;
	if (!confirm(stream, segment->sequence, NEAR, budget)) {
		rebase(stream, segment->sequence - 1, budget);
		stream->confirmed = true;
	}
	return true;
}

bool
sequence_place(struct flow *flow, enum side side, const struct segment *segment,
	struct budget *budget, int64_t *offset_r)
{
	struct stream *stream = &flow->stream[side];
	bool syn = segment->flags & TCP_SYN;
	uint64_t known;

	*offset_r = 0;
	note_window(stream, segment);
	if (syn)
		return place_syn(stream, segment, budget);
	if (!stream->based) {
		rebase(stream, segment->sequence - 1, budget);
		stream->began = stream->confirmed = true;
	}
	if (!stream->began)
		begin_learned(stream, segment, budget);
	if (!stream->confirmed && !place_unconfirmed(stream, segment, budget))
		return false;
	*offset_r = unwrap(stream, segment->sequence);
	known = held_end(stream) > stream->acked ? held_end(stream) : stream->acked;
	return *offset_r < 0 || (uint64_t)*offset_r <= known + FAR;
}

/* A FIN that was acknowledged counts one byte more than the stream has.  Where data behind it
 * was both seen and acknowledged the receiver never saw that FIN, so it was none. */
static uint64_t
acknowledged_fin(struct stream *stream, uint64_t acked)
{
	if (!stream->fin_seen || acked <= stream->fin_offset)
		return acked;
	if (acked > stream->fin_offset + 1 && held_end(stream) > stream->fin_offset) {
		stream->fin_seen = stream->fin_acked = stream->finished = false;
		return acked;
	}
	stream->fin_acked = true;
	return stream->fin_offset;
}

uint64_t
sequence_acknowledge(struct flow *flow, enum side side, const struct segment *segment,
	struct budget *budget)
{
	struct stream *stream = &flow->stream[side_other(side)];
	uint32_t number = segment->acknowledgement;
	bool syn = segment->flags & TCP_SYN;
	int64_t offset;
	uint64_t acked;

	if (!(segment->flags & TCP_ACK))
		return 0;
	if (!stream->based)
		rebase(stream, number - 1, budget);
	if (stream->began && precedes_data(stream) &&
		(!stream->confirmed || several_isns(stream)) &&
		!confirm(stream, number, syn ? (uint32_t)held_end(stream) : NEAR, budget) &&
		!stream->confirmed) {
		rebase(stream, number - 1, budget);
		stream->confirmed = true;
	}
	offset = unwrap(stream, number);
	if (offset <= 0 || (stream->began && (uint64_t)offset > held_end(stream) + FAR))
		return 0;
	acked = acknowledged_fin(stream, (uint64_t)offset);
	if (acked > stream->acked)
		stream->acked = acked;
	return acked;
}

bool
sequence_finish(struct stream *stream, int64_t offset)
{
	uint64_t end = offset > 0 ? (uint64_t)offset : 0;

	if (offset < 0 || end < stream->next || stream->fin_acked || stream->acked > end + 1)
		return false;
	stream->fin_seen = true;
	stream->fin_offset = end;
	if (stream->acked > end) {
		stream->acked = end;
		stream->fin_acked = true;
	}
	return true;
}

static uint64_t
window_of(const struct flow *flow, enum side side)
{
	uint64_t window = flow->stream[side].window;

	return window > WINDOW_LEAST ? window : WINDOW_LEAST;
}

bool
sequence_reset_fits(const struct flow *flow, enum side side, const struct segment *segment)
{
	const struct stream *stream = &flow->stream[side], *other = &flow->stream[side_other(side)];
	uint64_t lowest = stream->next < stream->acked ? stream->next : stream->acked;
	int64_t offset;

	if (stream->based) {
		offset = unwrap(stream, segment->sequence);
		return offset >= (int64_t)lowest - 1 && offset <= (int64_t)(held_end(stream) +
			window_of(flow, side_other(side)) + 1);
	}
	/* A SYN that is refused: the RST proves itself by its acknowledgement alone. */
	if (!(segment->flags & TCP_ACK) || !other->based)
		return true;
	if (several_isns(other) && segment->acknowledgement == other->syn + 1)
		return true;
	offset = unwrap(other, segment->acknowledgement);
	return offset >= 0 && offset <= (int64_t)held_end(other) + 1;
}

bool
sequence_outside(const struct flow *flow, enum side side, uint64_t offset)
{
	const struct stream *stream = &flow->stream[side];
	uint64_t edge = stream->acked > stream->next ? stream->acked : stream->next;

	return flow->stream[side_other(side)].began &&
		offset > edge + window_of(flow, side_other(side));
}
