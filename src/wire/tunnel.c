/* What an IP packet carries in place of a transport.  A UDP datagram is a tunnel by its target port alone, so what its
 * header must hold is asked for strictly. */
#include "wire/tunnel.h"

#include "base/table.h"
#include "wire/octets.h"

enum protocol {
	PROTOCOL_IPV4 = 4,
	PROTOCOL_UDP = 17,
	PROTOCOL_IPV6 = 41,
	PROTOCOL_GRE = 47,
	PROTOCOL_ETHERNET = 97,
	PROTOCOL_MPLS = 137,
};

enum port {
	PORT_VXLAN = 4789,
	PORT_GENEVE = 6081,
	PORT_VXLAN_LINUX = 8472,        /* before it was given one */
};

/* The first two octets of GRE's header. */
enum gre_flag {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,           /* RFC 1701 only: nobody routes by it */
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_ACKNOWLEDGEMENT = 0x0080,   /* RFC 2637 only */
	GRE_VERSION = 0x0007,
};

enum {
	GRE_HEADER = 4,
	GRE_FIELD = 4,
	GRE_PPTP = 1,                   /* the version that carries PPP */
	TYPE_ERSPAN = 0x88BE,
	TYPE_ERSPAN_3 = 0x22EB,
	TYPE_MPLS = 0x8847,
	ERSPAN_2_HEADER = 8,
	ERSPAN_3_HEADER = 12,
	ERSPAN_3_SUBHEADER = 8,
	ERSPAN_3_HAS_SUBHEADER = 0x01,  /* in the last octet */
	ERSPAN_3_FRAME_TYPE = 10,       /* where the octet with it stands */
	ERSPAN_FRAME_IP = 2,
	UDP_HEADER = 8,
	VXLAN_HEADER = 8,
	VXLAN_HAS_NETWORK = 0x08,
	GENEVE_HEADER = 8,
	GENEVE_OPTIONS_MASK = 0x3F,
	ETHERNET_IN_IP_HEADER = 2,
	ETHERNET_IN_IP = 0x3000,
};

/* Type I has no header of its own, nor a number in that of GRE. */
static enum link_result
erspan_2(struct wrapped rest, bool numbered, struct link *link)
{
	if (numbered && !unwrap(&rest, ERSPAN_2_HEADER))
		return LINK_SHORT;
	return link_decode_inner(LINK_STARTS_ETHERNET, 0, &rest, link);
}

static enum link_result
erspan_3(struct wrapped rest, struct link *link)
{
	const uint8_t *at = rest.bytes.at;
	unsigned frame_type;
	bool more;

	if (rest.bytes.len < ERSPAN_3_HEADER)
		return LINK_SHORT;
	frame_type = (at[ERSPAN_3_FRAME_TYPE] >> 2) & 0x1F;
	more = (at[ERSPAN_3_HEADER - 1] & ERSPAN_3_HAS_SUBHEADER) != 0;
	if (!unwrap(&rest, ERSPAN_3_HEADER + (more ? ERSPAN_3_SUBHEADER : 0)))
		return LINK_SHORT;
	return link_decode_inner(frame_type == ERSPAN_FRAME_IP ? LINK_STARTS_IP : LINK_STARTS_ETHERNET, 0, &rest, link);
}

/* Each field that a flag announces adds its own length. */
static size_t
gre_header(unsigned flags)
{
	static const unsigned fields[] = { GRE_CHECKSUM, GRE_KEY, GRE_SEQUENCE, GRE_ACKNOWLEDGEMENT };
	size_t len = GRE_HEADER;

	if ((flags & GRE_VERSION) != GRE_PPTP)
		flags &= ~(unsigned)GRE_ACKNOWLEDGEMENT;
	for (size_t i = 0; i < TABLE_LENGTH(fields); i++)
		if ((flags & fields[i]) != 0)
			len += GRE_FIELD;
	return len;
}

