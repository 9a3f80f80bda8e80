/* From an IP packet to a TCP segment: IPv4 (RFC 791), IPv6 (RFC 8200), the TCP header (RFC 9293,
 * section 3.1), through tunnels in tunnels.  Checksums are not verified here: captures of a sending host hold packets
 * whose checksum the network card has yet to fill in.  What is put together from fragments is no tunnel: which engine
 * follows a flow is decided by the innermost hosts, and fragments of a tunnel do not tell them. */
#include "wire/ip.h"

#include "wire/fragments.h"
#include "wire/octets.h"
#include "wire/tunnel.h"

#include <stdlib.h>
#include <string.h>

enum protocol {
	PROTOCOL_HOP_BY_HOP = 0,
	PROTOCOL_TCP = 6,
	PROTOCOL_ROUTING = 43,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_AUTHENTICATION = 51,
	PROTOCOL_DESTINATION = 60,
	PROTOCOL_MOBILITY = 135,
};

enum {
	V4_HEADER = 20,
	V4_MORE = 0x2000,               /* in the field of flags and fragment offset */
	V4_DONT_FRAGMENT = 0x4000,
	V4_OFFSET_MASK = 0x1FFF,
	V6_HEADER = 40,
	V6_EXTENSIONS_MAX = 16,
	V6_FRAGMENT_HEADER = 8,
	V6_MORE = 0x0001,
	V6_OFFSET_MASK = 0xFFF8,
	V6_LABEL_MASK = 0xFFFFF,
	V6_CLASS_SHIFT = 20,
	TCP_HEADER = 20,
	OFFSET_UNIT = 8,
	PACKET_MAX = 65535,
	TUNNELS_MAX = 8,
	OFFLOAD_MAX = 1024 * 1024,      /* more than any host hands its network card at once */
};

struct ip {
	struct ip_counters counters;
	struct fragments  *fragments;
};

/* An IP packet as its headers tell. */
struct packet {
	struct span    bytes;           /* captured, without link padding */
	uint32_t       wire_len;        /* by the IP header; at least header_len */
	size_t         header_len;      /* up to the transport header, or the fragment's bytes */
	struct address source, target;
	uint32_t       vlan;
	uint8_t        version, protocol, hop_limit, traffic_class;
	bool           dont_fragment;
	bool           routed;          /* on its way to an address before its final one (RFC 8200, section 4.4) */
	uint16_t       ip_id;
	uint32_t       flow_label;
	bool           is_fragment, more;
	uint32_t       offset, fragment_id;
	size_t         fragment_header; /* where the IPv6 fragment header stands */
	size_t         next_at;         /* where the number of the header behind stands */
};

/* Cuts link padding off, and says how long the packet was.  A length of 0 means that the sending
 * host's network card was to cut the packet up (segmentation offload): the frame then tells. */
static void
bound(struct packet *p, uint32_t ip_len, uint32_t link_len)
{
	p->wire_len = ip_len;
	if (ip_len == 0)
		p->wire_len = link_len <= OFFLOAD_MAX ? link_len : (uint32_t)p->bytes.len;
	p->bytes = span_first(p->bytes, p->wire_len);
}

static void
v4_address(struct address *address, const uint8_t *at)
{
	static const uint8_t mapped[12] = { [10] = 0xFF, [11] = 0xFF };

	memcpy(address->octets, mapped, sizeof(mapped));
	memcpy(address->octets + sizeof(mapped), at, 4);
}

