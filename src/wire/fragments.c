/* Fragments of IP packets that wait for their siblings (RFC 791, section 3.2; RFC 8200, section
 * 4.5). Each packet holds its pieces in order of offset, never overlapping: where fragments overlap
 * the first bytes win.  Fragments that contradict each other about where the packet ends are what
 * no sender writes and no receiver accepts: the packet is given up. */
#include "wire/fragments.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

enum {
	PACKETS_MAX = 512,              /* incomplete packets at a time */
	PIECES_MAX = 256,               /* of one packet */
	BYTES_MAX = 4 * 1024 * 1024,    /* held in all */
	PACKET_END_MAX = 65535,
	OFFSET_UNIT = 8,
};

static const int64_t patience_ns = 30 * NS_PER_SECOND;

/* Bytes offset to offset + wire_len of the packet; the first `len` of them were captured. */
struct piece {
	struct piece *next;
	uint32_t      offset, wire_len, len;
	uint8_t       bytes[];
};

struct packet {
	struct packet      *older, *newer;
	struct fragment_key key;
	int64_t             began_ns;
	struct piece       *pieces;
	size_t              piece_count;
	uint32_t            held;               /* wire bytes in its pieces */
	uint32_t            reach;              /* the furthest end of any fragment */
	uint32_t            end;                /* known from the last fragment; else 0 */
	bool                overlapped;
	size_t              header_len;         /* 0 until the first fragment came */
	uint8_t             header[FRAGMENT_HEADER_MAX];
};

struct fragments {
	struct budget      *budget;
	struct ip_counters *counters;
	struct packet      *oldest, *newest;
	size_t              packet_count;
	size_t              bytes;
	struct whole        whole;
};

static void *
draw(struct fragments *fragments, size_t size)
{
	void *at;

	if (!budget_take(fragments->budget, size))
		return NULL;
	at = malloc(size);
	if (at == NULL)
		budget_give(fragments->budget, size);
	return at;
}

static void
give(struct fragments *fragments, void *at, size_t size)
{
	free(at);
	budget_give(fragments->budget, size);
}

static void
packet_free(struct fragments *fragments, struct packet *packet)
{
	struct piece *piece, *next;

	for (piece = packet->pieces; piece != NULL; piece = next) {
		next = piece->next;
		fragments->bytes -= piece->len;
		give(fragments, piece, sizeof(*piece) + piece->len);
	}
	if (packet->older != NULL)
		packet->older->newer = packet->newer;
	else
		fragments->oldest = packet->newer;
	if (packet->newer != NULL)
		packet->newer->older = packet->older;
	else
		fragments->newest = packet->older;
	fragments->packet_count--;
	give(fragments, packet, sizeof(*packet));
}

static void
packet_abandon(struct fragments *fragments, struct packet *packet)
{
	fragments->counters->abandoned++;
	packet_free(fragments, packet);
}

static struct packet *
packet_new(struct fragments *fragments, const struct fragment_key *key, int64_t time_ns)
{
	struct packet *packet;

	if (fragments->packet_count >= PACKETS_MAX)
		packet_abandon(fragments, fragments->oldest);
	packet = draw(fragments, sizeof(*packet));
	if (packet == NULL)
		return NULL;
	memset(packet, 0, sizeof(*packet));
	packet->key = *key;
	packet->began_ns = time_ns;
	packet->older = fragments->newest;
	if (packet->older != NULL)
		packet->older->newer = packet;
	else
		fragments->oldest = packet;
	fragments->newest = packet;
	fragments->packet_count++;
	return packet;
}

/* Captures of one run need not be in order of time: far in the future is as stale as long ago. */
static bool
packet_is_stale(const struct packet *packet, int64_t time_ns)
{
	uint64_t apart = time_ns >= packet->began_ns
		? (uint64_t)time_ns - (uint64_t)packet->began_ns
		: (uint64_t)packet->began_ns - (uint64_t)time_ns;

	return apart > (uint64_t)patience_ns;
}

static struct packet *
packet_find(struct fragments *fragments, const struct fragment_key *key, int64_t time_ns)
{
	struct packet *packet;

	while (fragments->oldest != NULL && packet_is_stale(fragments->oldest, time_ns))
		packet_abandon(fragments, fragments->oldest);
	for (packet = fragments->newest; packet != NULL; packet = packet->older)
		if (packet->key.id == key->id && memcmp(&packet->key, key, sizeof(*key)) == 0)
			break;
	if (packet != NULL && packet_is_stale(packet, time_ns)) {
		packet_abandon(fragments, packet);
		packet = NULL;
	}
	return packet != NULL ? packet : packet_new(fragments, key, time_ns);
}

/* Gives up other packets, the oldest first, until there is room for `size` bytes of this one. */
static bool
make_room(struct fragments *fragments, const struct packet *packet, size_t size)
{
	while (size > BYTES_MAX - fragments->bytes) {
		struct packet *oldest = fragments->oldest;

		if (oldest == packet)
			oldest = oldest->newer;
		if (oldest == NULL)
			return false;
		packet_abandon(fragments, oldest);
	}
	return true;
}

/* Puts the fragment's bytes from `start` to `end` into the list at *link. */
static bool
piece_insert(struct fragments *fragments, struct packet *packet, struct piece **link,
	const struct fragment *fragment, uint32_t start, uint32_t end)
{
	struct span bytes = span_first(span_after(fragment->bytes, start - fragment->offset),
		end - start);
	struct piece *piece;

	if (packet->piece_count >= PIECES_MAX || !make_room(fragments, packet, bytes.len))
		return false;
	piece = draw(fragments, sizeof(*piece) + bytes.len);
	if (piece == NULL)
		return false;
	*piece = (struct piece){
		.next = *link,
		.offset = start,
		.wire_len = end - start,
		.len = (uint32_t)bytes.len,
	};
	if (bytes.len > 0)
		memcpy(piece->bytes, bytes.at, bytes.len);
	*link = piece;
	packet->piece_count++;
	packet->held += piece->wire_len;
	fragments->bytes += bytes.len;
	return true;
}

