/* The sessions of a vantage, read back, and the findings of a comparison, written.
 *
 * A finding of a comparison names the session at the other vantage in finding_link, which tells to which pair of
 * vantages it belongs; its signal has its number. */
#include "store/vantages.h"

#include "base/table.h"
#include "store/bind.h"
#include "store/judged.h"
#include "store/numbers.h"
#include "store/rows.h"
#include "store/signal_row.h"
#include "store/store_private.h"
#include "store/tallies.h"

#include <sqlite3.h>
#include <stdlib.h>

enum statement {
	STATEMENT_SESSIONS,
	STATEMENT_LINES,
	STATEMENT_FORGET,
	STATEMENT_NEXT,
	STATEMENT_FINDING,
	STATEMENT_LINK,
	STATEMENT_SIGNAL,
	STATEMENT_ANEW,
	STATEMENT_UNSETTLE,
	STATEMENTS
};

struct vantages {
	struct store *store;
	sqlite3_stmt *statements[STATEMENTS];
};

#define VANTAGE "coalesce(nullif(c.vantage, ''), s.interface, '')"

static const char *const texts[STATEMENTS] = {
	[STATEMENT_SESSIONS] =
		"SELECT s.id, c.number, s.started_ns, s.client_ip, s.client_port, s.server_ip, s.server_port,"
		" p.client_sequence, p.server_sequence, s.protocol, p.client_random, s.client_name, p.queue_id,"
		" p.sender_domain, p.content_bytes, s.recipients, s.starttls_offered, s.missing, d.left_out,"
		" (SELECT group_concat(verb, ' ') FROM"
		"  (SELECT upper(substr(said, 1, instr(said || ' ', ' ') - 1)) AS verb FROM"
		"   (SELECT json_extract(value, '$[4]') AS said FROM json_each(d.lines)"
		"    WHERE json_extract(value, '$[3]') = 'command' ORDER BY key)))"
		", s.server_banner"
		" FROM session AS s JOIN capture AS c ON c.id = s.capture_id"
		" LEFT JOIN footprint AS p ON p.session_id = s.id"
		" LEFT JOIN dialogue AS d ON d.session_id = s.id"
		" WHERE " VANTAGE " = ?1"
		" ORDER BY s.started_ns, s.client_ip, s.client_port, s.server_ip, s.server_port, s.first_frame,"
		" c.sha256, s.id",
	[STATEMENT_LINES] =
		"SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),"
		" json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]')"
		" FROM dialogue, json_each(dialogue.lines) WHERE session_id = ?1 ORDER BY key",
	[STATEMENT_FORGET] =
		"INSERT INTO doomed SELECT f.id FROM session AS s JOIN capture AS c ON c.id = s.capture_id"
		" JOIN finding AS f ON f.id BETWEEN s.id * 1000 + 800 AND s.id * 1000 + 899"
		" WHERE " VANTAGE " IN (?1, ?2) AND NOT EXISTS"
		"  (SELECT 1 FROM finding_link AS l JOIN session AS o ON o.id = l.session_id"
		"   JOIN capture AS oc ON oc.id = o.capture_id WHERE l.finding_id = f.id AND l.origin = 2"
		"   AND coalesce(nullif(oc.vantage, ''), o.interface, '') NOT IN (?1, ?2))"
		" AND (s.id > " JUDGED_THROUGH
		"  OR EXISTS (SELECT 1 FROM finding_link AS l WHERE l.finding_id = f.id AND l.origin = 2))",
	[STATEMENT_NEXT] = "SELECT coalesce(max(id), ?1 - 1) + 1 FROM finding WHERE id BETWEEN ?1 AND ?2",
	[STATEMENT_FINDING] =
		"INSERT INTO finding (id, kind_id, severity, confidence, score, count, capture, first_frame, frame,"
		" at_ns, side, evidence, reasons) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
	[STATEMENT_LINK] = "INSERT OR IGNORE INTO finding_link (finding_id, session_id, origin) VALUES (?,?,2)",
	[STATEMENT_SIGNAL] =
		"INSERT INTO signal (id, origin, name, grp, points, decisive, words, capture, first_frame, frame,"
		" at_ns, side, evidence) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
	[STATEMENT_ANEW] = "INSERT INTO unjudged SELECT ?1 WHERE " JUDGED_FOR_GOOD("?1"),
	[STATEMENT_UNSETTLE] = TALLIES_UNSETTLE("?1"),
};

