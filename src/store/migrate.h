/* Brings a database to this program's version.  For this room only. */
#ifndef STARTTRACE_STORE_MIGRATE_H
#define STARTTRACE_STORE_MIGRATE_H

#include "base/status.h"
#include "store/schema.h"

#include <stdint.h>

struct sqlite3;

/* The newest version there is: that of the last file in migrations/, or 1. */
int64_t migrate_newest(const struct schema_file *files);

/* The version of an open database; 0 for a new one.  A newer one than this program's is refused. */
struct status migrate_version(struct sqlite3 *db, const char *path, const struct schema_file *files,
	int64_t *version_r);

/* For whoever brings nothing up to date: an older one than this program's is refused as well. */
struct status migrate_check(struct sqlite3 *db, const char *path, const struct schema_file *files);

/* A new database gets the tables; an older one each migration after its own version, in order.
 * Both get the views, and the catalogue if theirs is another.  All in one transaction: either it is
 * done or nothing is. */
struct status migrate(struct sqlite3 *db, const char *path, const struct schema_file *files);

#endif
