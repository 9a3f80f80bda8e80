/* What a proxy says before the dialogue that it carries.  HAProxy's PROXY protocol (versions 1 and 2), SOCKS 5
 * (RFC 1928, without a login or with user name and password, RFC 1929), SOCKS 4, HTTP CONNECT
 * (RFC 9110, section 9.3.6). */
#include "engine/preamble.h"

#include "base/cursor.h"
#include "base/table.h"
#include "wire/frame.h"

#include <string.h>

/* How far one side has been read. */
struct reader {
	struct cursor at;
};

static struct reader
reader_of(struct span head)
{
	return (struct reader){ .at = cursor_of(head) };
}

static size_t
used(const struct reader *reader, struct span head)
{
	return head.len - reader->at.left;
}

static enum preamble
result(const struct reader *client, const struct reader *server)
{
	return client->at.failed || server->at.failed ? PREAMBLE_SHORT : PREAMBLE_FOUND;
}

static bool
begins(struct span head, const void *start, size_t len)
{
	return head.len > 0 && memcmp(head.at, start, head.len < len ? head.len : len) == 0;
}

static enum preamble
find_proxy1(const struct span heads[2], size_t length_r[2])
{
	struct span rest = heads[CLIENT], line;

	if (!begins(heads[CLIENT], "PROXY ", 6))
		return PREAMBLE_NONE;
	if (!span_take_line(&rest, &line))
		return heads[CLIENT].len < 108 ? PREAMBLE_SHORT : PREAMBLE_NONE;
	length_r[CLIENT] = heads[CLIENT].len - rest.len;
	return PREAMBLE_FOUND;
}

static enum preamble
find_proxy2(const struct span heads[2], size_t length_r[2])
{
	static const uint8_t signature[] = { 0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49,
		0x54, 0x0A };
	struct reader client = reader_of(heads[CLIENT]), server = reader_of(heads[SERVER]);

	if (!begins(heads[CLIENT], signature, sizeof(signature)))
		return PREAMBLE_NONE;
	cursor_take(&client.at, sizeof(signature) + 2);
	cursor_block(&client.at, 2);
	length_r[CLIENT] = used(&client, heads[CLIENT]);
	return result(&client, &server);
}

/* An address as SOCKS 5 writes it, with its port. */
static bool
socks_address(struct cursor *c)
{
	switch (cursor_be(c, 1)) {
	case 1: cursor_take(c, 4); break;
	case 3: cursor_block(c, 1); break;
	case 4: cursor_take(c, 16); break;
	default: return c->failed;
	}
	cursor_take(c, 2);
	return true;
}

static enum preamble
find_socks5(const struct span heads[2], size_t length_r[2])
{
	struct reader client = reader_of(heads[CLIENT]), server = reader_of(heads[SERVER]);
	uint32_t method;

	if (heads[CLIENT].len == 0 || heads[CLIENT].at[0] != 5 ||
	    (heads[SERVER].len > 0 && heads[SERVER].at[0] != 5))
		return PREAMBLE_NONE;
	cursor_be(&client.at, 1);
	cursor_block(&client.at, 1);            /* methods on offer */
	cursor_be(&server.at, 1);
	method = cursor_be(&server.at, 1);
	if (server.at.failed)           /* what the client says next depends on it */
		return PREAMBLE_SHORT;
	if (method == 2) {              /* user name and password, and its answer */
		cursor_be(&client.at, 1);
		cursor_block(&client.at, 1);
		cursor_block(&client.at, 1);
		cursor_take(&server.at, 2);
	}
	if ((cursor_be(&client.at, 3) >> 16 != 5 && !client.at.failed) || !socks_address(&client.at))
		return PREAMBLE_NONE;
	if ((cursor_be(&server.at, 3) >> 8 != 0x0500 && !server.at.failed) ||
	    !socks_address(&server.at))
		return PREAMBLE_NONE;
	length_r[CLIENT] = used(&client, heads[CLIENT]);
	length_r[SERVER] = used(&server, heads[SERVER]);
	return result(&client, &server);
}

