/* What of a client's line may be quoted.  Addresses lose their local part, logins their blobs, and a line that is no
 * command at all may be anything, a password included: of it only words that stand in a table here are kept. */
#include "smtp_quote.h"

#include "base/table.h"
#include "sasl.h"
#include "smtp_words.h"

#include <ctype.h>
#include <string.h>

enum {
	HOST_MOST = 255,
	QUEUE_ID_MOST = 32,
};

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

/* A Domain or an address literal (RFC 5321, section 4.1.2), with the underscore that many hosts have. */
static bool
is_host(struct span word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!isalnum(word.at[i]) && memchr(".-_:[]", word.at[i], 6) == NULL)
			return false;
	return word.len > 0 && word.len <= HOST_MOST;
}

bool
smtp_quote_address(struct span line, struct span *address_r, struct span *domain_r)
{
	size_t start = path_start(line), colon;
	struct span path = span_after(line, start + 1), domain;

	if (start == 0)
		return false;
	path = span_first(path, span_find(path, ">"));
	colon = span_find(path, ":");
	if (span_starts(path, "@") && colon < path.len)         /* RFC 5321, appendix C */
		path = span_after(path, colon + 1);
	domain = address_domain(path);
	*address_r = path;
	*domain_r = is_host(domain) ? domain : (struct span){ 0 };
	return true;
}

void
smtp_quote_host(struct buffer *out, const char *verb, struct span args)
{
	struct span name = smtp_quote_client_name(args);

	if (span_is(span_of(verb), "ETRN") && name.len > 0 && memchr(name.at, '.', name.len) == NULL)
		name.len = 0;           /* a domain has a dot; a client may call itself what it likes */
	buffer_add_text(out, verb);
	if (args.len == 0)
		return;
	buffer_add_text(out, " ");
	if (name.len > 0)
		buffer_add(out, name);
	if (name.len < args.len)
		buffer_add_text(out, name.len > 0 ? " <redacted>" : "<redacted>");
}

struct span
smtp_quote_client_name(struct span args)
{
	struct span word;

	span_take_word(&args, &word);
	return is_host(word) ? word : (struct span){ 0 };
}

void
smtp_quote_chunk(struct buffer *out, struct span args)
{
	struct span size, last;
	uint64_t number;
	bool good;

	if (args.len == 0) {
		buffer_add_text(out, "BDAT");
		return;
	}
	span_take_word(&args, &size);
	span_take_word(&args, &last);
	good = span_number(size, &number) && (last.len == 0 || span_is(last, "LAST")) && args.len == 0;
	buffer_add_text(out, "BDAT ");
	buffer_add(out, good ? size : span_of("<redacted>"));
	buffer_add_text(out, good && last.len > 0 ? " LAST" : "");
}

/* Three numbers and two dots (RFC 3463, section 2). */
static bool
is_enhanced_code(struct span word)
{
	size_t dots = 0, digits = 0;

	for (size_t i = 0; i < word.len; i++) {
		dots += word.at[i] == '.';
		digits += isdigit(word.at[i]) != 0;
	}
	return dots == 2 && digits + 2 == word.len && digits >= 3 && digits <= 7 && isdigit(word.at[0]) &&
	       memchr("245", word.at[0], 3) != NULL && word.at[1] == '.';
}

static struct span
unwrapped(struct span word)
{
	static const char wrapping[] = "\"'`<>()[]{}:;,.!?*=-";

	while (word.len > 0 && memchr(wrapping, word.at[0], sizeof(wrapping) - 1) != NULL)
		word = span_after(word, 1);
	while (word.len > 0 && memchr(wrapping, word.at[word.len - 1], sizeof(wrapping) - 1) != NULL)
		word.len--;
	return word;
}

/* What a server calls a message that it took: it gives the word, nobody sent it. */
static bool
is_queue_id(struct span word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!isalnum(word.at[i]) && word.at[i] != '-' && word.at[i] != '.')
			return false;
	return word.len > 0 && word.len <= QUEUE_ID_MOST;
}

static bool
is_blanked(struct span word)
{
	for (size_t i = 0; i < word.len; i++)
		if (word.at[i] != 'X' && word.at[i] != 'x')
			return false;
	return word.len >= 4;
}

/* Words are kept for what they are, not dropped for what they repeat: whatever a server makes of a secret that it was
 * sent, a word of the table is not it. */
void
smtp_quote_reply(struct buffer *out, struct span said, struct span host)
{
	struct span word, before = { 0 }, earlier = { 0 };
	bool left_out = false, first = true;

	while (span_take_word(&said, &word)) {
		bool named = (span_is(earlier, "queued") && span_is(before, "as") && is_queue_id(word)) ||
		              (span_starts(word, "id=") && is_queue_id(span_after(word, 3))) ||
		              (host.len > 0 && span_same(unwrapped(word), host)) ||
		              is_blanked(unwrapped(word));
		bool known = smtp_words_have(unwrapped(word)) || (unwrapped(word).len == 0 && word.len <= 2) || named ||
		             (first && is_enhanced_code(word)) || span_is(word, "<CR><LF>.<CR><LF>");

		if (known || !left_out) {
			buffer_add_text(out, first ? "" : " ");
			buffer_add(out, known ? word : span_of("..."));
		}
		left_out = !known;
		first = false;
		earlier = before;
		before = unwrapped(word);
	}
}

enum smtp_prompt
smtp_quote_prompt(struct span base64)
{
	static const struct {
		const char      *text;
		enum smtp_prompt prompt;
	} prompts[] = {
		{ "VXNlcm5hbWU6", PROMPT_NAME },        /* Username: */
		{ "VXNlciBOYW1lAA==", PROMPT_NAME },    /* User Name NUL */
		{ "dXNlcm5hbWU6", PROMPT_NAME },
		{ "VXNlcjo=", PROMPT_NAME },
		{ "TG9naW46", PROMPT_NAME },            /* Login: */
		{ "UGFzc3dvcmQ6", PROMPT_PASSWORD },    /* Password: */
		{ "UGFzc3dvcmQA", PROMPT_PASSWORD },
		{ "cGFzc3dvcmQ6", PROMPT_PASSWORD },
	};

	for (size_t i = 0; i < TABLE_LENGTH(prompts); i++)
		if (span_equal(base64, span_of(prompts[i].text)))
			return prompts[i].prompt;
	return PROMPT_OTHER;
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
