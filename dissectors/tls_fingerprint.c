/* Fingerprints of hellos.  A list is hashed in full, however long; only what is kept of it
 * elsewhere is cut. */
#include "tls_fingerprint.h"

#include "base/cursor.h"
#include "base/text.h"
#include "tls_names.h"

#include <stdlib.h>

enum {
	EXTENSION_SNI = 0,
	EXTENSION_ALPN = 16,
	JA4_DIGITS = 12,                /* of each of its two digests */
	JA4_COUNT_MOST = 99,
	SORTED_BY_HAND = 64,
};

/* A run of numbers of which GREASE was left out. */
struct numbers {
	uint16_t *at;
	size_t    count;
};

bool
tls_take_extension(struct span *block, uint16_t *type_r, struct span *body_r)
{
	struct cursor c = cursor_of(*block);
	uint32_t type = cursor_be(&c, 2);
	struct cursor body = cursor_block(&c, 2);

	if (c.failed)
		return false;
	*type_r = (uint16_t)type;
	*body_r = cursor_rest(&body);
	*block = cursor_rest(&c);
	return true;
}

static void
add_number(struct numbers *numbers, uint16_t number)
{
	if (!tls_is_grease(number))
		numbers->at[numbers->count++] = number;
}

/* Room for one number more than the wire can have, since malloc(0) may give NULL. */
static struct numbers
numbers_of(struct span wire)
{
	struct numbers numbers = { .at = malloc((wire.len / 2 + 1) * sizeof(uint16_t)) };

	for (size_t i = 0; numbers.at != NULL && i + 1 < wire.len; i += 2)
		add_number(&numbers, (uint16_t)(wire.at[i] << 8 | wire.at[i + 1]));
	return numbers;
}

static struct numbers
numbers_of_extensions(struct span block)
{
	struct numbers numbers = { .at = malloc((block.len / 4 + 1) * sizeof(uint16_t)) };
	struct span body;
	uint16_t type;

	while (numbers.at != NULL && tls_take_extension(&block, &type, &body))
		add_number(&numbers, type);
	return numbers;
}

static int
compare(const void *a, const void *b)
{
	return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

/* Short lists, which nearly all are, need no calls for each pair; long ones must not take their square. */
static void
sort(struct numbers *numbers)
{
	if (numbers->count > SORTED_BY_HAND) {
		qsort(numbers->at, numbers->count, sizeof(numbers->at[0]), compare);
		return;
	}
	for (size_t i = 1; i < numbers->count; i++) {
		uint16_t number = numbers->at[i];
		size_t place = i;

		for (; place > 0 && numbers->at[place - 1] > number; place--)
			numbers->at[place] = numbers->at[place - 1];
		numbers->at[place] = number;
	}
}

/* Adds the numbers and frees them. */
static void
add_decimal(struct buffer *out, struct numbers numbers)
{
	for (size_t i = 0; i < numbers.count; i++) {
		if (i > 0)
			buffer_add_text(out, "-");
		buffer_add_number(out, numbers.at[i]);
	}
	out->failed |= numbers.at == NULL;
	free(numbers.at);
}

/* A hello has some hundred numbers in its lists, too many for printf. */
static void
add_hex(struct buffer *out, struct numbers numbers)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < numbers.count; i++) {
		unsigned number = numbers.at[i];
		const char text[] = { ',', digits[number >> 12], digits[number >> 8 & 15], digits[number >> 4 & 15],
			digits[number & 15] };

		buffer_add(out, span_after(span_from(text, sizeof(text)), i == 0));
	}
	out->failed |= numbers.at == NULL;
	free(numbers.at);
}

static struct span
keep_md5(struct arena *arena, struct buffer *text)
{
	struct buffer hex = { .failed = text->failed };
	uint8_t digest[MD5_SIZE];

	digest_md5(buffer_span(text), digest);
	text_hex(&hex, span_from(digest, sizeof(digest)));
	buffer_free(text);
	return arena_keep(arena, &hex);
}