static enum link_result
gre(struct wrapped rest, struct link *link)
{
	unsigned flags;
	uint16_t type;

	if (rest.bytes.len < GRE_HEADER)
		return LINK_SHORT;
	flags = octets_be16(rest.bytes.at);
	type = octets_be16(rest.bytes.at + 2);
	if ((flags & GRE_ROUTING) != 0 || (flags & GRE_VERSION) > GRE_PPTP)
		return LINK_UNKNOWN;
	if (!unwrap(&rest, gre_header(flags)))
		return LINK_SHORT;
	if (rest.bytes.len == 0)
		return LINK_OTHER;              /* an acknowledgement, or a sign of life */
	switch (type) {
	case TYPE_ERSPAN: return erspan_2(rest, (flags & GRE_SEQUENCE) != 0, link);
	case TYPE_ERSPAN_3: return erspan_3(rest, link);
	default: return link_decode_inner(LINK_STARTS_TYPE, type, &rest, link);
	}
}

static enum link_result
vxlan(struct wrapped rest, struct link *link)
{
	if (rest.bytes.len < VXLAN_HEADER || rest.bytes.at[0] != VXLAN_HAS_NETWORK || rest.bytes.at[7] != 0)
		return LINK_OTHER;
	unwrap(&rest, VXLAN_HEADER);
	return link_decode_inner(LINK_STARTS_ETHERNET, 0, &rest, link);
}

static enum link_result
geneve(struct wrapped rest, struct link *link)
{
	size_t options;
	uint16_t type;

	if (rest.bytes.len < GENEVE_HEADER || rest.bytes.at[0] >> 6 != 0 || rest.bytes.at[7] != 0)
		return LINK_OTHER;
	options = (size_t)(rest.bytes.at[0] & GENEVE_OPTIONS_MASK) * 4;
	type = octets_be16(rest.bytes.at + 2);
	if (!unwrap(&rest, GENEVE_HEADER + options))
		return LINK_SHORT;
	return link_decode_inner(LINK_STARTS_TYPE, type, &rest, link);
}

static enum link_result
udp(struct wrapped rest, struct link *link)
{
	uint16_t port;

	if (rest.bytes.len < UDP_HEADER)
		return LINK_OTHER;
	port = octets_be16(rest.bytes.at + 2);
	unwrap(&rest, UDP_HEADER);
	switch (port) {
	case PORT_VXLAN:
	case PORT_VXLAN_LINUX: return vxlan(rest, link);
	case PORT_GENEVE: return geneve(rest, link);
	default: return LINK_OTHER;
	}
}

static enum link_result
ethernet_in_ip(struct wrapped rest, struct link *link)
{
	if (rest.bytes.len < ETHERNET_IN_IP_HEADER)
		return LINK_SHORT;
	if (octets_be16(rest.bytes.at) != ETHERNET_IN_IP)
		return LINK_UNKNOWN;
	unwrap(&rest, ETHERNET_IN_IP_HEADER);
	return link_decode_inner(LINK_STARTS_ETHERNET, 0, &rest, link);
}

bool
tunnel_is(uint8_t protocol)
{
	return protocol == PROTOCOL_IPV4 || protocol == PROTOCOL_IPV6 || protocol == PROTOCOL_GRE ||
	       protocol == PROTOCOL_ETHERNET || protocol == PROTOCOL_MPLS;
}

enum link_result
tunnel_open(uint8_t protocol, struct span payload, uint32_t wire_len, struct link *link)
{
	struct wrapped rest = wrapped_of(payload, wire_len);

	switch (protocol) {
	case PROTOCOL_IPV4:
	case PROTOCOL_IPV6: return link_decode_inner(LINK_STARTS_IP, 0, &rest, link);
	case PROTOCOL_GRE: return gre(rest, link);
	case PROTOCOL_UDP: return udp(rest, link);
	case PROTOCOL_ETHERNET: return ethernet_in_ip(rest, link);
	case PROTOCOL_MPLS: return link_decode_inner(LINK_STARTS_TYPE, TYPE_MPLS, &rest, link);
	default: return LINK_OTHER;
	}
}
