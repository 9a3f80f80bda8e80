/* A capture's bytes unpacked: the only file that includes zlib and zstd.  Both formats may hold
 * several members one behind the other, as rotated files that were concatenated do. */
#include "wire/decompress.h"

#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum {
	INPUT_SIZE = 64 * 1024,
	STREAM_BUFFER = 256 * 1024,
	GZIP_WINDOW = 15 + 16,          /* the largest window, in a gzip envelope */
	ZSTD_WINDOW_LOG_MAX = 27,       /* 128 MiB: what `zstd -d` accepts without being told to */
};

struct decompress {
	struct source *source;
	size_t         (*unpack)(struct decompress *, struct span *in, uint8_t *out, size_t room);
	struct span    input;           /* read and not yet unpacked */
	bool           source_ended;
	bool           between;         /* a member is complete and no other has begun */
	const char    *trouble;
	bool           lacks_memory;
	z_stream       gzip;
	ZSTD_DStream  *zstd;
	char          *stream_buffer;
	uint8_t        bytes[INPUT_SIZE];
};

/* Unpacks from the front of *in and returns how many bytes came out. */
static size_t
gzip_unpack(struct decompress *d, struct span *in, uint8_t *out, size_t room)
{
	z_stream *z = &d->gzip;
	int result;

	if (d->between)
		inflateReset(z);
	z->next_in = (uint8_t *)(uintptr_t)in->at;      /* zlib only reads it */
	z->avail_in = (uInt)in->len;
	z->next_out = out;
	z->avail_out = (uInt)room;
	result = inflate(z, Z_NO_FLUSH);
	*in = span_after(*in, in->len - z->avail_in);
	d->between = result == Z_STREAM_END;
	if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
		d->trouble = "the gzip data is damaged";
	d->lacks_memory |= result == Z_MEM_ERROR;
	return room - z->avail_out;
}

static size_t
zstd_unpack(struct decompress *d, struct span *in, uint8_t *out, size_t room)
{
	ZSTD_inBuffer from = { .src = in->at, .size = in->len };
	ZSTD_outBuffer to = { .dst = out, .size = room };
	size_t result = ZSTD_decompressStream(d->zstd, &to, &from);

	*in = span_after(*in, from.pos);
	d->between = result == 0;
	if (ZSTD_isError(result))
		d->trouble = ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge
			? "the zstd data asks for more than 128 MiB of memory"
			: "the zstd data is damaged";
	d->lacks_memory |= ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation;
	return to.pos;
}

static bool
input_fill(struct decompress *d)
{
	ssize_t got = source_read(d->source, d->bytes, INPUT_SIZE);

	if (got < 0)
		return false;
	d->source_ended = got == 0;
	d->input = span_from(d->bytes, (size_t)got);
	return true;
}

static ssize_t
packed_read(void *cookie, char *out, size_t room)
{
	struct decompress *d = cookie;

	while (d->trouble == NULL) {
		size_t got;

		if (d->input.len == 0 && !d->source_ended && !input_fill(d))
			return -1;
		if (d->input.len == 0 && d->between)
			break;
		got = d->unpack(d, &d->input, (uint8_t *)out, room);
		if (got > 0)
			return (ssize_t)got;
		if (d->input.len == 0 && d->source_ended && d->trouble == NULL && !d->between)
			d->trouble = "the compressed data ends early";
	}
	return 0;
}

static ssize_t
plain_read(void *cookie, char *out, size_t room)
{
	struct decompress *d = cookie;

	return source_read(d->source, out, room);
}

/* Chooses by the magic numbers of RFC 1952, section 2.3.1, and RFC 8878, section 3.1.1. */
static bool
unpack_choose(struct decompress *d)
{
	static const uint8_t gzip[] = { 0x1F, 0x8B };
	static const uint8_t zstd[] = { 0x28, 0xB5, 0x2F, 0xFD };
	struct span head = source_head(d->source);

	if (span_equal(span_first(head, sizeof(gzip)), span_from(gzip, sizeof(gzip)))) {
		d->unpack = gzip_unpack;
		return inflateInit2(&d->gzip, GZIP_WINDOW) == Z_OK;
	}
	if (span_equal(head, span_from(zstd, sizeof(zstd)))) {
		d->unpack = zstd_unpack;
		d->zstd = ZSTD_createDStream();
		return d->zstd != NULL && !ZSTD_isError(ZSTD_DCtx_setParameter(d->zstd,
			ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX));
	}
	return true;
}

struct decompress *
decompress_new(struct source *source)
{
	struct decompress *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->source = source;
	d->stream_buffer = malloc(STREAM_BUFFER);
	if (d->stream_buffer == NULL || !unpack_choose(d))
		decompress_free(&d);
	return d;
}

void
decompress_free(struct decompress **decompress)
{
	struct decompress *d = *decompress;

	if (d == NULL)
		return;
	if (d->unpack == gzip_unpack)
		inflateEnd(&d->gzip);
	ZSTD_freeDStream(d->zstd);
	free(d->stream_buffer);
	free(d);
	*decompress = NULL;
}

/* One thread reads it, so it need not lock. */
FILE *
decompress_stream(struct decompress *d)
{
	cookie_io_functions_t functions = { .read = d->unpack != NULL ? packed_read : plain_read };
	FILE *stream = fopencookie(d, "r", functions);

	if (stream == NULL)
		return NULL;
	setvbuf(stream, d->stream_buffer, _IOFBF, STREAM_BUFFER);
	__fsetlocking(stream, FSETLOCKING_BYCALLER);
	return stream;
}

const char *
decompress_trouble(const struct decompress *d)
{
	return d->trouble != NULL ? d->trouble : "";
}

bool
decompress_lacks_memory(const struct decompress *d)
{
	return d->lacks_memory;
}