/* Whether the fragment brings other bytes for a place that the piece holds. */
static bool
piece_differs(const struct piece *piece, const struct fragment *fragment)
{
	uint32_t from = piece->offset > fragment->offset ? piece->offset : fragment->offset;
	struct span held = span_after(span_from(piece->bytes, piece->len), from - piece->offset);
	struct span came = span_after(fragment->bytes, from - fragment->offset);
	size_t common = held.len < came.len ? held.len : came.len;

	return !span_equal(span_first(held, common), span_first(came, common));
}

/* Adds what the pieces do not yet cover.  False when there is no room for it. */
static bool
pieces_add(struct fragments *fragments, struct packet *packet, const struct fragment *fragment)
{
	uint32_t at = fragment->offset, end = fragment->offset + fragment->wire_len;
	struct piece **link = &packet->pieces;
	bool differs = false;

	for (; *link != NULL && (*link)->offset < end; link = &(*link)->next) {
		struct piece *piece = *link;
		uint32_t piece_end = piece->offset + piece->wire_len;

		if (piece_end <= at)
			continue;
		differs |= piece_differs(piece, fragment);
		if (at < piece->offset) {
			if (!piece_insert(fragments, packet, link, fragment, at, piece->offset))
				return false;
			link = &(*link)->next;
		}
		at = piece_end;
	}
	fragments->counters->overlaps += differs;
	packet->overlapped |= differs;
	return at >= end || piece_insert(fragments, packet, link, fragment, at, end);
}

/* The whole packet, as far as it was captured without a hole. */
static bool
packet_join(struct fragments *fragments, const struct packet *packet)
{
	struct whole *whole = &fragments->whole;
	size_t len = packet->header_len;

	for (struct piece *piece = packet->pieces; piece != NULL; piece = piece->next) {
		len += piece->len;
		if (piece->len < piece->wire_len)
			break;
	}
	whole->at = draw(fragments, len);
	if (whole->at == NULL)
		return false;
	whole->overlapped = packet->overlapped;
	whole->len = packet->header_len;
	whole->wire_len = (uint32_t)packet->header_len + packet->end;
	memcpy(whole->at, packet->header, packet->header_len);
	for (struct piece *piece = packet->pieces; whole->len < len; piece = piece->next) {
		memcpy(whole->at + whole->len, piece->bytes, piece->len);
		whole->len += piece->len;
	}
	return true;
}

/* What one fragment can say that is wrong without knowing its siblings. */
static bool
is_sane(const struct fragment *fragment)
{
	return fragment->wire_len > 0 && fragment->header.len <= FRAGMENT_HEADER_MAX &&
	       fragment->offset <= PACKET_END_MAX &&
	       fragment->wire_len <= PACKET_END_MAX - fragment->offset &&
	       (!fragment->more || fragment->wire_len % OFFSET_UNIT == 0);
}

/* Whether the fragment agrees with its siblings about where the packet ends. */
static bool
end_agrees(struct packet *packet, const struct fragment *fragment)
{
	uint32_t end = fragment->offset + fragment->wire_len;

	if (packet->end != 0 && (end > packet->end || (!fragment->more && end != packet->end)))
		return false;
	if (!fragment->more) {
		if (end < packet->reach)
			return false;
		packet->end = end;
	}
	if (end > packet->reach)
		packet->reach = end;
	return true;
}

enum ip_result
fragments_add(struct fragments *fragments, const struct fragment *fragment, int64_t time_ns,
	struct whole *whole_r)
{
	struct packet *packet;

	fragments->counters->fragments++;
	if (!is_sane(fragment))
		return IP_MALFORMED;
	packet = packet_find(fragments, &fragment->key, time_ns);
	if (packet == NULL) {
		fragments->counters->abandoned++;
		return IP_FRAGMENT;
	}
	if (!end_agrees(packet, fragment)) {
		packet_abandon(fragments, packet);
		return IP_MALFORMED;
	}
	if (fragment->offset == 0 && packet->header_len == 0) {
		memcpy(packet->header, fragment->header.at, fragment->header.len);
		packet->header_len = fragment->header.len;
	}
	if (!pieces_add(fragments, packet, fragment)) {
		packet_abandon(fragments, packet);
		return IP_FRAGMENT;
	}
	if (packet->end == 0 || packet->held < packet->end)
		return IP_FRAGMENT;
	if (!packet_join(fragments, packet)) {
		packet_abandon(fragments, packet);
		return IP_FRAGMENT;
	}
	packet_free(fragments, packet);
	fragments->counters->reassembled++;
	*whole_r = fragments->whole;
	return IP_SEGMENT;
}

void
fragments_forget(struct fragments *fragments)
{
	if (fragments->whole.at == NULL)
		return;
	give(fragments, fragments->whole.at, fragments->whole.len);
	fragments->whole = (struct whole){ 0 };
}

struct fragments *
fragments_new(struct budget *budget, struct ip_counters *counters)
{
	struct fragments *fragments = calloc(1, sizeof(*fragments));

	if (fragments == NULL)
		return NULL;
	fragments->budget = budget;
	fragments->counters = counters;
	return fragments;
}

void
fragments_free(struct fragments **fragments)
{
	if (*fragments == NULL)
		return;
	while ((*fragments)->oldest != NULL)
		packet_free(*fragments, (*fragments)->oldest);
	fragments_forget(*fragments);
	free(*fragments);
	*fragments = NULL;
}
