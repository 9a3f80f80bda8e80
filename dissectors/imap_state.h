/* What the files of the dissector imap share: the state of one dialogue, and the way back into it. */
#ifndef STARTTRACE_DISSECTORS_IMAP_STATE_H
#define STARTTRACE_DISSECTORS_IMAP_STATE_H

#include "lines.h"
#include "literal.h"
#include "sasl.h"

enum {
	TAGS_MOST = 32,         /* commands whose tags are known; of more at once the oldest are forgotten */
	QUOTE_MOST = 512,
};

/* What a tagged answer answers, as far as it matters. */
enum imap_kind {
	KIND_NONE,              /* a tag that no command was seen with */
	KIND_OTHER,
	KIND_CAPABILITY,
	KIND_STARTTLS,
	KIND_LOGIN,
	KIND_AUTHENTICATE,
	KIND_APPEND,
	KIND_COMPRESS,
};

/* What the client waits for before it goes on. */
enum imap_waiting {
	WAITING_NOT,
	WAITING_LITERAL,        /* the go-ahead for a literal */
	WAITING_LOGIN,          /* a challenge, or the end of the login */
	WAITING_IDLE,
	WAITING_TLS,
};

struct imap_tag {
	uint64_t       mark;    /* tells it from others */
	enum imap_kind kind;
	uint32_t       login;   /* serial of the login that it began; 0 for none */
	bool           literal; /* a literal of it went by */
};

/* A message on its way, passed over. */
struct imap_body {
	bool     open;
	uint64_t size;
	bool     whole;         /* not a part of a message */
};

struct imap {
	struct lines      lines;
	struct sasl       sasl;
	struct imap_tag   tags[TAGS_MOST];      /* a ring */
	size_t            tag_next;
	uint64_t          tag;                  /* of the client's latest command */
	uint64_t          answered;             /* the tag of the latest command that was answered; 0 before */
	size_t            verb;                 /* its row in the table of verbs */
	enum imap_waiting waiting;
	enum imap_waiting unanswered;           /* what was waited for, its answer was not captured */
	bool              response;             /* the client's next line answers a challenge */
	bool              inside;               /* the command goes on behind a literal */
	bool              literal_due;          /* the client's next bytes are the literal */
	uint64_t          literal;              /* its size */
	bool              literal_is_content;
	bool              literal_refused;      /* its command was answered before all of it had come */
	uint64_t          doubted;              /* what is left of it then; the client's next line tells if it comes */
	bool              doubted_due;          /* ... and none of it was taken */
	bool              doubted_body;         /* ... and it is a message */
	bool              literal_over;         /* all of one had come, and its command was answered last */
	uint64_t          unknown;              /* tag of the client's latest line that was no command; 0 before */
	struct imap_body  body[2];
	struct literal_tail tail[2];            /* of an over-long line */
	bool              answer_open;          /* the server's answer goes on behind a literal */
	bool              greeted;
	bool              unsure[2];            /* bytes of this side are missing just before here */
	bool              incomplete;           /* bytes of a side are missing, maybe a login or its answer */
	bool              commanded;            /* a command was seen */
	bool              login_tried;          /* its answer may bring alerts along */
	bool              login_open;           /* ... and is still due */
	bool              list_due;             /* ... as is a list that was asked for before it */
	bool              logged_in;
	bool              login_needs_tls;      /* the latest list says so */
	bool              guarded;              /* the client may have sent a secret, which the server may repeat */
	struct span       early;                /* the first command, when it came before a greeting */
	struct span       data;                 /* keyword of the server's last line, if that was data; a constant */

	/* arguments of LOGIN */
	unsigned          argument;             /* how many were read */
};

/* What tells one tag from another. */
uint64_t imap_tag_mark(struct span tag);

/* The latest command's answer will be of this kind. */
void imap_await(struct imap *s, enum imap_kind kind);

/* A login begins: what is asked for from here on is asked by somebody who may be logged in. */
void imap_login_begins(struct imap *s);

/* The login that is told now is the latest command's. */
void imap_login_told(struct imap *s);

/* What the tag's command asked for; the tag is forgotten. */
struct imap_tag imap_answered(struct imap *s, uint64_t mark);

/* Whether a command was seen with this tag and not answered yet. */
bool imap_knows(const struct imap *s, uint64_t mark);

/* The client's and the server's side. */
enum step imap_client_step(struct dialogue *d, struct span in, uint64_t *used_r);
enum step imap_client_line(struct dialogue *d, struct span line);
enum step imap_server_step(struct dialogue *d, struct span in, uint64_t *used_r);
enum step imap_server_line(struct dialogue *d, struct span line, uint64_t *used_r);

/* The command whose literal is on its way was answered; an answer named what was sent as a part of that literal. */
void imap_literal_answered(struct dialogue *d);
void imap_literal_read(struct dialogue *d);

/* A command was answered, whose literal had perhaps come in full; an answer has a tag that no command has, which shows
 * that the server read that literal as lines. */
void imap_literal_over(struct dialogue *d, const struct imap_tag *command);
void imap_literal_named(struct dialogue *d, uint64_t mark);

/* A literal of the latest command goes by. */
void imap_literal_went(struct imap *s);

/* Whether the line begins with a tag and a verb; and whether it is a command where prose may stand as well: numbered,
 * or with the tag of the one before it, and with arguments as they have to be. */
bool imap_begins_command(struct span line);
bool imap_is_command(const struct imap *s, struct span line);

/* A message of `size` bytes begins, and ends once its last byte has come. */
void imap_body_begin(struct dialogue *d, enum side side, uint64_t size, bool whole);
void imap_body_close(struct dialogue *d, enum side side);

#endif
