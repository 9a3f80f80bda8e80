/* The words of a policy file.  What is not exactly right is refused: a policy that is silent because of a typing error
 * looks like one that is kept. */
#include "cli/policy_words.h"

#include "base/table.h"
#include "model/tls.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	BITS_BEFORE_V4 = 96,
	HOST_MOST = 253,                /* RFC 1035, section 2.3.4, as text */
	LABEL_MOST = 63,
	TLSA_MOST = 65535,              /* octets of a record */
};

/* Networks -------------------------------------------------------------------------------------- */

static bool
read_address(struct span text, struct address *address_r, bool *is_v4_r)
{
	char copy[ADDRESS_TEXT_SIZE];

	if (text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	*address_r = (struct address){ { [10] = 0xFF, [11] = 0xFF } };
	*is_v4_r = inet_pton(AF_INET, copy, address_r->octets + 12) == 1;
	return *is_v4_r || inet_pton(AF_INET6, copy, address_r->octets) == 1;
}

static bool
has_bits_behind(const struct network *network)
{
	for (unsigned bit = network->bits; bit < 128; bit++)
		if (network->address.octets[bit / 8] & (0x80 >> bit % 8))
			return true;
	return false;
}

const char *
policy_read_network(const char *text, struct network *network_r)
{
	struct span whole = span_of(text);
	size_t slash = span_find(whole, "/");
	unsigned most;
	uint64_t bits;
	bool is_v4;

	if (!read_address(span_first(whole, slash), &network_r->address, &is_v4))
		return "is no address";
	most = is_v4 ? 32 : 128;
	bits = most;
	if (slash < whole.len && !span_number(span_after(whole, slash + 1), &bits))
		return "has no number behind its slash";
	if (bits > most)
		return is_v4 ? "has a prefix longer than 32" : "has a prefix longer than 128";
	network_r->bits = (unsigned)bits + (is_v4 ? BITS_BEFORE_V4 : 0);
	return has_bits_behind(network_r)
		? "is an address inside a network; name the network itself, or leave the slash out"
	                                  : NULL;
}

/* Names ----------------------------------------------------------------------------------------- */

static bool
is_host_letter(uint8_t letter)
{
	return (letter < 0x80 && isalnum(letter)) || letter == '-' || letter == '_';
}

static bool
has_good_labels(struct span host)
{
	size_t label = 0;

	for (size_t i = 0; i < host.len; i++) {
		if (host.at[i] == '.' && label == 0)
			return false;
		if (host.at[i] != '.' && !is_host_letter(host.at[i]))
			return false;
		label = host.at[i] == '.' ? 0 : label + 1;
		if (label > LABEL_MOST)
			return false;
	}
	return label > 0 && host.len <= HOST_MOST;
}

const char *
policy_read_host(const char *text, enum host_prefix prefix, struct arena *arena, struct span *host_r)
{
	static const char *const prefixes[] = {
		[HOST_ALONE] = "",
		[HOST_WILDCARD] = "*.",
		[HOST_BELOW] = ".",
	};
	struct span whole = span_of(text), bare = whole;
	uint8_t *lower;

	if (span_starts(bare, prefixes[prefix]))
		bare = span_after(bare, strlen(prefixes[prefix]));
	if (!has_good_labels(bare))
		return "is no host name (write international ones in their xn-- form, and no dot at the end)";
	lower = arena_alloc(arena, whole.len);
	if (lower == NULL)
		return "does not fit into memory";
	for (size_t i = 0; i < whole.len; i++)
		lower[i] = (uint8_t)tolower(whole.at[i]);
	*host_r = span_from(lower, whole.len);
	return NULL;
}

/* Times ----------------------------------------------------------------------------------------- */

const char *
policy_read_time(const char *text, int64_t *seconds_r)
{
	static const char *const forms[] = { "%Y-%m-%d", "%Y-%m-%dT%H:%M" };

	for (size_t i = 0; i < TABLE_LENGTH(forms); i++) {
		struct tm read = { 0 }, real;
		const char *end = strptime(text, forms[i], &read);

		if (end == NULL || *end != '\0')
			continue;
		real = read;
		*seconds_r = timegm(&real);
		return real.tm_mday == read.tm_mday ? NULL : "is no day of the calendar";
	}
	return "is no time; it looks like 2025-12-01 or 2025-12-01T12:30 (UTC)";
}

/* TLSA records ---------------------------------------------------------------------------------- */

static bool
take_field(struct span *rest, uint64_t most, uint8_t *field_r)
{
	struct span word;
	uint64_t number;

	if (!span_take_word(rest, &word) || !span_number(word, &number) || number > most)
		return false;
	*field_r = (uint8_t)number;
	return true;
}

static int
hex_digit(uint8_t letter)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = letter != '\0' ? strchr(digits, tolower(letter)) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* Zone files put blanks between the digits. */
static bool
take_hex(struct span text, struct buffer *out)
{
	int high = -1;

	for (size_t i = 0; i < text.len; i++) {
		int digit = hex_digit(text.at[i]);
		uint8_t octet;

		if (text.at[i] == ' ' || text.at[i] == '\t')
			continue;
		if (digit < 0)
			return false;
		octet = (uint8_t)(high * 16 + digit);
		if (high >= 0)
			buffer_add(out, span_from(&octet, 1));
		high = high >= 0 ? -1 : digit;
	}
	return high < 0 && out->len > 0 && out->len <= TLSA_MOST && !out->failed;
}

/* RFC 6698, section 2.1.3: the whole bytes, their SHA-256, their SHA-512. */
static bool
keep_digest(struct span octets, uint8_t matching, struct policy_tlsa_record *record)
{
	record->comparable = matching < 2;
	if (matching == 0)
		digest_sha256(octets, record->sha256);
	else if (matching == 1 && octets.len == SHA256_SIZE)
		memcpy(record->sha256, octets.at, SHA256_SIZE);
	else
		return matching == 2 && octets.len == 64;
	return true;
}

const char *
policy_read_tlsa(const char *text, struct policy_tlsa_record *record_r)
{
	struct span rest = span_of(text);
	struct buffer octets = { 0 };
	const char *why = NULL;
	uint8_t matching;

	*record_r = (struct policy_tlsa_record){ 0 };
	if (!take_field(&rest, 3, &record_r->usage) || !take_field(&rest, 1, &record_r->selector) ||
	    !take_field(&rest, 2, &matching))
		return "does not begin with usage (0 to 3), selector (0 or 1) and matching type (0 to 2)";
	if (!take_hex(rest, &octets))
		why = "does not end in hexadecimal digits, two for each octet";
	else if (!keep_digest(buffer_span(&octets), matching, record_r))
		why = "has not as many digits as its matching type wants";
	buffer_free(&octets);
	return why;
}

const char *
policy_read_version(const char *text, uint16_t *version_r)
{
	for (uint16_t version = TLS_1_0; version <= TLS_1_3; version++)
		if (strcmp(text, tls_version_word(version)) == 0) {
			*version_r = version;
			return NULL;
		}
	return "is no version that can be demanded: TLSv1.0, TLSv1.1, TLSv1.2 or TLSv1.3";
}
