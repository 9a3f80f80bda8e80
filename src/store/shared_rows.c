/* Rows that many sessions share.  What was met before is remembered, so that most sessions ask the
 * database nothing. */
#include "store/shared_rows.h"

#include "store/bind.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum {
	CERTIFICATES_REMEMBERED = 256,
};

enum statement {
	INSERT_KIND,
	FIND_KIND,
	FIND_CERTIFICATE,
	STATEMENTS
};

struct kind {
	const char *word;
	int64_t     row;
};

struct remembered_certificate {
	uint8_t sha256[SHA256_SIZE];
	int64_t row;                    /* 0: nothing is remembered here */
};

struct shared_rows {
	sqlite3_stmt                 *statements[STATEMENTS];
	struct kind                  *kinds;
	size_t                        kind_count;
	struct remembered_certificate certificates[CERTIFICATES_REMEMBERED];    /* by first byte */
};

/* Looks a row up by the one value that the caller has bound. */
static int
find_row(sqlite3_stmt *find, int64_t *row_r)
{
	int result = sqlite3_step(find);

	if (result == SQLITE_ROW)
		*row_r = sqlite3_column_int64(find, 0);
	sqlite3_reset(find);
	return result == SQLITE_ROW ? SQLITE_OK : result == SQLITE_DONE ? SQLITE_CORRUPT : result;
}

/* Kinds --------------------------------------------------------------------------------------- */

static const char kind_insert[] = "INSERT OR IGNORE INTO kind (word) VALUES (?)";

static int
remember_kind(struct shared_rows *shared, const char *word, int64_t row)
{
	struct kind *kinds = realloc(shared->kinds, (shared->kind_count + 1) * sizeof(*kinds));

	if (kinds == NULL)
		return SQLITE_NOMEM;
	kinds[shared->kind_count++] = (struct kind){ .word = word, .row = row };
	shared->kinds = kinds;
	return SQLITE_OK;
}

int
shared_kind(struct shared_rows *shared, const char *word, int64_t *row_r)
{
	struct row row = row_of(shared->statements[INSERT_KIND]);
	sqlite3_stmt *find = shared->statements[FIND_KIND];
	int result;

	for (size_t i = 0; i < shared->kind_count; i++)
		if (shared->kinds[i].word == word) {
			*row_r = shared->kinds[i].row;
			return SQLITE_OK;
		}
	row_text(&row, word);
	result = row_insert(&row);
	if (result == SQLITE_OK)
		result = sqlite3_bind_text(find, 1, word, -1, SQLITE_STATIC);
	if (result == SQLITE_OK)
		result = find_row(find, row_r);
	return result == SQLITE_OK ? remember_kind(shared, word, *row_r) : result;
}

/* Certificates -------------------------------------------------------------------------------- */

static struct remembered_certificate *
slot_of(struct shared_rows *shared, const uint8_t sha256[SHA256_SIZE])
{
	return &shared->certificates[sha256[0] % CERTIFICATES_REMEMBERED];
}

bool
shared_certificate_remembered(struct shared_rows *shared, const uint8_t sha256[SHA256_SIZE], int64_t *row_r)
{
	const struct remembered_certificate *slot = slot_of(shared, sha256);

	if (slot->row == 0 || memcmp(slot->sha256, sha256, SHA256_SIZE) != 0)
		return false;
	*row_r = slot->row;
	return true;
}

int
shared_certificate_find(struct shared_rows *shared, const uint8_t sha256[SHA256_SIZE], int64_t *row_r)
{
	struct remembered_certificate *slot = slot_of(shared, sha256);
	sqlite3_stmt *find = shared->statements[FIND_CERTIFICATE];
	int result = sqlite3_bind_blob(find, 1, sha256, SHA256_SIZE, SQLITE_STATIC);

	if (result == SQLITE_OK)
		result = find_row(find, row_r);
	if (result != SQLITE_OK)
		return result;
	memcpy(slot->sha256, sha256, SHA256_SIZE);
	slot->row = *row_r;
	return SQLITE_OK;
}

void
shared_rows_forget(struct shared_rows *shared)
{
	memset(shared->certificates, 0, sizeof(shared->certificates));
	shared->kind_count = 0;
}

/* The statements ------------------------------------------------------------------------------ */

int
shared_rows_new(struct sqlite3 *db, struct shared_rows **shared_r)
{
	static const char *const texts[STATEMENTS] = {
		[INSERT_KIND] = kind_insert,
		[FIND_KIND] = "SELECT id FROM kind WHERE word = ?",
		[FIND_CERTIFICATE] = "SELECT id FROM certificate WHERE sha256 = ?",
	};
	struct shared_rows *shared = calloc(1, sizeof(*shared));
	int result = shared != NULL ? SQLITE_OK : SQLITE_NOMEM;

	for (size_t i = 0; i < STATEMENTS && result == SQLITE_OK; i++)
		result = sqlite3_prepare_v3(db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
			&shared->statements[i], NULL);
	if (result != SQLITE_OK)
		shared_rows_free(&shared);
	*shared_r = shared;
	return result;
}

void
shared_rows_free(struct shared_rows **shared)
{
	if (*shared == NULL)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize((*shared)->statements[i]);
	free((*shared)->kinds);
	free(*shared);
	*shared = NULL;
}
