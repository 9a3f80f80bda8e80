/* Long messages out of short ones: behind the client's last data come more, in full segments, each second of them
 * acknowledged; what follows has its numbers moved.  TCP over IPv4. */
#include "load.h"

#include <stdlib.h>
#include <string.h>

enum {
	SEGMENT = 1448,                 /* what Ethernet carries behind IPv4, and TCP with timestamps */
	LINE = 78,                      /* RFC 5322, section 2.1.1 */
	RECORD = 16384 + 17,            /* of TLS 1.3 in practice: a type, a seal of 16 (RFC 8446, section 5.2) */
	FRAME_US = 12,                  /* a full frame takes so long at a gigabit a second */
	IP = 14,
};

/* Where the message is made longer: behind `within` bytes of the payload of a frame. */
struct seam {
	size_t frame, within;
	bool   in_tls;
};

static uint32_t
payload_of(const struct frame *frame, const uint8_t **at_r)
{
	struct place place = frame_place(frame->bytes);
	size_t head = (size_t)(place.transport - frame->bytes) + (size_t)(place.transport[12] >> 4) * 4;
	uint32_t end = IP + (uint32_t)(frame->bytes[IP + 2] << 8 | frame->bytes[IP + 3]);

	*at_r = frame->bytes + head;
	return end - (uint32_t)head;
}

/* A message in clear ends in a dot on a line of its own (RFC 5321, section 4.1.1.4); in TLS, it is the longest of the
 * client's records of application data. */
static bool
find_seam(const struct sample *sample, struct seam *seam_r)
{
	uint32_t longest = 0;

	for (size_t i = 0; i < sample->count; i++) {
		const uint8_t *at, *dot;
		uint32_t len = payload_of(&sample->frames[i], &at);

		if (sample->frames[i].back || len < 5)
			continue;
		dot = memmem(at, len, "\r\n.\r\n", 5);
		if (dot != NULL) {
			*seam_r = (struct seam){ i, (size_t)(dot + 2 - at), false };
			return true;
		}
		if (at[0] != 0x17 || len <= longest)
			continue;
		longest = len;
		*seam_r = (struct seam){ i, len, true };
	}
	return longest > 0;
}

/* Lines of text, or records of TLS, that fill `bytes` and end where a line or record ends. */
static uint8_t *
message(bool in_tls, size_t *bytes)
{
	size_t unit = in_tls ? 5 + RECORD : LINE;
	uint32_t random = 1;
	uint8_t *text;

	*bytes = (*bytes + unit - 1) / unit * unit;
	text = malloc(*bytes);
	if (text == NULL)
		die("a message", "out of memory");
	for (size_t i = 0; i < *bytes; i++) {
		random = random * 1664525 + 1013904223;
		text[i] = in_tls ? (uint8_t)(random >> 24) : (uint8_t)('A' + (random >> 24) % 26);
	}
	for (size_t i = 0; i < *bytes; i += unit) {
		static const uint8_t head[5] = { 0x17, 3, 3, RECORD >> 8, RECORD & 0xFF };

		if (in_tls)
			memcpy(text + i, head, sizeof(head));
		else
			memcpy(text + i + unit - 2, "\r\n", 2);
	}
	return text;
}

static uint32_t
sum16(const uint8_t *at, size_t len, uint32_t sum)
{
	for (size_t i = 0; i < len; i++)
		sum += i % 2 == 0 ? (uint32_t)at[i] << 8 : at[i];
	return sum;
}

static void
write_checksum(uint8_t *at, uint32_t sum)
{
	sum = (sum & 0xFFFF) + (sum >> 16);
	sum = ~((sum & 0xFFFF) + (sum >> 16));
	at[0] = (uint8_t)(sum >> 8);
	at[1] = (uint8_t)sum;
}

