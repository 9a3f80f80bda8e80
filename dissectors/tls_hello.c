/* Hello messages as facts.  Lists that are kept are cut at ITEMS_MOST; fingerprints and traits see
 * all of them. */
#include "tls_hello.h"

#include "base/cursor.h"
#include "base/text.h"
#include "tls_extensions.h"
#include "tls_hello_cache.h"
#include "tls_names.h"

#include <arpa/inet.h>
#include <string.h>

enum {
	ITEMS_MOST = 300,
	NAME_MOST = 255,                /* a host name, a protocol name */
	RANDOM_SIZE = 32,
	SESSION_ID_MOST = 32,
	RENEGOTIATION_SCSV = 0x00FF,    /* RFC 5746, section 3.3 */
	FALLBACK_SCSV = 0x5600,         /* RFC 7507, section 2 */
	DRAFT_FIRST = 0x7F12,           /* drafts of TLS 1.3 that were deployed */
	DRAFT_LAST = 0x7F1C,
};

/* Texts ---------------------------------------------------------------------------------------- */

static void
separate(struct buffer *out)
{
	if (out->len > 0)
		buffer_add_text(out, ",");
}

/* The numbers of a list that are no GREASE, each by `add`. */
static struct span
keep_numbers(struct arena *arena, struct span wire,
	void (*add)(struct buffer *out, uint16_t number))
{
	struct cursor rest = cursor_of(wire);
	struct buffer text = { 0 };

	for (size_t items = 0; rest.left >= 2 && items < ITEMS_MOST;) {
		uint16_t number = (uint16_t)cursor_be(&rest, 2);

		if (tls_is_grease(number))
			continue;
		separate(&text);
		add(&text, number);
		items++;
	}
	return arena_keep(arena, &text);
}

static void
add_hex(struct buffer *out, uint16_t number)
{
	const uint8_t bytes[] = { (uint8_t)(number >> 8), (uint8_t)number };

	text_hex(out, span_from(bytes, sizeof(bytes)));
}

static void
add_named(struct buffer *out, uint16_t number, const char *name)
{
	if (name != NULL)
		buffer_add_text(out, name);
	else
		buffer_add_number(out, number);
}

static void
add_group(struct buffer *out, uint16_t number)
{
	add_named(out, number, tls_group_name(number));
}

static void
add_scheme(struct buffer *out, uint16_t number)
{
	add_named(out, number, tls_scheme_name(number));
}

static struct span
keep_extensions(struct arena *arena, struct span block)
{
	struct buffer text = { 0 };
	struct span body;
	uint16_t type;

	for (size_t items = 0; items < ITEMS_MOST && tls_take_extension(&block, &type, &body);) {
		if (tls_is_grease(type))
			continue;
		separate(&text);
		buffer_add_number(&text, type);
		items++;
	}
	return arena_keep(arena, &text);
}

static struct span
keep_protocols(struct arena *arena, struct span protocols)
{
	struct cursor rest = cursor_of(protocols);
	struct buffer text = { 0 };

	for (size_t items = 0; rest.left > 0 && items < ITEMS_MOST; items++) {
		struct cursor name = cursor_block(&rest, 1);

		if (rest.failed)
			break;
		separate(&text);
		text_quote(&text, cursor_rest(&name), NAME_MOST);
	}
	return arena_keep(arena, &text);
}

static struct span
keep_server_name(struct arena *arena, struct span name)
{
	struct buffer text = { 0 };

	text_quote(&text, name, NAME_MOST);
	return arena_keep(arena, &text);
}

static bool
is_address(struct span name)
{
	char copy[INET6_ADDRSTRLEN];
	uint8_t octets[16];

	if (name.len >= 2 && name.at[0] == '[' && name.at[name.len - 1] == ']')
		name = span_after(span_first(name, name.len - 1), 1);
	if (name.len == 0 || name.len >= sizeof(copy))
		return false;
	memcpy(copy, name.at, name.len);
	copy[name.len] = '\0';
	return inet_pton(AF_INET, copy, octets) == 1 || inet_pton(AF_INET6, copy, octets) == 1;
}

/* ClientHello ---------------------------------------------------------------------------------- */

static bool
is_version(uint16_t version)
{
	return version >= TLS_SSL3 && version <= TLS_1_3;
}

static uint16_t
version_of(uint16_t wire)
{
	return wire >= DRAFT_FIRST && wire <= DRAFT_LAST ? TLS_1_3 : wire;
}

static uint16_t
highest_version(const struct hello *h)
{
	struct cursor versions = cursor_of(h->versions);
	uint16_t highest = 0;

	while (versions.left >= 2) {
		uint16_t version = version_of((uint16_t)cursor_be(&versions, 2));

		if (is_version(version) && version > highest)
			highest = version;
	}
	return highest > 0 ? highest : h->parts.legacy_version;
}

static void
judge_cipher(struct tls_client_hello *hello, uint16_t id)
{
	const struct cipher_suite *cipher = tls_cipher_find(id);

	if (tls_is_grease(id))
		return;
	hello->cipher_count++;
	if (id == RENEGOTIATION_SCSV)
		hello->extras |= TLS_HAS_RENEGOTIATION;
	if (id == FALLBACK_SCSV)
		hello->extras |= TLS_HAS_FALLBACK_SCSV;
	if (cipher == NULL)
		return;
	hello->cipher_traits |= cipher->traits;
	hello->offers_strong |= tls_cipher_is_strong(cipher);
}

static void
judge_ciphers(struct tls_client_hello *hello, struct span ciphers)
{
	struct cursor rest = cursor_of(ciphers);

	while (rest.left >= 2)
		judge_cipher(hello, (uint16_t)cursor_be(&rest, 2));
}

