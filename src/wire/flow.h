/* Which connection a segment belongs to: a hash table keyed by addresses and ports, with time-outs, a cap and eviction.
 * Equal ones in several VLANs are told apart.  Knows nothing of what the connection carries. */
#ifndef STARTTRACE_WIRE_FLOW_H
#define STARTTRACE_WIRE_FLOW_H

#include "base/arena.h"
#include "wire/frame.h"
#include "wire/stream.h"

/* How much the owner still wants to know of a flow. */
enum flow_care {
	FLOW_FULL,              /* deliver its bytes, in order */
	FLOW_COUNT,             /* count bytes and watch for the end */
	FLOW_IGNORE,            /* foreign: keep only the table entry */
};

enum flow_end {
	FLOW_CLOSED,            /* FIN from both sides, or RST */
	FLOW_REPLACED,          /* a new connection on the same ports began */
	FLOW_IDLE,              /* nothing seen for the idle time */
	FLOW_EVICTED,           /* given up for want of memory */
	FLOW_INPUT_ENDED,       /* the capture ended first */
};

struct flow {
	struct endpoint  ends[2];               /* indexed by enum side */
	uint32_t         vlan;                  /* of its first segment; stream[] has those of either side */
	enum flow_care   care;
	bool             roles_known;           /* a SYN or SYN-ACK told who is the client */
	bool             fragmented;            /* some segments came as IP fragments */
	bool             syn_again;             /* another SYN with another ISN came before data */
	bool             time_regressed;        /* a segment was more than a millisecond older than the one before */
	bool             mixed;                 /* its segments came by several interfaces */
	bool             lingers;               /* an RST closed it; what trails behind is still shown to the owner */
	bool             engaged;               /* the owner's: its client did more than connect; given up last */
	struct stream    stream[2];             /* by the side that sends */
	struct moment    first, last;           /* its first and latest segment */
	uint64_t         frames;
	bool             closing, by_reset;     /* a FIN or RST was seen; whether the first was an RST */
	enum side        closed_first;          /* ... and who sent it */
	struct moment    closed_at;             /* ... and when */
	void            *owner;                 /* what the table's user hangs on it; NULL at first */
	/* the table's own */
	struct flow     *chain, *older, *newer;
	uint64_t         hash;
	int64_t          heard_ns;              /* when its latest segment came, by a clock that nobody sets */
	int64_t          listed_ns;             /* when it was put into its queue, by the same */
	uint16_t         host[2];               /* where flows of its client are counted */
	uint8_t          queue;
	bool             carried;               /* payload was seen, in either direction */
	bool             answered;              /* more was seen than a SYN and what answers it */
	bool             turned;                /* flow_turn was called an odd number of times */
	bool             parted;                /* seen at several places of one capture, each a flow of its own */
	bool             rivalled;              /* another flow has or had the same ends */
	bool             apart;                 /* one of too many of them: found by its VLAN alone */
};

struct flow_limits {
	size_t  flows;          /* most flows at a time; the longest idle one leaves first */
	int64_t idle_ns;        /* a flow silent this long has ended: 15 minutes by default */
};

struct flow_counters {
	uint64_t opened, closed, replaced, idle, evicted;
	uint64_t refused;               /* segments that would have opened a flow, had there been memory */
	uint64_t frames;
};

/* Called when a flow leaves the table, after its last bytes were delivered.  Must let go of
 * flow->owner. */
typedef void flow_ended(void *user, struct flow *flow, enum flow_end why);

struct flow_table;

/* NULL when out of memory. */
struct flow_table *flow_table_new(const struct flow_limits *limits, struct budget *budget,
	flow_ended *ended, void *user);
void               flow_table_free(struct flow_table **table);

/* The flow of this segment, new if unseen, and which side sent it.  A SYN with another ISN on a flow that
 * has carried data, or has closed, ends the old flow (FLOW_REPLACED) and begins a new one; flows idle for
 * too long by the segment's time end here too.  A segment that opens nothing (RST, or a FIN or ACK
 * without payload on no known flow) gives NULL, as does a spent budget, and as does anything but a new
 * SYN for ten seconds of capture time after the flow was closed: what trails behind is no new
 * connection.  A new flow takes no memory of the last quarter of the budget, which is for what flows carry: others make
 * way, as flow_table_evict chooses, but those that are not engaged and were not idle for ten seconds only before the
 * last eighth.  A connection whose SYN comes by two interfaces of one capture was seen at two places: from
 * there on it is two flows, one a place.  A tap whose two directions come by two interfaces shows one.  Equal
 * addresses and ports in two VLANs are two flows, unless a direction of which nothing was seen yet comes in another
 * VLAN and acknowledges, or continues, what only one who sees the connection can know.  The flow stays valid at
 * least until the next call. */
struct flow *flow_table_find(struct flow_table *table, const struct segment *segment,
	enum side *side_r);

/* Time passes although no segment comes: ends the flows that are idle by `now_ns`, longest idle first, a few thousand
 * in one call. */
void flow_table_age(struct flow_table *table, int64_t now_ns);

/* The clock of the segments that come from here on was set forward by as much, or back: time-outs go on as if it were
 * not. */
void flow_table_clock_step(struct flow_table *table, int64_t step_ns);

/* An RST closed the flow: it stays for three seconds of capture time more, so that its owner sees what trails behind,
 * and then ends as FLOW_CLOSED, whatever else would end it. */
void flow_table_linger(struct flow_table *table, struct flow *flow);

/* Ends one flow now.  A flow whose two FINs were seen has closed, whatever else made it end: the callback
 * then hears FLOW_CLOSED in place of FLOW_IDLE or FLOW_INPUT_ENDED. */
void flow_table_end(struct flow_table *table, struct flow *flow, enum flow_end why);

/* Ends one flow; for the owner, when memory runs short.  Of flows that are no more than a SYN and of flows that are not
 * engaged, the kind that holds more memory makes way if that is more than a quarter of the budget.  Otherwise goes the
 * longest idle one that has nothing but its table entry; or else one that is not engaged, whose client has many or that
 * was idle for ten seconds; the longest idle one that is no more than a SYN; one that was idle for a minute; last, one
 * that is not engaged.  False when there is none. */
bool flow_table_evict(struct flow_table *table);

/* Ends every flow, in the order in which they began: one idle for too long by `now_ns`, the latest time of the whole
 * capture, has ended as such (FLOW_IDLE), whether this table saw a frame of that time or not. */
void flow_table_drain(struct flow_table *table, int64_t now_ns);

/* Exchanges client and server: the content showed that the first guess was wrong.  Only while
 * !flow->roles_known; while reassembly delivers, only from its `bytes` and `gap` calls. */
void flow_turn(struct flow *flow);

/* The VLAN in which its other direction travels, other than that of its first segment; flow->vlan where none was seen
 * in another one. */
uint32_t flow_other_vlan(const struct flow *flow);

/* As they are now, and as long as the table lives. */
const struct flow_counters *flow_table_counters(const struct flow_table *table);

#endif
