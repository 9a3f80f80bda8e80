/* Fields that a machine and a path write alike into all segments: hop limit, options, classes, addresses.  What stays
 * different to the end is a change of route, and what differs elsewhere too is a habit: only a difference that stands
 * on deciding lines alone, and is gone behind them, is a trace of another machine. */
#include "rules/network_private.h"

#include "base/table.h"

#include <stdlib.h>

enum {
	HOPS_APART = 2,
	STEP_MOST = 64,
	WINDOW_TIMES = 2,
	PATH_MOST = 1500,               /* what is longer was put together by a network card */
};

struct trait {
	const char *name;
	/* False where the sample says nothing about it. */
	bool (*read)(const struct packets *packets, const struct sample *sample, uint32_t *value_r);
	int  (*points)(uint32_t usual, uint32_t odd);
	bool  settles;          /* it changes early by itself: what is usual must stand before it, too */
	const char *words;
	bool        in_numbers; /* what is odd and what is usual, for the reader */
	/* Whether it says anything of this side at all; NULL: always. */
	bool (*tells)(const struct packets *packets, enum side side);
};

/* Hop limits, and the class of what they began with. */
static bool
read_hops(const struct packets *packets, const struct sample *sample, uint32_t *value_r)
{
	(void)packets;
	*value_r = sample->shape->hop_limit;
	return true;
}

static uint32_t
hop_class(uint32_t hops)
{
	return hops <= 64 ? 64 : hops <= 128 ? 128 : 255;
}

static int
points_hops(uint32_t usual, uint32_t odd)
{
	if (labs((long)usual - (long)odd) < HOPS_APART)
		return 0;
	return hop_class(usual) != hop_class(odd) ? 30 : 15;
}

/* TCP timestamps: a device that strips them does so from all. */
static bool
read_timestamp(const struct packets *packets, const struct sample *sample, uint32_t *value_r)
{
	(void)packets;
	*value_r = sample->shape->has_timestamp;
	return true;
}

static int
points_timestamp(uint32_t usual, uint32_t odd)
{
	return usual != 0 && odd == 0 ? 30 : 0;
}

/* A side tells in an option what it got out of order or twice (RFC 2018, RFC 2883). */
static bool
peer_has_holes(const struct packets *packets, enum side side)
{
	uint64_t end = 0;

	for (size_t i = 0; i < packets->count; i++) {
		const struct shape *s = packets->samples[i].shape;

		if (s->side == side || s->length == 0)
			continue;
		if (s->again || s->offset != end)
			return true;
		end = shape_end(s);
	}
	return false;
}

/* A missing timestamp is a signal of its own and need not be said twice. */
static bool
options_tell(const struct packets *packets, enum side side)
{
	return !packets_have(packets, "D-TS") && !peer_has_holes(packets, side);
}

static bool
read_options(const struct packets *packets, const struct sample *sample, uint32_t *value_r)
{
	(void)packets;
	*value_r = sample->shape->options_mark;
	return true;
}

static int
points_options(uint32_t usual, uint32_t odd)
{
	(void)usual;
	(void)odd;
	return 10;
}

/* Windows move by what is unread and by what the host allows; a forged one is far off. */
static bool
read_window(const struct packets *packets, const struct sample *sample, uint32_t *value_r)
{
	(void)packets;
	*value_r = sample->shape->window;
	return true;
}

static int
points_window(uint32_t usual, uint32_t odd)
{
	return odd >= WINDOW_TIMES * usual || usual >= WINDOW_TIMES * odd ? 10 : 0;
}

static int
points_flow(uint32_t usual, uint32_t odd)
{
	(void)usual;
	(void)odd;
	return 20;
}

/* ECN is left out: hosts mark data alone, and routers change it (RFC 3168, sections 5 and 6.1.5). */
static bool
read_class(const struct packets *packets, const struct sample *sample, uint32_t *value_r)
{
	(void)packets;
	*value_r = sample->shape->traffic_class >> 2;
	return true;
}