/* The ids stand in the table of doomed rows, which is empty otherwise.  A session that nothing is said of any more is
 * to be judged anew, as is one that something is said of (STATEMENT_ANEW). */
static const char forget_doomed[] =
	"INSERT OR IGNORE INTO unjudged SELECT capture_id / 1000 FROM doomed"
	" WHERE " JUDGED_FOR_GOOD("capture_id / 1000") ";"
	TALLIES_UNSETTLE("SELECT capture_id / 1000 FROM doomed") ";"
	"DELETE FROM finding WHERE id IN doomed;"
	"DELETE FROM signal WHERE id IN doomed;"
	"DELETE FROM finding_link WHERE finding_id IN doomed;"
	"DELETE FROM hindsight_finding WHERE finding_id IN doomed;"
	"DELETE FROM doomed;";

/* Bits of session.missing. */
enum {
	MISSING_HEAD = 1 | 2,           /* midstream, one-sided */
	MISSING_REST = 8 | 16,          /* truncated, open; a gap has its line in the dialogue */
};

static struct span
keep_text(sqlite3_stmt *row, int column, struct arena *arena)
{
	const void *at = sqlite3_column_text(row, column);

	return at == NULL ? (struct span){ 0 }
	                  : arena_copy(arena, span_from(at, (size_t)sqlite3_column_bytes(row, column)));
}

static struct endpoint
read_endpoint(sqlite3_stmt *row, int column)
{
	struct endpoint endpoint = { .port = (uint16_t)sqlite3_column_int64(row, column + 1) };
	const char *text = (const char *)sqlite3_column_text(row, column);

	if (text != NULL)
		address_from_text(text, &endpoint.address);
	return endpoint;
}

static struct vantage_session
read_session(sqlite3_stmt *row, struct arena *arena)
{
	int missing = sqlite3_column_int(row, 17);

	return (struct vantage_session){
		.id = sqlite3_column_int64(row, 0),
		.capture = (uint32_t)sqlite3_column_int64(row, 1),
		.started_ns = sqlite3_column_int64(row, 2),
		.client = read_endpoint(row, 3),
		.server = read_endpoint(row, 5),
		.initial_sequence = { (uint32_t)sqlite3_column_int64(row, 7), (uint32_t)sqlite3_column_int64(row, 8) },
		.protocol = keep_text(row, 9, arena),
		.client_random = keep_text(row, 10, arena),
		.client_name = keep_text(row, 11, arena),
		.queue_id = keep_text(row, 12, arena),
		.sender_domain = keep_text(row, 13, arena),
		.content_bytes = (uint64_t)sqlite3_column_int64(row, 14),
		.recipients = (uint32_t)sqlite3_column_int64(row, 15),
		.offer = sqlite3_column_type(row, 16) == SQLITE_NULL ? UNKNOWN
		       : sqlite3_column_int(row, 16) != 0            ? YES
		                                                     : NO,
		.headless = (missing & MISSING_HEAD) != 0,
		.cut = (missing & MISSING_REST) != 0 || sqlite3_column_int64(row, 18) > 0,
		.commands = keep_text(row, 19, arena),
		.greeting = keep_text(row, 20, arena),
	};
}

static struct status
no_memory(struct vantages *vantages)
{
	return store_fail(vantages->store, status_of(STATUS_NO_MEMORY,
		"out of memory to compare the vantages"));
}

/* Room for one more of an array in the arena; what was moved stays behind until the arena goes. */
static void *
grow(struct arena *arena, void *array, size_t count, size_t *room, size_t size)
{
	void *larger;

	if (count < *room)
		return array;
	*room = *room > 0 ? 2 * *room : 64;
	larger = arena_alloc(arena, *room * size);
	if (larger != NULL && count > 0)
		memcpy(larger, array, count * size);
	return larger;
}

/* A statement ran to its end, or not. */
static struct status
finish(struct vantages *vantages, enum statement statement, int result)
{
	sqlite3_reset(vantages->statements[statement]);
	return store_check(vantages->store, result == SQLITE_DONE || result == SQLITE_ROW ? SQLITE_OK : result);
}

