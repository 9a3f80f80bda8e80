/* Footprints of sessions out of short scripts, and what a subject of history says of each.
 *
 * A script is a list of sessions with a semicolon between them, in order of start; each is a list of words and
 * arguments, in any order.  Unless it says otherwise a session is a whole one of a minute after the one before: an
 * ordinary client 192.0.2.10 tells its name to mail.example.com on 192.0.2.20, port 25.
 *
 *   times 12 every 2h client 10.*.0.5 offers; after 3d client 10.99.0.1 lacks application
 *
 * times N, every T     N sessions, T apart (60s); a `*` in an address is replaced by 1 to N
 * at T, after T        begins T after the first moment, after the session before; T is a number and s, m, h or d
 * lasts T              from its begin to its end (1s)
 * client A[,PORT]      server A[,PORT]
 * offers, lacks        a complete capability list with STARTTLS, or the same one without
 * list A,B,C           a complete capability list; it offers TLS if STARTTLS is in it
 * scanner, monitor     the kind of client
 * flag word            a word of footprint_flags sets the flag, the word behind `no` clears it
 * verdict word         the session's verdict, whatever signals say; suspected and proven are downgraded-...
 * signal NAME,GROUP,POINTS[,decisive]      a signal of the session's own; GROUP is text, wire, history, client, reply
 * text, number         a word of footprint_texts or footprint_numbers and its value; in a text, commas are blanks,
 *                      and - is no text
 * days N,N             the leaf's validity, in days from the first moment; makes it seen
 * key N                the leaf's key; makes it seen
 * chain N,N            the certificates that the server sent: N is every byte of a key's digest, N + 128 of that of a
 *                      certificate
 */
#ifndef STARTTRACE_TESTS_FOOTPRINTS_H
#define STARTTRACE_TESTS_FOOTPRINTS_H

#include "base/table.h"
#include "rules/history.h"
#include "rules/signals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	FOOTPRINT_SIGNALS = 8,
	FOOTPRINT_HEARD = 64,
	FOOTPRINT_CHAIN = 32,
};

static const int64_t FOOTPRINT_SECOND = 1000000000, FOOTPRINT_BASE = 1764936000;

/* Copies all texts of the footprint into the arena, so that it outlives its script. */
void footprint_keep(struct footprint *footprint, struct arena *arena);

/* What is said of one session. */
struct heard {
	struct insight insights[FOOTPRINT_HEARD];
	char           reasons[FOOTPRINT_HEARD][512];
	size_t         insight_count;
	struct signal  signals[FOOTPRINT_HEARD];
	char           names[FOOTPRINT_HEARD][16];
	size_t         signal_count;
};

/* A script on its way through one subject. */
struct story {
	struct footprint foot;          /* the session that is being built */
	struct signal    signals[FOOTPRINT_SIGNALS];
	struct footprint_digests chain[FOOTPRINT_CHAIN];
	char             texts[1 << 14];        /* of that session */
	size_t           used;
	int64_t          at_ns, every_ns;
	unsigned         times, index;
	int64_t          sessions;      /* told so far */
	struct heard     heard;         /* of the last session */
	unsigned         kinds_before;  /* how many sessions before the last one had the kind asked for */
	const char      *kind;
};

/* Builds the session of one part of a script, as if it began at story->at_ns, without telling anyone of it. */
void story_build(struct story *story, const char *part);

/* What a struct hindsight calls to fill a struct heard, its user: an insight, a signal more. */
void story_hear_insight(void *user, const struct insight *insight);
void story_hear_signal(void *user, const struct signal *signal, bool has_place, enum place place);

/* NULL when nothing of this kind, no signal of this name, was said of the last session. */
const struct insight *heard_insight(const struct heard *heard, const char *kind);
const struct signal *heard_signal(const struct heard *heard, const char *name);

/* Tells `subject` every session of the script; what it says of the last one is in story->heard, and how many of
 * those before had the finding story->kind, if one is asked for. */
void story_tell(struct story *story, const struct subject *subject, void *memory, const char *script);

/* One script from the beginning: with this subject alone, and the policy, which may be NULL. */
void story_run(struct story *story, const struct subject *subject, const struct policy *policy,
	const char *kind, const char *script);

/* What the last session's signals, its own and those of history, add up to. */
struct interference_sum story_sum(const struct story *story);

/* A row of a table: what the last session of the script must have, or, silent, must not have. */
struct story_case {
	const char     *kind;           /* a finding, or the name of a signal */
	enum severity   severity;
	enum confidence confidence;
	int             points;         /* of a signal; a finding has none */
	bool            silent;
	const char     *script;
	const char     *reason;         /* part of the reasons, or NULL */
};

#define STORY(kind, severity, confidence, script) \
	{ kind, SEVERITY_##severity, CONFIDENCE_##confidence, 0, false, script, NULL }
#define STORY_SIGNAL(name, points, script) { name, SEVERITY_INFO, CONFIDENCE_PROVEN, points, false, script, NULL }
#define STORY_SILENT(kind, script) { kind, SEVERITY_INFO, CONFIDENCE_PROVEN, 0, true, script, NULL }

/* Fails the test, with its script, where the last session does not have what the row says. */
void story_check(const struct story_case *test, const struct subject *subject, const struct policy *policy);

#endif
