/* How one segment looked apart from what it says: the fields that differ when another machine wrote it.  Kept of a
 * session's segments until TLS is up, so that a rule can hold those that decide against all others. */
#ifndef STARTTRACE_MODEL_SHAPE_H
#define STARTTRACE_MODEL_SHAPE_H

#include "base/side.h"
#include "model/where.h"
#include "model/words.h"

enum {
	SHAPES_MOST = 128,              /* of a session; what comes later is not kept, but for RSTs */
	RESET_SHAPES_MOST = 16,         /* of RSTs, and of what comes after one, beyond these */
};

struct shape {
	const struct shape *next;
	struct moment at;
	enum side     side;
	uint8_t       flags;            /* enum tcp_flag */
	uint8_t       hop_limit;        /* TTL in IPv4 */
	uint8_t       traffic_class;    /* DSCP and ECN */
	uint8_t       window_scale;     /* of a SYN that has_window_scale */
	bool          has_window_scale;
	bool          has_timestamp;
	bool          dont_fragment;    /* IPv4 */
	bool          is_v4;
	bool          again;            /* it brought no byte that was new; of an RST: the same came before */
	bool          after_reset;      /* the connection was over: an RST that the other side obeys came before */
	bool          odd;              /* of an RST: the other side would not obey it (RFC 9293, section 3.10.7.4) */
	uint16_t      ip_id;            /* 0 in IPv6 */
	uint16_t      window;           /* as on the wire, not scaled */
	uint16_t      mss;              /* of a SYN; 0 where it says none */
	uint32_t      flow_label;       /* IPv6 */
	uint32_t      link_mark;        /* of source MAC address and VLAN; 0 where the link has none */
	uint32_t      options_mark;     /* of the kinds and order of its TCP options, padding left out */
	enum known    checksum;         /* YES valid; NO invalid; UNKNOWN where the frame is cut */
	uint32_t      ts_value, ts_echo;
	uint64_t      offset;           /* of its first payload byte in the stream of its side */
	uint32_t      length;           /* of its payload */
	uint32_t      sequence;         /* as on the wire */
	uint64_t      acked;            /* how far it acknowledges the other stream; 0 without ACK */
};

#endif
