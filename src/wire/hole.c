/* Holes, and the patience with them. */
#include "wire/hole.h"

#include "wire/reassembly_held.h"

struct held_segment *
hole_head(const struct stream *stream)
{
	struct held_segment *head = stream->held;

	if (head != NULL && stream->fin_seen && head->piece.offset >= stream->fin_offset)
		return NULL;
	return head;
}

uint64_t
hole_end(const struct stream *stream)
{
	const struct held_segment *head = hole_head(stream);
	uint64_t end = stream->acked > stream->cut_to ? stream->acked : stream->cut_to;

	if (!stream->began)
		return stream->next;
	if (head != NULL)
		return head->piece.offset;
	if (stream->fin_seen)
		end = stream->fin_offset;
	return end > stream->next ? end : stream->next;
}

bool
hole_may_be_fin(const struct stream *stream, uint64_t end)
{
	return hole_head(stream) == NULL && !stream->fin_seen && end == stream->next + 1 &&
		stream->cut_to < end;
}

bool
hole_reached(const struct stream *stream, uint64_t needs)
{
	if (!stream->began || stream->next >= needs)
		return true;
	if (stream->fin_seen && stream->next >= stream->fin_offset)
		return true;
	return stream->hopeless >= needs && hole_may_be_fin(stream, needs);
}

static bool
is_watched(const struct stream *stream)
{
	return stream->hole.open && stream->hole.at == stream->next;
}

/* A hole that is not watched yet showed when one before it was given up, so it is the older one. */
static bool
goes_before(const struct stream *a, const struct stream *b)
{
	if (!is_watched(a) || !is_watched(b))
		return is_watched(b);
	if (!a->hole.acked || !b->hole.acked)
		return a->hole.acked;
	return moment_before(&a->hole.acked_at, &b->hole.acked_at);
}

enum side
hole_first(const struct flow *flow)
{
	return goes_before(&flow->stream[SERVER], &flow->stream[CLIENT]) ? SERVER : CLIENT;
}

struct moment
hole_shown(const struct stream *stream, const struct moment *now)
{
	const struct held_segment *head = hole_head(stream);
	struct moment at = is_watched(stream) ? stream->hole.since : *now;

	if (head != NULL && moment_before(&head->piece.at, &at))
		at = head->piece.at;
	return at;
}

static bool
is_over(int64_t since_ns, int64_t now_ns, int64_t patience_ns)
{
	return now_ns > since_ns &&
		(uint64_t)now_ns - (uint64_t)since_ns > (uint64_t)patience_ns;
}

static void
give_up(struct stream *stream, uint64_t until)
{
	if (until > stream->hopeless)
		stream->hopeless = until;
}

/* Acknowledged bytes are not sent again: only a capture that shows frames late can still bring
 * them. */
static void
judge(struct stream *stream, const struct reassembly_limits *limits, int64_t now_ns)
{
	const struct hole *hole = &stream->hole;

	if (hole->acked && (hole->frames > limits->acked_patience ||
		is_over(hole->acked_ns, now_ns, limits->acked_patience_ns)))
		give_up(stream, hole->acked_to);
	if (is_over(hole->since_ns, now_ns, limits->patience_ns))
		give_up(stream, hole_end(stream));
}

bool
hole_watch(struct stream *stream, const struct reassembly_limits *limits, const struct moment *now, int64_t steady_ns)
{
	struct hole *hole = &stream->hole;

	if (hole_end(stream) == stream->next) {
		hole->open = false;
		return false;
	}
	if (!is_watched(stream))
		*hole = (struct hole){ .open = true, .at = stream->next, .since = *now, .since_ns = steady_ns };
	if (hole->acked) {
		hole->frames++;
	} else if (stream->acked > stream->next) {
		hole->acked = true;
		hole->acked_to = stream->acked;
		hole->acked_at = *now;
		hole->acked_ns = steady_ns;
	}
	judge(stream, limits, steady_ns);
	return true;
}
