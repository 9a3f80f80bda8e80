/* How much bytes look like LDAP messages: others put a number first into a sequence too (SNMP above all), but none has
 * an operation of LDAP behind it, with the field that this begins with. */
#include "ldap_probe.h"

#include "base/table.h"

enum {
	FIELD_NONE = 0x00,              /* the operation is one value */
	FIELD_EMPTY = 0xFF,             /* ... or nothing */
	LENGTH_MOST = 16 * 1024 * 1024,
};

static const struct {
	enum side side;
	uint8_t   tag;
	uint8_t   first;                /* tag of the operation's first field */
} operations[] = {
	{ CLIENT, 0x60, BER_INTEGER }, { CLIENT, 0x42, FIELD_EMPTY }, { CLIENT, 0x63, BER_OCTETS },
	{ CLIENT, 0x66, BER_OCTETS }, { CLIENT, 0x68, BER_OCTETS }, { CLIENT, 0x4A, FIELD_NONE },
	{ CLIENT, 0x6C, BER_OCTETS }, { CLIENT, 0x6E, BER_OCTETS }, { CLIENT, 0x50, FIELD_NONE },
	{ CLIENT, 0x77, BER_CONTEXT }, { SERVER, 0x61, BER_ENUMERATED }, { SERVER, 0x64, BER_OCTETS },
	{ SERVER, 0x73, BER_OCTETS }, { SERVER, 0x65, BER_ENUMERATED }, { SERVER, 0x67, BER_ENUMERATED },
	{ SERVER, 0x69, BER_ENUMERATED }, { SERVER, 0x6B, BER_ENUMERATED }, { SERVER, 0x6D, BER_ENUMERATED },
	{ SERVER, 0x6F, BER_ENUMERATED }, { SERVER, 0x78, BER_ENUMERATED }, { SERVER, 0x79, FIELD_NONE },
};

/* Takes a header off *rest, of which no more than `room` bytes may be spoken for. */
static enum ber_read
take_header(struct span *rest, uint64_t *room, struct ber_header *header_r)
{
	enum ber_read read = ber_read_header(*rest, header_r);

	if (read != BER_WHOLE)
		return read;
	if (header_r->size + (uint64_t)header_r->length > *room)
		return BER_BAD;
	*rest = span_after(*rest, header_r->size);
	*room -= header_r->size;
	return BER_WHOLE;
}

/* The ID: one to four octets, not negative. */
static enum ber_read
take_id(struct span *rest, uint64_t *room)
{
	struct ber_header header;
	enum ber_read read;

	if (rest->len > 0 && rest->at[0] != BER_INTEGER)
		return BER_BAD;
	read = take_header(rest, room, &header);
	if (read != BER_WHOLE)
		return read;
	if (header.length < 1 || header.length > 4)
		return BER_BAD;
	if (rest->len < header.length)
		return BER_SHORT;
	if (rest->at[0] & 0x80)
		return BER_BAD;
	*rest = span_after(*rest, header.length);
	*room -= header.length;
	return BER_WHOLE;
}

static enum ber_read
operation_looks(enum side side, struct span rest, uint64_t room)
{
	struct ber_header header;
	enum ber_read read;

	for (size_t i = 0; rest.len > 0 && i < TABLE_LENGTH(operations); i++) {
		if (operations[i].side != side || operations[i].tag != rest.at[0])
			continue;
		read = take_header(&rest, &room, &header);
		if (read != BER_WHOLE || operations[i].first == FIELD_NONE)
			return read;
		if (operations[i].first == FIELD_EMPTY)
			return header.length == 0 ? BER_WHOLE : BER_BAD;
		if (header.length < 2)
			return BER_BAD;
		return rest.len == 0 ? BER_SHORT : rest.at[0] == operations[i].first ? BER_WHOLE : BER_BAD;
	}
	return rest.len == 0 ? BER_SHORT : BER_BAD;
}

enum ber_read
ldap_looks(enum side side, struct span in)
{
	struct ber_header header;
	uint64_t room = LENGTH_MOST;
	enum ber_read read;

	if (in.len > 0 && in.at[0] != BER_SEQUENCE)
		return BER_BAD;
	read = take_header(&in, &room, &header);
	if (read != BER_WHOLE)
		return read;
	room = header.length;
	read = take_id(&in, &room);
	return read == BER_WHOLE ? operation_looks(side, in, room) : read;
}

unsigned
ldap_probe(enum side side, struct span first)
{
	switch (ldap_looks(side, first)) {
	case BER_WHOLE: return 90;
	case BER_SHORT: return 20;
	case BER_BAD: break;
	}
	return 0;
}
