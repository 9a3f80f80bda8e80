/* Databases become one: a sensor's while it writes, one whose sessions were judged for good, one that was changed. */
#include "shared/script_sample.h"

#include "engine/hindsight.h"
#include "store/merge.h"
#include "store/store_private.h"

#include <sqlite3.h>

static void
change(struct store *store, const char *sql)
{
	char *message = NULL;

	sqlite3_exec(store->db, sql, NULL, NULL, &message);
	if (message != NULL)
		fail_msg("%s: %s", sql, message);
}

/* The database as it stands, by another name. */
static const char *
copy_of(struct store *store, const char *name)
{
	const char *path = sample_path(name);
	char sql[200];

	assert_ok(store_commit(store));
	snprintf(sql, sizeof(sql), "VACUUM INTO '%s'", path);
	change(store, sql);
	return path;
}

static struct merge_result
merge(struct store *into, const char *path)
{
	struct merge_result result;
	bool is_to_judge;

	assert_ok(merge_source(into, path, &result));
	assert_ok(result.refused);
	assert_ok(merge_is_to_judge(into, &is_to_judge));
	assert_int_equal(is_to_judge, result.sessions + result.sessions_further > 0);
	assert_ok(hindsight_all(into, &sample_budget, NULL, NULL));
	assert_ok(merge_is_judged(into));
	return result;
}

static void
merge_into(const char *into, const char *from)
{
	struct store *store;

	assert_ok(store_open(into, &store));
	merge(store, from);
	assert_ok(store_close(&store));
}

static void
write_ongoing(struct store *store, struct session *session)
{
	session->ongoing = true;
	assert_ok(sample_store_session(store, session));
	session->ongoing = false;
	session->shown = true;
}

/* A sensor's ------------------------------------------------------------------------------------- */

static const char states[] = "SELECT id, ongoing, missing & 16, frames FROM session ORDER BY id";

static void
sensor_is_merged_while_it_writes(void **state)
{
	const char *path = sample_path("sensor"), *all = sample_path("all");
	struct store *sensor = open_live(path), *into;
	struct script script = script_of("client 10.0.1.1 offers; after 1h client 10.0.2.1 offers");
	struct merge_result result;

	(void)state;
	assert_ok(store_open(all, &into));
	sample_write(sensor, script.sessions[0]);
	write_ongoing(sensor, script.sessions[1]);
	result = merge(into, path);
	assert_int_equal(result.sessions, 0);   /* nothing is committed */
	assert_ok(store_commit(sensor));
	result = merge(into, path);
	assert_int_equal(result.sessions, 2);
	assert_int_equal(result.captures_open, 1);
	assert_answer(all, states, "1|0|0|20\n2|1|0|20\n");
	script.sessions[1]->frames = 25;
	sample_write(sensor, script.sessions[1]);
	assert_ok(store_commit(sensor));
	result = merge(into, path);
	assert_int_equal(result.sessions, 0);
	assert_int_equal(result.sessions_further, 1);
	assert_answer(all, states, "1|0|0|20\n2|0|0|25\n");
	result = merge(into, path);
	assert_int_equal(result.sessions_further, 0);
	assert_ok(store_close(&into));
	close_live(sensor);
	merge_into(all, path);
	assert_answer(all, "SELECT count(*), complete FROM capture", "1|1\n");
	assert_answer(all, "SELECT count(*), finished > 0, merged FROM run", "1|1|1\n");
}

