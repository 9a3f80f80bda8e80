/* Frames out of pcapng files (draft-ietf-opsawg-pcapng), whose interfaces may differ in link type,
 * snaplen and time resolution: libpcap refuses such files, and captures on several interfaces are
 * of this kind.  For capture only. */
#ifndef STARTTRACE_WIRE_PCAPNG_H
#define STARTTRACE_WIRE_PCAPNG_H

#include "wire/capture.h"

#include <stdio.h>

enum {
	PCAPNG_FIRST_BYTE = 0x0A,       /* no other capture format begins with it */
};

struct pcapng;

/* Reads up to the first interface.  The stream stays the caller's and outlives the reader.  On
 * failure NULL, and *trouble_r says what is wrong with the file, or is NULL where memory was short. */
struct pcapng *pcapng_open(FILE *stream, const char **trouble_r);
void           pcapng_close(struct pcapng **pcapng);

/* The next frame but for its number and capture, valid until the next call. */
enum capture_result pcapng_next(struct pcapng *pcapng, struct frame *frame_r);

/* Why it ended with CAPTURE_DAMAGED. */
const char *pcapng_trouble(const struct pcapng *pcapng);

/* Of the first interface. */
int      pcapng_link_type(const struct pcapng *pcapng);
uint32_t pcapng_snaplen(const struct pcapng *pcapng);

#endif
