/* Tallies count the sessions that are there: whatever is replaced, judged anew or deleted, and when. */
#include "shared/store_sample.h"

#include "store/store_private.h"

#include <sqlite3.h>

static const int64_t SECOND = 1000000000;

#define SUMS "SELECT tally_id, count(*), sum(bytes_client + bytes_server), sum(mails)," \
	" min(started_ns), max(started_ns)," \
	" (SELECT id FROM session AS s WHERE s.tally_id = session.tally_id ORDER BY started_ns, id LIMIT 1)," \
	" (SELECT id FROM session AS s WHERE s.tally_id = session.tally_id ORDER BY started_ns DESC, id DESC LIMIT 1)" \
	" FROM session GROUP BY tally_id"
#define TALLIES "SELECT id, sessions, bytes, mails, first_ns, last_ns, first_session, last_session FROM tally" \
	" WHERE sessions > 0"

/* How many tallies differ from their sessions, and the sessions of each by client and verdict. */
static const char state_of_all[] =
	"SELECT (SELECT count(*) FROM (" SUMS " EXCEPT " TALLIES "))"
	" + (SELECT count(*) FROM (" TALLIES " EXCEPT " SUMS "));"
	"SELECT t.client_ip, p.verdict, t.sessions, t.bytes FROM tally AS t JOIN pattern AS p ON p.id = t.pattern_id"
	" WHERE t.sessions > 0 ORDER BY t.client_octets, p.verdict";

static struct store *
open_live(const char *path)
{
	static const struct store_capture capture = { .path = "eth1", .vantage = "mirror", .live = true };
	struct store *store;

	assert_ok(store_open(path, &store));
	assert_ok(store_begin(store, "0.1"));
	assert_ok(store_capture(store, 0, &capture));
	return store;
}

/* Of that client, so many seconds after the first one. */
static struct session *
session_at(uint8_t client, int64_t seconds)
{
	struct session *session = sample_session(client);

	session->first.time_ns += seconds * SECOND;
	session->last.time_ns += seconds * SECOND;
	return session;
}

static void
say(struct store *store, const char *sql)
{
	assert_ok(store_batch(store));
	assert_ok(store_execute(store, sql));
}

static void
sessions_that_are_alike_are_counted_together(void **state)
{
	const char *path = sample_path("db");
	struct store *store = open_live(path);

	(void)state;
	for (int i = 0; i < 3; i++) {
		sample_write(store, session_at(1, i));
		sample_write(store, session_at(2, -i));
		assert_ok(store_commit(store));
	}
	/* in another month, which is another tally */
	sample_write(store, session_at(2, 31 * 86400));
	assert_ok(store_close(&store));
	assert_answer(path, state_of_all, "0\n192.0.2.1|plaintext-declined|3|999\n"
		"192.0.2.2|plaintext-declined|3|999\n192.0.2.2|plaintext-declined|1|333\n");
	assert_answer(path, "SELECT first_session, last_session FROM tally ORDER BY id", "1|5\n6|2\n7|7\n");
}

/* What another process stored is found, and what is found in each session is not counted again. */
static void
sessions_like_stored_ones_are_counted_with_them(void **state)
{
	const char *path = sample_path("db");

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct store *store = open_live(path);
		struct session *session = session_at(1, i);

		sample_finding(session, 1, 45);
		sample_finding(session, 1, 45);
		sample_finding(session, 2, 0);
		sample_write(store, session);
		assert_ok(store_close(&store));
	}
	assert_answer(path, state_of_all, "0\n192.0.2.1|plaintext-declined|3|999\n");
	assert_answer(path, "SELECT count(*) FROM pattern", "1\n");
	assert_answer(path, "SELECT findings FROM pattern_finding ORDER BY score DESC", "2\n1\n");
}

static void
pruned_sessions_leave(void **state)
{
	const char *path = sample_path("db");
	struct store *store = open_live(path);
	size_t gone;

	(void)state;
	for (int i = 0; i < 6; i++)
		sample_write(store, session_at((uint8_t)(1 + i % 2), i));
	assert_ok(store_commit(store));
	sample_write(store, session_at(1, 6));
	/* the first four, which are counted by then, and one of the same batch, which is not */
	sample_write(store, session_at(2, -1));
	assert_ok(store_prune(store, SAMPLE_START + 4 * SECOND, 100, &gone));
	assert_int_equal(gone, 5);
	sample_write(store, session_at(2, 7));
	assert_ok(store_commit(store));
	assert_answer(path, state_of_all,
		"0\n192.0.2.1|plaintext-declined|2|666\n192.0.2.2|plaintext-declined|2|666\n");
	assert_ok(store_prune(store, SAMPLE_START + 5 * SECOND, 1, &gone));
	assert_ok(store_commit(store));
	assert_answer(path, state_of_all,
		"0\n192.0.2.1|plaintext-declined|1|333\n192.0.2.2|plaintext-declined|2|666\n");
	assert_ok(store_prune(store, INT64_MAX, 100, &gone));
	assert_ok(store_commit(store));
	assert_answer(path, "SELECT count(*) FROM tally; SELECT count(*) FROM pattern", "0\n0\n");
	/* what was remembered of them is not taken for what is there */
	sample_write(store, session_at(1, 8));
	assert_ok(store_close(&store));
	assert_answer(path, state_of_all, "0\n192.0.2.1|plaintext-declined|1|333\n");
}

