/* Turns one session into rows.  Each INSERT stands above the function that fills it in, in the order of its
 * columns.  What the capture does not show becomes NULL here and nowhere else. */
#include "store/rows.h"

#include "base/table.h"
#include "base/text.h"
#include "store/bind.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CERTIFICATES_REMEMBERED = 256,
	FINDINGS_OF_A_SESSION = 1000,   /* ids 12001 to 12999 are those of session 12 */
};

/* What column session.missing is made of. */
enum missing {
	MISSING_START = 1,
	MISSING_SIDE = 2,
	MISSING_BYTES = 4,
	MISSING_TAIL = 8,
	MISSING_END = 16,
};

enum table {
	TABLE_SESSION,
	TABLE_DIALOGUE,
	TABLE_KIND,
	TABLE_FINDING,
	TABLE_CREDENTIAL,
	TABLE_CERTIFICATE,
	TABLE_SESSION_CERTIFICATE,
	FIND_KIND,
	FIND_CERTIFICATE,
	STATEMENTS
};

struct kind {
	const char *id;
	int64_t     row;
};

struct remembered_certificate {
	uint8_t sha256[SHA256_SIZE];
	int64_t row;                    /* 0: nothing is remembered here */
};

struct rows {
	sqlite3      *db;
	sqlite3_stmt *statements[STATEMENTS];
	struct buffer scratch;
	struct kind  *kinds;            /* those met by this run; a rule's id is one string, so pointers compare */
	size_t        kind_count;
	struct remembered_certificate certificates[CERTIFICATES_REMEMBERED];    /* by the first byte */
};

/* Rows that exist once: kinds and certificates -------------------------------------------------------- */

static const char kind_insert[] = "INSERT OR IGNORE INTO kind (word) VALUES (?)";

static const char certificate_insert[] =
	"INSERT OR IGNORE INTO certificate (sha256, spki_sha256, subject, issuer, serial, not_before, "
	"not_after, key_type, key_bits, signature_algorithm, self_signed, is_ca, names) "
	"VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)";

/* Looks a row up by the one value that the caller has bound. */
static int
find_row(sqlite3_stmt *find, int64_t *row_r)
{
	int result = sqlite3_step(find);

	if (result == SQLITE_ROW)
		*row_r = sqlite3_column_int64(find, 0);
	sqlite3_reset(find);
	return result == SQLITE_ROW ? SQLITE_OK : result == SQLITE_DONE ? SQLITE_CORRUPT : result;
}

static int
remember_kind(struct rows *rows, const char *id, int64_t row)
{
	struct kind *kinds = realloc(rows->kinds, (rows->kind_count + 1) * sizeof(*kinds));

	if (kinds == NULL)
		return SQLITE_NOMEM;
	kinds[rows->kind_count++] = (struct kind){ .id = id, .row = row };
	rows->kinds = kinds;
	return SQLITE_OK;
}

static int
kind_row(struct rows *rows, const char *id, int64_t *row_r)
{
	struct row row = row_of(rows->statements[TABLE_KIND]);
	int result;

	for (size_t i = 0; i < rows->kind_count; i++)
		if (rows->kinds[i].id == id) {
			*row_r = rows->kinds[i].row;
			return SQLITE_OK;
		}
	row_text(&row, id);
	result = row_insert(&row);
	if (result == SQLITE_OK)
		result = sqlite3_bind_text(rows->statements[FIND_KIND], 1, id, -1, SQLITE_STATIC);
	if (result == SQLITE_OK)
		result = find_row(rows->statements[FIND_KIND], row_r);
	return result == SQLITE_OK ? remember_kind(rows, id, *row_r) : result;
}

