/* What is left of a keyword that something on the way has overwritten. */
#ifndef STARTTRACE_RULES_MASKS_H
#define STARTTRACE_RULES_MASKS_H

#include "base/span.h"

enum mask {
	MASK_NONE,
	MASK_KEYWORD_OF_8,      /* seven X and a letter: as long as STARTTLS, and as some others */
	MASK_KEYWORD,           /* X and perhaps a letter, of another length */
	MASK_MISSPELT,          /* nearly STARTTLS */
	MASK_BLANK,             /* nothing but blanks, asterisks, hyphens, dots or control bytes */
};

/* `line` is a line of the list behind its reply code, printable: control bytes stand as \xNN. */
enum mask mask_of(struct span line);

/* A keyword that is registered, or in known private use. */
bool keyword_is_known(struct span keyword);

#endif
