/* Frames out of capture files: classic ones by libpcap, pcapng by a reader of its own.  libpcap never sees the filter
 * while it reads, because it would pass over filtered frames without counting them. */
#include "wire/capture.h"

#include "wire/decompress.h"
#include "wire/filter.h"
#include "wire/pcapng.h"
#include "wire/pcapng_loss.h"
#include "wire/stamp.h"

#include <pcap.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LINKTYPE_RAW = 101,             /* what files call DLT_RAW */
	DAMAGE_SIZE = PCAP_ERRBUF_SIZE + 64,
};

struct capture {
	struct source      *source;
	struct decompress  *decompress;
	FILE               *stream;     /* of a pcapng file; the other kind's belongs to libpcap */
	struct pcapng      *pcapng;
	pcap_t             *pcap;       /* where it is not pcapng */
	struct filter      *filter;     /* NULL: every frame passes */
	uint32_t            index;
	uint64_t            frames;
	enum capture_result stopped;    /* CAPTURE_FRAME: not yet */
	char                damage[DAMAGE_SIZE];
};

/* The name a person gave: standard input has none. */
static const char *
shown(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

static struct status
no_memory(void)
{
	return status_of(STATUS_NO_MEMORY, "out of memory");
}

/* `words` are the reader's, or NULL where memory was short. */
static struct status
not_a_capture(const struct capture *capture, const char *path, const char *words)
{
	const char *trouble = decompress_trouble(capture->decompress);

	if (words == NULL || decompress_lacks_memory(capture->decompress))
		return status_of(STATUS_NO_MEMORY, "%s: out of memory", shown(path));
	return status_of(STATUS_INPUT, "%s: not a capture that can be read (%s)", shown(path),
		trouble[0] != '\0' ? trouble : words);
}

/* libpcap takes the stream over, but not when it fails. */
static struct status
pcap_begin(struct capture *capture, const char *path)
{
	char words[PCAP_ERRBUF_SIZE] = "";

	errno = 0;
	capture->pcap = pcap_fopen_offline_with_tstamp_precision(capture->stream,
		PCAP_TSTAMP_PRECISION_NANO, words);
	if (capture->pcap == NULL)
		return not_a_capture(capture, path, errno == ENOMEM ? NULL : words);
	capture->stream = NULL;
	return status_ok();
}

static struct status
pcapng_begin(struct capture *capture, const char *path)
{
	const char *words;

	capture->pcapng = pcapng_open(capture->stream, &words);
	return capture->pcapng != NULL ? status_ok() : not_a_capture(capture, path, words);
}

static struct status
stream_begin(struct capture *capture, const char *path)
{
	int first;

	capture->decompress = decompress_new(capture->source);
	if (capture->decompress != NULL)
		capture->stream = decompress_stream(capture->decompress);
	if (capture->stream == NULL)
		return no_memory();
	first = getc(capture->stream);
	ungetc(first, capture->stream);
	return first == PCAPNG_FIRST_BYTE ? pcapng_begin(capture, path) : pcap_begin(capture, path);
}

static struct status
capture_begin(struct capture *capture, const char *path, const char *filter)
{
	struct status status = source_open(path, &capture->source);

	if (status_is_ok(&status))
		status = stream_begin(capture, path);
	if (status_is_ok(&status) && filter != NULL)
		status = filter_new(filter, capture_link_type(capture), shown(path), &capture->filter);
	return status;
}

struct status
capture_open(const char *path, const char *filter, uint32_t index, struct capture **capture_r)
{
	struct capture *capture = calloc(1, sizeof(*capture));
	struct status status;

	*capture_r = NULL;
	if (capture == NULL)
		return no_memory();
	capture->index = index;
	status = capture_begin(capture, path, filter);
	if (status_is_ok(&status))
		*capture_r = capture;
	else
		capture_close(&capture);
	return status;
}

void
capture_close(struct capture **capture)
{
	struct capture *c = *capture;

	if (c == NULL)
		return;
	filter_free(&c->filter);
	pcapng_close(&c->pcapng);
	if (c->pcap != NULL)
		pcap_close(c->pcap);
	if (c->stream != NULL)
		fclose(c->stream);
	decompress_free(&c->decompress);
	source_close(&c->source);
	free(c);
	*capture = NULL;
}

/* Why no frame came: the end, unless the reader or the unpacking has words to say. */
static enum capture_result
capture_stop(struct capture *capture, enum capture_result result)
{
	const char *words = decompress_trouble(capture->decompress);

	if (words[0] != '\0')
		result = decompress_lacks_memory(capture->decompress) ? CAPTURE_NO_MEMORY : CAPTURE_DAMAGED;
	capture->stopped = result;
	if (result == CAPTURE_END)
		return result;
	if (result == CAPTURE_NO_MEMORY)
		words = "out of memory";
	else if (words[0] == '\0')
		words = capture->pcapng != NULL ? pcapng_trouble(capture->pcapng)
						: pcap_geterr(capture->pcap);
	snprintf(capture->damage, sizeof(capture->damage), "after frame %llu: %s",
		(unsigned long long)capture->frames, words);
	for (char *c = capture->damage; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7F)
			*c = ' ';
	return result;
}

static enum capture_result
classic_next(struct capture *capture, struct frame *frame_r)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int result;

	errno = 0;
	result = pcap_next_ex(capture->pcap, &header, &bytes);
	if (result == PCAP_ERROR_BREAK)
		return CAPTURE_END;
	if (result != 1)
		return errno == ENOMEM ? CAPTURE_NO_MEMORY : CAPTURE_DAMAGED;
	*frame_r = (struct frame){
		.at.time_ns = stamp_ns(header->ts.tv_sec, header->ts.tv_usec, 1),
		.link_type = pcap_datalink(capture->pcap),
		.wire_len = header->len,
		.bytes = span_from(bytes, header->caplen),
	};
	return CAPTURE_FRAME;
}

