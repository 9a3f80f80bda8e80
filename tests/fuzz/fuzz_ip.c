/* Frames of any link type to segments: link headers, IP of both versions, fragments, whatever tunnels are followed.
 * What is handed on must lie in what was captured, and a VLAN tag changes nothing but that it is there. */
#include "fuzz.h"

#include "wire/ip.h"

#include <stdlib.h>
#include <string.h>

enum {
	SHORT_OF_MEMORY = 0x08,         /* in the first byte of an input, which chooses the budget */
	ETHERNET = 1,
	ADDRESSES = 12,                 /* of an Ethernet frame, before its type */
	TAG_SIZE = 4,
	OPTIONS_MOST = 40,
	LAYERS_MOST = 65535,
};

/* One way of looking at the frames. */
struct eye {
	struct budget  budget;
	struct ip     *ip;
	struct segment segment;
	struct link    link;
	enum link_result saw;
	enum ip_result is;
};

static bool
lies_in(struct span part, struct span whole)
{
	return part.len == 0 || (part.at >= whole.at && part.at + part.len <= whole.at + whole.len);
}

static void
look_at_segment(const struct eye *eye, const struct frame *frame)
{
	const struct segment *segment = &eye->segment;

	fuzz_promise(segment->frame == frame, "a segment knows its frame");
	fuzz_promise(segment->payload.len <= segment->payload_wire_len, "no more was captured than was sent");
	fuzz_promise(segment->options.len <= OPTIONS_MOST, "TCP options have their limit");
	fuzz_promise(segment->fragmented || lies_in(segment->packet, frame->bytes), "a packet lies in its frame");
	fuzz_promise(lies_in(segment->payload, segment->packet), "payload lies in its packet");
	fuzz_promise(lies_in(segment->tcp, segment->packet), "the TCP header lies in its packet");
	fuzz_promise(lies_in(segment->options, segment->packet), "options lie in their packet");
	fuzz_promise(lies_in(segment->link_source, frame->bytes), "the link's address lies in the frame");
	fuzz_promise(segment->fragmented || !segment->overlapped, "what is whole overlaps with nothing");
	fuzz_promise(segment->packet.len <= LAYERS_MOST || !segment->fragmented, "a packet has its limit");
	fuzz_touch(segment->packet);
	fuzz_touch(segment->payload);
}

static void
look(struct eye *eye, const struct frame *frame)
{
	eye->is = IP_OTHER;
	eye->link = (struct link){ 0 };
	eye->segment = (struct segment){ 0 };
	eye->saw = link_decode(frame, &eye->link);
	if (eye->saw != LINK_IP)
		return;
	fuzz_promise(lies_in(eye->link.packet, frame->bytes), "a packet lies in its frame");
	fuzz_promise(lies_in(eye->link.source, frame->bytes), "the link's address lies in the frame");
	eye->is = ip_decode(eye->ip, frame, &eye->link, &eye->segment);
	if (eye->is == IP_SEGMENT)
		look_at_segment(eye, frame);
}

/* The same frame as it passes where VLANs are tagged (IEEE 802.1Q, section 9.5). */
static void
look_at_tagged(struct eye *eye, const struct frame *frame)
{
	static const uint8_t tag[TAG_SIZE] = { 0x81, 0x00, 0x00, 0x05 };
	struct frame tagged = *frame;
	uint8_t *bytes = malloc(frame->bytes.len + TAG_SIZE);

	fuzz_promise(bytes != NULL, "there is memory");
	memcpy(bytes, frame->bytes.at, ADDRESSES);
	memcpy(bytes + ADDRESSES, tag, TAG_SIZE);
	memcpy(bytes + ADDRESSES + TAG_SIZE, frame->bytes.at + ADDRESSES, frame->bytes.len - ADDRESSES);
	tagged.bytes = span_from(bytes, frame->bytes.len + TAG_SIZE);
	tagged.wire_len += TAG_SIZE;
	look(eye, &tagged);
	free(bytes);                    /* what a segment borrowed is not looked at from here on */
}

static void
compare(const struct eye *plain, const struct eye *tagged)
{
	const struct segment *a = &plain->segment, *b = &tagged->segment;

	fuzz_promise(plain->saw == tagged->saw && plain->is == tagged->is, "a tag hides nothing");
	fuzz_promise(a->sequence == b->sequence && a->acknowledgement == b->acknowledgement && a->flags == b->flags &&
		a->payload.len == b->payload.len && a->payload_wire_len == b->payload_wire_len &&
		a->source.port == b->source.port && a->target.port == b->target.port &&
		address_equal(&a->source.address, &b->source.address) &&
		address_equal(&a->target.address, &b->target.address),
		"a segment is the same with a tag");
}

/* Both see all frames.  Fragments that had a tag already may be those of others behind ours, so that frames are
 * compared only until one comes. */
static void
look_at_all(struct eye *plain, struct eye *tagged, struct cursor in, bool comparable)
{
	struct frame frame = { 0 };

	while (fuzz_take_frame(&in, &frame)) {
		look(plain, &frame);
		comparable = comparable && (plain->saw != LINK_IP || plain->link.vlan == 0);
		if (frame.link_type != ETHERNET || frame.bytes.len < ADDRESSES + 2 || plain->saw != LINK_IP)
			continue;
		look_at_tagged(tagged, &frame);
		if (comparable)
			compare(plain, tagged);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor in = cursor_of(span_from(data, size));
	uint8_t mode = (uint8_t)cursor_be(&in, 1);
	struct eye plain = { .budget = fuzz_budget(mode) }, tagged = { .budget = fuzz_budget(mode) };

	plain.ip = ip_new(&plain.budget);
	tagged.ip = ip_new(&tagged.budget);
	if (plain.ip != NULL && tagged.ip != NULL) {
		look_at_all(&plain, &tagged, in, (mode & SHORT_OF_MEMORY) == 0);
		fuzz_promise(ip_counters(plain.ip)->reassembled <= ip_counters(plain.ip)->fragments,
			"nothing is put together from nothing");
	}
	ip_free(&plain.ip);
	ip_free(&tagged.ip);
	fuzz_all_given_back(&plain.budget);
	fuzz_all_given_back(&tagged.budget);
	return 0;
}

static void
add_frame(void *user, const struct frame *frame)
{
	fuzz_put_frame(user, frame);
}

void
fuzz_seed(const char *path, struct buffer *seed)
{
	fuzz_put(seed, 0, 1);
	fuzz_each_frame(path, add_frame, seed);
}
