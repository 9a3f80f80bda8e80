/* Builds sessions out of short scripts, the way a dissector would tell them: steps with a semicolon
 * between them, each a word and its arguments.  The words are in the table at the end of build_session.c.  builder.c
 * compares what they tell with what the dissectors do: a new word goes there too, where the wire has bytes for it. */
#ifndef STARTTRACE_TESTS_BUILD_SESSION_H
#define STARTTRACE_TESTS_BUILD_SESSION_H

#include "base/table.h"
#include "model/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct build {
	struct session *session;
	struct where    where[2];       /* of the line last told by each side */
	uint64_t        offset[2];
	uint64_t        frame;
	int64_t         now;
	const char     *name;           /* of the client */
	struct tls_client_hello client_hello;
	struct tls_server_hello server_hello;
	struct tls_key_exchange exchange;
	struct cipher_suite     cipher;
};

enum {
	BUILD_SECOND = 1000000000,
	BUILD_LINE_LENGTH = 20,
};

/* An IPv4 address, in the form that IPv6 has for it. */
struct address build_address(uint8_t a, uint8_t b, uint8_t c, uint8_t d);

/* A session on server port 25 that its client will close, and the end of it: build_end frees what build_begin made. */
void build_begin(struct build *b);
void build_end(struct build *b);

/* Plays a script.  Its text is kept in the session's arena, so that what points into it stays.  A word that the table
 * does not have fails the test. */
void build_play(struct build *b, const char *script);

/* The connection ends, as far as the capture shows it. */
void build_close(struct build *b);

/* Below the words -------------------------------------------------------------------------------- */

/* A new line of this side, `length` octets long, a millisecond later. */
void build_line(struct build *b, enum side side, uint64_t length);

/* Something that the line last told says; build_tell makes a line for it first. */
void build_fact(struct build *b, enum side side, enum event_kind kind, uint32_t code, const char *text);
void build_tell(struct build *b, enum side side, enum event_kind kind, uint32_t code, const char *text);
void build_note(struct build *b, enum side side, enum note_kind kind, const char *text);

/* A line of the list of capabilities, and the facts that follow from it. */
void build_capability(struct build *b, const char *line);

/* One event of a login with PLAIN, without a line or a place. */
void build_login_event(struct session *session, enum event_kind kind, uint32_t serial, enum auth_outcome outcome,
	struct span username);

/* A chain is given by the test: as it is told, or its certificates alone. */
void build_whole_chain(struct build *b, enum side side, const struct certificate_chain *chain);
void build_chain(struct build *b, enum side side, const struct certificate *certificates, size_t count);

/* A stapled answer; NULL for one that cannot be read. */
void build_status(struct build *b, const struct certificate_status *status);

#endif
