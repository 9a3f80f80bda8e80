/* Statistics of interfaces.  They count from the beginning of the capture and stand at its end, so the file is walked
 * backwards, from one block's trailing length to the next, up to the last frame. */
#include "wire/pcapng_loss.h"

#include "wire/pcapng_interface.h"

enum {
	BLOCK_STATISTICS = 5,
	BLOCK_PACKET = 2,
	BLOCK_SIMPLE_PACKET = 3,
	BLOCK_ENHANCED_PACKET = 6,
	BLOCK_LEAST = 12,               /* type, and the length in front and behind */
	BODY_MOST = 512,
	BLOCKS_MOST = 1024,             /* behind the last frame */
	STATISTICS_HEADER = 12,         /* interface and time */
};

enum option {
	OPTION_RECEIVED = 4,            /* isb_ifrecv */
	OPTION_INTERFACE_DROPS = 5,     /* isb_ifdrop */
	OPTION_SYSTEM_DROPS = 7,        /* isb_osdrop */
	OPTION_DELIVERED = 8,           /* isb_usrdeliv */
	OPTIONS_KNOWN
};

struct block {
	uint32_t type, len;
	uint64_t at;
	bool     big_endian;
};

static bool
read_whole(const struct source *source, void *at, size_t len, uint64_t offset)
{
	return source_read_at(source, at, len, offset) == (ssize_t)len;
}

/* The block that ends at `end`: both its lengths agree in one byte order. */
static bool
block_before(const struct source *source, uint64_t end, struct block *block_r)
{
	uint8_t trailer[4], header[8];

	if (end < BLOCK_LEAST || !read_whole(source, trailer, sizeof(trailer), end - sizeof(trailer)))
		return false;
	for (unsigned big = 0; big < 2; big++) {
		uint32_t len = pcapng_word(trailer, big);

		if (len < BLOCK_LEAST || len % 4 != 0 || len > end ||
		    !read_whole(source, header, sizeof(header), end - len) || pcapng_word(header + 4, big) != len)
			continue;
		*block_r = (struct block){ pcapng_word(header, big), len, end - len, big };
		return true;
	}
	return false;
}

static uint64_t
number_of(struct span value, bool big_endian)
{
	uint64_t first = pcapng_word(value.at, big_endian), second = pcapng_word(value.at + 4, big_endian);

	return big_endian ? first << 32 | second : second << 32 | first;
}

/* What came through is stated, or is what the interface received without what was lost. */
static void
add_statistics(struct loss *loss, const uint64_t counts[OPTIONS_KNOWN])
{
	uint64_t lost = counts[OPTION_INTERFACE_DROPS] + counts[OPTION_SYSTEM_DROPS];
	uint64_t received = counts[OPTION_RECEIVED];

	loss->lost += lost;
	if (counts[OPTION_DELIVERED] > 0)
		loss->seen += counts[OPTION_DELIVERED];
	else
		loss->seen += received > lost ? received - lost : 0;
}

static void
statistics_read(struct span body, bool big_endian, struct loss *loss)
{
	struct cursor c = cursor_of(span_after(body, STATISTICS_HEADER));
	uint64_t counts[OPTIONS_KNOWN] = { 0 };

	while (c.left >= 4) {
		uint32_t code = pcapng_number(&c, 2, big_endian), len = pcapng_number(&c, 2, big_endian);
		struct span value = cursor_take(&c, len);

		if (c.failed || code == 0)
			break;
		if (code < OPTIONS_KNOWN && len == 8)
			counts[code] = number_of(value, big_endian);
		cursor_take_up_to(&c, (4 - len % 4) % 4);
	}
	add_statistics(loss, counts);
}

bool
pcapng_loss(const struct source *source, struct loss *loss_r)
{
	uint64_t end = source_size(source);
	uint8_t body[BODY_MOST];
	struct block block;

	*loss_r = (struct loss){ .lost = 0 };
	for (size_t i = 0; i < BLOCKS_MOST && block_before(source, end, &block); i++) {
		size_t len = block.len - BLOCK_LEAST < BODY_MOST ? block.len - BLOCK_LEAST : BODY_MOST;

		if (block.type == BLOCK_PACKET || block.type == BLOCK_SIMPLE_PACKET ||
		    block.type == BLOCK_ENHANCED_PACKET)
			break;
		if (block.type == BLOCK_STATISTICS && read_whole(source, body, len, block.at + 8))
			statistics_read(span_from(body, len), block.big_endian, loss_r);
		end = block.at;
	}
	return loss_r->lost > 0;
}