static void
write_ongoing(struct store *store, struct session *session)
{
	session->ongoing = true;
	assert_ok(sample_store_session(store, session));
	session->shown = true;
}

/* Whether it was replaced before it was counted or after. */
static void
replaced_sessions_count_once(void **state)
{
	const char *path = sample_path("db");
	struct store *store = open_live(path);
	struct session *first = session_at(1, 0), *second = session_at(1, 1);

	(void)state;
	first->serial = 1;
	second->serial = 2;
	sample_write(store, session_at(1, 2));
	assert_ok(store_commit(store));
	write_ongoing(store, first);
	first->bytes[CLIENT] += 1000;
	write_ongoing(store, first);
	write_ongoing(store, second);
	assert_ok(store_commit(store));
	assert_answer(path, state_of_all, "0\n192.0.2.1|plaintext-declined|3|1999\n");
	first->bytes[CLIENT] += 1000;
	write_ongoing(store, first);
	first->ongoing = second->ongoing = false;
	first->verdict = VERDICT_PROTECTED_STARTTLS;
	sample_write(store, first);
	assert_ok(store_commit(store));
	assert_answer(path, state_of_all,
		"0\n192.0.2.1|plaintext-declined|2|666\n192.0.2.1|protected-starttls|1|2333\n");
	sample_write(store, second);
	assert_ok(store_close(&store));
	assert_answer(path, state_of_all,
		"0\n192.0.2.1|plaintext-declined|2|666\n192.0.2.1|protected-starttls|1|2333\n");
}

/* The next session that goes as those that were judged is none of theirs, though they had one likeness. */
static void
judged_sessions_move(void **state)
{
	const char *path = sample_path("db");
	struct store *store = open_live(path);

	(void)state;
	sample_write(store, session_at(1, 0));
	say(store, "INSERT INTO hindsight_session (session_id, verdict, severity, points)"
		" VALUES (1, 'downgraded-proven', 4, 0)");
	assert_ok(store_commit(store));
	sample_write(store, session_at(1, 1));
	assert_ok(store_commit(store));
	assert_answer(path, state_of_all,
		"0\n192.0.2.1|downgraded-proven|1|333\n192.0.2.1|plaintext-declined|1|333\n");
	sample_write(store, session_at(1, 2));
	say(store, "INSERT INTO hindsight_session (session_id, verdict, severity, points)"
		" VALUES (2, 'downgraded-proven', 4, 0), (3, 'downgraded-proven', 4, 0)");
	assert_ok(store_commit(store));
	assert_answer(path, state_of_all, "0\n192.0.2.1|downgraded-proven|3|999\n");
	sample_write(store, session_at(1, 3));
	say(store, "DELETE FROM hindsight_session WHERE session_id IN (1, 3)");
	assert_ok(store_close(&store));
	assert_answer(path, state_of_all,
		"0\n192.0.2.1|downgraded-proven|1|333\n192.0.2.1|plaintext-declined|3|999\n");
}

static void
sessions_of_a_batch_that_failed_are_not_counted(void **state)
{
	const char *path = sample_path("db");
	struct store *store = open_live(path);

	(void)state;
	assert_ok(store_commit(store));
	sample_write(store, session_at(1, 0));
	assert_ok(store_recover(store));
	sample_write(store, session_at(1, 1));
	sample_write(store, session_at(1, 2));
	assert_ok(store_close(&store));
	assert_answer(path, state_of_all, "0\n192.0.2.1|plaintext-declined|2|666\n");
}

#define each(test) cmocka_unit_test_setup_teardown(test, sample_setup, sample_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		each(sessions_that_are_alike_are_counted_together),
		each(sessions_like_stored_ones_are_counted_with_them),
		each(pruned_sessions_leave),
		each(replaced_sessions_count_once),
		each(judged_sessions_move),
		each(sessions_of_a_batch_that_failed_are_not_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
