/* The rows of signals. */
#include "store/signal_row.h"

#include "base/table.h"
#include "store/bind.h"
#include "store/evidence.h"
#include "store/numbers.h"

#include <sqlite3.h>

const char signal_row_insert[] =
	"INSERT INTO signal (id, origin, name, grp, points, decisive, words, capture, first_frame, "
	"frame, at_ns, side, stream_offset, stream_length, evidence) "
	"VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

int
signal_row_add(struct row *row, const struct signal_origin *origin, const struct signal *signal)
{
	row_integer(row, origin->source);
	row_span(row, signal->name);
	row_integer(row, signal->group);
	row_integer(row, signal->points);
	row_integer(row, signal->decisive);
	row_span(row, signal->words);
	row_evidence(row, &signal->quote, origin->capture);
	return row_insert(row);
}

/* Reading back ------------------------------------------------------------------------------------ */

const char signal_row_select[] =
	"SELECT name, grp, points, decisive, words, origin, " EVIDENCE_COLUMNS " FROM signal "
	"WHERE id BETWEEN ?1 AND ?2 AND origin <> 1";

enum column {
	COLUMN_NAME,
	COLUMN_GROUP,
	COLUMN_POINTS,
	COLUMN_DECISIVE,
	COLUMN_WORDS,
	COLUMN_ORIGIN,
	COLUMN_EVIDENCE,
};

static void
take_row(struct signal_rows *rows, sqlite3_stmt *row, uint32_t capture)
{
	int group = sqlite3_column_int(row, COLUMN_GROUP);
	struct signal *signal = &rows->list[rows->count];

	if (rows->count == TABLE_LENGTH(rows->list) || group < 0 || group >= SIGNAL_GROUPS)
		return;
	*signal = (struct signal){
		.name = evidence_keep(row, COLUMN_NAME, &rows->texts),
		.group = (enum signal_group)group,
		.points = sqlite3_column_int(row, COLUMN_POINTS),
		.decisive = sqlite3_column_int(row, COLUMN_DECISIVE) != 0,
	};
	signal->words = evidence_keep(row, COLUMN_WORDS, &rows->texts);
	signal->quote = evidence_read(row, COLUMN_EVIDENCE, capture, &rows->texts);
	rows->compared |= sqlite3_column_int(row, COLUMN_ORIGIN) == SIGNAL_OF_COMPARISON;
	rows->count++;
}

static void
settle_texts(struct signal_rows *rows)
{
	struct span rest = buffer_span(&rows->texts);

	for (size_t i = 0; i < rows->count; i++) {
		struct signal *signal = &rows->list[i];
		struct span *const texts[] = { &signal->name, &signal->words, &signal->quote.text };

		for (size_t k = 0; k < TABLE_LENGTH(texts); k++) {
			size_t len = texts[k]->len;

			*texts[k] = span_first(rest, len);
			rest = span_after(rest, len);
		}
	}
}

int
signal_rows_read(struct sqlite3_stmt *select, int64_t session_id, uint32_t capture, struct signal_rows *rows)
{
	int64_t first = session_id * NUMBERS_OF_A_SESSION;
	int result = sqlite3_bind_int64(select, 1, first);

	rows->count = 0;
	rows->compared = false;
	buffer_clear(&rows->texts);
	if (result == SQLITE_OK)
		result = sqlite3_bind_int64(select, 2, first + NUMBERS_OF_A_SESSION - 1);
	while (result == SQLITE_OK && (result = sqlite3_step(select)) == SQLITE_ROW) {
		take_row(rows, select, capture);
		result = SQLITE_OK;
	}
	sqlite3_reset(select);
	settle_texts(rows);
	if (rows->texts.failed)
		return SQLITE_NOMEM;
	return result == SQLITE_DONE ? SQLITE_OK : result;
}
