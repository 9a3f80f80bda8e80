/* The record layer: where a record begins, what to do with bytes that are none, and the records
 * that are read whole while they are in clear. */
#ifndef STARTTRACE_TLS_RECORD_H
#define STARTTRACE_TLS_RECORD_H

#include "tls_state.h"

enum {
	RECORD_MOST = (1 << 14) + 2048, /* bytes behind the header (RFC 5246, section 6.2.3) */
	ALERT_SIZE = 2,
};

struct tls_record {
	enum record_type type;
	uint16_t         version;
	size_t           length;
};

enum tls_header {
	HEADER_NONE,
	HEADER_SHORT,           /* a record may begin here */
	HEADER_WHOLE,
};

/* Reads a record's header (RFC 8446, section 5.1) at the front of `in`; the body need not be there.  *record_r means
 * something with HEADER_WHOLE alone, and no length in it is above RECORD_MOST. */
enum tls_header tls_read_header(struct span in, struct tls_record *record_r);

/* Takes a line, or a run of bytes, that is no record.  STEP_NOT_MINE where TLS has not begun. */
enum step tls_garbage(struct dialogue *d, enum side side, struct span in, uint64_t *used_r);

/* The same for the last bytes of a side. */
void tls_last_garbage(struct dialogue *d, enum side side, struct span rest);

/* Looks for the next record behind a gap or garbage: passes over what is none.  Once the side is
 * lost no more and nothing was passed over, a record begins right here. */
enum step tls_seek(struct dialogue *d, enum side side, struct span in, uint64_t *used_r);

/* The body of a whole record in clear. */
void tls_clear_alert(struct dialogue *d, enum side side, struct span body);
void tls_change_cipher(struct dialogue *d, enum side side, struct span body);
void tls_heartbeat(struct dialogue *d, enum side side, struct span body);

/* An alert that cannot be read. */
void tls_encrypted_alert(struct dialogue *d, enum side side);

#endif
