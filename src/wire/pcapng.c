/* Frames out of pcapng files (draft-ietf-opsawg-pcapng, sections 3 and 4).  Of a section only
 * interfaces and packets are read; name resolution, statistics, decryption secrets and custom
 * blocks are passed over. */
#include "wire/pcapng.h"

#include "wire/pcapng_interface.h"

#include <stdlib.h>
#include <string.h>

enum block_type {
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 2,               /* obsolete, still written by old tools */
	BLOCK_SIMPLE_PACKET = 3,
	BLOCK_ENHANCED_PACKET = 6,
	BLOCK_SECTION = 0x0A0D0D0A,     /* the same in either byte order */
};

enum {
	BLOCK_HEADER = 8,
	BLOCK_TRAILER = 4,
	PACKET_HEADER = 20,             /* in front of the frame's bytes */
	SIMPLE_PACKET_HEADER = 4,
	BLOCK_MAX = 16 * 1024 * 1024,   /* of those that are read as a whole */
	BLOCK_FIRST_ROOM = 64 * 1024,
	INTERFACES_MAX = 4096,
	NAME_MOST = 63,
};

static const uint32_t byte_order_magic = 0x1A2B3C4D;

/* What an interface is called.  Frames that were handed out point to it, so it stays until the end. */
struct name {
	struct name *older;
	char         text[NAME_MOST + 1];
};

/* An interface of the present section. */
struct described {
	struct interface   is;
	const struct name *name;
};

struct pcapng {
	FILE             *stream;
	bool              big_endian;
	struct described *interfaces;
	struct name      *names;
	size_t            interface_count, interface_room;
	bool              first_known;  /* `first` is the first interface of the file */
	struct interface  first;
	uint8_t          *block;
	size_t            block_room;
	const char       *trouble;
};

/* What stands between a block's header and its trailer. */
struct block {
	uint32_t    type;
	struct span body;
};

static enum capture_result
damaged(struct pcapng *p, const char *why)
{
	p->trouble = why;
	return CAPTURE_DAMAGED;
}

static enum capture_result
no_memory(struct pcapng *p)
{
	p->trouble = NULL;
	return CAPTURE_NO_MEMORY;
}

static bool
block_reserve(struct pcapng *p, size_t size)
{
	size_t room = p->block_room > 0 ? p->block_room : BLOCK_FIRST_ROOM;
	uint8_t *at;

	while (room < size)
		room *= 2;
	if (room == p->block_room)
		return true;
	at = realloc(p->block, room);
	if (at == NULL)
		return false;
	p->block = at;
	p->block_room = room;
	return true;
}

/* Reads `size` bytes behind the `have` bytes of the block that are there. */
static enum capture_result
block_more(struct pcapng *p, size_t have, size_t size)
{
	size_t got;

	if (!block_reserve(p, have + size))
		return no_memory(p);
	got = fread(p->block + have, 1, size, p->stream);
	if (got == size)
		return CAPTURE_FRAME;
	if (ferror(p->stream))
		return damaged(p, "read error");
	if (have == 0 && got == 0)
		return CAPTURE_END;
	return damaged(p, "the file ends in the middle of a block");
}

static enum capture_result
block_skip(struct pcapng *p, size_t size)
{
	enum capture_result result = CAPTURE_FRAME;

	while (size > 0 && result == CAPTURE_FRAME) {
		size_t part = size < BLOCK_FIRST_ROOM ? size : BLOCK_FIRST_ROOM;

		result = block_more(p, BLOCK_HEADER, part);
		size -= part;
	}
	return result;
}

/* A section's byte order stands behind its block length, which is in that order already. */
static enum capture_result
section_order(struct pcapng *p)
{
	enum capture_result result = block_more(p, BLOCK_HEADER, sizeof(byte_order_magic));
	uint32_t magic;

	if (result != CAPTURE_FRAME)
		return result;
	magic = pcapng_word(p->block + BLOCK_HEADER, true);
	p->big_endian = magic == byte_order_magic;
	if (magic != byte_order_magic && magic != __builtin_bswap32(byte_order_magic))
		return damaged(p, "a section begins with an unknown byte order");
	return CAPTURE_FRAME;
}

static bool
is_read(uint32_t type)
{
	return type == BLOCK_SECTION || type == BLOCK_INTERFACE || type == BLOCK_PACKET ||
	       type == BLOCK_SIMPLE_PACKET || type == BLOCK_ENHANCED_PACKET;
}

