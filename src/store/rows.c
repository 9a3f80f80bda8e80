/* Turns one session into rows.  Each INSERT stands above the function that fills it in, in the
 * order of its columns. */
#include "store/rows.h"

#include "base/table.h"
#include "base/text.h"
#include "store/bind.h"
#include "store/footprint_row.h"
#include "store/numbers.h"
#include "store/session_row.h"
#include "store/shared_rows.h"
#include "store/signal_row.h"

#include <sqlite3.h>
#include <stdlib.h>

enum table {
	TABLE_SESSION,
	TABLE_DIALOGUE,
	TABLE_FINDING,
	TABLE_CREDENTIAL,
	TABLE_SESSION_CERTIFICATE,
	TABLE_SIGNAL,
	TABLE_FOOTPRINT,
	TABLES
};

struct rows {
	sqlite3            *db;
	sqlite3_stmt       *inserts[TABLES];
	struct shared_rows *shared;
	struct buffer       scratch;
};

static const char dialogue_insert[] =
	"INSERT INTO dialogue (session_id, lines, left_out, notes) VALUES (?,?,?,?)";

static void
write_notes(struct buffer *out, const struct session *session)
{
	for (const struct note *note = session->notes; note != NULL; note = note->next) {
		buffer_printf(out, "%s[\"%s\",\"%c\",%u,%llu,", note == session->notes ? "[" : ",",
			note_word(note->kind), note->quote.side == CLIENT ? 'C' : 'S', note->count,
			(unsigned long long)note->quote.where.last.frame);
		text_json(out, note->quote.text);
		buffer_add_text(out, note->next == NULL ? "]]" : "]");
	}
}

/* The transcript grows line by line, so its array is still open; that of a silent session has not
 * begun. */
static void
write_lines(struct buffer *out, struct span transcript)
{
	if (transcript.len == 0)
		buffer_add_text(out, "[");
	buffer_add(out, transcript);
	buffer_add_text(out, "]");
}

/* Lines and notes stand behind each other in the scratch buffer. */
static int
insert_dialogue(struct rows *rows, int64_t session_id, const struct session *session)
{
	struct row row = row_of(rows->inserts[TABLE_DIALOGUE]);
	struct buffer *out = &rows->scratch;
	size_t lines;

	buffer_clear(out);
	write_lines(out, buffer_span(&session->transcript));
	lines = out->len;
	write_notes(out, session);
	if (out->failed)
		return SQLITE_NOMEM;
	row_integer(&row, session_id);
	row_span(&row, span_first(buffer_span(out), lines));
	row_integer(&row, session->lines_left_out);
	row_span(&row, span_after(buffer_span(out), lines));
	return row_insert(&row);
}

static const char finding_insert[] =
	"INSERT INTO finding (id, kind_id, severity, confidence, score, count, capture, "
	"first_frame, frame, at_ns, side, stream_offset, stream_length, evidence, reasons) "
	"VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

static int
insert_findings(struct rows *rows, int64_t session_id, const struct session *session)
{
	int64_t id = session_id * NUMBERS_OF_A_SESSION, last = id + NUMBER_OWN_LAST;

	for (const struct finding *f = session->findings; f != NULL && id < last; f = f->next) {
		struct row row = row_of(rows->inserts[TABLE_FINDING]);
		int64_t kind = 0;
		int result = shared_kind(rows->shared, f->rule->id, &kind);

		if (result != SQLITE_OK)
			return result;
		row_integer(&row, ++id);
		row_integer(&row, kind);
		row_integer(&row, f->severity);
		row_integer(&row, f->confidence);
		row_integer(&row, f->score);
		row_integer(&row, f->count);
		row_evidence(&row, &f->evidence, session->first.capture);
		row_span(&row, f->reasons);
		result = row_insert(&row);
		if (result != SQLITE_OK)
			return result;
	}
	return SQLITE_OK;
}

static const char credential_insert[] =
	"INSERT INTO credential (session_id, mechanism, username, outcome, in_clear, frame, at_ns, "
	"secret_fingerprint) VALUES (?,?,?,?,?,?,?,?)";