/* 4, 1, port, address, user name up to a zero byte; 4a adds a host name. */
static enum preamble
find_socks4(const struct span heads[2], size_t length_r[2])
{
	struct span head = heads[CLIENT];
	struct reader server = reader_of(heads[SERVER]);
	const uint8_t *zero;
	bool named;

	if (head.len == 0 || head.at[0] != 4 || (head.len > 1 && head.at[1] != 1) ||
	    (heads[SERVER].len > 0 && !begins(heads[SERVER], "\0\x5A", 2)))      /* granted */
		return PREAMBLE_NONE;
	if (head.len < 9)
		return PREAMBLE_SHORT;
	named = head.at[4] == 0 && head.at[5] == 0 && head.at[6] == 0 && head.at[7] != 0;
	zero = memchr(head.at + 8, 0, head.len - 8);
	if (zero != NULL && named)
		zero = memchr(zero + 1, 0, head.len - (size_t)(zero + 1 - head.at));
	cursor_take(&server.at, 8);
	if (zero == NULL || server.at.failed)
		return PREAMBLE_SHORT;
	length_r[CLIENT] = (size_t)(zero - head.at) + 1;
	length_r[SERVER] = 8;
	return PREAMBLE_FOUND;
}

/* The length of a header block with its empty line, 0 while it is incomplete. */
static size_t
header_length(struct span head)
{
	static const char blank[] = "\r\n\r\n";
	const uint8_t *end = head.len > 0 ? memmem(head.at, head.len, blank, 4) : NULL;

	return end == NULL ? 0 : (size_t)(end - head.at) + 4;
}

static enum preamble
find_connect(const struct span heads[2], size_t length_r[2])
{
	const struct span status = span_after(heads[SERVER], 9);        /* behind HTTP/1.x and a blank */

	if (!begins(heads[CLIENT], "CONNECT ", 8) ||
	    (heads[SERVER].len > 0 && !begins(heads[SERVER], "HTTP/1.", 7)) ||
	    (status.len > 0 && status.at[0] != '2'))
		return PREAMBLE_NONE;
	length_r[CLIENT] = header_length(heads[CLIENT]);
	length_r[SERVER] = header_length(heads[SERVER]);
	return length_r[CLIENT] > 0 && length_r[SERVER] > 0 ? PREAMBLE_FOUND : PREAMBLE_SHORT;
}

/* Whose connection it is, and where it is to go ---------------------------------------------------- */

static void
add_end(struct buffer *out, const char *word, const struct address *address, unsigned port)
{
	char text[ADDRESS_TEXT_SIZE];

	buffer_printf(out, "%s%s %s port %u", out->len > 0 ? " " : "", word, address_text(address, text), port);
}

/* An address of 4 octets or 16 off the front. */
static struct address
take_address(struct cursor *c, size_t octets)
{
	struct address address = { .octets = { [10] = 0xFF, [11] = 0xFF } };
	struct span bytes = cursor_take(c, octets);

	if (bytes.len == octets)
		memcpy(address.octets + sizeof(address.octets) - octets, bytes.at, octets);
	return address;
}

static bool
take_written(struct span *line, struct address *address_r)
{
	char text[ADDRESS_TEXT_SIZE];
	struct span word;

	if (!span_take_word(line, &word) || word.len >= sizeof(text))
		return false;
	memcpy(text, word.at, word.len);
	text[word.len] = '\0';
	return address_from_text(text, address_r);
}

static bool
take_port(struct span *line, uint64_t *port_r)
{
	struct span word;

	return span_take_word(line, &word) && span_number(word, port_r) && *port_r <= UINT16_MAX;
}

static void
say_proxy1(struct span head, struct buffer *out)
{
	struct address from, to;
	uint64_t from_port, to_port;
	struct span line, word;

	if (!span_take_line(&head, &line))
		return;
	span_take_word(&line, &word);
	span_take_word(&line, &word);
	if (!span_starts(word, "TCP") || !take_written(&line, &from) || !take_written(&line, &to) ||
	    !take_port(&line, &from_port) || !take_port(&line, &to_port))
		return;
	add_end(out, "from", &from, (unsigned)from_port);
	add_end(out, "to", &to, (unsigned)to_port);
}

