/* A server's answer to a message often names it as its own log does.  The same id at two places is the same mail. */
#include "smtp_queue_id.h"

#include "base/hash.h"
#include "base/table.h"

#include <ctype.h>

enum {
	ID_MOST = 64,
};

/* The same in every run, since ids of different runs are compared. */
static const struct hash_key name_key = { 0x6d6573736167652d, 0x6e616d656e616d65 };

/* Letters, digits and what joins them, a digit among them: "queued as spam" names nothing. */
static bool
is_id(struct span word)
{
	bool digit = false;

	for (size_t i = 0; i < word.len; i++) {
		if (!isalnum(word.at[i]) && memchr("-._", word.at[i], 3) == NULL)
			return false;
		digit |= isdigit(word.at[i]) != 0;
	}
	return digit && word.len <= ID_MOST;
}

static struct span
unwrapped(struct span word)
{
	while (word.len > 0 && !isalnum(word.at[0]))
		word = span_after(word, 1);
	while (word.len > 0 && !isalnum(word.at[word.len - 1]))
		word.len--;
	return word;
}

static struct span
word_behind(struct span text, const char *mark)
{
	struct span rest = span_after(text, span_find(text, mark) + strlen(mark)), word = { 0 };

	span_take_word(&rest, &word);
	return unwrapped(word);
}

static struct span
word_before(struct span text, const char *mark)
{
	struct span rest = span_first(text, span_find(text, mark)), word, last = { 0 };

	while (span_take_word(&rest, &word))
		last = word;
	return unwrapped(last);
}

/* Exchange answers with the message's own Message-ID, which is content and may name a person: a digest stands for
 * it. */
static void
add_name(struct buffer *out, struct span text)
{
	struct span name = span_after(text, span_find(text, "<") + 1);
	size_t len = span_find(name, ">");

	if (!span_has(text, "Queued mail for delivery") || len == 0 || len == name.len)
		return;
	buffer_printf(out, "message-%016llx", (unsigned long long)hash_bytes(&name_key, name.at, len));
}

void
smtp_queue_id(struct buffer *out, struct span text)
{
	static const struct {
		const char *mark;
		struct span (*word)(struct span text, const char *mark);
	} forms[] = {
		{ "queued as ", word_behind },                  /* Postfix, and many that follow it */
		{ " id=", word_behind },                        /* Exim */
		{ " Message accepted for delivery", word_before },      /* Sendmail, OpenSMTPD */
		{ " - gsmtp", word_before },                    /* Google */
		{ "InternalId=", word_behind },                 /* Exchange */
	};

	for (size_t i = 0; i < TABLE_LENGTH(forms); i++) {
		struct span word = { 0 };

		if (span_has(text, forms[i].mark))
			word = forms[i].word(text, forms[i].mark);
		if (is_id(word)) {
			buffer_add(out, word);
			return;
		}
	}
	add_name(out, text);
}
