/* The two hellos of SSLv2.  Cipher kinds have three bytes; those that begin with a zero are suites
 * of the later versions, offered in the old form (RFC 5246, section E.2). */
#include "tls_hello.h"

#include "base/cursor.h"
#include "base/text.h"
#include "tls_names.h"

#include <string.h>

enum {
	KIND_SIZE = 3,
	KINDS_MOST = 300,
	CHALLENGE_MOST = 32,
	RANDOM_SIZE = 32,
	CLIENT_HELLO = 1,
	SERVER_HELLO = 4,
};

static void
judge_kind(struct tls_client_hello *hello, uint32_t kind)
{
	const struct cipher_suite *cipher = NULL;

	if (kind <= UINT16_MAX)
		cipher = tls_cipher_find((uint16_t)kind);
	hello->cipher_count++;
	if (kind == 0x00FF)             /* RFC 5746, section 3.3 */
		hello->extras |= TLS_HAS_RENEGOTIATION;
	if (kind == 0x5600)             /* RFC 7507, section 2 */
		hello->extras |= TLS_HAS_FALLBACK_SCSV;
	hello->cipher_traits |= cipher != NULL ? cipher->traits : tls_ssl2_cipher_traits(kind);
	hello->offers_strong |= cipher != NULL && tls_cipher_is_strong(cipher);
}

/* Four digits for a suite of the later versions, six for a kind of SSLv2's own. */
static void
keep_kinds(struct arena *arena, struct tls_client_hello *hello, struct span kinds)
{
	struct cursor rest = cursor_of(kinds);
	struct buffer text = { 0 };

	while (rest.left >= KIND_SIZE) {
		uint32_t kind = cursor_be(&rest, KIND_SIZE);

		judge_kind(hello, kind);
		if (hello->cipher_count <= KINDS_MOST)
			buffer_printf(&text, "%s%0*x", text.len > 0 ? "," : "",
				kind > UINT16_MAX ? 6 : 4, kind);
	}
	hello->ciphers = arena_keep(arena, &text);
}

/* The challenge is the random, right-aligned behind zeros (RFC 5246, section E.2). */
static struct span
keep_challenge(struct arena *arena, struct span challenge)
{
	uint8_t random[RANDOM_SIZE] = { 0 };

	if (challenge.len > 0)
		memcpy(random + RANDOM_SIZE - challenge.len, challenge.at, challenge.len);
	return arena_copy(arena, span_from(random, sizeof(random)));
}

struct tls_client_hello *
tls_ssl2_client_hello_read(struct arena *arena, struct span body, bool *damaged_r)
{
	struct cursor message = cursor_of(body);
	uint32_t type = cursor_be(&message, 1), version = cursor_be(&message, 2);
	uint32_t kinds_length = cursor_be(&message, 2), id_length = cursor_be(&message, 2);
	uint32_t challenge_length = cursor_be(&message, 2);
	struct span kinds = cursor_take(&message, kinds_length);
	struct span session_id = cursor_take(&message, id_length);
	struct span challenge = cursor_take(&message, challenge_length);
	struct tls_client_hello *hello;

	*damaged_r = message.failed || type != CLIENT_HELLO;
	if (*damaged_r)
		return NULL;
	*damaged_r = message.left > 0 || kinds.len % KIND_SIZE != 0 ||
	             challenge.len > CHALLENGE_MOST;
	hello = arena_alloc(arena, sizeof(*hello));
	if (hello == NULL)
		return NULL;
	hello->extras = TLS_IS_SSL2;
	hello->legacy_version = hello->highest_version = (uint16_t)version;
	hello->session_id = arena_copy(arena, span_first(session_id, RANDOM_SIZE));
	hello->random = keep_challenge(arena, span_first(challenge, CHALLENGE_MOST));
	keep_kinds(arena, hello, kinds);
	return hello;
}

struct tls_server_hello *
tls_ssl2_server_hello_read(struct arena *arena, struct span body, struct span *certificate_r,
	bool *damaged_r)
{
	struct cursor message = cursor_of(body);
	uint32_t type = cursor_be(&message, 1);
	uint32_t session_hit = cursor_be(&message, 1), certificate_type = cursor_be(&message, 1);
	uint32_t version = cursor_be(&message, 2), certificate_length = cursor_be(&message, 2);
	uint32_t kinds_length = cursor_be(&message, 2), id_length = cursor_be(&message, 2);
	struct tls_server_hello *hello;

	*certificate_r = cursor_take(&message, certificate_length);
	cursor_take(&message, kinds_length);
	cursor_take(&message, id_length);
	*damaged_r = message.failed || type != SERVER_HELLO || version != TLS_SSL2;
	if (*damaged_r)
		return NULL;
	*damaged_r = message.left > 0 || session_hit > 1 || certificate_type > 1;
	hello = arena_alloc(arena, sizeof(*hello));
	if (hello == NULL)
		return NULL;
	hello->version = TLS_SSL2;
	hello->extras = TLS_IS_SSL2;
	return hello;
}
