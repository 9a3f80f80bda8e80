/* What of FTP's lines may be quoted.  Paths are content, names belong to somebody; what stays are the words of RFC
 * 959, 2228, 2389, 4217 and their like, and addresses, which other connections show as well. */
#include "ftp_quote.h"

#include "answer.h"
#include "sasl.h"

#include "base/table.h"

#include <string.h>

enum {
	PLACE_MOST = 64,                /* EPRT with an IPv6 address */
};

enum telnet {
	TELNET_SB = 0xFA,
	TELNET_SE = 0xF0,
	TELNET_WILL = 0xFB,             /* WILL, WONT, DO, DONT: an option follows */
	TELNET_DONT = 0xFE,
	TELNET_IAC = 0xFF,
};

bool
ftp_is_anonymous(struct span name)
{
	return span_is(name, "anonymous") || span_is(name, "ftp");
}

static bool
has_only(struct span word, const char *characters)
{
	for (size_t i = 0; i < word.len; i++)
		if (memchr(characters, word.at[i], strlen(characters)) == NULL)
			return false;
	return true;
}

/* Six numbers with commas between them or more (RFC 959, RFC 1639), or fields between bars (RFC 2428). */
static bool
is_place(struct span args)
{
	bool commas = args.len > 0 && memchr(args.at, ',', args.len) != NULL;
	bool bars = args.len > 2 && args.at[0] == '|' && args.at[args.len - 1] == '|';

	if (args.len > PLACE_MOST)
		return false;
	return (commas && has_only(args, "0123456789,")) || (bars && has_only(args, "0123456789.:abcdefABCDEF|"));
}

static bool
is_own_word(struct span word)
{
	static const char *const words[] = { "A", "B", "C", "E", "F", "I", "L", "N", "P", "R", "S", "T", "Z", "UTF8",
		"UTF-8", "ON", "OFF", "NLST", "MLST", "MODE", "HASH", "CRC32", "MD5", "SHA-1", "SHA-256", "SHA-512",
		"ALL" };

	return span_is_any(word, words, TABLE_LENGTH(words)) || has_only(word, "0123456789");
}

static bool
are_own_words(struct span args)
{
	struct span word;

	while (span_take_word(&args, &word))
		if (!is_own_word(word))
			return false;
	return true;
}

bool
ftp_is_tls(struct span mechanism)
{
	static const char *const names[] = { "TLS", "SSL", "TLS-C", "TLS-P" };

	return span_is_any(mechanism, names, TABLE_LENGTH(names));
}

/* RFC 2228, section 8. */
static bool
is_mechanism(struct span word)
{
	static const char *const others[] = { "KERBEROS_V4", "KERBEROS_V5" };

	return ftp_is_tls(word) || span_is_any(word, others, TABLE_LENGTH(others)) || sasl_mechanism_name(word).len > 0;
}

static bool
may_be_shown(enum ftp_quote quote, struct span args)
{
	switch (quote) {
	case QUOTE_ACCOUNT: return ftp_is_anonymous(args);
	case QUOTE_PLACE: return is_place(args);
	case QUOTE_WORDS: return are_own_words(args);
	case QUOTE_MECHANISM: return is_mechanism(args);
	case QUOTE_HIDDEN:
	case QUOTE_SECRET: break;
	}
	return false;
}

void
ftp_quote_command(struct buffer *out, const char *verb, enum ftp_quote quote, struct span args)
{
	bool named = quote == QUOTE_SECRET || quote == QUOTE_ACCOUNT || quote == QUOTE_MECHANISM;

	buffer_add_text(out, verb);
	if (args.len == 0)
		return;
	buffer_add_text(out, " ");
	buffer_add(out, may_be_shown(quote, args) ? args : span_of(named ? "<redacted>" : "..."));
}

/* The parenthesis of 227 (h1,h2,h3,h4,p1,p2) and 229 (|||port|); empty without one. */
static struct span
find_place(struct span text)
{
	size_t open = span_find(text, "("), close;

	text = span_after(text, open + 1);
	close = span_find(text, ")");
	return close < text.len && is_place(span_first(text, close)) ? span_first(text, close) : (struct span){ 0 };
}

void
ftp_quote_reply(struct buffer *out, struct span code, struct span text, struct span host)
{
	struct span place = { 0 };

	if (span_starts(code, "227") || span_starts(code, "228") || span_starts(code, "229"))
		place = find_place(text);
	buffer_add(out, code);
	if (place.len == 0) {
		answer_quote(out, text, host);
		return;
	}
	answer_quote(out, span_first(text, span_find(text, "(")), host);
	buffer_add_text(out, " (");
	buffer_add(out, place);
	buffer_add_text(out, ")");
}

/* How many bytes the telnet command at the front has: a doubled IAC stands for itself, which is a byte of the text. */
static size_t
telnet_length(struct span s)
{
	size_t len = 2;

	if (s.len < 2)
		return s.len;
	if (s.at[1] >= TELNET_WILL && s.at[1] <= TELNET_DONT)
		return s.len < 3 ? s.len : 3;
	if (s.at[1] != TELNET_SB)
		return 2;
	while (len < s.len && !(s.at[len] == TELNET_SE && s.at[len - 1] == TELNET_IAC))
		len++;
	return len < s.len ? len + 1 : s.len;
}

void
ftp_strip_telnet(struct buffer *out, struct span line)
{
	while (line.len > 0) {
		const uint8_t *iac = memchr(line.at, TELNET_IAC, line.len);
		size_t text = iac != NULL ? (size_t)(iac - line.at) : line.len;

		buffer_add(out, span_first(line, text));
		line = span_after(line, text);
		if (line.len > 1 && line.at[1] == TELNET_IAC)
			buffer_add(out, span_first(line, 1));
		line = span_after(line, line.len > 0 ? telnet_length(line) : 0);
	}
}
