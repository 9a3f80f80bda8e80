/* Frames get other addresses and numbers; checksums are adjusted, not computed anew (RFC 1624). */
#include "load.h"

#include <string.h>

static uint32_t
read16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static void
write16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* RFC 1624, equation 3. */
static void
adjust(uint8_t *checksum, uint32_t before, uint32_t after)
{
	uint32_t sum = (~read16(checksum) & 0xFFFF) + (~before & 0xFFFF) + after;

	sum = (sum & 0xFFFF) + (sum >> 16);
	write16(checksum, ~((sum & 0xFFFF) + (sum >> 16)) & 0xFFFF);
}

static bool
is_v4(const uint8_t *at)
{
	return at[12] == 0x08;
}

struct place
frame_place(uint8_t *at)
{
	uint8_t *ip = at + 14, *transport = ip + (is_v4(at) ? (ip[0] & 15) * 4 : 40);
	bool udp = ip[is_v4(at) ? 9 : 6] == 17;

	return (struct place){
		.ip_checksum = is_v4(at) ? ip + 10 : NULL,
		.transport = transport,
		.checksum = transport + (udp ? 6 : 16),
	};
}

void
frame_put16(uint8_t *field, uint32_t value, const struct place *place, bool in_ip)
{
	uint32_t before = read16(field);

	write16(field, value);
	if (in_ip && place->ip_checksum != NULL)
		adjust(place->ip_checksum, before, value);
	adjust(place->checksum, before, value);
}

void
frame_add32(uint8_t *field, uint32_t more, const struct place *place)
{
	uint32_t value = (read16(field) << 16 | read16(field + 2)) + more;

	frame_put16(field, value >> 16, place, false);
	frame_put16(field + 2, value & 0xFFFF, place, false);
}

void
frame_readdress(uint8_t *at, const uint32_t numbers[2])
{
	struct place place = frame_place(at);
	uint8_t *addresses = at + 14 + (is_v4(at) ? 12 : 8);
	size_t half = is_v4(at) ? 4 : 16;

	for (size_t end = 0; end < 2; end++) {
		uint32_t number = numbers[end];
		uint8_t *address = addresses + end * half + half - 4;

		frame_put16(address, 0x0A00 | (number >> 15 & 0xFF), &place, true);
		frame_put16(address + 2, (number & 0x7FFF) << 1 | (address[3] & 1), &place, true);
	}
}