enum capture_result
capture_next(struct capture *capture, struct frame *frame_r)
{
	enum capture_result result;

	if (capture->stopped != CAPTURE_FRAME)
		return capture->stopped;
	do {
		result = capture->pcapng != NULL ? pcapng_next(capture->pcapng, frame_r)
						 : classic_next(capture, frame_r);
		if (result != CAPTURE_FRAME)
			return capture_stop(capture, result);
		capture->frames++;
		if (frame_r->link_type == LINKTYPE_RAW)
			frame_r->link_type = DLT_RAW;
	} while (capture->filter != NULL && !filter_passes(capture->filter, frame_r));
	frame_r->at.frame = capture->frames;
	frame_r->at.capture = capture->index;
	return CAPTURE_FRAME;
}

const char *
capture_damage(const struct capture *capture)
{
	return capture->damage;
}

uint64_t
capture_frames(const struct capture *capture)
{
	return capture->frames;
}

uint64_t
capture_position(const struct capture *capture)
{
	return source_position(capture->source);
}

uint64_t
capture_size(const struct capture *capture)
{
	return source_size(capture->source);
}

int
capture_link_type(const struct capture *capture)
{
	int type = capture->pcapng != NULL ? pcapng_link_type(capture->pcapng)
					   : pcap_datalink(capture->pcap);

	return type == LINKTYPE_RAW ? DLT_RAW : type;
}

uint32_t
capture_snaplen(const struct capture *capture)
{
	int snaplen;

	if (capture->pcapng != NULL)
		return pcapng_snaplen(capture->pcapng);
	snaplen = pcap_snapshot(capture->pcap);
	return snaplen > 0 ? (uint32_t)snaplen : 0;
}

/* A compressed file begins otherwise. */
bool
capture_loss(const struct capture *capture, struct loss *loss_r)
{
	struct span head = source_head(capture->source);

	if (capture->pcapng == NULL || head.len == 0 || head.at[0] != PCAPNG_FIRST_BYTE ||
	    !pcapng_loss(capture->source, loss_r))
		return false;
	loss_r->capture = capture->index;
	loss_r->from_ns = INT64_MIN;
	loss_r->to_ns = INT64_MAX;
	return true;
}

struct status
capture_sha256(struct capture *capture, uint8_t out[SHA256_SIZE])
{
	return source_sha256(capture->source, out);
}
