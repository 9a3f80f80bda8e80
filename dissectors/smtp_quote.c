/* What of a client's line may be quoted.  Addresses lose their local part, logins their blobs, and a line that is no
 * command at all may be anything, a password included: of it only words that stand in a table here are kept. */
#include "smtp_quote.h"

#include "base/table.h"
#include "sasl.h"

#include <string.h>

/* The part of an address that names no person. */
static struct span
address_domain(struct span address)
{
	const uint8_t *at = address.len > 0 ? memrchr(address.at, '@', address.len) : NULL;
	struct span domain;

	if (at == NULL)
		return (struct span){ 0 };
	domain = span_after(address, (size_t)(at - address.at) + 1);
	while (domain.len > 0 && strchr("> \t", domain.at[domain.len - 1]) != NULL)
		domain.len--;
	return domain;
}

/* MAIL and RCPT: the domain stays, and those parameters that name nobody. */
void
smtp_quote_envelope(struct buffer *out, struct span line)
{
	static const char *const parameters[] = { "SIZE=", "BODY=", "SMTPUTF8", "REQUIRETLS", "RET=",
		"NOTIFY=", "BY=", "MT-PRIORITY=", "HOLDFOR=" };
	size_t open = span_find(line, "<"), close = span_find(line, ">");
	struct span rest = span_after(line, close + 1), word, domain;

	if (open >= close) {
		buffer_add(out, span_first(line, span_find(line, ":") + 1));
		buffer_add_text(out, " <redacted>");
		return;
	}
	domain = address_domain(span_first(line, close));
	buffer_add(out, span_first(line, open + 1));
	if (domain.len > 0)
		buffer_add_text(out, "...@");
	else if (close > open + 1)
		buffer_add_text(out, "...");
	buffer_add(out, domain);
	buffer_add_text(out, ">");
	while (span_take_word(&rest, &word))
		for (size_t i = 0; i < TABLE_LENGTH(parameters); i++)
			if (span_starts(word, parameters[i])) {
				buffer_add_text(out, " ");
				buffer_add(out, word);
			}
}

/* AUTH: the mechanism stays; a word that is no mechanism may be a secret in the wrong place. */
void
smtp_quote_auth(struct buffer *out, struct span args)
{
	struct span word, name;
	bool named = span_take_word(&args, &word);

	name = sasl_mechanism_name(word);
	buffer_add_text(out, "AUTH");
	if (name.len > 0) {
		buffer_add_text(out, " ");
		buffer_add(out, name);
	} else if (named) {
		buffer_add_text(out, " <redacted>");
	}
	if (span_is(args, "="))
		buffer_add_text(out, " =");
	else if (args.len > 0)
		buffer_add_text(out, " <redacted>");
}

/* Long and of base64 letters only: a proof or a challenge, not a word. */
static bool
is_proof(struct span word)
{
	for (size_t i = 0; i < word.len; i++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=",
			    word.at[i]) == NULL ||
		    word.at[i] == '\0')
			return false;
	return word.len >= 24;
}

static void
quote_word(struct buffer *out, struct span word)
{
	const uint8_t *at = memrchr(word.at, '@', word.len);

	if (at == NULL) {
		buffer_add(out, is_proof(word) ? span_of("<redacted>") : word);
		return;
	}
	buffer_add_text(out, word.at[0] == '<' ? "<...@" : "...@");
	buffer_add(out, span_after(word, (size_t)(at - word.at) + 1));
}

void
smtp_quote_reply(struct buffer *out, struct span said, struct span sent)
{
	struct buffer clean = { 0 };
	struct span rest = said, word;
	bool first = true;

	if (sent.len > 0) {
		sasl_redact_echo(&clean, said, sent);
		rest = buffer_span(&clean);
	}
	while (span_take_word(&rest, &word)) {
		if (!first)
			buffer_add_text(out, " ");
		first = false;
		quote_word(out, word);
	}
	buffer_free(&clean);
}

static bool
is_blanked(struct span word)
{
	for (size_t i = 0; i < word.len; i++)
		if (word.at[i] != 'X' && word.at[i] != 'x')
			return false;
	return word.len >= 4;
}

/* One letter wrong, missing, added or moved, or a blank in between. */
static bool
is_near_starttls(struct span line)
{
	static const char *const near[] = { "START TLS", "START-TLS", "START_TLS", "STLS", "START", "STARTTSL",
		"STARTSSL", "STARTTL", "STARTLS", "STRATTLS", "STATTLS", "STARTTLS:", "STARTTLS;", "STARTTLSS",
		"SSTARTTLS", "TLS" };
	static const char starttls[] = "STARTTLS";
	struct span word = span_first(line, span_of("START TLS").len);
	size_t same = 0;

	for (size_t i = 0; i < TABLE_LENGTH(near); i++)
		if (span_is(span_trim(line), near[i]) || span_is(span_trim(word), near[i]))
			return true;
	for (size_t i = 0; line.len == 8 && i < 8; i++)
		same += span_same(span_from(line.at + i, 1), span_from(&starttls[i], 1));
	return same == 7;
}

/* What the line of a client that knows another protocol looks like: only words that stand in these tables are
 * ever quoted. */
enum note_kind
smtp_recognise_stranger(struct span line, struct span *quote_r)
{
	static const char *const web[] = { "GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "DELETE", "Host:" };
	static const char *const sisters[] = { "USER", "PASS", "APOP", "CAPA", "STAT", "LIST", "RETR", "FEAT",
		"PASV", "PORT", "SYST", "LHLO", "LOGIN", "AUTHENTICATE", "CAPABILITY", "AUTHINFO", "SSH-2.0" };
	struct span rest = line, word, second;

	span_take_word(&rest, &word);
	span_take_word(&rest, &second);
	*quote_r = word;
	if (is_blanked(word))
		return NOTE_BLANKED_COMMAND;
	for (size_t i = 0; i < TABLE_LENGTH(web); i++)
		if (span_is(word, web[i]) && (i + 1 == TABLE_LENGTH(web) || span_has(line, " HTTP/")))
			return NOTE_HTTP_REQUEST;
	if (is_near_starttls(line)) {
		*quote_r = span_first(line, 10);
		return NOTE_STARTTLS_MISSPELT;
	}
	for (size_t i = 0; i < TABLE_LENGTH(sisters); i++) {
		if (span_is(word, sisters[i]))
			return NOTE_WRONG_PROTOCOL;
		if (span_is(second, sisters[i])) {
			*quote_r = second;
			return NOTE_WRONG_PROTOCOL;
		}
	}
	*quote_r = (struct span){ 0 };
	return NOTE_UNKNOWN_VERB;
}
