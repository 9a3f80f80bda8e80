/* What writer and reader share: opening a database safely, and saying what is wrong with it.  For
 * this room only. */
#ifndef STARTTRACE_STORE_DATABASE_H
#define STARTTRACE_STORE_DATABASE_H

#include "base/status.h"

#include <stdint.h>

struct sqlite3;

enum {
	DATABASE_APPLICATION_ID = 0x53545254,   /* "STRT" */
};

enum database_mode {
	DATABASE_READ,          /* never creates, never writes */
	DATABASE_CHANGE,        /* writes into what is there, never creates */
	DATABASE_WRITE,         /* creates what is missing */
};

/* Opens the file of that name, whatever its name looks like, and checks that it is one of ours or,
 * for writing, an empty one.  NULL in *db_r after a failure. */
struct status database_open(const char *path, enum database_mode mode, struct sqlite3 **db_r);

/* Puts the write-ahead log away, so that the database is one plain file.  Others that have it open keep it from that;
 * those that are about to close it are waited for. */
void database_rest(struct sqlite3 *db);

/* What SQLite's result code means to the person who named this database. */
struct status database_trouble(struct sqlite3 *db, const char *path, int result);

/* Runs statements that give no rows. */
struct status database_run(struct sqlite3 *db, const char *path, const char *sql);

/* The one number that a statement gives. */
struct status database_number(struct sqlite3 *db, const char *path, const char *sql,
	int64_t *number_r);

#endif
