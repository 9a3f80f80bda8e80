/* The interfaces of a pcapng section (draft-ietf-opsawg-pcapng, section 4.2) and how they count
 * time. */
#include "wire/pcapng_interface.h"

#include "base/clock.h"

enum {
	OPTION_END = 0,
	OPTION_NAME = 2,
	OPTION_TIME_RESOLUTION = 9,
	OPTION_TIME_OFFSET = 14,
	RESOLUTION_DEFAULT = 6,         /* microseconds */
	RESOLUTION_BINARY = 0x80,
	DECIMAL_DIGITS_MAX = 19,        /* as many as 64 bits hold */
	BINARY_DIGITS_MAX = 63,
};

static void
interface_option(struct interface *interface, uint32_t code, struct span value, bool big_endian)
{
	struct cursor c = cursor_of(value);
	uint64_t first, second;

	if (code == OPTION_TIME_RESOLUTION && value.len == 1) {
		interface->resolution = value.at[0];
	} else if (code == OPTION_TIME_OFFSET && value.len == 8) {
		first = pcapng_number(&c, 4, big_endian);
		second = pcapng_number(&c, 4, big_endian);
		interface->offset = (int64_t)(big_endian ? first << 32 | second
							    : second << 32 | first);
	} else if (code == OPTION_NAME) {
		interface->name = value;
	}
}

static bool
resolution_is_known(uint8_t resolution)
{
	if (resolution & RESOLUTION_BINARY)
		return (resolution & ~RESOLUTION_BINARY) <= BINARY_DIGITS_MAX;
	return resolution <= DECIMAL_DIGITS_MAX;
}

const char *
interface_parse(struct span body, bool big_endian, struct interface *interface_r)
{
	struct cursor c = cursor_of(body);

	*interface_r = (struct interface){ .resolution = RESOLUTION_DEFAULT };
	interface_r->link_type = (int)pcapng_number(&c, 2, big_endian);
	cursor_take(&c, 2);
	interface_r->snaplen = pcapng_number(&c, 4, big_endian);
	if (c.failed)
		return "an interface block is too short";
	while (c.left > 0) {
		uint32_t code = pcapng_number(&c, 2, big_endian);
		size_t len = pcapng_number(&c, 2, big_endian);
		struct span value = cursor_take(&c, len);

		if (c.failed || code == OPTION_END)
			break;
		cursor_take_up_to(&c, (4 - len % 4) % 4);
		interface_option(interface_r, code, value, big_endian);
	}
	return resolution_is_known(interface_r->resolution)
		? NULL : "an interface counts time in an unknown unit";
}

static uint64_t
power_of_ten(unsigned digits)
{
	static const uint64_t powers[DECIMAL_DIGITS_MAX + 1] = {
		1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
		10000000000, 100000000000, 1000000000000, 10000000000000, 100000000000000,
		1000000000000000, 10000000000000000, 100000000000000000, 1000000000000000000,
		UINT64_C(10000000000000000000),
	};

	return powers[digits];
}

/* Nanoseconds within the second. */
static int64_t
binary_part(uint64_t part, unsigned digits)
{
	if (digits > 30) {
		part >>= digits - 30;
		digits = 30;
	}
	return (int64_t)(part * (uint64_t)NS_PER_SECOND >> digits);
}

int64_t
interface_time(const struct interface *interface, uint64_t units)
{
	const int64_t farthest = INT64_MAX / NS_PER_SECOND / 2;
	unsigned digits = interface->resolution & (RESOLUTION_BINARY - 1);
	uint64_t per_second, whole;
	int64_t part, seconds;

	if (interface->resolution & RESOLUTION_BINARY) {
		per_second = UINT64_C(1) << digits;
		part = binary_part(units % per_second, digits);
	} else {
		per_second = power_of_ten(digits);
		part = digits <= 9 ? (int64_t)(units % per_second * power_of_ten(9 - digits))
				   : (int64_t)(units % per_second / power_of_ten(digits - 9));
	}
	whole = units / per_second;
	seconds = whole < (uint64_t)farthest ? (int64_t)whole : farthest;
	if (interface->offset > -farthest && interface->offset < farthest)
		seconds += interface->offset;
	if (seconds > farthest || seconds < -farthest)
		seconds = seconds > 0 ? farthest : -farthest;
	return seconds * NS_PER_SECOND + part;
}
