/* What of FTP's lines may be quoted, and reading their telnet (RFC 854); part of the dissector ftp. */
#ifndef STARTTRACE_DISSECTORS_FTP_QUOTE_H
#define STARTTRACE_DISSECTORS_FTP_QUOTE_H

#include "base/buffer.h"

enum ftp_quote {
	QUOTE_HIDDEN,           /* a path, or anything */
	QUOTE_SECRET,
	QUOTE_ACCOUNT,          /* "anonymous" and "ftp" are nobody's */
	QUOTE_PLACE,            /* an address and a port, as PORT, EPRT and their sisters give them */
	QUOTE_WORDS,            /* words of the protocol's own, and numbers */
	QUOTE_MECHANISM,
};

/* The names of RFC 1635, section 2.2, that anybody may log in by. */
bool ftp_is_anonymous(struct span name);

/* TLS, by any of its names here (RFC 4217, section 17). */
bool ftp_is_tls(struct span mechanism);

/* Adds the command with what of its arguments may be shown. */
void ftp_quote_command(struct buffer *out, const char *verb, enum ftp_quote quote, struct span args);

/* Adds a reply, or a line of one, that may repeat what the client sent: its code with the hyphen or blank behind it
 * (`code`, empty for a line without), words that servers use, and the address of 227, 228 and 229. */
void ftp_quote_reply(struct buffer *out, struct span code, struct span text, struct span host);

/* Adds the line without the telnet commands in it. */
void ftp_strip_telnet(struct buffer *out, struct span line);

#endif
