/* What of IMAP lines may be quoted: arguments hold names, secrets, mailboxes and what people look for, so hardly
 * any. */
#include "imap_quote.h"

#include "answer.h"
#include "imap_verbs.h"
#include "sasl.h"

#include <ctype.h>

enum {
	PLAIN_TAG_MOST = 12,
};

void
imap_quote_tag(struct buffer *out, struct span tag)
{
	bool plain = tag.len <= PLAIN_TAG_MOST;

	for (size_t i = 0; i < tag.len; i++)
		plain &= isalnum(tag.at[i]) != 0 || memchr(".-_", tag.at[i], 3) != NULL;
	buffer_add(out, plain ? tag : span_of("..."));
}

static void
quote_uid(struct buffer *out, struct span args)
{
	struct span word;

	span_take_word(&args, &word);
	if (imap_find_verb(word) != VERB_NONE) {
		buffer_add_text(out, " ");
		buffer_add_text(out, imap_verb_word(imap_find_verb(word)));
	}
	buffer_add_text(out, " ...");
}

void
imap_quote_command(struct buffer *out, struct span tag, size_t verb, struct span args)
{
	imap_quote_tag(out, tag);
	buffer_add_text(out, " ");
	if ((imap_verb_flags(verb) & VERB_MEANINGS) == VERB_AUTHENTICATE) {
		sasl_quote(out, imap_verb_word(verb), args);
		return;
	}
	buffer_add_text(out, imap_verb_word(verb));
	switch (imap_verb_flags(verb) & VERB_MEANINGS) {
	case VERB_LOGIN: buffer_add_text(out, args.len > 0 ? " <redacted>" : ""); break;
	case VERB_UID: quote_uid(out, args); break;
	case VERB_COMPRESS: buffer_add_text(out, span_is(args, "DEFLATE") ? " DEFLATE" : " ..."); break;
	default: buffer_add_text(out, args.len > 0 ? " ..." : ""); break;
	}
}

void
imap_quote_capability(struct buffer *out, struct span atom)
{
	size_t equals = span_find(atom, "=");
	struct span name = span_first(atom, equals), value = span_after(atom, equals + 1);

	answer_quote(out, name, (struct span){ 0 });
	if (value.len > 0) {
		buffer_add_text(out, "=");
		buffer_add(out, sasl_mechanism_name(value).len > 0 ? value : span_of("..."));
	}
}