/* Of two states the later one stands, whichever came first. */
static void
copies_come_in_any_order(void **state)
{
	static const struct store_minute minutes[] = { { .frames = 5, .bytes = 500 },
		{ .frames = 3, .bytes = 200, .kernel_drops = 1 } };
	struct store *sensor = open_live(sample_path("sensor"));
	struct script script = script_of(TEN "after 1h " VICTIM);
	const char *yesterday, *today;
	struct buffer said;

	(void)state;
	for (size_t i = 0; i < script.count - 1; i++)
		sample_write(sensor, script.sessions[i]);
	write_ongoing(sensor, script.sessions[10]);
	assert_ok(store_minute(sensor, 0, &minutes[0]));
	assert_ok(store_commit(sensor));
	yesterday = copy_of(sensor, "yesterday");
	sample_write(sensor, script.sessions[10]);
	assert_ok(store_minute(sensor, 0, &minutes[1]));
	assert_ok(hindsight_all(sensor, &sample_budget, NULL, NULL));
	close_live(sensor);
	today = sample_path("sensor");
	said = ask(today, all_that_is_said);
	merge_into(sample_path("forth"), yesterday);
	merge_into(sample_path("forth"), today);
	merge_into(sample_path("back"), today);
	merge_into(sample_path("back"), yesterday);
	assert_answer(sample_path("forth"), all_that_is_said, buffer_text(&said));
	assert_answer(sample_path("back"), all_that_is_said, buffer_text(&said));
	assert_answer(sample_path("back"), "SELECT count(*) FROM session WHERE ongoing", "0\n");
	assert_answer(sample_path("back"), "SELECT frames, bytes, kernel_drops FROM capture_minute", "8|700|1\n");
	assert_answer(sample_path("forth"), "SELECT frames, bytes, kernel_drops FROM capture_minute", "8|700|1\n");
	buffer_free(&said);
}

/* A run of the database itself ends what its own earlier ones left, and not what was copied. */
static void
copied_run_is_no_killed_one(void **state)
{
	const char *path = sample_path("sensor"), *all = sample_path("all");
	struct store *sensor = open_live(path), *own;
	struct script script = script_of("client 10.0.1.1 offers; after 1h client 10.0.2.1 offers");

	(void)state;
	write_ongoing(sensor, script.sessions[0]);
	assert_ok(store_commit(sensor));
	merge_into(all, path);
	own = open_live(all);
	write_ongoing(own, script.sessions[1]);
	session_free(&script.sessions[1]);
	assert_ok(store_close(&own));
	own = open_live(all);
	close_live(own);
	assert_answer(all, states, "1|1|0|20\n2|0|16|20\n");
	assert_answer(all, "SELECT damaged, complete FROM capture ORDER BY id",
		"NULL|0\nthe run was killed|1\nNULL|1\n");
	sample_write(sensor, script.sessions[0]);
	close_live(sensor);
	merge_into(all, path);
	assert_answer(all, states, "1|0|0|20\n2|0|16|20\n");
}

/* What is judged for good ------------------------------------------------------------------------ */

static const char said_of_victim[] =
	"SELECT v.verdict, v.severity, f.kind, f.confidence, f.reasons FROM v_session AS v"
	" JOIN v_finding AS f USING (session_id) WHERE v.client_ip = '10.200.1.1' AND f.finding_id % 1000 >= 500;"
	"SELECT signal, g.points FROM v_signal AS g JOIN v_session USING (session_id) WHERE client_ip = '10.200.1.1';"
	"SELECT h.verdict, h.severity, points FROM hindsight_session AS h JOIN session AS s ON s.id = session_id"
	" WHERE client_ip = '10.200.1.1'";

/* A sensor's database whose teaching sessions are gone; `before`, unless NULL, is a copy from when they were there. */
static struct buffer
write_pruned(const char *name, const char *before)
{
	struct store *store = open_live(sample_path(name));
	struct script script = script_of(TEN "after 1h " VICTIM);
	int64_t last_ns = script.sessions[10]->first.time_ns;
	size_t gone;

	for (size_t i = 0; i < script.count; i++)
		sample_write(store, script.sessions[i]);
	if (before != NULL)
		copy_of(store, before);
	assert_ok(hindsight_all(store, &sample_budget, NULL, NULL));
	assert_ok(store_commit(store));
	assert_ok(store_prune(store, last_ns, 100, &gone));
	assert_int_equal(gone, 10);
	close_live(store);
	return ask(sample_path(name), said_of_victim);
}

static void
write_others(const char *name)
{
	struct store *store = open_live(sample_path(name));
	struct script script = script_of("times 3 every 1h client 10.77.1.1 offers");

	for (size_t i = 0; i < script.count; i++)
		sample_write(store, script.sessions[i]);
	close_live(store);
}

