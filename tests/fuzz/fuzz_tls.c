/* TLS by its messages: the target puts them into records, each once whole and once in small pieces.  A sender may cut
 * handshake messages as it likes (RFC 8446, section 5.1), and that must not change what is understood. */
#include "telling.h"

#include "x509_cache.h"

enum {
	/* the head of a piece: bit 0 is the side, then what it is, then the version; two bytes of length follow */
	KIND_SHIFT = 1,
	KIND_MASK = 7,
	VERSION_SHIFT = 4,
	VERSION_MASK = 3,

	RECORD_HEADER = 5,
	RECORD_MOST = 1 << 14,
	VERSION_MAJOR = 3,
	HANDSHAKE = 22,
	RAW = 0,                        /* bytes that are in no record */
};

/* Record types that a kind stands for; handshake messages are what most is said with. */
static const uint8_t types[KIND_MASK + 1] = { HANDSHAKE, HANDSHAKE, 20, 21, 23, 24, HANDSHAKE, RAW };

extern const struct dissector tls_dissector;

/* A telling with its way to cut messages.  A side whose bytes are encrypted, or of which nobody knows where records
 * begin, is not cut any more: what is in its records is not known, only how long they are. */
struct speaker {
	struct telling telling;
	size_t         record;          /* most bytes in a record */
	bool           opaque[2];
};

static void
say_record(struct speaker *speaker, enum side side, uint8_t type, uint8_t minor, struct span body)
{
	const uint8_t header[RECORD_HEADER] = { type, VERSION_MAJOR, minor, (uint8_t)(body.len >> 8),
		(uint8_t)body.len };

	telling_say(&speaker->telling, side, span_from(header, sizeof(header)), sizeof(header));
	telling_say(&speaker->telling, side, body, RECORD_MOST);
}

static void
say_piece(struct speaker *speaker, uint32_t head, struct span body)
{
	enum side side = head & 1 ? SERVER : CLIENT;
	uint8_t type = types[head >> KIND_SHIFT & KIND_MASK], minor = head >> VERSION_SHIFT & VERSION_MASK;
	bool cut = type == HANDSHAKE && !speaker->opaque[side];

	if (type == RAW) {
		speaker->opaque[CLIENT] = speaker->opaque[SERVER] = true;
		telling_say(&speaker->telling, side, body, RECORD_MOST);
		return;
	}
	if (type != HANDSHAKE)
		speaker->opaque[side] = true;
	do {
		size_t most = cut ? speaker->record : RECORD_MOST;

		say_record(speaker, side, type, minor, span_first(body, most));
		body = span_after(body, most);
	} while (body.len > 0);
}

static void
tell(struct speaker *speaker, struct cursor in, uint8_t mode)
{
	while (in.left > 2) {
		uint32_t head = cursor_be(&in, 1);
		size_t len = cursor_be(&in, 2);

		say_piece(speaker, head, cursor_take_up_to(&in, len));
	}
	telling_close(&speaker->telling, mode);
}

/* A connection that was joined late shows no whole message when it shows half of one. */
static void
tell_twice(struct cursor in, struct x509_cache *certificates, size_t record, uint8_t mode)
{
	struct speaker whole = { .record = RECORD_MOST }, cut = { .record = record };

	if (telling_begin(&whole.telling, &tls_dissector, certificates, mode)) {
		tell(&whole, in, mode);
		if (telling_begin(&cut.telling, &tls_dissector, certificates, mode)) {
			tell(&cut, in, mode);
			if (telling_can_compare(&whole.telling, mode) && (mode & TELLING_MIDSTREAM) == 0)
				telling_compare(&whole.telling, &cut.telling);
		}
		telling_end(&cut.telling);
	}
	telling_end(&whole.telling);
}

/* The first byte is the mode, the second says how small records are. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor in = cursor_of(span_from(data, size));
	uint8_t mode = (uint8_t)cursor_be(&in, 1);
	size_t record = cursor_be(&in, 1) + 1;
	struct budget budget = fuzz_budget(mode & 0x0F);
	struct x509_cache *certificates = x509_cache_new(&budget);

	tell_twice(in, certificates, record, mode);
	x509_cache_free(&certificates);
	fuzz_all_given_back(&budget);
	return 0;
}

/* Seeds ---------------------------------------------------------------------------------------- */

struct writer {
	struct buffer *out;
	struct buffer  waiting[2];
};

static unsigned
kind_of(uint8_t type)
{
	unsigned kind = 0;

	while (kind < KIND_MASK && types[kind] != type)
		kind++;
	return kind;
}

/* Takes a record off the front, or a byte that begins none; false while more must come. */
static bool
write_record(struct writer *writer, enum side side)
{
	struct span in = buffer_span(&writer->waiting[side]);
	size_t len;

	if (in.len < RECORD_HEADER)
		return false;
	if (in.at[0] < 20 || in.at[0] > 24 || in.at[1] != VERSION_MAJOR) {
		buffer_drop(&writer->waiting[side], 1);
		return true;
	}
	len = (size_t)in.at[3] << 8 | in.at[4];
	if (in.len < RECORD_HEADER + len)
		return false;
	if (writer->out->len == 0)
		fuzz_put(writer->out, 47, 2);
	fuzz_put(writer->out, (side == SERVER) | kind_of(in.at[0]) << KIND_SHIFT |
		(unsigned)(in.at[2] & VERSION_MASK) << VERSION_SHIFT, 1);
	fuzz_put(writer->out, len, 2);
	buffer_add(writer->out, span_first(span_after(in, RECORD_HEADER), len));
	buffer_drop(&writer->waiting[side], RECORD_HEADER + len);
	return true;
}

static void
write_stretch(void *user, const struct stretch *stretch)
{
	struct writer *writer = user;

	buffer_add(&writer->waiting[stretch->side], stretch->bytes);
	while (write_record(writer, stretch->side))
		;
}

void
fuzz_seed(const char *path, struct buffer *seed)
{
	struct writer writer = { .out = seed };

	fuzz_each_stretch(path, write_stretch, &writer);
	buffer_free(&writer.waiting[CLIENT]);
	buffer_free(&writer.waiting[SERVER]);
}
