/* A whole file into a database and out of the views and the export again: no session may be refused,
 * no view may stumble over what it holds, each exported line is JSON, and all text that comes out is
 * UTF-8 without control characters. */
#include "fuzz.h"

#include "engine/engine.h"
#include "report/export.h"
#include "store/query.h"
#include "store/store.h"
#include "wire/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	INPUTS_MOST = 200,              /* in one database: making one takes longest */
	LINE_MOST = 65536,              /* as the manual page promises */
};

static struct {
	char          path[256];
	struct store *store;
	struct query *query;
	unsigned      inputs;
	char          vantage[16];      /* of this input */
	int64_t       last;             /* session that was looked at */
} database;

static void
expect(struct status status)
{
	fuzz_promise(status_is_ok(&status), status.message);
}

/* The database --------------------------------------------------------------------------------- */

static void
database_close(void)
{
	static const char *const endings[] = { "", "-wal", "-shm" };
	char path[272];

	if (database.store == NULL)
		return;
	query_close(&database.query);
	store_close(&database.store);
	for (size_t i = 0; i < TABLE_LENGTH(endings); i++) {
		snprintf(path, sizeof(path), "%s%s", database.path, endings[i]);
		unlink(path);
	}
}

static void
database_open(void)
{
	static bool begun;
	const char *folder = getenv("TMPDIR");

	if (!begun)
		atexit(database_close);
	begun = true;
	snprintf(database.path, sizeof(database.path), "%s/fuzz_store-%ld.db",
		folder == NULL ? "/tmp" : folder, (long)getpid());
	expect(store_open(database.path, &database.store));
	expect(query_open(database.path, &database.query));
	database.inputs = 0;
	database.last = 0;
}

/* Looking -------------------------------------------------------------------------------------- */

/* RFC 3629: neither overlong forms nor surrogates. */
static size_t
utf8_length(struct span s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = s.at[0] < 0x80 ? 1 : s.at[0] < 0xC0 ? 0 : s.at[0] < 0xE0 ? 2
	           : s.at[0] < 0xF0 ? 3 : s.at[0] < 0xF8 ? 4 : 0;
	uint32_t point = len < 2 ? s.at[0] : s.at[0] & (0x7Fu >> len);

	if (len == 0 || len > s.len)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((s.at[i] & 0xC0) != 0x80)
			return 0;
		point = point << 6 | (s.at[i] & 0x3F);
	}
	return point < least[len] || point > 0x10FFFF || point >> 11 == 0x1B ? 0 : len;
}

static void
look_at_cell(const char *name, struct span text)
{
	char promise[128];

	snprintf(promise, sizeof(promise), "the column %s is clean text", name);
	while (text.len > 0) {
		size_t len = utf8_length(text);

		fuzz_promise(len > 0, promise);
		fuzz_promise(text.at[0] >= 0x20 || text.at[0] == '\n', promise);
		text = span_after(text, len);
	}
}

static void
look_at(void *user, const struct query_record *record)
{
	size_t *rows = user;

	++*rows;
	for (size_t i = 0; i < record->count; i++)
		if (record->cells[i] != NULL)
			look_at_cell(record->names[i], span_of(record->cells[i]));
}

/* How many rows of one view are about the sessions that came last. */
static size_t
look(const char *view)
{
	struct query_parameter since = { .name = ":session", .number = database.last };
	char sql[96];
	size_t rows = 0;

	snprintf(sql, sizeof(sql), "SELECT * FROM %s WHERE session_id > :session", view);
	expect(query_run(database.query, sql, &since, 1, look_at, &rows));
	return rows;
}

static void
refuse(void *user, const struct query_record *record)
{
	(void)user;
	(void)record;
	fuzz_promise(false, "a line is JSON");
}

static void
look_at_line(struct span line)
{
	char *text = strndup((const char *)line.at, line.len);
	struct query_parameter parameter = { .name = ":line", .text = text };

	fuzz_promise(text != NULL, "there is memory");
	fuzz_promise(line.len < LINE_MOST, "a line has its limit");
	look_at_cell("export", line);
	expect(query_run(database.query, "SELECT 1 WHERE NOT json_valid(:line)", &parameter, 1, refuse, NULL));
	free(text);
}

/* How many lines the export has about this input. */
static size_t
look_at_export(enum export_events events)
{
	size_t lines = 0;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct span rest, line;

	fuzz_promise(out != NULL, "there is memory");
	expect(export_print(out, database.query, &(struct scope){ .vantage = database.vantage }, events));
	fclose(out);
	rest = span_from(text, len);
	for (; span_take_line(&rest, &line); lines++)
		look_at_line(line);
	fuzz_promise(rest.len == 0, "the last line has its end");
	free(text);
	return lines;
}

static void
count_sessions(void *user, const struct query_record *record)
{
	(void)user;
	database.last = record->cells[0] == NULL ? 0 : strtoll(record->cells[0], NULL, 10);
}

/* Filling -------------------------------------------------------------------------------------- */

static void
take_session(void *user, struct session *session)
{
	size_t *sessions = user;
	struct rowset *rowset = rowset_new(session);

	++*sessions;
	fuzz_promise(rowset != NULL, "there is memory");
	expect(store_rowset(database.store, rowset));
	rowset_free(&rowset);
	session_free(&session);
}

static void
fill(struct capture *capture, struct engine *engine)
{
	struct frame frame;

	while (capture_next(capture, &frame) == CAPTURE_FRAME)
		engine_frame(engine, &frame);
	engine_drain(engine, INT64_MIN);
}

static size_t
store_all(struct capture *capture)
{
	struct budget budget = fuzz_budget(0);
	struct engine_config config = engine_config_default();
	struct store_capture about = { .path = "input", .vantage = database.vantage };
	struct store_result result = { .damage = "" };
	struct engine *engine;
	size_t sessions = 0;

	config.second_opinion = false;
	config.flows.flows = 64;
	expect(store_begin(database.store, "fuzz"));
	expect(store_capture(database.store, 0, &about));
	engine = engine_new(&config, &budget,
		&(struct sink){ .session = take_session, .user = &sessions });
	fuzz_promise(engine != NULL, "there is memory");
	fill(capture, engine);
	engine_free(&engine);
	result.damage = capture_damage(capture);
	expect(store_capture_read(database.store, 0, &result));
	expect(store_finish(database.store));
	fuzz_all_given_back(&budget);
	return sessions;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const details[] = { "v_finding", "v_credential", "v_certificate",
		"v_dialogue", "v_note" };
	struct capture *capture;
	struct status status = capture_open(fuzz_path(span_from(data, size)), NULL, 0, &capture);
	size_t sessions;

	if (!status_is_ok(&status))
		return 0;
	if (database.inputs++ == INPUTS_MOST)
		database_close();
	if (database.store == NULL)
		database_open();
	snprintf(database.vantage, sizeof(database.vantage), "fuzz-%u", database.inputs);
	sessions = store_all(capture);
	capture_close(&capture);
	fuzz_promise(look("v_session") == sessions, "each session has its row");
	for (size_t i = 0; i < TABLE_LENGTH(details); i++)
		look(details[i]);
	fuzz_promise(look_at_export(EXPORT_SESSIONS) == sessions, "each session has its line");
	look_at_export(EXPORT_FINDINGS);
	expect(query_run(database.query, "SELECT max(session_id) FROM v_session", NULL, 0,
		count_sessions, NULL));
	return 0;
}

void
fuzz_seed(const char *path, struct buffer *seed)
{
	fuzz_read_file(path, seed);
}
