/* Frames from interfaces, as they pass: libpcap's memory-mapped ring (TPACKET_V3 on Linux), several interfaces merged
 * by time.  Opening needs CAP_NET_RAW; nothing after it does.  To be used by one thread.
 *
 * Once open, it makes these system calls and no others: poll, getsockopt, getsockname, ioctl (SIOCGIFFLAGS,
 * SIOCGIFINDEX), pread, clock_gettime, and, for a device that was deleted and came again, bind and setsockopt; where
 * those two are forbidden, such a device stays away, and nothing else happens. */
#ifndef STARTTRACE_WIRE_LIVE_H
#define STARTTRACE_WIRE_LIVE_H

#include "base/status.h"
#include "wire/frame.h"

enum {
	LIVE_INTERFACES_MOST = 16,
};

/* A ring is kernel memory that is never swapped, in blocks of 256 KiB.  A block is handed over when it is full or 100
 * ms old, whichever is first: so long does a frame wait at most, and on a quiet network, where blocks are handed over
 * nearly empty, 64 MiB last for 25 seconds without anybody reading.  On a busy one they hold half a second of a full
 * gigabit link, or 16 MiB of ring for each quarter of a second with 300,000 small frames a second
 * (tests/bench/README.md): what a commit to a slow disk takes. */
struct live_config {
	char *const *interfaces;        /* names, each once; "any" is libpcap's, and stands alone */
	size_t       count;             /* 1 to LIVE_INTERFACES_MOST */
	const char  *filter;            /* BPF, compiled for each interface; NULL: live_filter_default() */
	size_t       ring_bytes;        /* of each interface; 0: 64 MiB; less than 2 GiB.  The kernel may give less */
	uint32_t     snaplen;           /* 0, or more than that: 262144, so that offloaded segments are whole */
};

struct live;

/* Opens every interface or none.  A failure names the interface and says what to do: named twice or a bad filter
 * (STATUS_USAGE), no such one yet, no permission (CAP_NET_RAW), not up (STATUS_INPUT).  What could not be had but is
 * not needed, such as promiscuous mode, is said by live_trouble.  The names and the filter are copied. */
struct status live_open(const struct live_config *config, struct live **live_r);
void          live_close(struct live **live);

/* What is kept when the user asks for nothing else: TCP over IPv4 and IPv6, every fragment, and what may carry TCP:
 * VLAN and QinQ tags, MPLS, PPPoE, IP-in-IP, 6in4, GRE, VXLAN, GENEVE.  An interface whose link type knows no Ethernet
 * types keeps all IP, one that knows no IP keeps everything. */
const char *live_filter_default(void);

enum live_result {
	LIVE_FRAME,
	LIVE_QUIET,             /* nothing came within the time allowed */
	LIVE_OVER,              /* every interface was deleted; live_trouble says so */
};

/* The next frame of all interfaces in order of time, valid until the next call; waits at most `wait_ms` for one (0 or
 * less: not at all).  Each interface is a capture of its own: frame.at.capture is its index in config.interfaces,
 * frame.at.frame counts what passed the filter there, from 1.  With more than one, frame.interface and interface_name
 * tell which.  A signal ends the wait (LIVE_QUIET), so flags that a handler sets are seen at once, or after wait_ms
 * where the signal came just before the wait.
 *
 * With more than one interface, a frame waits until the others cannot come with an older one: until each has one, or
 * for 150 ms after its time.  Frames that were stamped before the clock was set back are handed out without that
 * wait. */
enum live_result live_next(struct live *live, struct frame *frame_r, int wait_ms);

/* What is wrong with the interfaces now, in one line; "" when there is nothing to say.  One that went down or was
 * deleted is left out from there on, and tried again once a second; the others go on.  Valid until the next call of
 * live_next. */
const char *live_trouble(const struct live *live);

/* DLT_ value.  `index` is below config.count, here and below. */
int      live_link_type(const struct live *live, size_t index);
uint32_t live_snaplen(const struct live *live);

/* Totals since live_open; never run backwards, whatever the kernel's own counters do.  Costs three system calls. */
struct live_counters {
	uint64_t frames, bytes;         /* handed out; bytes as on the wire */
	uint64_t kernel_drops;          /* passed the filter, but the ring was full */
	uint64_t interface_drops;       /* lost before the ring and the filter: the card had no room for it */
};

struct live_counters live_counters(struct live *live, size_t index);

/* How much the system's clock was set forward (or back, below zero) since live_open, in nanoseconds, by steps of a
 * second and more: frame times jump by as much, and time-outs must not.  Time that the machine slept is no step. */
int64_t live_clock_steps(struct live *live);

#endif
