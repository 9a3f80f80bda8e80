/* Puts the rows of rowsets into the database. */
#include "store/rows_private.h"

#include "store/bind.h"
#include "store/numbers.h"
#include "store/pattern_row.h"
#include "store/remembered.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdlib.h>

/* Values ------------------------------------------------------------------------------------------ */

static struct span
take_bytes(struct replay *replay)
{
	struct span bytes;
	uint32_t len;

	replay_take(replay, &len, sizeof(len));
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

	replay_take(replay, &number, sizeof(number));
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

	replay_take(replay, &number, sizeof(number));
	return sqlite3_bind_int64(statement, column, replay->session_id * NUMBERS_OF_A_SESSION + number);
}

static int
bind_kind(struct replay *replay, sqlite3_stmt *statement, int column)
{
	const char *word;
	int64_t kind = 0;
	int result;

	replay_take(replay, &word, sizeof(word));
	result = shared_kind(replay->rows->shared, word, &kind);
	return result == SQLITE_OK ? sqlite3_bind_int64(statement, column, kind) : result;
}

static int
bind_certificate(struct replay *replay, sqlite3_stmt *statement, int column)
{
	return sqlite3_bind_int64(statement, column, replay->certificate_id);
}

static int
bind_buffer(const struct buffer *text, sqlite3_stmt *statement, int column)
{
	if (text->len == 0)
		return sqlite3_bind_null(statement, column);
	return sqlite3_bind_text64(statement, column, (const char *)text->at, text->len, SQLITE_STATIC, SQLITE_UTF8);
}

static int
bind_vantage(struct replay *replay, sqlite3_stmt *statement, int column)
{
	return bind_buffer(&replay->rows->vantage, statement, column);
}

static int
bind_findings(struct replay *replay, sqlite3_stmt *statement, int column)
{
	return bind_buffer(&replay->rows->findings, statement, column);
}

static int
bind_pattern(struct replay *replay, sqlite3_stmt *statement, int column)
{
	return sqlite3_bind_int64(statement, column, replay->pattern_id);
}

static int
bind_tally(struct replay *replay, sqlite3_stmt *statement, int column)
{
	return sqlite3_bind_int64(statement, column, replay->tally_id);
}

/* Rows -------------------------------------------------------------------------------------------- */

int
replay_bind(struct replay *replay, sqlite3_stmt *statement, const uint8_t *end)
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
		[VALUE_VANTAGE] = bind_vantage,
		[VALUE_FINDINGS] = bind_findings,
		[VALUE_PATTERN] = bind_pattern,
		[VALUE_TALLY] = bind_tally,
	};
	int result = SQLITE_OK;

	for (int column = 1; replay->at < end && result == SQLITE_OK; column++)
		result = binds[*replay->at++](replay, statement, column);
	return result;
}

int
rows_run(sqlite3_stmt *statement, int result, int64_t *number_r)
{
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	if (result == SQLITE_ROW) {
		*number_r = sqlite3_column_int64(statement, 0);
		result = SQLITE_DONE;
	}
	sqlite3_reset(statement);
	return result == SQLITE_DONE ? SQLITE_OK : result;
}

int
replay_row(struct replay *replay, enum table table, const uint8_t *end)
{
	sqlite3_stmt *statement = replay->rows->inserts[table];
	int64_t none;

	return rows_run(statement, replay_bind(replay, statement, end), &none);
}

/* Most certificates were shown by many sessions before. */
int
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

/* Rowsets ----------------------------------------------------------------------------------------- */

static int
replay_next(struct replay *replay, const struct rowset *rowset)
{
	struct rowset_row head;
	const uint8_t *end;
	int result;

	replay_take(replay, &head, sizeof(head));
	end = replay->at + head.len;
	if (head.table == TABLE_CERTIFICATE)
		return replay_certificate(replay, end);
	if (head.table == TABLE_TALLY)
		return replay_tally(replay, rowset, end);
	result = replay_row(replay, (enum table)head.table, end);
	if (head.table == TABLE_SESSION)
		replay->session_id = sqlite3_last_insert_rowid(replay->rows->db);
	return result;
}

