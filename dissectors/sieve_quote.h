/* Commands, capabilities and answers of ManageSieve, and what of them may be quoted; part of the dissector sieve. */
#ifndef STARTTRACE_DISSECTORS_SIEVE_QUOTE_H
#define STARTTRACE_DISSECTORS_SIEVE_QUOTE_H

#include "base/buffer.h"
#include "model/dissector.h"

/* Rows of the table of verbs; others follow. */
enum {
	SIEVE_NONE,
	SIEVE_AUTHENTICATE,
	SIEVE_STARTTLS,
	SIEVE_CAPABILITY,
	SIEVE_LOGOUT,
};

/* The row of a command of RFC 5804, section 2; SIEVE_NONE for any other word.  Whether that at a row is more than
 * capabilities, NOOP, LOGOUT and the ask. */
size_t sieve_find_verb(struct span word);
bool   sieve_is_application(size_t verb);

/* A command: the verb stays, and a login's mechanism. */
void sieve_quote_command(struct buffer *out, size_t verb, struct span args);

/* Whether the line begins with the name, in its quotes, of a capability that servers tell (RFC 5804, section 1.7). */
bool sieve_is_capability(struct span line);

/* Tells one capability and what it offers.  `text` is the line without its quotes. */
void sieve_tell_capability(struct dialogue *d, struct span name, bool valued, struct span value, struct span text,
	bool guarded);

/* The last line of an answer (RFC 5804, section 1.3). */
struct sieve_answer {
	struct span word;               /* OK, NO or BYE */
	struct span code;               /* without its parentheses; empty */
	struct span argument;           /* of the code */
	struct span text;               /* all behind the word, as sent */
	struct span shown;              /* what may be quoted of the line */
};

/* Whether the line begins with OK, NO or BYE, whatever follows. */
bool sieve_is_answer(struct span word);

/* Reads one; `shown` borrows from the line or from `quote`. */
void sieve_answer_read(struct span line, bool guarded, struct buffer *quote, struct sieve_answer *answer_r);

/* What the answer says of the login that it ends; AUTH_OUTCOME_UNKNOWN where it says nothing of it. */
enum auth_outcome sieve_answer_outcome(const struct sieve_answer *answer);

/* Tells what its code says, whatever the command was; `verb` is the command that it answers.  `words_count`: its words
 * may tell as well, since they cannot be the name of a script. */
void sieve_answer_tell(struct dialogue *d, const struct sieve_answer *answer, size_t verb, bool words_count);

#endif
