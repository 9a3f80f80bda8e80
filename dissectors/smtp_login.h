/* AUTH and all that may be said in its place; part of the dissector smtp. */
#ifndef STARTTRACE_DISSECTORS_SMTP_LOGIN_H
#define STARTTRACE_DISSECTORS_SMTP_LOGIN_H

#include "smtp_reply.h"
#include "smtp_state.h"

/* AUTH with its arguments. */
enum step smtp_login_asked(struct dialogue *d, struct span args);

/* STEP_HOLD where a login has to wait for its answer. */
enum step smtp_login_hold(struct dialogue *d);

/* The client's answer to a challenge. */
enum step smtp_login_response(struct dialogue *d, struct span line);

/* The server's reply to AUTH, or to a response. */
enum step smtp_login_answered(struct dialogue *d, const struct reply *reply);

/* 334 or 235 where no login was seen to wait for it. */
enum step smtp_login_unseen(struct dialogue *d, const struct reply *reply);

/* A login in the manner of POP3 or IMAP: false when the line holds no secret.  And the reply to it. */
bool      smtp_login_stranger(struct dialogue *d, struct span line);
enum step smtp_stranger_answered(struct dialogue *d, const struct reply *reply);

#endif
