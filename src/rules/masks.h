/* What is left of a keyword that something on the way has overwritten. */
#ifndef STARTTRACE_RULES_MASKS_H
#define STARTTRACE_RULES_MASKS_H

#include "base/span.h"

enum mask {
	MASK_NONE,
	MASK_AS_LONG,           /* X and perhaps a letter, as long as the offer, and as some other keywords */
	MASK_KEYWORD,           /* the same of another length */
	MASK_MISSPELT,          /* nearly the offer */
	MASK_BLANK,             /* nothing but blanks, asterisks, hyphens, dots or control bytes */
};

/* Whether any protocol offers TLS by this word, or says by it that the offer has to be taken. */
bool keyword_is_offer(struct span keyword);

/* `line` is a line of the list behind its reply code, printable: control bytes stand as \xNN.  `offer`:
 * protocol_offer. */
enum mask mask_of(struct span line, struct span offer);

/* Mostly asterisks, as mail inspection leaves a greeting. */
bool mask_is_stars(struct span text);

/* A keyword that is registered, or in known private use. */
bool keyword_is_known(struct span keyword);

#endif
