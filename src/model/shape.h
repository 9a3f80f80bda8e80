/* How one segment looked apart from what it says: the fields that differ when another machine wrote it.  Kept of a
 * session's segments until TLS is up, so that a rule can hold those that decide against all others. */
#ifndef STARTTRACE_MODEL_SHAPE_H
#define STARTTRACE_MODEL_SHAPE_H

#include "base/side.h"
#include "model/where.h"
#include "model/words.h"

enum {
	SHAPES_MOST = 128,              /* of a session; what comes later is not kept */
};

struct shape {
	const struct shape *next;
	struct moment at;
	enum side     side;
	uint8_t       flags;            /* enum tcp_flag */
	uint8_t       hop_limit;        /* TTL in IPv4 */
	uint8_t       traffic_class;    /* DSCP and ECN */
	bool          dont_fragment;    /* IPv4 */
	bool          is_v4;
	bool          again;            /* it brought no byte that was new */
	uint16_t      ip_id;            /* 0 in IPv6 */
	uint16_t      window;
	uint32_t      flow_label;       /* IPv6 */
	uint32_t      link_mark;        /* of source MAC address and VLAN; 0 where the link has none */
	uint32_t      options_mark;     /* of the kinds and order of its TCP options, padding left out */
	uint16_t      mss;              /* of a SYN; 0 without the option */
	bool          has_window_scale;
	uint8_t       window_scale;     /* of a SYN */
	enum known    checksum;         /* YES valid; NO invalid; UNKNOWN where the frame is cut */
	bool          has_timestamp;
	uint32_t      ts_value, ts_echo;
	uint64_t      offset;           /* of its first payload byte in the stream of its side */
	uint32_t      length;           /* of its payload */
	uint64_t      acked;            /* how far it acknowledges the other stream; 0 without ACK */
	uint32_t      sequence;         /* as on the wire */
};

#endif
