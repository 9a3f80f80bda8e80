/* Where FTP's connections for data are to lead: PORT and PASV (RFC 959, section 4.1.2), EPRT (RFC 2428, section 2). */
#include "ftp_state.h"

#include <string.h>

enum {
	ADDRESS_MOST = 46,              /* of an IPv6 address as text */
};

/* h1,h2,h3,h4,p1,p2 */
static bool
read_numbers(struct span place, struct address *address_r)
{
	*address_r = (struct address){ .octets = { [10] = 0xFF, [11] = 0xFF } };
	for (size_t i = 12; i < sizeof(address_r->octets); i++) {
		size_t comma = span_find(place, ",");
		uint64_t number;

		if (comma >= place.len || !span_number(span_first(place, comma), &number) || number > 255)
			return false;
		address_r->octets[i] = (uint8_t)number;
		place = span_after(place, comma + 1);
	}
	return true;
}

/* |1|132.235.1.2|6275| or |2|1080::8:800:200C:417A|5282| */
static bool
read_fields(struct span place, struct address *address_r)
{
	struct span field = span_after(place, 3);
	char text[ADDRESS_MOST] = { 0 };
	size_t end = span_find(field, "|");

	if (end >= field.len || end == 0 || end >= sizeof(text))
		return false;
	memcpy(text, field.at, end);
	return address_from_text(text, address_r);
}

/* A private address where that of the end is public was given by a host that knows nothing of the translation on its
 * way. */
void
ftp_note_place(struct dialogue *d, enum side side, struct span place)
{
	struct address address;
	bool read = span_starts(place, "|") ? read_fields(place, &address) : read_numbers(place, &address);

	if (read && !address_is_private(&address) && !dialogue_is_end(d, side, &address))
		dialogue_note(d, side, NOTE_DATA_ELSEWHERE, place);
}
