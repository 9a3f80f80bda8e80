/* What history says of sessions: kept apart from their own rows, so that it can be forgotten and said again. */
#include "store/bind.h"
#include "store/evidence.h"
#include "store/functions.h"
#include "store/judged.h"
#include "store/numbers.h"
#include "store/past_private.h"
#include "store/rows.h"
#include "store/store_private.h"

#include <sqlite3.h>

/* hindsight_session tells which sessions to look at, so that forgetting costs what was said and not what there is.
 * The numbers are those of numbers.h. */
static const char forget[] =
	"DELETE FROM finding WHERE id IN (SELECT f.id FROM hindsight_session AS h"
	" CROSS JOIN finding AS f ON f.id BETWEEN h.session_id * 1000 + 500 AND h.session_id * 1000 + 799"
	" WHERE NOT " JUDGED_FOR_GOOD("h.session_id") ");"
	"DELETE FROM signal WHERE id IN (SELECT g.id FROM hindsight_session AS h"
	" CROSS JOIN signal AS g ON g.id BETWEEN h.session_id * 1000 + 500 AND h.session_id * 1000 + 799"
	" WHERE NOT " JUDGED_FOR_GOOD("h.session_id") ");"
	"DELETE FROM finding_link WHERE origin = 1 AND NOT " JUDGED_FOR_GOOD("finding_id / 1000") ";"
	"DELETE FROM hindsight_finding WHERE NOT " JUDGED_FOR_GOOD("finding_id / 1000") ";"
	"DELETE FROM hindsight_session WHERE NOT " JUDGED_FOR_GOOD("session_id") ";";

struct status
outcome_forget(struct store *store)
{
	struct status status = store_batch(store);

	return status_is_ok(&status) ? store_execute(store, forget) : status;
}

const char *
outcome_statement(enum past_statement statement)
{
	static const char *const texts[PAST_STATEMENTS] = {
		[PAST_FIND] = "SELECT f.id, coalesce(h.severity, f.severity),"
			" coalesce(h.confidence, f.confidence), coalesce(h.score, f.score), f.count, " EVIDENCE_COLUMNS
			" FROM finding AS f LEFT JOIN hindsight_finding AS h ON h.finding_id = f.id"
			" WHERE f.id BETWEEN ?1 AND ?2"
			" AND f.kind_id = (SELECT id FROM kind WHERE word = ?3) ORDER BY f.id LIMIT 1",
		[PAST_ADD] = "INSERT INTO finding (id, kind_id, severity, confidence, score, count, capture,"
			" first_frame, frame, at_ns, side, stream_offset, stream_length, evidence, reasons)"
			" VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		[PAST_REPLACE] = "INSERT OR REPLACE INTO hindsight_finding"
			" (finding_id, severity, confidence, score, reasons) VALUES (?,?,?,?,?)",
		[PAST_LINK] = "INSERT OR IGNORE INTO finding_link (finding_id, session_id, origin)"
			" SELECT ?1, id, 1 FROM session WHERE id = ?2",
		[PAST_LINKS] = "SELECT group_concat(identity) FROM (SELECT " SESSION_IDENTITY " AS identity"
			" FROM finding_link AS link CROSS JOIN session AS s ON s.id = link.session_id"
			" CROSS JOIN capture AS c ON c.id = s.capture_id"
			" WHERE link.finding_id = ? ORDER BY s.started_ns, s.id)",
		[PAST_SIGNAL] = signal_row_insert,
		[PAST_JUDGE] = "INSERT INTO hindsight_session (session_id, verdict, severity, points)"
			" VALUES (?,?,?,?)",
	};

	return texts[statement];
}

static int64_t
id_of(const struct past *past, int64_t number)
{
	return past->session_id * NUMBERS_OF_A_SESSION + number;
}

/* A database may come from anywhere. */
static int
rank_of(sqlite3_stmt *row, int column, int highest)
{
	int rank = sqlite3_column_int(row, column);

	return rank < 0 ? 0 : rank > highest ? highest : rank;
}