/* Reads the header, and a section's byte order: *have_r of the block's *len_r bytes. */
static enum capture_result
header_read(struct pcapng *p, uint32_t *type_r, size_t *len_r, size_t *have_r)
{
	enum capture_result result = block_more(p, 0, BLOCK_HEADER);

	if (result != CAPTURE_FRAME)
		return result;
	*have_r = BLOCK_HEADER;
	*type_r = pcapng_word(p->block, p->big_endian);
	if (*type_r == BLOCK_SECTION) {
		result = section_order(p);
		*have_r += sizeof(byte_order_magic);
	}
	*len_r = pcapng_word(p->block + 4, p->big_endian);
	if (result == CAPTURE_FRAME && (*len_r < *have_r + BLOCK_TRAILER || *len_r % 4 != 0))
		return damaged(p, "a block has an impossible length");
	return result;
}

static enum capture_result
block_read(struct pcapng *p, struct block *block_r)
{
	size_t len, have;
	enum capture_result result = header_read(p, &block_r->type, &len, &have);

	if (result != CAPTURE_FRAME)
		return result;
	block_r->body = (struct span){ 0 };
	if (!is_read(block_r->type))
		return block_skip(p, len - have);
	if (len > BLOCK_MAX)
		return damaged(p, "a block is larger than 16 MiB");
	result = block_more(p, have, len - have);
	if (result != CAPTURE_FRAME)
		return result;
	if (pcapng_word(p->block + len - BLOCK_TRAILER, p->big_endian) != len)
		return damaged(p, "the two lengths of a block differ");
	block_r->body = span_from(p->block + BLOCK_HEADER, len - BLOCK_HEADER - BLOCK_TRAILER);
	return CAPTURE_FRAME;
}

/* As the file says, or by its number; as text that a terminal can bear. */
static const struct name *
name_keep(struct pcapng *p, struct span said)
{
	struct name *name = calloc(1, sizeof(*name));

	if (name == NULL)
		return NULL;
	said = span_first(said, NAME_MOST);
	snprintf(name->text, sizeof(name->text), "%.*s", (int)said.len, said.len > 0 ? (const char *)said.at : "");
	if (name->text[0] == '\0')
		snprintf(name->text, sizeof(name->text), "interface %zu", p->interface_count);
	for (char *c = name->text; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7F)
			*c = '?';
	name->older = p->names;
	p->names = name;
	return name;
}

static bool
interface_keep(struct pcapng *p, const struct interface *interface)
{
	const struct name *name = name_keep(p, interface->name);

	if (name == NULL)
		return false;
	if (p->interface_count == p->interface_room) {
		size_t room = p->interface_room > 0 ? p->interface_room * 2 : 4;
		struct described *at = realloc(p->interfaces, room * sizeof(*at));

		if (at == NULL)
			return false;
		p->interfaces = at;
		p->interface_room = room;
	}
	p->interfaces[p->interface_count++] = (struct described){ .is = *interface, .name = name };
	if (!p->first_known)
		p->first = *interface;
	p->first_known = true;
	return true;
}

static enum capture_result
interface_read(struct pcapng *p, struct span body)
{
	struct interface interface;
	const char *trouble = interface_parse(body, p->big_endian, &interface);

	if (trouble != NULL)
		return damaged(p, trouble);
	if (p->interface_count == INTERFACES_MAX)
		return damaged(p, "there are too many interfaces");
	return interface_keep(p, &interface) ? CAPTURE_FRAME : no_memory(p);
}

/* What the three kinds of packet blocks have in common: `len` bytes of the frame are at `header`.
 * */
static enum capture_result
packet_finish(struct pcapng *p, struct span body, size_t header, size_t interface, uint64_t units,
	size_t len, struct frame *frame_r)
{
	if (interface >= p->interface_count)
		return damaged(p, "a packet names an interface that is not described");
	if (len > body.len - header)
		return damaged(p, "a packet is longer than its block");
	frame_r->bytes = span_from(body.at + header, len);
	frame_r->link_type = p->interfaces[interface].is.link_type;
	frame_r->at.time_ns = interface_time(&p->interfaces[interface].is, units);
	frame_r->interface = (uint32_t)interface;
	if (p->interface_count > 1)
		frame_r->interface_name = p->interfaces[interface].name->text;
	return CAPTURE_FRAME;
}

/* The enhanced and the obsolete one differ only in the first word: interface, or interface and
 * drops. */