static void
judgement_outlives_the_merge(void **state)
{
	struct buffer said = write_pruned("pruned", NULL);
	static const char *const orders[][2] = { { "pruned", "others" }, { "others", "pruned" } };

	(void)state;
	assert_non_null(strstr(buffer_text(&said), "downgrade-offer-missing-vs-history"));
	write_others("others");
	for (size_t i = 0; i < TABLE_LENGTH(orders); i++) {
		const char *all = sample_path("all");

		for (size_t k = 0; k < 4; k++) {
			merge_into(all, sample_path(orders[i][k % 2]));
			if (k > 0)
				assert_answer(all, said_of_victim, buffer_text(&said));
		}
		assert_answer(all, "SELECT count(*) FROM session AS s WHERE client_ip <> '10.200.1.1' AND"
			" s.id <= (SELECT CAST(value AS INTEGER) FROM setting WHERE name = 'judged_through')"
			" AND s.id NOT IN (SELECT session_id FROM unjudged)", "0\n");
		assert_int_equal(remove(all), 0);
	}
	buffer_free(&said);
}

/* The same session, judged for good in one source and not in the other. */
static void
what_is_judged_for_good_counts_first(void **state)
{
	struct buffer said = write_pruned("pruned", "before");
	static const char *const orders[][2] = { { "pruned", "before" }, { "before", "pruned" } };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(orders); i++) {
		const char *all = sample_path("all");

		for (size_t k = 0; k < 2; k++)
			merge_into(all, sample_path(orders[i][k]));
		assert_answer(all, said_of_victim, buffer_text(&said));
		assert_answer(all, "SELECT count(*) FROM session", "11\n");
		assert_answer(all, "SELECT count(*) FROM session AS s WHERE s.id <="
			" (SELECT CAST(value AS INTEGER) FROM setting WHERE name = 'judged_through')"
			" AND s.id NOT IN (SELECT session_id FROM unjudged)", "1\n");
		assert_int_equal(remove(all), 0);
	}
	buffer_free(&said);
}

/* Trouble ---------------------------------------------------------------------------------------- */

/* Whatever makes a source impossible is said of it, and the store goes on. */
static void
refused_source_leaves_the_store_usable(void **state)
{
	const char *path = sample_path("sensor"), *all = sample_path("all");
	struct store *sensor = open_live(path), *into;
	struct script script = script_of("client 10.0.1.1 offers");
	struct merge_result result;

	(void)state;
	sample_write(sensor, script.sessions[0]);
	change(sensor, "UPDATE run SET name = ''");
	close_live(sensor);
	assert_ok(store_open(all, &into));
	assert_ok(merge_source(into, path, &result));
	assert_int_equal(result.refused.code, STATUS_STORE);
	assert_non_null(strstr(result.refused.message, "contradict"));
	assert_ok(merge_source(into, all, &result));
	assert_non_null(strstr(result.refused.message, "merged into"));
	assert_ok(store_begin(into, "0.1"));
	assert_ok(store_finish(into));
	assert_ok(store_close(&into));
	assert_answer(all, "SELECT count(*) FROM session", "0\n");
}

/* A disk that is full is the store's own trouble: the rest would fail as well. */
static void
full_disk_ends_it(void **state)
{
	const char *path = sample_path("sensor"), *all = sample_path("all");
	struct store *sensor = open_live(path), *into;
	struct script script = script_of("times 60 every 1h client 10.0.*.1 offers");
	struct merge_result result;
	struct status status;

	(void)state;
	for (size_t i = 0; i < script.count; i++)
		sample_write(sensor, script.sessions[i]);
	close_live(sensor);
	assert_ok(store_open(all, &into));
	change(into, "PRAGMA max_page_count = 1");
	status = merge_source(into, path, &result);
	assert_int_equal(status.code, STATUS_STORE);
	assert_non_null(strstr(status.message, "the disk is full"));
	store_give_up(&into);
	assert_answer(all, "SELECT (SELECT count(*) FROM session), (SELECT count(*) FROM capture)", "0|0\n");
	merge_into(all, path);
	assert_answer(all, "SELECT count(*) FROM session", "60\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sensor_is_merged_while_it_writes, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(copies_come_in_any_order, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(copied_run_is_no_killed_one, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(judgement_outlives_the_merge, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(what_is_judged_for_good_counts_first, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(refused_source_leaves_the_store_usable, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(full_disk_ends_it, sample_setup, sample_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