static void
say_proxy2(struct span head, struct buffer *out)
{
	enum { SIGNATURE = 12, PROXIED = 1, OVER_V4 = 0x11, OVER_V6 = 0x21 };
	struct cursor c = cursor_of(head), ends;
	struct address from, to;
	uint32_t command, family, from_port, to_port;
	size_t octets;

	cursor_take(&c, SIGNATURE);
	command = cursor_be(&c, 1) & 0x0F;
	family = cursor_be(&c, 1);
	ends = cursor_block(&c, 2);
	octets = family == OVER_V4 ? 4 : 16;
	from = take_address(&ends, octets);
	to = take_address(&ends, octets);
	from_port = cursor_be(&ends, 2);
	to_port = cursor_be(&ends, 2);
	if (command != PROXIED || (family != OVER_V4 && family != OVER_V6) || ends.failed)
		return;
	add_end(out, "from", &from, from_port);
	add_end(out, "to", &to, to_port);
}

/* Where a client of SOCKS wants to go: an address, or a name. */
static void
say_target(struct cursor *c, uint32_t kind, struct buffer *out)
{
	struct cursor name;
	struct address to;
	struct span host;

	if (kind != 3) {
		to = take_address(c, kind == 1 ? 4 : 16);
		add_end(out, "to", &to, cursor_be(c, 2));
		return;
	}
	name = cursor_block(c, 1);
	host = cursor_rest(&name);
	buffer_printf(out, "to %.*s port %u", (int)host.len, (const char *)host.at, cursor_be(c, 2));
}

static void
say_socks5(struct span head, struct buffer *out)
{
	enum { LOGIN = 1, REQUEST = 5 };
	struct cursor c = cursor_of(head);

	cursor_be(&c, 1);
	cursor_block(&c, 1);
	if (cursor_be(&c, 1) == LOGIN) {
		cursor_block(&c, 1);
		cursor_block(&c, 1);
		cursor_be(&c, 1);
	}
	cursor_be(&c, 2);
	say_target(&c, cursor_be(&c, 1), out);
}

static void
say_socks4(struct span head, struct buffer *out)
{
	struct cursor c = cursor_of(head);
	struct address to;
	uint32_t port;

	cursor_be(&c, 2);
	port = cursor_be(&c, 2);
	to = take_address(&c, 4);
	if (to.octets[12] != 0)         /* else a name follows, behind that of the user */
		add_end(out, "to", &to, port);
}

static void
say_connect(struct span head, struct buffer *out)
{
	struct span word;

	span_take_word(&head, &word);
	span_take_word(&head, &word);
	buffer_printf(out, "to %.*s", (int)span_first(word, 255).len, (const char *)word.at);
}

static const struct {
	const char *name;
	enum preamble (*find)(const struct span heads[2], size_t length_r[2]);
	void (*say)(struct span head, struct buffer *out);
} kinds[] = {
	{ "PROXY protocol 1", find_proxy1, say_proxy1 },
	{ "PROXY protocol 2", find_proxy2, say_proxy2 },
	{ "SOCKS 5", find_socks5, say_socks5 },
	{ "SOCKS 4", find_socks4, say_socks4 },
	{ "HTTP CONNECT", find_connect, say_connect },
};

void
preamble_say(const char *name, struct span head, struct buffer *out)
{
	struct buffer ends = { 0 };

	buffer_add_text(out, name);
	for (size_t i = 0; i < TABLE_LENGTH(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			kinds[i].say(head, &ends);
	if (ends.len > 0) {
		buffer_add_text(out, ", ");
		buffer_add(out, buffer_span(&ends));
	}
	buffer_free(&ends);
}

enum preamble
preamble_find(const struct span heads[2], size_t length_r[2], const char **name_r)
{
	for (size_t i = 0; i < TABLE_LENGTH(kinds); i++) {
		enum preamble found;

		length_r[CLIENT] = length_r[SERVER] = 0;
		found = kinds[i].find(heads, length_r);
		*name_r = kinds[i].name;
		if (found != PREAMBLE_NONE)
			return found;
	}
	length_r[CLIENT] = length_r[SERVER] = 0;
	return PREAMBLE_NONE;
}
