/* The part of BER (X.690) that LDAP allows (RFC 4511, section 5.1). */
#include "ber.h"

enum {
	TAG_NUMBER = 0x1F,              /* all ones: the number follows in more octets (X.690, section 8.1.2.4) */
	LENGTH_LONG = 0x80,             /* how many octets of length follow, in the other bits (section 8.1.3.5) */
	LENGTH_OCTETS = 4,
};

enum ber_read
ber_read_header(struct span in, struct ber_header *header_r)
{
	struct cursor c = cursor_of(in);
	uint32_t tag = cursor_be(&c, 1), length = cursor_be(&c, 1), octets = 0;

	if (in.len > 0 && (tag & TAG_NUMBER) == TAG_NUMBER)
		return BER_BAD;
	if (length & LENGTH_LONG) {
		octets = length & ~(uint32_t)LENGTH_LONG;
		if (octets == 0 || octets > LENGTH_OCTETS)
			return BER_BAD;
		length = cursor_be(&c, octets);
	}
	if (c.failed)
		return BER_SHORT;
	*header_r = (struct ber_header){ .tag = (uint8_t)tag, .size = (uint8_t)(2 + octets), .length = length };
	return BER_WHOLE;
}

static bool
fail(struct cursor *c)
{
	*c = (struct cursor){ .at = c->at, .failed = true };
	return false;
}

bool
ber_next(struct cursor *c, uint8_t *tag_r, struct span *value_r)
{
	struct ber_header header;

	if (c->failed || c->left == 0)
		return false;
	if (ber_read_header(cursor_rest(c), &header) != BER_WHOLE || header.length > c->left - header.size)
		return fail(c);
	cursor_take(c, header.size);
	*tag_r = header.tag;
	*value_r = cursor_take(c, header.length);
	return true;
}

struct span
ber_take(struct cursor *c, uint8_t tag)
{
	struct span value = { 0 };

	if (!ber_take_optional(c, tag, &value))
		fail(c);
	return value;
}

bool
ber_take_optional(struct cursor *c, uint8_t tag, struct span *value_r)
{
	uint8_t found;

	return !c->failed && c->left > 0 && c->at[0] == tag && ber_next(c, &found, value_r);
}

struct cursor
ber_open(struct cursor *c, uint8_t tag)
{
	struct ber_header header;
	struct cursor inside;

	if (c->failed || ber_read_header(cursor_rest(c), &header) != BER_WHOLE || header.tag != tag) {
		fail(c);
		return *c;
	}
	cursor_take(c, header.size);
	inside = cursor_of(cursor_take_up_to(c, header.length));
	if (inside.left < header.length)
		fail(c);
	return inside;
}

uint32_t
ber_number(struct cursor *c, uint8_t tag)
{
	struct cursor value = cursor_of(ber_take(c, tag));
	size_t octets = value.left;
	uint32_t number;

	if (octets == 0 || octets > 4 || (value.at[0] & 0x80)) {
		fail(c);
		return 0;
	}
	number = cursor_be(&value, octets);
	return number;
}
