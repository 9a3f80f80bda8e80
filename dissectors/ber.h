/* The part of BER (X.690) that LDAP allows (RFC 4511, section 5.1): tags of one octet, definite lengths of at most four
 * octets.  Nothing here calls itself, so nesting costs nothing; lengths that lead out of what is there fail. */
#ifndef STARTTRACE_DISSECTORS_BER_H
#define STARTTRACE_DISSECTORS_BER_H

#include "base/cursor.h"

enum ber_tag {
	BER_BOOLEAN = 0x01,
	BER_INTEGER = 0x02,
	BER_OCTETS = 0x04,
	BER_ENUMERATED = 0x0A,
	BER_SEQUENCE = 0x30,
	BER_SET = 0x31,
	BER_CONTEXT = 0x80,             /* and the number, below 31 */
	BER_CONTEXT_CONSTRUCTED = 0xA0,
};

struct ber_header {
	uint8_t tag;
	uint8_t size;           /* of the header itself */
	uint32_t length;        /* of what follows it */
};

enum ber_read {
	BER_WHOLE,
	BER_SHORT,              /* more bytes are needed to tell */
	BER_BAD,                /* a tag of several octets, an indefinite length, or one of more than four octets */
};

/* Reads tag and length at the front of `in`; the contents need not be there. */
enum ber_read ber_read_header(struct span in, struct ber_header *header_r);

/* Takes the next element, whatever it is.  False at the end and where none can be read; then the cursor has failed. */
bool ber_next(struct cursor *c, uint8_t *tag_r, struct span *value_r);

/* The next element's contents, if it has this tag; else the cursor fails and the empty span comes back. */
struct span ber_take(struct cursor *c, uint8_t tag);

/* The same for one that may be left out: false, and no failure, where another one stands, or none. */
bool ber_take_optional(struct cursor *c, uint8_t tag, struct span *value_r);

/* A cursor on the contents of an element with this tag.  Where its length leads out of `c`, that has failed, and what
 * is there of the contents can be read all the same. */
struct cursor ber_open(struct cursor *c, uint8_t tag);

/* An INTEGER or ENUMERATED from 0 to 2^31 - 1, which every number in LDAP is (RFC 4511, section 4.1.1); anything else
 * fails. */
uint32_t ber_number(struct cursor *c, uint8_t tag);

#endif
