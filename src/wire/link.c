/* From a frame to the IP packet in it: Ethernet II with IEEE 802.1Q and 802.1ad tags, Linux cooked
 * 1 and 2, BSD loopback, raw IP.  IEEE 802.3 frames with an LLC header carry no IP worth following
 * and are some other protocol; MPLS, PPPoE and other tunnels are not decoded, and said to be so. */
#include "wire/link.h"

#include "base/table.h"
#include "wire/octets.h"

/* Link types as capture files number them.  Raw IP has a number of its own on some systems; 101 is
 * the one that files use. */
enum link_type {
	LINK_TYPE_NULL = 0,
	LINK_TYPE_ETHERNET = 1,
	LINK_TYPE_RAW_BSD = 12,
	LINK_TYPE_RAW_OPENBSD = 14,
	LINK_TYPE_RAW = 101,
	LINK_TYPE_LOOP = 108,
	LINK_TYPE_LINUX_SLL = 113,
	LINK_TYPE_IPV4 = 228,
	LINK_TYPE_IPV6 = 229,
	LINK_TYPE_LINUX_SLL2 = 276,
};

enum ether_type {
	ETHER_IPV4 = 0x0800,
	ETHER_VLAN = 0x8100,
	ETHER_IPV6 = 0x86DD,
	ETHER_MPLS = 0x8847,
	ETHER_MPLS_MULTICAST = 0x8848,
	ETHER_PPPOE = 0x8864,
	ETHER_SERVICE_VLAN = 0x88A8,
	ETHER_QINQ = 0x9100,            /* before 802.1ad gave it a number */
};

enum {
	ETHERNET_HEADER = 14,
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
};

static enum link_result
found(struct span packet, uint32_t vlan, const struct frame *frame, struct link *link_r)
{
	size_t header = frame->bytes.len - packet.len;

	/* a frame cannot be longer in the file than it was on the wire, whatever the file says */
	size_t wire = frame->wire_len > frame->bytes.len ? frame->wire_len : frame->bytes.len;

	*link_r = (struct link){
		.packet = packet,
		.wire_len = (uint32_t)(wire - header),
		.vlan = vlan,
	};
	return LINK_IP;
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

/* `rest` is what stands behind the type field. */
static enum link_result
ether_type(const struct frame *frame, uint16_t type, struct span rest, struct link *link_r)
{
	uint32_t vlan = 0;
	size_t tags;

	for (tags = 0; is_vlan(type) && tags < VLAN_TAGS_MAX; tags++) {
		if (rest.len < VLAN_TAG)
			return LINK_SHORT;
		vlan = vlan_push(vlan, octets_be16(rest.at));
		type = octets_be16(rest.at + 2);
		rest = span_from(rest.at + VLAN_TAG, rest.len - VLAN_TAG);
	}
	switch (type) {
	case ETHER_IPV4:
	case ETHER_IPV6:
		return found(rest, vlan, frame, link_r);
	case ETHER_VLAN:
	case ETHER_SERVICE_VLAN:
	case ETHER_QINQ:
	case ETHER_MPLS:
	case ETHER_MPLS_MULTICAST:
	case ETHER_PPPOE:
		return LINK_UNKNOWN;
	default:        /* also below 0x0600, where the field is a length (IEEE 802.3, 3.2.6) */
		return LINK_OTHER;
	}
}

/* A header of fixed length with an Ethernet type in it. */
static enum link_result
typed(const struct frame *frame, size_t header, size_t type_at, struct link *link_r)
{
	struct span bytes = frame->bytes;

	if (bytes.len < header)
		return LINK_SHORT;
	return ether_type(frame, octets_be16(bytes.at + type_at),
		span_from(bytes.at + header, bytes.len - header), link_r);
}

/* The cooked headers say how long the sender's address is: nothing on loopback. */
static enum link_result
cooked(const struct frame *frame, size_t header, size_t type_at, size_t source_at, struct link *link_r)
{
	enum link_result result = typed(frame, header, type_at, link_r);
	size_t len;

	if (result != LINK_IP)
		return result;
	len = frame->bytes.at[source_at - 1];
	if (len <= SLL_ADDRESS_ROOM)
		link_r->source = span_from(frame->bytes.at + source_at, len);
	return LINK_IP;
}

static enum link_result
ethernet(const struct frame *frame, struct link *link_r)
{
	enum link_result result = typed(frame, ETHERNET_HEADER, ETHERNET_HEADER - 2, link_r);

	if (result == LINK_IP)
		link_r->source = span_from(frame->bytes.at + ETHERNET_SOURCE, ETHERNET_ADDRESS);
	return result;
}

static enum link_result
raw(const struct frame *frame, struct span packet, struct link *link_r)
{
	unsigned version;

	if (packet.len == 0)
		return LINK_SHORT;
	version = packet.at[0] >> 4;
	return version == 4 || version == 6 ? found(packet, 0, frame, link_r) : LINK_OTHER;
}

/* The address family, in the byte order of the machine that captured (NULL) or of the network
 * (LOOP).  Families are small numbers, so the order shows; IPv6 has another number on every system.
 * */
static enum link_result
loopback(const struct frame *frame, struct link *link_r)
{
	static const uint32_t families[] = { 2, 10, 23, 24, 28, 30 };
	struct span bytes = frame->bytes;
	uint32_t family;

	if (bytes.len < LOOPBACK_HEADER)
		return LINK_SHORT;
	family = octets_be32(bytes.at);
	if (family > 0xFFFF)
		family = __builtin_bswap32(family);
	for (size_t i = 0; i < TABLE_LENGTH(families); i++)
		if (family == families[i])
			return raw(frame, span_after(bytes, LOOPBACK_HEADER), link_r);
	return LINK_OTHER;
}

enum link_result
link_decode(const struct frame *frame, struct link *link_r)
{
	*link_r = (struct link){ 0 };
	switch (frame->link_type) {
	case LINK_TYPE_ETHERNET:
		return ethernet(frame, link_r);
	case LINK_TYPE_LINUX_SLL:
		return cooked(frame, SLL_HEADER, SLL_HEADER - 2, SLL_SOURCE, link_r);
	case LINK_TYPE_LINUX_SLL2:
		return cooked(frame, SLL2_HEADER, 0, SLL2_SOURCE, link_r);
	case LINK_TYPE_NULL:
	case LINK_TYPE_LOOP:
		return loopback(frame, link_r);
	case LINK_TYPE_RAW:
	case LINK_TYPE_RAW_BSD:
	case LINK_TYPE_RAW_OPENBSD:
	case LINK_TYPE_IPV4:
	case LINK_TYPE_IPV6:
		return raw(frame, frame->bytes, link_r);
	default:
		return LINK_UNKNOWN;
	}
}
