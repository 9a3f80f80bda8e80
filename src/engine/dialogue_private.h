/* What the files that make up the dialogue share; for them only. */
#ifndef STARTTRACE_ENGINE_DIALOGUE_PRIVATE_H
#define STARTTRACE_ENGINE_DIALOGUE_PRIVATE_H

#include "engine/dialogue.h"
#include "engine/half.h"

enum {
	QUOTE_MOST = 512,
	TOLD_MOST = 160,
};

struct dialogue {
	struct session         *session;
	const struct dialogue_common *common;
	const struct dissector *first;          /* of the dialogue in clear; NULL where there is no way back to it */
	void                   *first_state, *tls_state;
	struct half             half[2];
	enum side               reading;        /* whose bytes are being taken */
	struct moment           now;
	struct buffer           text;           /* of the event being told */
	char                    told[TOLD_MOST];        /* the last line told, redacted */
	size_t                  told_len;
	unsigned                accounts;
	uint32_t                logins;
	bool                    told_line;      /* the unit being taken was one, or ended one */
	bool                    from_start;
	bool                    tls_due;
	bool                    tls_first;      /* the client began TLS before the server said a word */
	bool                    gaps;
	bool                    settled;
	bool                    ended;
};

extern const struct dissector tls_dissector;

#endif
