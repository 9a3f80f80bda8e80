/* One writer per database: an advisory lock on a file beside it.  Not on the database itself, whose
 * own locks the kernel would drop when this descriptor closes. */
#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct lock {
	int   file;
	char *path;
};

/* The lock counts only while the file still has its name: the run before may just have removed
 * it. */
static bool
is_in_place(const struct lock *lock)
{
	struct stat held, named;

	return fstat(lock->file, &held) == 0 && stat(lock->path, &named) == 0 &&
	       held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

static struct status
refused(const char *database, int cause)
{
	if (cause == EWOULDBLOCK)
		return status_of(STATUS_STORE,
			"%s: another run is writing to this database; wait for it to end, or name "
			"another with -d", database);
	return status_of(STATUS_STORE, "%s: cannot lock this database: %s", database,
		strerror(cause));
}

static struct status
take(struct lock *lock, const char *database)
{
	for (;;) {
		lock->file = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (lock->file < 0)
			return refused(database, errno);
		if (flock(lock->file, LOCK_EX | LOCK_NB) != 0) {
			int cause = errno;

			close(lock->file);
			return refused(database, cause);
		}
		if (is_in_place(lock))
			return status_ok();
		close(lock->file);
	}
}

struct status
lock_take(const char *database, struct lock **lock_r)
{
	struct lock *lock = calloc(1, sizeof(*lock));
	struct status status;

	*lock_r = NULL;
	if (lock == NULL || asprintf(&lock->path, "%s-lock", database) < 0) {
		free(lock);
		return status_of(STATUS_NO_MEMORY, "%s: out of memory", database);
	}
	status = take(lock, database);
	if (status_is_ok(&status)) {
		*lock_r = lock;
		return status;
	}
	free(lock->path);
	free(lock);
	return status;
}

bool
lock_is_there(const char *database)
{
	char *path = NULL;
	bool there = asprintf(&path, "%s-lock", database) >= 0 && access(path, F_OK) == 0;

	free(path);
	return there;
}

void
lock_give(struct lock **lock)
{
	if (*lock == NULL)
		return;
	unlink((*lock)->path);          /* while it is held: nobody else's file can have the name */
	close((*lock)->file);
	free((*lock)->path);
	free(*lock);
	*lock = NULL;
}
