/* From a frame to the IP packet in it: Ethernet II with IEEE 802.1Q and 802.1ad tags, IEEE 802.3 with LLC and SNAP,
 * MPLS, PPPoE and PPP, Linux cooked 1 and 2, BSD loopback, raw IP; peel.c takes off what few captures have.  Whatever
 * is compressed, encrypted or nested beyond reason is not decoded, and said to be so. */
#include "wire/link.h"

#include "base/table.h"
#include "wire/octets.h"
#include "wire/peel.h"

/* Link types as capture files number them.  Raw IP has a number of its own on some systems; 101 is
 * the one that files use. */
enum link_type {
	LINK_TYPE_NULL = 0,
	LINK_TYPE_ETHERNET = 1,
	LINK_TYPE_PPP = 9,
	LINK_TYPE_RAW_BSD = 12,
	LINK_TYPE_RAW_OPENBSD = 14,
	LINK_TYPE_PPP_HDLC = 50,
	LINK_TYPE_PPPOE = 51,
	LINK_TYPE_RAW = 101,
	LINK_TYPE_CISCO_HDLC = 104,
	LINK_TYPE_LOOP = 108,
	LINK_TYPE_LINUX_SLL = 113,
	LINK_TYPE_PPP_PPPD = 166,
	LINK_TYPE_PPP_WITH_DIRECTION = 204,
	LINK_TYPE_MPLS = 219,
	LINK_TYPE_IPV4 = 228,
	LINK_TYPE_IPV6 = 229,
	LINK_TYPE_LINUX_SLL2 = 276,
};

enum ether_type {
	ETHER_IPV4 = 0x0800,
	ETHER_BRIDGED = 0x6558,         /* a frame of Ethernet (RFC 1701, section 5) */
	ETHER_VLAN = 0x8100,
	ETHER_IPV6 = 0x86DD,
	ETHER_PPP = 0x880B,
	ETHER_MPLS = 0x8847,
	ETHER_MPLS_MULTICAST = 0x8848,
	ETHER_PPPOE = 0x8864,
	ETHER_SERVICE_VLAN = 0x88A8,
	ETHER_QINQ = 0x9100,            /* before 802.1ad gave it a number */
};

enum {
	ETHERNET_HEADER = 14,
	ETHERNET_LENGTH_MOST = 1500,    /* below, the field is a length (IEEE 802.3, 3.2.6) */
	SLL_HEADER = 16,
	SLL2_HEADER = 20,
	ETHERNET_SOURCE = 6,            /* where the sender's address stands, and its length */
	ETHERNET_ADDRESS = 6,
	SLL_SOURCE = 6,
	SLL2_SOURCE = 12,
	SLL_ADDRESS_ROOM = 8,
	LOOPBACK_HEADER = 4,
	VLAN_TAG = 4,
	VLAN_TAGS_MAX = 8,              /* more than any switch writes */
	VLAN_ID_MASK = 0x0FFF,          /* without priority, which differs between directions */
	MPLS_LABEL = 4,                 /* RFC 3032, section 2.1 */
	MPLS_BOTTOM = 0x01,             /* in its third octet */
	MPLS_LABELS_MAX = 16,
	MPLS_CONTROL_WORD = 4,
	PPPOE_HEADER = 6,
	PPP_ADDRESS = 0xFF,
	PPP_CONTROL = 0x03,
	PPP_DIRECTION = 1,
	HDLC_HEADER = 4,
	HDLC_UNICAST = 0x0F,
	HDLC_MULTICAST = 0x8F,
	FRAMES_MAX = 4,                 /* frames of one kind in another without IP between them */
};

enum ppp_protocol {
	PPP_IPV4 = 0x0021,
	PPP_COMPRESSED_TCP = 0x002D,
	PPP_UNCOMPRESSED_TCP = 0x002F,
	PPP_MULTILINK = 0x003D,
	PPP_ENCRYPTED = 0x0053,
	PPP_IPV6 = 0x0057,
	PPP_COMPRESSED_LINK = 0x00FB,
	PPP_COMPRESSED = 0x00FD,
	PPP_MPLS = 0x0281,
	PPP_MPLS_MULTICAST = 0x0283,
};

static enum link_result
found(const struct wrapped *w, struct link *link)
{
	link->packet = w->bytes;
	link->wire_len = w->wire_len;
	return LINK_IP;
}

/* An IP packet of either version. */
static enum link_result
raw(const struct wrapped *w, struct link *link)
{
	unsigned version;

	if (w->bytes.len == 0)
		return LINK_SHORT;
	version = w->bytes.at[0] >> 4;
	return version == 4 || version == 6 ? found(w, link) : LINK_OTHER;
}

static bool
is_vlan(uint16_t type)
{
	return type == ETHER_VLAN || type == ETHER_SERVICE_VLAN || type == ETHER_QINQ;
}

