/* History that goes on for as long as a run does: what it says as sessions come is what it says of all of them at once,
 * and it stands when the sessions that taught it are gone. */
#include "shared/script_sample.h"

#include "engine/hindsight.h"
#include "model/identity.h"
#include "store/store_private.h"

#include <sqlite3.h>

#define SPLIT "times 12 every 1h client 10.0.*.1 offers; after 2h client 10.0.3.1 lacks application quit;" \
	"after 1m client 10.0.4.1 offers; times 3 every 1h client 10.0.3.1 lacks application;" \
	"times 3 every 5m client 10.9.0.1 asked agreed hello cut-at-tls; after 10s client 10.9.0.1 offers application"

static void
change(struct store *store, const char *sql)
{
	char *message = NULL;

	sqlite3_exec(store->db, sql, NULL, NULL, &message);
	if (message != NULL)
		fail_msg("%s: %s", sql, message);
}

/* A session while it goes on, to be finished by write_finished. */
static void
write_ongoing(struct store *store, struct session *session)
{
	session->ongoing = true;
	assert_ok(sample_store_session(store, session));
}

static void
write_finished(struct store *store, struct session *session)
{
	session->ongoing = false;
	session->shown = true;
	sample_write(store, session);
}

static struct hindsight_run *
begin(struct store *store, const struct hindsight_ear *ear)
{
	struct hindsight_run *run;

	assert_ok(hindsight_begin(store, &sample_budget, NULL, ear, &run));
	assert_non_null(run);
	return run;
}

/* What is said of the script's sessions when all of them are there. */
static struct buffer
said_at_once(const char *text)
{
	const char *path = sample_path("once");
	struct store *store = open_live(path);
	struct script script = script_of(text);

	for (size_t i = 0; i < script.count; i++)
		sample_write(store, script.sessions[i]);
	assert_ok(hindsight_all(store, &sample_budget, NULL, NULL));
	close_live(store);
	return ask(path, all_that_is_said);
}

/* As they come ------------------------------------------------------------------------------------- */

/* `pieces`: how many sessions are stored before history is asked again. */
static void
check_pieces(const char *text, size_t pieces, const char *expected)
{
	const char *path = sample_path("pieces");
	struct store *store = open_live(path);
	struct hindsight_run *run = begin(store, NULL);
	struct script script = script_of(text);

	for (size_t i = 0; i < script.count; i++) {
		sample_write(store, script.sessions[i]);
		if (i % pieces == pieces - 1) {
			assert_ok(hindsight_more(run));
			assert_ok(store_commit(store));
		}
	}
	assert_ok(hindsight_more(run));
	assert_false(hindsight_is_out_of_order(run));
	hindsight_end(&run);
	assert_null(run);
	close_live(store);
	assert_answer(path, all_that_is_said, expected);
	assert_int_equal(remove(path), 0);
}

static void
pieces_say_what_the_whole_says(void **state)
{
	static const char *const scripts[] = { TEN "after 1h " VICTIM, SPLIT };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(scripts); i++) {
		struct buffer whole = said_at_once(scripts[i]);

		assert_non_null(strstr(buffer_text(&whole), "downgraded-suspected"));
		for (size_t pieces = 1; pieces <= 16; pieces *= 4)
			check_pieces(scripts[i], pieces, buffer_text(&whole));
		buffer_free(&whole);
		assert_int_equal(remove(sample_path("once")), 0);
	}
}

/* A run learns from all that were there before. */
static void
runs_go_on_where_others_ended(void **state)
{
	const char *path = sample_path("db");
	struct script script = script_of(TEN "after 1h " VICTIM);
	struct buffer whole = said_at_once(TEN "after 1h " VICTIM);
	struct hindsight_run *run;
	struct store *store;

	(void)state;
	for (size_t i = 0; i < script.count; i++) {
		store = open_live(path);
		run = begin(store, NULL);
		sample_write(store, script.sessions[i]);
		assert_ok(hindsight_more(run));
		hindsight_end(&run);
		close_live(store);
	}
	assert_answer(path, all_that_is_said, buffer_text(&whole));
	buffer_free(&whole);
}

