/* Recognition of TLS by the first bytes of one side. */
#include "tls_record.h"

#include "base/cursor.h"

enum {
	SSL2_CLIENT_HELLO = 1,
	SSL2_SERVER_HELLO = 4,
};

/* How sure the first bytes make us, by how many there are of them. */
static unsigned
probe_record(enum side side, struct span first)
{
	const uint8_t hello = side == CLIENT ? HANDSHAKE_CLIENT_HELLO : HANDSHAKE_SERVER_HELLO;
	const uint8_t wrong = side == CLIENT ? HANDSHAKE_SERVER_HELLO : HANDSHAKE_CLIENT_HELLO;
	struct tls_record record;

	switch (tls_read_header(first, &record)) {
	case HEADER_NONE: return 0;
	case HEADER_SHORT: return first.len < 3 ? 20 : 40;
	case HEADER_WHOLE: break;
	}
	if (record.length == 0)
		return 0;
	if (record.type != RECORD_HANDSHAKE || first.len <= RECORD_HEADER)
		return record.type == RECORD_HEARTBEAT ? 30 : first.len <= RECORD_HEADER ? 45 : 60;
	if (first.at[RECORD_HEADER] == hello && record.length > MESSAGE_HEADER)
		return 98;
	return first.at[RECORD_HEADER] == wrong ? 0 : 60;
}

/* The old form has no magic number, so every length has to fit. */
static unsigned
probe_ssl2_client(struct cursor c, uint32_t length)
{
	size_t seen = c.left;
	uint32_t version = cursor_be(&c, 2), kinds = cursor_be(&c, 2), id = cursor_be(&c, 2);
	uint32_t challenge = cursor_be(&c, 2);

	if (seen >= 2 && version != TLS_SSL2 && (version < TLS_SSL3 || version > TLS_1_3))
		return 0;
	if (c.failed)
		return seen < 2 ? 5 : 30;
	if (kinds == 0 || kinds % 3 != 0 || (id != 0 && id != 16) || challenge < 16 ||
	    challenge > 32)
		return 0;
	return length == 9 + kinds + id + challenge ? 80 : 0;
}

static unsigned
probe_ssl2_server(struct cursor c, uint32_t length)
{
	uint32_t hit = cursor_be(&c, 1), certificate_type = cursor_be(&c, 1);
	uint32_t version = cursor_be(&c, 2), certificate = cursor_be(&c, 2);
	uint32_t kinds = cursor_be(&c, 2), id = cursor_be(&c, 2);

	if (c.failed)
		return 5;
	if (hit > 1 || certificate_type > 1 || version != TLS_SSL2 || kinds % 3 != 0)
		return 0;
	return length == 11 + certificate + kinds + id ? 80 : 0;
}

static unsigned
probe_ssl2(enum side side, struct span first)
{
	struct cursor c = cursor_of(first);
	uint32_t length, type;

	if (first.len < 3)
		return 5;
	length = cursor_be(&c, 2) & 0x7FFF;
	type = cursor_be(&c, 1);
	if (side == CLIENT)
		return type == SSL2_CLIENT_HELLO ? probe_ssl2_client(c, length) : 0;
	return type == SSL2_SERVER_HELLO ? probe_ssl2_server(c, length) : 0;
}

unsigned
tls_probe(enum side side, struct span first)
{
	if (first.len == 0)
		return 0;
	return (first.at[0] & 0x80) != 0 ? probe_ssl2(side, first) : probe_record(side, first);
}