/* A mechanism that was named and led to nothing tells of no account. */
static int
insert_credentials(struct rows *rows, int64_t session_id, const struct session *session)
{
	for (const struct auth *auth = session->auths; auth != NULL; auth = auth->next) {
		struct row row = row_of(rows->inserts[TABLE_CREDENTIAL]);
		const struct quote *line = auth->secret.seen ? &auth->secret : &auth->begin;
		int result;

		if (auth->facts.username.len == 0 && !auth->secret.seen)
			continue;
		row_integer(&row, session_id);
		row_span(&row, auth->facts.mechanism);
		row_span(&row, auth->facts.username);
		row_text(&row, auth_outcome_word(auth->facts.outcome));
		row_integer(&row, auth->in_clear);
		row_count(&row, line->where.last.frame);
		row_integer(&row, line->where.last.time_ns);
		row_span(&row, auth->facts.fingerprint);
		result = row_insert(&row);
		if (result != SQLITE_OK)
			return result;
	}
	return SQLITE_OK;
}

static const char session_certificate_insert[] =
	"INSERT INTO session_certificate (session_id, position, certificate_id) VALUES (?,?,?)";

static int
insert_certificates(struct rows *rows, int64_t session_id, const struct session *session)
{
	const struct certificate_chain *chain = &session->tls.chain;

	for (size_t i = 0; i < chain->count; i++) {
		struct row row = row_of(rows->inserts[TABLE_SESSION_CERTIFICATE]);
		int64_t certificate = 0;
		int result = shared_certificate(rows->shared, &chain->certificates[i],
			&certificate);

		if (result != SQLITE_OK)
			return result;
		row_integer(&row, session_id);
		row_count(&row, i);
		row_integer(&row, certificate);
		result = row_insert(&row);
		if (result != SQLITE_OK)
			return result;
	}
	return SQLITE_OK;
}

static int
insert_signals(struct rows *rows, int64_t session_id, const struct session *session)
{
	struct signal_origin origin = { session_id * NUMBERS_OF_A_SESSION, SIGNAL_OWN, session->first.capture };
	int result = SQLITE_OK;

	for (size_t i = 0; i < session->signal_count && i < NUMBER_OWN_LAST && result == SQLITE_OK; i++) {
		origin.id++;
		result = signal_row_add(rows->inserts[TABLE_SIGNAL], &origin, &session->signals[i]);
	}
	return result;
}

static int
insert_footprint(struct rows *rows, int64_t session_id, const struct session *session)
{
	if (session->footprint == NULL)
		return SQLITE_OK;
	return footprint_row_add(rows->inserts[TABLE_FOOTPRINT], session_id, session, &rows->scratch);
}

int
rows_add(struct rows *rows, int64_t capture_id, const struct session *session)
{
	static int (*const parts[])(struct rows *, int64_t, const struct session *) = {
		insert_dialogue,
		insert_findings,
		insert_credentials,
		insert_certificates,
		insert_signals,
		insert_footprint,
	};
	int result = session_row_add(rows->inserts[TABLE_SESSION], capture_id, session,
		&rows->scratch);
	int64_t session_id = sqlite3_last_insert_rowid(rows->db);

	for (size_t i = 0; i < TABLE_LENGTH(parts) && result == SQLITE_OK; i++)
		result = parts[i](rows, session_id, session);
	return result;
}

/* The statements ------------------------------------------------------------------------------- */

int
rows_new(struct sqlite3 *db, struct rows **rows_r)
{
	struct buffer footprint_insert = { 0 };
	const char *const texts[TABLES] = {
		[TABLE_SESSION] = session_row_insert,
		[TABLE_DIALOGUE] = dialogue_insert,
		[TABLE_FINDING] = finding_insert,
		[TABLE_CREDENTIAL] = credential_insert,
		[TABLE_SESSION_CERTIFICATE] = session_certificate_insert,
		[TABLE_SIGNAL] = signal_row_insert,
		[TABLE_FOOTPRINT] = footprint_row_insert(&footprint_insert),
	};
	struct rows *rows = calloc(1, sizeof(*rows));
	int result = rows != NULL ? shared_rows_new(db, &rows->shared) : SQLITE_NOMEM;

	for (size_t i = 0; i < TABLES && result == SQLITE_OK; i++)
		result = sqlite3_prepare_v3(db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
			&rows->inserts[i], NULL);
	if (result == SQLITE_OK)
		rows->db = db;
	else
		rows_free(&rows);
	buffer_free(&footprint_insert);
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
	buffer_free(&(*rows)->scratch);
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
