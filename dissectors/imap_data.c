/* Mailbox data: what is in it is nobody's business, that it crossed in clear is. */
#include "imap_data.h"

#include "base/table.h"
#include "literal.h"

static const struct {
	const char *word;
	bool        mailbox;
} keywords[] = {
	{ "FETCH", true }, { "EXISTS", true }, { "RECENT", true }, { "EXPUNGE", true }, { "VANISHED", true },
	{ "FLAGS", true }, { "SEARCH", true }, { "ESEARCH", true }, { "SORT", true }, { "THREAD", true },
	{ "LIST", true }, { "LSUB", true }, { "XLIST", true }, { "STATUS", true }, { "NAMESPACE", true },
	{ "METADATA", true }, { "ANNOTATION", true }, { "ACL", true }, { "MYRIGHTS", true }, { "LISTRIGHTS", true },
	{ "QUOTA", true }, { "QUOTAROOT", true }, { "ENABLED", false }, { "ID", false }, { "LANGUAGE", false },
	{ "COMPARATOR", false }, { "GENURLAUTH", true }, { "URLFETCH", true },
};

struct span
imap_data_keyword(struct span rest)
{
	struct span word;
	uint64_t number;

	span_take_word(&rest, &word);
	if (span_number(word, &number))
		span_take_word(&rest, &word);
	for (size_t i = 0; i < TABLE_LENGTH(keywords); i++)
		if (span_is(word, keywords[i].word))
			return span_of(keywords[i].word);
	return (struct span){ 0 };
}

bool
imap_data_is_mailbox(struct span keyword)
{
	for (size_t i = 0; i < TABLE_LENGTH(keywords); i++)
		if (span_is(keyword, keywords[i].word))
			return keywords[i].mailbox;
	return false;
}

void
imap_data_quote(struct buffer *out, struct span rest)
{
	struct span keyword = imap_data_keyword(rest), word;
	uint64_t number;

	buffer_add_text(out, "* ");
	span_take_word(&rest, &word);
	if (span_number(word, &number)) {
		buffer_add(out, word);
		buffer_add_text(out, " ");
		span_take_word(&rest, &word);
	}
	buffer_add(out, keyword.len > 0 ? keyword : span_of("<unrecognised>"));
	buffer_add_text(out, rest.len > 0 && keyword.len > 0 ? " ..." : "");
}

bool
imap_data_is_usual(struct span in)
{
	struct span rest = span_first(in, 64), word;

	return span_take_word(&rest, &word) && span_is(word, "*") && imap_data_keyword(rest).len > 0;
}

/* Where a text behind its name begins: in quotes, or announced as a literal at the end of the line. */
static bool
has_text(struct span rest, bool *from_start_r, uint64_t *quoted_r)
{
	struct literal literal;
	size_t end;

	*from_start_r = true;
	if (rest.len > 0 && rest.at[0] == '<') {
		*from_start_r = span_starts(rest, "<0>");
		rest = span_after(rest, span_find(rest, ">") + 1);
	}
	rest = span_trim(rest);
	if (rest.len == 0 || (rest.at[0] != '"' && rest.at[0] != '{' && rest.at[0] != '~'))
		return false;
	end = rest.at[0] == '"' ? span_find(span_after(rest, 1), "\"") : 0;
	*quoted_r = end;
	if (end > 0)
		return true;
	return literal_at_end(rest, &literal) == LITERAL_ANNOUNCED && literal.size > 0 && literal.before.len < 2;
}

bool
imap_content_read(struct span line, struct imap_content *content_r)
{
	static const struct {
		const char *name;
		bool        whole;
	} items[] = {
		{ "BODY[]", true }, { "BODY[TEXT]", true }, { "RFC822.TEXT ", true }, { "RFC822 ", true },
		{ "BINARY[]", true }, { "RFC822.HEADER ", false }, { "BODY[", false }, { "BINARY[", false },
	};

	for (size_t i = 0; i < TABLE_LENGTH(items); i++) {
		size_t found = span_find(line, items[i].name);
		struct span rest = span_after(line, found + strlen(items[i].name));
		bool section = items[i].name[strlen(items[i].name) - 1] == '[', from_start;

		if (found == line.len)
			continue;
		if (section)
			rest = span_after(rest, span_find(rest, "]") + 1);
		if (!has_text(rest, &from_start, &content_r->size))
			continue;
		content_r->whole = items[i].whole && from_start;
		return true;
	}
	return false;
}
