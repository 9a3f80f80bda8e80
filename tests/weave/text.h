/* What the files that read a dialogue text share. */
#ifndef STARTTRACE_TESTS_WEAVE_TEXT_H
#define STARTTRACE_TESTS_WEAVE_TEXT_H

#include "weave.h"

enum {
	BYTES_MOST = 1 << 20,           /* of one piece */
	SNAPLEN_DEFAULT = 262144,
};

struct reader {
	struct script    *script;
	const char       *path;
	unsigned          line;
	struct connection next;         /* what the coming connection will be */
	bool              open;         /* pieces of the present connection were read */
	size_t            present;      /* its index */
	uint8_t           ttl[2];
	uint64_t          pause_us;
	bool              missing;      /* `gap` was said for the coming piece */
	bool              urgent;
};

/* text.c: says FILE:LINE and what is wrong there, and exits. */
_Noreturn void wrong(const struct reader *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

struct piece *add_piece(struct reader *r, enum act act, enum side side);

/* Begins a connection with r->next where none is open; ends the one that is. */
void connect_if_needed(struct reader *r);
void finish_connection(struct reader *r);

/* bytes.c: appends what one line of dialogue says.  `mark` is what stands behind the side's letter. */
void add_octet(const struct reader *r, struct octets *to, uint8_t octet);
void add_bytes(const struct reader *r, struct octets *to, char mark, const char *text);

/* directives.c: obeys a row that is no line of dialogue; cuts it into words. */
void direct(struct reader *r, char *row);

#endif
