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

/* dialogue_tls.c: TLS begins on this side, agreed or not; false, and nothing changed, without memory. */
bool dialogue_begin_tls(struct dialogue *d, enum side side);

/* The handshake came to nothing, and the dialogue goes on in clear with `in`.  False, and from then on for good, where
 * `in` looks like TLS or the beginning of it: nobody knows where that ends. */
bool dialogue_leave_tls(struct dialogue *d, struct span in);

/* Zeros and blanks alone, or nothing: what pads a request, with a hello behind it or not, carries no command. */
bool dialogue_is_padding(struct span bytes);

/* A line, the last one told, went by in clear where TLS was due: what came before the agreement was smuggled in front
 * of it, what comes later is a dialogue that goes on in clear. */
void dialogue_note_plain(struct dialogue *d, enum side side, const struct where *where);

/* Takes plain bytes where TLS is due.  Says how many bytes were dealt with here; 0 leaves them to the dissector,
 * SIZE_MAX means that more bytes are needed. */
size_t dialogue_look_for_tls(struct dialogue *d, enum side side, struct span in);

#endif
