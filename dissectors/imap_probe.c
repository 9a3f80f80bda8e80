/* How much first bytes look like IMAP. */
#include "imap_probe.h"

#include "base/table.h"
#include "imap_data.h"
#include "imap_verbs.h"

enum {
	PERHAPS = 20,
	WITH_PORT = 40,
	SURE = 90,
	SURE_TAG = 70,
};

/* Whether the word is all there: something stands behind it. */
static bool
take_whole(struct span *rest, struct span *word_r)
{
	const uint8_t *end;

	*word_r = (struct span){ 0 };
	if (rest->len == 0)
		return false;
	end = rest->at + rest->len;
	return span_take_word(rest, word_r) && word_r->at + word_r->len < end;
}

static bool
begins_one_of(struct span letters)
{
	static const char *const words[] = { "OK", "NO", "BAD", "BYE", "PREAUTH", "CAPABILITY" };

	for (size_t i = 0; i < TABLE_LENGTH(words); i++)
		if (span_same(span_first(span_of(words[i]), letters.len), letters))
			return true;
	return false;
}

/* Behind the asterisk a status is enough; data has to be known data. */
static unsigned
probe_untagged(struct span rest)
{
	struct span data = rest, word;
	uint64_t number;

	if (!take_whole(&rest, &word))
		return PERHAPS;
	word = span_first(word, span_find(word, "\r"));
	word = span_first(word, span_find(word, "\n"));
	if (span_is(word, "OK") || span_is(word, "PREAUTH") || span_is(word, "BYE") || span_is(word, "CAPABILITY"))
		return SURE;
	if (span_is(word, "NO") || span_is(word, "BAD"))
		return SURE_TAG;
	if (span_number(word, &number) && !take_whole(&rest, &word))
		return PERHAPS;
	data = span_first(data, span_find(data, "\r"));
	return imap_data_keyword(data).len > 0 ? SURE_TAG : 0;
}

/* Programs number their commands, or people type one letter; words are for other protocols. */
static bool
looks_numbered(struct span tag)
{
	return imap_is_numbered(tag) || tag.len == 1;
}

static unsigned
probe_server(struct span first)
{
	struct span rest = span_first(first, TAG_MOST + 64), tag, word;

	if (!take_whole(&rest, &tag))
		return span_is(tag, "*") || (tag.len > 0 && imap_is_tag(tag)) ? PERHAPS : 0;
	if (span_is(tag, "*"))
		return probe_untagged(rest);
	if (!imap_is_tag(tag) || imap_is_reply_code(tag))
		return 0;
	if (!take_whole(&rest, &word))
		return begins_one_of(word) ? PERHAPS : 0;
	if (!span_is(word, "OK") && !span_is(word, "NO") && !span_is(word, "BAD"))
		return 0;
	return looks_numbered(tag) ? WITH_PORT : PERHAPS;
}

static unsigned
probe_client(struct span first)
{
	struct span rest = span_first(first, TAG_MOST + 512), line, tag, word;
	bool whole = span_find(rest, "\n") < rest.len;
	size_t verb;

	line = span_first(rest, span_find(rest, "\n"));
	line = span_first(line, span_find(line, "\r"));
	if (!span_take_word(&line, &tag) || !imap_is_tag(tag))
		return 0;
	if (!span_take_word(&line, &word))
		return whole ? 0 : PERHAPS;
	if (line.len == 0 && !whole)
		return imap_verb_begins(word) ? PERHAPS : 0;
	verb = imap_find_verb(word);
	if (verb == VERB_NONE || (whole && !imap_is_grammatical(verb, line)))
		return 0;
	return looks_numbered(tag) && (whole || line.len > 0) ? SURE_TAG : PERHAPS;
}

unsigned
imap_probe(enum side side, struct span first)
{
	return side == SERVER ? probe_server(first) : probe_client(first);
}