/* A frame like `model`, whose payload is this one instead. */
static struct frame
frame_like(const struct frame *model, const uint8_t *payload, size_t len)
{
	struct frame frame = { .offset_us = model->offset_us, .back = model->back };
	size_t head, total, transport;
	struct place place;
	const uint8_t *old;

	payload_of(model, &old);
	head = (size_t)(old - model->bytes);
	frame.len = (uint32_t)(head + len);
	frame.bytes = malloc(frame.len);
	if (frame.bytes == NULL)
		die("a frame", "out of memory");
	memcpy(frame.bytes, model->bytes, head);
	if (len > 0)
		memcpy(frame.bytes + head, payload, len);
	total = frame.len - IP;
	frame.bytes[IP + 2] = (uint8_t)(total >> 8);
	frame.bytes[IP + 3] = (uint8_t)total;
	place = frame_place(frame.bytes);
	memset(place.ip_checksum, 0, 2);
	memset(place.checksum, 0, 2);
	transport = total - (size_t)(place.transport - frame.bytes - IP);
	write_checksum(place.ip_checksum, sum16(frame.bytes + IP, total - transport, 0));
	write_checksum(place.checksum,
		sum16(frame.bytes + IP + 12, 8, sum16(place.transport, transport, 6 + (uint32_t)transport)));
	return frame;
}

/* Moves one frame as if the client had said so much more before it. */
static void
move(struct frame *frame, uint32_t more, int64_t later_us)
{
	struct place place = frame_place(frame->bytes);

	frame_add32(place.transport + (frame->back ? 8 : 4), more, &place);
	frame->offset_us += later_us;
}

/* The server's next word about the seam, which bare acknowledgements are made of. */
static const struct frame *
answer(const struct sample *sample, size_t seam)
{
	for (size_t i = seam + 1; i < sample->count; i++)
		if (sample->frames[i].back)
			return &sample->frames[i];
	die("a sample", "nobody answers its message");
}

/* The grown sample: the frames before the seam, its own up to there, the message, what was left of it, and the rest. */
struct growing {
	struct sample       sample;
	struct frame        head;       /* the seam's frame, up to the seam */
	uint32_t            head_len, rest_len;
	const struct frame *reply;      /* acknowledges all of that frame */
	uint32_t            grown;      /* bytes of the message so far */
};

/* Adds a frame; it comes so many bytes of payload behind its old place. */
static void
add(struct growing *growing, struct frame frame, uint32_t behind)
{
	move(&frame, behind, (int64_t)(growing->grown / SEGMENT) * FRAME_US);
	growing->sample.frames[growing->sample.count++] = frame;
}

static void
add_message(struct growing *growing, const uint8_t *text, size_t bytes)
{
	for (size_t done = 0, count = 1; done < bytes; done += SEGMENT, count++) {
		uint32_t len = (uint32_t)(bytes - done < SEGMENT ? bytes - done : SEGMENT);
		struct frame bare;

		add(growing, frame_like(&growing->head, text + done, len), growing->head_len + growing->grown);
		growing->grown += len;
		if (count % 2 > 0)
			continue;
		bare = frame_like(growing->reply, NULL, 0);
		bare.offset_us = growing->head.offset_us;
		add(growing, bare, growing->grown - growing->rest_len);
	}
}

static void
add_all(struct growing *growing, const struct sample *sample, const struct seam *seam, const uint8_t *text,
	size_t bytes)
{
	const struct frame *seamed = &sample->frames[seam->frame];
	const uint8_t *payload;
	uint32_t len = payload_of(seamed, &payload);

	growing->head = frame_like(seamed, payload, seam->within);
	growing->head_len = (uint32_t)seam->within;
	growing->rest_len = len - growing->head_len;
	growing->reply = answer(sample, seam->frame);
	for (size_t i = 0; i < seam->frame; i++)
		add(growing, sample->frames[i], 0);
	add(growing, growing->head, 0);
	add_message(growing, text, bytes);
	if (growing->rest_len > 0)
		add(growing, frame_like(seamed, payload + seam->within, growing->rest_len),
			growing->grown + growing->head_len);
	for (size_t i = seam->frame + 1; i < sample->count; i++)
		add(growing, sample->frames[i], growing->grown);
}

void
sample_grow(struct sample *sample, const char *path, size_t bytes)
{
	struct growing growing = { 0 };
	struct seam seam;
	uint8_t *text;

	if (sample->frames[0].bytes[12] != 0x08 || !find_seam(sample, &seam))
		die(path, "no message that could be longer");
	text = message(seam.in_tls, &bytes);
	growing.sample.frames = calloc(sample->count + bytes / SEGMENT * 2 + 4, sizeof(*sample->frames));
	if (growing.sample.frames == NULL)
		die(path, "out of memory");
	add_all(&growing, sample, &seam, text, bytes);
	free(text);
	free(sample->frames);
	*sample = growing.sample;
}
