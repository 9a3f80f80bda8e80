/* What the files of the dissector smtp share: the state of one dialogue. */
#ifndef STARTTRACE_DISSECTORS_SMTP_STATE_H
#define STARTTRACE_DISSECTORS_SMTP_STATE_H

#include "asked.h"
#include "dotted.h"
#include "lines.h"
#include "sasl.h"
#include "smtp_envelope.h"

enum {
	QUOTE_MOST = 512,
};

enum client_mode {
	COMMANDS,
	BODY,                   /* after DATA was accepted, up to the final dot */
	BODY_UNSURE,            /* after DATA whose reply was not captured */
	BODY_UNWANTED,          /* after DATA was refused: a client may send its message all the same */
	RESPONSE,               /* the next line answers a login's challenge */
};

struct smtp {
	struct lines     lines;
	struct sasl      sasl;
	struct dotted    body;
	bool             body_told;             /* its first byte has come */
	enum client_mode mode;
	struct asked     asked;                 /* rows of smtp_verbs[] */
	bool             greeted;
	struct span      host;                  /* the server's own name, the first word of its greeting */
	struct span      early;                 /* the first command, when it came before a greeting */
	struct sasl_user user;                  /* the name in the manner of POP3 */
	bool             reply_open;            /* the last server line announced another one */
	bool             unsure[2];             /* bytes of this side are missing just before here */
	bool             named, pipelining, offers_tls, offers_auth;
	bool             listed, chunking;      /* a list of capabilities was seen, and whether CHUNKING is in it */
	struct envelope  envelope;
	bool             in_transaction;
	bool             last_chunk;
	bool             chunk_open;            /* the last chunk of a message is on its way */
	bool             chunk_lost;            /* the beginning of one may be missing: lines may be its text */
	uint64_t         chunk_bytes;           /* of the chunk announced last */
	uint64_t         chunks_bytes;          /* of it and those before it, since the last time that none waited */
	size_t           chunks_waiting;        /* how many wait for their answers */
	bool             guarded;               /* the client may have sent a secret:
	                                         * what the server says may repeat it */
	bool             is_lmtp;
	uint32_t         recipients;            /* accepted in this transaction */
	uint32_t         body_answers;          /* that the message still gets */
	bool             body_accepted;         /* for one recipient at least */
	size_t           last_waiting;          /* how many that wait must be the last of their group */
};

#endif
