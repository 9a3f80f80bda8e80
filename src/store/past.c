/* Going through all sessions in the order in which they began. */
#include "store/past_private.h"

#include "base/table.h"
#include "model/tls.h"
#include "store/footprint_row.h"
#include "store/judged.h"
#include "store/numbers.h"
#include "store/store_private.h"

#include <sqlite3.h>
#include <stdlib.h>

/* The columns in this order, those of the footprint behind them. */
enum column {
	COLUMN_ID,
	COLUMN_CAPTURE,
	COLUMN_VERDICT,
	COLUMN_SEVERITY,
	COLUMN_COMPARED,
	COLUMN_STARTED,
	COLUMN_ENDED,
	COLUMN_VANTAGE,
	COLUMN_PROTOCOL,
	COLUMN_CLIENT_NAME,
	COLUMN_SNI,
	COLUMN_JA3,
	COLUMN_JA3S,
	COLUMN_CLIENT_IP,
	COLUMN_CLIENT_PORT,
	COLUMN_SERVER_IP,
	COLUMN_SERVER_PORT,
	COLUMN_VLAN,
	COLUMN_EXPOSED,
	COLUMN_OFFER,
	COLUMN_VERSION,
	COLUMN_GRADE,
	COLUMN_KEY,
	COLUMN_SUBJECT,
	COLUMN_ISSUER,
	COLUMN_NAMES,
	COLUMN_NOT_BEFORE,
	COLUMN_NOT_AFTER,
	COLUMN_SETTLED,
	COLUMN_FOOTPRINT,
};

static const char select_columns[] =
	"SELECT s.id, c.number, s.verdict, s.severity,"
	" (SELECT max(severity) FROM finding WHERE id BETWEEN s.id * 1000 + 800 AND s.id * 1000 + 899),"
	" s.started_ns, s.ended_ns, coalesce(nullif(c.vantage, ''), s.interface, '') AS place,"
	" s.protocol, s.client_name, s.tls_sni, s.tls_ja3, s.tls_ja3s, s.client_ip, s.client_port,"
	" s.server_ip, s.server_port, s.vlan, s.exposed, s.starttls_offered, s.tls_version, s.tls_grade,"
	" leaf.spki_sha256, leaf.subject, leaf.issuer, leaf.names, leaf.not_before, leaf.not_after, "
	JUDGED_FOR_GOOD("s.id");

/* Of a few sessions their own list comes first, of all of them the index on started_ns. */
static const char *const select_scope[] = {
	[PAST_ALL] = " FROM session AS s",
	[PAST_FINISHED] = " FROM session AS s",
	[PAST_FRESH] = " FROM temp.fresh CROSS JOIN session AS s ON s.id = fresh.session_id",
};

/* The index on started_ns gives the order; only what began at one instant is sorted.  Which capture or row comes first
 * decides nothing that the traffic does not tell, but for two views that are equal in all of it. */
static const char select_from[] =
	" CROSS JOIN footprint AS p ON p.session_id = s.id"
	" CROSS JOIN capture AS c ON c.id = s.capture_id"
	" LEFT JOIN session_certificate AS shown ON shown.session_id = s.id AND shown.position = 0"
	" LEFT JOIN certificate AS leaf ON leaf.id = shown.certificate_id"
	" WHERE ?1 OR NOT s.ongoing"
	" ORDER BY s.started_ns, s.client_ip, s.client_port, s.server_ip, s.server_port, place,"
	" s.first_frame, c.sha256, s.id";

static const char select_chain[] =
	"SELECT certificate.sha256, certificate.spki_sha256 FROM session_certificate AS shown"
	" JOIN certificate ON certificate.id = shown.certificate_id"
	" WHERE shown.session_id = ? ORDER BY shown.position";

bool
past_check(struct past *past, int result)
{
	if (result != SQLITE_OK && status_is_ok(&past->failed))
		past->failed = store_check(past->store, result);
	return status_is_ok(&past->failed);
}

/* A session ------------------------------------------------------------------------------------- */

static struct span
text_of(sqlite3_stmt *row, int column)
{
	const void *at = sqlite3_column_text(row, column);

	return span_from(at, at != NULL ? (size_t)sqlite3_column_bytes(row, column) : 0);
}

/* Two times are subtracted by whoever compares sessions; no capture claims one beyond this, but a database may. */
static int64_t
time_of(sqlite3_stmt *row, int column)
{
	const int64_t farthest = INT64_MAX / 2;
	int64_t ns = sqlite3_column_int64(row, column);

	return ns < -farthest ? -farthest : ns > farthest ? farthest : ns;
}

