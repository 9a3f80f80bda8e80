/* What of a server's answer may be quoted, and what can be read from its words, in all text protocols alike. */
#ifndef STARTTRACE_DISSECTORS_ANSWER_H
#define STARTTRACE_DISSECTORS_ANSWER_H

#include "base/buffer.h"

/* What a server says once the client may have sent a secret, behind the reply code: enhanced code, words that servers
 * use, queue ids and the server's own name (`host`, as it greeted) stay, the rest is "...". */
void answer_quote(struct buffer *out, struct span said, struct span host);

/* Whether the text talks of TLS or of encryption, in whole words: a mailbox or a file may be called openssl-users.
 * Supporting evidence beside a code, or in answer to a login, never more: a server repeats what it was sent. */
bool answer_says_tls(struct span text);

/* Four X's or more and nothing else, as a device leaves what it blanks. */
bool answer_is_blanked(struct span word);

enum answer_prompt {
	PROMPT_OTHER,
	PROMPT_NAME,
	PROMPT_PASSWORD,
};

/* Which of LOGIN's two prompts a challenge is (draft-murchison-sasl-login). */
enum answer_prompt answer_prompt(struct span base64);

#endif
