/* The thread that writes: nobody's session is lost where it may wait, nobody waits where he must not, and a disk that
 * was full is no trouble once there is room again. */
#include "shared/script_sample.h"

#include "base/clock.h"
#include "engine/writer.h"
#include "store/database.h"
#include "store/store_private.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <time.h>

enum {
	ROOM = 64 << 20,
};

/* A database that can be made to refuse, and who heard of it. */
struct desk {
	const char    *path;
	struct store  *store;
	struct writer *writer;
	atomic_bool    refuses;         /* every commit */
	bool           lifts;           /* at the first trouble there is room again */
	atomic_uint    begun, ended;    /* times that trouble was told */
	char           says[400];
};

static int
refuse(void *user)
{
	struct desk *desk = user;

	return desk->refuses;
}

static void
hear_trouble(void *user, const struct status *status)
{
	struct desk *desk = user;

	if (status_is_ok(status)) {
		desk->ended++;
		return;
	}
	snprintf(desk->says, sizeof(desk->says), "%s", status->message);
	if (desk->lifts)
		sqlite3_exec(desk->store->db, "PRAGMA max_page_count = 1000000", NULL, NULL, NULL);
	desk->begun++;
}

static void
desk_open(struct desk *desk)
{
	memset(desk, 0, sizeof(*desk));
	desk->path = sample_path("db");
	desk->store = sample_store(desk->path);
	assert_ok(store_commit(desk->store));
	sqlite3_commit_hook(desk->store->db, refuse, desk);
}

static void
desk_start(struct desk *desk, bool live, size_t room)
{
	desk->writer = writer_new(desk->store, &(struct writer_config){ .live = live, .room = room,
		.budget = &sample_budget, .trouble = hear_trouble, .user = desk });
	assert_non_null(desk->writer);
}

