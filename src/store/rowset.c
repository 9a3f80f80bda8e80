/* Turns one session into rows.  Each INSERT stands above the function that fills it in, in the order
 * of its columns. */
#include "store/rowset_private.h"

#include "base/table.h"
#include "base/text.h"
#include "store/bind.h"
#include "store/footprint_row.h"
#include "store/numbers.h"
#include "store/pattern_row.h"
#include "store/session_row.h"
#include "store/signal_row.h"

#include <sqlite3.h>
#include <stdlib.h>

enum {
	ROWS_USUAL = 8192,              /* what most sessions take at most */
	PATTERN_USUAL = 1024,
	SCRATCH_USUAL = 4096,
};

/* A rowset that is being made. */
struct making {
	struct buffer *rows;
	struct buffer  scratch;
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
add_dialogue(struct making *making, const struct session *session)
{
	struct row row = row_into(making->rows, TABLE_DIALOGUE);
	struct buffer *out = &making->scratch;
	size_t lines;

	buffer_clear(out);
	write_lines(out, buffer_span(&session->transcript));
	lines = out->len;
	write_notes(out, session);
	if (out->failed)
		return SQLITE_NOMEM;
	row_symbol(&row, VALUE_SESSION);
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
add_findings(struct making *making, const struct session *session)
{
	int64_t number = 0;
	int result = SQLITE_OK;

	for (const struct finding *f = session->findings; f != NULL && number < NUMBER_OWN_LAST && result == SQLITE_OK;
	     f = f->next) {
		struct row row = row_into(making->rows, TABLE_FINDING);

		row_number(&row, ++number);
		row_kind(&row, f->rule->id);
		row_integer(&row, f->severity);
		row_integer(&row, f->confidence);
		row_integer(&row, f->score);
		row_integer(&row, f->count);
		row_evidence(&row, &f->evidence, session->first.capture);
		row_span(&row, f->reasons);
		result = row_insert(&row);
	}
	return result;
}

static const char credential_insert[] =
	"INSERT INTO credential (session_id, mechanism, username, outcome, in_clear, frame, at_ns, "
	"secret_fingerprint, sent) VALUES (?,?,?,?,?,?,?,?,?)";

static int
add_credential(struct making *making, const struct auth *auth)
{
	struct row row = row_into(making->rows, TABLE_CREDENTIAL);
	const struct quote *line = auth->secret.seen ? &auth->secret : &auth->begin;

	row_symbol(&row, VALUE_SESSION);
	row_span(&row, auth->facts.mechanism);
	row_span(&row, auth->facts.username);
	row_text(&row, auth_outcome_word(auth->facts.outcome));
	row_integer(&row, auth->in_clear);
	row_count(&row, line->where.last.frame);
	row_integer(&row, line->where.last.time_ns);
	row_span(&row, auth->facts.fingerprint);
	row_text(&row, auth->secret.seen ? auth_sent_word(auth->facts.kind) : NULL);
	return row_insert(&row);
}

bool
rowset_has_login(const struct auth *auth)
{
	return auth->facts.username.len > 0 || auth->secret.seen;
}

static int
add_credentials(struct making *making, const struct session *session)
{
	int result = SQLITE_OK;

	for (const struct auth *auth = session->auths; auth != NULL && result == SQLITE_OK; auth = auth->next)
		if (rowset_has_login(auth))
			result = add_credential(making, auth);
	return result;
}

static const char certificate_insert[] =
	"INSERT OR IGNORE INTO certificate (sha256, spki_sha256, subject, issuer, serial, "
	"not_before, not_after, key_type, key_bits, signature_algorithm, self_signed, is_ca, "
	"names) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)";

enum {
	CERTIFICATE_TRAITS = 12,        /* all columns but the digest */
};

static int
add_certificate(struct making *making, const struct certificate *certificate)
{
	struct row row = row_into(making->rows, TABLE_CERTIFICATE);

	row_blob(&row, certificate->sha256, SHA256_SIZE);
	if (certificate->unreadable) {
		for (int i = 0; i < CERTIFICATE_TRAITS; i++)
			row_null(&row);
		return row_insert(&row);
	}
	row_blob(&row, certificate->spki_sha256, SHA256_SIZE);
	row_span(&row, certificate->subject);
	row_span(&row, certificate->issuer);
	row_span(&row, certificate->serial);
	row_integer(&row, certificate->not_before);
	row_integer(&row, certificate->not_after);
	row_text(&row, certificate->key_type);
	row_integer(&row, certificate->key_bits);
	row_span(&row, certificate->signature_algorithm);
	row_integer(&row, certificate->self_signed);
	row_integer(&row, certificate->is_ca);
	row_span(&row, certificate->names);
	return row_insert(&row);
}

static const char session_certificate_insert[] =
	"INSERT INTO session_certificate (session_id, position, certificate_id) VALUES (?,?,?)";

static int
add_certificates(struct making *making, const struct session *session)
{
	const struct certificate_chain *chain = &session->tls->chain;
	int result = SQLITE_OK;

	for (size_t i = 0; i < chain->count && result == SQLITE_OK; i++) {
		struct row row;

		result = add_certificate(making, &chain->certificates[i]);
		if (result != SQLITE_OK)
			break;
		row = row_into(making->rows, TABLE_SESSION_CERTIFICATE);
		row_symbol(&row, VALUE_SESSION);
		row_count(&row, i);
		row_symbol(&row, VALUE_CERTIFICATE);
		result = row_insert(&row);
	}
	return result;
}

static int
add_signals(struct making *making, const struct session *session)
{
	const struct signal_origin origin = { SIGNAL_OWN, session->first.capture };
	int result = SQLITE_OK;

	for (size_t i = 0; i < session->signal_count && i < NUMBER_OWN_LAST && result == SQLITE_OK; i++) {
		struct row row = row_into(making->rows, TABLE_SIGNAL);

		row_number(&row, (int64_t)i + 1);
		result = signal_row_add(&row, &origin, &session->signals[i]);
	}
	return result;
}

static int
add_footprint(struct making *making, const struct session *session)
{
	if (session->footprint == NULL)
		return SQLITE_OK;
	return footprint_row_add(making->rows, session, &making->scratch);
}

static int
add_session(struct making *making, const struct session *session)
{
	return session_row_add(making->rows, session, &making->scratch);
}

static int
add_tally(struct making *making, const struct session *session)
{
	return tally_row_add(making->rows, session, &making->scratch);
}

/* Rowsets ----------------------------------------------------------------------------------------- */

static int
fill(struct rowset *rowset, const struct session *session)
{
	static int (*const parts[])(struct making *, const struct session *) = {
		add_tally,
		add_session,
		add_dialogue,
		add_findings,
		add_credentials,
		add_certificates,
		add_signals,
		add_footprint,
	};
	struct making making = { .rows = &rowset->rows };
	int result = SQLITE_OK;

	buffer_reserve(&rowset->rows, ROWS_USUAL);
	buffer_reserve(&making.scratch, SCRATCH_USUAL);
	for (size_t i = 0; i < TABLE_LENGTH(parts) && result == SQLITE_OK; i++)
		result = parts[i](&making, session);
	buffer_reserve(&rowset->pattern, PATTERN_USUAL);
	if (result == SQLITE_OK)
		result = pattern_row_add(&rowset->pattern, session);
	buffer_free(&making.scratch);
	return result;
}

/* A rowset may wait for long: it keeps no room that it does not need. */
static void
fit(struct buffer *buffer)
{
	uint8_t *at = realloc(buffer->at, buffer->len);

	if (at == NULL)
		return;
	buffer->at = at;
	buffer->room = buffer->len;
}

struct rowset *
rowset_new(const struct session *session)
{
	struct rowset *rowset = calloc(1, sizeof(*rowset));

	if (rowset == NULL)
		return NULL;
	rowset->serial = session->serial;
	rowset->capture = session->first.capture;
	rowset->ongoing = session->ongoing;
	rowset->shown = session->shown;
	rowset->share = tally_share_of(session);
	if (fill(rowset, session) != SQLITE_OK) {
		rowset_free(&rowset);
	} else {
		fit(&rowset->rows);
		fit(&rowset->pattern);
	}
	return rowset;
}

void
rowset_free(struct rowset **rowset)
{
	if (*rowset == NULL)
		return;
	buffer_free(&(*rowset)->rows);
	buffer_free(&(*rowset)->pattern);
	free(*rowset);
	*rowset = NULL;
}

size_t
rowset_size(const struct rowset *rowset)
{
	return sizeof(*rowset) + rowset->rows.room + rowset->pattern.room;
}

const char *
rowset_statement(enum table table, struct buffer *sql)
{
	static const char *const texts[TABLES] = {
		[TABLE_SESSION] = session_row_insert,
		[TABLE_DIALOGUE] = dialogue_insert,
		[TABLE_FINDING] = finding_insert,
		[TABLE_CREDENTIAL] = credential_insert,
		[TABLE_CERTIFICATE] = certificate_insert,
		[TABLE_SESSION_CERTIFICATE] = session_certificate_insert,
		[TABLE_SIGNAL] = signal_row_insert,
		[TABLE_PATTERN_FINDING] = pattern_finding_insert,
		[TABLE_PATTERN] = pattern_row_insert,
		[TABLE_TALLY] = tally_row_insert,
	};

	return table == TABLE_FOOTPRINT ? footprint_row_insert(sql) : texts[table];
}
