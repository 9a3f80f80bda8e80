/* What the files of the dissector ftp share: the state of one dialogue, a server's reply, and the way back. */
#ifndef STARTTRACE_DISSECTORS_FTP_STATE_H
#define STARTTRACE_DISSECTORS_FTP_STATE_H

#include "asked.h"
#include "lines.h"
#include "sasl.h"

struct ftp {
	struct lines lines;
	struct sasl  sasl;
	struct asked asked;             /* rows of verbs[] */
	uint32_t     open;              /* code of the reply that goes on; 0 between replies */
	bool         greeting;          /* ... and greets */
	bool         features;          /* ... and lists features */
	bool         cut;               /* ... although the client went on as if it had ended */
	bool         greeted;
	struct span  early;             /* the first command, when it came before a greeting */
	struct span  host;              /* the server's own name, the first word of its greeting */
	struct sasl_user user;          /* the latest name */
	bool         name_lost;         /* one that came later may be missing */
	bool         logged_in;         /* or may be: the answer to a login was not captured */
	bool         unsure[2];         /* bytes of this side are missing just before here */
	bool         guarded;           /* the client may have sent a secret: what the server says may repeat it */
};

struct ftp_reply {
	uint32_t    code;
	struct span line;               /* its last line, redacted */
	struct span text;               /* what stands behind the code, as sent */
};

/* Takes one line of a server, without its line end. */
enum step ftp_server_line(struct dialogue *d, struct span line);

/* The command that waits for the next reply asked for the features. */
bool ftp_awaits_features(const struct ftp *s);

/* A reply has ended: it answers what was asked first. */
enum step ftp_reply_ended(struct dialogue *d, const struct ftp_reply *reply);

/* Notes where a connection for data is to lead that leads to neither end: `place` stands in PORT or EPRT, or in the
 * reply to PASV (RFC 959, RFC 2428); `side` said so and means itself. */
void ftp_note_place(struct dialogue *d, enum side side, struct span place);

/* USER, PASS, ACCT (RFC 959, section 4.1.1), AUTH for anything but TLS, ADAT (RFC 2228, section 3), each with its
 * arguments; the replies to them, and to REIN. */
enum step ftp_user_seen(struct dialogue *d, struct span args);
enum step ftp_pass_seen(struct dialogue *d, struct span args);
enum step ftp_acct_seen(struct dialogue *d, struct span args);
enum step ftp_auth_seen(struct dialogue *d, struct span args);
enum step ftp_adat_seen(struct dialogue *d, struct span args);
enum step ftp_user_answered(struct dialogue *d, const struct ftp_reply *reply);
enum step ftp_pass_answered(struct dialogue *d, const struct ftp_reply *reply);
enum step ftp_auth_answered(struct dialogue *d, const struct ftp_reply *reply);
enum step ftp_rein_answered(struct dialogue *d, const struct ftp_reply *reply);

/* Whether this reply says that TLS has to come first: by its code, and by its words, since each of the codes has
 * other uses. */
bool ftp_demands_tls(const struct ftp_reply *reply);

#endif
