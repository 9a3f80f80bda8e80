/* What the files of the dissector nntp share: the state of one dialogue, a server's response, and the way back. */
#ifndef STARTTRACE_DISSECTORS_NNTP_STATE_H
#define STARTTRACE_DISSECTORS_NNTP_STATE_H

#include "asked.h"
#include "content.h"
#include "lines.h"
#include "sasl.h"

/* What the server's lines are. */
enum nntp_reading {
	RESPONSES,
	CAPABILITIES,
	LISTING,
	ARTICLE,
};

/* What the client's lines are. */
enum nntp_sending {
	COMMANDS,
	POSTING,                /* an article, up to its dot */
	POSTING_UNSURE,         /* ... if the server agreed to it, which was not captured */
	CHALLENGED,             /* the next line answers a challenge */
	NAME_AND_PASSWORD,      /* the next line is both (RFC 2980, section 3.1.2) */
};

struct nntp {
	struct lines      lines;
	struct sasl       sasl;
	struct asked      asked;                /* rows of verbs[] */
	struct content    article;              /* the server's */
	struct content    posted;               /* the client's */
	enum nntp_reading reading;
	enum nntp_sending sending;
	bool              wants_to_post;        /* waits for consent */
	bool              greeted;
	struct span       early;                /* the first command, when it came before a greeting */
	bool              unsure[2];            /* bytes of this side are missing just before here */
	bool              guarded;              /* the client may have sent a secret:
	                                         * what the server says may repeat it */
};

enum nntp_verb_flag {
	APPLICATION = 1,                /* not just greeting, capabilities, QUIT and the ask */
	LIST_BY_211 = 2,                /* RFC 3977, section 3.2: the one code whose block depends on the command */
	HEADER_BY_221 = 4,              /* a part of an article; of other commands it is a list */
	SENDS_AT_ONCE = 8,              /* the article follows the command (RFC 4644, section 2.5) */
};

struct response {
	uint32_t    code;
	struct span line;       /* redacted */
	struct span text;       /* what stands behind the code, as sent */
};

/* What waits for a response and has no verb of its own: rows at the front of the table of verbs. */
enum {
	NNTP_VERB_NONE,
	NNTP_VERB_OTHER,        /* nothing hangs on its response */
	NNTP_VERB_RESPONSE,     /* to a challenge */
	NNTP_VERB_POSTED,       /* an article that was sent */
	NNTP_VERB_FIRST,
};

/* POST and IHAVE, the response to them, and the response to an article. */
enum step nntp_post_seen(struct dialogue *d, struct span args);
enum step nntp_post_answered(struct dialogue *d, const struct response *response);
enum step nntp_post_taken(struct dialogue *d, const struct response *response);

/* Takes what `in` holds of an article. */
enum step nntp_post_step(struct dialogue *d, struct span in, uint64_t *used_r);

/* Whether what comes behind POST is an article, which its consent would tell: false when more of it has to come
 * first. */
bool nntp_post_decide(struct dialogue *d, struct span in);
bool nntp_post_begins(struct span in);

/* What follows a response to a command of these flags (enum nntp_verb_flag) begins; one line of it, which `quote`
 * shows; it ended in what was not captured. */
void nntp_block_begin(struct dialogue *d, uint32_t code, unsigned flags);
void nntp_block_line(struct dialogue *d, struct span line, struct span quote);
void nntp_block_leave(struct dialogue *d);

/* AUTHINFO with its arguments (RFC 4643), and what may be shown of it. */
enum step nntp_login_asked(struct dialogue *d, struct span args);
void      nntp_login_quote(struct buffer *out, struct span args);

/* The client's answer to a challenge; a line that holds name and password. */
enum step nntp_login_response(struct dialogue *d, struct span line);
enum step nntp_login_name_and_password(struct dialogue *d, struct span line);

/* The response to any of these. */
enum step nntp_login_answered(struct dialogue *d, const struct response *response);

/* Notes client bytes behind a command that has to wait for its response, and lets them go on. */
void nntp_release(struct dialogue *d, const char *behind);

#endif