/* VLAN 0 is a priority tag: it names no network (IEEE 802.1Q, 9.6). */
static uint32_t
vlan_push(uint32_t vlan, uint32_t tag)
{
	uint32_t id = tag & VLAN_ID_MASK;
	uint32_t outer = vlan >> 16 != 0 ? vlan >> 16 : vlan;

	return id == 0 ? vlan : outer << 16 | id;
}

static enum link_result ethernet(struct wrapped w, unsigned depth, struct link *link);

/* The bottom of a stack of labels does not say what follows: IP, or a frame of Ethernet with a control word before it
 * (RFC 4385, section 3) or without. */
static enum link_result
mpls(struct wrapped w, unsigned depth, struct link *link)
{
	struct wrapped frame;
	unsigned labels = 0, first;
	bool bottom = false;

	for (; !bottom && labels < MPLS_LABELS_MAX; labels++) {
		bottom = w.bytes.len >= MPLS_LABEL && (w.bytes.at[2] & MPLS_BOTTOM) != 0;
		if (!unwrap(&w, MPLS_LABEL))
			return LINK_SHORT;
	}
	if (!bottom)
		return LINK_UNKNOWN;
	if (w.bytes.len == 0)
		return LINK_SHORT;
	first = w.bytes.at[0] >> 4;
	if (first == 4 || first == 6)
		return found(&w, link);
	frame = w;
	if (first == 0 && unwrap(&frame, MPLS_CONTROL_WORD) && ethernet(frame, depth, link) == LINK_IP)
		return LINK_IP;
	return ethernet(w, depth, link) == LINK_IP ? LINK_IP : LINK_UNKNOWN;
}

/* RFC 1661, section 2, with RFC 1662's address and control fields or without, and the number of the protocol in one
 * octet or two. */
static enum link_result
ppp(struct wrapped w, unsigned depth, struct link *link)
{
	unsigned protocol;

	if (w.bytes.len >= 2 && w.bytes.at[0] == PPP_ADDRESS && w.bytes.at[1] == PPP_CONTROL)
		unwrap(&w, 2);
	if (w.bytes.len < 2)
		return LINK_SHORT;
	protocol = w.bytes.at[0] & 1 ? w.bytes.at[0] : octets_be16(w.bytes.at);
	unwrap(&w, w.bytes.at[0] & 1 ? 1 : 2);
	switch (protocol) {
	case PPP_IPV4:
	case PPP_IPV6:
		return found(&w, link);
	case PPP_MPLS:
	case PPP_MPLS_MULTICAST:
		return mpls(w, depth, link);
	case PPP_MULTILINK:
	case PPP_COMPRESSED_TCP:
	case PPP_UNCOMPRESSED_TCP:
	case PPP_COMPRESSED_LINK:
	case PPP_COMPRESSED:
	case PPP_ENCRYPTED:
		return LINK_UNKNOWN;
	default:
		return LINK_OTHER;
	}
}

/* RFC 2516, section 4: what a session carries is PPP. */
static enum link_result
pppoe(struct wrapped w, unsigned depth, struct link *link)
{
	return unwrap(&w, PPPOE_HEADER) ? ppp(w, depth, link) : LINK_SHORT;
}

static enum link_result ether_type(struct wrapped w, uint16_t type, unsigned depth, struct link *link);

static enum link_result
llc(struct wrapped w, unsigned depth, struct link *link)
{
	uint16_t type;

	if (!peel_snap(w.bytes, &type))
		return LINK_OTHER;
	unwrap(&w, SNAP_HEADER);
	return ether_type(w, type, depth, link);
}

/* What stands behind a field that holds an Ethernet type. */
static enum link_result
ether_type(struct wrapped w, uint16_t type, unsigned depth, struct link *link)
{
	uint32_t vlan = 0;
	size_t tags;

	for (tags = 0; is_vlan(type) && tags < VLAN_TAGS_MAX; tags++) {
		if (w.bytes.len < VLAN_TAG)
			return LINK_SHORT;
		vlan = vlan_push(vlan, octets_be16(w.bytes.at));
		type = octets_be16(w.bytes.at + 2);
		unwrap(&w, VLAN_TAG);
	}
	if (tags > 0)
		link->vlan = vlan;
	if (depth >= FRAMES_MAX || is_vlan(type))
		return LINK_UNKNOWN;
	switch (type) {
	case ETHER_IPV4:
	case ETHER_IPV6:
		return found(&w, link);
	case ETHER_MPLS:
	case ETHER_MPLS_MULTICAST:
		return mpls(w, depth + 1, link);
	case ETHER_PPPOE:
		return pppoe(w, depth + 1, link);
	case ETHER_PPP:
		return ppp(w, depth + 1, link);
	case ETHER_BRIDGED:
		return ethernet(w, depth + 1, link);
	default:
		return type <= ETHERNET_LENGTH_MOST ? llc(w, depth + 1, link) : LINK_OTHER;
	}
}

