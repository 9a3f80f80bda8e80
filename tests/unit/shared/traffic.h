/* Captures made in memory: connections that take turns, as Ethernet frames with IPv4 and TCP. */
#ifndef STARTTRACE_TESTS_UNIT_TRAFFIC_H
#define STARTTRACE_TESTS_UNIT_TRAFFIC_H

#include "base/buffer.h"
#include "base/table.h"
#include "wire/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	ETHERNET = 1,                   /* DLT_EN10MB */
	HEADERS = 14 + 20 + 20,
	FRAMES_MOST = 200000,
};

/* One end speaks of itself: the sequence number of its next byte. */
struct connection {
	unsigned number;
	uint16_t server_port;
	uint32_t next[2];
};

struct traffic {
	struct buffer bytes;
	size_t       *ends;             /* of each frame in `bytes` */
	size_t        count;
	int64_t       now_ns;
	int64_t      *times;
};

void traffic_open(struct traffic *t);
void traffic_close(struct traffic *t);

/* Any bytes as the next frame, a millisecond later. */
void traffic_frame(struct traffic *t, const void *bytes, size_t len);

/* Two octets in network order. */
void put16(uint8_t *at, unsigned number);

/* A segment of up to 1460 bytes, and its side's next sequence number. */
void traffic_segment(struct traffic *t, struct connection *c, enum side side, unsigned flags, struct span payload);

void traffic_connect(struct traffic *t, struct connection *c);

/* In segments of up to `piece` bytes. */
void traffic_say(struct traffic *t, struct connection *c, enum side side, struct span bytes, size_t piece);

/* One turn of a story: "C:bytes" and "S:bytes" speak, "O" connects, "F" and "f" end with FIN by client and server,
 * "R" and "r" with RST, "W" waits for a minute. */
void traffic_turn(struct traffic *t, struct connection *c, struct span turn, size_t piece);

/* The turn of this index of a story, bars between them; false behind the last one. */
bool story_turn(const char *story, size_t index, struct span *turn_r);

/* `count` connections that all tell a story of the table, turn and turn about. */
void traffic_tell(struct traffic *t, const char *const *stories, size_t story_count, size_t count, size_t piece);

/* The frame of this index, in memory that the next call overwrites. */
struct frame traffic_at(const struct traffic *t, size_t index);

#endif
