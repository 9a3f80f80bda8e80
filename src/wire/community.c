/* The Community ID of a TCP connection, version 1: base64 of a SHA-1 over seed, addresses, protocol and ports, the
 * lower end first. */
#include "wire/community.h"

#include "base/digest.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum {
	SEED_SIZE = 2,
	ADDRESS_SIZE = 16,
	V4_SIZE = 4,
	INPUT_MOST = SEED_SIZE + 2 * ADDRESS_SIZE + 2 + 4,
};

static size_t
add_address(uint8_t *at, const struct address *address, bool is_v4)
{
	size_t len = is_v4 ? V4_SIZE : ADDRESS_SIZE;

	memcpy(at, address->octets + ADDRESS_SIZE - len, len);
	return len;
}

static size_t
add_be16(uint8_t *at, uint16_t number)
{
	at[0] = (uint8_t)(number >> 8);
	at[1] = (uint8_t)number;
	return 2;
}

static bool
is_lower(const struct endpoint *one, const struct endpoint *other)
{
	int order = memcmp(one->address.octets, other->address.octets, ADDRESS_SIZE);

	return order != 0 ? order < 0 : one->port < other->port;
}

const char *
community_id(const struct endpoint *one, const struct endpoint *other, char out[COMMUNITY_ID_SIZE])
{
	const struct endpoint *lower = is_lower(other, one) ? other : one, *higher = lower == one ? other : one;
	bool is_v4 = address_is_v4(&one->address) && address_is_v4(&other->address);
	uint8_t input[INPUT_MOST] = { 0 }, digest[SHA1_SIZE];
	struct buffer text = { 0 };
	size_t len = SEED_SIZE;

	len += add_address(input + len, &lower->address, is_v4);
	len += add_address(input + len, &higher->address, is_v4);
	input[len++] = IPPROTO_TCP;
	input[len++] = 0;
	len += add_be16(input + len, lower->port);
	len += add_be16(input + len, higher->port);
	digest_sha1(span_from(input, len), digest);
	base64_encode(span_from(digest, sizeof(digest)), &text);
	snprintf(out, COMMUNITY_ID_SIZE, "1:%s", buffer_text(&text));
	buffer_free(&text);
	return out;
}
