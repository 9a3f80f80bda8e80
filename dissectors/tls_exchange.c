/* ServerKeyExchange as facts. */
#include "tls_exchange.h"

#include "base/cursor.h"
#include "base/text.h"

enum {
	CURVE_EXPLICIT_PRIME = 1,       /* RFC 4492, section 5.4; gone in RFC 8422 */
	CURVE_EXPLICIT_CHAR2 = 2,
	CURVE_NAMED = 3,
	BASIS_TRINOMIAL = 1,
};

static struct span
keep_sha256(struct arena *arena, struct span bytes)
{
	uint8_t digest[SHA256_SIZE];
	struct buffer hex = { 0 };

	digest_sha256(bytes, digest);
	text_hex(&hex, span_from(digest, sizeof(digest)));
	return arena_keep(arena, &hex);
}

static struct span
without_zeros(struct span number)
{
	while (number.len > 0 && number.at[0] == 0)
		number = span_after(number, 1);
	return number;
}

static uint32_t
bits_of(struct span number)
{
	uint32_t bits = (uint32_t)(8 * number.len);

	if (number.len == 0)
		return 0;
	for (uint8_t top = number.at[0]; (top & 0x80) == 0; top = (uint8_t)(top << 1))
		bits--;
	return bits;
}

static struct span
take_block(struct cursor *message, size_t length_bytes)
{
	struct cursor block = cursor_block(message, length_bytes);

	return cursor_rest(&block);
}

static void
read_finite_field(struct arena *arena, struct cursor *message, struct tls_key_exchange *exchange)
{
	struct span prime = without_zeros(take_block(message, 2)), public;

	take_block(message, 2);         /* the generator */
	public = take_block(message, 2);
	if (message->failed)
		return;
	exchange->finite_field = true;
	exchange->prime_bits = bits_of(prime);
	exchange->prime_sha256 = keep_sha256(arena, prime);
	exchange->public_sha256 = keep_sha256(arena, public);
}

/* Parameters of a curve of the server's own, which end where the public point begins. */
static void
pass_explicit_curve(struct cursor *message, uint32_t type)
{
	if (type == CURVE_EXPLICIT_PRIME) {
		take_block(message, 1);
	} else {
		uint32_t basis;

		cursor_be(message, 2);
		basis = cursor_be(message, 1);
		for (int terms = basis == BASIS_TRINOMIAL ? 1 : 3; terms > 0; terms--)
			take_block(message, 1);
	}
	for (int i = 0; i < 5; i++)     /* a, b, base, order, cofactor */
		take_block(message, 1);
}

static void
read_curve(struct arena *arena, struct cursor *message, struct tls_key_exchange *exchange)
{
	uint32_t type = cursor_be(message, 1);

	switch (type) {
	case CURVE_EXPLICIT_PRIME:
	case CURVE_EXPLICIT_CHAR2:
		exchange->explicit_curve = true;
		pass_explicit_curve(message, type);
		break;
	case CURVE_NAMED: exchange->group = (uint16_t)cursor_be(message, 2); break;
	default: message->failed = true; return;
	}
	exchange->public_sha256 = keep_sha256(arena, take_block(message, 1));
}

static bool
has_signature(const struct cipher_suite *cipher)
{
	return (cipher->traits & CIPHER_ANON) == 0 && !span_has(span_of(cipher->name), "PSK_");
}

struct tls_key_exchange *
tls_key_exchange_read(struct arena *arena, const struct cipher_suite *cipher, uint16_t version,
	struct span body, bool *damaged_r)
{
	struct cursor message = cursor_of(body);
	struct tls_key_exchange *exchange;

	*damaged_r = false;
	if ((cipher->traits & (CIPHER_DHE | CIPHER_ECDHE)) == 0)
		return NULL;
	exchange = arena_alloc(arena, sizeof(*exchange));
	if (exchange == NULL)
		return NULL;
	if (span_has(span_of(cipher->name), "PSK_"))
		take_block(&message, 2);        /* a hint for the client */
	if ((cipher->traits & CIPHER_DHE) != 0)
		read_finite_field(arena, &message, exchange);
	else
		read_curve(arena, &message, exchange);
	if (version == TLS_1_2 && has_signature(cipher))
		exchange->signature_scheme = (uint16_t)cursor_be(&message, 2);
	*damaged_r = message.failed;
	return message.failed ? NULL : exchange;
}
