/* A folder under /tmp, one at a time. */
#include "sample_folder.h"

#include "base/table.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

char sample_folder[64];

static int
remove_one(const char *path, const struct stat *file, int type, struct FTW *where)
{
	(void)file;
	(void)type;
	(void)where;
	return remove(path);
}

int
sample_setup(void **state)
{
	(void)state;
	strcpy(sample_folder, "/tmp/starttrace-unit-XXXXXX");
	return mkdtemp(sample_folder) == NULL || chmod(sample_folder, 0755) != 0;
}

int
sample_teardown(void **state)
{
	(void)state;
	return nftw(sample_folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *
sample_path(const char *name)
{
	static char paths[16][128];
	static size_t next;
	char *path = paths[next++ % TABLE_LENGTH(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", sample_folder, name);
	return path;
}
