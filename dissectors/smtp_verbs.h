/* The commands of SMTP and LMTP; part of the dissector smtp. */
#ifndef STARTTRACE_DISSECTORS_SMTP_VERBS_H
#define STARTTRACE_DISSECTORS_SMTP_VERBS_H

#include "smtp_reply.h"

#include "base/buffer.h"
#include "model/dissector.h"

enum smtp_verb_flag {
	LAST_IN_GROUP = 1,              /* RFC 2920, section 3.1 */
	APPLICATION = 2,                /* not just greeting, capabilities, NOOP, QUIT and the ask */
	ENVELOPE = 4,                   /* names an address, which waits for the reply as well */
};

struct smtp_verb {
	const char *word;
	unsigned    flags;
	/* adds what of the line may be shown; NULL: the verb alone */
	void (*quote)(struct buffer *out, const char *verb, struct span line, struct span args);
	enum step (*seen)(struct dialogue *d, struct span args);
	enum step (*answered)(struct dialogue *d, const struct reply *reply);
};

/* What waits for a reply and has no verb of its own: rows at the front of the table. */
enum {
	VERB_UNKNOWN,
	VERB_BODY,
	VERB_RESPONSE,
	VERB_BDAT_PART,
	VERB_BDAT_LAST,
	VERB_STRANGER,
	VERB_EHLO,
};

extern const struct smtp_verb smtp_verbs[];

/* Its row in the table; VERB_UNKNOWN. */
size_t smtp_find_verb(struct span word);

/* Adds what of a command's line may be shown. */
void smtp_quote_command(struct buffer *out, const struct smtp_verb *verb, struct span line, struct span args);

/* Whether the whole line is a command, as against prose that begins like one. */
bool smtp_begins_command(struct span line);

#endif
