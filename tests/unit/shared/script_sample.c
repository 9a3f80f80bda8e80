/* How the footprints of a script become sessions. */
#include "script_sample.h"

const char all_that_is_said[] =
	"SELECT started_at, client_ip, verdict, severity FROM v_session ORDER BY 1, 2;"
	"SELECT s.started_ns, kind, f.severity, confidence, score, reasons FROM v_finding AS f"
	" JOIN session AS s ON s.id = f.session_id ORDER BY 1, 2;"
	"SELECT s.started_ns, signal, points, words FROM v_signal AS g"
	" JOIN session AS s ON s.id = g.session_id ORDER BY 1, 2;"
	"SELECT s.started_ns, o.started_ns FROM finding_link AS l JOIN session AS s ON s.id = l.finding_id / 1000"
	" JOIN session AS o ON o.id = l.session_id ORDER BY 1, 2;"
	"SELECT s.started_ns, h.verdict, h.severity, h.points FROM hindsight_session AS h"
	" JOIN session AS s ON s.id = h.session_id ORDER BY 1";

static void
tell_list(struct session *session, const struct footprint *footprint)
{
	if (footprint->offer == UNKNOWN)
		return;
	sample_tell(session, SERVER, EVENT_CAPABILITIES_BEGIN, 0, "", 6);
	if (footprint->offer == YES)
		sample_tell(session, SERVER, EVENT_TLS_OFFERED, 0, "", 6);
	sample_tell(session, SERVER, EVENT_CAPABILITIES_END, 0, "", 6);
}

void
make_session(void *memory, const struct footprint *shown, const struct hindsight *hindsight)
{
	struct script *script = memory;
	struct session *session = sample_session(0);
	struct footprint *footprint = arena_alloc(session->arena, sizeof(*footprint));

	(void)hindsight;
	assert_true(script->count < SCRIPT_MOST);
	*footprint = *shown;
	footprint_keep(footprint, session->arena);
	session->serial = script->count + 1;
	session->footprint = footprint;
	session->client = shown->client;
	session->server = shown->server;
	session->first.time_ns = shown->started_ns;
	session->last.time_ns = shown->ended_ns;
	tell_list(session, shown);
	script->sessions[script->count++] = session;
}

struct script
script_of(const char *text)
{
	static const struct subject maker = { .take = make_session };
	static struct story story;
	struct script script = { .count = 0 };

	memset(&story, 0, sizeof(story));
	story_tell(&story, &maker, &script, text);
	return script;
}

struct store *
open_live(const char *path)
{
	static const struct store_capture capture = { .path = "eth1", .vantage = "mirror", .live = true };
	struct store *store;

	assert_ok(store_open(path, &store));
	assert_ok(store_begin(store, "0.1"));
	store_live(store);
	assert_ok(store_capture(store, 0, &capture));
	return store;
}

void
close_live(struct store *store)
{
	assert_ok(store_finish(store));
	assert_ok(store_close(&store));
}

struct buffer
ask(const char *path, const char *sql)
{
	struct buffer answer = { 0 };
	struct query *query;

	assert_ok(query_open(path, &query));
	assert_ok(query_run(query, sql, NULL, 0, sample_add_row, &answer));
	query_close(&query);
	return answer;
}
