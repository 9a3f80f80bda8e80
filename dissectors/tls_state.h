/* What the TLS dissector remembers of a handshake, and how its parts call each other: tls takes
 * records, tls_place finds them where bytes are missing, tls_clear and tls_handshake read what is
 * in clear, tls_progress counts what is encrypted, tls_ssl2_records knows the oldest version. */
#ifndef STARTTRACE_TLS_STATE_H
#define STARTTRACE_TLS_STATE_H

#include "model/dissector.h"

enum {
	RECORD_HEADER = 5,
	MESSAGE_HEADER = 4,
	MESSAGE_MOST = 65536,           /* a handshake message above this is passed over */
};

enum record_type {
	RECORD_CHANGE_CIPHER = 20,
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	RECORD_APPLICATION = 23,
	RECORD_HEARTBEAT = 24,
};

enum handshake_type {
	HANDSHAKE_CLIENT_HELLO = 1,
	HANDSHAKE_SERVER_HELLO = 2,
	HANDSHAKE_NEW_SESSION_TICKET = 4,
	HANDSHAKE_CERTIFICATE = 11,
	HANDSHAKE_SERVER_KEY_EXCHANGE = 12,
	HANDSHAKE_CERTIFICATE_STATUS = 22,
};

/* A handshake message that comes in several records. */
struct message_part {
	uint8_t  header[MESSAGE_HEADER];
	size_t   header_len;            /* bytes of the header that came; 0 between messages */
	uint8_t *at;                    /* its body so far, in the arena; used again and again */
	size_t   len, room;
	bool     passed_over;           /* too long, or no memory */
};

struct tls_side {
	struct message_part part;
	size_t   record_left;           /* of a handshake record, taken message by message */
	bool     began;
	bool     lost;                  /* bytes are missing: a record header is looked for */
	bool     unsure;                /* bytes were missing: what they held is not known */
	unsigned steady;                /* records taken one after the other since then */
	bool     garbage_told;
	bool     changed;               /* its ChangeCipherSpec came, in TLS 1.2 and before */
	bool     alerted;               /* an alert came behind that */
	unsigned kinds;                 /* types of encrypted records told, a bit each */
	unsigned finished;              /* encrypted handshake records */
	unsigned records;               /* application records */
	uint32_t longest;               /* of them */
	bool     finished_size;         /* one of them had the size of a Finished */
	bool     certificates;          /* its Certificate was told */
	unsigned told;                  /* handshake messages told */
	unsigned alerts;                /* alerts told */
	bool     probed;                /* a heartbeat probe was told */
	unsigned ssl2_records;
};

struct tls {
	struct tls_side sides[2];
	uint16_t version;               /* 0 until the server chose */
	const struct cipher_suite *cipher;
	unsigned client_hellos;
	bool     early_data;
	bool     retry, server_hello, key_exchange;
	bool     ticket;                /* a new session ticket was told */
	bool     next_protocol;         /* the client sends one encrypted message more (NPN) */
	bool     secure_renegotiation;
	bool     raw_keys[2];           /* a side's Certificate is a bare key */
	bool     established, renegotiated;
	bool     ssl2_offered, ssl2;
};

/* TLS 1.3 encrypts all of the handshake behind ServerHello, and ChangeCipherSpec means nothing. */
static inline bool
tls_is_13(const struct tls *t)
{
	return t->version >= TLS_1_3;
}

/* How many bytes, of the `left` that its record still has, make the next piece of a message: a
 * whole message, or as much of it as the record holds.  0 when `in`, what is there of them, is too
 * short to tell. */
size_t tls_handshake_want(const struct message_part *part, struct span in, size_t left);

/* Takes a piece of that length. */
void tls_handshake_take(struct dialogue *d, enum side side, struct span piece);

/* An encrypted record of this type and length.  STEP_SETTLED once nothing more is to learn. */
enum step tls_encrypted(struct dialogue *d, enum side side, enum record_type type, uint32_t length);

/* The connection is over: what is known of the handshake is all there will be. */
void tls_conclude(struct dialogue *d, enum side side, enum ending ending);

/* The dissector's probe. */
unsigned tls_probe(enum side side, struct span first);

/* See struct dissector. */
const char *tls_carries(struct span first, const char **guess_r, bool *more_r);

/* SSLv2: its hellos, and the records behind them.  STEP_NOT_MINE where no such hello begins. */
enum step tls_ssl2_hello(struct dialogue *d, enum side side, struct span in, uint64_t *used_r);
enum step tls_ssl2_record(struct dialogue *d, enum side side, struct span in, uint64_t *used_r);

#endif
