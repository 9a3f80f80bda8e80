/* Capture files: classic pcap for one interface, pcapng (draft-ietf-opsawg-pcapng) for two.  What passes both is
 * seen a moment later at the second, and has passed one router more. */
#include "weave.h"

#include <stdlib.h>
#include <string.h>

enum {
	DLT_EN10MB = 1,
	BETWEEN_US = 200,               /* from one interface to the other */
	ADDRESS = 6,                    /* of an Ethernet frame, which begins with two */
	ADDRESSES = 12,
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 6,
	OPTION_NAME = 2,
};

struct kept {
	uint64_t time_us;
	size_t   order;
	unsigned view;
	uint8_t *at;
	size_t   len;
};

struct output {
	FILE        *file;
	uint32_t     snaplen;
	bool         keeps;
	unsigned     view;
	struct kept *kept;
	size_t       count, room;
};

/* Little endian; the magic tells a reader so. */
static void
write_number(FILE *file, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		putc((int)(value >> (8 * i) & 0xff), file);
}

static void
write_padded(FILE *file, const void *at, size_t len)
{
	fwrite(at, 1, len, file);
	write_number(file, 0, (4 - len % 4) % 4);
}

static void
write_section(FILE *file)
{
	write_number(file, BLOCK_SECTION, 4);
	write_number(file, 28, 4);
	write_number(file, 0x1a2b3c4du, 4);
	write_number(file, 1, 2);
	write_number(file, 0, 2);
	write_number(file, UINT64_MAX, 8);
	write_number(file, 28, 4);
}

static void
write_interface(FILE *file, const char *name, uint32_t snaplen)
{
	size_t len = strlen(name), size = 20 + 4 + (len + 3) / 4 * 4 + 4;

	write_number(file, BLOCK_INTERFACE, 4);
	write_number(file, size, 4);
	write_number(file, DLT_EN10MB, 2);
	write_number(file, 0, 2);
	write_number(file, snaplen, 4);
	write_number(file, OPTION_NAME, 2);
	write_number(file, len, 2);
	write_padded(file, name, len);
	write_number(file, 0, 4);
	write_number(file, size, 4);
}

static void
write_packet(const struct output *output, const struct kept *kept)
{
	size_t captured = kept->len < output->snaplen ? kept->len : output->snaplen;
	size_t size = 32 + (captured + 3) / 4 * 4;

	write_number(output->file, BLOCK_PACKET, 4);
	write_number(output->file, size, 4);
	write_number(output->file, kept->view, 4);
	write_number(output->file, kept->time_us >> 32, 4);
	write_number(output->file, kept->time_us & 0xffffffffu, 4);
	write_number(output->file, captured, 4);
	write_number(output->file, kept->len, 4);
	write_padded(output->file, kept->at, captured);
	write_number(output->file, size, 4);
}

static void
write_classic_begin(const struct output *output)
{
	write_number(output->file, 0xa1b2c3d4u, 4);
	write_number(output->file, 2, 2);
	write_number(output->file, 4, 2);
	write_number(output->file, 0, 8);
	write_number(output->file, output->snaplen, 4);
	write_number(output->file, DLT_EN10MB, 4);
}

struct output *
output_begin(FILE *file, const struct script *script)
{
	struct output *output = calloc(1, sizeof *output);

	if (output == NULL)
		abort();
	*output = (struct output){
		.file = file, .snaplen = script->snaplen, .keeps = script->interfaces[1][0] != '\0',
	};
	if (!output->keeps) {
		write_classic_begin(output);
		return output;
	}
	write_section(file);
	write_interface(file, script->interfaces[0], script->snaplen);
	write_interface(file, script->interfaces[1], script->snaplen);
	return output;
}

void
output_view(struct output *output, unsigned view)
{
	output->view = view;
}

static void
keep(struct output *output, const uint8_t *at, size_t len, uint64_t time_us)
{
	struct kept *kept;

	if (output->count == output->room) {
		output->room = output->room == 0 ? 256 : output->room * 2;
		output->kept = realloc(output->kept, output->room * sizeof *output->kept);
		if (output->kept == NULL)
			abort();
	}
	kept = &output->kept[output->count];
	*kept = (struct kept){
		.time_us = time_us, .order = output->count++, .view = output->view, .len = len,
		.at = malloc(len),
	};
	if (kept->at == NULL)
		abort();
	memcpy(kept->at, at, len);
}

/* One router lies between the two interfaces (RFC 1812, section 5.3.1).  IPv4 headers are summed up anew. */
static void
pass_router(struct kept *kept)
{
	size_t ip = ADDRESSES + 2 + (kept->at[ADDRESSES] == 0x81 ? 4 : 0);
	uint32_t total = 0;

	if (kept->at[ip] >> 4 == 6) {
		kept->at[ip + 7]--;
		return;
	}
	kept->at[ip + 8]--;
	kept->at[ip + 10] = kept->at[ip + 11] = 0;
	for (size_t i = 0; i < 20; i += 2)
		total += (uint32_t)kept->at[ip + i] << 8 | kept->at[ip + i + 1];
	total = (total & 0xffff) + (total >> 16);
	total = ~((total & 0xffff) + (total >> 16));
	kept->at[ip + 10] = (uint8_t)(total >> 8);
	kept->at[ip + 11] = (uint8_t)total;
}

void
output_frame(struct output *output, const uint8_t *at, size_t len, uint64_t time_us)
{
	size_t captured = len < output->snaplen ? len : output->snaplen;
	unsigned first = at[ADDRESS - 1] == 1;  /* what goes to the client passes the server's interface first */

	if (output->keeps) {
		keep(output, at, len, time_us + (first != output->view ? BETWEEN_US : 0));
		if (first != output->view)
			pass_router(&output->kept[output->count - 1]);
		return;
	}
	write_number(output->file, time_us / 1000000, 4);
	write_number(output->file, time_us % 1000000, 4);
	write_number(output->file, captured, 4);
	write_number(output->file, len, 4);
	fwrite(at, 1, captured, output->file);
}

static int
by_time(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	if (x->time_us != y->time_us)
		return x->time_us < y->time_us ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

void
output_end(struct output **output)
{
	struct output *gone = *output;

	if (gone->count > 0)
		qsort(gone->kept, gone->count, sizeof *gone->kept, by_time);
	for (size_t i = 0; i < gone->count; i++) {
		write_packet(gone, &gone->kept[i]);
		free(gone->kept[i].at);
	}
	free(gone->kept);
	free(gone);
	*output = NULL;
}
