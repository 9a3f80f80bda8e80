/* Opening a database and saying what is wrong with it.  A database may come from somebody else:
 * nothing in its schema is trusted to run code, and only ours are touched. */
#include "store/database.h"

#include "base/text.h"
#include "store/functions.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	BUSY_TIMEOUT_MS = 5000,         /* longer than a commit, shorter than a person waits */
	REST_STEP_MS = 20,
	REST_TRIES = 25,
	LOOKASIDE_SLOT = 1200,          /* bytes: what SQLite itself takes for usual */
	LOOKASIDE_SLOTS = 400,          /* a session's rows have some hundred texts at a time */
};

static const struct {
	int         result;
	const char *says;
} troubles[] = {
	{ SQLITE_BUSY, "another program is using this database; try again when it is done" },
	{ SQLITE_LOCKED, "another program is using this database; try again when it is done" },
	{ SQLITE_NOTADB, "this is no SQLite database; name another file with -d" },
	{ SQLITE_CORRUPT, "the database is damaged; restore a copy, or read the captures into "
	                  "a new one" },
	{ SQLITE_FULL, "the disk is full; what was committed is safe: make room and run the same "
	               "command again" },
	{ SQLITE_READONLY, "no permission to write to this database or its folder; name another "
	                   "with -d" },
	{ SQLITE_PERM, "no permission to use this database; name another with -d" },
	{ SQLITE_AUTH, "no permission to use this database; name another with -d" },
	{ SQLITE_NOMEM, "out of memory" },
	{ SQLITE_TOOBIG, "a value is too big for the database" },
};

/* The file is there, and what SQLite misses is the index of its write-ahead log. */
static const char needs_its_log[] =
	"a run was killed, and this folder must be writable to read what it wrote; copy the "
	"database, with the -wal file beside it, to another folder";

/* The same where a journal took the place of a log. */
static const char needs_its_journal[] =
	"a run was killed in the middle of a transaction; "
	"the next `starttrace read -d` into this database takes that back";

static bool
is_refusal(int code)
{
	return code == SQLITE_CONSTRAINT || code == SQLITE_TOOBIG || code == SQLITE_MISMATCH || code == SQLITE_RANGE;
}

struct status
database_trouble(struct sqlite3 *db, const char *path, int result)
{
	int cause = db != NULL ? sqlite3_system_errno(db) : 0;

	/* growing the write-ahead log's index reports a full disk as an input/output error */
	if ((result & 0xFF) == SQLITE_IOERR && (cause == ENOSPC || cause == EDQUOT))
		result = SQLITE_FULL;
	if (result == SQLITE_READONLY_CANTINIT || result == SQLITE_READONLY_RECOVERY)
		return status_of(STATUS_STORE, "%s: %s", path, needs_its_log);
	if (result == SQLITE_READONLY_ROLLBACK)
		return status_of(STATUS_STORE, "%s: %s", path, needs_its_journal);
	for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++)
		if (troubles[i].result == (result & 0xFF))
			return status_of(STATUS_STORE, "%s: %s", path, troubles[i].says);
	/* where it may not make the file SQLite looks for one to read, and tells of that */
	if ((result & 0xFF) == SQLITE_CANTOPEN && cause == ENOENT)
		return status_of(STATUS_STORE, "%s: %s", path, access(path, F_OK) == 0 ? needs_its_log
			: "no permission to make a file in this folder; name another with -d");
	if ((result & 0xFF) == SQLITE_CANTOPEN || (result & 0xFF) == SQLITE_IOERR)
		return status_of(STATUS_STORE, "%s: cannot use this database: %s", path,
			cause != 0 ? strerror(cause) : sqlite3_errstr(result));
	return status_of(is_refusal(result & 0xFF) ? STATUS_REFUSED : STATUS_STORE, "%s: %s", path,
		db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(result));
}

struct status
database_run(struct sqlite3 *db, const char *path, const char *sql)
{
	int result = sqlite3_exec(db, sql, NULL, NULL, NULL);

	return result == SQLITE_OK ? status_ok() : database_trouble(db, path, result);
}

struct status
database_number(struct sqlite3 *db, const char *path, const char *sql, int64_t *number_r)
{
	sqlite3_stmt *statement;
	int result = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		*number_r = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return result == SQLITE_ROW || result == SQLITE_DONE ? status_ok()
	                                                     : database_trouble(db, path, result);
}

/* The folder that is to hold `path`, when it is not there: SQLite's words do not tell that. */
static bool
folder_is_missing(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct stat folder;
	char *name;
	bool missing;

	if (slash == NULL || slash == path)
		return false;
	name = strndup(path, (size_t)(slash - path));
	missing = name != NULL && (stat(name, &folder) != 0 || !S_ISDIR(folder.st_mode));
	free(name);
	return missing;
}

