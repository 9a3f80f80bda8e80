/* What of a server's answer may be quoted, and what can be read from its words, in all text protocols alike. */
#include "answer.h"

#include "answer_words.h"
#include "base/table.h"

#include <ctype.h>
#include <string.h>

enum {
	QUEUE_ID_MOST = 32,
};

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

bool
answer_is_blanked(struct span word)
{
	for (size_t i = 0; i < word.len; i++)
		if (word.at[i] != 'X' && word.at[i] != 'x')
			return false;
	return word.len >= 4;
}

/* Words are kept for what they are, not dropped for what they repeat: whatever a server makes of a secret that it was
 * sent, a word of the table is not it. */
void
answer_quote(struct buffer *out, struct span said, struct span host)
{
	struct span word, before = { 0 }, earlier = { 0 };
	bool left_out = false, first = true;

	while (span_take_word(&said, &word)) {
		bool named = (span_is(earlier, "queued") && span_is(before, "as") && is_queue_id(word)) ||
		              (span_starts(word, "id=") && is_queue_id(span_after(word, 3))) ||
		              (host.len > 0 && span_same(unwrapped(word), host)) ||
		              answer_is_blanked(unwrapped(word));
		bool known = answer_words_have(unwrapped(word)) || (unwrapped(word).len == 0 && word.len <= 2) ||
		             named ||
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

enum answer_prompt
answer_prompt(struct span base64)
{
	static const struct {
		const char      *text;
		enum answer_prompt prompt;
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

/* Whether it names TLS or encryption: the word itself, as it is inflected, or with a version behind it; or a protocol
 * over TLS. */
static bool
is_tls_word(struct span word)
{
	static const char *const names[] = { "TLS", "SSL", "STARTTLS", "STLS", "encrypt", "encrypts", "encrypted",
		"encrypting", "encryption", "unencrypted", "SMTPS", "IMAPS", "POP3S", "FTPS" };

	if (span_is_any(word, names, TABLE_LENGTH(names)))
		return true;
	if (!span_starts(word, "TLS") && !span_starts(word, "SSL"))
		return false;
	for (size_t i = 3; i < word.len; i++)
		if (memchr("vV.+0123456789", word.at[i], 14) == NULL)
			return false;
	return true;
}

/* SSL/TLS, STARTTLS/AUTH: all parts name it or what comes with it, or it is a path. */
static bool
are_tls_words(struct span words)
{
	static const char *const company[] = { "AUTH", "SASL", "login", "authentication" };
	bool found = false, more;

	do {
		size_t slash = span_find(words, "/");

		more = slash < words.len;
		if (is_tls_word(span_first(words, slash)))
			found = true;
		else if (!span_is_any(span_first(words, slash), company, TABLE_LENGTH(company)))
			return false;
		words = span_after(words, slash + 1);
	} while (more);
	return found;
}

/* What a server repeats of what the client said: addresses, and what stands in angle brackets. */
static bool
is_repeated(struct span word)
{
	return (word.len > 0 && word.at[0] == '<') || span_has(word, "@");
}

/* TLS-secured, non-encrypted: one part is enough. */
static bool
speaks_of_tls(struct span word)
{
	size_t hyphen;

	for (hyphen = span_find(word, "-"); hyphen < word.len; hyphen = span_find(word, "-")) {
		if (are_tls_words(span_first(word, hyphen)))
			return true;
		word = span_after(word, hyphen + 1);
	}
	return are_tls_words(word);
}

bool
answer_says_tls(struct span text)
{
	struct span rest = text, word;
	bool secure = false;

	while (span_take_word(&rest, &word)) {
		bool repeated = is_repeated(word);

		word = unwrapped(word);
		if (!repeated && (speaks_of_tls(word) ||
					 (secure && (span_is(word, "connection") || span_is(word, "connections")))))
			return true;
		secure = !repeated && (span_is(word, "secure") || span_is(word, "non-secure"));
	}
	return false;
}