static struct endpoint
endpoint_of(sqlite3_stmt *row, int column)
{
	struct endpoint endpoint = { .port = (uint16_t)sqlite3_column_int64(row, column + 1) };
	const char *text = (const char *)sqlite3_column_text(row, column);

	if (text != NULL)
		address_from_text(text, &endpoint.address);
	return endpoint;
}

static enum known
known_of(sqlite3_stmt *row, int column)
{
	if (sqlite3_column_type(row, column) == SQLITE_NULL)
		return UNKNOWN;
	return sqlite3_column_int(row, column) != 0 ? YES : NO;
}

/* One that could not be read has no key to be compared by. */
static void
read_leaf(sqlite3_stmt *row, struct footprint_certificate *leaf)
{
	const void *key = sqlite3_column_blob(row, COLUMN_KEY);

	if (key == NULL || sqlite3_column_bytes(row, COLUMN_KEY) != SHA256_SIZE)
		return;
	leaf->seen = true;
	memcpy(leaf->spki_sha256, key, SHA256_SIZE);
	leaf->subject = text_of(row, COLUMN_SUBJECT);
	leaf->issuer = text_of(row, COLUMN_ISSUER);
	leaf->names = text_of(row, COLUMN_NAMES);
	leaf->not_before = sqlite3_column_int64(row, COLUMN_NOT_BEFORE);
	leaf->not_after = sqlite3_column_int64(row, COLUMN_NOT_AFTER);
}

static void
read_digest(sqlite3_stmt *row, int column, uint8_t digest[SHA256_SIZE])
{
	const void *at = sqlite3_column_blob(row, column);

	if (at != NULL && sqlite3_column_bytes(row, column) == SHA256_SIZE)
		memcpy(digest, at, SHA256_SIZE);
	else
		memset(digest, 0, SHA256_SIZE);
}

/* The certificates that the server sent with its own. */
static int
read_chain(struct past *past, struct footprint *footprint)
{
	sqlite3_stmt *row = past->statements[PAST_CHAIN];
	int result = SQLITE_DONE;

	if (!footprint->leaf.seen)
		return SQLITE_OK;
	sqlite3_bind_int64(row, 1, footprint->session_id);
	while (footprint->chain_count < FOOTPRINT_CHAIN_MOST && (result = sqlite3_step(row)) == SQLITE_ROW) {
		struct footprint_digests *digests = &past->chain[footprint->chain_count++];

		read_digest(row, 0, digests->sha256);
		read_digest(row, 1, digests->spki_sha256);
	}
	footprint->chain = past->chain;
	sqlite3_reset(row);
	return result == SQLITE_DONE || result == SQLITE_ROW ? SQLITE_OK : result;
}

static void
read_session(sqlite3_stmt *row, struct footprint *footprint)
{
	struct span grade = text_of(row, COLUMN_GRADE);

	footprint->session_id = sqlite3_column_int64(row, COLUMN_ID);
	footprint->started_ns = time_of(row, COLUMN_STARTED);
	footprint->ended_ns = time_of(row, COLUMN_ENDED);
	footprint->vantage = text_of(row, COLUMN_VANTAGE);
	footprint->protocol = text_of(row, COLUMN_PROTOCOL);
	footprint->client_name = text_of(row, COLUMN_CLIENT_NAME);
	footprint->sni = text_of(row, COLUMN_SNI);
	footprint->ja3 = text_of(row, COLUMN_JA3);
	footprint->ja3s = text_of(row, COLUMN_JA3S);
	footprint->client = endpoint_of(row, COLUMN_CLIENT_IP);
	footprint->server = endpoint_of(row, COLUMN_SERVER_IP);
	footprint->vlan = (uint32_t)sqlite3_column_int64(row, COLUMN_VLAN);
	footprint->exposed = (uint32_t)sqlite3_column_int64(row, COLUMN_EXPOSED);
	footprint->offer = known_of(row, COLUMN_OFFER);
	footprint->tls_version = tls_version_from_word(text_of(row, COLUMN_VERSION));
	footprint->tls_grade = grade.len == 1 ? (char)grade.at[0] : '\0';
	read_leaf(row, &footprint->leaf);
}