static int
insert_certificate(struct rows *rows, const struct certificate *certificate)
{
	struct row row = row_of(rows->statements[TABLE_CERTIFICATE]);

	row_blob(&row, certificate->sha256, SHA256_SIZE);
	if (certificate->unreadable) {
		while (row.column < sqlite3_bind_parameter_count(row.statement))
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

static int
certificate_row(struct rows *rows, const struct certificate *certificate, int64_t *row_r)
{
	struct remembered_certificate *slot =
		&rows->certificates[certificate->sha256[0] % CERTIFICATES_REMEMBERED];
	sqlite3_stmt *find = rows->statements[FIND_CERTIFICATE];
	int result;

	if (slot->row != 0 && memcmp(slot->sha256, certificate->sha256, SHA256_SIZE) == 0) {
		*row_r = slot->row;
		return SQLITE_OK;
	}
	result = insert_certificate(rows, certificate);
	if (result == SQLITE_OK)
		result = sqlite3_bind_blob(find, 1, certificate->sha256, SHA256_SIZE, SQLITE_STATIC);
	if (result == SQLITE_OK)
		result = find_row(find, row_r);
	if (result != SQLITE_OK)
		return result;
	memcpy(slot->sha256, certificate->sha256, SHA256_SIZE);
	slot->row = *row_r;
	return SQLITE_OK;
}

void
rows_forget(struct rows *rows)
{
	memset(rows->certificates, 0, sizeof(rows->certificates));
}

/* The session ----------------------------------------------------------------------------------------- */

static const char session_insert[] =
	"INSERT INTO session (capture_id, last_capture, protocol, client_ip, client_port, server_ip, "
	"server_port, vlan, started_ns, ended_ns, first_frame, last_frame, frames, bytes_client, "
	"bytes_server, missing, closed_by, verdict, exposed, tls_grade, severity, server_banner, "
	"client_name, capabilities, starttls_offered, starttls_requested, starttls_reply, tls_started, "
	"tls_implicit, tls_established, tls_resumed, tls_version, tls_cipher, tls_cipher_traits, tls_sni, "
	"tls_alpn, tls_ja3, tls_ja3s, tls_ja4, mails, recipients, messages, secrets, opinion, opinion_risks) "
	"VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

static unsigned
missing_parts(const struct session *session)
{
	return (session->midstream ? MISSING_START : 0U) | (session->one_sided ? MISSING_SIDE : 0U) |
	       (session->gap ? MISSING_BYTES : 0U) | (session->truncated ? MISSING_TAIL : 0U) |
	       (session->open ? MISSING_END : 0U);
}

/* All that this side sent until now is there, from the start of the connection. */
static bool
side_is_whole(const struct session *session, enum side side)
{
	return !session->midstream && !session->truncated && session->gap_bytes[side] == 0 &&
	       !(session->one_sided && session->bytes[side] == 0);
}

/* A client that never asked is known only when all it said is; under TLS from the first byte there is no
 * asking. */
static enum known
tls_was_requested(const struct session *session)
{
	if (session->upgrades != NULL)
		return YES;
	if (side_is_whole(session, CLIENT) || (session->tls.started.seen && session->tls.implicit))
		return NO;
	return UNKNOWN;
}

static enum known
tls_was_started(const struct session *session)
{
	if (session->tls.started.seen)
		return YES;
	return side_is_whole(session, CLIENT) && side_is_whole(session, SERVER) ? NO : UNKNOWN;
}

static enum known
tls_was_established(const struct session *session)
{
	if (session->tls.established == UNKNOWN && tls_was_started(session) == NO)
		return NO;
	return session->tls.established;
}

/* The answer's code, or its first word where the protocol has none. */
static void
bind_starttls_reply(struct row *row, const struct session *session)
{
	const struct upgrade *upgrade = session_upgrade(session);
	struct span rest, word = { 0 };

	if (upgrade == NULL || !upgrade->answer.seen) {
		row_null(row);
		return;
	}
	rest = upgrade->answer.text;
	span_take_word(&rest, &word);
	if (upgrade->answer.code > 0)
		row_integer(row, upgrade->answer.code);
	else
		row_span(row, word);
}

static void
bind_capabilities(struct row *row, const struct session *session, struct buffer *scratch)
{
	buffer_clear(scratch);
	for (const struct capability *c = session->capabilities.first; c != NULL; c = c->next) {
		if (scratch->len > 0)
			buffer_add_text(scratch, ", ");
		buffer_add(scratch, c->quote.text);
	}
	row_span(row, buffer_span(scratch));
}

static void
bind_flow(struct row *row, const struct session *session, char address[2][ADDRESS_TEXT_SIZE])
{
	row_integer(row, session->last.capture);
	row_text(row, session->protocol);
	row_text(row, address_text(&session->client.address, address[CLIENT]));
	row_integer(row, session->client.port);
	row_text(row, address_text(&session->server.address, address[SERVER]));
	row_integer(row, session->server.port);
	row_integer(row, session->vlan);
	row_integer(row, session->first.time_ns);
	row_integer(row, session->last.time_ns);
	row_count(row, session->first.frame);
	row_count(row, session->last.frame);
	row_count(row, session->frames);
	row_count(row, session->bytes[CLIENT]);
	row_count(row, session->bytes[SERVER]);
	row_integer(row, missing_parts(session));
	row_text(row, session->closed_by);
}

static void
bind_judgement(struct row *row, const struct session *session)
{
	row_text(row, verdict_word(session->verdict));
	row_integer(row, session->exposed);
	row_span(row, span_from(&session->tls_grade, session->tls_grade != 0));
	if (session->has_findings)
		row_integer(row, session->severity);
	else
		row_null(row);
}

static void
bind_dialogue(struct row *row, const struct session *session, struct buffer *scratch)
{
	row_quote(row, &session->greeting);
	row_quote(row, &session->client_name);
	bind_capabilities(row, session, scratch);
	row_known(row, session_offer(session));
	row_known(row, tls_was_requested(session));
	bind_starttls_reply(row, session);
}

static void
bind_cipher(struct row *row, const struct tls_server_hello *hello, char unnamed[sizeof("0x0000")])
{
	if (hello == NULL) {
		row_null(row);
		row_null(row);
	} else if (hello->cipher == NULL) {
		snprintf(unnamed, sizeof("0x0000"), "0x%04x", hello->cipher_id);
		row_text(row, unnamed);
		row_null(row);
	} else {
		row_text(row, hello->cipher->name);
		row_integer(row, hello->cipher->traits);
	}
}

/* Only what the server chose is negotiated.  The protocol of TLS 1.3's choice is encrypted: then the client's
 * offer is all there is to show. */
static void
bind_tls(struct row *row, const struct session *session, char unnamed[sizeof("0x0000")])
{
	static const struct tls_client_hello no_client_hello;
	static const struct tls_server_hello no_server_hello;
	const struct tls_state *tls = &session->tls;
	const struct tls_client_hello *client = tls->client_hello != NULL ? tls->client_hello : &no_client_hello;
	const struct tls_server_hello *server = tls->server_hello != NULL ? tls->server_hello : &no_server_hello;

	row_known(row, tls_was_started(session));
	row_known(row, !tls->started.seen ? UNKNOWN : tls->implicit ? YES : NO);
	row_known(row, tls_was_established(session));
	row_known(row, tls->resumed);
	row_text(row, tls->server_hello != NULL ? tls_version_word(server->version) : NULL);
	bind_cipher(row, tls->server_hello, unnamed);
	row_span(row, client->sni);
	row_span(row, server->alpn.len > 0 ? server->alpn : client->alpn);
	row_span(row, client->ja3);
	row_span(row, server->ja3s);
	row_span(row, client->ja4);
}

static int
insert_session(struct rows *rows, int64_t capture_id, const struct session *session)
{
	struct row row = row_of(rows->statements[TABLE_SESSION]);
	char address[2][ADDRESS_TEXT_SIZE], unnamed[sizeof("0x0000")];

	row_integer(&row, capture_id);
	bind_flow(&row, session, address);
	bind_judgement(&row, session);
	bind_dialogue(&row, session, &rows->scratch);
	bind_tls(&row, session, unnamed);
	row_integer(&row, session->mails);
	row_integer(&row, session->recipients);
	row_integer(&row, session->messages);
	row_integer(&row, session->secrets);
	row_span(&row, session->opinion.protocol);
	row_span(&row, session->opinion.risks);
	return rows->scratch.failed ? SQLITE_NOMEM : row_insert(&row);
}

/* What belongs to it ---------------------------------------------------------------------------------- */

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

/* The transcript grows line by line, so its array is still open; that of a silent session has not begun. */
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
	struct row row = row_of(rows->statements[TABLE_DIALOGUE]);
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
	"INSERT INTO finding (id, kind_id, severity, confidence, score, count, capture, first_frame, "
	"frame, at_ns, side, stream_offset, stream_length, evidence, reasons) "
	"VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

static void
bind_evidence(struct row *row, const struct session *session, const struct quote *evidence)
{
	const struct where *where = &evidence->where;

	if (!evidence->seen) {
		for (int i = 0; i < 8; i++)
			row_null(row);
		return;
	}
	if (where->last.capture != session->first.capture)
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

static int
insert_findings(struct rows *rows, int64_t session_id, const struct session *session)
{
	int64_t id = session_id * FINDINGS_OF_A_SESSION, next = id + FINDINGS_OF_A_SESSION;

	for (const struct finding *f = session->findings; f != NULL && id + 1 < next; f = f->next) {
		struct row row = row_of(rows->statements[TABLE_FINDING]);
		int64_t kind = 0;
		int result = kind_row(rows, f->rule->id, &kind);

		if (result != SQLITE_OK)
			return result;
		row_integer(&row, ++id);
		row_integer(&row, kind);
		row_integer(&row, f->severity);
		row_integer(&row, f->confidence);
		row_integer(&row, f->score);
		row_integer(&row, f->count);
		bind_evidence(&row, session, &f->evidence);
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
		struct row row = row_of(rows->statements[TABLE_CREDENTIAL]);
		const struct moment *at = auth->secret.seen ? &auth->secret.where.last
		                                            : &auth->begin.where.last;
		int result;

		if (auth->facts.username.len == 0 && !auth->secret.seen)
			continue;
		row_integer(&row, session_id);
		row_span(&row, auth->facts.mechanism.len > 0 ? auth->facts.mechanism : span_of("?"));
		row_span(&row, auth->facts.username);
		row_text(&row, auth_outcome_word(auth->facts.outcome));
		row_integer(&row, auth->in_clear);
		row_count(&row, at->frame);
		row_integer(&row, at->time_ns);
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
		struct row row = row_of(rows->statements[TABLE_SESSION_CERTIFICATE]);
		int64_t certificate = 0;
		int result = certificate_row(rows, &chain->certificates[i], &certificate);

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

int
rows_add(struct rows *rows, int64_t capture_id, const struct session *session)
{
	static int (*const parts[])(struct rows *, int64_t, const struct session *) = {
		insert_dialogue,
		insert_findings,
		insert_credentials,
		insert_certificates,
	};
	int result = insert_session(rows, capture_id, session);
	int64_t session_id = sqlite3_last_insert_rowid(rows->db);

	for (size_t i = 0; i < TABLE_LENGTH(parts) && result == SQLITE_OK; i++)
		result = parts[i](rows, session_id, session);
	return result;
}

/* The statements -------------------------------------------------------------------------------------- */

int
rows_new(struct sqlite3 *db, struct rows **rows_r)
{
	static const char *const texts[STATEMENTS] = {
		[TABLE_SESSION] = session_insert,
		[TABLE_DIALOGUE] = dialogue_insert,
		[TABLE_KIND] = kind_insert,
		[TABLE_FINDING] = finding_insert,
		[TABLE_CREDENTIAL] = credential_insert,
		[TABLE_CERTIFICATE] = certificate_insert,
		[TABLE_SESSION_CERTIFICATE] = session_certificate_insert,
		[FIND_KIND] = "SELECT id FROM kind WHERE word = ?",
		[FIND_CERTIFICATE] = "SELECT id FROM certificate WHERE sha256 = ?",
	};
	struct rows *rows = calloc(1, sizeof(*rows));
	int result = rows != NULL ? SQLITE_OK : SQLITE_NOMEM;

	*rows_r = NULL;
	if (rows == NULL)
		return result;
	rows->db = db;
	for (size_t i = 0; i < STATEMENTS && result == SQLITE_OK; i++)
		result = sqlite3_prepare_v3(db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
			&rows->statements[i], NULL);
	if (result != SQLITE_OK)
		rows_free(&rows);
	*rows_r = rows;
	return result;
}

void
rows_free(struct rows **rows)
{
	if (*rows == NULL)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize((*rows)->statements[i]);
	buffer_free(&(*rows)->scratch);
	free((*rows)->kinds);
	free(*rows);
	*rows = NULL;
}