static void
hear(void *user, const struct footprint *footprint, const struct hindsight_word *word)
{
	struct buffer *heard = user;
	char address[ADDRESS_TEXT_SIZE];

	buffer_printf(heard, "%lld %s %s%s scores %d and rests on %zu\n", (long long)footprint->session_id,
		address_text(&footprint->client.address, address), word->finding->kind, word->changed ? " changed" : "",
		word->finding->score, (word->rests_on.len + 1) / IDENTITY_TEXT_SIZE);
}

/* What was known when the run began is not told again. */
static void
ear_hears_of_what_comes(void **state)
{
	static const char said[] = "12 10.200.1.1 downgrade-offer-missing-vs-history scores 28 and rests on 8\n";
	struct buffer heard = { 0 };
	const struct hindsight_ear ear = { .finding = hear, .user = &heard };
	const char *path = sample_path("db");
	struct store *store = open_live(path);
	struct script script = script_of(TEN "after 1h " VICTIM "; after 1h " VICTIM);
	struct hindsight_run *run;

	(void)state;
	for (size_t i = 0; i < script.count - 1; i++)
		sample_write(store, script.sessions[i]);
	run = begin(store, &ear);
	assert_string_equal(buffer_text(&heard), "");
	sample_write(store, script.sessions[script.count - 1]);
	assert_ok(hindsight_more(run));
	assert_string_equal(buffer_text(&heard), said);
	assert_ok(hindsight_more(run));
	assert_string_equal(buffer_text(&heard), said);
	hindsight_end(&run);
	close_live(store);
	buffer_free(&heard);
}

static void
order_is_watched(void **state)
{
	static const struct {
		int64_t seconds[4];     /* of the begins; the last two come later than the first two */
		bool    out_of_order;
	} cases[] = {
		{ { 1, 2, 3, 4 }, false },
		{ { 2, 1, 4, 3 }, false },
		{ { 1, 1, 2, 2 }, false },
		{ { 1, 3, 2, 4 }, true },
		{ { 1, 3, 4, 2 }, true },
		{ { 1, 2, 2, 3 }, true },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		const char *path = sample_path("db");
		struct store *store = open_live(path);
		struct hindsight_run *run = begin(store, NULL);

		for (size_t j = 0; j < 4; j++) {
			struct script script = script_of("offers");

			script.sessions[0]->first.time_ns = SAMPLE_START + cases[i].seconds[j] * FOOTPRINT_SECOND;
			sample_write(store, script.sessions[0]);
			if (j % 2 == 1)
				assert_ok(hindsight_more(run));
		}
		if (hindsight_is_out_of_order(run) != cases[i].out_of_order)
			fail_msg("case %zu", i);
		hindsight_end(&run);
		close_live(store);
		assert_int_equal(remove(path), 0);
	}
}

/* A session that goes on is judged when it is over: its row may still say anything. */
static void
ongoing_sessions_wait(void **state)
{
	const char *path = sample_path("db");
	struct store *store = open_live(path);
	struct script script = script_of(TEN "after 1h " VICTIM);
	struct hindsight_run *run;

	(void)state;
	for (size_t i = 0; i < script.count - 1; i++)
		sample_write(store, script.sessions[i]);
	write_ongoing(store, script.sessions[10]);
	run = begin(store, NULL);
	assert_ok(hindsight_more(run));
	assert_ok(store_commit(store));
	assert_answer(path, "SELECT count(*) FROM hindsight_session", "0\n");
	write_finished(store, script.sessions[10]);
	assert_ok(hindsight_more(run));
	hindsight_end(&run);
	close_live(store);
	assert_answer(path, "SELECT session_id FROM hindsight_session", "11\n");
}

