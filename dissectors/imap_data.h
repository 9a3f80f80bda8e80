/* Mailbox data in what an IMAP server says; part of the dissector imap. */
#ifndef STARTTRACE_DISSECTORS_IMAP_DATA_H
#define STARTTRACE_DISSECTORS_IMAP_DATA_H

#include "base/buffer.h"

/* The keyword of untagged data, without the asterisk before it and a number: a constant, the same for the same word;
 * empty for a word that is none. */
struct span imap_data_keyword(struct span rest);

/* Whether the keyword tells of mailboxes or what is in them. */
bool imap_data_is_mailbox(struct span keyword);

/* What of the data may be quoted: numbers and the keyword. */
void imap_data_quote(struct buffer *out, struct span rest);

/* Whether the bytes begin with data that may be long without end. */
bool imap_data_is_usual(struct span in);

/* Text of a message in a line of FETCH data: in quotes, or in the literal that the line announces (RFC 9051, section
 * 7.5.2). */
struct imap_content {
	bool     whole;         /* its body from the first byte on, not its header alone */
	uint64_t size;          /* in quotes */
};

/* False, and nothing to rely on in *content_r, where the line, which may be cut anywhere, holds none. */
bool imap_content_read(struct span line, struct imap_content *content_r);

#endif
