/* Fields that count on from segment to segment, IP identification (RFC 6864) and timestamps (RFC 7323), and the time
 * that an answer takes.  A turn is held against the turns before and behind it: whether what others count goes on
 * beneath it as if it had not been sent. */
#include "rules/network_private.h"

#include "model/verdict.h"
#include "rules/evidence.h"

#include <stdlib.h>

enum {
	STEP_MOST = 64,                 /* of a counter from one segment to the next */
	OFF_LEAST = 1000,               /* a number that is no part of the counting */
	SLACK_LEAST = 10,               /* ticks: of segments that overtook each other */
	SLACK_MOST = 1000,
	ROUND_TRIP_LEAST_NS = 5000000,
};

/* Identification ------------------------------------------------------------------------------- */

static bool
is_numbered(const struct sample *sample, const struct sample *judged)
{
	return sample_is_usual(sample, judged->shape->side) && sample->shape->is_v4;
}

/* The nearest one of another turn, in this direction; NULL when there is none. */
static const struct sample *
neighbour(const struct packets *packets, const struct sample *judged, int step,
	bool (*fits)(const struct sample *sample, const struct sample *judged))
{
	for (long i = judged - packets->samples + step; i >= 0 && i < (long)packets->count; i += step)
		if (packets->samples[i].turn != judged->turn && fits(&packets->samples[i], judged))
			return &packets->samples[i];
	return NULL;
}

/* As many steps as there are segments from one to the other, the odd ones included. */
static bool
counts_on(const struct sample *from, const struct sample *to, unsigned segments)
{
	uint16_t step = (uint16_t)(to->shape->ip_id - from->shape->ip_id);

	return step > 0 && step <= segments * STEP_MOST;
}

/* Whether the side counts its packets one by one, all but those of the turn that is judged. */
static bool
is_counter(const struct packets *packets, const struct sample *judged)
{
	const struct sample *last = NULL;
	unsigned segments = 0, steps = 0, good = 0;

	for (size_t i = 0; i < packets->count; i++) {
		const struct sample *s = &packets->samples[i];

		if (!is_numbered(s, judged))
			continue;
		segments++;
		if (s->turn == judged->turn)
			continue;
		if (last != NULL) {
			steps++;
			good += counts_on(last, s, segments);
		}
		last = s;
		segments = 0;
	}
	return steps + 1 >= REFERENCE_LEAST && 5 * good >= 4 * steps;
}

static unsigned
segments_between(const struct sample *from, const struct sample *to)
{
	unsigned segments = 0;

	for (const struct sample *s = from + 1; s <= to; s++)
		segments += is_numbered(s, to);
	return segments;
}

static void
judge_identification(struct packets *packets, const struct sample *judged)
{
	const struct sample *before, *behind;
	uint16_t id = judged->shape->ip_id;

	if (!judged->shape->is_v4)
		return;
	before = neighbour(packets, judged, -1, is_numbered);
	behind = neighbour(packets, judged, 1, is_numbered);
	if (before == NULL || behind == NULL || !counts_on(before, behind, segments_between(before, behind)))
		return;
	if (abs((int16_t)(id - before->shape->ip_id)) > OFF_LEAST &&
	    abs((int16_t)(behind->shape->ip_id - id)) > OFF_LEAST &&
	    is_counter(packets, judged))
		packets_add(packets, "D-IPID", 20, judged, "IP identification %u, while the side counts on around it",
			(unsigned)id);
}

/* Timestamps ----------------------------------------------------------------------------------- */

static bool
is_stamped(const struct sample *sample, const struct sample *judged)
{
	return sample->counts && sample->shape->side == judged->shape->side && sample->shape->has_timestamp;
}

static uint32_t
stamped_turns(const struct packets *packets, const struct sample *judged)
{
	uint32_t turns = 0, last = 0;

	for (size_t i = 0; i < packets->count; i++) {
		const struct sample *s = &packets->samples[i];

		if (is_stamped(s, judged) && s->turn != judged->turn && s->turn != last) {
			last = s->turn;
			turns++;
		}
	}
	return turns;
}

/* What the clock ticks in a second, as its neighbours tell. */
static int64_t
slack_of(const struct sample *before, const struct sample *behind)
{
	int64_t ticks = (int32_t)(behind->shape->ts_value - before->shape->ts_value);
	int64_t ms = milliseconds_between(&before->shape->at, &behind->shape->at);
	int64_t slack = ms > 0 ? ticks * 1000 / ms : SLACK_MOST;

	return slack < SLACK_LEAST ? SLACK_LEAST : slack > SLACK_MOST ? SLACK_MOST : slack;
}

/* Differences are taken modulo 2^32: a clock that wraps goes on (RFC 7323, section 5.2). */
static void
judge_stamp(struct packets *packets, const struct sample *judged)
{
	const struct sample *before = neighbour(packets, judged, -1, is_stamped);
	const struct sample *behind = neighbour(packets, judged, 1, is_stamped);
	uint32_t value = judged->shape->ts_value;
	int64_t slack;

	if (before == NULL || behind == NULL || stamped_turns(packets, judged) < REFERENCE_LEAST ||
	    (int32_t)(behind->shape->ts_value - before->shape->ts_value) < 0)
		return;
	slack = slack_of(before, behind);
	if ((int32_t)(value - before->shape->ts_value) < -slack || (int32_t)(behind->shape->ts_value - value) < -slack)
		packets_add(packets, "D-TS", 30, judged, "a timestamp of another clock");
}

