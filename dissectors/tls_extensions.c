/* The extensions of a hello: a table of those that matter, one reader for each that has a body
 * worth reading. */
#include "tls_extensions.h"

#include "base/table.h"

enum {
	NAME_TYPE_HOST = 0,             /* RFC 6066, section 3 */
	RAW_PUBLIC_KEY = 2,             /* RFC 7250, section 7 */
};

/* Each reads the body of one extension and returns false when it breaks its grammar. */

static bool
read_server_name(struct hello *h, struct cursor *body)
{
	struct cursor list;

	if (body->left == 0)            /* a server's acknowledgement */
		return true;
	list = cursor_block(body, 2);
	while (list.left > 0) {
		uint32_t type = cursor_be(&list, 1);
		struct cursor name = cursor_block(&list, 2);

		if (!list.failed && type == NAME_TYPE_HOST && h->server_name.len == 0)
			h->server_name = cursor_rest(&name);
	}
	return !list.failed;
}

static bool
read_list(struct cursor *body, size_t length_bytes, struct span *list_r)
{
	struct cursor list = cursor_block(body, length_bytes);

	*list_r = cursor_rest(&list);
	return !list.failed;
}

static bool
read_groups(struct hello *h, struct cursor *body)
{
	return read_list(body, 2, &h->parts.groups);
}

static bool
read_point_formats(struct hello *h, struct cursor *body)
{
	return read_list(body, 1, &h->parts.point_formats);
}

static bool
read_schemes(struct hello *h, struct cursor *body)
{
	return read_list(body, 2, &h->parts.schemes);
}

static bool
read_alpn(struct hello *h, struct cursor *body)
{
	struct cursor names, first;

	h->parts.has_alpn = true;
	if (!read_list(body, 2, &h->protocols))
		return false;
	names = cursor_of(h->protocols);
	first = cursor_block(&names, 1);
	h->parts.first_alpn = cursor_rest(&first);
	while (names.left > 0)
		cursor_block(&names, 1);
	return !names.failed;
}

static bool
read_versions(struct hello *h, struct cursor *body)
{
	if (h->from == CLIENT)
		return read_list(body, 1, &h->versions);
	h->chosen_version = (uint16_t)cursor_be(body, 2);
	return !body->failed;
}

/* A retry names a group alone.  What a client offers is in its list of groups already. */
static bool
read_key_share(struct hello *h, struct cursor *body)
{
	if (h->from == CLIENT)
		return true;
	h->group = (uint16_t)cursor_be(body, 2);
	if (body->left > 0)
		cursor_block(body, 2);
	return !body->failed;
}

/* A client lists what it can take. */
static bool
read_certificate_type(struct hello *h, struct cursor *body, uint32_t raw)
{
	if (h->from == SERVER && cursor_be(body, 1) == RAW_PUBLIC_KEY)
		h->extras |= raw;
	return !body->failed;
}

static bool
read_client_certificate_type(struct hello *h, struct cursor *body)
{
	return read_certificate_type(h, body, TLS_RAW_CLIENT_KEY);
}

static bool
read_server_certificate_type(struct hello *h, struct cursor *body)
{
	return read_certificate_type(h, body, TLS_RAW_SERVER_KEY);
}

/* An empty ticket only says that the client would take one. */
static bool
read_ticket(struct hello *h, struct cursor *body)
{
	if (body->left > 0)
		h->extras |= TLS_HAS_TICKET;
	return true;
}

static const struct extension {
	uint16_t type;
	uint32_t extra;
	bool   (*read)(struct hello *h, struct cursor *body);
} extensions[] = {
	{ 0, TLS_HAS_SNI, read_server_name },
	{ 4, TLS_HAS_TRUNCATED_HMAC, NULL },
	{ 5, TLS_HAS_STATUS_REQUEST, NULL },
	{ 10, 0, read_groups },
	{ 11, 0, read_point_formats },
	{ 13, 0, read_schemes },
	{ 15, TLS_HAS_HEARTBEAT, NULL },
	{ 16, TLS_HAS_ALPN, read_alpn },
	{ 19, 0, read_client_certificate_type },
	{ 20, 0, read_server_certificate_type },
	{ 22, TLS_HAS_ENCRYPT_THEN_MAC, NULL },
	{ 23, TLS_HAS_EMS, NULL },
	{ 35, 0, read_ticket },
	{ 41, 0, read_ticket },
	{ 42, TLS_HAS_EARLY_DATA, NULL },
	{ 43, TLS_HAS_SUPPORTED_VERSIONS, read_versions },
	{ 51, 0, read_key_share },
	{ 0xFE0D, TLS_HAS_ECH, NULL },
	{ 0xFF01, TLS_HAS_RENEGOTIATION, NULL },
};

static bool
read_extension(struct hello *h, uint16_t type, struct span body)
{
	for (size_t i = 0; i < TABLE_LENGTH(extensions); i++) {
		struct cursor c = cursor_of(body);

		if (extensions[i].type != type)
			continue;
		h->extras |= extensions[i].extra;
		return extensions[i].read == NULL || extensions[i].read(h, &c);
	}
	return true;
}

bool
tls_read_extensions(struct hello *h, struct cursor *message)
{
	struct cursor block;
	struct span rest, body;
	uint16_t type;
	bool good = true;

	if (message->left == 0)
		return true;
	h->extras |= TLS_HAS_EXTENSIONS;
	block = cursor_block(message, 2);
	rest = h->parts.extension_block = cursor_rest(&block);
	while (tls_take_extension(&rest, &type, &body))
		good = read_extension(h, type, body) && good;
	return good && rest.len == 0 && !block.failed && message->left == 0;
}
