/* The addresses of a mail that await their replies, without the people behind them; part of the dissector smtp. */
#ifndef STARTTRACE_DISSECTORS_SMTP_ENVELOPE_H
#define STARTTRACE_DISSECTORS_SMTP_ENVELOPE_H

#include "model/dissector.h"

struct envelope_domain;
struct envelope_address;

/* Zeroed at first. */
struct envelope {
	struct envelope_address *first, *last;          /* of commands that await their replies, oldest first */
	struct envelope_address *spare;
	struct envelope_domain  *domains;               /* each that was named, once */
	size_t                   domain_count;
	struct mail_facts        taken;                 /* of the address last taken */
	bool                     lost;                  /* no memory: nothing is known of any address any more */
};

/* The address of a MAIL or RCPT line, behind those that wait already. */
void smtp_envelope_add(struct dialogue *d, struct envelope *envelope, struct span line);

/* The oldest leaves for `taken`; all leave. */
void smtp_envelope_take(struct envelope *envelope);
void smtp_envelope_clear(struct envelope *envelope);

/* Tells an accepted sender or recipient, with what is known of the address last taken. */
void smtp_envelope_tell(struct dialogue *d, const struct envelope *envelope, enum event_kind kind, uint32_t code,
	struct span text);

#endif