/* A header of fixed length with an Ethernet type in it. */
static enum link_result
typed(struct wrapped w, size_t header, size_t type_at, unsigned depth, struct link *link)
{
	uint16_t type;

	if (w.bytes.len < header)
		return LINK_SHORT;
	type = octets_be16(w.bytes.at + type_at);
	unwrap(&w, header);
	return ether_type(w, type, depth, link);
}

/* A frame in a frame brings a network of its own. */
static enum link_result
ethernet(struct wrapped w, unsigned depth, struct link *link)
{
	if (w.bytes.len < ETHERNET_HEADER)
		return LINK_SHORT;
	link->vlan = 0;
	link->source = span_from(w.bytes.at + ETHERNET_SOURCE, ETHERNET_ADDRESS);
	return typed(w, ETHERNET_HEADER, ETHERNET_HEADER - 2, depth, link);
}

/* The cooked headers say how long the sender's address is: nothing on loopback. */
static enum link_result
cooked(struct wrapped w, size_t header, size_t type_at, size_t source_at, struct link *link)
{
	size_t len;

	if (w.bytes.len < header)
		return LINK_SHORT;
	len = w.bytes.at[source_at - 1];
	if (len <= SLL_ADDRESS_ROOM)
		link->source = span_from(w.bytes.at + source_at, len);
	return typed(w, header, type_at, 0, link);
}

/* The address family, in the byte order of the machine that captured (NULL) or of the network
 * (LOOP).  Families are small numbers, so the order shows; IPv6 has another number on every system.
 * */
static enum link_result
loopback(struct wrapped w, struct link *link)
{
	static const uint32_t families[] = { 2, 10, 23, 24, 28, 30 };
	uint32_t family;

	if (w.bytes.len < LOOPBACK_HEADER)
		return LINK_SHORT;
	family = octets_be32(w.bytes.at);
	if (family > 0xFFFF)
		family = __builtin_bswap32(family);
	unwrap(&w, LOOPBACK_HEADER);
	for (size_t i = 0; i < TABLE_LENGTH(families); i++)
		if (family == families[i])
			return raw(&w, link);
	return LINK_OTHER;
}

/* A serial line: PPP, or Cisco's framing of Ethernet types, which other first octets tell. */
static enum link_result
serial(struct wrapped w, struct link *link)
{
	if (w.bytes.len > 0 && (w.bytes.at[0] == HDLC_UNICAST || w.bytes.at[0] == HDLC_MULTICAST))
		return typed(w, HDLC_HEADER, HDLC_HEADER - 2, 0, link);
	return ppp(w, 0, link);
}

static enum link_result
peeled(int link_type, struct wrapped w, struct link *link)
{
	struct peeled inside;
	enum link_result result = peel(link_type, w.bytes, &inside);

	if (result != LINK_IP)
		return result;
	if (!unwrap(&w, inside.header))
		return LINK_SHORT;
	link->source = inside.source;
	return link_decode_inner(inside.start, inside.type, &w, link);
}

static enum link_result
decode(int link_type, struct wrapped w, struct link *link)
{
	switch (link_type) {
	case LINK_TYPE_ETHERNET:
		return ethernet(w, 0, link);
	case LINK_TYPE_LINUX_SLL:
		return cooked(w, SLL_HEADER, SLL_HEADER - 2, SLL_SOURCE, link);
	case LINK_TYPE_LINUX_SLL2:
		return cooked(w, SLL2_HEADER, 0, SLL2_SOURCE, link);
	case LINK_TYPE_NULL:
	case LINK_TYPE_LOOP:
		return loopback(w, link);
	case LINK_TYPE_RAW:
	case LINK_TYPE_RAW_BSD:
	case LINK_TYPE_RAW_OPENBSD:
	case LINK_TYPE_IPV4:
	case LINK_TYPE_IPV6:
		return raw(&w, link);
	case LINK_TYPE_PPP:
	case LINK_TYPE_PPP_HDLC:
	case LINK_TYPE_CISCO_HDLC:
		return serial(w, link);
	case LINK_TYPE_PPP_PPPD:
	case LINK_TYPE_PPP_WITH_DIRECTION:
		return unwrap(&w, PPP_DIRECTION) ? ppp(w, 0, link) : LINK_SHORT;
	case LINK_TYPE_PPPOE:
		return pppoe(w, 0, link);
	case LINK_TYPE_MPLS:
		return mpls(w, 0, link);
	default:
		return peeled(link_type, w, link);
	}
}

enum link_result
link_decode(const struct frame *frame, struct link *link_r)
{
	*link_r = (struct link){ 0 };
	return decode(frame->link_type, wrapped_of(frame->bytes, frame->wire_len), link_r);
}

enum link_result
link_decode_inner(enum link_start start, uint16_t type, const struct wrapped *inside, struct link *link)
{
	switch (start) {
	case LINK_STARTS_ETHERNET: return ethernet(*inside, 0, link);
	case LINK_STARTS_IP: return raw(inside, link);
	case LINK_STARTS_TYPE: break;
	}
	return ether_type(*inside, type, 0, link);
}
