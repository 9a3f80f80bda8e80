/* One writer per database, for as long as a whole run.  SQLite's own lock lasts only as long as a
 * transaction, and a second run must not take the first one's unfinished captures for a killed
 * run's.  For this room only. */
#ifndef STARTTRACE_STORE_LOCK_H
#define STARTTRACE_STORE_LOCK_H

#include "base/status.h"

struct lock;

/* Takes the lock of the database whose canonical path this is, without waiting: a file beside it,
 * named after it with "-lock" appended, which is gone again after lock_give.  A killed run leaves
 * the file, not the lock. */
struct status lock_take(const char *database, struct lock **lock_r);
void          lock_give(struct lock **lock);

/* Whether there is such a file: a run is writing, or was killed. */
bool lock_is_there(const char *database);

#endif
