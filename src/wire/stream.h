/* One direction of a flow: what reassembly remembers of it.  A plain struct, embedded in struct flow;
 * only reassembly (with its helpers sequence.c and reassembly_held.c) and flow.c write it. */
#ifndef STARTTRACE_WIRE_STREAM_H
#define STARTTRACE_WIRE_STREAM_H

#include "wire/look.h"

struct held_segment;            /* a copied segment that waits for its turn */

/* How long the bytes at `at` have been missing. */
struct hole {
	uint64_t      at;
	uint64_t      acked_to;         /* what was acknowledged when `acked` was set */
	struct moment since;            /* first noticed */
	struct moment acked_at;         /* first noticed to be acknowledged */
	int64_t       since_ns, acked_ns;       /* both by a clock that nobody sets */
	uint32_t      frames;           /* segments of the flow since then */
	bool          open, acked;
};

/* The last bytes delivered, to hold retransmissions against: a ring indexed by stream offset. */
struct recent {
	uint8_t *bytes;
	size_t   room;          /* a power of two, 0 while nothing is kept */
	uint64_t from;          /* offset of the oldest byte kept; the newest is stream->next - 1 */
};

/* How a side's SYN looked, and when it came: counted from the first segment of the flow. */
struct syn_look {
	struct look look;
	uint32_t    after_us;           /* since the flow's first segment */
	uint32_t    capture;
	uint32_t    frame;              /* counted from the flow's first one where that is in the same capture */
};

static inline bool
syn_is_kept(const struct syn_look *syn)
{
	return syn->look.flags & TCP_SYN;
}

struct stream {
	uint32_t             isn;               /* sequence number of stream offset 0, less one for a SYN */
	bool                 began;             /* a segment of this side was seen */
	bool                 syn_seen;
	bool                 fin_seen, rst_seen;
	bool                 finished;          /* everything up to the FIN was delivered */
	uint64_t             next;              /* stream offset of the next byte to deliver */
	uint64_t             acked;             /* how far the other side acknowledged, as offset */
	uint64_t             fin_offset;        /* where the FIN stands, when fin_seen */
	uint64_t             payload_bytes;     /* captured payload bytes, each once */
	uint64_t             gap_bytes;         /* missing, or cut off by the snaplen */
	uint64_t             snaplen_bytes;     /* payload bytes that the snaplen cut */
	uint32_t             acked_unseen;      /* of these, what the other side acknowledged */
	uint32_t             gaps;
	uint32_t             retransmitted;     /* segments that brought nothing new */
	uint32_t             out_of_order;      /* segments that came before their turn */
	uint32_t             conflicting_bytes; /* bytes sent again with another value */
	struct syn_look      syn_look;
	uint16_t             interface;         /* by which its first segment came, counted from 1 */
	bool                 vlan_known;        /* `vlan` is that in which this side travels */
	bool                 vlan_proven;       /* ... by its numbers, or as the first that was seen */
	uint32_t             vlan;              /* outer << 16 | inner tag, 0 for none */
	struct held_segment *held;              /* in order of offset */
	size_t               held_bytes;
	uint32_t             held_count;

	/* reassembly's own */
	struct held_segment *held_last;
	struct hole          hole;
	struct recent        recent;
	uint64_t             hopeless;          /* what is missing before it is given up */
	uint64_t             cut_to;            /* what is missing before it was cut off */
	uint32_t             window;            /* largest window this side offered, in bytes */
	uint32_t             syn;               /* number of its latest SYN, when syn_seen */
	uint8_t              window_scale;      /* RFC 7323, section 2; of its SYN */
	uint8_t              strays;            /* segments that no known ISN explains */
	bool                 based;             /* isn is known, if only by the other's ACK */
	bool                 confirmed;         /* a second segment agreed with isn */
	bool                 fin_acked;
};

#endif
