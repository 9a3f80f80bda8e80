/* A sample capture, in memory. */
#include "load.h"

#include <pcap/pcap.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
die(const char *what, const char *why)
{
	fprintf(stderr, "replay: %s: %s\n", what, why);
	exit(1);
}

static bool
is_transport(const uint8_t *at, uint32_t len)
{
	uint32_t ip = len >= 34 && at[12] == 0x08 && at[13] == 0x00 ? 20
		: len >= 54 && at[12] == 0x86 && at[13] == 0xDD ? 40 : 0;
	uint8_t protocol = ip == 0 ? 0 : at[ip == 20 ? 23 : 20];

	return (protocol == 6 && len >= 14 + ip + 20) || (protocol == 17 && len >= 14 + ip + 8);
}

/* Whether a frame goes the other way than the first one of its sample: from another address or, where both ends are
 * the same machine, from another port. */
static bool
goes_back(const uint8_t *first, const uint8_t *at)
{
	size_t half = at[12] == 0x08 ? 4 : 16, source = at[12] == 0x08 ? 26 : 22;
	size_t ports = 14 + (at[12] == 0x08 ? (size_t)(at[14] & 15) * 4 : 40);

	if (memcmp(at + source, at + source + half, half) == 0)
		return memcmp(first + ports, at + ports, 2) != 0;
	return memcmp(first + source, at + source, half) != 0;
}

static void
keep(struct sample *sample, int64_t at_us, const uint8_t *bytes, uint32_t len)
{
	struct frame *frame = &sample->frames[sample->count++];

	*frame = (struct frame){ .offset_us = at_us, .len = len, .bytes = malloc(len) };
	if (frame->bytes == NULL)
		die("a frame", "out of memory");
	memcpy(frame->bytes, bytes, len);
	frame->back = goes_back(sample->frames[0].bytes, frame->bytes);
}

bool
sample_load(struct sample *sample, const char *path, size_t most)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *in = pcap_open_offline(path, error);
	struct pcap_pkthdr *header;
	const uint8_t *bytes;
	int64_t first = 0;

	*sample = (struct sample){ .frames = calloc(FRAMES_MOST, sizeof(*sample->frames)) };
	if (sample->frames == NULL)
		die(path, "out of memory");
	if (in != NULL && pcap_datalink(in) == DLT_EN10MB) {
		while (sample->count < most && sample->count < FRAMES_MOST && pcap_next_ex(in, &header, &bytes) == 1) {
			int64_t at = (int64_t)header->ts.tv_sec * 1000000 + header->ts.tv_usec;

			if (header->caplen != header->len || !is_transport(bytes, header->caplen))
				continue;
			first = sample->count == 0 ? at : first;
			keep(sample, at - first, bytes, header->caplen);
		}
	}
	if (in != NULL)
		pcap_close(in);
	if (sample->count > 0 && sample->count < FRAMES_MOST)
		return true;
	free(sample->frames);
	return false;
}
