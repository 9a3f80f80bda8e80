/* What the files of the dissector pop3 share: the state of one dialogue, a server's status line, and the way back. */
#ifndef STARTTRACE_DISSECTORS_POP3_STATE_H
#define STARTTRACE_DISSECTORS_POP3_STATE_H

#include "asked.h"
#include "content.h"
#include "lines.h"
#include "sasl.h"

/* What the server's lines are. */
enum pop3_reading {
	STATUS,
	CAPABILITIES,
	MECHANISMS,
	LISTING,
	MESSAGE,
};

struct pop3 {
	struct lines      lines;
	struct sasl       sasl;
	struct asked      asked;                /* rows of verbs[] */
	struct content    message;
	enum pop3_reading reading;
	bool              challenged;           /* the client's next line answers a challenge */
	bool              greeted;
	struct span       early;                /* the first command, when it came before a greeting */
	bool              unsure[2];            /* bytes of this side are missing just before here */
	bool              pipelining;           /* on offer, or may be */
	bool              guarded;              /* the client may have sent a secret:
	                                         * what the server says may repeat it */
};

struct pop3_status {
	bool        good;
	struct span line;       /* redacted */
	struct span text;       /* what stands behind the word, as sent */
};

/* What waits for a status and has no verb of its own: rows at the front of the table of verbs. */
enum {
	POP3_VERB_NONE,
	POP3_VERB_OTHER,        /* nothing hangs on its answer */
	POP3_VERB_RESPONSE,     /* to a challenge */
	POP3_VERB_MECHANISMS,   /* AUTH alone: a list, as old servers have it */
	POP3_VERB_FIRST,
};

/* USER, PASS, APOP and AUTH with their arguments; each of them waits for its status. */
enum step pop3_user_seen(struct dialogue *d, struct span args);
enum step pop3_pass_seen(struct dialogue *d, struct span args);
enum step pop3_apop_seen(struct dialogue *d, struct span args);
enum step pop3_auth_seen(struct dialogue *d, struct span args);

/* The client's answer to a challenge, or a line that stands in the place of one. */
enum step pop3_response(struct dialogue *d, struct span line);

/* A challenge: `base64` stands behind "+ ".  False where nothing waits for one. */
bool pop3_challenge(struct dialogue *d, struct span base64);

/* The status of USER, of PASS and APOP, and of AUTH and of responses. */
enum step pop3_user_answered(struct dialogue *d, const struct pop3_status *status);
enum step pop3_pass_answered(struct dialogue *d, const struct pop3_status *status);
enum step pop3_auth_answered(struct dialogue *d, const struct pop3_status *status);

/* What follows a good status begins: `verb`, a constant, asked for it; a message is `whole`, or a part.  One line of
 * it, which `quote` shows; it ended in what was not captured. */
void pop3_list_begin(struct dialogue *d, enum pop3_reading list, const char *verb, bool whole);
void pop3_list_line(struct dialogue *d, struct span line, struct span quote);
void pop3_list_leave(struct dialogue *d);

/* Notes client bytes behind a command that has to wait for its status, and lets them go on. */
void pop3_release(struct dialogue *d, const char *behind, bool last_in_group);

#endif
