/* Addresses: what kind they are and how they are written. */
#include "wire/frame.h"

#include "base/table.h"

#include <arpa/inet.h>
#include <string.h>

enum {
	V4_OFFSET = 12,         /* where the IPv4 address stands in its mapped form */
};

/* The first `bits` bits of a network, in mapped form for IPv4. */
struct network {
	uint8_t prefix[16];
	size_t  bits;
};

#define MAPPED(a, b, c, d) { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, a, b, c, d }

static bool
network_has(const struct network *network, const struct address *address)
{
	size_t whole = network->bits / 8, part = network->bits % 8;

	if (memcmp(network->prefix, address->octets, whole) != 0)
		return false;
	return part == 0 || (network->prefix[whole] ^ address->octets[whole]) >> (8 - part) == 0;
}

static bool
any_network_has(const struct network *networks, size_t count, const struct address *address)
{
	for (size_t i = 0; i < count; i++)
		if (network_has(&networks[i], address))
			return true;
	return false;
}

bool
address_is_v4(const struct address *address)
{
	static const struct network mapped = { MAPPED(0, 0, 0, 0), 96 };

	return network_has(&mapped, address);
}

bool
address_is_loopback(const struct address *address)
{
	static const struct network loopback[] = {
		{ MAPPED(127, 0, 0, 0), 104 },
		{ { [15] = 1 }, 128 },
	};

	return any_network_has(loopback, TABLE_LENGTH(loopback), address);
}

bool
address_is_private(const struct address *address)
{
	static const struct network private[] = {
		{ MAPPED(10, 0, 0, 0), 104 },
		{ MAPPED(172, 16, 0, 0), 108 },
		{ MAPPED(192, 168, 0, 0), 112 },
		{ MAPPED(169, 254, 0, 0), 112 },
		{ { 0xFC }, 7 },
		{ { 0xFE, 0x80 }, 10 },
	};

	return any_network_has(private, TABLE_LENGTH(private), address);
}

bool
address_equal(const struct address *one, const struct address *other)
{
	return memcmp(one, other, sizeof(*one)) == 0;
}

bool
endpoint_equal(const struct endpoint *one, const struct endpoint *other)
{
	return one->port == other->port && address_equal(&one->address, &other->address);
}

struct address
address_network(const struct address *address)
{
	struct address network = *address;
	size_t kept = address_is_v4(address) ? 15 : 7;

	memset(network.octets + kept, 0, sizeof(network.octets) - kept);
	return network;
}

struct address
address_link(const struct address *address)
{
	struct address link = *address;

	if (!address_is_v4(address))
		memset(link.octets + 8, 0, sizeof(link.octets) - 8);
	return link;
}

/* By hand, since each session is written with four of them, and inet_ntop() takes the way over snprintf(). */
static const char *
v4_text(const uint8_t octets[], char out[ADDRESS_TEXT_SIZE])
{
	char *at = out;

	for (size_t i = 0; i < 4; i++) {
		if (i > 0)
			*at++ = '.';
		if (octets[i] >= 100)
			*at++ = (char)('0' + octets[i] / 100);
		if (octets[i] >= 10)
			*at++ = (char)('0' + octets[i] / 10 % 10);
		*at++ = (char)('0' + octets[i] % 10);
	}
	*at = '\0';
	return out;
}

const char *
address_text(const struct address *address, char out[ADDRESS_TEXT_SIZE])
{
	if (address_is_v4(address))
		return v4_text(address->octets + V4_OFFSET, out);
	if (inet_ntop(AF_INET6, address->octets, out, ADDRESS_TEXT_SIZE) == NULL)
		out[0] = '\0';
	return out;
}

bool
address_from_text(const char *text, struct address *address_r)
{
	struct address address = { .octets = MAPPED(0, 0, 0, 0) };

	if (inet_pton(AF_INET, text, address.octets + V4_OFFSET) != 1 &&
	    inet_pton(AF_INET6, text, address.octets) != 1)
		return false;
	*address_r = address;
	return true;
}