struct status
vantages_sessions(struct vantages *vantages, const char *name, struct arena *arena,
	struct vantage_session **sessions_r, size_t *count_r)
{
	sqlite3_stmt *row = vantages->statements[STATEMENT_SESSIONS];
	struct vantage_session *sessions = NULL;
	size_t count = 0, room = 0;
	int result = sqlite3_bind_text(row, 1, name, -1, SQLITE_STATIC);

	while (result == SQLITE_OK && (result = sqlite3_step(row)) == SQLITE_ROW) {
		sessions = grow(arena, sessions, count, &room, sizeof(*sessions));
		if (sessions == NULL)
			break;
		sessions[count++] = read_session(row, arena);
		result = SQLITE_OK;
	}
	*sessions_r = sessions;
	*count_r = count;
	if (arena_spent(arena))
		return no_memory(vantages);
	return finish(vantages, STATEMENT_SESSIONS, result);
}

/* Lines ---------------------------------------------------------------------------------------- */

/* A word that none of ours uses is passed over: a database may come from anywhere. */
static enum event_kind
kind_of(struct span word)
{
	for (int kind = 0; kind < EVENT_KINDS; kind++)
		if (span_is(word, event_word((enum event_kind)kind)))
			return (enum event_kind)kind;
	return EVENT_KINDS;
}

static struct vantage_line
read_line(sqlite3_stmt *row, const struct vantage_session *session, struct arena *arena)
{
	bool elsewhere = sqlite3_column_type(row, 5) != SQLITE_NULL;
	const char *side = (const char *)sqlite3_column_text(row, 2);
	const char *kind = (const char *)sqlite3_column_text(row, 3);

	return (struct vantage_line){
		.side = side != NULL && *side == 'S' ? SERVER : CLIENT,
		.kind = kind_of(span_of(kind)),
		.text = keep_text(row, 4, arena),
		.at = {
			.time_ns = (session->started_ns / 1000 + sqlite3_column_int64(row, 0)) * 1000,
			.frame = (uint64_t)sqlite3_column_int64(row, 1),
			.capture = elsewhere ? (uint32_t)sqlite3_column_int64(row, 5) : session->capture,
		},
	};
}

struct status
vantages_lines(struct vantages *vantages, const struct vantage_session *session, struct arena *arena,
	struct vantage_line **lines_r, size_t *count_r)
{
	sqlite3_stmt *row = vantages->statements[STATEMENT_LINES];
	struct vantage_line *lines = NULL;
	size_t count = 0, room = 0;
	int result = sqlite3_bind_int64(row, 1, session->id);

	while (result == SQLITE_OK && (result = sqlite3_step(row)) == SQLITE_ROW) {
		lines = grow(arena, lines, count, &room, sizeof(*lines));
		if (lines == NULL)
			break;
		lines[count] = read_line(row, session, arena);
		count += lines[count].kind != EVENT_KINDS;
		result = SQLITE_OK;
	}
	*lines_r = lines;
	*count_r = count;
	if (arena_spent(arena))
		return no_memory(vantages);
	return finish(vantages, STATEMENT_LINES, result);
}

/* What a comparison says ------------------------------------------------------------------------- */

struct status
vantages_forget(struct vantages *vantages, const char *one, const char *other)
{
	sqlite3_stmt *forget = vantages->statements[STATEMENT_FORGET];
	struct status status;

	sqlite3_bind_text(forget, 1, one, -1, SQLITE_STATIC);
	sqlite3_bind_text(forget, 2, other, -1, SQLITE_STATIC);
	status = finish(vantages, STATEMENT_FORGET, sqlite3_step(forget));
	return status_is_ok(&status) ? store_execute(vantages->store, forget_doomed) : status;
}

/* The next free number of the session's; above the last one there is no room. */
static struct status
next_id(struct vantages *vantages, int64_t session_id, int64_t *id_r)
{
	sqlite3_stmt *next = vantages->statements[STATEMENT_NEXT];
	int64_t first = session_id * NUMBERS_OF_A_SESSION + NUMBER_COMPARISON_FIRST;
	int64_t last = session_id * NUMBERS_OF_A_SESSION + NUMBER_COMPARISON_LAST;
	int result;

	sqlite3_bind_int64(next, 1, first);
	sqlite3_bind_int64(next, 2, last);
	result = sqlite3_step(next);
	*id_r = result == SQLITE_ROW ? sqlite3_column_int64(next, 0) : last + 1;
	if (*id_r > last)
		*id_r = 0;
	return finish(vantages, STATEMENT_NEXT, result);
}