static bool
v4_read(struct packet *p, uint32_t link_len)
{
	const uint8_t *at = p->bytes.at;
	unsigned flags;

	if (p->bytes.len < V4_HEADER)
		return false;
	p->header_len = (size_t)(at[0] & 0x0F) * 4;
	bound(p, octets_be16(at + 2), link_len);
	if (p->header_len < V4_HEADER || p->header_len > p->bytes.len)
		return false;
	flags = octets_be16(at + 6);
	p->ip_id = octets_be16(at + 4);
	p->traffic_class = at[1];
	p->dont_fragment = (flags & V4_DONT_FRAGMENT) != 0;
	p->more = (flags & V4_MORE) != 0;
	p->offset = (flags & V4_OFFSET_MASK) * OFFSET_UNIT;
	p->is_fragment = p->more || p->offset > 0;
	p->fragment_id = p->ip_id;
	p->hop_limit = at[8];
	p->protocol = at[9];
	v4_address(&p->source, at + 12);
	v4_address(&p->target, at + 16);
	return true;
}

/* Length of an extension header in bytes, 0 for a header that is none. */
static size_t
v6_extension_length(uint8_t protocol, uint8_t length_field)
{
	switch (protocol) {
	case PROTOCOL_HOP_BY_HOP:
	case PROTOCOL_ROUTING:
	case PROTOCOL_DESTINATION:
	case PROTOCOL_MOBILITY:
		return ((size_t)length_field + 1) * 8;
	case PROTOCOL_AUTHENTICATION:
		return ((size_t)length_field + 2) * 4;
	case PROTOCOL_FRAGMENT:
		return V6_FRAGMENT_HEADER;
	default:
		return 0;
	}
}

/* A packet that is the only fragment of itself is whole (RFC 6946). */
static void
v6_fragment(struct packet *p, const uint8_t *at)
{
	unsigned field = octets_be16(at + 2);

	p->more = (field & V6_MORE) != 0;
	p->offset = field & V6_OFFSET_MASK;
	p->is_fragment = p->more || p->offset > 0;
	p->fragment_id = octets_be32(at + 4);
	p->fragment_header = p->header_len;
}

/* Walks the extension headers up to the transport header or the fragment's bytes. */
static bool
v6_extensions(struct packet *p)
{
	for (unsigned count = 0; count < V6_EXTENSIONS_MAX; count++) {
		struct span rest = span_after(p->bytes, p->header_len);
		size_t len = v6_extension_length(p->protocol, rest.len > 1 ? rest.at[1] : 0);

		if (len == 0)
			return true;
		/* only the first may be hop-by-hop: receivers drop the packet (RFC 8200, section
		 * 4.1) */
		if (len > rest.len || (p->protocol == PROTOCOL_HOP_BY_HOP && count > 0))
			return false;
		if (p->protocol == PROTOCOL_FRAGMENT)
			v6_fragment(p, rest.at);
		if (p->protocol == PROTOCOL_ROUTING)
			p->routed = rest.at[3] != 0;
		if (!p->is_fragment)
			p->next_at = p->header_len;
		p->protocol = rest.at[0];
		p->header_len += len;
		if (p->is_fragment)
			return true;
	}
	return false;
}

static bool
v6_read(struct packet *p, uint32_t link_len)
{
	const uint8_t *at = p->bytes.at;
	uint32_t payload_len;

	if (p->bytes.len < V6_HEADER)
		return false;
	payload_len = octets_be16(at + 4);
	bound(p, payload_len > 0 ? V6_HEADER + payload_len : 0, link_len);
	p->traffic_class = (uint8_t)(octets_be32(at) >> V6_CLASS_SHIFT);
	p->flow_label = octets_be32(at) & V6_LABEL_MASK;
	p->next_at = 6;
	p->protocol = at[6];
	p->hop_limit = at[7];
	memcpy(p->source.octets, at + 8, sizeof(p->source.octets));
	memcpy(p->target.octets, at + 24, sizeof(p->target.octets));
	p->header_len = V6_HEADER;
	return v6_extensions(p);
}

static bool
packet_read(struct packet *p, uint32_t link_len)
{
	if (p->bytes.len == 0)
		return false;
	p->version = p->bytes.at[0] >> 4;
	switch (p->version) {
	case 4: return v4_read(p, link_len);
	case 6: return v6_read(p, link_len);
	default: return false;
	}
}

