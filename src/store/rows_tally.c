/* Finds what a session is counted as, its pattern and its tally, or makes their rows. */
#include "store/rows_private.h"

#include "store/remembered.h"

#include <sqlite3.h>

static int
take_finding(struct replay *replay, int64_t *kind_r, int64_t *number_r)
{
	const char *word;

	replay->at++;
	replay_take(replay, &word, sizeof(word));
	replay->at++;
	replay_take(replay, number_r, sizeof(*number_r));
	return shared_kind(replay->rows->shared, word, kind_r);
}

/* What was found in it, as session_pattern of schema/tallies.sql has it. */
static int
write_findings(struct replay *replay, struct span found)
{
	struct buffer *out = &replay->rows->findings;
	int64_t kind = 0, number = 0;
	int result = SQLITE_OK;

	buffer_clear(out);
	replay->at = found.at;
	while (replay->at < found.at + found.len && result == SQLITE_OK) {
		result = take_finding(replay, &kind, &number);
		if (out->len > 0)
			buffer_add_text(out, ",");
		buffer_add_number(out, (uint64_t)(kind * 4096 + number));
	}
	return out->failed ? SQLITE_NOMEM : result;
}

static int
add_findings(struct replay *replay, struct span found)
{
	sqlite3_stmt *insert = replay->rows->inserts[TABLE_PATTERN_FINDING];
	int64_t kind = 0, number = 0, none;
	int result = SQLITE_OK;

	replay->at = found.at;
	while (replay->at < found.at + found.len && result == SQLITE_OK) {
		result = take_finding(replay, &kind, &number);
		sqlite3_bind_int64(insert, 1, replay->pattern_id);
		sqlite3_bind_int64(insert, 2, kind);
		sqlite3_bind_int64(insert, 3, number);
		result = rows_run(insert, result, &none);
	}
	return result;
}

/* The pattern names a certificate by its row, which may not be there yet. */
static int
replay_certificates(struct replay *replay, struct span rows)
{
	const uint8_t *end = rows.at + rows.len;
	int result = SQLITE_OK;

	replay->at = rows.at;
	while (replay->at < end && result == SQLITE_OK) {
		struct rowset_row head;

		replay_take(replay, &head, sizeof(head));
		if (head.table == TABLE_CERTIFICATE)
			result = replay_certificate(replay, replay->at + head.len);
		else
			replay->at += head.len;
	}
	return result;
}

/* Sessions that are counted as others were, of which it is not remembered, are few: most often the row is new. */
static int
make_or_find(struct replay *replay, enum table table, enum asking asking, struct span told, int64_t *row_r,
	bool *made_r)
{
	struct rows *rows = replay->rows;
	const uint8_t *end = told.at + told.len;
	int result;

	replay->at = told.at;
	result = replay_row(replay, table, end);
	*made_r = sqlite3_changes(rows->db) > 0;
	*row_r = *made_r ? sqlite3_last_insert_rowid(rows->db) : 0;
	if (result != SQLITE_OK || *made_r)
		return result;
	replay->at = told.at;
	result = rows_run(rows->askings[asking], replay_bind(replay, rows->askings[asking], end), row_r);
	return result == SQLITE_OK && *row_r == 0 ? SQLITE_CORRUPT : result;
}

static int
make_pattern(struct replay *replay, const struct rowset *rowset)
{
	struct rowset_row head;
	struct span found, told;
	bool made = false;
	int result = replay_certificates(replay, buffer_span(&rowset->rows));

	replay->at = rowset->pattern.at;
	replay_take(replay, &head, sizeof(head));
	found = span_from(replay->at, head.len);
	if (result == SQLITE_OK)
		result = write_findings(replay, found);
	if (result != SQLITE_OK)
		return result;
	replay->at = found.at + found.len;
	replay_take(replay, &head, sizeof(head));
	told = span_from(replay->at, head.len);
	result = make_or_find(replay, TABLE_PATTERN, ASK_PATTERN, told, &replay->pattern_id, &made);
	return result == SQLITE_OK && made ? add_findings(replay, found) : result;
}

static int
find_pattern(struct replay *replay, const struct rowset *rowset, uint64_t name)
{
	struct remembered *remembered = replay->rows->remembered;
	const uint8_t *at = replay->at;
	int result = SQLITE_OK;

	replay->pattern_id = remembered_row(remembered, name);
	if (replay->pattern_id == 0) {
		result = make_pattern(replay, rowset);
		if (result == SQLITE_OK)
			remembered_keep(remembered, name, replay->pattern_id);
		replay->at = at;
	}
	return result;
}

static int
make_tally(struct replay *replay, struct span told)
{
	bool made;

	return make_or_find(replay, TABLE_TALLY, ASK_TALLY, told, &replay->tally_id, &made);
}

int
replay_tally(struct replay *replay, const struct rowset *rowset, const uint8_t *end)
{
	struct remembered *remembered = replay->rows->remembered;
	uint64_t pattern = remembered_name(remembered, buffer_span(&rowset->pattern),
		remembered_name(remembered, buffer_span(&replay->rows->vantage), 0));
	struct span told = span_from(replay->at, (size_t)(end - replay->at));
	uint64_t name = remembered_name(remembered, told, pattern);
	int result;

	replay->tally_id = remembered_row(remembered, name);
	if (replay->tally_id == 0) {
		result = find_pattern(replay, rowset, pattern);
		if (result == SQLITE_OK)
			result = make_tally(replay, told);
		if (result != SQLITE_OK)
			return result;
		remembered_keep(remembered, name, replay->tally_id);
	}
	replay->at = end;
	return SQLITE_OK;
}