static bool
read_label(const struct packets *packets, const struct sample *sample, uint32_t *value_r)
{
	(void)packets;
	*value_r = sample->shape->flow_label;
	return !sample->shape->is_v4;
}

static bool
read_link(const struct packets *packets, const struct sample *sample, uint32_t *value_r)
{
	(void)packets;
	*value_r = sample->shape->link_mark;
	return sample->shape->link_mark != 0;
}

/* A counter passes zero. */
static bool
counts_from(const struct packets *packets, const struct sample *sample)
{
	for (const struct sample *s = sample + 1; s < packets->samples + packets->count; s++)
		if (sample_is_usual(s, sample->shape->side))
			return s->shape->ip_id != 0 && abs((int16_t)s->shape->ip_id) <= STEP_MOST;
	return false;
}

/* Whether IPv4 packets are numbered at all, and may be fragmented; where a side does fragment, only some may. */
static bool
read_numbering(const struct packets *packets, const struct sample *sample, uint32_t *value_r)
{
	const struct shape *s = sample->shape;
	bool fragments = session_find_note(packets->session, NOTE_FRAGMENTS) != NULL;

	*value_r = (s->ip_id != 0 || counts_from(packets, sample) ? 1u : 0u) |
	           (s->dont_fragment && !fragments ? 2u : 0u);
	return s->is_v4;
}

static bool
came_intact(const struct packets *packets, const struct shape *damaged)
{
	for (size_t i = 0; i < packets->count; i++) {
		const struct shape *s = packets->samples[i].shape;

		if (s->side == damaged->side && s->checksum == YES && s->length > 0 &&
		    s->offset <= damaged->offset && shape_end(s) >= shape_end(damaged))
			return true;
	}
	return false;
}

/* Damage on a line is repaired by sending again; then what counts arrived whole. */
static bool
read_checksum(const struct packets *packets, const struct sample *sample, uint32_t *value_r)
{
	*value_r = sample->shape->checksum;
	return sample->shape->checksum != UNKNOWN && sample->shape->length <= PATH_MOST &&
	       (sample->shape->checksum == YES || !came_intact(packets, sample->shape));
}

static int
points_checksum(uint32_t usual, uint32_t odd)
{
	return usual == YES && odd == NO ? 35 : 0;
}

static const struct trait traits[] = {
	{ "D-TTL", read_hops, points_hops, false, "hop limit", true, NULL },
	{ "D-TS", read_timestamp, points_timestamp, false, "without the timestamp that all others have", false, NULL },
	{ "D-WIN", read_options, points_options, false, "other TCP options than elsewhere", false, options_tell },
	{ "D-WIN", read_window, points_window, true, "window", true, NULL },
	{ "D-FLOW", read_class, points_flow, false, "service class", true, NULL },
	{ "D-FLOW", read_label, points_flow, false, "flow label", true, NULL },
	{ "D-FLOW", read_link, points_flow, false, "from another link address or VLAN than elsewhere", false, NULL },
	{ "D-IPID", read_numbering, points_flow, false, "another kind of IP identification than elsewhere", false,
	  NULL },
	{ "D-CSUM", read_checksum, points_checksum, false, "a wrong checksum, elsewhere right ones", false, NULL },
};

static bool
has_value(const struct packets *packets, const struct sample *sample, const struct trait *trait, uint32_t value)
{
	uint32_t read;

	return trait->read(packets, sample, &read) && read == value;
}

/* How many turns of a side there are, and in how many this value was seen. */
static uint32_t
turns_with(const struct packets *packets, enum side side, const struct trait *trait, uint32_t value,
	uint32_t *all_r)
{
	uint32_t with = 0, latest_with = 0, all = 0;

	for (size_t i = 0; i < packets->count; i++) {
		const struct sample *s = &packets->samples[i];

		if (!s->counts || s->shape->side != side)
			continue;
		all = s->turn;
		if (s->turn != latest_with && has_value(packets, s, trait, value)) {
			latest_with = s->turn;
			with++;
		}
	}
	*all_r = all;
	return with;
}