/* What the segment has of the packet around it. */
static void
tcp_set_packet(const struct packet *p, struct segment *s)
{
	s->hop_limit = p->hop_limit;
	s->traffic_class = p->traffic_class;
	s->is_v4 = p->version == 4;
	s->dont_fragment = p->dont_fragment;
	s->ip_id = p->ip_id;
	s->flow_label = p->flow_label;
	s->packet = p->bytes;
	if (!p->routed)
		s->tcp = span_after(p->bytes, p->header_len);
	s->tcp_wire_len = p->wire_len - (uint32_t)p->header_len;
}

static enum ip_result
tcp_read(const struct packet *p, struct segment *s)
{
	struct span rest = span_after(p->bytes, p->header_len);
	const uint8_t *at = rest.at;
	size_t header_len;

	if (rest.len < TCP_HEADER)
		return IP_MALFORMED;
	header_len = (size_t)(at[12] >> 4) * 4;
	if (header_len < TCP_HEADER || header_len > p->wire_len - p->header_len)
		return IP_MALFORMED;
	s->source = (struct endpoint){ p->source, octets_be16(at) };
	s->target = (struct endpoint){ p->target, octets_be16(at + 2) };
	s->vlan = p->vlan;
	s->sequence = octets_be32(at + 4);
	s->acknowledgement = octets_be32(at + 8);
	s->flags = at[13];
	s->window = octets_be16(at + 14);
	s->urgent = octets_be16(at + 18);
	tcp_set_packet(p, s);
	s->options = span_after(span_first(rest, header_len), TCP_HEADER);
	s->payload = span_after(rest, header_len);
	s->payload_wire_len = p->wire_len - (uint32_t)(p->header_len + header_len);
	return IP_SEGMENT;
}

/* The header of the packet that the fragment is part of: without any trace of fragmentation.  Its
 * checksum is left open, and its length until that is known.  Returns its length, 0 when there is
 * no room. */
static size_t
whole_header(const struct packet *p, uint8_t out[FRAGMENT_HEADER_MAX])
{
	size_t len = p->version == 4 ? p->header_len : p->fragment_header;

	if (len > FRAGMENT_HEADER_MAX)
		return 0;
	memcpy(out, p->bytes.at, len);
	if (p->version == 4) {
		memset(out + 6, 0, 2);
		memset(out + 10, 0, 2);
	} else {
		out[p->next_at] = p->protocol;
	}
	return len;
}

/* Writes its length into the header of a packet put together. */
static bool
whole_set_length(const struct whole *whole)
{
	bool is_v4 = whole->at[0] >> 4 == 4;
	uint32_t len = is_v4 ? whole->wire_len : whole->wire_len - V6_HEADER;
	uint8_t *at = whole->at + (is_v4 ? 2 : 4);

	if (len > PACKET_MAX)
		return false;
	at[0] = (uint8_t)(len >> 8);
	at[1] = (uint8_t)len;
	return true;
}

static enum ip_result
fragment_add(struct ip *ip, const struct packet *p, int64_t time_ns, struct whole *whole_r)
{
	uint8_t header[FRAGMENT_HEADER_MAX];
	struct fragment fragment = {
		.key = {
			.source = p->source,
			.target = p->target,
			.id = p->fragment_id,
			.vlan = p->vlan,
			.version = p->version,
			.protocol = p->version == 4 ? p->protocol : 0,
		},
		.bytes = span_after(p->bytes, p->header_len),
		.wire_len = p->wire_len - (uint32_t)p->header_len,
		.offset = p->offset,
		.more = p->more,
	};

	fragment.header = span_from(header, whole_header(p, header));
	if (fragment.header.len == 0)
		return IP_MALFORMED;
	return fragments_add(ip->fragments, &fragment, time_ns, whole_r);
}

