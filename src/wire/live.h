/* Frames from interfaces, as they pass: libpcap's memory-mapped ring (TPACKET_V3 on Linux), several interfaces merged
 * by time.  Opening needs CAP_NET_RAW; nothing after it does. */
#ifndef STARTTRACE_WIRE_LIVE_H
#define STARTTRACE_WIRE_LIVE_H

#include "base/status.h"
#include "wire/frame.h"

enum {
	LIVE_INTERFACES_MOST = 16,
};

struct live_config {
	char *const *interfaces;        /* names; "any" is libpcap's */
	size_t       count;             /* 1 to LIVE_INTERFACES_MOST */
	const char  *filter;            /* BPF; NULL: live_filter_default() */
	size_t       ring_bytes;        /* of each interface; 0: 64 MiB */
	uint32_t     snaplen;           /* 0: 262144, so that offloaded segments are whole */
};

struct live;

/* Opens every interface or none.  A failure names the interface and says what to do: no such one, no permission
 * (CAP_NET_RAW), not up, a bad filter. */
struct status live_open(const struct live_config *config, struct live **live_r);
void          live_close(struct live **live);

/* What is kept when the user asks for nothing else: TCP over IPv4 and IPv6, every fragment, and what may carry TCP: VLAN
 * and QinQ tags, MPLS, PPPoE, IP-in-IP, 6in4, GRE, VXLAN, GENEVE. */
const char *live_filter_default(void);

enum live_result {
	LIVE_FRAME,
	LIVE_QUIET,             /* nothing came within the time allowed */
	LIVE_OVER,              /* no interface gives frames any more; live_trouble says why */
};

/* The next frame of all interfaces in order of time, valid until the next call; waits at most `wait_ms` for one.  Each
 * interface is a capture of its own: frame.at.capture is its index in config.interfaces, frame.at.frame counts what
 * passed the filter there, from 1.  With more than one, frame.interface and interface_name tell which.  A signal ends
 * the wait (LIVE_QUIET). */
enum live_result live_next(struct live *live, struct frame *frame_r, int wait_ms);

/* One interface that went down is left out from there on, and tried again once a second; the others go on.  "" when there
 * is nothing to say. */
const char *live_trouble(const struct live *live);

int      live_link_type(const struct live *live, size_t index);
uint32_t live_snaplen(const struct live *live);

/* Totals since live_open; never run backwards, whatever the kernel's own counters do. */
struct live_counters {
	uint64_t frames, bytes;         /* handed out */
	uint64_t kernel_drops;          /* the ring was full */
	uint64_t interface_drops;       /* lost before the ring */
};

struct live_counters live_counters(struct live *live, size_t index);

/* How much the system's clock was set forward (or back, below zero) since live_open, in nanoseconds, by steps of a
 * second and more: frame times jump by as much, and time-outs must not. */
int64_t live_clock_steps(struct live *live);

#endif
