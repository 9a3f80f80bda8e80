/* The mechanisms of SASL and what their responses hold; for sasl.c only. */
#ifndef STARTTRACE_DISSECTORS_SASL_MECHANISM_H
#define STARTTRACE_DISSECTORS_SASL_MECHANISM_H

#include "sasl.h"

/* What a decoded client response holds: parts of it.  Of one that is formed otherwise than the mechanism's, all is
 * secret. */
struct response {
	struct span username;           /* as written; see sasl_add_name */
	struct span secret;             /* password, token or proof; empty when none was in it */
	uint8_t     escape;             /* what escapes a character of the name, or 0 */
	bool        wide;               /* the name is UTF-16LE */
};

struct sasl_mechanism {
	const char     *name;           /* a trailing * stands for any suffix */
	enum auth_class kind;
	bool            guessable_hard;
	void (*read)(unsigned step, struct span decoded, struct response *response_r);
};

/* One that is not registered, or a login by the protocol's own commands: of neither a response is read. */
extern const struct sasl_mechanism sasl_unknown_mechanism;

/* The mechanism of this name, whatever its case; sasl_unknown_mechanism for any other word. */
const struct sasl_mechanism *sasl_find_mechanism(struct span word);

/* A NUL stands in no name: PLAIN's response came in the place of a name, with its password. */
bool sasl_is_name(struct span name);

/* Adds the response's name in UTF-8, without its escapes; bytes that are no characters stay what they are. */
void sasl_add_name(struct buffer *out, const struct response *response);

#endif
