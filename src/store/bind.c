/* Filling in a prepared INSERT from left to right. */
#include "store/bind.h"

#include <limits.h>
#include <sqlite3.h>

struct row
row_of(struct sqlite3_stmt *statement)
{
	return (struct row){ .statement = statement, .result = SQLITE_OK };
}

static void
keep_first_failure(struct row *row, int result)
{
	if (row->result == SQLITE_OK)
		row->result = result;
}

/* Every column is bound each time, so nothing of the row before remains. */
void
row_null(struct row *row)
{
	keep_first_failure(row, sqlite3_bind_null(row->statement, ++row->column));
}

void
row_integer(struct row *row, int64_t number)
{
	keep_first_failure(row, sqlite3_bind_int64(row->statement, ++row->column, number));
}

void
row_count(struct row *row, uint64_t number)
{
	row_integer(row, number > INT64_MAX ? INT64_MAX : (int64_t)number);
}

void
row_known(struct row *row, enum known known)
{
	if (known == UNKNOWN)
		row_null(row);
	else
		row_integer(row, known == YES);
}

static void
bind_text(struct row *row, const void *at, size_t len)
{
	keep_first_failure(row, sqlite3_bind_text64(row->statement, ++row->column,
		at != NULL ? at : "", len, SQLITE_STATIC, SQLITE_UTF8));
}

void
row_span(struct row *row, struct span text)
{
	if (text.len == 0)
		row_null(row);
	else
		bind_text(row, text.at, text.len);
}

void
row_text(struct row *row, const char *text)
{
	struct span span = span_of(text);

	if (text == NULL)
		row_null(row);
	else
		bind_text(row, span.at, span.len);
}

void
row_blob(struct row *row, const void *at, size_t len)
{
	keep_first_failure(row, sqlite3_bind_blob64(row->statement, ++row->column, at, len,
		SQLITE_STATIC));
}

void
row_quote(struct row *row, const struct quote *quote)
{
	if (quote->seen)
		bind_text(row, quote->text.at, quote->text.len);
	else
		row_null(row);
}

void
row_evidence(struct row *row, const struct quote *evidence, uint32_t capture)
{
	const struct where *where = &evidence->where;

	if (!evidence->seen) {
		for (int i = 0; i < 8; i++)
			row_null(row);
		return;
	}
	if (where->last.capture != capture)
		row_integer(row, where->last.capture);
	else
		row_null(row);
	row_count(row, where->first.frame);
	row_count(row, where->last.frame);
	row_integer(row, where->last.time_ns);
	row_integer(row, evidence->side);
	row_count(row, where->offset);
	row_count(row, where->length);
	row_quote(row, evidence);
}

int
row_insert(struct row *row)
{
	int result = row->result;

	if (result == SQLITE_OK)
		result = sqlite3_step(row->statement);
	if (result == SQLITE_DONE)
		result = SQLITE_OK;
	sqlite3_reset(row->statement);
	return result;
}
