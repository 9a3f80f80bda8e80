/* What the two files of the past share: past.c goes through the sessions, outcome.c writes what is said of them.  For
 * them only. */
#ifndef STARTTRACE_STORE_PAST_PRIVATE_H
#define STARTTRACE_STORE_PAST_PRIVATE_H

#include "store/past.h"
#include "store/signal_row.h"

struct sqlite3_stmt;

enum past_statement {
	PAST_SESSIONS,
	PAST_SIGNALS,
	PAST_CHAIN,
	PAST_FIND,
	PAST_ADD,
	PAST_REPLACE,
	PAST_LINK,
	PAST_LINKS,
	PAST_SIGNAL,
	PAST_JUDGE,
	PAST_STATEMENTS
};

struct past {
	struct store        *store;
	enum past_scope      scope;
	struct sqlite3_stmt *statements[PAST_STATEMENTS];
	struct status        failed;
	int64_t              session_id;
	uint32_t             capture;
	int64_t              findings, signals;         /* added to this session */
	struct signal_rows   own;
	struct footprint_digests chain[FOOTPRINT_CHAIN_MOST];
	struct buffer        texts;             /* of places */
	struct buffer        found;             /* evidence of the finding that was asked for last */
};

/* The text of a statement that writes. */
const char *outcome_statement(enum past_statement statement);

/* Deletes what history said. */
struct status outcome_forget(struct store *store);

/* Remembers the first failure; false after one. */
bool past_check(struct past *past, int result);

#endif
