/* What the files that read a dialogue text share. */
#ifndef STARTTRACE_TESTS_WEAVE_TEXT_H
#define STARTTRACE_TESTS_WEAVE_TEXT_H

#include "weave.h"

enum {
	BYTES_MOST = 1 << 20,           /* of one piece */
	SNAPLEN_DEFAULT = 262144,
};

/* The rows between `repeat` and `again`. */
struct repeat {
	unsigned long rounds;           /* 0: none is being read */
	uint64_t      every_us;         /* between the starts of two rounds; 0: each follows the one before */
	char        **rows;
	size_t        row_count;
	unsigned      first_line;
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
	struct repeat     repeat;
	unsigned long     round;        /* of a repeat, from 1; 0 outside */
	size_t            round_first;  /* index of its first connection */
	struct schedule   schedule;     /* of the coming piece */
	struct oddities   odd;          /* `next` was said of the coming piece */
	unsigned          views;        /* that show the row being read */
};

/* text.c: says FILE:LINE and what is wrong there, and exits. */
_Noreturn void wrong(const struct reader *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Obeys one row; may write into it. */
void read_row(struct reader *r, char *row);

struct piece *add_piece(struct reader *r, enum act act, enum side side);

/* Begins a connection with r->next where none is open; ends the one that is. */
void connect_if_needed(struct reader *r);
void finish_connection(struct reader *r);

/* bytes.c: appends what one line of dialogue says.  `mark` is what stands behind the side's letter. */
void add_octet(const struct reader *r, struct octets *to, uint8_t octet);
void add_bytes(const struct reader *r, struct octets *to, char mark, const char *text);

/* repeat.c: takes the row while a repeat is read, and weaves them all at its end. */
bool repeat_gathers(struct reader *r, const char *row);
void repeat_begin(struct reader *r, const char *rounds, const char *every);
void repeat_again(struct reader *r);

/* directives.c: obeys a row that is no line of dialogue; cuts it into words. */
void direct(struct reader *r, char *row);

#endif