/* The worst of what the session shows by itself and what a comparison of vantages added. */
static void
read_severity(sqlite3_stmt *row, struct past_session *session)
{
	for (int column = COLUMN_SEVERITY; column <= COLUMN_COMPARED; column++) {
		int severity = sqlite3_column_int(row, column);

		if (sqlite3_column_type(row, column) == SQLITE_NULL || severity < SEVERITY_INFO ||
		    severity > SEVERITY_CRITICAL)
			continue;
		if (!session->has_findings || (enum severity)severity > session->severity)
			session->severity = (enum severity)severity;
		session->has_findings = true;
	}
	session->compared = sqlite3_column_type(row, COLUMN_COMPARED) != SQLITE_NULL;
}

bool
past_next(struct past *past, struct past_session *session_r)
{
	sqlite3_stmt *row = past->statements[PAST_SESSIONS];
	struct footprint *footprint = &session_r->footprint;
	int result = status_is_ok(&past->failed) ? sqlite3_step(row) : SQLITE_DONE;

	memset(session_r, 0, sizeof(*session_r));
	if (result != SQLITE_ROW) {
		past_check(past, result == SQLITE_DONE ? SQLITE_OK : result);
		return false;
	}
	read_session(row, footprint);
	read_severity(row, session_r);
	if (!verdict_from_word(text_of(row, COLUMN_VERDICT), &session_r->verdict))
		session_r->verdict = VERDICT_UNKNOWN_PARTIAL;
	session_r->capture = (uint32_t)sqlite3_column_int64(row, COLUMN_CAPTURE);
	session_r->settled = past->scope != PAST_FRESH && sqlite3_column_int(row, COLUMN_SETTLED) != 0;
	footprint_row_read(row, COLUMN_FOOTPRINT, session_r->capture, &past->texts, footprint);
	past->session_id = footprint->session_id;
	past->capture = session_r->capture;
	past->findings = past->signals = 0;
	if (!past_check(past, signal_rows_read(past->statements[PAST_SIGNALS], past->session_id,
		past->capture, &past->own)) || !past_check(past, read_chain(past, footprint)) ||
	    !past_check(past, past->texts.failed ? SQLITE_NOMEM : SQLITE_OK))
		return false;
	footprint->signals = past->own.list;
	footprint->signal_count = past->own.count;
	session_r->compared |= past->own.compared;
	return true;
}

/* Opening and closing ------------------------------------------------------------------------------ */

static void
write_select(struct buffer *sql, enum past_scope scope)
{
	buffer_add_text(sql, select_columns);
	footprint_row_columns(sql, "p.");
	buffer_add_text(sql, select_scope[scope]);
	buffer_add_text(sql, select_from);
}

static void
prepare(struct past *past, enum past_statement statement, const char *sql)
{
	past_check(past, sqlite3_prepare_v3(past->store->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
		&past->statements[statement], NULL));
}

static void
prepare_all(struct past *past)
{
	struct buffer sql = { 0 };

	write_select(&sql, past->scope);
	past_check(past, sql.failed ? SQLITE_NOMEM : SQLITE_OK);
	prepare(past, PAST_SESSIONS, buffer_text(&sql));
	prepare(past, PAST_SIGNALS, signal_row_select);
	prepare(past, PAST_CHAIN, select_chain);
	for (int i = PAST_FIND; i < PAST_STATEMENTS; i++)
		prepare(past, (enum past_statement)i, outcome_statement((enum past_statement)i));
	past_check(past, sql.failed ? SQLITE_NOMEM : SQLITE_OK);
	buffer_free(&sql);
	sqlite3_bind_int(past->statements[PAST_SESSIONS], 1, past->scope == PAST_ALL);
}

static void
past_free(struct past **past)
{
	for (size_t i = 0; i < PAST_STATEMENTS; i++)
		sqlite3_finalize((*past)->statements[i]);
	buffer_free(&(*past)->own.texts);
	buffer_free(&(*past)->texts);
	buffer_free(&(*past)->found);
	free(*past);
	*past = NULL;
}

struct status
past_open(struct store *store, enum past_scope scope, struct past **past_r)
{
	struct past *past = calloc(1, sizeof(*past));
	struct status status;

	*past_r = NULL;
	if (past == NULL)
		return store_check(store, SQLITE_NOMEM);
	past->store = store;
	past->scope = scope;
	past->failed = judged_prepare(store);
	if (status_is_ok(&past->failed) && scope != PAST_FRESH)
		past->failed = outcome_forget(store);
	prepare_all(past);
	status = past->failed;
	if (status_is_ok(&status))
		*past_r = past;
	else
		past_free(&past);
	return status;
}

struct status
past_close(struct past **past)
{
	struct status status = (*past)->failed;
	struct store *store = (*past)->store;

	past_free(past);
	return status_is_ok(&status) ? judged_note(store) : status;
}