static enum ip_result
fragment_decode(struct ip *ip, const struct packet *p, int64_t time_ns, struct segment *s)
{
	struct whole whole;
	struct packet joined = { .vlan = p->vlan };
	enum ip_result result = fragment_add(ip, p, time_ns, &whole);

	if (result != IP_SEGMENT)
		return result;
	joined.bytes = span_from(whole.at, whole.len);
	/* RFC 8200, section 4.5: nothing may be a fragment of a fragment */
	if (!whole_set_length(&whole) || !packet_read(&joined, whole.wire_len) ||
	    joined.is_fragment)
		return IP_MALFORMED;
	s->fragmented = true;
	s->overlapped = whole.overlapped;
	if (joined.protocol == PROTOCOL_TCP)
		return tcp_read(&joined, s);
	return tunnel_is(joined.protocol) ? IP_UNKNOWN : IP_OTHER;
}

/* In IPv6 only the first fragment tells for sure what the packet carries. */
static enum ip_result
fragment_read(struct ip *ip, const struct packet *p, int64_t time_ns, struct segment *s)
{
	if (p->version == 6 || p->protocol == PROTOCOL_TCP)
		return fragment_decode(ip, p, time_ns, s);
	return tunnel_is(p->protocol) ? IP_UNKNOWN : IP_OTHER;
}

/* Reads the headers of the packet that *link leads to; where it is a tunnel, *link leads to the packet in it.
 * IP_SEGMENT: there is none, and *p_r is what carries the transport, or a fragment. */
static enum ip_result
packet_open(struct link *link, struct packet *p_r)
{
	for (unsigned tunnels = 0; tunnels <= TUNNELS_MAX; tunnels++) {
		*p_r = (struct packet){ .bytes = link->packet, .vlan = link->vlan };
		if (!packet_read(p_r, link->wire_len))
			return IP_MALFORMED;
		if (p_r->is_fragment || p_r->protocol == PROTOCOL_TCP)
			return IP_SEGMENT;
		switch (tunnel_open(p_r->protocol, span_after(p_r->bytes, p_r->header_len),
			p_r->wire_len - (uint32_t)p_r->header_len, link)) {
		case LINK_IP: break;
		case LINK_OTHER: return IP_OTHER;
		case LINK_SHORT: return IP_MALFORMED;
		case LINK_UNKNOWN: return IP_UNKNOWN;
		}
	}
	return IP_UNKNOWN;
}

static enum ip_result
packet_decode(struct ip *ip, const struct frame *frame, struct link *link, struct segment *s)
{
	struct packet p;
	enum ip_result result = packet_open(link, &p);

	if (result != IP_SEGMENT)
		return result;
	s->link_source = link->source;
	return p.is_fragment ? fragment_read(ip, &p, frame->at.time_ns, s) : tcp_read(&p, s);
}

enum ip_result
ip_decode(struct ip *ip, const struct frame *frame, const struct link *link,
	struct segment *segment_r)
{
	struct link within = *link;
	enum ip_result result;

	fragments_forget(ip->fragments);
	*segment_r = (struct segment){ .frame = frame };
	result = packet_decode(ip, frame, &within, segment_r);
	ip->counters.malformed += result == IP_MALFORMED;
	return result;
}

bool
ip_addresses(const struct link *link, struct address *source_r, struct address *target_r)
{
	struct link within = *link;
	struct packet p;

	if (packet_open(&within, &p) != IP_SEGMENT)
		return false;
	*source_r = p.source;
	*target_r = p.target;
	return true;
}

const struct ip_counters *
ip_counters(const struct ip *ip)
{
	return &ip->counters;
}

struct ip *
ip_new(struct budget *budget)
{
	struct ip *ip = calloc(1, sizeof(*ip));

	if (ip == NULL)
		return NULL;
	ip->fragments = fragments_new(budget, &ip->counters);
	if (ip->fragments == NULL)
		ip_free(&ip);
	return ip;
}

void
ip_free(struct ip **ip)
{
	if (*ip == NULL)
		return;
	fragments_free(&(*ip)->fragments);
	free(*ip);
	*ip = NULL;
}