static enum capture_result
packet_read(struct pcapng *p, const struct block *block, struct frame *frame_r)
{
	const uint8_t *at = block->body.at;
	bool big = p->big_endian;
	uint32_t interface;
	uint64_t units;

	if (block->body.len < PACKET_HEADER)
		return damaged(p, "a packet is longer than its block");
	interface = pcapng_word(at, big);
	if (block->type == BLOCK_PACKET)
		interface = big ? interface >> 16 : interface & 0xFFFF;
	units = (uint64_t)pcapng_word(at + 4, big) << 32 | pcapng_word(at + 8, big);
	frame_r->wire_len = pcapng_word(at + 16, big);
	return packet_finish(p, block->body, PACKET_HEADER, interface, units,
		pcapng_word(at + 12, big), frame_r);
}

/* It has neither interface nor time, and its captured length follows from the snaplen. */
static enum capture_result
simple_packet_read(struct pcapng *p, const struct block *block, struct frame *frame_r)
{
	uint32_t snaplen = p->interface_count > 0 ? p->interfaces[0].is.snaplen : 0;
	size_t len;

	if (block->body.len < SIMPLE_PACKET_HEADER)
		return damaged(p, "a packet is longer than its block");
	frame_r->wire_len = pcapng_word(block->body.at, p->big_endian);
	len = frame_r->wire_len;
	if (snaplen > 0 && len > snaplen)
		len = snaplen;
	return packet_finish(p, block->body, SIMPLE_PACKET_HEADER, 0, 0, len, frame_r);
}

static enum capture_result
section_begin(struct pcapng *p, struct span body)
{
	struct cursor c = cursor_of(span_after(body, sizeof(byte_order_magic)));
	uint32_t major = pcapng_number(&c, 2, p->big_endian);

	if (c.failed || major != 1)
		return damaged(p, "a section has an unknown version");
	p->interface_count = 0;
	return CAPTURE_FRAME;
}

/* Takes one block; *is_frame_r tells whether it was a frame. */
static enum capture_result
block_take(struct pcapng *p, struct frame *frame_r, bool *is_frame_r)
{
	struct block block;
	enum capture_result result = block_read(p, &block);

	*is_frame_r = false;
	if (result != CAPTURE_FRAME)
		return result;
	switch (block.type) {
	case BLOCK_SECTION:
		return section_begin(p, block.body);
	case BLOCK_INTERFACE:
		return interface_read(p, block.body);
	case BLOCK_PACKET:
	case BLOCK_ENHANCED_PACKET:
		*is_frame_r = true;
		return packet_read(p, &block, frame_r);
	case BLOCK_SIMPLE_PACKET:
		*is_frame_r = true;
		return simple_packet_read(p, &block, frame_r);
	default:
		return CAPTURE_FRAME;
	}
}

enum capture_result
pcapng_next(struct pcapng *p, struct frame *frame_r)
{
	enum capture_result result;
	bool is_frame;

	*frame_r = (struct frame){ 0 };
	do
		result = block_take(p, frame_r, &is_frame);
	while (result == CAPTURE_FRAME && !is_frame);
	return result;
}

/* Up to the first interface; a section without any is a capture without frames. */
static enum capture_result
file_begin(struct pcapng *p)
{
	struct frame frame = { 0 };
	struct block block;
	enum capture_result result = block_read(p, &block);
	bool is_frame = false;

	if (result == CAPTURE_FRAME && block.type != BLOCK_SECTION)
		return damaged(p, "unknown file format");
	if (result == CAPTURE_FRAME)
		result = section_begin(p, block.body);
	while (result == CAPTURE_FRAME && !p->first_known)
		result = block_take(p, &frame, &is_frame);
	return result;
}

struct pcapng *
pcapng_open(FILE *stream, const char **trouble_r)
{
	struct pcapng *p = calloc(1, sizeof(*p));
	enum capture_result result;

	*trouble_r = NULL;
	if (p == NULL)
		return NULL;
	p->stream = stream;
	result = file_begin(p);
	if (result == CAPTURE_DAMAGED || result == CAPTURE_NO_MEMORY) {
		*trouble_r = p->trouble;
		pcapng_close(&p);
	}
	return p;
}

void
pcapng_close(struct pcapng **pcapng)
{
	if (*pcapng == NULL)
		return;
	while ((*pcapng)->names != NULL) {
		struct name *older = (*pcapng)->names->older;

		free((*pcapng)->names);
		(*pcapng)->names = older;
	}
	free((*pcapng)->interfaces);
	free((*pcapng)->block);
	free(*pcapng);
	*pcapng = NULL;
}

const char *
pcapng_trouble(const struct pcapng *p)
{
	return p->trouble != NULL ? p->trouble : "";
}

int
pcapng_link_type(const struct pcapng *p)
{
	return p->first.link_type;
}

uint32_t
pcapng_snaplen(const struct pcapng *p)
{
	return p->first.snaplen;
}
