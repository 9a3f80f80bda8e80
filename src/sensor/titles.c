/* What finding kinds are called in the catalogue: read once, then asked from any thread. */
#include "sensor/titles.h"

#include "store/query.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct title {
	char *kind, *words;
};

struct titles {
	struct title *list;
	size_t        count;
	bool          failed;
};

static const char *
cell_of(const struct query_record *record, const char *name)
{
	for (size_t i = 0; i < record->count; i++)
		if (strcmp(record->names[i], name) == 0 && record->cells[i] != NULL)
			return record->cells[i];
	return "";
}

static void
take_kind(void *user, const struct query_record *record)
{
	struct titles *titles = user;
	struct title *list = realloc(titles->list, (titles->count + 1) * sizeof(*list));
	struct title *title;

	if (list == NULL) {
		titles->failed = true;
		return;
	}
	titles->list = list;
	title = &list[titles->count++];
	title->kind = strdup(cell_of(record, "id"));
	title->words = strdup(cell_of(record, "title"));
	titles->failed |= title->kind == NULL || title->words == NULL;
}

static int
by_kind(const void *a, const void *b)
{
	const struct title *one = a, *other = b;

	return strcmp(one->kind, other->kind);
}

struct status
titles_read(struct titles **titles_r)
{
	struct titles *titles = calloc(1, sizeof(*titles));
	struct query *query = NULL;
	struct status status;

	*titles_r = NULL;
	if (titles == NULL)
		return status_of(STATUS_NO_MEMORY, "out of memory");
	status = query_open_catalogue(&query);
	if (status_is_ok(&status))
		status = query_run_file(query, "kinds", NULL, 0, take_kind, titles);
	query_close(&query);
	if (status_is_ok(&status) && titles->failed)
		status = status_of(STATUS_NO_MEMORY, "out of memory");
	if (!status_is_ok(&status)) {
		titles_free(&titles);
		return status;
	}
	qsort(titles->list, titles->count, sizeof(*titles->list), by_kind);
	*titles_r = titles;
	return status;
}

void
titles_free(struct titles **titles)
{
	if (*titles == NULL)
		return;
	for (size_t i = 0; i < (*titles)->count; i++) {
		free((*titles)->list[i].kind);
		free((*titles)->list[i].words);
	}
	free((*titles)->list);
	free(*titles);
	*titles = NULL;
}

const char *
titles_of(const struct titles *titles, const char *kind)
{
	struct title *found = NULL;
	const struct title asked = { .kind = (char *)(uintptr_t)kind };

	if (titles != NULL && titles->count > 0)
		found = bsearch(&asked, titles->list, titles->count, sizeof(*titles->list), by_kind);
	return found != NULL ? found->words : "";
}
