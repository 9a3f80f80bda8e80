/* What reassembly keeps in memory: copies of segments that wait for their turn, and the last
 * bytes that were delivered.  Both draw on the budget.  Part of reassembly. */
#ifndef STARTTRACE_WIRE_REASSEMBLY_HELD_H
#define STARTTRACE_WIRE_REASSEMBLY_HELD_H

#include "base/arena.h"
#include "wire/stream.h"

enum {
	RECENT_MOST = 2048,     /* delivered bytes remembered per stream */
};

/* Payload of one segment, or a part of it. */
struct piece {
	uint64_t      offset;
	struct span   bytes;
	uint64_t      cut;      /* bytes behind them that the snaplen cut off */
	uint64_t      needs;    /* the other side's offset that the segment acknowledges */
	struct moment at;
};

struct held_segment {
	struct held_segment *next;
	size_t               size;      /* drawn from the budget */
	bool                 kept;      /* the bytes are there, not only their count */
	struct piece         piece;     /* .bytes points behind this struct */
};

static inline uint64_t
piece_end(const struct piece *piece)
{
	return piece->offset + piece->bytes.len + piece->cut;
}

/* Without what lies before `offset`. */
struct piece piece_from(struct piece piece, uint64_t offset);

/* Puts a copy of those parts of a piece in its place that no held segment covers: the first
 * version of a byte stands.  Without `keep` the bytes are counted and not copied.  False when
 * memory is short; what was put in place until then stays.  *news_r tells whether anything was. */
bool held_add(struct stream *stream, struct budget *budget, struct piece piece, bool keep,
	bool *news_r);

/* Takes the first one out; the caller frees it. */
struct held_segment *held_take(struct stream *stream);
void                 held_free(struct held_segment **segment, struct budget *budget);

/* Drops the first, the last, all. */
void held_drop_first(struct stream *stream, struct budget *budget);
void held_drop_last(struct stream *stream, struct budget *budget);
void held_drop_all(struct stream *stream, struct budget *budget);

/* One past the last byte held, or delivered when nothing is held. */
uint64_t held_end(const struct stream *stream);

/* Remembers bytes that are about to be delivered at stream->next.  Without memory it remembers
 * less. */
void recent_add(struct stream *stream, struct budget *budget, struct span bytes);

/* Forgets what was delivered before `offset`. */
void recent_restart(struct stream *stream, uint64_t offset);
void recent_free(struct stream *stream, struct budget *budget);

/* Calls `pair` with both versions of every run of bytes that is remembered or held and comes
 * again in `piece`. */
typedef void held_pair(void *user, uint64_t offset, struct span first, struct span second);
void held_compare(const struct stream *stream, const struct piece *piece, held_pair *pair,
	void *user);

#endif
