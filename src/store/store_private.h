/* What the writer's two files share: store.c opens, batches and writes sessions, captures.c knows
 * runs and captures.  For this room, and for tests that set limits as a full disk would. */
#ifndef STARTTRACE_STORE_STORE_PRIVATE_H
#define STARTTRACE_STORE_STORE_PRIVATE_H

#include "store/store.h"

#include <stddef.h>
#include <time.h>

struct sqlite3;
struct sqlite3_stmt;

struct store {
	char           *path;
	struct sqlite3 *db;
	struct lock    *lock;
	struct rows    *rows;
	struct ongoing *ongoing;
	int64_t         run_id;           /* 0: no run has begun */
	int64_t        *captures;         /* row ids by index in the run */
	size_t          capture_count;
	bool            live;
	bool            in_batch;
	bool            changed;          /* sessions came or went in this run */
	bool            settled;
	size_t          batch_sessions;
	time_t          batch_began;
	struct status   failed;         /* the first failure; nothing is written after it */
};

/* What is pending when a write fails is given up: it is read again with its capture. */
struct status store_fail(struct store *store, struct status status);

/* The status of one of SQLite's results; a bad one is the store's failure. */
struct status store_check(struct store *store, int result);

/* Statements without rows. */
struct status store_execute(struct store *store, const char *sql);

/* Begins a batch unless there is one. */
struct status store_batch(struct store *store);

/* Prepares a statement inside the batch; NULL when that, or an earlier call, failed.  Binding to
 * NULL does nothing, and store_step tells of the failure. */
struct sqlite3_stmt *store_prepare(struct store *store, const char *sql);

/* Runs it to its end and frees it. */
struct status store_step(struct store *store, struct sqlite3_stmt *statement);

/* Of the run whose policy is in force: the last one of this database's own, and where all were merged into it, the one
 * that began last. */
#define OF_LAST_RUN " FROM run ORDER BY merged, CASE WHEN merged THEN started ELSE id END DESC, name DESC LIMIT 1"

/* The row id of a capture of this run. */
int64_t store_capture_row(const struct store *store, uint32_t index);

#endif
