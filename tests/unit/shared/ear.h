/* Segments in, and what reassembly says of them written down as text. */
#ifndef STARTTRACE_TESTS_EAR_H
#define STARTTRACE_TESTS_EAR_H

#include "base/buffer.h"
#include "base/table.h"
#include "wire/reassembly.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	ACK = TCP_ACK,
	SYN = TCP_SYN,
	FIN = TCP_FIN,
	RST = TCP_RST,
	LATER = 1 << 8,         /* two minutes after the segment before; not a TCP flag */
	SOON = 1 << 9,          /* two seconds after it */
};

/* What was heard, as text: `C:bytes`, `C[gap 3@5]`, `C[conflict 2 first/second]`, parted by
 * blanks; bytes of one side are run together. */
struct ear {
	struct budget      budget;
	struct flow_table *table;
	struct reassembly *reassembly;
	struct buffer      heard;
	int                speaker;
	uint64_t           next[2];
	uint64_t           frame;
	uint64_t           gap_frame;   /* of the last gap told */
	int64_t            now_ns;
	enum flow_care     care;        /* lowered to this on the first bytes */
	bool               turn;        /* the sides, on the first bytes */
	bool               ended;
	struct stream      last[2];     /* as they were when the flow ended */
	bool               closing, by_reset;
	enum side          closed_first;
};

/* One flow at a time; `limits` may be NULL.  ear_close ends it and checks that all memory came back; `heard` stays, and
 * is the caller's to free. */
void ear_open(struct ear *ear, const struct reassembly_limits *limits, size_t budget);
void ear_close(struct ear *ear);

/* A segment from 40000 (client) to 25 or back.  Numbers count from the ISN of their side; those of both streams wrap
 * around early, signed and unsigned. */
struct segment segment_of(enum side side, unsigned flags, uint32_t sequence, uint32_t acknowledgement,
	struct span payload);

/* The segment in a frame of its own, at ear->now_ns. */
void ear_feed(struct ear *ear, struct segment segment);

/* Numbers count from the ISN of their side: 1 is the first byte. */
struct packet {
	enum side   side;
	unsigned    flags;
	uint32_t    sequence, acknowledgement;
	const char *payload;
	uint32_t    cut;        /* bytes that the snaplen took off its end */
};

#define PACKET(side, flags, sequence, acknowledgement, payload, cut, ...) \
	{ side, flags, sequence, acknowledgement, payload, cut }
#define C(...) PACKET(CLIENT, __VA_ARGS__, 0, 0)
#define S(...) PACKET(SERVER, __VA_ARGS__, 0, 0)
#define HANDSHAKE C(SYN, 0, 0, ""), S(SYN | ACK, 0, 1, ""), C(ACK, 1, 1, "")

/* The packet, a millisecond later, or as much as its flags say. */
void ear_play(struct ear *ear, const struct packet *packet);

#endif
