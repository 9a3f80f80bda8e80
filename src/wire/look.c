/* How a segment looks.  Nothing of this is needed to follow a connection, so it is worked out only for segments
 * whose look is kept. */
#include "wire/look.h"

#include "wire/octets.h"
#include "wire/options.h"

enum {
	PROTOCOL_TCP = 6,
	V4_OFFSET = 12,                 /* where the IPv4 address stands in its mapped form */
	SCALE_MOST = 14,
};

/* FNV-1a: nobody gains by a collision here, and it is one multiplication an octet. */
static uint32_t
mark_add(uint32_t mark, struct span bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		mark = (mark ^ bytes.at[i]) * 16777619u;
	return mark;
}

static uint32_t
mark_of(struct span bytes)
{
	return mark_add(2166136261u, bytes);
}

static uint64_t
sum(struct span bytes, uint64_t total)
{
	size_t i;

	for (i = 0; i + 1 < bytes.len; i += 2)
		total += octets_be16(bytes.at + i);
	if (i < bytes.len)
		total += (uint64_t)bytes.at[i] << 8;
	return total;
}

static struct span
address_octets(const struct address *address, bool is_v4)
{
	struct span octets = span_from(address->octets, sizeof(address->octets));

	return is_v4 ? span_after(octets, V4_OFFSET) : octets;
}

/* The sum over pseudo header and segment is all ones when nothing was changed. */
enum checksum
segment_checksum(const struct segment *segment)
{
	uint64_t total = PROTOCOL_TCP + segment->tcp.len;

	if (segment->tcp.len == 0 || segment->tcp.len != segment->tcp_wire_len)
		return CHECKSUM_UNKNOWN;
	total = sum(address_octets(&segment->source.address, segment->is_v4), total);
	total = sum(address_octets(&segment->target.address, segment->is_v4), total);
	total = sum(segment->tcp, total);
	while (total > 0xFFFF)
		total = (total & 0xFFFF) + (total >> 16);
	return total == 0xFFFF ? CHECKSUM_RIGHT : CHECKSUM_WRONG;
}

static void
look_at_options(struct look *look, struct span rest)
{
	struct span value;
	uint32_t mark = mark_of((struct span){ 0 });
	uint8_t kind;

	while (option_take(&rest, &kind, &value)) {
		mark = mark_add(mark, span_from(&kind, 1));
		if (kind == OPTION_MSS && value.len == 2) {
			look->mss = octets_be16(value.at);
		} else if (kind == OPTION_WINDOW_SCALE && value.len == 1) {
			look->has_window_scale = true;
			look->window_scale = (value.at[0] < SCALE_MOST ? value.at[0] : SCALE_MOST) & 15u;
		} else if (kind == OPTION_TIMESTAMPS && value.len == 8) {
			look->has_timestamp = true;
			look->ts_value = octets_be32(value.at);
			look->ts_echo = octets_be32(value.at + 4);
		}
	}
	look->options_mark = mark;
}

static uint32_t
link_mark(const struct segment *segment)
{
	if (segment->link_source.len == 0)
		return 0;
	return mark_add(mark_of(segment->link_source), span_from(&segment->vlan, sizeof(segment->vlan)));
}

struct look
look_of(const struct segment *segment)
{
	struct look look = {
		.link_mark = link_mark(segment),
		.label = (segment->is_v4 ? segment->ip_id : segment->flow_label) & 0xFFFFFu,
		.dont_fragment = segment->dont_fragment,
		.is_v4 = segment->is_v4,
		.checksum = (uint32_t)segment_checksum(segment) & 3u,
		.window = segment->window,
		.hop_limit = segment->hop_limit,
		.traffic_class = segment->traffic_class,
		.flags = segment->flags,
	};

	look_at_options(&look, segment->options);
	return look;
}