static bool
offers_compression(struct span methods)
{
	for (size_t i = 0; i < methods.len; i++)
		if (methods.at[i] != 0)
			return true;
	return false;
}

/* What any hello of this client has alike. */
static void
read_lists(struct tls_client_hello *hello, const struct hello *h, struct arena *arena)
{
	const struct hello_parts *parts = &h->parts;

	judge_ciphers(hello, parts->ciphers);
	hello->ciphers = keep_numbers(arena, parts->ciphers, add_hex);
	hello->alpn = keep_protocols(arena, h->protocols);
	hello->groups = keep_numbers(arena, parts->groups, add_group);
	hello->signature_algorithms = keep_numbers(arena, parts->schemes, add_scheme);
	hello->extensions = keep_extensions(arena, parts->extension_block);
	hello->ja3 = tls_ja3(arena, parts);
	hello->ja4 = tls_ja4(arena, parts);
}

/* What is of this one. */
static void
keep_client_parts(struct tls_client_hello *hello, const struct hello *h)
{
	hello->extras |= h->extras;
	if (is_address(h->server_name))
		hello->extras |= TLS_SNI_IS_ADDRESS;
	hello->legacy_version = h->parts.legacy_version;
	hello->highest_version = h->parts.version;
	hello->sni = keep_server_name(h->arena, h->server_name);
}

struct tls_client_hello *
tls_client_hello_read(struct arena *arena, struct tls_hello_cache *cache, struct span body, bool *damaged_r)
{
	struct hello h = { .arena = arena, .from = CLIENT };
	struct cursor message = cursor_of(body), session_id, ciphers, compression;
	struct tls_client_hello *hello;
	struct span random;

	h.parts.legacy_version = (uint16_t)cursor_be(&message, 2);
	random = cursor_take(&message, RANDOM_SIZE);
	session_id = cursor_block(&message, 1);
	ciphers = cursor_block(&message, 2);
	compression = cursor_block(&message, 1);
	*damaged_r = message.failed;
	if (message.failed)
		return NULL;
	h.parts.ciphers = cursor_rest(&ciphers);
	*damaged_r = !tls_read_extensions(&h, &message) || ciphers.left % 2 != 0 ||
	             session_id.left > SESSION_ID_MOST;
	h.parts.has_sni = (h.extras & TLS_HAS_SNI) != 0;
	h.parts.version = highest_version(&h);
	hello = arena_alloc(arena, sizeof(*hello));
	if (hello == NULL)
		return NULL;
	tls_hello_cache_read(cache, hello, &h, read_lists);
	keep_client_parts(hello, &h);
	hello->random = arena_copy(arena, random);
	hello->session_id = arena_copy(arena, cursor_rest(&session_id));
	if (offers_compression(cursor_rest(&compression)))
		hello->extras |= TLS_HAS_COMPRESSION;
	return hello;
}

/* ServerHello ---------------------------------------------------------------------------------- */

/* RFC 8446, section 4.1.3: a server that could do better than what was agreed on says so here. */
static uint32_t
sentinel(struct span random)
{
	static const uint8_t downgrade[] = { 'D', 'O', 'W', 'N', 'G', 'R', 'D' };
	struct span tail = span_after(random, RANDOM_SIZE - 8);

	if (!span_equal(span_first(tail, 7), span_from(downgrade, sizeof(downgrade))))
		return 0;
	return tail.at[7] == 1 ? TLS_SENTINEL_12 : tail.at[7] == 0 ? TLS_SENTINEL_11 : 0;
}

bool
tls_server_hello_is_retry(const struct tls_server_hello *hello)
{
	/* SHA-256 of "HelloRetryRequest" */
	static const uint8_t fixed[RANDOM_SIZE] = {
		0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C,
		0x02, 0x1E, 0x65, 0xB8, 0x91, 0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB,
		0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
	};

	return span_equal(hello->random, span_from(fixed, sizeof(fixed)));
}

static void
keep_server_parts(struct tls_server_hello *hello, struct hello *h)
{
	uint16_t chosen = version_of(h->chosen_version);

	h->parts.version = is_version(chosen) ? chosen : h->parts.legacy_version;
	hello->version = h->parts.version;
	hello->extras |= h->extras;
	hello->group = h->group;
	hello->alpn = keep_protocols(h->arena, h->protocols);
	hello->extensions = keep_extensions(h->arena, h->parts.extension_block);
	hello->ja3s = tls_ja3s(h->arena, &h->parts);
}

struct tls_server_hello *
tls_server_hello_read(struct arena *arena, struct span body, bool *damaged_r)
{
	struct hello h = { .arena = arena, .from = SERVER };
	struct cursor message = cursor_of(body), session_id, cipher;
	struct tls_server_hello *hello;
	struct span random;
	uint32_t compression;

	h.parts.legacy_version = (uint16_t)cursor_be(&message, 2);
	random = cursor_take(&message, RANDOM_SIZE);
	session_id = cursor_block(&message, 1);
	h.parts.ciphers = cursor_take(&message, 2);
	compression = cursor_be(&message, 1);
	*damaged_r = message.failed;
	if (message.failed)
		return NULL;
	*damaged_r = !tls_read_extensions(&h, &message) || session_id.left > SESSION_ID_MOST;
	hello = arena_alloc(arena, sizeof(*hello));
	if (hello == NULL)
		return NULL;
	cipher = cursor_of(h.parts.ciphers);
	hello->cipher_id = (uint16_t)cursor_be(&cipher, 2);
	hello->cipher = tls_cipher_find(hello->cipher_id);
	hello->random = arena_copy(arena, random);
	hello->session_id = arena_copy(arena, cursor_rest(&session_id));
	hello->extras = sentinel(random) | (compression != 0 ? TLS_HAS_COMPRESSION : 0);
	keep_server_parts(hello, &h);
	return hello;
}
