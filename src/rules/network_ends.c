/* What does not fit what the other side got, and connections that somebody else ended.  RSTs that a host sends by
 * itself stand where its stream ends, or before that, however many, and nothing of its follows beyond them. */
#include "rules/network_private.h"

#include "base/clock.h"
#include "rules/evidence.h"

#include <stdlib.h>

enum {
	SMALL_MOST = 536,               /* nobody cuts or packs such a segment on its way (RFC 9293, section 3.7.1) */
	AIMED_SECONDS = 3,
	WINDOW_MOST = 1 << 20,          /* a guess lands in the window */
	HOPS_APART = 2,
};

/* Acknowledged to a length that nobody sent --------------------------------------------------- */

static bool
is_boundary(const struct packets *packets, enum side side, uint64_t at)
{
	for (size_t i = 0; i < packets->count; i++) {
		const struct shape *s = packets->samples[i].shape;

		if (s->side == side && (s->offset == at || shape_end(s) == at))
			return true;
	}
	return false;
}

/* The other side got fewer bytes than were sent here. */
static void
judge_length(struct packets *packets, const struct sample *judged)
{
	const struct shape *sent = judged->shape;

	if (sent->length > SMALL_MOST || packets->session->gap)
		return;
	for (size_t i = 0; i < packets->count; i++) {
		const struct shape *s = packets->samples[i].shape;

		if (s->side == sent->side || !(s->flags & TCP_ACK) || s->flags & TCP_RST || s->acked <= sent->offset ||
		    s->acked >= shape_end(sent) || is_boundary(packets, sent->side, s->acked))
			continue;
		packets_add(packets, "D-SEQ", 20, judged, "the other side acknowledges %llu of its %u bytes",
			(unsigned long long)(s->acked - sent->offset), (unsigned)sent->length);
		return;
	}
}

/* RSTs ----------------------------------------------------------------------------------------- */

/* How far its side's stream had been seen before this sample, or behind it. */
static uint64_t
seen_before(const struct packets *packets, const struct sample *reset)
{
	uint64_t end = 0;

	for (const struct sample *s = packets->samples; s < reset; s++)
		if (s->shape->side == reset->shape->side && s->shape->length > 0 && shape_end(s->shape) > end)
			end = shape_end(s->shape);
	return end;
}

static uint64_t
seen_behind(const struct packets *packets, const struct sample *reset)
{
	uint64_t end = 0;

	for (const struct sample *s = reset + 1; s < packets->samples + packets->count; s++)
		if (s->shape->side == reset->shape->side && s->shape->length > 0 && shape_end(s->shape) > end)
			end = shape_end(s->shape);
	return end;
}

/* A FIN takes one number. */
static bool
is_ahead(const struct packets *packets, const struct sample *reset)
{
	uint64_t end = seen_before(packets, reset);

	return reset->shape->odd && reset->shape->offset > end + 1 && reset->shape->offset - end < WINDOW_MOST;
}

/* A host that ended the connection sends nothing beyond its RST; one whose name was used goes on where it was, and
 * is still short of a number that was guessed.  Bytes that reach just to the RST were overtaken by it. */
static bool
goes_on_after(const struct packets *packets, const struct sample *reset)
{
	uint64_t before = seen_before(packets, reset), behind = seen_behind(packets, reset);
	uint64_t offset = reset->shape->offset;

	if (behind <= before || offset < before || offset - before >= WINDOW_MOST)
		return false;
	return behind > offset || behind + 1 < offset;
}

static bool
steps_on(const struct packets *packets, const struct sample *reset)
{
	for (const struct sample *s = packets->samples; s < reset; s++)
		if (s->shape->side == reset->shape->side && s->shape->flags & TCP_RST && !s->shape->again &&
		    s->shape->sequence != reset->shape->sequence)
			return is_ahead(packets, reset);
	return false;
}

/* Its hop limit is none that the side otherwise has, though all that is alike.  The segment that accepted the
 * connection counts where it is like the others: another machine may accept for a server. */
static bool
came_another_way(const struct packets *packets, const struct sample *reset)
{
	const struct shape *first = NULL, *accepted = NULL;
	uint32_t turns = 0, last = 0;

	for (const struct sample *s = packets->samples; s < packets->samples + packets->count; s++) {
		bool accepts = s->counts && s->shape->side == reset->shape->side && s->shape->flags & TCP_SYN;

		if (accepts)
			accepted = s->shape;
		if (!sample_is_usual(s, reset->shape->side))
			continue;
		if (first != NULL && first->hop_limit != s->shape->hop_limit)
			return false;
		first = s->shape;
		turns += s->turn != last;
		last = s->turn;
	}
	turns += first != NULL && accepted != NULL && accepted->hop_limit == first->hop_limit;
	return turns >= REFERENCE_LEAST && abs(first->hop_limit - reset->shape->hop_limit) >= HOPS_APART;
}

static const char *
oddness_of(const struct packets *packets, const struct sample *reset)
{
	if (goes_on_after(packets, reset))
		return "the side that seems to end the connection goes on";
	if (steps_on(packets, reset))
		return "its numbers step ahead of the stream, as of one who guesses";
	if (came_another_way(packets, reset))
		return "its hop limit is none of its side's";
	return NULL;
}

static bool
is_within(const struct moment *from, const struct moment *at)
{
	int64_t passed = at->time_ns - from->time_ns;

	return passed >= 0 && passed <= AIMED_SECONDS * NS_PER_SECOND;
}

/* The latest line about TLS that it may be aimed at; NULL when there is none. */
static const struct quote *
aim_of(const struct packets *packets, const struct sample *reset)
{
	const struct quote *hello = &packets->session->tls->client_hello_at, *aim = NULL;

	for (const struct sample *s = packets->samples; s < reset; s++)
		if (s->line != NULL && s->counts && is_within(&s->shape->at, &reset->shape->at))
			aim = s->line;
	return hello->seen && is_within(&hello->where.last, &reset->shape->at) ? hello : aim;
}

/* Under TLS nothing is left to decide. */
static void
judge_reset(struct packets *packets, const struct sample *reset)
{
	struct sample aimed = *reset;
	const char *oddness;

	if (reset->shape->again || packets->session->tls->established == YES)
		return;
	aimed.line = aim_of(packets, reset);
	oddness = aimed.line != NULL ? oddness_of(packets, reset) : NULL;
	if (oddness != NULL)
		packets_add(packets, "D-RST", 35, &aimed, "an RST in the name of the %s: %s",
			reset->shape->side == CLIENT ? "client" : "server", oddness);
}

void
network_ends(struct packets *packets)
{
	for (size_t i = 0; i < packets->count; i++) {
		const struct sample *s = &packets->samples[i];

		if (sample_decides(s, s->shape->side))
			judge_length(packets, s);
		if (s->shape->flags & TCP_RST)
			judge_reset(packets, s);
	}
}
