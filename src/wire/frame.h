/* What a capture hands out and what the layers above decode from it: frames, and TCP segments whatever
 * carried them.  Everything here is borrowed from the capture's buffer and valid only until the next
 * frame is read. */
#ifndef STARTTRACE_WIRE_FRAME_H
#define STARTTRACE_WIRE_FRAME_H

#include "base/side.h"
#include "base/span.h"

/* When and where in the evidence something was seen. */
struct moment {
	int64_t  time_ns;       /* capture time, nanoseconds since 1970 */
	uint64_t frame;         /* numbered from 1 in its capture, as Wireshark does */
	uint32_t capture;       /* index of the capture in this run */
};

struct frame {
	struct moment at;
	int           link_type;        /* DLT_ value */
	uint32_t      wire_len;         /* length on the wire; bytes.len is what was captured */
	struct span   bytes;
	uint32_t      interface;        /* its number in the section of the file; 0 where there is but one */
	const char   *interface_name;   /* lives as long as the capture; NULL where there is but one */
};

/* An IPv4 address is kept as ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2). */
struct address {
	uint8_t octets[16];
};

enum {
	ADDRESS_TEXT_SIZE = 46,
};

/* An IPv4 address, mapped into IPv6 as all of them are kept; for address_text and whoever shortens addresses. */
bool address_is_v4(const struct address *address);

/* Loopback: 127.0.0.0/8 or ::1. */
bool address_is_loopback(const struct address *address);

/* Private or link-local: RFC 1918, 169.254/16, fc00::/7, fe80::/10. */
bool address_is_private(const struct address *address);

/* Writes the usual text form (RFC 5952 for IPv6) and returns `out`. */
const char *address_text(const struct address *address, char out[ADDRESS_TEXT_SIZE]);

/* Octet by octet: an IPv4 address has one form only. */
bool address_equal(const struct address *one, const struct address *other);

/* The network of one owner that the address is in: its first 24 bits in IPv4, 56 in IPv6. */
struct address address_network(const struct address *address);

/* The address in IPv4; in IPv6, where hosts change the second half of theirs as they like (RFC 8981), the first
 * half. */
struct address address_link(const struct address *address);

/* Reads that form; false, leaving *address_r alone, for a text that is no address. */
bool address_from_text(const char *text, struct address *address_r);

struct endpoint {
	struct address address;
	uint16_t       port;
};

/* Address and port. */
bool endpoint_equal(const struct endpoint *one, const struct endpoint *other);

enum tcp_flag {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
};

struct segment {
	const struct frame *frame;
	struct endpoint     source, target;
	uint32_t            vlan;               /* outer << 16 | inner tag, 0 for none */
	uint32_t            sequence, acknowledgement;
	uint8_t             flags;              /* enum tcp_flag */
	uint8_t             hop_limit;          /* TTL in IPv4 */
	uint8_t             traffic_class;      /* DSCP and ECN */
	bool                is_v4;
	bool                dont_fragment;      /* IPv4 */
	uint16_t            ip_id;              /* 0 in IPv6 */
	uint32_t            flow_label;         /* IPv6 */
	uint16_t            window, urgent;
	struct span         options;            /* TCP options as captured */
	struct span         payload;            /* captured part of the payload */
	uint32_t            payload_wire_len;   /* more than payload.len when the snaplen cut it */
	struct span         packet;             /* the innermost IP packet, from its header on */
	struct span         tcp;                /* from the TCP header on; empty where another than `target` is final */
	uint32_t            tcp_wire_len;
	struct span         link_source;        /* the frame's source address; empty where the link has none */
	bool                fragmented;         /* put together from IP fragments */
	bool                overlapped;         /* ... two of which said different things about the same bytes */
};

#endif
