/* Certificates read before: a fixed table for each thread, of which the digest picks the place.  It holds no memory
 * of any arena and needs no end. */
#include "x509_recall.h"

#include "base/table.h"

#include <string.h>

enum {
	PLACES = 128,
	TEXT_MOST = 768,                /* of all texts of one certificate together */
};

static _Thread_local struct remembered {
	bool               used;
	struct certificate facts;       /* its texts are in `text` */
	uint8_t            text[TEXT_MOST];
} remembered[PLACES];

static const size_t texts[] = {
	offsetof(struct certificate, subject),
	offsetof(struct certificate, issuer),
	offsetof(struct certificate, common_name),
	offsetof(struct certificate, serial),
	offsetof(struct certificate, signature_algorithm),
	offsetof(struct certificate, names),
};

static struct span
get_text(const struct certificate *certificate, size_t which)
{
	struct span text;

	memcpy(&text, (const uint8_t *)certificate + texts[which], sizeof(text));
	return text;
}

static void
set_text(struct certificate *certificate, size_t which, struct span text)
{
	memcpy((uint8_t *)certificate + texts[which], &text, sizeof(text));
}

static struct remembered *
place_of(const uint8_t sha256[SHA256_SIZE])
{
	return &remembered[sha256[0] % PLACES];
}

bool
x509_recall(struct arena *arena, const uint8_t sha256[SHA256_SIZE], struct certificate *certificate_r)
{
	const struct remembered *place = place_of(sha256);

	if (!place->used || memcmp(place->facts.sha256, sha256, SHA256_SIZE) != 0)
		return false;
	*certificate_r = place->facts;
	for (size_t i = 0; i < TABLE_LENGTH(texts); i++)
		set_text(certificate_r, i, arena_copy(arena, get_text(&place->facts, i)));
	return true;
}

void
x509_remember(const struct certificate *certificate)
{
	struct remembered *place = place_of(certificate->sha256);
	size_t length = 0;

	for (size_t i = 0; i < TABLE_LENGTH(texts); i++)
		length += get_text(certificate, i).len;
	if (length > TEXT_MOST)
		return;
	place->used = true;
	place->facts = *certificate;
	length = 0;
	for (size_t i = 0; i < TABLE_LENGTH(texts); i++) {
		struct span text = get_text(certificate, i);

		if (text.len > 0)
			memcpy(place->text + length, text.at, text.len);
		set_text(&place->facts, i, span_from(place->text + length, text.len));
		length += text.len;
	}
}