static bool
is_usual(const struct packets *packets, enum side side, const struct trait *trait, uint32_t value)
{
	uint32_t all, with = turns_with(packets, side, trait, value, &all);

	return with >= REFERENCE_LEAST && 2 * with > all;
}

/* What all segments that decide nothing have; where there are none, what most turns have. */
static bool
usual_value(const struct packets *packets, enum side side, const struct trait *trait, uint32_t *usual_r)
{
	bool found = false;
	uint32_t value;

	for (size_t i = 0; i < packets->count; i++) {
		const struct sample *s = &packets->samples[i];

		if (!sample_is_usual(s, side) || s->line != NULL || !trait->read(packets, s, &value))
			continue;
		if (found && value != *usual_r)
			return false;
		found = true;
		*usual_r = value;
	}
	if (found)
		return is_usual(packets, side, trait, *usual_r);
	for (size_t i = 0; i < packets->count; i++)
		if (sample_decides(&packets->samples[i], side) && trait->read(packets, &packets->samples[i], usual_r) &&
		    is_usual(packets, side, trait, *usual_r))
			return true;
	return false;
}

static bool
stands_in(const struct packets *packets, enum side side, const struct trait *trait, uint32_t value, size_t from,
	size_t to)
{
	for (size_t i = from; i < to; i++)
		if (sample_is_usual(&packets->samples[i], side) &&
		    has_value(packets, &packets->samples[i], trait, value))
			return true;
	return false;
}

/* The side began with it: what became usual later is another route. */
static bool
opened_with(const struct packets *packets, enum side side, const struct trait *trait, uint32_t value)
{
	for (size_t i = 0; i < packets->count; i++) {
		const struct sample *s = &packets->samples[i];

		if (s->counts && s->shape->side == side && s->shape->flags & TCP_SYN &&
		    has_value(packets, s, trait, value))
			return true;
	}
	return false;
}

static bool
all_alike(const struct packets *packets, enum side side, const struct trait *trait)
{
	bool found = false;
	uint32_t value, first = 0;

	for (size_t i = 0; i < packets->count; i++) {
		if (!sample_is_usual(&packets->samples[i], side) || !trait->read(packets, &packets->samples[i], &value))
			continue;
		if (found && value != first)
			return false;
		found = true;
		first = value;
	}
	return true;
}

static void
tell(struct packets *packets, const struct trait *trait, const struct sample *sample, uint32_t usual, uint32_t odd)
{
	int points = trait->points(usual, odd);

	if (points == 0)
		return;
	if (trait->in_numbers)
		packets_add(packets, trait->name, points, sample, "%s %u, elsewhere %u", trait->words, (unsigned)odd,
			(unsigned)usual);
	else
		packets_add(packets, trait->name, points, sample, "%s", trait->words);
}

static void
judge_trait(struct packets *packets, enum side side, const struct trait *trait)
{
	uint32_t usual, value;

	if (all_alike(packets, side, trait) || (trait->tells != NULL && !trait->tells(packets, side)) ||
	    !usual_value(packets, side, trait, &usual))
		return;
	for (size_t i = 0; i < packets->count; i++) {
		const struct sample *s = &packets->samples[i];

		if (!sample_decides(s, side) || !trait->read(packets, s, &value) || value == usual ||
		    opened_with(packets, side, trait, value) ||
		    !stands_in(packets, side, trait, usual, i + 1, packets->count) ||
		    (trait->settles && !stands_in(packets, side, trait, usual, 0, i)))
			continue;
		tell(packets, trait, s, usual, value);
	}
}

void
network_traits(struct packets *packets)
{
	for (size_t i = 0; i < TABLE_LENGTH(traits); i++)
		for (enum side side = CLIENT; side <= SERVER; side++)
			judge_trait(packets, side, &traits[i]);
}
