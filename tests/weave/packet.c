/* Frames of a capture: Ethernet (with one 802.1Q tag if asked for), IPv4 (RFC 791) or IPv6
 * (RFC 8200), TCP (RFC 9293), with right lengths and checksums where a text asks for no others. */
#include "weave.h"

#include <string.h>

enum {
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	IPV4_SIZE = 20,
	IPV6_SIZE = 40,
	IPV6_FRAGMENT = 44,
	MORE_FRAGMENTS = 0x2000,
	PROTOCOL_TCP = 6,
	WINDOW = 64240,
	MSS_OPTION_SIZE = 4,
	TIMESTAMP_SIZE = 12,            /* with two octets of padding (RFC 7323, appendix A) */
	OVERLAP = 8,                    /* octets that the second of two overlapping fragments has otherwise */
	FRAME_MOST = 65535 + 14 + 4,
};

struct frame {
	uint8_t at[FRAME_MOST];
	size_t  len;
};

static void
put(struct frame *frame, uint64_t value, size_t size)
{
	while (size-- > 0)
		frame->at[frame->len++] = (uint8_t)(value >> (8 * size));
}

static void
put_octets(struct frame *frame, const uint8_t *octets, size_t len)
{
	if (len > 0)
		memcpy(frame->at + frame->len, octets, len);
	frame->len += len;
}

static uint32_t
sum(const uint8_t *at, size_t len, uint32_t start)
{
	uint32_t total = start;

	for (size_t i = 0; i < len; i++)
		total += i % 2 == 0 ? (uint32_t)at[i] << 8 : at[i];
	return total;
}

static uint16_t
checksum(uint32_t total)
{
	while (total > 0xffff)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)~total;
}

