/* The client's commands; part of the dissector smtp. */
#ifndef STARTTRACE_DISSECTORS_SMTP_CLIENT_H
#define STARTTRACE_DISSECTORS_SMTP_CLIENT_H

#include "smtp_state.h"

/* Takes one line as a command.  *used_r grows by what is to be passed over behind it. */
enum step smtp_command_line(struct dialogue *d, struct span line, uint64_t *used_r);

/* A command of the table, with what stands behind the verb. */
enum step smtp_ehlo_seen(struct dialogue *d, struct span args);
enum step smtp_lhlo_seen(struct dialogue *d, struct span args);
enum step smtp_helo_seen(struct dialogue *d, struct span args);
enum step smtp_starttls_seen(struct dialogue *d, struct span args);
enum step smtp_anonymoustls_seen(struct dialogue *d, struct span args);
enum step smtp_forwarded_seen(struct dialogue *d, struct span args);
enum step smtp_mail_seen(struct dialogue *d, struct span args);
enum step smtp_data_seen(struct dialogue *d, struct span args);
enum step smtp_quit_seen(struct dialogue *d, struct span args);

#endif