/* The six columns capture to evidence: a line tells its frame, and not where in its stream it stands. */
static void
bind_line(struct row *row, const struct vantage_finding *finding)
{
	const struct vantage_line *line = finding->line;

	if (line == NULL) {
		for (int i = 0; i < 6; i++)
			row_null(row);
		return;
	}
	if (line->at.capture == finding->session->capture)
		row_null(row);
	else
		row_integer(row, line->at.capture);
	row_count(row, line->at.frame);
	row_count(row, line->at.frame);
	row_integer(row, line->at.time_ns);
	row_integer(row, line->side);
	row_span(row, line->text);
}

static int
add_finding(struct vantages *vantages, int64_t id, const struct vantage_finding *finding)
{
	struct row row = row_of(vantages->statements[STATEMENT_FINDING]);
	int64_t kind_id = 0;
	int result = rows_kind(vantages->store->rows, finding->kind, &kind_id);

	if (result != SQLITE_OK)
		return result;
	row_integer(&row, id);
	row_integer(&row, kind_id);
	row_integer(&row, finding->severity);
	row_integer(&row, finding->confidence);
	row_integer(&row, finding->score);
	row_integer(&row, finding->count);
	bind_line(&row, finding);
	row_span(&row, finding->reasons);
	return row_insert(&row);
}

static int
add_link(struct vantages *vantages, int64_t id, int64_t other)
{
	struct row row = row_of(vantages->statements[STATEMENT_LINK]);

	row_integer(&row, id);
	row_integer(&row, other);
	return row_insert(&row);
}

/* Its verdict may be another one by now, and more was found in it. */
static int
ask_anew(struct vantages *vantages, int64_t session_id)
{
	static const enum statement asking[] = { STATEMENT_ANEW, STATEMENT_UNSETTLE };
	int result = SQLITE_OK;

	for (size_t i = 0; i < TABLE_LENGTH(asking) && result == SQLITE_OK; i++) {
		struct row row = row_of(vantages->statements[asking[i]]);

		row_integer(&row, session_id);
		result = row_insert(&row);
	}
	return result;
}

static int
add_signal(struct vantages *vantages, int64_t id, const struct vantage_finding *finding)
{
	struct row row = row_of(vantages->statements[STATEMENT_SIGNAL]);
	const struct signal *signal = finding->signal;

	row_integer(&row, id);
	row_integer(&row, SIGNAL_OF_COMPARISON);
	row_span(&row, signal->name);
	row_integer(&row, signal->group);
	row_integer(&row, signal->points);
	row_integer(&row, signal->decisive);
	row_span(&row, signal->words);
	bind_line(&row, finding);
	return row_insert(&row);
}

struct status
vantages_add(struct vantages *vantages, const struct vantage_finding *finding)
{
	int64_t id = 0;
	struct status status = next_id(vantages, finding->session->id, &id);
	int result;

	if (!status_is_ok(&status) || id == 0)
		return status;
	result = add_finding(vantages, id, finding);
	if (result == SQLITE_OK)
		result = add_link(vantages, id, finding->other);
	if (result == SQLITE_OK && finding->signal != NULL)
		result = add_signal(vantages, id, finding);
	if (result == SQLITE_OK)
		result = ask_anew(vantages, finding->session->id);
	return store_check(vantages->store, result);
}

/* Opening and closing ---------------------------------------------------------------------------- */

struct status
vantages_open(struct store *store, struct vantages **vantages_r)
{
	struct vantages *vantages = calloc(1, sizeof(*vantages));
	struct status status = store_batch(store);

	*vantages_r = NULL;
	if (vantages == NULL)
		return store_check(store, SQLITE_NOMEM);
	vantages->store = store;
	for (int i = 0; i < STATEMENTS && status_is_ok(&status); i++)
		status = store_check(store, sqlite3_prepare_v3(store->db,
			texts[i], -1, SQLITE_PREPARE_PERSISTENT, &vantages->statements[i], NULL));
	if (status_is_ok(&status))
		*vantages_r = vantages;
	else
		vantages_close(&vantages);
	return status;
}

struct status
vantages_close(struct vantages **vantages)
{
	struct status status = (*vantages)->store->failed;

	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize((*vantages)->statements[i]);
	free(*vantages);
	*vantages = NULL;
	return status;
}