/* When all is over, all is judged. */
static void
in_the_end_all_are_judged(void **state)
{
	const char *path = sample_path("db");
	struct store *store = open_live(path);
	struct script script = script_of(TEN "after 1h " VICTIM);

	(void)state;
	for (size_t i = 0; i < script.count - 1; i++)
		sample_write(store, script.sessions[i]);
	write_ongoing(store, script.sessions[10]);
	session_free(&script.sessions[10]);
	assert_ok(hindsight_all(store, &sample_budget, NULL, NULL));
	close_live(store);
	assert_answer(path, "SELECT session_id FROM hindsight_session", "11\n");
}

/* Trouble ------------------------------------------------------------------------------------------ */

static void
memory_that_is_spent_is_told(void **state)
{
	struct budget budget = { .limit = 1000 };
	struct store *store = open_live(sample_path("db"));
	struct hindsight_run *run;
	struct status status = hindsight_begin(store, &budget, NULL, NULL, &run);

	(void)state;
	assert_int_equal(status.code, STATUS_NO_MEMORY);
	assert_null(run);
	assert_int_equal(budget.used, 0);
	close_live(store);
}

static bool
is_third(void *user)
{
	int *asked = user;

	return ++*asked == 3;
}

/* Who has heard enough in the middle gets a failure, and all of it later. */
static void
work_can_be_left(void **state)
{
	int asked = 0;
	const struct hindsight_ear ear = { .enough = is_third, .user = &asked };
	const char *path = sample_path("db");
	struct store *store = open_live(path);
	struct script script = script_of(TEN "after 1h " VICTIM);
	struct hindsight_run *run = begin(store, &ear);
	struct status status;

	(void)state;
	for (size_t i = 0; i < script.count; i++)
		sample_write(store, script.sessions[i]);
	assert_ok(store_commit(store));
	asked = 0;
	status = hindsight_more(run);
	assert_int_equal(status.code, STATUS_STORE);
	assert_int_equal(asked, 3);
	hindsight_end(&run);
	assert_ok(store_recover(store));
	run = begin(store, NULL);
	assert_ok(hindsight_again(run));
	assert_false(hindsight_is_out_of_order(run));
	hindsight_end(&run);
	close_live(store);
	assert_answer(path, "SELECT session_id FROM hindsight_session", "11\n");
}

/* What was judged in a transaction that was given up is fresh again for the next run. */
static void
judgement_goes_back_with_its_transaction(void **state)
{
	const char *path = sample_path("db");
	struct store *store = open_live(path);
	struct script script = script_of(TEN "after 1h " VICTIM);
	struct hindsight_run *run = begin(store, NULL);

	(void)state;
	for (size_t i = 0; i < script.count; i++)
		sample_write(store, script.sessions[i]);
	assert_ok(store_commit(store));
	assert_ok(hindsight_more(run));
	change(store, "ROLLBACK");
	store->in_batch = false;
	hindsight_end(&run);
	run = begin(store, NULL);
	assert_ok(hindsight_more(run));
	hindsight_end(&run);
	close_live(store);
	assert_answer(path, "SELECT session_id FROM hindsight_session", "11\n");
}

/* What is gone --------------------------------------------------------------------------------------- */