/* The other side's clock showed it, though perhaps on a segment that the capture lacks: bare acknowledgements leave no
 * gap. */
static bool
was_stamped_by_peer(const struct packets *packets, const struct shape *shape)
{
	bool before = false, behind = false;

	for (size_t i = 0; i < packets->count; i++) {
		const struct shape *s = packets->samples[i].shape;

		if (s->side == shape->side || !s->has_timestamp)
			continue;
		before |= (int32_t)(shape->ts_echo - s->ts_value) >= 0;
		behind |= (int32_t)(s->ts_value - shape->ts_echo) >= 0;
	}
	return before && behind;
}

/* Where others of the side echo what was never seen, a device writes new ones. */
static void
judge_echo(struct packets *packets, const struct sample *judged)
{
	if (was_stamped_by_peer(packets, judged->shape) || packets->session->midstream ||
	    packets->count >= SHAPES_MOST || stamped_turns(packets, judged) < REFERENCE_LEAST)
		return;
	for (size_t i = 0; i < packets->count; i++) {
		const struct sample *s = &packets->samples[i];

		if (is_stamped(s, judged) && s->turn != judged->turn && s->shape->flags & TCP_ACK &&
		    !was_stamped_by_peer(packets, s->shape))
			return;
	}
	packets_add(packets, "D-TS", 30, judged, "echoes a timestamp that the other side never sent");
}

/* The time of an answer ------------------------------------------------------------------------ */

/* What the client had said last of what this segment acknowledges, NULL when that was acknowledged before.  Of what was
 * sent twice nobody knows which copy is answered (RFC 6298, section 3): the caller takes the one that proves less. */
static const struct shape *
answered_by(const struct packets *packets, const struct sample *answer, bool latest)
{
	const struct shape *said = NULL;

	for (const struct sample *s = packets->samples; s < answer; s++) {
		const struct shape *shape = s->shape;

		if (shape->side == SERVER && s->counts && !(shape->flags & TCP_SYN) &&
		    shape->acked >= answer->shape->acked)
			return NULL;
		if (shape->side == CLIENT && shape->length > 0 && shape_end(shape) <= answer->shape->acked &&
		    (said == NULL || shape_end(shape) + latest > shape_end(said)))
			said = shape;
	}
	return said;
}

static const struct shape *
first_syn(const struct packets *packets)
{
	for (size_t i = 0; i < packets->count; i++)
		if (packets->samples[i].shape->side == CLIENT && packets->samples[i].shape->flags & TCP_SYN)
			return packets->samples[i].shape;
	return NULL;
}

/* How long after what it acknowledges this segment came; below zero where that is not known. */
static int64_t
taken_ns(const struct packets *packets, const struct sample *answer, bool latest)
{
	const struct shape *said;

	if (!answer->counts || answer->shape->side != SERVER || !(answer->shape->flags & TCP_ACK))
		return -1;
	said = answer->shape->flags & TCP_SYN ? first_syn(packets) : answered_by(packets, answer, latest);
	return said != NULL ? answer->shape->at.time_ns - said->at.time_ns : -1;
}

/* The shortest time that any other answer took.  A network that takes so long does so more than once: a SYN that
 * waited for a router's table, or a command that takes a while, tells nothing. */
static int64_t
round_trip_ns(const struct packets *packets, const struct sample *judged)
{
	int64_t least = INT64_MAX, second = INT64_MAX;
	unsigned count = 0;

	for (const struct sample *s = packets->samples; s < packets->samples + packets->count; s++) {
		int64_t taken = s->shape->side == SERVER && s->turn != judged->turn ? taken_ns(packets, s, true) : -1;

		if (taken < 0)
			continue;
		count++;
		if (taken < least) {
			second = least;
			least = taken;
		} else if (taken < second) {
			second = taken;
		}
	}
	return count >= REFERENCE_LEAST && second - least <= least / 2 ? least : 0;
}

/* A segment that acknowledges a command was sent when that had arrived; the network allows for no less. */
static void
judge_time(struct packets *packets, const struct sample *judged)
{
	int64_t taken = taken_ns(packets, judged, false), least;

	if (taken < 0 || session_find_note(packets->session, NOTE_TIME_REGRESS) != NULL)
		return;
	least = round_trip_ns(packets, judged);
	if (least >= ROUND_TRIP_LEAST_NS && 2 * taken < least)
		packets_add(packets, "D-RTT", 50, judged, "answered after %lld us, the network takes %lld us",
			(long long)taken / 1000, (long long)least / 1000);
}

void
network_order(struct packets *packets)
{
	for (size_t i = 0; i < packets->count; i++) {
		const struct sample *s = &packets->samples[i];

		if (!sample_decides(s, s->shape->side))
			continue;
		judge_identification(packets, s);
		if (s->shape->has_timestamp) {
			judge_stamp(packets, s);
			judge_echo(packets, s);
		}
		judge_time(packets, s);
	}
}