/* A disk with room for that many more pages. */
static void
limit_disk(struct desk *desk, int64_t more)
{
	int64_t pages = 0;
	char sql[64];

	assert_ok(database_number(desk->store->db, desk->path, "PRAGMA page_count", &pages));
	snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %lld", (long long)(pages + more));
	assert_int_equal(sqlite3_exec(desk->store->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

/* Client ports tell the sessions apart. */
static void
give(struct writer *writer, unsigned number)
{
	struct session *session = sample_session(10);

	session->client.port = (uint16_t)number;
	session->serial = number;
	sample_hello(session);
	writer_session(writer, session);
	session_free(&session);
}

static void
give_many(struct writer *writer, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		give(writer, i);
}

static void
assert_sessions(const char *path, uint64_t count)
{
	char expected[64];

	snprintf(expected, sizeof(expected), "%llu|%llu\n", (unsigned long long)count, (unsigned long long)count);
	assert_answer(path, "SELECT count(*), count(DISTINCT client_port) FROM v_session", expected);
	assert_answer(path, "SELECT count(*) FROM dialogue WHERE session_id NOT IN (SELECT id FROM session)", "0\n");
}

#define wait_for(condition, seconds)                                            \
	do {                                                                    \
		for (int i_ = 0; i_ < (seconds) * 200 && !(condition); i_++)    \
			usleep(5000);                                           \
		assert_true(condition);                                         \
	} while (0)

/* Reading files ------------------------------------------------------------------------------------- */

/* Numbered in the order in which they came, and committed together with the run. */
static void
stores_in_order(void **state)
{
	struct desk desk;

	(void)state;
	desk_open(&desk);
	desk_start(&desk, false, ROOM);
	give_many(desk.writer, 0, 500);
	assert_ok(writer_finish(&desk.writer, 0));
	assert_null(desk.writer);
	assert_ok(writer_finish(&desk.writer, 0));
	sample_end(desk.store, 1);
	assert_sessions(desk.path, 500);
	assert_answer(desk.path, "SELECT count(*) FROM v_session WHERE client_port <> session_id - 1", "0\n");
}

/* One session at a time is stored soon as well. */
static void
few_are_not_kept_waiting(void **state)
{
	struct desk desk;

	(void)state;
	desk_open(&desk);
	desk_start(&desk, false, ROOM);
	for (unsigned i = 0; i < 3; i++) {
		give(desk.writer, i);
		wait_for(writer_counters(desk.writer).stored == i + 1, 5);
		assert_int_equal(writer_counters(desk.writer).waiting_bytes, 0);
	}
	assert_ok(writer_finish(&desk.writer, 0));
	sample_end(desk.store, 1);
}

struct giver {
	struct writer *writer;
	unsigned       from, to;
	atomic_size_t *most;            /* bytes that ever waited */
};

static void *
give_part(void *user)
{
	struct giver *giver = user;

	for (unsigned i = giver->from; i < giver->to; i++) {
		struct writer_counters counters;

		give(giver->writer, i);
		counters = writer_counters(giver->writer);
		if (counters.waiting > 1 && counters.waiting_bytes > *giver->most)
			*giver->most = counters.waiting_bytes;
	}
	return NULL;
}

/* Whoever finds no room waits, even where a session is larger than all of it. */
static void
little_room_loses_nothing(void **state)
{
	static const size_t rooms[] = { 1, 3000, 64 * 1024 };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(rooms); i++) {
		struct giver givers[3];
		pthread_t threads[3];
		atomic_size_t most = 0;
		struct desk desk;

		desk_open(&desk);
		desk_start(&desk, false, rooms[i]);
		for (unsigned k = 0; k < 3; k++) {
			givers[k] = (struct giver){ desk.writer, k * 400, (k + 1) * 400, &most };
			assert_int_equal(pthread_create(&threads[k], NULL, give_part, &givers[k]), 0);
		}
		for (unsigned k = 0; k < 3; k++)
			pthread_join(threads[k], NULL);
		assert_true(most <= rooms[i]);
		assert_int_equal(writer_counters(desk.writer).lost, 0);
		assert_ok(writer_finish(&desk.writer, 0));
		sample_end(desk.store, 1);
		assert_sessions(desk.path, 1200);
		sample_teardown(state);
		sample_setup(state);
	}
}

/* The first failure is the last, and nobody waits for room any more. */
static void
reading_ends_with_a_full_disk(void **state)
{
	struct desk desk;
	struct status status;
	unsigned given = 0;

	(void)state;
	desk_open(&desk);
	limit_disk(&desk, 300);
	desk_start(&desk, false, 20000);
	while (!writer_has_failed(desk.writer) && given < 60000)
		give(desk.writer, given++);
	assert_true(writer_has_failed(desk.writer));
	give_many(desk.writer, given, given + 100);
	assert_int_equal(desk.begun, 0);
	status = writer_finish(&desk.writer, 0);
	assert_int_equal(status.code, STATUS_STORE);
	assert_non_null(strstr(status.message, "disk is full"));
	status = store_close(&desk.store);
	assert_int_equal(status.code, STATUS_STORE);
	assert_answer(desk.path, "PRAGMA integrity_check; SELECT count(*) % 1000, count(*) > 0 FROM v_session",
		"ok\n0|1\n");
}

/* Live ------------------------------------------------------------------------------------------------ */

/* Others see a session within seconds, while nothing else comes. */
static void
rows_are_seen_soon(void **state)
{
	struct desk desk;

	(void)state;
	desk_open(&desk);
	desk_start(&desk, true, ROOM);
	give_many(desk.writer, 0, 10);
	wait_for(writer_counters(desk.writer).stored == 10, 10);
	assert_sessions(desk.path, 10);
	assert_ok(writer_finish(&desk.writer, 1000));
	sample_end(desk.store, 0);
}

/* A session that goes on takes the id with which it was first seen. */
static void
ongoing_session_is_replaced(void **state)
{
	struct session *session = sample_session(10);
	struct desk desk;

	(void)state;
	desk_open(&desk);
	desk_start(&desk, true, ROOM);
	session->serial = 1;
	session->ongoing = session->shown = true;
	writer_session(desk.writer, session);
	wait_for(writer_counters(desk.writer).stored == 1, 10);
	assert_answer(desk.path, "SELECT client_port FROM v_session", "40001\n");
	session->ongoing = false;
	session->client.port = 7;
	writer_session(desk.writer, session);
	session_free(&session);
	give(desk.writer, 8);
	assert_ok(writer_finish(&desk.writer, 1000));
	sample_end(desk.store, 0);
	assert_answer(desk.path, "SELECT session_id, client_port FROM v_session ORDER BY 1", "1|7\n2|8\n");
}

/* What was given before and while the disk was full is there once it has room, each session once. */
static void
full_disk_recovers(void **state)
{
	struct desk desk;
	unsigned given = 0;

	(void)state;
	desk_open(&desk);
	limit_disk(&desk, 200);
	desk.lifts = true;
	desk_start(&desk, true, ROOM);
	while (desk.begun == 0 && given < 60000) {
		give(desk.writer, given++);
		if (given % 100 == 0)
			usleep(1000);
	}
	assert_int_equal(desk.begun, 1);
	assert_non_null(strstr(desk.says, "disk is full"));
	assert_true(writer_counters(desk.writer).failing);
	give_many(desk.writer, given, given + 50);
	wait_for(desk.ended == 1, 10);
	wait_for(writer_counters(desk.writer).stored == given + 50, 10);
	assert_ok(writer_finish(&desk.writer, 1000));
	sample_end(desk.store, 0);
	assert_sessions(desk.path, given + 50);
}

/* However often it is tried in vain, trouble is told once, and once that it is over. */
static void
trouble_is_told_once(void **state)
{
	struct store_minute minute = { .minute_ns = 0, .frames = 5, .bytes = 50 };
	struct desk desk;

	(void)state;
	desk_open(&desk);
	desk_start(&desk, true, ROOM);
	for (unsigned round = 1; round <= 2; round++) {
		struct writer_counters counters;

		desk.refuses = true;
		give_many(desk.writer, round * 100, round * 100 + 50);
		writer_minute(desk.writer, 0, &minute);
		wait_for(desk.begun == round, 10);
		sleep(3);
		counters = writer_counters(desk.writer);
		assert_true(counters.failing);
		assert_int_equal(counters.failures, round);
		assert_int_equal(counters.waiting, 51);
		assert_false(writer_has_failed(desk.writer));
		desk.refuses = false;
		wait_for(desk.ended == round, 10);
		wait_for(writer_counters(desk.writer).waiting == 0, 10);
		assert_int_equal(desk.begun, round);
		assert_false(writer_counters(desk.writer).failing);
	}
	assert_ok(writer_finish(&desk.writer, 1000));
	sample_end(desk.store, 0);
	assert_sessions(desk.path, 100);
	assert_answer(desk.path, "SELECT frames, bytes FROM capture_minute", "10|100\n");
}

/* While the disk fails the newest find no room: they are counted, and the rest is stored. */
static void
over_the_room_is_lost(void **state)
{
	struct writer_counters counters;
	struct desk desk;

	(void)state;
	desk_open(&desk);
	desk.refuses = true;
	desk_start(&desk, true, 40000);
	give(desk.writer, 0);
	wait_for(desk.begun == 1, 10);
	give_many(desk.writer, 1, 1000);
	counters = writer_counters(desk.writer);
	assert_in_range(counters.waiting_bytes, 30000, 40000);
	assert_in_range(counters.waiting, 20, 200);
	assert_int_equal(counters.lost + counters.waiting, 1000);
	desk.refuses = false;
	wait_for(writer_counters(desk.writer).waiting == 0, 10);
	assert_int_equal(writer_counters(desk.writer).lost, counters.lost);
	assert_ok(writer_finish(&desk.writer, 1000));
	sample_end(desk.store, 0);
	assert_sessions(desk.path, counters.waiting);
	assert_answer(desk.path, "SELECT max(client_port) = count(*) - 1 FROM v_session", "1\n");
}

static double
processor_seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

/* Whether it works or not, a writer with nothing to write costs nothing. */
static void
idle_writer_sleeps(void **state)
{
	struct desk desk;
	double before;

	(void)state;
	desk_open(&desk);
	desk.refuses = true;
	desk_start(&desk, true, ROOM);
	wait_for(desk.begun == 1, 10);
	before = processor_seconds();
	sleep(2);
	assert_true(processor_seconds() - before < 0.5);
	desk.refuses = false;
	give(desk.writer, 1);
	wait_for(desk.ended == 1, 10);
	before = processor_seconds();
	sleep(2);
	assert_true(processor_seconds() - before < 0.5);
	assert_ok(writer_finish(&desk.writer, 1000));
	sample_end(desk.store, 0);
	assert_sessions(desk.path, 1);
}

/* Nobody waits for ever at the end; what is lost then is said. */
static void
patience_ends(void **state)
{
	struct desk desk;
	struct status status;
	struct timespec begin, end;

	(void)state;
	desk_open(&desk);
	desk.refuses = true;
	desk_start(&desk, true, ROOM);
	give_many(desk.writer, 0, 30);
	wait_for(desk.begun == 1, 10);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	status = writer_finish(&desk.writer, 300);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_int_equal(status.code, STATUS_STORE);
	assert_non_null(strstr(status.message, "30 sessions were lost"));
	assert_true(end.tv_sec - begin.tv_sec <= 2);
	desk.refuses = false;
	sample_end(desk.store, 0);      /* the store works again */
	assert_sessions(desk.path, 0);
}

/* The end waits for a disk that comes back in time. */
static void
end_waits_for_room(void **state)
{
	struct desk desk;

	(void)state;
	desk_open(&desk);
	limit_disk(&desk, 20);
	desk.lifts = true;
	desk_start(&desk, true, ROOM);
	give_many(desk.writer, 0, 300);
	assert_ok(writer_finish(&desk.writer, 10000));
	assert_int_equal(desk.begun, 1);
	assert_int_equal(desk.ended, 1);
	sample_end(desk.store, 0);
	assert_sessions(desk.path, 300);
}

/* Without a run in the database nothing can be stored. */
static void
first_commit_must_succeed(void **state)
{
	struct desk desk;
	struct status status;

	(void)state;
	desk_open(&desk);
	assert_ok(store_capture(desk.store, 1, &(struct store_capture){ .path = "b", .vantage = "" }));
	desk.refuses = true;
	desk_start(&desk, true, ROOM);
	assert_true(writer_has_failed(desk.writer));
	give(desk.writer, 1);
	assert_int_equal(writer_counters(desk.writer).lost, 1);
	status = writer_finish(&desk.writer, 10000);
	assert_false(status_is_ok(&status));
	store_close(&desk.store);
}

/* History and old rows -------------------------------------------------------------------------------- */

static void
count_insight(void *user, const struct footprint *footprint, const struct hindsight_word *word)
{
	atomic_uint *heard = user;

	(void)footprint;
	(void)word;
	++*heard;
}

/* Those of a script from `from` to before `to`. */
static void
give_script(struct writer *writer, struct script *script, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		writer_session(writer, script->sessions[i]);
		session_free(&script->sessions[i]);
	}
}

/* What history says is heard while the run goes on, each thing once, from the very first session on. */
static void
history_is_heard(void **state)
{
	struct script script = script_of(TEN "after 1h " VICTIM);
	atomic_uint heard = 0;
	struct desk desk;

	(void)state;
	desk_open(&desk);
	desk.writer = writer_new(desk.store, &(struct writer_config){ .live = true, .room = ROOM,
		.budget = &sample_budget, .insight = count_insight, .user = &heard });
	assert_non_null(desk.writer);
	give_script(desk.writer, &script, 0, script.count);
	wait_for(heard == 1, 15);
	assert_ok(writer_finish(&desk.writer, 1000));
	assert_int_equal(heard, 1);
	sample_end(desk.store, 0);
}

/* What comes late, and what was rolled back after history had judged it, is judged as if all had been there at once. */
static void
history_is_asked_in_the_end(void **state)
{
	struct script script = script_of(TEN "after 1h " VICTIM), late = script_of(TEN "after 1h " VICTIM);
	const size_t half = script.count / 2;
	struct buffer once;
	struct desk desk;

	(void)state;
	desk_open(&desk);
	desk_start(&desk, false, ROOM);
	give_script(desk.writer, &script, 0, script.count);
	assert_ok(writer_finish(&desk.writer, 0));
	assert_ok(hindsight_all(desk.store, &sample_budget, NULL, NULL));
	sample_end(desk.store, 1);
	once = ask(desk.path, all_that_is_said);
	assert_non_null(strstr(buffer_text(&once), "downgraded-suspected"));
	assert_int_equal(remove(desk.path), 0);
	desk_open(&desk);
	desk_start(&desk, true, ROOM);
	give_script(desk.writer, &late, half, late.count);
	wait_for(writer_counters(desk.writer).stored == late.count - half, 10);
	sleep(6);                               /* history has judged them */
	desk.refuses = true;
	give_script(desk.writer, &late, 0, half);
	wait_for(desk.begun == 1, 10);
	desk.refuses = false;
	assert_ok(writer_finish(&desk.writer, 10000));
	assert_int_equal(sample_budget.used, 0);
	sample_end(desk.store, 1);
	assert_answer(desk.path, all_that_is_said, buffer_text(&once));
	buffer_free(&once);
}

/* Whoever cannot wait for history has all sessions, and the next run judges them. */
static void
history_is_left_when_it_is_late(void **state)
{
	struct script script = script_of(TEN "after 1h " VICTIM);
	struct desk desk;

	(void)state;
	desk_open(&desk);
	desk_start(&desk, true, ROOM);
	give_script(desk.writer, &script, 0, script.count);
	assert_ok(writer_finish(&desk.writer, 0));
	assert_int_equal(desk.begun, 1);
	assert_non_null(strstr(desk.says, "the next run"));
	assert_answer(desk.path, "SELECT count(*) FROM session; SELECT count(*) FROM hindsight_session", "11\n0\n");
	sample_end(desk.store, 0);
	assert_ok(store_open(desk.path, &desk.store));
	assert_ok(store_begin(desk.store, "0.1"));
	assert_ok(store_capture(desk.store, 0, &(struct store_capture){ .path = "eth1", .vantage = "", .live = true }));
	desk_start(&desk, true, ROOM);
	assert_ok(writer_finish(&desk.writer, 10000));
	sample_end(desk.store, 0);
	assert_answer(desk.path, "SELECT session_id FROM hindsight_session", "11\n");
}

/* What the database never takes is lost by itself, and said once. */
static void
refused_session_holds_up_nobody(void **state)
{
	struct desk desk;

	(void)state;
	desk_open(&desk);
	assert_int_equal(sqlite3_exec(desk.store->db, "CREATE TEMP TRIGGER never BEFORE INSERT ON session"
		" WHEN NEW.client_port = 5 BEGIN SELECT RAISE(ABORT, 'not this one'); END", NULL, NULL, NULL),
		SQLITE_OK);
	desk_start(&desk, true, ROOM);
	give_many(desk.writer, 0, 10);
	wait_for(writer_counters(desk.writer).stored == 9, 10);
	assert_int_equal(writer_counters(desk.writer).lost, 1);
	assert_int_equal(writer_counters(desk.writer).waiting, 0);
	assert_ok(writer_finish(&desk.writer, 10000));
	assert_int_equal(desk.begun, 1);
	assert_non_null(strstr(desk.says, "not this one"));
	sample_end(desk.store, 0);
	assert_sessions(desk.path, 9);
}

/* A database with 700 sessions that are older than what is kept. */
static void
desk_open_old(struct desk *desk)
{
	desk_open(desk);
	desk_start(desk, false, ROOM);
	give_many(desk->writer, 0, 700);
	assert_ok(writer_finish(&desk->writer, 0));
	sample_end(desk->store, 1);
	assert_ok(store_open(desk->path, &desk->store));
	assert_ok(store_begin(desk->store, "0.1"));
	assert_ok(store_capture(desk->store, 0,
		&(struct store_capture){ .path = "eth1", .vantage = "", .live = true }));
	desk->writer = writer_new(desk->store, &(struct writer_config){ .live = true, .room = ROOM,
		.retain_ns = NS_PER_DAY, .budget = &sample_budget });
	assert_non_null(desk->writer);
}

/* A clock that was set may be wrong: until somebody can have seen that, nothing goes. */
static void
nothing_goes_after_the_clock_was_set(void **state)
{
	struct desk desk;

	(void)state;
	desk_open_old(&desk);
	wait_for(writer_counters(desk.writer).pruned == 500, 10);
	writer_clock_was_set(desk.writer);
	sleep(2);
	assert_int_equal(writer_counters(desk.writer).pruned, 500);
	assert_ok(writer_finish(&desk.writer, 1000));
	sample_end(desk.store, 0);
	assert_sessions(desk.path, 200);
}

/* Old sessions go, a few at a time, while others come. */
static void
old_sessions_go(void **state)
{
	struct desk desk;

	(void)state;
	desk_open_old(&desk);
	wait_for(writer_counters(desk.writer).pruned == 500, 10);
	wait_for(writer_counters(desk.writer).pruned == 700, 10);
	assert_sessions(desk.path, 0);
	assert_ok(writer_finish(&desk.writer, 1000));
	sample_end(desk.store, 0);
}

#define each(test) cmocka_unit_test_setup_teardown(test, sample_setup, sample_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		each(stores_in_order),
		each(few_are_not_kept_waiting),
		each(little_room_loses_nothing),
		each(reading_ends_with_a_full_disk),
		each(rows_are_seen_soon),
		each(ongoing_session_is_replaced),
		each(full_disk_recovers),
		each(trouble_is_told_once),
		each(over_the_room_is_lost),
		each(idle_writer_sleeps),
		each(patience_ends),
		each(end_waits_for_room),
		each(first_commit_must_succeed),
		each(history_is_heard),
		each(history_is_asked_in_the_end),
		each(history_is_left_when_it_is_late),
		each(refused_session_holds_up_nobody),
		each(nothing_goes_after_the_clock_was_set),
		each(old_sessions_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