static void
set_checksum(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void
put_ethernet(struct frame *frame, const struct connection *connection, const struct packet *packet)
{
	enum side from = packet->from;

	put(frame, 0x020000000000u + (from == CLIENT ? SERVER : CLIENT) + 1, 6);
	put(frame, packet->odd.set & ODD_MAC ? packet->odd.mac : 0x020000000000u + from + 1, 6);
	if (connection->vlan[from] > 0) {
		put(frame, ETHERTYPE_VLAN, 2);
		put(frame, connection->vlan[from], 2);
	}
	put(frame, connection->v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4, 2);
}

static void
put_ipv4(struct frame *frame, const struct connection *connection, const struct packet *packet,
	size_t tcp)
{
	size_t start = frame->len;

	put(frame, 0x45, 1);
	put(frame, packet->odd.set & ODD_CLASS ? packet->odd.class : 0, 1);
	put(frame, 20 + tcp, 2);
	put(frame, packet->odd.id, 2);
	put(frame, 0x4000, 2);          /* do not fragment */
	put(frame, packet->ttl, 1);
	put(frame, PROTOCOL_TCP, 1);
	put(frame, 0, 2);
	put_octets(frame, connection->address[packet->from], 4);
	put_octets(frame, connection->address[packet->from == CLIENT ? SERVER : CLIENT], 4);
	set_checksum(frame->at + start + 10, checksum(sum(frame->at + start, 20, 0)));
}

static void
put_ipv6(struct frame *frame, const struct connection *connection, const struct packet *packet,
	size_t tcp)
{
	uint32_t class = packet->odd.set & ODD_CLASS ? packet->odd.class : 0;
	uint32_t label = packet->odd.set & ODD_LABEL ? packet->odd.label : 0;

	put(frame, 0x60000000u | class << 20 | label, 4);
	put(frame, tcp, 2);
	put(frame, PROTOCOL_TCP, 1);
	put(frame, packet->ttl, 1);
	put_octets(frame, connection->address[packet->from], 16);
	put_octets(frame, connection->address[packet->from == CLIENT ? SERVER : CLIENT], 16);
}

static void
put_tcp(struct frame *frame, const struct connection *connection, const struct packet *packet,
	size_t tcp)
{
	size_t start = frame->len;
	size_t head = tcp - packet->len;
	size_t addresses = connection->v6 ? 16 : 4;
	uint32_t total = PROTOCOL_TCP + (uint32_t)tcp;

	put(frame, connection->port[packet->from], 2);
	put(frame, connection->port[packet->from == CLIENT ? SERVER : CLIENT], 2);
	put(frame, packet->sequence, 4);
	put(frame, packet->flags & TCP_ACK ? packet->acknowledgement : 0, 4);
	put(frame, head / 4 << 4, 1);
	put(frame, packet->flags, 1);
	put(frame, packet->odd.set & ODD_WINDOW ? packet->odd.window : WINDOW, 2);
	put(frame, 0, 2);
	put(frame, packet->urgent, 2);
	if (packet->flags & TCP_SYN)
		put(frame, 0x02040000u + SEGMENT_MOST, MSS_OPTION_SIZE);
	if (packet->odd.set & ODD_TIMESTAMP) {
		put(frame, 0x0101080au, 4);
		put(frame, packet->odd.ts_value, 4);
		put(frame, packet->odd.ts_echo, 4);
	}
	put_octets(frame, packet->payload, packet->len);
	total = sum(connection->address[CLIENT], addresses, total);
	total = sum(connection->address[SERVER], addresses, total);
	if (!connection->offload[packet->from])
		set_checksum(frame->at + start + 16, checksum(sum(frame->at + start, tcp, total)));
	if (packet->odd.set & ODD_CHECKSUM)
		frame->at[start + 16] ^= 0x55;
}

/* RFC 791, section 3.2: each fragment repeats the header; all but the last say that more follow. */
static void
put_ipv4_fragment(struct frame *frame, size_t ip, size_t offset, size_t len, bool more)
{
	uint8_t *at = frame->at + ip;
	unsigned flags = (unsigned)(offset / 8) | (more ? MORE_FRAGMENTS : 0);

	at[2] = (uint8_t)((IPV4_SIZE + len) >> 8);
	at[3] = (uint8_t)(IPV4_SIZE + len);
	at[6] = (uint8_t)(flags >> 8);
	at[7] = (uint8_t)flags;
	set_checksum(at + 10, 0);
	set_checksum(at + 10, checksum(sum(at, IPV4_SIZE, 0)));
}

/* RFC 8200, section 4.5: a header of its own carries the offset. */
static void
put_ipv6_fragment(struct frame *frame, size_t ip, size_t offset, size_t len, bool more)
{
	uint8_t *at = frame->at + ip;

	at[4] = (uint8_t)((8 + len) >> 8);
	at[5] = (uint8_t)(8 + len);
	at[6] = IPV6_FRAGMENT;
	put(frame, PROTOCOL_TCP << 8, 2);
	put(frame, offset | (more ? 1 : 0), 2);
}

static void
write_fragment(struct output *out, const struct connection *connection, const struct packet *packet,
	const struct frame *whole, size_t ip, size_t offset, bool other)
{
	static struct frame frame;
	size_t head = ip + (connection->v6 ? IPV6_SIZE : IPV4_SIZE), left = whole->len - head - offset;
	bool more = left > connection->fragment;
	size_t len = more ? connection->fragment : left;

	frame.len = 0;
	put_octets(&frame, whole->at, head);
	if (connection->v6) {
		put_ipv6_fragment(&frame, ip, offset, len, more);
		put(&frame, packet->odd.id, 4);
	} else {
		put_ipv4_fragment(&frame, ip, offset, len, more);
	}
	put_octets(&frame, whole->at + head + offset, len);
	for (size_t i = 1; other && i <= OVERLAP && i <= len; i++)
		frame.at[frame.len - i] ^= 0x20;
	output_frame(out, frame.at, frame.len, packet->time_us);
}

static void
write_fragments(struct output *out, const struct connection *connection, const struct packet *packet,
	const struct frame *whole, size_t ip)
{
	size_t all = whole->len - ip - (connection->v6 ? IPV6_SIZE : IPV4_SIZE);

	for (size_t offset = 0; offset < all; offset += connection->fragment) {
		write_fragment(out, connection, packet, whole, ip, offset, false);
		if (offset == 0 && packet->odd.set & ODD_OVERLAP)
			write_fragment(out, connection, packet, whole, ip, offset, true);
	}
}

static void
pcap_one(struct output *out, const struct connection *connection, const struct packet *packet)
{
	static struct frame frame;
	size_t ip, tcp = 20 + packet->len + (packet->flags & TCP_SYN ? MSS_OPTION_SIZE : 0)
		+ (packet->odd.set & ODD_TIMESTAMP ? TIMESTAMP_SIZE : 0);

	frame.len = 0;
	put_ethernet(&frame, connection, packet);
	ip = frame.len;
	if (connection->v6)
		put_ipv6(&frame, connection, packet, tcp);
	else
		put_ipv4(&frame, connection, packet, tcp);
	put_tcp(&frame, connection, packet, tcp);
	if (connection->fragment == 0 || tcp <= connection->fragment)
		output_frame(out, frame.at, frame.len, packet->time_us);
	else
		write_fragments(out, connection, packet, &frame, ip);
}

/* Any number that looks like none of its neighbours; the same in every run. */
static uint16_t
scattered(uint16_t number)
{
	return (uint16_t)((number + 1u) * 40503u ^ (number + 1u) * 25173u >> 3);
}

/* Packets that nothing is said about are numbered, and stamped by a clock of milliseconds, as their side's are. */
static void
dress(struct connection *connection, struct packet *packet)
{
	enum side from = packet->from, to = from == CLIENT ? SERVER : CLIENT;
	struct oddities *odd = &packet->odd;
	uint16_t count = connection->ip_id[from]++;

	if (odd->set & ODD_TTL)
		packet->ttl = odd->ttl;
	if (!(odd->set & ODD_ID))
		odd->id = connection->numbering[from] == IDS_COUNTER ? count
			: connection->numbering[from] == IDS_RANDOM ? scattered(count) : 0;
	if (!connection->timestamps || odd->set & (ODD_TIMESTAMP | ODD_NO_TIMESTAMP))
		return;
	odd->set |= ODD_TIMESTAMP;
	odd->ts_value = (uint32_t)(packet->time_us / 1000) + (from == CLIENT ? 1000000u : 77000000u);
	odd->ts_echo = packet->flags & TCP_ACK ? connection->ts_latest[to] : 0;
	connection->ts_latest[from] = odd->ts_value;
}

void
pcap_packet(struct output *out, struct connection *connection, const struct packet *packet)
{
	struct packet copy = *packet;

	dress(connection, &copy);
	pcap_one(out, connection, &copy);
	if (connection->mirror == 0)
		return;
	copy.ttl = (uint8_t)(copy.ttl - connection->mirror);    /* a mirror's copy is the same packet */
	pcap_one(out, connection, &copy);
}