/* What a look at the file alone can tell, in better words than SQLite has. */
static struct status
check_file(const char *path, enum database_mode mode)
{
	struct stat file;

	if (*path == '\0')
		return status_of(STATUS_USAGE, "the name of the database is empty");
	if (stat(path, &file) == 0) {
		if (S_ISDIR(file.st_mode))
			return status_of(STATUS_STORE, "%s: this is a folder; name a file in it",
				path);
		if (!S_ISREG(file.st_mode))
			return status_of(STATUS_STORE, "%s: this is no file", path);
		return status_ok();
	}
	if (folder_is_missing(path))
		return status_of(STATUS_STORE, "%s: there is no such folder; create it first",
			path);
	if (errno != ENOENT)
		return status_of(STATUS_STORE, "%s: %s", path, strerror(errno));
	if (mode != DATABASE_WRITE)
		return status_of(STATUS_STORE,
			"%s: there is no such database; make it with `starttrace read -d`, or name "
			"another with -d", path);
	return status_ok();
}

/* Nobody asks how much memory SQLite has: counting it costs a lock with each allocation.  Refused, and of no matter,
 * once there is a connection. */
static void
count_no_memory(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* SQLite takes ":memory:" and "file:..." for something else than files of that name.  A name that is no such URI stays
 * what it is; one that is attached later may be one. */
static int
open_plain(const char *path, int flags, sqlite3 **db_r)
{
	char *plain = NULL;
	int result = SQLITE_NOMEM;

	*db_r = NULL;
	if (asprintf(&plain, "%s%s", *path == '/' ? "" : "./", path) >= 0)
		result = sqlite3_open_v2(plain, db_r, flags | SQLITE_OPEN_URI, NULL);
	free(plain);
	return result;
}

/* SQLite 3.40 takes its own JSON functions for unsafe in views unless the schema is trusted; it may
 * be, since no function here can do more than compute, and extensions cannot be loaded. */
static void
trust_little(sqlite3 *db)
{
	sqlite3_extended_result_codes(db, 1);
	sqlite3_db_config(db, SQLITE_DBCONFIG_LOOKASIDE, NULL, LOOKASIDE_SLOT, LOOKASIDE_SLOTS);
	sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
}

static struct status
check_owner(sqlite3 *db, const char *path, enum database_mode mode)
{
	int64_t application = 0, objects = 0;
	struct status status = database_number(db, path, "PRAGMA application_id", &application);

	if (status_is_ok(&status))
		status = database_number(db, path, "SELECT count(*) FROM sqlite_schema", &objects);
	if (!status_is_ok(&status) || application == DATABASE_APPLICATION_ID)
		return status;
	if (application != 0 || objects > 0)
		return status_of(STATUS_STORE,
			"%s: this database belongs to another program; name another file with -d",
			path);
	if (mode != DATABASE_WRITE)
		return status_of(STATUS_STORE,
			"%s: this database is empty; no run has written to it", path);
	return status;
}

struct status
database_open(const char *path, enum database_mode mode, struct sqlite3 **db_r)
{
	static const int flags[] = {
		[DATABASE_READ] = SQLITE_OPEN_READONLY,
		[DATABASE_CHANGE] = SQLITE_OPEN_READWRITE,
		[DATABASE_WRITE] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
	};
	struct status status = check_file(path, mode);
	int result;

	*db_r = NULL;
	if (!status_is_ok(&status))
		return status;
	count_no_memory();
	result = open_plain(path, flags[mode] | SQLITE_OPEN_NOMUTEX, db_r);
	if (result == SQLITE_OK) {
		trust_little(*db_r);
		result = functions_add(*db_r);
	}
	if (result == SQLITE_OK) {
		status = check_owner(*db_r, path, mode);
	} else {
		status = database_trouble(*db_r, path, result);
	}
	/* a file without write permission opens for reading instead, without a word */
	if (status_is_ok(&status) && mode != DATABASE_READ &&
	    sqlite3_db_readonly(*db_r, "main") != 0)
		status = database_trouble(*db_r, path, SQLITE_READONLY);
	if (!status_is_ok(&status)) {
		sqlite3_close(*db_r);
		*db_r = NULL;
	}
	return status;
}

static bool
has_log(sqlite3 *db)
{
	static const char sql[] = "PRAGMA journal_mode = DELETE";
	sqlite3_stmt *statement;
	bool has = true;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
		has = strcmp((const char *)sqlite3_column_text(statement, 0), "wal") == 0;
	sqlite3_finalize(statement);
	return has;
}

void
database_rest(struct sqlite3 *db)
{
	sqlite3_busy_timeout(db, 0);
	for (int tries = 0; has_log(db) && tries < REST_TRIES; tries++)
		usleep(REST_STEP_MS * 1000);
}
