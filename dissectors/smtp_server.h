/* The server's replies; part of the dissector smtp. */
#ifndef STARTTRACE_DISSECTORS_SMTP_SERVER_H
#define STARTTRACE_DISSECTORS_SMTP_SERVER_H

#include "smtp_reply.h"

#include "model/dissector.h"

/* Takes one line of the server's. */
enum step smtp_reply_line(struct dialogue *d, struct span line);

/* The reply to a command of the table. */
enum step smtp_ehlo_answered(struct dialogue *d, const struct reply *reply);
enum step smtp_helo_answered(struct dialogue *d, const struct reply *reply);
enum step smtp_starttls_answered(struct dialogue *d, const struct reply *reply);
enum step smtp_mail_answered(struct dialogue *d, const struct reply *reply);
enum step smtp_rcpt_answered(struct dialogue *d, const struct reply *reply);
enum step smtp_data_answered(struct dialogue *d, const struct reply *reply);
enum step smtp_rset_answered(struct dialogue *d, const struct reply *reply);
enum step smtp_vrfy_answered(struct dialogue *d, const struct reply *reply);

#endif
