/* weave: a dialogue as a person would write it on paper in, a capture out.  The text format is told in
 * tests/README.md.  Uses libc alone, so that a fault of the program cannot hide in its own test tool. */
#ifndef STARTTRACE_TESTS_WEAVE_H
#define STARTTRACE_TESTS_WEAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
	SEGMENT_MOST = 1460,            /* what a sender on Ethernet puts in one segment */
	PACKED_MOST = 60000,            /* what segmentation offload shows to a capture at most */
	TURN_US = 10000,                /* between two turns: the round trip of this network */
	STEP_US = 1000,                 /* between two segments of one turn */
};

enum side {
	CLIENT,
	SERVER,
};

/* How the bytes of the dialogue are cut into segments.  All shapes but the last tell the same story. */
enum shape {
	SHAPE_WOVEN,                    /* each line of the text a segment */
	SHAPE_BYTES,                    /* each byte a segment */
	SHAPE_SWAP,                     /* neighbouring segments of one turn change places */
	SHAPE_TWICE,                    /* each segment comes twice */
	SHAPE_MERGED,                   /* each turn is one segment */
	SHAPE_RANDOM,                   /* cut, reordered, doubled and sent again as a seed decides */
	SHAPE_LOSSY,                    /* as woven, with a tenth of the segments missing */
	SHAPES
};

struct octets {
	uint8_t *at;
	size_t   len, room;
};

enum opening {
	OPENING_SYN,
	OPENING_SYN_AGAIN,              /* a first SYN with another initial number goes unanswered */
	OPENING_FAST,                   /* the SYN carries the client's first row, in vain (RFC 7413) */
	OPENING_MIDSTREAM,
};

enum closing {
	CLOSING_FIN,
	CLOSING_HALF,                   /* the other side's FIN is not captured */
	CLOSING_RST,
	CLOSING_NONE,
	CLOSING_UNSEEN,                 /* the first FIN is not captured, only the other side's that acknowledges it */
};

/* How IPv4 packets of one side are numbered. */
enum numbering {
	IDS_COUNTER,
	IDS_RANDOM,
	IDS_ZERO,
};

/* What one packet has otherwise than its side's others. */
enum oddity {
	ODD_TTL = 1,
	ODD_ID = 2,
	ODD_WINDOW = 4,
	ODD_CHECKSUM = 8,
	ODD_TIMESTAMP = 16,
	ODD_NO_TIMESTAMP = 32,
	ODD_MAC = 64,
	ODD_LABEL = 128,
	ODD_CLASS = 256,
	ODD_OVERLAP = 512,
	ODD_DELAY = 1024,
};

struct oddities {
	unsigned set;                   /* enum oddity */
	uint8_t  ttl, class;
	uint16_t id, window;
	uint32_t label;
	uint32_t ts_value, ts_echo;
	uint64_t mac;
	uint64_t delay_us;              /* since the packet before */
};

struct connection {
	uint8_t      address[2][16];    /* indexed by enum side; IPv4 uses the first four octets */
	bool         v6;
	uint16_t     port[2];
	uint16_t     vlan[2];           /* in which each side sends; 0: untagged */
	uint32_t     sequence;          /* is added to both initial sequence numbers */
	unsigned     mirror;            /* a copy of each frame follows, its TTL lowered by this */
	unsigned     fragment;          /* most bytes of an IP packet's payload in one frame; 0: no limit */
	bool         offload[2];        /* the capturing host leaves this side's checksums to its card */
	enum opening opening;
	enum closing closing;
	enum side    closer;
	bool         unseen[2];         /* nothing that this side sends is captured */
	bool         closed;            /* its end was read */
	bool         timestamps;        /* RFC 7323 */
	enum numbering numbering[2];
	uint64_t     rtt_us;            /* the server is that far from the capturing client; 0: as far as ever */

	/* while weaving */
	uint32_t     next[2];           /* sequence number of the next byte */
	uint32_t     latest[2];         /* where the latest piece began */
	uint16_t     ip_id[2];
	uint32_t     ts_latest[2];      /* what this side said last */
};

enum {
	BOTH_VIEWS = 3,
};

enum act {
	ACT_OPEN,
	ACT_SEND,
	ACT_RESEND,                     /* bytes in the place of the side's latest piece */
	ACT_KEEPALIVE,
	ACT_RESET,                      /* an RST that does not end the story */
	ACT_CLOSE,
};

/* When a round of a repeat begins, in capture time. */
enum schedule_kind {
	SCHEDULE_NONE,                  /* behind what came before it */
	SCHEDULE_BASE,                  /* so, too; the later rounds count from here */
	SCHEDULE_ROUND,                 /* this long after the base */
};

struct schedule {
	enum schedule_kind kind;
	uint64_t           after_us;
};

struct piece {
	enum act      act;
	enum side     side;
	size_t        connection;       /* index in the script */
	struct octets bytes;
	bool          missing;          /* the capture lacks it */
	bool          urgent;
	uint8_t       ttl[2];
	struct oddities odd;
	uint32_t      ahead;            /* how far an RST is ahead of its stream */
	unsigned      views;            /* bit set of the interfaces that show it */
	uint64_t      pause_us;         /* passes before it */
	struct schedule schedule;       /* of the round that it begins */
	uint32_t      sequence;         /* while weaving: of its first byte */
};

struct script {
	struct connection *connections;
	size_t             connection_count;
	struct piece      *pieces;
	size_t             piece_count;
	uint64_t           start_us;    /* since 1970 */
	uint32_t           snaplen;
	char               interfaces[2][32];   /* names: near the client, near the server; empty in a capture of one */
};

/* Where frames go: at once to a classic file, or, of two interfaces, kept until both have told the story. */
struct output;
struct output *output_begin(FILE *file, const struct script *script);
void           output_frame(struct output *output, const uint8_t *at, size_t len, uint64_t time_us);
void           output_view(struct output *output, unsigned view);
void           output_end(struct output **output);

/* text.c: reads the file whole; on a mistake says FILE:LINE and what, and exits. */
void script_read(struct script *script, const char *path);
void script_free(struct script *script);

/* shape.c */
bool shape_from_word(const char *word, enum shape *shape_r, uint32_t *seed_r);
void script_weave(struct script *script, enum shape shape, uint32_t seed, FILE *out);

/* packet.c */
enum tcp_flag {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
};

struct packet {
	enum side      from;
	uint32_t       sequence, acknowledgement;
	uint8_t        flags, ttl;
	uint16_t       urgent;          /* where urgent data ends, from the first byte */
	const uint8_t *payload;
	size_t         len;
	uint64_t       time_us;
	struct oddities odd;
};

void pcap_packet(struct output *out, struct connection *connection, const struct packet *packet);

#endif
