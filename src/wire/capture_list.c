/* The files behind the names of a command line, as one timeline: rotated files are read in the
 * order in which they were written, whatever they are called. */
#include "wire/capture.h"

#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum place {
	BY_TIME,
	UNTIMED,                /* holds no frame, or cannot be opened */
	STANDARD_INPUT,
};

struct entry {
	char      *path;
	bool       named;       /* on the command line: listed even if it is no capture */
	bool       known;       /* device and inode tell which file it is */
	bool       is_file;     /* regular: a look into it takes nothing away */
	dev_t      device;
	ino_t      inode;
	size_t     order;       /* in which it was found */
	enum place place;
	int64_t    time_ns;
};

struct entries {
	struct entry *at;
	size_t        count, room;
};

static bool
entries_grow(struct entries *entries)
{
	size_t room = entries->room > 0 ? entries->room * 2 : 64;
	struct entry *at = realloc(entries->at, room * sizeof(*at));

	if (at == NULL)
		return false;
	entries->at = at;
	entries->room = room;
	return true;
}

static bool
entries_add(struct entries *entries, const char *path, const struct stat *about, bool named)
{
	struct entry *entry;
	char *copy;

	if (entries->count == entries->room && !entries_grow(entries))
		return false;
	copy = strdup(path);
	if (copy == NULL)
		return false;
	entry = &entries->at[entries->count];
	*entry = (struct entry){
		.path = copy,
		.named = named,
		.order = entries->count,
		.place = strcmp(path, "-") == 0 && named ? STANDARD_INPUT : UNTIMED,
	};
	if (about != NULL) {
		entry->known = true;
		entry->is_file = S_ISREG(about->st_mode);
		entry->device = about->st_dev;
		entry->inode = about->st_ino;
	}
	entries->count++;
	return true;
}

static void
entries_free(struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++)
		free(entries->at[i].path);
	free(entries->at);
}

static int
by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* One thing that the walk met: files are kept; what cannot be read is told of by the attempt to
 * open it. */
static bool
walk_step(struct entries *entries, FTS *walk, FTSENT *met)
{
	bool top = met->fts_level == FTS_ROOTLEVEL;

	if (!top && met->fts_name[0] == '.') {
		fts_set(walk, met, FTS_SKIP);
		return true;
	}
	switch (met->fts_info) {
	case FTS_F:
		return entries_add(entries, met->fts_path, met->fts_statp, false);
	case FTS_DNR:
		return entries_add(entries, met->fts_path, NULL, true);
	default:
		return true;
	}
}

static bool
walk_directory(struct entries *entries, const char *path)
{
	char *name = strdup(path);
	char *const roots[] = { name, NULL };
	FTS *walk = NULL;
	FTSENT *met;
	bool fine = true;

	if (name != NULL)
		walk = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	if (walk == NULL) {
		free(name);
		return false;
	}
	while (fine && (met = fts_read(walk)) != NULL)
		fine = walk_step(entries, walk, met);
	fts_close(walk);
	free(name);
	return fine;
}

static bool
name_add(struct entries *entries, const char *name)
{
	struct stat about = { 0 };

	if (strcmp(name, "-") == 0)
		return entries_add(entries, name, &about, true);
	if (stat(name, &about) != 0)
		return entries_add(entries, name, NULL, true);
	if (S_ISDIR(about.st_mode))
		return walk_directory(entries, name);
	return entries_add(entries, name, &about, true);
}

static int
compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int
by_identity(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = compare(a->known, b->known);

	if (order == 0 && a->known)
		order = compare(a->device, b->device);
	if (order == 0 && a->known)
		order = compare(a->inode, b->inode);
	return order != 0 ? order : compare(a->order, b->order);
}

static int
by_time(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->place != b->place)
		return compare(a->place, b->place);
	if (a->place == BY_TIME && a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return compare(a->order, b->order);
}

/* Keeps one name of each file: the one that was found first. */
static void
drop_doubles(struct entries *entries)
{
	size_t kept = 0;

	if (entries->count == 0)
		return;
	qsort(entries->at, entries->count, sizeof(*entries->at), by_identity);
	for (size_t i = 1; i < entries->count; i++) {
		struct entry *last = &entries->at[kept], *next = &entries->at[i];

		if (last->known && next->known && last->device == next->device &&
		    last->inode == next->inode) {
			last->named |= next->named;
			free(next->path);
		} else {
			entries->at[++kept] = *next;
		}
	}
	entries->count = kept + 1;
}

/* Reads up to the first frame.  False for a file that is no capture; one that cannot be read now may be one. */
static bool
look_inside(struct entry *entry)
{
	struct capture *capture;
	struct frame frame;
	struct status status = capture_open(entry->path, NULL, 0, &capture);

	if (!status_is_ok(&status))
		return status.code != STATUS_INPUT || access(entry->path, R_OK) != 0;
	if (capture_next(capture, &frame) == CAPTURE_FRAME) {
		entry->place = BY_TIME;
		entry->time_ns = frame.at.time_ns;
	}
	capture_close(&capture);
	return true;
}

static void
drop_others(struct entries *entries)
{
	size_t kept = 0;

	for (size_t i = 0; i < entries->count; i++) {
		struct entry *entry = &entries->at[i];
		bool is_capture = !entry->is_file || look_inside(entry);

		if (is_capture || entry->named)
			entries->at[kept++] = *entry;
		else
			free(entry->path);
	}
	entries->count = kept;
}

/* The list takes the paths over. */
static bool
hand_over(struct entries *entries, struct capture_list *list)
{
	list->paths = calloc(entries->count + 1, sizeof(*list->paths));
	if (list->paths == NULL)
		return false;
	for (size_t i = 0; i < entries->count; i++)
		list->paths[i] = entries->at[i].path;
	list->count = entries->count;
	entries->count = 0;
	return true;
}

struct status
capture_list_new(char *const *names, size_t count, struct capture_list *list_r)
{
	struct entries entries = { 0 };
	bool fine = true;

	*list_r = (struct capture_list){ 0 };
	for (size_t i = 0; fine && i < count; i++)
		fine = name_add(&entries, names[i]);
	if (fine && entries.count > 0) {
		drop_doubles(&entries);
		drop_others(&entries);
		qsort(entries.at, entries.count, sizeof(*entries.at), by_time);
	}
	fine = fine && hand_over(&entries, list_r);
	entries_free(&entries);
	return fine ? status_ok() : status_of(STATUS_NO_MEMORY, "out of memory");
}

void
capture_list_free(struct capture_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->paths[i]);
	free(list->paths);
	*list = (struct capture_list){ 0 };
}
