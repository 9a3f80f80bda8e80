/* Puts the rows of entries into the database. */
#include "store/rows.h"

#include "store/bind.h"
#include "store/numbers.h"
#include "store/shared_rows.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdlib.h>

struct rows {
	sqlite3            *db;
	sqlite3_stmt       *inserts[TABLES];
	struct shared_rows *shared;
};

/* An entry on its way into the database. */
struct replay {
	struct rows   *rows;
	const uint8_t *at;              /* the next value */
	int64_t        capture_id;
	int64_t        session_id;      /* 0 until it is known */
	int64_t        certificate_id;
};

/* Values ------------------------------------------------------------------------------------------ */

static void
take(struct replay *replay, void *out, size_t len)
{
	memcpy(out, replay->at, len);
	replay->at += len;
}

static struct span
take_bytes(struct replay *replay)
{
	struct span bytes;
	uint32_t len;

	take(replay, &len, sizeof(len));
	bytes = span_from(replay->at, len);
	replay->at += len;
	return bytes;
}

static int
bind_null(struct replay *replay, sqlite3_stmt *statement, int column)
{
	(void)replay;
	return sqlite3_bind_null(statement, column);
}

static int
bind_integer(struct replay *replay, sqlite3_stmt *statement, int column)
{
	int64_t number;

	take(replay, &number, sizeof(number));
	return sqlite3_bind_int64(statement, column, number);
}

static int
bind_text(struct replay *replay, sqlite3_stmt *statement, int column)
{
	struct span text = take_bytes(replay);

	return sqlite3_bind_text64(statement, column, (const char *)text.at, text.len, SQLITE_STATIC, SQLITE_UTF8);
}

static int
bind_blob(struct replay *replay, sqlite3_stmt *statement, int column)
{
	struct span bytes = take_bytes(replay);

	return sqlite3_bind_blob64(statement, column, bytes.at, bytes.len, SQLITE_STATIC);
}

static int
bind_capture(struct replay *replay, sqlite3_stmt *statement, int column)
{
	return sqlite3_bind_int64(statement, column, replay->capture_id);
}

/* NULL makes a new id. */
static int
bind_session(struct replay *replay, sqlite3_stmt *statement, int column)
{
	if (replay->session_id == 0)
		return sqlite3_bind_null(statement, column);
	return sqlite3_bind_int64(statement, column, replay->session_id);
}

static int
bind_number(struct replay *replay, sqlite3_stmt *statement, int column)
{
	int64_t number;

	take(replay, &number, sizeof(number));
	return sqlite3_bind_int64(statement, column, replay->session_id * NUMBERS_OF_A_SESSION + number);
}

static int
bind_kind(struct replay *replay, sqlite3_stmt *statement, int column)
{
	const char *word;
	int64_t kind = 0;
	int result;

	take(replay, &word, sizeof(word));
	result = shared_kind(replay->rows->shared, word, &kind);
	return result == SQLITE_OK ? sqlite3_bind_int64(statement, column, kind) : result;
}

static int
bind_certificate(struct replay *replay, sqlite3_stmt *statement, int column)
{
	return sqlite3_bind_int64(statement, column, replay->certificate_id);
}

/* Rows -------------------------------------------------------------------------------------------- */

static int
replay_row(struct replay *replay, enum table table, const uint8_t *end)
{
	static int (*const binds[VALUES])(struct replay *, sqlite3_stmt *, int) = {
		[VALUE_NULL] = bind_null,
		[VALUE_INTEGER] = bind_integer,
		[VALUE_TEXT] = bind_text,
		[VALUE_BLOB] = bind_blob,
		[VALUE_CAPTURE] = bind_capture,
		[VALUE_SESSION] = bind_session,
		[VALUE_NUMBER] = bind_number,
		[VALUE_KIND] = bind_kind,
		[VALUE_CERTIFICATE] = bind_certificate,
	};
	sqlite3_stmt *statement = replay->rows->inserts[table];
	int result = SQLITE_OK;

	for (int column = 1; replay->at < end && result == SQLITE_OK; column++)
		result = binds[*replay->at++](replay, statement, column);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	sqlite3_reset(statement);
	return result == SQLITE_DONE ? SQLITE_OK : result;
}

/* Most certificates were shown by many sessions before. */
static int
replay_certificate(struct replay *replay, const uint8_t *end)
{
	const uint8_t *digest = replay->at + sizeof(uint8_t) + sizeof(uint32_t);
	struct shared_rows *shared = replay->rows->shared;
	int result;

	assert(*replay->at == VALUE_BLOB);
	if (shared_certificate_remembered(shared, digest, &replay->certificate_id)) {
		replay->at = end;
		return SQLITE_OK;
	}
	result = replay_row(replay, TABLE_CERTIFICATE, end);
	return result == SQLITE_OK ? shared_certificate_find(shared, digest, &replay->certificate_id) : result;
}

static int
replay_next(struct replay *replay)
{
	struct entry_row head;
	const uint8_t *end;
	int result;

	take(replay, &head, sizeof(head));
	end = replay->at + head.len;
	if (head.table == TABLE_CERTIFICATE)
		return replay_certificate(replay, end);
	result = replay_row(replay, (enum table)head.table, end);
	if (head.table == TABLE_SESSION)
		replay->session_id = sqlite3_last_insert_rowid(replay->rows->db);
	return result;
}

int
rows_add(struct rows *rows, int64_t capture_id, const struct entry *entry, int64_t *session_id)
{
	struct replay replay = { .rows = rows, .at = entry->rows.at, .capture_id = capture_id,
		.session_id = *session_id };
	const uint8_t *end = entry->rows.at + entry->rows.len;
	int result = SQLITE_OK;

	while (replay.at < end && result == SQLITE_OK)
		result = replay_next(&replay);
	*session_id = replay.session_id;
	return result;
}

/* The statements ------------------------------------------------------------------------------- */

int
rows_new(struct sqlite3 *db, struct rows **rows_r)
{
	struct rows *rows = calloc(1, sizeof(*rows));
	int result = rows != NULL ? shared_rows_new(db, &rows->shared) : SQLITE_NOMEM;
	struct buffer sql = { 0 };

	for (int i = 0; i < TABLES && result == SQLITE_OK; i++) {
		const char *statement = entry_statement((enum table)i, &sql);

		result = sql.failed ? SQLITE_NOMEM : sqlite3_prepare_v3(db, statement, -1, SQLITE_PREPARE_PERSISTENT,
			&rows->inserts[i], NULL);
	}
	if (result == SQLITE_OK)
		rows->db = db;
	else
		rows_free(&rows);
	buffer_free(&sql);
	*rows_r = rows;
	return result;
}

void
rows_free(struct rows **rows)
{
	if (*rows == NULL)
		return;
	for (size_t i = 0; i < TABLES; i++)
		sqlite3_finalize((*rows)->inserts[i]);
	shared_rows_free(&(*rows)->shared);
	free(*rows);
	*rows = NULL;
}

int
rows_kind(struct rows *rows, const char *word, int64_t *row_r)
{
	return shared_kind(rows->shared, word, row_r);
}

void
rows_forget(struct rows *rows)
{
	shared_rows_forget(rows->shared);
}