struct span
tls_ja3(struct arena *arena, const struct hello_parts *parts)
{
	struct buffer text = { 0 };

	buffer_add_number(&text, parts->legacy_version);
	buffer_add_text(&text, ",");
	add_decimal(&text, numbers_of(parts->ciphers));
	buffer_add_text(&text, ",");
	add_decimal(&text, numbers_of_extensions(parts->extension_block));
	buffer_add_text(&text, ",");
	add_decimal(&text, numbers_of(parts->groups));
	buffer_add_text(&text, ",");
	for (size_t i = 0; i < parts->point_formats.len; i++) {
		buffer_add_text(&text, i > 0 ? "-" : "");
		buffer_add_number(&text, parts->point_formats.at[i]);
	}
	return keep_md5(arena, &text);
}

struct span
tls_ja3s(struct arena *arena, const struct hello_parts *parts)
{
	struct buffer text = { 0 };

	buffer_add_number(&text, parts->legacy_version);
	buffer_add_text(&text, ",");
	add_decimal(&text, numbers_of(parts->ciphers));
	buffer_add_text(&text, ",");
	add_decimal(&text, numbers_of_extensions(parts->extension_block));
	return keep_md5(arena, &text);
}

/* JA4 ------------------------------------------------------------------------------------------ */

static const char *
ja4_version(uint16_t version)
{
	switch (version) {
	case TLS_1_3: return "13";
	case TLS_1_2: return "12";
	case TLS_1_1: return "11";
	case TLS_1_0: return "10";
	case TLS_SSL3: return "s3";
	case TLS_SSL2: return "s2";
	default: return "00";
	}
}

static bool
is_alphanumeric(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* First and last character of the first protocol; of its hexadecimal form where one of them is no
 * letter or digit. */
static void
add_alpn(struct buffer *out, struct span alpn)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t first, last;

	if (alpn.len == 0) {
		buffer_add_text(out, "00");
		return;
	}
	first = alpn.at[0];
	last = alpn.at[alpn.len - 1];
	if (!is_alphanumeric(first) || !is_alphanumeric(last)) {
		first = (uint8_t)digits[first >> 4];
		last = (uint8_t)digits[last & 0xF];
	}
	buffer_add(out, span_from(&first, 1));
	buffer_add(out, span_from(&last, 1));
}

static void
add_digest(struct buffer *out, struct buffer *list)
{
	uint8_t digest[SHA256_SIZE] = { 0 };

	if (list->len > 0)
		digest_sha256(buffer_span(list), digest);
	text_hex(out, span_from(digest, JA4_DIGITS / 2));
	out->failed |= list->failed;
	buffer_free(list);
}

static void
remove_named(struct numbers *extensions)
{
	size_t kept = 0;

	for (size_t i = 0; i < extensions->count; i++)
		if (extensions->at[i] != EXTENSION_SNI && extensions->at[i] != EXTENSION_ALPN)
			extensions->at[kept++] = extensions->at[i];
	extensions->count = kept;
}

/* Signature schemes keep the order in which they were sent.  Extensions that are none but SNI and
 * ALPN count as an empty list even so. */
static void
add_extensions_digest(struct buffer *out, struct numbers extensions, struct span schemes)
{
	struct buffer list = { 0 };
	struct numbers sent = numbers_of(schemes);

	remove_named(&extensions);
	sort(&extensions);
	add_hex(&list, extensions);
	if (list.len > 0 && sent.count > 0)
		buffer_add_text(&list, "_");
	add_hex(&list, sent);
	add_digest(out, &list);
}

static void
add_count(struct buffer *out, struct numbers numbers)
{
	size_t count = numbers.count < JA4_COUNT_MOST ? numbers.count : JA4_COUNT_MOST;
	const char digits[] = { (char)('0' + count / 10), (char)('0' + count % 10) };

	buffer_add(out, span_from(digits, sizeof(digits)));
}

struct span
tls_ja4(struct arena *arena, const struct hello_parts *parts)
{
	struct numbers ciphers = numbers_of(parts->ciphers);
	struct numbers extensions = numbers_of_extensions(parts->extension_block);
	struct buffer text = { 0 }, list = { 0 };

	buffer_add_text(&text, "t");
	buffer_add_text(&text, ja4_version(parts->version));
	buffer_add_text(&text, parts->has_sni ? "d" : "i");
	add_count(&text, ciphers);
	add_count(&text, extensions);
	add_alpn(&text, parts->first_alpn);
	buffer_add_text(&text, "_");
	sort(&ciphers);
	add_hex(&list, ciphers);
	add_digest(&text, &list);
	buffer_add_text(&text, "_");
	add_extensions_digest(&text, extensions, parts->schemes);
	return arena_keep(arena, &text);
}
