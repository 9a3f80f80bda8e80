/* How a segment looks apart from what it says, small enough to be kept with every flow: the fields that differ when
 * another machine wrote it. */
#ifndef STARTTRACE_WIRE_LOOK_H
#define STARTTRACE_WIRE_LOOK_H

#include "wire/frame.h"

enum checksum {
	CHECKSUM_UNKNOWN,       /* the frame was cut, or its final target is hidden */
	CHECKSUM_WRONG,
	CHECKSUM_RIGHT,
};

struct look {
	uint32_t options_mark;          /* of the kinds and order of its TCP options */
	uint32_t link_mark;             /* of source MAC address and VLAN; 0 where the link has no address */
	uint32_t ts_value, ts_echo;
	uint32_t label : 20;            /* IPv4: its identification; IPv6: its flow label */
	uint32_t window_scale : 4;
	uint32_t has_window_scale : 1;
	uint32_t has_timestamp : 1;
	uint32_t dont_fragment : 1;     /* IPv4 */
	uint32_t is_v4 : 1;
	uint32_t checksum : 2;          /* enum checksum */
	uint16_t window;
	uint16_t mss;                   /* 0 where it says none */
	uint8_t  hop_limit;
	uint8_t  traffic_class;
	uint8_t  flags;                 /* enum tcp_flag */
};

/* Of options that lie about their lengths, those in front of the lie count. */
struct look look_of(const struct segment *segment);

/* Whether the TCP checksum is right (RFC 9293, section 3.1; RFC 8200, section 8.1). */
enum checksum segment_checksum(const struct segment *segment);

#endif