static int
know_vantage(struct rows *rows, int64_t capture_id)
{
	sqlite3_stmt *ask = rows->askings[ASK_VANTAGE];
	int result;

	if (rows->vantage_of == capture_id)
		return SQLITE_OK;
	buffer_clear(&rows->vantage);
	sqlite3_bind_int64(ask, 1, capture_id);
	result = sqlite3_step(ask);
	if (result == SQLITE_ROW)
		buffer_add_text(&rows->vantage, (const char *)sqlite3_column_text(ask, 0));
	sqlite3_reset(ask);
	rows->vantage_of = capture_id;
	if (rows->vantage.failed)
		return SQLITE_NOMEM;
	return result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : result;
}

int
rows_add(struct rows *rows, int64_t capture_id, const struct rowset *rowset, int64_t *session_id)
{
	struct replay replay = { .rows = rows, .at = rowset->rows.at, .capture_id = capture_id,
		.session_id = *session_id };
	struct tally_share share = rowset->share;
	const uint8_t *end = rowset->rows.at + rowset->rows.len;
	int result = know_vantage(rows, capture_id);

	while (replay.at < end && result == SQLITE_OK)
		result = replay_next(&replay, rowset);
	*session_id = share.session_id = replay.session_id;
	return result == SQLITE_OK ? tallies_add(rows->tallies, replay.tally_id, &share) : result;
}

/* The statements ------------------------------------------------------------------------------- */

static int
prepare(struct sqlite3 *db, const char *sql, sqlite3_stmt **statement_r)
{
	return sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement_r, NULL);
}

static int
prepare_all(struct sqlite3 *db, struct rows *rows)
{
	static const char *const asked[ASKINGS] = {
		[ASK_VANTAGE] = "SELECT vantage FROM capture WHERE id = ?",
		[ASK_PATTERN] = pattern_row_find,
		[ASK_TALLY] = tally_row_find,
	};
	struct buffer sql = { 0 };
	int result = SQLITE_OK;

	for (size_t i = 0; i < ASKINGS && result == SQLITE_OK; i++)
		result = prepare(db, asked[i], &rows->askings[i]);
	for (int i = 0; i < TABLES && result == SQLITE_OK; i++) {
		const char *statement = rowset_statement((enum table)i, &sql);

		result = sql.failed ? SQLITE_NOMEM : prepare(db, statement, &rows->inserts[i]);
	}
	buffer_free(&sql);
	return result;
}

int
rows_new(struct sqlite3 *db, struct rows **rows_r)
{
	struct rows *rows = calloc(1, sizeof(*rows));
	int result = rows != NULL ? shared_rows_new(db, &rows->shared) : SQLITE_NOMEM;

	if (result == SQLITE_OK && (rows->remembered = remembered_new()) == NULL)
		result = SQLITE_NOMEM;
	if (result == SQLITE_OK)
		result = tallies_new(db, rows->remembered, &rows->tallies);
	if (result == SQLITE_OK)
		result = prepare_all(db, rows);
	if (result == SQLITE_OK)
		rows->db = db;
	else
		rows_free(&rows);
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
	for (size_t i = 0; i < ASKINGS; i++)
		sqlite3_finalize((*rows)->askings[i]);
	shared_rows_free(&(*rows)->shared);
	tallies_free(&(*rows)->tallies);
	remembered_free(&(*rows)->remembered);
	buffer_free(&(*rows)->vantage);
	buffer_free(&(*rows)->findings);
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
	remembered_forget(rows->remembered);
	tallies_drop(rows->tallies);
	rows->vantage_of = 0;
}

int
rows_flush(struct rows *rows)
{
	return tallies_flush(rows->tallies);
}

int
rows_settle(struct rows *rows)
{
	return tallies_settle(rows->tallies);
}