bool
past_find(struct past *past, const char *kind, struct past_finding *finding_r)
{
	sqlite3_stmt *find = past->statements[PAST_FIND];
	int64_t first = id_of(past, 0);
	int result;

	if (!past_check(past, SQLITE_OK))
		return false;
	sqlite3_bind_int64(find, 1, first);
	sqlite3_bind_int64(find, 2, first + NUMBERS_OF_A_SESSION - 1);
	sqlite3_bind_text(find, 3, kind, -1, SQLITE_STATIC);
	result = sqlite3_step(find);
	if (result == SQLITE_ROW) {
		int64_t id = sqlite3_column_int64(find, 0);

		buffer_clear(&past->found);
		*finding_r = (struct past_finding){
			.id = id,
			.kind = kind,
			.severity = (enum severity)rank_of(find, 1, SEVERITY_CRITICAL),
			.confidence = (enum confidence)rank_of(find, 2, CONFIDENCE_PROVEN),
			.score = sqlite3_column_int(find, 3),
			.count = (uint32_t)sqlite3_column_int64(find, 4),
			.evidence = evidence_read(find, 5, past->capture, &past->found),
			.by_history = id - first >= NUMBER_HISTORY_FIRST && id - first <= NUMBER_HISTORY_LAST,
		};
		finding_r->evidence.text = buffer_span(&past->found);
	}
	sqlite3_reset(find);
	past_check(past, result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : result);
	return result == SQLITE_ROW;
}

void
past_add(struct past *past, struct past_finding *finding)
{
	struct row row = row_of(past->statements[PAST_ADD]);
	int64_t kind_id = 0, number = NUMBER_HISTORY_FIRST + past->findings;

	finding->id = 0;
	if (number > NUMBER_HISTORY_LAST || !past_check(past, SQLITE_OK) ||
	    !past_check(past, rows_kind(past->store->rows, finding->kind, &kind_id)))
		return;
	row_integer(&row, id_of(past, number));
	row_integer(&row, kind_id);
	row_integer(&row, finding->severity);
	row_integer(&row, finding->confidence);
	row_integer(&row, finding->score);
	row_integer(&row, finding->count);
	row_evidence(&row, &finding->evidence, past->capture);
	row_span(&row, finding->reasons);
	if (!past_check(past, row_insert(&row)))
		return;
	finding->id = id_of(past, number);
	past->findings++;
}

void
past_replace(struct past *past, const struct past_finding *finding)
{
	struct row row = row_of(past->statements[PAST_REPLACE]);

	if (!past_check(past, SQLITE_OK))
		return;
	row_integer(&row, finding->id);
	row_integer(&row, finding->severity);
	row_integer(&row, finding->confidence);
	row_integer(&row, finding->score);
	row_span(&row, finding->reasons);
	past_check(past, row_insert(&row));
}

void
past_link(struct past *past, int64_t finding_id, const int64_t *sessions, size_t count)
{
	for (size_t i = 0; i < count && past_check(past, SQLITE_OK); i++) {
		struct row row = row_of(past->statements[PAST_LINK]);

		row_integer(&row, finding_id);
		row_integer(&row, sessions[i]);
		past_check(past, row_insert(&row));
	}
}

void
past_links(struct past *past, int64_t finding_id, struct buffer *out)
{
	sqlite3_stmt *links = past->statements[PAST_LINKS];
	int result;

	if (!past_check(past, SQLITE_OK))
		return;
	sqlite3_bind_int64(links, 1, finding_id);
	result = sqlite3_step(links);
	if (result == SQLITE_ROW)
		buffer_add_text(out, (const char *)sqlite3_column_text(links, 0));
	sqlite3_reset(links);
	past_check(past, result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : result);
}

void
past_signal(struct past *past, const struct signal *signal)
{
	int64_t number = NUMBER_HISTORY_FIRST + past->signals;
	const struct signal_origin origin = { SIGNAL_OF_HISTORY, past->capture };
	struct row row = row_of(past->statements[PAST_SIGNAL]);

	if (number > NUMBER_HISTORY_LAST || !past_check(past, SQLITE_OK))
		return;
	row_integer(&row, id_of(past, number));
	past_check(past, signal_row_add(&row, &origin, signal));
	past->signals++;
}

void
past_judge(struct past *past, const struct past_judgement *judgement)
{
	struct row row = row_of(past->statements[PAST_JUDGE]);

	if (!past_check(past, SQLITE_OK))
		return;
	row_integer(&row, past->session_id);
	row_text(&row, judgement->verdict != NULL ? verdict_word(*judgement->verdict) : NULL);
	if (judgement->severity != NULL)
		row_integer(&row, *judgement->severity);
	else
		row_null(&row);
	row_integer(&row, judgement->points);
	past_check(past, row_insert(&row));
}
