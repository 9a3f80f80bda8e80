/* A name of a session that does not depend on the database or the run. */
#include "model/identity.h"

#include "base/buffer.h"
#include "base/digest.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	IDENTITY_BYTES = 8,
};

/* A connection met in its middle may have its ends exchanged later: their order must not matter. */
static bool
ends_are_in_order(const struct endpoint ends[2])
{
	int order = memcmp(ends[0].address.octets, ends[1].address.octets, sizeof(ends[0].address.octets));

	return order != 0 ? order < 0 : ends[0].port <= ends[1].port;
}

const char *
session_identity(const struct session_place *place, char out[IDENTITY_TEXT_SIZE])
{
	const struct endpoint *lower = &place->ends[ends_are_in_order(place->ends) ? 0 : 1];
	const struct endpoint *higher = lower == &place->ends[0] ? &place->ends[1] : &place->ends[0];
	struct buffer text = { 0 }, hex = { 0 };
	char address[2][ADDRESS_TEXT_SIZE];
	uint8_t sha256[SHA256_SIZE];

	buffer_printf(&text, "%" PRId64 " %" PRIu32 " %s,%u %s,%u ", place->started_ns, place->vlan,
		address_text(&lower->address, address[0]), lower->port,
		address_text(&higher->address, address[1]), higher->port);
	buffer_add(&text, place->vantage);
	digest_sha256(buffer_span(&text), sha256);
	text_hex(&hex, span_from(sha256, IDENTITY_BYTES));
	snprintf(out, IDENTITY_TEXT_SIZE, "%s", buffer_text(&hex));
	buffer_free(&text);
	buffer_free(&hex);
	return out;
}
