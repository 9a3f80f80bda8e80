/* The commands of IMAP: RFC 9051, 3501 and the extensions that clients use. */
#include "imap_verbs.h"

#include "base/table.h"

#include <ctype.h>

static const struct verb {
	const char *word;
	unsigned    flags;
} verbs[] = {
	[VERB_NONE] = { "", 0 },
	{ "CAPABILITY", VERB_ALONE | VERB_CAPABILITY },
	{ "NOOP", VERB_ALONE },
	{ "LOGOUT", VERB_ALONE | VERB_LOGOUT },
	{ "ID", VERB_ARGUED },                                          /* RFC 2971 */
	{ "STARTTLS", VERB_STARTTLS },
	{ "LOGIN", VERB_APPLICATION | VERB_ARGUED | VERB_LOGIN },
	{ "AUTHENTICATE", VERB_APPLICATION | VERB_ARGUED | VERB_AUTHENTICATE },
	{ "COMPRESS", VERB_APPLICATION | VERB_ARGUED | VERB_COMPRESS },         /* RFC 4978 */
	{ "IDLE", VERB_APPLICATION | VERB_ALONE | VERB_IDLE },                  /* RFC 2177 */
	{ "UID", VERB_APPLICATION | VERB_ARGUED | VERB_BULK | VERB_UID },
	{ "SELECT", VERB_APPLICATION | VERB_ARGUED },
	{ "EXAMINE", VERB_APPLICATION | VERB_ARGUED },
	{ "LIST", VERB_APPLICATION | VERB_ARGUED },
	{ "LSUB", VERB_APPLICATION | VERB_ARGUED },
	{ "XLIST", VERB_APPLICATION | VERB_ARGUED },
	{ "STATUS", VERB_APPLICATION | VERB_ARGUED },
	{ "NAMESPACE", VERB_APPLICATION | VERB_ALONE },
	{ "ENABLE", VERB_APPLICATION | VERB_ARGUED },
	{ "APPEND", VERB_APPLICATION | VERB_ARGUED },
	{ "FETCH", VERB_APPLICATION | VERB_ARGUED | VERB_BULK },
	{ "STORE", VERB_APPLICATION | VERB_ARGUED | VERB_BULK },
	{ "SEARCH", VERB_APPLICATION | VERB_ARGUED | VERB_BULK },
	{ "COPY", VERB_APPLICATION | VERB_ARGUED | VERB_BULK },
	{ "MOVE", VERB_APPLICATION | VERB_ARGUED | VERB_BULK },
	{ "SORT", VERB_APPLICATION | VERB_ARGUED | VERB_BULK },
	{ "THREAD", VERB_APPLICATION | VERB_ARGUED | VERB_BULK },
	{ "ESEARCH", VERB_APPLICATION | VERB_ARGUED | VERB_BULK },
	{ "CHECK", VERB_APPLICATION | VERB_ALONE },
	{ "CLOSE", VERB_APPLICATION | VERB_ALONE },
	{ "UNSELECT", VERB_APPLICATION | VERB_ALONE },
	{ "EXPUNGE", VERB_APPLICATION },
	{ "CREATE", VERB_APPLICATION | VERB_ARGUED },
	{ "DELETE", VERB_APPLICATION | VERB_ARGUED },
	{ "RENAME", VERB_APPLICATION | VERB_ARGUED },
	{ "SUBSCRIBE", VERB_APPLICATION | VERB_ARGUED },
	{ "UNSUBSCRIBE", VERB_APPLICATION | VERB_ARGUED },
	{ "REPLACE", VERB_APPLICATION | VERB_ARGUED },
	{ "NOTIFY", VERB_APPLICATION | VERB_ARGUED },
	{ "UNAUTHENTICATE", VERB_APPLICATION | VERB_ALONE },
	{ "GETQUOTA", VERB_APPLICATION | VERB_ARGUED },
	{ "GETQUOTAROOT", VERB_APPLICATION | VERB_ARGUED },
	{ "SETQUOTA", VERB_APPLICATION | VERB_ARGUED },
	{ "GETACL", VERB_APPLICATION | VERB_ARGUED },
	{ "SETACL", VERB_APPLICATION | VERB_ARGUED },
	{ "DELETEACL", VERB_APPLICATION | VERB_ARGUED },
	{ "MYRIGHTS", VERB_APPLICATION | VERB_ARGUED },
	{ "LISTRIGHTS", VERB_APPLICATION | VERB_ARGUED },
	{ "GETMETADATA", VERB_APPLICATION | VERB_ARGUED },
	{ "SETMETADATA", VERB_APPLICATION | VERB_ARGUED },
	{ "GETANNOTATION", VERB_APPLICATION | VERB_ARGUED },
	{ "SETANNOTATION", VERB_APPLICATION | VERB_ARGUED },
	{ "GENURLAUTH", VERB_APPLICATION | VERB_ARGUED },
	{ "URLFETCH", VERB_APPLICATION | VERB_ARGUED },
	{ "RESETKEY", VERB_APPLICATION },
	{ "LANGUAGE", VERB_APPLICATION },
	{ "COMPARATOR", VERB_APPLICATION },
	{ "PROXYAUTH", VERB_APPLICATION | VERB_ARGUED },
	{ "XAPPLEPUSHSERVICE", VERB_APPLICATION | VERB_ARGUED },
};

size_t
imap_find_verb(struct span word)
{
	for (size_t i = VERB_NONE + 1; i < TABLE_LENGTH(verbs); i++)
		if (span_is(word, verbs[i].word))
			return i;
	return VERB_NONE;
}

const char *
imap_verb_word(size_t verb)
{
	return verbs[verb].word;
}

unsigned
imap_verb_flags(size_t verb)
{
	return verbs[verb].flags;
}

bool
imap_verb_is(size_t verb, const char *word)
{
	return span_is(span_of(word), verbs[verb].word);
}

bool
imap_verb_begins(struct span letters)
{
	for (size_t i = VERB_NONE + 1; i < TABLE_LENGTH(verbs); i++)
		if (span_same(span_first(span_of(verbs[i].word), letters.len), letters))
			return true;
	return false;
}

bool
imap_is_tag(struct span word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!isgraph(word.at[i]) || memchr("(){%*\"\\+", word.at[i], 8) != NULL)
			return false;
	return word.len > 0 && word.len <= TAG_MOST;
}

bool
imap_is_reply_code(struct span tag)
{
	return tag.len == 3 && isdigit(tag.at[0]) && isdigit(tag.at[1]) && isdigit(tag.at[2]);
}

bool
imap_is_numbered(struct span tag)
{
	for (size_t i = 0; i < tag.len; i++)
		if (isdigit(tag.at[i]))
			return !imap_is_reply_code(tag);
	return false;
}

bool
imap_is_grammatical(size_t verb, struct span rest)
{
	struct span args = span_first(rest, span_find(rest, "\n"));

	while (args.len > 0 && (args.at[args.len - 1] == '\r' || args.at[args.len - 1] == ' '))
		args.len--;
	if (verbs[verb].flags & VERB_ARGUED)
		return args.len > 0;
	return !(verbs[verb].flags & VERB_ALONE) || args.len == 0;
}

bool
imap_is_bulk(struct span in)
{
	struct span rest = span_first(in, TAG_MOST + 32), tag, word;

	return span_take_word(&rest, &tag) && imap_is_tag(tag) && span_take_word(&rest, &word) &&
	       (verbs[imap_find_verb(word)].flags & VERB_BULK) != 0;
}
