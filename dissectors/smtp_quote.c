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
	struct span domain, word;

	if (at == NULL)
		return (struct span){ 0 };
	domain = span_after(address, (size_t)(at - address.at) + 1);
	span_take_word(&domain, &word);
	return word;
}

/* The length of MAIL FROM: or RCPT TO: where a path in angle brackets follows, else 0. */
static size_t
path_start(struct span line)
{
	static const char *const starts[] = { "MAIL FROM:", "RCPT TO:" };
	size_t start = 0;

	for (size_t i = 0; i < TABLE_LENGTH(starts); i++)
		if (span_starts(line, starts[i]))
			start = strlen(starts[i]);
	while (start > 0 && start < line.len && (line.at[start] == ' ' || line.at[start] == '\t'))
		start++;
	return start < line.len && line.at[start] == '<' ? start : 0;
}

static void
quote_parameters(struct buffer *out, struct span rest)
{
	static const char *const parameters[] = { "SIZE=", "BODY=", "SMTPUTF8", "REQUIRETLS", "RET=",
		"NOTIFY=", "BY=", "MT-PRIORITY=", "HOLDFOR=" };
	struct span word;

	while (span_take_word(&rest, &word))
		for (size_t i = 0; i < TABLE_LENGTH(parameters); i++)
			if (span_starts(word, parameters[i])) {
				buffer_add_text(out, " ");
				buffer_add(out, word);
			}
}

/* MAIL and RCPT: the domain stays, and those parameters that name nobody.  Without a path in angle brackets anything
 * behind the verb may be a name. */
void
smtp_quote_envelope(struct buffer *out, struct span line)
{
	size_t start = path_start(line), colon = span_find(line, ":");
	struct span path = span_after(line, start), rest = line, domain, verb;

	if (start == 0) {
		span_take_word(&rest, &verb);
		if (span_is(span_first(line, colon), "MAIL FROM") || span_is(span_first(line, colon), "RCPT TO"))
			verb = span_first(line, colon + 1);
		buffer_add(out, verb);
		buffer_add_text(out, " <redacted>");
		return;
	}
	rest = span_after(path, span_find(path, ">") + 1);
	path = span_first(path, span_find(path, ">"));
	domain = address_domain(path);
	buffer_add(out, span_first(line, start + 1));
	if (domain.len > 0)
		buffer_add_text(out, "...@");
	else if (path.len > 1)
		buffer_add_text(out, "...");
	buffer_add(out, domain);
	buffer_add_text(out, ">");
	quote_parameters(out, rest);
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
	while (word.len > 0 && strchr("\"'<([{:", word.at[0]) != NULL && word.at[0] != '\0')
		word = span_after(word, 1);
	while (word.len > 0 && strchr("\"'>)]}:;,.", word.at[word.len - 1]) != NULL &&
	       word.at[word.len - 1] != '\0')
		word.len--;
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

/* One letter wrong, missing, added or moved, or a blank in between.  Gives that word, or the empty span. */
static struct span
near_starttls(struct span line)
{
	static const char *const near[] = { "START TLS", "START-TLS", "START_TLS", "STLS", "START", "STARTTSL",
		"STARTSSL", "STARTTL", "STARTLS", "STRATTLS", "STATTLS", "STARTTLS:", "STARTTLS;", "STARTTLSS",
		"SSTARTTLS", "TLS" };
	struct span word = span_trim(span_first(line, span_of("START TLS").len));
	size_t same = 0;

	for (size_t i = 0; i < TABLE_LENGTH(near); i++)
		if (span_is(word, near[i]))
			return word;
	for (size_t i = 0; line.len == 8 && i < 8; i++)
		same += span_same(span_from(line.at + i, 1), span_from(&"STARTTLS"[i], 1));
	return same == 7 ? line : (struct span){ 0 };
}

/* What the line of a client that knows another protocol looks like: only words that stand in these tables are
 * ever quoted. */
enum note_kind
smtp_recognise_stranger(struct span line, struct span *quote_r)
{
	static const char *const web[] = { "GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "DELETE", "Host:" };
	static const char *const sisters[] = { "USER", "PASS", "APOP", "CAPA", "STAT", "LIST", "RETR", "FEAT",
		"PASV", "PORT", "SYST", "LHLO", "LOGIN", "AUTHENTICATE", "CAPABILITY", "AUTHINFO", "SSH-2.0" };
	struct span rest = line, word, second, near;

	span_take_word(&rest, &word);
	span_take_word(&rest, &second);
	*quote_r = word;
	if (is_blanked(word))
		return NOTE_BLANKED_COMMAND;
	for (size_t i = 0; i < TABLE_LENGTH(web); i++)
		if (span_is(word, web[i]) && (i + 1 == TABLE_LENGTH(web) || span_has(line, " HTTP/")))
			return NOTE_HTTP_REQUEST;
	near = near_starttls(line);
	if (near.len > 0) {
		*quote_r = near;
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
