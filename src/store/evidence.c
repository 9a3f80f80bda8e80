/* Reading evidence back. */
#include "store/evidence.h"

#include <sqlite3.h>

/* From the first one of evidence on. */
enum column {
	COLUMN_CAPTURE,
	COLUMN_FIRST_FRAME,
	COLUMN_FRAME,
	COLUMN_AT,
	COLUMN_SIDE,
	COLUMN_OFFSET,
	COLUMN_LENGTH,
	COLUMN_TEXT,
};

struct span
evidence_keep(sqlite3_stmt *row, int column, struct buffer *texts)
{
	const void *at = sqlite3_column_text(row, column);
	size_t len = at != NULL ? (size_t)sqlite3_column_bytes(row, column) : 0;

	buffer_add(texts, span_from(at, len));
	return (struct span){ .len = len };
}

struct quote
evidence_read(sqlite3_stmt *row, int column, uint32_t capture, struct buffer *texts)
{
	bool elsewhere = sqlite3_column_type(row, column + COLUMN_CAPTURE) != SQLITE_NULL;
	struct moment at = {
		.time_ns = sqlite3_column_int64(row, column + COLUMN_AT),
		.frame = (uint64_t)sqlite3_column_int64(row, column + COLUMN_FRAME),
		.capture = elsewhere ? (uint32_t)sqlite3_column_int64(row, column + COLUMN_CAPTURE) : capture,
	};
	struct quote quote = {
		.seen = sqlite3_column_type(row, column + COLUMN_FRAME) != SQLITE_NULL,
		.side = sqlite3_column_int(row, column + COLUMN_SIDE) == SERVER ? SERVER : CLIENT,
		.text = evidence_keep(row, column + COLUMN_TEXT, texts),
		.where = { .first = at, .last = at,
			.offset = (uint64_t)sqlite3_column_int64(row, column + COLUMN_OFFSET),
			.length = (uint64_t)sqlite3_column_int64(row, column + COLUMN_LENGTH) },
	};

	quote.where.first.frame = (uint64_t)sqlite3_column_int64(row, column + COLUMN_FIRST_FRAME);
	return quote;
}
