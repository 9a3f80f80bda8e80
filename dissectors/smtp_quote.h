/* What of an SMTP client's line may be quoted; part of the dissector smtp. */
#ifndef STARTTRACE_DISSECTORS_SMTP_QUOTE_H
#define STARTTRACE_DISSECTORS_SMTP_QUOTE_H

#include "base/buffer.h"
#include "base/span.h"

/* MAIL or RCPT: the domain stays, and those parameters that name nobody (RFC 5321, section 4.1.2). */
void smtp_quote_envelope(struct buffer *out, struct span line);

/* The address in a MAIL or RCPT, without a source route, and its domain, empty where it has none that is one; both are
 * parts of `line`.  False where no path in angle brackets follows. */
bool smtp_quote_address(struct span line, struct span *address_r, struct span *domain_r);

/* A verb whose argument is a host (EHLO, HELO, ETRN): only a word that is one stays. */
void smtp_quote_host(struct buffer *out, const char *verb, struct span args);

/* The host a client calls itself, or empty where it is none. */
struct span smtp_quote_client_name(struct span args);

/* BDAT: size and LAST stay where they are ones (RFC 3030, section 2). */
void smtp_quote_chunk(struct buffer *out, struct span args);

/* Those attributes of XCLIENT or XFORWARD that are addresses and ports, each behind a blank. */
void smtp_quote_forwarded(struct buffer *out, struct span args);

#endif
