/* What the line-based protocols share: taking lines of bounded length, telling TLS from text. */
#ifndef STARTTRACE_DISSECTORS_LINES_H
#define STARTTRACE_DISSECTORS_LINES_H

#include "model/dissector.h"

enum {
	LINE_MOST = 12290,      /* of a line, this much is read, the rest passed
	                         * over; RFC 4954, section 4 allows 12288 */
};

/* Line state of both sides, part of a dissector's state.  Zero is the start. */
struct lines {
	bool skipping[2];       /* inside the tail of an over-long line */
	bool bare_lf[2];        /* the line just taken ended without CR */
	bool long_is_usual[2];  /* nothing is missed of an over-long line, if the next one is one: it is not noted */
};

/* Takes one line off the front of `in`.  STEP_MORE while it is incomplete.  STEP_TAKEN with *line_r set, its
 * line end left out and at most LINE_MOST bytes long, or with *is_line_r false for bytes that were passed over.
 * Notes bare LF and long lines. */
enum step lines_take(struct lines *lines, struct dialogue *d, enum side side, struct span in,
	struct span *line_r, bool *is_line_r, uint64_t *used_r);

enum tls_guess {
	TLS_GUESS_NO,
	TLS_GUESS_SHORT,        /* too few bytes to tell */
	TLS_GUESS_YES,
};

/* Whether a TLS record (handshake or alert, RFC 8446, section 5.1) or an SSLv2 CLIENT-HELLO begins here. */
enum tls_guess lines_guess_tls(struct span in);

/* Where text is due: STEP_TAKEN, of nothing, for text; STEP_NOT_MINE where TLS begins, STEP_MORE while that cannot be
 * told. */
enum step lines_begin(struct span in);

/* Whether the client has sent more than was read as lines: a secret may be in it, which the server may repeat. */
bool lines_client_is_ahead(const struct lines *lines, const struct dialogue *d);

/* Notes client bytes behind a command that has to wait for its answer; not those of its own over-long line. */
void lines_note_hasty(const struct lines *lines, struct dialogue *d, const char *behind);

/* The same as the client may go on.  A command that need not be `last_in_group` (RFC 2920, section 3.1) has to wait
 * only because the server did not offer to take others behind it. */
void lines_release(const struct lines *lines, struct dialogue *d, const char *behind, bool last_in_group);

/* Keeps the client's first command in *early, while no greeting has come; `certain` that none is missing.  The greeting
 * then notes it, and where the server's side was not captured nothing does. */
void lines_keep_early(struct dialogue *d, struct span *early, bool certain, struct span word);
void lines_note_early(struct dialogue *d, struct span *early);

/* Notes, at the end of a side, that it announced bytes which never came: what it did send was passed over as theirs.  A
 * capture that ends early says nothing of that. */
void lines_note_unsent(struct dialogue *d, enum side side, enum ending ending);

/* Whether the last bytes of a side are a line that lacks its end, and not what is passed over or TLS. */
bool lines_end(const struct lines *lines, enum side side, struct span rest);

#endif
