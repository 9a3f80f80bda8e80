/* What a load is made of: the frames of sample captures, grown, and given addresses of their own. */
#ifndef STARTTRACE_TESTS_BENCH_LOAD_H
#define STARTTRACE_TESTS_BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame {
	int64_t  offset_us;             /* since the first frame of its sample */
	uint32_t len;
	bool     back;                  /* not from where its sample's first frame came */
	uint8_t *bytes;
};

struct sample {
	struct frame *frames;
	size_t        count;
};

/* Says what is wrong and why, and exits. */
_Noreturn void die(const char *what, const char *why);

/* sample.c: reads up to `most` frames of a capture.  False where it is no sample: compressed, not of Ethernet, longer
 * than FRAMES_MOST, or without TCP or UDP. */
enum {
	FRAMES_MOST = 512,
};
bool sample_load(struct sample *sample, const char *path, size_t most);

/* bulk.c: lets the client's message be so much longer: lines of text in a clear one, full records of TLS in a protected
 * one.  Dies where the sample, of TCP over IPv4, has no message. */
void sample_grow(struct sample *sample, const char *path, size_t bytes);

/* address.c: where the headers of a frame stand.  Ethernet, IPv4 or IPv6 without extensions, TCP or UDP. */
struct place {
	uint8_t *ip_checksum;           /* NULL: IPv6 has none */
	uint8_t *transport;
	uint8_t *checksum;              /* of TCP or UDP */
};
struct place frame_place(uint8_t *at);

/* Puts a number into two bytes, or adds to four, and adjusts the checksums that cover them. */
void frame_put16(uint8_t *field, uint32_t value, const struct place *place, bool in_ip);
void frame_add32(uint8_t *field, uint32_t more, const struct place *place);

/* Gives source and destination the addresses of these machines: their numbers are mixed into the upper parts. */
void frame_readdress(uint8_t *at, const uint32_t numbers[2]);

#endif