/* The sessions that taught it go; it is judged again and again, and stays. */
static void
judgement_outlives_its_grounds(void **state)
{
	static const char said[] =
		"SELECT v.verdict, v.severity, f.kind, f.confidence, f.reasons FROM v_session AS v"
		" JOIN v_finding AS f USING (session_id)"
		" WHERE v.client_ip = '10.200.1.1' AND f.finding_id % 1000 >= 500;"
		"SELECT signal, points FROM v_signal WHERE session_id = 11;"
		"SELECT verdict, severity, points FROM hindsight_session WHERE session_id = 11";
	const char *path = sample_path("db");
	struct store *store = open_live(path);
	struct script script = script_of(TEN "after 1h " VICTIM);
	int64_t last_ns = script.sessions[10]->first.time_ns;
	struct hindsight_run *run = begin(store, NULL);
	struct buffer before;
	size_t gone;

	(void)state;
	for (size_t i = 0; i < script.count; i++)
		sample_write(store, script.sessions[i]);
	assert_ok(hindsight_more(run));
	assert_ok(store_commit(store));
	before = ask(path, said);
	assert_non_null(strstr(buffer_text(&before), "downgrade-offer-missing-vs-history"));
	assert_ok(store_prune(store, last_ns, 100, &gone));
	assert_int_equal(gone, 10);
	hindsight_end(&run);
	assert_ok(hindsight_all(store, &sample_budget, NULL, NULL));
	close_live(store);
	assert_answer(path, said, buffer_text(&before));
	for (int i = 0; i < 2; i++) {
		store = open_live(path);
		run = begin(store, NULL);
		assert_ok(hindsight_all(store, &sample_budget, NULL, NULL));
		hindsight_end(&run);
		close_live(store);
	}
	assert_answer(path, said, buffer_text(&before));
	assert_answer(path, "SELECT count(*) FROM finding_link", "0\n");
	buffer_free(&before);
}

/* Those that come later, and those that were still to be judged, are judged by what is left. */
static void
what_is_not_judged_yet_will_be(void **state)
{
	const char *path = sample_path("db");
	struct store *store = open_live(path);
	struct script script = script_of(TEN "after 1h " VICTIM "; times 4 every 1m " VICTIM);
	int64_t before_ns = script.sessions[2]->first.time_ns;
	struct hindsight_run *run;
	size_t gone;

	(void)state;
	for (size_t i = 0; i < 10; i++)
		sample_write(store, script.sessions[i]);
	for (size_t i = 10; i < 13; i++)
		write_ongoing(store, script.sessions[i]);
	run = begin(store, NULL);
	write_finished(store, script.sessions[11]);
	sample_write(store, script.sessions[13]);
	assert_ok(store_prune(store, before_ns, 100, &gone));
	assert_int_equal(gone, 2);
	write_finished(store, script.sessions[12]);
	session_free(&script.sessions[10]);
	hindsight_end(&run);
	close_live(store);
	store = open_live(path);
	sample_write(store, script.sessions[14]);
	run = begin(store, NULL);
	hindsight_end(&run);
	close_live(store);
	assert_answer(path, "SELECT session_id FROM hindsight_session", "11\n12\n13\n14\n15\n");
}

/* Links lead to sessions that are there. */
static void
links_to_what_is_gone_are_left_out(void **state)
{
	const char *path = sample_path("db");
	struct store *store = open_live(path);
	struct script script = script_of(TEN "after 1h " VICTIM);
	int64_t before_ns = script.sessions[8]->first.time_ns;
	struct hindsight_run *run = begin(store, NULL);
	size_t gone;

	(void)state;
	for (size_t i = 0; i < 10; i++)
		sample_write(store, script.sessions[i]);
	assert_ok(hindsight_more(run));
	assert_ok(store_prune(store, before_ns, 100, &gone));
	sample_write(store, script.sessions[10]);
	assert_ok(hindsight_more(run));
	hindsight_end(&run);
	close_live(store);
	assert_answer(path, "SELECT DISTINCT finding_id / 1000, session_id FROM finding_link ORDER BY 2",
		"11|9\n11|10\n");
}

#define each(test) cmocka_unit_test_setup_teardown(test, sample_setup, sample_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		each(pieces_say_what_the_whole_says),
		each(runs_go_on_where_others_ended),
		each(ear_hears_of_what_comes),
		each(order_is_watched),
		each(ongoing_sessions_wait),
		each(in_the_end_all_are_judged),
		each(memory_that_is_spent_is_told),
		each(work_can_be_left),
		each(judgement_goes_back_with_its_transaction),
		each(judgement_outlives_its_grounds),
		each(what_is_not_judged_yet_will_be),
		each(links_to_what_is_gone_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
