/* Filling in a row from left to right. */
#include "store/bind.h"

#include <assert.h>
#include <limits.h>
#include <sqlite3.h>

enum {
	TEXT_MOST = 1 << 30,            /* SQLite takes no more either */
};

struct row
row_of(struct sqlite3_stmt *statement)
{
	return (struct row){ .statement = statement, .result = SQLITE_OK };
}

struct row
row_into(struct buffer *out, enum table table)
{
	const struct rowset_row head = { .table = (uint8_t)table };
	struct row row = { .out = out, .start = out->len, .result = SQLITE_OK };

	buffer_add(out, span_from(&head, sizeof(head)));
	return row;
}

static void
keep_first_failure(struct row *row, int result)
{
	if (row->result == SQLITE_OK)
		row->result = result;
}

/* The type of the value, and what belongs to it. */
static void
put(struct row *row, enum value value, const void *at, size_t len)
{
	const uint8_t type = (uint8_t)value;

	buffer_add(row->out, span_from(&type, sizeof(type)));
	buffer_add(row->out, span_from(at, len));
}

static void
put_bytes(struct row *row, enum value value, const void *at, size_t len)
{
	const uint32_t count = (uint32_t)len;

	if (len > TEXT_MOST) {
		keep_first_failure(row, SQLITE_TOOBIG);
		return;
	}
	put(row, value, &count, sizeof(count));
	buffer_add(row->out, span_from(at, len));
}

/* Every column is bound each time, so nothing of the row before remains. */
void
row_null(struct row *row)
{
	if (row->out != NULL)
		put(row, VALUE_NULL, NULL, 0);
	else
		keep_first_failure(row, sqlite3_bind_null(row->statement, ++row->column));
}

void
row_integer(struct row *row, int64_t number)
{
	if (row->out != NULL)
		put(row, VALUE_INTEGER, &number, sizeof(number));
	else
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
	if (row->out != NULL)
		put_bytes(row, VALUE_TEXT, at, len);
	else
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
	if (row->out != NULL)
		put_bytes(row, VALUE_BLOB, at, len);
	else
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

void
row_symbol(struct row *row, enum value symbol)
{
	assert(row->out != NULL);
	put(row, symbol, NULL, 0);
}

void
row_number(struct row *row, int64_t number)
{
	assert(row->out != NULL);
	put(row, VALUE_NUMBER, &number, sizeof(number));
}

void
row_kind(struct row *row, const char *word)
{
	assert(row->out != NULL);
	put(row, VALUE_KIND, &word, sizeof(word));
}

/* Only now its length is known. */
static int
end_row(struct row *row)
{
	const size_t len = row->out->len - row->start - sizeof(struct rowset_row);
	const uint32_t told = (uint32_t)len;

	if (row->result != SQLITE_OK)
		return row->result;
	if (row->out->failed)
		return SQLITE_NOMEM;
	if (len > UINT32_MAX)
		return SQLITE_TOOBIG;
	memcpy(row->out->at + row->start + offsetof(struct rowset_row, len), &told, sizeof(told));
	return SQLITE_OK;
}

int
row_insert(struct row *row)
{
	int result = row->result;

	if (row->out != NULL)
		return end_row(row);
	if (result == SQLITE_OK)
		result = sqlite3_step(row->statement);
	if (result == SQLITE_DONE)
		result = SQLITE_OK;
	sqlite3_reset(row->statement);
	return result;
}
