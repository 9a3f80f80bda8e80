/* The commands of IMAP; part of the dissector imap. */
#ifndef STARTTRACE_DISSECTORS_IMAP_VERBS_H
#define STARTTRACE_DISSECTORS_IMAP_VERBS_H

#include "base/span.h"

enum imap_verb_flag {
	VERB_APPLICATION = 1 << 0,      /* not just capabilities, NOOP, LOGOUT, ID and the ask */
	VERB_ARGUED = 1 << 1,           /* never stands alone */
	VERB_ALONE = 1 << 2,            /* has no arguments */
	VERB_BULK = 1 << 3,             /* may list thousands of messages */
	VERB_STARTTLS = 1 << 8,
	VERB_LOGIN = 2 << 8,
	VERB_AUTHENTICATE = 3 << 8,
	VERB_IDLE = 4 << 8,
	VERB_LOGOUT = 5 << 8,
	VERB_COMPRESS = 6 << 8,
	VERB_UID = 7 << 8,              /* the next word is the verb */
	VERB_CAPABILITY = 8 << 8,
	VERB_MEANINGS = 15 << 8,
};

enum {
	VERB_NONE,              /* the row of what is no verb */
	TAG_MOST = 64,
};

/* Its row in the table; VERB_NONE. */
size_t      imap_find_verb(struct span word);
const char *imap_verb_word(size_t verb);
unsigned    imap_verb_flags(size_t verb);
bool        imap_verb_is(size_t verb, const char *word);

/* The verb at this row begins with these letters; the table has no row `verb` where NULL is its word. */
bool        imap_verb_begins(struct span letters);

/* Whether the word is made of what a tag is made of (RFC 9051, section 9), and not of endless many. */
bool        imap_is_tag(struct span word);

/* A number of three digits, which begins the replies of other protocols; and a tag with a digit that is none: programs
 * number their commands. */
bool        imap_is_reply_code(struct span tag);
bool        imap_is_numbered(struct span tag);

/* Whether arguments follow the verb at this row where there have to be some, and none where there are none. */
bool        imap_is_grammatical(size_t verb, struct span rest);

/* Whether the bytes begin with a command that may list thousands of messages. */
bool        imap_is_bulk(struct span in);

#endif
