/* Events and notes: the neutral language between dissectors, the session and the rules. */
#ifndef STARTTRACE_MODEL_EVENT_H
#define STARTTRACE_MODEL_EVENT_H

#include "base/side.h"
#include "base/span.h"
#include "model/tls.h"
#include "model/where.h"
#include "model/words.h"

enum event_kind {
#define EVENT(name, word, logged) EVENT_##name,
#include "model/events.def"
#undef EVENT
	EVENT_KINDS
};

enum note_kind {
#define NOTE(name, word) NOTE_##name,
#include "model/notes.def"
#undef NOTE
	NOTE_KINDS
};

/* Its word in events.def, a constant; whether it is a line of the transcript. */
const char *event_word(enum event_kind kind);
bool        event_is_logged(enum event_kind kind);
/* Its word, a constant. */
const char *note_word(enum note_kind kind);

/* How a client named itself: SMTP's HELO is basic, EHLO and LHLO are extended. */
enum client_dialect {
	DIALECT_BASIC,
	DIALECT_EXTENDED,
};

/* What stands for the reply code in an event that has to tell consent from refusal by it, in protocols that answer in
 * words. */
enum code_of_words {
	CODE_OF_CONSENT = 200,
	CODE_OF_REFUSAL = 500,
};

/* Where a list says that TLS has to come first. */
enum marked {
	MARKED_ALONE,
	MARKED_AT_OFFER,                /* the offer itself says that nothing else is taken before it */
};

enum content_flag {
	CONTENT_UNANSWERED = 1,         /* nobody says whether he takes it */
};

enum ask_flag {
	ASK_WITH_ARGUMENT = 1,
	ASK_PRIVATE = 2,                /* a vendor's own verb (X-ANONYMOUSTLS) */
};

/* What an event of EVENT_APPLICATION stands for. */
enum application_kind {
	APPLICATION_COMMAND,
	APPLICATION_TRANSFER,               /* what the user reads or writes crosses, as no message and outside TLS */
};

enum auth_class {
	AUTH_CLASS_UNKNOWN,
	AUTH_CLASS_PASSWORD,            /* a reusable password crosses */
	AUTH_CLASS_TOKEN,               /* a bearer token crosses */
	AUTH_CLASS_CHALLENGE,           /* a response that can be guessed at offline */
	AUTH_CLASS_ONE_TIME,            /* a passcode that is worth nothing once it was used */
	AUTH_CLASS_GSSAPI,
	AUTH_CLASS_EXTERNAL,
	AUTH_CLASS_ANONYMOUS,
};

enum auth_outcome {
	AUTH_OUTCOME_UNKNOWN,
	AUTH_ACCEPTED,
	AUTH_REJECTED,
	AUTH_REFUSED_TLS,               /* refused because TLS is required first */
	AUTH_ABORTED,
};

/* Its word in v_credential, a constant. */
const char *auth_outcome_word(enum auth_outcome outcome);

/* What such a login sends that tells of a password, or NULL: "password", "token", "response". */
const char *auth_sent_word(enum auth_class kind);

/* One login, as a dissector tells it.  `mechanism` is upper case as registered (PLAIN, LOGIN, SCRAM-SHA-256);
 * `username` is what --accounts allows to be kept.  A secret itself never appears here. */
struct auth_facts {
	uint32_t          serial;               /* tells this login from the others of its dialogue */
	struct span       mechanism;
	enum auth_class   kind;
	struct span       username;
	struct span       fingerprint;          /* keyed digest in hex, or empty */
	bool              guessable_hard;       /* SCRAM: salted and iterated */
	bool              maybe_anonymous;      /* whose login it is was not captured, and nobody's needs no password */
	enum auth_outcome outcome;
};

/* What can be told of a mail without keeping whose it is or what it says; which of them hold, the event's kind
 * tells. */
struct mail_facts {
	uint32_t    mark;       /* MAIL, RECIPIENT: tells the same address from another one; 0 when it is unknown */
	struct span domain;     /* ... lower case; empty without one, as for the null sender */
	uint64_t    octets;     /* CONTENT_END: of the body */
	struct span queue_id;   /* CONTENT_ANSWER: what the server calls the message; empty where it does not say */
};

struct event {
	enum event_kind kind;
	enum side       side;
	struct where    where;          /* filled in by the dialogue when length is 0 */
	uint32_t        code;
	struct span     text;
	union {
		const struct auth_facts         *auth;
		const struct tls_client_hello   *client_hello;
		const struct tls_server_hello   *server_hello;
		const struct tls_key_exchange   *key_exchange;
		const struct certificate_chain  *chain;
		const struct certificate_status *status;
		const struct mail_facts         *mail;
	} facts;
};

#endif
